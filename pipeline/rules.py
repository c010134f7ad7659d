"""The rules a typed row must keep: the pandera contract, then what needs other tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl

from pipeline import faults, in_force
from pipeline.batch import CONSTANT
from pipeline.hierarchy import Hierarchy
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.parse import Parsed
from pipeline.places import Places
from pipeline.programme_table import OPEN_END

FOUND_SCHEMA: dict[str, Any] = {
    "source": pl.String,
    "row": pl.UInt32,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "known": pl.String,
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
NOT_CONTENT = ("source", "row", "place")


def no_faults() -> pl.DataFrame:
    return pl.DataFrame(schema=FOUND_SCHEMA)


class Contract:
    """The contract of an instrument's responses in a month, as schemas.responses has it."""

    def __init__(self, instrument: Instrument, month: Month, cutoff: datetime) -> None:
        """cutoff: local time without zone."""
        from schemas import responses as contract  # pandera takes a second to import

        found = {item.id: instrument.scale_of(item) for item in instrument.items}
        scales = {item: (scale.min, scale.max) for item, scale in found.items()}
        self.instrument, self.month = instrument, month
        self.partly = list(in_force.outside(instrument, month))
        self.types = contract.columns(
            scales,
            [column for one in instrument.choice for column in one.columns],
            [one.other for one in instrument.choice],
        )
        self.rules = contract.rules(scales, month.first_day, month.last_day, cutoff)
        self._accepted = contract.responses(self.types, self.rules)
        self._broken = [(~rule.holds).arg_true().implode().alias(f"{at}") for at, rule in enumerate(self.rules)]

    def fitted(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that break no rule, in the types of the contract: only then does every answer fit."""
        items = {item.id: self.types[item.id] for item in self.instrument.items}
        return rows.cast(items)  # type: ignore[arg-type]  # a dict of names is a Mapping of them

    def check(self, rows: pl.DataFrame) -> None:
        """The last door: what is accepted is as the contract says, or the program is wrong."""
        self._accepted.validate(rows, lazy=True)

    def broken(self, table: pl.DataFrame) -> list[tuple[str, str, pl.Series]]:
        """(column, reason, places of the rows from 0) of every rule that some row breaks."""
        found = table.select(self._broken)
        named = [(rule.column, rule.reason, places[0]) for rule, places in zip(self.rules, found, strict=True)]
        return [one for one in named if len(one[2])]


@dataclass(frozen=True)
class Checked:
    """A batch, in the form of the contract. good: rows without a fault. wrong: the others. faults:
    all of them (FAULT_SCHEMA; column = field or item)."""

    good: pl.DataFrame
    wrong: pl.DataFrame
    faults: pl.DataFrame


def checked(parsed: Parsed, contract: Contract, places: Places, heads: Mapping[str, str]) -> Checked:
    """As check_responses, good rows and wrong ones apart."""
    rows, found = check_responses(parsed, contract, places, heads)
    if found.is_empty():
        return Checked(contract.fitted(rows), rows.clear(), found)
    wrong = rows["row"].is_in(found["row"].unique().implode())
    return Checked(contract.fitted(rows.filter(~wrong)), rows.filter(wrong), found)


@cache
def _invitation_contract() -> Any:
    from schemas.invitations import invitations

    return invitations()


def check_responses(
    parsed: Parsed, contract: Contract, places: Places, heads: Mapping[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows in the form of the contract, with their division filled in, and all their faults
    (FAULT_SCHEMA; column = field or item), those of parsing among them. heads: field or item ->
    column of parsed.raw."""
    instrument = contract.instrument
    table = places.of(parsed.typed)
    dated, told = pl.col("serviced_on").is_not_null(), pl.col("division").is_not_null()
    there = pl.col("there")
    unknown = _rows(parsed.faults, "unknown_division")
    unread = _rows(parsed.faults, "unknown_label", "not_a_whole_number")
    items = [item.id for item in instrument.items]
    asked = [one for one in items if not heads.get(one, "").startswith(CONSTANT)]  # the same for all says nothing
    no_answer = pl.all_horizontal(pl.col(asked or items).is_null())
    early = pl.col("answered_at") < pl.col("serviced_on").cast(pl.Datetime("us"))
    wrong = {
        ("branch", "unknown_branch"): pl.col("branch").is_not_null() & ~pl.col("exists"),
        ("branch", "branch_not_open"): pl.col("exists") & dated & ~there,
        ("division", "division_not_served"): pl.col("elsewhere"),
        ("division", "missing_division"): there & ~told & ~unknown,
        ("answered_at", "answered_before_service"): early,
        ("respondent", "all_missing"): no_answer & ~unread,
    }
    in_month = pl.col("serviced_on").is_between(contract.month.first_day, contract.month.last_day)
    for name, (first, last), _ in contract.partly:
        given = pl.col(name).is_not_null()
        wrong[name, "not_in_force"] = in_month & ~pl.col("serviced_on").is_between(first, last) & given
    masks = table.select(mask.fill_null(False).alias("\0".join(name)) for name, mask in wrong.items())
    rows = table.select(list(contract.types))
    if contract.partly:
        rows = in_force.not_asked(rows, items, contract.partly)
    broken = [(*name, mask.arg_true()) for name, mask in zip(wrong, masks, strict=True) if mask.any()]
    found = [
        (at, column, reason, _shown(rows, at, column, parsed, heads))
        for column, reason, at in (*broken, *contract.broken(rows))
    ]
    both = pl.concat([parsed.faults, faults.of_rows(rows["row"], found)])
    for reason in ("ragged_row", "left_out"):  # what else is wrong with such a row does not matter
        if reason in parsed.faults["reason"]:
            both = both.filter(~_rows(parsed.faults, reason) | (pl.col("reason") == reason))
    return rows, both


def _shown(rows: pl.DataFrame, at: pl.Series, column: str, parsed: Parsed, heads: Mapping[str, str]) -> pl.Series:
    """The cells of a column at some places as the export has them."""
    if column not in heads:
        return rows[column][at].cast(pl.String).fill_null("")
    return parsed.raw[heads[column]][at]


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


def duplicates(clean: pl.DataFrame, key: str = "respondent") -> pl.DataFrame:
    """Rows that repeat a respondent, in the form of FOUND_SCHEMA with their place: the later ones
    when the content is the same, all of them when it is not. place: the order of the files."""
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
    return pl.concat([explained_by(twins, key, "duplicate"), explained_by(conflict, key, "conflicting_duplicate")])


def explained_by(rows: pl.DataFrame, column: str, reason: str) -> pl.DataFrame:
    """Rows of source, row, place, the column and by, by_row (the row that makes them faulty), in the
    form of FOUND_SCHEMA with their place."""
    return rows.select(
        pl.col("source"),
        pl.col("row").cast(pl.UInt32),
        pl.lit(column).alias("column"),
        pl.col(column).alias("value"),
        pl.lit(reason).alias("reason"),
        pl.format("{}, row {}", "by", "by_row").alias("known"),
        pl.col("place"),
    )


def _where(table: pl.DataFrame, column: str, wrong: pl.Expr, reason: str) -> pl.DataFrame:
    bad = table.filter(wrong)
    return faults.at(bad["row"], column, bad[column], reason)
