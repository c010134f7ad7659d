"""The figures of an instrument, each worked out once, and the variance their intervals rest on."""

from dataclasses import dataclass
from fractions import Fraction

from pipeline.recompute.figure import Figure, figure, linearised, variance
from pipeline.recompute.measures import Measure, measures
from pipeline.recompute.places import Unit
from pipeline.recompute.rounding import Numbers, total
from pipeline.recompute.survey import Sample, Survey

Named = tuple[str, str]  # a measure and its statistic


@dataclass(frozen=True)
class Spread:
    """variance: None where nothing is known of it. pooled: of one respondent over the branches."""

    variance: Fraction | None
    df: int
    pooled: bool


@dataclass(frozen=True)
class Pool:
    """The variance of one respondent, pooled over the branches: sum (n - 1) V / kish / sum (n - 1)."""

    one: Fraction | None
    df: int


class Figures:
    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.measures: dict[Named, Measure] = measures(survey.instrument)
        self._samples: dict[tuple[str, str], Sample | None] = {}
        self._figures: dict[tuple[Named, str, str, Unit], Figure | None] = {}
        self._linearised: dict[tuple[Named, str, str, Unit], Numbers[int]] = {}
        self._variances: dict[tuple[Named, str, str, Unit], Fraction | None] = {}
        self._pools: dict[tuple[Named, str, str], Pool] = {}

    def sample(self, window: str, period: str) -> Sample | None:
        key = window, period
        if key not in self._samples:
            self._samples[key] = self.survey.sample(window, period)
        return self._samples[key]

    def figure(self, named: Named, window: str, period: str, unit: Unit) -> Figure | None:
        """Of a measure, a window that ends in a period, and a unit; None without responses."""
        key = named, window, period, unit
        if key not in self._figures:
            sample = self.sample(window, period)
            self._figures[key] = None if sample is None else figure(self.survey, self.measures[named], sample, unit)
        return self._figures[key]

    def own_variance(self, named: Named, of: Figure) -> Fraction | None:
        key = named, of.sample.window, of.sample.period, of.unit
        if key not in self._variances:
            self._variances[key] = variance(self.survey, of, self.linearised(named, of))
        return self._variances[key]

    def linearised(self, named: Named, of: Figure) -> Numbers[int]:
        key = named, of.sample.window, of.sample.period, of.unit
        if key not in self._linearised:
            self._linearised[key] = linearised(self.survey, of)
        return self._linearised[key]

    def pool(self, named: Named, sample: Sample) -> Pool:
        key = named, sample.window, sample.period
        if key not in self._pools:
            units = sorted(self.survey.heard("branch", sample))
            found = [self.figure(named, sample.window, sample.period, ("branch", unit)) for unit in units]
            branches = [one for one in found if one is not None]
            df = sum(one.n - 1 for one in branches)
            known = [(one, v) for one in branches if (v := self.own_variance(named, one)) is not None]
            summed = total((one.n - 1) * v / one.kish for one, v in known)
            self._pools[key] = Pool(summed / df if df and known else None, df)
        return self._pools[key]

    def spread(self, named: Named, of: Figure) -> Spread:
        """Its own, from `ranked_from` responses on; below, one respondent's pooled over the branches, so
        that five equal answers do not give an interval of width 0."""
        if of.n >= self.survey.case.ranked_from:
            return Spread(self.own_variance(named, of), of.df, pooled=False)
        pool = self.pool(named, of.sample)
        return Spread(None if pool.one is None else pool.one * of.kish, pool.df, pooled=True)
