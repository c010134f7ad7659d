"""Readers: a container gives the cells, a tool says what they are called; together a RawTable."""

from pathlib import Path

from pipeline.refusal import Refusal
from pipeline.sources.container import open_file, open_grid
from pipeline.sources.decode import Misread, recognise
from pipeline.sources.raw import RAGGED, ROW, Column, Grid, Layout, Options, RawTable


def read(path: Path, shown: str, options: Options | None = None) -> RawTable:
    """One export. shown: what the file is called in sentences.

    Raises Refusal when it is a link or no plain file, is empty, cannot be decoded or unpacked, is
    not of the tool named, or has no response under its heads; a fault deep in the file may be
    found only while its batches are read. Raises Misread then, unless it has to be sure.
    """
    from pipeline.sources.detect import lay_out

    given = options or Options()
    grid = open_grid(shown, open_file(path, shown), given)
    found = RawTable(grid, lay_out(grid, given))
    heads = found.layout.header_rows
    some = any(one.number > heads and any(one.cells) for one in grid.head)
    if not some and all(batch.is_empty() for batch in found.batches()):
        raise Refusal(f"{shown}: there is no row under the column heads. {_other_sheets(grid) or 'Export it again.'}")
    return found


def _other_sheets(grid: Grid) -> str:
    if len(grid.sheets) < 2:
        return ""
    return f"The workbook has the sheets {', '.join(grid.sheets)}: name the right one as `sheet` in the mapping."


def read_text(path: Path, shown: str) -> str:
    """All of a small text file. Raises Refusal as `read` does."""
    with open_file(path, shown) as handle:
        return b"".join(map(bytes, recognise(shown, handle).blocks(handle))).decode()


__all__ = ["RAGGED", "ROW", "Column", "Grid", "Layout", "Misread", "Options", "RawTable", "read", "read_text"]
