"""A table that programme.toml names, such as branches.csv: read, and what is wrong in it by row and column."""

from datetime import date

import polars as pl

from pipeline.programme import Site
from pipeline.refusal import Refusal
from pipeline.sources import RAGGED, ROW, Options, RawTable, read

OPEN_END = date(9999, 12, 31)
"""valid_to of what has no end."""


def table(site: Site, name: str, columns: tuple[str, ...], options: tuple[str, ...] = ()) -> RawTable:
    """A table that programme.toml names. Raises Refusal unless it has these columns."""
    path = site.folder / name
    if not path.exists():
        raise Refusal(f"{path}: there is no such file, but {site.file.name} names it. Add it or correct the name.")
    raw = read(path, name, Options(tool="plain"))
    if raw.header[: len(columns)] != columns:
        raise Refusal(
            f"{name}, row 1: the columns are {', '.join(raw.header)}; expected {', '.join(columns)}, in this order."
        )
    unknown = [one for one in raw.header[len(columns) :] if one not in options]
    if unknown:
        after = f"after {columns[-1]} there may be {', '.join(options)}" if options else f"{columns[-1]} is the last"
        raise Refusal(f"{name}, row 1: the column {unknown[0]!r} is not known; {after}.")
    ragged = raw.frame().filter(pl.col(RAGGED).is_not_null()).select(ROW, RAGGED)
    if ragged.height:
        raise Refusal(
            f"{name}, row {row}: {cells} cells; expected {len(raw.header)}, as in row 1."
            for row, cells in ragged.iter_rows()
        )
    return raw


class Problems:
    """What is wrong in a table, a sentence each with row and column."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[str] = []

    def add(self, row: int, column: str, what: str) -> None:
        self.found.append(f"{self.file}, row {row}, column {column}: {what}")

    def day(self, cells: dict[str, str], row: int, column: str, empty: date | None) -> date | None:
        text = cells[column].strip()
        if not text and empty is not None:
            return empty
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.add(row, column, f"{text!r} is not a date. Write it as 2025-10-31.")
            return None

    def stretch(self, cells: dict[str, str], row: int) -> tuple[date | None, date | None]:
        start = self.day(cells, row, "valid_from", date(1900, 1, 1))
        end = self.day(cells, row, "valid_to", OPEN_END)
        if start and end and end < start:
            self.add(row, "valid_to", f"{end} is before valid_from, {start}.")
        return start, end
