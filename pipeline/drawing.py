"""Where the marks of a branch page's second look stand. Lengths in millimetres; nothing printed is computed here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.axis import Axis
from pipeline.detail import Aim, ItemLine, Quote, Strip, Theme
from pipeline.shown import Figure
from pipeline.view import FactorLine, IndexBlock

DENSE = 8  # factors, from more of which on their rows are smaller
NEAR = 2.7  # a number and another mark closer than this cannot be told apart
_AROUND = ((2.1, 0.8), (-2.1, 0.8), (0.0, -1.5), (0.0, 3.1), (2.0, -1.1), (-2.0, -1.1), (2.0, 2.6), (-2.0, 2.6))


def span_axis(values: Sequence[Decimal | float], points: int, steps: int = 20, most: int = 5) -> Axis:
    """An axis round all values, its ends and ticks in steps of a part of the scale, twice as long where there would be
    more than `most`."""
    lowest = min(map(float, values), default=points * 0.7)
    highest = max(map(float, values), default=points * 0.8)
    step = points / steps
    while (highest - lowest) / step > most:
        step *= 2
    low, high = int(lowest // step), -int(-highest // step)
    high = max(high, low + 1)
    ticks = tuple(round(place * step) for place in range(low, high + 1))
    return Axis(low * step, high * step, ticks)


def strip_axis(strip: Strip, headline: Figure, points: int) -> Axis:
    own = () if headline.low is None or headline.high is None else (headline.low, headline.high)
    return span_axis([end for one in strip.marks for end in (one.low, one.high)] + [*own], points, most=4)


@dataclass(frozen=True)
class Placed:
    """A branch in the strip: the middle of its column and its heights from the top."""

    x: float
    low: float
    y: float
    high: float


def placed(strip: Strip, kind: str, axis: Axis, pitch: float, height: float) -> Iterator[Placed]:
    for place, one in enumerate(strip.marks):
        if one.kind == kind:
            low, middle, high = (height - axis.at(value, height) for value in (one.low, one.estimate, one.high))
            yield Placed((place + 0.5) * pitch, low, middle, high)


def aims_axis(aims: Sequence[Aim], headline: Figure) -> Axis:
    """Room for the interval and every line, with a tenth of it on both sides."""
    values = [one.gap.reference for one in aims] + [headline.low, headline.high]
    shown = [float(value) for value in values if value is not None]
    room = max(0.12 * (max(shown) - min(shown)), 1e-3 * max(shown), 0.1)
    return Axis(min(shown) - room, max(shown) + room, ())


@dataclass(frozen=True)
class Stacks:
    """Bars of bottom box, middle and top box round the middle of what is between the boxes. left, right: per cent."""

    left: float
    right: float

    def edges(self, item: ItemLine, width: float) -> tuple[float, float, float, float]:
        """Where bottom box, middle and top box begin, and where the last ends."""
        assert item.top is not None
        assert item.bottom is not None
        top, bottom = float(item.top), float(item.bottom)
        middle = max(0.0, 100 - top - bottom)
        scale = width / (self.left + self.right)
        start = self.left - middle / 2 - bottom
        places = (start, start + bottom, start + bottom + middle, start + bottom + middle + top)
        return (places[0] * scale, places[1] * scale, places[2] * scale, places[3] * scale)

    def zero(self, width: float) -> float:
        return width * self.left / (self.left + self.right)


def stacks(items: Sequence[ItemLine]) -> Stacks:
    pairs = [(float(one.top), float(one.bottom)) for one in items if one.top is not None and one.bottom is not None]
    left = max((bottom + (100 - top - bottom) / 2 for top, bottom in pairs), default=50.0)
    right = max((top + (100 - top - bottom) / 2 for top, bottom in pairs), default=50.0)
    return Stacks(left, right)


@dataclass(frozen=True)
class Spot:
    """A factor in the matrix: number, its place, the ends of its interval, and where its number stands."""

    number: int
    name: str
    x: float
    y: float
    top: float
    bottom: float
    label: tuple[float, float]


@dataclass(frozen=True)
class Matrix:
    """x: of the equal share of all factors; y: of the index. across, up: axes."""

    spots: tuple[Spot, ...]
    x: float
    y: float
    across: Axis
    up: Axis


def matrix(block: IndexBlock, width: float, height: float) -> Matrix | str:
    """Factors by weight and score; or why there is none: base, partial or equal (all weights are the same)."""
    index = block.headline
    known = [line for line in block.factors if line.figure.low is not None]
    if index.flag == "partial" or (index.flag == "ok" and len(known) < len(block.factors)):
        return "partial"
    if index.flag != "ok" or index.estimate is None:
        return "base"
    weights = [line.weight for line in known]
    if max(weights) - min(weights) < Decimal("0.5"):
        return "equal"
    bounds = [bound for line in known for bound in (line.figure.low, line.figure.high) if bound is not None]
    up = _roomy(bounds, block.points)
    room = 0.08 * float(max(weights) - min(weights))
    across = Axis(float(min(weights)) - room, float(max(weights)) + room, _fives(min(weights), max(weights)))
    places = [(across.at(line.weight, width), height - up.at(line.figure.estimate or 0, height)) for line in known]
    labels = _labels(places, width, height)
    spots = tuple(_spot(number, line, places[number - 1], labels[number - 1], up, height)
                  for number, line in enumerate(known, start=1))  # fmt: skip
    return Matrix(spots, across.at(100 / len(known), width), height - up.at(index.estimate, height), across, up)


def _roomy(values: Sequence[Decimal], points: int) -> Axis:
    """An axis with room beyond all values for words in its corners, and ticks where a scale has them."""
    inner = span_axis(values, points)
    low, high = float(min(values)), float(max(values))
    room = 0.14 * max(high - low, points / 20)
    return Axis(low - room, high + room, tuple(one for one in inner.ticks if low - room <= one <= high + room))


def _spot(
    number: int, line: FactorLine, place: tuple[float, float], label: tuple[float, float], up: Axis, height: float
) -> Spot:
    top, bottom = (height - up.at(bound or 0, height) for bound in (line.figure.high, line.figure.low))
    return Spot(number, line.name, *place, top, bottom, label)


def _fives(low: Decimal, high: Decimal) -> tuple[int, ...]:
    step = 5 if high - low < 25 else 10
    return tuple(one for one in range(0, 101, step) if low <= one <= high)


def _labels(places: Sequence[tuple[float, float]], width: float, height: float) -> list[tuple[float, float]]:
    """A place beside each spot that is near no other spot and no other number, if there is one."""
    taken: list[tuple[float, float]] = []
    for own in places:
        others = [one for one in places if one != own] + taken

        def clear(at: tuple[float, float], others: list[tuple[float, float]] = others) -> float:
            inside = 1 < at[0] < width - 1 and 2 < at[1] < height
            nearest = min((abs(at[0] - x) + abs(at[1] - 0.8 - y) for x, y in others), default=99.0)
            return min(nearest, NEAR) if inside else -1

        around = [(own[0] + dx, own[1] + dy) for dx, dy in _AROUND]
        taken.append(max(around, key=lambda at: (clear(at), -around.index(at))))
    return taken


def trend_height(block: IndexBlock, extra: int) -> float:
    """What is left for the trend on a page that says more than usual. extra: lines of its head."""
    breaks = sum(1 for point in block.trend if point.note)
    less = 5 * extra + 4 * (block.headline.flag != "ok") + 3 * breaks
    return max(8.0, (11.0 if len(block.factors) > DENSE else 15.0) - less)


def columns(themes: Sequence[Theme], letters: int) -> tuple[list[Theme], list[Theme]]:
    """Themes in two columns of about the same height, in their order. letters: of a line."""
    heights = [2 + sum(lines(one, letters) for one in theme.quotes) for theme in themes]
    best = min(range(len(themes) + 1), key=lambda cut: (abs(sum(heights[:cut]) - sum(heights[cut:])), -cut))
    return list(themes[:best]), list(themes[best:])


def lines(quote: Quote, letters: int) -> int:
    """About how many lines a quote takes."""
    wide = sum(1 if one.isascii() else 2 for one in quote.text)
    return 1 + wide // letters
