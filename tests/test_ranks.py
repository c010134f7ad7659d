"""Rank confidence sets: the critical value, a second implementation pair by pair, and how often they hold."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.steps import SQL as STEPS
from tests.steps import opened, run, table, yocto

Unit = tuple[str, float, float, float]  # unit, estimate, variance, df


def tables(units: Sequence[Unit], measure: str = "index") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of `figure` and `score`, all of flag ok."""
    kind = "index" if measure == "index" else "factor"
    figures = [
        {"unit": unit, "measure": measure, "kind": kind, "estimate": yocto(x), "variance": v, "df": df}
        for unit, x, v, df in units
    ]
    scores = [
        {"unit": unit, "measure": measure, "rank": 1 + sum(o > x for _, o, _, _ in units), "ranked": len(units)}
        for unit, x, _, _ in units
    ]
    return figures, scores


def ranked(units: Sequence[Unit], threads: int = 1) -> dict[str, tuple[int, int, int]]:
    figures, scores = tables(units)
    with run("94_rank", threads, figure=figures, score=scores) as connection:
        rows = table(connection, "rank_set", "unit")
    return {unit: (row["rank_low"], row["rank_high"], row["tier_group"]) for unit, row in rows.items()}


def pair_by_pair(units: Sequence[Unit], limit: float) -> dict[str, tuple[int, int, int]]:
    """The same once more. limit: the critical value of one pair, as a normal number."""

    def clearly_above(a: Unit, b: Unit) -> bool:
        v = a[2] + b[2]
        if a[1] <= b[1] or v == 0:
            return a[1] > b[1]
        df = v**2 / (a[2] ** 2 / a[3] + b[2] ** 2 / b[3])
        tail = stats.t.sf((a[1] - b[1]) / v**0.5, df)
        return bool(tail < stats.norm.sf(limit))

    groups: dict[str, int] = {}
    first: Unit | None = None
    for one in sorted(units, key=lambda unit: (-unit[1], unit[0])):
        if first is None or clearly_above(first, one):
            first = one
            groups[one[0]] = len({*groups.values()}) + 1
        else:
            groups[one[0]] = groups[first[0]]
    return {
        one[0]: (
            1 + sum(clearly_above(other, one) for other in units),
            len(units) - sum(clearly_above(one, other) for other in units),
            groups[one[0]],
        )
        for one in units
    }


def network(count: int, seed: int = 1, equal: float = 0.1) -> list[Unit]:
    rng = random.Random(seed)
    return [
        (
            f"U{place:03}",
            round(rng.gauss(75, 6), 1),
            0.0 if rng.random() < equal else rng.uniform(0.2, 4),
            float(rng.choice([29, 35, 80, 400])),
        )
        for place in range(count)
    ]


def test_the_range_of_normal_numbers_agrees_with_scipy() -> None:
    counts = [2, 3, 4, 5, 7, 10, 15, 20, 31, 50, 100]
    with opened() as connection:
        connection.execute("CREATE TABLE side_by_side AS SELECT unnest(?) AS ranked", [[*counts, 0, 1, 2_000, 5_000]])
        step = (STEPS / "94_rank.sql").read_text(encoding="utf-8").split("-- What")[2]
        connection.execute(f"-- {step}")
        found = dict(connection.execute("SELECT ranked, r FROM range_point").fetchall())
    assert sorted(found) == [*counts, 2_000, 5_000]
    for units in counts:
        assert found[units] == pytest.approx(stats.studentized_range.ppf(0.95, units, np.inf), abs=1e-8)
    z = np.linspace(-10, 10, 4_001)
    for units in (2_000, 5_000):  # scipy takes minutes: the integral itself, on a finer grid
        within = stats.norm.cdf(z) - stats.norm.cdf(z - found[units])
        chance = units * (z[1] - z[0]) * float(np.sum(stats.norm.pdf(z) * within ** (units - 1)))
        assert chance == pytest.approx(0.95, abs=1e-10)


@pytest.mark.parametrize("count", [2, 3, 12, 90])
def test_every_set_and_group_agrees_with_a_second_implementation(count: int) -> None:
    units = network(count, seed=count)
    limit = float(stats.studentized_range.ppf(0.95, count, np.inf)) / 2**0.5
    found = ranked(units)
    assert found == pair_by_pair(units, limit)
    for unit, x, _, _ in units:
        rank = 1 + sum(other > x for _, other, _, _ in units)
        assert found[unit][0] <= rank <= found[unit][1]


@pytest.mark.parametrize(
    "changed",
    [
        lambda units: random.Random(3).sample(units, len(units)),
        lambda units: [(unit, x / 2, v / 4, df) for unit, x, v, df in units],
        lambda units: [(unit, x - 20, v, df) for unit, x, v, df in units],
    ],
    ids=["rows shuffled", "scale halved", "all moved"],
)
def test_sets_do_not_depend_on_what_they_should_not(changed: Callable[[list[Unit]], list[Unit]]) -> None:
    units = [(unit, float(round(x)), v, df) for unit, x, v, df in network(60)]
    assert ranked(changed(units), threads=2) == ranked(units)


def test_names_settle_nothing_but_the_order_of_ties() -> None:
    units = [(unit, x + place / 1000, v, df) for place, (unit, x, v, df) in enumerate(network(60))]
    found = ranked([(f"Z{999 - int(unit[1:])}", *rest) for unit, *rest in units])  # type: ignore[misc]
    assert {f"U{999 - int(unit[1:]):03}": row for unit, row in found.items()} == ranked(units)


def test_units_without_any_variance_have_their_exact_ranks() -> None:
    found = ranked([("A", 90.0, 0.0, 29.0), ("B", 80.0, 0.0, 29.0), ("C", 80.0, 0.0, 29.0), ("D", 70.0, 0.0, 29.0)])
    assert found == {"A": (1, 1, 1), "B": (2, 3, 2), "C": (2, 3, 2), "D": (4, 4, 3)}


def test_all_equal_one_alone_and_none() -> None:
    assert set(ranked([(f"U{place}", 80.0, 1.0, 50.0) for place in range(7)]).values()) == {(1, 7, 1)}
    assert set(ranked([(f"U{place}", 80.0, 0.0, 50.0) for place in range(7)]).values()) == {(1, 7, 1)}
    assert ranked([("A", 80.0, 1.0, 50.0)]) == {"A": (1, 1, 1)}
    assert ranked([]) == {}


def test_two_units_are_told_apart_as_by_one_welch_test() -> None:
    t = float(stats.t.isf(0.025, 58))  # equal variances of 30 answers each: 58 degrees of freedom
    for beyond, sets in ((0.999, [(1, 2, 1), (1, 2, 1)]), (1.001, [(1, 1, 1), (2, 2, 2)])):
        found = ranked([("A", round(70 + t * 2**0.5 * beyond, 9), 1.0, 29.0), ("B", 70.0, 1.0, 29.0)])
        assert [found["A"], found["B"]] == sets


def test_only_what_has_a_rank_has_a_set_and_a_variance_that_is_not_known_tells_nothing_apart() -> None:
    figures, scores = tables([("A", 90.0, 0.01, 50.0), ("B", 80.0, 0.01, 50.0), ("C", 70.0, 0.01, 50.0)])
    for row in scores:
        row["ranked"] = 2
    scores[2] |= {"rank": None, "flag": "caution"}
    figures[1]["variance"] = None
    figures += [{**row, "period": "2025-09"} for row in figures] + [
        {**row, "measure": "q1", "kind": "item"} for row in figures
    ]
    scores += [{**row, "period": "2025-09"} for row in scores] + [{**row, "measure": "q1"} for row in scores]
    with run("94_rank", figure=figures, score=scores) as connection:
        rows = table(connection, "rank_set", "unit")
    assert {unit: (row["rank_low"], row["rank_high"]) for unit, row in rows.items()} == {"A": (1, 2), "B": (1, 2)}


def test_all_sets_hold_at_once_in_95_of_100_months() -> None:
    """400 months of 25 branches of 30 answers: the true ranks of every branch are within its set."""
    rng = np.random.default_rng(20_251_001)
    truth = np.repeat(np.linspace(70, 78, 5), 5)
    figures, scores = [], []
    for month in range(400):
        answers = rng.normal(truth[:, None], rng.uniform(8, 20, 25)[:, None], (25, 30))
        units: list[Unit] = [
            (f"U{place:02}", float(row.mean()), float(row.var(ddof=1)) / 30, 29.0) for place, row in enumerate(answers)
        ]
        more_figures, more_scores = tables(units, f"month {month}")
        figures += more_figures
        scores += more_scores
    with run("94_rank", figure=figures, score=scores) as connection:
        rows = table(connection, "rank_set", "measure", "unit")
    held = 0
    for month in range(400):
        held += all(
            rows[f"month {month}", f"U{place:02}"]["rank_low"] <= 1 + int((truth > truth[place]).sum())
            and rows[f"month {month}", f"U{place:02}"]["rank_high"] >= 25 - int((truth < truth[place]).sum())
            for place in range(25)
        )
    assert held >= 372  # 380 expected at least; two standard errors less
