"""What must hold for any programme, tried on generated ones. The same ones each time."""

import random
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.recompute.case import Branch, Case, Factor, Instrument, Item, Row, Target
from pipeline.recompute.months import months_before
from pipeline.recompute.places import Places
from tests.agreement import disagreements
from tests.build import Scored, response, score_accepted
from tests.trials import tried

NOW = "2025-10"
MONTHS = tuple(months_before(NOW, back) for back in (12, 2, 1, 0))
SCALES = ((1, 10, 9, 4), (0, 10, 9, 3), (1, 5, 5, 2), (-3, 3, 3, -2), (0, 1, 1, 0))
HISTORIES: Mapping[str, tuple[tuple[date, date, str], ...]] = {
    "open": ((date(2000, 1, 1), date(9999, 12, 31), "NORTH"),),
    "elsewhere": ((date(2000, 1, 1), date(9999, 12, 31), "SOUTH"),),
    "moved": ((date(2000, 1, 1), date(2025, 9, 15), "NORTH"), (date(2025, 9, 16), date(9999, 12, 31), "SOUTH")),
    "opened": ((date(2025, 9, 30), date(9999, 12, 31), "SOUTH"),),
    "closed": ((date(2000, 1, 1), date(2025, 9, 30), "NORTH"),),
}


@st.composite
def instruments(draw: st.DrawFn, name: str, scales: tuple[tuple[int, int, int, int], ...]) -> Instrument:
    factors = []
    for place in range(draw(st.integers(1, 3))):
        chosen = draw(st.lists(st.sampled_from(scales), min_size=1, max_size=3))
        items = tuple(Item(f"{name}_{place}_{number}", *scale) for number, scale in enumerate(chosen))
        weight = Decimal(draw(st.integers(1, 300))).scaleb(-1)
        factors.append(Factor(f"{name}_{place}", items, weight))
    return Instrument(
        name, tuple(factors),
        rule=draw(st.sampled_from(["branch_factors", "mean_of_dimensions", "respondent"])),
        points=draw(st.sampled_from([100, 1000])),
        minimum_answered_percent=draw(st.sampled_from([50, 50, 67, 100, 1])),
    )  # fmt: skip


@st.composite
def programmes(draw: st.DrawFn, scales: tuple[tuple[int, int, int, int], ...] = SCALES, room: int = 0) -> Case:
    """room: answers stay so far below the top of their scale."""
    names = draw(st.sampled_from([("alpha",), ("alpha", "beta")]))
    used = tuple(draw(instruments(name, scales)) for name in names)
    branches: list[Branch] = []
    for place in range(draw(st.integers(1, 5))):
        for start, end, region in HISTORIES[draw(st.sampled_from(sorted(HISTORIES)))]:
            divisions = draw(st.sampled_from([("PC",), ("CV",), ("CV", "PC")]))
            branches.append(Branch(f"B{place}", region, divisions, start, end))
    months = draw(st.sampled_from([(NOW,), MONTHS[2:], MONTHS[1:], MONTHS, (MONTHS[0], NOW), MONTHS[:3]]))
    weighted = draw(st.booleans())
    seed = draw(st.integers(0, 2**32))
    rows = {of.id: _rows(of, branches, months, weighted, random.Random(f"{seed} {of.id}"), room) for of in used}
    low = draw(st.integers(1, 6))
    return Case(
        used, tuple(branches), rows,
        targets=_targets(used, random.Random(seed)),
        invited={used[0].id: {(NOW, one.id): seed % 50 for one in branches if one.valid_to > date(2025, 10, 1)}},
        weighted=weighted, withheld_below=low, ranked_from=draw(st.integers(low, 9)),
    )  # fmt: skip


def _rows(
    of: Instrument, branches: list[Branch], months: tuple[str, ...], weighted: bool, rng: random.Random, room: int
) -> list[Row]:
    """Few responses, or none, or all equal: small and odd bases are the rule here."""
    rows: list[Row] = []
    for period in months:
        for branch, here in Places(Case((), tuple(branches), {}), period).in_force(period).items():
            missing = rng.choice([0, 0.1, 0.6])
            equal = rng.random() < 0.15
            value = rng.random()
            for _ in range(rng.choice([0, 1, 2, 5, 9, 10, 14])):
                answers = [
                    rng.choice("snrb")
                    if rng.random() < missing
                    else item.low + int((value if equal else rng.random()) * (item.high - room - item.low + 1))
                    for item in of.items
                ]
                weight = Decimal(rng.randint(1, 5_000_000)).scaleb(-6) if weighted else 1
                rows.append(
                    response(of, branch, answers, period=period, division=rng.choice(here.divisions), weight=weight)
                )
    return rows


def _targets(used: tuple[Instrument, ...], rng: random.Random) -> tuple[Target, ...]:
    found = [Target(of.id, "index", Decimal(rng.randint(0, of.points * 1000)).scaleb(-3)) for of in used]
    own = Target(used[0].id, used[0].factors[0].id, Decimal(rng.randint(0, used[0].points)), "B0")
    return (*found, own)


def scored(case: Case, threads: int = 1) -> tuple[Scored, dict[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        made = score_accepted(case, Path(folder), threads=threads)
        files = ("scores.csv", "comparisons.csv", "scores.parquet", "comparisons.parquet")
        return made, {name: (Path(folder) / name).read_bytes() for name in files}


@tried(14)
@given(programmes())
def test_the_second_implementation_agrees(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert disagreements(case, score_accepted(case, Path(folder))) == []


@tried(3)
@given(programmes(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_threads_matter(case: Case, rng: random.Random) -> None:
    rows = {name: rng.sample(list(found), len(found)) for name, found in case.rows.items()}
    assert scored(replace(case, rows=rows), threads=8)[1] == scored(case, threads=1)[1]


NEAR = ("n_eff", "se", "low", "high")  # roots: to nine digits, or the last that is stored


@tried(3)
@given(programmes(), st.sampled_from([Decimal("0.5"), 3, 1000]))
def test_only_the_proportions_of_weights_count(case: Case, times: Decimal | int) -> None:
    weighted = replace(case, weighted=True)
    rows = {name: [{**row, "weight": row["weight"] * times} for row in found] for name, found in weighted.rows.items()}
    before, _ = scored(weighted)
    after, _ = scored(replace(weighted, rows=rows))
    for first, second in ((before.scores, after.scores), (before.comparisons, after.comparisons)):
        assert first.keys() == second.keys()
        for key, row in first.items():
            for name, cell in row.items():
                other = second[key][name]
                if name in ("n", "estimate", "difference", "df", "flag", "rank", "ranked", "verdict", "contribution"):
                    assert other == cell, (key, name)
                elif name in NEAR and cell is not None:
                    assert abs(other - cell) <= max(Decimal("1.001e-9"), abs(cell) * Decimal("1e-9")), (key, name)


@tried(3)
@given(programmes(), st.integers(1, 12))
def test_odd_branches_have_their_rows(case: Case, equal: int) -> None:
    """Empty, of one response, of equal ones, of none that was answered: every window has one row for each."""
    odd = ("EMPTY", "SINGLE", "EQUAL", "UNANSWERED")
    rows = {of.id: [*case.rows[of.id]] for of in case.instruments}
    for of in case.instruments:
        top = [item.high for item in of.items]
        rows[of.id] += [response(of, "SINGLE", top, period=NOW)]
        rows[of.id] += [response(of, "EQUAL", top, period=NOW) for _ in range(equal)]
        rows[of.id] += [response(of, "UNANSWERED", "n" * len(top), period=NOW) for _ in range(equal)]
    made, _ = scored(replace(case, branches=(*case.branches, *map(Branch, odd)), rows=rows))
    for of in case.instruments:
        for measure, statistic in (("index", "mean"), (of.factors[0].id, "mean"), (of.items[0].id, "top_box")):
            found = {one: made.score(NOW, of.id, "branch", one, measure, statistic) for one in odd}
            for name in ("EMPTY", "UNANSWERED"):
                assert (found[name]["n"], found[name]["flag"], found[name]["estimate"]) == (0, "none", None)
            for name, n in (("SINGLE", 1), ("EQUAL", equal)):
                row = found[name]
                assert row["n"] == n
                assert (row["estimate"] is None) == (row["flag"] == "withheld")
                assert row["flag"] == "withheld" or n >= case.withheld_below  # and may be, beside a small base
                if row["estimate"] is not None:
                    assert row["estimate"] == row["high"] == 100
                    assert 0 <= row["low"] <= 100
                    assert (row["flag"] == "ok") == (n >= case.ranked_from)
                    if statistic == "mean" and n > 1 and n >= case.ranked_from:
                        assert row["se"] == 0  # below that base it is what the branches have in common


@tried(4)
@given(programmes(), st.integers(0, 2**32), st.sampled_from(["NORTH", "ELSEWHERE"]))
def test_another_branch_leaves_the_figures_of_a_branch(case: Case, seed: int, region: str) -> None:
    """All of them where the base is large enough to need no pooled spread, ranks apart. What is withheld beside
    small bases may be another figure: all are looked at where nothing is."""
    case = replace(case, withheld_below=1)
    months = {of.id: tuple(sorted({row["period"] for row in case.rows[of.id]})) for of in case.instruments}
    another = Branch("ANOTHER", region, ("PC", "CV"))
    rng = random.Random(seed)
    more = {
        of.id: [*case.rows[of.id], *_rows(of, [another], months[of.id], case.weighted, rng, 0)]
        for of in case.instruments
    }
    before, _ = scored(case)
    after, _ = scored(replace(case, branches=(*case.branches, another), rows=more))
    kept = {key: row for key, row in before.scores.items() if key[2] in ("branch", "part")}
    assert kept.keys() <= after.scores.keys()
    for key, row in kept.items():
        same = {"n", "n_eff", "estimate", "flag", "printed"}
        if row["n"] >= case.ranked_from:
            same |= {"se", "df", "low", "high", "printed_low", "printed_high"}
        assert {name: after.scores[key][name] for name in same} == {name: row[name] for name in same}, key
    for key, row in before.comparisons.items():
        if key[1] == "branch" and key[5] not in ("region", "network", "peers"):  # what the other is part of
            for name in ("reference", "difference", "printed_difference"):
                assert after.comparisons[key][name] == row[name], key


@tried(4)
@given(programmes(scales=((1, 10, 9, 4),), room=3), st.integers(1, 3))
def test_a_constant_shifts_means_and_nothing_else(case: Case, constant: int) -> None:
    def shifted(of: Instrument, row: Row) -> Row:
        given = {item.id: row[item.id] + constant for item in of.items if row[item.id] is not None}
        return {**row, **given}

    rows = {of.id: [shifted(of, row) for row in case.rows[of.id]] for of in case.instruments}
    before, _ = scored(case)
    after, _ = scored(replace(case, rows=rows))
    step = Decimal(100 * constant) / 9
    digit = Decimal("1.001e-9")
    assert before.scores.keys() == after.scores.keys()
    for key, row in before.scores.items():
        moved = after.scores[key]
        for name in ("n", "n_eff", "df", "flag", "rank", "ranked"):
            assert moved[name] == row[name], (key, name)
        if key[5] == "mean" and row["estimate"] is not None:
            assert abs(moved["estimate"] - row["estimate"] - step) <= digit, key
            assert row["se"] is None or abs(moved["se"] - row["se"]) <= 2 * digit, key
    for key, row in before.comparisons.items():
        if key[5] != "target" and row["difference"] is not None:
            moved = after.comparisons[key]
            assert abs(moved["difference"] - row["difference"]) <= digit, key
            assert row["se"] is None or abs(moved["se"] - row["se"]) <= 2 * digit, key
            assert (moved["verdict"], moved["df"]) == (row["verdict"], row["df"]), key
