"""Branches over time, and their targets: read, checked, refused with row and column."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

import polars as pl

from pipeline import succession
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.programme import Programme, Site
from pipeline.programme_table import OPEN_END, Problems, table
from pipeline.refusal import Refusal
from pipeline.sources import ROW, RawTable
from pipeline.succession import Stretch

BRANCH_COLUMNS = (
    "branch", "name_zh", "name_en", "region", "divisions", "tier", "valid_from", "valid_to", "successor",
)  # fmt: skip
# Last columns that may be left out, in any order: other names of a branch in exports, by ;, its group of
# peers, and whether its successor inherits its history.
ALIASES, PEER, INHERITS = "aliases", "peer", "inherits"
BRANCH_OPTIONS = (ALIASES, PEER, INHERITS)
TARGET_COLUMNS = ("instrument", "measure", "branch", "valid_from", "valid_to", "target")


@dataclass(frozen=True)
class Hierarchy:
    """branches: schemas.branches, one row per branch, stretch and division. targets:
    instrument, measure, branch ('*' = all), valid_from, valid_to, target (DECIMAL, published
    scale). files: (file, SHA-256) of what was read. aliases: code or alias -> branch."""

    branches: pl.DataFrame
    targets: pl.DataFrame
    files: tuple[tuple[str, str], ...]
    aliases: dict[str, str] = field(default_factory=dict)

    def names(self, month: Month, language: str) -> dict[str, str]:
        """branch -> its name at a month's last day, or its last name before."""
        seen = self.branches.filter(pl.col("valid_from") <= month.last_day).sort("branch", "valid_from")
        return dict(seen.select("branch", f"name_{language}").iter_rows())


def load(site: Site, instruments: tuple[Instrument, ...]) -> Hierarchy:
    """Raises Refusal naming file, row, column and value of everything that is wrong."""
    raw = table(site, site.programme.branches, BRANCH_COLUMNS, BRANCH_OPTIONS)
    branches = _branches(raw, site.programme)
    aliases = _aliases(raw, set(branches["branch"]))
    files = [(raw.file, raw.sha256)]
    targets = pl.DataFrame(schema=TARGETS)
    if site.programme.targets is not None:
        given = table(site, site.programme.targets, TARGET_COLUMNS)
        targets = _targets(given, instruments, set(branches["branch"]))
        files.append((given.file, given.sha256))
    return Hierarchy(branches, targets, tuple(files), aliases)


def _aliases(raw: RawTable, branches: set[str]) -> dict[str, str]:
    """code or alias -> branch. Raises Refusal where one stands for two branches, or is a branch."""
    found: dict[str, str] = {}
    problems = []
    if ALIASES not in raw.header:
        return found
    for cells in raw.frame().iter_rows(named=True):
        branch = cells["branch"].strip()
        for alias in filter(None, (one.strip() for one in cells[ALIASES].split(";"))):
            if alias in branches or found.setdefault(alias, branch) != branch:
                other = alias if alias in branches else found[alias]
                problems.append(
                    f"{raw.file}, row {cells[ROW]}, column {ALIASES}: {alias!r} means the branch {other} already. "
                    "Write it under one branch only."
                )
    if problems:
        raise Refusal(problems)
    return found


def _branches(raw: RawTable, programme: Programme) -> pl.DataFrame:
    from schemas.branches import branches as contract  # pandera takes a second to import

    problems = Problems(raw.file)
    rows: list[tuple[object, ...]] = []
    history: list[Stretch] = []
    for cells in raw.frame().iter_rows(named=True):
        row = cells[ROW]
        start, end = problems.stretch(cells, row)
        branch = cells["branch"].strip()
        divisions = [one.strip() for one in cells["divisions"].split(";")]
        rest = (
            cells["name_zh"].strip(),
            cells["name_en"].strip(),
            cells["region"].strip(),
        )
        times = (cells["tier"].strip() or None, start, None if end == OPEN_END else end)
        successor = cells["successor"].strip() or None
        peer, inherits = cells.get(PEER, "").strip() or None, cells.get(INHERITS, "").strip()
        if inherits not in ("", "yes"):
            problems.add(row, INHERITS, f"{inherits!r} is neither yes nor empty.")
        more = (successor, peer, inherits == "yes")
        rows += [(row, branch, *rest, division, *times, *more) for division in dict.fromkeys(divisions)]
        if start and end:
            history.append(Stretch(row, branch, start, times[2], successor, inherits == "yes"))
    for number, column, what in succession.problems(history):
        problems.add(number, column, what)
    known = {str(row[1]) for row in rows}
    for row in rows:
        if row[9] is not None and row[9] not in known:
            problems.add(int(str(row[0])), "successor", f"{row[9]!r} is not a branch.")
    schema = contract(programme.regions, programme.divisions, programme.tiers)
    names = ["row", *schema.columns]
    frame = pl.DataFrame(
        rows, orient="row", schema=dict.fromkeys(names, pl.String)
        | {"row": pl.UInt32, "valid_from": pl.Date, "valid_to": pl.Date, INHERITS: pl.Boolean},
    )  # fmt: skip
    _contract(schema, frame, problems, {"division": "divisions"})
    if problems.found:
        raise Refusal(dict.fromkeys(problems.found))
    return frame.drop("row").sort("branch", "valid_from", "division")


def _contract(schema: object, frame: pl.DataFrame, problems: Problems, heads: dict[str, str]) -> None:
    """Adds what the pandera contract finds, with the row of the file."""
    import pandera.polars as pa
    from pandera.errors import SchemaErrors

    assert isinstance(schema, pa.DataFrameSchema)
    try:
        schema.validate(frame.drop("row"), lazy=True)
    except SchemaErrors as errors:
        for case in errors.failure_cases.iter_rows(named=True):
            column = heads.get(case["column"], case["column"])
            if case["check"] == "not_nullable" and case["column"] == "valid_from":
                continue  # said already
            row = frame["row"][case["index"]]
            problems.add(row, column, f"{case['failure_case']!r} does not fit: {_RULES[str(case['check'])]}.")


_RULES = {
    "branch_id": "an id is 1 to 32 characters A-Z, 0-9, - and _",
    "not_empty": "it must not be empty",
    "known_region": "not a region of programme.toml",
    "known_division": "not a division of programme.toml",
    "known_tier": "not a tier of programme.toml",
    "real_date": "it must be from 1900 on",
    "not_nullable": "it must not be empty",
}

TARGETS: dict[str, pl.DataType | type[pl.DataType]] = {
    "instrument": pl.String,
    "measure": pl.String,
    "branch": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "target": pl.Decimal(9, 3),
}


def _targets(raw: RawTable, instruments: tuple[Instrument, ...], branches: set[str]) -> pl.DataFrame:
    problems = Problems(raw.file)
    rows = []
    seen: dict[tuple[str, str, str], list[tuple[date, date, int]]] = {}
    by_id = {one.id: one for one in instruments}
    for cells in raw.frame().iter_rows(named=True):
        row = cells[ROW]
        start, end = problems.stretch(cells, row)
        instrument = by_id.get(cells["instrument"])
        measures = {"index"} | {one.id for one in instrument.factor} if instrument else set()
        if instrument is None:
            problems.add(
                row,
                "instrument",
                f"{cells['instrument']!r} is not used; known are {', '.join(by_id)}.",
            )
        elif cells["measure"] not in measures:
            problems.add(
                row,
                "measure",
                f"{cells['measure']!r} is neither index nor a factor of {instrument.id}.",
            )
        if cells["branch"] != "*" and cells["branch"] not in branches:
            problems.add(row, "branch", f"{cells['branch']!r} is not a branch. Write * for all.")
        try:
            target = Decimal(cells["target"])
        except InvalidOperation:
            target = Decimal(-1)
        if not target.is_finite() or not 0 <= target <= (instrument.points if instrument else 1000):
            problems.add(row, "target", f"{cells['target']!r} is not a number on the published scale.")
        elif target != round(target, 3):
            problems.add(row, "target", f"{cells['target']!r} has more than three decimals.")
        key = (cells["instrument"], cells["measure"], cells["branch"])
        if start and end:
            for other in seen.setdefault(key, []):
                if start <= other[1] and other[0] <= end:
                    problems.add(row, "valid_from", f"overlaps with the same target in row {other[2]}.")
            seen[key].append((start, end, row))
        rows.append((*key, start, end, target))
    if problems.found:
        raise Refusal(dict.fromkeys(problems.found))
    return pl.DataFrame(rows, schema=TARGETS, orient="row").sort("instrument", "measure", "branch", "valid_from")
