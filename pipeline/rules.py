"""The rules a typed row must keep: the pandera contract, then what needs other tables."""

from datetime import datetime
from functools import cache
from typing import Any

import polars as pl

from pipeline import faults
from pipeline.hierarchy import OPEN_END, Hierarchy
from pipeline.instrument import Instrument
from pipeline.month import Month

FOUND_SCHEMA = {
    "source": pl.String,
    "row": pl.UInt32,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "fix": pl.String,
}
EMPTY_INVITATIONS = pl.DataFrame(
    schema={
        "period": pl.String,
        "branch": pl.String,
        "invited": pl.Int64,
        "source": pl.String,
        "row": pl.UInt32,
    }
)


def no_faults() -> pl.DataFrame:
    return pl.DataFrame(schema=FOUND_SCHEMA)


def response_contract(instrument: Instrument, month: Month, cutoff: datetime) -> Any:
    from schemas.responses import responses  # pandera takes a second to import

    scales = {item.id: instrument.scale_of(item) for item in instrument.items}
    return responses(
        {item: (scale.min, scale.max) for item, scale in scales.items()},
        month.first_day,
        month.last_day,
        cutoff,
    )


@cache
def _invitation_contract() -> Any:
    from schemas.invitations import invitations

    return invitations()


def check_responses(
    typed: pl.DataFrame, known: pl.DataFrame, contract: Any, instrument: Instrument,
    hierarchy: Hierarchy, month: Month, file: str,
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """The rows in the order of the contract, with their division filled in, and their faults
    (FAULT_SCHEMA; column = field or item). known: faults found before, not said again."""
    table = _placed(typed, hierarchy).with_columns(pl.lit(str(month)).alias("period"), pl.lit(file).alias("source"))
    broken = _broken(table.select(list(contract.columns)), contract)
    items = [item.id for item in instrument.items]
    others = pl.concat(
        [
            _where(table, "branch", pl.col("branch").is_not_null() & ~pl.col("exists"), "unknown_branch"),
            _where(table, "branch", pl.col("exists") & ~pl.col("open"), "branch_not_open"),
            _where(table, "division", pl.col("open") & ~pl.col("served"), "division_not_served"),
            _where(
                table, "division", pl.col("open") & pl.col("served") & pl.col("division").is_null(), "missing_division"
            ).filter(~pl.col("row").is_in(known.filter(pl.col("reason") == "unknown_division")["row"].implode())),
            _where(
                table, "answered_at", pl.col("answered_at").dt.date() < pl.col("serviced_on"), "answered_before_service"
            ),
            _where(table, "respondent", pl.all_horizontal(pl.col(items).is_null()), "all_missing").filter(
                ~pl.col("row").is_in(
                    known.filter(pl.col("reason").is_in(["unknown_label", "not_a_whole_number"]))["row"].implode()
                )
            ),
        ]
    )  # fmt: skip
    return table.select(list(contract.columns)), pl.concat([broken, others])


def check_invitations(
    typed: pl.DataFrame, known: pl.DataFrame, hierarchy: Hierarchy, month: Month, file: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """As check_responses, for invitations. A branch must be open on a day of the month."""
    table = typed.with_columns(pl.lit(str(month)).alias("period"), pl.lit(file).alias("source"))
    branches = hierarchy.branches
    open_then = branches.filter(
        (pl.col("valid_from") <= month.last_day) & (pl.col("valid_to").fill_null(OPEN_END) >= month.first_day)
    )
    exists = pl.col("branch").is_in(branches["branch"].unique().implode())
    is_open = pl.col("branch").is_in(open_then["branch"].unique().implode())
    found = [
        _where(table, "branch", pl.col("branch").is_not_null() & ~exists, "unknown_branch"),
        _where(table, "branch", exists & ~is_open, "branch_not_open"),
        _where(table, "invited", pl.col("invited") < 0, "not_negative"),
    ]
    bad = pl.concat([known, *found])["row"].unique()
    clean = table.filter(~pl.col("row").is_in(bad.implode())).select(EMPTY_INVITATIONS.columns)
    _invitation_contract().validate(clean.unique(["period", "branch"], maintain_order=True), lazy=True)
    return table.select(EMPTY_INVITATIONS.columns), pl.concat(found)


def superseded(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of an earlier file of a re-sent source whose respondent stands in a later one."""
    resent = table.filter(pl.col("resend") & pl.col("respondent").is_not_null())
    last = resent.group_by("respondent", maintain_order=True).agg(
        pl.col("position").max().alias("last"),
        pl.col("source").sort_by("position", "row").last().alias("by"),
        pl.col("row").sort_by("position", "row").last().alias("by_row"),
    )
    return _explained(resent.join(last, on="respondent").filter(pl.col("position") < pl.col("last")), "superseded")


def duplicates(clean: pl.DataFrame) -> pl.DataFrame:
    """Rows that repeat a respondent: the later ones when the content is the same, all of them
    when it is not."""
    same = [name for name in clean.columns if name not in ("source", "row", "position", "resend")]
    repeated = clean.filter(pl.col("respondent").is_duplicated()).sort("source", "row")
    groups = repeated.with_columns(
        pl.struct(same).n_unique().over("respondent").alias("contents"),
        pl.int_range(pl.len()).over("respondent").alias("place"),
        pl.col("source").first().over("respondent").alias("by"),
        pl.col("row").first().over("respondent").alias("by_row"),
        pl.col("source").last().over("respondent").alias("last"),
        pl.col("row").last().over("respondent").alias("last_row"),
    )
    twins = groups.filter((pl.col("contents") == 1) & (pl.col("place") > 0))
    conflict = groups.filter(pl.col("contents") > 1).with_columns(
        pl.when(pl.col("place") == 0).then("last").otherwise("by").alias("by"),
        pl.when(pl.col("place") == 0).then("last_row").otherwise("by_row").alias("by_row"),
    )
    return pl.concat([_explained(twins, "duplicate"), _explained(conflict, "conflicting_duplicate")])


def repeated_invitations(clean: pl.DataFrame) -> pl.DataFrame:
    """As duplicates, for a branch that stands twice."""
    rows = clean.with_columns(
        pl.col("branch").alias("respondent"),
        pl.lit(0).alias("position"),
        pl.lit(False).alias("resend"),
    )
    return duplicates(rows).with_columns(pl.lit("branch").alias("column"))


def _explained(rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    place = pl.format("{}, row {}", pl.col("by"), pl.col("by_row"))
    before, after = faults.FIXES[reason].split("{known}")
    return rows.select(
        pl.col("source"),
        pl.col("row"),
        pl.lit("respondent").alias("column"),
        pl.col("respondent").alias("value"),
        pl.lit(reason).alias("reason"),
        pl.concat_str(pl.lit(before), place, pl.lit(after)).alias("fix"),
    )


def _where(table: pl.DataFrame, column: str, wrong: pl.Expr, reason: str) -> pl.DataFrame:
    bad = table.filter(wrong)
    return faults.at(bad["row"], column, bad[column], reason)


def _placed(typed: pl.DataFrame, hierarchy: Hierarchy) -> pl.DataFrame:
    """Adds exists, open (on the day of service) and served; fills in an only division."""
    branches = hierarchy.branches.with_columns(pl.col("valid_to").fill_null(OPEN_END))
    asked = typed.select("branch", "serviced_on", "division").unique(maintain_order=True)
    there = asked.join(
        branches.select("branch", "valid_from", "valid_to", pl.col("division").alias("one")),
        on="branch",
    )
    found = there.filter(pl.col("serviced_on").is_between("valid_from", "valid_to"))
    day = found.group_by("branch", "serviced_on", "division", maintain_order=True).agg(pl.col("one").unique().sort())
    keys = ["branch", "serviced_on", "division"]
    known = pl.col("branch").is_in(branches["branch"].unique().implode()).fill_null(False)
    placed = typed.join(day, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(
        known.alias("exists"),
        (pl.col("one").is_not_null() | pl.col("serviced_on").is_null()).alias("open"),
    )
    served = pl.col("one").list.contains(pl.col("division")) | pl.col("division").is_null() | pl.col("one").is_null()
    only = pl.when(pl.col("one").list.len() == 1).then(pl.col("one").list.first())
    return placed.with_columns(
        served.fill_null(True).alias("served"), pl.coalesce("division", only).alias("division")
    ).with_columns(
        (pl.col("served") | pl.col("one").is_null()).alias("served"),
        (pl.col("open") & pl.col("exists")).alias("open"),
    )


def _broken(frame: pl.DataFrame, contract: Any) -> pl.DataFrame:
    """What the pandera contract finds. A null that stands for an unreadable text is a fault
    already and not said again."""
    from pandera.errors import SchemaErrors

    try:
        contract.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases.filter(pl.col("check") != "not_nullable")
        unknown = cases.filter(~pl.col("check").is_in(list(faults.FIXES)))
        if unknown.height:
            raise RuntimeError(f"the contract of responses is broken: {unknown.row(0)}") from None
        rows = frame["row"].gather(cases["index"].cast(pl.UInt32))
        return pl.DataFrame(
            {
                "row": rows,
                "column": cases["column"],
                "value": cases["failure_case"],
                "reason": cases["check"],
            },
            schema_overrides=faults.FAULT_SCHEMA,
        )
    return faults.none()
