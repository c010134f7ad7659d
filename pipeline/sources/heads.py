"""What the tools' layouts share: cleaning heads, keeping names apart, finding multi-select columns."""

import html
import re
from collections.abc import Collection, Iterable, Sequence

from pipeline import privacy
from pipeline.refusal import Refusal
from pipeline.sources.raw import RAGGED, ROW, Grid

_APART = re.compile(r"<(?:br|p|/p|div|/div|li|/li|tr|/tr|td|/td|hr|h[1-6]|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:a|b|i|u|s|em|strong|span|font|img|sub|sup|small|big|ul|ol|table|tbody|thead|script|style|center|strike)"
    r"\b[^<>]*>",
    re.IGNORECASE,
)
_OPEN = re.compile(r"other\b|其他|其它|autre|andere|otro", re.IGNORECASE)  # options that ask for a text
_NOTHING = ("", "0")
UNSEEN = "\u200b\ufeff"  # where exports were put together, or copied from web pages
_SEEN = str.maketrans("\xa0", " ", UNSEEN)


def trimmed(text: str) -> str:
    """A head as a plain table keeps it: without spaces around it, no-break spaces as spaces, nothing unseen."""
    return text.translate(_SEEN).strip()


def clean(text: str) -> str:
    """A wording without HTML tags and entities, on one line, with single spaces."""
    return " ".join(html.unescape(_TAG.sub("", _APART.sub(" ", text))).translate(_SEEN).split())


def row(grid: Grid, number: int) -> tuple[str, ...]:
    """The cells of a record by its number; () where the grid has no such record or it is blank."""
    return next((one.cells for one in grid.head if one.number == number), ())


def cleaned(grid: Grid, number: int) -> list[str]:
    """The cleaned cells of a record, empty ones at the end cut off."""
    return cut([clean(cell) for cell in row(grid, number)])


def cut(heads: Iterable[str]) -> list[str]:
    """Heads without the empty ones at the end."""
    found = list(heads)
    while found and not found[-1]:
        found.pop()
    return found


def below(grid: Grid, header_rows: int, place: int) -> list[str]:
    """The trimmed cells of a column in the first responses; places count from 0."""
    return [one.cells[place].strip() if place < len(one.cells) else "" for one in grid.head if one.number > header_rows]


def unique(heads: Iterable[str]) -> list[str]:
    """The heads, a repeated one with " (2)", " (3)" … behind it. Empty ones stay empty."""
    found = list(heads)
    names: list[str] = []
    taken: set[str] = set()
    for head in found:
        name, number = head, 1
        while head and (name in taken or (number > 1 and name in found)):
            number += 1
            name = f"{head} ({number})"
        taken.add(name)
        names.append(name)
    return names


def is_open(option: str) -> bool:
    """Whether an option asks for a text of the respondent's own (Other, 其他)."""
    return _OPEN.match(option) is not None


def chosen(columns: Sequence[Sequence[str]], options: Sequence[Collection[str]]) -> bool:
    """Whether columns look like the options of one multi-select question in the first responses.

    options: for each column the texts that say that it was chosen. A cell that is not empty or 0
    holds one of them, or in all columns 1, or the option's number from 1; and some response chose
    something and left something out. A matrix of ratings does not: its columns hold other values.
    """
    held = [{clean(cell) for cell in column if cell not in _NOTHING} for column in columns]
    if len(columns) < 2 or not any(held):
        return False
    partly = any(
        any(cell not in _NOTHING for cell in response) and any(cell in _NOTHING for cell in response)
        for response in zip(*columns, strict=True)
    )
    named = all(cells <= {clean(text) for text in texts} for cells, texts in zip(held, options, strict=True))
    ones = all(cells <= {"1"} for cells in held)
    numbers = all(cells <= {str(number)} for number, cells in enumerate(held, start=1))
    return partly and (named or ones or numbers)


def refuse_unusable(file: str, number: int, names: Sequence[str]) -> None:
    """Raises Refusal when a name is empty, stands twice or is reserved, or when there is none.
    number: the record the heads stand in."""
    problems = []
    if not names:
        problems.append(f"{file}, row {number}: no column heads. Export the file again with its header row.")
    first: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        where = f"{file}, row {number}, column {place}"
        if not name:
            problems.append(f"{where}: the head is empty. Give it a name.")
        elif name in first:
            shown = privacy.mask(name)
            problems.append(
                f"{where}: the head {shown!r} stands already in column {first[name]}. Rename one of the two."
            )
        elif name in (ROW, RAGGED):
            problems.append(f"{where}: {name!r} is reserved. Rename it.")
        first.setdefault(name, place)
    if problems:
        raise Refusal(problems)


def refuse_nameless(grid: Grid, header_rows: int, width: int) -> None:
    """Raises Refusal when most of the first responses, and more than one, hold text beside the last head: a column
    without a name, or cells that hold the delimiter. Where few do, their cells are shifted: ragged rows."""
    rows = [one.cells for one in grid.head if one.number > header_rows and any(one.cells)]
    beside = [place for cells in rows for place in range(width, len(cells)) if cells[place].strip()]
    place = min(beside, default=0)
    if beside.count(place) > max(1, len(rows) // 2):
        why = "; where cells hold the delimiter, quote them" if grid.kind == "csv" else ""
        raise Refusal(
            f"{grid.file}, row {header_rows}, column {place + 1}: the head is empty, but the cells under it are not. "
            f"Give the column a name and list it under `ignore` in the mapping, or clear it{why}."
        )
