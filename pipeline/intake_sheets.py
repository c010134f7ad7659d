"""The sheets of intake.xlsx: tables that go on to a next sheet where one is full, and the look of their cells.

Every text is written as a text, so that none becomes a formula or a link.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from pipeline.catalogue import translator
from pipeline.intake import visible
from pipeline.texts import width

SHEET_ROWS = 1_048_575  # rows of a sheet below its head
CELL = 32_767  # characters a cell may hold
_SAMPLE = 1_000  # rows that decide how wide a column is

Column = tuple[str, str]  # its head, and "text", "number" or "row"


class Book:
    """A workbook under way, and the look of its cells."""

    def __init__(self, file: Any, language: str) -> None:
        self.file = file
        self.language = language
        self.gettext: Callable[[str], str] = translator(language)
        look = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        self.text = file.add_format(look)
        self.number = file.add_format({**look, "num_format": "#,##0"})
        self.row = file.add_format({**look, "num_format": "0"})
        self.wrapped = file.add_format({**look, "text_wrap": True})
        self.strong = file.add_format({**look, "bold": True})
        self.title = file.add_format({**look, "bold": True, "font_size": 18})
        self.good = file.add_format({**look, "bold": True, "font_size": 14, "font_color": "#1D4F91"})
        self.bad = file.add_format({**look, "bold": True, "font_size": 14, "font_color": "#A34A00"})
        head = {**look, "bold": True, "bottom": 2, "bottom_color": "#16202B", "bg_color": "#F3F5F7"}
        self.head = file.add_format(head)
        self.head_right = file.add_format({**head, "align": "right"})

    def sheet(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], empty: str) -> None:
        """One table, or the sentence `empty`; what does not fit on a sheet goes on to the next
        one: name (2), name (3)."""
        rest, part = iter(rows), 1
        first = list(islice(rest, min(_SAMPLE, SHEET_ROWS)))
        self._sheet(name, columns, first, islice(rest, SHEET_ROWS - len(first)), empty)
        while more := list(islice(rest, min(_SAMPLE, SHEET_ROWS))):
            part += 1
            self._sheet(f"{name} ({part})", columns, more, islice(rest, SHEET_ROWS - len(more)))

    def _sheet(
        self, name: str, columns: Sequence[Column], sample: list[Sequence[Any]], rest: Iterable[Sequence[Any]],
        empty: str = "",
    ) -> None:  # fmt: skip
        sheet = self.file.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for place, (head, _) in enumerate(columns):
            texts = [head + "  ", *(text_of(row[place]) for row in sample)]
            sheet.set_column(place, place, min(60, max(8, *map(width, texts)) + 3))
        for place, (head, kind) in enumerate(columns):
            sheet.write_string(0, place, head, self.head if kind == "text" else self.head_right)
        last = 0
        for row in (one for part in (sample, rest) for one in part):
            last += 1
            for place, (value, (_, kind)) in enumerate(zip(row, columns, strict=True)):
                if kind != "text" and value is not None:
                    sheet.write_number(last, place, value, self.row if kind == "row" else self.number)
                else:
                    sheet.write_string(last, place, text_of(value), self.text)
        if not last:
            sheet.write_string(1, 0, empty, self.text)
        sheet.autofilter(0, 0, max(1, last), len(columns) - 1)


def text_of(value: object) -> str:
    """What a cell shows: everything in it visible, cut to what a cell may hold."""
    text = "" if value is None else visible(str(value))
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
