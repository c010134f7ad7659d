"""Every option of the design: strata, finite populations, levels, peers, weights, rules, successors. In every cell of
both tables the SQL agrees with the second implementation, on programmes made by hand and by chance."""

import random
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

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
    Row,
    Rule,
    Target,
)
from pipeline.recompute.months import months_before
from pipeline.recompute.places import Places
from pipeline.refusal import Refusal
from tests.agreement import disagreements
from tests.build import Sampled, asked, response, score_accepted
from tests.trials import tried

NOW = "2025-10"
HALF = Factor("half", (Item("h1", 0, 10, 9, 3),), Decimal("15.8"))
SPLIT = Factor(
    "split",
    weight=Decimal("20.4"),
    subfactors=(
        Factor("calm", (Item("m1"), Item("m2", 1, 5, 5, 2)), Decimal(3)),
        Factor("wild", (Item("w1"),), Decimal(2)),
    ),
)
PLAIN = Factor("plain", (Item("p1"), Item("p2")), Decimal("20.4"))
WHY = (Choice("why", ("price", "speed")),)
FAULTS = (Count("faults", (Item("noise", 0, 3, 3, 0), Item("leak", 0, 9, 9, 0))),)


def instrument(
    rule: Rule = "branch_factors", split: bool = False, more: bool = False, points: int = 1000
) -> Instrument:
    """split: with sub-factors. more: with a choice, counts and a net promoter score."""
    half = replace(HALF, items=(replace(HALF.items[0], nps=True),)) if more else HALF
    return Instrument(
        "visit", (SPLIT if split else PLAIN, half), rule, points,
        choices=WHY if more else (), counts=FAULTS if more else (),
    )  # fmt: skip


BRANCHES = (
    Branch("B0", "N", ("PC", "CV"), tier="A", peer="X"),
    Branch("B1", "N", ("PC",), tier="B", peer="X"),
    Branch("B2", "S", ("CV",), tier="A"),
    Branch("B3", "S", ("PC", "CV"), tier="", peer="Y"),
)
MOVED = (
    Branch("M", "N", ("PC",), valid_to=date(2025, 9, 15), tier="A", peer="X"),
    Branch("M", "S", ("PC", "CV"), valid_from=date(2025, 9, 16), tier="B", peer="Y"),
)
# C0 went to C1, and C1 to B1: an inheritance of an inheritance. D went to B0, which did not inherit.
CLOSED = (
    Branch("C0", "N", ("PC",), valid_to=date(2025, 8, 20), tier="A", successor="C1", inherits=True),
    Branch("C1", "S", ("PC",), valid_to=date(2025, 9, 30), tier="A", successor="B1", inherits=True),
    Branch("D", "S", ("CV",), valid_to=date(2025, 9, 10), tier="B", successor="B0"),
)
GROUPINGS = (
    Grouping("star", ("tier",)),
    Grouping("seg", ("segment",)),
    Grouping("size", ("branch_tier",)),
    Grouping("region_seg", ("region", "segment")),
    Grouping("branch_seg", ("branch", "segment")),
)


def rows(
    of: Instrument, branches: Sequence[Branch], months: Sequence[str], seed: int, sizes: Sequence[int] = (0, 1, 2, 5, 8)
) -> list[Row]:
    """Small and odd bases: no response, one, some; answers missing; attributes known or not."""
    rng = random.Random(seed)
    found: list[Row] = []
    for period in months:
        for name, here in sorted(Places(Case((), tuple(branches), {}), period).in_force(period).items()):
            for _ in range(rng.choice(sizes)):
                answers = [
                    rng.choice("snb") if rng.random() < 0.15 else rng.randint(item.low, item.high) for item in asked(of)
                ]
                chosen = {
                    one.id: [option for option in one.options if rng.random() < 0.5]
                    for one in of.choices
                    if rng.random() < 0.8
                }
                found.append(
                    response(
                        of, name, answers, period=period, division=rng.choice(here.divisions),
                        weight=Decimal(rng.randint(1, 30)).scaleb(-1), chosen=chosen,
                        segment=rng.choice(["u", "v", "v", ""]), tier=rng.choice(["1", "2", "2", ""]),
                    )
                )  # fmt: skip
    return found


def populated(case: Case, seed: int = 0) -> Case:
    """With the customers of every stratum that was heard; of some no more than were heard."""
    rng, counts = random.Random(seed), tally(case, case.design.strata)
    many = {key: Fraction(n + rng.choice([0, 1, 7, 40])) for key, n in counts.items()}
    return replace(case, populations={case.instruments[0].id: many})


def values(case: Case, row: Row, by: Sequence[str]) -> tuple[str, ...]:
    return tuple(Places(case, NOW).field(row, name) for name in by)


def tally(case: Case, by: Sequence[str]) -> dict[tuple[str, ...], int]:
    """(period, values) -> responses."""
    found: dict[tuple[str, ...], int] = defaultdict(int)
    for row in case.rows[case.instruments[0].id]:
        found[row["period"], *values(case, row, by)] += 1
    return found


def raked(case: Case, margins: Mapping[str, tuple[str, ...]], seed: int = 0) -> Sampled:
    """With margins that can be met: what the responses add up to when each is multiplied with a factor of its
    category in every margin."""
    rng = random.Random(seed)
    name = case.instruments[0].id
    times: dict[tuple[str, str, str], int] = defaultdict(lambda: rng.randint(5, 20))
    found: dict[str, dict[tuple[str, str], Fraction]] = {margin: defaultdict(Fraction) for margin in margins}
    for row in case.rows[name]:
        weight = Fraction(row["weight"]) if case.weighted else Fraction(1)
        categories = {margin: (row["period"], "/".join(values(case, row, by))) for margin, by in margins.items()}
        for margin, (period, category) in categories.items():
            weight *= Fraction(times[margin, period, category], 10)
        for margin, key in categories.items():
            found[margin][key] += weight
    customers = {(name, margin): dict(of) for margin, of in found.items()}
    return sampled(case, margins=margins, customers=customers)


def of_cells(case: Case, cells: tuple[str, ...], tiers: Mapping[str, Decimal], seed: int = 0) -> Sampled:
    rng = random.Random(seed)
    many = {(period, "/".join(of)): n * rng.randint(2, 9) for (period, *of), n in tally(case, cells).items()}
    customers = {(case.instruments[0].id, "cells"): many}
    return sampled(replace(case, weighted=False), cells=cells, tiers=tiers, customers=customers)


def sampled(case: Case, **more: object) -> Sampled:
    known = {name: getattr(case, name) for name in Case.__dataclass_fields__}
    return Sampled(**known, **more)  # type: ignore[arg-type]


def made(
    of: Instrument, months: Sequence[str], branches: Sequence[Branch], seed: int,
    sizes: Sequence[int] = (0, 1, 2, 5, 8), **more: object,
) -> Case:  # fmt: skip
    low = 2 + seed % 2
    return Case(
        (of,), tuple(branches), {of.id: rows(of, branches, months, seed, sizes)},
        targets=(Target(of.id, "index", Decimal(60)), Target(of.id, "half", Decimal(50), "B0")),
        bonuses=(Bonus("gold", of.id, Decimal(of.points) * 55 / 100),),
        invited={of.id: {(NOW, "B0"): 40}}, withheld_below=low, ranked_from=low + 3, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def wrong(case: Case) -> list[str]:
    """The cells of both tables in which the two disagree."""
    with tempfile.TemporaryDirectory() as folder:
        return disagreements(case, score_accepted(case, Path(folder)))


# ── by hand ──────────────────────────────────────────────────────────────────────────────

TWO = ("2025-09", NOW)


@pytest.mark.parametrize(
    ("strata", "rule"),
    [
        (("branch",), "mean_of_dimensions"),
        (("branch",), "respondent"),
        (("segment",), "branch_factors"),
        (("segment",), "mean_of_dimensions"),
        (("branch", "segment"), "branch_factors"),
        (("branch", "segment"), "mean_of_dimensions"),
        ((), "mean_of_dimensions"),
        ((), "respondent"),
    ],
)
def test_strata(strata: tuple[str, ...], rule: Rule) -> None:
    case = made(
        instrument(rule), TWO, (*BRANCHES, *MOVED), 1, design=Design(strata), groupings=GROUPINGS[:2],
        peers=("branch_tier",) if "branch" in strata else (),
    )  # fmt: skip
    assert wrong(case) == []


@pytest.mark.parametrize("single", ["adjust", "average", "certainty"])
@pytest.mark.parametrize(
    ("strata", "rule"),
    [
        (("branch",), "branch_factors"),
        (("branch", "segment"), "mean_of_dimensions"),
        (("segment", "tier"), "mean_of_dimensions"),
        ((), "respondent"),
    ],
)
def test_finite_populations_and_strata_of_one(strata: tuple[str, ...], rule: Rule, single: str) -> None:
    design = Design(strata, finite=True, single=single)  # type: ignore[arg-type]
    case = made(instrument(rule), TWO, BRANCHES, 2, (0, 1, 1, 3, 6), design=design, groupings=(GROUPINGS[1],))
    assert wrong(populated(case)) == []


@pytest.mark.parametrize("single", ["adjust", "average", "certainty"])
def test_every_stratum_is_of_one(single: str) -> None:
    case = made(instrument(), TWO, BRANCHES, 3, (1,), design=Design(single=single))  # type: ignore[arg-type]
    assert wrong(replace(case, withheld_below=1, ranked_from=1)) == []
    assert wrong(replace(case, withheld_below=1, ranked_from=2)) == []


@pytest.mark.parametrize("rule", ["branch_factors", "mean_of_dimensions", "respondent"])
@pytest.mark.parametrize("strata", [("branch",), ("segment",)], ids="-".join)
def test_margins(strata: tuple[str, ...], rule: Rule) -> None:
    case = made(
        instrument(rule, split=True), TWO, BRANCHES, 4, (2, 5, 8), design=Design(strata), weighted=True,
        groupings=(GROUPINGS[1], GROUPINGS[3]), peers=("branch_tier",) if "branch" in strata else (),
    )  # fmt: skip
    assert wrong(raked(case, {"place": ("region",), "kind": ("segment",)})) == []


@pytest.mark.parametrize("peers", [(), ("branch_tier",), ("peer",), ("region", "branch_tier")], ids="-".join)
def test_peers(peers: tuple[str, ...]) -> None:
    case = made(instrument("mean_of_dimensions"), TWO, (*BRANCHES, *MOVED), 5, (3, 6), peers=peers)
    assert wrong(case) == []
    assert wrong(raked(case, {"place": ("branch",), "kind": ("segment", "division")})) == []


@pytest.mark.parametrize(
    ("rule", "weighted"), [("branch_factors", False), ("mean_of_dimensions", True), ("respondent", True)]
)
def test_every_level_and_every_kind_of_measure(rule: Rule, weighted: bool) -> None:
    of = instrument(rule, split=True, more=True, points=100)
    case = made(
        of, (NOW,), (*BRANCHES, *MOVED), 6, (0, 2, 6), weighted=weighted, groupings=GROUPINGS,
        design=Design(("branch", "tier")), peers=("peer",),
    )  # fmt: skip
    assert wrong(case) == []


@pytest.mark.parametrize("rule", ["branch_factors", "mean_of_dimensions"])
def test_cells_of_the_population_and_weights_of_tiers(rule: Rule) -> None:
    case = made(instrument(rule, more=True), TWO, BRANCHES, 7, (2, 5), groupings=GROUPINGS[:3])
    of_tiers = {"1": Decimal("1.5"), "2": Decimal("0.75")}
    assert wrong(of_cells(case, ("region", "segment"), {})) == []
    assert wrong(of_cells(replace(case, design=Design(("region",))), ("branch_tier",), of_tiers)) == []
    assert wrong(sampled(replace(case, weighted=True), tiers=of_tiers)) == []


@pytest.mark.parametrize("rule", ["branch_factors", "mean_of_dimensions"])
def test_cells_first_and_then_a_margin(rule: Rule) -> None:
    case = made(instrument(rule, more=True), TWO, BRANCHES, 12, (2, 5), groupings=GROUPINGS[:2], peers=("peer",))
    many = of_cells(case, ("region",), {"1": Decimal("1.5")})
    of_tiers = {(period, tier): Fraction(0) for period, tier in tally(case, ("tier",))}
    for (period, _), customers in many.customers["visit", "cells"].items():
        for place, (when, tier) in enumerate(sorted(of_tiers)):
            of_tiers[when, tier] += Fraction(customers) * (1, 2, 1)[place % 3] / 4 if when == period else 0
    customers = {**many.customers, ("visit", "tier"): of_tiers}
    assert wrong(replace(many, margins={"tier": ("tier",)}, customers=customers)) == []


def test_margins_of_a_finite_population_and_bounds() -> None:
    design = Design(("branch",), finite=True, single="average")
    case = made(instrument(), TWO, BRANCHES, 8, (1, 3, 6), design=design, weighted=True, groupings=GROUPINGS[1:2])
    many = raked(case, {"kind": ("segment",)})
    assert wrong(populated(many)) == []
    loose = replace(many, trim="bounds", bounds=(Decimal("0.05"), Decimal(8)))
    assert wrong(populated(loose)) == []


def test_closed_branches_as_they_were_and_as_they_are_seen_now(tmp_path: Path) -> None:
    """C0's history goes by way of C1 to B1, D's to nobody; M is in another region than it was."""
    months = tuple(months_before(NOW, back) for back in range(4))
    case = made(instrument(), months, (*BRANCHES, *MOVED, *CLOSED), 9, (2, 4))
    found = score_accepted(case, tmp_path)
    assert disagreements(case, found) == []
    before = {one.id: found.score("2025-08", "visit", "branch", one.id)["n"] for one in (*BRANCHES, *CLOSED)}
    now = {one.id: found.score("2025-08", "visit", "branch_as_is", one.id)["n"] for one in BRANCHES}
    assert now == {one.id: before[one.id] for one in BRANCHES} | {"B1": before["B1"] + before["C0"] + before["C1"]}
    moved = found.score("2025-08", "visit", "branch", "M")["n"]
    assert found.score("2025-08", "visit", "region_as_is", "N")["n"] == now["B0"] + now["B1"]
    assert found.score("2025-08", "visit", "region_as_is", "S")["n"] == now["B2"] + now["B3"] + moved
    assert found.score("2025-08", "visit", "network", "network")["n"] == sum(before.values()) + moved


@pytest.mark.parametrize(
    ("period", "rule"),
    [("2025-01", "branch_factors"), ("2025-12", "mean_of_dimensions"), ("2025-12", "respondent")],
)
def test_a_year_to_date_and_windows_that_overlap(period: str, rule: Rule, tmp_path: Path) -> None:
    """In January it is the month alone, in December it is the year; rolling_12 beside the twelve months before."""
    months = [months_before(period, back) for back in range(14)]
    small = made(instrument(rule), months, BRANCHES[:2], 10, (1, 2), design=Design(("region",)))
    case = replace(small, withheld_below=1)  # else every month is withheld, and the windows with them
    found = score_accepted(case, tmp_path, period)
    assert disagreements(case, found, period) == []
    year = found.score(period, "visit", "network", "network", window="year_to_date")
    same = found.score(period, "visit", "network", "network", window="month" if period == "2025-01" else "rolling_12")
    assert {**year, "window": ""} == {**same, "window": ""}
    assert found.comparison("visit", "branch", "B0", "index", "previous", "rolling_12")["se"] is not None


def test_a_level_is_known_from_the_responses_of_its_own_instrument() -> None:
    """Of each segment that some response of the windows has; what nobody scored has a row without a figure."""
    one, other = instrument(), replace(instrument(), id="other")
    case = made(one, TWO, BRANCHES, 11, (3,), groupings=GROUPINGS[1:2])
    alone = [response(one, "B0", [8, "b", "n"], segment="lonely")]
    beside = rows(replace(one, id="other"), BRANCHES, TWO, 12, (4,))
    both = replace(
        case,
        instruments=(one, other),
        rows={"visit": [*case.rows["visit"], *alone], "other": [{**row, "segment": "else"} for row in beside]},
    )
    assert wrong(both) == []


# ── by chance ────────────────────────────────────────────────────────────────────────────

FIELDS = ("branch", "region", "branch_tier", "peer", "division", "segment", "tier")
SPELLS = ((NOW,), TWO, ("2025-08", *TWO), ("2024-10", *TWO), ("2025-09",))


def some(fields: Sequence[str], least: int, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(fields), min_size=least, max_size=most, unique=True).map(tuple)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    of = instrument(
        draw(st.sampled_from(["branch_factors", "mean_of_dimensions", "respondent"])),
        draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from([100, 1000])),
    )  # fmt: skip
    few = BRANCHES[:2]
    groups = [BRANCHES[:3], BRANCHES, (*few, *MOVED), (*few, BRANCHES[2], *CLOSED), (*MOVED, *CLOSED, *few)]
    strata = draw(some(FIELDS, 0, 2))
    design = Design(strata, draw(st.booleans()), draw(st.sampled_from(["adjust", "average", "certainty"])))
    groupings = [Grouping(f"g{place}", by) for place, by in enumerate(draw(st.lists(some(FIELDS, 1, 3), max_size=2)))]
    peers = draw(some(("region", "branch_tier", "peer"), 0, 2)) if "branch" in strata else ()
    seed = draw(st.integers(0, 2**32))
    case = made(
        of, draw(st.sampled_from(SPELLS)), draw(st.sampled_from(groups)), seed,
        draw(st.sampled_from([(0, 1, 2, 5, 8), (1,), (4, 7), (0, 3)])),
        design=design, groupings=tuple(groupings), peers=peers, weighted=draw(st.booleans()),
    )  # fmt: skip
    by = draw(st.lists(some(FIELDS, 1, 2), min_size=1, max_size=2))
    tiers = draw(st.sampled_from([{}, {"1": Decimal("1.5"), "2": Decimal("0.25")}]))
    match draw(st.sampled_from(["plain", "raked", "raked", "trimmed", "cells", "tiers"])):
        case "raked":
            case = raked(case, {f"m{place}": one for place, one in enumerate(by)}, seed)
        case "trimmed":
            bounds = Decimal("0.1"), Decimal(6)
            case = replace(raked(case, {"m": by[0]}, seed), trim="bounds", bounds=bounds)
        case "cells":
            case = of_cells(case, by[0], tiers, seed)
        case "tiers":
            case = sampled(case, tiers=tiers)
    return populated(case, seed) if design.finite else case


@tried(4)
@given(cases())
def test_any_programme(case: Case) -> None:
    try:
        found = wrong(case)
    except Refusal:  # margins that cannot be met, or not within the bounds
        reject()
    assert found == []
