"""A mapping: which column of an export is which field or item, and what its texts mean."""

from dataclasses import field
from typing import Literal

from pydantic import field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline import toml
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.programme import Site, Source
from pipeline.refusal import Refusal
from pipeline.toml import CLOSED, Id, Text, Whole

MissingState = Literal["not_asked", "not_answered", "not_applicable", "refused"]

# One letter per item in `missing`, the states of a response; "." is an answer.
LETTERS: dict[str, str] = {
    "not_asked": "s",
    "not_answered": "b",
    "not_applicable": "n",
    "refused": "r",
}
ANSWERED = "."


@dataclass(frozen=True, config=CLOSED)
class Columns:
    """Fields and the column heads they stand under. invited: of an invitations file only."""

    branch: Text
    respondent: Text | None = None
    division: Text | None = None
    serviced_on: Text | None = None
    answered_at: Text | None = None
    duration_s: Text | None = None
    weight: Text | None = None
    verbatim: Text | None = None
    invited: Text | None = None

    def given(self) -> dict[str, str]:
        return {name: head for name, head in vars(self).items() if isinstance(head, str)}


@dataclass(frozen=True, config=CLOSED)
class Dates:
    """strptime patterns. Numbers in the text need not be padded."""

    serviced_on: Text = "%Y-%m-%d"
    answered_at: Text = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, config=CLOSED)
class Mapping:
    """header_rows: rows down to and with the column heads (1). ignore: columns never loaded.
    labels: label set -> label -> code. item_labels: item -> label set, else `answer`."""

    columns: Columns
    header_rows: Literal[1] = 1
    sheet: Text | None = None
    ignore: tuple[Text, ...] = ()
    dates: Dates = field(default_factory=Dates)
    items: dict[Id, Text] = field(default_factory=dict)
    item_labels: dict[Id, Text] = field(default_factory=dict)
    labels: dict[Text, dict[Text, Whole | Text]] = field(default_factory=dict)
    missing: dict[str, MissingState] = field(default_factory=dict)

    @field_validator("missing")
    @classmethod
    def _blank(cls, states: dict[str, MissingState]) -> dict[str, MissingState]:
        if "" in states:
            raise ValueError('expected no entry for ""; an empty cell is always not_answered')
        return states

    @model_validator(mode="after")
    def _consistent(self) -> "Mapping":
        heads = [*self.columns.given().values(), *self.items.values(), *self.ignore]
        twice = sorted({head for head in heads if heads.count(head) > 1})
        if twice:
            raise ValueError(f"expected every column once; {twice[0]!r} is named twice")
        for item, name in self.item_labels.items():
            if item not in self.items:
                raise ValueError(f"item_labels names {item}, which [items] does not map")
            if name not in self.labels:
                raise ValueError(f"item_labels names the label set {name!r}; there is none")
        for name, labels in self.labels.items():
            kind = str if name == "division" else int
            if not all(isinstance(code, kind) for code in labels.values()):
                wanted = "division ids in quotes" if kind is str else "whole numbers"
                raise ValueError(f"expected the codes of labels.{name} to be {wanted}")
        return self

    def heads(self) -> tuple[str, ...]:
        """Every column this mapping knows, ignored ones included."""
        return (*self.columns.given().values(), *self.items.values(), *self.ignore)

    def labels_of(self, item: str) -> dict[str, int] | None:
        """label -> code of an item, or None when its answers are whole numbers already."""
        found = self.labels.get(self.item_labels.get(item, "answer"))
        return None if found is None else {label: int(code) for label, code in found.items()}

    def divisions(self) -> dict[str, str]:
        return {label: str(code) for label, code in self.labels.get("division", {}).items()}


def load(site: Site, source: Source, instrument: Instrument) -> Mapping:
    """The mapping of a source, checked against the programme and the instrument.

    Raises Refusal naming the mapping file and key of everything that is wrong.
    """
    path = site.folder / source.mapping
    mapping = toml.read(path, Mapping)
    required: tuple[str, ...] = ("invited",)
    if source.role == "responses":
        required = ("respondent", "serviced_on", "answered_at")
        if site.programme.weighting.base == "column":
            required = (*required, "weight")
    given = mapping.columns.given()
    problems = [f"{path}, columns: {one} is missing." for one in required if one not in given]
    if source.role == "responses":
        known = {item.id for item in instrument.items}
        problems += [
            f"{path}, items.{one}: {instrument.id} has no such item." for one in mapping.items if one not in known
        ]
        if not mapping.items:
            problems.append(f"{path}, items: no item is mapped.")
    problems += [
        f"{path}, labels.division.{label}: {code!r} is not a division of {site.file.name}."
        for label, code in mapping.divisions().items()
        if code not in site.programme.divisions
    ]
    if problems:
        raise Refusal(problems)
    return mapping


def check_items_mapped(path: str, mapping: Mapping, instrument: Instrument, month: Month) -> None:
    """Raises Refusal unless exactly the items in force in a month are mapped."""
    day = month.first_day
    problems = []
    for item in instrument.items:
        if instrument.in_force(item, day) and item.id not in mapping.items:
            problems.append(f"{path}, items: {item.id} is asked in {month} but not mapped to a column.")
        if not instrument.in_force(item, day) and item.id in mapping.items:
            problems.append(f"{path}, items.{item.id}: this item is not in force in {month}.")
    if problems:
        raise Refusal(problems)
