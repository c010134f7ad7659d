"""The scores of a programme, worked out a second time: from single responses, in whole fractions.

Written for an auditor to read beside pipeline/sql, and sharing nothing with it. The SQL works on
sums per branch; here every formula is the one of the textbook, response by response, and every
number is a `Fraction` until the moment it is stored. Only square roots and Student's t are floats.

A response is a dict: period, branch, division, weight, one whole number or None per item, and
`missing`, one letter per item in the order of the instrument (None when all were answered).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import floor, sqrt
from typing import Any

from scipy import stats

Row = Mapping[str, Any]
Key = tuple[str, ...]

HISTORY_MONTHS = 13  # a run looks back so far
WINDOWS = {"month": 1, "rolling_3": 3, "rolling_12": 12}
NOT_ASKED = "s"


# ── what is scored ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Item:
    id: str
    low: int = 1
    high: int = 10
    top_from: int = 9
    bottom_to: int = 4


@dataclass(frozen=True)
class Factor:
    id: str
    items: tuple[Item, ...]
    weight: Decimal = Decimal(1)


@dataclass(frozen=True)
class Instrument:
    """rule: branch_factors or mean_of_dimensions."""

    id: str
    factors: tuple[Factor, ...]
    rule: str = "branch_factors"
    points: int = 1000
    minimum_answered_percent: int = 50

    @cached_property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for factor in self.factors for item in factor.items)


@dataclass(frozen=True)
class Branch:
    """A branch from one day to another. A branch that moves stands twice."""

    id: str
    region: str = "NORTH"
    divisions: tuple[str, ...] = ("PC",)
    valid_from: date = date(2000, 1, 1)
    valid_to: date = date(9999, 12, 31)


@dataclass(frozen=True)
class Target:
    """branch "*" stands for every branch; one that is named goes before it."""

    instrument: str
    measure: str
    target: Decimal
    branch: str = "*"
    valid_from: date = date(2000, 1, 1)
    valid_to: date = date(9999, 12, 31)


@dataclass(frozen=True)
class Case:
    """A programme and everything its customers said, by instrument.

    invited: instrument -> (period, branch) -> customers asked."""

    instruments: tuple[Instrument, ...]
    branches: tuple[Branch, ...]
    rows: Mapping[str, Sequence[Row]]
    targets: tuple[Target, ...] = ()
    invited: Mapping[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)
    weighted: bool = False
    withheld_below: int = 10
    ranked_from: int = 30


# ── small words ──────────────────────────────────────────────────────────────────────────


def months_before(period: str, count: int) -> str:
    number = int(period[:4]) * 12 + int(period[5:]) - 1 - count
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def first_day(period: str) -> date:
    return date(int(period[:4]), int(period[5:]), 1)


def last_day(period: str) -> date:
    return first_day(months_before(period, -1)) - timedelta(days=1)


def rounded(value: Fraction, places: int) -> Decimal:
    """Half away from zero."""
    count = floor(abs(value) * 10**places + Fraction(1, 2))
    return Decimal(count if value >= 0 else -count).scaleb(-places)


def total(numbers: Iterable[Fraction]) -> Fraction:
    return sum(numbers, Fraction(0))


def stored(value: Fraction) -> Decimal:
    return rounded(value, 9)


def printed(value: Decimal, points: int) -> Decimal:
    """A stored figure on the published scale."""
    return rounded(Fraction(value) * points / 100, 1)


def t_975(df: int) -> float:
    return float(stats.t.ppf(0.975, df))


def welch(first: tuple[Fraction, int], second: tuple[Fraction, int]) -> int:
    """Welch (1947): (V1 + V2)^2 / (V1^2 / df1 + V2^2 / df2), fractions cut off; those of the first
    where neither varies."""
    varying = [(variance, df) for variance, df in (first, second) if variance]
    if not all(df for _, df in varying):
        return 0
    if not varying:
        return first[1]
    return floor(total(v for v, _ in varying) ** 2 / total(v**2 / df for v, df in varying))


def wilson(share: Fraction, n: Fraction) -> tuple[float, float]:
    """Wilson (1927): the shares p that lie within z standard errors of the one observed."""
    p, z = float(share), float(stats.norm.ppf(0.975))
    root = z * sqrt(p * (1 - p) / float(n) + z * z / (4 * float(n) ** 2))
    middle, divisor = p + z * z / (2 * float(n)), 1 + z * z / float(n)
    return max(0.0, (middle - root) / divisor), min(1.0, (middle + root) / divisor)


# ── a response ───────────────────────────────────────────────────────────────────────────


def factor_score(instrument: Instrument, factor: Factor, row: Row) -> Fraction | None:
    """100 x the mean of its answered items, each from 0 to 1; None if fewer than the instrument's
    share of those that were asked were answered."""
    places = {item.id: place for place, item in enumerate(instrument.items)}
    states = row["missing"]
    asked = [item for item in factor.items if states is None or states[places[item.id]] != NOT_ASKED]
    answered = [item for item in factor.items if row[item.id] is not None]
    if not answered or 100 * len(answered) < instrument.minimum_answered_percent * len(asked):
        return None
    parts = [Fraction(row[item.id] - item.low, item.high - item.low) for item in answered]
    return 100 * total(parts) / len(parts)


def values(instrument: Instrument, row: Row) -> dict[tuple[str, str], Fraction]:
    """(variable, statistic) -> the response's value, from 0 to 100. What is missing is not there."""
    found: dict[tuple[str, str], Fraction] = {}
    for factor in instrument.factors:
        score = factor_score(instrument, factor, row)
        if score is not None:
            found[factor.id, "mean"] = score
    for item in instrument.items:
        answer = row[item.id]
        if answer is not None:
            found[item.id, "mean"] = Fraction(100 * (answer - item.low), item.high - item.low)
            found[item.id, "top_box"] = Fraction(100 * (answer >= item.top_from))
            found[item.id, "bottom_box"] = Fraction(100 * (answer <= item.bottom_to))
    return found


@dataclass(frozen=True)
class Measure:
    """name: index, or a factor or an item."""

    name: str
    kind: str
    statistic: str = "mean"


def measures(instrument: Instrument) -> list[Measure]:
    found = [Measure("index", "index")]
    found += [Measure(factor.id, "factor") for factor in instrument.factors]
    for item in instrument.items:
        found += [Measure(item.id, "item", statistic) for statistic in ("mean", "top_box", "bottom_box")]
    return found


# ── a figure ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Figure:
    """A measure of a unit. present: (part, variable) it is made of. z: response -> linearised
    value. variance and df are those of the interval: pooled ones where n is small."""

    n: int
    n_eff: Fraction
    estimate: Fraction
    present: frozenset[tuple[str, str]]
    z: Mapping[int, Fraction]
    own_variance: Fraction
    own_df: int
    variance: Fraction | None = None
    df: int | None = None


@dataclass(frozen=True)
class Sample:
    """The responses of the months of a window. Each branch is a stratum of the design."""

    responses: tuple[int, ...]
    stratum: Mapping[str, int]  # branch -> all its responses, whatever they answered


class Survey:
    """One instrument's responses with their values and the units they count in."""

    def __init__(self, case: Case, instrument: Instrument) -> None:
        self.case = case
        self.instrument = instrument
        self.rows = case.rows[instrument.id]
        self.values = [values(instrument, row) for row in self.rows]
        self.weights = [Fraction(row["weight"]) if case.weighted else Fraction(1) for row in self.rows]
        self.units = [self._units(row) for row in self.rows]
        self.by_period: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(self.rows):
            self.by_period[row["period"]].append(place)

    def _units(self, row: Row) -> set[tuple[str, str]]:
        found = {("branch", row["branch"]), ("division", row["division"]), ("network", "network")}
        if self.instrument.rule == "mean_of_dimensions":
            found.add(("part", f"{row['branch']}/{row['division']}"))
        here = in_force(self.case.branches, row["period"]).get(row["branch"])
        return found | {("region", here.region)} if here else found

    def part(self, response: int) -> str:
        return str(self.rows[response]["division"]) if self.instrument.rule == "mean_of_dimensions" else ""

    def sample(self, period: str, months: int) -> Sample | None:
        """None unless every month of the window has responses."""
        members = [self.by_period.get(months_before(period, back), []) for back in range(months)]
        if not all(members):
            return None
        responses = tuple(one for month in members for one in month)
        return Sample(responses, Counter(self.rows[one]["branch"] for one in responses))

    def variables(self, measure: Measure) -> dict[tuple[str, str], Fraction]:
        """(variable, statistic) a measure is the weighted mean of -> published weight."""
        if measure.kind == "index":
            return {(factor.id, "mean"): Fraction(factor.weight) for factor in self.instrument.factors}
        return {(measure.name, measure.statistic): Fraction(1)}

    def figure(self, measure: Measure, sample: Sample, unit: tuple[str, str]) -> Figure | None:
        """None if no response of the unit has a value."""
        published = self.variables(measure)
        parts: dict[str, list[int]] = defaultdict(list)
        for one in sample.responses:
            if unit in self.units[one] and any(variable in self.values[one] for variable in published):
                parts[self.part(one)].append(one)
        if not parts:
            return None
        estimate = kish = Fraction(0)
        z: dict[int, Fraction] = defaultdict(Fraction)
        present: set[tuple[str, str]] = set()
        for part, members in parts.items():
            having = {v: [one for one in members if v in self.values[one]] for v in published}
            having = {v: found for v, found in having.items() if found}
            omega = total(published[v] for v in having)
            for v, found in having.items():
                share = published[v] / (len(parts) * omega)
                weight = total(self.weights[one] for one in found)
                mean = total(self.weights[one] * self.values[one][v] for one in found) / weight
                estimate += share * mean
                for one in found:
                    z[one] += share * self.weights[one] * (self.values[one][v] - mean) / weight
            present |= {(part, name) for name, _ in having}
            weights = [self.weights[one] for one in members]
            kish += total(w * w for w in weights) / (len(parts) * total(weights)) ** 2
        strata = {self.rows[one]["branch"] for one in z}
        return Figure(
            n=len(z),
            n_eff=1 / kish,
            estimate=estimate,
            present=frozenset(present),
            z=z,
            own_variance=self.covariance(z, z, sample),
            own_df=sum(sample.stratum[branch] - 1 for branch in strata),
        )

    def covariance(self, z: Mapping[int, Fraction], y: Mapping[int, Fraction], sample: Sample) -> Fraction:
        """Of two figures with these linearised values; a response outside a unit has 0 there.

        sum over strata h of r_h (sum z_i y_i - sum z_i sum y_i / n_h), r_h = n_h / (n_h - 1). A
        stratum of one response is centred on the unit's mean instead of its own: z_i y_i."""
        products: dict[str, Fraction] = defaultdict(Fraction)
        sums_z: dict[str, Fraction] = defaultdict(Fraction)
        sums_y: dict[str, Fraction] = defaultdict(Fraction)
        for one, value in z.items():
            products[self.rows[one]["branch"]] += value * y.get(one, 0)
            sums_z[self.rows[one]["branch"]] += value
        for one, value in y.items():
            sums_y[self.rows[one]["branch"]] += value
        summed = Fraction(0)
        for branch, product in products.items():
            n = sample.stratum[branch]
            summed += product if n == 1 else Fraction(n, n - 1) * (product - sums_z[branch] * sums_y[branch] / n)
        return summed

    def figures(self, measure: Measure, sample: Sample) -> dict[tuple[str, str], Figure]:
        """Of every unit that has responses. Below ranked_from the variance of one respondent is
        pooled over the branches: sum (n - 1) v n_eff / sum (n - 1)."""
        units = sorted({unit for one in sample.responses for unit in self.units[one]})
        own = {unit: self.figure(measure, sample, unit) for unit in units}
        found = {unit: figure for unit, figure in own.items() if figure is not None}
        branches = [figure for (level, _), figure in found.items() if level == "branch"]
        df = sum(one.n - 1 for one in branches)
        pooled = total((one.n - 1) * one.own_variance * one.n_eff for one in branches) / df if df else None
        return {unit: self._with_interval(one, pooled, df) for unit, one in found.items()}

    def _with_interval(self, own: Figure, pooled: Fraction | None, df: int) -> Figure:
        small = own.n < self.case.ranked_from
        variance = own.own_variance if not small else None if pooled is None else pooled / own.n_eff
        return replace(own, variance=variance, df=df if small else own.own_df)


# ── branches over time ───────────────────────────────────────────────────────────────────


def in_force(branches: Iterable[Branch], period: str) -> dict[str, Branch]:
    """Where each branch is in a month: its last stretch in force in it."""
    found: dict[str, Branch] = {}
    for one in sorted(branches, key=lambda one: one.valid_from):
        if one.valid_from <= last_day(period) and one.valid_to >= first_day(period):
            found[one.id] = one
    return found


def roster(case: Case, period: str) -> dict[tuple[str, str], set[str]]:
    """Every unit a month must account for -> the divisions it serves."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    found["network", "network"] = set()
    for branch in in_force(case.branches, period).values():
        for division in branch.divisions:
            for unit in (
                ("branch", branch.id),
                ("part", f"{branch.id}/{division}"),
                ("region", branch.region),
                ("division", division),
                ("network", "network"),
            ):
                found[unit].add(division)
    return found


# ── the score table ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Score:
    """A row of the score table, and the figure behind it. Decimals are exact, floats are not."""

    n: int | None
    flag: str
    n_eff: float | None = None
    estimate: Decimal | None = None
    se: float | None = None
    df: int | None = None
    low: float | None = None
    high: float | None = None
    rank: int | None = None
    ranked: int | None = None
    printed: Decimal | None = None
    printed_of: int = 100
    figure: Figure | None = None

    @property
    def shown(self) -> bool:
        return self.estimate is not None


@dataclass(frozen=True)
class Expected:
    """scores: (period, instrument, level, unit, measure, statistic, window); comparisons:
    (instrument, level, unit, measure, against)."""

    scores: Mapping[Key, Score]
    comparisons: "Mapping[Key, Comparison]"


def expected(case: Case, period: str, beside: Collection[Key] = ()) -> Expected:
    """What a run of a month must say. beside: scores withheld though their bases are not small; that they
    must be, and are enough, is for tests/test_suppression.py to say."""
    surveys = {one.id: Survey(case, one) for one in case.instruments}
    scores: dict[Key, Score] = {}
    for survey in surveys.values():
        scores |= _months(survey, period, beside)
        scores |= _response_rates(survey, period)
        scores |= _weights(survey.instrument, period)
    comparisons: dict[Key, Comparison] = {}
    for survey in surveys.values():
        comparisons |= _comparisons(survey, scores, period)
    return Expected(scores, comparisons)


def _months(survey: Survey, period: str, beside: Collection[Key]) -> dict[Key, Score]:
    """The index for every month of the history and every window; factors for this month, the one
    before and a year ago; items for this month."""
    scores: dict[Key, Score] = {}
    for back in range(HISTORY_MONTHS, -1, -1):
        month = months_before(period, back)
        for window, length in WINDOWS.items():
            if back + length > HISTORY_MONTHS + 1:
                continue
            sample = survey.sample(month, length)
            if sample is None:
                continue
            for measure in measures(survey.instrument):
                if measure.kind == "factor" and not (window == "month" and back in (0, 1, 12)):
                    continue
                if measure.kind == "item" and not (window == "month" and back == 0):
                    continue
                key = (measure.name, measure.statistic, window)
                here = (month, survey.instrument.id)
                hidden = {(one[2], one[3]) for one in beside if one[:2] == here and one[4:] == key}
                for unit, score in _units(survey, measure, sample, month, hidden).items():
                    scores[(month, survey.instrument.id, *unit, *key)] = score
    return scores


def _units(
    survey: Survey, measure: Measure, sample: Sample, period: str, hidden: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Score]:
    dimensions = survey.instrument.rule == "mean_of_dimensions"
    figures = survey.figures(measure, sample)
    scores = {}
    for unit, served in roster(survey.case, period).items():
        if unit[0] == "part" and not dimensions:
            continue
        about = {survey.part(one) for one in sample.responses if unit in survey.units[one]}
        parts = about | served if dimensions else {""}
        wanted = {(part, name) for part in parts for name, _ in survey.variables(measure)}
        score = _score(survey, measure, figures.get(unit), wanted)
        scores[unit] = Score(score.n, "withheld", printed_of=score.printed_of) if unit in hidden else score
    return _ranked(scores) if measure.statistic == "mean" else _counted(scores)


def _score(survey: Survey, measure: Measure, figure: Figure | None, wanted: set[tuple[str, str]]) -> Score:
    """wanted: what a whole figure is made of. Where the index is a mean over divisions, each that
    the unit serves or has responses about must have every factor."""
    case = survey.case
    of = survey.instrument.points if measure.statistic == "mean" else 100
    if figure is None:
        return Score(0, "none", printed_of=of)
    if figure.n < case.withheld_below:
        return Score(figure.n, "withheld", printed_of=of)
    flag = "partial" if wanted - figure.present else "caution" if figure.n < case.ranked_from else "ok"
    se = None if figure.variance is None else sqrt(figure.variance)
    if measure.statistic != "mean":
        low, high = (100 * one for one in wilson(figure.estimate / 100, figure.n_eff))
    elif se is None or not figure.df:
        low, high = 0.0, 100.0  # nothing is known of the spread
    else:
        half = t_975(figure.df) * se
        low, high = max(0.0, float(figure.estimate) - half), min(100.0, float(figure.estimate) + half)
    estimate = stored(figure.estimate)
    return Score(
        n=figure.n, flag=flag, n_eff=float(figure.n_eff), estimate=estimate, se=se, df=figure.df, low=low, high=high,
        printed=printed(estimate, of), printed_of=of, figure=figure,
    )  # fmt: skip


def _counted(scores: Mapping[tuple[str, str], Score]) -> dict[tuple[str, str], Score]:
    """ranked: how many units of a level stand in its ranking."""
    count = Counter(level for (level, _), score in scores.items() if score.flag == "ok")
    return {unit: replace(score, ranked=count[unit[0]] if score.shown else None) for unit, score in scores.items()}


def _ranked(scores: Mapping[tuple[str, str], Score]) -> dict[tuple[str, str], Score]:
    """1 + how many are better; only whole figures on enough responses take part."""
    found = _counted(scores)
    for (level, unit), score in found.items():
        if score.flag == "ok" and level in ("branch", "region", "division"):
            rivals = [one for (other, _), one in found.items() if other == level and one.flag == "ok"]
            rank = 1 + sum(_estimate(one) > _estimate(score) for one in rivals)
            found[level, unit] = replace(score, rank=rank)
    return found


def _estimate(score: Score) -> Fraction:
    assert score.figure is not None
    return score.figure.estimate


def _response_rates(survey: Survey, period: str) -> dict[Key, Score]:
    """Responses per customer asked, over the branches whose number asked is known."""
    invited = survey.case.invited.get(survey.instrument.id, {})
    scores: dict[Key, Score] = {}
    for month in (months_before(period, back) for back in range(HISTORY_MONTHS + 1)):
        asked: Counter[tuple[str, str]] = Counter()
        answered: Counter[tuple[str, str]] = Counter()
        for branch, here in in_force(survey.case.branches, month).items():
            if (month, branch) in invited:
                came = sum(survey.rows[one]["branch"] == branch for one in survey.by_period.get(month, []))
                for unit in (("branch", branch), ("region", here.region), ("network", "network")):
                    asked[unit] += invited[month, branch]
                    answered[unit] += came
        for unit, count in asked.items():
            key = (month, survey.instrument.id, *unit, "response_rate", "share", "month")
            rate = stored(Fraction(100 * answered[unit], count)) if count else None
            scores[key] = Score(
                count, "ok" if count else "none", estimate=rate, printed=None if rate is None else printed(rate, 100)
            )
    return scores


def _weights(instrument: Instrument, period: str) -> dict[Key, Score]:
    """The share of each factor in the index, in per cent."""
    whole = total(Fraction(factor.weight) for factor in instrument.factors)
    scores: dict[Key, Score] = {}
    for factor in instrument.factors:
        share = stored(100 * Fraction(factor.weight) / whole)
        key = (period, instrument.id, "instrument", instrument.id, factor.id, "weight", "month")
        scores[key] = Score(None, "ok", estimate=share, printed=printed(share, 100))
    return scores


# ── comparisons ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Comparison:
    """A row of the comparison table. A difference, its error and its interval are there together
    or not at all."""

    reference: Decimal | None = None
    difference: Decimal | None = None
    se: float | None = None
    df: int | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = "none"
    contribution: Decimal | None = None
    printed_reference: Decimal | None = None
    printed_difference: Decimal | None = None
    printed_contribution: Decimal | None = None


def _comparisons(survey: Survey, scores: Mapping[Key, Score], period: str) -> dict[Key, Comparison]:
    instrument, case = survey.instrument, survey.case
    sample = survey.sample(period, 1)
    here = in_force(case.branches, period)

    def score(month: str, unit: tuple[str, str], measure: str) -> Score | None:
        found = scores.get((month, instrument.id, *unit, measure, "mean", "month"))
        return found if found is not None and found.shown else None

    found: dict[Key, Comparison] = {}
    for unit in roster(case, period):
        level, name = unit
        if level == "part":
            continue
        others = {"last_month": (months_before(period, 1), unit), "last_year": (months_before(period, 12), unit)}
        if level == "branch":
            others["region"] = (period, ("region", here[name].region))
        if level != "network":
            others["network"] = (period, ("network", "network"))
        for measure in ("index", *(factor.id for factor in instrument.factors)):
            own = score(period, unit, measure)
            for against, (month, other) in others.items():
                reference = score(month, other, measure)
                inside = survey.covariance if against in ("region", "network") else None
                one = _against_figure(own, reference, inside, sample, instrument.points)
                if inside is not None and one.difference is not None and measure != "index":
                    whole = (score(period, unit, "index"), score(period, other, "index"))
                    one = _contributing(survey, measure, one, own, reference, whole)
                found[(instrument.id, *unit, measure, against)] = one
            target = _target(case, instrument.id, measure, unit, period)
            if target is not None:
                found[(instrument.id, *unit, measure, "target")] = _against_target(own, target, instrument.points)
    return found


def _against_figure(
    own: Score | None,
    reference: Score | None,
    covariance: Callable[[Mapping[int, Fraction], Mapping[int, Fraction], Sample], Fraction] | None,
    sample: Sample | None,
    points: int,
) -> Comparison:
    """covariance: given when the unit is part of the reference. V = V1 (1 - 2 rho) + V2 with
    rho = covariance / the unit's own variance, or its share of respondents where that is 0."""
    if reference is None or reference.estimate is None or reference.figure is None:
        return Comparison()
    shown = Comparison(reference=reference.estimate, printed_reference=printed(reference.estimate, points))
    if own is None or own.figure is None:
        return shown
    a, b = own.figure, reference.figure
    rho = Fraction(0)
    if covariance is not None:
        assert sample is not None
        rho = covariance(a.z, b.z, sample) / a.own_variance if a.own_variance else Fraction(a.n, b.n)
    return _difference(shown, a, b.estimate, b, rho, points)


def _against_target(own: Score | None, target: Decimal, points: int) -> Comparison:
    line = Fraction(target) * 100 / points
    shown = Comparison(reference=stored(line), printed_reference=printed(stored(line), points))
    if own is None or own.figure is None:
        return shown
    return _difference(shown, own.figure, line, None, Fraction(0), points)


def _difference(
    shown: Comparison, a: Figure, line: Fraction, b: Figure | None, rho: Fraction, points: int
) -> Comparison:
    gap = stored(a.estimate - line)
    known = replace(shown, difference=gap, printed_difference=printed(gap, points))
    v1, v2 = a.variance, b.variance if b is not None else Fraction(0)
    if v1 is None or v2 is None or a.df is None:
        return known
    se = sqrt(max(Fraction(0), v1 * (1 - 2 * rho) + v2))
    df = welch((v1, a.df), (v2, b.df if b is not None and b.df else 0))
    if not df:
        return replace(known, se=se, df=df)
    centre, half = float(a.estimate - line), t_975(df) * se
    low, high = centre - half, centre + half
    verdict = "better" if low > 0 else "worse" if high < 0 else "no_clear_difference"
    return replace(known, se=se, df=df, low=low, high=high, verdict=verdict)


def _contributing(
    survey: Survey,
    measure: str,
    one: Comparison,
    own: Score | None,
    reference: Score | None,
    whole: tuple[Score | None, Score | None],
) -> Comparison:
    """The factor's share of the gap of the index, where both indices are whole."""
    if any(index is None or index.flag == "partial" for index in whole):
        return one
    assert own is not None
    assert reference is not None
    weights = {factor.id: Fraction(factor.weight) for factor in survey.instrument.factors}
    part = stored(weights[measure] / sum(weights.values()) * (_estimate(own) - _estimate(reference)))
    return replace(one, contribution=part, printed_contribution=printed(part, survey.instrument.points))


def _target(case: Case, instrument: str, measure: str, unit: tuple[str, str], period: str) -> Decimal | None:
    """In force on the last day of the month; for a branch its own before that of all."""
    level, name = unit
    day = last_day(period)
    found = {
        one.branch: one.target
        for one in case.targets
        if (one.instrument, one.measure) == (instrument, measure) and one.valid_from <= day <= one.valid_to
    }
    return found.get(name, found.get("*")) if level == "branch" else found.get("*")
