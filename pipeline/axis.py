"""A drawn scale."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Axis:
    """A drawn scale in published points. ticks: the labelled values, from low to high."""

    low: float
    high: float
    ticks: tuple[int, ...]

    def at(self, value: Decimal | float, length: float) -> float:
        """Distance of value from the low end of an axis of this length, kept on the axis."""
        share = (float(value) - self.low) / (self.high - self.low)
        return length * min(1.0, max(0.0, share))
