"""How fast exports are read, admitted and loaded, beside a floor of the same rounds.

Every task runs in a fresh process (tests.bench.intake_work), so that its peak memory is its own;
this one stays light, for a process may count the memory of the one that started it. Floor and task
take turns; what is printed is the ratio of the medians. Targets stand beside and are not asserted.
"""

from functools import partial
from pathlib import Path

from tests.bench import rounds as told
from tests.bench.clock import PROCESSORS
from tests.bench.rounds import heads, line, medians, target

_task = partial(told.task, "intake_work")

SHEET_ROWS = 100_000  # of the XLSX, at most
TARGET, RULE_TARGET, MEMORY_TARGET = 3.0, 1.4, 1300  # times the floor; the rules; MB at 10,000,000 responses
KINDS = (("CSV, UTF-8", "utf-8", "floor"), ("CSV, GB18030", "gb18030", "floor"), ("XLSX", "xlsx", "sheet"))
FLOORS = {"floor": "floor: read_csv + sums", "sheet": "floor: cells as text"}
TASKS = {"read": "read all columns", "read_mapped": "read mapped columns"}
WHOLE = {"admit": "admit, to Parquet", "view": "to DuckDB (view), + sums", "copy": "copied into DuckDB file"}


def run(folder: Path, responses: int, branches: int) -> None:
    rounds = 1 if responses >= told.MANY else 3
    sizes = _task("make", folder, str(responses), str(branches))
    print(f"Intake: {responses:,} responses x 35 columns, 1 % bad; {branches} branches, {PROCESSORS} processors")
    print(told.told(rounds))
    heads()
    for title, kind, floor in KINDS:
        rows = min(responses, SHEET_ROWS) if kind == "xlsx" else responses
        print(f"{title}: {rows:,} rows, {sizes[kind]:,.0f} MB")
        _table(folder / kind, floor, rows, rounds)
    _rules(folder / "utf-8")


def _table(folder: Path, floor: str, rows: int, rounds: int) -> None:
    taken: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for task in (*TASKS, "whole"):
            taken.setdefault(floor, []).append(_task(floor, folder))
            taken.setdefault(task, []).append(_task(task, folder))
    least = medians(taken[floor])
    line(FLOORS[floor], rows, least, None)
    for task, name in TASKS.items():
        line(name, rows, medians(taken[task]), least)
    found = medians(taken["whole"])
    for way, name in WHOLE.items():
        line(name, rows, {one: found[f"{way}_{one}"] for one in ("wall", "cpu", "peak")}, least)
    target(TARGET, MEMORY_TARGET)


def _rules(folder: Path) -> None:
    found = _task("rule_check", folder)
    rows = int(found["rows"])
    print(f"Rules: {rows:,} typed rows, {int(found['bad']):,} bad, in the batches of the intake; 3 rounds")
    least, ours = ({unit: found[f"{way}_{unit}"] for unit in ("wall", "cpu")} for way in ("floor", "ours"))
    line("floor: by hand in Polars", rows, least, None)
    line("contract (pandera)", rows, ours, least)
    target(RULE_TARGET)
