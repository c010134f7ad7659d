"""What an old workbook (.xls) holds that the reading library does not tell: its sheets' kinds, a
password, and the cells that hold errors."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # numbers from here on are no sectors
_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _FORMULA, _BOOLERR = 0x809, 0x0A, 0x85, 0x2F, 0x06, 0x205


@dataclass(frozen=True)
class Sheet:
    """position: of its first record. visible, cells: whether it is shown, and is no chart."""

    name: str
    position: int
    visible: bool
    cells: bool


class Protected(Exception):
    """The workbook is encrypted."""


def workbook(data: bytes) -> bytes:
    """The records of a workbook out of its container. Raises Protected where it holds an encrypted
    package (a .xlsx with a password), ValueError, IndexError or struct.error where it is damaged."""
    if not data.startswith(_MARK):
        raise ValueError("not a container")
    container = _Container(data)
    if "EncryptedPackage" in container.files:
        raise Protected
    for name in ("Workbook", "Book"):
        if name in container.files:
            return container.read(*container.files[name])
    raise ValueError("it holds no workbook")


def sheets(book: bytes) -> tuple[Sheet, ...]:
    """Raises Protected, ValueError or struct.error."""
    found, wide = [], True
    for kind, body in _records(book, 0):
        if kind == _BOF:
            wide = struct.unpack_from("<H", body)[0] >= 0x600  # since Excel 97 names have two forms
        elif kind == _FILEPASS:
            raise Protected
        elif kind == _BOUNDSHEET:
            position, hidden, what, length = struct.unpack_from("<IBBB", body)
            if not wide:
                name = body[7 : 7 + length].decode("cp1252", "replace")
            elif body[7] & 1:
                name = body[8 : 8 + 2 * length].decode("utf-16-le", "replace")
            else:
                name = body[8 : 8 + length].decode("latin-1")
            found.append(Sheet(name, position, not hidden & 3, what == 0))
    return tuple(found)


def errors(book: bytes, position: int) -> dict[tuple[int, int], str]:
    """(row, column), from 0, of each cell of a sheet that holds an error -> its text."""
    found = {}
    for kind, body in _records(book, position):
        if kind == _BOOLERR and len(body) >= 8 and body[7]:
            code = body[6]
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            code = body[8]
        else:
            continue
        row, column = struct.unpack_from("<HH", body)
        found[row, column] = ERRORS.get(code, "#ERROR!")
    return found


def _records(book: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part, without those of charts within it. Raises ValueError, struct.error."""
    depth = 0
    while True:
        kind, length = struct.unpack_from("<HH", book, position)
        body = book[position + 4 : position + 4 + length]
        if len(body) < length:
            raise ValueError("it is cut off")
        position += 4 + length
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, body


class _Container:
    """Files in sectors, chained by an allocation table; small ones in small sectors."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        shift, small_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or small_shift > shift:
            raise ValueError("its sectors have no size")
        self.size, self.small_size = 1 << shift, 1 << small_shift
        start, _, self.cutoff, small_start, _, more, _ = struct.unpack_from("<IIIIIII", data, 48)
        tables = list(struct.unpack_from("<109I", data, 76))
        seen = set()
        while more < _LAST:
            if more in seen:
                raise ValueError("its sectors go round in a circle")
            seen.add(more)
            *rest, more = self._numbers(self._sector(more))
            tables += rest
        self.table = [number for one in tables if one < _LAST for number in self._numbers(self._sector(one))]
        self.small_table = self._numbers(self._chain(small_start))
        entries = self._chain(start)
        self.files: dict[str, tuple[int, int]] = {}
        for at in range(0, len(entries) - 127, 128):
            length, kind = struct.unpack_from("<HB", entries, at + 64)
            place, size = struct.unpack_from("<II", entries, at + 116)
            if kind in (2, 5) and 2 <= length <= 64:
                name = entries[at : at + length - 2].decode("utf-16-le", "replace")
                self.files["/" if kind == 5 else name] = place, size

    def read(self, place: int, size: int) -> bytes:
        if size >= self.cutoff:
            content = self._chain(place)
        else:
            inner, steps = self._chain(self.files["/"][0]), 0
            found: list[bytes] = []
            while place < _LAST and steps <= len(self.small_table):
                found.append(inner[place * self.small_size : (place + 1) * self.small_size])
                place, steps = self.small_table[place], steps + 1
            content = b"".join(found)
        if len(content) < size:
            raise ValueError("it is cut off")
        return content[:size]

    def _chain(self, sector: int) -> bytes:
        found: list[bytes] = []
        while sector < _LAST:
            if len(found) > len(self.table):
                raise ValueError("its sectors go round in a circle")
            found.append(self._sector(sector))
            sector = self.table[sector]
        return b"".join(found)

    def _sector(self, number: int) -> bytes:
        content = self.data[(number + 1) * self.size : (number + 2) * self.size]
        if not content:
            raise ValueError("it is cut off")
        return content

    @staticmethod
    def _numbers(content: bytes) -> list[int]:
        return [number for (number,) in struct.iter_unpack("<I", content[: len(content) // 4 * 4])]
