"""The form of a spec: a rule in words and symbols, and small tables that it must hold for.

A table is written as aligned text, its columns apart by |. Answers are numbers or one of the four
missing states: `-` (not answered), `not asked`, `n/a` (not applicable), `refused`. A cell of an
expected table is a text, `-` for nothing, or arithmetic (see arithmetic.py) that is worked out when
the spec is read, and may use the names of the lines of `working` before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent
from types import ModuleType

from tests.spec.arithmetic import Value, evaluate

NOW = "2025-10"  # the month that is run; rows of another have a column `month`
Line = Mapping[str, str]

# Published tables, and what a row of an expected table means where it does not say.
TABLES: Mapping[str, Mapping[str, str]] = {
    "scores": {
        "month": NOW, "level": "branch", "unit": "network", "measure": "index", "statistic": "mean", "window": "month",
    },
    "comparisons": {"level": "branch", "unit": "network", "measure": "index", "window": "month", "against": ""},
    "reliability": {"level": "branch", "measure": "index", "window": "month"},
    "change": {"level": "network", "unit": "network", "against": "last_month"},
    "weights": {"month": NOW, "branch": "", "segment": "", "tier": ""},
    "bridged": {"month": NOW, "level": "branch", "unit": "network", "measure": "index", "window": "month"},
    "weighting": {"month": NOW, "margin": "", "category": ""},
    "standing": {"within": "network", "branch": ""},
    "integrity": {"level": "branch", "unit": "network", "what": "flagged"},
}  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """of: a table of TABLES. cells: its rows, keys first."""

    of: str
    cells: str

    @property
    def rows(self) -> list[Line]:
        return rows(self.cells)


@dataclass(frozen=True)
class Example:
    """One programme, its answers and what must come out.

    given: what the reader has to know of it. settings: of programme.toml. instrument: factor, sub-factor,
    weight, items, scale, top, bottom, nps; without it one factor, service, of all items, on the scale 1-10.
    choices: choice, options. counts: count, items, most. branches: branch, region, divisions, tier, peer,
    from, to, successor, inherits; without it those that answered, in the region NORTH. population: margin,
    category, customers. targets: measure, branch, target. invited: branch, asked. responses: a column `times` says how often a
    row stands. older, bridge: answers to the questionnaire before, and the kind of the bridge from it. reversed:
    items whose export counts from the other end. so: what the reader is to see.
    """

    responses: str
    expected: tuple[Expected, ...]
    given: str = ""
    settings: str = ""
    instrument: str = ""
    rule: str = "branch_factors"
    points: int = 100
    choices: str = ""
    counts: str = ""
    branches: str = ""
    population: str = ""
    targets: str = ""
    invited: str = ""
    older: str = ""
    bridge: str = ""
    reversed: tuple[str, ...] = ()
    working: str = ""
    so: str = ""

    @property
    def worked(self) -> dict[str, Value]:
        """The lines of the working with what they come to."""
        found: dict[str, Value] = {}
        for line in filter(None, map(str.strip, self.working.strip().splitlines())):
            name, _, text = line.partition("=")
            if name.strip() == "z" or name.strip() in found:
                raise ValueError(f"{name.strip()} has a value already")
            found[name.strip()] = evaluate(text, found)
        return found


@dataclass(frozen=True)
class Rule:
    """says: the rule in plain words. formula: with symbols. sql: the steps of pipeline/sql that work it out."""

    title: str
    says: str
    formula: str
    source: str
    sql: tuple[str, ...]
    examples: tuple[Example, ...]
    code: tuple[str, ...] = ()  # modules of pipeline, where a rule is not of the SQL alone


@dataclass(frozen=True)
class Kind:
    """A chapter: rules of one kind, each the RULE of a module."""

    title: str
    says: str
    modules: tuple[ModuleType, ...]

    @property
    def rules(self) -> dict[str, Rule]:
        """By the names of their modules; other rules refer to one as {name}."""
        return {one.__name__.rpartition(".")[2]: one.RULE for one in self.modules}


def scores(cells: str) -> Expected:
    return Expected("scores", cells)


def comparisons(cells: str) -> Expected:
    return Expected("comparisons", cells)


def weights(cells: str) -> Expected:
    return Expected("weights", cells)


def weighting(cells: str) -> Expected:
    return Expected("weighting", cells)


def reliability(cells: str) -> Expected:
    return Expected("reliability", cells)


def change(cells: str) -> Expected:
    return Expected("change", cells)


def bridged(cells: str) -> Expected:
    return Expected("bridged", cells)


def rows(text: str) -> list[Line]:
    """The rows of an aligned table, by the heads of its columns."""
    lines = [line for line in dedent(text).strip().splitlines() if line.strip()]
    if not lines:
        return []
    heads, *cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    for line in cells:
        if len(line) != len(heads):
            raise ValueError(f"{len(line)} cells under {len(heads)} heads: {' | '.join(line)}")
    return [dict(zip(heads, line, strict=True)) for line in cells]


def standing(cells: str) -> Expected:
    return Expected("standing", cells)


def integrity(cells: str) -> Expected:
    return Expected("integrity", cells)
