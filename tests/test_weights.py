"""Weights beside R's survey package, beside a second implementation in decimals, and against what
must hold of any weights."""

import csv
import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from conftest import Called, Network
from hypothesis import given
from hypothesis import strategies as st

from pipeline import diagnostics, instrument, inverse, programme, raking, trimming, weighting_page
from pipeline.catalogue import translator
from pipeline.pages import Pages
from pipeline.refusal import Refusal
from pipeline.weighting_words import weighting_in_words
from tests.trials import tried
from tests.weighted import HEAD, TEXTS, Weighted, margin, responses, rows, weigh, write

SCHOOLS = Path(__file__).parent / "oracles" / "apistrat.csv"
TIER, PLACE = margin("tier", "tier"), margin("place", "region")


def refused(folder: Path, *case: Any) -> tuple[str, ...]:
    with pytest.raises(Refusal) as found:
        weigh(folder, *case)
    return found.value.problems


def people(**counts: int) -> pl.DataFrame:
    """So many responses of each tier: people(t1=5, t2=3)."""
    return responses({"tier": name[1:]} for name, count in counts.items() for _ in range(count))


# ── R's survey package ───────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, list[float], Weighted]:
    with SCHOOLS.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    table = responses(
        {"segment": one["stype"], "contract": one["sch.wide"], "weight": Decimal(one["pw"]).quantize(Decimal("1e-9"))}
        for one in read
    )
    customers = rows("stype", {"E": 4421, "H": 755, "M": 1018}) + rows("wide", {"No": 1072, "Yes": 5122})
    weighting = '[weighting]\nbase = "column"\n' + margin("stype", "segment") + margin("wide", "contract")
    done = weigh(tmp_path_factory.mktemp("schools"), weighting, customers, table)
    return table, [float(one["api00"]) for one in read], done


def test_the_schools_as_r_weights_them(schools: tuple[pl.DataFrame, list[float], Weighted]) -> None:
    table, api00, done = schools
    final = done.final(table, column=True)
    assert (min(final), max(final)) == pytest.approx((15.04027773, 44.54256603), rel=1e-6)
    mean = sum(w * y for w, y in zip(final, api00, strict=True)) / sum(final)
    assert mean == pytest.approx(662.211650358, rel=1e-9)
    told = done.told()
    assert told["n"] == 200
    assert told["effective_n"] == pytest.approx(168.580156, rel=1e-8)
    assert told["design_effect"] == pytest.approx(200 / 168.580156, rel=1e-8)
    assert (told["min"], told["max"]) == pytest.approx((min(final), max(final)), abs=1e-9)
    assert told["margin_error"] < 1e-8
    wanted = np.quantile(final, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    assert [told[name] for name in ("p1", "p5", "p25", "median", "p75", "p95", "p99")] == pytest.approx(wanted)


def test_the_margins_of_the_schools(schools: tuple[pl.DataFrame, list[float], Weighted]) -> None:
    told = schools[2].told("wide", "No")
    assert told["target"] == told["after"] == 1072
    assert told["target_share"] == told["after_share"] == pytest.approx(100 * 1072 / 6194, abs=1e-6)
    before = sum(float(one["weight"]) for one in schools[0].iter_rows(named=True) if one["contract"] == "No")
    assert told["before"] == pytest.approx(before, abs=1e-6)
    assert told["responses"] == sum(one["contract"] == "No" for one in schools[0].iter_rows(named=True))


def test_what_the_inverse_leaves_of_a_variable(schools: tuple[pl.DataFrame, list[float], Weighted]) -> None:
    """Residuals by the tables the SQL reads, and by numpy's least squares."""
    table, y, done = schools
    keys = done.table("weights").columns[:-1]
    numbered = table.select(TEXTS).with_columns(pl.col(TEXTS).fill_null("")).with_row_index()
    of = numbered.join(done.table("margins"), on=keys)
    x = np.zeros((200, 5))
    x[of["index"].to_numpy(), of["margin"].to_numpy() - 1] = 1
    assert (x.sum(axis=1) == 2).all()
    w = table["weight"].cast(pl.Float64).to_numpy()  # before raking
    g = np.zeros((5, 5))
    for a, b, value in done.table("inverse").iter_rows():
        g[a - 1, b - 1] = value
    residual = np.array(y) - x @ g @ (x.T * w) @ np.array(y)
    wanted = np.linalg.lstsq(x * np.sqrt(w)[:, None], np.array(y) * np.sqrt(w), rcond=None)[0]
    assert residual == pytest.approx(np.array(y) - x @ wanted, abs=1e-8)
    assert np.linalg.matrix_rank(g) == 4, "the two margins add up to the same"


# ── what must hold of any weights ────────────────────────────────────────────────────────


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[dict[str, str]], dict[tuple[str, ...], dict[str, int]]]:
    """Responses in all combinations of two or three fields, and a population they can be raked to."""
    shape = draw(st.lists(st.integers(1, 4), min_size=2, max_size=3))
    fields = ("segment", "tier", "contract")[: len(shape)]
    whole = [dict(zip(fields, map(str, at), strict=True)) for at in np.ndindex(*shape)]
    more = draw(st.lists(st.sampled_from(whole), max_size=20))
    customers = [draw(st.integers(1, 500)) for _ in whole]
    sample = whole + more
    by: dict[tuple[str, ...], dict[str, int]] = {}
    for names in [(one,) for one in fields] + [fields[:2]]:
        found: dict[str, int] = defaultdict(int)
        for one, count in zip(whole, customers, strict=True):
            found["/".join(one[name] for name in names)] += count
        by[names] = dict(found)
    return sample, by


def declared(
    by: Mapping[tuple[str, ...], Mapping[str, int]], order: Sequence[tuple[str, ...]]
) -> tuple[str, list[str]]:
    weighting = "".join(margin("_".join(names), *names) for names in order)
    return weighting, [row for names in by for row in rows("_".join(names), by[names])]


def in_decimals(
    weights: Sequence[Decimal], labels: Sequence[Sequence[str]], targets: Sequence[Mapping[str, Decimal]]
) -> list[Decimal]:
    """Iterative proportional fitting, response by response, to 25 digits."""
    with localcontext() as context:
        context.prec = 40
        now = list(weights)
        for _ in range(5000):
            furthest = Decimal(0)
            for label, target in zip(labels, targets, strict=True):
                sums: dict[str, Decimal] = defaultdict(Decimal)
                for one, weight in zip(label, now, strict=True):
                    sums[one] += weight
                furthest = max(furthest, *(abs(sums[one] / target[one] - 1) for one in sums))
                now = [weight * target[one] / sums[one] for one, weight in zip(label, now, strict=True)]
            if furthest < Decimal("1e-25"):
                break
        return now


@tried(12)
@given(cases(), st.randoms(use_true_random=False))
def test_margins_are_met_whatever_the_order_and_a_second_implementation_agrees(
    tmp_path_factory: pytest.TempPathFactory, case: Any, chance: random.Random
) -> None:
    sample, by = case
    order = list(by)
    table = responses(sample)
    folder = tmp_path_factory.mktemp("any")
    done = weigh(folder / "a", *declared(by, order), table)
    final = done.final(table)
    for names, target in by.items():
        for category, customers in target.items():
            total = sum(w for one, w in zip(sample, final, strict=True) if "/".join(one[n] for n in names) == category)
            assert total == pytest.approx(customers, rel=1e-8)
    labels = [["/".join(one[name] for name in names) for one in sample] for names in order]
    targets = [{name: Decimal(count) for name, count in by[names].items()} for names in order]
    wanted = in_decimals([Decimal(1)] * len(sample), labels, targets)
    assert final == pytest.approx(list(map(float, wanted)), rel=1e-8, abs=1e-9)

    chance.shuffle(order)
    mixed = table.with_row_index().sample(fraction=1, shuffle=True, seed=chance.randrange(1000))
    again = weigh(folder / "b", *declared(by, order), mixed.drop("index"))
    back = dict(zip(mixed["index"], again.final(mixed), strict=True))
    assert [back[place] for place in range(len(sample))] == pytest.approx(final, rel=1e-8, abs=1.1e-9)


def test_base_weights_times_k_give_the_same_final_weights(tmp_path: Path) -> None:
    some = random.Random(1)
    made = [
        {"tier": some.choice("123"), "segment": some.choice("ab"), "weight": Decimal(some.randint(1, 40)) / 8}
        for _ in range(300)
    ]
    customers = rows("tier", {"1": 1000, "2": 3000, "3": 4000}) + rows("seg", {"a": 5000, "b": 3000})
    weighting = '[weighting]\nbase = "column"\n' + TIER + margin("seg", "segment")
    once, eight = responses(made), responses(one | {"weight": 8 * one["weight"]} for one in made)
    a, b = weigh(tmp_path / "a", weighting, customers, once), weigh(tmp_path / "b", weighting, customers, eight)
    assert b.final(eight, column=True) == pytest.approx(a.final(once, column=True), rel=1e-8)
    factors = [float(one) for one in a.table("weights")["factor"]]
    assert [8 * float(one) for one in b.table("weights")["factor"]] == pytest.approx(factors, rel=1e-8)


def test_the_same_bytes_again(tmp_path: Path) -> None:
    some = random.Random(2)
    table = responses(
        {"tier": some.choice("12345"), "segment": some.choice("abc"), "branch": some.choice(["N1", "N2", "S2"])}
        for _ in range(5000)
    )
    customers = rows("tier", {str(one): 1000 * one for one in range(1, 6)}) + rows(
        "seg", {"a": 7000, "b": 5000, "c": 3000}
    )
    digests = []
    for name, order in (("a", table), ("b", table), ("c", table.reverse())):
        folder = weigh(
            tmp_path / name,
            TIER + margin("seg", "segment") + '[weighting]\ntrim = "iqr"\n'
            if False
            else TIER + margin("seg", "segment"),
            customers,
            order,
        ).folder
        files = sorted(one for one in folder.rglob("*.parquet") if "responses" not in one.parts)
        assert len(files) == 4
        digests.append([hashlib.sha256(one.read_bytes()).hexdigest() for one in files])
    assert digests[0] == digests[1] == digests[2]


# ── what a weight is made of ─────────────────────────────────────────────────────────────


def test_nothing_is_written_where_nothing_is_asked(tmp_path: Path) -> None:
    done = weigh(tmp_path, '[weighting]\nbase = "column"\n', None, people(t1=3))
    assert not done.has("weights")
    assert not (tmp_path / "weighting.csv").exists()


def test_tiers_multiply_the_base_weight(tmp_path: Path) -> None:
    heavy = {"weight": Decimal("2.5")}
    table = responses([{"tier": "5", **heavy}, {"tier": "4", **heavy}, {"tier": None}])
    done = weigh(tmp_path, '[weighting]\nbase = "column"\n[weighting.tier]\n"5" = 1.5\n', None, table)
    assert done.table("weights").rows() == [("", Decimal(1)), ("4", Decimal(1)), ("5", Decimal("1.5"))]
    assert done.final(table, column=True) == [3.75, 2.5, 1.0]
    assert not done.has("margins")
    told = done.told()
    assert (told["n"], told["sum"], told["max"], told["iterations"]) == (3, 7.25, 3.75, 0)
    assert told["effective_n"] == pytest.approx(7.25**2 / (3.75**2 + 2.5**2 + 1), abs=1e-9)


def test_customers_by_responses_of_a_cell(tmp_path: Path) -> None:
    """The branch is placed by its last row of the month: S1 is a northern branch of tier B then."""
    table = responses({"branch": branch} for branch in ["N1", "N1", "N2", "S1", "S2"])
    weighting = '[weighting]\nbase = "population"\ncells = ["region", "branch_tier"]\n'
    customers = rows("cells", {"NORTH/A": 100, "NORTH/B": 50, "SOUTH/B": 7})
    done = weigh(tmp_path, weighting, customers, table)
    assert done.final(table) == [50, 50, 25, 25, 7]
    assert done.table("weights").columns == ["branch", "factor"]
    cells = [("N1", 50, 1, True), ("N2", 25, 2, True), ("S1", 25, 2, True), ("S2", 7, 3, True)]
    assert done.table("margins").rows() == cells
    assert done.table("inverse").rows() == [(1, 1, 1 / 100), (2, 2, 1 / 50), (3, 3, pytest.approx(1 / 7, rel=1e-15))]
    assert done.told("cells", "NORTH/B")["after"] == done.told("cells", "NORTH/B")["target"] == 50


def test_a_peer_of_branches_csv(tmp_path: Path) -> None:
    """Without that column every branch has the peer ''."""
    done = weigh(tmp_path, margin("peer", "peer"), ["*,peer,,,,10"], people(t1=4))
    assert done.table("weights").rows() == [("N1", Decimal("2.5"))]


def test_raking_within_each_region(tmp_path: Path) -> None:
    made = [
        {"branch": b, "tier": t}
        for b in ("N1", "S2")
        for t in "12"
        for _ in range({"N11": 1, "N12": 3, "S21": 2, "S22": 2}[b + t])
    ]
    table = responses(made)
    done = weigh(
        tmp_path,
        margin("rt", "region", "tier"),
        rows("rt", {"NORTH/1": 10, "NORTH/2": 6, "SOUTH/1": 4, "SOUTH/2": 8}),
        table,
    )
    assert done.table("weights").rows() == [("N1", "1", 10), ("N1", "2", 2), ("S2", "1", 2), ("S2", "2", 4)]


@pytest.mark.parametrize("count", [1, 7])
def test_one_category_or_one_respondent(count: int, tmp_path: Path) -> None:
    done = weigh(tmp_path, TIER + PLACE, [*rows("tier", {"1": 21}), *rows("place", {"NORTH": 21})], people(t1=count))
    assert done.table("weights").rows() == [("N1", "1", Decimal(21) / count)]
    assert done.told()["effective_n"] == count
    assert done.table("inverse").height == 1


def test_a_month_without_a_response(tmp_path: Path) -> None:
    tables = {"2025-09": people(), "2025-10": people(t1=2)}
    done = weigh(tmp_path, TIER, rows("tier", {"1": 4}), tables)
    assert [done.table(kind, "2025-09").height for kind in ("weights", "margins", "inverse")] == [0, 0, 0]
    assert done.table("weights", "2025-09").schema == done.table("weights").schema
    assert done.table("margins", "2025-09").schema == done.table("margins").schema
    assert (done.told(period="2025-09"), done.told()["n"]) == ({}, 2)


def test_every_month_has_its_own_population(tmp_path: Path) -> None:
    customers = ["*,tier,1,,2025-09-30,10", "*,tier,1,2025-10-01,,30"]
    done = weigh(tmp_path, TIER, customers, {"2025-09": people(t1=5), "2025-10": people(t1=5)})
    assert (done.table("weights", "2025-09")["factor"][0], done.table("weights")["factor"][0]) == (2, 6)


def test_margins_of_nearly_the_same_total_are_brought_to_the_first(tmp_path: Path) -> None:
    customers = [*rows("tier", {"1": 1000, "2": 2000}), *rows("place", {"NORTH": "3000.002"})]
    table = people(t1=2, t2=2)
    assert sum(weigh(tmp_path, TIER + PLACE, customers, table).final(table)) == pytest.approx(3000, rel=1e-9)


# ── trimming ─────────────────────────────────────────────────────────────────────────────


def spread(seed: int) -> pl.DataFrame:
    """Base weights with a long tail, in two fields."""
    some = random.Random(seed)
    return responses(
        {
            "tier": some.choice("123"),
            "segment": some.choice("ab"),
            "weight": round(Decimal(some.lognormvariate(0, 1.3)), 9) + Decimal("0.01"),
        }
        for _ in range(400)
    )


TRIMMED = rows("tier", {"1": 3000, "2": 3500, "3": 2500}) + rows("seg", {"a": 4000, "b": 5000})


@pytest.mark.parametrize("seed", range(4))
def test_trimming_to_quartiles_holds_bound_and_margins(seed: int, tmp_path: Path) -> None:
    table = spread(seed)
    raked = '[weighting]\nbase = "column"\n' + TIER + margin("seg", "segment")
    free = weigh(tmp_path / "free", raked, TRIMMED, table).final(table, column=True)
    done = weigh(tmp_path / "cut", raked.replace("column", 'column"\ntrim = "iqr'), TRIMMED, table)
    assert done.table("weights").columns == ["segment", "tier", "weight", "factor"]
    final = done.final(table, column=True)
    q1, median, q3 = np.quantile(free, [0.25, 0.5, 0.75])
    told = done.told()
    assert told["high_bound"] == pytest.approx(median + 6 * (q3 - q1), rel=1e-7)
    assert max(free) > told["high_bound"], "there is something to trim"
    assert max(final) <= told["high_bound"] * (1 + 2e-8)
    assert told["trimmed"] >= sum(one > told["high_bound"] for one in free) > 0
    for field, name in (("tier", "tier"), ("segment", "seg")):
        for category in table[field].unique():
            total = sum(w for w, one in zip(final, table[field], strict=True) if one == category)
            assert total == pytest.approx(done.told(name, category)["target"], rel=1e-8)


def test_trimming_to_bounds_keeps_the_sum_where_there_are_no_margins(tmp_path: Path) -> None:
    table = spread(7)
    done = weigh(tmp_path, '[weighting]\nbase = "column"\ntrim = "bounds"\nlow = 0.3\nhigh = 3\n', None, table)
    final, total = done.final(table, column=True), float(table["weight"].sum())
    assert sum(final) == pytest.approx(total, rel=1e-7)
    mean = total / table.height
    assert 0.3 * mean * (1 - 2e-8) <= min(final) < max(final) <= 3 * mean * (1 + 2e-8)
    assert done.told()["trimmed"] > 0


def test_nothing_beyond_the_bounds_is_nothing_trimmed(tmp_path: Path) -> None:
    table = people(t1=4, t2=5)
    done = weigh(tmp_path, '[weighting]\ntrim = "iqr"\n' + TIER, rows("tier", {"1": 10, "2": 10}), table)
    assert (done.told()["trimmed"], done.told()["high_bound"]) == (0, pytest.approx(2 + 6 * 0.5))
    assert done.final(table) == [2.5] * 4 + [2.0] * 5


@given(st.lists(st.tuples(st.floats(0.01, 100), st.integers(1, 9)), min_size=1, max_size=30), st.integers(0, 100))
def test_quantiles_are_those_of_numpy(pairs: list[tuple[float, int]], percent: int) -> None:
    values, counts = (np.array(one) for one in zip(*pairs, strict=True))
    wanted = np.quantile(np.repeat(values, counts), percent / 100)
    assert trimming.quantile(values, counts, percent) == pytest.approx(wanted, rel=1e-9)


# ── the generalised inverse ──────────────────────────────────────────────────────────────


@given(st.integers(0, 10_000))
def test_the_inverse_undoes_what_can_be_undone(seed: int) -> None:
    some = np.random.default_rng(seed)
    n = int(some.integers(1, 60))
    margins = []
    for place in range(int(some.integers(1, 4))):
        of = np.unique(some.integers(0, some.integers(1, 9), n), return_inverse=True)[1]
        margins.append(
            raking.Margin(str(place), ("tier",), tuple(map(str, range(of.max() + 1))), of, np.ones(of.max() + 1))
        )
    table = inverse.cross_products(some.random(n) + 0.1, margins)
    found = inverse.generalised_inverse(table)
    assert table @ found @ table == pytest.approx(table, rel=1e-8, abs=1e-9)
    assert (found == found.T).all()
    assert (np.abs(found).sum(axis=0) > 0).sum() == np.linalg.matrix_rank(table)
    assert (inverse.in_turn(table, 0) == found).all()


@given(st.integers(0, 10_000))
def test_margins_are_fitted_first_and_cells_on_what_they_leave(seed: int) -> None:
    some = np.random.default_rng(seed)
    n = int(some.integers(2, 60))
    of = [np.unique(some.integers(0, 4, n), return_inverse=True)[1] for _ in range(3)]
    margins = [
        raking.Margin(str(place), ("tier",), tuple(map(str, range(one.max() + 1))), one, np.ones(one.max() + 1))
        for place, one in enumerate(of)
    ]
    d, z = some.random(n) + 0.1, some.random(n)
    x = np.hstack([np.eye(len(one.categories))[one.of] for one in margins])
    cells = len(margins[0].categories)
    found = inverse.in_turn(inverse.cross_products(d, margins), cells)
    left = z
    for part in (x[:, cells:], x[:, :cells]):
        weighed = np.sqrt(d)[:, None] * part
        left = left - part @ np.linalg.lstsq(weighed, np.sqrt(d) * left)[0]
    assert z - x @ (found @ (x.T @ (d * z))) == pytest.approx(left, rel=1e-8, abs=1e-9)


# ── refusals ─────────────────────────────────────────────────────────────────────────────

AT = "2025-10, china_csi_2005: "


def test_a_category_without_a_response(tmp_path: Path) -> None:
    table = people(t1=3, t2=1, t3=2)
    assert refused(tmp_path, TIER, rows("tier", {"1": 9, "2": 9, "3": 9, "4": 1500, "5": 0}), table) == (
        f"{AT}margin tier, category '4': 1,500 customers but nobody answered. Collapse it with '2' (1 "
        "response): one id for both in the mapping, and one row with the sum of both.",
    )


def test_neighbours_share_the_other_fields(tmp_path: Path) -> None:
    table = responses({"branch": b, "tier": t} for b, t in [("N1", "1"), ("N1", "1"), ("N1", "3"), ("S2", "2")])
    customers = rows("rt", {"NORTH/1": 5, "NORTH/2": 5, "NORTH/3": 5, "SOUTH/2": 5})
    (problem,) = refused(tmp_path / "a", margin("rt", "region", "tier"), customers, table)
    assert "category 'NORTH/2': 5 customers but nobody answered. Collapse it with 'NORTH/3' (1 response)" in problem
    customers = rows("tr", {"1/NORTH": 5, "3/NORTH": 5, "2/SOUTH": 5, "2/NORTH": 5})
    (problem,) = refused(tmp_path / "b", margin("tr", "tier", "region"), customers, table)
    assert "Collapse it with '2/SOUTH' (1 response): one id for both in branches.csv," in problem


def test_a_category_that_the_population_lacks_or_has_nobody_in(tmp_path: Path) -> None:
    table = responses({"tier": one} for one in ["1", "1", "2", "3", None])
    assert refused(tmp_path, TIER, rows("tier", {"1": 9, "2": 0}), table) == (
        f"{AT}margin tier, category '': population.csv lacks it but 1 response has it. Add its row, or "
        "collapse it with '1' (2 responses): one id for both in the mapping, and one row with the sum of both.",
        f"{AT}margin tier, category '2': the population is 0 but 1 response has it. Correct it, or collapse "
        "it with '1' (2 responses): one id for both in the mapping, and one row with the sum of both.",
        f"{AT}margin tier, category '3': population.csv lacks it but 1 response has it. Add its row, or "
        "collapse it with '1' (2 responses): one id for both in the mapping, and one row with the sum of both.",
    )


def test_no_category_to_collapse_with(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, TIER, rows("tier", {"1": 0}), people(t1=2))
    assert problem.endswith(
        "2 responses have it. Correct it, or collapse: no other category is left; leave the margin out."
    )


def test_no_population_in_force(tmp_path: Path) -> None:
    tables = {"2025-09": people(t1=1), "2025-10": people(t1=1)}
    assert refused(tmp_path, TIER, ["*,tier,1,2025-10-01,,5"], tables) == (
        "2025-09, china_csi_2005: population.csv has no margin tier in force on 2025-09-30. Add its rows, or widen "
        "valid_from and valid_to.",
    )


def test_margins_of_different_totals(tmp_path: Path) -> None:
    customers = [*rows("tier", {"1": 1000, "2": 2000}), *rows("place", {"NORTH": 3001})]
    assert refused(tmp_path, TIER + PLACE, customers, people(t1=2, t2=2)) == (
        f"{AT}the population is 3,001 by margin place and 3,000 by margin tier. Make both the same in population.csv.",
    )


def test_margins_that_contradict_each_other(tmp_path: Path) -> None:
    """A region is its branches, and its tiers."""
    table = responses({"branch": b, "tier": t} for b, t in [("N1", "1"), ("N1", "2"), ("S2", "1"), ("S2", "2")])
    customers = rows("rt", {"NORTH/1": 5, "NORTH/2": 6, "SOUTH/1": 4, "SOUTH/2": 5}) + rows("b", {"N1": 12, "S2": 8})
    assert refused(tmp_path, margin("rt", "region", "tier") + margin("b", "branch"), customers, table) == (
        f"{AT}margin rt, 'NORTH/1', 'NORTH/2', and margin b, 'N1', are the same responses, but have 11 and 12 "
        "customers. Make both the same in population.csv, or collapse categories.",
        f"{AT}margin rt, 'SOUTH/1', 'SOUTH/2', and margin b, 'S2', are the same responses, but have 9 and 8 "
        "customers. Make both the same in population.csv, or collapse categories.",
    )


def test_a_branch_without_a_response(tmp_path: Path) -> None:
    customers = rows("b", {"N1": 12, "N2": 8})
    (problem,) = refused(tmp_path, margin("b", "branch"), customers, responses([{"branch": "N1"}]))
    assert problem.endswith("If the branch is closed, end its row with valid_to.")


def test_margins_that_cannot_be_met_together(tmp_path: Path) -> None:
    """Nobody of tier 2 is in segment a, so segment a cannot be larger than tier 1."""
    table = responses([{"tier": "1", "segment": "a"}, {"tier": "1", "segment": "b"}, {"tier": "2", "segment": "b"}])
    customers = rows("tier", {"1": 10, "2": 20}) + rows("seg", {"a": 15, "b": 15})
    (problem,) = refused(tmp_path, TIER + margin("seg", "segment"), customers, table)
    assert problem.startswith(f"{AT}raking does not converge; after 1,000 iterations margin tier is off by ")
    assert "Too many combinations of the margins have no response. Collapse it with '" in problem


def test_bounds_that_cannot_be_met(tmp_path: Path) -> None:
    bounds = '[weighting]\ntrim = "bounds"\nlow = 0.5\nhigh = 1.5\n'
    assert refused(tmp_path / "a", bounds + TIER, rows("tier", {"1": 10, "2": 90}), people(t1=5, t2=5)) == (
        f"{AT}the responses of margin tier, category '1', need a mean weight of 2, which is beyond the bounds "
        "5 and 15. Widen the bounds in [weighting], or collapse the category with another.",
        f"{AT}the responses of margin tier, category '2', need a mean weight of 18, which is beyond the "
        "bounds 5 and 15. Widen the bounds in [weighting], or collapse the category with another.",
    )
    made = [("1", "a")] * 5 + [("1", "b")] * 5 + [("2", "a")] * 5 + [("2", "b")] * 1
    customers = rows("tier", {"1": 80, "2": 80}) + rows("seg", {"a": 80, "b": 80})
    weighting = bounds + TIER + margin("seg", "segment")
    (problem,) = refused(tmp_path / "b", weighting, customers, responses({"tier": t, "segment": s} for t, s in made))
    assert problem.startswith(f"{AT}the margins cannot be met with weights from 5 to 15; after ")


def test_quartiles_that_say_nothing(tmp_path: Path) -> None:
    weighting = '[weighting]\ntrim = "iqr"\n[weighting.tier]\n"5" = 2\n'
    assert refused(tmp_path, weighting, None, people(t1=9, t5=1)) == (
        f'{AT}trim = "iqr" says nothing: at least half of the weights are 1, so the quartiles are the same. Use trim = '
        '"bounds" with low and high, or trim = "none".',
    )


def test_a_population_in_shares(tmp_path: Path) -> None:
    table = people(t1=700, t2=1100)
    (problem,) = refused(tmp_path, TIER, rows("tier", {"1": "0.31", "2": "0.69"}), table)
    assert problem == (
        f"{AT}weights down to 0.00044 are too small to be kept with nine decimals. Write the population in customers, "
        "not in shares, and tier factors near 1."
    )


def test_a_factor_that_does_not_fit(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, TIER, rows("tier", {"1": 10**14}), people(t1=2))
    assert problem == (
        f"{AT}a factor of 50,000,000,000,000 is more than the 999,999,999 that can be kept. Give the population in "
        "thousands."
    )


# ── strata ───────────────────────────────────────────────────────────────────────────────


def test_customers_of_the_strata(tmp_path: Path) -> None:
    table = responses({"branch": branch, "tier": "1"} for branch in ["N1", "N1", "S1", "S2"])
    design = '[design]\nstrata = ["region", "tier"]\nfinite = true\n'
    customers = rows("strata", {"NORTH/1": 3, "SOUTH/1": 9, "SOUTH/2": 4})
    done = weigh(tmp_path, design, customers, table)
    assert done.table("strata").rows() == [("NORTH", "1", 3.0), ("SOUTH", "1", 9.0)]
    assert not done.has("weights")
    whole = weigh(tmp_path / "w", "[design]\nstrata = []\nfinite = true\n", ["*,strata,,,,4"], table)
    assert whole.table("strata").rows() == [(4.0,)]


def test_strata_with_more_responses_than_customers_or_without_any(tmp_path: Path) -> None:
    table = responses({"branch": branch} for branch in ["N1", "N1", "S2"])
    design = "[design]\nfinite = true\n"
    assert refused(tmp_path / "a", design, rows("strata", {"N1": 1, "S2": 9}), table) == (
        f"{AT}strata, category 'N1': 2 responses of 1 customers. Correct the population in population.csv.",
    )
    (problem,) = refused(tmp_path / "b", design, rows("strata", {"N1": 5}), table)
    assert problem.startswith(f"{AT}strata, category 'S2': population.csv lacks it but 1 response has it.")


# ── on the page ──────────────────────────────────────────────────────────────────────────


def test_the_block_of_the_headquarters_report(tmp_path: Path) -> None:
    """Names where there are some, rounded once half away from zero, the widest gaps first to be kept."""
    made = 3 * [{"branch": "N1", "tier": "1"}] + [{"branch": "N1", "tier": "2"}] + 4 * [{"branch": "S2"}]
    weighting = "[weighting]\n" + margin("rt", "region", "tier")
    customers = rows("rt", {"NORTH/1": 40, "NORTH/2": 39.75, "SOUTH/": 20.25})
    folder = weigh(tmp_path, weighting, customers, responses(made)).folder
    site = programme.load(tmp_path)
    (csi,) = instrument.load(site)
    run = SimpleNamespace(site=site, instruments=(csi,), period="2025-10")
    tables = SimpleNamespace(weighting=diagnostics.read(folder))
    pages = SimpleNamespace(run=run, tables=tables, language="zh", names={}, gettext=translator("zh"))
    (block,) = weighting_page.weighting_blocks(cast(Pages, pages))
    assert (block.n, block.iterations, block.trimmed, block.left_out) == (8, 1, None, 0)
    weights = [40 / 3] * 3 + [39.75] + [20.25 / 4] * 4
    effective = sum(weights) ** 2 / sum(w * w for w in weights)
    assert block.effective_n == round(Decimal(effective), 1)
    assert block.design_effect == round(Decimal(8 / effective), 2)
    assert (block.lowest, block.median, block.highest) == (Decimal("5.06"), Decimal("9.20"), Decimal("39.75"))
    assert [(one.margin, one.name, one.responses) for one in block.lines] == [
        ("rt", "北 / 1", 3), ("rt", "北 / 2", 1), ("rt", "南 / 未填", 4),
    ]  # fmt: skip
    assert [str(one.before) for one in block.lines] == ["37.5", "12.5", "50.0"]
    assert [str(one.after) for one in block.lines] == ["40.0", "39.8", "20.3"]
    assert [str(one.target) for one in block.lines] == ["40.0", "39.8", "20.3"]
    earlier = SimpleNamespace(**{**vars(run), "period": "2025-09"})
    assert weighting_page.weighting_blocks(cast(Pages, SimpleNamespace(**{**vars(pages), "run": earlier}))) == ()


@pytest.mark.parametrize(
    ("weighting", "words"),
    [
        ("", "Every response counts once."),
        ('base = "column"', "Each response counts with its base weight."),
        ('base = "population"\ncells = ["tier"]', "Each response counts as customers by responses of its cell."),
        ('trim = "iqr"\n[weighting.tier]\n"5" = 2\n' + TIER + PLACE,
         "Weights are multiplied by a factor of the customer's tier. Weights are raked to the population by tier, "
         "place. No weight is over the median and six interquartile ranges."),
        ('base = "column"\ntrim = "bounds"\nlow = 0.3\nhigh = 3',
         "Each response counts with its base weight. No weight is under 0.3 or over 3 of the mean weight."),
    ],
)  # fmt: skip
def test_a_weighting_in_words(weighting: str, words: str, tmp_path: Path) -> None:
    site = write(tmp_path, f"[weighting]\n{weighting}\n", [])
    assert weighting_in_words(site.programme.weighting, "en", translator("en")) == words
    assert "。" in weighting_in_words(site.programme.weighting, "zh", translator("zh"))


# ── the way of a person ──────────────────────────────────────────────────────────────────


def test_csi_score_of_a_weighted_programme(small_csi: Network, csi: Callable[..., Called]) -> None:
    small = small_csi
    small.replace("programme.toml", '[weighting]\nbase = "none"', "[weighting]\n" + margin("place", "region")).replace(
        "programme.toml", 'targets = "targets.csv"', 'targets = "targets.csv"\npopulation = "population.csv"'
    )
    regions = {"NORTH": 9000, "EAST": 7000, "SOUTH": 6000, "CENTRAL": 5000, "WEST": 4000}
    (small.folder / "population.csv").write_text("\n".join([HEAD, *rows("place", regions), ""]))
    called = csi("score", small)
    assert called.status == 0, called.err
    folder = small.out / "score" / "2025-10"
    table = pl.read_parquet(folder / "weighting.parquet")
    with (folder / "weighting.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [tuple(one) for one in csv.reader(file)]
    assert told[0] == tuple(table.columns)
    assert [(*row[:-1], float(row[-1])) for row in told[1:]] == table.rows()
    keys = ["period", "instrument", "margin", "category", "statistic"]
    assert table.select(keys).is_unique().all()
    assert set(table["period"]) == {"2025-09", "2025-10"}
    after = table.filter(pl.col("margin") == "place", pl.col("statistic") == "after")
    assert {(row["category"], row["value"]) for row in after.iter_rows(named=True)} == set(regions.items())
    record = (folder / "run.json").read_text()
    assert '"population.csv"' in record
    assert '"weighting.csv"' in record
    assert '"accepted/weights/china_csi_2005/2025-09.parquet"' in record

    small.replace("population.csv", "9000", "9500")
    assert csi("score", small).status == 0
    assert (folder / "run.json").read_text().split('"run_id"')[1][:20] != record.split('"run_id"')[1][:20]
    small.replace("population.csv", "*,place,WEST,,,4000\n", "")
    assert any("category 'WEST': population.csv lacks it" in one for one in csi("score", small).problems)
