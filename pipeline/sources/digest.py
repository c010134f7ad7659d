"""The SHA-256 of a file, made in a thread of its own while the file is looked at and read."""

import hashlib
import io
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

_PIECE = 1 << 20  # bytes hashed at a time


class Digest:
    """Usable at once; only `hex` waits until all bytes were read. size: bytes."""

    def __init__(self, hashed: "Future[str]", size: int) -> None:
        self._hashed, self.size = hashed, size

    @classmethod
    def of_bytes(cls, data: bytes) -> "Digest":
        hashed: Future[str] = Future()
        hashed.set_result(hashlib.sha256(data).hexdigest())
        return cls(hashed, len(data))

    @classmethod
    def of_file(cls, handle: BinaryIO) -> "Digest":
        """All bytes of an open file; where the handle stands is left as it is, and it may be closed meanwhile."""
        try:
            file = os.dup(handle.fileno())
        except io.UnsupportedOperation:  # bytes in memory
            place = handle.seek(0, os.SEEK_CUR)
            handle.seek(0)
            made = cls.of_bytes(handle.read())
            handle.seek(place)
            return made
        size, thread = os.fstat(file).st_size, ThreadPoolExecutor(1)
        made = cls(thread.submit(_hashed, file), size)  # which closes it
        thread.shutdown(wait=False)
        return made

    def hex(self) -> str:
        return self._hashed.result()


def _hashed(file: int) -> str:
    digest, place = hashlib.sha256(), 0
    try:
        while data := os.pread(file, _PIECE, place):
            digest.update(data)
            place += len(data)
    finally:
        os.close(file)
    return digest.hexdigest()
