"""The second implementation of the figures, pipeline/recompute: beside the SQL in every cell, and by
itself, on numbers worked out by hand."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.recompute.calibration import Margins, generalised_inverse
from pipeline.recompute.case import (
    Bonus,
    Branch,
    Case,
    Choice,
    Count,
    Design,
    Factor,
    Grouping,
    Instrument,
    Item,
    Target,
)
from pipeline.recompute.comparisons import Comparison
from pipeline.recompute.intervals import t_975, welch, wilson
from pipeline.recompute.month import Recomputed
from pipeline.recompute.months import months_before, window_months
from pipeline.recompute.rounding import rounded, whole
from pipeline.recompute.scores import Score
from tests.trials import tried

NOW = "2025-10"
ONE = Instrument("one", (Factor("all", (Item("q", 0, 100, 90, 40),)),), points=100)


def said(values: Iterable[int | None], branch: str = "A", period: str = NOW, item: str = "q", **more: Any) -> list[Any]:
    nothing = {"division": "PC", "weight": 1, "missing": None}
    return [{"period": period, "branch": branch, **nothing, item: value, **more} for value in values]


def case(rows: Sequence[Any], of: Instrument = ONE, **more: Any) -> Case:
    branches = tuple(Branch(one) for one in sorted({row["branch"] for row in rows}))
    return replace(Case((of,), branches, {of.id: rows}, withheld_below=1, ranked_from=1), **more)


def score(of: Case, level: str = "branch", unit: str = "A", measure: str = "index", statistic: str = "mean",
          window: str = "month", period: str = NOW) -> Score:  # fmt: skip
    found = Recomputed(of, NOW).score((period, of.instruments[0].id, level, unit, measure, statistic, window))
    assert found is not None
    return found


def beside(of: Case, against: str, unit: str = "A", window: str = "month", level: str = "branch",
           measure: str = "index") -> Comparison:  # fmt: skip
    found = Recomputed(of, NOW).comparison((of.instruments[0].id, level, unit, measure, window, against))
    assert found is not None
    return found


def mean_variance(values: Sequence[int]) -> Fraction:
    """s^2 / n."""
    n = len(values)
    mean = Fraction(sum(values), n)
    return sum(((one - mean) ** 2 for one in values), Fraction(0)) / (n * (n - 1))


# ── distributions ────────────────────────────────────────────────────────────────────────


def test_students_t() -> None:
    for df in (*range(1, 200), 999, 1999, 2000, 2001, 2500, 10**5, 10**7):
        assert t_975(df) == pytest.approx(stats.t.ppf(0.975, df), rel=0, abs=4e-12), df


def test_wilson_and_welch() -> None:
    assert wilson(Fraction(8, 10), Fraction(10)) == pytest.approx((0.490162472, 0.943317849), abs=1e-9)
    assert wilson(Fraction(0), Fraction(10))[0] == pytest.approx(0, abs=1e-15)
    assert welch(((Fraction(4), 10), (Fraction(4), 10))) == 20
    assert welch(((Fraction(0), 7), (Fraction(0), 3))) == 7
    assert welch(((Fraction(1), 0), (Fraction(1), 9))) == 0
    assert (rounded(Fraction(5, 2), 0), rounded(Fraction(-5, 2), 0), rounded(Fraction(1, 8), 2)) == (
        3, -3, Decimal("0.13"),
    )  # fmt: skip


# ── rules, sub-factors, statistics ───────────────────────────────────────────────────────

NESTED = Instrument(
    "nested",
    (
        Factor("care", (), Decimal(3), (
            Factor("calm", (Item("a", 0, 100),), Decimal(1)), Factor("warm", (Item("b", 0, 100),), Decimal(4)),
        )),
        Factor("work", (Item("c", 0, 100),), Decimal(1)),
    ),
    points=100,
)  # fmt: skip


def nested(*answers: tuple[int | None, int | None, int | None]) -> list[Any]:
    return [
        {"period": NOW, "branch": "A", "division": "PC", "weight": 1, "missing": None, "a": a, "b": b, "c": c}
        for a, b, c in answers
    ]


def test_a_factor_of_sub_factors() -> None:
    rows = nested((10, 50, 80), (30, None, 60), (None, None, 40))
    of = case(rows, NESTED)
    assert score(of, measure="calm").estimate == 20
    assert score(of, measure="warm").estimate == 50
    assert score(of, measure="care").estimate == (20 + 4 * 50) / Decimal(5)  # 44
    assert score(of, measure="care").n == 2
    assert score(of).estimate == (3 * 44 + 60) / Decimal(4)
    assert score(of).n == 3


def test_a_sub_factor_that_is_wholly_missing_makes_the_index_partial() -> None:
    of = case(nested((10, None, 80), (30, None, 60)), NESTED)
    assert (score(of, measure="care").estimate, score(of, measure="care").flag) == (20, "partial")
    assert (score(of).estimate, score(of).flag) == (Decimal(3 * 20 + 70) / 4, "partial")


def test_the_mean_of_the_respondents_indices() -> None:
    """(3 (10 + 4 50) / 5 + 80) / 4 = 51.5; (3 30 + 60) / 4 = 37.5; 40."""
    rows = nested((10, 50, 80), (30, None, 60), (None, None, 40), (None, None, None))
    of = case(rows, replace(NESTED, rule="respondent"))
    found = score(of)
    assert (found.n, found.flag, found.estimate) == (3, "ok", Decimal("43"))
    squares = 8.5**2 + 5.5**2 + 3**2  # of the deviations from 43; the fourth response has 0 and counts in n_h
    assert found.se == pytest.approx(sqrt(4 / 3 * squares / 3**2), rel=1e-12)


def test_the_standard_error_of_a_mean_of_respondents() -> None:
    rows = nested((10, 10, 10), (40, 40, 40), (100, 100, 100))
    found = score(case(rows, replace(NESTED, rule="respondent")))
    assert found.se == pytest.approx(sqrt(mean_variance([10, 40, 100])), rel=1e-12)
    assert found.df == 2


def test_boxes_nps_shares_and_counts() -> None:
    of = Instrument(
        "many", (Factor("f", (Item("q", 0, 10, 9, 6, nps=True),)),),
        choices=(Choice("why", ("price", "speed")),),
        counts=(Count("faults", (Item("x1", 0, 9), Item("x2", 0, 3))),),
    )  # fmt: skip
    answers = [(10, 1, 0, 0, 2), (9, 1, 1, 1, None), (8, 0, 0, None, None), (0, None, None, 0, 0)]
    rows = [
        {"period": NOW, "branch": "A", "division": "PC", "weight": 1, "missing": None, "q": q, "why_price": price,
         "why_speed": speed, "x1": x1, "x2": x2}
        for q, price, speed, x1, x2 in answers
    ]  # fmt: skip
    made = case(rows, of)
    third = Decimal("33.333333333")

    def figure(measure: str, statistic: str) -> tuple[int | None, Decimal | None, int]:
        found = score(made, measure=measure, statistic=statistic)
        return found.n, found.estimate, found.printed_of

    assert figure("q", "top_box") == (4, 50, 100)
    assert figure("q", "nps") == (4, 25, 100)
    assert figure("why_price", "share") == (3, 2 * third + Decimal("0.000000001"), 100)
    assert figure("why_speed", "share") == (3, third, 100)
    assert figure("x1", "per_100") == (3, third, 100)
    assert figure("x2", "per_100") == (2, 100, 100)
    assert figure("faults", "per_100") == (3, 100, 100)  # 2, 1, 0; the third answered none of them
    nps = score(made, measure="q", statistic="nps")
    assert nps.low == pytest.approx(max(-100, 25 - t_975(3) * sqrt(mean_variance([100, 100, 0, -100]))))
    share = score(made, measure="why_price", statistic="share")
    assert (share.low, share.high) == pytest.approx([100 * one for one in wilson(Fraction(2, 3), Fraction(3))])
    assert score(made, measure="faults", statistic="per_100").low == 0
    assert score(made, measure="faults", statistic="per_100").high <= 1200  # type: ignore[operator]


# ── windows ──────────────────────────────────────────────────────────────────────────────


def test_windows() -> None:
    assert window_months("year_to_date", "2025-03") == ("2025-03", "2025-02", "2025-01")
    assert window_months("rolling_3", "2025-01") == ("2025-01", "2024-12", "2024-11")
    rows = [row for month in range(1, 11) for row in said([month, 20 * (month % 2)], period=f"2025-{month:02d}")]
    of = case(rows)
    assert score(of, window="year_to_date").n == 20
    assert score(of, window="year_to_date").estimate == Decimal("7.75")
    assert score(of, window="year_to_date", period="2025-02").n == 4
    assert Recomputed(of, NOW).score((NOW, "one", "branch", "A", "index", "mean", "rolling_12")) is None


def test_each_month_of_a_window_is_a_sample_of_its_own() -> None:
    """Months at 0 and at 100 with no spread within: the window does not vary."""
    rows = said([0, 0, 0], period="2025-08") + said([100, 100], period="2025-09") + said([50, 50, 50])
    found = score(case(rows), window="rolling_3")
    assert (found.se, found.df, found.estimate) == (0, 5, Decimal("43.75"))


# ── the design ───────────────────────────────────────────────────────────────────────────

LOW, HIGH, LONE = [10, 20, 60], [70, 90, 95, 99], [30]


def drawn(single: str = "adjust", finite: bool = False) -> Case:
    """One branch, three strata by tier, the last of one response; each response of a stratum stands for
    as many customers."""
    rows = [
        row for tier, values, weight in (("3", LOW, 2), ("4", HIGH, 5), ("5", LONE, 7))
        for row in said(values, tier=tier, weight=weight)
    ]  # fmt: skip
    design = Design(("tier",), finite, single)  # type: ignore[arg-type]
    populations = {"one": {(NOW, "3"): Fraction(6), (NOW, "4"): Fraction(20), (NOW, "5"): Fraction(7)}}
    return case(rows, weighted=True, design=design, populations=populations, groupings=(Grouping("tier", ("tier",)),))


def by_strata(finite: bool) -> tuple[float, float, float, Fraction]:
    """Variance parts of the weighted mean by the textbook: W^-2 sum of n^2 w^2 s^2/n (1 - f)."""
    weight = Fraction(2 * 3 + 5 * 4 + 7)
    mean = Fraction(2 * sum(LOW) + 5 * sum(HIGH) + 7 * sum(LONE), weight)
    low, high = (
        (Fraction(w * len(values)) / weight) ** 2 * mean_variance(values) * (1 - Fraction(len(values), n) * finite)
        for w, values, n in ((2, LOW, 6), (5, HIGH, 20))
    )
    lone = (7 * (LONE[0] - mean) / weight) ** 2 * (1 - Fraction(1, 7) * finite)
    return float(low), float(high), float(lone), mean


@pytest.mark.parametrize("finite", [False, True])
def test_strata_finite_populations_and_a_stratum_of_one(finite: bool) -> None:
    low, high, lone, mean = by_strata(finite)
    wanted = {"adjust": low + high + lone, "certainty": low + high, "average": (low + high) * 3 / 2}
    for single, variance in wanted.items():
        found = score(drawn(single, finite))
        assert found.estimate == rounded(mean, 9)
        assert found.se == pytest.approx(sqrt(variance), rel=1e-12), single
        assert found.df == 2 + 3


def test_a_unit_that_is_part_of_a_stratum_keeps_the_others_as_0() -> None:
    """The variance of a domain's mean is not that of its own responses alone."""
    rows = said([10, 30], branch="A") + said([50, 90, 70], branch="B")
    of = case(rows, design=Design(()))
    z = [-10, 10, 0, 0, 0]
    assert score(of).se == pytest.approx(sqrt(5 / 4 * sum((one / 2) ** 2 for one in z)), rel=1e-12)
    assert score(of).df == 4


def test_all_strata_of_one_response_with_their_average() -> None:
    of = case(said([10], tier="3") + said([20], tier="4"), design=Design(("tier",), single="average"))
    found = score(of)
    assert (found.se, found.low, found.high) == (None, 0, 100)


def test_what_is_rounding_counts_as_no_variance() -> None:
    tiny = Instrument("one", (Factor("all", (Item("q", 0, 10**9, 9, 4),)),), points=100)
    assert score(case(said([5, 6, 5, 6]), tiny)).se == 0


def test_pooled_below_the_limit() -> None:
    rows = said([10, 30], branch="A") + said([50, 90, 70], branch="B") + said([40], branch="C")
    of = case(rows, ranked_from=3)
    one = (2 * mean_variance([10, 30]) * 1 + 3 * mean_variance([50, 90, 70]) * 2) / 3
    for unit, n in (("A", 2), ("C", 1)):
        found = score(of, unit=unit)
        assert (found.se, found.df) == (pytest.approx(sqrt(one / n), rel=1e-12), 3)
    assert score(of, unit="B").se == pytest.approx(sqrt(mean_variance([50, 90, 70])), rel=1e-12)


# ── raked weights ────────────────────────────────────────────────────────────────────────


@given(st.lists(st.lists(st.sampled_from([0, 1]), min_size=4, max_size=4), min_size=1, max_size=8))
@tried(20)
def test_a_generalised_inverse(rows: list[list[int]]) -> None:
    matrix = [[Fraction(sum(row[a] * row[b] for row in rows)) for b in range(4)] for a in range(4)]
    g = generalised_inverse(matrix)

    def times(a: list[list[Fraction]], b: list[list[Fraction]]) -> list[list[Fraction]]:
        return [[sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0)) for column in zip(*b, strict=True)]
                for row in a]  # fmt: skip

    assert times(times(matrix, g), matrix) == matrix
    assert times(times(g, matrix), g) == g


def test_residuals_leave_what_the_margins_do_not_explain() -> None:
    """One margin of two categories: what is left are deviations from the category's mean of z / w."""
    categories = {0: (1,), 1: (1,), 2: (2,), 3: (2,)}
    before, weights = [Fraction(1)] * 4, [Fraction(2), Fraction(2), Fraction(1), Fraction(3)]
    z = {0: Fraction(4), 1: Fraction(8), 2: Fraction(5), 3: Fraction(3)}
    left = Margins(categories, before, weights).residuals(whole(z))
    # z / w = 2, 4 about 3; 5, 1 about 3
    found = {one: Fraction(above, left.below) for one, above in left.above.items()}
    assert found == {0: -2, 1: 2, 2: 2, 3: -6}


def test_cells_are_fitted_on_what_margins_leave() -> None:
    """Cells 1 and 2, a margin of 3 and 4. z / w = 4, 2, 1, 6, 3; about the margin's means 4 and 2: 0, -2, -1, 2, 1;
    about those of the cells, -1 and 3/2: 1, -1, 0, 1/2, -1/2. (Both at once leave 6/7, -8/7, 2/7, 2/7, -2/7.)"""
    categories = {0: (1, 3), 1: (1, 3), 2: (1, 4), 3: (2, 3), 4: (2, 4)}
    before, weights = [Fraction(1)] * 5, [Fraction(2), Fraction(2), Fraction(1), Fraction(2), Fraction(1)]
    z = {0: Fraction(8), 1: Fraction(4), 2: Fraction(1), 3: Fraction(12), 4: Fraction(3)}
    left = Margins(categories, before, weights, frozenset({1, 2})).residuals(whole(z))
    found = {one: Fraction(above, left.below) for one, above in left.above.items()}
    assert found == {0: 2, 1: -2, 2: 0, 3: 1, 4: Fraction(-1, 2)}


def test_a_margin_that_says_all_leaves_no_variance() -> None:
    """Whoever is of tier 3 answers 20, of tier 4 80: the population's mean is known."""
    rows = said([20] * 3, tier="3", factor=Fraction(5, 3), margins=(1,))
    rows += said([80] * 2, tier="4", factor=Fraction(1), margins=(2,))
    assert score(case(rows)).se == 0
    bare = [{**row, "margins": ()} for row in rows]
    assert score(case(bare)).se > 0  # type: ignore[operator]
    assert score(case(rows)).estimate == score(case(bare)).estimate == Decimal("37.142857143")


# ── levels ───────────────────────────────────────────────────────────────────────────────


def test_groupings_by_fields_of_the_branch_and_of_the_response() -> None:
    rows = said([10, 20], branch="A", segment="new") + said([60], branch="B", segment="old")
    rows += said([90], branch="B", segment=None)
    branches = (Branch("A", tier="X", peer="P"), Branch("B", tier="Y"), Branch("C", tier="X", peer="Q"))
    by = (Grouping("segment", ("segment",)), Grouping("tier_peer", ("branch_tier", "peer")))
    of = case(rows, branches=branches, groupings=by)
    assert score(of, "segment", "new").estimate == 15
    assert score(of, "segment", "old").estimate == 60
    assert score(of, "tier_peer", "X/P").estimate == 15
    assert score(of, "tier_peer", "X/Q").flag == "none"
    units = set(Recomputed(of, NOW).scores["one"].units(NOW))
    assert {unit for level, unit in units if level == "segment"} == {"new", "old"}  # nobody is of no segment
    assert {unit for level, unit in units if level == "tier_peer"} == {"X/P", "X/Q"}
    assert [score(of, "segment", unit).rank for unit in ("new", "old")] == [2, 1]


def test_history_as_it_was_and_as_it_is() -> None:
    """OLD closed in September and its heir is MID, which closed too and has NEW; GONE has no heir; MOVED
    is in the south now."""
    branches = (
        Branch("OLD", "NORTH", valid_to=date(2025, 8, 31), successor="MID", inherits=True),
        Branch("MID", "NORTH", valid_to=date(2025, 9, 30), successor="NEW", inherits=True),
        Branch("NEW", "SOUTH"),
        Branch("GONE", "NORTH", valid_to=date(2025, 9, 30), successor="NEW"),
        Branch("MOVED", "NORTH", valid_to=date(2025, 9, 30)),
        Branch("MOVED", "SOUTH", valid_from=date(2025, 10, 1)),
    )
    rows = [row for name, value in (("OLD", 10), ("NEW", 30), ("GONE", 50), ("MOVED", 70))
            for row in said([value], name, "2025-08")]  # fmt: skip
    rows += said([40], "NEW") + said([60], "MOVED")
    of = case(rows, branches=branches)
    then = {"period": "2025-08"}
    assert score(of, "branch", "NEW", **then).estimate == 30
    assert score(of, "branch_as_is", "NEW", **then).estimate == 20
    assert score(of, "region", "NORTH", **then).estimate == Decimal("43.333333333")
    assert score(of, "region_as_is", "SOUTH", **then).estimate == Decimal("36.666666667")
    units = {unit for level, unit in Recomputed(of, NOW).scores["one"].units("2025-08") if level == "branch_as_is"}
    assert units == {"NEW", "MOVED"}


def test_response_rates_and_weights() -> None:
    rows = said([10] * 3, "A") + said([20] * 5, "B") + said([20], "C")
    of = case(rows, invited={"one": {(NOW, "A"): 8, (NOW, "B"): 8}})
    made = Recomputed(of, NOW)
    assert score(of, "network", "network", "response_rate", "share").estimate == 50
    assert made.score((NOW, "one", "branch", "C", "response_rate", "share", "month")) is None
    assert score(of, "instrument", "one", "all", "weight").estimate == 100


# ── comparisons ──────────────────────────────────────────────────────────────────────────


def test_overlapping_windows() -> None:
    """Two months are in both: of the difference of two rolling means only the first and the last vary."""
    months = [months_before(NOW, back) for back in range(3, -1, -1)]
    values = [[10, 40, 70], [20, 30, 70], [90, 10, 20], [80, 60, 10]]
    of = case([row for month, given in zip(months, values, strict=True) for row in said(given, period=month)])
    found = beside(of, "previous", window="rolling_3")
    gap = Fraction(sum(values[3]) - sum(values[0]), 9)
    assert found.difference == rounded(gap, 9)
    assert found.se == pytest.approx(sqrt((mean_variance(values[0]) + mean_variance(values[3])) / 9), rel=1e-12)


def test_peers_are_the_others_of_the_group() -> None:
    branches = (Branch("A", tier="X"), Branch("B", tier="X"), Branch("C", tier="X"), Branch("D", tier="Y"))
    given = {"A": [10, 30], "B": [50, 70], "C": [20, 80], "D": [100, 100]}
    rows = [row for branch, values in given.items() for row in said(values, branch)]
    of = case(rows, branches=branches, peers=("branch_tier",))
    found = beside(of, "peers")
    assert (found.reference, found.difference) == (55, -35)
    others = (mean_variance([50, 70]) + mean_variance([20, 80])) / 4
    assert found.se == pytest.approx(sqrt(mean_variance([10, 30]) + others), rel=1e-12)
    everyone = beside(replace(of, peers=()), "peers")
    assert everyone.reference == 70
    alone = beside(of, "peers", "D")
    assert (alone.reference, alone.verdict(None)) == (None, "none")


def test_targets_and_bonus_lines() -> None:
    rows = said([60, 70, 80])
    of = case(rows, targets=(Target("one", "index", Decimal(50)), Target("one", "index", Decimal(65), "A")),
              bonuses=(Bonus("gold", "one", Decimal(71)),))  # fmt: skip
    assert (beside(of, "target").difference, beside(of, "bonus/gold").difference) == (5, -1)
    assert beside(of, "target", "network", level="network").difference == 20
    assert beside(of, "bonus/gold").se == pytest.approx(sqrt(mean_variance([60, 70, 80])))
    keys = {key[5] for key in Recomputed(of, NOW).comparison_keys() if key[1] == "branch"}
    assert keys == {"last_month", "last_year", "region", "network", "peers", "target", "bonus/gold"}


def test_contributions_to_the_mean_of_the_respondents_indices() -> None:
    """Shares of A's three: care 3/4, 3/4, 0 and 3/4 * 42 + 3/4 * 30 brought; of B's one: 3/4 * 20. Indices 43, 40."""
    rows = nested((10, 50, 80), (30, None, 60), (None, None, 40))
    rows += [{**row, "branch": "B"} for row in nested((20, 20, 100))]
    of = case(rows, replace(NESTED, rule="respondent"), peers=())
    care, work = (beside(of, "peers", measure=one) for one in ("care", "work"))
    assert care.contribution == Decimal("13.375")  # 18 - 15 - (1/2 - 3/4) * 41.5
    assert work.contribution == Decimal("-10.375")  # 25 - 25 - (1/2 - 1/4) * 41.5
    alone = case(nested((10, 50, None), (None, None, 40)), replace(NESTED, rule="respondent"), peers=())
    assert beside(alone, "network", measure="care").contribution == 0
    assert beside(alone, "peers", measure="care").contribution is None
    assert beside(alone, "last_month", measure="care").contribution is None


def test_contributions_sum_to_the_gap() -> None:
    rng = random.Random(5)
    answers = [(rng.randint(0, 9), rng.randint(0, 9), rng.randint(0, 9)) for _ in range(18)]
    rows = [{**row, "branch": "AB"[place % 2]} for place, row in enumerate(nested(*answers))]
    of = case(rows, NESTED)
    parts = [beside(of, "network", measure=one).contribution for one in ("care", "work")]
    gap = beside(of, "network").difference
    assert gap is not None
    assert abs(sum(parts) - gap) <= Decimal("2e-9")  # type: ignore[arg-type]
