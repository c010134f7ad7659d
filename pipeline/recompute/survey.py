"""One instrument's responses: their weights, strata and values, and the samples of windows."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from pipeline.recompute.answers import Variable, readers
from pipeline.recompute.calibration import Margins
from pipeline.recompute.case import Case, Instrument
from pipeline.recompute.months import window_months
from pipeline.recompute.places import PEERS, Places, Unit
from pipeline.recompute.rounding import Numbers, whole

Stratum = tuple[str, ...]  # period, then a value per strata field: each month is a sample of its own


@dataclass(frozen=True)
class Sample:
    """The responses of the months of a window that ends in a period."""

    window: str
    period: str
    months: tuple[str, ...]
    responses: tuple[int, ...]


class Survey:
    """Responses are told by their place in the case's rows."""

    def __init__(self, case: Case, instrument: Instrument, places: Places) -> None:
        self.case = case
        self.instrument = instrument
        self.places = places
        self.rows = case.rows[instrument.id]
        base = [Fraction(row["weight"] if case.weighted else 1) for row in self.rows]
        self.weights = [one * Fraction(row.get("factor") or 1) for one, row in zip(base, self.rows, strict=True)]
        self.whole_weights = whole(dict(enumerate(self.weights)))
        self._before = [one * Fraction(row.get("before") or 1) for one, row in zip(base, self.rows, strict=True)]
        self.by_period: dict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(self.rows):
            self.by_period[row["period"]].append(place)
        self.stratum: list[Stratum] = [
            (row["period"], *(places.field(row, name) for name in case.design.strata)) for row in self.rows
        ]
        self.sizes = Counter(self.stratum)  # all accepted responses, whatever they answered
        self._readers = readers(instrument)
        self._numbers = {one: number for number, one in enumerate(self.sizes)}
        self._numbered = [self._numbers[one] for one in self.stratum]
        self._values: dict[Variable, Numbers[int]] = {}
        self._units: dict[tuple[str, str], dict[str, list[int]]] = {}
        self._margins: dict[str, Margins | None] = {}

    # ── responses ────────────────────────────────────────────────────────────────────────

    def values(self, variable: Variable) -> Numbers[int]:
        """Of the responses that have one."""
        if variable not in self._values:
            found = {place: self._readers[variable](row) for place, row in enumerate(self.rows)}
            self._values[variable] = whole({place: one for place, one in found.items() if one is not None})
        return self._values[variable]

    def value(self, variable: Variable, response: int) -> Fraction | None:
        values = self.values(variable)
        return Fraction(values.above[response], values.below) if response in values.above else None

    def part(self, response: int) -> str:
        """The division, where the index is a mean over divisions."""
        return str(self.rows[response]["division"] or "") if self.instrument.rule == "mean_of_dimensions" else ""

    def sample(self, window: str, period: str) -> Sample | None:
        """None unless every month of the window has responses."""
        months = window_months(window, period)
        if not all(self.by_period.get(month) for month in months):
            return None
        return Sample(window, period, months, tuple(one for month in months for one in self.by_period[month]))

    def units(self, level: str, period: str) -> Mapping[str, list[int]]:
        """unit -> the responses of a month that count in it."""
        key = level, period
        if key not in self._units:
            found: dict[str, list[int]] = defaultdict(list)
            for one in self.by_period.get(period, []):
                unit = self.places.unit(level, self.rows[one])
                if unit is not None:
                    found[unit].append(one)
            self._units[key] = dict(found)
        return self._units[key]

    def members(self, unit: Unit, sample: Sample) -> list[int]:
        level, name = unit
        if level == PEERS:
            return [
                one for one in sample.responses
                if self.places.are_peers(name, self.rows[one]["branch"], self.rows[one]["period"])
            ]  # fmt: skip
        return [one for month in sample.months for one in self.units(level, month).get(name, [])]

    def heard(self, level: str, sample: Sample) -> set[str]:
        """The units of a level that have responses in a sample."""
        return {unit for month in sample.months for unit in self.units(level, month)}

    # ── the design ───────────────────────────────────────────────────────────────────────

    def sampled(self, stratum: Stratum) -> Fraction:
        """f_h = n_h / N_h, the share of the stratum's customers that was heard; 0 for an endless one."""
        if not self.case.design.finite:
            return Fraction(0)
        return self.sizes[stratum] / Fraction(self.case.populations[self.instrument.id][stratum])

    def scaling(self, sample: Sample) -> Fraction | None:
        """What a variance is multiplied with: H / (H - L) where strata of one response get the average
        of the others, else 1. None where all strata are of one response."""
        if self.case.design.single != "average":
            return Fraction(1)
        strata = {self.stratum[one] for one in sample.responses}
        more = sum(self.sizes[one] > 1 for one in strata)
        return Fraction(len(strata), more) if more else None

    def covariance(self, z: Numbers[int], y: Numbers[int]) -> Fraction:
        """Of two figures with these linearised values; a response that is not in them has 0 there.

        sum over strata h of (1 - f_h) n_h / (n_h - 1) (sum z_i y_i - sum z_i sum y_i / n_h). A stratum of
        one response: `adjust` centres it on the unit's mean instead of its own, z_i y_i; else 0."""
        products: dict[int, int] = defaultdict(int)
        sums_z: dict[int, int] = defaultdict(int)
        sums_y: dict[int, int] = defaultdict(int)
        for one, value in z.above.items():
            sums_z[self._numbered[one]] += value
            if one in y.above:
                products[self._numbered[one]] += value * y.above[one]
        for one, value in y.above.items():
            sums_y[self._numbered[one]] += value
        summed = Fraction(0)
        for stratum, number in self._numbers.items():
            if number not in sums_z or number not in sums_y:
                continue
            n, product = self.sizes[stratum], products[number]
            if n > 1:
                spread = Fraction(n * product - sums_z[number] * sums_y[number], n - 1)
            else:
                spread = Fraction(product if self.case.design.single == "adjust" else 0)
            summed += (1 - self.sampled(stratum)) * spread
        return summed / (z.below * y.below)

    def residuals(self, z: Numbers[int], sample: Sample) -> Numbers[int]:
        """z after calibration: in months whose weights were raked, what the margins do not explain."""
        found = []
        for month in sample.months:
            margins = self._of_month(month)
            mine = Numbers({one: z.above[one] for one in self.by_period[month] if one in z.above}, z.below)
            found.append(mine if margins is None else margins.residuals(mine))
        below = lcm(*(of.below for of in found))
        return Numbers({one: value * of.times(below) for of in found for one, value in of.above.items()}, below)

    def _of_month(self, month: str) -> Margins | None:
        if month not in self._margins:
            categories = {one: tuple(self.rows[one].get("margins") or ()) for one in self.by_period[month]}
            cells = frozenset(cell for one in self.by_period[month] for cell in self.rows[one].get("cells") or ())
            known = any(categories.values())
            self._margins[month] = Margins(categories, self._before, self.weights, cells) if known else None
        return self._margins[month]
