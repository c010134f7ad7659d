"""Values that other programs have worked out (R's survey package, mostly), from data as a programme to the published
table. tests/oracles/README.md says where each comes from."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from pathlib import Path
from statistics import NormalDist

import duckdb
import pytest

from pipeline.recompute.case import Branch, Case, Design, Factor, Instrument, Item, Row, Rule
from tests.build import Sampled, Scored, packaged, response, score_files

ORACLES = Path(__file__).parent / "oracles"
MAY = "2000-05"
CUSTOMERS = {"E": 4421, "H": 755, "M": 1018}  # schools of each type in California
# 0 to 100 as in the file: F1 and F2 of (api - 200) / 8, F3 and F4 as they are, F5 in steps of 2.5.
ITEMS = {
    "F1": Item("api00", 200, 1000, 706, 500),
    "F2": Item("api99", 200, 1000, 800, 500),
    "F3": Item("meals", 0, 100, 90, 40),
    "F4": Item("full", 0, 100, 95, 40),
    "F5": Item("acs", 0, 40, 30, 10),
}
WEIGHTS = {"F1": 30, "F2": 25, "F3": 20, "F4": 15, "F5": 10}
SCHOOLS = Instrument(
    "schools", tuple(Factor(name.lower(), (item,), Decimal(WEIGHTS[name])) for name, item in ITEMS.items()), points=100
)
STRATIFIED = Design(("segment",), finite=True)  # drawn by type of school


def read() -> list[dict[str, str]]:
    with (ORACLES / "apistrat.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def programme(
    design: Design, branch: str = "sch.wide", rule: Rule = "branch_factors", schools: Sequence[dict[str, str]] = ()
) -> Case:
    of = replace(SCHOOLS, rule=rule)
    rows: list[Row] = []
    for one in schools or read():
        steps = [None if one[name] == "NA" else Fraction(one[name]) * (item.high - item.low) / 100 + item.low
                 for name, item in ITEMS.items()]  # fmt: skip
        assert all(step is None or step.denominator == 1 for step in steps)
        answers = ["b" if step is None else int(step) for step in steps]
        weight = Decimal(one["pw"]).quantize(Decimal("1e-9"))
        rows.append(
            response(of, one[branch].upper(), answers, period=MAY, division="X", weight=weight, segment=one["stype"])
        )
    branches = tuple(Branch(name, "CA", ("X",)) for name in sorted({row["branch"] for row in rows}))
    populations = {"schools": {(MAY, kind): Fraction(number) for kind, number in CUSTOMERS.items()}}
    return Case(
        (of,), branches, {"schools": rows}, weighted=True, withheld_below=1, ranked_from=1, design=design,
        populations=populations if design.finite else {},
    )  # fmt: skip


def scored(case: Case, folder: Path) -> Scored:
    """From an export, by `csi score`."""
    return score_files(case, folder, MAY)


def figure(of: Scored, level: str, unit: str, measure: str = "index") -> tuple[float, float]:
    row = of.score(MAY, "schools", level, unit, measure)
    return float(row["estimate"]), float(row["se"])


def close(value: float | tuple[float, ...]) -> object:
    """All of nine digits, or what is left of them by nine decimals here and there."""
    return pytest.approx(value, rel=1e-9, abs=1.1e-9)


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> Scored:
    return scored(programme(STRATIFIED), tmp_path_factory.mktemp("schools"))


def test_a_mean_of_a_stratified_sample(schools: Scored, tmp_path: Path) -> None:
    mean, se = figure(schools, "network", "network", "f1")
    assert (200 + 8 * mean, 8 * se) == close((662.287363159, 9.408940803))
    endless = scored(programme(replace(STRATIFIED, finite=False)), tmp_path)
    assert 8 * figure(endless, "network", "network", "f1")[1] == close(9.536132297)
    assert figure(endless, "network", "network") == close((59.831168627, 1.191509862))


def test_a_composite_of_factors_with_all_their_covariances(schools: Scored) -> None:
    assert figure(schools, "network", "network") == close((59.831168627, 1.175782029))


def test_a_composite_of_domains_that_cut_the_strata(schools: Scored) -> None:
    assert figure(schools, "branch", "NO") == close((55.845020607, 2.249654674))
    assert figure(schools, "branch", "YES") == close((60.676012558, 1.333184773))
    # rows outside the domain count as 0, they are not dropped; six decimals are known
    assert figure(schools, "branch", "NO", "f1")[1] == pytest.approx(2.327396, abs=5.1e-7)


def test_a_composite_of_whole_strata(tmp_path: Path) -> None:
    found = scored(programme(Design(("branch",), finite=True), "stype"), tmp_path)
    assert figure(found, "branch", "E") == close((60.328633929, 1.59988165))
    assert figure(found, "branch", "H") == close((61.61175, 1.817540758))
    assert figure(found, "branch", "M") == close((58.318352041, 1.905938163))
    assert figure(found, "network", "network") == close((59.831168627, 1.175782029))


def test_the_mean_of_indices_of_respondents(tmp_path: Path) -> None:
    found = scored(programme(STRATIFIED, rule="respondent"), tmp_path)
    assert figure(found, "network", "network") == close((60.10566471, 1.286755974))


def test_raked_to_two_margins(tmp_path: Path) -> None:
    case = programme(STRATIFIED)
    margins = {"stype": ("segment",), "wide": ("branch",)}
    customers = {
        ("schools", "stype"): {(MAY, kind): number for kind, number in CUSTOMERS.items()},
        ("schools", "wide"): {(MAY, "NO"): 1072, (MAY, "YES"): 5122},
    }
    known = {name: getattr(case, name) for name in Case.__dataclass_fields__}
    found = scored(Sampled(**known, margins=margins, customers=customers), tmp_path)
    mean, se = figure(found, "network", "network", "f1")
    assert (200 + 8 * mean, 8 * se) == close((662.211650358, 9.269547606))
    n_eff = float(found.score(MAY, "schools", "network", "network", "f1")["n_eff"])
    assert n_eff == pytest.approx(168.580156, rel=4e-9)  # so many digits are known
    with (found.folder / "weighting.csv").open(encoding="utf-8-sig", newline="") as file:
        told = {one["statistic"]: float(one["value"]) for one in csv.DictReader(file) if not one["margin"]}
    assert (told["min"], told["max"]) == pytest.approx((15.04027773, 44.54256603), rel=1e-9)


@pytest.mark.parametrize(("single", "se"), [("adjust", 23.333709), ("average", 11.305739), ("certainty", 9.231097)])
def test_a_stratum_of_one_response(single: str, se: float, tmp_path: Path) -> None:
    """Of the high schools only the first of the file has answered."""
    every = read()
    first = next(one for one in every if one["stype"] == "H")
    kept = [one for one in every if one["stype"] != "H" or one is first]
    count = {kind: sum(one["stype"] == kind for one in kept) for kind in CUSTOMERS}
    weighed = [{**one, "pw": str(Decimal(CUSTOMERS[one["stype"]]) / count[one["stype"]])} for one in kept]
    case = programme(replace(STRATIFIED, single=single), schools=weighed)  # type: ignore[arg-type]
    found = scored(case, tmp_path)
    assert 8 * figure(found, "network", "network", "f1")[1] == pytest.approx(se, abs=5.1e-7)


def wilson(share: float, n: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.975)
    middle, root = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - root) / (1 + z * z / n), (middle + root) / (1 + z * z / n)


def test_a_share_of_a_domain_with_weights(schools: Scored) -> None:
    """Not school-wide, and fully taught (or 706 and more): the share, and its error from the strata. The interval
    that R gives is Wilson's on p (1 - p) / se^2, 36.4; the one that is published stands on Kish's n, 38.8, as every
    effective n of the tables does."""
    for item in ("full", "api00"):
        row = schools.score(MAY, "schools", "branch", "NO", item, "top_box")
        share, se = float(row["estimate"]) / 100, float(row["se"]) / 100
        assert share == pytest.approx(0.228575, abs=5.1e-7)
        assert wilson(share, share * (1 - share) / se**2) == pytest.approx((0.122211, 0.386727), abs=5.1e-7)
        published = [float(row["low"]) / 100, float(row["high"]) / 100]
        assert published == pytest.approx(wilson(share, float(row["n_eff"])), abs=1e-9)
        assert wilson(share, row["n"]) == pytest.approx((0.132625, 0.364750), abs=5.1e-7)
        assert published[0] < 0.132625 < 0.364750 < published[1]  # wider than on 48 schools that count the same


def test_districts_side_by_side(tmp_path: Path) -> None:
    """The one-way analysis of variance by district, and how far the funnel is wider than chance."""
    of = replace(SCHOOLS, factors=SCHOOLS.factors[:1])
    with (ORACLES / "apiclus1.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            response(of, f"D{one['dnum']}", [int(one["api00"])], period=MAY, division="X")
            for one in csv.DictReader(file)
        ]
    branches = tuple(Branch(name, "CA", ("X",)) for name in sorted({row["branch"] for row in rows}))
    found = scored(Case((of,), branches, {"schools": rows}, withheld_below=1, ranked_from=1), tmp_path)
    with duckdb.connect(str(found.folder / "warehouse.duckdb"), read_only=True) as connection:
        values = connection.execute(
            "SELECT one, tau2, reliability, phi FROM reliability WHERE level = 'branch' AND measure = 'index' "
            "AND window_id = 'month' AND period = ?", [MAY],
        ).fetchone()  # fmt: skip
    assert values is not None
    assert tuple(map(float, values)) == close((99.262397153, 85.130985417, 0.908121179, 6.724611743))


def test_eight_of_ten(tmp_path: Path) -> None:
    of = Instrument("single", (Factor("all", (Item("q1"),)),))
    rows = [response(of, "A", [10 if place < 8 else 5]) for place in range(10)]
    case = Case((of,), (Branch("A"),), {"single": rows}, withheld_below=1, ranked_from=1)
    row = score_files(case, tmp_path).score("2025-10", "single", "branch", "A", "q1", "top_box")
    assert (float(row["low"]) / 100, float(row["high"]) / 100) == close((0.490162472, 0.943317849))


def test_every_factor_at_800_is_800(tmp_path: Path) -> None:
    """The published weights of the China CSI sum to 100.1, its index is no 800.8."""
    of = packaged("china_csi_2005")
    # 7 or 8 of the 9 steps above the lowest, 7.2 on average
    rows = [response(of, "A", [9 if place < 2 else 8] * len(of.items)) for place in range(10)]
    case = Case((of,), (Branch("A"),), {of.id: rows}, withheld_below=1, ranked_from=1)
    found = score_files(case, tmp_path)
    for measure in ("index", *(factor.id for factor in of.factors)):
        row = found.score("2025-10", of.id, "branch", "A", measure)
        assert (row["estimate"], row["printed"]) == (Decimal(80), Decimal(800))
