"""Units looked at side by side: which ranks each may have, how much of their differences is real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import log, sqrt

from pipeline.recompute.intervals import t_975, welch
from pipeline.recompute.places import AS_IS
from pipeline.recompute.rounding import stored, stored_float, total
from pipeline.recompute.scores import Scores
from pipeline.recompute.spread import Named
from pipeline.recompute.tails import range_point

ALONE = ("part", "network", *AS_IS)  # levels whose units are not set beside each other
LIMITS = (("95", 1.959963984540054), ("998", 3.090232306167814))


@dataclass(frozen=True)
class Placed:
    """A figure that is shown and whole. own_variance, own_df: of its own responses; variance, df: what its interval
    rests on."""

    unit: str
    ranked: bool
    estimate: Fraction
    variance: Fraction | None
    df: int
    kish: Fraction
    own_variance: Fraction | None
    own_df: int


@dataclass(frozen=True)
class RankSet:
    rank_low: int
    rank_high: int
    tier_group: int


@dataclass(frozen=True)
class Standing:
    """Where a branch stands in a group."""

    group: str
    rank: int
    rank_low: int
    rank_high: int
    ranked: int


@dataclass(frozen=True)
class Reliability:
    """one: the variance of one respondent; tau2: that between the units. As stored."""

    units: int
    centre: Decimal
    one: Decimal
    tau2: Decimal
    reliability: Decimal
    phi: Decimal | None


@dataclass(frozen=True)
class Shrunk:
    reliability: float
    eb: float
    eb_low: float
    eb_high: float
    funnel_low95: float
    funnel_high95: float
    funnel_low998: float
    funnel_high998: float
    outside: str


class SideBySide:
    """Of one instrument."""

    def __init__(self, scores: Scores, period: str) -> None:
        self.scores = scores
        self.period = period
        self.placed = cache(self._placed)
        self.reliability = cache(self._reliability)
        self.shrunk = cache(self._shrunk)

    def _placed(self, named: Named, window: str, level: str) -> tuple[Placed, ...]:
        """By falling figure, and by name."""
        found, figures = [], self.scores.figures
        for unit in self.scores.units(self.period, level) if level not in ALONE else ():
            judged = self.scores.judged(named, window, self.period, unit)
            if judged.flag in ("ok", "caution") and judged.figure is not None:
                figure, spread = judged.figure, figures.spread(named, judged.figure)
                ranked = judged.flag == "ok" and self.scores.survey.places.ranked(level)
                own = figures.own_variance(named, figure)
                found.append(
                    Placed(unit[1], ranked, figure.estimate, spread.variance, spread.df, figure.kish, own, figure.df)
                )
        return tuple(sorted(found, key=lambda one: (-one.estimate, one.unit)))

    # ── ranks ────────────────────────────────────────────────────────────────────────────

    def rank_set(self, named: Named, window: str, level: str, unit: str) -> RankSet | None:
        """The ranks that a unit may have, all units at once, and the group it is in; None where it has no rank."""
        ranked = [one for one in self.placed(named, window, level) if one.ranked]
        mine = next((one for one in ranked if one.unit == unit), None)
        if mine is None:
            return None
        limit = critical(len(ranked))
        group, leader = 1, ranked[0]
        for one in ranked[1 : ranked.index(mine) + 1]:
            if clearly_above(leader, one, limit):
                group, leader = group + 1, one
        return RankSet(*_ranges(mine, ranked, limit), group)

    def standing(self, within: str, branch: str) -> Standing | None:
        """Of the index of the month, in `network`, `region` or `peers`: the clear differences are the network's."""
        everyone = [one for one in self.placed(("index", "mean"), "month", "branch") if one.ranked]
        group = self._group(within, branch)
        members = [one for one in everyone if self._group(within, one.unit) == group]
        mine = next((one for one in members if one.unit == branch), None)
        if mine is None or group is None:
            return None
        rank = 1 + sum(one.estimate > mine.estimate for one in members)
        return Standing(group, rank, *_ranges(mine, members, critical(len(everyone))), len(members))

    def standings(self) -> Mapping[tuple[str, str], Standing]:
        """(within, branch) -> every row of the table."""
        found = {}
        for one in self.placed(("index", "mean"), "month", "branch"):
            for within in ("network", "region", "peers"):
                row = self.standing(within, one.unit)
                if row is not None:
                    found[within, one.unit] = row
        return found

    def _group(self, within: str, branch: str) -> str | None:
        """None where a branch is in none; of peers where no fields are declared or nothing is known in them."""
        survey = self.scores.survey
        fields = {"network": (), "region": ("region",), "peers": survey.case.peers}[within]
        if within == "network":
            return "network"
        return "/".join(survey.places.branch_field(branch, one, self.period) for one in fields) or None

    # ── reliability ──────────────────────────────────────────────────────────────────────

    def _reliability(self, named: Named, window: str, level: str) -> Reliability | None:
        """None unless there are two units or more, and some has degrees of freedom of its own."""
        units = self.placed(named, window, level)
        freedom = sum(one.own_df for one in units)
        if len(units) < 2 or not freedom:
            return None
        sizes = [1 / one.kish for one in units]
        size, count = total(sizes), len(units)
        centre = total(one.estimate * m for one, m in zip(units, sizes, strict=True)) / size
        one = total(u.own_df * u.own_variance / u.kish for u in units if u.own_variance is not None) / freedom
        between = total(m * (u.estimate - centre) ** 2 for u, m in zip(units, sizes, strict=True)) / (count - 1)
        spread = (size - total(m * m for m in sizes) / size) / (count - 1)
        phi = None
        if one:
            z = sorted(float(u.estimate - centre) / sqrt(one * u.kish) for u in units)
            low, high = _quantile(z, 1), _quantile(z, 9)
            phi = stored_float(sum(min(high, max(low, value)) ** 2 for value in z) / count)
        return Reliability(
            count, stored(centre), stored(one), stored(max(Fraction(0), between - one) / spread),
            stored(max(Fraction(0), 1 - one / between)) if between else stored(Fraction(0)), phi,
        )  # fmt: skip

    def _shrunk(self, named: Named, window: str, level: str) -> Mapping[str, Shrunk]:
        """By unit. From the stored values of the reliability table, as whoever has that table would."""
        of = self.reliability(named, window, level)
        if of is None:
            return {}
        units = self.placed(named, window, level)
        one, tau2, centre = Fraction(of.one), Fraction(of.tau2), Fraction(of.centre)
        variances = [one * unit.kish for unit in units]
        precision = [1 / (tau2 + v) if tau2 + one else Fraction(1) for v in variances]
        mean = total(p * u.estimate for p, u in zip(precision, units, strict=True)) / total(precision)
        of_mean = 1 / total(precision) if tau2 + one else Fraction(0)
        found = {}
        for unit, v in zip(units, variances, strict=True):
            share = tau2 / (tau2 + v) if tau2 else Fraction(0)
            eb = mean + share * (unit.estimate - mean)
            margin = t_975(of.units - 1) * sqrt(share * v + (1 - share) ** 2 * of_mean)
            wide = sqrt(max(Fraction(1), Fraction(of.phi or 0)) * v)
            funnel = {
                name: (max(0.0, float(centre) - z * wide), min(100.0, float(centre) + z * wide)) for name, z in LIMITS
            }
            found[unit.unit] = Shrunk(
                float(share), float(eb), max(0.0, float(eb) - margin), min(100.0, float(eb) + margin),
                *funnel["95"], *funnel["998"], _outside(stored(unit.estimate), funnel),
            )  # fmt: skip
        return found


def critical(count: int) -> float:
    """What the normal deviate of a difference must exceed, so that all pairs hold at once 95 times in 100."""
    return range_point(count) / sqrt(2) if count > 1 else 0.0


def clearly_above(a: Placed, b: Placed, limit: float) -> bool:
    """Student's t of the difference, with Welch's degrees of freedom, made a normal deviate by the first terms of
    Hill's expansion; any difference at all where neither varies; none where a variance is not known."""
    if a.estimate <= b.estimate or a.variance is None or b.variance is None or not a.df or not b.df:
        return False
    v = a.variance + b.variance
    if not v:
        return True
    df = float(welch(((a.variance, a.df), (b.variance, b.df))))
    squared = float((a.estimate - b.estimate) ** 2 / v)
    w = sqrt((df - 0.5) * log(1 + squared / df))
    return w + (w**3 + 3 * w) / (48 * (df - 0.5) ** 2) > limit


def _ranges(mine: Placed, members: Sequence[Placed], limit: float) -> tuple[int, int]:
    above = sum(clearly_above(one, mine, limit) for one in members)
    below = sum(clearly_above(mine, one, limit) for one in members)
    return 1 + above, len(members) - below


def _quantile(values: Sequence[float], tenths: int) -> float:
    """Between neighbours in proportion (Hyndman and Fan's type 7). values: in order."""
    place = Fraction(tenths * (len(values) - 1), 10)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + float(place - below) * (values[above] - values[below])


def _outside(published: Decimal, funnel: Mapping[str, tuple[float, float]]) -> str:
    for name in ("998", "95"):
        low, high = (stored_float(one) for one in funnel[name])
        if not low <= published <= high:
            return f"{'above' if published > high else 'below'}_{name}"
    return "no"
