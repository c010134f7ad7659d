"""A case read from what a month was published with: its accepted tables and the programme's definitions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import instrument as definitions
from pipeline import questions
from pipeline.programme import Programme
from pipeline.recompute.case import (
    OPEN_END,
    Bonus,
    Branch,
    Bridge,
    Case,
    Choice,
    Count,
    Design,
    Factor,
    Grouping,
    Instrument,
    Item,
    Row,
    Target,
)

FOLDER = "accepted"
KEPT = ("period", "respondent", "branch", "division", "weight", "missing", "segment", "tier", "vehicle", "contract",
        "flags", "source", "row")  # fmt: skip
_ABOUT = ("branch", "division", "segment", "tier", "vehicle", "contract", "weight")  # key columns of weights


def read_case(
    folder: Path,
    programme: Programme,
    instruments: Sequence[definitions.Instrument],
    periods: Iterable[str],
    items: Collection[str] | None = None,
) -> Case:
    """The case of these months. instruments: those that are wanted. items: answers that are wanted, else
    all. Neither free text nor contacts are read."""
    months = sorted(set(periods))
    used = [converted(one) for one in instruments]
    return Case(
        tuple(used),
        branches(folder),
        {one.id: [row for month in months for row in responses(folder, one, month, items)] for one in used},
        targets(folder),
        {one.id: invited(folder, one.id, months) for one in used},
        weighted=programme.weighting.base == "column",
        withheld_below=programme.thresholds.withheld_below,
        ranked_from=programme.thresholds.ranked_from,
        design=Design(tuple(programme.design.strata), programme.design.finite, programme.design.single),
        populations={one.id: populations(folder, one.id, programme.design.strata, months) for one in used},
        groupings=tuple(Grouping(one.id, tuple(one.by)) for one in programme.grouping),
        peers=tuple(programme.peers),
        bonuses=tuple(Bonus(one.id, one.instrument, Decimal(one.line)) for one in programme.bonus),
        bridges=tuple(
            Bridge(one.id, each.older, each.kind, tuple(each.measures), tuple(each.periods))
            for one in instruments
            for each in one.bridge
        ),
    )


def converted(one: definitions.Instrument) -> Instrument:
    def item(each: questions.Item) -> Item:
        scale = one.scale_of(each)
        return Item(each.id, scale.min, scale.max, scale.top_box_from, scale.bottom_box_to, each.nps)

    def leaf(each: definitions.Factor | definitions.Subfactor) -> Factor:
        return Factor(each.id, tuple(map(item, each.item)), Decimal(each.weight))

    factors = tuple(
        Factor(each.id, (), Decimal(each.weight), tuple(map(leaf, each.subfactor))) if each.subfactor else leaf(each)
        for each in one.factor
    )
    return Instrument(
        one.id, factors, one.rule, one.points, one.minimum_answered_percent,
        choices=tuple(Choice(each.id, tuple(option.id for option in each.option)) for each in one.choice),
        counts=tuple(Count(each.id, tuple(map(item, each.item))) for each in one.count),
        valid_from=one.valid_from, valid_to=one.valid_to or OPEN_END,
    )  # fmt: skip


def path(folder: Path, kind: str, instrument: str, period: str) -> Path:
    return folder / FOLDER / kind / instrument / f"{period}.parquet"


def responses(folder: Path, of: Instrument, period: str, items: Collection[str] | None = None) -> list[Row]:
    """A month's accepted responses; of items that are not wanted there is None."""
    file = path(folder, "responses", of.id, period)
    if not file.exists():
        return []
    answers = [one.id for one in of.items] + [one.id for count in of.counts for one in count.items]
    answers += [column for choice in of.choices for column in choice.columns]
    wanted = [one for one in answers if items is None or one in items]
    present = set(pl.read_parquet_schema(file))
    table = pl.read_parquet(file, columns=[one for one in (*KEPT, *wanted) if one in present])
    nothing = dict.fromkeys((*KEPT, *answers))
    rows: list[dict[str, Any]] = [nothing | row for row in table.iter_rows(named=True)]
    weigh(folder, of.id, period, rows)
    return rows  # type: ignore[return-value]


def weigh(folder: Path, instrument: str, period: str, rows: Sequence[dict[str, Any]]) -> None:
    """Adds `factor`, `before`, `margins` and `cells` to the responses of a month where weights were solved."""
    weights = path(folder, "weights", instrument, period)
    if not weights.exists():
        return
    table = pl.read_parquet(weights)
    keys = [one for one in _ABOUT if one in table.columns]
    factors = {_key(row, keys): row["factor"] for row in table.iter_rows(named=True)}
    margins: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    before: dict[tuple[Any, ...], Decimal] = {}
    cells: set[int] = set()
    member = path(folder, "margins", instrument, period)
    if member.exists():
        for row in pl.read_parquet(member).iter_rows(named=True):
            margins[_key(row, keys)].append(row["margin"])
            cells |= {row["margin"]} if row["cells"] else set()
            before[_key(row, keys)] = row["before"]
    for one in rows:
        key = _key(one, keys)
        one["factor"], one["before"] = factors[key], before.get(key)
        one["margins"] = tuple(sorted(margins.get(key, ())))
        one["cells"] = tuple(sorted(cells.intersection(one["margins"])))


def _key(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[one] or "" for one in keys)


def branches(folder: Path) -> tuple[Branch, ...]:
    """One per stretch of time; the table has a row for each division."""
    divisions: dict[tuple[str, date], list[str]] = defaultdict(list)
    found: dict[tuple[str, date], Mapping[str, Any]] = {}
    for row in pl.read_parquet(folder / FOLDER / "branches.parquet").iter_rows(named=True):
        key = row["branch"], row["valid_from"]
        divisions[key].append(row["division"])
        found[key] = row
    return tuple(
        Branch(
            one["branch"], one["region"], tuple(divisions[key]), one["valid_from"], one["valid_to"] or OPEN_END,
            one["tier"] or "", one.get("peer") or "", one["successor"] or "", bool(one.get("inherits")),
        )
        for key, one in found.items()
    )  # fmt: skip


def targets(folder: Path) -> tuple[Target, ...]:
    table = pl.read_parquet(folder / FOLDER / "targets.parquet")
    return tuple(
        Target(one["instrument"], one["measure"], one["target"], one["branch"], one["valid_from"], one["valid_to"])
        for one in table.iter_rows(named=True)
    )


def invited(folder: Path, instrument: str, periods: Iterable[str]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for period in periods:
        file = path(folder, "invitations", instrument, period)
        if file.exists():
            found |= {
                (period, branch): n for branch, n in pl.read_parquet(file).select("branch", "invited").iter_rows()
            }
    return found


def populations(
    folder: Path, instrument: str, strata: Sequence[str], periods: Iterable[str]
) -> dict[tuple[str, ...], Fraction]:
    found: dict[tuple[str, ...], Fraction] = {}
    for period in periods:
        file = path(folder, "strata", instrument, period)
        if file.exists():
            for *values, population in pl.read_parquet(file).select(*strata, "population").iter_rows():
                found[period, *(one or "" for one in values)] = Fraction(population)
    return found
