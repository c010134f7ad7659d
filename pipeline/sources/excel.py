"""Excel workbooks (.xlsx, .xls): one sheet, every cell as text."""

import json
import struct
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources import biff, ooxml
from pipeline.sources.apart import read_apart
from pipeline.sources.cells import head_records, shaped
from pipeline.sources.digest import Digest
from pipeline.sources.raw import ROW, Grid, Options

BATCH_ROWS = 100_000
UNPACKED = 8  # bytes of memory that reading takes for each one the workbook may unpack to, at most
Kind = TypeVar("Kind", ooxml.Sheet, biff.Sheet)
_OLD = b"\xd0\xcf\x11\xe0"


def open_book(file: str, data: bytes, digest: Digest, options: Options) -> Grid:
    """The sheet named by options.sheet, or the first one that is visible. sheets: all that hold
    cells, the hidden ones too. The whole sheet is read at once; a workbook cannot be read in parts.

    Numbers come as Excel shows them with its 15 digits (8, 8.5, 0.3 for 0.1 + 0.2, and
    1000000000000000 for 1e15), dates as 2025-10-31 00:00:00, times of a day as 1899-12-31
    09:05:00, booleans as true and false, errors as #N/A and the like, formulas as their stored
    result, merged cells as the text of their first one and empty others. Columns count from the
    first that holds anything.

    What Excel itself has lost is lost: it keeps 15 digits of a number, so that a longer id is
    only whole if it was stored as text. An integer of 16 digits and more that another program
    stored whole in a .xlsx is given whole; of a .xls it is not.

    Raises Refusal when the bytes are not a workbook, are protected by a password, damaged, unpack
    to more than options.limit; when the sheet is not there or empty, spans far more cells than
    the limit has room for, or holds a formula without a stored result (a .xls always stores one,
    even where the program that wrote it never calculated).
    """
    kind = "xls" if data.startswith(_OLD) else "xlsx"
    room = UNPACKED * options.limit
    found = read_apart(file, "Excel workbook", data, "excel", room, limit=options.limit, sheet=options.sheet)
    names, sheet = json.loads(str(next(found)))
    frames = [frame for frame in found if isinstance(frame, pl.DataFrame)]

    def batches(after: int, width: int, keep: Collection[int] | None = None) -> Iterator[pl.DataFrame]:
        for frame in frames:
            yield shaped(frame, after, width, keep)

    return Grid(file, digest, kind, kind, head_records(frames[0]), batches, sheets=tuple(names), sheet=sheet)


def read(data: bytes, *, file: str, limit: int, sheet: str | None) -> Iterator[str | pl.DataFrame]:
    """All sheets and the one that is read as JSON, then the records of one in batches of ROW and text."""
    try:
        if data.startswith(_OLD):
            names, chosen, frame = _old(file, data, sheet)
        else:
            names, chosen, frame = _new(file, data, limit, sheet)
    except ooxml.Fault as fault:
        raise Refusal(_unreadable(file, fault.why, fault.remedy)) from None
    except biff.Protected:
        raise Refusal(_unreadable(file, "it is protected by a password", "Save it without one.")) from None
    except (ValueError, IndexError, struct.error, pl.exceptions.PolarsError) as error:
        raise Refusal(_unreadable(file, f"it is damaged: {_line(error)}")) from None
    yield json.dumps([names, chosen])
    yield from frame.with_row_index(ROW, offset=1).iter_slices(BATCH_ROWS)


def _new(file: str, data: bytes, limit: int, wanted: str | None) -> tuple[list[str], str, pl.DataFrame]:
    book = ooxml.Workbook(data, limit)
    sheet, names = _choose(file, book.sheets(), wanted)
    return names, sheet.name, _text(file, _load(file, book.mended(sheet), sheet.name), sheet.name)


def _old(file: str, data: bytes, wanted: str | None) -> tuple[list[str], str, pl.DataFrame]:
    """The library reads error cells as empty: their texts are laid over."""
    book = biff.workbook(data)
    sheet, names = _choose(file, biff.sheets(book), wanted)
    loaded = _load(file, data, sheet.name)
    frame = _text(file, loaded, sheet.name)
    first = loaded.selected_columns[0].absolute_index
    errors: dict[int, dict[int, str]] = {}
    for (row, column), text in biff.errors(book, sheet.position).items():
        errors.setdefault(column - first, {})[row] = text
    for place, texts in errors.items():
        frame = frame.with_columns(frame.get_column(f"{place}").scatter(list(texts), list(texts.values())))
    return names, sheet.name, frame


def _choose(file: str, sheets: Sequence[Kind], wanted: str | None) -> tuple[Kind, list[str]]:
    names = [one.name for one in sheets if one.cells]
    listed = f"it has {', '.join(names) or 'none'}. Name the right one as `sheet` in the mapping."
    if wanted is None:
        found = next((one for one in sheets if one.cells and one.visible), None)
        if found is None:
            raise Refusal(f"{file}: there is no visible sheet; {listed}")
        return found, names
    found = next((one for one in sheets if one.name == wanted), None)
    if found is None:
        raise Refusal(f"{file}: there is no sheet {wanted!r}; {listed}")
    if not found.cells:
        raise Refusal(f"{file}: the sheet {wanted!r} is a chart or a macro; {listed}")
    return found, names


def _load(file: str, data: bytes, sheet: str) -> Any:
    import fastexcel

    try:
        book = fastexcel.read_excel(data)
        return book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
    except (fastexcel.FastExcelError, ValueError) as error:
        raise Refusal(_unreadable(file, _line(error))) from None


def _text(file: str, loaded: Any, sheet: str) -> pl.DataFrame:
    frame: pl.DataFrame = loaded.to_polars()
    if frame.is_empty():
        raise Refusal(f"{file}, sheet {sheet}: the sheet is empty. Export it again.")
    return frame.select(column.fill_null("").alias(f"{place}") for place, column in enumerate(frame.get_columns()))


def _line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0][:200]


def _unreadable(file: str, why: str, remedy: str = "Save it as .xlsx again.") -> str:
    return f"{file}: not a readable Excel workbook ({why}). {remedy}"
