"""A branch over time: its rows in branches.csv follow one another, and who inherits its history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise


@dataclass(frozen=True)
class Stretch:
    """One row of branches.csv. end: null while open."""

    row: int
    branch: str
    start: date
    end: date | None
    successor: str | None
    inherits: bool


def problems(stretches: Iterable[Stretch]) -> Iterator[tuple[int, str, str]]:
    """(row, column, what is wrong)."""
    branches: dict[str, list[Stretch]] = {}
    for one in sorted(stretches, key=lambda one: (one.branch, one.start, one.row)):
        branches.setdefault(one.branch, []).append(one)
    for branch, rows in branches.items():
        for earlier, later in pairwise(rows):
            if earlier.end is None or later.start <= earlier.end:
                yield (
                    later.row,
                    "valid_from",
                    f"{branch} overlaps with its row {earlier.row}. Keep one, or correct its dates.",
                )
    for row, what in _inheritance(branches.values()):
        yield row, "inherits", what


def _inheritance(branches: Iterable[list[Stretch]]) -> Iterator[tuple[int, str]]:
    heirs: dict[str, Stretch] = {}
    for rows in branches:
        last, first = rows[-1], next((one for one in rows if one.inherits), None)
        if first is None:
            continue
        without = [one for one in rows if one.inherits and one.successor is None]
        for one in without:
            yield one.row, "'yes', but the row names no successor. Name one, or leave this cell empty."
        if without:
            continue
        other = next((one for one in rows if one.inherits and one.successor != first.successor), None)
        if other is not None:
            told = f"{first.successor} inherits from {first.branch} already, in row {first.row}."
            yield other.row, f"{told} A history goes to one branch only."
        elif not last.inherits:
            yield first.row, f"{first.branch} goes on in row {last.row}. Only its last row can be inherited."
        elif last.end is None:
            yield last.row, f"{first.branch} has no last day. Fill in valid_to, or leave this cell empty."
        else:
            heirs[first.branch] = last
    yield from _cycles(heirs)


def _cycles(heirs: dict[str, Stretch]) -> Iterator[tuple[int, str]]:
    done: set[str] = set()
    for start in heirs:
        way: list[str] = []
        branch = start
        while branch in heirs and branch not in done and branch not in way:
            way.append(branch)
            branch = str(heirs[branch].successor)
        if branch in way:
            circle = [*way[way.index(branch) :], branch]
            yield heirs[branch].row, f"{' → '.join(circle)}: no branch can inherit from itself, not by way of others."
        done.update(way)
