"""The quarantine: every row that is not accepted, once for each of its faults, with what to do."""

import polars as pl

from pipeline import faults, in_force, privacy
from pipeline.inbox import Export
from pipeline.instrument import Instrument
from pipeline.known import Right
from pipeline.masks import LABELS
from pipeline.rules import Contract
from pipeline.waivers import Waivers

HIDDEN = privacy.HIDDEN
_MASKED = "|".join(LABELS)


def listed(bad: pl.DataFrame, exports: list[Export], instrument: Instrument, waivers: Waivers) -> pl.DataFrame:
    """Faults in the form of QUARANTINE_SCHEMA. A value may stand in the wrong column: what looks
    personal in it is masked. Any other is shown as it stands in the file, with its unseen
    characters: they may be why it is not known."""
    heads = [
        (one.name, field, head)
        for one in exports
        for field, head in (
            one.mapping.columns.told()
            | {item: " / ".join(one.mapping.item_heads(item)) for item in one.mapping.items}
            | {name: how.column for name, how in one.mapping.choice.items() if how.column}
        ).items()
    ]
    known = pl.DataFrame(heads, schema=dict.fromkeys(("source", "column", "head"), pl.String), orient="row")
    waived = [
        (one.name, branch)
        for one in exports
        for branch in bad.filter((pl.col("reason") == "unknown_branch") & (pl.col("source") == one.name))[
            "value"
        ].unique()
        if waivers.find("unknown_branch", one.source.id, branch.strip())
    ]
    aside = pl.DataFrame(waived, schema={"source": pl.String, "value": pl.String}, orient="row")
    masked = privacy.mask_series(bad["value"]).fill_null("")
    told = masked.zip_with(masked.str.contains(_MASKED), bad["value"].str.strip_chars())
    shown = told.set(privacy.personal_series(masked), HIDDEN)  # an IP address is not masked in free text
    template = pl.col("reason").replace_strict(list(faults.FIXES), list(faults.FIXES.values()))
    return (
        bad.join(known, on=["source", "column"], how="left", maintain_order="left")
        .join(
            aside.with_columns(pl.lit("unknown_branch").alias("reason"), pl.lit(True).alias("waived")),
            on=["source", "value", "reason"],
            how="left",
            maintain_order="left",
        )
        .with_columns(shown.alias("value"))
        .select(
            pl.lit(instrument.id).alias("instrument"),
            pl.col("source").alias("file"),
            pl.col("row"),
            pl.coalesce("head", "column").alias("column"),
            pl.when(pl.col("value").str.len_chars() > faults.SHOWN)
            .then(pl.concat_str(pl.col("value").str.slice(0, faults.SHOWN - 1), pl.lit("…")))
            .otherwise("value")
            .alias("value"),
            pl.col("reason"),
            template.str.replace("{known}", pl.col("known"), literal=True).alias("fix"),
            pl.col("known"),
            pl.col("waived").fill_null(False),
        )
    )


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows in memory of their own: a few texts of a batch would keep all of it."""
    return rows.with_columns(pl.col(pl.String) + "")


def joined(bad: pl.DataFrame, across: list[pl.DataFrame]) -> pl.DataFrame:
    """The faults of single rows with those that only all rows together show. Of a row that was
    replaced by a re-sent one its own faults no longer matter."""
    found = pl.concat([bad.clear(), *across])
    replaced = found.filter(pl.col("reason") == "superseded").select("source", "row").unique()
    return pl.concat([bad.join(replaced, on=["source", "row"], how="anti", maintain_order="left"), found])


def explained(
    bad: pl.DataFrame,
    file: str,
    right: Right,
    contract: Contract | None,
    private: set[str],
) -> pl.DataFrame:
    """Faults of a file in the form of rules.FOUND_SCHEMA. private: fields whose values are hidden."""
    texts = dict(right)
    if contract is not None:
        instrument = contract.instrument
        scales = {item.id: instrument.scale_of(item) for item in instrument.items}
        texts |= {("outside_scale", item): f"{scale.min} to {scale.max}" for item, scale in scales.items()}
        texts |= {("not_in_force", item.id): in_force.told(instrument, item) for item in instrument.items}
        texts["not_in_force", "serviced_on"] = in_force.told(instrument)
    known = pl.DataFrame(
        [(reason, column, text) for (reason, column), text in texts.items()],
        schema=dict.fromkeys(("reason", "column", "known"), pl.String),
        orient="row",
    )
    nowhere = bad.filter(pl.col("reason") == "unknown_branch")["value"].unique().to_list()
    told = pl.Series(map(right.likely.told, nowhere), dtype=pl.String)
    likely = pl.col("value").replace_strict(nowhere, told, default=None, return_dtype=pl.String)
    hidden = pl.col("column").is_in(list(private)) | (pl.col("reason") == "personal_data")
    return bad.join(known, on=["reason", "column"], how="left", maintain_order="left").select(
        pl.lit(file).alias("source"),
        pl.col("row"),
        pl.col("column"),
        pl.when(hidden & (pl.col("value") != "")).then(pl.lit(HIDDEN)).otherwise("value").alias("value"),
        pl.col("reason"),
        pl.when(pl.col("reason") == "unknown_branch").then(likely).otherwise("known").fill_null("").alias("known"),
    )
