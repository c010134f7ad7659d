"""Readers: one module per kind of export, all returning a RawTable.

`read_bytes` opens a file of the inbox once, hashes the very bytes it reads, and never follows a
symbolic link.
"""

import hashlib
import os
import stat
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
    """All bytes of a plain file. Raises Refusal for a symbolic link, a folder, a pipe and the
    like, and an unreadable file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Refusal(f"{shown}: not a plain file. Put a file in its place, or move it away.")
            with open(handle, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(handle)
    except OSError as error:
        if path.is_symlink():
            raise Refusal(f"{shown}: a symbolic link. Put the file itself there.") from None
        raise Refusal(f"{shown}: cannot be read ({error.strerror}).") from None


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


__all__ = ["RAGGED", "READERS", "ROW", "RawTable", "read_bytes", "sha256"]
