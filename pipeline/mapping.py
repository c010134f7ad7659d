"""A mapping: which column of an export is which field or item, and what its texts mean."""

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Literal

from pydantic import field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline.mapping_tables import Choices, Columns, Dates, Duration
from pipeline.sources.decode import known
from pipeline.sources.dialect import SIGN, one_sign
from pipeline.toml import CLOSED, Id, Misfit, Text, Whole

MissingState = Literal["not_asked", "not_answered", "not_applicable", "refused"]
# One letter per item in `missing`, the states of a response; "." is an answer.
LETTERS: dict[str, str] = {"not_asked": "s", "not_answered": "b", "not_applicable": "n", "refused": "r"}
ANSWERED = "."
ATTRIBUTES = ("segment", "tier", "vehicle", "contract")  # of the respondent; texts
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
TEXT_SETS = ("branch", "division", "segment", "tier")  # label sets whose codes are texts


@dataclass(frozen=True, config=CLOSED)
class Mapping:
    """items: item -> column head, or the heads of a question whose answers have a column each, of which one is
    filled. delimiter: of text, where it is not to be found out. header_rows: of a plain table, rows down to and with
    the column heads. ignore: columns never loaded. labels: label set -> label -> code. item_labels: item -> label set,
    else `answer`. reversed: items whose code counts from the other end of their scale. constants: field or item -> text
    that every row has. pseudonymous: fields replaced by a keyed code at the door. questions: column head -> wording;
    another wording in the export is drift. leave_out: column head -> texts of rows that are no responses, such as
    unfinished ones and tests; "" is a blank."""

    columns: Columns = field(default_factory=Columns)
    header_rows: Whole | None = None
    sheet: Text | None = None
    encoding: Text | None = None
    delimiter: Text | None = None
    ignore: tuple[Text, ...] = ()
    pseudonymous: tuple[Literal["respondent", "vehicle", "contract"], ...] = ()
    constants: dict[Id, Text] = field(default_factory=dict)
    dates: Dates = field(default_factory=Dates)
    duration: Duration = field(default_factory=Duration)
    items: dict[Id, Text | tuple[Text, ...]] = field(default_factory=dict)
    item_labels: dict[Id, Text] = field(default_factory=dict)
    reversed: tuple[Id, ...] = ()
    labels: dict[Text, dict[Text, Whole | Text]] = field(default_factory=dict)
    missing: dict[str, MissingState] = field(default_factory=dict)
    item_missing: dict[Id, dict[str, MissingState]] = field(default_factory=dict)
    questions: dict[Text, Text] = field(default_factory=dict)
    leave_out: dict[Text, tuple[str, ...]] = field(default_factory=dict)
    choice: dict[Id, Choices] = field(default_factory=dict)

    @field_validator("missing", "item_missing")
    @classmethod
    def _blank(cls, states: dict[str, object]) -> dict[str, object]:
        if "" in states or any(isinstance(one, dict) and "" in one for one in states.values()):
            raise ValueError('expected no entry for ""; an empty cell is always not_answered')
        return states

    @field_validator("header_rows")
    @classmethod
    def _few(cls, rows: int | None) -> int | None:
        if rows is not None and not 1 <= rows <= 20:
            raise ValueError("expected from 1 to 20 header rows")
        return rows

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None and not known(name):
            raise ValueError("expected an encoding that Python knows, such as big5 or windows-1252")
        return name

    @field_validator("delimiter")
    @classmethod
    def _parts(cls, text: str | None) -> str | None:
        if text is not None and not one_sign(text):
            raise ValueError(f"expected {SIGN}")
        return text

    @model_validator(mode="after")
    def _consistent(self) -> "Mapping":
        seen: set[str] = set()
        for way, head in self._columns():
            if head in seen:
                raise Misfit(f"every column once, found {head!r} again", *way)
            seen.add(head)
        private = {self.columns.contact, self.columns.verbatim, *self.ignore}
        for place, head in enumerate(self.columns.together):
            if head in private:
                raise Misfit(f"a column that may stand in an id, found {head!r}", "columns", "respondent", place)
        for head in self.leave_out:
            if head in self.ignore:
                raise Misfit("a column that is loaded; take it out of `ignore`", "leave_out", head)
        fields = self.columns.told()
        for name in self.constants:
            if name in fields or name in self.items:
                raise Misfit(f"either a column or a constant for {name}, found both", "constants", name)
        mapped = {*self.items, *self.constants}
        for item, name in self.item_labels.items():
            if item not in mapped:
                raise Misfit(f"an item that [items] maps, found {item}", "item_labels", item)
            if name not in self.labels or name in TEXT_SETS:
                known = [one for one in self.labels if one not in TEXT_SETS]
                raise Misfit(f"one of {', '.join(known)}, found {name!r}", "item_labels", item)
        for place, item in enumerate(self.reversed):
            if item not in mapped:
                raise Misfit(f"an item that [items] maps, found {item}", "reversed", place)
        for item in self.item_missing:
            if item not in mapped:
                raise Misfit(f"an item that [items] maps, found {item}", "item_missing", item)
        for place, name in enumerate(self.pseudonymous):
            if name not in fields:
                raise Misfit(f"a field that [columns] maps, found {name}", "pseudonymous", place)
        for head in self.questions:
            if head not in seen and head not in self._of_rows():
                raise Misfit("a column that this mapping maps or ignores", "questions", head)
        for name, labels in self.labels.items():
            kind, wanted = (str, "an id in quotes") if name in TEXT_SETS else (int, "a whole number")
            for label, code in labels.items():
                if not isinstance(code, kind):
                    raise Misfit(f"{wanted}, found {code!r}", "labels", name, label)
                if label in self.missing and name not in TEXT_SETS:
                    raise Misfit("a label that is not among [missing], found it in both", "labels", name, label)
        return self

    def _columns(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """(the way to it, column head) of every column named."""
        yield from ((("columns", field), head) for field, head in self.columns.given().items())
        yield from ((("columns", "branch", place), head) for place, head in enumerate(self.columns.either))
        yield from ((("items", item), head) for item in self.items for head in self.item_heads(item))
        yield from ((("choice", name), head) for name, one in self.choice.items() for head in one.heads())
        yield from ((("ignore", place), head) for place, head in enumerate(self.ignore))

    def _of_rows(self) -> tuple[str, ...]:
        """Columns that are read for the respondent's id, or to know which rows are responses, alone."""
        named = {head for _, head in self._columns()}
        return tuple(one for one in dict.fromkeys((*self.columns.together, *self.leave_out)) if one not in named)

    def heads(self) -> tuple[str, ...]:
        """Every column this mapping knows, ignored ones included."""
        return (*(head for _, head in self._columns()), *self._of_rows())

    def loaded(self) -> tuple[str, ...]:
        """The columns that are read at all."""
        return (*(head for way, head in self._columns() if way[0] != "ignore"), *self._of_rows())

    def item_heads(self, item: str) -> tuple[str, ...]:
        found = self.items[item]
        return (found,) if isinstance(found, str) else found

    def labels_of(self, item: str) -> dict[str, int] | None:
        """label -> code of an item, or None when its answers are whole numbers already."""
        found = self.labels.get(self.item_labels.get(item, "answer"))
        return None if found is None else {label: int(code) for label, code in found.items()}

    def texts(self, name: str) -> dict[str, str]:
        """label -> id of one of TEXT_SETS."""
        return {label: str(code) for label, code in self.labels.get(name, {}).items()}

    def missing_of(self, item: str) -> dict[str, MissingState]:
        """text -> state, for one item."""
        return self.missing | self.item_missing.get(item, {})

    def unsaid(self) -> tuple[str, ...]:
        """Texts that stand for a missing state in words, as (空) does; numbers do so in answers alone."""
        return tuple(text for text in self.missing if not _NUMBER.fullmatch(text))

    def mapped(self) -> tuple[str, ...]:
        """Items with a column or a constant."""
        fields = Columns.__dataclass_fields__
        return (*self.items, *(name for name in self.constants if name not in fields))
