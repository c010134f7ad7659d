"""The SQL of a month: rendered from the programme, run as it is written down.

The same text goes to the archive as run.sql; with it and the accepted Parquet files the
DuckDB command line alone makes the same score table.
"""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.instrument import Factor, Instrument
from pipeline.mapping import LETTERS
from pipeline.month import HISTORY_MONTHS, Month
from pipeline.programme import Programme

SQL = Path(__file__).resolve().parent / "sql"

SCORES = 'SELECT * FROM score ORDER BY period, instrument, level, unit, measure, statistic, "window"'
COMPARISONS = "SELECT * FROM comparison ORDER BY period, instrument, level, unit, measure, against"

# A base weight in units of 10^-9: a whole number.
_WEIGHT = 'nano("weight")'

_HEADER = """\
-- The scores of {programme}, {month}, from the accepted answers beside this file.
-- Run it in this folder with the DuckDB command line:   duckdb < run.sql
-- It writes replayed-scores.csv and replayed-comparisons.csv, byte for byte the same as
-- scores.csv and comparisons.csv.
SET VARIABLE folder = '';

"""

_FOOTER = """
COPY ({scores}) TO 'replayed-scores.csv' (HEADER);
COPY ({comparisons}) TO 'replayed-comparisons.csv' (HEADER);
"""


def render(
    programme: Programme, instruments: Sequence[Instrument], month: Month, invited: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """(step, SQL text) in order. invited: instruments that have accepted invitations.

    Ids come from checked files and match [A-Za-z0-9_-]; no other text of a user enters the SQL
    but the names and sources of instruments, in comments of one line.
    """
    weighted = programme.weighting.base == "column"
    environment = Environment(
        loader=FileSystemLoader(SQL),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["line"] = _one_line
    shared = {
        "period": str(month),
        "history": HISTORY_MONTHS,
        "withheld_below": programme.thresholds.withheld_below,
        "ranked_from": programme.thresholds.ranked_from,
        "weighted": weighted,
        "not_asked": LETTERS["not_asked"],
        "weight": f", {_WEIGHT}" if weighted else "",
        "instruments": instruments,
        "invited": invited,
        "factor_of": {
            (one.id, item.id): factor.id for one in instruments for factor in one.factor for item in factor.item
        },
    }
    steps = []
    for path in sorted(SQL.iterdir()):
        if path.name.startswith(("20_", "30_")):
            steps += [
                (
                    f"{path.name.split('.')[0]} {one.id}",
                    environment.get_template(path.name).render(shared, **_terms(one, weighted)),
                )
                for one in instruments
            ]
        elif path.suffix == ".j2":
            steps.append((path.name.split(".")[0], environment.get_template(path.name).render(shared)))
        elif path.suffix == ".sql":
            steps.append((path.stem, path.read_text(encoding="utf-8")))
    order = {step: place for place, (step, _) in enumerate(steps)}
    return tuple(
        sorted(
            steps,
            key=lambda one: (one[0][:2] if one[0][:2] not in ("20", "30") else "20", order[one[0]]),
        )
    )


def script(programme: Programme, month: Month, steps: Sequence[tuple[str, str]]) -> str:
    """The whole of run.sql."""
    body = "\n".join(text.rstrip() + "\n" for _, text in steps)
    return (
        _HEADER.format(programme=programme.id, month=month)
        + body
        + _FOOTER.format(scores=SCORES, comparisons=COMPARISONS)
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _terms(instrument: Instrument, weighted: bool) -> dict[str, object]:
    """How the words of the templates are written for one instrument."""
    places = {item.id: place for place, item in enumerate(instrument.items, start=1)}

    def steps(factor: Factor) -> list[str]:
        """Answers counted from the lowest, stretched to the factor's common span."""
        span = instrument.span(factor)
        small = span * instrument.shares(factor) * len(factor.item) <= 32_767
        terms = []
        for item in factor.item:
            scale = instrument.scale_of(item)
            step = f'{"step" if small else "large_step"}("{item.id}", {scale.min})'
            terms.append(step if span == scale.span else f"{span // scale.span} * {step}")
        return terms

    def integer(factor: Factor) -> str:
        unit = instrument.unit(factor)
        return "INTEGER" if unit <= 46_340 else "BIGINT" if unit <= 3_037_000_499 else "HUGEINT"

    return {
        "instrument": instrument,
        "table": f"respondent_{instrument.id}",
        "steps": steps,
        "given": lambda factor: [f'given("{item.id}")' for item in factor.item],
        "zeros": lambda factor: [f"coalesce({term}, 0)" for term in steps(factor)],
        "place": lambda factor: places[factor.item[0].id],
        "integer": integer,
        "small": lambda item: "SMALLINT" if instrument.scale_of(item).span <= 181 else "INTEGER",
        "total_weight": f"sum({_WEIGHT})" if weighted else "count(*)::HUGEINT",
        "total_square": f"sum({_WEIGHT} * {_WEIGHT})" if weighted else "count(*)::HUGEINT",
    }
