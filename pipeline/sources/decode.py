"""From bytes to text: byte order marks first, then strict UTF-8, then what the mapping declares,
else GB18030 where the result reads like Chinese.

A file is read twice, block by block: once here, to be sure of its encoding to the last byte, and
once for its cells; beside that it is hashed. Who can begin again may be less sure of a long text that
begins as UTF-8: it is checked and hashed while its cells are read. That it is the same each time is
told by its size and the time of its last change; by its hash where it was changed so lately that
this time may not tell. Nothing is replaced, nothing is guessed silently.
"""

import codecs
import hashlib
import io
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources import chinese, utf8
from pipeline.sources.digest import Digest

Block = bytes | bytearray
BLOCK = 24 << 20  # bytes read at a time
_PIECE = 1 << 20  # bytes looked at together: they stay in the processor's cache
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A wrong guess shows as control or private-use characters.
_ODD = r"[\x00-\x08\x0e-\x1f\x7f-\x{9f}\x{e000}-\x{f8ff}]"
_ADVICE = 'name its encoding as `encoding` in the mapping, such as "windows-1252".'
_NUL = "\0"
_SETTLED = 2_000_000_000  # ns: no file system counts the times of changes in longer steps
Stamp = tuple[int, int] | None


class Misread(Exception):
    """A text that was taken for UTF-8 by its first block is not, further on."""


@dataclass(frozen=True)
class Text:
    """A text file that is wholly of one encoding. skip: bytes of its byte order mark. stamp: its size
    and the time of its last change, None unless every later change surely shows in them. sure: else
    only its first block was looked at."""

    file: str
    digest: Digest
    encoding: str
    skip: int
    stamp: Stamp = None
    sure: bool = True

    def blocks(self, handle: BinaryIO) -> Iterator[Block]:
        """The text as UTF-8, block by block. Each is to be used before the next is asked for: they may
        share their memory. Raises Misread where a text of which it was not sure is not UTF-8."""
        handle.seek(0)
        digest, check = hashlib.sha256(handle.read(self.skip)), utf8.Check()
        hashed = self.stamp is None or not self.sure
        if self.encoding == "utf-8":
            room = bytearray(BLOCK)
            while count := handle.readinto(room):  # type: ignore[attr-defined]
                block = room if count == BLOCK else room[:count]
                if not (self.sure or check.fits(block)):
                    raise Misread
                if hashed:
                    digest.update(block)
                yield block
            if not check.whole():
                raise Misread
        else:
            decoder = codecs.getincrementaldecoder(self.encoding)()
            while data := handle.read(BLOCK):
                if hashed:
                    digest.update(data)
                try:
                    yield decoder.decode(data).encode()
                except UnicodeDecodeError:
                    raise self.changed() from None
        if not self.sure:
            self.digest.told(digest.hexdigest())
        first = self.digest.hex()  # before the stamp, which answers for it too
        same = digest.hexdigest() == first if self.stamp is None else _stamp(handle) == self.stamp
        if not same:
            raise self.changed()

    def changed(self) -> Refusal:
        return Refusal(f"{self.file}: the file changed while it was read. Wait until it is whole, then run again.")


def recognise(file: str, handle: BinaryIO, declared: str | None = None, sure: bool = True) -> Text:
    """sure: look at every byte; else a long text may be taken for UTF-8 by its first block alone.

    Raises Refusal when the bytes fit no encoding, fit one only as control or private-use
    characters (the mark of a wrong guess), are UTF-8 but for a few damaged ones, or are no
    Chinese when read as GB18030 and nothing is declared."""
    stamp = _stamp(handle)
    if not sure and stamp is not None and stamp[0] > BLOCK:
        handle.seek(0)
        if utf8.Check().fits(start := handle.read(BLOCK)):
            skip = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
            return Text(file, Digest.of_file(handle, later=True), "utf-8", skip, stamp, sure=False)
    digest = Digest.of_file(handle)
    encoding, skip = _encoding(file, handle, declared)
    return Text(file, digest, encoding, skip, stamp)


def _stamp(handle: BinaryIO) -> Stamp:
    """The time of the last change can be set by nobody; another change soon after it may leave it as it is."""
    try:
        found = os.fstat(handle.fileno())
    except io.UnsupportedOperation:  # bytes in memory
        return None
    settled = time.time_ns() - found.st_ctime_ns > _SETTLED
    return (found.st_size, found.st_ctime_ns) if settled else None


def _encoding(file: str, handle: BinaryIO, declared: str | None) -> tuple[str, int]:
    """The encoding that every byte fits, and the length of the byte order mark."""
    handle.seek(0)
    start = handle.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return _strict(file, handle, encoding, len(mark), _NUL)
    wide = _without_mark(start)
    if wide is not None:
        return _strict(file, handle, wide, 0, _NUL)
    if _surely_utf_8(handle):
        return "utf-8", 0
    wrong = _misfit(file, handle, "utf-8", 0, _NUL)
    if wrong is None:
        return "utf-8", 0
    if chinese.nearly_utf_8(handle, wrong):
        raise _damaged(file, handle, "utf-8", "UTF-8", 0, wrong)
    if declared is not None:
        return _strict(file, handle, declared)
    found = _strict(file, handle, "gb18030")
    if not chinese.reads_like_it(handle, wrong):
        raise Refusal(f"{file}: not UTF-8, and read as GB18030 it is no Chinese. Save it as UTF-8, or {_ADVICE}")
    return found


def known(encoding: str) -> bool:
    """Whether text can be read in an encoding of this name."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode("a,b".encode(encoding), final=True) == "a,b"
    except (LookupError, UnicodeError, ValueError, AttributeError, TypeError):
        return False


def _without_mark(start: bytes) -> str | None:
    """UTF-16 without its mark, where the text begins with ASCII: every other byte is 0."""
    if len(start) == 4 and start[1::2] == b"\0\0" and b"\0" not in start[::2]:
        return "utf-16-le"
    if len(start) == 4 and start[::2] == b"\0\0" and b"\0" not in start[1::2]:
        return "utf-16-be"
    return None


def _strict(file: str, handle: BinaryIO, encoding: str, skip: int = 0, odd: str = _ODD) -> tuple[str, int]:
    """The encoding and skip, where every byte fits."""
    wrong = _misfit(file, handle, encoding, skip, odd)
    if wrong is not None:
        name = {"gb18030": "UTF-8 or GB18030"}.get(encoding, encoding.upper())
        raise _damaged(file, handle, encoding, name, skip, wrong)
    return encoding, skip


def _surely_utf_8(handle: BinaryIO) -> bool:
    """Whether all is UTF-8 without a NUL; where not, _misfit has to find out why."""
    handle.seek(0)
    check = utf8.Check()
    while data := handle.read(_PIECE):
        if not check.fits(data):
            return False
    return check.whole()


def _misfit(file: str, handle: BinaryIO, encoding: str, skip: int, odd: str) -> int | None:
    """The place of the first byte that does not fit. Raises Refusal where a character is odd."""
    handle.seek(skip)
    decoder = codecs.getincrementaldecoder(encoding)()
    place = skip
    while True:
        data = handle.read(BLOCK)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            return place - pending + error.start
        if odd == _NUL:
            found = _NUL if _NUL in text else None
        else:
            found = pl.Series([text], dtype=pl.String).str.extract(f"({odd})", 1)[0]
        if found is not None:
            before = place - pending + len(text[: text.index(found)].encode(encoding))
            raise _odd(file, _line(handle, encoding, skip, before), found, encoding)
        if not data:
            return None
        place += len(data)


def _odd(file: str, line: int, character: str, encoding: str) -> Refusal:
    if character == _NUL:
        return Refusal(f"{file}, line {line}: the file holds zero bytes. It is damaged; export it again.")
    return Refusal(
        f"{file}, line {line}: character U+{ord(character):04X} does not belong in text, and the file "
        f"was read as {encoding.upper()}. Save it as UTF-8 and put it in the inbox again."
    )


def _damaged(file: str, handle: BinaryIO, encoding: str, name: str, skip: int, place: int) -> Refusal:
    more = f" If it was never Chinese, {_ADVICE}" if encoding == "gb18030" else ""
    return Refusal(
        f"{file}, line {_line(handle, encoding, skip, place)}: byte {place} is not {name}. "
        f"The file is damaged or of another encoding; export it again as UTF-8.{more}"
    )


def _line(handle: BinaryIO, encoding: str, skip: int, place: int) -> int:
    """The line, from 1, that a byte stands in."""
    handle.seek(skip)
    return handle.read(place - skip).decode(encoding).count("\n") + 1
