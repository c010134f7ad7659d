"""What is not in a figure, and what was done to what is: quarantined rows, soft flags, corrections."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import either, file_names, mapped, provenance, sources
from pipeline.explain.published import Published
from pipeline.hierarchy import Hierarchy
from pipeline.instrument import Instrument
from pipeline.refusal import Refusal
from pipeline.settings import Source
from pipeline.sources import ROW

_BRANCH = "__branch"


@dataclass(frozen=True)
class Quarantined:
    file: str
    row: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Flagged:
    """Accepted responses of the figure with a soft flag: they count."""

    flag: str
    count: int
    rows: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Corrected:
    """A cell that a declared correction replaced. old, new: masked."""

    file: str
    row: int
    field: str
    old: str
    new: str
    reason: str
    provider: str


@dataclass(frozen=True)
class Exclusions:
    """quarantined: rows that name one of the unit's branches. unplaced: quarantined rows of the instrument
    that name no branch there is. unread: exports that are not in the inbox as they were; what is quarantined
    of them cannot be told by branch."""

    quarantined: tuple[Quarantined, ...]
    unplaced: int
    unread: tuple[str, ...]
    flagged: tuple[Flagged, ...]
    corrected: tuple[Corrected, ...]


def exclusions(
    published: Published,
    instrument: Instrument,
    network: Hierarchy,
    branches: Collection[str],
    rows: Sequence[Mapping[str, Any]],
) -> Exclusions:
    """branches: of the unit, in the month. rows: the responses of the figure."""
    quarantined, unplaced, unread = _quarantined(published, instrument, network, branches)
    touched = {(one.file, one.row) for one in quarantined}
    touched |= {(one["source"], one["row"]) for one in rows if one["period"] == str(published.month)}
    corrected = [
        Corrected(**{name: one[name] for name in Corrected.__dataclass_fields__})
        for one in published.facts.get("corrections", [])
        if (one["file"], one["row"]) in touched
    ]
    return Exclusions(quarantined, unplaced, unread, tuple(_flagged(rows)), tuple(corrected))


def _flagged(rows: Sequence[Mapping[str, Any]]) -> Iterator[Flagged]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in rows:
        for flag in (one["flags"] or "").split():
            found[flag].append((one["source"], one["row"]))
    for flag, places in sorted(found.items()):
        yield Flagged(flag, len(places), tuple(sorted(places)))


def _quarantined(
    published: Published, instrument: Instrument, network: Hierarchy, branches: Collection[str]
) -> tuple[tuple[Quarantined, ...], int, tuple[str, ...]]:
    """quarantine.csv does not say which branch a row is about: the exports are looked at again, and only
    their column of branches."""
    table = pl.read_csv(published.folder / "quarantine.csv", infer_schema=False)
    faults: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file, row, reason in table.filter(instrument=instrument.id).select("file", "row", "reason").iter_rows():
        faults[file.removeprefix("'")][int(row)].append(reason)
    known = {one["file"]: one for one in published.facts["files"] if one["role"] == "responses"}
    there = set(network.branches["branch"])
    found, unplaced, unread = [], 0, []
    for file, rows in sorted(faults.items()):
        if file not in known:
            continue  # an export of invitations
        named = _branches(published, instrument, network, known[file], rows)
        if named is None:
            unread.append(file)
            continue
        unplaced += sum(named.get(row) not in there for row in rows)
        found += [
            Quarantined(file, row, tuple(sorted(set(reasons))))
            for row, reasons in sorted(rows.items())
            if named.get(row) in branches
        ]
    return tuple(found), unplaced, tuple(unread)


def _branches(
    published: Published, instrument: Instrument, network: Hierarchy, file: Mapping[str, Any], rows: Collection[int]
) -> dict[int, str] | None:
    """row -> the branch it names, of these rows; None if the export is not in the inbox as it was."""
    site = published.site
    path = file_names.found(site.inbox / str(published.month), file["file"])
    source = next((one for one in site.programme.source if one.id == file["source"]), None)
    if source is None or not path.is_file() or provenance.file_digest(path) != file["sha256"]:
        return None
    try:
        named = _read(published, instrument, network, source, path, rows)
    except Refusal:
        return None
    corrected = [one for one in published.facts.get("corrections", []) if one["field"] == "branch"]
    return named | {one["row"]: one["new"] for one in corrected if one["file"] == file["file"] and one["row"] in rows}


def _read(
    published: Published, instrument: Instrument, network: Hierarchy, source: Source, path: Path, rows: Collection[int]
) -> dict[int, str]:
    site = published.site
    mapping = mapped.load(site, source, instrument)
    if "branch" in mapping.constants:
        return dict.fromkeys(rows, mapping.constants["branch"])
    heads = mapping.columns.either or (mapping.columns.given()["branch"],)
    raw = sources.read(path, site.shown(path), mapped.options(site, source, mapping))
    texts = {**network.aliases, **mapping.texts("branch")}
    named: dict[int, str] = {}
    for batch in raw.batches(heads):
        there = [one for one in heads if one in batch.columns]
        if not there:
            return {}
        cell = either.branch(mapping, there) if mapping.columns.either else pl.col(there[0])
        mine = batch.filter(pl.col(ROW).is_in(list(rows))).select(ROW, cell.str.strip_chars().alias(_BRANCH))
        named |= {row: texts.get(text, text) for row, text in mine.iter_rows()}
    return named
