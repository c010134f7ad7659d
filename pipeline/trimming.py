"""Trimming: no weight may be far from the others, whatever the margins would make of it.

iqr     highest weight = median + 6 (Q3 - Q1)
bounds  lowest and highest weight = low and high x mean weight

Both are worked out once, from the raked weights; quartiles are those of the responses' weights,
type 7 of Hyndman and Fan 1996 (the default of R and numpy). Weights beyond are set to the bound and
all are raked again, round after round, until none is beyond by more than 1e-8 of the bound: then
bounds and margins hold together. Where there are no margins the sum of the weights is kept.
Source: Potter 1990; Battaglia, Izrael, Hoaglin and Frankel 2009.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum

import numpy as np
from numpy.typing import NDArray

from pipeline.raking import STOP, TOLERANCE, Floats, Integers, Margin, Raked, Raking

MOST_ROUNDS = 1000
IQRS = 6


@dataclass(frozen=True)
class Bounds:
    """Of the weight of one response."""

    low: float
    high: float


@dataclass(frozen=True)
class Trimmed:
    """weights: of one response of each key. trimmed: which keys were cut in any round. iterations:
    of all rounds. failed: the raking that did not converge. excess: by how much the furthest weight
    is beyond its bound, as a share of it; at most TOLERANCE unless the bounds cannot be met."""

    weights: Floats
    trimmed: NDArray[np.bool_]
    iterations: int
    failed: Raked | None
    excess: float


def quantile(values: Floats, counts: Integers, percent: int) -> float:
    """Type 7: with n sorted values, the one at 1 + (n - 1) p, between two in proportion. counts:
    how often each value stands."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(counts[order])
    place = Fraction((int(upto[-1]) - 1) * percent, 100)
    below = int(place)
    low, high = (float(values[order[np.searchsorted(upto, one, side="right")]])
                 for one in (below, min(below + 1, int(upto[-1]) - 1)))  # fmt: skip
    return low + float(place - below) * (high - low)


def iqr_bounds(weights: Floats, counts: Integers) -> Bounds:
    q1, median, q3 = (quantile(weights, counts, percent) for percent in (25, 50, 75))
    return Bounds(0.0, median + IQRS * (q3 - q1))


def mean_bounds(weights: Floats, counts: Integers, low: float, high: float) -> Bounds:
    mean = fsum((weights * counts).tolist()) / int(counts.sum())
    return Bounds(low * mean, high * mean)


def beyond(weights: Floats, bounds: Bounds) -> float:
    """By how much the furthest weight is beyond its bound, as a share of it."""
    over = float(weights.max()) / bounds.high - 1
    under = 1 - float(weights.min()) / bounds.low if bounds.low > 0 else 0.0
    return max(over, under, 0.0)


def trim(weights: Floats, counts: Integers, bounds: Bounds, margins: Sequence[Margin]) -> Trimmed:
    """weights: of one response of each key, raked. margins: at least one."""
    ever, iterations = np.zeros(len(weights), np.bool_), 0
    raking = Raking(margins, len(weights))
    for _ in range(MOST_ROUNDS):
        excess = beyond(weights, bounds)
        if excess <= STOP:
            break
        capped = np.minimum(np.maximum(weights, bounds.low), bounds.high)
        ever |= capped != weights
        raked = raking.rake(capped * counts)
        iterations += raked.iterations
        if raked.error >= TOLERANCE:
            return Trimmed(weights, ever, iterations, raked, excess)
        weights = capped * raked.factor
    return Trimmed(weights, ever, iterations, None, beyond(weights, bounds))
