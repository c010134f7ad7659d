"""Invitations: how many customers of each branch were asked."""

import polars as pl

from pipeline import accepted, quarantine, rules
from pipeline.inbox import Export, Inbox
from pipeline.instrument import Instrument
from pipeline.parse import Parser
from pipeline.underway import UnderWay


def admit(under_way: UnderWay, inbox: Inbox, instrument: Instrument, exports: list[Export]) -> pl.DataFrame:
    """Writes the accepted numbers of an instrument; gives every fault in the form of rules.FOUND_SCHEMA."""
    tables = [rules.EMPTY_INVITATIONS.with_columns(pl.lit(0).alias("place"))]
    found = [rules.no_faults()]
    read = []
    for place, export in enumerate(exports):
        parser = Parser(export.mapping, instrument, under_way.known, len(export.raw.header))
        fixer = under_way.fixer(export.source, export)
        rows = pl.concat([parser.joined(one) for one in export.raw.batches(export.mapping.loaded())])
        frame = fixer.apply(rows, export.name, parser.heads, None)
        parsed = parser.invitations(frame)
        typed, more = rules.check_invitations(
            parsed.typed, parsed.faults, under_way.hierarchy, under_way.month, export.name
        )
        tables.append(typed.with_columns(pl.lit(place).alias("place")))
        found.append(quarantine.explained(pl.concat([parsed.faults, more]), export.name, parser.right, None, set()))
        read.append(export.count(parsed.typed.height))
        under_way.problems += fixer.problems()
        under_way.fixed += fixer.done
    for source in {one.source.id: one.source for one in exports}.values():
        under_way.check_counts(inbox, source, read)
    bad = pl.concat(found)
    clean = _without(pl.concat(tables), bad)
    twice = rules.duplicates(clean, "branch").select(rules.FOUND_SCHEMA.keys())
    kept = _without(clean, twice).drop("place").sort("branch")
    accepted.write_invitations(under_way.folder, instrument.id, under_way.month, kept)
    bad = pl.concat([bad, twice])
    under_way.count(read, dict(kept.group_by("source").len().iter_rows()), bad)
    return bad


def _without(table: pl.DataFrame, bad: pl.DataFrame) -> pl.DataFrame:
    return table.join(bad.select("source", "row").unique(), on=["source", "row"], how="anti", maintain_order="left")
