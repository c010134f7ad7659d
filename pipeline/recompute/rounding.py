"""Sums without rounding, and the one rounding there is: half away from zero."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor, lcm
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def total(numbers: Iterable[Fraction]) -> Fraction:
    """The sum: whole numbers are added per denominator, fractions only at the end."""
    numerators: dict[int, int] = defaultdict(int)
    for one in numbers:
        numerators[one.denominator] += one.numerator
    return sum((Fraction(above, below) for below, above in numerators.items()), Fraction(0))


def whole(numbers: Mapping[Key, Fraction]) -> tuple[int, dict[Key, int]]:
    """One denominator of all the numbers, and what stands above it: whole numbers are added and multiplied many times
    faster than fractions."""
    below = lcm(*{one.denominator for one in numbers.values()})
    return below, {key: one.numerator * (below // one.denominator) for key, one in numbers.items()}


def rounded(value: Fraction, places: int) -> Decimal:
    """Half away from zero."""
    count = floor(abs(value) * 10**places + Fraction(1, 2))
    return Decimal(count if value >= 0 else -count).scaleb(-places)


def stored(value: Fraction) -> Decimal:
    """A figure as the tables hold it."""
    return rounded(value, 9)


def stored_float(value: float) -> Decimal:
    return stored(Fraction(value))


def printed(value: Decimal, points: int) -> Decimal:
    """A stored figure on the published scale."""
    return rounded(Fraction(value) * points / 100, 1)
