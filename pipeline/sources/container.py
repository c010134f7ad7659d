"""Which container a file is, by its first bytes and never by its name."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from pipeline.refusal import Refusal
from pipeline.sources.digest import Digest
from pipeline.sources.raw import Grid, Options

_OTHERS = {
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive; unpack it",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a text document",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"<?xm": "an XML file",
    b"SQLi": "an SQLite database",
}
_START = 8


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
    for mark, what in _OTHERS.items():
        if start.lower().startswith(mark.lower()):
            raise Refusal(f"{file}: this is {what}, not an export of answers. Export CSV, Excel, SPSS or Parquet.")
    from pipeline.sources import delimited

    return delimited.open_text(file, handle, options)


def _all(handle: BinaryIO) -> tuple[bytes, Digest]:
    """All bytes and their SHA-256."""
    handle.seek(0)
    data = handle.read()
    return data, Digest.of_bytes(data)
