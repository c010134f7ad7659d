"""How a sheet is written: the look of its cells, frozen heads, filters, bars, widths for Chinese.

Every text is written as a text, so that none becomes a formula or a link. The bytes depend on nothing but what is
written: no clock, no name of a person or a machine.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter

from pipeline.intake import visible
from pipeline.workbook.form import Cell, Column, Kind, Sheet

SHEET_ROWS = 1_048_575  # rows of a sheet below its head
CELL = 32_767  # characters a cell may hold
SAMPLE = 500  # rows that decide how wide a column is
FORMATS: Mapping[Kind, str] = {
    "text": "@",
    "count": "#,##0",
    "figure": "0.0",
    "change": "+0.0;\u22120.0;0.0",
    "percent": "0.0",
    "share": "0.00",
    "chance": "0.000",
    "weight": "0.00",
}
BLUE, ORANGE, INK, WASH, GREY = "#A9C6E4", "#F0B27A", "#16202B", "#F3F5F7", "#5B6570"


class Book:
    """A workbook under way. say: a text in its language; points: instrument's name -> its scale's end."""

    def __init__(
        self, path: Path, say: Callable[[str], str], points: Mapping[str, int], title: str, created: datetime
    ) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.file: Any = xlsxwriter.Workbook(path, options)
        self.file.set_properties({"title": visible(title), "author": "csi", "created": created})
        self.say, self.points = say, points
        look = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        inset = {"indent": 1}  # a text beside a number
        self.looks = {
            kind: self.file.add_format({**look, **(inset if kind == "text" else {}), "num_format": shown})
            for kind, shown in FORMATS.items()
        }
        self.strong = self.file.add_format({**look, "bold": True, "valign": "top"})
        self.title = self.file.add_format({**look, "bold": True, "font_size": 18})
        self.link = self.file.add_format({**look, "font_color": "#1D4F91", "underline": 1, "valign": "top"})
        self.absent = self.file.add_format({**look, "italic": True, "font_color": GREY, "align": "right"})
        head = {**look, "bold": True, "bottom": 2, "bottom_color": INK, "bg_color": WASH, "text_wrap": True}
        self.head = self.file.add_format({**head, **inset})
        self.head_right = self.file.add_format({**head, "align": "right"})

    def close(self) -> None:
        self.file.close()

    def page(self, name: str) -> Any:
        """A new sheet, set for A4 across, its first row on every page."""
        sheet = self.file.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def add(self, sheet: Sheet) -> None:
        """All rows of a sheet; what does not fit goes on to name (2), name (3)."""
        name, rows, part = self.say(sheet.name), iter(sheet.rows), 1
        self._add(name, sheet, islice(rows, SHEET_ROWS))
        for first in rows:
            part += 1
            self._add(f"{name} ({part})", sheet, chain([first], islice(rows, SHEET_ROWS - 1)))

    def _add(self, name: str, sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> None:
        page = self.page(name)
        page.freeze_panes(1, sheet.held)
        page.repeat_rows(0)
        page.set_row(0, 32)
        rows = iter(rows)
        sample = list(islice(rows, SAMPLE))
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, _width(self.say(column.head), column, [row[place] for row in sample]))
        for place, column in enumerate(sheet.columns):
            page.write_string(0, place, self.say(column.head), self.head if column.kind == "text" else self.head_right)
        last, blocks = 0, list[list[Any]]()
        for row in chain(sample, rows):
            last += 1
            for place, (value, column) in enumerate(zip(row, sheet.columns, strict=True)):
                self._cell(page, last, place, value, column.kind)
            if blocks and blocks[-1][0] == row[0]:
                blocks[-1][2] = last
            else:
                blocks.append([row[0], last, last])
        if not last:
            page.write_string(1, 0, self.say(sheet.empty), self.looks["text"])
        page.autofilter(0, 0, max(1, last), len(sheet.columns) - 1)
        for place, column in enumerate(sheet.columns):
            if column.bar:
                for instrument, first, end in blocks:
                    page.conditional_format(first, place, end, place, self._bar(column.kind, instrument))

    def _cell(self, page: Any, row: int, place: int, value: Cell, kind: Kind) -> None:
        if value is None or value == "":
            return
        if isinstance(value, str):
            page.write_string(row, place, text(value), self.looks["text"] if kind == "text" else self.absent)
        else:
            page.write_number(row, place, float(value) if isinstance(value, Decimal) else value, self.looks[kind])

    def _bar(self, kind: Kind, instrument: object) -> dict[str, Any]:
        """Of a score: over the upper half of its scale, as the pages draw it; of a difference: to both sides."""
        bar = {"type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": BLUE}
        if kind == "change":
            return {**bar, "bar_negative_color": ORANGE, "bar_axis_position": "middle"}
        if kind == "figure":
            points = self.points.get(str(instrument), 100)
            ends = {"min_value": points // 2, "max_value": points}
        elif kind == "percent":
            ends = {"min_value": 0, "max_value": 100}
        else:
            return bar
        return {**bar, "min_type": "num", "max_type": "num", **ends}


@lru_cache(maxsize=10_000)  # the same names stand in thousands of rows
def text(value: str) -> str:
    """What a cell shows: everything in it visible, cut to what a cell may hold."""
    shown = visible(value)
    return shown if len(shown) <= CELL else shown[: CELL - 1] + "…"


def _width(head: str, column: Column, values: Sequence[Cell]) -> int:
    """In letters, of which a Chinese character takes two; a head may take two lines, and the filter's button room."""
    shown = [value if isinstance(value, str) else "" if value is None else f"{float(value):,.1f}" for value in values]
    longest = max(map(cells, map(text, shown)), default=0)
    return min(60, max(9 if column.kind == "text" else 10, longest + 3, (cells(head) + 1) // 2 + 5))


def cells(words: str) -> int:
    """How wide a text is in Latin letters."""
    return sum(2 if east_asian_width(one) in "WFA" else 1 for one in words)
