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
# What a row says of itself in the tables of a month, beside what it holds.
NOT_CONTENT = ("source", "row", "place", "origin", "resend")


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
    dated, told = pl.col("serviced_on").is_not_null(), pl.col("division").is_not_null()
    there = pl.col("served").is_not_null()
    unknown = _rows(known, "unknown_division")
    unread = _rows(known, "unknown_label", "not_a_whole_number")
    no_answer = pl.all_horizontal(pl.col([item.id for item in instrument.items]).is_null())
    early = pl.col("answered_at").dt.date() < pl.col("serviced_on")
    rules = [
        ("branch", pl.col("branch").is_not_null() & ~pl.col("exists"), "unknown_branch"),
        ("branch", pl.col("exists") & dated & ~there, "branch_not_open"),
        ("division", told & ~pl.col("served").list.contains(pl.col("division")), "division_not_served"),
        ("division", there & ~told & ~unknown, "missing_division"),
        ("answered_at", early, "answered_before_service"),
        ("respondent", no_answer & ~unread, "all_missing"),
    ]
    rows = table.select(list(contract.columns))
    found = pl.concat([_broken(rows, contract), *(_where(table, *rule) for rule in rules)])
    to_the_second = pl.col("value").str.replace(r"(:\d\d)\.0+$", "$1")
    return rows, found.filter(~_rows(known, "ragged_row")).with_columns(to_the_second)


def _rows(known: pl.DataFrame, *reasons: str) -> pl.Expr:
    """Whether a row has one of these faults already."""
    return pl.col("row").is_in(known.filter(pl.col("reason").is_in(reasons))["row"].implode())


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
    return table.select(EMPTY_INVITATIONS.columns), pl.concat(found).filter(~_rows(known, "ragged_row"))


def superseded(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of an earlier file of a re-sent source whose respondent stands in a later one of it."""
    resent = table.filter(pl.col("resend") & pl.col("respondent").is_not_null())
    last = resent.group_by("origin", "respondent", maintain_order=True).agg(
        pl.col("place").max().alias("last"),
        pl.col("source").sort_by("place", "row").last().alias("by"),
        pl.col("row").sort_by("place", "row").last().alias("by_row"),
    )
    both = resent.join(last, on=["origin", "respondent"])
    return _explained(both.filter(pl.col("place") < pl.col("last")), "respondent", "superseded")


def duplicates(clean: pl.DataFrame, key: str = "respondent") -> pl.DataFrame:
    """Rows that repeat a respondent: the later ones when the content is the same, all of them
    when it is not. place: the order of the files."""
    same = [name for name in clean.columns if name not in NOT_CONTENT]
    repeated = clean.filter(pl.col(key).is_duplicated()).sort("place", "row")
    groups = repeated.with_columns(
        pl.struct(same).n_unique().over(key).alias("contents"),
        pl.int_range(pl.len()).over(key).alias("turn"),
        pl.col("source").first().over(key).alias("by"),
        pl.col("row").first().over(key).alias("by_row"),
        pl.col("source").last().over(key).alias("last"),
        pl.col("row").last().over(key).alias("last_row"),
    )
    twins = groups.filter((pl.col("contents") == 1) & (pl.col("turn") > 0))
    conflict = groups.filter(pl.col("contents") > 1).with_columns(
        pl.when(pl.col("turn") == 0).then("last").otherwise("by").alias("by"),
        pl.when(pl.col("turn") == 0).then("last_row").otherwise("by_row").alias("by_row"),
    )
    return pl.concat([_explained(twins, key, "duplicate"), _explained(conflict, key, "conflicting_duplicate")])


def _explained(rows: pl.DataFrame, column: str, reason: str) -> pl.DataFrame:
    place = pl.format("{}, row {}", pl.col("by"), pl.col("by_row"))
    before, after = faults.FIXES[reason].split("{known}")
    return rows.select(
        pl.col("source"),
        pl.col("row"),
        pl.lit(column).alias("column"),
        pl.col(column).alias("value"),
        pl.lit(reason).alias("reason"),
        pl.concat_str(pl.lit(before), place, pl.lit(after)).alias("fix"),
    )


def _where(table: pl.DataFrame, column: str, wrong: pl.Expr, reason: str) -> pl.DataFrame:
    bad = table.filter(wrong)
    return faults.at(bad["row"], column, bad[column], reason)


def _placed(typed: pl.DataFrame, hierarchy: Hierarchy) -> pl.DataFrame:
    """Adds exists (the branch, ever) and served (the divisions it serves on the day of service,
    null where it is not open or there is no day); fills in an only division."""
    branches = hierarchy.branches.with_columns(pl.col("valid_to").fill_null(OPEN_END))
    days = typed.select("branch", "serviced_on").unique(maintain_order=True)
    stretches = branches.select("branch", "valid_from", "valid_to", pl.col("division").alias("served"))
    there = days.join(stretches, on="branch").filter(pl.col("serviced_on").is_between("valid_from", "valid_to"))
    served = there.group_by("branch", "serviced_on", maintain_order=True).agg(pl.col("served").unique().sort())
    only = pl.when(pl.col("served").list.len() == 1).then(pl.col("served").list.first())
    return typed.join(served, on=["branch", "serviced_on"], how="left", maintain_order="left").with_columns(
        pl.col("branch").is_in(branches["branch"].unique().implode()).fill_null(False).alias("exists"),
        pl.coalesce("division", only).alias("division"),
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
