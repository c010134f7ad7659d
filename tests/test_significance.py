"""p, Benjamini and Hochberg's q and the chance of being above a line."""

import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from scipy import stats

from tests.steps import run, table

# Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300, section 3.2.
EXAMPLE = (
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
)


def significance(rows: Sequence[Mapping[str, Any]], threads: int = 1) -> dict[Any, dict[str, Any]]:
    with run("92_significance", threads, compared=rows) as connection:
        return table(connection, "significance", "instrument", "level", "unit", "measure", "window", "against")


def of_p(p: float, unit: str, **more: Any) -> dict[str, Any]:
    """A comparison that has this p: two-sided, at 50 degrees of freedom."""
    return {"unit": unit, "difference": float(stats.t.isf(p / 2, 50)) * 2, "se": 2.0, "df": 50.0, **more}


def q_of(p: Sequence[float]) -> list[float]:
    """q by its definition: the smallest share of false findings at which the step-up rule finds it."""
    order = sorted(p)
    rates = {one: len(p) * one / bisect_right(order, one) for one in order}
    return [min(rates[at_most] for at_most in order[bisect_left(order, one) :]) for one in p]


def test_the_example_of_the_paper_finds_four() -> None:
    found = significance([of_p(p, f"U{place:02}") for place, p in enumerate(EXAMPLE)])
    rows = [found["csi", "branch", f"U{place:02}", "index", "month", "last_month"] for place in range(15)]
    assert [float(row["p"]) for row in rows] == pytest.approx(EXAMPLE, abs=1e-9)
    assert [float(row["q"]) for row in rows] == pytest.approx(q_of(EXAMPLE), abs=1e-8)
    assert sum(row["q"] <= 0.05 for row in rows) == 4
    assert sum(row["p"] <= 0.05 / 15 for row in rows) == 3  # Bonferroni


def mixed(count: int = 400) -> list[dict[str, Any]]:
    rng = random.Random(20_251_001)
    rows = []
    for unit in range(count):
        for measure, kind in (("index", "index"), ("skill", "factor"), ("care", "factor")):
            for against in ("last_month", "target"):
                known = rng.random() < 0.9
                rows.append(
                    {
                        "unit": f"U{unit:03}",
                        "level": "branch" if unit % 3 else "region",
                        "measure": measure,
                        "kind": kind,
                        "against": against,
                        "difference": round(rng.gauss(0, 3), 1) if known else None,
                        "se": rng.choice([0.0, 1.0, 1.5, 2.0]) if known else None,
                        "df": rng.choice([5.0, 58.3, 1e4]) if known else None,
                    }
                )
    return rows


def test_every_row_agrees_with_scipy_and_each_family_is_corrected_by_itself() -> None:
    rows = mixed()
    found = significance(rows)
    assert len(found) == len(rows)
    families = defaultdict(list)
    for row in rows:
        key = ("csi", row["level"], row["unit"], row["measure"], "month", row["against"])
        if row["se"] is None:
            assert (found[key]["p"], found[key]["q"], found[key]["chance"]) == (None, None, None)
            continue
        t = row["difference"] / row["se"] if row["se"] else None
        if t is None:
            p = float(row["difference"] == 0)
            chance = 0.5 if row["difference"] == 0 else float(row["difference"] > 0)
        else:
            p, chance = 2 * stats.t.sf(abs(t), row["df"]), stats.t.cdf(t, row["df"])
        assert float(found[key]["p"]) == pytest.approx(p, abs=1e-9)
        assert float(found[key]["chance"]) == pytest.approx(chance, abs=1e-9)
        families[row["level"], row["kind"], row["against"]].append((p, float(found[key]["q"])))
    assert len(families) == 8
    for members in families.values():
        assert [q for _, q in members] == pytest.approx(q_of([p for p, _ in members]), abs=2e-9)


def test_nothing_depends_on_the_order_of_rows_threads_or_names() -> None:
    rows = mixed(60)
    plain = significance(rows)
    assert significance(random.Random(1).sample(rows, len(rows)), threads=2) == plain
    renamed = significance([{**row, "unit": f"Z{999 - int(row['unit'][1:])}"} for row in rows])
    for (instrument, level, unit, *rest), row in plain.items():
        other = renamed[instrument, level, f"Z{999 - int(unit[1:])}", *rest]
        assert (row["p"], row["q"], row["chance"]) == (other["p"], other["q"], other["chance"])


def test_one_comparison_alone_has_q_equal_to_p_and_none_gives_no_row() -> None:
    (row,) = significance([of_p(0.03, "A")]).values()
    assert row["q"] == row["p"]
    assert float(row["p"]) == pytest.approx(0.03)
    assert significance([]) == {}


def test_without_degrees_of_freedom_nothing_is_sure() -> None:
    rows = [
        {"unit": "one", "difference": 5.0, "se": 2.0, "df": 0.0, "against": "target"},
        {"unit": "two", "difference": 5.0, "se": 0.0, "df": 0.0, "against": "target"},
        {"unit": "three", "difference": 5.0, "se": 2.0, "df": 4.0, "against": "target"},
    ]
    found = {key[2]: (row["p"], row["q"], row["chance"]) for key, row in significance(rows).items()}
    assert found["one"] == found["two"] == (None, None, None)
    p = float(stats.t.sf(2.5, 4) * 2)
    assert [float(one) for one in found["three"]] == pytest.approx([p, p, 1 - p / 2], abs=1e-9)


def test_what_is_left_of_rounding_is_no_difference() -> None:
    """Two figures that do not vary and are the same to more than the nine decimals that are stored, beside one that is
    a difference: a p of 0 would be the first of the family, and move the q of the rest."""
    rows = [
        {"unit": "same", "difference": -3e-22, "se": 0.0, "df": 90.0, "against": "target"},
        {"unit": "other", "difference": 2e-9, "se": 0.0, "df": 90.0, "against": "target"},
        of_p(0.04, "third", against="target"),
    ]
    found = {key[2]: row for key, row in significance(rows).items()}
    assert [float(found["same"][one]) for one in ("p", "q", "chance")] == [1, 1, 0.5]
    assert [float(found["other"][one]) for one in ("p", "q", "chance")] == [0, 0, 1]
    assert float(found["third"]["q"]) == pytest.approx(3 * 0.04 / 2, abs=1e-8)
