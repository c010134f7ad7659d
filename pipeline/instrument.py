"""An instrument: which items make which factor, and how factors make the index.

Definitions are data (schemas/instruments/*.toml, or instruments/ in the programme's folder):
adding an instrument is adding a file.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import lcm
from pathlib import Path
from typing import Literal

from pydantic import field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline import toml
from pipeline.bridge import Bridge
from pipeline.programme import Site
from pipeline.questions import Choice, Count, Item, Scale
from pipeline.refusal import Refusal
from pipeline.settings import Names
from pipeline.toml import CLOSED, Day, Id, Misfit, Number, Whole

PACKAGED = Path(__file__).resolve().parent.parent / "schemas" / "instruments"

FINEST = 1_000_000  # steps that 100 points of a factor score have at most, so that sums of squares stay in 128 bits

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
    bridge: tuple[Bridge, ...] = ()
    count: tuple[Count, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Instrument":
        if not 1 <= self.minimum_answered_percent <= 100:
            raise ValueError("expected minimum_answered_percent from 1 to 100")
        if not self.factor or len(self.leaves) > 30:
            raise ValueError("expected from 1 to 30 factors, sub-factors counted in their place")
        choices = [name for one in self.choice for name in (one.id, *one.columns, one.other)]
        factors = [one.id for one in self.factor] + [one.id for one in self._subfactors]
        ids = factors + [one.id for one in self.items] + [one.id for one in self.count] + choices
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"expected every factor, item, count and choice id once; {twice[0]} stands twice")
        for one in ids:
            if one in RESPONSE_COLUMNS or one in ("index", "response_rate"):
                raise ValueError(f"expected other ids; {one} is a word of the tables themselves")
        for leaf in self.leaves:
            if 2 * FINEST * self.span(leaf) * (len(leaf.item) + 1) ** 2 >= 2**63:
                raise ValueError(f"expected scales of more similar lengths for the items of factor {leaf.id}")
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

    def exact(self, factor: Factor | Subfactor) -> bool:
        """Whether factor scores are kept as they are: their common denominator is no larger than FINEST. Otherwise,
        in factors of a dozen items and more, they are rounded half up to one part in FINEST."""
        return self.span(factor) * self.shares(factor) <= FINEST

    def unit(self, factor: Factor | Subfactor) -> int:
        """A respondent's factor score is a whole number from 0 to this (= 100 points)."""
        return self.span(factor) * self.shares(factor) if self.exact(factor) else FINEST


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
