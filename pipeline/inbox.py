"""The inbox of a month: which file belongs to which source, and what each of them is."""

import fnmatch
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipeline import control, file_names, in_force, mapped, sources, toml, unlike
from pipeline import instrument as instruments
from pipeline.instrument import Instrument
from pipeline.litter import ignored
from pipeline.mapping import Mapping
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.refusal import Refusal
from pipeline.settings import Source
from pipeline.sources import RawTable
from pipeline.waivers import Waivers

_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".tar")


@dataclass(frozen=True)
class FileCount:
    """One file of the inbox. read = accepted + quarantined; superseded ones are among the
    quarantined. same_as: another file with the same bytes, which was read instead."""

    file: str
    sha256: str
    source: str
    role: str
    instrument: str
    tool: str
    encoding: str
    read: int
    accepted: int = 0
    quarantined: int = 0
    superseded: int = 0
    same_as: str = ""


@dataclass(frozen=True)
class Export:
    """One file, opened, with the mapping as it fits it."""

    raw: RawTable
    mapping: Mapping
    name: str
    source: Source

    def count(self, read: int) -> FileCount:
        source = self.source
        return FileCount(
            self.name,
            self.raw.sha256,
            source.id,
            source.role,
            source.instrument,
            self.raw.tool,
            self.raw.encoding,
            read,
        )


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts file_2 before file_10, and file before file_2 and file (1)."""
    stem, dot, suffix = name.rpartition(".")
    parts = [*re.split(r"(\d+)", stem if dot else name), suffix]
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)


class Inbox:
    """The files of one month by source, in natural order of name."""

    def __init__(self, site: Site, month: Month, problems: list[str], sure: bool = True) -> None:
        """problems: gets a sentence for every file that does not belong to one source. sure: as in sources.Options."""
        self.site, self.month, self.sure = site, month, sure
        folder = site.inbox / str(month)
        if not folder.is_dir():
            raise Refusal(f"{site.shown(folder)}: there is no such folder. Put the exports of the month there.")
        self.files: dict[str, list[Path]] = {}
        self.controls: dict[str, list[Path]] = {}
        self._names = []
        for path in sorted(folder.iterdir(), key=lambda one: natural(one.name)):
            if ignored(path.name):
                continue
            self._names.append(file_names.told(path))
            lists = [one.id for one in site.programme.source if one.control and _fits(path, one.control)]
            for one in lists:
                self.controls.setdefault(one, []).append(path)
            owners = [one.id for one in site.programme.source if _fits(path, one.files)]
            if len(owners) + bool(lists) != 1:
                unpack = "Unpack it. " if path.suffix.lower() in _ARCHIVES else ""
                which = (
                    f"fits the sources {' and '.join(dict.fromkeys([*owners, *lists]))}" if owners else "fits no source"
                )
                problems.append(
                    f"{site.shown(path)}: the file {which} of {site.file.name}. "
                    f"{unpack}Correct `files` there, rename the file, or move it out of the inbox."
                )
            elif owners:
                self.files.setdefault(owners[0], []).append(path)

    def expected(self, source: Source, waivers: Waivers) -> str | None:
        """A sentence where a source that is expected every month has no file."""
        if not source.expected or self.files.get(source.id) or waivers.find("missing_file", source.id):
            return None
        return (
            f"{self.site.shown(self.site.inbox / str(self.month))}: no file of the source {source.id} (expected "
            f'{source.files}). Put the export there, or declare a waiver with allow = "missing_file".'
        )

    def not_in_force(self, instrument: Instrument) -> list[str]:
        """A sentence for every file of an instrument that is not asked in the month."""
        file = instruments.path(self.site, instrument.id).name
        return [
            f"{self.site.shown(path)}: {source.role} of {instrument.id}, which is in force "
            f"{in_force.told(instrument)}. Move the file out of the inbox, or correct the dates in {file}."
            for source in self.site.programme.source
            if source.instrument == instrument.id
            for path in self.files.get(source.id, [])
        ]

    def open(
        self, source: Source, instrument: Instrument, waivers: Waivers, progress: Callable[[str], None]
    ) -> tuple[list[Export], list[FileCount]]:
        """The files of a source that are to be read, and those with the same bytes as one of them.

        Raises Refusal for everything wrong with the mapping and with whole files.
        """
        paths = self.files.get(source.id, [])
        if not paths:
            return [], []
        plan = mapped.load(self.site, source, instrument)
        if source.role == "responses":
            mapped.check_items_mapped(source.mapping, plan, instrument, self.month)
        problems: list[str] = []
        how = replace(mapped.options(self.site, source, plan), sure=self.sure)
        found: dict[Path, RawTable] = {}
        for path in paths:
            shown = self.site.shown(path)
            progress(shown)
            try:
                found[path] = sources.read(path, shown, how)
            except Refusal as refusal:
                problems += refusal.problems
        # Of files with the same bytes the first is read; of re-sent ones the last: it has the last word.
        order = list(found) if source.resend else list(reversed(found))
        sizes = Counter(raw.grid.digest.size for raw in found.values())
        bytes_of = {path: raw.sha256 if sizes[raw.grid.digest.size] > 1 else path for path, raw in found.items()}
        kept = {bytes_of[path]: path for path in order}
        exports, same = [], []
        for path, raw in found.items():
            other = kept[bytes_of[path]]
            try:
                unlike.check(raw, plan.heads(), source.mapping, path, how, partial(self._others, source))
                fitted = mapped.fitted(raw, plan, source.mapping, source.id, waivers)
                export = Export(raw, fitted, file_names.told(path), source)
            except Refusal as refusal:
                problems += refusal.problems
                continue
            if other == path:
                exports.append(export)
            else:
                same.append(FileCount(**{**vars(export.count(0)), "same_as": file_names.told(other), "encoding": ""}))
        if problems:
            raise Refusal(problems)
        return exports, same

    def _others(self, source: Source) -> list[unlike.Another]:
        """The other mappings of the programme, as far as they can be read."""
        found = []
        for one in self.site.programme.source:
            if one.mapping == source.mapping:
                continue
            with suppress(Refusal):
                heads = toml.read(self.site.folder / one.mapping, Mapping).heads()
                found.append(unlike.Another(one.id, one.mapping, one.files, heads))
        return found

    def check_counts(self, source: Source, counts: Sequence[FileCount], waivers: Waivers) -> list[str]:
        """A sentence for everything in which the files differ from what their source declares."""
        problems = []
        lists = self.controls.get(source.id, [])
        if source.control and (lists or counts):
            files = [(one.file, one.sha256, None if one.same_as else one.read) for one in counts]
            shown = [self.site.shown(path) for path in lists]
            if lists:
                problems += control.check(lists, shown, files, self._names)
            else:
                problems.append(
                    f"{self.site.shown(self.site.inbox / str(self.month))}: no control file of the source {source.id} "
                    f"(expected {source.control}). Ask the sender for it."
                )
        declared = source.rows.get(str(self.month))
        if declared is not None:
            sentence = control.check_rows(declared, sum(one.read for one in counts), source.id, self.month)
            problems += [sentence] if sentence else []
        return [] if problems and waivers.find("control", source.id) else problems


def _fits(path: Path, pattern: str) -> bool:
    return fnmatch.fnmatchcase(path.name, pattern)
