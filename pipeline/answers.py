"""The answers of an export: codes of items, states of what is missing."""

import re
import unicodedata
from collections.abc import Mapping as Table
from dataclasses import dataclass

import polars as pl

from pipeline.instrument import Instrument
from pipeline.mapping import ANSWERED, LETTERS, Mapping

_WHOLE = re.compile(r"([+-]?[0-9]+)(\.0+)?")  # 8.0: what a spreadsheet or pandas may write for 8
_SMALL = re.compile(r"[+-]?0*[0-9]{1,4}|[+-]?0*[12][0-9]{4}|[+-]?0*3[01][0-9]{3}|[+-]?0*32[0-6][0-9]{2}")
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


def _by_scale(labels: Table[str, int]) -> list[str]:
    """Labels as their scale has them: in the order of the mapping where the codes go up or down, else by code."""
    codes = list(labels.values())
    return list(labels) if codes in (sorted(codes), sorted(codes)[::-1]) else sorted(labels, key=labels.__getitem__)
