"""Two ways of putting a table into a file; the same cells give the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

Cell = str | int | float
Row = list[Cell]


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Row], gb18030: bool) -> None:
    """A CSV: GB18030 with CRLF, or UTF-8 with BOM and LF; quotes only where they are needed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n" if gb18030 else "\n")
    writer.writerow(headers)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode("gb18030" if gb18030 else "utf-8-sig"))


def write_workbook(
    path: Path,
    title: str,
    notes: str,
    sheet_name: str,
    headers: Sequence[str],
    rows: Iterable[Row],
    created: datetime,
) -> None:
    """A workbook whose first sheet only explains: a reader must be told which one it wants."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": title, "created": created})
    cover = book.add_worksheet("说明")
    cover.write_string(0, 0, title)
    cover.write_string(1, 0, notes)
    sheet = book.add_worksheet(sheet_name)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if not isinstance(cell, str):
                sheet.write_number(number, column, cell)
            elif cell:
                sheet.write_string(number, column, cell)
    book.close()
