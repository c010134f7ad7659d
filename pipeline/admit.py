"""Admit a month: read every export, keep what is right, quarantine the rest, lose nothing.

accepted + quarantined = read, per file. A row is quarantined whole, for each of its faults.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from pipeline import faults, inbox, rules
from pipeline.hierarchy import Hierarchy
from pipeline.inbox import FileCount, ReadFile
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.refusal import Refusal


@dataclass(frozen=True)
class Admitted:
    """A month's accepted tables, in the form of schemas/, and what was not accepted.

    responses, invitations: instrument -> table, sorted by their key. quarantine: one row per
    fault, in the form of QUARANTINE_SCHEMA. reasons: reason -> rows.
    """

    month: Month
    responses: dict[str, pl.DataFrame]
    invitations: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    files: tuple[FileCount, ...]

    @property
    def reasons(self) -> dict[str, int]:
        rows = self.quarantine.unique(["file", "row", "reason"])
        counted = rows.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
        return dict(counted.iter_rows())

    def accepted(self) -> int:
        return sum(frame.height for frame in self.responses.values())


def admit(
    site: Site,
    instruments: tuple[Instrument, ...],
    hierarchy: Hierarchy,
    month: Month,
    progress: Callable[[str], None] = lambda _: None,
) -> Admitted:
    """Raises Refusal for everything that makes a whole file or the month unusable, all at once."""
    folder = site.inbox / str(month)
    problems: list[str] = []
    responses: dict[str, pl.DataFrame] = {}
    invitations: dict[str, pl.DataFrame] = {}
    quarantine = [pl.DataFrame(schema=faults.QUARANTINE_SCHEMA)]
    counts: list[FileCount] = []
    listed = inbox.assign(site, folder, problems)
    for instrument in instruments:
        for role in ("responses", "invitations"):
            sources = [one for one in site.programme.source if (one.instrument, one.role) == (instrument.id, role)]
            read, same = [], []
            for source in sources:
                try:
                    both = inbox.read_source(site, source, instrument, month, listed.get(source.id, []), progress)
                except Refusal as refusal:
                    problems += refusal.problems
                    continue
                read += both[0]
                same += both[1]
            counts += same
            if problems:
                continue
            if role == "responses" and not read:
                wanted = ", ".join(one.files for one in sources)
                problems.append(
                    f"{site.shown(folder)}: no file of {instrument.id} (expected {wanted}). "
                    "Put the export there, or correct `files` in the programme."
                )
                continue
            frame, found, done = (
                _responses(site, instrument, hierarchy, month, read)
                if role == "responses"
                else _invitations(hierarchy, month, read)
            )
            (responses if role == "responses" else invitations)[instrument.id] = frame
            quarantine.append(
                found.with_columns(pl.lit(instrument.id).alias("instrument")).select(quarantine[0].columns)
            )
            counts += done
    if problems:
        raise Refusal(dict.fromkeys(problems))
    table = pl.concat(quarantine).sort("file", "row", "column", "reason")
    admitted = Admitted(month, responses, invitations, table, tuple(sorted(counts, key=lambda one: one.file)))
    for one in admitted.files:
        assert one.read == one.accepted + one.quarantined, one
    return admitted


def over_gate(admitted: Admitted, percent: int) -> str | None:
    """A sentence when more than `percent` of a month's response rows are quarantined, else None."""
    files = [one for one in admitted.files if one.role == "responses"]
    superseded = sum(one.superseded for one in files)
    rows = sum(one.read for one in files) - superseded
    bad = sum(one.quarantined for one in files) - superseded
    if bad * 100 <= percent * rows:
        return None
    return (
        f"{admitted.month}: {bad} of {rows} response rows are quarantined, more than "
        f"{percent} in 100. Mend the exports (see quarantine.csv), or raise "
        "thresholds.max_quarantined_percent."
    )


def _responses(
    site: Site, instrument: Instrument, hierarchy: Hierarchy, month: Month, read: list[ReadFile]
) -> tuple[pl.DataFrame, pl.DataFrame, list[FileCount]]:
    programme = site.programme
    cutoff = month.cutoff(programme.cutoff_days, site.zone).replace(tzinfo=None)
    contract = rules.response_contract(instrument, month, cutoff)
    tables, found = [], []
    for one in read:
        typed, more = rules.check_responses(
            one.parsed.typed,
            one.parsed.faults,
            contract,
            instrument,
            hierarchy,
            month,
            one.count.file,
        )
        tables.append(typed.with_columns(pl.lit(one.position).alias("position"), pl.lit(one.resend).alias("resend")))
        found.append(_explained(one, pl.concat([one.parsed.faults, more]), instrument))
    table, table_faults = pl.concat(tables), pl.concat(found)
    resent = rules.superseded(table)
    table_faults = _not_those(table_faults, resent)
    bad = pl.concat([table_faults, resent])
    clean = table.join(bad.select("source", "row").unique(), on=["source", "row"], how="anti")
    twice = rules.duplicates(clean)
    bad = pl.concat([bad, twice])
    clean = clean.join(twice.select("source", "row").unique(), on=["source", "row"], how="anti")
    accepted = (
        clean.drop("position", "resend")
        .sort("respondent")
        .with_columns(
            pl.col([item.id for item in instrument.items]).cast(pl.Int8),
            pl.col("duration_s").cast(pl.Int32),
        )
    )
    return accepted, bad.rename({"source": "file"}), _counted(read, accepted, bad)


def _invitations(
    hierarchy: Hierarchy, month: Month, read: list[ReadFile]
) -> tuple[pl.DataFrame, pl.DataFrame, list[FileCount]]:
    tables = [rules.EMPTY_INVITATIONS]
    found = [rules.no_faults()]
    for one in read:
        typed, more = rules.check_invitations(one.parsed.typed, one.parsed.faults, hierarchy, month, one.count.file)
        tables.append(typed)
        found.append(_explained(one, pl.concat([one.parsed.faults, more]), None))
    table, bad = pl.concat(tables), pl.concat(found)
    clean = table.join(bad.select("source", "row").unique(), on=["source", "row"], how="anti")
    twice = rules.repeated_invitations(clean)
    bad = pl.concat([bad, twice])
    clean = clean.join(twice.select("source", "row").unique(), on=["source", "row"], how="anti").sort("branch")
    return clean, bad.rename({"source": "file"}), _counted(read, clean, bad)


def _explained(one: ReadFile, found: pl.DataFrame, instrument: Instrument | None) -> pl.DataFrame:
    """Faults with the file's own column heads and the fix for each, in the form of no_faults()."""
    known = {reason: text for (reason, _), text in one.parsed.known.items()}
    scales = {}
    if instrument is not None:
        for item in instrument.items:
            scale = instrument.scale_of(item)
            scales[one.heads.get(item.id, "")] = f"{scale.min} to {scale.max}"
    rows = []
    for row, column, value, reason in found.iter_rows():
        head = one.heads.get(column, column)
        right = (
            scales.get(head, "")
            if reason == "outside_scale"
            else one.parsed.known.get((reason, head), known.get(reason, ""))
        )
        fix = faults.FIXES[reason].format(known=right)
        rows.append((one.count.file, row, head, faults.shorten(value), reason, fix))
    return pl.DataFrame(rows, schema=rules.FOUND_SCHEMA, orient="row")


def _not_those(found: pl.DataFrame, resent: pl.DataFrame) -> pl.DataFrame:
    return found.join(resent.select("source", "row"), on=["source", "row"], how="anti")


def _counted(read: list[ReadFile], accepted: pl.DataFrame, bad: pl.DataFrame) -> list[FileCount]:
    done = []
    for one in read:
        kept = accepted.filter(pl.col("source") == one.count.file).height
        mine = bad.filter(pl.col("source") == one.count.file)
        replaced = mine.filter(pl.col("reason") == "superseded")["row"].n_unique()
        done.append(replace(one.count, accepted=kept, quarantined=mine["row"].n_unique(), superseded=replaced))
    return done
