"""Whether what is published of a figure is what the second implementation makes of the accepted tables."""

from collections.abc import Iterator, Sequence

import polars as pl

from pipeline.explain.asked import Asked
from pipeline.explain.derivation import Agreement
from pipeline.explain.published import STANDING, Published, Row
from pipeline.instrument import Instrument
from pipeline.recompute.agreement import Told, columns, unlike
from pipeline.recompute.comparisons import Comparison
from pipeline.recompute.families import between
from pipeline.recompute.month import ComparisonKey, Recomputed
from pipeline.recompute.side_by_side import RankSet, Shrunk

_SHARED = ("accepted/branches.parquet", "accepted/targets.parquet", "scores.parquet", "comparisons.parquet",
           "quarantine.csv")  # fmt: skip
_STORED = 6e-10  # what a stored p may be off


def agreement(
    published: Published, asked: Asked, recomputed: Recomputed, row: Row, compared: Sequence[Row],
    standing: Sequence[Row], instruments: tuple[Instrument, ...], read: Sequence[str],
) -> Agreement:  # fmt: skip
    """row, compared, standing: of the score table, of the comparisons, of the ranks. read: files that the second
    implementation rests on, beside those that all figures share."""
    found = [*_of_score(published, asked, recomputed, row)]
    for one in compared:
        found += _of_comparison(published, asked, recomputed, one)
    beside = recomputed.side_by_side[asked.instrument.id]
    for one in standing:
        found += differences(f"{one['within']}: ", beside.standing(one["within"], asked.unit), one)
    shared = (*_SHARED, STANDING) if standing else _SHARED
    listed = set(published.facts.get("accepted", {}))
    altered = published.altered(
        [*shared, *(name for name in read if name in listed or (published.folder / name).exists())]
    )
    return Agreement(
        not found and not altered, tuple(found), tuple(altered), tuple(published.redefined(instruments))
    )  # fmt: skip


def _of_score(published: Published, asked: Asked, recomputed: Recomputed, row: Row) -> Iterator[str]:
    key = (str(published.month), asked.instrument.id, asked.level, asked.unit, asked.measure, asked.statistic,
           asked.window)  # fmt: skip
    yield from differences("", recomputed.score(key), row)
    for kind, work in ((RankSet, recomputed.rank_set), (Shrunk, recomputed.shrunk)):
        if any(row.get(one) is not None for one in columns(kind)):
            yield from differences("", work(key), row)


def _of_comparison(published: Published, asked: Asked, recomputed: Recomputed, row: Row) -> Iterator[str]:
    key = (asked.instrument.id, asked.level, asked.unit, asked.measure, asked.window, row["against"])
    found, about = recomputed.comparison(key), f"{row['against']}: "
    if "p" not in row:
        yield from differences(about, found, row, ("p", "chance"))  # of a month published before there were any
        return
    yield from differences(about, found, row)
    if found is None:
        return
    word = found.verdict(row["q"])
    if row["verdict"] != word:
        yield f"{about}verdict: published {row['verdict']}, worked out {word}."
    if found.p is None or row["q"] is None:
        return
    low, high = _rate(published, key, found)
    if not low - _STORED <= float(row["q"]) <= high + _STORED:
        yield f"{about}q: published {row['q']}, worked out {low:.9f} to {high:.9f}."


def _rate(published: Published, key: ComparisonKey, found: Comparison) -> tuple[float, float]:
    """q of a comparison among its family, of which the others' p are taken as published."""
    instrument, level, _, measure, window, against = key
    table = published.comparisons.filter(
        (pl.col("measure") == "index") == (measure == "index"), pl.col("p").is_not_null(),
        instrument=instrument, level=level, window=window, against=against,
    )  # fmt: skip
    p: dict[ComparisonKey, float] = {
        (instrument, level, unit, name, window, against): float(value)
        for unit, name, value in table.select("unit", "measure", "p").iter_rows()
    }
    assert found.p is not None
    return between(p | {key: found.p}, key, _STORED)


def differences(about: str, right: Told | None, row: Row, left: Sequence[str] = ()) -> Iterator[str]:
    """A figure that is withheld is not told: only that it differs. left: columns that are left out."""
    if right is None:
        yield f"{about}no such row is expected."
        return
    for column in unlike(right, row, left):
        if row[column] is None:
            yield f"{about}{column}: published without one."
        else:
            yield f"{about}{column}: published {row[column]}, worked out {getattr(right, column)}."
