"""The second implementation of the figures, pipeline/recompute: beside the SQL in every cell, and by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from tests.agreement import disagreements
from tests.build import score_accepted, score_files
from tests.reference import Case
from tests.test_invariants import programmes, scored, tried
from tests.test_score import CASES, unequal, weighted_case


# ── beside the SQL ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", CASES)
def test_a_single_case_agrees(name: str, tmp_path: Path) -> None:
    case = CASES[name]()
    assert disagreements(case, score_accepted(case, tmp_path)) == []


def test_unequal_weights_agree(tmp_path: Path) -> None:
    case = weighted_case(unequal)
    assert disagreements(case, score_files(case, tmp_path)) == []
