"""From text to types: one export and its mapping become a typed table and a list of faults.

Only the distinct texts of a column are looked at one by one; rows are handled by Polars.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from pipeline import faults, privacy
from pipeline.instrument import Instrument
from pipeline.mapping import ANSWERED, LETTERS, Mapping
from pipeline.refusal import Refusal
from pipeline.sources import RAGGED, ROW, RawTable


@dataclass(frozen=True)
class Parsed:
    """typed: fields and items with their types, null where a text could not be read, plus
    `row`. faults: in the form of FAULT_SCHEMA, column = field or item. known: (reason, field or
    item) -> what is right."""

    typed: pl.DataFrame
    faults: pl.DataFrame
    known: dict[tuple[str, str], str]


def check_heads(raw: RawTable, mapping: Mapping, shown: str) -> None:
    """Raises Refusal when a mapped column is gone or an unknown one has come. Where none is
    there, row 1 may be a response: nothing of it is shown."""
    expected = mapping.heads()
    if not set(expected) & set(raw.header):
        raise Refusal(
            f"{raw.file}, row 1: none of the {len(expected)} columns of {shown} is here. Export the file "
            "again with its header row, or correct `files` and `mapping` of the source."
        )
    gone = [head for head in expected if head not in raw.header]
    new = [head for head in raw.header if head not in expected]
    problems = [f"{raw.file}, row 1: column {head!r} is gone. If the survey changed, change {shown}." for head in gone]
    problems += [
        f"{raw.file}, row 1: column {head!r} is new. Map it in {shown}, or list it under `ignore`." for head in new
    ]
    if problems:
        raise Refusal(problems)


T = TypeVar("T")
_WHOLE = re.compile(r"-?[0-9]+")


class _Reader:
    """Collects the faults of one file while its columns are read, each by its field or item."""

    def __init__(self, raw: RawTable, mapping: Mapping) -> None:
        self.frame = raw.frame
        self.rows = raw.frame[ROW]
        self.mapping = mapping
        self.heads = mapping.columns.given() | mapping.items
        self.faults: list[pl.DataFrame] = []
        self.known: dict[tuple[str, str], str] = {}
        self._ragged(len(raw.header))

    def _ragged(self, heads: int) -> None:
        bad = self.frame.filter(pl.col(RAGGED).is_not_null())
        counts = bad.select(pl.format("{} cells for {} heads", RAGGED, pl.lit(heads))).to_series()
        self.faults.append(faults.at(bad[ROW], "", counts, "ragged_row"))

    def fault(self, mask: pl.Series, field: str, reason: str) -> None:
        """Ragged records have one fault already: their cells may stand under other heads."""
        mask &= self.frame[RAGGED].is_null()
        if mask.any():
            values = self.column(field).filter(mask)
            self.faults.append(faults.at(self.rows.filter(mask), field, values, reason))

    def column(self, field: str) -> pl.Series:
        return self.frame[self.heads[field]]

    def text(self, field: str) -> pl.Series:
        return self.column(field).str.strip_chars()

    def required(self, field: str, reason: str) -> pl.Series:
        found = self.text(field)
        self.fault(found == "", field, reason)
        return found.replace("", None)

    def moment(self, field: str, pattern: str, kind: type[pl.Date] | pl.Datetime) -> pl.Series:
        found = self.text(field)
        empty = found == ""
        read = found.replace("", None).str.normalize("NFKC").str.strptime(kind, pattern, strict=False)
        self.fault(empty, field, "missing_date")
        self.fault(read.is_null() & ~empty, field, "unreadable_date")
        self.known["unreadable_date", field] = pattern
        return read

    def number(self, field: str) -> pl.Series:
        found = self.text(field)
        read = found.str.normalize("NFKC").cast(pl.Int64, strict=False)
        self.fault(read.is_null() & (found != ""), field, "unreadable_number")
        return read

    def weight(self) -> pl.Series:
        found = self.text("weight").str.normalize("NFKC")
        fits = found.str.contains(r"^\d{1,9}(\.\d{1,9})?$")
        self.fault(~fits, "weight", "unreadable_weight")
        return pl.select(pl.when(fits).then(found)).to_series().cast(pl.Decimal(18, 9), strict=False)

    def meanings(self, field: str, meaning: Callable[[str], T]) -> tuple[pl.Series, list[str], list[T]]:
        """The distinct texts of a column and what each means."""
        column = self.column(field)
        texts = column.unique(maintain_order=True).to_list()
        return column, texts, [meaning(text) for text in texts]


def responses(raw: RawTable, mapping: Mapping, instrument: Instrument, divisions: Collection[str]) -> Parsed:
    """divisions: the ids a division may have.

    typed columns: respondent, branch, division, serviced_on (Date), answered_at (Datetime),
    duration_s, weight (Decimal(18,9), 1 when not mapped), one Int64 per item of the
    instrument, missing, verbatim (masked), row."""
    reader = _Reader(raw, mapping)
    heads, dates = reader.heads, mapping.dates
    rows = raw.frame.height
    typed: dict[str, pl.Series] = {
        "respondent": reader.required("respondent", "missing_respondent"),
        "branch": reader.required("branch", "missing_branch"),
        "division": _division(reader, divisions) if "division" in heads else _nothing(rows, pl.String),
        "serviced_on": reader.moment("serviced_on", dates.serviced_on, pl.Date),
        "answered_at": reader.moment("answered_at", dates.answered_at, pl.Datetime("us")),
        "duration_s": reader.number("duration_s") if "duration_s" in heads else _nothing(rows, pl.Int64),
        "weight": reader.weight() if "weight" in heads else _ones(rows),
    }
    letters = []
    for item in instrument.items:
        if item.id in mapping.items:
            typed[item.id], states = _item(reader, item.id)
        else:
            typed[item.id] = _nothing(rows, pl.Int64)
            states = pl.repeat(LETTERS["not_asked"], rows, eager=True)
        letters.append(states)
    typed["missing"] = _states(letters)
    typed["verbatim"] = _verbatim(reader) if "verbatim" in heads else _nothing(rows, pl.String)
    typed["row"] = raw.frame[ROW]
    frame = pl.DataFrame({name: series.alias(name) for name, series in typed.items()})
    return Parsed(frame, pl.concat([faults.none(), *reader.faults]), reader.known)


def invitations(raw: RawTable, mapping: Mapping) -> Parsed:
    """typed columns: branch, invited (Int64), row."""
    reader = _Reader(raw, mapping)
    invited = reader.number("invited")
    reader.fault(reader.text("invited") == "", "invited", "unreadable_number")
    branch = reader.required("branch", "missing_branch")
    frame = pl.DataFrame({"branch": branch, "invited": invited, "row": raw.frame[ROW]})
    return Parsed(frame, pl.concat([faults.none(), *reader.faults]), reader.known)


def _nothing(rows: int, kind: type[pl.Int64] | type[pl.String]) -> pl.Series:
    return pl.repeat(None, rows, dtype=kind(), eager=True)


def _ones(rows: int) -> pl.Series:
    return pl.repeat(1, rows, dtype=pl.Int64(), eager=True).cast(pl.Decimal(18, 9))


def _division(reader: _Reader, known: Collection[str]) -> pl.Series:
    labels = reader.mapping.divisions() or {one: one for one in known}
    column, texts, ids = reader.meanings("division", lambda text: labels.get(text.strip()))
    read = column.replace_strict(texts, ids, return_dtype=pl.String)
    reader.fault(read.is_null() & (column.str.strip_chars() != ""), "division", "unknown_division")
    reader.known["unknown_division", "division"] = ", ".join(labels)
    return read


def _verbatim(reader: _Reader) -> pl.Series:
    column, texts, masked = reader.meanings("verbatim", lambda text: privacy.mask(text) or None)
    return column.replace_strict(texts, masked, return_dtype=pl.String)


def _item(reader: _Reader, item: str) -> tuple[pl.Series, pl.Series]:
    """The codes of an item and one state letter per row; unreadable texts become faults."""
    labels = reader.mapping.labels_of(item)
    missing = reader.mapping.missing

    def meaning(text: str) -> tuple[int | None, str]:
        """Code and state letter; a text without meaning has neither code nor letter."""
        clean = unicodedata.normalize("NFKC", text).strip()
        for spelling in (text.strip(), clean):
            if labels is not None and spelling in labels:
                return labels[spelling], ANSWERED
            if spelling in missing:
                return None, LETTERS[missing[spelling]]
        if not clean:
            return None, LETTERS["not_answered"]
        if labels is None and _WHOLE.fullmatch(clean):
            return int(clean) if len(clean) < 19 else 10**18, ANSWERED
        return None, "?"

    column, texts, found = reader.meanings(item, meaning)
    codes = column.replace_strict(texts, [code for code, _ in found], return_dtype=pl.Int64)
    states = column.replace_strict(texts, [state for _, state in found], return_dtype=pl.String)
    reader.fault(states == "?", item, "unknown_label" if labels is not None else "not_a_whole_number")
    if labels is not None:
        reader.known["unknown_label", item] = ", ".join([*labels, *missing])
    return codes, states


def _states(letters: list[pl.Series]) -> pl.Series:
    """One text of letters per row, or null when every item was answered."""
    frame = pl.DataFrame({str(position): series for position, series in enumerate(letters)})
    joined = frame.select(pl.concat_str(pl.all()).alias("missing"))["missing"]
    return joined.replace(ANSWERED * len(letters), None)
