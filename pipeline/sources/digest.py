"""The SHA-256 of a file, made in a thread of its own while the file is looked at and read, or by who reads it."""

import hashlib
import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

_PIECE = 1 << 20  # bytes hashed at a time


class Digest:
    """Usable at once; only `hex` waits until all bytes were read. size: bytes."""

    def __init__(self, size: int, found: Callable[[], str]) -> None:
        self.size, self._found = size, found

    @classmethod
    def of_bytes(cls, data: bytes) -> "Digest":
        found = hashlib.sha256(data).hexdigest()
        return cls(len(data), lambda: found)

    @classmethod
    def of_file(cls, handle: BinaryIO, later: bool = False) -> "Digest":
        """All bytes of an open file; where the handle stands is left as it is, and it may be closed meanwhile.
        later: it stays open, and is hashed when first asked for; by then who reads it may have told."""
        try:
            file = handle.fileno() if later else os.dup(handle.fileno())
        except io.UnsupportedOperation:  # bytes in memory
            place = handle.seek(0, os.SEEK_CUR)
            handle.seek(0)
            made = cls.of_bytes(handle.read())
            handle.seek(place)
            return made
        size = os.fstat(file).st_size
        if later:
            return cls(size, lambda: _hashed(handle.fileno()))
        thread = ThreadPoolExecutor(1)
        hashed = thread.submit(_closed, file)
        thread.shutdown(wait=False)
        return cls(size, hashed.result)

    def told(self, found: str) -> None:
        """By who has read all bytes."""
        self._found = lambda: found

    def hex(self) -> str:
        self.told(found := self._found())
        return found


def _closed(file: int) -> str:
    try:
        return _hashed(file)
    finally:
        os.close(file)


def _hashed(file: int) -> str:
    digest, place = hashlib.sha256(), 0
    while data := os.pread(file, _PIECE, place):
        digest.update(data)
        place += len(data)
    return digest.hexdigest()
