"""What reading an export gives: text, cell for cell, with positions kept and nothing interpreted.

A container (delimited text, a workbook, an SPSS or Parquet file) opens as a Grid: records of
cells. A tool (Qualtrics, 问卷星, …) says which records are heads and what each column is called:
a Layout. The two together are a RawTable.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from pipeline.sources.digest import Digest

ROW = "__row"
RAGGED = "__ragged"
HEAD_RECORDS = 30  # records of an export that a tool may look at to find its heads


@dataclass(frozen=True)
class Options:
    """What the programme declares of an export. header_rows: of a plain table, else None.
    encoding: used where the bytes are neither marked nor UTF-8. limit: bytes a compressed
    export may unpack to. delimiter: of text, None to find it out. sure: of the encoding of text to its
    last byte before any is used; else reading it may raise Misread."""

    tool: str = "auto"
    sheet: str | None = None
    encoding: str | None = None
    header_rows: int | None = None
    limit: int = 200_000_000
    delimiter: str | None = None
    sure: bool = True


@dataclass(frozen=True)
class Record:
    """One record of a grid. number: from 1, as a spreadsheet numbers its rows."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """One column of an export. name: its head, unlike any other of the file. question: the
    wording the tool exports beside the head, "" if none. labels: the code's text -> its label,
    where the file holds them. missing: texts the file itself declares missing -> their label,
    or "". ranges: lowest and highest number declared missing. group: the multiple-response set
    the column is an option of, "" if none."""

    name: str
    question: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    ranges: tuple[tuple[float, float], ...] = ()
    group: str = ""


class Batches(Protocol):
    """after: number of the last record that is not wanted. width: columns. keep: positions of
    the columns wanted, else all; the others are not even kept in memory."""

    def __call__(self, after: int, width: int, keep: Collection[int] | None = None) -> Iterator[pl.DataFrame]: ...


class Numbered(Protocol):
    """As Batches. numbers: positions of columns that may come as Int8 (an empty cell as null)
    instead of text; in every batch those do whose cells are all plain whole numbers."""

    def __call__(
        self, after: int, width: int, keep: Collection[int] | None = None, numbers: Collection[int] = ()
    ) -> Iterator[pl.DataFrame]: ...


@dataclass(frozen=True)
class Grid:
    """An opened container. kind: csv, xlsx, xls, sav, parquet.

    head: its first records, at most HEAD_RECORDS. batches(after, width): the records numbered
    over `after` in order, as frames of ROW (UInt32, the record's number), RAGGED (UInt32, the
    number of cells a record really has where that is not `width` and a cell beyond holds text or
    one is short, else null) and text columns named "0" to f"{width - 1}", an empty cell being "";
    records without any text are left out. It may be called again and then reads the file anew.
    sheet: the one that was read.
    columns: what a container with a dictionary (sav, parquet) says of its columns, else (): then
    the head holds no heads and records count from 1. delimiter, quoted
    (every head stands in quotes) and marked (it begins with a byte order mark): of text.
    """

    file: str
    digest: Digest
    kind: str
    encoding: str
    head: tuple[Record, ...]
    batches: Batches
    columns: tuple[Column, ...] = ()
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    delimiter: str = ""
    quoted: bool = False
    marked: bool = False
    numbered: Numbered | None = None


@dataclass(frozen=True)
class Layout:
    """How a tool lays out a grid. header_rows: number of the last record that is not a response.
    missing: texts that stand for a missing state in every column, as the tool writes them.
    separator: what stands between the options of a multi-select cell, "" if one column each."""

    tool: str
    header_rows: int
    columns: tuple[Column, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    separator: str = ""


@dataclass(frozen=True)
class RawTable:
    """One export file, read by a tool. encoding: of text; of others the container's kind."""

    grid: Grid
    layout: Layout

    @property
    def file(self) -> str:
        return self.grid.file

    @property
    def sha256(self) -> str:
        return self.grid.digest.hex()

    @property
    def encoding(self) -> str:
        return self.grid.encoding

    @property
    def tool(self) -> str:
        return self.layout.tool

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.layout.columns)

    def batches(self, keep: Collection[str] | None = None, numbers: Collection[str] = ()) -> Iterator[pl.DataFrame]:
        """The responses as frames of ROW, RAGGED (see Grid) and one text column per column named
        in `keep` (else all), in the order of the header. It may be called again. numbers: columns
        that may come as Int8, see Numbered."""
        names = {str(place): name for place, name in enumerate(self.header) if keep is None or name in keep}
        wanted = (self.layout.header_rows, len(self.header), [int(place) for place in names])
        if self.grid.numbered is None:
            frames = self.grid.batches(*wanted)
        else:
            frames = self.grid.numbered(*wanted, [int(place) for place, name in names.items() if name in numbers])
        for frame in frames:
            yield frame.rename(names)

    def frame(self) -> pl.DataFrame:
        """All responses at once: for small tables and for tests."""
        schema = {ROW: pl.UInt32, RAGGED: pl.UInt32} | dict.fromkeys(self.header, pl.String)
        return pl.concat([pl.DataFrame(schema=schema), *self.batches()])
