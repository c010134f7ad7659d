"""A mapping: which column of an export is which field or item, and what its texts mean."""

from collections.abc import Iterator
from dataclasses import field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline import toml
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.programme import Site, Source
from pipeline.refusal import Refusal
from pipeline.toml import CLOSED, Id, Misfit, Text, Whole

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
    """strptime patterns, of local time. Numbers in the text need not be padded."""

    serviced_on: Text = "%Y-%m-%d"
    answered_at: Text = "%Y-%m-%d %H:%M:%S"

    @field_validator("serviced_on", "answered_at")
    @classmethod
    def _reads_a_day(cls, pattern: str) -> str:
        moment = pl.Series([datetime(2025, 10, 31, 21, 45, 58)])
        try:
            read = moment.dt.strftime(pattern).str.strptime(pl.Datetime("us"), pattern, strict=False)
        except pl.exceptions.ComputeError:
            read = pl.Series([None], dtype=pl.Datetime("us"))
        if read.dt.date().to_list() != [date(2025, 10, 31)]:
            raise ValueError("expected a pattern with year, month and day and without a time zone, such as %Y/%m/%d")
        return pattern


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
        seen: set[str] = set()
        for way, head in self._columns():
            if head in seen:
                raise Misfit(f"every column once, found {head!r} again", *way)
            seen.add(head)
        for item, name in self.item_labels.items():
            if item not in self.items:
                raise Misfit(f"an item that [items] maps, found {item}", "item_labels", item)
            if name not in self.labels:
                raise Misfit(f"one of {', '.join(self.labels)}, found {name!r}", "item_labels", item)
        for name, labels in self.labels.items():
            kind, wanted = (str, "a division id in quotes") if name == "division" else (int, "a whole number")
            for label, code in labels.items():
                if not isinstance(code, kind):
                    raise Misfit(f"{wanted}, found {code!r}", "labels", name, label)
                if label in self.missing:
                    raise Misfit("a label that is not among [missing], found it in both", "labels", name, label)
        return self

    def _columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """(the way to it, column head) of every column named."""
        yield from ((("columns", field), head) for field, head in self.columns.given().items())
        yield from ((("items", item), head) for item, head in self.items.items())
        yield from ((("ignore", place), head) for place, head in enumerate(self.ignore))

    def heads(self) -> tuple[str, ...]:
        """Every column this mapping knows, ignored ones included."""
        return tuple(head for _, head in self._columns())

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
    if not path.exists():
        named = toml.place(site.file, "source", site.programme.source.index(source), "mapping")
        raise Refusal(f"{named}: there is no file {source.mapping!r}. Add it or correct the name.")
    mapping = toml.read(path, Mapping)
    required: tuple[str, ...] = ("invited",)
    if source.role == "responses":
        required = ("respondent", "serviced_on", "answered_at")
        if site.programme.weighting.base == "column":
            required = (*required, "weight")
    given = mapping.columns.given()
    problems = [f"{toml.place(path, 'columns')}: {one} is missing." for one in required if one not in given]
    if source.role == "responses":
        known = {item.id for item in instrument.items}
        problems += [
            f"{toml.place(path, 'items', one)}: {instrument.id} has no such item."
            for one in mapping.items
            if one not in known
        ]
        if not mapping.items:
            problems.append(f"{path}, items: no item is mapped.")
        problems += _off_scale(path, mapping, instrument)
    problems += [
        f"{toml.place(path, 'labels', 'division', label)}: {code!r} is not a division of {site.file.name}."
        for label, code in mapping.divisions().items()
        if code not in site.programme.divisions
    ]
    if problems:
        raise Refusal(problems)
    return mapping


def _off_scale(path: Path, mapping: Mapping, instrument: Instrument) -> Iterator[str]:
    """A sentence for every code of a label that is not on the scale of its item."""
    said = set()
    for item in instrument.items:
        scale = instrument.scale_of(item)
        name = mapping.item_labels.get(item.id, "answer")
        labels = mapping.labels_of(item.id) if item.id in mapping.items else None
        for label, code in (labels or {}).items():
            if not scale.min <= code <= scale.max and (name, label) not in said:
                said.add((name, label))
                where = toml.place(path, "labels", name, label)
                yield f"{where}: {code} is not on the scale of {item.id}, {scale.min} to {scale.max}."


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
