"""The painting of a page said in fewer words: what a content stream of WeasyPrint says again and again, said once.

- The graphics state is set only where something is painted in another one; `q` and `Q` stand only around a change
  of the coordinates or of the clipping path under which something is painted.
- Coordinates have two decimals of a pixel, in drawings three of their own unit.
- Drawings of the same stream, which text that is not set from its left edge comes in, are painted in their place.
- Marked contents that follow one another in one element, and artifacts that do, become one; empty ones go.

The page that is painted is the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pydyf

_DEFAULTS = {
    "rg": b"0 0 0 rg", "RG": b"0 0 0 RG", "w": b"1 w", "J": b"0 J", "j": b"0 j", "M": b"10 M", "d": b"[] 0 d",
    "Tr": b"0 Tr", "a": b"/a1.0 gs", "A": b"/A1.0 gs", "Tf": b"",
}  # fmt: skip
_FILL, _LINE, _JOINED, _TEXT = ("a", "rg"), ("A", "RG", "w", "J", "d"), ("j", "M"), ("Tf", "Tr")
_FILLS, _STROKES = frozenset((b"f", b"f*", b"B", b"B*", b"b", b"b*")), frozenset((b"S", b"s", b"B", b"B*", b"b", b"b*"))
_OPAQUE = {b"/a1 gs": b"/a1.0 gs", b"/A1 gs": b"/A1.0 gs"}
_LONG = {digits: re.compile(rb"-?\d*\.\d{%d,}" % (digits + 1)) for digits in (2, 3, 5)}
_NO_STEP = re.compile(rb">-?0(?=[<\]])")
_SHOWN = re.compile(rb"\[(<[0-9a-f]*>)\] TJ")
_DRAWING = 1.5  # times as large as the page, and a stream is at a drawing


class Unfit(Exception):
    """A stream with something that WeasyPrint does not write for our pages; it may stay as it is."""


def lean(
    items: Sequence[Any], drawings: Mapping[bytes, Sequence[Any]], follows: Mapping[int, int]
) -> tuple[list[Any], list[list[int]]]:
    """The items of a pydyf stream anew, and its marked contents by their new MCID: the old ones that are in each.

    drawings: by name, those that are painted in place. follows: MCID -> the next in the same element. Raises Unfit.
    """
    painter = _Painter(drawings, dict(follows))
    painter.run(items)
    if painter.levels[1:] or painter.mark is not None or painter.text:
        raise Unfit
    painter.close()
    return painter.out, painter.contents


def repaint(pdf: Any, follows: Sequence[Mapping[int, int]]) -> tuple[list[list[list[int]]], list[int]]:
    """Write the contents of all pages of a pydyf.PDF as `lean` does, if all fit, and take its drawings out.

    follows: of each page, as for `lean`. Returns of each page its marked contents, and the numbers of what was
    taken out; ([], []) where a page does not fit.
    """
    pages = [_at(pdf, page) for page in pdf.page_references]
    resources = {page["Resources"]: _at(pdf, page["Resources"]) for page in pages}
    drawings: dict[bytes, Sequence[Any]] = {}
    free = []
    states: dict[str, Any] = {"a1.0": pydyf.Dictionary({"ca": 1}), "A1.0": pydyf.Dictionary({"CA": 1})}
    for own in resources.values():
        for name, reference in own["XObject"].items():
            drawing = _at(pdf, reference)
            inner = _at(pdf, drawing.extra["Resources"]) if "Resources" in drawing.extra else None
            if inner is None or inner["XObject"] or inner["Pattern"] or inner["Shading"]:
                return [], []
            drawings[f"/{name}".encode()] = drawing.stream
            states |= inner["ExtGState"]
            free += [drawing.number, inner.number]
    streams = [_at(pdf, page["Contents"]) for page in pages]
    try:
        new = [lean(one.stream, drawings, after) for one, after in zip(streams, follows, strict=True)]
    except Unfit:
        return [], []
    for one, (items, _) in zip(streams, new, strict=True):
        one.stream = items
    for own in resources.values():
        own["XObject"].clear()
        own["ExtGState"].update(states | own["ExtGState"])
    return [contents for _, contents in new], free


def _at(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


class _Level:
    """What came between a `q` and its `Q`. owed: changes of coordinates and clipping not yet written."""

    def __init__(self, wanted: dict[str, bytes], scale: float) -> None:
        self.wanted, self.scale = wanted, scale
        self.owed: list[bytes] = []
        self.before: dict[str, bytes] | None = None  # as it was when `q` was written


class _Painter:
    def __init__(self, drawings: Mapping[bytes, Sequence[Any]], follows: dict[int, int]) -> None:
        self.out: list[Any] = []
        self.contents: list[list[int]] = []
        self.wanted, self.set = dict(_DEFAULTS), dict(_DEFAULTS)
        self.levels = [_Level(self.wanted, 1)]
        self.owing = False
        self.path: list[bytes] = []
        self.clips = b""
        self.text = False  # within a text object
        self.place: list[bytes] = []  # of the text to come
        self.shown = False  # the text object is written
        self.mark: int | None = None  # MCID the stream is in, -1 for an artifact
        self.begun = False
        self.open: int | None = None  # MCID that is written and not ended
        self.tag: Any = None
        self.drawings, self.follows = drawings, follows
        self.leads = {after: before for before, after in follows.items()}

    def run(self, items: Sequence[Any]) -> None:
        operators = _OPERATORS
        for place, item in enumerate(items):
            if type(item) is bytes:
                operator = item.rsplit(b" ", 1)[-1]
                if operator == b"BDC" or operator == b"BMC":
                    self.begin(operator, items[place - 2 : place + 1])
                elif operator:
                    if operator not in operators:
                        raise Unfit
                    operators[operator](self, item)

    # state

    def alpha(self, item: bytes) -> None:
        item = _OPAQUE.get(item, item)
        key = chr(item[1])
        if key not in "aA" or not item[2:3].isdigit():
            raise Unfit
        self.wanted[key] = item

    def push(self, _: bytes) -> None:
        if self.text:
            raise Unfit
        self.levels.append(_Level(self.wanted, self.levels[-1].scale))
        self.wanted = dict(self.wanted)

    def pop(self, _: bytes) -> None:
        level = self.levels.pop()
        self.wanted = level.wanted
        if level.before is not None:
            self.out.append(b"Q")
            self.set = level.before

    def turn(self, item: bytes) -> None:
        level = self.levels[-1]
        level.scale *= abs(float(item.split(b" ", 1)[0])) or 1
        self.owe(_rounded(item, 5))

    def owe(self, *items: bytes) -> None:
        if self.text:
            raise Unfit
        self.levels[-1].owed += items
        self.owing = True

    def reach(self) -> None:
        """Write the coordinates and clipping that are owed."""
        for place, level in enumerate(self.levels):
            if level.owed:
                if place and level.before is None:
                    self.out.append(b"q")
                    level.before = dict(self.set)
                self.out += level.owed
                level.owed = []
        self.owing = False

    def want(self, keys: Sequence[str]) -> None:
        for key in keys:
            item = self.wanted[key]
            if self.set[key] != item:
                self.set[key] = item
                self.out.append(item)

    # marked contents

    def begin(self, operator: bytes, tag: Sequence[Any]) -> None:
        if self.mark is not None or self.text:
            raise Unfit
        self.mark = tag[1]["MCID"] if operator == b"BDC" else -1
        self.begun, self.tag = False, tag

    def end(self, _: bytes) -> None:
        if self.mark is None:
            raise Unfit
        if not self.begun and self.mark >= 0:
            self.forget(self.mark)
        self.mark = None

    def forget(self, mark: int) -> None:
        before, after = self.leads.pop(mark, None), self.follows.pop(mark, None)
        if before is not None:
            del self.follows[before]
        if after is not None:
            del self.leads[after]
        if before is not None and after is not None:
            self.follows[before], self.leads[after] = after, before

    def enter(self) -> None:
        """Write that the marked content begins, unless it goes on with the last one."""
        self.begun = True
        mark = self.mark
        if mark is None:
            self.close()
        elif mark < 0:
            if self.open != mark:
                self.close()
                self.out.append(b"/Artifact BMC")
        elif self.open is not None and self.follows.get(self.open) == mark:
            self.contents[-1].append(mark)
        else:
            self.close()
            self.out.append(b"%s <</MCID %d>> BDC" % (self.tag[0].encode(), len(self.contents)))
            self.contents.append([mark])
        self.open = mark

    def close(self) -> None:
        if self.open is not None:
            self.out.append(b"EMC")
            self.open = None

    def ready(self) -> None:
        """Before something is painted."""
        if not self.begun or self.mark is None:
            self.enter()
        if self.owing:
            self.reach()

    # paths

    def draw(self, item: bytes) -> None:
        self.path.append(_rounded(item, 3 if self.levels[-1].scale > _DRAWING else 2))

    def move(self, item: bytes) -> None:
        if self.path and self.path[-1].endswith(b"m"):
            self.path.pop()
        self.draw(item)

    def clip(self, item: bytes) -> None:
        self.clips = item

    def paint(self, item: bytes) -> None:
        if self.clips:
            raise Unfit
        self.ready()
        if item in _FILLS:
            self.want(_FILL)
        if item in _STROKES:
            self.want(_LINE)
            if len(self.path) != 2 or not self.path[1].endswith(b"l"):
                self.want(_JOINED)
        if self.path[-1:] == [b"h"] and item not in (b"S", b"B", b"B*"):
            self.path.pop()  # what is filled is closed
        self.out += self.path
        self.out.append(item)
        self.path = []

    def leave(self, item: bytes) -> None:
        if self.clips:
            self.owe(*self.path, self.clips, item)
        self.path, self.clips = [], b""

    # text

    def begin_text(self, _: bytes) -> None:
        if self.text:
            raise Unfit
        self.text, self.shown, self.place = True, False, []

    def end_text(self, item: bytes) -> None:
        self.text = False
        if self.shown:
            self.out.append(item)

    def put(self, item: bytes) -> None:
        self.place = [_rounded(item, 3 if self.levels[-1].scale > _DRAWING else 2)]

    def show(self, item: bytes) -> None:
        if not self.text or not self.wanted["Tf"]:
            raise Unfit
        if not self.shown:
            self.ready()
            if self.out[-1] == b"ET":
                self.out.pop()
            else:
                self.out.append(b"BT")
            self.shown = True
        self.want(_FILL)
        if self.wanted["Tr"] != _DEFAULTS["Tr"]:
            self.want((*_LINE, *_JOINED))
        self.want(_TEXT)
        self.out += self.place
        self.place = []
        self.out.append(_SHOWN.sub(rb"\1Tj", _NO_STEP.sub(b">", item).replace(b"><", b"")))

    # drawings

    def insert(self, item: bytes) -> None:
        name = item.split(b" ")[0]
        if name not in self.drawings or self.text or self.wanted["a"] != _DEFAULTS["a"]:
            raise Unfit
        self.push(b"")
        self.run(self.drawings[name])
        self.pop(b"")


def _remember(key: str, painter: _Painter, item: bytes) -> None:
    painter.wanted[key] = item


def _rounded(item: bytes, digits: int) -> bytes:
    return _LONG[digits].sub(partial(_number, digits), item)


def _number(digits: int, found: re.Match[bytes]) -> bytes:
    number = b"%.*f" % (digits, float(found[0]))
    number = number.rstrip(b"0").rstrip(b".")
    return b"0" if number == b"-0" else number


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
