"""Where records and cells end in a block of delimited text, told by its bytes alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.intp]  # of bytes in a block, ascending
_QUOTE, _LINE, _RETURN = b'"\n\r'
_PIECE = 1 << 18  # bytes looked at together: they stay in the processor's cache
_FEW = 100  # bytes to a quote from which only quoted cells are looked at


@dataclass(frozen=True)
class Part:
    """Text and the places of its quotes. last: no record end follows it."""

    text: bytes
    quotes: Places
    well_quoted: bool = True
    last: bool = False


def parts(blocks: Iterator[bytes | bytearray], delimiter: str, room: int) -> Iterator[Part]:
    """Whole records in parts, each in memory of its own; what no record end follows is the last. Behind one that is not
    well quoted, or more than `room` bytes without a record end, the blocks are left to others."""
    rest, opening = b"", quotes(b"")  # what no record end has followed yet, and its quotes
    for block in blocks:
        places = quotes(block)
        end = record_end(block, places, inside=len(opening) % 2 == 1)
        found = np.concatenate((opening, places + len(rest)))
        if end == 0:
            rest, opening = rest + block, found
            if len(rest) > room:
                yield Part(rest, opening, well_quoted=False)
                return
            continue
        ready = b"".join((rest, memoryview(block)[:end]))
        mine = found < len(ready)
        if not well_quoted(ready, found[mine], delimiter):
            yield Part(rest + block, opening, well_quoted=False)
            return
        yield Part(ready, found[mine])
        rest, opening = bytes(block[end:]), found[~mine] - len(ready)
    if rest:
        yield Part(rest, opening, well_quoted(rest, opening, delimiter), last=True)


def quotes(block: bytes | bytearray) -> Places:
    cells = np.frombuffer(block, np.uint8)
    found = [np.flatnonzero(cells[start : start + _PIECE] == _QUOTE) + start for start in range(0, len(cells), _PIECE)]
    return np.concatenate(found) if found else np.zeros(0, np.intp)


def record_end(block: bytes | bytearray, quotes: Places, inside: bool = False) -> int:
    """Where the last whole record of a block ends, 0 if none does: after the last line end that
    stands outside quotes. inside: the block begins inside quotes."""
    end = len(block)
    while (line := block.rfind(b"\n", 0, end)) >= 0:
        before = int(np.searchsorted(quotes, line))
        if before % 2 == inside:
            return line + 1
        if before == 0:
            break
        # Inside quotes every line end before the one that opened them is inside or outside alike.
        end = int(quotes[before - 1])
    return 0


def end_of(block: bytes, quotes: Places, records: int) -> int:
    """Where the first records of a block end: after so many line ends outside quotes, or at its end."""
    end = 0
    while records and (line := block.find(b"\n", end)) >= 0:
        end = line + 1
        records -= np.searchsorted(quotes, line) % 2 == 0
    return len(block) if records else end


def well_quoted(block: bytes, quotes: Places, delimiter: str) -> bool:
    """Whether quotes stand only round whole cells, and doubled inside them, and lines end as lines
    do: where not, Polars and the csv module read different cells."""
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        return False
    if len(quotes) % 2:
        return False
    cells = np.frombuffer(block, np.uint8)
    mark = ord(delimiter)
    opened, closed = quotes[::2], quotes[1::2]
    before = cells[np.maximum(opened - 1, 0)]
    after = cells[np.minimum(closed + 1, len(cells) - 1)]
    doubled = closed[:-1] + 1 == opened[1:]
    starts = (opened == 0) | (before == mark) | (before == _LINE)
    ends = (closed == len(cells) - 1) | (after == mark) | (after == _LINE) | (after == _RETURN)
    starts[1:] |= doubled
    ends[:-1] |= doubled
    return bool(starts.all() and ends.all())


def delimiters(block: bytes, quotes: Places, delimiter: str) -> int:
    """How many delimiters of a well-quoted block stand outside quotes."""
    cells, mark = np.frombuffer(block, np.uint8), ord(delimiter)
    pieces = (cells[start : start + _PIECE] for start in range(0, len(cells), _PIECE))
    outside = sum(int(np.count_nonzero(piece == mark)) for piece in pieces)
    opened, closed = quotes[::2], quotes[1::2]
    filled = closed - opened > 1
    if not filled.any():  # quotes stand round empty cells only, if at all
        return outside
    if len(quotes) * _FEW < len(block):
        starts, lengths = opened[filled], (closed - opened)[filled]
        steps = np.arange(lengths.sum()) - np.repeat(lengths.cumsum() - lengths, lengths)
        return outside - int(np.count_nonzero(cells[np.repeat(starts, lengths) + steps] == mark))
    between = np.add.reduceat((cells == mark).view(np.uint8), quotes, dtype=np.intp)  # each quote and the next
    return outside - int(between[::2].sum())
