"""What `tests.bench.tables` measures, one task in a process of its own: python -m
tests.bench.tables_work TASK FOLDER …. Prints a JSON object. Imports do not count, on either side.
"""

import json
import sys
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import duckdb

from pipeline import hierarchy, instrument, population, programme, score, warehouse, weights
from tests.bench import clock, months
from tests.bench.months import MONTH

# Steps of pipeline/sql by the part of the work they do: the first two figures of their names, from and to.
PARTS = {"totals": ("20", "30"), "scores": ("20", "80"), "compare": ("81", "99")}


def make(folder: Path, responses: str, branches: str) -> dict[str, float]:
    months.make(folder, int(responses), int(branches))
    return {"size": months.parquet(folder / months.PLAIN).stat().st_size / 1e6}


def floor(folder: Path) -> dict[str, float]:
    """The least: DuckDB reads every item and sums it by branch."""
    (used,) = instrument.load(programme.load(folder))
    sums = ", ".join(f'sum("{item.id}")' for item in used.items)

    def scan() -> None:
        with duckdb.connect() as connection:
            connection.execute(f"SELECT branch, {sums} FROM '{months.parquet(folder)}' GROUP BY branch").fetchall()

    wall, cpu = clock.timed(scan)
    return {"wall": wall, "cpu": cpu, "peak": clock.peak()}


def whole(folder: Path) -> dict[str, float]:
    """A month is scored and written as the program does it."""
    site = programme.load(folder)
    steps = score.render(site.programme, instrument.load(site), MONTH, ())
    ticks: list[tuple[str, float, float]] = []

    def tick(name: str) -> None:
        ticks.append((name[:2], time.perf_counter(), clock.cpu_seconds()))

    tick("")
    warehouse.build(folder / "out", steps, score.TABLES, progress=tick)
    tick("")
    found = {"wall": ticks[-1][1] - ticks[0][1], "cpu": ticks[-1][2] - ticks[0][2], "peak": clock.peak()}
    for part, (first, last) in PARTS.items():
        spans = [(one, then) for one, then in pairwise(ticks) if first <= one[0] <= last]
        found[f"{part}_wall"] = sum(then[1] - one[1] for one, then in spans)
        found[f"{part}_cpu"] = sum(then[2] - one[2] for one, then in spans)
    return found


def again(folder: Path) -> dict[str, float]:
    """Other weights on the totals there are: no answer is read again, only who the responses are from."""
    site = programme.load(folder)
    used = instrument.load(site)
    tree = hierarchy.load(site, used)
    customers = population.load(site, used, set(tree.branches["branch"]))
    steps = score.render(site.programme, used, MONTH, ())
    with duckdb.connect() as connection:
        warehouse.harden(connection, folder / "out")

        def run(chosen: Iterable[tuple[str, str]]) -> None:
            for _, text in chosen:
                connection.execute(text)

        run(one for one in steps if one[0] < "31")
        solved = clock.timed(lambda: weights.solve(site.programme, tree, customers, MONTH, folder / "out"))
        scored = clock.timed(lambda: run(one for one in steps if "31" < one[0] < "81"))
        rest = clock.timed(lambda: run(one for one in steps if one[0] > "81"))
    found = {"peak": clock.peak()}
    for name, (wall, cpu) in {"solve": solved, "scores": scored, "compare": rest}.items():
        found |= {f"{name}_wall": wall, f"{name}_cpu": cpu}
    return found


if __name__ == "__main__":
    TASKS = (make, floor, whole, again)
    task = {one.__name__: one for one in TASKS}[sys.argv[1]]
    print(json.dumps(task(Path(sys.argv[2]), *sys.argv[3:])))
