"""Everything that two runs publish, as linear equations in what each group of respondents answered: no withheld figure
and no withheld count follows from it. tests/test_suppression.py has the rule by itself, in many more worlds.

An unknown is the sum of one item's answers over respondents that nothing published tells apart: of one month, branch,
division, segment, of the same flag, who answered the same items."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.recompute.case import Bonus, Branch, Case, Factor, Grouping, Instrument, Item, Row, Target
from pipeline.recompute.figure import Figure
from pipeline.recompute.measures import factor_shares
from pipeline.recompute.month import Recomputed
from pipeline.recompute.months import months_before
from tests.build import frame, read, response, score_frames
from tests.linear import Span

NOW = "2025-10"
MONTHS = tuple(months_before(NOW, back) for back in (2, 1, 0))
OF = Instrument("plain", (
    Factor("a", (Item("a1"), Item("a2")), Decimal(3)), Factor("b", (Item("b1"),), Decimal(2)),
))  # fmt: skip
Form = Mapping[Any, Fraction]


def branch_factors() -> Case:
    """Small in October: A in the north, all of the west; C's first factor alone; E has a small segment."""
    sizes = {"A": (24, 22, 4), "B": (30, 31, 33), "C": (26, 25, 27), "D": (41, 40, 44), "E": (36, 35, 34),
             "W": (15, 14, 6), "V": (14, 16, 2)}  # fmt: skip
    regions = {"A": "N", "B": "N", "C": "S", "D": "S", "E": "N", "W": "W", "V": "W"}
    tiers = {"A": "X", "B": "X", "C": "Y", "D": "X", "E": "Y", "W": "Y", "V": "X"}
    branches = tuple(Branch(one, regions[one], tier=tiers[one]) for one in sizes)
    return case(OF, branches, sizes)


def mean_of_dimensions() -> Case:
    sizes = {"A": (24, 22, 4), "B": (30, 31, 33), "C": (44, 45, 47), "D": (41, 40, 44)}
    branches = tuple(Branch(one, "NS"[one > "B"], ("PC", "CV")) for one in sizes)
    return case(replace(OF, rule="mean_of_dimensions"), branches, sizes)


def respondents() -> Case:
    """Many lack the one factor or the other. In October all of A have the first alone, all of B beside it have both:
    what a response of A adds to an index, none of B takes back."""
    sizes = {"A": (24, 22, 4), "B": (30, 31, 33), "C": (44, 45, 47), "D": (41, 40, 44)}
    branches = tuple(Branch(one, "NS"[one > "B"], tier="XY"[one in "BD"]) for one in sizes)
    return case(replace(OF, rule="respondent"), branches, sizes, lacking=True)


def case(
    of: Instrument, branches: tuple[Branch, ...], sizes: Mapping[str, tuple[int, ...]], lacking: bool = False
) -> Case:
    """lacking: some have no score of the first factor, and in October none of A one of the second, all of B both."""
    rng = random.Random(5)
    rows: list[Row] = []
    for branch in branches:
        for month, size in zip(MONTHS, sizes[branch.id], strict=True):
            for place in range(size):
                told: list[int | str] = [rng.randint(1, 10) for _ in range(3)]
                if place % 5 == 1:
                    told[1] = "b"
                if lacking and month == NOW and branch.id in "AB":
                    told[2] = "n" if branch.id == "A" else told[2]
                elif place % 7 == 2 or ((branch.id, month) == ("C", NOW) and place > 7):
                    told[2] = "n"
                elif lacking and place % 11 == 3:
                    told[:2] = "nn"
                rows.append(response(
                    of, branch.id, told, period=month, division=branch.divisions[place % len(branch.divisions)],
                    segment="old" if branch.id == "E" and place % 9 == 0 else "new",
                ) | {"flags": rng.choice(["speeding", "all_top", None])})  # fmt: skip
    return Case(
        (of,), branches, {of.id: rows}, targets=(Target(of.id, "index", Decimal(600)),),
        bonuses=(Bonus("gold", of.id, Decimal(700)),), peers=("branch_tier",),
        groupings=(Grouping("kind", ("segment", "region")),),
    )  # fmt: skip


@dataclass
class Forms:
    """Every figure as a linear form of the unknowns."""

    right: Recomputed

    @property
    def of(self) -> Any:
        return self.right.scores[OF.id]

    def brought(self, factor: str, window: str, period: str, unit: tuple[str, str]) -> tuple[Fraction, Form]:
        """The mean share of a factor in the respondents' own indices, and the mean of that share times its score."""
        survey, index = self.of.survey, self.of.figures.figure(("index", "mean"), window, period, unit)
        weight = sum(survey.weights[one] for one in index.members)
        mean, form = Fraction(0), defaultdict[Any, Fraction](Fraction)
        for one in index.members:
            row = survey.rows[one]
            share = _shares(row).get(factor, Fraction(0)) * survey.weights[one] / weight
            mean += share
            for item, each in _items(factor, row).items() if share else ():
                form[_group(row), item] += share * each
        return mean, form

    def figure(self, measure: str, window: str, period: str, unit: tuple[str, str], statistic: str = "mean") -> Form:
        found = self.of.figures.figure((measure, statistic), window, period, unit)
        return {} if found is None else self.of_figure(found)

    def of_figure(self, found: Figure) -> Form:
        survey = self.of.survey
        form: dict[Any, Fraction] = defaultdict(Fraction)
        for term in found.terms:
            for one in found.parts[term.part]:
                if survey.value(term.variable, one) is not None:
                    for item, share in _items(term.variable[0], survey.rows[one]).items():
                        form[_group(survey.rows[one]), item] += term.share * survey.weights[one] * share / term.weight
        return form

    def part(
        self, factor: str, period: str, unit: tuple[str, str], branches: set[str], division: str
    ) -> tuple[Fraction, Form]:
        """What these branches weigh in a unit's factor, and the sum of their answers. division: "" of all."""
        survey = self.of.survey
        weight, form = Fraction(0), defaultdict[Any, Fraction](Fraction)
        for one in survey.units(unit[0], period).get(unit[1], ()):
            row = survey.rows[one]
            here = row["branch"] in branches and survey.part(one) == division
            if here and survey.value((factor, "mean"), one) is not None:
                weight += survey.weights[one]
                for item, share in _items(factor, row).items():
                    form[_group(row), item] += survey.weights[one] * share
        return weight, form


def _group(row: Row) -> tuple[Any, ...]:
    answered = tuple(row[item.id] is not None for item in OF.items)
    return row["period"], row["branch"], row["division"], row["segment"], row["flags"] is not None, answered


def _items(variable: str, row: Row) -> dict[str, Fraction]:
    """How much each answer counts in a respondent's factor; an item is itself."""
    if variable == "index":
        return {item: share * each for one, share in _shares(row).items() for item, each in _items(one, row).items()}
    factor = next((one for one in OF.factors if one.id == variable), None)
    if factor is None:
        return {variable: Fraction(1)}
    answered = [item.id for item in factor.items if row[item.id] is not None]
    return dict.fromkeys(answered, Fraction(1, len(answered)))


def _shares(row: Row) -> dict[str, Fraction]:
    """Of a respondent's own index: of the factors with an answer to half of the items."""
    weights = {
        one.id: Fraction(one.weight) for one in OF.factors if any(row[item.id] is not None for item in one.items)
    }
    return {one: weight / sum(weights.values()) for one, weight in weights.items()}


def added(*forms: tuple[Fraction | int, Form]) -> Form:
    found: dict[Any, Fraction] = defaultdict(Fraction)
    for times, form in forms:
        for key, value in form.items():
            found[key] += times * value
    return found


# ── what a run publishes ─────────────────────────────────────────────────────────────────


@dataclass
class Run:
    period: str
    folder: Path
    forms: Forms
    others: Forms  # without the flagged responses

    def rows(self, name: str) -> list[dict[str, Any]]:
        return pl.read_parquet(self.folder / f"{name}.parquet").to_dicts()

    def scores(self) -> Iterator[tuple[bool, Form]]:
        """Whether it is withheld, and the figure: of scores.csv and of what stands beside in reliability.csv."""
        for row in self.rows("scores"):
            if row["statistic"] == "mean" and row["flag"] != "none":
                form = self.forms.figure(row["measure"], row["window"], row["period"], (row["level"], row["unit"]))
                yield row["flag"] == "withheld", form

    def comparisons(self) -> Iterator[Form]:
        compared, shares = self.forms.right.comparisons[OF.id], factor_shares(self.forms.of.survey.instrument)
        for row in self.rows("comparisons"):
            unit = row["level"], row["unit"]
            here = self.forms.figure(row["measure"], row["window"], self.period, unit)
            if compared.line(unit, row["measure"], row["against"], self.period) is not None:
                there: Form = {}
            else:
                period, other = compared.reference(unit, row["against"], self.period) or (self.period, unit)
                there = self.forms.figure(row["measure"], row["window"], period, other)
                if row["reference"] is not None:
                    yield there
            if row["difference"] is not None:
                yield added((1, here), (-1, there))
            if row["contribution"] is None:
                continue
            if self.forms.of.survey.instrument.rule != "respondent":
                yield added((shares[row["measure"]], here), (-shares[row["measure"]], there))
                continue
            places = (self.period, unit), (period, other)
            (a, mine), (b, theirs) = (self.forms.brought(row["measure"], row["window"], *one) for one in places)
            indices = [self.forms.figure("index", row["window"], *one) for one in places]
            yield added((1, mine), (-1, theirs), *(((b - a) / 2, one) for one in indices))

    def without_flagged(self) -> Iterator[Form]:
        for row in self.rows("integrity"):
            if row["what"] == "without_flagged" and row["estimate"] is not None:
                yield self.others.figure("index", "month", self.period, ("branch", row["unit"]))

    def changes(self) -> Iterator[Form]:
        """performance, entered, left and total; mix is what is left of total."""
        back = {"last_month": 1, "last_year": 12}
        hidden = {row["unit"].partition("/")[0] for row in self.rows("scores") if row["flag"] == "withheld"
                  and row["level"] in ("branch", "part") and row["window"] == "month"
                  and row["period"] in (self.period, *MONTHS[-2:])}  # fmt: skip
        everyone = [{one.id} for one in self.forms.right.case.branches if one.id not in hidden] + [hidden]
        split = self.forms.right.changes[OF.id]
        for row in self.rows("change_split"):
            unit, then = (row["level"], row["unit"]), months_before(self.period, back[row["against"]])
            found: dict[str, Form] = {"performance": {}, "entered": {}, "left": {}, "total": {}}
            for (division, (factor, _)), o in split.shares(split.parts(unit, self.period)).items():
                both = [
                    [self.forms.part(factor, period, unit, branches, division) for period in (self.period, then)]
                    for branches in (set().union(*everyone), *everyone)
                ]
                (all1, sum1), (all0, sum0) = both[0]
                means = {
                    self.period: {key: x / all1 for key, x in sum1.items()},
                    then: {key: x / all0 for key, x in sum0.items()},
                }
                middle = added((Fraction(1, 2), means[self.period]), (Fraction(1, 2), means[then]))
                found["total"] = added((1, found["total"]), (o, means[self.period]), (-o, means[then]))
                for (w1, x1), (w0, x0) in both[1:]:
                    s1, s0 = w1 / all1, w0 / all0
                    if w1 and w0:
                        share = o * (s1 + s0) / 2
                        found["performance"] = added((1, found["performance"]), (share / w1, x1), (-share / w0, x0))
                    elif w1:
                        found["entered"] = added((1, found["entered"]), (o * s1 / w1, x1), (-o * s1, middle))
                    elif w0:
                        found["left"] = added((1, found["left"]), (-o * s0 / w0, x0), (o * s0, middle))
            yield from found.values()


def published(of: Case, folder: Path) -> list[Run]:
    """The runs of the last two months."""
    runs = []
    for period in MONTHS[1:]:
        rows = [row for row in of.rows[OF.id] if row["period"] <= period]
        frames = {}
        for month in MONTHS[: MONTHS.index(period) + 1]:
            mine = [row for row in rows if row["period"] == month]
            flags = pl.Series("flags", [row["flags"] for row in mine], pl.String)
            frames[OF.id, month] = frame(of.instruments[0], mine).with_columns(flags)
        score_frames(of, frames, folder / period, period)
        told = read(folder / period)
        assert told.scores
        forms = [Forms(Recomputed(replace(of, rows={OF.id: list(some)}), period))
                 for some in (rows, [row for row in rows if row["flags"] is None])]  # fmt: skip
        runs.append(Run(period, folder / period, *forms))
    return runs


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    return published(branch_factors(), tmp_path_factory.mktemp("two-runs"))


def test_no_withheld_figure_follows_from_all_tables_of_two_runs(two_runs: list[Run]) -> None:
    nothing_follows(two_runs)
    assert two_runs[-1].rows("change_split"), "where indices are shown changes are split"
    assert any(two_runs[-1].without_flagged())


def test_nor_where_the_index_is_a_mean_over_divisions(tmp_path: Path) -> None:
    nothing_follows(published(mean_of_dimensions(), tmp_path))


def test_nor_where_it_is_the_mean_of_the_respondents_own(tmp_path: Path) -> None:
    runs = published(respondents(), tmp_path)
    nothing_follows(runs)
    added = [row["contribution"] for run in runs for row in run.rows("comparisons") if row["measure"] == "b"]
    assert sum(one is not None for one in added) > 30


def nothing_follows(runs: list[Run]) -> None:
    hidden, forms = [], []
    for run in runs:
        for withheld, form in run.scores():
            (hidden if withheld else forms).append(form)
        for more in (run.comparisons(), run.without_flagged(), run.changes()):
            forms += more
    known = Span(forms)
    assert hidden
    assert [form for form in hidden if known.holds(form)] == []
    # the system is no empty one: with the figures of the branch that keeps A company, A's would follow
    for row in runs[-1].rows("scores"):
        if row["unit"] != "A" and row["flag"] == "withheld" and row["statistic"] == "mean":
            unit = row["level"], row["unit"]
            known.add(runs[-1].forms.figure(row["measure"], row["window"], row["period"], unit))
    assert known.holds(runs[-1].forms.figure("index", "month", NOW, ("branch", "A")))


def test_no_withheld_count_of_flags_follows(two_runs: list[Run]) -> None:
    """Flags of branches with a withheld index, from those of the others and the network's, in all their sums."""
    run = two_runs[-1]
    rows = [row for row in run.rows("integrity") if row["what"] not in ("accepted", "without_flagged")]
    shown = {row["unit"] for row in rows if row["level"] == "branch"}
    hidden = {one.id for one in run.forms.right.case.branches} - shown
    assert "A" in hidden
    counted = {one: sum(row["branch"] == one for row in run.forms.of.survey.rows) for one in shown}
    known = Span()
    for what in {row["what"] for row in rows}:
        mine = {row["unit"]: row["n"] for row in rows if row["what"] == what}
        assert mine["network"] == sum(n for unit, n in mine.items() if unit != "network"), "of those that are shown"
        for unit in mine:
            known.add({(one, what): 1 for one in (counted if unit == "network" else [unit])})
        assert not any(known.holds({(one, what): 1}) for one in hidden)
