"""Drawings of plain shapes, painted by ourselves: WeasyPrint's way through SVG took a tenth of the time of a page.

A drawing with anything else in it, such as text, is left to WeasyPrint.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import pi
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.operands import short

_MILLIMETRE = 96 / 25.4  # in pixels of CSS
_SIDES = re.compile(
    r'^<svg [^>]*\bwidth="([\d.]+)mm" height="([\d.]+)mm" viewBox="([-\d.]+) ([-\d.]+) ([\d.]+) ([\d.]+)"'
)
_STEP = re.compile(r"([MLHVhvlZz])|(-?[\d.]+)")
_DIGITS = 3
_ROUND = pi**-0.5  # of the radius, from each quarter's end to where its curve is drawn to
_NUMBERS = ("x", "y", "width", "height", "cx", "cy", "r", "fill-opacity", "stroke-width")
_FORMS = dict.fromkeys(_NUMBERS, re.compile(r"-?\d+(\.\d+)?")) | {
    "d": re.compile(r"[MLHVhvlZz\d. -]+"),
    "stroke-dasharray": re.compile(r"[\d. ]+"), "stroke-linejoin": re.compile("miter|round"),
    **dict.fromkeys(("fill", "stroke"), re.compile("none|#([0-9a-f]{3}){1,2}")),
}  # fmt: skip
"""What may stand in a shape, and how."""


@dataclass(frozen=True)
class Shapes:
    """An image as WeasyPrint lays out and paints them. width, height: in pixels; box: left, top, width and height in
    the drawing's own unit; items: operators of a content stream, and opacities of fills before them."""

    width: float
    height: float
    box: tuple[float, float, float, float]
    items: tuple[bytes | float, ...]

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[float, float, float]:
        return self.width, self.height, self.width / self.height

    def draw(self, stream: Any, width: float, height: float, _style: object) -> None:
        """stream: weasyprint.pdf.stream.Stream, within a state of its own."""
        left, top, across, down = self.box
        scale = min(width / across, height / down)
        stream.transform(
            a=scale, d=scale, e=(width - across * scale) / 2 - left * scale, f=(height - down * scale) / 2 - top * scale
        )
        for item in self.items:
            if isinstance(item, bytes):
                stream.stream.append(item)
            else:
                stream.set_alpha(item)


def shapes(drawing: str) -> Shapes | None:
    """drawing: an SVG with its sides in millimetres. None if there is more in it than plain shapes."""
    sides = _SIDES.match(drawing)
    if sides is None:
        return None
    items: list[bytes | float] = []
    for one in ET.fromstring(drawing):
        given = one.attrib
        if one.tag not in _PATHS or not all(key in _FORMS and _FORMS[key].fullmatch(given[key]) for key in given):
            return None
        path = list(_PATHS[one.tag](given))
        if path:
            items += _painted(path, given)
    width, height, *box = map(float, sides.groups())
    left, top, across, down = box
    return Shapes(width * _MILLIMETRE, height * _MILLIMETRE, (left, top, across, down), tuple(items))


def _painted(path: list[bytes], given: dict[str, str]) -> list[bytes | float]:
    fill, stroke = given.get("fill", "#000000"), given.get("stroke", "none")
    items: list[bytes | float] = []
    if fill != "none":
        items += [float(given.get("fill-opacity", 1)), _colour(fill) + b" rg"]
    if stroke != "none":
        dashes = b" ".join(_numbers(*map(float, given.get("stroke-dasharray", "").split())))
        joined = b"1 j" if given.get("stroke-linejoin") == "round" else b"0 j"
        width = short(float(given.get("stroke-width", 1)), _DIGITS)
        items += [_colour(stroke) + b" RG", width + b" w", b"[%s] 0 d" % dashes, b"0 J", joined, b"4 M"]
    both = fill != "none" and stroke != "none"
    return [*items, *path, b"B" if both else b"f" if fill != "none" else b"S"]


@cache
def _colour(value: str) -> bytes:
    """value: #rgb or #rrggbb."""
    digits = value[1:] if len(value) == 7 else "".join(one * 2 for one in value[1:])
    return b" ".join(_numbers(*(one / 255 for one in bytes.fromhex(digits))))


def _numbers(*values: float) -> list[bytes]:
    return [short(one, _DIGITS) for one in values]


def _at(operator: bytes, *values: float) -> bytes:
    return b" ".join((*_numbers(*values), operator))


def _rect(given: dict[str, str]) -> Iterator[bytes]:
    x, y, width, height = (float(given[name]) for name in ("x", "y", "width", "height"))
    if width > 0 and height > 0:
        yield _at(b"re", x, y, width, height)


def _circle(given: dict[str, str]) -> Iterator[bytes]:
    x, y, r = (float(given[name]) for name in ("cx", "cy", "r"))
    half = r * _ROUND
    yield _at(b"m", x + r, y)
    yield _at(b"c", x + r, y + half, x + half, y + r, x, y + r)
    yield _at(b"c", x - half, y + r, x - r, y + half, x - r, y)
    yield _at(b"c", x - r, y - half, x - half, y - r, x, y - r)
    yield _at(b"c", x + half, y - r, x + r, y - half, x + r, y)
    yield b"h"


def _path(given: dict[str, str]) -> Iterator[bytes]:
    x = y = 0.0
    command, start = "", (x, y)
    values: list[float] = []
    for letter, number in _STEP.findall(given["d"]):
        if letter in ("Z", "z"):
            yield b"h"
            x, y = start
        elif letter:
            command, values = letter, []
        else:
            values.append(float(number))
            if len(values) == (1 if command in "HVhv" else 2):
                from_x, from_y = (x, y) if command.islower() else (0.0, 0.0)
                x = x if command in "Vv" else from_x + values[0]
                y = y if command in "Hh" else from_y + values[-1]
                start = (x, y) if command == "M" else start
                yield _at(b"m" if command == "M" else b"l", x, y)
                values = []


_PATHS = {"rect": _rect, "circle": _circle, "path": _path}
