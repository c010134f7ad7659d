"""The scores of a month: known figures, the awkward branches, and agreement with a second
implementation (pipeline/recompute) in every cell of both tables."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from scipy import stats

from pipeline.recompute.case import Branch, Case, Factor, Instrument, Item, Row, Target
from pipeline.recompute.month import Recomputed
from pipeline.recompute.months import months_before
from tests.agreement import disagreements
from tests.build import Scored, packaged, response, score_accepted, score_files

NOW = "2025-10"
CSI = packaged("china_csi_2005")
# An instrument of its own, of a file of its own: three scales, three factors, weights as published.
SERVICE = Instrument(
    "service",
    (
        Factor("skill", (Item("s1"), Item("s2"), Item("s3")), Decimal("20.4")),
        Factor("care", (Item("c1"), Item("c2", 1, 5, 5, 2)), Decimal("15.8")),
        Factor("worth", (Item("w1", 0, 10, 9, 4),), Decimal("10.2")),
    ),
)
# One factor of one item: a response is one number.
SINGLE = Instrument("single", (Factor("all", (Item("q1"),)),))
DEALER = Instrument(
    "dealer",
    (Factor("tech", (Item("t1"), Item("t2"))), Factor("pace", (Item("p1"),)), Factor("parts", (Item("r1"),))),
    rule="mean_of_dimensions",
    points=100,
)


def same(of: Instrument, branch: str, answers: Sequence[int | str] | int, count: int, **more: Any) -> list[Row]:
    """The same response so many times. One number: every item is answered with it."""
    given = [answers] * len(of.items) if isinstance(answers, int) else answers
    return [response(of, branch, given, **more) for _ in range(count)]


def mixed(of: Instrument, branch: str, count: int, seed: int, missing: float = 0.1, **more: Any) -> list[Row]:
    """Responses of all kinds with some items missing, at least one answered."""
    rng = random.Random(f"{of.id} {branch} {seed}")
    rows: list[Row] = []
    while len(rows) < count:
        answers = [
            rng.choice("snrb") if rng.random() < missing else rng.randint((item.low + item.high) // 2, item.high)
            for item in of.items
        ]
        if any(isinstance(one, int) for one in answers):
            rows.append(response(of, branch, answers, **more))
    return rows


# ── figures everyone knows ───────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def famous(tmp_path_factory: pytest.TempPathFactory) -> Scored:
    """Branches of the packaged CSI that always give the same answer."""
    rows = [row for value in range(1, 11) for row in same(CSI, f"ALL-{value}", value, 31)]
    case = Case((CSI,), tuple(Branch(f"ALL-{value}") for value in range(1, 11)), {CSI.id: rows})
    scored = score_files(case, tmp_path_factory.mktemp("famous"))
    assert disagreements(case, scored) == []
    return scored


@pytest.mark.parametrize(
    ("answer", "estimate", "printed"),
    [
        (1, "0.000000000", "0.0"),
        (2, "11.111111111", "111.1"),
        (5, "44.444444444", "444.4"),
        (8, "77.777777778", "777.8"),  # not 80
        (9, "88.888888889", "888.9"),
        (10, "100.000000000", "1000.0"),  # the published weights sum to 100.1; this is not 100.1
    ],
)
def test_a_branch_with_one_answer_everywhere(famous: Scored, answer: int, estimate: str, printed: str) -> None:
    for measure in ("index", *(factor.id for factor in CSI.factors)):
        row = famous.score(NOW, CSI.id, "branch", f"ALL-{answer}", measure)
        assert (row["estimate"], row["printed"]) == (Decimal(estimate), Decimal(printed))
        assert (row["n"], row["flag"], row["printed_of"]) == (31, "ok", 1000)
        assert row["se"] == 0
        assert row["low"] == row["high"] == row["estimate"]


def test_the_published_weights_sum_to_the_whole(famous: Scored) -> None:
    weights = {
        factor.id: famous.score(NOW, CSI.id, "instrument", CSI.id, factor.id, "weight")["estimate"]
        for factor in CSI.factors
    }
    assert abs(sum(weights.values()) - 100) < Decimal("1e-8")
    assert weights["problems"] == Decimal("20.379620380")  # 20.4 of 100.1


PUBLISHED_WEIGHTS = (
    ("20.4", "15.8", "15.4", "14.7", "12.1", "11.5", "10.2"),
    ("17.2", "9.9"),
    ("0.1", "0.2", "0.7"),
    ("5", "7", "11", "13", "17"),
    ("0.0001", "9999"),
)


@pytest.mark.parametrize("answer", [1, 8, 10])
def test_a_target_that_is_met_exactly_is_neither_beaten_nor_missed(tmp_path: Path, answer: int) -> None:
    """Whatever the weights, an all-800 branch scores 800 and the ceiling is 1,000."""
    levels = tuple(
        Instrument(
            f"level{number}",
            tuple(
                Factor(f"f{place}", (Item(f"q{place}", 0, 10, 9, 4),), Decimal(weight))
                for place, weight in enumerate(weights)
            ),
        )
        for number, weights in enumerate(PUBLISHED_WEIGHTS)
    )
    case = Case(
        levels, (Branch("A"), Branch("B")),
        {of.id: same(of, "A", answer, 33) + same(of, "B", answer, 47) for of in levels},
        targets=tuple(Target(of.id, "index", Decimal(100 * answer)) for of in levels),
    )  # fmt: skip
    scored = score_accepted(case, tmp_path)
    for of in levels:
        assert scored.score(NOW, of.id, "branch", "A")["printed"] == 100 * answer
        for against in ("target", "network"):
            row = scored.comparison(of.id, "branch", "A", "index", against)
            assert (row["difference"], row["se"], row["verdict"]) == (0, 0, "no_clear_difference"), of.id
    assert disagreements(case, scored) == []


# ── awkward branches ─────────────────────────────────────────────────────────────────────

GALLERY_BRANCHES = (
    *(Branch(f"BASE-{n}", "EAST") for n in (1, 9, 10, 29, 30)),
    Branch("EMPTY", "EAST"),
    Branch("EQUAL-30", "EAST"),
    Branch("EQUAL-12", "EAST"),
    Branch("UNSCORED", "EAST"),
    Branch("HALF", "EAST"),
    Branch("NO-WORTH", "WEST"),
    Branch("TIE-A", "WEST"),
    Branch("TIE-B", "WEST"),
    Branch("BELOW-TIE", "WEST"),
    Branch("TOP", "WEST"),
    Branch("TWO", "WEST", ("PC", "CV")),
    Branch("NO-PARTS", "WEST", ("PC", "CV")),
    Branch("MOVED", "EAST", valid_to=date(2025, 10, 14)),
    Branch("MOVED", "WEST", valid_from=date(2025, 10, 15)),
    Branch("NEW", "WEST", valid_from=date(2025, 10, 31)),
    Branch("CLOSED", "WEST", valid_to=date(2025, 9, 1)),
    Branch("SWAPPED", "WEST", ("PC", "CV"), valid_to=date(2025, 10, 9)),
    Branch("SWAPPED", "WEST", ("PC", "NEV"), valid_from=date(2025, 10, 10)),
)
HALVES: list[
    tuple[list[int | str], set[str]]
] = [  # of skill (3 items), care (2), worth (1): answered, and which factors have a score
    ([8, "b", "b", 8, "b", 8], {"care", "worth"}),  # 1 of 3; 1 of 2; 1 of 1
    ([8, 8, "n", "n", 4, "r"], {"skill", "care"}),  # 2 of 3; 1 of 2; 0 of 1
    ([8, "s", "b", "s", 4, "s"], {"skill", "care"}),  # 1 of 2 asked; 1 of 1 asked; none asked
    ([8, "s", "s", "s", "s", 8], {"skill", "worth"}),  # 1 of 1 asked; none asked; 1 of 1
]


def gallery_rows(of: Instrument, period: str) -> list[Row]:
    now = period == NOW
    rows: list[Row] = []
    for n in (1, 9, 10, 29, 30):
        rows += mixed(of, f"BASE-{n}", n if now else 31, int(period[5:]), missing=0.0 if now else 0.1, period=period)
    rows += mixed(of, "TOP", 45, 1, period=period)
    rows += mixed(of, "TWO", 64, 2, period=period, division="PC") + mixed(
        of, "TWO", 12, 3, period=period, division="CV"
    )
    rows += mixed(of, "MOVED", 36, int(period[5:]), period=period)
    rows += mixed(of, "SWAPPED", 33, int(period[5:]), period=period) + mixed(
        of, "SWAPPED", 33, 4, period=period, division="CV"
    )
    if not now:
        return rows + mixed(of, "CLOSED", 31, 5, period=period)
    rows += mixed(of, "NEW", 34, 6, period=period)
    rows += same(of, "EQUAL-30", [min(7, item.high) for item in of.items], 30)
    rows += same(of, "EQUAL-12", [min(7, item.high) for item in of.items], 12)
    ties = mixed(of, "TIE-A", 40, 7)
    return rows + ties + [{**row, "branch": "TIE-B"} for row in ties] + same(of, "BELOW-TIE", 4, 40)


@pytest.fixture(scope="module")
def gallery_case() -> Case:
    months = ("2024-10", "2025-08", "2025-09", NOW)
    service = [row for period in months for row in gallery_rows(SERVICE, period)]
    for answers, _ in HALVES:
        service += same(SERVICE, "HALF", answers, 10)
    service += same(SERVICE, "UNSCORED", [8, "b", "b", "b", "b", "n"], 35)
    service += [{**row, "w1": None, "missing": ".....r"} for row in mixed(SERVICE, "NO-WORTH", 40, 8, missing=0)]
    dealer = [row for period in months for row in gallery_rows(DEALER, period)]
    dealer += mixed(DEALER, "NO-PARTS", 40, 9, division="PC", missing=0)
    dealer += [
        {**row, "r1": None, "missing": "...b"} for row in mixed(DEALER, "NO-PARTS", 40, 10, division="CV", missing=0)
    ]
    return Case(
        (SERVICE, DEALER),
        GALLERY_BRANCHES,
        {"service": service, "dealer": dealer},
        targets=(
            Target("service", "index", Decimal("700"), valid_to=date(2025, 9, 30)),
            Target("service", "index", Decimal("765.5"), valid_from=date(2025, 10, 1)),
            Target("service", "index", Decimal("810.125"), "TOP"),
            Target("service", "index", Decimal("990"), "TWO", valid_to=date(2025, 10, 30)),
            Target("service", "care", Decimal("700"), "BASE-9"),
            Target("dealer", "pace", Decimal("71.3")),
        ),
        invited={
            "service": {(NOW, "TOP"): 96, (NOW, "EMPTY"): 40, (NOW, "MOVED"): 0, ("2025-09", "MOVED"): 4096},
            "dealer": {(NOW, "TWO"): 4096},
        },
    )  # fmt: skip


@pytest.fixture(scope="module")
def gallery(gallery_case: Case, tmp_path_factory: pytest.TempPathFactory) -> Scored:
    return score_files(gallery_case, tmp_path_factory.mktemp("gallery"))


def test_the_gallery_agrees_with_the_second_implementation(gallery_case: Case, gallery: Scored) -> None:
    assert disagreements(gallery_case, gallery) == []


@pytest.mark.parametrize(
    ("branch", "n", "flag"),
    [
        ("EMPTY", 0, "none"), ("UNSCORED", 0, "none"), ("BASE-1", 1, "withheld"), ("BASE-9", 9, "withheld"),
        ("BASE-10", 10, "caution"), ("BASE-29", 29, "caution"), ("BASE-30", 30, "ok"), ("NO-WORTH", 40, "partial"),
    ],
)  # fmt: skip
def test_bases(gallery: Scored, branch: str, n: int, flag: str) -> None:
    row = gallery.score(NOW, "service", "branch", branch)
    assert (row["n"], row["flag"]) == (n, flag)
    shown = ("n_eff", "estimate", "se", "df", "low", "high", "printed", "printed_low", "printed_high")
    assert {row[name] is None for name in shown} == {flag in ("none", "withheld")}
    assert (row["rank"] is None) == (flag != "ok")


COMPARISON_KEY = ("period", "instrument", "level", "unit", "measure", "window", "against")


def test_a_withheld_figure_is_in_no_other_table(gallery: Scored) -> None:
    for branch in ("EMPTY", "BASE-9"):
        for against in ("last_month", "last_year", "region", "network", "target"):
            row = gallery.comparison("service", "branch", branch, "index", against)
            filled = {name for name, cell in row.items() if cell is not None} - set(COMPARISON_KEY)
            assert filled <= {"verdict", "reference", "printed_reference"}
            assert row["verdict"] == "none"


@pytest.mark.parametrize("factor", ["skill", "care", "worth"])
def test_a_factor_needs_half_of_the_items_that_were_asked(gallery: Scored, factor: str) -> None:
    scored = 10 * sum(factor in factors for _, factors in HALVES)
    row = gallery.score(NOW, "service", "branch", "HALF", factor)
    assert row["n"] == scored
    # every answer of HALF is 8 on 1-10 (77.78), 4 on 1-5 (75) or 8 on 0-10 (80)
    assert (
        row["estimate"]
        == {
            "skill": Decimal("77.777777778"),
            "care": Decimal("75.925925926"),  # 77.78, 75, 75
            "worth": Decimal("80.000000000"),
        }[factor]
    )


def test_not_applicable_is_missing_and_not_0(gallery: Scored) -> None:
    row = gallery.score(NOW, "service", "branch", "HALF", "c1")
    assert (row["n"], row["estimate"]) == (10, Decimal("77.777777778"))


def test_items_count_without_a_factor_score(gallery: Scored) -> None:
    assert gallery.score(NOW, "service", "branch", "UNSCORED", "s1")["n"] == 35
    assert gallery.score(NOW, "service", "branch", "UNSCORED", "skill")["flag"] == "none"


def test_equal_answers(gallery: Scored) -> None:
    many, few = (gallery.score(NOW, "service", "branch", branch) for branch in ("EQUAL-30", "EQUAL-12"))
    assert many["estimate"] == few["estimate"]
    assert many["se"] == 0
    assert many["low"] == many["high"] == many["estimate"]
    assert few["low"] < few["estimate"] < few["high"]  # the spread of the other branches


def test_a_partial_index_is_shown_and_not_ranked(gallery: Scored) -> None:
    row = gallery.score(NOW, "service", "branch", "NO-WORTH")
    skill, care = (gallery.score(NOW, "service", "branch", "NO-WORTH", one)["estimate"] for one in ("skill", "care"))
    assert abs(row["estimate"] - (204 * skill + 158 * care) / 362) < Decimal("1e-8")
    assert row["rank"] is None
    network = gallery.comparison("service", "branch", "NO-WORTH", "skill", "network")
    assert network["difference"] is not None
    assert network["contribution"] is None


def test_ties_share_the_smaller_rank_and_the_next_is_skipped(gallery: Scored) -> None:
    ranks = {
        key[3]: row["rank"]
        for key, row in gallery.scores.items()
        if key[:3] == (NOW, "service", "branch") and key[4:] == ("index", "mean", "month") and row["rank"]
    }
    assert ranks["TIE-A"] == ranks["TIE-B"]
    others = sorted(rank for branch, rank in ranks.items() if branch != "TIE-B")
    assert len(set(others)) == len(others)
    assert ranks["TIE-A"] + 1 not in others
    assert ranks["BELOW-TIE"] == len(ranks) == gallery.score(NOW, "service", "branch", "TOP")["ranked"]


def test_dimensions_are_averaged_and_never_pooled(gallery: Scored) -> None:
    """64 responses about one division and 12 about the other: each division counts the same."""
    parts = {one: gallery.score(NOW, "dealer", "part", f"TWO/{one}") for one in ("PC", "CV")}
    whole = gallery.score(NOW, "dealer", "branch", "TWO")
    assert abs(whole["estimate"] - (parts["PC"]["estimate"] + parts["CV"]["estimate"]) / 2) <= Decimal("1e-9")
    assert whole["n"] == parts["PC"]["n"] + parts["CV"]["n"]
    dimensions = [gallery.score(NOW, "dealer", "part", "TWO/PC", factor.id)["estimate"] for factor in DEALER.factors]
    assert abs(parts["PC"]["estimate"] - sum(dimensions) / 3) <= Decimal("1e-9")


def test_a_division_without_a_dimension_makes_the_index_partial(gallery: Scored) -> None:
    flags = {
        unit: gallery.score(NOW, "dealer", level, unit)["flag"]
        for level, unit in (("branch", "NO-PARTS"), ("part", "NO-PARTS/PC"), ("part", "NO-PARTS/CV"))
    }
    assert flags == {"NO-PARTS": "partial", "NO-PARTS/PC": "ok", "NO-PARTS/CV": "partial"}


def test_a_division_served_and_not_heard_of_makes_the_index_partial(gallery: Scored) -> None:
    """SWAPPED took up NEV this month and has responses about PC and CV: two divisions, not the two."""
    assert gallery.score(NOW, "dealer", "branch", "SWAPPED")["flag"] == "partial"
    assert gallery.score("2025-09", "dealer", "branch", "SWAPPED")["flag"] == "ok"


def test_a_branch_counts_where_it_was(gallery: Scored) -> None:
    bases = {f"BASE-{n}" for n in (1, 9, 10, 29, 30)}
    for period, region, branches in (
        ("2025-09", "EAST", bases | {"MOVED"}),
        ("2025-09", "WEST", {"TOP", "TWO", "SWAPPED", "CLOSED"}),
        ("2025-08", "WEST", {"TOP", "TWO", "SWAPPED", "CLOSED"}),
        (NOW, "EAST", bases | {"HALF", "EQUAL-12", "EQUAL-30"}),
    ):
        inside = [gallery.score(period, "service", "branch", branch)["n"] for branch in sorted(branches)]
        assert gallery.score(period, "service", "region", region)["n"] == sum(inside), (period, region)
    home = gallery.comparison("service", "branch", "MOVED", "index", "region")["reference"]
    assert home == gallery.score(NOW, "service", "region", "WEST")["estimate"]
    # the rolling figure of a region takes each month as it was
    months = [gallery.score(period, "service", "region", "EAST")["n"] for period in ("2025-08", "2025-09", NOW)]
    assert gallery.score(NOW, "service", "region", "EAST", window="rolling_3")["n"] == sum(months)


def test_a_branch_has_rows_while_it_is_open(gallery: Scored) -> None:
    periods = {
        branch: {key[0] for key in gallery.scores if key[1:4] == ("service", "branch", branch)}
        for branch in ("NEW", "CLOSED", "TOP")
    }
    assert periods["NEW"] == {NOW}
    assert periods["CLOSED"] == {"2024-10", "2025-08", "2025-09"}
    assert periods["TOP"] == {"2024-10", "2025-08", "2025-09", NOW}
    assert gallery.comparison("service", "branch", "NEW", "index", "last_month")["verdict"] == "none"
    assert ("service", "branch", "CLOSED", "index", "month", "last_month") not in gallery.comparisons


def test_a_window_is_there_when_all_its_months_are(gallery: Scored) -> None:
    windows = {(key[0], key[6]) for key in gallery.scores if key[1] == "service" and key[5] == "mean"}
    months = {(period, "month") for period in ("2024-10", "2025-08", "2025-09", NOW)}
    assert windows == months | {(NOW, "rolling_3")}


def test_targets(gallery: Scored) -> None:
    def target(level: str, unit: str, measure: str = "index", instrument: str = "service") -> Decimal | None:
        row = gallery.comparisons.get((instrument, level, unit, measure, "month", "target"))
        return None if row is None else row["printed_reference"]

    assert target("branch", "BASE-30") == Decimal("765.5")  # the one in force, of all branches
    assert target("branch", "TOP") == Decimal("810.1")  # its own
    assert target("branch", "TWO") == Decimal("765.5")  # its own ended the day before
    assert target("network", "network") == Decimal("765.5")
    assert target("branch", "BASE-9", "care") == Decimal("700.0")
    assert target("branch", "BASE-30", "care") is None
    assert target("region", "EAST", "care") is None
    assert target("branch", "TWO", "pace", "dealer") == Decimal("71.3")  # on its own scale of 100


def test_response_rates(gallery: Scored) -> None:
    def rate(unit: str, level: str = "branch", period: str = NOW, of: str = "service") -> tuple[int, Any, str]:
        row = gallery.score(period, of, level, unit, "response_rate", "share")
        return row["n"], row["estimate"], row["flag"]

    assert rate("TOP") == (96, Decimal("46.875000000"), "ok")  # 45 of 96
    assert rate("EMPTY") == (40, Decimal(0), "ok")
    assert rate("MOVED") == (0, None, "none")  # nobody asked
    assert rate("network", "network") == (136, Decimal("59.558823529"), "ok")  # 45 and 36 of 136
    assert rate("MOVED", period="2025-09") == (4096, Decimal("0.878906250"), "ok")  # 36 of 4,096
    assert rate("TWO", of="dealer") == (4096, Decimal("1.855468750"), "ok")


def test_contributions_sum_to_the_gap(gallery: Scored) -> None:
    """To another figure, here or in another month; what a target leaves to each factor, nobody has said."""
    checked: dict[str, int] = {}
    for (instrument, level, unit, measure, window, against), row in gallery.comparisons.items():
        if measure != "index" or window != "month" or against == "target":
            continue
        factors = SERVICE.factors if instrument == "service" else DEALER.factors
        parts = [gallery.comparison(instrument, level, unit, one.id, against)["contribution"] for one in factors]
        if None not in parts:
            assert abs(sum(parts) - row["difference"]) <= len(parts) * Decimal("0.5e-9") + Decimal("0.5e-9")
            checked[against] = checked.get(against, 0) + 1
    assert checked.keys() == {"region", "network", "peers", "last_month", "last_year"}
    assert checked["region"] + checked["network"] > 20
    assert min(checked.values()) > 3
    targets = [row for key, row in gallery.comparisons.items() if key[5] == "target"]
    assert {row["contribution"] for row in targets} == {None}


# ── single cases, from the accepted tables ───────────────────────────────────────────────


def constant_branches(count: int, ranked_from: int) -> Case:
    """A region of branches that each give one answer: it varies between branches only, which is
    no sampling error, so its variance is 0 and the pooled one where the base is small."""
    rows: list[Row] = []
    for place in range(4):
        value = 2 + 2 * place
        rows += same(SERVICE, f"C{place}", [value, value, value, value, min(value, 5), value], count + place)
        rows += mixed(SERVICE, f"M{place}", 40, place, missing=0)
    branches = tuple(Branch(f"{kind}{place}", {"C": "FLAT", "M": "HILLY"}[kind]) for kind in "CM" for place in range(4))
    return Case((SERVICE,), branches, {"service": rows}, ranked_from=ranked_from)


def split_ballot() -> Case:
    """Half of the responses were asked about one factor, half about the others: no one has both."""
    halves: list[list[int | str]] = [
        ["s", "s", "s", 6, 3, 7],
        [8, 9, 7, "s", "s", "s"],
        ["s", "s", "s", 9, 5, "b"],
        [4, "n", 5, "s", "s", "s"],
    ]
    rows: list[Row] = []
    for place in range(5):
        for answers in halves:
            moved: list[int | str] = [one + place % 2 if isinstance(one, int) and one < 5 else one for one in answers]
            rows += same(SERVICE, f"B{place}", moved, 9 + place)
    branches = tuple(Branch(f"B{place}", f"R{place % 2}") for place in range(5))
    return Case((SERVICE,), branches, {"service": rows})


def half_a_digit() -> Case:
    """Means that lie exactly between two stored digits, and are rounded away from zero."""
    nine = Instrument("nine", (Factor("x", (Item("q", 1, 9, 9, 2),)),))
    rows = [
        row for hits in (1, 3, 7, 13) for row in same(nine, f"H{hits}", 1, 512 - hits) + same(nine, f"H{hits}", 2, hits)
    ]
    return Case((nine,), tuple(Branch(f"H{hits}") for hits in (1, 3, 7, 13)), {"nine": rows})


def half_a_digit_of_a_contribution() -> Case:
    """A branch of four beside another of four in its region: 17.4 / 64 of an odd number of 25 / 16."""
    pair = Instrument(
        "pair",
        (
            Factor("light", (Item("q1", 1, 9, 9, 2),), Decimal("17.4")),
            Factor("heavy", (Item("q2", 1, 9, 9, 2),), Decimal("46.6")),
        ),
    )
    rows: list[Row] = []
    branches = []
    for gap in range(1, 32, 2):
        above = [[1 + gap // 4 + (place < gap % 4), 5] for place in range(4)]
        rows += [response(pair, f"A{gap}", answers) for answers in above] + same(pair, f"B{gap}", [1, 5], 4)
        branches += [Branch(f"A{gap}", f"R{gap}"), Branch(f"B{gap}", f"R{gap}")]
    return Case((pair,), tuple(branches), {"pair": rows}, withheld_below=1, ranked_from=4)


def half_a_digit_by_respondents() -> Case:
    """Branches of four beside themselves a month ago: sixteenths of indices of 25/64, some an odd number of 25/1024."""
    rng = random.Random(4)
    pair = Instrument(
        "pair", (Factor("heavy", (Item("q1", 1, 9, 9, 2),), Decimal(3)), Factor("light", (Item("q2", 1, 9, 9, 2),))),
        rule="respondent",
    )  # fmt: skip
    rows = [
        response(pair, f"B{place}", [rng.randint(1, 9), rng.choice(["n", rng.randint(1, 9)])], period=period)
        for place in range(12)
        for period in (NOW, "2025-09")
        for _ in range(4)
    ]
    return Case((pair,), tuple(Branch(f"B{one}") for one in range(12)), {"pair": rows}, withheld_below=1, ranked_from=4)


def base_weights_of_thousands() -> Case:
    """Of the respondents' own index, some lacking factors."""
    of = replace(SERVICE, rule="respondent")
    rows = [row for place in range(3) for row in mixed(of, f"B{place}", 30, place, missing=0.4)]
    rows = [{**row, "weight": Decimal(7919 * (place + 1))} for place, row in enumerate(rows)]
    return Case((of,), tuple(Branch(f"B{place}") for place in range(3)), {of.id: rows}, weighted=True)


def huge_scales() -> Case:
    """Scales whose common span is beyond 32 bits, and of one item; answers at both ends."""
    spans = (254, 251, 241, 239)
    items = [Item(f"h{place}", -127, span - 127, span - 127, -127) for place, span in enumerate(spans)]
    wide = [Item(f"v{place}", -127, span - 127, span - 127, -127) for place, span in enumerate(spans[:3])]
    of = Instrument(
        "huge",
        (
            Factor("widest", tuple(items), Decimal("0.0001")),
            Factor("wide", tuple(wide), Decimal("99999.9999")),
            Factor("short", (Item("small", 0, 127, 127, 0),), Decimal("3.5")),
        ),
    )
    rng = random.Random(6)

    def answer(item: Item) -> int | str:
        return "n" if rng.random() < 0.25 else rng.choice([item.low, item.high, rng.randint(item.low, item.high)])

    rows = [response(of, f"B{place % 3}", [answer(item) for item in of.items]) for place in range(150)]
    rows = [row for row in rows if any(row[item.id] is not None for item in of.items)]
    return Case((of,), tuple(Branch(f"B{place}") for place in range(3)), {"huge": rows})


def all_missing() -> Case:
    """Nobody of a branch answered anything, which admission would not let through."""
    rows = same(SERVICE, "NOTHING", ["n"] * 6, 40) + mixed(SERVICE, "SOME", 40, 1)
    return Case((SERVICE,), (Branch("NOTHING"), Branch("SOME")), {"service": rows})


def all_missing_everywhere() -> Case:
    return Case((SERVICE,), (Branch("NOTHING"),), {"service": same(SERVICE, "NOTHING", ["n"] * 6, 40)})


def last_month_only() -> Case:
    return Case((SINGLE,), (Branch("A"),), {"single": same(SINGLE, "A", 5, 40, period="2025-09")})


def single_responses(ranked_from: int, before: int = 0) -> Case:
    """One response per branch, and thresholds that show it: no degrees of freedom."""
    rows = (
        same(SINGLE, "A", 8, 1) + same(SINGLE, "B", 7, 1) + mixed(SINGLE, "A", before, 1, missing=0, period="2025-09")
    )
    return Case((SINGLE,), (Branch("A"), Branch("B")), {"single": rows}, withheld_below=1, ranked_from=ranked_from)


def same_twice() -> Case:
    """The same answers in two months: Welch's degrees of freedom are a whole number."""
    rows = [
        replaced
        for place in range(12)
        for row in mixed(SINGLE, f"B{place}", 30 + place, place, missing=0)
        for replaced in (row, {**row, "period": "2025-09"}, {**row, "period": "2024-10"})
    ]
    targets = (Target("single", "index", Decimal("612.3")), Target("single", "all", Decimal("499")))
    return Case((SINGLE,), tuple(Branch(f"B{place}") for place in range(12)), {"single": rows}, targets=targets)


def one_answered_of(percent: int, items: int) -> Case:
    """From 0 to all items of a factor answered, under another rule than half."""
    of = Instrument(
        "rule", (Factor("f", tuple(Item(f"q{place}") for place in range(items))),), minimum_answered_percent=percent
    )
    rows = [
        row
        for answered in range(1, items + 1)
        for state in "bs"
        for row in same(of, "A", [5 + answered % 3] * answered + [state] * (items - answered), 3)
    ]
    return Case((of,), (Branch("A"),), {"rule": rows}, withheld_below=1, ranked_from=2)


def division_swapped() -> Case:
    """PC lacks a dimension, CV has all, NEV has begun: counting factors would call this whole."""
    branches = (
        Branch("A", divisions=("PC", "CV"), valid_to=date(2025, 10, 9)),
        Branch("A", divisions=("PC",), valid_from=date(2025, 10, 10)),
        Branch("B", divisions=("PC", "CV")),
    )
    rows = mixed(DEALER, "B", 40, 1, missing=0) + mixed(DEALER, "B", 40, 2, missing=0, division="CV")
    rows += [{**row, "r1": None, "missing": "...n"} for row in mixed(DEALER, "A", 40, 3, missing=0)]
    rows += mixed(DEALER, "A", 40, 4, missing=0, division="CV")
    return Case((DEALER,), branches, {"dealer": rows})


def division_given_up() -> Case:
    """Within the rolling window B gave up its division, which then lacked a dimension."""
    rows: list[Row] = []
    for period in ("2025-08", "2025-09", NOW):
        rows += mixed(DEALER, "A", 20, 1, missing=0, division="CV", period=period)
        if period != NOW:
            heard = mixed(DEALER, "B", 20, 2, missing=0, division="PC", period=period)
            rows += [{**row, "r1": None, "missing": "...n"} for row in heard]
    branches = (Branch("A", divisions=("CV",)), Branch("B", divisions=("PC",), valid_to=date(2025, 9, 30)))
    return Case((DEALER,), branches, {DEALER.id: rows})


def fourteen_months() -> Case:
    rows = [
        row
        for back in range(16)
        for branch in ("A", "B")
        for row in mixed(SINGLE, branch, 12 + back, back, missing=0, period=months_before(NOW, back))
    ]
    return Case((SINGLE,), (Branch("A"), Branch("B", "SOUTH", ("CV",))), {"single": rows})


CASES: Mapping[str, Callable[[], Case]] = {
    "constant branches": lambda: constant_branches(31, 30),
    "constant branches, pooled": lambda: constant_branches(10, 100),
    "constant branches, one response": lambda: constant_branches(1, 30),
    "a split ballot": split_ballot,
    "half a digit": half_a_digit,
    "half a digit of a contribution": half_a_digit_of_a_contribution,
    "half a digit of a contribution by respondents": half_a_digit_by_respondents,
    "base weights of thousands": base_weights_of_thousands,
    "huge scales": huge_scales,
    "all missing": all_missing,
    "all missing everywhere": all_missing_everywhere,
    "last month only": last_month_only,
    "single responses": lambda: single_responses(1),
    "single responses, pooled": lambda: single_responses(2),
    "single responses and a month before": lambda: single_responses(1, 12),
    "same twice": same_twice,
    "40 percent of 5": lambda: one_answered_of(40, 5),
    "67 percent of 3": lambda: one_answered_of(67, 3),
    "100 percent of 4": lambda: one_answered_of(100, 4),
    "1 percent of 7": lambda: one_answered_of(1, 7),
    "a division swapped": division_swapped,
    "sixteen months": fourteen_months,
    "division given up within the window": division_given_up,
}


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Case, Scored]]:
    """A single case and its scores, by name."""

    @cache
    def made(name: str) -> tuple[Case, Scored]:
        case = CASES[name]()
        return case, score_accepted(case, tmp_path_factory.mktemp("single"))

    return made


@pytest.mark.parametrize("name", CASES)
def test_a_single_case_agrees_with_the_second_implementation(
    name: str, single: Callable[[str], tuple[Case, Scored]]
) -> None:
    assert disagreements(*single(name)) == []


def test_nobody_answered_and_the_rows_are_there(single: Callable[[str], tuple[Case, Scored]]) -> None:
    _, scored = single("all missing")
    for measure in ("index", "skill", "care", "worth", "s1"):
        row = scored.score(NOW, "service", "branch", "NOTHING", measure)
        assert (row["n"], row["flag"], row["estimate"]) == (0, "none", None)


def test_rolling_figures_reach_back_and_no_further(single: Callable[[str], tuple[Case, Scored]]) -> None:
    _, scored = single("sixteen months")
    found: dict[str, set[str]] = {}
    for key in scored.scores:
        if key[2:6] == ("branch", "A", "index", "mean"):
            found.setdefault(key[6], set()).add(key[0])
    months = [months_before(NOW, back) for back in range(14)]
    assert (
        found
        == {  # of fourteen months that are read: what may be shown hangs on the month before a window too
            "month": set(months[:13]),
            "rolling_3": set(months[:11]),
            "rolling_12": set(months[:2]),
            "year_to_date": set(months[:10]),  # from January on; of the year before not all months are in reach
        }
    )
    assert scored.score(NOW, "single", "branch", "A", window="rolling_12")["n"] == sum(12 + back for back in range(12))


# ── intervals ────────────────────────────────────────────────────────────────────────────


def test_eight_of_ten_by_wilson(tmp_path: Path) -> None:
    rows = same(SINGLE, "A", 10, 8) + same(SINGLE, "A", 5, 2)
    case = Case((SINGLE,), (Branch("A"),), {"single": rows}, ranked_from=10)
    scored = score_accepted(case, tmp_path)
    top = scored.score(NOW, "single", "branch", "A", "q1", "top_box")
    bottom = scored.score(NOW, "single", "branch", "A", "q1", "bottom_box")
    assert [round(float(top[name]), 4) for name in ("estimate", "low", "high")] == [80, 49.0162, 94.3318]
    assert (bottom["estimate"], bottom["low"]) == (0, 0)
    assert round(float(bottom["high"]), 4) == 27.7533
    assert disagreements(case, scored) == []


def test_students_t(famous: Scored) -> None:
    known = [*range(1, 501), 1000, 10**5]
    with duckdb.connect(str(famous.folder / "warehouse.duckdb"), read_only=True) as connection:
        listed = ", ".join(f"({df})" for df in known)
        found = dict(connection.execute(f"SELECT df, t_975(df) FROM (VALUES {listed}) AS v(df)").fetchall())
        cut = connection.execute("SELECT t_975(7.999), t_975(7), t_975(101.5), t_975(101)").fetchall()[0]
        none = connection.execute("SELECT t_975(0), t_975(0.5), t_975(NULL)").fetchall()[0]
    assert set(found) == set(known)
    for df, value in found.items():
        assert value == pytest.approx(stats.t.ppf(0.975, df), rel=0, abs=1e-10), df
    assert cut[0] == cut[1]
    assert cut[2] == cut[3]
    assert none == (None, None, None)


# ── weights ──────────────────────────────────────────────────────────────────────────────


def weighted_case(weight: Callable[[int], Decimal | int], weighted: bool = True) -> Case:
    """Two instruments, two months, weights by the place of a response."""
    rng = random.Random(11)
    branches = tuple(Branch(f"B{place}", "NS"[place % 2] * 3, ("PC", "CV")) for place in range(6))
    rows: dict[str, list[Row]] = {}
    for of in (SERVICE, DEALER):
        found = [
            row
            for period in ("2025-09", NOW)
            for place, branch in enumerate(branches)
            for row in mixed(of, branch.id, 8 + 9 * place, 1, period=period)
        ]
        rows[of.id] = [
            {**row, "division": rng.choice(["PC", "PC", "CV"]), "weight": Decimal(weight(place))}
            for place, row in enumerate(found)
        ]
    targets = (Target("service", "index", Decimal(750)),)
    return Case((SERVICE, DEALER), branches, rows, targets, weighted=weighted)


def unequal(place: int) -> Decimal:
    return Decimal(random.Random(place).randint(1, 4_000_000_000)).scaleb(-9)


def test_unequal_weights_agree_with_the_second_implementation(tmp_path: Path) -> None:
    case = weighted_case(unequal)
    scored = score_files(case, tmp_path)
    assert disagreements(case, scored) == []
    row = scored.score(NOW, "service", "network", "network")
    assert row["n_eff"] < row["n"]


def figures(scored: Scored) -> tuple[object, object]:
    return scored.scores, scored.comparisons


def test_weights_of_1_and_weights_that_are_not_asked_for_are_no_weights(tmp_path: Path) -> None:
    without = score_accepted(weighted_case(lambda _: 1, weighted=False), tmp_path / "none")
    with_ones = score_accepted(weighted_case(lambda _: 1), tmp_path / "ones")
    assert figures(with_ones) == figures(without)
    not_asked = score_accepted(weighted_case(unequal, weighted=False), tmp_path / "weights")
    assert figures(not_asked) == figures(without)


def test_only_the_proportions_of_weights_count(tmp_path: Path) -> None:
    base = weighted_case(lambda place: unequal(place).quantize(Decimal("0.000001")) + 1)
    once = score_accepted(base, tmp_path / "once")
    rows = {name: [{**row, "weight": row["weight"] * 1000} for row in found] for name, found in base.rows.items()}
    assert figures(score_accepted(replace(base, rows=rows), tmp_path / "thousandfold")) == figures(once)


def test_a_weighted_mean_worked_out_by_hand(tmp_path: Path) -> None:
    """Answers 10 (weight 3) and 1 (weight 1): 75; n_eff = 4^2 / (3^2 + 1^2) = 1.6."""
    rows = same(SINGLE, "A", 10, 1, weight=3) + same(SINGLE, "A", 1, 1, weight=1)
    case = Case((SINGLE,), (Branch("A"),), {"single": rows}, weighted=True, withheld_below=2, ranked_from=2)
    row = score_accepted(case, tmp_path).score(NOW, "single", "branch", "A")
    assert (row["n"], row["n_eff"], row["estimate"]) == (2, Decimal("1.6"), Decimal("75"))
    # z = 3 (100 - 75) / 4 and 1 (0 - 75) / 4; variance = 2 ((z1^2 + z2^2) - (z1 + z2)^2 / 2)
    assert row["se"] ** 2 == pytest.approx(Decimal(4 * 18.75**2), rel=Decimal("1e-8"))


def test_the_second_implementation_itself() -> None:
    """Two branches, worked out by hand, so that the referee is refereed."""
    rows = same(SINGLE, "A", 10, 1) + same(SINGLE, "A", 1, 1) + same(SINGLE, "B", 4, 2)
    case = Case((SINGLE,), (Branch("A"), Branch("B")), {"single": rows}, withheld_below=1, ranked_from=2)
    made = Recomputed(case, NOW)
    figures = made.scores["single"].figures
    units = ("branch", "A"), ("network", "network")
    a, network = (figures.figure(("index", "mean"), "month", NOW, unit) for unit in units)
    assert a is not None
    assert network is not None
    assert a.estimate == 50
    assert figures.own_variance(("index", "mean"), a) == 2500  # s^2 / n = 5000 / 2
    assert network.estimate == Fraction(125, 3)  # 100, 0, 33.3, 33.3
    # strata: z of A = (100 - 41.7) / 4 and (0 - 41.7) / 4, which differ by 25; B does not vary
    assert figures.own_variance(("index", "mean"), network) == Fraction(2) * Fraction(25) ** 2 / 2
    row = made.score((NOW, "single", "branch", "A", "index", "mean", "month"))
    assert row is not None
    assert (a.df, network.df, row.rank) == (1, 2, 1)
    beside = made.comparison(("single", "branch", "A", "index", "month", "network"))
    assert beside is not None
    # A is half of the network: A - network = (A - B) / 2, and B does not vary
    assert beside.se == pytest.approx(25)
    assert beside.difference == Decimal("8.333333333")


def test_answers_wider_than_a_byte(tmp_path: Path) -> None:
    """A scale of 200 to 1,000 beside one of 0 to 100, from the exports to the table."""
    of = Instrument(
        "wide",
        (Factor("f1", (Item("q1", 200, 1000, 800, 500),), Decimal(3)), Factor("f2", (Item("q2", 0, 100, 90, 40),))),
    )
    rows = [response(of, branch, [200 + 37 * n % 801, 13 * n % 101]) for branch in "AB" for n in range(40)]
    case = Case((of,), (Branch("A"), Branch("B")), {of.id: rows})
    assert disagreements(case, score_files(case, tmp_path)) == []
