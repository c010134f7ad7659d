"""From bytes to text: byte order marks first, then strict UTF-8, then what the mapping declares,
else GB18030 where the result reads like Chinese.

A file is read twice, block by block: once here, to be sure of its encoding to the last byte, and
once for its cells; beside that it is hashed. Who can begin again may be less sure of a long text: its
start alone is looked at here, all is checked and hashed while its cells are read. That it is
the same each time is told by its size and the time of its last change; by its hash where it was changed
so lately that this time may not tell. Nothing is replaced, nothing is guessed silently.
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
_START = 4 << 20  # bytes of a text longer than a block by which it may be told
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A wrong guess shows as control or private-use characters.
_ODD = r"[\x00-\x08\x0e-\x1f\x7f-\x{9f}\x{e000}-\x{f8ff}]"
_NEVER_ODD = bytes((*range(0x09, 0x0E), *range(0x20, 0x7F)))
_ADVICE = 'name its encoding as `encoding` in the mapping, such as "windows-1252".'
_NUL = "\0"
_SETTLED = 2_000_000_000  # ns: no file system counts the times of changes in longer steps
Stamp = tuple[int, int] | None


class Misread(Exception):
    """A text is not of the encoding, further on, that it was taken for by its start."""


@dataclass(frozen=True)
class Text:
    """A text file that is wholly of one encoding. skip: bytes of its byte order mark. odd: the characters
    that would show a wrong guess. stamp: its size and the time of its last change, None unless every later
    change surely shows in them. sure: else only its start was looked at."""

    file: str
    digest: Digest
    encoding: str
    skip: int
    odd: str
    stamp: Stamp = None
    sure: bool = True

    def blocks(self, handle: BinaryIO) -> Iterator[Block]:
        """The text as UTF-8, block by block. Each is to be used before the next is asked for: they may
        share their memory. Raises Misread where a text of which it was not sure is of another encoding."""
        handle.seek(0)
        digest = hashlib.sha256(handle.read(self.skip))
        hashed = self.stamp is None or not self.sure
        for data, block in self._as_it_is(handle) if self.encoding == "utf-8" else self._recoded(handle):
            if hashed:
                digest.update(data)
            yield block
        if not self.sure:
            self.digest.told(digest.hexdigest())
        first = self.digest.hex()  # before the stamp, which answers for it too
        same = digest.hexdigest() == first if self.stamp is None else _stamp(handle) == self.stamp
        if not same:
            raise self.changed()

    def _as_it_is(self, handle: BinaryIO) -> Iterator[tuple[Block, Block]]:
        check, room = utf8.Check(), bytearray(BLOCK)
        while count := handle.readinto(room):  # type: ignore[attr-defined]
            block = room if count == BLOCK else room[:count]
            if not (self.sure or check.fits(block)):
                raise Misread
            yield block, block
        if not check.whole():
            raise Misread

    def _recoded(self, handle: BinaryIO) -> Iterator[tuple[Block, Block]]:
        """Each block as it is in the file and in UTF-8."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        try:
            while data := handle.read(BLOCK):
                parts = (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
                texts = [decoder.decode(one).encode() for one in parts]
                if not self.sure and any(_has_odd(one, self.odd) for one in texts):
                    raise Misread
                yield data, b"".join(texts)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise (self.changed() if self.sure else Misread()) from None

    def changed(self) -> Refusal:
        return Refusal(f"{self.file}: the file changed while it was read. Wait until it is whole, then run again.")


def recognise(file: str, handle: BinaryIO, declared: str | None = None, sure: bool = True) -> Text:
    """sure: look at every byte; else a long text may be taken for what its start is.

    Raises Refusal when the bytes fit no encoding, fit one only as control or private-use
    characters (the mark of a wrong guess), are UTF-8 but for a few damaged ones, or are no
    Chinese when read as GB18030 and nothing is declared."""
    stamp = _stamp(handle)
    if not sure and stamp is not None and stamp[0] > BLOCK:
        found = _encoding(file, handle, declared, _START)
        return Text(file, Digest.of_file(handle, later=True), *found, stamp, sure=False)
    digest = Digest.of_file(handle)
    return Text(file, digest, *_encoding(file, handle, declared), stamp)


def _stamp(handle: BinaryIO) -> Stamp:
    """The time of the last change can be set by nobody; another change soon after it may leave it as it is."""
    try:
        found = os.fstat(handle.fileno())
    except io.UnsupportedOperation:  # bytes in memory
        return None
    settled = time.time_ns() - found.st_ctime_ns > _SETTLED
    return (found.st_size, found.st_ctime_ns) if settled else None


def _encoding(file: str, handle: BinaryIO, declared: str | None, upto: int | None = None) -> tuple[str, int, str]:
    """The encoding that every byte fits (of the first `upto`), the length of the byte order mark, and what
    would be odd."""
    handle.seek(0)
    start = handle.read(4)
    if _surely_utf_8(handle, upto):
        return "utf-8", len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0, _NUL
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return _strict(file, handle, encoding, upto, len(mark), _NUL)
    wide = _without_mark(start)
    if wide is not None:
        return _strict(file, handle, wide, upto, 0, _NUL)
    wrong = _misfit(file, handle, "utf-8", upto, 0, _NUL)
    if wrong is None:
        return "utf-8", 0, _NUL
    if chinese.nearly_utf_8(handle, wrong):
        raise _damaged(file, handle, "utf-8", "UTF-8", 0, wrong)
    if declared is not None:
        return _strict(file, handle, declared, upto)
    found = _strict(file, handle, "gb18030", upto)
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


def _strict(
    file: str, handle: BinaryIO, encoding: str, upto: int | None, skip: int = 0, odd: str = _ODD
) -> tuple[str, int, str]:
    """The encoding, skip and odd, where every byte fits."""
    wrong = _misfit(file, handle, encoding, upto, skip, odd)
    if wrong is not None:
        name = {"gb18030": "UTF-8 or GB18030"}.get(encoding, encoding.upper())
        raise _damaged(file, handle, encoding, name, skip, wrong)
    return encoding, skip, odd


def _surely_utf_8(handle: BinaryIO, upto: int | None) -> bool:
    """Whether all is UTF-8 without a NUL; where not, _misfit has to find out why."""
    handle.seek(0)
    check = utf8.Check()
    while data := _read(handle, _PIECE, upto):
        if not check.fits(data):
            return False
    return handle.tell() == upto or check.whole()


def _misfit(file: str, handle: BinaryIO, encoding: str, upto: int | None, skip: int, odd: str) -> int | None:
    """The place of the first byte that does not fit. Raises Refusal where a character is odd."""
    handle.seek(skip)
    decoder = codecs.getincrementaldecoder(encoding)()
    place = skip
    while place != upto:
        data = _read(handle, BLOCK, upto)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            return place - pending + error.start
        if _has_odd(text.encode(), odd):
            found = _NUL if odd == _NUL else pl.Series([text], dtype=pl.String).str.extract(f"({odd})", 1)[0]
            before = place - pending + len(text[: text.index(found)].encode(encoding))
            raise _odd(file, _line(handle, encoding, skip, before), found, encoding)
        if not data:
            break
        place += len(data)
    return None


def _read(handle: BinaryIO, size: int, upto: int | None) -> bytes:
    return handle.read(size if upto is None else min(size, upto - handle.tell()))


def _has_odd(text: bytes, odd: str) -> bool:
    """text: UTF-8. Most of it is ASCII, which the search would go through one by one."""
    if odd == _NUL:
        return _NUL.encode() in text
    rest = text.translate(None, _NEVER_ODD)
    return bool(pl.Series([rest], dtype=pl.Binary).cast(pl.String).str.contains(odd)[0])


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
