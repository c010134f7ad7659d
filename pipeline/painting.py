"""The painting of a page said in fewer words: what a content stream of WeasyPrint says again and again, said once.

- The graphics state is set only where something is painted in another one; `q` and `Q` stand only around changes
  of coordinates and clipping paths under which something is painted.
- Coordinates have two decimals of a pixel, in drawings three of their own unit; colours have three.
- Drawings of the same stream, which text that is not set from its left edge comes in, are painted in their place.
- Marked contents that follow one another in one element, and artifacts that do, become one; empty ones go.
- Marks are drawn from their own first point, so that equal ones are equal bytes; borders of the cells of
  a row are one line.

The page that is painted is the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pipeline.graphics import DEFAULTS, Change, Graphics
from pipeline.operands import (
    Unfit,
    colour,
    from_its_start,
    renumbered,
    rounded,
    short,
    straight_on,
)  # fmt: skip

_FILL, _LINE, _JOINED, _TEXT = ("a", "rg"), ("A", "RG", "w", "J", "d"), ("j", "M"), ("Tf", "Tr")
_FILLS, _STROKES = frozenset((b"f", b"f*", b"B", b"B*", b"b", b"b*")), frozenset((b"S", b"s", b"B", b"B*", b"b", b"b*"))
_SHOWN = re.compile(rb"(?<=<)[0-9a-f]+(?=>)")
_UPRIGHT = b"1 0 0 -1 "
_DRAWING = 1.5  # times as large as the page, and a stream is at a drawing
_MARK = range(3, 9)  # parts of a path that may come again elsewhere


def lean(
    items: Sequence[Any],
    drawings: Mapping[bytes, Sequence[Any]],
    follows: Mapping[int, int],
    numbers: Mapping[str, Mapping[int, int]],
) -> tuple[list[bytes], list[list[int]]]:
    """The items of a pydyf stream anew, and its marked contents by their new MCID: the old ones that are in each.

    drawings: by name, those that are painted in place. follows: MCID -> the next in the same element. numbers: by
    font, old number of a glyph -> new. Raises Unfit.
    """
    painter = _Painter(drawings, follows, numbers)
    painter.run(items)
    painter.finish()
    return painter.out, painter.contents


class _Painter(Graphics):
    def __init__(
        self,
        drawings: Mapping[bytes, Sequence[Any]],
        follows: Mapping[int, int],
        numbers: Mapping[str, Mapping[int, int]],
    ) -> None:
        super().__init__(follows)
        self.drawings, self.numbers = drawings, numbers
        self.path: list[bytes] = []
        self.clips = b""
        self.shown = False  # which is written
        self.place: bytes | None = None  # of the text to come
        self.last: tuple[float, float] | None = None  # place of the last text in the same object

    def run(self, items: Sequence[Any]) -> None:
        known = _OPERATORS.get
        for place, item in enumerate(items):
            if type(item) is bytes:
                work = known(item) or known(item.rsplit(b" ", 1)[-1])
                if work:
                    work(self, item)
                elif item in (b"BDC", b"BMC") and not self.text:
                    self.begin(items[place - 2], items[place - 1]["MCID"] if item == b"BDC" else -1)
                elif item:
                    raise Unfit

    def finish(self) -> None:
        if self.levels or self.mark is not None or self.text:
            raise Unfit
        self.close()
        self.out += [b"Q"] * len(self.frames)

    # paths

    def draw(self, item: bytes) -> None:
        self.path.append(item)

    def move(self, item: bytes) -> None:
        if self.path and self.path[-1].endswith(b"m"):
            self.path.pop()
        self.path.append(item)

    def clip(self, item: bytes) -> None:
        self.clips = item

    def paint(self, item: bytes) -> None:
        if self.clips:
            raise Unfit
        path, self.path = self.path, []
        self.ready()
        if item in _FILLS:
            self.want(_FILL)
        if item in _STROKES:
            self.want(_LINE)
            if len(path) != 2 or not path[1].endswith(b"l"):
                self.want(_JOINED)
        if path[-1:] == [b"h"] and item not in (b"S", b"B", b"B*"):
            path.pop()  # what is filled is closed
        digits = self.digits
        if len(path) in _MARK and path[0].endswith(b"m") and not any(one.endswith((b"m", b"re")) for one in path[1:]):
            self.out += (b"q", *from_its_start(path, digits), item, b"Q")
            return
        path = [rounded(one, digits) for one in path]
        if item == b"S" and len(path) == 2 and self.out[-1] == b"S" and straight_on(self.out[-3:-1], path):
            self.out[-2] = path[1]
            return
        self.out += path
        self.out.append(item)

    def leave(self, _: bytes) -> None:
        if self.clips:
            if self.text:
                raise Unfit
            digits = self.digits
            clip = b" ".join((*(rounded(one, digits) for one in self.path), self.clips, b"n"))
            self.changes.append(Change(None, (clip,)))
        self.path, self.clips = [], b""

    @property
    def digits(self) -> int:
        return 3 if self.scale > _DRAWING else 2

    # text

    def begin_text(self, _: bytes) -> None:
        if self.text:
            raise Unfit
        self.text, self.shown, self.place = True, False, None

    def end_text(self, item: bytes) -> None:
        self.text = False
        if self.shown:
            self.out.append(item)

    def put(self, item: bytes) -> None:
        self.place = item

    def show(self, item: bytes) -> None:
        if not self.text or not self.wanted["Tf"]:
            raise Unfit
        if not self.shown:
            self.ready()
            if self.out[-1] == b"ET":
                self.out.pop()
            else:
                self.out.append(b"BT")
                self.last = None
            self.shown = True
        self.want(_FILL)
        if self.wanted["Tr"] != DEFAULTS["Tr"]:
            self.want((*_LINE, *_JOINED))
        self.want(_TEXT)
        if self.place is not None:
            self.out.append(self.placed(self.place))
            self.place = None
        item = item.replace(b">0<", b"").replace(b">0]", b">]").replace(b"><", b"")
        name = self.wanted["Tf"].split(b" ", 1)[0].decode()[1:]
        if self.numbers:
            item = _SHOWN.sub(partial(renumbered, self.numbers[name]), item)
        whole = item.count(b"<") == 1 and item.startswith(b"[<") and item.endswith(b">] TJ")
        self.out.append(item[1:-4] + b"Tj" if whole else item)

    def placed(self, item: bytes) -> bytes:
        """Upright text from the place of the text before it."""
        if not item.startswith(_UPRIGHT):
            self.last = None
            return item
        digits = self.digits
        x, y = (round(float(one), digits) for one in item.split()[4:6])
        last, self.last = self.last, (x, y)
        if last:
            return b"%s %s Td" % (short(x - last[0], digits), short(last[1] - y, digits))
        return b"%s%s %s Tm" % (_UPRIGHT, short(x, digits), short(y, digits))

    # drawings

    def insert(self, item: bytes) -> None:
        name = item.split(b" ")[0]
        if name not in self.drawings or self.text or self.wanted["a"] != DEFAULTS["a"]:
            raise Unfit
        self.push(b"")
        self.run(self.drawings[name])
        self.pop(b"")


def _remember(key: str, painter: _Painter, item: bytes) -> None:
    painter.wanted[key] = colour(item) if key in ("rg", "RG") else item


_OPERATORS: dict[bytes, Callable[[_Painter, bytes], None]] = {
    b"q": _Painter.push, b"Q": _Painter.pop, b"cm": _Painter.turn, b"gs": _Painter.alpha, b"EMC": _Painter.end,
    b"m": _Painter.move, b"W": _Painter.clip, b"W*": _Painter.clip, b"n": _Painter.leave, b"Do": _Painter.insert,
    b"BT": _Painter.begin_text, b"ET": _Painter.end_text, b"Tm": _Painter.put, b"TJ": _Painter.show,
}  # fmt: skip
for _name in ("rg", "RG", "w", "J", "j", "M", "d", "Tr", "Tf"):
    _OPERATORS[_name.encode()] = partial(_remember, _name)
for _name in ("l", "c", "v", "y", "h", "re"):
    _OPERATORS[_name.encode()] = _Painter.draw
for _operator in _FILLS | _STROKES:
    _OPERATORS[_operator] = _Painter.paint
