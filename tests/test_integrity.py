"""The index without flagged responses, against a scoring of the others alone; and what may not be told."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.recompute.case import Branch, Case, Factor, Instrument, Item, Row
from tests.build import Sampled, Scored, frame, response, score_frames

PLAIN = Instrument("plain", (Factor("a", (Item("a1"), Item("a2")), Decimal(3)), Factor("b", (Item("b1"),))))
OWN = replace(PLAIN, id="own", rule="respondent")
PARTS = replace(PLAIN, id="parts", rule="mean_of_dimensions", points=100)
DEEP = Instrument(
    "deep",
    (
        Factor("a", (), Decimal(3), (Factor("s", (Item("s1"),), Decimal(2)), Factor("t", (Item("t1"), Item("t2"))))),
        Factor("b", (Item("b1"),)),
    ),
)
OCTOBER = "2025-10"


def answered(of: Instrument, rng: random.Random, branch: str, **more: Any) -> Row:
    count = sum(len(factor.items or sum((part.items for part in factor.subfactors), ())) for factor in of.factors)
    answers: list[int | str] = [rng.randint(1, 10) if rng.random() < 0.85 else "b" for _ in range(count)]
    answers[0] = rng.randint(1, 10)
    return response(of, branch, answers, **more)


def flagged(case: Case, flags: Sequence[str | None], folder: Path) -> tuple[Scored, dict[tuple[str, ...], Row]]:
    """flags: of each row of the one instrument of the case."""
    (of,) = case.instruments
    table = frame(of, case.rows[of.id]).with_columns(pl.Series("flags", flags, pl.String))
    scored = score_frames(case, {(of.id, OCTOBER): table}, folder)
    rows = pl.read_parquet(folder / "integrity.parquet").iter_rows(named=True)
    return scored, {(row["level"], row["unit"], row["what"]): row for row in rows}


def made(of: Instrument, weights: str, rng: random.Random) -> tuple[Case, list[str | None]]:
    divisions = ("CV", "PC") if of is PARTS else ("PC",)
    rows, flags = [], list[str | None]()
    for branch in ("A", "B"):
        for _ in range(40):
            more = {"weight": Decimal(rng.randint(1, 30)) / 7} if weights == "column" else {}
            tier = {"tier": rng.choice("45")} if weights == "tier" else {}
            rows.append(answered(of, rng, branch, division=rng.choice(divisions), **more, **tier))
            flags.append(rng.choice(("speeding", "all_top speeding", None, None)))
    case = Sampled(
        (of,), (Branch("A", divisions=divisions), Branch("B", divisions=divisions)), {of.id: rows},
        weighted=weights == "column", tiers={"5": Decimal("1.5")} if weights == "tier" else {}, withheld_below=2,
        ranked_from=3,
    )  # fmt: skip
    return case, flags


@pytest.mark.parametrize(
    ("of", "weights"),
    [
        (PLAIN, "none"),
        (PLAIN, "column"),
        (PLAIN, "tier"),
        (OWN, "none"),
        (OWN, "column"),
        (PARTS, "none"),
        (DEEP, "tier"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.id,
)
def test_the_index_without_the_flagged_is_that_of_the_others(of: Instrument, weights: str, tmp_path: Path) -> None:
    case, flags = made(of, weights, random.Random(f"{of.id} {weights}"))
    _, rows = flagged(case, flags, tmp_path / "all")
    others = [row for row, flag in zip(case.rows[of.id], flags, strict=True) if flag is None]
    alone, none = flagged(replace(case, rows={of.id: others}), [None] * len(others), tmp_path / "others")
    for branch in ("A", "B"):
        row, expected = rows["branch", branch, "without_flagged"], alone.score(OCTOBER, of.id, "branch", branch)
        assert row["why"] == ""
        assert (row["n"], row["printed"]) == (expected["n"], expected["printed"])
        assert abs(row["estimate"] - expected["estimate"]) <= Decimal("1e-9")
        assert none["branch", branch, "without_flagged"]["why"] == "none"


def test_counts_and_shares_are_those_of_the_flags(tmp_path: Path) -> None:
    rows = [answered(PLAIN, random.Random(1), branch) for branch in "AAAABBBB"]
    case = Case((PLAIN,), (Branch("A"), Branch("B")), {PLAIN.id: rows}, withheld_below=1, ranked_from=2)
    flags = ["speeding", "all_top speeding", "all_top", None, None, None, None, "straight_lining"]
    _, told = flagged(case, flags, tmp_path)
    found = {key: (row["n"], row["printed_percent"]) for key, row in told.items() if key[2] in ("flagged", "speeding")}
    assert found == {
        ("branch", "A", "flagged"): (3, Decimal("75.0")),
        ("branch", "A", "speeding"): (2, Decimal("50.0")),
        ("branch", "B", "flagged"): (1, Decimal("25.0")),
        ("branch", "B", "speeding"): (0, Decimal("0.0")),
        ("network", "network", "flagged"): (4, Decimal("50.0")),
        ("network", "network", "speeding"): (2, Decimal("25.0")),
    }
    assert told["branch", "A", "accepted"]["n"] == 4


def test_it_takes_a_base_on_both_sides_to_tell_two_figures(tmp_path: Path) -> None:
    rng = random.Random(2)
    sizes = {"A": (9, 20), "B": (20, 9), "C": (10, 10), "D": (3, 2), "E": (0, 20)}  # flagged, others
    rows, flags = [], list[str | None]()
    for branch, (some, others) in sizes.items():
        rows += [answered(PLAIN, rng, branch) for _ in range(some + others)]
        flags += ["speeding"] * some + [None] * others
    case = Case((PLAIN,), tuple(map(Branch, sizes)), {PLAIN.id: rows})
    scored, told = flagged(case, flags, tmp_path)
    hidden = {branch for branch in sizes if scored.score(OCTOBER, "plain", "branch", branch)["estimate"] is None}
    assert "D" in hidden
    expected = {"A": "few", "B": "few", "C": "", "E": "none"}
    for branch in sizes:
        row = told["branch", branch, "without_flagged"]
        assert row["why"] == ("withheld" if branch in hidden else expected[branch])
        assert (row["estimate"] is None) == (row["why"] != "")
        assert (("branch", branch, "flagged") in told) == (branch not in hidden)
    shown = [key[1] for key in told if key[0] == "branch" and key[2] == "flagged"]
    assert told["network", "network", "accepted"]["n"] == sum(sum(sizes[branch]) for branch in shown)


def test_an_index_that_would_lose_a_factor_is_not_compared(tmp_path: Path) -> None:
    rng = random.Random(3)
    rows: list[Row] = [response(PLAIN, "A", [rng.randint(1, 10), rng.randint(1, 10), "n"]) for _ in range(12)]
    rows += [response(PLAIN, "A", [5, 6, 7]) for _ in range(12)]
    case = Case((PLAIN,), (Branch("A"),), {PLAIN.id: rows})
    _, told = flagged(case, [None] * 12 + ["speeding"] * 12, tmp_path)
    assert told["branch", "A", "without_flagged"]["why"] == "other"
    assert told["branch", "A", "without_flagged"]["printed"] is None


def test_more_than_chance_is_marked(tmp_path: Path) -> None:
    rng = random.Random(4)
    rows, flags = [], list[str | None]()
    for branch in "ABCDE":
        rows += [answered(PLAIN, rng, branch) for _ in range(40)]
        flags += ["speeding"] * (30 if branch == "E" else 3) + [None] * (10 if branch == "E" else 37)
    case = Case((PLAIN,), tuple(map(Branch, "ABCDE")), {PLAIN.id: rows})
    _, told = flagged(case, flags, tmp_path)
    assert [key for key, row in told.items() if row["more"]] == [
        ("branch", "E", "flagged"),
        ("branch", "E", "speeding"),
    ]
