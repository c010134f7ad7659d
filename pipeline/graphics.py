"""The graphics state of a content stream as it is wanted, and as it is set: what differs is written before something is
painted. A state is set aside and taken back only with coordinates and clipping paths."""

from collections.abc import Mapping, Sequence

from pipeline.marks import Marks
from pipeline.operands import Matrix, Unfit, alpha, matrix_of, product

DEFAULTS = {
    "rg": b"0 0 0 rg", "RG": b"0 0 0 RG", "w": b"1 w", "J": b"0 J", "j": b"0 j", "M": b"10 M", "d": b"[] 0 d",
    "Tr": b"0 Tr", "a": b"/a1.0 gs", "A": b"/A1.0 gs", "Tf": b"",
}  # fmt: skip


class Change:
    """A matrix that coordinates are changed by, or else a clipping path."""

    def __init__(self, matrix: Matrix | None, clip: Sequence[bytes]) -> None:
        self.matrix, self.clip = matrix, clip


class Graphics(Marks):
    """wanted, set: the operators that set the state, by name; `a` and `A` are opacities of fills and strokes. scale: of
    the coordinates."""

    def __init__(self, follows: Mapping[int, int]) -> None:
        super().__init__(follows)
        self.wanted, self.set = dict(DEFAULTS), dict(DEFAULTS)
        self.scale = 1.0
        self.changes: list[Change] = []
        self.levels: list[tuple[dict[str, bytes], float, int]] = []
        self.frames: list[tuple[int, Change, dict[str, bytes]]] = []  # `q` written: under how many changes, the last
        self.text = False  # within a text object

    def alpha(self, item: bytes) -> None:
        key, item = alpha(item)
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
            self.changes.append(Change((a, b, c, d, e, f), ()))
            self.scale *= abs(a) or 1

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
                    matrix = product(change.matrix, matrix) if matrix else change.matrix
                else:
                    if matrix:
                        self.out.append(matrix_of(matrix))
                    matrix = None
                    self.out += change.clip
            if matrix:
                self.out.append(matrix_of(matrix))

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
