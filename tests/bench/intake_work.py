"""What `tests.bench.intake` measures, one task in a process of its own: python -m
tests.bench.intake_work TASK FOLDER …. Prints a JSON object. Imports do not count, on either side.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import fastexcel
import polars as pl

from pipeline import accepted, hierarchy, instrument, mapped, programme, rules, sources, warehouse
from pipeline.admit import admit
from pipeline.known import Known
from pipeline.parse import Parser
from pipeline.places import Places
from pipeline.store import PART_ROWS
from schemas import responses as contracts
from tests.bench import clock, exports
from tests.bench.exports import FILES, ITEMS, MONTH

RULE_ROWS = 1_000_000  # typed rows that the rules are measured on, at most
RULE_ROUNDS = 3
ACCEPTED = "read_parquet(getvariable('folder') || 'accepted/responses/bench_26/*.parquet')"
VIEW = f"CREATE VIEW response AS FROM {ACCEPTED}"  # as the scoring has it
SUMS = (
    f"CREATE TABLE sums AS SELECT branch, {', '.join(f'sum({item})' for item in ITEMS)} FROM response GROUP BY branch"
)
COPY = f"CREATE TABLE response AS FROM {ACCEPTED}"


def make(folder: Path, responses: str, branches: str) -> dict[str, float]:
    exports.make(folder, int(responses), int(branches))
    return {kind: _export(folder / kind).stat().st_size / 1e6 for kind in FILES}


def floor(folder: Path) -> dict[str, float]:
    """The least for CSV in either encoding: DuckDB reads the UTF-8 file and sums every item by branch."""
    sums = ", ".join(f"sum({item.upper()})" for item in ITEMS)

    def scan() -> None:
        with duckdb.connect() as connection:
            path = _export(folder.parent / "utf-8")
            connection.execute(f"SELECT 门店, {sums} FROM read_csv('{path}') GROUP BY 门店").fetchall()

    return _measured(scan)


def sheet(folder: Path) -> dict[str, float]:
    """The least for XLSX: every cell as text."""
    path = str(_export(folder))
    return _measured(
        lambda: fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars()
    )  # fmt: skip


def read(folder: Path) -> dict[str, float]:
    return _measured(lambda: [batch.height for batch in _open(folder).batches()])


def read_mapped(folder: Path) -> dict[str, float]:
    keep = _mapping(folder).loaded()
    return _measured(lambda: [batch.height for batch in _open(folder).batches(keep)])


def whole(folder: Path) -> dict[str, float]:
    """From the export to what the scoring reads: the validated table as a view of DuckDB, which then
    does what the floor does, the sums of every item. `admit_` is the part before DuckDB, `copy_` the
    same with all rows copied into the DuckDB file, which no stage of the product does."""
    site = programme.load(folder)
    used = instrument.load(site)
    tree = hierarchy.load(site, used)
    out = site.output
    rows: list[int] = []

    def admitting() -> None:
        accepted.write_hierarchy(out, tree)
        files = admit(site, used, tree, MONTH, folder=out).files
        rows.extend((sum(one.accepted for one in files), sum(one.quarantined for one in files)))

    def in_duckdb(*queries: str) -> tuple[float, float]:
        taken = clock.timed(lambda: warehouse.build(out, [("load", query) for query in queries], []))
        with duckdb.connect(str(out / "warehouse.duckdb"), read_only=True) as connection:
            warehouse.harden(connection, out)
            loaded = connection.sql("SELECT count(*) FROM response").fetchall()[0][0]
        total, good = sum(rows), rows[0]
        if (loaded, rows[1]) != (good, total // exports.BAD_EVERY):
            raise SystemExit(f"read {total}, accepted {good}, quarantined {rows[1]}, loaded {loaded}")
        return taken

    shutil.rmtree(out, ignore_errors=True)
    taken = {"admit": clock.timed(admitting)}
    peak = clock.peak()
    for way, queries in (("view", (VIEW, SUMS)), ("copy", (COPY,))):
        wall, cpu = in_duckdb(*queries)
        taken[way] = (taken["admit"][0] + wall, taken["admit"][1] + cpu)
    shutil.rmtree(out)
    found = {
        f"{way}_{unit}": seconds[place] for way, seconds in taken.items() for place, unit in enumerate(("wall", "cpu"))
    }
    return {**found, "admit_peak": peak, "view_peak": peak, "copy_peak": clock.peak()}


def rule_check(folder: Path) -> dict[str, float]:
    """Typed rows of the UTF-8 export, in the batches and parts of the intake: the rules by hand, then
    by the contract, which finds what breaks a rule in a batch and validates a part of good rows."""
    site = programme.load(folder)
    used = instrument.load(site)[0]
    tree = hierarchy.load(site, (used,))
    contract = rules.Contract(used, MONTH, site.cutoff(MONTH).replace(tzinfo=None))
    places = Places(tree, MONTH)
    by_hand = _by_hand(used, site.cutoff(MONTH).replace(tzinfo=None))
    raw, plan = _open(folder), _mapping(folder)
    parser = Parser(plan, used, Known(divisions=("PC",), aliases=tree.aliases, zone=site.zone), len(raw.header))
    seconds = {way: [[0.0, 0.0] for _ in range(RULE_ROUNDS)] for way in ("floor", "ours")}
    seen = wrong = 0
    typed = (parser.responses(batch).typed for batch in raw.batches(plan.loaded(), parser.whole()))
    for tables in _parts(places.of(one).select(list(contract.types)) for one in typed):
        found = [_broken(contract, one) for one in tables]
        if seen == 0:  # both ways are warm now
            for table, ours_found in zip(tables, found, strict=True):
                if not ours_found.sort(pl.all()).equals(by_hand(table).sort(pl.all())):
                    raise SystemExit("the rules by hand find other faults than the contract")
        good = [
            contract.fitted(table.filter(~table["row"].is_in(bad["row"].unique().implode())))
            for table, bad in zip(tables, found, strict=True)
        ]
        part = pl.concat(good)
        contract.check(part)
        seen += sum(one.height for one in tables)
        wrong += sum(one.height for one in tables) - part.height

        def ours(tables: list[pl.DataFrame] = tables, part: pl.DataFrame = part) -> None:
            for table in tables:
                contract.broken(table)
            contract.check(part)

        def least(tables: list[pl.DataFrame] = tables) -> None:
            for table in tables:
                by_hand(table)

        for place in range(RULE_ROUNDS):
            for way, work in (("floor", least), ("ours", ours)):
                wall, cpu = clock.timed(work)
                seconds[way][place][0] += wall
                seconds[way][place][1] += cpu
        if seen >= RULE_ROWS:
            break
    medians = {
        f"{way}_{unit}": sorted(one[place] for one in rounds)[RULE_ROUNDS // 2]
        for way, rounds in seconds.items()
        for place, unit in enumerate(("wall", "cpu"))
    }
    return {**medians, "rows": seen, "bad": wrong}


def _parts(batches: Iterator[pl.DataFrame]) -> Iterator[list[pl.DataFrame]]:
    """The batches that the store puts together."""
    part: list[pl.DataFrame] = []
    for one in batches:
        part.append(one)
        if sum(one.height for one in part) >= PART_ROWS:
            yield part
            part = []
    if part:
        yield part


def _broken(contract: rules.Contract, table: pl.DataFrame) -> pl.DataFrame:
    """row, column and reason of every fault that the contract finds."""
    none = pl.DataFrame(schema={"row": pl.UInt32, "column": pl.String, "reason": pl.String})
    faults = (
        table.select("row")[places].with_columns(column=pl.lit(column), reason=pl.lit(reason))
        for column, reason, places in contract.broken(table)
    )
    return pl.concat([none, *faults])


def _by_hand(used: instrument.Instrument, cutoff: datetime) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """The same rules as somebody without a library for them would write them."""
    first, last = MONTH.first_day, MONTH.last_day
    wanted = {
        ("serviced_on", "outside_period"): pl.col("serviced_on").is_between(first, last),
        ("answered_at", "after_cutoff"): pl.col("answered_at") < cutoff,
        ("duration_s", "impossible_duration"): pl.col("duration_s").is_between(0, 86_400),
        ("weight", "weight_not_positive"): pl.col("weight") > 0,
    }
    for item in used.items:
        wanted[item.id, "outside_scale"] = pl.col(item.id).is_between(1, 10)
    for name in contracts.REQUIRED:
        wanted[name, "missing"] = pl.col(name).is_not_null()

    def check(rows: pl.DataFrame) -> pl.DataFrame:
        broken = rows.select((~rule).fill_null(False).alias("/".join(name)) for name, rule in wanted.items())
        found = [pl.DataFrame(schema={"row": pl.UInt32, "column": pl.String, "reason": pl.String})]
        for (column, reason), mask in zip(wanted, broken, strict=True):
            if mask.any():
                bad = rows["row"].filter(mask).to_frame()
                found.append(bad.with_columns(pl.lit(column).alias("column"), pl.lit(reason).alias("reason")))
        return pl.concat(found)

    return check


def _export(folder: Path) -> Path:
    return folder / "inbox" / str(MONTH) / FILES[folder.name]


def _mapping(folder: Path) -> mapped.Mapping:
    site = programme.load(folder)
    return mapped.load(site, site.programme.source[0], instrument.load(site)[0])


def _open(folder: Path) -> sources.RawTable:
    return sources.read(_export(folder), "export", sources.Options(tool="plain", header_rows=1))


def _measured(work: Callable[[], object]) -> dict[str, float]:
    wall, cpu = clock.timed(work)
    return {"wall": wall, "cpu": cpu, "peak": clock.peak()}


if __name__ == "__main__":
    TASKS = (make, floor, sheet, read, read_mapped, whole, rule_check)
    task = {one.__name__: one for one in TASKS}[sys.argv[1]]
    print(json.dumps(task(Path(sys.argv[2]), *sys.argv[3:])))
