"""The painting of a page said in fewer words: what a content stream of WeasyPrint says again and again, said once.

- The graphics state is set only where something is painted in another one; `q` and `Q` stand only around changes
  of coordinates and clipping paths under which something is painted.
- Coordinates have two decimals of a pixel, in drawings three of their own unit; colours have three.
- Drawings of the same stream, which text that is not set from its left edge comes in, are painted in their place.
- Marked contents that follow one another in one element, and artifacts that do, become one; empty ones go.
- Marks are drawn from their own first point, so that equal ones are equal bytes; borders of cells in a row are one line.

The page that is painted is the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import pydyf

_DEFAULTS = {
    "rg": b"0 0 0 rg", "RG": b"0 0 0 RG", "w": b"1 w", "J": b"0 J", "j": b"0 j", "M": b"10 M", "d": b"[] 0 d",
    "Tr": b"0 Tr", "a": b"/a1.0 gs", "A": b"/A1.0 gs", "Tf": b"",
}  # fmt: skip
_FILL, _LINE, _JOINED, _TEXT = ("a", "rg"), ("A", "RG", "w", "J", "d"), ("j", "M"), ("Tf", "Tr")
_FILLS, _STROKES = frozenset((b"f", b"f*", b"B", b"B*", b"b", b"b*")), frozenset((b"S", b"s", b"B", b"B*", b"b", b"b*"))
_OPAQUE = {b"/a1 gs": b"/a1.0 gs", b"/A1 gs": b"/A1.0 gs"}
_LONG = {digits: re.compile(rb"-?\d*\.\d{%d,}" % (digits + 1)) for digits in (2, 3)}
_UPRIGHT = b"1 0 0 -1 "
_DRAWING = 1.5  # times as large as the page, and a stream is at a drawing
_MARK = range(3, 9)  # parts of a path that may come again elsewhere
Matrix = tuple[float, float, float, float, float, float]


class Unfit(Exception):
    """A stream with something that WeasyPrint does not write for our pages; it may stay as it is."""


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


def lean(
    items: Sequence[Any], drawings: Mapping[bytes, Sequence[Any]], follows: Mapping[int, int]
) -> tuple[list[bytes], list[list[int]]]:
    """The items of a pydyf stream anew, and its marked contents by their new MCID: the old ones that are in each.

    drawings: by name, those that are painted in place. follows: MCID -> the next in the same element. Raises Unfit.
    """
    painter = _Painter(drawings, follows)
    painter.run(items)
    painter.finish()
    return painter.out, painter.contents


class _Change:
    """A matrix that coordinates are changed by, or else a clipping path."""

    def __init__(self, matrix: Matrix | None, clip: Sequence[bytes]) -> None:
        self.matrix, self.clip = matrix, clip


class _Painter:
    def __init__(self, drawings: Mapping[bytes, Sequence[Any]], follows: Mapping[int, int]) -> None:
        self.out: list[bytes] = []
        self.contents: list[list[int]] = []
        self.drawings, self.follows = drawings, dict(follows)
        self.leads = {after: before for before, after in follows.items()}
        self.wanted, self.set = dict(_DEFAULTS), dict(_DEFAULTS)
        self.scale = 1.0
        self.changes: list[_Change] = []
        self.levels: list[tuple[dict[str, bytes], float, int]] = []
        self.frames: list[tuple[int, _Change, dict[str, bytes]]] = []  # `q` written: under how many changes, the last
        self.path: list[bytes] = []
        self.clips = b""
        self.text = False  # within a text object
        self.shown = False  # which is written
        self.place: bytes | None = None  # of the text to come
        self.last: tuple[float, float] | None = None  # place of the last text in the same object
        self.mark: int | None = None  # MCID the stream is in, -1 for an artifact
        self.begun = False
        self.open: int | None = None  # the one that is written and not ended
        self.tag = ""

    def run(self, items: Sequence[Any]) -> None:
        known = _OPERATORS.get
        for place, item in enumerate(items):
            if type(item) is bytes:
                operator = item.rsplit(b" ", 1)[-1]
                work = known(operator)
                if work:
                    work(self, item)
                elif operator == b"BDC" or operator == b"BMC":
                    self.begin(items[place - 2], items[place - 1]["MCID"] if operator == b"BDC" else -1)
                elif operator:
                    raise Unfit

    def finish(self) -> None:
        if self.levels or self.mark is not None or self.text:
            raise Unfit
        self.close()
        self.out += [b"Q"] * len(self.frames)

    # the state that is wanted

    def alpha(self, item: bytes) -> None:
        key, item = _alpha(item)
        self.wanted[key] = item

    def push(self, _: bytes) -> None:
        if self.text:
            raise Unfit
        self.levels.append((self.wanted, self.scale, len(self.changes)))
        self.wanted = self.wanted.copy()

    def pop(self, _: bytes) -> None:
        self.wanted, self.scale, changes = self.levels.pop()
        del self.changes[changes:]

    def turn(self, item: bytes) -> None:
        a, b, c, d, e, f = map(float, item.split()[:6])
        if self.text:
            raise Unfit
        if (a, b, c, d, e, f) != (1, 0, 0, 1, 0, 0):
            self.changes.append(_Change((a, b, c, d, e, f), ()))
            self.scale *= abs(a) or 1

    # and that is set

    def reach(self) -> None:
        """Write the coordinates and clipping paths that are wanted."""
        changes, frames = self.changes, self.frames
        while frames and (len(changes) < frames[-1][0] or changes[frames[-1][0] - 1] is not frames[-1][1]):
            self.set = frames.pop()[2]
            self.out.append(b"Q")
        done = frames[-1][0] if frames else 0
        if len(changes) > done:
            frames.append((len(changes), changes[-1], self.set.copy()))
            self.out.append(b"q")
            matrix: Matrix | None = None
            for change in changes[done:]:
                if change.matrix:
                    matrix = _product(change.matrix, matrix) if matrix else change.matrix
                else:
                    if matrix:
                        self.out.append(_matrix(matrix))
                    matrix = None
                    self.out += change.clip
            if matrix:
                self.out.append(_matrix(matrix))

    def want(self, keys: Sequence[str]) -> None:
        for key in keys:
            item = self.wanted[key]
            if self.set[key] != item:
                self.set[key] = item
                self.out.append(item)

    def ready(self) -> None:
        """Before something is painted."""
        if not self.begun or self.mark is None:
            self.enter()
        frames = self.frames
        if not frames or len(self.changes) != frames[-1][0] or self.changes[-1] is not frames[-1][1]:
            self.reach()

    # marked contents

    def begin(self, tag: str, mark: int) -> None:
        if self.mark is not None or self.text:
            raise Unfit
        self.begun, self.mark, self.tag = False, mark, tag

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
            self.out.append(b"%s<</MCID %d>>BDC" % (self.tag.encode(), len(self.contents)))
            self.contents.append([mark])
        self.open = mark

    def close(self) -> None:
        if self.open is not None:
            self.out.append(b"EMC")
            self.open = None

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
            self.out += (b"q", *_from_its_start(path, digits), item, b"Q")
            return
        path = [_rounded(one, digits) for one in path]
        if item == b"S" and len(path) == 2 and self.out[-1] == b"S" and _straight_on(self.out[-3:-1], path):
            self.out[-2] = path[1]
            return
        self.out += path
        self.out.append(item)

    def leave(self, _: bytes) -> None:
        if self.clips:
            if self.text:
                raise Unfit
            digits = self.digits
            clip = b" ".join((*(_rounded(one, digits) for one in self.path), self.clips, b"n"))
            self.changes.append(_Change(None, (clip,)))
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
        if self.wanted["Tr"] != _DEFAULTS["Tr"]:
            self.want((*_LINE, *_JOINED))
        self.want(_TEXT)
        if self.place is not None:
            self.out.append(self.placed(self.place))
            self.place = None
        item = item.replace(b">0<", b"").replace(b">0]", b">]").replace(b"><", b"")
        self.out.append(item[1:-4] + b"Tj" if item.count(b"<") == 1 and item.startswith(b"[<") and item.endswith(b">] TJ") else item)

    def placed(self, item: bytes) -> bytes:
        """Upright text from the place of the text before it."""
        if not item.startswith(_UPRIGHT):
            self.last = None
            return item
        digits = self.digits
        x, y = (round(float(one), digits) for one in item.split()[4:6])
        last, self.last = self.last, (x, y)
        if last:
            return b"%s %s Td" % (_short(x - last[0], digits), _short(last[1] - y, digits))
        return b"%s%s %s Tm" % (_UPRIGHT, _short(x, digits), _short(y, digits))

    # drawings

    def insert(self, item: bytes) -> None:
        name = item.split(b" ")[0]
        if name not in self.drawings or self.text or self.wanted["a"] != _DEFAULTS["a"]:
            raise Unfit
        self.push(b"")
        self.run(self.drawings[name])
        self.pop(b"")


def _at(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _remember(key: str, painter: _Painter, item: bytes) -> None:
    painter.wanted[key] = _colour(item) if key in ("rg", "RG") else item


@cache
def _alpha(item: bytes) -> tuple[str, bytes]:
    """Which of the two opacities an item sets, for fills `a` or for strokes `A`, and how it is written."""
    if item[1:2] not in (b"a", b"A") or not item[2:3].isdigit():
        raise Unfit
    return chr(item[1]), _OPAQUE.get(item, item)


@cache
def _colour(item: bytes) -> bytes:
    return _rounded(item, 3)


def _from_its_start(path: Sequence[bytes], digits: int) -> list[bytes]:
    """A path with the coordinates moved to its first point."""
    left, top = map(float, path[0].split()[:2])
    new = [b"1 0 0 1 %s %s cm 0 0 m" % (_short(left, digits), _short(top, digits))]
    for one in path[1:]:
        *numbers, operator = one.split()
        moved = [_short(float(at) - (top if odd % 2 else left), digits) for odd, at in enumerate(numbers)]
        new.append(b" ".join((*moved, operator)))
    return new


def _straight_on(before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    """Whether a horizontal line goes on from the end of another: each a move and a line."""
    if len(before) != 2 or not before[0].endswith(b" m") or not before[1].endswith(b" l"):
        return False
    heights = {one.split(b" ")[1] for one in (*before, *after)}
    return len(heights) == 1 and before[1][:-1] == after[0][:-1]


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _matrix(values: Matrix) -> bytes:
    return b" ".join((*(_short(one, 5) for one in values[:4]), *(_short(one, 3) for one in values[4:]), b"cm"))


def _rounded(item: bytes, digits: int) -> bytes:
    return _LONG[digits].sub(lambda found: _short(float(found[0]), digits), item)


def _short(value: float, digits: int) -> bytes:
    number = b"%.*f" % (digits, value)
    number = number.rstrip(b"0").rstrip(b".") if b"." in number else number
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
