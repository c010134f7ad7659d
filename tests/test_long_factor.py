"""A factor of so many items that the exact fractions of its scores would need hundreds of bits when squared and
summed: scores are rounded half up to a ten-thousandth of a point, and no network is too large for them."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.recompute.answers import leaf_score
from pipeline.recompute.case import Branch, Case, Factor, Instrument, Item
from tests.agreement import disagreements
from tests.build import accepted_frame, response, score_accepted, score_frames
from tests.test_score import mixed

LONG = Factor("all", tuple(Item(f"q{place:02d}") for place in range(1, 27)), Decimal("60.5"))
SHORT = Factor("care", (Item("c1"), Item("c2", 1, 5, 5, 2)), Decimal("39.5"))
WHOLE = Instrument("flat", (LONG, SHORT))
PLACES = (Branch("A"), Branch("B"), Branch("C", region="SOUTH"))


def test_a_score_is_rounded_half_up_to_a_ten_thousandth() -> None:
    """8 of 22 answered steps of 9: 100 * 8 / 198 = 4.040404…; 1 of 16 steps of 9: exactly 0.69444…"""
    row = response(WHOLE, "A", [*([1] * 21), 9, *"ssss", 1, 1])
    assert leaf_score(WHOLE, LONG, row) == Fraction(40404, 10_000)
    row = response(WHOLE, "A", [*([1] * 15), 2, *("s" * 10), 1, 1])
    assert leaf_score(WHOLE, LONG, row) == Fraction(6944, 10_000)


@pytest.mark.parametrize("rule", ["branch_factors", "respondent"])
def test_every_cell_agrees(rule: str, tmp_path: Path) -> None:
    flat = replace(WHOLE, rule=rule)
    rows = [row for place in PLACES for row in mixed(flat, place.id, 7, 1, missing=0.3)]
    for place, row in enumerate(rows):
        row["weight"] = Decimal(1 + place % 3) / 4
    case = Case((flat,), PLACES, {flat.id: rows}, weighted=True, withheld_below=1)
    assert disagreements(case, score_accepted(case, tmp_path)) == []


def test_a_large_network_has_room(tmp_path: Path) -> None:
    """300,000 responses whose weights are tens."""
    rng = np.random.default_rng(1)
    size = 300_000
    columns: dict[str, Any] = {item.id: rng.integers(1, 11, size) for item in LONG.items}
    columns |= {"c1": rng.integers(1, 11, size), "c2": rng.integers(1, 6, size)}
    columns |= {"period": ["2025-10"] * size, "division": ["PC"] * size, "missing": [None] * size}
    columns |= {
        "branch": np.array([one.id for one in PLACES])[rng.integers(0, 3, size)],
        "weight": [Decimal(30)] * size,
    }
    case = Case((WHOLE,), PLACES, {WHOLE.id: []}, weighted=True)
    scored = score_frames(case, {(WHOLE.id, "2025-10"): accepted_frame(WHOLE, columns, size)}, tmp_path)
    found = scored.score("2025-10", WHOLE.id, "network", "network")
    assert found["n"] == size
    assert 49.9 < found["estimate"] < 50.1
    assert 0 < found["se"] < 0.1
