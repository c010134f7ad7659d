"""Standard errors say what answers differ: of shares, together with their sums, they would say how many of a withheld
branch's answers are in the top box. An attack by trying: exact, not linear (that is in test_nothing_follows)."""

from collections.abc import Iterator
from math import isclose
from pathlib import Path

import pytest

from pipeline.recompute.case import Branch, Case, Factor, Instrument, Item
from tests.agreement import disagreements
from tests.build import Scored, response, score_accepted

NOW, OF = "2025-10", Instrument("csi", (Factor("f", (Item("q", nps=True),)),))
SIZES = {"A": 6, "B": 22, "C": 45}
ANSWERS = {"A": [10, 2, 3, 8, 7, 9], "B": [9] * 6 + [8] * 12 + [4] * 4, "C": [10] * 21 + [7] * 15 + [1] * 9}


def case(below: int) -> Case:
    rows = [response(OF, branch, [answer]) for branch, told in ANSWERS.items() for answer in told]
    return Case((OF,), tuple(map(Branch, SIZES)), {"csi": rows}, withheld_below=below)


def fitting(scored: Scored, statistic: str) -> Iterator[int]:
    """How many of A's answers may be in the box, so that sums and variances of the network are as published."""

    def told(level: str, unit: str) -> tuple[float, float | None]:
        row = scored.score(NOW, "csi", level, unit, "q", statistic)
        return float(row["estimate"]) / 100, None if row["se"] is None else float(row["se"]) / 100

    whole, (share, se), (known, _) = sum(SIZES.values()), told("network", "network"), told("branch", "C")
    rest = round(share * whole) - round(known * SIZES["C"])
    for a in range(max(0, rest - SIZES["B"]), min(rest, SIZES["A"]) + 1):
        counts = {"A": a, "B": rest - a, "C": round(known * SIZES["C"])}
        spread = sum(k * (SIZES[one] - k) / (SIZES[one] - 1) for one, k in counts.items())
        if se is None or isclose(se, spread**0.5 / whole, rel_tol=1e-7):
            yield a


@pytest.mark.parametrize(("statistic", "right"), [("top_box", 2), ("bottom_box", 2)])
def test_no_count_of_a_withheld_branch_follows_from_standard_errors(statistic: str, right: int, tmp_path: Path) -> None:
    scored = score_accepted(case(10), tmp_path)
    assert {scored.score(NOW, "csi", "branch", one, "q", statistic)["flag"] for one in "AB"} == {"withheld"}
    found = list(fitting(scored, statistic))
    assert right in found
    assert len(found) == SIZES["A"] + 1


@pytest.mark.parametrize("below", [1, 6])
def test_where_no_base_is_small_shares_have_standard_errors(below: int, tmp_path: Path) -> None:
    scored = score_accepted(case(below), tmp_path)
    assert list(fitting(scored, "top_box")) == [2]
    assert disagreements(case(below), scored) == []


def test_nps_has_the_interval_of_a_share(tmp_path: Path) -> None:
    """Wilson's of (100 + nps) / 200 on n = 73: 29 promoters, 15 detractors."""
    scored = score_accepted(case(10), tmp_path)
    row = scored.score(NOW, "csi", "network", "network", "q", "nps")
    p, n, z = (1 + (29 - 15) / 73) / 2, 73, 1.959963984540054
    middle, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    assert (row["se"], row["df"]) == (None, None)
    assert [float(row[one]) for one in ("estimate", "low", "high")] == pytest.approx(
        [1400 / 73, *(200 * (middle + side * half) / (1 + z * z / n) - 100 for side in (-1, 1))], abs=1e-9
    )
    assert disagreements(case(10), scored) == []
