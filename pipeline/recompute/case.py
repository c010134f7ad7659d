"""What is scored: a programme's definitions and everything its customers said.

A response is a mapping: period, branch, division, weight (the base weight), one whole number or None
per item, count item and option column, `missing` (one letter per item in the order of the instrument,
None where no item was left out for a reason), and where they are known segment, tier, vehicle,
contract, factor (what the base weight is multiplied with), before (the same before raking), margins
(the numbers of the categories that weights were made to meet) and cells (which of them were met first).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

Row = Mapping[str, Any]
Rule = Literal["branch_factors", "mean_of_dimensions", "respondent"]

BRANCH_FIELDS = ("branch", "region", "branch_tier", "peer")  # these follow from the branch and the month
Hidden = tuple[str, str, str, str, str, str]  # period, instrument, level, unit, measure, window
START = date(2000, 1, 1)
OPEN_END = date(9999, 12, 31)


@dataclass(frozen=True)
class Item:
    """nps: whether top box minus bottom box is published."""

    id: str
    low: int = 1
    high: int = 10
    top_from: int = 9
    bottom_to: int = 4
    nps: bool = False


@dataclass(frozen=True)
class Factor:
    """Made of items, or of sub-factors that are made of items."""

    id: str
    items: tuple[Item, ...] = ()
    weight: Decimal = Decimal(1)
    subfactors: tuple["Factor", ...] = ()

    @property
    def leaves(self) -> tuple["Factor", ...]:
        """What is averaged from items: the sub-factors, or the factor itself."""
        return self.subfactors or (self,)


@dataclass(frozen=True)
class Count:
    """Problems counted in items, from 0 to the item's highest answer; their total is a measure too."""

    id: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Choice:
    """A multi-select question. In a response option o stands as <id>_<o>: 1 chosen, 0 not."""

    id: str
    options: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"{self.id}_{option}" for option in self.options)


@dataclass(frozen=True)
class Instrument:
    id: str
    factors: tuple[Factor, ...]
    rule: Rule = "branch_factors"
    points: int = 1000
    minimum_answered_percent: int = 50
    choices: tuple[Choice, ...] = ()
    counts: tuple[Count, ...] = ()
    valid_from: date = date(1900, 1, 1)
    valid_to: date = date(9999, 12, 31)

    @cached_property
    def leaves(self) -> tuple[Factor, ...]:
        return tuple(leaf for factor in self.factors for leaf in factor.leaves)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for leaf in self.leaves for item in leaf.items)

    @cached_property
    def places(self) -> dict[str, int]:
        """item -> its place among the letters of `missing`."""
        return {item.id: place for place, item in enumerate(self.items)}


@dataclass(frozen=True)
class Branch:
    """A branch from one day to another. A branch that moves stands twice. inherits: once closed, its
    history as it is seen now is its successor's."""

    id: str
    region: str = "NORTH"
    divisions: tuple[str, ...] = ("PC",)
    valid_from: date = START
    valid_to: date = OPEN_END
    tier: str = ""
    peer: str = ""
    successor: str = ""
    inherits: bool = False


@dataclass(frozen=True)
class Target:
    """branch "*" stands for every branch; one that is named goes before it."""

    instrument: str
    measure: str
    target: Decimal
    branch: str = "*"
    valid_from: date = START
    valid_to: date = OPEN_END


@dataclass(frozen=True)
class Grouping:
    """A level of its own: one unit per value of the fields."""

    id: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class Bonus:
    """A line on the index, in published points."""

    id: str
    instrument: str
    line: Decimal


@dataclass(frozen=True)
class Bridge:
    """Carries figures of an older questionnaire over to a newer one. periods: in which both were asked."""

    new: str
    old: str
    kind: Literal["additive", "linear"]
    measures: tuple[str, ...]
    periods: tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """strata: fields; each month is drawn anew. single: a stratum of one response."""

    strata: tuple[str, ...] = ("branch",)
    finite: bool = False
    single: Literal["adjust", "average", "certainty"] = "adjust"


@dataclass(frozen=True)
class Case:
    """A programme and everything its customers said, by instrument.

    invited: instrument -> (period, branch) -> customers asked. populations, with a finite design:
    instrument -> (period, *values of the strata fields) -> customers. weighted: whether the base
    weight is the responses' `weight`, else 1. hidden: figures that are withheld though their base is
    not small, since they would give away one that is. guarded: instruments whose shares have no standard
    error, for the same reason."""

    instruments: tuple[Instrument, ...]
    branches: tuple[Branch, ...]
    rows: Mapping[str, Sequence[Row]]
    targets: tuple[Target, ...] = ()
    invited: Mapping[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)
    weighted: bool = False
    withheld_below: int = 10
    ranked_from: int = 30
    design: Design = Design()
    populations: Mapping[str, Mapping[tuple[str, ...], Fraction]] = field(default_factory=dict)
    groupings: tuple[Grouping, ...] = ()
    peers: tuple[str, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    hidden: frozenset[Hidden] = frozenset()
    guarded: frozenset[str] = frozenset()

    def instrument(self, name: str) -> Instrument:
        return next(one for one in self.instruments if one.id == name)
