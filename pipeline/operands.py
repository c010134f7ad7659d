"""Parts of content streams: the operands of operators, and their numbers in few digits."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

_OPAQUE = {b"/a1 gs": b"/a1.0 gs", b"/A1 gs": b"/A1.0 gs"}
_LONG = {digits: re.compile(rb"-?\d*\.\d{%d,}" % (digits + 1)) for digits in (2, 3)}
Matrix = tuple[float, float, float, float, float, float]


class Unfit(Exception):
    """A stream with something that WeasyPrint does not write for our pages; it may stay as it is."""


class Numbers(dict[int, int]):
    """Of the glyphs of a font, the new by the old."""

    def __missing__(self, old: int) -> int:
        raise Unfit


@cache
def alpha(item: bytes) -> tuple[str, bytes]:
    """Which of the two opacities an item sets, for fills `a` or for strokes `A`, and how it is written."""
    if item[1:2] not in (b"a", b"A") or not item[2:3].isdigit():
        raise Unfit
    return chr(item[1]), _OPAQUE.get(item, item)


@cache
def colour(item: bytes) -> bytes:
    return rounded(item, 3)


def renumbered(numbers: Mapping[int, int], found: re.Match[bytes]) -> bytes:
    text = bytes.fromhex(found[0].decode()).decode("utf-16-be")
    return text.translate(numbers).encode("utf-16-be").hex().encode()


def from_its_start(path: Sequence[bytes], digits: int) -> list[bytes]:
    """A path with the coordinates moved to its first point."""
    left, top = map(float, path[0].split()[:2])
    new = [b"1 0 0 1 %s %s cm 0 0 m" % (short(left, digits), short(top, digits))]
    for one in path[1:]:
        *numbers, operator = one.split()
        moved = [short(float(at) - (top if odd % 2 else left), digits) for odd, at in enumerate(numbers)]
        new.append(b" ".join((*moved, operator)))
    return new


def straight_on(before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    """Whether a horizontal line goes on from the end of another: each a move and a line."""
    if len(before) != 2 or not before[0].endswith(b" m") or not before[1].endswith(b" l"):
        return False
    heights = {one.split(b" ")[1] for one in (*before, *after)}
    return len(heights) == 1 and before[1][:-1] == after[0][:-1]


def product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def matrix_of(values: Matrix) -> bytes:
    return b" ".join((*(short(one, 5) for one in values[:4]), *(short(one, 3) for one in values[4:]), b"cm"))


def rounded(item: bytes, digits: int) -> bytes:
    return _LONG[digits].sub(lambda found: short(float(found[0]), digits), item)


def short(value: float, digits: int) -> bytes:
    """digits: at most, one or more."""
    number = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return b"0" if number == "-0" else number.encode()
