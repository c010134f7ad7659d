"""Rows of the score table: what may be shown of a figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import sqrt

from pipeline.recompute.answers import Variable
from pipeline.recompute.figure import Figure
from pipeline.recompute.intervals import t_975, wilson
from pipeline.recompute.measures import Measure, factor_shares
from pipeline.recompute.months import WINDOWS
from pipeline.recompute.places import NETWORK, Unit
from pipeline.recompute.rounding import printed, stored
from pipeline.recompute.spread import Figures, Named, Spread

_SHARES = ("top_box", "bottom_box", "share")
COUNTED = (*_SHARES, "nps")  # of answers that are in or out


@dataclass(frozen=True)
class Score:
    """A row of the score table. Decimals are as stored, floats are not rounded."""

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

    @property
    def shown(self) -> bool:
        return self.estimate is not None


@dataclass(frozen=True)
class Judged:
    """A unit's figure with its flag, before it is shown or withheld."""

    figure: Figure | None
    flag: str
    missing: frozenset[tuple[str, Variable]] = frozenset()  # (part, variable) that makes it partial

    @property
    def shown(self) -> bool:
        return self.flag not in ("none", "withheld")


class Scores:
    """The score rows of one instrument. `served` and `roster` of a period come from Places."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.survey = figures.survey
        self.case = figures.survey.case
        self._rosters: dict[str, dict[Unit, set[str]]] = {}
        self._ranked: dict[tuple[Named, str, str, str], list[Figure]] = {}
        self._judged: dict[tuple[Named, str, str, Unit], Judged] = {}

    def roster(self, period: str) -> dict[Unit, set[str]]:
        if period not in self._rosters:
            samples = [self.figures.sample(window, period) for window in WINDOWS]
            heard = [self.survey.rows[one] for sample in samples if sample for one in sample.responses]
            self._rosters[period] = self.survey.places.roster(self.survey.instrument, period, heard)
        return self._rosters[period]

    def judged(self, named: Named, window: str, period: str, unit: Unit) -> Judged:
        """flag: none (no responses), else withheld (n below withheld_below), else partial (a variable,
        or a division the unit serves, is wholly missing), else caution (n below ranked_from), else ok."""
        key = named, window, period, unit
        if key not in self._judged:
            figure = self.figures.figure(named, window, period, unit)
            hidden = (period, self.survey.instrument.id, *unit, named[0], window) in self.case.hidden
            judged = self._judge(figure, named, period, unit)
            self._judged[key] = Judged(figure, "withheld") if figure is not None and hidden else judged
        return self._judged[key]

    def _judge(self, figure: Figure | None, named: Named, period: str, unit: Unit) -> Judged:
        if figure is None:
            return Judged(None, "none")
        if figure.n < self.case.withheld_below:
            return Judged(figure, "withheld")
        missing = self._wanted(figure, named, period, unit) - figure.present
        if missing:
            return Judged(figure, "partial", frozenset(missing))
        return Judged(figure, "caution" if figure.n < self.case.ranked_from else "ok")

    def _wanted(self, figure: Figure, named: Named, period: str, unit: Unit) -> set[tuple[str, Variable]]:
        """What a whole figure is made of. Where the index is a mean over divisions, each that the unit
        serves or has a factor score about must have every variable."""
        parts = {""}
        if self.survey.instrument.rule == "mean_of_dimensions":
            about = {self.survey.part(one) for one in self.survey.members(unit, figure.sample) if self._scored(one)}
            parts = about | self.roster(period).get(unit, set())
        return {(part, variable) for part in parts for variable in self.figures.measures[named].wanted}

    def _scored(self, response: int) -> bool:
        leaves = self.survey.instrument.leaves
        return any(self.survey.value((leaf.id, "mean"), response) is not None for leaf in leaves)

    def score(self, named: Named, window: str, period: str, unit: Unit) -> Score:
        judged = self.judged(named, window, period, unit)
        statistic = named[1]
        of = self.survey.instrument.points if statistic == "mean" else 100
        if judged.figure is None or not judged.shown:
            return Score(0 if judged.figure is None else judged.figure.n, judged.flag, printed_of=of)
        figure = judged.figure
        spread = self.figures.spread(named, figure)
        low, high = self._interval(figure, spread, self.figures.measures[named])
        counted = self._guarded and self.by_wilson(statistic)  # k of n answers: see step 80
        estimate = stored(figure.estimate)
        rivals = self._rivals(named, window, period, unit[0])
        rank = None
        if judged.flag == "ok" and statistic == "mean" and self.survey.places.ranked(unit[0]):
            rank = 1 + sum(one.estimate > figure.estimate for one in rivals)
        return Score(
            n=figure.n, flag=judged.flag, n_eff=float(figure.n_eff), estimate=estimate,
            se=None if counted or spread.variance is None else sqrt(spread.variance),
            df=None if counted else spread.df, low=low, high=high,
            rank=rank, ranked=len(rivals), printed=printed(estimate, of), printed_of=of,
        )  # fmt: skip

    @property
    def _guarded(self) -> bool:
        return self.survey.instrument.id in self.case.guarded

    def by_wilson(self, statistic: str) -> bool:
        """Whether the interval is Wilson's: of shares; where shares have no standard error, of nps too."""
        return statistic in _SHARES or (statistic == "nps" and self._guarded)

    def _interval(self, figure: Figure, spread: Spread, measure: Measure) -> tuple[float, float]:
        """Student's t clipped to the scale; the whole scale where nothing is known of the spread; shares by Wilson on
        the effective n, nps as a share of its scale."""
        if self.by_wilson(measure.statistic):
            wide = measure.high - measure.low
            low, high = wilson((figure.estimate - measure.low) / wide, figure.n_eff)
            return measure.low + wide * low, measure.low + wide * high
        if spread.variance is None or not spread.df:
            return float(measure.low), float(measure.high)
        middle, half = float(figure.estimate), t_975(spread.df) * sqrt(spread.variance)
        return max(measure.low, middle - half), min(measure.high, middle + half)

    def _rivals(self, named: Named, window: str, period: str, level: str) -> list[Figure]:
        """The figures of a level that are whole and on enough responses: they are ranked."""
        key = named, window, period, level
        if key not in self._ranked:
            found = [self.judged(named, window, period, unit) for unit in self.units(period, level)]
            self._ranked[key] = [one.figure for one in found if one.flag == "ok" and one.figure is not None]
        return self._ranked[key]

    def units(self, period: str, level: str | None = None) -> Iterable[Unit]:
        """The units that have rows in a period, of one level or of all."""
        levels = self.survey.places.levels(self.survey.instrument)
        return [unit for unit in self.roster(period) if unit[0] in levels and level in (None, unit[0])]

    # ── rows that are no estimates ───────────────────────────────────────────────────────

    def response_rate(self, period: str, unit: Unit) -> Score | None:
        """Responses per customer asked, over the branches whose number asked is known; None if none is."""
        asked, answered = self.invited(period, unit)
        if asked is None:
            return None
        if not asked:
            return Score(0, "none")
        rate = stored(Fraction(100 * answered, asked))
        return Score(asked, "ok", estimate=rate, printed=printed(rate, 100))

    def asking(self, period: str, unit: Unit) -> set[str]:
        """The branches of a unit whose number of customers asked is known."""
        known = self.case.invited.get(self.survey.instrument.id, {})
        return {
            branch for branch, here in self.survey.places.in_force(period).items()
            if (period, branch) in known and unit in (("branch", branch), ("region", here.region), NETWORK)
        }  # fmt: skip

    def invited(self, period: str, unit: Unit) -> tuple[int | None, int]:
        """Customers asked, None if that is not known; and responses of the branches that asked."""
        branches = self.asking(period, unit)
        if not branches:
            return None, 0
        known = self.case.invited[self.survey.instrument.id]
        came = sum(self.survey.rows[one]["branch"] in branches for one in self.survey.by_period.get(period, []))
        return sum(known[period, branch] for branch in branches), came

    def weight(self, factor: str) -> Score:
        """The share of a factor in the index, in per cent."""
        share = stored(100 * factor_shares(self.survey.instrument)[factor])
        return Score(None, "ok", estimate=share, printed=printed(share, 100))
