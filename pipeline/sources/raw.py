"""What every reader returns: the export as text, cell for cell, nothing interpreted."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.refusal import Refusal

ROW = "__row"
RAGGED = "__ragged"


@dataclass(frozen=True)
class RawTable:
    """One export file.

    header: cleaned column heads, in order, each once. frame: one text column per head,
    named by the head (an empty cell is ""), plus ROW (UInt32), the record's number as a
    spreadsheet shows it, and RAGGED (UInt32), the number of cells a record really has
    where that is not the number of heads, else null.
    """

    file: str
    sha256: str
    encoding: str
    header: tuple[str, ...]
    frame: pl.DataFrame


def heads(file: str, cells: Sequence[str | None]) -> tuple[str, ...]:
    """Column heads from the header record: trimmed, trailing empty ones cut off.

    Raises Refusal when one is empty, stands twice, or none is left.
    """
    found = [(cell or "").replace("\u00a0", " ").strip() for cell in cells]
    while found and not found[-1]:
        found.pop()
    problems = []
    if not found:
        problems.append(f"{file}, row 1: no column heads. Export the file again with its header row.")
    for position, head in enumerate(found, start=1):
        if not head:
            problems.append(f"{file}, row 1, column {position}: the head is empty. Give it a name.")
        elif found.index(head) != position - 1:
            problems.append(
                f"{file}, row 1, column {position}: the head {head!r} stands already in column "
                f"{found.index(head) + 1}. Rename one of the two."
            )
        elif head in (ROW, RAGGED):
            problems.append(f"{file}, row 1, column {position}: {head!r} is reserved. Rename it.")
    if problems:
        raise Refusal(problems)
    return tuple(found)
