"""The inbox of a month: which file belongs to which source, and every file read and parsed."""

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import mapping, parse
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.programme import Site, Source
from pipeline.provenance import IGNORED
from pipeline.refusal import Refusal
from pipeline.sources import READERS, read_bytes, sha256


@dataclass(frozen=True)
class FileCount:
    """One file of the inbox. read = accepted + quarantined; superseded ones are among the
    quarantined. same_as: another file with the same bytes, which was read instead."""

    file: str
    sha256: str
    source: str
    role: str
    instrument: str
    encoding: str
    read: int
    accepted: int = 0
    quarantined: int = 0
    superseded: int = 0
    same_as: str = ""


@dataclass(frozen=True)
class ReadFile:
    """One file and all its rows, parsed. heads: field or item -> column head."""

    count: FileCount
    resend: bool
    parsed: parse.Parsed
    heads: dict[str, str]


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts file_2 before file_10, and file before file_2 and file (1)."""
    stem, dot, suffix = name.rpartition(".")
    parts = [*re.split(r"(\d+)", stem if dot else name), suffix]
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)


def assign(site: Site, folder: Path, problems: list[str]) -> dict[str, list[Path]]:
    """source id -> its files in natural order of name; every file must belong to one source."""
    if not folder.is_dir():
        raise Refusal(f"{site.shown(folder)}: there is no such folder. Put the exports of the month there.")
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir(), key=lambda one: natural(one.name)):
        if path.name.startswith(IGNORED):
            continue
        owners = [one.id for one in site.programme.source if fnmatch.fnmatchcase(path.name, one.files)]
        if len(owners) != 1:
            which = f"fits the sources {' and '.join(owners)}" if owners else "fits no source"
            problems.append(
                f"{site.shown(path)}: the file {which} of {site.file.name}. "
                "Correct `files` there, rename the file, or move it out of the inbox."
            )
            continue
        found.setdefault(owners[0], []).append(path)
    return found


def read_source(
    site: Site, source: Source, instrument: Instrument, month: Month, paths: Sequence[Path],
    progress: Callable[[str], None],
) -> tuple[list[ReadFile], list[FileCount]]:  # fmt: skip
    problems: list[str] = []
    read: list[ReadFile] = []
    same: list[FileCount] = []
    if not paths:
        return read, same
    plan = mapping.load(site, source, instrument)
    if source.role == "responses":
        mapping.check_items_mapped(source.mapping, plan, instrument, month)
    files: dict[Path, tuple[bytes, str]] = {}
    for path in paths:
        try:
            data = read_bytes(path, site.shown(path))
            files[path] = data, sha256(data)
        except Refusal as refusal:
            problems += refusal.problems
    # Of files with the same bytes the first is read; of re-sent ones the last: it has the last word.
    order = list(files) if source.resend else list(reversed(files))
    kept = {files[path][1]: path for path in order}
    for path, (data, digest) in files.items():
        shown = site.shown(path)
        progress(shown)
        if kept[digest] != path:
            other = kept[digest].name
            same.append(FileCount(path.name, digest, source.id, source.role, instrument.id, "", 0, same_as=other))
            continue
        try:
            raw = READERS[source.reader](shown, data, digest, plan.sheet)
            parse.check_heads(raw, plan, source.mapping)
        except Refusal as refusal:
            problems += refusal.problems
            continue
        parsed = (
            parse.responses(raw, plan, instrument, site.programme.divisions)
            if source.role == "responses"
            else parse.invitations(raw, plan)
        )
        count = FileCount(path.name, digest, source.id, source.role, instrument.id, raw.encoding, raw.frame.height)
        read.append(ReadFile(count, source.resend, parsed, plan.columns.given() | plan.items))
    if problems:
        raise Refusal(problems)
    return read, same
