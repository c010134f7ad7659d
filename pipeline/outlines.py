"""Glyph outlines on every fourth of 1000 units per em, which deflate to two thirds of the bytes.

At 36 pt, the largest size of a page, half a step is 0.07 pt: less than half a dot of a printer of 400 dpi. Advance
widths stay exact, and the em stays 1000 units: readers are used to no other in such a font. A glyph's new outline
depends on the old one alone, never on the document, so it is made once for each process.
"""

import io
import struct
from functools import cache
from types import SimpleNamespace

from fontTools.cffLib import CFFFontSet
from fontTools.cffLib.specializer import commandsToProgram, specializeCommands
from fontTools.misc.psCharStrings import T2CharString

STEP = 4
"""Units that points of an outline are apart, across and up."""
FLAT = 2.5
"""Units of the source that a curve may bend and still be drawn as a line."""

_EM = 1000
_ADOBE, _IDENTITY = 391, 392  # the first two strings of a font's own


def glyphs_of(data: bytes) -> tuple[bytes, list[bytes]] | None:
    """Of a bare CFF font program the name and the charstrings of its glyphs, on the coarser grid; None unless it has
    1000 units per em, is keyed by CIDs that are the numbers of the glyphs, and has no subroutines."""
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(data), None)
    font = fonts[0]
    numbered = hasattr(font, "ROS") and font.charset[1:] == [f"cid{n:05d}" for n in range(1, len(font.charset))]
    own = [font, *font.FDArray] if numbered else []
    if not own or len(fonts.GlobalSubrs) or any("FontMatrix" in one.rawDict for one in own):
        return None
    if any(hasattr(one.Private, "Subrs") for one in font.FDArray):
        return None
    glyphs = [
        _glyph(code.bytecode, code.private.defaultWidthX, code.private.nominalWidthX)
        for code in font.CharStrings.charStringsIndex
    ]
    return fonts.fontNames[0].encode(), glyphs


@cache
def _glyph(code: bytes, default: int, nominal: int) -> bytes:
    """A charstring anew. default, nominal: what widths in the old one are counted from."""
    counted_from = SimpleNamespace(defaultWidthX=default, nominalWidthX=nominal)
    old = T2CharString(code, private=counted_from, globalSubrs=[])
    pen = _Pen()
    old.draw(pen)
    program = commandsToProgram(specializeCommands(pen.commands, generalizeFirst=False))
    widths = [] if old.width == _EM else [old.width]
    new = T2CharString(program=[*widths, *program, "endchar"])
    new.compile()
    return bytes(new.bytecode)


class _Pen:
    """Draws into commands of a charstring, each from where the last one ended on the grid."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, list[int]]] = []
        self._at, self._end = (0, 0), (0.0, 0.0)

    def moveTo(self, end: tuple[float, float]) -> None:
        self._draw("rmoveto", end)

    def lineTo(self, end: tuple[float, float]) -> None:
        self._draw("rlineto", end)

    def curveTo(self, *points: tuple[float, float]) -> None:
        (x, y), (right, top) = self._end, points[-1]
        dx, dy = right - x, top - y
        bend = max(abs((one - x) * dy - (other - y) * dx) for one, other in points[:-1])
        if (dx or dy) and 0.75 * bend <= FLAT * (dx * dx + dy * dy) ** 0.5:
            self._draw("rlineto", points[-1])
        else:
            self._draw("rrcurveto", *points)

    def closePath(self) -> None:
        """A charstring closes every path itself."""

    endPath = closePath

    def _draw(self, command: str, *points: tuple[float, float]) -> None:
        steps: list[int] = []
        for x, y in points:
            place = STEP * round(x / STEP), STEP * round(y / STEP)
            steps += (place[0] - self._at[0], place[1] - self._at[1])
            self._at = place
        if any(steps) or command == "rmoveto":
            self.commands.append((command, steps))
        self._end = points[-1]


def program(name: bytes, glyphs: list[bytes]) -> bytes:
    """A bare CFF font program of charstrings as `glyphs_of` gives them, the first that of no character."""
    count = len(glyphs)
    charset = struct.pack(">BHH", 2, 1, count - 2) if count > 1 else b"\x00"
    select = struct.pack(">BHHBH", 3, 1, 0, 0, count)
    private = _number(_EM) + b"\x14"
    charstrings, strings = _index(glyphs), _index([b"Adobe", b"Identity"]) + _index([])
    ends = [0] * 5
    for _ in range(2):  # numbers take five bytes each, so that the first round finds all lengths
        top = (
            _number(_ADOBE) + _number(_IDENTITY) + _number(0) + b"\x0c\x1e"
            + _number(count) + b"\x0c\x22" + _number(ends[0]) + b"\x0f" + _number(ends[2]) + b"\x11"
            + _number(ends[4]) + b"\x0c\x24" + _number(ends[1]) + b"\x0c\x25"
        )  # fmt: skip
        fonts = _index([_number(len(private)) + _number(ends[3]) + b"\x12"])
        head = b"\x01\x00\x04\x04" + _index([name]) + _index([top]) + strings
        parts = [head, charset, select, charstrings, private, fonts]
        ends = [sum(map(len, parts[:place])) for place in range(1, 6)]
    return b"".join(parts)


def _number(value: int) -> bytes:
    return b"\x1d" + value.to_bytes(4, "big")


def _index(items: list[bytes]) -> bytes:
    if not items:
        return b"\x00\x00"
    end = 1
    ends = [end := end + len(one) for one in items]
    size = (end.bit_length() + 7) // 8
    return (
        struct.pack(">HB", len(items), size) + b"".join(at.to_bytes(size, "big") for at in (1, *ends)) + b"".join(items)
    )
