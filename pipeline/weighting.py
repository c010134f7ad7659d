"""The tables of programme.toml that say what a response stands for: weights, design, levels."""

from dataclasses import field
from typing import Literal

from pydantic import field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline.settings import Names
from pipeline.toml import CLOSED, Flag, Id, Misfit, Number

# What a level, a margin, a cell or a stratum can be made of. The first four follow from the branch and the month.
BRANCH_FIELDS = ("branch", "region", "branch_tier", "peer")
Field = Literal["branch", "region", "branch_tier", "peer", "division", "segment", "tier", "vehicle", "contract"]
Base = Literal["none", "column", "population"]
Trim = Literal["none", "iqr", "bounds"]
RESERVED_MARGINS = ("cells", "strata")
BUILT_IN_LEVELS = (
    "branch", "part", "region", "division", "network", "branch_as_is", "region_as_is", "instrument", "target",
    "last_month", "last_year", "previous", "peers", "index",
)  # fmt: skip


def _each_once(fields: tuple[str, ...]) -> tuple[str, ...]:
    for place, one in enumerate(fields):
        if one in fields[:place]:
            raise Misfit(f"every field once, found {one!r} again", place)
    return fields


@dataclass(frozen=True, config=CLOSED)
class Margin:
    """Categories whose shares of the population are known: the values of the fields `by`."""

    id: Id
    by: tuple[Field, ...]

    @model_validator(mode="after")
    def _sensible(self) -> "Margin":
        if self.id in RESERVED_MARGINS:
            raise Misfit(f"another id, {self.id!r} is a word of population.csv itself", "id")
        if not self.by:
            raise Misfit("at least one field", "by")
        _each_once(self.by)
        return self


@dataclass(frozen=True, config=CLOSED)
class Weighting:
    """base: none, every response counts 1; column, the mapping names a `weight` column; population,
    customers by responses in each of the `cells`. tier: what a respondent's tier multiplies it with.
    margin: what the weights are raked to. trim: bounds of the weights, see pipeline.weights."""

    base: Base = "none"
    cells: tuple[Field, ...] = ()
    tier: dict[str, Number] = field(default_factory=dict)
    margin: tuple[Margin, ...] = ()
    trim: Trim = "none"
    low: Number | None = None
    high: Number | None = None

    @model_validator(mode="after")
    def _sensible(self) -> "Weighting":
        if (self.base == "population") != bool(self.cells):
            raise Misfit('`cells` with base = "population", and only then', "cells")
        _each_once(self.cells)
        ids = [one.id for one in self.margin]
        for place, one in enumerate(ids):
            if one in ids[:place]:
                raise Misfit(f"every id once, found {one!r} again", "margin", place, "id")
        for tier, factor in self.tier.items():
            if factor <= 0:
                raise Misfit(f"a number over 0, found {factor}", "tier", tier)
        bounds = self.low is not None and self.high is not None
        if (self.trim == "bounds") != bounds or (self.trim != "bounds" and (self.low or self.high)):
            raise Misfit('`low` and `high` with trim = "bounds", and only then', "trim")
        if self.low is not None and self.high is not None and not 0 <= self.low < 1 < self.high:
            raise Misfit(f"0 <= low < 1 < high, found {self.low} and {self.high}", "low")
        return self

    @property
    def solved(self) -> bool:
        """Whether responses are weighted by more than a column of their own."""
        return self.base == "population" or bool(self.tier or self.margin) or self.trim != "none"

    @property
    def calibrated(self) -> bool:
        """Whether weights are made to meet numbers of the population."""
        return self.base == "population" or bool(self.margin)


@dataclass(frozen=True, config=CLOSED)
class Design:
    """How the sample was drawn, each month anew. strata: parts drawn separately. finite: whether the
    customers of each stratum are known and so few that drawing without replacement counts. single:
    what to do about a stratum with one response (adjust, average, certainty)."""

    strata: tuple[Field, ...] = ("branch",)
    finite: Flag = False
    single: Literal["adjust", "average", "certainty"] = "adjust"

    @field_validator("strata")
    @classmethod
    def _sensible(cls, strata: tuple[str, ...]) -> tuple[str, ...]:
        return _each_once(strata)


@dataclass(frozen=True, config=CLOSED)
class Grouping:
    """A level of its own beside branch, region, division and network: one unit per value of `by`."""

    id: Id
    by: tuple[Field, ...]
    name: Names

    @model_validator(mode="after")
    def _sensible(self) -> "Grouping":
        if self.id in BUILT_IN_LEVELS:
            raise Misfit(f"another id, {self.id!r} is a word of the tables themselves", "id")
        if not self.by:
            raise Misfit("at least one field", "by")
        _each_once(self.by)
        return self


@dataclass(frozen=True, config=CLOSED)
class Bonus:
    """A line on an index, in published points, that a reward hangs on."""

    id: Id
    instrument: Id
    line: Number
    name: Names
