"""What is found by looking at units side by side, in programmes made up at random: q, rank sets, standing, reliability,
splits of a change, every column beside pipeline/recompute."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import sqrt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import integrate, stats

from pipeline.recompute.case import Bonus, Branch, Case, Design, Factor, Grouping, Instrument, Item, Row, Target
from pipeline.recompute.families import discovery
from pipeline.recompute.tails import normal_tail, range_point, t_tail
from tests.agreement import disagreements
from tests.build import response, score_accepted

NOW, BEFORE, LAST_YEAR = "2025-10", "2025-09", "2024-10"
PLAIN = Instrument("plain", (
    Factor("a", (Item("a1"), Item("a2")), Decimal("20.4")), Factor("b", (Item("b1"),), Decimal("9.9")),
    Factor("c", (Item("c1"),), Decimal("70.1")),
))  # fmt: skip


def made(seed: int, single: str = "adjust") -> Case:
    """Branches far and near, one that closed, one that is new, one that moved, some too small to be shown or ranked."""
    rng = random.Random(seed)
    branches, rows = [], list[Row]()
    for place in range(14):
        name, region, tier = f"B{place:02}", "NS"[place % 2], "XYY"[place % 3]
        more = {"tier": tier, "peer": rng.choice(["", "P", "Q"])}
        if place == 0:
            branches.append(Branch(name, region, valid_to=date(2025, 9, 30), **more))
        elif place == 1:
            branches.append(Branch(name, region, valid_from=date(2025, 10, 1), **more))
        elif place == 2:
            branches += [Branch(name, "N", valid_to=date(2025, 9, 30), **more),
                         Branch(name, "S", valid_from=date(2025, 10, 1), **more)]  # fmt: skip
        else:
            branches.append(Branch(name, region, **more))
        middle = rng.choice([2.5, 5, 6, 8.5])
        for period in (LAST_YEAR, BEFORE, NOW):
            if (place == 0 and period == NOW) or (place == 1 and period != NOW):
                continue
            for _ in range(25 if place < 3 else rng.choice([1, 2, 5, 9, 14, 20]) + 3 * (place > 5)):
                answers = [min(10, max(1, round(rng.gauss(middle, 1.6)))) for _ in range(4)]
                told = [one if rng.random() < 0.9 else rng.choice("bns") for one in answers]
                weight = Decimal(rng.randint(1, 40)) / 8
                rows.append(
                    response(PLAIN, name, told, period=period, weight=weight, segment=rng.choice(["new", "old"]))
                )
    return Case(
        (PLAIN,), tuple(branches), {PLAIN.id: rows},
        targets=(Target(PLAIN.id, "index", Decimal(600)), Target(PLAIN.id, "b", Decimal(500))),
        bonuses=(Bonus("gold", PLAIN.id, Decimal(700)),), weighted=True, withheld_below=3, ranked_from=6,
        groupings=(Grouping("kind", ("segment", "region")),), peers=("branch_tier",), design=Design(single=single),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(("seed", "single"), [(1, "adjust"), (2, "average"), (3, "certainty")])
def test_every_column_agrees(seed: int, single: str, tmp_path: Path) -> None:
    scored = score_accepted(made(seed, single), tmp_path)
    assert disagreements(made(seed, single), scored) == []
    told = pl.read_parquet(tmp_path / "standing.parquet")
    apart = (pl.col("rank_low") > 1) | (pl.col("rank_high") < pl.col("ranked"))
    assert set(told.filter(apart)["within"]) == {"network", "region", "peers"}, "some branches are told apart in each"
    split = pl.read_parquet(tmp_path / "change_split.parquet")
    for part in ("performance", "mix", "entered", "left"):
        assert (split[part] != 0).any(), part
    assert max(row["tier_group"] or 0 for row in scored.scores.values()) > 1
    assert {row["outside"] for row in scored.scores.values()} > {"no", None}
    q = [row["q"] for row in scored.comparisons.values() if row["q"] is not None]
    assert min(q) < Decimal("0.01") < Decimal("0.9") < max(q)


PARTED = Instrument("plain", PLAIN.factors, rule="mean_of_dimensions")
OWN = Instrument("plain", PLAIN.factors, rule="respondent")
PARTS_OF_A = (Factor("x", (Item("a1"),), Decimal("3.3")), Factor("y", (Item("a2"),), Decimal("1.9")))
NESTED = Instrument("plain", (Factor("a", (), Decimal("20.4"), PARTS_OF_A), *PLAIN.factors[1:]))


@pytest.mark.parametrize("of", [PARTED, OWN, NESTED], ids=["divisions", "respondents", "subfactors"])
def test_a_change_is_split_under_every_rule(of: Instrument, tmp_path: Path) -> None:
    plain, rng = made(4), random.Random(4)
    rows = [{**row, "division": rng.choice(["PC", "CV"])} for row in plain.rows[PLAIN.id]]
    branches = tuple(replace(one, divisions=("PC", "CV")) for one in plain.branches)
    case = replace(plain, instruments=(of,), rows={PLAIN.id: rows}, branches=branches, targets=(), bonuses=())
    scored = score_accepted(case, tmp_path)
    assert disagreements(case, scored) == []
    split = pl.read_parquet(tmp_path / "change_split.parquet")
    assert set(zip(split["level"], split["unit"], split["against"], strict=True)) == {
        (level, unit, against)
        for level, unit in (("network", "network"), ("region", "N"), ("region", "S"))
        for against in ("last_month", "last_year")
    }
    for row in split.iter_rows(named=True):
        beside = scored.comparison(PLAIN.id, row["level"], row["unit"], "index", row["against"])
        assert row["total"] == row["performance"] + row["mix"] == beside["difference"]
    for part in ("performance", "mix", "entered", "left"):
        assert (split[part] != 0).any(), part


@pytest.mark.parametrize("single", ["adjust", "certainty"])
def test_one_response_is_known_exactly_only_by_design(single: str, tmp_path: Path) -> None:
    """Alone in its stratum a response does not vary about its own mean; that tells nothing of its variance."""
    rows = [response(PLAIN, "A", [7, 7, 7, 7]), *(response(PLAIN, "B", [one] * 4) for one in (2, 5, 9))]
    case = Case((PLAIN,), (Branch("A"), Branch("B")), {PLAIN.id: rows}, withheld_below=1, ranked_from=1,
                design=Design(single=single))  # type: ignore[arg-type]  # fmt: skip
    scored = score_accepted(case, tmp_path)
    assert disagreements(case, scored) == []
    row = scored.comparison(PLAIN.id, "branch", "A", "index", "peers")
    assert row["difference"] is not None
    known = (2, "no_clear_difference") if single == "certainty" else (0, "none")
    assert (row["df"], row["verdict"]) == known
    assert (row["p"] is None, row["q"] is None, row["low"] is None) == (single == "adjust",) * 3


# ── tails and families ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("df", [1, 1.3, 2, 5, 9.99, 29, 38.7, 39.9, 41, 58.3, 200, 1e4, 1e6])
def test_tails_of_student(df: float) -> None:
    for t in (0, 1e-6, 0.1, 0.5, 1, 2, 3, 5, 10, 40):
        expected = float(2 * stats.t.sf(t, df))
        assert t_tail(t, df) == t_tail(-t, df) == pytest.approx(expected, rel=1e-10, abs=1e-300)


def test_tails_and_range_of_normal_numbers() -> None:
    for z in (-3.0, 0.0, 1.0, 5.0, 20.0):
        assert normal_tail(z) == pytest.approx(float(stats.norm.sf(z)), rel=1e-12)
    for count in (2, 3, 10, 60):
        assert range_point(count) == pytest.approx(stats.studentized_range.ppf(0.95, count, np.inf), abs=1e-10)
    assert range_point(2) / sqrt(2) == pytest.approx(1.959963984540054, abs=1e-12)
    r = range_point(2000)

    def highest(z: float) -> float:
        within = stats.norm.cdf(z) - stats.norm.cdf(z - r)
        return 2000 * float(stats.norm.pdf(z) * within**1999)

    assert integrate.quad(highest, 0, 8, epsabs=1e-12)[0] == pytest.approx(0.95, abs=1e-9)


def test_rates_of_false_findings_are_those_of_scipy_within_each_family() -> None:
    rng = random.Random(4)
    p = {("i", "branch", f"U{place}", measure, "month", "region"): rng.choice([rng.random() ** 3, 0.04])
         for place in range(40) for measure in ("index", "care", "work")}  # fmt: skip
    found = discovery(p)
    for of in ({"index"}, {"care", "work"}):
        mine = [key for key in p if key[3] in of]
        expected = stats.false_discovery_control([p[key] for key in mine])
        assert [found[key] for key in mine] == pytest.approx(list(expected), rel=1e-12)
