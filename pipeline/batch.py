"""The fields of one batch of an export, from text to types, and its faults."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from unicodedata import normalize
from zoneinfo import ZoneInfo

import polars as pl

from pipeline import answers, faults, privacy, spellings, times
from pipeline.sources import RAGGED, ROW
from pipeline.sources.heads import UNSEEN

if TYPE_CHECKING:
    from pipeline.parse import Parser

CONSTANT = "\0constant:"  # before the name of what is the same in all rows; no column of an export has such a head
TOGETHER = "\0together:"
_ONE_WORD = r"^[!-~]+$"  # in NFKC, without space
_UNSEEN = f"[{UNSEEN}]"
_SHORTENED = r"^\d(\.\d+)?E\+\d+$"  # what Excel makes of a long number


class Batch:
    """One batch under way: its faults, each by its field or item."""

    def __init__(self, parser: "Parser", batch: pl.DataFrame) -> None:
        self.parser, self.mapping = parser, parser.mapping
        self.heads = parser.heads
        constants = [pl.lit(text).alias(f"{CONSTANT}{name}") for name, text in self.mapping.constants.items()]
        constants += [
            pl.concat_str([_filled(head) for head in heads], ignore_nulls=True, separator=" / ").alias(
                f"{TOGETHER}{one}"
            )
            for one, heads in {**self.mapping.items, "respondent": self.mapping.columns.together}.items()
            if heads and not isinstance(heads, str)
        ]
        self.frame = batch.with_columns(constants) if constants else batch
        self.faults: list[pl.DataFrame] = []
        self.ragged = self.frame[RAGGED].is_not_null() if self.frame[RAGGED].null_count() < self.frame.height else None
        if self.ragged is not None:
            bad = self.frame.filter(self.ragged)
            counts = bad.select(pl.format("{} cells for {} heads", RAGGED, pl.lit(parser.cells))).to_series()
            self.faults.append(faults.at(bad[ROW], "", counts, "ragged_row"))

    def fault(self, wrong: pl.Series, field: str, reason: str, values: pl.Series | None = None) -> None:
        """Ragged records have one fault already: their cells may stand under other heads."""
        if not wrong.any():
            return
        if self.ragged is not None:
            wrong &= ~self.ragged
        shown = (self.frame[self.heads[field]] if values is None else values).filter(wrong)
        self.faults.append(faults.at(self.frame[ROW].filter(wrong), field, shown, reason))

    def leave_out(self) -> None:
        """Rows that are no responses, once each."""
        if not self.mapping.leave_out:
            return
        left = pl.repeat(False, self.frame.height, eager=True)
        for head, texts in self.mapping.leave_out.items():
            cells = self.frame[head].str.normalize("NFKC").str.strip_chars()
            mine = cells.is_in([normalize("NFKC", one).strip() for one in texts]) & ~left
            self.fault(mine, head, "left_out", cells)
            left |= mine

    def column(self, field: str) -> pl.Series:
        return self.frame[self.heads[field]]

    def text(self, field: str) -> pl.Series:
        return self.column(field).str.strip_chars()

    def identity(self, field: str) -> pl.Series:
        """A text that must be there; coded if it is pseudonymous."""
        if field not in self.mapping.pseudonymous and privacy.short_ids(self.column(field)):
            return self.column(field)
        found = self.column(field).str.replace_all(_UNSEEN, "").str.strip_chars()
        empty = found == ""
        self.fault(empty, field, f"missing_{field}")
        if field in self.mapping.pseudonymous:
            return self._coded(field, found)
        self._not_personal(field, found)
        if self.mapping.columns.together:  # one of its parts may be personal
            self.fault(privacy.holds_personal(found), field, "personal_data")
        self.fault(found.str.contains(_SHORTENED), field, "shortened_number")
        return found.set(empty, None) if empty.any() else found

    def branch(self) -> pl.Series:
        """The branch id a text stands for: by the mapping's labels, as an alias, or as it is."""
        found, aliases = self.column("branch"), self.parser.aliases
        empty = None
        if not found.str.contains(_ONE_WORD).all():
            # Full-width digits, no-break spaces.
            found = found.str.replace_all(_UNSEEN, "").str.normalize("NFKC").str.strip_chars()
            empty = found == ""
            self.fault(empty, "branch", "missing_branch")
        if aliases:
            found = found.replace(list(aliases), list(aliases.values()))
        return found if empty is None else found.set(empty, None)

    def division(self) -> answers.Values:
        if "division" not in self.heads:
            return pl.lit(None, pl.String)
        labels = self.mapping.texts("division") or {one: one for one in self.parser.known.divisions}
        found = self._said(self.text("division"))
        read = spellings.by_labels(found, labels)
        self.fault(read.is_null() & (found != ""), "division", "unknown_division")
        self.parser.right["unknown_division", "division"] = ", ".join(labels)
        return read

    def day(self, field: str, pattern: str, zone: ZoneInfo) -> pl.Series:
        return self._date(field, pattern, lambda texts: times.days(texts, pattern, zone, self.parser.known.zone))

    def moment(self, field: str, pattern: str, zone: ZoneInfo) -> pl.Series:
        return self._date(field, pattern, lambda texts: times.moments(texts, pattern, zone, self.parser.known.zone))

    def _date(self, field: str, pattern: str, how: Callable[[pl.Series], pl.Series]) -> pl.Series:
        dates = self._read(field, how)
        self.parser.right["unreadable_date", field] = self.parser.right["outside_period", field] = times.told(pattern)
        if dates.null_count():
            wrong, empty = dates.is_null(), self.text(field) == ""
            self.fault(empty, field, "missing_date")
            self.fault(wrong & ~empty, field, "unreadable_date")
        return dates

    def _read(self, field: str, how: Callable[[pl.Series], pl.Series]) -> pl.Series:
        """What `how` reads of each cell, tried again without the space round it. Few cells have any,
        and it changes the meaning of none."""
        cells = self.column(field)
        read = how(cells)
        if read.null_count():
            unread = read.is_null().arg_true()
            read = read.scatter(unread, how(cells.gather(unread).str.strip_chars()))
        return read

    def duration(self) -> answers.Values:
        if "duration_s" not in self.heads:
            return pl.lit(None, pl.Int32)
        read = self._read("duration_s", lambda texts: times.seconds(texts, self.mapping.duration.unit))
        if read.null_count():
            self.fault(read.is_null() & (self.text("duration_s") != ""), "duration_s", "unreadable_number")
        self.parser.right["unreadable_number", "duration_s"] = times.DURATIONS[self.mapping.duration.unit]
        return read

    def weight(self) -> answers.Values:
        if "weight" not in self.heads:
            return pl.lit(1).cast(pl.Decimal(18, 9))
        found = self.text("weight").str.normalize("NFKC")
        fits = found.str.contains(r"^\d{1,9}(\.\d{1,9})?$")
        self.fault(~fits, "weight", "unreadable_weight")
        return found.set(~fits, None).cast(pl.Decimal(18, 9), strict=False)

    def verbatim(self) -> answers.Values:
        if "verbatim" not in self.heads:
            return pl.lit(None, pl.String)
        return privacy.mask_series(self._said(self.column("verbatim")))

    def contact(self) -> answers.Values:
        """Always coded; dropped without a key."""
        if "contact" not in self.heads or self.parser.known.key is None:
            return pl.lit(None, pl.String)
        return self._coded("contact", self._said(self.text("contact")))

    def attribute(self, field: str) -> answers.Values:
        if field not in self.heads:
            return pl.lit(None, pl.String)
        found = self._said(self.text(field))
        if field in self.mapping.pseudonymous:
            return self._coded(field, found)
        labels = self.mapping.texts(field)
        if labels:
            read = spellings.by_labels(found, labels)
            self.fault(read.is_null() & (found != ""), field, "unknown_label")
            self.parser.right["unknown_label", field] = ", ".join(labels)
            return read
        self._not_personal(field, found)
        return found.set(found == "", None)

    def _said(self, texts: pl.Series) -> pl.Series:
        """The texts, "" where one stands for a missing state in words: (空). Numbers do so in answers alone."""
        return texts.set(texts.is_in(self.parser.unsaid), "") if self.parser.unsaid else texts

    def _coded(self, field: str, found: pl.Series) -> pl.Series:
        key = self.parser.known.key
        assert key is not None, field
        return key.codes(field, found)

    def _not_personal(self, field: str, found: pl.Series) -> None:
        self.fault(privacy.personal_series(found), field, "personal_data")


def _filled(head: str) -> pl.Expr:
    return pl.when(pl.col(head).str.strip_chars() != "").then(pl.col(head))
