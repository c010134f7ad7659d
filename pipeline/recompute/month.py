"""A month of a programme: any row of its tables, and which rows they must have."""

from collections.abc import Iterator

from pipeline.recompute import bridges
from pipeline.recompute.bridges import Bridged
from pipeline.recompute.case import Case, Instrument
from pipeline.recompute.change import Changes
from pipeline.recompute.comparisons import Comparison, Comparisons, bonus
from pipeline.recompute.months import (
    HISTORY_MONTHS,
    WINDOWS,
    first_day,
    last_day,
    months_before,
    wanted,
    within_reach,
)
from pipeline.recompute.places import AS_IS, PEERS, Places, Unit
from pipeline.recompute.scores import Score, Scores
from pipeline.recompute.side_by_side import RankSet, Shrunk, SideBySide
from pipeline.recompute.spread import Figures
from pipeline.recompute.survey import Survey

ScoreKey = tuple[str, str, str, str, str, str, str]  # period, instrument, level, unit, measure, statistic, window
BridgedKey = tuple[str, str, str, str, str, str, str]  # instrument, from, period, level, unit, measure, window
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
        self.side_by_side = {name: SideBySide(scores, period) for name, scores in self.scores.items()}
        self.changes = {name: Changes(scores, period) for name, scores in self.scores.items()}

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

    def rank_set(self, key: ScoreKey) -> RankSet | None:
        """What a row of the score table has of ranks; None where it has none."""
        _, instrument, level, unit, measure, statistic, window = key
        if not self.beside(key):
            return None
        return self.side_by_side[instrument].rank_set((measure, statistic), window, level, unit)

    def shrunk(self, key: ScoreKey) -> Shrunk | None:
        """What a row of the score table has of reliability and limits; None where it has none."""
        _, instrument, level, unit, measure, statistic, window = key
        if not self.beside(key):
            return None
        return self.side_by_side[instrument].shrunk((measure, statistic), window, level).get(unit)

    def beside(self, key: ScoreKey) -> bool:
        """Whether figures are looked at side by side: index and factors of windows that end with the month."""
        period, instrument, level, _, measure, statistic, _ = key
        if level == "instrument" or period != self.period:
            return False
        found = self.scores[instrument].figures.measures.get((measure, statistic))
        return found is not None and found.kind in ("index", "factor")

    def bridged(self) -> Iterator[tuple[BridgedKey, Bridged]]:
        """Every figure of an older questionnaire from before the newer one's first month, carried over."""
        for bridge in self.case.bridges:
            if not {bridge.new, bridge.old} <= self.scores.keys():
                continue
            new, old = self.scores[bridge.new], self.scores[bridge.old]
            heard = [months_before(self.period, back) for back in range(HISTORY_MONTHS + 1)]
            first = min((one for one in heard if new.figures.sample("month", one)), default=None)
            for measure in bridge.measures:
                fit = bridges.fit(new.survey, old.survey, bridge, measure)
                for key in self.score_keys() if fit and first else ():
                    if (key[1], *key[4:6]) == (bridge.old, measure, "mean") and key[0] < str(first):
                        row = self.score(key)
                        if fit and row and row.shown:
                            at = bridges.bridged(fit, row, new.survey.instrument.points)
                            yield (bridge.new, bridge.old, key[0], *key[2:5], key[6]), at

    # ── which rows there must be ─────────────────────────────────────────────────────────

    def score_keys(self) -> Iterator[ScoreKey]:
        for instrument, of in self.scores.items():
            for back in range(HISTORY_MONTHS + 1):
                period = months_before(self.period, back)
                for unit in of.units(period):
                    if of.invited(period, unit)[0] is not None:
                        yield (period, instrument, *unit, "response_rate", "share", "month")
                for window in WINDOWS:
                    if not within_reach(window, period, back):
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
        for every unit of the month but parts and units as they are now; of the questionnaires that are asked in it."""
        for instrument, of in self.comparisons.items():
            if not self._asked(of.survey.instrument):
                continue
            factors = [factor.id for factor in of.survey.instrument.factors]
            lines = [bonus(one) for one in self.case.bonuses if one.instrument == instrument]
            for unit in of.scores.units(self.period):
                for window in WINDOWS:
                    for against in (*AGAINST[window], *lines):
                        for measure in ("index", *(factors if window == "month" else ())):
                            if self._compared(of, unit, measure, window, against):
                                yield (instrument, *unit, measure, window, against)

    def _asked(self, of: Instrument) -> bool:
        return of.valid_from <= last_day(self.period) and first_day(self.period) <= of.valid_to

    def _compared(self, of: Comparisons, unit: Unit, measure: str, window: str, against: str) -> bool:
        if unit[0] in ("part", *AS_IS):
            return False
        if window != "month" and of.figures.sample(window, self.period) is None:
            return False
        return (
            of.line(unit, measure, against, self.period) is not None
            or of.reference(unit, against, self.period) is not None
        )
