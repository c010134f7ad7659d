"""What an instrument asks: items with their scales, multi-select questions, things counted."""

from pydantic import field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline.settings import Names
from pipeline.toml import CLOSED, Day, Flag, Id, Text, Whole


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
        if "other" in ids:
            raise ValueError("expected another id than `other`, which is the column of free texts; say `else`")
        return options

    def column(self, option: str) -> str:
        return f"{self.id}_{option}"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.column(one.id) for one in self.option)

    @property
    def other(self) -> str:
        return self.column("other")


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
