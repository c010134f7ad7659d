"""Benjamini and Hochberg's q: of comparisons that are read together, the share of false findings."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping

Key = tuple[str, str, str, str, str, str]  # instrument, level, unit, measure, window, against
Family = tuple[str, str, bool, str, str]


def family(key: Key) -> Family:
    """An instrument's units of one level, the index or all factors, one window, one reference."""
    instrument, level, _, measure, window, against = key
    return instrument, level, measure == "index", window, against


def discovery(p: Mapping[Key, float]) -> dict[Key, float]:
    """q of every comparison that has a p: the smallest of m t / #(p <= t) over the thresholds t, themselves p
    values, at which it is a finding."""
    families: dict[Family, list[float]] = defaultdict(list)
    for key, one in p.items():
        families[family(key)].append(one)
    rates: dict[tuple[Family, float], float] = {}
    for name, values in families.items():
        order, least = sorted(values), float("inf")
        for one in reversed(order):
            least = min(least, len(order) * one / bisect_right(order, one))
            rates[name, one] = least
    return {key: rates[family(key), one] for key, one in p.items()}


def between(p: Mapping[Key, float], of: Key, half: float) -> tuple[float, float]:
    """The least and the largest q that a comparison can have where each p is known but for `half` on either side."""
    low, high = (discovery({key: max(0.0, one + side) for key, one in p.items()})[of] for side in (-half, half))
    return low, high
