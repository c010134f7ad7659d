"""The contract of accepted responses: one row per respondent, one small integer per item.

The rules stand once, in `rules`. pipeline/rules.py finds the few rows that break one and says which;
the pandera schema of `responses` checks every row that is to be accepted, with all rules, the columns
and their types in one check: what pandera does for each column and each check costs many times what
the rules themselves do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandera.polars as pa
import polars as pl

DAY_S = 24 * 60 * 60

REQUIRED = ("respondent", "branch", "serviced_on", "answered_at", "weight")
TEXTS = ("missing", "verbatim", "contact", "segment", "tier", "vehicle", "contract")


@dataclass(frozen=True)
class Rule:
    """What must hold in one column; null passes. reason: what a row that breaks it is quarantined for."""

    column: str
    holds: pl.Expr
    reason: str


def rules(scales: Mapping[str, tuple[int, int]], first_day: date, last_day: date, cutoff: datetime) -> tuple[Rule, ...]:
    """scales: item -> lowest and highest answer. cutoff: local time without zone."""
    return (
        Rule("serviced_on", pl.col("serviced_on").is_between(first_day, last_day), "outside_period"),
        Rule("answered_at", pl.col("answered_at") < cutoff, "after_cutoff"),
        Rule("duration_s", pl.col("duration_s").is_between(0, DAY_S), "impossible_duration"),
        Rule("weight", pl.col("weight") > 0, "weight_not_positive"),
        *(
            Rule(item, pl.col(item).is_between(low, high), "outside_scale")
            for item, (low, high) in scales.items()
        ),
    )  # fmt: skip


def columns(scales: Mapping[str, tuple[int, int]], options: Sequence[str], others: Sequence[str]) -> dict[str, Any]:
    """column -> type, in the order of the table. scales: item -> lowest and highest answer. options:
    columns of choices, 1 or 0. others: their free text."""
    return {
        "respondent": pl.String,
        "branch": pl.String,
        "division": pl.String,
        "serviced_on": pl.Date,
        "answered_at": pl.Datetime("us"),
        "duration_s": pl.Int32,
        "weight": pl.Decimal(18, 9),
        **{item: pl.Int8 if low >= -128 and high <= 127 else pl.Int16 for item, (low, high) in scales.items()},
        **dict.fromkeys(TEXTS[:2], pl.String),
        **dict.fromkeys(options, pl.Int8),
        **dict.fromkeys(others, pl.String),
        **dict.fromkeys(TEXTS[2:], pl.String),
        "row": pl.UInt32,
    }


def responses(types: Mapping[str, Any], checked: Sequence[Rule]) -> pa.DataFrameSchema:
    """The whole contract as one check, of rows that are to be accepted. An item is null when it has
    no answer; `missing` then holds one letter per item, or is null where every item without an
    answer was left blank.

    The check is of the column `row`: what fails is reported by its number and never shown.
    """
    there = [pl.col(name).is_not_null() for name in REQUIRED]
    all_hold = pl.all_horizontal(one.all() for one in (*there, *(rule.holds for rule in checked)))
    holds = pl.all_horizontal(*there, *(rule.holds.fill_null(True) for rule in checked))

    def contract(data: pa.PolarsData) -> bool | pl.LazyFrame:
        found = dict(data.lazyframe.collect_schema())
        if list(found.items()) != list(types.items()):
            raise TypeError(f"expected the columns {dict(types)}, found {found}")
        if data.lazyframe.select(all_hold).collect(engine="in-memory").item():
            return True
        return data.lazyframe.select(holds)

    return pa.DataFrameSchema({"row": pa.Column(pl.UInt32, checks=[pa.Check(contract, error="contract")])})
