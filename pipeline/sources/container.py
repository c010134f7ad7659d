"""Which container a file is, by its first bytes and never by its name."""

import codecs
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.refusal import Refusal
from pipeline.sources.digest import Digest
from pipeline.sources.raw import Grid, Options

_EXPORT = "Export CSV, Excel, SPSS or Parquet."
_UNPACK = "Unpack it."
_IN_EXCEL = "Open it in Excel and save it as .xlsx, or export CSV."  # survey portals name such files .xls
_OTHERS = {
    b"%PDF": ("a PDF", _EXPORT),
    b"\x1f\x8b": ("a gzip archive", _UNPACK),
    b"7z\xbc\xaf": ("a 7-Zip archive", _UNPACK),
    b"Rar!": ("a RAR archive", _UNPACK),
    b"\x89PNG": ("a picture", _EXPORT),
    b"\xff\xd8\xff": ("a picture", _EXPORT),
    b"{\\rtf": ("a text document", _EXPORT),
    b"SQLi": ("an SQLite database", _EXPORT),
}
# In lower case, behind a byte order mark and blanks.
_TEXTS = (
    (rb"<(?:!doctype\s+html|html|head|meta|body)\b|<(?:table|div|style|title)\b.*<t[rdh]\b", "a web page", _IN_EXCEL),
    (rb"mime-version:.*\bmultipart/related\b", "a web archive", _IN_EXCEL),
    (rb"<\?xml\b.*(?:excel\.sheet|office:spreadsheet)", "an XML spreadsheet", _IN_EXCEL),
    (rb"<\?xml\b", "an XML file", _EXPORT),
    (rb"""\[\s*\{\s*"|\{\s*"[^"]*"\s*:""", "a JSON file", _EXPORT),
)
_START = 1024


def open_file(path: Path, shown: str) -> BinaryIO:
    """A plain file, opened once. Raises Refusal for a symbolic link, a folder, a pipe and the
    like, and an unreadable file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if os.path.islink(path):
            raise Refusal(f"{shown}: a symbolic link. Put the file itself there.") from None
        raise Refusal(f"{shown}: cannot be read ({error.strerror}).") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refusal(f"{shown}: not a plain file. Put a file in its place, or move it away.")
    return os.fdopen(handle, "rb")


def open_grid(file: str, handle: BinaryIO, options: Options) -> Grid:
    """Raises Refusal when the bytes are no export, or what a container refuses."""
    handle.seek(0)
    start = handle.read(_START)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        from pipeline.sources import excel  # the libraries of these take a while to load

        return excel.open_book(file, *_all(handle), options)
    if start.startswith((b"$FL2", b"$FL3")):
        from pipeline.sources import spss

        return spss.open_sav(file, *_all(handle), options)
    if start.startswith(b"PAR1"):
        from pipeline.sources import parquet

        return parquet.open_parquet(file, *_all(handle), options)
    for what, remedy in _another(start):
        raise Refusal(f"{file}: this is {what}, not an export of answers. {remedy}")
    from pipeline.sources import delimited

    return delimited.open_text(file, handle, options)


def _another(start: bytes) -> Iterator[tuple[str, str]]:
    """What the first bytes say that is no export, and what to do with it."""
    yield from (told for mark, told in _OTHERS.items() if start.startswith(mark))
    text = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    yield from ((what, remedy) for form, what, remedy in _TEXTS if re.match(form, text, re.DOTALL))


def _all(handle: BinaryIO) -> tuple[bytes, Digest]:
    """All bytes and their SHA-256."""
    handle.seek(0)
    data = handle.read()
    return data, Digest.of_bytes(data)
