"""How fast exports are read, admitted and loaded, beside a floor of the same rounds.

Every task runs in a fresh process (tests.bench.intake_work), so that its peak memory is its own;
this one stays light, for a process may count the memory of the one that started it. Floor and task
take turns; what is printed is the ratio of the medians. Targets stand beside and are not asserted.
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.clock import PROCESSORS

SHEET_ROWS = 100_000  # of the XLSX, at most
MANY = 5_000_000  # responses from which one round must do
TARGET, RULE_TARGET, MEMORY_TARGET = 3.0, 1.4, 1300  # times the floor; the rules; MB at 10,000,000 responses
KINDS = (("CSV, UTF-8", "utf-8", "floor"), ("CSV, GB18030", "gb18030", "floor"), ("XLSX", "xlsx", "sheet"))
FLOORS = {"floor": "floor: read_csv + sums", "sheet": "floor: cells as text"}
TASKS = {"read": "read all columns", "read_mapped": "read mapped columns"}
WHOLE = {"admit": "admit, to Parquet", "view": "to DuckDB (view), + sums", "copy": "copied into DuckDB file"}


def run(folder: Path, responses: int, branches: int) -> None:
    rounds = 1 if responses >= MANY else 3
    sizes = _task("make", folder, str(responses), str(branches))
    print(f"Intake: {responses:,} responses x 35 columns, 1 % bad; {branches} branches, {PROCESSORS} processors")
    print(f"Medians of {rounds} rounds; x = times the floor of the same rounds" if rounds > 1 else "One round")
    print(f"{'':26}{'rows/s':>11}{'wall s':>9}{'CPU s':>9}{'x wall':>8}{'x CPU':>8}{'peak MB':>9}")
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
    least = _medians(taken[floor])
    _line(FLOORS[floor], rows, least, None)
    for task, name in TASKS.items():
        _line(name, rows, _medians(taken[task]), least)
    found = _medians(taken["whole"])
    for way, name in WHOLE.items():
        _line(name, rows, {one: found[f"{way}_{one}"] for one in ("wall", "cpu", "peak")}, least)
    _target(TARGET, MEMORY_TARGET)


def _rules(folder: Path) -> None:
    found = _task("rule_check", folder)
    rows = int(found["rows"])
    print(f"Rules: {rows:,} typed rows, {int(found['bad']):,} bad, in the batches of the intake; 3 rounds")
    least, ours = ({unit: found[f"{way}_{unit}"] for unit in ("wall", "cpu")} for way in ("floor", "ours"))
    _line("floor: by hand in Polars", rows, least, None)
    _line("contract (pandera)", rows, ours, least)
    _target(RULE_TARGET)


def _line(name: str, rows: int, taken: dict[str, float], least: dict[str, float] | None) -> None:
    times = "".join(f"{taken[unit] / least[unit]:>8.2f}" if least else f"{'':8}" for unit in ("wall", "cpu"))
    peak = f"{taken['peak']:>9,.0f}" if "peak" in taken else ""
    print(f"  {name:24}{rows / taken['wall']:>11,.0f}{taken['wall']:>9.2f}{taken['cpu']:>9.2f}{times}{peak}".rstrip())


def _target(times: float, memory: int | None = None) -> None:
    print(f"    {'target':51}{times:>8.2f}{times:>8.2f}" + (f"{memory:>9,}" if memory else ""))


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    found = {key: median(one[key] for one in rounds) for key in rounds[0]}
    return found | {key: max(one[key] for one in rounds) for key in found if key.endswith("peak")}


def _task(name: str, folder: Path, *arguments: str) -> dict[str, Any]:
    """What a task prints. Its own messages go to the terminal."""
    command = [sys.executable, "-m", "tests.bench.intake_work", name, str(folder), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"tests.bench.intake_work {name} {folder}: ended with {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
