"""The axes of the site's drawings. Geometry only."""

from collections.abc import Iterable

from pipeline.axis import Axis
from pipeline.page import trend_axis, upper_axis
from pipeline.view import TrendPoint
from pipeline.website.view import Factor, FactorLine, Unit


def axis_of(points: int, shown: Iterable[Unit | FactorLine]) -> Axis:
    """One axis for the bars of all these: the upper half of the scale, or more where it takes more."""
    return upper_axis(points, [one.figure for one in shown])


def close_axis(points: int, shown: Iterable[Unit | Factor]) -> Axis:
    """The same for figures that lie close together: no longer than it takes."""
    return trend_axis(points, [TrendPoint("", one.figure, None, None, one.figure, "") for one in shown])


def trends_axis(points: int, shown: Iterable[Unit]) -> Axis:
    """One axis for small trends that stand beside one another."""
    return trend_axis(points, [point for one in shown for point in one.trend])
