"""Rows of the comparison table: a figure beside another one, or beside a line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import floor, sqrt

from pipeline.recompute.case import Bonus
from pipeline.recompute.contributions import Brought, brought, of_means, of_respondents
from pipeline.recompute.figure import Figure
from pipeline.recompute.intervals import t_975, welch
from pipeline.recompute.months import last_day, months_before
from pipeline.recompute.places import NETWORK, PEERS, Unit
from pipeline.recompute.rounding import printed, stored, stored_float
from pipeline.recompute.scores import Judged, Scores
from pipeline.recompute.spread import Named
from pipeline.recompute.tails import t_tail

# Against these the two figures rest on some of the same responses, or on the same strata: their covariance counts.
TOGETHER = ("region", "network", PEERS, "previous")
LEAST = Decimal("0.05")  # share of false findings that a plain word allows


@dataclass(frozen=True)
class Comparison:
    """A difference, its error and its interval are there together or not at all. Decimals are as
    stored, floats are not rounded. p: of a difference as large as this one or larger, by chance alone. chance: that
    a figure is truly above its line."""

    reference: Decimal | None = None
    difference: Decimal | None = None
    se: float | None = None
    df: int | None = None
    low: float | None = None
    high: float | None = None
    contribution: Decimal | None = None
    p: float | None = None
    chance: float | None = None
    printed_reference: Decimal | None = None
    printed_difference: Decimal | None = None
    printed_contribution: Decimal | None = None

    def verdict(self, q: float | Decimal | None) -> str:
        """The plain word, by its q and by the interval as it is stored. none: without a known variance."""
        if self.low is None or self.high is None or q is None:
            return "none"
        clear = q <= LEAST
        if clear and stored_float(self.low) > 0:
            return "better"
        return "worse" if clear and stored_float(self.high) < 0 else "no_clear_difference"


def bonus(one: Bonus) -> str:
    """What a line is called in the column `against`."""
    return f"bonus/{one.id}"


class Comparisons:
    """The comparison rows of one instrument."""

    def __init__(self, scores: Scores) -> None:
        self.scores = scores
        self.figures = scores.figures
        self.survey = scores.survey
        self.case = scores.case
        self.points = scores.survey.instrument.points
        self._brought: dict[tuple[str, str, Unit], Mapping[str, Brought]] = {}

    def reference(self, unit: Unit, against: str, period: str) -> tuple[str, Unit] | None:
        """The period and the unit a unit is compared with; None if there is none."""
        level, name = unit
        if against in ("last_month", "previous"):
            return months_before(period, 1), unit
        if against == "last_year":
            return months_before(period, 12), unit
        if against == "region" and level == "branch":
            here = self.survey.places.in_force(period).get(name)
            return None if here is None else (period, ("region", here.region))
        if against == PEERS and level == "branch" and "branch" in self.case.design.strata:
            return period, (PEERS, name)  # apart: no stratum holds responses of two branches
        return (period, NETWORK) if against == "network" and level != "network" else None

    def line(self, unit: Unit, measure: str, against: str, period: str) -> Decimal | None:
        """A target in force on the last day of the month, for a branch its own before that of all; or
        the line of a bonus on the index. On the published scale."""
        level, name = unit
        instrument = self.survey.instrument.id
        if against != "target":
            lines = {bonus(one): one.line for one in self.case.bonuses if one.instrument == instrument}
            return lines.get(against) if measure == "index" else None
        day = last_day(period)
        found = {
            one.branch: one.target for one in self.case.targets
            if (one.instrument, one.measure) == (instrument, measure) and one.valid_from <= day <= one.valid_to
        }  # fmt: skip
        return found.get(name, found.get("*")) if level == "branch" else found.get("*")

    def comparison(self, unit: Unit, measure: str, window: str, against: str, period: str) -> Comparison | None:
        """None if there is nothing to compare with. Of means only."""
        named = measure, "mean"
        own = self.scores.judged(named, window, period, unit)
        line = self.line(unit, measure, against, period)
        if line is not None:
            at = Fraction(line) * 100 / self.points
            shown = Comparison(reference=stored(at), printed_reference=printed(stored(at), self.points))
            return self._difference(shown, named, own, at, None, Fraction(0))
        other = self.reference(unit, against, period)
        if other is None:
            return None
        beside = self.scores.judged(named, window, *other)
        if not beside.shown or beside.figure is None:
            return Comparison()
        estimate = stored(beside.figure.estimate)
        shown = Comparison(reference=estimate, printed_reference=printed(estimate, self.points))
        rho = self.rho(named, own.figure, beside.figure) if own.figure and against in TOGETHER else Fraction(0)
        found = self._difference(shown, named, own, beside.figure.estimate, beside.figure, rho)
        return self._contributing(found, measure, window, (period, unit), other)

    def rho(self, named: Named, a: Figure, b: Figure) -> Fraction:
        """Covariance of a unit's figure with another by the unit's own variance; where that is 0, the
        share of the other's respondents that the two have in common."""
        own = self.figures.own_variance(named, a)
        scaling = self.survey.scaling(a.sample)
        if own and scaling is not None:
            z, y = self.figures.linearised(named, a), self.figures.linearised(named, b)
            return scaling * self.survey.covariance(z, y) / own
        return Fraction(len({*a.members} & {*b.members}), b.n)

    def _difference(
        self, shown: Comparison, named: Named, own: Judged, line: Fraction, b: Figure | None, rho: Fraction
    ) -> Comparison:
        """V = V1 (1 - 2 rho) + V2; df by Welch."""
        a = own.figure
        if a is None or not own.shown:
            return shown
        gap = stored(a.estimate - line)
        known = replace(shown, difference=gap, printed_difference=printed(gap, self.points))
        first = self.figures.spread(named, a)
        v1, v2, df2 = first.variance, Fraction(0), 0
        if b is not None:
            second = self.figures.spread(named, b)
            if second.variance is None:
                return known
            v2, df2 = second.variance, second.df
        if v1 is None:
            return known
        se = sqrt(max(Fraction(0), v1 * (1 - 2 * rho) + v2))
        freedom = self._freedom((v1, first.df), *([] if b is None else [(v2, df2)]))
        df = floor(freedom)
        if not df:
            return replace(known, se=se, df=df)
        centre, half = float(a.estimate - line), t_975(df) * se
        p = t_tail(centre / se, float(freedom)) if se else float(gap == 0)
        low, high = centre - half, centre + half
        chance = None if b is not None else 1 - p / 2 if centre > 0 else p / 2
        return replace(known, se=se, df=df, low=low, high=high, p=p, chance=chance)

    def _freedom(self, *spreads: tuple[Fraction, int]) -> Fraction:
        """Welch's. A figure without degrees of freedom that does not vary is known exactly only if the design says
        that strata of one response are drawn with certainty; else nothing is known of its variance: 0."""
        if self.case.design.single != "certainty" and not all(df for _, df in spreads):
            return Fraction(0)
        return welch(spreads)

    def _contributing(
        self, one: Comparison, measure: str, window: str, here: tuple[str, Unit], there: tuple[str, Unit]
    ) -> Comparison:
        """What the factor adds to the difference of the index, where both indices are whole; over the factors
        it sums to that. Of an index that is a mean over respondents only where every factor has a difference."""
        added = self.added(measure, window, here, there) if one.difference is not None else None
        if added is None:
            return one
        part = stored(added)
        return replace(one, contribution=part, printed_contribution=printed(part, self.points))

    def added(self, measure: str, window: str, here: tuple[str, Unit], there: tuple[str, Unit]) -> Fraction | None:
        """What a factor that is shown in both places adds to the difference of their indices; None where it adds to
        none. here, there: period and unit."""
        instrument = self.survey.instrument
        if measure not in {factor.id for factor in instrument.factors}:
            return None
        whole = [self.scores.judged(("index", "mean"), window, *place) for place in (here, there)]
        if not all(index.shown and index.flag != "partial" for index in whole):
            return None
        if instrument.rule != "respondent":
            figures = [self.scores.judged((measure, "mean"), window, *place).figure for place in (here, there)]
            first, second = (figure.estimate for figure in figures if figure is not None)
            return of_means(self.survey, measure, first - second)
        named = [(factor.id, "mean") for factor in instrument.factors]
        if not all(self.scores.judged(one, window, *place).shown for one in named for place in (here, there)):
            return None
        a, b = (index.figure for index in whole if index.figure is not None)
        return of_respondents(self.brought(a)[measure], self.brought(b)[measure], a, b)

    def brought(self, index: Figure) -> Mapping[str, Brought]:
        """factor -> what it brings to an index that is the mean of the respondents' own."""
        key = index.sample.window, index.sample.period, index.unit
        if key not in self._brought:
            self._brought[key] = brought(self.survey, index)
        return self._brought[key]
