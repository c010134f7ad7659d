"""A plain table: one row of heads, or several of which the last one names the columns.

Merged cells: a head of an upper row stands over the empty cells to its right, a head above an
empty cell of the last row is that column's name. A row above with a text in its first cell only is a title.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from pipeline.sources.dialect import names_it
from pipeline.sources.heads import below, cut, row, trimmed
from pipeline.sources.raw import Column, Grid, Layout

INDEX = "index"


def layout(grid: Grid, header_rows: int | None = None) -> Layout:
    """The names may be empty or repeated: whoever uses them refuses that. header_rows: else one, under a line sep=;"""
    header_rows = header_rows or 1 + (grid.kind == "csv" and names_it(row(grid, 1)))
    width = max((len(cut(map(trimmed, row(grid, number)))) for number in range(1, header_rows + 1)), default=0)
    rows = [_filled_up(map(trimmed, row(grid, number)), width) for number in range(1, header_rows + 1)]
    upper = [cells for cells in rows[:-1] if any(cells[1:])]  # the others are titles or blank
    last = [_own([cells[place] for cells in (*upper, rows[-1])]) for place in range(width)]
    names = cut(_told_apart(last, [_merged(cells) for cells in upper]))
    if names and not names[0] and INDEX not in names and _counts_up(below(grid, header_rows, 0)):
        names[0] = INDEX
    return Layout("plain", header_rows, tuple(map(Column, names)))


def _filled_up(cells: Iterable[str], width: int) -> list[str]:
    found = list(cells)[:width]
    return found + [""] * (width - len(found))


def _own(cells: Sequence[str]) -> str:
    """The lowest head of a column."""
    return next((cell for cell in reversed(cells) if cell), "")


def _merged(cells: Sequence[str]) -> list[str]:
    """The cells, an empty one as its neighbour on the left."""
    found: list[str] = []
    for cell in cells:
        found.append(cell or (found[-1] if found else ""))
    return found


def _told_apart(names: Sequence[str], upper: Sequence[Sequence[str]]) -> list[str]:
    """The names, repeated ones with the heads above them, nearest first, until they differ."""
    found = list(names)
    for above in reversed(upper):
        often = Counter(found)
        found = [
            f"{above[place]} / {name}" if name and often[name] > 1 and above[place] not in ("", name) else name
            for place, name in enumerate(found)
        ]
    return found


def _counts_up(cells: Sequence[str]) -> bool:
    """Whether cells are 0, 1, 2 … or 1, 2, 3 …: the row names that pandas and R write under no head."""
    return len(cells) > 1 and any(
        list(cells) == [str(number) for number in range(start, start + len(cells))] for start in (0, 1)
    )
