"""Reliability, empirical Bayes and the funnel: R's values on real data, and a second implementation."""

import csv
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.steps import run, table, yocto

ORACLES = Path(__file__).parent / "oracles"
Unit = tuple[str, Sequence[float]]  # unit, answers in points, each of weight 1


def tables(units: Sequence[Unit], flag: str = "ok") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    figures, scores = [], []
    for unit, answers in units:
        x, n = np.asarray(answers, dtype=float), len(answers)
        v = float(x.var(ddof=1)) / n
        figures.append(
            {"unit": unit, "estimate": yocto(float(x.mean())), "kish": 1 / n, "own_variance": v, "own_df": n - 1}
        )
        scores.append({"unit": unit, "estimate": round(float(x.mean()), 9), "flag": flag})
    return figures, scores


def profiled(units: Sequence[Unit], threads: int = 1) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The row of `reliability`, empty where there is none, and the rows of `shrunk` by unit."""
    figures, scores = tables(units)
    with run(("94_rank", "96_reliability"), threads, figure=figures, score=scores) as connection:
        measures = table(connection, "reliability", "measure")
        return measures.get("index", {}), table(connection, "shrunk", "unit")


def schools() -> list[Unit]:
    """Districts as units, schools as respondents. The three districts of one school have no variance of their own."""
    districts = defaultdict(list)
    with (ORACLES / "apiclus1.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            districts[row["dnum"]].append((int(row["api00"]) - 200) / 8)
    return list(districts.items())


def test_the_values_of_r_on_the_schools_of_california() -> None:
    units = schools()
    figures, scores = tables([(unit, answers) for unit, answers in units if len(answers) > 1])
    for unit, answers in units:
        if len(answers) == 1:
            figures.append(
                {"unit": unit, "estimate": yocto(answers[0]), "kish": 1.0, "own_variance": None, "own_df": 0}
            )
            scores.append({"unit": unit, "estimate": answers[0], "flag": "caution"})
    with run(("94_rank", "96_reliability"), figure=figures, score=scores) as connection:
        row = table(connection, "reliability", "measure")["index"]
        shrunk = table(connection, "shrunk", "unit")
    assert (row["units"], len(shrunk)) == (15, 15)
    assert float(row["one"]) == pytest.approx(99.262397153, rel=1e-9)  # MSW
    assert float(row["tau2"]) == pytest.approx(85.130985417, rel=1e-9)
    assert float(row["reliability"]) == pytest.approx(0.908121179, rel=1e-9)  # 1 - 1/F
    assert float(row["phi"]) == pytest.approx(6.724611743, rel=1e-9)
    assert float(row["centre"]) == pytest.approx(np.mean([x for _, answers in units for x in answers]), abs=1e-9)


def again(units: Sequence[Unit]) -> tuple[dict[str, float], dict[str, list[float]]]:
    """The same once more, in the words of meta-analysis: effects y with variances v."""
    y = np.array([np.mean(answers) for _, answers in units])
    n = np.array([len(answers) for _, answers in units], dtype=float)
    squares = sum(float(np.sum((np.asarray(answers) - np.mean(answers)) ** 2)) for _, answers in units)
    v = squares / (n.sum() - len(units)) / n
    w, k = 1 / v, len(units)
    fixed = float((w * y).sum() / w.sum())
    q = float((w * (y - fixed) ** 2).sum())
    tau2 = max(0.0, (q - (k - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    z = (y - fixed) / np.sqrt(v)
    phi = float(np.mean(np.clip(z, *np.quantile(z, [0.1, 0.9])) ** 2))
    mean = float((y / (tau2 + v)).sum() / (1 / (tau2 + v)).sum())
    share = tau2 / (tau2 + v)
    eb = mean + share * (y - mean)
    margin = stats.t.ppf(0.975, k - 1) * np.sqrt(share * v + (1 - share) ** 2 / (1 / (tau2 + v)).sum())
    limits = [side * stats.norm.ppf(p) for p in (0.975, 0.999) for side in (-1, 1)]
    funnel = [fixed + z * np.sqrt(max(1.0, phi) * v) for z in limits]
    rows = np.clip(np.array([eb, eb - margin, eb + margin, *funnel]), 0, 100)
    return (
        {"tau2": tau2, "reliability": max(0.0, 1 - (k - 1) / q), "phi": phi, "centre": fixed},
        {unit: [share[place], *rows[:, place]] for place, (unit, _) in enumerate(units)},
    )


def network(count: int, between: float, seed: int = 1) -> list[Unit]:
    rng = np.random.default_rng(seed)
    return [
        (
            f"U{place:03}",
            np.clip(rng.normal(rng.normal(78, between), 15, rng.integers(10, 90)), 0, 100).round(2).tolist(),
        )
        for place in range(count)
    ]


@pytest.mark.parametrize(("count", "between"), [(2, 8), (3, 0), (9, 5), (60, 0), (60, 1.5), (60, 9)])
def test_every_column_agrees_with_a_second_implementation(count: int, between: float) -> None:
    units = network(count, between, seed=count)
    measure, rows = profiled(units)
    expected, expected_rows = again(units)
    assert {key: float(measure[key]) for key in expected} == pytest.approx(expected, rel=1e-6, abs=1e-8)
    columns = (
        "reliability",
        "eb",
        "eb_low",
        "eb_high",
        "funnel_low95",
        "funnel_high95",
        "funnel_low998",
        "funnel_high998",
    )
    for unit, answers in units:
        row = rows[unit]
        assert [float(row[column]) for column in columns] == pytest.approx(expected_rows[unit], abs=2e-8)
        x = round(float(np.mean(answers)), 9)
        side = "above" if x > float(measure["centre"]) else "below"
        out95 = not float(row["funnel_low95"]) <= x <= float(row["funnel_high95"])
        out998 = not float(row["funnel_low998"]) <= x <= float(row["funnel_high998"])
        assert row["outside"] == (f"{side}_998" if out998 else f"{side}_95" if out95 else "no")


def test_a_unit_far_off_is_outside_and_a_network_without_differences_shrinks_to_one_mean() -> None:
    units = network(40, 0, seed=4)
    _, rows = profiled([*units, ("FAR", [30.0, 40.0, 35.0] * 30)])
    assert rows["FAR"]["outside"] == "below_998"
    even = [(f"U{place}", [60.0, 80.0, 70.0] * 20) for place in range(12)]
    measure, rows = profiled(even)
    assert (measure["tau2"], measure["reliability"], measure["phi"]) == (0, 0, 0)
    assert {(row["reliability"], row["eb"], row["outside"]) for row in rows.values()} == {(0, 70, "no")}


def test_nothing_depends_on_the_order_of_rows_threads_or_names() -> None:
    units = network(50, 3)
    plain = profiled(units)
    assert profiled(random.Random(2).sample(units, len(units)), threads=2) == plain
    measure, rows = profiled([(f"Z{999 - int(unit[1:])}", answers) for unit, answers in units])
    assert measure == plain[0]
    for unit, row in plain[1].items():
        assert rows[f"Z{999 - int(unit[1:])}"] | {"unit": unit, "figure": row["figure"]} == row


def test_answers_without_any_spread_leave_every_unit_what_it_is() -> None:
    measure, rows = profiled([("A", [90.0] * 30), ("B", [80.0] * 40), ("C", [70.0] * 50)])
    assert (measure["one"], measure["reliability"], measure["phi"]) == (0, 1, None)
    shown = {unit: (row["eb"], row["eb_low"], row["eb_high"], row["reliability"]) for unit, row in rows.items()}
    assert shown == {"A": (90, 90, 90, 1), "B": (80, 80, 80, 1), "C": (70, 70, 70, 1)}
    measure, rows = profiled([("A", [80.0] * 30), ("B", [80.0] * 40)])
    assert (measure["tau2"], measure["reliability"]) == (0, 0)
    assert {(row["eb"], row["eb_low"], row["eb_high"], row["outside"]) for row in rows.values()} == {(80, 80, 80, "no")}


def test_one_unit_alone_and_none_have_nothing_to_be_compared_with() -> None:
    assert profiled([("A", [70.0, 80.0, 90.0] * 10)]) == ({}, {})
    assert profiled([]) == ({}, {})


def test_what_may_not_be_shown_counts_nowhere() -> None:
    figures, scores = tables(network(9, 5))
    hidden, flags = tables([("HIDDEN", [0.0, 1.0] * 4), ("HALF", [0.0, 1.0] * 20), ("network", [50.0, 60.0] * 300)])
    flags[0]["flag"], flags[1]["flag"], flags[2]["level"], hidden[2]["level"] = (
        "withheld",
        "partial",
        "network",
        "network",
    )
    earlier = [{**row, "period": "2025-09"} for row in figures]
    with run(("94_rank", "96_reliability"), figure=figures + hidden + earlier, score=scores + flags) as connection:
        rows = table(connection, "shrunk", "unit")
        measure = table(connection, "reliability", "level")
    assert len(rows) == 9
    assert set(measure) == {"branch"}
    assert measure["branch"] == profiled(network(9, 5))[0]
