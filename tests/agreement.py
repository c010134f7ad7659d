"""Every cell of the two tables a run publishes beside pipeline/recompute, to the last stored digit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.recompute.agreement import unlike
from pipeline.recompute.case import Case, Hidden
from pipeline.recompute.month import ComparisonKey, Recomputed, ScoreKey
from pipeline.recompute.rounding import printed
from tests.build import Scored, weighed


def disagreements(case: Case, scored: Scored, period: str = "2025-10") -> list[str]:
    """Every cell of both tables that is not what pipeline/recompute makes of the responses."""
    told = weighed(case, scored)
    right = Recomputed(replace(told, hidden=_hidden(scored, period)), period)
    scores: dict[ScoreKey, Any] = {key: right.score(key) for key in right.score_keys()}
    others: dict[ComparisonKey, Any] = {key: right.comparison(key) for key in right.comparison_keys()}
    found = [f"{key}: the row is not there" for key in scores.keys() - scored.scores.keys()]
    found += [f"{key}: no such row was expected" for key in scored.scores.keys() - scores.keys()]
    found += [f"{key}: the row is not there" for key in others.keys() - scored.comparisons.keys()]
    found += [f"{key}: no such row was expected" for key in scored.comparisons.keys() - others.keys()]
    for key in scores.keys() & scored.scores.keys():
        row = scored.scores[key]
        found += _told(key, scores[key], row) + _misprinted(key, row, row["printed_of"])
    points = {one.id: one.points for one in case.instruments}
    for other in others.keys() & scored.comparisons.keys():
        row = scored.comparisons[other]
        found += _told(other, others[other], row) + _misprinted(other, row, points[other[0]])
    return sorted(found)


def _hidden(scored: Scored, period: str) -> frozenset[Hidden]:
    """What the run withholds beside small bases, taken from it: tests/test_suppression.py looks at that."""
    found = {(*key[:5], key[6]) for key, row in scored.scores.items() if row["flag"] == "withheld"}
    beside = {
        (period, key[0], "peers", key[2], key[3], key[4])
        for key, row in scored.comparisons.items()
        if key[5] == "peers" and row["reference"] is None
    }
    return frozenset(found | beside)


def _told(key: Sequence[str], right: Any, row: Mapping[str, Any]) -> list[str]:
    return [
        f"{'/'.join(key)}, {column}: expected {getattr(right, column)}, found {row[column]}"
        for column in unlike(right, row)
    ]


def _misprinted(key: Sequence[str], row: Mapping[str, Any], points: int) -> list[str]:
    """The ends of an interval are printed as they are stored, rounded once."""
    found = []
    for end in ("low", "high"):
        right = None if row[end] is None else printed(row[end], points)
        if row[f"printed_{end}"] != right:
            found.append(f"{'/'.join(key)}: printed_{end} is not {right}")
    return found
