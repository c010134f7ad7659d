"""A month of a programme: any row of its two tables, and which rows they must have."""

from collections.abc import Iterator

from pipeline.recompute.case import Case
from pipeline.recompute.comparisons import Comparison, Comparisons, bonus
from pipeline.recompute.months import HISTORY_MONTHS, WINDOWS, months_before, window_months
from pipeline.recompute.places import AS_IS, PEERS, Places, Unit
from pipeline.recompute.scores import Score, Scores
from pipeline.recompute.spread import Figures
from pipeline.recompute.survey import Survey

ScoreKey = tuple[str, str, str, str, str, str, str]  # period, instrument, level, unit, measure, statistic, window
ComparisonKey = tuple[str, str, str, str, str, str]  # instrument, level, unit, measure, window, against

_EVERY = ("region", "network", "target")
AGAINST = {
    "month": ("last_month", "last_year", PEERS, *_EVERY),
    "rolling_3": ("previous", *_EVERY),
    "rolling_12": ("previous", *_EVERY),
    "year_to_date": _EVERY,
}


class Recomputed:
    """Nothing is worked out before it is asked for, and nothing twice."""

    def __init__(self, case: Case, period: str) -> None:
        self.case = case
        self.period = period
        places = Places(case, period)
        self.scores = {one.id: Scores(Figures(Survey(case, one, places))) for one in case.instruments}
        self.comparisons = {name: Comparisons(scores) for name, scores in self.scores.items()}

    def score(self, key: ScoreKey) -> Score | None:
        """A row of the score table; None if there is no such row."""
        period, instrument, level, unit, measure, statistic, window = key
        of = self.scores[instrument]
        if level == "instrument":
            return of.weight(measure)
        if (measure, statistic) == ("response_rate", "share"):
            return of.response_rate(period, (level, unit))
        if of.figures.sample(window, period) is None or (measure, statistic) not in of.figures.measures:
            return None
        return of.score((measure, statistic), window, period, (level, unit))

    def comparison(self, key: ComparisonKey) -> Comparison | None:
        """A row of the comparison table; None if there is no such row."""
        instrument, level, unit, measure, window, against = key
        return self.comparisons[instrument].comparison((level, unit), measure, window, against, self.period)

    # ── which rows there must be ─────────────────────────────────────────────────────────

    def score_keys(self) -> Iterator[ScoreKey]:
        for instrument, of in self.scores.items():
            for back in range(HISTORY_MONTHS + 1):
                period = months_before(self.period, back)
                for unit in of.units(period):
                    if of.invited(period, unit)[0] is not None:
                        yield (period, instrument, *unit, "response_rate", "share", "month")
                for window in WINDOWS:
                    if back + len(window_months(window, period)) > HISTORY_MONTHS + 1:
                        continue
                    if of.figures.sample(window, period) is None:
                        continue
                    for (name, statistic), measure in of.figures.measures.items():
                        if wanted(measure.kind, window, back):
                            for unit in of.units(period):
                                if measure.kind == "index" or unit[0] not in AS_IS:
                                    yield (period, instrument, *unit, name, statistic, window)
            for factor in of.survey.instrument.factors:
                yield (self.period, instrument, "instrument", instrument, factor.id, "weight", "month")

    def comparison_keys(self) -> Iterator[ComparisonKey]:
        """Of the index in every window that ends with the month, and of the factors in the month itself,
        for every unit of the month but parts and units as they are now."""
        for instrument, of in self.comparisons.items():
            factors = [factor.id for factor in of.survey.instrument.factors]
            lines = [bonus(one) for one in self.case.bonuses if one.instrument == instrument]
            for unit in of.scores.units(self.period):
                for window in WINDOWS:
                    for against in (*AGAINST[window], *lines):
                        for measure in ("index", *(factors if window == "month" else ())):
                            if self._compared(of, unit, measure, window, against):
                                yield (instrument, *unit, measure, window, against)

    def _compared(self, of: Comparisons, unit: Unit, measure: str, window: str, against: str) -> bool:
        if unit[0] in ("part", *AS_IS):
            return False
        if window != "month" and of.figures.sample(window, self.period) is None:
            return False
        return (
            of.line(unit, measure, against, self.period) is not None
            or of.reference(unit, against, self.period) is not None
        )


def wanted(kind: str, window: str, back: int) -> bool:
    """The index of every window; factors of windows that end in this month or the last, and of the same
    month last year; all else of windows that end in this month."""
    if kind in ("factor", "subfactor"):
        return back in (0, 1) or (window == "month" and back == 12)
    return kind == "index" or back == 0
