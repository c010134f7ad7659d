"""out/reviews.csv: who reviewed, returned and signed off what. Lines are added, never changed or taken out.

Each line ends with the SHA-256 of the line before and of itself, so that a line that was changed, put in or taken
out of the middle is found. A line that a crash cut off is passed over, and said to be there. Whoever can write the
file can still write it anew as a whole: run.json of a month that is signed off names its line by SHA-256.
"""

import csv
import fcntl
import hashlib
import io
import os
import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

from pipeline.refusal import Refusal

NAME = "reviews.csv"
Act = Literal["reviewed", "returned", "signed_off"]
_START = "0" * 64  # before the first line
_WHOLE = re.compile(r",[0-9a-f]{64},[0-9a-f]{64}$")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True)
class Entry:
    """One act. at: ISO 8601 with offset. branch: "" for a month as a whole. subject: SHA-256 of the PDF that was
    reviewed; of a month signed off, of its figures. previous, sha256: the chain."""

    at: str
    act: Act
    period: str
    revision: int
    run_id: str
    branch: str
    by: str
    note: str
    subject: str
    previous: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Ledger:
    """cut_off: the numbers of lines that a crash cut off."""

    entries: tuple[Entry, ...] = ()
    cut_off: tuple[int, ...] = ()

    def of(self, period: str, revision: int) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries if (one.period, one.revision) == (period, revision))

    def signed_off(self, period: str, revision: int) -> Entry | None:
        """The entry that signed a month off, as it was published in this revision."""
        return next((one for one in self.of(period, revision) if one.act == "signed_off"), None)


def read(output: Path) -> Ledger:
    """The ledger of an output folder; empty if there is none. Raises Refusal where the chain is broken."""
    try:
        data = (output / NAME).read_bytes()
    except FileNotFoundError:
        return Ledger()
    except OSError as error:
        raise Refusal(f"{output / NAME}: cannot be read ({error.strerror}).") from None
    return _chain(output / NAME, data)


def append(output: Path, entry: Entry) -> Entry:
    """The entry as it now stands at the end of the ledger, safely on disk. Raises Refusal where the chain is
    broken or nothing can be written."""
    path = output / NAME
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            data = file.read()
            before = _chain(path, data).entries
            chained = replace(_plain(entry), previous=before[-1].sha256 if before else _START)
            signed = replace(chained, sha256=_digest(chained))
            start = b"" if data else (_line([one.name for one in fields(Entry)]) + "\n").encode()
            mend = b"\n" if data and not data.endswith(b"\n") else b""
            file.write(start + mend + (_line(_values(signed)) + "\n").encode())
            os.fsync(file.fileno())
        _sync(output)
    except OSError as error:
        raise Refusal(
            f"{path}: cannot be written ({error.strerror}). Nothing was noted for certain; look again."
        ) from None
    return signed


def _chain(path: Path, data: bytes) -> Ledger:
    entries: list[Entry] = []
    cut_off = []
    last = _START
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n")[1:], 2):
        if not line:
            continue
        if not _WHOLE.search(line):
            cut_off.append(number)
            continue
        entry = _parsed(line)
        if entry is None or _digest(entry) != entry.sha256:
            raise Refusal(f"{path}, line {number}: was changed after it was written. Put the file back from a copy.")
        if entry.previous != last:
            raise Refusal(
                f"{path}, line {number}: does not follow on the line before; lines were taken out, put in or moved. "
                "Put the file back from a copy."
            )
        entries.append(entry)
        last = entry.sha256
    return Ledger(tuple(entries), tuple(cut_off))


def _parsed(line: str) -> Entry | None:
    (values,) = csv.reader([line])
    if len(values) != len(fields(Entry)):
        return None
    named = dict(zip((one.name for one in fields(Entry)), values, strict=True))
    if not named["revision"].isdecimal() or named["act"] not in ("reviewed", "returned", "signed_off"):
        return None
    return Entry(**{**named, "revision": int(named["revision"])})  # type: ignore[arg-type]


def _plain(entry: Entry) -> Entry:
    """One line, and no formula where a spreadsheet opens it."""
    return replace(entry, by=_guarded(entry.by), note=_guarded(entry.note))


def _guarded(text: str) -> str:
    text = _UNPRINTED.sub(" ", text).strip()
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _digest(entry: Entry) -> str:
    return hashlib.sha256(_line(_values(entry)[:-1]).encode()).hexdigest()


def _values(entry: Entry) -> list[str]:
    return [str(getattr(entry, one.name)) for one in fields(Entry)]


def _line(values: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
