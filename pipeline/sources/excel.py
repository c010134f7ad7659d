"""Excel workbooks (.xlsx, .xls): one sheet, every cell as text."""

import io
import re
import zipfile
import zlib

import fastexcel
import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources.raw import RAGGED, ROW, RawTable, heads

EXPANDED_LIMIT = 200_000_000  # bytes a workbook may unpack to
_OLD_FORMAT = b"\xd0\xcf\x11\xe0"
_ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\b[^>]*\bt=)(?:"e"|'e')""")


def read(file: str, data: bytes, sha256: str, sheet: str | None = None) -> RawTable:
    """The named sheet, or the first one when None is given.

    Numbers come as they are typed (8, 8.5), dates as 2025-10-31 00:00:00, booleans as true and
    false, errors as #N/A and the like.

    Raises Refusal when the bytes are not a workbook, unpack to more than EXPANDED_LIMIT, the
    sheet is not there, or holds no data under its heads.
    """
    readable = _errors_as_text(file, data)
    try:
        book = fastexcel.read_excel(readable)
        name = sheet or next(iter(book.sheet_names), "")
        if name not in book.sheet_names:
            raise Refusal(
                f"{file}: there is no sheet {name!r}; it has {', '.join(book.sheet_names) or 'none'}. "
                "Name the right one as `sheet` in the mapping."
            )
        table = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise _unreadable(file, str(error).splitlines()[0]) from None
    if table.is_empty():
        raise Refusal(f"{file}, sheet {name}: the sheet is empty. Export it again.")
    header = heads(file, table.row(0))
    beyond = table.columns[len(header) :]
    names = dict(zip(table.columns, header, strict=False))
    frame = table.rename(names).with_row_index(ROW, offset=1).slice(1)
    filled = pl.any_horizontal(pl.col(list(header)).fill_null("") != "")
    surplus = pl.any_horizontal(pl.col(beyond).fill_null("") != "") if beyond else pl.lit(False)
    frame = frame.filter(filled | surplus).select(
        pl.col(ROW),
        pl.when(surplus).then(pl.lit(len(table.columns), pl.UInt32)).alias(RAGGED),
        pl.col(list(header)).fill_null(""),
    )
    if frame.is_empty():
        raise Refusal(f"{file}, sheet {name}: there is no row under the column heads. Export it again.")
    return RawTable(file, sha256, "xlsx", header, frame)


def _errors_as_text(file: str, data: bytes) -> bytes:
    """The workbook, its check sums checked (fastexcel does not), with error cells (#N/A) turned
    into text: they would be read as empty, that is, as questions nobody answered."""
    if data.startswith(_OLD_FORMAT):
        return data  # the old binary format is not compressed
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            expanded = sum(entry.file_size for entry in archive.infolist())
            if expanded > EXPANDED_LIMIT:
                raise Refusal(
                    f"{file}: unpacks to {expanded:,} bytes, more than the {EXPANDED_LIMIT:,} allowed. "
                    "Split it, or save it as CSV."
                )
            parts = {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise _unreadable(file, str(error)) from None
    except (zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise _unreadable(file, f"it cannot be unpacked: {error}") from None
    sheets = [name for name in parts if name.startswith("xl/worksheets/") and _ERROR_CELL.search(parts[name])]
    if not sheets:
        return data
    mended = io.BytesIO()
    with zipfile.ZipFile(mended, "w") as copy:
        for name, part in parts.items():
            copy.writestr(name, _ERROR_CELL.sub(rb'\1"str"', part) if name in sheets else part)
    return mended.getvalue()


def _unreadable(file: str, why: str) -> Refusal:
    return Refusal(f"{file}: not a readable Excel workbook ({why}). Save it as .xlsx again.")
