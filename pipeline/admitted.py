"""What admitting a month needs beside its exports, and what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted, corrections, keys, waivers
from pipeline.corrections import Correction, Fixed
from pipeline.inbox import FileCount
from pipeline.keys import Key
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.sentence import Sentence, gettext
from pipeline.waivers import Waiver, Waivers

# Reasons that say nothing against an export: it was re-sent, late, or heard someone again.
NO_FAULT = ("superseded", "left_out", "after_cutoff", "contact_again")
CHANGES = dict.fromkeys(("instrument", "file", "earlier", "respondent", "change", "fields"), pl.String)
HEARD: dict[str, Any] = {
    "period": pl.String,
    "contact": pl.String,
    "serviced_on": pl.Date,
    "answered_at": pl.Datetime("us"),
    "source": pl.String,
    "row": pl.UInt32,
}


@dataclass(frozen=True)
class Rules:
    """What a programme declares beside its definitions. key: of pseudonyms."""

    corrections: tuple[Correction, ...]
    waivers: tuple[Waiver, ...]
    key: Key | None

    @classmethod
    def load(cls, site: Site) -> "Rules":
        """Raises Refusal for everything wrong in these files and in the key."""
        programme, known = site.programme, [one.id for one in site.programme.source]
        return cls(
            corrections.load(site.folder / programme.corrections, known) if programme.corrections else (),
            waivers.load(site.folder / programme.waivers, known) if programme.waivers else (),
            keys.load(programme.privacy.key_variable, programme.privacy.key_file, site.folder),
        )


@dataclass(frozen=True)
class Admitted:
    """A month's accepted tables, on disk in the form of schemas/, and what was not accepted.

    folder: where accepted/ is. quarantine: one row per fault, in the form of QUARANTINE_SCHEMA.
    changes: Store.changes of every source that is re-sent. fixed: corrected cells. contacts:
    instrument -> Store.contacts.
    """

    month: Month
    folder: Path
    quarantine: pl.DataFrame
    files: tuple[FileCount, ...]
    changes: pl.DataFrame
    fixed: tuple[Fixed, ...]
    waivers: Waivers
    noted: tuple[str, ...]
    contacts: Mapping[str, pl.DataFrame]

    @property
    def notes(self) -> tuple[str, ...]:
        """What else there is to say, once the gate was asked: it may need a waiver."""
        return (*self.waivers.unused(), *self.noted)

    @property
    def reasons(self) -> dict[str, int]:
        rows = self.quarantine.unique(["file", "row", "reason"])
        counted = rows.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
        return dict(counted.iter_rows())

    def accepted(self) -> int:
        return sum(one.accepted for one in self.files if one.role == "responses")

    @cached_property
    def responses(self) -> dict[str, pl.DataFrame]:
        """instrument -> accepted responses, sorted by respondent. Reads them all."""
        return accepted.read(self.folder, "responses", self.month)

    @cached_property
    def invitations(self) -> dict[str, pl.DataFrame]:
        """instrument -> accepted invitations, sorted by branch."""
        return accepted.read(self.folder, "invitations", self.month)

    def rows(self) -> tuple[int, int]:
        """Response rows quarantined and read that count at the gate: those that are no fault of an
        export (NO_FAULT), and those that a waiver sets aside, count neither way."""
        files = [one for one in self.files if one.role == "responses"]
        mine = self.quarantine.filter(pl.col("file").is_in([one.file for one in files]))
        aside = pl.col("waived") | pl.col("reason").is_in(NO_FAULT)
        left_out = int(mine.group_by("file", "row").agg(aside.all().alias("aside"))["aside"].sum())
        return sum(one.quarantined for one in files) - left_out, sum(one.read for one in files) - left_out


def over_gate(admitted: Admitted, percent: int) -> Sentence | None:
    """A sentence when more than `percent` of a month's response rows are quarantined, else None."""
    bad, rows = admitted.rows()
    if bad * 100 <= percent * rows:
        return None
    waived = admitted.waivers.percent()
    if waived is not None and bad * 100 <= waived * rows:
        return None
    return Sentence(
        gettext(
            "%(month)s: %(bad)s of %(rows)s response rows are quarantined, more than %(percent)s in 100. Mend the "
            "exports (csi check --period %(month)s lists the rows in intake.html and quarantine.csv), or declare a "
            'waiver with allow = "quarantined_share".'
        ),
        month=admitted.month, bad=bad, rows=rows, percent=percent if waived is None else waived,
    )  # fmt: skip
