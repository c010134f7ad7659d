"""Figures of an older questionnaire on the scale of the next, by respondents who answered both."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor, sqrt

from pipeline.recompute.answers import factor_score, respondent_index
from pipeline.recompute.case import Bridge, Instrument, Row
from pipeline.recompute.intervals import t_975, welch
from pipeline.recompute.rounding import printed, stored_float, total, whole
from pipeline.recompute.scores import Score
from pipeline.recompute.survey import Sample, Survey


@dataclass(frozen=True)
class Fit:
    """new = c + b (old - m), with the variances and the covariance of c and b."""

    pairs: int
    m: Fraction
    c: Fraction
    b: float
    cc: float
    cb: float
    bb: float
    df: int


@dataclass(frozen=True)
class Bridged:
    n: int | None
    n_fit: int
    estimate: Decimal
    se: float
    df: int
    low: float
    high: float
    flag_before: str
    printed: Decimal


def score(of: Instrument, measure: str, row: Row) -> Fraction | None:
    """A respondent's factor; the index as the weighted mean of the factors the respondent has."""
    if measure == "index":
        return respondent_index(of, row)
    return factor_score(of, next(one for one in of.factors if one.id == measure), row)


def fit(new: Survey, old: Survey, bridge: Bridge, measure: str) -> Fit | None:
    """None unless each declared month has such respondents, together at least `withheld_below`; of a line, unless
    both scores vary and go together."""
    pairs = list(_pairs(new, old, bridge, measure))
    periods = {new.rows[one]["period"] for one, _, _ in pairs}
    if periods != {*bridge.periods} or len(pairs) < new.case.withheld_below:
        return None
    weight = total(new.weights[one] for one, _, _ in pairs)
    p = {one: new.weights[one] / weight for one, _, _ in pairs}
    m = total(p[one] * x for one, x, _ in pairs)
    c = total(p[one] * y for one, _, y in pairs)
    xx = total(p[one] * (x - m) ** 2 for one, x, _ in pairs)
    yy = total(p[one] * (y - c) ** 2 for one, _, y in pairs)
    xy = total(p[one] * (x - m) * (y - c) for one, x, y in pairs)
    b = Fraction(1)
    if bridge.kind == "linear":
        if xx <= Fraction(1, 10**9) or xy <= Fraction(1, 10**9):
            return None
        b = Fraction(sqrt(yy / xx))
    u = {one: p[one] * (y - c - b * (x - m)) for one, x, y in pairs}
    v = dict.fromkeys(u, Fraction(0))
    if bridge.kind == "linear":
        v = {one: p[one] * b * ((y - c) ** 2 / yy - (x - m) ** 2 / xx) / 2 for one, x, y in pairs}
    sample = Sample(
        "bridge", "", tuple(sorted(periods)), tuple(one for month in periods for one in new.by_period[month])
    )
    scaling = new.scaling(sample) or Fraction(0)
    zu, zv = whole(u), whole(v)
    cc, cb, bb = (float(scaling * new.covariance(*two)) for two in ((zu, zu), (zu, zv), (zv, zv)))
    df = sum(new.sizes[one] - 1 for one in {new.stratum[one] for one in u})
    return Fit(len(pairs), m, c, float(b), cc, cb, bb, df)


def _pairs(new: Survey, old: Survey, bridge: Bridge, measure: str) -> Iterator[tuple[int, Fraction, Fraction]]:
    """A response of the newer questionnaire, the older score and the newer one."""
    before: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in old.rows:
        before[row["period"], row["branch"], row["respondent"]].append(row)
    for place, row in enumerate(new.rows):
        if row["period"] not in bridge.periods:
            continue
        for other in before[row["period"], row["branch"], row["respondent"]]:
            x, y = score(old.instrument, measure, other), score(new.instrument, measure, row)
            if x is not None and y is not None:
                yield place, x, y


def bridged(of: Fit, row: Score, points: int) -> Bridged:
    """row: as published on the older scale."""
    assert row.estimate is not None
    step = float(Fraction(row.estimate) - of.m)
    middle = float(of.c) + of.b * step
    v1 = (of.b * (row.se or 0.0)) ** 2
    v2 = max(0.0, of.cc + 2 * step * of.cb + step * step * of.bb)
    df = floor(welch(((Fraction(v1), row.df or 0), (Fraction(v2), of.df))))
    margin = t_975(df) * sqrt(v1 + v2) if df else 100.0
    estimate = stored_float(min(100.0, max(0.0, middle)))
    return Bridged(
        row.n, of.pairs, estimate, sqrt(v1 + v2), df, max(0.0, middle - margin), min(100.0, middle + margin),
        row.flag, printed(estimate, points),
    )  # fmt: skip
