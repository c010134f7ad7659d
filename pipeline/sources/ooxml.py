"""What a workbook's XML (.xlsx) holds that the reading library leaves out, and what is mended.

The library does not check sums or sizes, reads error cells and formulas without a stored result
as empty, turns long integers into floats, and asks for memory for every cell between the first
and the last one.
"""

import io
import posixpath
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib
from dataclasses import dataclass

MEMBERS = 10_000  # entries of a zip archive
CELL_BYTES = 10  # a sheet may span as many cells as the limit of bytes has room for, each of so many
_ENTRY, _END = b"PK\x01\x02", b"PK\x05\x06"
_PART = "xl/workbook.xml"
_REF = re.compile(rb' r="([A-Z]{1,3})\d')
_ENCODING = re.compile(rb"""^\s*(?:\xef\xbb\xbf)?<\?xml[^>]*\bencoding=["']([^"']+)["']""")
_PREFIX = re.compile(rb"<(\w+:)?worksheet\b")
# P stands for the prefix of the names of elements, mostly none
_ROW = rb"""<Prow\b[^>]*?\br=["'](\d{1,9})["']"""
_ERROR = rb"""(<Pc\b[^>]*\bt=)(?:"e"|'e')"""
_FORMULA = rb"""<Pc\b([^>]*)>\s*<Pf\b(?:[^>]*/>|[^>]*>[^<]*</Pf>)\s*(<Pv\b[^>]*/>|<Pv\b[^>]*>\s*</Pv>)?\s*</Pc>"""
_LONG = rb"""(<Pc\b(?![^>]*\bt=["'](?!n["']))[^>]*)(>\s*<Pv>\s*-?\d{16,}\s*</)"""
_CHUNK = 1 << 20


class Fault(Exception):
    """The workbook cannot be used: a clause that says why, and what to do."""

    def __init__(self, why: str, remedy: str = "Save it as .xlsx again.") -> None:
        self.why, self.remedy = why, remedy
        super().__init__(why)


@dataclass(frozen=True)
class Sheet:
    """part: its place in the archive. visible, cells: whether it is shown, and is no chart."""

    name: str
    part: str
    visible: bool
    cells: bool


class Workbook:
    """An archive whose members were all unpacked once, to see that they are whole and as large as
    they say, together at most `limit` bytes. Raises Fault."""

    def __init__(self, data: bytes, limit: int) -> None:
        self.data, self.limit = data, limit
        if data.count(_ENTRY) > MEMBERS:
            raise Fault(f"it is an archive of over {MEMBERS:,} members")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self.members = {entry.filename: entry for entry in archive.infolist()}
                entries = archive.infolist()
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OSError) as error:
            raise Fault(f"{error}") from None
        (listed,) = struct.unpack_from("<H", data, data.rindex(_END) + 10)
        if listed not in (len(entries), 0xFFFF):  # which stands for a number that has no room there
            raise Fault(f"it says it has {listed:,} parts, but lists {len(entries):,}")
        expanded = sum(entry.file_size for entry in entries)
        if expanded > limit:
            raise Fault(
                f"it unpacks to {expanded:,} bytes, more than the {limit:,} allowed", "Split it, or save it as CSV."
            )
        for entry in entries:
            self._content(entry)
        self._is_xlsx()

    def _is_xlsx(self) -> None:
        if "xl/workbook.bin" in self.members:
            raise Fault("it is a binary workbook, .xlsb", "Save it as .xlsx.")
        kind = self.read("mimetype") if "mimetype" in self.members else b""
        if kind.startswith(b"application/vnd.oasis.opendocument"):
            raise Fault("it is an OpenDocument file, .ods", "Save it as .xlsx.")
        if _PART not in self.members:
            raise Fault("it is a zip archive that holds no workbook", "Unpack it, or save the workbook as .xlsx.")

    def read(self, name: str) -> bytes:
        if name not in self.members:
            raise Fault(f"its part {name} is missing")
        return self._content(self.members[name])

    def _content(self, entry: zipfile.ZipInfo) -> bytes:
        """Unpacked here and not by zipfile, which does not notice what follows the size stated."""
        name, start = entry.filename, entry.header_offset
        if entry.flag_bits & 1:
            raise Fault("it is protected by a password", "Save it without one.")
        header = self.data[start : start + 30]
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            raise Fault(f"its part {name} is damaged")
        lengths = struct.unpack_from("<HH", header, 26)
        named = self.data[start + 30 : start + 30 + lengths[0]]
        if named != entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437"):
            raise Fault(f"its part {name} has two names")
        start += 30 + sum(lengths)
        packed = self.data[start : start + entry.compress_size]
        if entry.compress_type == zipfile.ZIP_STORED:
            content, whole = packed, True
        elif entry.compress_type == zipfile.ZIP_DEFLATED:
            unpacker = zlib.decompressobj(-15)
            try:
                content = unpacker.decompress(packed, entry.file_size + 1)
            except zlib.error as error:
                raise Fault(f"its part {name} cannot be unpacked: {error}") from None
            whole = unpacker.eof
        else:
            raise Fault(f"its part {name} is packed in a way of its own")
        if not whole or len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
            raise Fault(f"its part {name} is damaged")
        return content

    def sheets(self) -> tuple[Sheet, ...]:
        try:
            book = ET.fromstring(self.read(_PART))
            links = ET.fromstring(self.read("xl/_rels/workbook.xml.rels"))
        except (ET.ParseError, ValueError, LookupError) as error:
            raise Fault(f"its list of sheets is damaged: {error}") from None
        targets = {one.get("Id", ""): (one.get("Target", ""), one.get("Type", "")) for one in links}
        found = []
        for one in book.iter():
            if one.tag.rpartition("}")[2] != "sheet":
                continue
            link = next((value for key, value in one.items() if key.endswith("}id")), "")
            target, kind = targets.get(link, ("", ""))
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            visible = one.get("state", "visible") == "visible"
            found.append(Sheet(one.get("name", ""), part, visible, kind.endswith("/worksheet")))
        return tuple(found)

    def mended(self, sheet: Sheet) -> bytes:
        """The workbook with error cells and integers of 16 digits and more of one sheet as text.
        Raises Fault where a formula has no result, or the cells span too large a sheet."""
        part = self.read(sheet.part)
        encoding = _ENCODING.match(part[:200])
        other = encoding is not None and encoding[1].lower() not in (b"utf-8", b"us-ascii")
        if other or part.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise Fault("its XML is not UTF-8")
        found = _PREFIX.search(part[:4096])
        prefix = (found[1] or b"") if found else b""
        self._check_span(part, prefix)
        _check_formulas(part, prefix)
        mended = part
        if b'"e"' in part or b"'e'" in part:
            mended = _pattern(_ERROR, prefix).sub(rb'\1"str"', part)
        if re.search(_pattern(rb"<Pv>\s*-?\d{16}", prefix), mended):
            mended = _pattern(_LONG, prefix).sub(_as_text, mended)
        if mended is part:
            return self.data
        book = io.BytesIO()
        with zipfile.ZipFile(book, "w") as copy:
            for name in self.members:
                if name == sheet.part:
                    copy.writestr(name, mended)
                elif not name.startswith("xl/worksheets/"):
                    copy.writestr(name, self.read(name))
        return book.getvalue()

    def _check_span(self, part: bytes, prefix: bytes) -> None:
        letters: set[bytes] = set()
        for at in range(0, len(part), _CHUNK):
            letters.update(_REF.findall(part, at, min(at + _CHUNK + 16, len(part))))
        columns = max(map(_number, letters), default=0)
        rows = max(map(int, _pattern(_ROW, prefix).findall(part)), default=0)
        if rows * columns > self.limit // CELL_BYTES:
            raise Fault(
                f"its cells span {rows:,} rows and {columns:,} columns",
                "Delete the rows below and the columns right of the answers, and save it again.",
            )


def _pattern(pattern: bytes, prefix: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern.replace(b"P", prefix))


def _check_formulas(part: bytes, prefix: bytes) -> None:
    if not re.search(_pattern(rb"<Pf\b", prefix), part):
        return
    missing = [
        cell
        for cell, value in _pattern(_FORMULA, prefix).findall(part)
        if not (value and re.search(rb"""\bt=["']str["']""", cell))  # a text, which is empty
    ]
    if missing:
        place = re.search(rb"""\br=["']([A-Z]+\d+)["']""", missing[0])
        others = f", nor have {len(missing) - 1:,} others" if len(missing) > 1 else ""
        raise Fault(
            f"the formula in cell {place[1].decode() if place else '?'} has no stored result{others}",
            "Open it in Excel and save it there, or paste the values.",
        )


def _as_text(cell: re.Match[bytes]) -> bytes:
    return re.sub(rb"""\s+t=["']n["']""", b"", cell[1]) + b' t="str"' + cell[2]


def _number(letters: bytes) -> int:
    """AA -> 27."""
    found = 0
    for letter in letters:
        found = found * 26 + letter - 64
    return found
