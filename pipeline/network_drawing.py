"""Geometry of the headquarters report's drawings: axes, limits, labels that do not cover one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from pipeline.network_blocks import Funnel, FunnelPoint

LETTER, LINE = 1.35, 2.6  # mm a letter of a code is wide, and its line high


@dataclass(frozen=True)
class Plane:
    """A drawing's two scales, in units of what they measure. Ticks from low to high."""

    x_low: float
    x_high: float
    x_ticks: tuple[int, ...]
    y_low: float
    y_high: float
    y_ticks: tuple[int, ...]
    w: float
    h: float

    def x(self, value: Decimal | float) -> float:
        """mm from the left."""
        return self.w * (float(value) - self.x_low) / (self.x_high - self.x_low)

    def y(self, value: Decimal | float) -> float:
        """mm from the top."""
        return self.h * (1 - (float(value) - self.y_low) / (self.y_high - self.y_low))


@dataclass(frozen=True)
class Label:
    """A unit's code and where it stands: its left end and base line, and how long it is, mm."""

    text: str
    x: float
    y: float
    width: float


def funnel_plane(funnel: Funnel, points: int, w: float, h: float) -> Plane:
    """Round all bases, all figures and all limits of a funnel; points: the scale's end."""
    sizes = [float(point.effective_n) for point in funnel.points]
    values = [float(v) for point in funnel.points for v in (*point.limits, point.figure.estimate or funnel.centre)]
    step = _step(max(sizes) - min(sizes), 8)
    x_low, x_high = floor(min(sizes) / step - 0.2) * step, ceil(max(sizes) / step + 0.2) * step
    rise = _step(max(values) - min(values), 6)
    y_low, y_high = max(0, floor(min(values) / rise) * rise), min(points, ceil(max(values) / rise) * rise)
    x_low = max(0, x_low)
    room = (y_high - y_low) / 40  # a figure at the scale's end is drawn whole
    ticks = tuple(range(x_low, x_high + 1, step)), tuple(range(y_low, y_high + 1, rise))
    return Plane(x_low, x_high, ticks[0], y_low - room, y_high + room, ticks[1], w, h)


def _step(span: float, most: int) -> int:
    """1, 2 or 5 times a power of ten, so that at most so many steps cover the span."""
    least = max(1.0, span / most)
    power = 10 ** floor(log10(least))
    return int(next(times * power for times in (1, 2, 5, 10) if times * power >= least))


def limit_lines(funnel: Funnel, plane: Plane) -> tuple[list[tuple[float, float]], ...]:
    """The four limits, lowest first: (x, y) of each unit."""
    return tuple(
        [(plane.x(point.effective_n), plane.y(point.limits[place])) for point in funnel.points] for place in range(4)
    )


def labels(funnel: Funnel, plane: Plane) -> list[Label]:
    """Of the listed units outside their limits, each beside its point and clear of the others where there is room."""
    taken = [_box(plane.x(one.effective_n) - 1, plane.y(one.figure.estimate or 0) - 1, 2, 2) for one in funnel.points]
    return [_label(point, plane, taken) for point in funnel.outside if point.figure.estimate is not None]


_Box = tuple[float, float, float, float]


def _box(x: float, y: float, w: float, h: float) -> _Box:
    return x, y, x + w, y + h


def _label(point: FunnelPoint, plane: Plane, taken: list[_Box]) -> Label:
    x, y = plane.x(point.effective_n), plane.y(point.figure.estimate or 0)
    width = LETTER * len(point.branch)
    right, left = x + 1.8, x - 1.8 - width
    beside = [(right, y - LINE / 2), (left, y - LINE / 2), (x - width / 2, y - LINE - 1.4), (x - width / 2, y + 1.4)]
    beside += [(side, y - LINE / 2 + rows * LINE) for rows in (-1, 1, -2, 2, -3, 3) for side in (right, left)]
    inside = [(a, b) for a, b in beside if a >= 0 and a + width <= plane.w and b >= 0 and b + LINE <= plane.h]
    boxes = [_box(a, b, width, LINE) for a, b in inside or beside]
    free = [box for box in boxes if not any(_overlap(box, other) for other in taken)]
    chosen = (free or sorted(boxes, key=lambda box: sum(_overlap(box, other) for other in taken)))[0]
    taken.append(chosen)
    return Label(point.branch, chosen[0], chosen[3] - 0.7, width)


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
