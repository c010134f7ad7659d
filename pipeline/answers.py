"""The answers of an export: codes of items, states of what is missing, options of choices."""

import re
import unicodedata
from collections.abc import Callable
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline import privacy
from pipeline.instrument import Instrument
from pipeline.mapping import ANSWERED, LETTERS, Mapping
from pipeline.mapping_tables import Choices
from pipeline.questions import Choice

_WHOLE = re.compile(r"([+-]?[0-9]+)(\.0+)?")  # 8.0: what a spreadsheet or pandas may write for 8
_SMALL = re.compile(r"[+-]?0*[0-9]{1,4}|[+-]?0*[12][0-9]{4}|[+-]?0*3[01][0-9]{3}|[+-]?0*32[0-6][0-9]{2}")
_FREE_TEXT = re.compile(r"〖(.*?)〗", re.DOTALL)
_UNREADABLE = "?"
_FAR = 32_000  # stands for every number too large for an item

Wrong = tuple[str, str, pl.Series, pl.Series]  # field or item, reason, mask, the texts
Values = pl.Series | pl.Expr  # of each row, or one for all rows, which then takes no room


@dataclass(frozen=True)
class Read:
    """codes: column -> its values. missing: one letter per item where any state but answered and
    not_answered is in the row, else null. faults: what could not be read."""

    codes: Table[str, Values]
    missing: Values
    faults: list[Wrong]


class Answers:
    """How the answers of one source are read. right: (reason, item) -> what would be right."""

    def __init__(self, mapping: Mapping, instrument: Instrument) -> None:
        self.mapping, self.instrument = mapping, instrument
        self.right: dict[tuple[str, str], str] = {}
        self._meanings: dict[str, dict[str, tuple[int | None, str]]] = {}

    def whole(self, heads: Table[str, str]) -> tuple[str, ...]:
        """Columns whose numbers say all there is to know: answers that are whole numbers, of which
        none stands for a missing state."""
        return tuple(
            heads[item]
            for item in self.mapping.items
            if self.mapping.labels_of(item) is None and not self._missing_numbers(item)
        )

    def _missing_numbers(self, item: str) -> list[int]:
        return [int(text) for text in self.mapping.missing_of(item) if _SMALL.fullmatch(text)]

    def items(self, frame: pl.DataFrame, heads: Table[str, str]) -> Read:
        """One Int16 column per item of the instrument, or Int8 where the frame has numbers."""
        items = [item.id for item in self.instrument.items]
        mapped = [item for item in items if item in heads]
        types = frame.schema
        codes = {one: frame[heads[one]] for one in mapped if types[heads[one]] == pl.Int8}
        texts = [one for one in mapped if one not in codes]
        codes |= zip(texts, frame.select(self._expected(one, heads[one]) for one in texts), strict=True)
        odd = frame.select(self._odd(codes[one], one, heads[one]) for one in texts)
        faults: list[Wrong] = []
        states: dict[str, pl.Series] = {}
        for item in texts:
            if not odd[item].any():
                continue
            cells = frame[heads[item]]
            meanings = self._meaning_of(item, cells.filter(odd[item]))
            found, letters = zip(*meanings.values(), strict=True)
            read = cells.replace_strict(list(meanings), pl.Series(found, dtype=pl.Int16), default=None)
            codes[item] = codes[item].zip_with(~odd[item], read)
            states[item] = cells.replace_strict(list(meanings), list(letters), default=None, return_dtype=pl.String)
            faults += self._unreadable(item, states[item], odd[item], cells)
        for item in self.mapping.reversed:
            if item in codes:
                scale = self.instrument.scale_of(next(one for one in self.instrument.items if one.id == item))
                codes[item] = (scale.min + scale.max - codes[item].cast(pl.Int32)).cast(pl.Int16, strict=False)
        nothing = pl.lit(None, pl.Int16)
        return Read({one: codes.get(one, nothing) for one in items}, self._missing(items, codes, states, frame), faults)

    def _expected(self, item: str, head: str) -> pl.Expr:
        """The codes of texts that are written as the mapping says, else null."""
        labels = self.mapping.labels_of(item)
        if labels is None:
            return pl.col(head).cast(pl.Int16, strict=False).alias(item)
        return (
            pl.col(head)
            .replace_strict(list(labels), list(labels.values()), default=None, return_dtype=pl.Int16)
            .alias(item)
        )

    def _odd(self, codes: pl.Series, item: str, head: str) -> pl.Expr:
        """Texts that have to be looked at: without a code though not blank, or with the code of a
        missing state."""
        odd = pl.lit(codes).is_null() & (pl.col(head) != "")
        if self.mapping.labels_of(item) is None:
            numbers = self._missing_numbers(item)
            if numbers:
                odd |= pl.lit(codes).is_in(numbers)
        return odd.alias(item)

    def _meaning_of(self, item: str, texts: pl.Series) -> dict[str, tuple[int | None, str]]:
        """text -> (code, state letter), of the distinct texts."""
        known = self._meanings.setdefault(item, {})
        distinct = texts.unique(maintain_order=True).to_list()
        if len(known) > 10_000:  # free text in the column of an item: nothing to remember
            known.clear()
        for text in distinct:
            if text not in known:
                known[text] = self._meaning(item, text)
        return {text: known[text] for text in distinct}

    def _meaning(self, item: str, text: str) -> tuple[int | None, str]:
        labels, missing = self.mapping.labels_of(item), self.mapping.missing_of(item)
        clean = unicodedata.normalize("NFKC", text).strip()
        for spelling in (text, text.strip(), clean):
            if labels is not None and spelling in labels:
                return labels[spelling], ANSWERED
            if spelling in missing:
                return None, LETTERS[missing[spelling]]
        if not clean:
            return None, LETTERS["not_answered"]
        number = _WHOLE.fullmatch(clean)
        if labels is None and number is not None:
            return max(-_FAR, min(_FAR, int(number[1][:12]))), ANSWERED
        return None, _UNREADABLE

    def _unreadable(self, item: str, states: pl.Series, odd: pl.Series, texts: pl.Series) -> list[Wrong]:
        labels = self.mapping.labels_of(item)
        reason = "not_a_whole_number" if labels is None else "unknown_label"
        if labels is not None:
            self.right[reason, item] = ", ".join([*_by_scale(labels), *self.mapping.missing_of(item)])
        return [(item, reason, odd & (states == _UNREADABLE).fill_null(False), texts)]

    def _missing(
        self, items: list[str], codes: dict[str, pl.Series], states: dict[str, pl.Series], frame: pl.DataFrame
    ) -> Values:
        """A letter per item for rows in which an item is missing for another reason than a blank."""
        blank, not_asked = LETTERS["not_answered"], LETTERS["not_asked"]
        special = pl.repeat(len(codes) < len(items), frame.height, eager=True)
        for letters in states.values():
            special |= letters.is_in([one for one in LETTERS.values() if one != blank]).fill_null(False)
        if not special.any():
            return pl.lit(None, pl.String)
        columns = []
        for item in items:
            if item not in codes:
                columns.append(pl.lit(not_asked))
                continue
            plain = pl.when(pl.lit(codes[item]).is_null()).then(pl.lit(blank)).otherwise(pl.lit(ANSWERED))
            columns.append(pl.coalesce(pl.lit(states[item]), plain) if item in states else plain)
        return frame.select(pl.when(pl.lit(special)).then(pl.concat_str(columns)).alias("missing"))["missing"]

    def choices(self, frame: pl.DataFrame) -> Read:
        """One Int8 column per option and one text column per choice of the instrument."""
        codes: dict[str, Values] = {}
        faults: list[Wrong] = []
        for choice in self.instrument.choice:
            how = self.mapping.choice.get(choice.id)
            codes |= dict.fromkeys(choice.columns, pl.lit(None, pl.Int8))
            codes[choice.other] = pl.lit(None, pl.String)
            if how is None:
                continue
            if how.column is None:
                codes |= self._spread(frame, choice, how)
            else:
                found, wrong = self._together(frame[how.column], choice, how)
                codes |= found
                faults.append((choice.id, "unknown_choice", wrong, frame[how.column]))
        return Read(codes, pl.lit(None, pl.String), faults)

    def _spread(self, frame: pl.DataFrame, choice: Choice, how: Choices) -> dict[str, pl.Series]:
        """One column per option. A row without any mark at all has not answered."""
        unmarked = ["", *self.mapping.missing]
        texts = {option: frame[head].str.normalize("NFKC").str.strip_chars() for option, head in how.columns.items()}
        answered = pl.select(pl.any_horizontal(~pl.lit(one).is_in(unmarked) for one in texts.values())).to_series()
        no = ["0", *how.not_chosen, *unmarked]
        codes = {}
        for option, column in texts.items():
            chosen = (~column.is_in(no)).cast(pl.Int8)
            codes[choice.column(option)] = chosen.set(~answered, None)
        if how.other is not None:
            codes[choice.other] = _own_words(texts[how.other].set(texts[how.other].is_in([*no, "1"]), ""))
        return codes

    def _together(self, column: pl.Series, choice: Choice, how: Choices) -> tuple[dict[str, pl.Series], pl.Series]:
        """All options in one cell; text in 〖〗 after an option is free text."""
        labels = {unicodedata.normalize("NFKC", text).strip(): option for text, option in how.labels.items()}
        labels = labels or {one.id: one.id for one in choice.option}
        self.right["unknown_choice", choice.id] = ", ".join(how.labels or labels)
        texts = column.unique(maintain_order=True).to_list()
        read = [self._chosen(text, labels, how) for text in texts]

        def values(found: list[Any], kind: type[pl.DataType]) -> pl.Series:
            return column.replace_strict(texts, pl.Series(found, dtype=kind))

        codes = {
            choice.column(one.id): values([int(one.id in found) if found else None for found, _, _ in read], pl.Int8)
            for one in choice.option
        }
        codes[choice.other] = values([free for _, free, _ in read], pl.String)
        return codes, values([unknown for _, _, unknown in read], pl.Boolean)

    def _chosen(self, text: str, labels: dict[str, str], how: Choices) -> tuple[set[str], str | None, bool]:
        """(options chosen, free text masked, whether an option is unknown) of one cell."""
        if text.strip() in self.mapping.missing or not text.strip():
            return set(), None, False
        free = [one for one in _FREE_TEXT.findall(text) if one.strip()]
        parts = [
            unicodedata.normalize("NFKC", one).strip() for one in _FREE_TEXT.sub("", text).split(how.separator or "\0")
        ]
        found = {labels[one] for one in parts if one in labels}
        beyond = [one for one in parts if one and one not in labels]
        if how.other is not None and beyond:
            found, free, beyond = found | {how.other}, free + beyond, []
        return found, privacy.mask("; ".join(free)) or None, bool(beyond)


def _own_words(texts: pl.Series) -> pl.Series:
    """What people wrote beside an option, masked: 1〖text〗, or the text alone."""
    inside = texts.str.extract(r"(?s)〖(.*)〗")
    return privacy.mask_series(inside.fill_null(texts))


def _by_scale(labels: Table[str, int]) -> list[str]:
    """Labels as their scale has them: in the order of the mapping where the codes go up or down, else by code."""
    codes = list(labels.values())
    return list(labels) if codes in (sorted(codes), sorted(codes)[::-1]) else sorted(labels, key=labels.__getitem__)


def by_labels(texts: pl.Series, labels: Table[str, str]) -> pl.Series:
    """What each text stands for, as it stands or in NFKC; null where it is no label."""
    to = list(labels.values())
    return in_nfkc(texts, lambda some: some.replace_strict(list(labels), to, default=None, return_dtype=pl.String))


def whole(texts: pl.Series, kind: type[pl.DataType]) -> pl.Series:
    """Whole numbers, null where a text is none; tried again in NFKC."""
    return in_nfkc(texts, lambda some: some.cast(kind, strict=False))


def in_nfkc(texts: pl.Series, how: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What `how` reads of each text as it stands, else of the text in NFKC."""
    read = how(texts)
    if not read.null_count():
        return read
    wrong = read.is_null() & (texts != "")
    return read.zip_with(~wrong, how(texts.str.normalize("NFKC"))) if wrong.any() else read


def again(texts: pl.Series, read: pl.Series, how: Callable[[str], Any]) -> pl.Series:
    """What was not read, distinct text by distinct text, in NFKC."""
    if not read.null_count():
        return read
    wrong = read.is_null() & (texts != "")
    if not wrong.any():
        return read
    distinct = texts.filter(wrong).unique(maintain_order=True)
    found = pl.Series([how(unicodedata.normalize("NFKC", one).strip()) for one in distinct], dtype=read.dtype)
    return read.zip_with(~wrong, texts.replace_strict(distinct, found, default=None))
