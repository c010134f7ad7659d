"""The change of an index, split into what branches did and how they weigh: in fractions, and as identities."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.steps import NOW, run, table

MONTHS = {"last_month": "2025-09", "last_year": "2024-10"}
Row = Mapping[str, Any]
PARTS = ("performance", "mix", "entered", "left", "total")


def splits(rows: Sequence[Row], threads: int = 1) -> dict[Any, dict[str, Any]]:
    with run("98_change", threads, factor_mean=rows) as connection:
        connection.execute("SELECT 1")
        return table(connection, "change_split", "instrument", "level", "unit", "against")


def answered(branch: str, period: str, mean: int, w: int = 9, **more: Any) -> dict[str, Any]:
    """A branch of `w` answers in a month, with this mean in points."""
    return {"branch": branch, "period": period, "w": w, "wx": mean * w, "unit": 100, **more}


def one(rows: Sequence[Row], unit: str = "network", against: str = "last_month") -> tuple[Decimal, ...]:
    level = "network" if unit == "network" else "region"
    row = splits(rows)["csi", level, unit, against]
    return tuple(row[part] for part in PARTS)


# ── what everyone sees at once ───────────────────────────────────────────────────────────


def test_branches_that_weigh_the_same_only_perform() -> None:
    rows = [answered("A", "2025-09", 60), answered("B", "2025-09", 80), answered("A", NOW, 70), answered("B", NOW, 80)]
    assert one(rows) == (5, 0, 0, 0, 5)


def test_branches_that_stay_as_they_are_only_mix() -> None:
    rows = [
        answered("A", "2025-09", 60, 10),
        answered("B", "2025-09", 80, 30),
        answered("A", NOW, 60, 30),
        answered("B", NOW, 80, 10),
    ]
    assert one(rows) == (0, -10, 0, 0, -10)


def test_a_new_branch_enters_and_a_closed_one_leaves_as_far_as_they_differ_from_the_rest() -> None:
    rows = [answered("A", "2025-09", 60), answered("A", NOW, 60), answered("NEW", NOW, 80)]
    assert one(rows) == (0, 10, Decimal("7.5"), 0, 10)  # the middle of 60 and 70 is 65: (80 - 65) / 2
    rows = [answered("A", "2025-09", 60), answered("OLD", "2025-09", 80), answered("A", NOW, 60)]
    assert one(rows) == (0, -10, 0, Decimal("-7.5"), -10)


def test_a_branch_that_moves_enters_one_region_and_leaves_the_other_and_is_nothing_to_the_network() -> None:
    rows = [
        answered("A", "2025-09", 60),
        answered("B", "2025-09", 70, region="SOUTH"),
        answered("C", "2025-09", 80),
        answered("A", NOW, 60),
        answered("B", NOW, 70, region="SOUTH"),
        answered("C", NOW, 80, region="SOUTH"),
    ]
    assert one(rows) == (0, 0, 0, 0, 0)
    assert one(rows, "NORTH") == (0, -10, 0, Decimal("-7.5"), -10)
    assert one(rows, "SOUTH") == (0, 5, Decimal("3.75"), 0, 5)


def test_without_the_other_month_or_with_other_factors_there_is_nothing_to_split() -> None:
    now = [answered("A", NOW, 60), answered("A", NOW, 80, term="price", factor="price")]
    assert splits(now) == {}
    assert splits([]) == {}
    then = [answered("A", "2025-09", 60)]
    assert splits([*now, *then]) == {}
    assert set(splits([*now, *then, answered("A", "2025-09", 70, term="price", factor="price")])) == {
        ("csi", "network", "network", "last_month"),
        ("csi", "region", "NORTH", "last_month"),
    }
    empty = {**answered("A", "2025-09", 70, term="price", factor="price"), "w": 0, "wx": None}
    assert splits([*now, *then, empty]) == {}


# ── networks of all kinds ────────────────────────────────────────────────────────────────


def network(seed: int, branches: int = 14) -> list[dict[str, Any]]:
    """Branches that open, close and move, factors some lack, weights of nine decimals."""
    rng = random.Random(seed)
    factors = {"service": (9, 304_000), "price": (60, 158_000), "speed": (2_520, 102_001)}
    rows = []
    for period in (NOW, *MONTHS.values()):
        for place in range(branches):
            if rng.random() < 0.2:
                continue
            region = rng.choice(["NORTH", "SOUTH"]) if rng.random() < 0.2 else ["NORTH", "SOUTH"][place % 2]
            for variable, (unit, omega) in factors.items():
                if rng.random() < 0.15:
                    continue
                w = rng.randint(1, 400) * rng.choice([1, 1_234_567_891])
                rows.append(
                    {
                        "branch": f"B{place:02}",
                        "period": period,
                        "region": region,
                        "term": variable,
                        "factor": variable,
                        "w": w,
                        "wx": rng.randint(0, unit * w),
                        "unit": unit,
                        "omega": omega,
                    }
                )
    return rows


def again(rows: Sequence[Row]) -> dict[Any, tuple[Fraction, ...]]:
    """The same in fractions, branch by branch. Mix by its own formula, not as what is left."""
    found = {}
    for level, unit in (("network", "network"), ("region", "NORTH"), ("region", "SOUTH")):
        inside = [row for row in rows if level == "network" or row["region"] == unit]
        for against, before in MONTHS.items():
            sides: dict[str, dict[str, dict[str, Row]]] = {NOW: defaultdict(dict), before: defaultdict(dict)}
            for row in inside:
                if row["period"] in sides:
                    sides[row["period"]][row["term"]][row["branch"]] = row
            if not sides[NOW] or set(sides[NOW]) != set(sides[before]):
                continue
            omega = {variable: next(iter(of.values()))["omega"] for variable, of in sides[NOW].items()}
            parts = dict.fromkeys(PARTS, Fraction(0))
            for variable in omega:
                o = Fraction(omega[variable], sum(omega.values()))
                share, mean = {}, {}
                for period, of in sides.items():
                    total = sum(row["w"] for row in of[variable].values())
                    share[period] = {branch: Fraction(row["w"], total) for branch, row in of[variable].items()}
                    mean[period] = {
                        branch: Fraction(100 * row["wx"], row["unit"] * row["w"])
                        for branch, row in of[variable].items()
                    }
                whole = {period: sum(share[period][b] * mean[period][b] for b in share[period]) for period in sides}
                middle = (whole[NOW] + whole[before]) / 2
                parts["total"] += o * (whole[NOW] - whole[before])
                for branch in {*share[NOW], *share[before]}:
                    s1, s0 = share[NOW].get(branch, Fraction(0)), share[before].get(branch, Fraction(0))
                    f1, f0 = mean[NOW].get(branch), mean[before].get(branch)
                    if f1 is not None and f0 is not None:
                        parts["performance"] += o * (s1 + s0) / 2 * (f1 - f0)
                        parts["mix"] += o * (s1 - s0) * ((f1 + f0) / 2 - middle)
                    elif f1 is not None:
                        parts["entered"] += o * s1 * (f1 - middle)
                        parts["mix"] += o * s1 * (f1 - middle)
                    elif f0 is not None:
                        parts["left"] -= o * s0 * (f0 - middle)
                        parts["mix"] -= o * s0 * (f0 - middle)
            assert parts["performance"] + parts["mix"] == parts["total"]
            found["csi", level, unit, against] = tuple(parts[part] for part in PARTS)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_every_part_agrees_with_fractions_and_they_sum_to_the_total(seed: int) -> None:
    rows = network(seed)
    found, expected = splits(rows), again(rows)
    assert set(found) == set(expected)
    for key, parts in expected.items():
        row = found[key]
        assert row["performance"] + row["mix"] == row["total"]
        for part, exact in zip(PARTS, parts, strict=True):
            assert abs(Fraction(row[part]) - exact) <= Fraction(1, 10**9), (key, part)
        total = Decimal(parts[-1].numerator) / Decimal(parts[-1].denominator)
        assert row["total"] == total.quantize(Decimal("1e-9"), ROUND_HALF_UP)


def test_nothing_depends_on_the_order_of_rows_threads_names_or_the_unit_of_weights() -> None:
    rows = network(3)
    plain = splits(rows)
    assert splits(random.Random(1).sample(rows, len(rows)), threads=2) == plain
    assert splits([{**row, "branch": f"Z{99 - int(row['branch'][1:])}"} for row in rows]) == plain
    assert splits([{**row, "w": 7 * row["w"], "wx": 7 * row["wx"], "omega": 3 * row["omega"]} for row in rows]) == plain
