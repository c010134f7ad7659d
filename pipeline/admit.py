"""Admit a month: read every export, keep what is right, quarantine the rest, lose nothing.

accepted + quarantined = read, per file. A row is quarantined whole, for each of its faults.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from pipeline import faults, inbox, privacy, rules
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
            if role == "responses":
                accepted, bad = _responses(site, instrument, hierarchy, month, read)
                responses[instrument.id] = accepted
            else:
                accepted, bad = _invitations(hierarchy, month, read)
                invitations[instrument.id] = accepted
            counts += _counted(read, accepted, bad)
            quarantine.append(_listed(bad, read, instrument))
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
        f"{percent} in 100. Mend the exports (csi check --period {admitted.month} lists the rows in "
        "quarantine.csv), or raise thresholds.max_quarantined_percent."
    )


def _responses(
    site: Site, instrument: Instrument, hierarchy: Hierarchy, month: Month, read: list[ReadFile]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The accepted rows, and every fault in the form of rules.FOUND_SCHEMA."""
    programme = site.programme
    cutoff = month.cutoff(programme.cutoff_days, site.zone).replace(tzinfo=None)
    contract = rules.response_contract(instrument, month, cutoff)
    tables, found = [], []
    for place, one in enumerate(read):
        typed, more = rules.check_responses(
            one.parsed.typed, one.parsed.faults, contract, instrument, hierarchy, month, one.count.file
        )
        tables.append(
            typed.with_columns(
                pl.lit(place).alias("place"),
                pl.lit(one.count.source).alias("origin"),
                pl.lit(one.resend).alias("resend"),
            )
        )
        found.append(_explained(one, more, instrument))
    table, bad = pl.concat(tables), pl.concat(found)
    resent = rules.superseded(table)
    bad = pl.concat([_without(bad, resent), resent])
    clean = _without(table, bad)
    twice = rules.duplicates(clean)
    accepted = (
        _without(clean, twice)
        .drop("place", "origin", "resend")
        .sort("respondent")
        .with_columns(
            pl.col([item.id for item in instrument.items]).cast(pl.Int8),
            pl.col("duration_s").cast(pl.Int32),
        )
    )
    return accepted, pl.concat([bad, twice])


def _invitations(hierarchy: Hierarchy, month: Month, read: list[ReadFile]) -> tuple[pl.DataFrame, pl.DataFrame]:
    tables = [rules.EMPTY_INVITATIONS.with_columns(pl.lit(0).alias("place"))]
    found = [rules.no_faults()]
    for place, one in enumerate(read):
        typed, more = rules.check_invitations(one.parsed.typed, one.parsed.faults, hierarchy, month, one.count.file)
        tables.append(typed.with_columns(pl.lit(place).alias("place")))
        found.append(_explained(one, more, None))
    bad = pl.concat(found)
    clean = _without(pl.concat(tables), bad)
    twice = rules.duplicates(clean, "branch")
    return _without(clean, twice).drop("place").sort("branch"), pl.concat([bad, twice])


def _without(table: pl.DataFrame, bad: pl.DataFrame) -> pl.DataFrame:
    return table.join(bad.select("source", "row").unique(), on=["source", "row"], how="anti", maintain_order="left")


def _explained(one: ReadFile, more: pl.DataFrame, instrument: Instrument | None) -> pl.DataFrame:
    """All faults of a file with the fix for each. more: those that the rules found."""
    right = dict(one.parsed.known)
    if instrument is not None:
        scales = {item.id: instrument.scale_of(item) for item in instrument.items}
        right |= {("outside_scale", item): f"{scale.min} to {scale.max}" for item, scale in scales.items()}
    rows = [
        (one.count.file, row, field, value, reason, faults.FIXES[reason].format(known=right.get((reason, field), "")))
        for row, field, value, reason in pl.concat([one.parsed.faults, more]).iter_rows()
    ]
    return pl.DataFrame(rows, schema=rules.FOUND_SCHEMA, orient="row")


def _listed(bad: pl.DataFrame, read: list[ReadFile], instrument: Instrument) -> pl.DataFrame:
    """Faults in the form of QUARANTINE_SCHEMA. A value may stand in the wrong column: what looks
    personal in it is masked."""
    heads = [(one.count.file, field, head) for one in read for field, head in one.heads.items()]
    known = pl.DataFrame(heads, schema=dict.fromkeys(("source", "column", "head"), pl.String), orient="row")
    values = bad["value"].unique(maintain_order=True).to_list()
    shown = [faults.shorten(privacy.mask(value)) for value in values]
    return bad.join(known, on=["source", "column"], how="left", maintain_order="left").select(
        pl.lit(instrument.id).alias("instrument"),
        pl.col("source").alias("file"),
        pl.col("row"),
        pl.coalesce("head", "column").alias("column"),
        pl.col("value").replace_strict(values, shown, return_dtype=pl.String),
        pl.col("reason"),
        pl.col("fix"),
    )


def _counted(read: list[ReadFile], accepted: pl.DataFrame, bad: pl.DataFrame) -> list[FileCount]:
    done = []
    for one in read:
        kept = accepted.filter(pl.col("source") == one.count.file).height
        mine = bad.filter(pl.col("source") == one.count.file)
        replaced = mine.filter(pl.col("reason") == "superseded")["row"].n_unique()
        done.append(replace(one.count, accepted=kept, quarantined=mine["row"].n_unique(), superseded=replaced))
    return done
