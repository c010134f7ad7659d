"""The multi-select questions of an export: which options were chosen, and what people wrote in their own words."""

import re
import unicodedata
from collections.abc import Mapping as Table
from typing import Any

import polars as pl

from pipeline import privacy
from pipeline.answers import Values, Wrong
from pipeline.instrument import Instrument
from pipeline.mapping import Mapping
from pipeline.mapping_tables import Choices
from pipeline.questions import Choice

_FREE_TEXT = re.compile(r"〖(.*?)〗", re.DOTALL)


class Chosen:
    """How the options of one source are read. right: (reason, choice) -> what would be right."""

    def __init__(self, mapping: Mapping, instrument: Instrument) -> None:
        self.mapping, self.instrument = mapping, instrument
        self.right: dict[tuple[str, str], str] = {}

    def options(self, frame: pl.DataFrame) -> tuple[dict[str, Values], list[Wrong]]:
        """One Int8 column per option and one text column per choice of the instrument; and what could not be read."""
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
            if how.other_column is not None:
                codes |= self._beside(frame[how.other_column], codes, choice, how)
        return codes, faults

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
        if how.other is not None and how.other_column is None:
            codes[choice.other] = _own_words(texts[how.other].set(texts[how.other].is_in([*no, "1"]), ""))
        return codes

    def _beside(self, column: pl.Series, codes: Table[str, Values], choice: Choice, how: Choices) -> dict[str, Values]:
        """Words in a column of their own, behind those in the question's cell. Who wrote any has chosen `other`."""
        missing = column.str.normalize("NFKC").str.strip_chars().is_in(["", *self.mapping.missing])
        words = privacy.mask_series(column.set(missing, ""))
        wrote, inside = words.is_not_null(), codes[choice.other]
        found: dict[str, Values] = {choice.other: words}
        if isinstance(inside, pl.Series):
            both = pl.concat_str(inside, words, separator="; ", ignore_nulls=True)
            found[choice.other] = pl.select(both).to_series().replace("", None)
        if how.other is not None:
            for name in choice.columns:
                chosen = codes[name]
                if isinstance(chosen, pl.Series):  # else it has no column
                    mine = name == choice.column(how.other)
                    found[name] = chosen.set(wrote, 1) if mine else chosen.set(wrote & chosen.is_null(), 0)
        return found

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
        if how.other is not None and how.other_column is None and beyond:
            found, free, beyond = found | {how.other}, free + beyond, []
        return found, privacy.mask("; ".join(free)) or None, bool(beyond)


def _own_words(texts: pl.Series) -> pl.Series:
    """What people wrote beside an option, masked: 1〖text〗, or the text alone."""
    inside = texts.str.extract(r"(?s)〖(.*)〗")
    return privacy.mask_series(inside.fill_null(texts))
