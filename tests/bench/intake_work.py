"""What `tests.bench.intake` measures, one task in a process of its own: python -m
tests.bench.intake_work TASK FOLDER …. Prints a JSON object. Imports do not count, on either side.
"""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import fastexcel
import polars as pl

from pipeline import accepted, hierarchy, instrument, mapped, programme, rules, sources, warehouse
from pipeline.admit import admit
from pipeline.parse import Known, Parser
from pipeline.places import Places
from schemas import responses as contracts
from tests.bench import clock, exports
from tests.bench.exports import FILES, ITEMS, MONTH

RULE_ROWS = 1_000_000  # typed rows that the rules are measured on, at most
RULE_ROUNDS = 3
LOAD = """CREATE TABLE response AS
    FROM read_parquet(getvariable('folder') || 'accepted/responses/bench_26/*.parquet')"""


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
    """From the export to a DuckDB file with the validated table; `admit_` is the part before DuckDB."""
    site = programme.load(folder)
    used = instrument.load(site)
    tree = hierarchy.load(site, used)
    out = site.output
    rows: list[int] = []

    def admitting() -> None:
        accepted.write_hierarchy(out, tree)
        files = admit(site, used, tree, MONTH, folder=out).files
        rows.extend((sum(one.accepted for one in files), sum(one.quarantined for one in files)))

    shutil.rmtree(out, ignore_errors=True)
    first = clock.timed(admitting)
    admit_peak = clock.peak()
    then = clock.timed(lambda: warehouse.build(out, [("load", LOAD)], []))
    with duckdb.connect(str(out / "warehouse.duckdb"), read_only=True) as connection:
        loaded = connection.sql("SELECT count(*) FROM response").fetchall()[0][0]
    total, good = sum(rows), rows[0]
    if (loaded, rows[1]) != (good, total // exports.BAD_EVERY):
        raise SystemExit(f"read {total}, accepted {good}, quarantined {rows[1]}, loaded {loaded}")
    shutil.rmtree(out)
    return {
        "wall": first[0] + then[0],
        "cpu": first[1] + then[1],
        "admit_wall": first[0],
        "admit_cpu": first[1],
        "admit_peak": admit_peak,
        "peak": clock.peak(),
    }


def rule_check(folder: Path) -> dict[str, float]:
    """Typed rows of the UTF-8 export, batch by batch: the rules by hand, then by the contract."""
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
    for batch in raw.batches(plan.loaded()):
        table = places.of(parser.responses(batch).typed).select(list(contract.types))
        found = pl.concat(
            [pl.DataFrame(schema={"row": pl.UInt32, "column": pl.String, "reason": pl.String})]
            + [
                table.select("row")[places].with_columns(column=pl.lit(column), reason=pl.lit(reason))
                for column, reason, places in contract.broken(table)
            ]
        )
        if seen == 0 and not found.sort(pl.all()).equals(by_hand(table).sort(pl.all())):  # both ways are warm now
            raise SystemExit("the rules by hand find other faults than the contract")
        good = table.filter(~table["row"].is_in(found["row"].unique().implode()))
        good = contract.fitted(good)
        contract.check(good)
        seen, wrong = seen + table.height, wrong + table.height - good.height

        def ours(table: pl.DataFrame = table, good: pl.DataFrame = good) -> None:
            contract.broken(table)
            contract.check(good)

        def least(table: pl.DataFrame = table) -> None:
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
