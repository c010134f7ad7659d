"""How fast a month is scored, beside a floor of the same rounds: a plain DuckDB scan of the same
Parquet file that sums every item by branch.

Every task runs in a fresh process (tests.bench.tables_work), so that its peak memory is its own. Floor
and task take turns; what is printed is the ratio of the medians. Targets stand beside and are not asserted.
"""

from functools import partial
from pathlib import Path

from tests.bench import rivals, rounds
from tests.bench.clock import PROCESSORS
from tests.bench.months import FACTORS, PLAIN, WEIGHTED

TARGET, MEMORY_TARGET = 4.0, 1000  # times the floor, to the scores; MB
AGAIN_TARGET = 0.5  # wall seconds, other weights and their scores
_task = partial(rounds.task, "tables_work")


def run(folder: Path, responses: int, branches: int) -> None:
    """folder: does not exist yet."""
    many = 1 if responses >= rounds.MANY else 3
    size = _task("make", folder, str(responses), str(branches))["size"]
    items = sum(items for _, items in FACTORS)
    print(
        f"Scores: {responses:,} responses x {items} items, {size:,.0f} MB; {branches} branches, {PROCESSORS} processors"
    )
    print(rounds.told(many))
    rounds.heads()
    taken: dict[str, list[dict[str, float]]] = {}
    for _ in range(many):
        for name, kind in (("floor", PLAIN), ("whole", PLAIN), ("again", WEIGHTED)):
            taken.setdefault(name, []).append(_task(name, folder / kind))
    least, whole, again = (rounds.medians(taken[name]) for name in ("floor", "whole", "again"))
    rounds.line("floor: Parquet scan + sums", responses, least, None)
    rounds.line("respondent + totals", responses, _part(whole, "totals"), least)
    rounds.line("respondent + totals + score", responses, _part(whole, "scores"), least)
    rounds.target(TARGET)
    rounds.line("compare", responses, _part(whole, "compare"), least)
    rounds.line("all of scoring, written", responses, whole, least)
    print(f"    {'target':75}{MEMORY_TARGET:>9,}")
    rounds.line("weights anew", responses, _part(again, "solve"), least)
    rounds.line("their scores from totals", responses, _part(again, "scores"), least)
    print(f"    target, both: {AGAIN_TARGET} s")
    rounds.line("their comparisons", responses, _part(again, "compare"), least)
    rivals.run(folder / "rivals", branches)


def _part(taken: dict[str, float], part: str) -> dict[str, float]:
    return {unit: taken[f"{part}_{unit}"] for unit in ("wall", "cpu")}
