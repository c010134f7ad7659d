"""How fast one measure is beside what somebody with pandas or R would write: the weighted mean of a factor and its
standard error, for each branch.

Ours are all the measures of a month at all levels, divided by how many a branch has; the others are one measure
at the level of the branch, so the comparison favours them. pandas is installed for it into an environment of its own
(rivals.lock), R and its package survey are used where they are; what is not there is said and not compared.
"""

import csv
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median

import duckdb

from pipeline import instrument, programme
from tests.bench import months, rounds

RESPONSES = 100_000
ROUNDS = 3
HERE = Path(__file__).parent


def run(folder: Path, branches: int) -> None:
    """folder: does not exist yet."""
    make = partial(rounds.task, "tables_work")
    make("make", folder, str(RESPONSES), str(branches))
    place = folder / months.PLAIN
    table = folder / "factor.csv"
    _write_factor(place, table)
    python, lacks = _pandas(folder / "pandas")
    script = str(HERE / "pandas_factor.py")
    rivals: list[tuple[str, list[str], str, int | None]] = [  # name, command, what is lacking, target: times as fast
        ("pandas, apply", [python, script, str(table), "apply"], lacks, 20),
        ("pandas, whole columns", [python, script, str(table), "columns"], lacks, None),
        ("R svyby", ["Rscript", "--vanilla", str(HERE / "svyby_factor.R"), str(table)], _survey(), 40),
    ]
    ours, taken = [], {name: list[float]() for name, *_ in rivals}
    for _ in range(ROUNDS):
        ours.append(make("whole", place))
        for name, command, lacks, _ in rivals:
            if not lacks:
                taken[name].append(_cpu(command))
    measures = _measures(place / "out")
    one = rounds.medians(ours)["scores_cpu"] / measures
    print(f"\nOne measure: {RESPONSES:,} responses, {branches} branches; CPU s")
    print(f"  {f'csi: one of {measures}, all levels':38}{one:>8.3f}")
    for name, _, lacks, target in rivals:
        if lacks:
            print(f"  {name}: not compared, {lacks}")
            continue
        other = median(taken[name])
        told = f"{other / one:>9,.1f} x csi" + (f"; target {target}" if target else "")
        print(f"  {name + ', branches only':38}{other:>8.3f}{told}")


def _measures(out: Path) -> int:
    """How many statistics of measures a branch has."""
    (found,) = duckdb.sql(
        f"SELECT count(DISTINCT (measure, statistic)) FROM '{out}/scores.parquet' WHERE level = 'branch'"
    ).fetchall()
    return int(found[0])


def _write_factor(folder: Path, target: Path) -> None:
    """Branch, weight and score 0-100 of one factor, a row per response that has it."""
    (used,) = instrument.load(programme.load(folder))
    items = [f'"{item.id}"' for item in used.leaves[0].item]
    given = " + ".join(f"({item} IS NOT NULL)::INTEGER" for item in items)
    total = " + ".join(f"coalesce({item}, 0)::DOUBLE" for item in items)
    found = duckdb.sql(f"""SELECT branch, weight::DOUBLE AS weight, (({total}) / ({given}) - 1) * 100 / 9 AS score
        FROM '{months.parquet(folder)}' WHERE 2 * ({given}) >= {len(items)}""").fetchall()
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("branch", "weight", "score"))
        writer.writerows(found)


def _pandas(folder: Path) -> tuple[str, str]:
    """The Python of a new environment that has pandas, and why it has not."""
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes"]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*pip, "--requirement", str(HERE / "rivals.lock")]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            return python, f"could not be installed: {done.stdout.strip().splitlines()[-1]}"
    return python, ""


def _survey() -> str:
    """What R lacks."""
    if not shutil.which("Rscript"):
        return "R is not installed"
    asked = ["Rscript", "--vanilla", "-e", "quit(status = !requireNamespace('survey', quietly = TRUE))"]
    return "R has no package survey" if subprocess.run(asked, capture_output=True).returncode else ""


def _cpu(command: list[str]) -> float:
    """The second of two numbers that the command prints: CPU seconds."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.split()[1])
