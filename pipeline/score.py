"""The SQL of a month: rendered from the programme, run as it is written down.

The same text goes to the archive as run.sql; with it and the accepted Parquet files the
DuckDB command line alone makes the same score table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import flags, in_force
from pipeline.compiled import Compiled
from pipeline.instrument import Factor, Instrument, Subfactor
from pipeline.mapping import LETTERS
from pipeline.measures import Term, counted, in_doubles, measures, tenthousandths, terms
from pipeline.month import HISTORY_MONTHS, Month
from pipeline.programme import Programme
from pipeline.shape import AS_IS, RESPONSE_FIELDS, Shape
from pipeline.weighting import BRANCH_FIELDS

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
PER_INSTRUMENT = (("20", "30"), ("40", "45"), ("64",), ("86",))
BRANCH_KEYS = ("branch", "division")
LISTED = 2000  # scores in a list that they are looked up in
CALIBRATION = ("64", "88")  # only where weights are made to meet numbers of the population

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
        "levels": levels,
        "rostered": [one for one in levels if not set(one.by) & set(RESPONSE_FIELDS)],
    }
    names = sorted(path.name for path in SQL.iterdir() if path.name[:2].isdigit())
    steps: list[tuple[str, str]] = []
    while names:
        block = next((one for one in PER_INSTRUMENT if names[0][:2] in one), None)
        group = [name for name in names if name[:2] in block] if block else names[:1]
        names = [name for name in names if name not in group]
        for own in [_terms(one, shape, index_power, numbered) for one in instruments] if block else [{}]:
            for name in group:
                if name[:2] in CALIBRATION and not shape.calibrated:
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


def _of(field: str) -> str:
    """A field of a response with its table: p is where its branch is, t its sums."""
    return f"p.{field}" if field in (*BRANCH_FIELDS[1:], *AS_IS) else f"t.{field}"


def _terms(instrument: Instrument, shape: Shape, index_power: int, numbered: Sequence[Term]) -> dict[str, Any]:
    """How the words of the templates are written for one instrument."""
    parts = instrument.rule == "mean_of_dimensions"
    leaves = instrument.leaves
    leaf_ids = [one.id for one in leaves]
    own = instrument.rule == "respondent"
    subfactored = [one.id for one in instrument.factor if one.subfactor]
    pairs = list(combinations_with_replacement(leaf_ids, 2))
    summed = counted(instrument, shape.column)

    names = {one.number: one.variable for one in numbered}
    factors = [one for one in numbered if one.instrument == instrument.id and one.answer is None]
    held = {*leaf_ids, *(["index"] if own else [])}

    return {
        "instrument": instrument,
        "i": instrument.id,
        "parts": parts,
        "leaves": leaves,
        "leaf_pairs": list(combinations_with_replacement(leaves, 2)),
        "vars": [*leaf_ids, *subfactored, *(["index"] if own else [])],
        "made_of": {one.id: [leaf.id for leaf in one.subfactor] for one in instrument.factor if one.subfactor},
        "pairs": [*pairs, *([("index", "index")] if own else [])],
        "factor_terms": [(one.number, names[one.a], names[one.b]) for one in factors],
        "scores": [(one.number, names[one.a]) for one in factors if one.a == one.b and names[one.a] in held],
        "counted": summed,
        "all_packed": all(one.high is not None for one in summed),
        # With more keys and sets than branches, sums of items by set take longer than to read the responses again.
        "at_once": all(one.high is not None for one in summed) and shape.total_keys == BRANCH_KEYS,
        "in_doubles": in_doubles(instrument, shape.column),
        "own": own,
        "stratum": shape.joined([_of(one) for one in shape.strata]),
        "of": _of,
        "share_in_row": lambda leaf: _share_in_row(instrument, leaf),
        "added_in_row": lambda leaf: _added_in_row(instrument, leaf, index_power),
        **_answers(instrument),
    }


def _present(weighed: Sequence[tuple[Factor | Subfactor, Sequence[str]]]) -> str:
    """The sum of the weights of what a respondent has. weighed: (factor, its leaves)."""
    there = '"x|{}" IS NOT NULL'
    terms = [
        f"CASE WHEN {' OR '.join(map(there.format, leaves))} THEN {tenthousandths(one)} ELSE 0 END"
        for one, leaves in weighed
    ]
    return f"({' + '.join(terms)})"


def _weights_in_row(instrument: Instrument, leaf: Factor | Subfactor) -> tuple[int, str]:
    """A leaf's share of the index of a respondent that has just these factors: a weight, and what it is of."""
    factor = next(one for one in instrument.factor if leaf in one.leaves)
    omega = _present([(one, [each.id for each in one.leaves]) for one in instrument.factor])
    if not factor.subfactor:
        return tenthousandths(factor), omega
    inner = _present([(one, [one.id]) for one in factor.subfactor])
    return tenthousandths(factor) * tenthousandths(leaf), f"{omega}::HUGEINT * {inner}"


def _share_in_row(instrument: Instrument, leaf: Factor | Subfactor) -> str:
    """What a unit of a factor score adds to that index, in points."""
    weight, of = _weights_in_row(instrument, leaf)
    share = f"100e0 * {weight} / CAST({of} AS DOUBLE) / {instrument.unit(leaf)}"
    return f'CASE WHEN "x|{leaf.id}" IS NOT NULL THEN {share} END'


def _added_in_row(instrument: Instrument, leaf: Factor | Subfactor, power: int) -> str:
    """What all of them add, in points x 10^power, cut off."""
    weight, of = _weights_in_row(instrument, leaf)
    exact = f'long_division({100 * weight}::HUGEINT * "x|{leaf.id}", {instrument.unit(leaf)}::HUGEINT * {of})'
    return exact + (f" // {10 ** (24 - power)}" if power < 24 else "")


@dataclass(frozen=True)
class Code:
    """How many answers a factor has and the sum of their steps, in one number. sum: in SQL. most: it is at most this.
    base: what an answer adds, beside its steps. score, rest: the macro for the score of such a number, and the rest of
    what it takes. listed: the scores of all such numbers are few enough for a list."""

    sum: str
    most: int
    base: int
    score: str
    rest: str
    listed: bool


def _answers(instrument: Instrument) -> dict[str, Any]:
    """The words of the respondent view."""
    places = {item.id: place for place, item in enumerate(instrument.items, start=1)}

    def code(factor: Factor | Subfactor) -> Code:
        """Answers counted from the lowest, stretched to the factor's common span."""
        span, count = instrument.span(factor), len(factor.item)
        base = span * count + 1
        most = (base + span) * count
        largest = most * instrument.shares(factor) if instrument.exact(factor) else 2 * most * instrument.unit(factor)
        whole = "SMALLINT" if largest <= 32_767 else "INTEGER" if largest < 2**31 else "BIGINT"
        terms, offset = [], 0
        for item in factor.item:
            scale = instrument.scale_of(item)
            times = span // scale.span
            none = times * scale.min - base
            term = f'"{item.id}"::{whole}' + (f" * {times}" if times > 1 else "")
            terms.append(f"greatest({term}, {none}::{whole})")  # which passes over NULL; none is below all answers
            offset -= none
        exact = instrument.exact(factor)
        of = (instrument.shares(factor),) if exact else (instrument.unit(factor), span)
        rest = ", ".join(map(str, (base, instrument.minimum_answered_percent, *of)))
        score = "score_if" if exact else "score_near"
        return Code(f"{' + '.join(terms)} + {offset}", most, base, score, rest, most <= LISTED)

    return {"code": code, "place": lambda factor: places[factor.item[0].id]}
