"""One step of pipeline/sql on tables a test fills itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
from jinja2 import Environment

SQL = Path(__file__).resolve().parent.parent / "pipeline" / "sql"
NOW = "2025-10"
PLAIN = SimpleNamespace(
    column=False, solved=False, weighted=False, calibrated=False, unit_power=0, kept=()
)  # no weights

# The columns of the tables that later steps stand on, and what a test seldom cares about.
TABLES: dict[str, dict[str, tuple[str, Any]]] = {
    "figure": {
        "instrument": ("VARCHAR", "csi"),
        "window_id": ("VARCHAR", "month"),
        "period": ("VARCHAR", NOW),
        "level": ("VARCHAR", "branch"),
        "unit": ("VARCHAR", None),
        "measure": ("VARCHAR", "index"),
        "kind": ("VARCHAR", "index"),
        "statistic": ("VARCHAR", "mean"),
        "n": ("BIGINT", 30),
        "present": ("BIGINT", 1),
        "kish": ("DOUBLE", None),
        "n_eff": ("DOUBLE", None),
        "estimate": ("HUGEINT", None),
        "own_variance": ("DOUBLE", None),
        "own_df": ("HUGEINT", None),
        "variance": ("DOUBLE", None),
        "df": ("HUGEINT", None),
    },
    "score": {
        "period": ("VARCHAR", NOW),
        "instrument": ("VARCHAR", "csi"),
        "level": ("VARCHAR", "branch"),
        "unit": ("VARCHAR", None),
        "measure": ("VARCHAR", "index"),
        "statistic": ("VARCHAR", "mean"),
        "window": ("VARCHAR", "month"),
        "estimate": ("DECIMAL(18,9)", None),
        "rank": ("BIGINT", None),
        "ranked": ("BIGINT", None),
        "flag": ("VARCHAR", "ok"),
    },
    "compared": {
        "instrument": ("VARCHAR", "csi"),
        "level": ("VARCHAR", "branch"),
        "unit": ("VARCHAR", None),
        "measure": ("VARCHAR", "index"),
        "kind": ("VARCHAR", "index"),
        "window": ("VARCHAR", "month"),
        "against": ("VARCHAR", "last_month"),
        "difference": ("DOUBLE", None),
        "se": ("DOUBLE", None),
        "df": ("DOUBLE", None),
    },
    "factor_mean": {
        "instrument": ("VARCHAR", "csi"),
        "period": ("VARCHAR", NOW),
        "part": ("VARCHAR", ""),
        "branch": ("VARCHAR", None),
        "region": ("VARCHAR", "NORTH"),
        "term": ("VARCHAR", "service"),
        "w": ("HUGEINT", None),
        "wx": ("HUGEINT", None),
        "unit": ("BIGINT", 9),
        "power": ("INTEGER", 0),
        "factor": ("VARCHAR", "service"),
        "within": ("HUGEINT", 1),
        "omega": ("HUGEINT", 10_000),
    },
}

NUMBERED = {  # figures have one number in both tables
    name: f", figure UBIGINT AS (hash(period, instrument, level, unit, measure, statistic, {window}))"
    for name, window in (("figure", "window_id"), ("score", '"window"'))
}


def opened(threads: int = 1) -> duckdb.DuckDBPyConnection:
    """A database with the macros, and the month of the run."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    connection.execute(f"SET VARIABLE period = '{NOW}'")
    connection.execute(
        Environment()
        .from_string((SQL / "00_macros.sql.j2").read_text(encoding="utf-8"))
        .render(shape=PLAIN, whole="BIGINT")
    )
    connection.execute((SQL / "05_distributions.sql").read_text(encoding="utf-8"))
    return connection


def run(
    steps: str | Sequence[str], threads: int = 1, **tables: Sequence[Mapping[str, Any]]
) -> duckdb.DuckDBPyConnection:
    """Fills the named tables and runs steps of pipeline/sql on them. What a row leaves out has its default."""
    connection = opened(threads)
    for name, rows in {"score": (), **tables}.items():
        columns = TABLES[name]
        declared = ", ".join(f'"{key}" {kind}' for key, (kind, _) in columns.items())
        number = NUMBERED.get(name, "")
        connection.execute(f"CREATE OR REPLACE TABLE {name} ({declared}{number})")
        values = [tuple(row.get(key, default) for key, (_, default) in columns.items()) for row in rows]
        if values:
            # One list per column: a statement per row would be slow.
            parts = ", ".join(f"unnest(?::{kind}[])" for kind, _ in columns.values())
            connection.execute(
                f"INSERT INTO {name} SELECT {parts}", [list(column) for column in zip(*values, strict=True)]
            )
    for step in [steps] if isinstance(steps, str) else steps:
        connection.execute((SQL / f"{step}.sql").read_text(encoding="utf-8"))
    return connection


def table(connection: duckdb.DuckDBPyConnection, name: str, *key: str) -> dict[Any, dict[str, Any]]:
    """The rows of a table by the columns named."""
    cursor = connection.execute(f"SELECT * FROM {name}")
    columns = [str(column[0]) for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    found = {row[key[0]] if len(key) == 1 else tuple(row[one] for one in key): row for row in rows}
    assert len(found) == len(rows), f"{name}: more than one row of a key"
    return found


def yocto(points: float) -> int:
    """Points as the table figure holds them: units of 10^-24, from a number of nine decimals."""
    return round(points * 1_000_000_000) * 10**15
