"""Google Forms: the time stamp first, rows of a grid as "question [row]", options with ", " between.

Nothing else marks such an export, so the times must look as Google writes them: with strokes or
points, unlike ISO 8601, some with AM or 下午, in downloaded CSV with GMT+8; in a workbook any time.
"""

import re

from pipeline.sources.heads import below, cleaned, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its first row holds no heads"

_STAMPS = (
    "Timestamp",
    "时间戳记",
    "时间戳",
    "時間戳記",
    "タイムスタンプ",
    "Zeitstempel",
    "Horodateur",
    "Marca temporal",
)
_DATE = r"(?:\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}/\d{1,2}/\d{1,2})"
_HALF = r"(?:AM|PM|am|pm|上午|下午)"
_ZONE = r"(?: [A-Z]{2,5}(?:[+-]\d{1,2}(?::\d\d)?)?)"
_TIME = re.compile(rf"{_DATE},? (?:{_HALF} ?)?\d{{1,2}}:\d\d:\d\d(?: ?{_HALF})?{_ZONE}?")
_WORKBOOK_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?")


def recognised(grid: Grid) -> bool:
    """The first head is the time stamp, and every cell below is a time as Google writes it."""
    stamps = [cell for cell in below(grid, 1, 0) if cell]
    heads = cleaned(grid, 1)
    times = [_TIME, _WORKBOOK_TIME] if grid.kind in ("xlsx", "xls") else [_TIME]
    written = all(any(time.fullmatch(cell) for time in times) for cell in stamps)
    return bool(stamps) and heads[:1] != [] and heads[0] in _STAMPS and written


def layout(grid: Grid) -> Layout | None:
    heads = cleaned(grid, 1)
    return Layout("google_forms", 1, tuple(map(Column, unique(heads))), separator=", ") if heads else None
