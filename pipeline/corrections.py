"""Declared corrections: single cells of an export replaced before anything reads them.

Each says what the cell holds now; where it holds something else the correction is stale and
stops the run.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import polars as pl
from pydantic import BeforeValidator, model_validator
from pydantic.dataclasses import dataclass

from pipeline import faults, privacy, toml
from pipeline.month import Month
from pipeline.refusal import Refusal
from pipeline.sources import RAGGED, ROW
from pipeline.toml import CLOSED, Misfit, SourceId, Text, Whole
from pipeline.waivers import Period

ALWAYS_PRIVATE = ("contact",)
_RESPONDENT = "__respondent"


def _text(value: Any) -> Any:
    """A text, without showing what it is if it is none: it may be personal."""
    if not isinstance(value, str):
        raise Misfit("a text in quotes")
    return value


Cell = Annotated[str, BeforeValidator(_text)]


@dataclass(frozen=True, config=CLOSED)
class Correction:
    """One cell, or one field of all rows of a respondent. expect, value: what the cell holds
    before and after, "" for an empty one; space round them does not count. row: as a
    spreadsheet numbers it."""

    period: Period
    source: SourceId
    field: Text
    expect: Cell
    value: Cell
    reason: Text
    provider: Text
    respondent: Cell | None = None
    file: Text | None = None
    row: Whole | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Correction":
        if self.respondent is not None and (self.file, self.row) != (None, None):
            raise Misfit("either `respondent` or `file` and `row`, found both", "respondent")
        if self.respondent is None and self.file is None and self.row is None:
            raise Misfit("`respondent`, or `file` and `row`, found none of them")
        if self.respondent is None and (self.file is None or self.row is None):
            given, other = ("row", "file") if self.file is None else ("file", "row")
            raise Misfit(f"`file` and `row` together, found no `{other}`", given)
        if self.respondent is not None and not self.respondent.strip():
            raise Misfit("a text that is not empty", "respondent")
        if self.row is not None and self.row < 1:
            raise Misfit(f"a row from 1, found {self.row}", "row")
        if self.expect.strip() == self.value.strip():
            raise Misfit("another text than `expect`, found the same", "value")
        return self

    def cell(self) -> tuple[str | int | None, ...]:
        respondent = None if self.respondent is None else self.respondent.strip()
        return self.period, self.source, respondent, self.file, self.row, self.field


@dataclass(frozen=True, config=CLOSED)
class _File:
    correction: tuple[Correction, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "_File":
        seen: dict[tuple[str | int | None, ...], int] = {}
        for place, one in enumerate(self.correction):
            first = seen.setdefault(one.cell(), place)
            if first != place:
                raise Misfit(f"every cell once, found that of correction[{first + 1}] again", "correction", place)
        return self


def load(path: Path, sources: Collection[str] | None = None) -> tuple[Correction, ...]:
    """sources: the ids of the programme's sources, None if they are not to be checked.

    Raises Refusal naming file, line and key of everything that is wrong, without showing what a
    cell holds or who answered."""
    corrections = toml.read(path, _File, quote=False).correction
    known = ", ".join(sources or ())
    problems = [
        f"{toml.place(path, 'correction', place, 'source')}: expected one of {known}, found {one.source!r}."
        for place, one in enumerate(corrections)
        if sources is not None and one.source not in sources
    ]
    if problems:
        raise Refusal(problems)
    return corrections


class Fixed(NamedTuple):
    """A cell that was corrected. file: the name in the inbox. old, new: masked."""

    file: str
    row: int
    field: str
    old: str
    new: str
    reason: str
    provider: str


class Fixer:
    """Applies the corrections of one month and source to its files, batch by batch.

    done: cells that were replaced. right: cells that held the new value already, in the same
    form.
    """

    def __init__(
        self, corrections: Sequence[Correction], path: Path, month: Month, source: str, private: Collection[str] = ()
    ) -> None:
        """corrections: all that `path` declares, in its order. private: fields whose values are
        in no sentence and no list, beside ALWAYS_PRIVATE."""
        self.done: list[Fixed] = []
        self.right: list[Fixed] = []
        self._mine = {
            place: one for place, one in enumerate(corrections) if (one.period, one.source) == (str(month), source)
        }
        self._path = path
        self._where = f"{source} in {month}"
        self._private = {*ALWAYS_PRIVATE, *private}
        self._problems: dict[str, None] = {}  # in the order they were found, each once
        self._files: set[str] = set()
        self._cells: dict[tuple[str, int, str], int] = {}  # by the correction that selected it
        self._matched: set[int] = set()
        self._settled: set[int] = set()  # did something, or have a sentence

    def changes(self, file: str) -> bool:
        """Whether any correction may be of this file."""
        return any(one.file in (None, file) for one in self._mine.values())

    def apply(
        self, frame: pl.DataFrame, file: str, heads: Mapping[str, str], respondent_head: str | None
    ) -> pl.DataFrame:
        """The frame (ROW, RAGGED and text columns) with corrected cells; each batch of a file is
        given once. file: its name in the inbox. heads: field or item -> column head. Ragged
        records stay as they are: their cells may stand under other heads."""
        self._files.add(file)
        mine = {place: one for place, one in self._mine.items() if one.file in (None, file)}
        if not mine:
            return frame
        known = respondent_head in frame.columns
        respondent = pl.col(str(respondent_head)).str.strip_chars() if known else pl.lit("")
        wanted = [one.respondent.strip() for one in mine.values() if one.respondent is not None]
        numbers = [one.row for one in mine.values() if one.row is not None]
        some = frame.filter(respondent.is_in(wanted) | pl.col(ROW).is_in(numbers))
        some = some.with_columns(respondent.alias(_RESPONDENT))
        changes: dict[str, dict[int, str]] = defaultdict(dict)
        for place, one in mine.items():
            head = heads.get(one.field)
            if head is None or head not in frame.columns:
                self._say(place, f"{self._where} has no column for {one.field!r}. Correct `field`.")
            elif one.respondent is not None and not known:
                self._say(place, f"{self._where} has no column of respondents. Select by `file` and `row`.")
            else:
                for row, cell, ragged in _selected(some, one, head):
                    if self._fits(place, one, file, row, cell, ragged):
                        changes[head][row] = one.value
        return frame.with_columns(
            pl.col(ROW)
            .replace_strict(list(new), list(new.values()), default=pl.col(head), return_dtype=pl.String)
            .alias(head)
            for head, new in changes.items()
        )

    def problems(self) -> list[str]:
        """When every file was given: a sentence for every correction that is stale, selects
        nothing, or cannot be applied."""
        for place, one in self._mine.items():
            if place in self._settled:
                continue
            if place in self._matched:
                self._say(place, "stale: what it selects holds the new value already. Remove the correction.")
            elif one.respondent is not None:
                self._say(place, f"no row of {self._where} has this respondent. Correct or remove the correction.")
            elif one.file not in self._files:
                self._say(place, f"{one.file!r} is no file of {self._where}. Correct `file` or remove the correction.")
            else:
                self._say(
                    place, f"{one.file} has no response in row {one.row}. Correct `row` or remove the correction."
                )
        return list(self._problems)

    def _fits(self, place: int, one: Correction, file: str, row: int, cell: str, ragged: bool) -> bool:
        """Whether a cell that a correction selects is to be replaced."""
        self._matched.add(place)
        if ragged:
            self._say(place, f"{file}, row {row} has another number of cells than the head. Correct the export.")
            return False
        other = self._cells.setdefault((file, row, one.field), place)
        if other != place:
            self._say(place, f"{file}, row {row}: correction[{other + 1}] is of this cell too. Remove one of the two.")
            return False
        found = cell.strip()
        if found not in (one.expect.strip(), one.value.strip()):
            self._say(
                place,
                f"stale: {file}, row {row} holds {self._shown(one.field, found)!r} for {one.field!r} and not what "
                "`expect` says. Look at the row; correct or remove the correction.",
            )
            return False
        old, new = self._shown(one.field, found), self._shown(one.field, one.value)
        fixed = Fixed(file, row, one.field, old, new, privacy.mask(one.reason), one.provider)
        if found == one.value.strip():
            self.right.append(fixed)
            return False
        self._settled.add(place)
        self.done.append(fixed)
        return True

    def _shown(self, field: str, text: str) -> str:
        hidden = field in self._private or privacy.personal(text) == "ip"
        return privacy.HIDDEN if hidden else faults.shorten(privacy.mask(text))

    def _say(self, place: int, sentence: str) -> None:
        self._settled.add(place)
        self._problems[f"{toml.place(self._path, 'correction', place)}: {sentence}"] = None


def _selected(some: pl.DataFrame, one: Correction, head: str) -> list[tuple[int, str, bool]]:
    """(row number, text of the cell, whether the record is ragged) of the rows one selects."""
    mine = pl.col(ROW) == one.row if one.respondent is None else pl.col(_RESPONDENT) == one.respondent.strip()
    return some.filter(mine).select(ROW, pl.col(head).fill_null(""), pl.col(RAGGED).is_not_null()).rows()
