"""Admit a month: read every export, keep what is right, quarantine the rest, lose nothing.

accepted + quarantined = read, per file. A row is quarantined whole, for each of its faults. Files
are read in batches; what is kept waits in a Store, so that memory does not grow with the month.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

from pipeline import accepted, faults, in_force, invitations, quarantine, rules
from pipeline.admitted import HEARD, Admitted, Rules
from pipeline.corrections import Fixer
from pipeline.hierarchy import Hierarchy
from pipeline.inbox import Export, FileCount, Inbox
from pipeline.instrument import Instrument
from pipeline.left_out import Homes
from pipeline.month import Month
from pipeline.parse import Parser
from pipeline.places import Places
from pipeline.programme import Site
from pipeline.refusal import Refusal
from pipeline.sources import Misread
from pipeline.sources.ahead import ahead
from pipeline.store import File, Store
from pipeline.underway import UnderWay

Earlier = Callable[[str], pl.DataFrame]  # instrument -> contacts heard in the months before


def admit(
    site: Site, instruments: tuple[Instrument, ...], hierarchy: Hierarchy, month: Month,
    progress: Callable[[str], None] = lambda _: None, *, folder: Path | None = None, given: Rules | None = None,
    earlier: Earlier | None = None, threads: int | None = None,
) -> Admitted:  # fmt: skip
    """Writes the accepted tables of a month under folder/accepted (a new temporary folder if None).

    Raises Refusal for everything that makes a whole file or the month unusable, all at once.
    """
    place = Path(tempfile.mkdtemp(prefix="csi-")) if folder is None else folder
    declared = Rules.load(site) if given is None else given
    scratch = place / ".intake"
    shutil.rmtree(scratch, ignore_errors=True)

    def read(sure: bool) -> Admitted:
        return _Month(site, hierarchy, month, declared, place, progress, threads).admit(instruments, earlier, sure)

    try:
        return read(sure=False)
    except Misread:  # rare, so that all begins again
        shutil.rmtree(scratch, ignore_errors=True)
        return read(sure=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Month(UnderWay):
    """Reads the responses and invitations of every instrument in force."""

    def admit(self, instruments: tuple[Instrument, ...], earlier: Earlier | None, sure: bool) -> Admitted:
        inbox = Inbox(self.site, self.month, self.problems, sure)
        in_month = [one for one in instruments if in_force.days(one, self.month)]
        for instrument in instruments:
            if instrument not in in_month:
                self.problems += inbox.not_in_force(instrument)
                continue
            for role in ("responses", "invitations"):
                exports = self._open(inbox, instrument, role)
                if exports is None:
                    continue
                if role == "responses":
                    bad = self._responses(inbox, instrument, exports, earlier)
                else:
                    bad = invitations.admit(self, inbox, instrument, exports)
                self.quarantine.append(quarantine.listed(bad, exports, instrument, self.waivers))
        if not in_month:
            self.problems.append(f"{self.month}: no instrument of {self.site.file.name} is in force in it.")
        if self.problems:
            raise Refusal(dict.fromkeys(self.problems))
        table = pl.concat(self.quarantine).sort("file", "row", "column", "reason")
        files = tuple(sorted(self.counts, key=lambda one: one.file))
        for one in files:
            assert one.read == one.accepted + one.quarantined, one
        changes = pl.concat(self.changes)
        return Admitted(
            self.month,
            self.folder,
            table,
            files,
            changes,
            tuple(self.fixed),
            self.waivers,
            self.notes(),
            self.contacts,
        )

    def _open(self, inbox: Inbox, instrument: Instrument, role: str) -> list[Export] | None:
        """The exports of an instrument, or None where something is wrong already."""
        mine = [one for one in self.site.programme.source if (one.instrument, one.role) == (instrument.id, role)]
        exports: list[Export] = []
        for source in mine:
            missing = inbox.expected(source, self.waivers)
            self.problems += [missing] if missing else []
            if source.id not in inbox.files:
                self.problems += inbox.check_counts(source, (), self.waivers)
            try:
                found, same = inbox.open(source, instrument, self.waivers, self.progress)
            except Refusal as refusal:
                self.problems += refusal.problems
                continue
            exports += found
            self.counts += same
            for export in found[:1]:
                self.problems += [*self.without_key(source, export), *self.no_branches(source, export)]
            self.dropped |= self.declared.key is None and any("contact" in one.mapping.columns.given() for one in found)
        if self.problems:
            return None
        if role == "responses" and not exports:
            wanted = ", ".join(one.files for one in mine)
            if not any(self.waivers.find("missing_file", one.id) for one in mine):
                self.problems.append(
                    f"{self.site.shown(self.site.inbox / str(self.month))}: no file of {instrument.id} (expected "
                    f"{wanted}). Put the export there, or correct `files` in the programme."
                )
                return None
        return exports

    def _responses(
        self, inbox: Inbox, instrument: Instrument, exports: list[Export], earlier: Earlier | None
    ) -> pl.DataFrame:
        """Writes the accepted rows; gives every fault in the form of rules.FOUND_SCHEMA."""
        contract = rules.Contract(instrument, self.month, self.site.cutoff(self.month).replace(tzinfo=None))
        self.homes = Homes()
        with Store(self.folder / ".intake" / instrument.id, contract.types, contract.check, self.threads) as store:
            files, read, found = self._read_all(inbox, instrument, contract, exports, store)
            if self.problems:
                return rules.no_faults()
            store.close_intake(files)
            bad = quarantine.joined(pl.concat(found), self._across(store, files, instrument, earlier))
            left_out = self.homes.counts(bad, set(self.hierarchy.branches["branch"]))
            accepted.write(left_out, accepted.path(self.folder, "left_out", instrument.id, self.month))
            target = accepted.path(self.folder, "responses", instrument.id, self.month)
            store.write(target, str(self.month), instrument, self.site.programme.flags)
            kept = {files[place].name: rows for place, rows in store.counts().items()}
        self.count(read, kept, bad)
        return bad

    def _read_all(
        self, inbox: Inbox, instrument: Instrument, contract: rules.Contract, exports: list[Export], store: Store
    ) -> tuple[list[File], list[FileCount], list[pl.DataFrame]]:
        """Every export in its turn: what it is, its rows read, its faults."""
        places = Places(self.hierarchy, self.month)
        found = [rules.no_faults()]
        files: list[File] = []
        read: list[FileCount] = []
        for source in {one.source.id: one.source for one in exports}.values():
            fixer = self.fixer(source, next(one for one in exports if one.source is source))
            for export in (one for one in exports if one.source is source):
                files.append(File(len(files), export.name, source.id, source.resend))
                rows, bad = self._read(export, instrument, contract, places, fixer, store, len(files) - 1)
                read.append(export.count(rows))
                found.append(bad)
            self.problems += fixer.problems()
            self.fixed += fixer.done
            self.check_counts(inbox, source, read)
        return files, read, found

    def _read(
        self, export: Export, instrument: Instrument, contract: rules.Contract, places: Places, fixer: Fixer,
        store: Store, place: int,
    ) -> tuple[int, pl.DataFrame]:  # fmt: skip
        """Rows read, and their faults; what is right goes to the store."""
        parser = Parser(export.mapping, instrument, self.known, len(export.raw.header))
        heads, read, found = parser.heads, 0, [faults.none()]
        private = {*export.mapping.pseudonymous, "contact"}
        numbers = () if fixer.changes(export.name) else parser.whole()
        batches = map(parser.joined, export.raw.batches(export.mapping.loaded(), numbers))
        corrected = (fixer.apply(one, export.name, heads, heads.get("respondent")) for one in batches)
        checked = (rules.checked(parser.responses(one), contract, places, heads) for one in ahead(corrected))
        try:
            for batch in ahead(checked):
                read += batch.good.height + batch.wrong.height
                self.progress(f"{export.name} {read:,}")
                if batch.faults.height:
                    self.homes.add(quarantine.compact(batch.wrong.select("row", "branch")), export.name)
                    if export.source.resend:
                        person = batch.faults.filter(pl.col("reason") == "personal_data")["row"].implode()
                        store.hold(batch.wrong.filter(~pl.col("row").is_in(person)), place)
                    found.append(quarantine.compact(batch.faults))
                store.add(batch.good, place)
        except Refusal as refusal:
            self.problems += refusal.problems
        return read, quarantine.explained(pl.concat(found), export.name, parser.right, contract, private)

    def _across(
        self, store: Store, files: list[File], instrument: Instrument, earlier: Earlier | None
    ) -> list[pl.DataFrame]:
        """Faults that only all rows of a month together show, each dropped from the store."""
        found = []

        def leave_out(rows: pl.DataFrame) -> None:
            found.append(rows.select(rules.FOUND_SCHEMA.keys()))
            self.homes.add_known(store.homes(rows))
            store.drop(rows)

        if len(files) > len({one.origin for one in files}) and any(one.resend for one in files):
            self.changes.append(store.changes().select(pl.lit(instrument.id).alias("instrument"), pl.all()))
            leave_out(rules.explained_by(store.superseded(), "respondent", "superseded"))
        leave_out(rules.duplicates(store.repeated()))
        self.contacts[instrument.id] = store.contacts()
        rule = self.site.programme.contact
        if rule is not None:
            before = pl.DataFrame(schema=HEARD) if earlier is None else earlier(instrument.id)
            again = store.heard_again(before, rule.months).with_columns(pl.lit(quarantine.HIDDEN).alias("contact"))
            leave_out(rules.explained_by(again, "contact", "contact_again"))
        return found
