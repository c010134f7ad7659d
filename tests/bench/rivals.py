"""How fast one measure is beside what somebody with pandas or R would write: the weighted mean of a factor and its
standard error, for each branch. A process of its own for each: python -m tests.bench.rivals TASK FOLDER.

Ours are all the measures of a month at all levels, divided by how many a branch has; the others are one measure
at the level of the branch, so the comparison favours them. pandas and R are not needed by anything else: what is
not installed is said and not compared.
"""

import csv
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from pipeline import instrument, programme
from tests.bench import clock, months, rounds

RESPONSES = 100_000
TARGETS = {"pandas": 20, "R svyby": 40}  # times as fast
ROUNDS = 3
_SURVEY = """
suppressMessages(library(survey))
read <- read.csv(commandArgs(TRUE)[1])
design <- svydesign(ids = ~1, strata = ~branch, weights = ~weight, data = read)
options(survey.lonely.psu = "adjust")
start <- proc.time()
found <- svyby(~score, ~branch, design, svymean)
taken <- proc.time() - start
stopifnot(nrow(found) == length(unique(read$branch)))
cat(taken[["elapsed"]], taken[["user.self"]] + taken[["sys.self"]], "\\n")
"""


def run(folder: Path, branches: int) -> None:
    """folder: does not exist yet."""
    make = partial(rounds.task, "tables_work")
    make("make", folder, str(RESPONSES), str(branches))
    place = folder / months.PLAIN
    rivals = {name: task for name, (task, there) in RIVALS.items() if there()}
    taken: dict[str, list[dict[str, float]]] = {}
    for _ in range(ROUNDS):
        taken.setdefault("csi", []).append(make("whole", place))
        for name in rivals:
            taken.setdefault(name, []).append(rounds.task("rivals", name, place))
    measures = _measures(place / "out")
    ours = rounds.medians(taken["csi"])["scores_cpu"] / measures
    print(f"\nOne measure: {RESPONSES:,} responses, {branches} branches; CPU s")
    print(f"  {'csi: one of ' + str(measures) + ', all levels':40}{ours:>8.3f}")
    for name in RIVALS:
        if name not in rivals:
            print(f"  {name}: not installed, not compared")
            continue
        other = rounds.medians(taken[name])["cpu"]
        print(
            f"  {name + ', branches only':40}{other:>8.3f}   csi is {other / ours:,.0f} times as fast; target",
            TARGETS[name],
        )


def _measures(out: Path) -> int:
    """How many statistics of measures a branch has."""
    (found,) = duckdb.sql(
        f"SELECT count(DISTINCT (measure, statistic)) FROM '{out}/scores.parquet' WHERE level = 'branch'"
    ).fetchall()
    return int(found[0])


def _factor(folder: Path) -> list[tuple[str, float, float]]:
    """Branch, weight and score 0-100 of one factor, a row per response that has it."""
    (used,) = instrument.load(programme.load(folder))
    items = [f'"{item.id}"' for item in used.leaves[0].item]
    given = " + ".join(f"({item} IS NOT NULL)::INTEGER" for item in items)
    total = " + ".join(f"coalesce({item}, 0)::DOUBLE" for item in items)
    return duckdb.sql(f"""SELECT branch, weight::DOUBLE AS weight, (({total}) / ({given}) - 1) * 100 / 9 AS score
        FROM '{months.parquet(folder)}' WHERE 2 * ({given}) >= {len(items)}""").fetchall()


def in_pandas(folder: Path) -> dict[str, float]:
    pandas, numpy = importlib.import_module("pandas"), importlib.import_module("numpy")
    columns = dict(zip(("branch", "weight", "score"), zip(*_factor(folder), strict=True), strict=True))
    table = pandas.DataFrame(columns)

    def of(rows: Any) -> Any:
        weights, scores = rows["weight"], rows["score"]
        mean = numpy.average(scores, weights=weights)
        residuals = weights * (scores - mean) / weights.sum()
        count = len(rows)
        error = numpy.sqrt(count / (count - 1) * (residuals**2).sum()) if count > 1 else numpy.nan
        return pandas.Series({"n": count, "mean": mean, "se": error})

    wall, cpu = clock.timed(lambda: table.groupby("branch")[["weight", "score"]].apply(of))
    return {"wall": wall, "cpu": cpu}


def in_r(folder: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "factor.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("branch", "weight", "score"))
            writer.writerows(_factor(folder))
        script = Path(scratch) / "factor.R"
        script.write_text(_SURVEY, encoding="utf-8")
        done = subprocess.run(
            ["Rscript", "--vanilla", str(script), str(table)], stdout=subprocess.PIPE, text=True, check=True
        )
    wall, cpu = map(float, done.stdout.split())
    return {"wall": wall, "cpu": cpu}


def _has_survey() -> bool:
    if not shutil.which("Rscript"):
        return False
    asked = ["Rscript", "--vanilla", "-e", "quit(status = !requireNamespace('survey', quietly = TRUE))"]
    return subprocess.run(asked, capture_output=True).returncode == 0


RIVALS: dict[str, tuple[Callable[[Path], dict[str, float]], Callable[[], bool]]] = {
    "pandas": (in_pandas, lambda: find_spec("pandas") is not None),
    "R svyby": (in_r, _has_survey),
}

if __name__ == "__main__":
    print(json.dumps(RIVALS[sys.argv[1]][0](Path(sys.argv[2]))))
