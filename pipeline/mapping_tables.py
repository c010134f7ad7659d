"""The tables of a mapping beside its items: columns of fields, dates, durations, multi-select questions."""

from collections.abc import Collection
from dataclasses import field, replace
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
from pydantic import field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline.toml import CLOSED, Id, Misfit, Text


@dataclass(frozen=True, config=CLOSED)
class Columns:
    """Fields and the column heads they stand under. branch: or several heads, of which the first one with text counts,
    where a branch may be typed instead of chosen. respondent: or several heads, whose texts together tell one
    response from another, where the tool writes no id; they may be mapped elsewhere too. invited: of an invitations
    file only."""

    branch: Text | tuple[Text, ...] | None = None
    respondent: Text | tuple[Text, ...] | None = None
    division: Text | None = None
    serviced_on: Text | None = None
    answered_at: Text | None = None
    duration_s: Text | None = None
    weight: Text | None = None
    verbatim: Text | None = None
    contact: Text | None = None
    segment: Text | None = None
    tier: Text | None = None
    vehicle: Text | None = None
    contract: Text | None = None
    invited: Text | None = None

    def given(self) -> dict[str, str]:
        return {name: head for name, head in vars(self).items() if isinstance(head, str)}

    def told(self) -> dict[str, str]:
        """All fields that have heads, and what a message calls these."""
        several = {"respondent": self.together, "branch": self.either}
        return self.given() | {name: " / ".join(heads) for name, heads in several.items() if heads}

    def without(self, gone: Collection[str]) -> "Columns":
        """What is left of it where columns are not there."""
        left = {name: head for name, head in self.given().items() if head not in gone}
        either = tuple(head for head in self.either if head not in gone)
        return replace(Columns(**left), respondent=self.respondent, branch=either or left.get("branch"))

    @property
    def either(self) -> tuple[str, ...]:
        """The heads of which the first one with text is the branch, () where it has a column of its own."""
        return self.branch if isinstance(self.branch, tuple) else ()

    @property
    def together(self) -> tuple[str, ...]:
        """The heads that make the respondent's id, () where it has a column of its own."""
        return self.respondent if isinstance(self.respondent, tuple) else ()


@dataclass(frozen=True, config=CLOSED)
class Dates:
    """How dates are written: strptime patterns (numbers need not be padded), "iso" (ISO 8601, with
    or without an offset) or "excel" (serial numbers). time_zone: of times without an offset, else
    the programme's."""

    serviced_on: Text = "%Y-%m-%d"
    answered_at: Text = "%Y-%m-%d %H:%M:%S"
    time_zone: Text | None = None

    @field_validator("serviced_on", "answered_at")
    @classmethod
    def _reads_a_day(cls, pattern: str) -> str:
        if pattern in ("iso", "excel"):
            return pattern
        moment = pl.Series([datetime(2025, 10, 31, 21, 45, 58, tzinfo=UTC)])
        kind = pl.Datetime("us", "UTC" if "%z" in pattern else None)
        if "%z" not in pattern:
            moment = moment.dt.replace_time_zone(None)
        try:
            read = moment.dt.strftime(pattern).str.strptime(kind, pattern, strict=False)
        except pl.exceptions.PolarsError:
            read = pl.Series([None], dtype=pl.Datetime("us"))
        if read.dt.date().to_list() != [date(2025, 10, 31)]:
            raise ValueError(
                'expected a pattern with year, month and day, such as %Y/%m/%d, or "iso", or "excel"; '
                "a time zone only as the offset %z"
            )
        return pattern

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        try:
            ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("expected an IANA time zone such as Asia/Shanghai") from None
        return name


@dataclass(frozen=True, config=CLOSED)
class Duration:
    """seconds and minutes: numbers. clock: 1:15 (minutes and seconds) or 0:01:15. wjx: 75秒, 1分15秒."""

    unit: Literal["seconds", "minutes", "clock", "wjx"] = "seconds"


@dataclass(frozen=True, config=CLOSED)
class Choices:
    """A multi-select question. column: one cell with all options chosen, `separator` between them,
    or columns: option -> column head, where a cell is chosen unless it is blank, 0 or in
    not_chosen. labels: text of an option -> its id; without labels the texts are the ids. other: the option of
    those who answered in words of their own, which are kept: in one cell every text that is no label, of columns
    the cells of the one of that option. other_column: where these words have a column beside the question; then
    they stand there alone."""

    column: Text | None = None
    separator: Text = "┋"
    labels: dict[Text, Id] = field(default_factory=dict)
    columns: dict[Id, Text] = field(default_factory=dict)
    not_chosen: tuple[Text, ...] = ()
    other: Id | None = None
    other_column: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Choices":
        if (self.column is None) == (not self.columns):
            raise Misfit("either `column` or `columns`, found both or none")
        if self.columns and self.labels:
            raise Misfit("labels only with `column`", "labels")
        if self.columns and self.other not in (None, *self.columns):
            raise Misfit("an option among `columns`", "other")
        return self

    def asked(self) -> tuple[str, ...]:
        """The heads under which options are chosen."""
        return (self.column,) if self.column is not None else tuple(self.columns.values())

    def heads(self) -> tuple[str, ...]:
        return (*self.asked(), *([self.other_column] if self.other_column is not None else []))

    def without(self, gone: Collection[str]) -> "Choices | None":
        """What is left of it where columns are not there; None if no option can be chosen any more."""
        if set(self.asked()) <= set(gone):
            return None
        lost = {self.other_column, self.columns.get(self.other or "")} & set(gone)
        return replace(
            self,
            columns={option: head for option, head in self.columns.items() if head not in gone},
            other=None if lost else self.other,
            other_column=None if self.other_column in gone else self.other_column,
        )
