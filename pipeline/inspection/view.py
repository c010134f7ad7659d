"""An inspection on a terminal: what the file is, its columns, their answers, what to look at.

Made for 80 columns, where a Chinese character takes two. Nothing here prints a text that may be
personal: an inspection keeps none, and every text is masked once more.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.inspection.found import LIMIT, Found, Inspection
from pipeline.inspection.lists import MARKS, answers, dictionary, missing, notes
from pipeline.inspection.shown import shorten

WIDEST = 100  # cells; a wider terminal is left empty on the right
ROLE = 14  # cells
HEAD = 24
_ROLES = {
    "serviced_on": "service day",
    "answered_at": "answered at",
    "duration_s": "duration",
    "choice": "multi-select",
    "option": "multi-select",
    "verbatim": "free text",
    "personal": "personal",
}
_STYLES = {
    "personal": "magenta",
    "item": "cyan",
    "choice": "cyan",
    "option": "cyan",
    "other": "dim",
    "constant": "dim",
    "empty": "dim",
}
_STEM = re.compile(r"(?P<stem>.+?)(?:_-?\d+|\[[^\]]*\]| / .+|_x?\d+_?.*|—.+|/[^/]+)$")


@dataclass(frozen=True)
class _Line:
    """One line of the table: a column, or several of one question folded."""

    numbers: str
    head: str
    first: Found
    folded: Sequence[Found]
    role: str


def show(inspection: Inspection, console: Console) -> None:
    width = min(console.width, WIDEST)
    for part in (
        _what(inspection, width),
        _columns(inspection, width),
        *answers(inspection),
        *dictionary(inspection),
        *missing(inspection),
        *notes(inspection),
    ):
        console.print()
        console.print(Padding(part, (0, 0, 0, 1), expand=False), width=width, soft_wrap=False)


def _what(found: Inspection, width: int) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    for _ in range(4):
        table.add_column()
    outer = Table.grid()
    outer.add_row(Text(shorten(found.file, width - 4), style="bold"))
    outer.add_row("")
    last = found.header_rows
    heads = "in its dictionary" if last == 0 else "row 1" if last == 1 else f"rows 1 to {last}"
    rows = f"{found.rows:,}" + (f"   {found.ragged:,} ragged" if found.ragged else "")
    for left, right in (
        (("tool", found.tool), ("responses", rows)),
        (("encoding", found.encoding), ("columns", f"{len(found.columns):,}")),
        (("heads", heads), ("items", f"{len(found.of('item')):,}")),
    ):
        table.add_row(
            *(Text(text, style="dim" if place in (0, 2) else "") for place, text in enumerate((*left, *right)))
        )
    outer.add_row(table)
    return outer


def _columns(found: Inspection, width: int) -> Table:
    """The table of columns: place, head, role, distinct answers, rows without one, what it holds."""
    lines = list(_lines(found))
    places = max((len(line.numbers) for line in lines), default=1)
    spare = max(0, width - 80)
    head = HEAD + spare // 2 - max(0, places - 5)
    room = width - 1 - places - head - ROLE - 6 - 7 - 5 * 2
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("", justify="right", style="dim", no_wrap=True)
    table.add_column("column", no_wrap=True, width=head)
    table.add_column("is", no_wrap=True, width=ROLE)
    table.add_column("values", justify="right", no_wrap=True)
    table.add_column("missing", justify="right", no_wrap=True)
    table.add_column("holds", no_wrap=True, width=room)
    for line in lines:
        without = sum(why.rows for one in line.folded for why in one.missing.values())
        table.add_row(
            line.numbers,
            Text(shorten(line.head, head)),
            Text(line.role, style=_STYLES.get(line.first.role, "")),
            _distinct(line),
            f"{without:,}" if without else "",
            Text(shorten(_holds(line), room), style="dim"),
        )
    return table


def _lines(found: Inspection) -> Iterator[_Line]:
    """Columns in the file's order, those of one question folded into a line."""
    moments = {one.name: name for name, one in found.moments().items()}
    run: list[Found] = []
    place = 0
    for place, one in enumerate((*found.columns, None), start=1):
        if run and (one is None or _key(one) != _key(run[-1]) or _key(one) is None):
            yield _line(run, place - len(run), moments)
            run = []
        if one is not None:
            run.append(one)


def _key(one: Found) -> tuple[str, ...] | None:
    """What columns of one question share; None of a column that stands alone."""
    if one.column.group:
        return ("group", one.column.group)
    stem = _STEM.fullmatch(one.name)
    if one.role == "empty" and (not stem or "[other]" in one.name):
        return ("empty",)
    if one.role not in ("item", "other", "constant", "verbatim", "empty") or not stem:
        return None
    return ("stem", stem["stem"], "open" if one.role == "verbatim" else "item" if one.role == "item" else "rest")


def _line(run: Sequence[Found], place: int, moments: dict[str, str]) -> _Line:
    first = max(run, key=lambda one: one.filled)
    role = moments.get(first.name, first.role)
    name = _ROLES.get(role, role) + MARKS[first.guess.sure]
    if len(run) == 1:
        question = first.column.question if first.column.question != first.name else ""
        return _Line(str(place), f"{first.name}  {question}", first, run, name)
    stem = None if _key(first) == ("empty",) else _STEM.fullmatch(first.name)
    head = f"{stem['stem']} ×{len(run)}" if stem else f"{run[0].name} – {run[-1].name}"
    return _Line(f"{place}–{place + len(run) - 1}", head, first, run, name)


def _distinct(line: _Line) -> str:
    most = max(one.distinct for one in line.folded)
    return f"{LIMIT:,}+" if most > LIMIT else f"{most:,}" if most else "–"


def _holds(line: _Line) -> str:
    """What a column holds, in a few words."""
    one = line.first
    odd = sum(each.odd for each in line.folded)
    said = ""
    if one.role == "personal":
        said = one.guess.kind
    elif one.role in ("date", "duration_s"):
        said = one.guess.kind.replace("%", "").replace("|", " or ")
    elif one.role == "choice":
        said = f"{len(one.options)} options by {one.guess.kind.strip() or 'space'}"
    elif one.role == "option":
        said = "a column each"
    elif one.role == "item":
        said = _scale(line.folded)
    elif one.guess.kind.startswith("another"):
        said = f"{one.guess.kind.removeprefix('another ')} too?"
    elif one.role != "empty":
        said = ", ".join(one.column.labels.get(text, text) for text in list(one.texts)[:3])
    return f"{said}, odd {odd:,}" if odd else said


def _scale(columns: Sequence[Found]) -> str:
    codes = [code for one in columns for code in one.guess.proposal.codes.values()]
    known = sorted({code for code in codes if code is not None} | {one for each in columns for one in each.numbers})
    if not known:
        return "labels: TODO"
    run = f"{known[0]}–{known[-1]}" if known[0] < known[-1] else f"only {known[0]}"
    return f"{run}{' labels' if codes else ''}{', TODO' if None in codes else ''}"
