"""Control counts: what a source says it sent, held against what came."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.file_names import hidden, told
from pipeline.month import Month
from pipeline.refusal import Refusal
from pipeline.sources import read_text

_SUM = re.compile(r"(?P<escaped>\\?)(?P<sha256>[0-9A-Fa-f]{64}) [ *](?P<file>.+)")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_WHOLE = re.compile(r"[0-9]{1,15}")
_HEADS = ("file", "rows", "sha256")
_ESCAPES = {r"\\": "\\", r"\n": "\n", r"\r": "\r"}  # of file names, as sha256sum writes them


@dataclass(frozen=True)
class Listed:
    """One line of a control file. place: 'file, row N'. rows, sha256: None where not said."""

    place: str
    file: str
    rows: int | None
    sha256: str | None


def check(
    paths: Sequence[Path],
    shown: Sequence[str],
    files: Iterable[tuple[str, str, int | None]],
    others: Collection[str] = (),
) -> list[str]:
    """A sentence for everything in which control files and the files that came differ.

    paths, shown: the control files, and their names for sentences. files: (name, sha256,
    responses; None where they were not counted) of every file of the source. others: names of
    further files there, which the list may hold. Never raises Refusal.
    """
    listed: list[Listed] = []
    problems: list[str] = []
    for path, name in zip(paths, shown, strict=True):
        try:
            listed += [_told(one, path.parent) for one in _read(path, name)]
        except Refusal as refusal:
            problems += refusal.problems
    if problems:
        return problems
    said: dict[str, Listed] = {}
    for one in listed:
        first = said.setdefault(_name(one.file), one)
        if first is not one:
            problems.append(f"{one.place}: {one.file!r} is listed already in {first.place}. Keep one of the two.")
    where = " or ".join(shown) or "any control file"
    came = set()
    for file, sha256, rows in files:
        came.add(_name(file))
        found = said.get(_name(file))
        if found is None:
            problems.append(f"{file}: not listed in {where}. Ask the sender whether it belongs to this month.")
        else:
            problems += _differences(found, sha256, rows)
    there = came | set(map(_name, others))
    problems += [
        f"{one.place}: {one.file!r} is listed but not there. Ask the sender for it and put it in the inbox."
        for name, one in said.items()
        if name not in there
    ]
    return problems


def check_rows(expected: int, found: int, source: str, period: Month | str) -> str | None:
    """A sentence when a source has not the responses the programme declares for a month."""
    if expected == found:
        return None
    return (
        f"source {source}, {period}: {found:,} responses, where `rows` of the programme says {expected:,}. "
        "Ask the sender which is right; export again or correct `rows`."
    )


def _told(one: Listed, folder: Path) -> Listed:
    """With the file called as everywhere else."""
    return one if hidden(one.file) == one.file else replace(one, file=told(folder / one.file))


def _differences(one: Listed, sha256: str, rows: int | None) -> Iterable[str]:
    if one.sha256 is not None and one.sha256.lower() != sha256.lower():
        yield (
            f"{one.place}: {one.file!r} has another SHA-256, {sha256[:12]}… where {one.sha256[:12].lower()}… is "
            "listed. The file was changed or damaged on the way; ask for it again."
        )
    if one.rows is not None and rows is not None and one.rows != rows:
        yield (
            f"{one.place}: {one.file!r} holds {rows:,} responses where {one.rows:,} are listed. "
            "The file may be cut off; ask for it again."
        )


def _name(file: str) -> str:
    """A name as it is compared: an accent may be of one character or two."""
    return unicodedata.normalize("NFC", file).removeprefix("./")


def _read(path: Path, shown: str) -> list[Listed]:
    """What a control file lists. Raises Refusal for every line that cannot be read."""
    text = read_text(path, shown)
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise Refusal(f"{shown}: the control file is empty. Ask the sender for it again.")
    problems: list[str] = []
    found = _sums(lines, shown, problems) if _SUM.fullmatch(first) else _table(text, shown, problems)
    if not found and not problems:
        problems = [f"{shown}: the control file lists no file. Ask the sender for it again."]
    if problems:
        raise Refusal(problems)
    return found


def _sums(lines: Sequence[str], shown: str, problems: list[str]) -> list[Listed]:
    """Lines as sha256sum writes them."""
    found = []
    for number, line in enumerate(lines, start=1):
        match = _SUM.fullmatch(line)
        if match is not None:
            file = match["file"]
            if match["escaped"]:
                file = re.sub(r"\\[\\nr]", lambda one: _ESCAPES[one[0]], file)
            found.append(Listed(f"{shown}, row {number}", file, None, match["sha256"]))
        elif line.strip():
            problems.append(
                f"{shown}, row {number}: not a SHA-256 of 64 digits, two spaces and a file name, as the first line "
                "is. Make the list again with sha256sum."
            )
    return found


def _table(text: str, shown: str, problems: list[str]) -> list[Listed]:
    """Rows of a table with the heads file, rows and sha256."""
    delimiter = max(",;\t", key=text.lstrip().splitlines()[0].count)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        problems.append(f"{shown}: a quoted cell is not closed or wrongly quoted ({error}). Ask for the list again.")
        return []
    numbered = [(number, record) for number, record in enumerate(records, start=1) if any(map(str.strip, record))]
    (top, record), *numbered = numbered
    heads = [head.strip().lower() for head in record]
    if "file" not in heads or len(heads) < 2 or len(set(heads)) < len(heads) or not set(heads) <= set(_HEADS):
        problems.append(
            f"{shown}, row {top}: expected the column heads file, rows, sha256, each once (rows or sha256 may lack), "
            f"found {', '.join(heads)!r}. Correct the heads, or make the list with sha256sum."
        )
        return []
    found = []
    for number, record in numbered:
        place = f"{shown}, row {number}"
        if len(record) != len(heads):
            problems.append(f"{place}: {len(record)} cells for {len(heads)} heads. Correct the row.")
            continue
        cells = dict(zip(heads, map(str.strip, record), strict=True))
        rows, sha256 = cells.get("rows", ""), cells.get("sha256", "")
        if not cells["file"]:
            problems.append(f"{place}: no file name. Fill in `file`.")
        if rows and not _WHOLE.fullmatch(rows):
            problems.append(f"{place}, rows: expected a whole number, found {rows!r}. Correct it or leave it empty.")
        elif sha256 and not _SHA256.fullmatch(sha256):
            problems.append(f"{place}, sha256: expected 64 hex digits, found {sha256!r}. Correct it or leave it empty.")
        else:
            found.append(Listed(place, cells["file"], int(rows) if rows else None, sha256 or None))
    return found
