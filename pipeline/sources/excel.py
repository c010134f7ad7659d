"""Excel workbooks (.xlsx, .xls): one sheet, every cell as text."""

import io
import zipfile

import fastexcel
import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources.raw import RAGGED, ROW, RawTable, heads

EXPANDED_LIMIT = 200_000_000  # bytes a workbook may unpack to


def read(file: str, data: bytes, sha256: str, sheet: str | None = None) -> RawTable:
    """The named sheet, or the only sheet with a name of any kind when None is given.

    Raises Refusal when the bytes are not a workbook, unpack to more than EXPANDED_LIMIT, the
    sheet is not there, or holds no data under its heads.
    """
    _refuse_bombs(file, data)
    try:
        book = fastexcel.read_excel(data)
        name = sheet or book.sheet_names[0]
        if name not in book.sheet_names:
            raise Refusal(
                f"{file}: there is no sheet {name!r}; it has {', '.join(book.sheet_names)}. "
                "Name the right one as `sheet` in the mapping."
            )
        table = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        first = str(error).splitlines()[0]
        raise Refusal(f"{file}: not a readable Excel workbook ({first}). Save it as .xlsx again.") from None
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


def _refuse_bombs(file: str, data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return  # the old binary format is not compressed
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            expanded = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise Refusal(f"{file}: not an Excel workbook. Save it as .xlsx again.") from None
    if expanded > EXPANDED_LIMIT:
        raise Refusal(
            f"{file}: unpacks to {expanded:,} bytes, more than the {EXPANDED_LIMIT:,} allowed. "
            "Split it, or save it as CSV."
        )
