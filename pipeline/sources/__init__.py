"""Readers: one module per kind of export, all returning a RawTable.

`read` opens a file of the inbox once, hashes the very bytes it reads, and never follows a
symbolic link.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from pipeline.refusal import Refusal
from pipeline.sources import delimited, excel
from pipeline.sources.raw import RAGGED, ROW, RawTable

READERS: dict[str, Callable[[str, bytes, str, str | None], RawTable]] = {
    "csv": delimited.read,
    "xlsx": excel.read,
}


def read_bytes(path: Path, shown: str) -> bytes:
    """All bytes of a plain file. Raises Refusal for a symbolic link or an unreadable file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        if path.is_symlink():
            raise Refusal(f"{shown}: a symbolic link. Put the file itself there.") from None
        raise Refusal(f"{shown}: cannot be read ({error.strerror}).") from None
    with os.fdopen(handle, "rb") as file:
        return file.read()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


__all__ = ["RAGGED", "READERS", "ROW", "RawTable", "read_bytes", "sha256"]
