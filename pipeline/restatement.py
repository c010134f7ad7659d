"""What a revision changed in the figures of a month, figure by figure, and why.

restatement.csv, .parquet: one row per figure that is not what it was in the revision before. The figures
themselves stay as they were published, in scores-r1.csv and so on.
"""

import json
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import closing
from pipeline.hierarchy import Hierarchy
from pipeline.month import Month
from pipeline.places import placed
from pipeline.plan import Plan
from pipeline.programme import Site
from pipeline.spreadsheet import read_csv, write_csv

KEY = ("instrument", "level", "unit", "measure", "statistic", "window")
_KIND = tuple(one for one in KEY if one != "unit")
_NINE, _ONE = pl.Decimal(18, 9), pl.Decimal(9, 1)
_FIGURE: dict[str, Any] = {"estimate": _NINE, "n": pl.Int64, "flag": pl.String, "printed": _ONE, "printed_of": pl.Int32}
_COUNTS = ("came", "went", "changed")
# What a figure can rest on beside the responses, in the order in which it is told.
CAUSES = ("responses", "earlier_months", "invitations", "weights", "hierarchy", "definition", "settings", "program",
          "other_responses", "unexplained")  # fmt: skip
_BEARING = ("thresholds", "design", "grouping")  # tables of programme.toml that figures rest on, beside the weights
_MONTHS = {"rolling_3": 3, "rolling_12": 12}


def write(planned: Plan, folder: Path, facts: dict[str, Any]) -> None:
    """Nothing for a month as first published. facts: what run.json will say."""
    kept = sorted(_number(one) for one in folder.glob("scores-r*.csv"))
    if not kept:
        return
    site, month = planned.site, planned.month
    scores = pl.read_parquet(folder / "scores.parquet").filter(period=str(month))
    now = scores.select(*KEY, *(pl.col(one).cast(kind) for one, kind in _FIGURE.items()))
    before, first = (_as_published(folder / f"scores-r{one}.csv", month) for one in (kept[-1], kept[0]))
    responses = read_csv(folder / "revision.csv")
    told = _told(now, before, first).join(
        _counts(site, planned.hierarchy, month, responses), on=["instrument", "level", "unit"], how="left"
    )
    told = told.with_columns(pl.col(_COUNTS).fill_null(0))
    then = json.loads((folder / f"run-r{kept[-1]}.json").read_text(encoding="utf-8"))
    heard = set(responses["instrument"])
    causes = [
        _cause(set(_causes(then, facts, month, row)), row, row["instrument"] in heard)
        for row in told.iter_rows(named=True)
    ]
    declared = [
        one
        for one in site.programme.revision
        if one.period == str(month) and kept[-1] < one.number <= site.revision(month)
    ]
    table = told.with_columns(
        pl.Series("cause", causes, pl.String),
        pl.lit(site.revision(month), pl.Int64).alias("revision"),
        pl.lit("; ".join(dict.fromkeys(one.reason for one in declared))).alias("reason"),
        pl.lit("; ".join(dict.fromkeys(one.by for one in declared))).alias("by"),
    ).sort(KEY)
    write_csv(table, folder / "restatement.csv")
    table.write_parquet(folder / "restatement.parquet", compression="zstd")


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-r")[2])


def _as_published(path: Path, month: Month) -> pl.DataFrame:
    table = pl.read_csv(path, infer_schema=False).filter(period=str(month))
    return table.select(*KEY, *(pl.col(one).cast(kind) for one, kind in _FIGURE.items()))


def _told(now: pl.DataFrame, before: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """The figures that differ. A kind of figure that only one of the two programs makes is no restatement."""
    shared = now.select(_KIND).unique().join(before.select(_KIND).unique(), on=_KIND)
    both = now.join(before, on=KEY, how="full", coalesce=True, suffix="_before").join(shared, on=_KIND, how="semi")
    differs = pl.any_horizontal(
        pl.col(one).ne_missing(pl.col(f"{one}_before")) for one in ("estimate", "n", "flag")
    ) & ~((pl.col("flag").fill_null("none") == "none") & (pl.col("flag_before").fill_null("none") == "none"))
    found = both.filter(differs).join(first, on=KEY, how="left", suffix="_first")
    difference = pl.col("estimate") - pl.col("estimate_before")
    points = pl.coalesce("printed_of", "printed_of_before")
    printed = [
        None if value is None else (value * (of // 100)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        for value, of in found.select(difference, points).iter_rows()
    ]
    return found.select(
        *KEY,
        pl.col("estimate_first").alias("published"),
        pl.col("estimate_before").alias("before"),
        pl.col("estimate").alias("restated"),
        difference.cast(_NINE).alias("difference"),
        pl.col("n_first").alias("n_published"),
        "n_before",
        pl.col("n").alias("n_restated"),
        "flag_before",
        pl.col("flag").alias("flag_restated"),
        pl.col("printed_first").alias("printed_published"),
        "printed_before",
        pl.col("printed").alias("printed_restated"),
        pl.Series("printed_difference", printed, _ONE),
        points.alias("printed_of"),
    )


# ── why ──────────────────────────────────────────────────────────────────────────────────


def _causes(then: dict[str, Any], now: dict[str, Any], month: Month, row: dict[str, Any]) -> Iterator[str]:
    """What this figure rests on, beside the unit's own responses, and is not what it was."""
    instrument = row["instrument"]
    months = month.number if row["window"] == "year_to_date" else _MONTHS.get(row["window"], 1)
    window = [str(month.plus(-back)) for back in range(months)]

    def changed(part: str, name: str) -> bool:
        return bool(then.get(part, {}).get(name) != now.get(part, {}).get(name))

    def tables(kind: str, periods: Iterable[str]) -> bool:
        return any(changed("accepted", f"accepted/{kind}/{instrument}/{one}.parquet") for one in periods)

    if tables("responses", window[1:]):
        yield "earlier_months"
    if row["measure"] == "response_rate" and tables("invitations", window):
        yield "invitations"
    settings = "settings" in then and "settings" in now
    if any(tables(kind, window) for kind in ("weights", "margins")) or (settings and changed("settings", "weighting")):
        yield "weights"
    if changed("accepted", "accepted/branches.parquet"):
        yield "hierarchy"
    if changed("definitions", f"instruments/{instrument}.toml"):
        yield "definition"
    if settings and any(changed("settings", one) for one in _BEARING):
        yield "settings"
    if then.get("program") != now.get("program"):
        yield "program"


def _cause(found: set[str], row: dict[str, Any], heard: bool) -> str:
    """heard: whether any response of the instrument is not what it was."""
    if any(row[one] for one in _COUNTS):
        found.add("responses")
    if not found:
        found.add("other_responses" if heard else "unexplained")
    return "; ".join(one for one in CAUSES if one in found)


def _counts(site: Site, hierarchy: Hierarchy, month: Month, responses: pl.DataFrame) -> pl.DataFrame:
    """instrument, level, unit and how many of its responses came, went, changed. responses: revision.csv. Who
    moved from one unit to another went there and came here."""
    sides = [_placed(site, hierarchy, month, responses, suffix) for suffix in ("_before", "_now")]
    keys = ["instrument", "respondent", "level", "unit"]
    before, now = (one.select(*keys, pl.lit(True).alias("there")) for one in sides)
    both = before.join(now, on=keys, how="full", coalesce=True, suffix="_now")
    there, here = pl.col("there").is_not_null(), pl.col("there_now").is_not_null()
    return both.group_by("instrument", "level", "unit").agg(
        (here & ~there).sum().cast(pl.Int64).alias("came"),
        (there & ~here).sum().cast(pl.Int64).alias("went"),
        (there & here).sum().cast(pl.Int64).alias("changed"),
    )


def _placed(site: Site, hierarchy: Hierarchy, month: Month, responses: pl.DataFrame, suffix: str) -> pl.DataFrame:
    """instrument, respondent, level, unit: where each response counts, as it is or as it was."""
    fields = closing.places(site)
    rows = responses.filter(pl.col(f"branch{suffix}") != "").select(
        "instrument", "respondent", *(pl.col(f"{one}{suffix}").alias(one) for one in fields)
    )
    rows = rows.join(placed(hierarchy, month), on="branch", how="left").with_columns(
        pl.col("branch").alias("branch_now"), pl.col("region").alias("region_now")
    )
    levels = {"branch": ("branch",), "part": ("branch", "division"), "region": ("region",), "division": ("division",),
              "network": (), **{one.id: one.by for one in site.programme.grouping},
              "branch_as_is": ("branch_now",), "region_as_is": ("region_now",)}  # fmt: skip
    unit = {
        level: pl.concat_str([pl.col(one).fill_null("") for one in by], separator="/") if by else pl.lit(level)
        for level, by in levels.items()
    }
    return pl.concat(
        rows.select("instrument", "respondent", pl.lit(level).alias("level"), made.alias("unit"))
        for level, made in unit.items()
    )
