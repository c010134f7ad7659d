"""What is known of a month while it is admitted: its rules, what was found wrong, what was counted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from pipeline import faults, toml
from pipeline.admitted import CHANGES, Rules
from pipeline.corrections import Fixed, Fixer
from pipeline.file_names import told
from pipeline.hierarchy import Hierarchy
from pipeline.inbox import Export, FileCount, Inbox
from pipeline.known import Known
from pipeline.left_out import Homes
from pipeline.likely import Likely
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.sentence import Sentence, gettext
from pipeline.settings import Source
from pipeline.waivers import Waivers


class UnderWay:
    """One month under way. problems: sentences for everything that makes a file or the month unusable."""

    def __init__(
        self, site: Site, hierarchy: Hierarchy, month: Month, declared: Rules, folder: Path,
        progress: Callable[[str], None], threads: int | None,
    ) -> None:  # fmt: skip
        self.site, self.hierarchy, self.month, self.folder = site, hierarchy, month, folder
        self.declared, self.progress, self.threads = declared, progress, threads
        path = site.folder / (site.programme.waivers or "waivers.toml")
        self.waivers = Waivers(month, declared.waivers, path, site.folder)
        self.problems: list[str] = []
        self.counts: list[FileCount] = []
        self.quarantine = [pl.DataFrame(schema=faults.QUARANTINE_SCHEMA)]
        self.changes = [pl.DataFrame(schema=CHANGES)]
        self.fixed: list[Fixed] = []
        self.contacts: dict[str, pl.DataFrame] = {}
        self.dropped = False
        self.homes = Homes()
        self.known = Known(
            divisions=tuple(site.programme.divisions), aliases=hierarchy.aliases, zone=site.zone, key=declared.key,
            likely=Likely.of(hierarchy.branches, hierarchy.aliases),
        )  # fmt: skip

    def fixer(self, source: Source, export: Export) -> Fixer:
        path = self.site.folder / (self.site.programme.corrections or "corrections.toml")
        inbox = self.site.inbox / str(self.month)
        declared = [replace(one, file=one.file and told(inbox / one.file)) for one in self.declared.corrections]
        return Fixer(declared, path, self.month, source.id, export.mapping.pseudonymous)

    def check_counts(self, inbox: Inbox, source: Source, read: list[FileCount]) -> None:
        counts = [one for one in (*read, *self.counts) if one.source == source.id]
        self.problems += inbox.check_counts(source, counts, self.waivers)

    def count(self, read: list[FileCount], kept: Mapping[str, int], bad: pl.DataFrame) -> None:
        rows = (
            bad.select("source", "row", (pl.col("reason") == "superseded").alias("superseded"))
            .group_by("source")
            .agg(
                pl.col("row").n_unique().alias("rows"),
                pl.col("row").filter("superseded").n_unique().alias("superseded"),
            )
        )
        wrong = {source: (count, superseded) for source, count, superseded in rows.iter_rows()}
        for one in read:
            count, superseded = wrong.get(one.file, (0, 0))
            self.counts.append(replace(one, accepted=kept.get(one.file, 0), quarantined=count, superseded=superseded))

    def without_key(self, source: Source, export: Export) -> list[str]:
        """What cannot be done with personal data: code it without a key, or name it in a correction."""
        private, key = export.mapping.pseudonymous, self.site.programme.privacy
        path = self.site.folder / (self.site.programme.corrections or "corrections.toml")
        mine = [
            (place, one)
            for place, one in enumerate(self.declared.corrections)
            if one.source == source.id and one.period == str(self.month)
        ]
        return [
            f"{source.mapping}: {one} is pseudonymous, and there is no key. Set {key.key_variable} or make the file "
            f"{key.key_file}."
            for one in private
            if self.declared.key is None
        ] + [
            f"{toml.place(path, 'correction', place)}: personal data must not stand in a file. Select by `file` and "
            "`row`, and correct no personal field."
            for place, one in mine
            if (one.respondent is not None and "respondent" in private) or one.field in (*private, "contact")
        ]

    def no_branches(self, source: Source, export: Export) -> list[str]:
        """A sentence for every label of a branch that does not exist."""
        known = set(self.hierarchy.branches["branch"])
        path = self.site.folder / source.mapping
        return [
            f"{toml.place(path, 'labels', 'branch', label)}: {branch!r} is not a branch of "
            f"{self.site.programme.branches}. Correct it."
            for label, branch in export.mapping.texts("branch").items()
            if branch not in known
        ]

    def notes(self) -> tuple[Sentence, ...]:
        notes = []
        if self.dropped:
            key = self.site.programme.privacy
            notes.append(
                Sentence(
                    gettext(
                        "No key (%(variable)s, %(file)s): contacts were dropped, and the contact rule cannot be "
                        "applied."
                    ),
                    variable=key.key_variable,
                    file=key.key_file,
                )
            )
        return tuple(notes)
