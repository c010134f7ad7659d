"""Raking: weights that meet the population of every margin at once.

Iterative proportional fitting (Deming and Stephan 1940): margin after margin, the weights of a
category are multiplied by population / sum of weights, until no category of any margin is off by
1e-8 of its population. Of all weights that meet the margins these change the given ones least
(Kullback-Leibler). A weight becomes itself x one factor for its combination of categories, so the
work is done on those combinations.

The digits are the same on any machine with IEEE arithmetic: single operations on arrays, sums only
by numpy.bincount, which adds one after another, and math.fsum, which is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TOLERANCE = 1e-8  # the largest error that may be left
STOP = 1e-10  # where to stop, so that rounding the weights leaves less than that
MOST_ITERATIONS = 1000


def add_up(values: Floats | Integers, of: Integers, size: int = 0) -> Floats:
    """The sum of the values of each position, one added after another."""
    return np.bincount(of, values, size).astype(np.float64, copy=False)


@dataclass(frozen=True)
class Margin:
    """categories: their names; of: for each key the position of its category; target: the
    population of each category, over 0."""

    id: str
    by: tuple[str, ...]
    categories: tuple[str, ...]
    of: Integers
    target: Floats

    def sums(self, weights: Floats) -> Floats:
        """The sum of the keys' weights in each category."""
        return add_up(weights, self.of, len(self.categories))

    def errors(self, weights: Floats) -> Floats:
        """How far each category is off its population, as a share of it."""
        return np.abs(self.sums(weights) / self.target - 1)


@dataclass(frozen=True)
class Raked:
    """factor: of each key. error: the largest that is left, of the category at `worst` (margin,
    category); below TOLERANCE if it converged."""

    factor: Floats
    iterations: int
    error: float
    worst: tuple[int, int]


class Raking:
    """The combinations of the categories of some margins of the same total, found once."""

    def __init__(self, margins: Sequence[Margin], keys: int) -> None:
        self._cell: Integers = np.zeros(keys, np.int64)
        for one in margins:
            _, self._cell = np.unique(self._cell * len(one.categories) + one.of, return_inverse=True)
        first: Integers = np.zeros(int(self._cell.max()) + 1, np.int64)
        first[self._cell] = np.arange(keys)  # any key of a cell stands for it
        self._margins = [Margin(one.id, one.by, one.categories, one.of[first], one.target) for one in margins]

    def rake(self, weights: Floats) -> Raked:
        """weights: the sum of weights of each key, over 0."""
        given = add_up(weights, self._cell)
        now = given.copy()
        iterations, (error, worst) = 0, _off(now, self._margins)
        with np.errstate(all="ignore"):
            while error >= STOP and iterations < MOST_ITERATIONS:
                for one in self._margins:
                    now = now * (one.target / one.sums(now))[one.of]
                if not np.isfinite(now).all():
                    break  # a category has been emptied for the sake of others
                iterations += 1
                error, worst = _off(now, self._margins)
            return Raked((now / given)[self._cell], iterations, error, worst)


def _off(weights: Floats, margins: Sequence[Margin]) -> tuple[float, tuple[int, int]]:
    found = (0.0, (0, 0))
    for place, one in enumerate(margins):
        errors = one.errors(weights)
        largest = int(errors.argmax())
        if errors[largest] > found[0]:
            found = (float(errors[largest]), (place, largest))
    return found
