"""The list of actions of a programme: read, checked, refused with row and column."""

import polars as pl

from pipeline import privacy
from pipeline.instrument import Instrument
from pipeline.masks import LABELS
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.programme_table import Problems, table
from pipeline.refusal import Refusal
from pipeline.sources import ROW
from pipeline.texts import width
from schemas.actions import COLUMNS, SCHEMA, STATUSES, TEXTS

_MASKS = frozenset(LABELS)


def load(site: Site, instruments: tuple[Instrument, ...], branches: set[str]) -> pl.DataFrame:
    """In the form of schemas.actions, in the order of the file; empty where the programme names no such file.
    Raises Refusal naming file, row, column and value of everything that is wrong."""
    if site.programme.actions is None:
        return pl.DataFrame(schema=SCHEMA)
    raw = table(site, site.programme.actions, COLUMNS)
    problems = Problems(raw.file)
    known = {one.id: ("index", *(factor.id for factor in one.factor)) for one in instruments}
    rows = []
    for given in raw.frame().iter_rows(named=True):
        row, cells = given[ROW], {name: given[name].strip() for name in COLUMNS}
        _check(problems, row, cells, known, branches)
        due = problems.day(cells, row, "due", None)
        rows.append(tuple(due if name == "due" else cells[name] for name in COLUMNS))
    if problems.found:
        raise Refusal(dict.fromkeys(problems.found))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _check(
    problems: Problems, row: int, cells: dict[str, str], known: dict[str, tuple[str, ...]], branches: set[str]
) -> None:
    try:
        Month.parse(cells["period"])
    except Refusal:
        problems.add(row, "period", f"{cells['period']!r} is not a month. Write it as 2025-10.")
    if cells["branch"] not in branches:
        problems.add(row, "branch", f"{cells['branch']!r} is not a branch of the branches file.")
    measures = known.get(cells["instrument"])
    if measures is None:
        problems.add(row, "instrument", f"{cells['instrument']!r} is not used; known are {', '.join(known)}.")
    elif cells["measure"] not in measures:
        problems.add(row, "measure", f"{cells['measure']!r} is not one of {', '.join(measures)}.")
    for column, most in TEXTS.items():
        text = cells[column]
        if not text:
            problems.add(row, column, "it must not be empty.")
        elif width(text) > most:
            wide = f"it is {width(text)} letters wide (a hanzi counts two); a page has room for {most}. Shorten it."
            problems.add(row, column, wide)
        elif any(label in privacy.mask(text) for label in _MASKS - {one for one in _MASKS if one in text}):
            problems.add(row, column, "it holds a phone number, an address or the like. Write a name or a role.")
    if cells["status"] not in STATUSES:
        problems.add(row, "status", f"{cells['status']!r} is not one of {', '.join(STATUSES)}.")
