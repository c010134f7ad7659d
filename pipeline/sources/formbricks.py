"""Formbricks: No., Response ID, Timestamp, Finished, Survey ID …, then "1. question".

As its source writes them (formbricks/formbricks, lib/response): options of a multi-select cell
with "; " between, rows of a matrix as "2. question - row", and beside a choice a column
"3. question - Option ID".
"""

import re

from pipeline.sources.heads import cleaned, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its first row holds no heads"

_FIELDS = ["No.", "Response ID", "Timestamp", "Finished", "Survey ID"]
_NUMBERED = re.compile(r"\d+\. (.+)$", re.DOTALL)


def recognised(grid: Grid) -> bool:
    """The first five heads are its own fields."""
    return cleaned(grid, 1)[: len(_FIELDS)] == _FIELDS


def layout(grid: Grid) -> Layout | None:
    heads = cleaned(grid, 1)
    if not heads:
        return None
    columns = (
        Column(name, found[1] if (found := _NUMBERED.match(head)) else "")
        for name, head in zip(unique(heads), heads, strict=True)
    )
    return Layout("formbricks", 1, tuple(columns), separator="; ")
