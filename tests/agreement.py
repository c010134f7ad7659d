"""Every cell of the tables a run publishes beside pipeline/recompute, to the last stored digit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from pipeline.recompute.agreement import Told, columns, near_to, unlike
from pipeline.recompute.case import Case, Hidden
from pipeline.recompute.families import discovery
from pipeline.recompute.month import ComparisonKey, Recomputed, ScoreKey
from pipeline.recompute.rounding import printed
from pipeline.recompute.scores import COUNTED
from pipeline.recompute.side_by_side import RankSet, Shrunk
from tests.build import Scored, weighed

Rows = Mapping[tuple[str, ...], Mapping[str, Any]]


def disagreements(case: Case, scored: Scored, period: str = "2025-10") -> list[str]:
    """Every cell of all tables that is not what pipeline/recompute makes of the responses."""
    told = weighed(case, scored)
    right = Recomputed(replace(told, hidden=_hidden(scored, period), guarded=_guarded(scored)), period)
    scores: dict[ScoreKey, Any] = {key: right.score(key) for key in right.score_keys()}
    others: dict[ComparisonKey, Any] = {key: right.comparison(key) for key in right.comparison_keys()}
    points = {one.id: one.points for one in case.instruments}
    found = [*_table(scores, scored.scores), *_table(others, scored.comparisons)]
    for key in scores.keys() & scored.scores.keys():
        row = scored.scores[key]
        found += _misprinted(key, row, row["printed_of"], ("low", "high"))
        found += _side_by_side(key, right, row)
    for other in others.keys() & scored.comparisons.keys():
        row = scored.comparisons[other]
        found += _misprinted(other, row, points[other[0]], ("low", "high"))
        found += [f"{'/'.join(other)}: {one}" for one in _sure(row)]
    rates = discovery({key: one.p for key, one in others.items() if one.p is not None})
    for other in others.keys() & scored.comparisons.keys():
        row = scored.comparisons[other]
        if not near_to(rates.get(other), row["q"]):
            found.append(f"{'/'.join(other)}, q: expected {rates.get(other)}")
        if row["verdict"] != (word := others[other].verdict(row["q"])):
            found.append(f"{'/'.join(other)}, verdict: expected {word}, found {row['verdict']}")
    return sorted([*found, *_others(right, scored, points)])


def _hidden(scored: Scored, period: str) -> frozenset[Hidden]:
    """What the run withholds beside small bases, taken from it: tests/test_suppression.py looks at that."""
    found = {(*key[:5], key[6]) for key, row in scored.scores.items() if row["flag"] == "withheld"}
    beside = {
        (period, key[0], "peers", key[2], key[3], key[4])
        for key, row in scored.comparisons.items()
        if key[5] == "peers" and row["reference"] is None
    }
    return frozenset(found | beside)


def _guarded(scored: Scored) -> frozenset[str]:
    """The instruments whose shares have no standard error, taken from the run: tests/test_squares.py looks at that."""
    return frozenset(
        key[1] for key, row in scored.scores.items()
        if key[5] in COUNTED and key[4] != "response_rate" and row["estimate"] is not None and row["df"] is None
    )  # fmt: skip


def _table(right: Mapping[Any, Any], rows: Rows) -> Iterator[str]:
    """The same rows, and the same in each."""
    yield from (f"{key}: the row is not there" for key in right.keys() - rows.keys())
    yield from (f"{key}: no such row was expected" for key in rows.keys() - right.keys())
    for key in right.keys() & rows.keys():
        yield from _told(key, right[key], rows[key])


def _side_by_side(key: ScoreKey, right: Recomputed, row: Mapping[str, Any]) -> Iterator[str]:
    for kind, found in ((RankSet, right.rank_set(key)), (Shrunk, right.shrunk(key))):
        if found is not None:
            yield from _told(key, found, row)
        elif any(row[one] is not None for one in columns(kind)):
            yield f"{'/'.join(key)}: no {kind.__name__} was expected"
    shown = [one for one in columns(Shrunk) if one not in ("reliability", "outside")]
    yield from _misprinted(key, row, row["printed_of"], shown)


def _others(right: Recomputed, scored: Scored, points: Mapping[str, int]) -> Iterator[str]:
    """The tables that are not about single figures."""
    measures, standing, changed = {}, {}, {}
    for instrument, beside in right.side_by_side.items():
        for key in {(key[6], key[2], key[4]) for key in right.score_keys() if key[0] == right.period}:
            window, level, measure = key
            if right.beside((right.period, instrument, level, "", measure, "mean", window)):
                reliability = beside.reliability((measure, "mean"), window, level)
                if reliability is not None:
                    measures[instrument, *key] = reliability
        standing |= {(instrument, *key): row for key, row in beside.standings().items()}
        for unit, against in right.changes[instrument].asked():
            split = right.changes[instrument].split(unit, against)
            if split is not None:
                changed[instrument, *unit, against] = split
    read = {name: _read(scored, name) for name in ("reliability", "standing", "change_split", "bridged")}
    yield from _table(measures, _keyed(read["reliability"], "instrument", "window_id", "level", "measure"))
    yield from _table(standing, _keyed(read["standing"], "instrument", "within", "branch"))
    yield from _table(changed, _keyed(read["change_split"], "instrument", "level", "unit", "against"))
    carried = _keyed(read["bridged"], "instrument", "from_instrument", "period", "level", "unit", "measure", "window")
    yield from _table(dict(right.bridged()), carried)
    for row in read["change_split"]:
        yield from _misprinted(tuple(row.values())[:1], row, points[row["instrument"]],
                               ("performance", "mix", "entered", "left", "total"))  # fmt: skip
    for row in read["bridged"]:
        yield from _misprinted((row["unit"],), row, row["printed_of"], ("low", "high"))
    for row in read["reliability"]:
        if row["printed_reliability"] != _half_up(row["reliability"], 2):
            yield f"{row}: printed_reliability"
        yield from _misprinted((row["level"],), row, points[row["instrument"]], ("centre",))


def _read(scored: Scored, name: str) -> list[dict[str, Any]]:
    path = scored.folder / f"{name}.parquet"
    bridged = path.exists() or name != "bridged"  # which only instruments with a bridge have
    return pl.read_parquet(path).to_dicts() if bridged else []


def _keyed(rows: Sequence[dict[str, Any]], *key: str) -> Rows:
    found: Rows = {tuple(row[one] for one in key): row for row in rows}
    assert len(found) == len(rows), "a key stands twice"
    return found


def _told(key: Sequence[str], right: Told, row: Mapping[str, Any]) -> list[str]:
    return [
        f"{'/'.join(key)}, {column}: expected {getattr(right, column)}, found {row[column]}"
        for column in unlike(right, row)
    ]


def _misprinted(key: Sequence[str], row: Mapping[str, Any], points: int, shown: Sequence[str]) -> Iterator[str]:
    """What is printed is what is stored, rounded once."""
    for one in shown:
        right = None if row[one] is None else printed(row[one], points)
        if row[f"printed_{one}"] != right:
            yield f"{'/'.join(key)}: printed_{one} is not {right}"


def _sure(row: Mapping[str, Any]) -> Iterator[str]:
    if row["printed_q"] != _half_up(row["q"], 3):
        yield f"printed_q is not {row['q']}"
    chance = None if row["chance"] is None else 100 * row["chance"]
    if row["printed_chance"] != _half_up(chance, 1):
        yield f"printed_chance is not {chance}"


def _half_up(value: Decimal | None, places: int) -> Decimal | None:
    return None if value is None else value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
