"""The lists under an inspection's table of columns: answers and codes, missing texts, notes."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from pipeline.inspection.found import Answers, Found, Inspection
from pipeline.inspection.shown import shorten, told

MOST = 15  # labels shown of a set
MARKS = {"sure": "", "likely": " ?", "guess": " ??"}


def answers(found: Inspection) -> Iterator[Table]:
    """Labels of items with their codes and counts, a table per set."""
    for one in found.answers:
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        table.add_column(_whose(one, found), no_wrap=True, max_width=48)
        table.add_column("code", justify="right")
        table.add_column("rows", justify="right")
        ordered = sorted(one.proposal.codes.items(), key=lambda pair: (pair[1] is None, -(pair[1] or 0)))
        for text, code in ordered[:MOST]:
            said = Text("TODO", style="bold yellow") if code is None else Text(str(code))
            table.add_row(Text(shorten(text, 48)), said, f"{one.texts[text]:,}")
        if len(ordered) > MOST:
            table.add_row(Text(f"… and {len(ordered) - MOST} more", style="dim"))
        yield table
    for each in found.of("choice"):
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        table.add_column(Text(f"Options of {shorten(each.name, 36)}"), no_wrap=True, max_width=48)
        table.add_column("rows", justify="right")
        for text, rows in list(each.options.items())[:MOST]:
            table.add_row(Text(shorten(text, 48)), f"{rows:,}")
        yield table


def dictionary(found: Inspection) -> Iterator[Table]:
    """Labels that the file itself has for the codes of its items, a table for each set of them."""
    sets: dict[tuple[tuple[str, str], ...], list[Found]] = {}
    for one in found.of("item"):
        if one.column.labels and not one.guess.proposal.codes:
            sets.setdefault(tuple(one.column.labels.items()), []).append(one)
    for labels, columns in sets.items():
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        whose = columns[0].name if len(columns) == 1 else f"{columns[0].name} and {len(columns) - 1} more"
        table.add_column(Text(f"Labels of {shorten(whose, 36)}"), no_wrap=True, max_width=48)
        table.add_column("code", justify="right")
        table.add_column("rows", justify="right")
        for code, label in labels[:MOST]:
            rows = sum(
                one.texts.get(code, 0) + (one.missing[code].rows if code in one.missing else 0) for one in columns
            )
            table.add_row(Text(shorten(label, 48)), Text(shorten(code, 8)), f"{rows:,}")
        yield table


def missing(found: Inspection) -> Iterator[Table]:
    """Texts that are no answers: state, rows and how many columns hold them."""
    rows: dict[tuple[str, str], list[int]] = {}
    for one in found.columns:
        for text, why in one.missing.items():
            if one.role not in ("personal", "empty") or not text:
                rows.setdefault((text, why.state), []).append(why.rows)
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("Missing", no_wrap=True, max_width=40)
    table.add_column("state")
    table.add_column("rows", justify="right")
    table.add_column("columns", justify="right")
    for (text, state), counts in sorted(rows.items(), key=lambda pair: (pair[0][0] != "", -sum(pair[1]))):
        which = Text("TODO which?", style="bold yellow") if state == "unknown" else Text(state.replace("_", " "))
        table.add_row(Text(shorten(text, 40) or "(blank)"), which, f"{sum(counts):,}", f"{len(counts):,}")
    yield table


def _whose(one: Answers, found: Inspection) -> Text:
    if len(one.columns) == 1:
        return Text(f"Answers of {shorten(one.columns[0], 36)}")
    places = [place for place, column in enumerate(found.columns, start=1) if column.name in one.columns]
    run = places[-1] - places[0] + 1 == len(places)
    return Text(f"Answers of columns {places[0]}–{places[-1]}" if run else f"Answers of {len(places)} columns")


def notes(found: Inspection) -> Iterator[Table]:
    marks = {"?": "likely: look at it", "??": "a guess"}
    seen = {MARKS[one.guess.sure].strip() for one in found.columns}
    legend = [(mark, said) for mark, said in marks.items() if mark in seen]
    if found.of("personal"):
        legend.append(("personal", "counted, never shown; a mapping leaves it out"))
    if legend:
        yield _list(legend)
    if found.notes:
        yield _list([("!", note) for note in found.notes])


def _list(lines: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for mark, text in lines:
        table.add_row(
            Text(mark, style="bold yellow" if mark == "!" else "dim"),
            Text(told(text), style="" if mark == "!" else "dim"),
        )
    return table
