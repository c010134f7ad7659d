"""The SQL of a month: rendered from the programme, run as it is written down.

The same text goes to the archive as run.sql; with it and the accepted Parquet files the
DuckDB command line alone makes the same score table.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import flags, in_force
from pipeline.compiled import Compiled
from pipeline.instrument import Instrument
from pipeline.mapping import LETTERS
from pipeline.measures import Term, in_small, measures, tenthousandths, terms
from pipeline.month import HISTORY_MONTHS, Month
from pipeline.programme import Programme
from pipeline.shape import RESPONSE_FIELDS, Shape
from pipeline.sql_words import words

SQL = Path(__file__).resolve().parent / "sql"

SCORES = 'SELECT * FROM published ORDER BY period, instrument, level, unit, measure, statistic, "window"'
COMPARISONS = 'SELECT * FROM comparison ORDER BY period, instrument, level, unit, measure, "window", against'

STANDING = """SELECT getvariable('period') AS period, * FROM standing ORDER BY instrument, within, "group", branch"""
INTEGRITY = "SELECT getvariable('period') AS period, * FROM integrity ORDER BY instrument, level, unit, what"
RELIABILITY = "SELECT * FROM published_reliability ORDER BY instrument, window_id, level, measure"
CHANGE_SPLIT = "SELECT * FROM published_change ORDER BY instrument, level, unit, against"
TABLES = (
    ("scores", SCORES),
    ("comparisons", COMPARISONS),
    ("reliability", RELIABILITY),
    ("change_split", CHANGE_SPLIT),
    ("standing", STANDING),
    ("integrity", INTEGRITY),
)

# Steps that are written once per instrument; those of a block follow each other for one instrument.
PER_INSTRUMENT = (("20", "30"), ("40",), ("64",), ("86",), ("89",))
CALIBRATION = ("61", "64", "88")  # only where weights are made to meet numbers of the population
OWN = ("89",)  # only of an index that is the mean of the respondents' own

_HEADER = """\
-- The scores of {programme}, {month}, from the accepted answers beside this file.
-- Run it in this folder with the DuckDB command line:   duckdb < run.sql
-- It writes replayed-scores.csv and so on, byte for byte the same as scores.csv and the others.
SET VARIABLE folder = '';

"""

_COPY = "COPY ({query}) TO 'replayed-{name}.csv' (HEADER);\n"


def render(
    programme: Programme,
    instruments: Sequence[Instrument],
    month: Month,
    invited: Sequence[str],
    left_out: Sequence[str] = (),
    revised: bool = False,
) -> tuple[tuple[str, str], ...]:
    """(step, SQL text) in order. invited: instruments that have accepted invitations. left_out: those with a
    table of rows that were not accepted. revised: whether there is a table of what revisions before withheld.

    Ids come from checked files and match [A-Za-z0-9_-]; no other text of a user enters the SQL
    but the names and sources of instruments, in comments of one line.
    """
    shape = Shape(programme)
    index_power = 24 - shape.unit_power
    numbered: list[Term] = []
    for one in instruments:
        numbered += terms(one, index_power, len(numbered) + 1)
    parted = any(one.rule == "mean_of_dimensions" for one in instruments)
    levels = shape.levels(parted)
    environment = _environment()
    shared = {
        "shape": shape,
        "period": str(month),
        "history": HISTORY_MONTHS,
        "withheld_below": programme.thresholds.withheld_below,
        "ranked_from": programme.thresholds.ranked_from,
        "bonus": programme.bonus,
        "not_asked": LETTERS["not_asked"],
        "instruments": instruments,
        "ended": [one.id for one in instruments if in_force.days(one, month) is None],
        "invited": invited,
        "left_out": left_out,
        "revised": revised,
        "flag_names": flags.NAMES,
        "index_power": index_power,
        "terms": numbered,
        "numbers": {(one.instrument, one.measure, one.statistic): one.number for one in numbered},
        "measures": [one for each in instruments for one in measures(each)],
        "parted": parted,
        "whole": "BIGINT" if not shape.weighted and all(map(in_small, instruments)) else "HUGEINT",
        "levels": levels,
        "rostered": [one for one in levels if not set(one.by) & set(RESPONSE_FIELDS)],
    }
    names = sorted(path.name for path in SQL.iterdir() if path.name[:2].isdigit())
    steps: list[tuple[str, str]] = []
    while names:
        block = next((one for one in PER_INSTRUMENT if names[0][:2] in one), None)
        group = [name for name in names if name[:2] in block] if block else names[:1]
        names = [name for name in names if name not in group]
        for own in [words(one, shape, numbered) for one in instruments] if block else [{}]:
            for name in group:
                if (name[:2] in CALIBRATION and not shape.calibrated) or (name[:2] in OWN and not own["own"]):
                    continue
                suffix = f" {own['i']}" if own else ""
                steps.append((name.split(".")[0] + suffix, environment.get_template(name).render(shared, **own)))
    return tuple(steps)


@cache  # to read the templates takes as long as to run a small month
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(SQL),
        bytecode_cache=Compiled(SQL, "sql"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    made.filters["line"] = lambda text: " ".join(text.split())
    made.globals.update(quoted=_quoted, tenthousandths=tenthousandths)
    return made


def script(programme: Programme, month: Month, steps: Sequence[tuple[str, str]]) -> str:
    """The whole of run.sql."""
    body = "\n".join(text.strip() + "\n" for _, text in steps)
    return (
        _HEADER.format(programme=programme.id, month=month)
        + body
        + "\n"
        + "".join(_COPY.format(name=name, query=query) for name, query in TABLES)
    )


def _quoted(things: Sequence[Any]) -> list[str]:
    return [f'"{one.id}"' for one in things]
