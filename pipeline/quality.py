"""What a month's folder tells of the quality of its data: rows by source and reason, soft flags by branch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted
from pipeline.instrument import Instrument
from pipeline.intake import SOFT_FLAGS
from pipeline.month import Month
from pipeline.spreadsheet import read_csv

FLAGGED = pl.Schema({
    "instrument": pl.String, "branch": pl.String, "accepted": pl.UInt32,
    **dict.fromkeys(SOFT_FLAGS, pl.UInt32), "flagged": pl.UInt32,
})  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A kind of export in a month: its files, their rows, and reason -> rows (a row once for each of its reasons),
    the most frequent reason first. quarantined rows are those not accepted, superseded ones among them."""

    id: str
    role: str
    files: int
    read: int
    accepted: int
    quarantined: int
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Quality:
    """sources, in the order of the inbox. flags: in the form of FLAGGED."""

    sources: tuple[Source, ...]
    flags: pl.DataFrame


def read(folder: Path, facts: Mapping[str, Any], instruments: Sequence[Instrument], month: Month) -> Quality:
    """Of a scored month's folder; facts: what run.json says."""
    of = {one["file"]: one["source"] for one in facts["files"]}
    rows = read_csv(folder / "quarantine.csv").select("file", "row", "reason").unique().rows()
    reasons = Counter((of.get(file, ""), reason) for file, _, reason in rows)
    sources = []
    for source in dict.fromkeys(of.values()):
        files = [one for one in facts["files"] if one["source"] == source]
        mine = sorted(((-count, reason) for (whose, reason), count in reasons.items() if whose == source))
        read, accepted_rows, quarantined = (
            sum(one[name] for one in files) for name in ("read", "accepted", "quarantined")
        )
        sources.append(
            Source(
                source,
                files[0]["role"],
                len(files),
                read,
                accepted_rows,
                quarantined,
                {reason: -count for count, reason in mine},
            )
        )
    return Quality(tuple(sources), flags(folder, instruments, month))


def flags(folder: Path, instruments: Sequence[Instrument], month: Month) -> pl.DataFrame:
    """Accepted responses of each branch and instrument, and how many have each soft flag, and any."""
    marks = pl.col("flags").fill_null("")
    counted = [
        pl.scan_parquet(accepted.path(folder, "responses", one.id, month))
        .group_by("branch")
        .agg(
            pl.len().alias("accepted"),
            *(marks.str.contains(name, literal=True).sum().alias(name) for name in SOFT_FLAGS),
            (marks != "").sum().alias("flagged"),
        )
        .sort("branch")
        .select(pl.lit(one.id).alias("instrument"), pl.all())
        .collect(engine="in-memory")
        for one in instruments
    ]
    return pl.concat([pl.DataFrame(schema=FLAGGED), *(one.cast(FLAGGED) for one in counted)])
