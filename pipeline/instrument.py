"""An instrument: which items make which factor, and how factors make the index.

Definitions are data (schemas/instruments/*.toml, or instruments/ in the programme's folder):
adding an instrument is adding a file.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from math import lcm
from pathlib import Path
from typing import Literal

from pydantic import field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline import toml
from pipeline.programme import Site
from pipeline.refusal import Refusal
from pipeline.settings import Names
from pipeline.toml import CLOSED, Day, Flag, Id, Misfit, Number, Text, Whole

PACKAGED = Path(__file__).resolve().parent.parent / "schemas" / "instruments"

# Columns every accepted table of responses has beside its items.
RESPONSE_COLUMNS = (
    "period",
    "respondent",
    "branch",
    "division",
    "serviced_on",
    "answered_at",
    "duration_s",
    "weight",
    "missing",
    "verbatim",
    "contact",
    "segment",
    "tier",
    "vehicle",
    "contract",
    "flags",
    "source",
    "row",
)


@dataclass(frozen=True, config=CLOSED)
class Scale:
    """The whole numbers an item can be answered with. A top box is an answer of
    top_box_from or more, a bottom box one of bottom_box_to or less."""

    min: Whole
    max: int
    top_box_from: Whole
    bottom_box_to: int

    @model_validator(mode="after")
    def _ordered(self) -> "Scale":
        if not -32_768 < self.min < self.max <= 32_767:
            raise ValueError("expected min < max, both between -32767 and 32767")
        if not self.min <= self.bottom_box_to < self.top_box_from <= self.max:
            raise ValueError("expected min <= bottom_box_to < top_box_from <= max")
        return self

    @property
    def span(self) -> int:
        return self.max - self.min


@dataclass(frozen=True, config=CLOSED)
class Item:
    """One question. Its id never changes meaning: a new wording is a new item. nps: promoters are the
    top box, detractors the bottom box, and their difference is reported."""

    id: Id
    text: Names
    touchpoint: Id
    scale: Scale | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    source: Text | None = None
    nps: Flag = False


@dataclass(frozen=True, config=CLOSED)
class Option:
    """One answer of a multi-select question."""

    id: Id
    text: Names


@dataclass(frozen=True, config=CLOSED)
class Choice:
    """A multi-select question: no part of the index. In the accepted table it is one column per
    option, <choice>_<option>: 1 chosen, 0 not, null not answered; and <choice>_other, free text."""

    id: Id
    text: Names
    option: tuple[Option, ...]

    @field_validator("option")
    @classmethod
    def _each_once(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        ids = [one.id for one in options]
        if not ids or len(set(ids)) < len(ids):
            raise ValueError("expected at least one option, and every option id once")
        return options

    def column(self, option: str) -> str:
        return f"{self.id}_{option}"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.column(one.id) for one in self.option)

    @property
    def other(self) -> str:
        return self.column("other")


def _weight(weight: Decimal | int) -> Decimal | int:
    if weight <= 0 or Decimal(weight) != Decimal(weight).quantize(Decimal("0.0001")):
        raise ValueError("expected a weight over 0 with at most four decimals")
    return weight


@dataclass(frozen=True, config=CLOSED)
class Subfactor:
    """Items that are averaged into one score. weight: its share of its factor, in any unit."""

    id: Id
    name: Names
    item: tuple[Item, ...]
    weight: Number = 1

    @field_validator("weight")
    @classmethod
    def _positive(cls, weight: Decimal | int) -> Decimal | int:
        return _weight(weight)

    @field_validator("item")
    @classmethod
    def _some(cls, items: tuple[Item, ...]) -> tuple[Item, ...]:
        if not items:
            raise ValueError("expected at least one item")
        return items


@dataclass(frozen=True, config=CLOSED)
class Factor:
    """Items that are averaged into one score, or sub-factors that are weighted into one. weight:
    share of the index, in any unit."""

    id: Id
    name: Names
    item: tuple[Item, ...] = ()
    weight: Number = 1
    subfactor: tuple[Subfactor, ...] = ()

    @field_validator("weight")
    @classmethod
    def _positive(cls, weight: Decimal | int) -> Decimal | int:
        return _weight(weight)

    @model_validator(mode="after")
    def _some(self) -> "Factor":
        if bool(self.item) == bool(self.subfactor):
            raise Misfit("at least one item, or sub-factors with items", "item")
        return self

    @property
    def leaves(self) -> tuple["Factor | Subfactor", ...]:
        """What of it a respondent has a score in: its sub-factors, else itself."""
        return self.subfactor or (self,)


@dataclass(frozen=True, config=CLOSED)
class Count:
    """Things counted, such as problems: no part of the index. Each item is a number of times from 0
    on; reported per 100 respondents, each and all together."""

    id: Id
    name: Names
    item: tuple[Item, ...]

    @field_validator("item")
    @classmethod
    def _some(cls, items: tuple[Item, ...]) -> tuple[Item, ...]:
        if not items:
            raise ValueError("expected at least one item")
        return items


@dataclass(frozen=True, config=CLOSED)
class Instrument:
    """A questionnaire with its factor structure.

    rule: branch_factors, index = sum(weight * factor mean) / sum(weight) over the unit's
    factor means; mean_of_dimensions, the same within each division, then the plain mean of
    the divisions; respondent, the mean of the respondents' own indices. points: the published
    scale's maximum.
    """

    id: Id
    name: Names
    source: Names
    valid_from: Day
    rule: Literal["branch_factors", "mean_of_dimensions", "respondent"]
    points: Literal[100, 1000]
    scale: Scale
    factor: tuple[Factor, ...]
    valid_to: Day | None = None
    minimum_answered_percent: Whole = 50
    choice: tuple[Choice, ...] = ()
    count: tuple[Count, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Instrument":
        if not 1 <= self.minimum_answered_percent <= 100:
            raise ValueError("expected minimum_answered_percent from 1 to 100")
        if not self.factor or len(self.leaves) > 30:
            raise ValueError("expected from 1 to 30 factors, sub-factors counted in their place")
        choices = [name for one in self.choice for name in (one.id, *one.columns, one.other)]
        named: list[Factor | Subfactor | Item | Count] = [*self.factor, *self._subfactors, *self.items, *self.count]
        ids = [one.id for one in named] + choices
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"expected every factor, item, count and choice id once; {twice[0]} stands twice")
        for one in ids:
            if one in RESPONSE_COLUMNS or one in ("index", "response_rate"):
                raise ValueError(f"expected other ids; {one} is a word of the tables themselves")
        for leaf in self.leaves:
            if self.unit(leaf) ** 2 > 2**100:
                raise ValueError(f"expected fewer items in factor {leaf.id}")
        for count in self.count:
            for item in count.item:
                if self.scale_of(item).min != 0:
                    raise ValueError(f"expected a scale from 0 for {item.id}: counts begin at 0")
        return self

    @property
    def _subfactors(self) -> tuple[Subfactor, ...]:
        return tuple(one for factor in self.factor for one in factor.subfactor)

    @property
    def leaves(self) -> tuple[Factor | Subfactor, ...]:
        """Everything a respondent has a factor score in, in the order of the file."""
        return tuple(leaf for factor in self.factor for leaf in factor.leaves)

    @property
    def scored_items(self) -> tuple[Item, ...]:
        """The items of the index."""
        return tuple(item for leaf in self.leaves for item in leaf.item)

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of the file, counts last: the order of the `missing` states too."""
        return (*self.scored_items, *(item for count in self.count for item in count.item))

    def scale_of(self, item: Item) -> Scale:
        return item.scale or self.scale

    def span(self, factor: Factor | Subfactor) -> int:
        """The common span every item of a factor is stretched to: a whole number."""
        return lcm(*(self.scale_of(item).span for item in factor.item))

    def shares(self, factor: Factor | Subfactor) -> int:
        """A number every possible count of answered items divides."""
        return lcm(*range(1, len(factor.item) + 1))

    def unit(self, factor: Factor | Subfactor) -> int:
        """A respondent's factor score is a whole number from 0 to this (= 100 points)."""
        return self.span(factor) * self.shares(factor)

    def in_force(self, item: Item, day: date) -> bool:
        """Whether an item is asked on a day."""
        start = item.valid_from or self.valid_from
        end = item.valid_to or self.valid_to
        return start <= day and (end is None or day <= end)


def load(site: Site) -> tuple[Instrument, ...]:
    """The programme's instruments in its order. Raises Refusal naming file, line and key."""
    return tuple(_load_one(site, one) for one in site.programme.instruments)


def path(site: Site, instrument: str) -> Path:
    """Where an instrument is defined: in the programme's own folder, else in this program."""
    own = site.folder / "instruments" / f"{instrument}.toml"
    return own if own.exists() else PACKAGED / f"{instrument}.toml"


def _load_one(site: Site, instrument: str) -> Instrument:
    file = path(site, instrument)
    if not file.exists():
        raise Refusal(
            f"{site.file}, instruments: there is no instrument {instrument!r}. "
            f"Known: {', '.join(sorted(_known(site)))}. Add instruments/{instrument}.toml."
        )
    read = toml.read(file, Instrument)
    if read.id != instrument:
        raise Refusal(f"{file}, id: expected {instrument!r} as the file is named, found {read.id!r}.")
    return read


def _known(site: Site) -> Iterator[str]:
    for folder in (PACKAGED, site.folder / "instruments"):
        yield from (one.stem for one in folder.glob("*.toml"))
