"""Marked contents of a page as they are written: those that follow one another in an element, and artifacts that do, as
one; empty ones not at all."""

from collections.abc import Mapping

from pipeline.operands import Unfit

_ARTIFACT = -1  # in the place of an MCID


class Marks:
    """out: the stream so far. contents: by new MCID the old ones in each. follows: MCID -> the next in the same
    element."""

    def __init__(self, follows: Mapping[int, int]) -> None:
        self.out: list[bytes] = []
        self.contents: list[list[int]] = []
        self.follows = dict(follows)
        self.leads = {after: before for before, after in follows.items()}
        self.mark: int | None = None  # MCID the stream is in
        self.begun = False
        self.open: int | None = None  # the one that is written and not ended
        self.tag = ""

    def begin(self, tag: str, mark: int) -> None:
        if self.mark is not None:
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
