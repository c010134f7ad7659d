"""Sums without rounding, and the one rounding there is: half away from zero."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Numbers(Generic[Key]):
    """Numbers of one denominator, each `above[key] / below`: whole numbers are added and multiplied many times faster
    than fractions."""

    above: Mapping[Key, int]
    below: int = 1

    def times(self, below: int) -> int:
        """What `above` is multiplied with for another denominator, a multiple of its own."""
        return below // self.below


def total(numbers: Iterable[Fraction]) -> Fraction:
    """The sum: whole numbers are added per denominator, fractions only at the end."""
    numerators: dict[int, int] = defaultdict(int)
    for one in numbers:
        above, below = one.as_integer_ratio()
        numerators[below] += above
    return sum((Fraction(above, below) for below, above in numerators.items()), Fraction(0))


def whole(numbers: Mapping[Key, Fraction]) -> Numbers[Key]:
    below = lcm(*{one.denominator for one in numbers.values()})
    return Numbers({key: one.numerator * (below // one.denominator) for key, one in numbers.items()}, below)


def rounded(value: Fraction, places: int) -> Decimal:
    """Half away from zero."""
    above, below = value.as_integer_ratio()
    count = (2 * abs(above) * 10**places + below) // (2 * below)
    return Decimal(count if above >= 0 else -count).scaleb(-places)


def stored(value: Fraction) -> Decimal:
    """A figure as the tables hold it."""
    return rounded(value, 9)


def stored_float(value: float) -> Decimal:
    return stored(Fraction(value))


def printed(value: Decimal, points: int) -> Decimal:
    """A stored figure on the published scale."""
    return rounded(Fraction(value) * points / 100, 1)
