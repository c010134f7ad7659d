"""The fonts of a PDF as they are embedded: bare outlines, coarse, and the glyphs numbered as their characters are.

WeasyPrint keeps the numbers of the font it was given, with gaps where a glyph is in no text of that weight. Without
gaps and in the order of Unicode, maps and widths are short.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.outlines import glyphs_of, program
from pipeline.referenced import referenced

_MOST = 100  # lines in a part of a ToUnicode map
_HEAD, _TAIL = 13, 4  # lines of a map before its pairs, and after


@dataclass(frozen=True)
class Embedded:
    """A font of a document. font: its pydyf dictionary; glyphs: outlines by old number; texts: old number -> the
    UTF-16 of its character in hex; widths: old number -> width."""

    font: Any
    name: bytes
    glyphs: Sequence[bytes]
    texts: Mapping[int, bytes]
    widths: Mapping[int, Any]

    @property
    def order(self) -> list[int]:
        """Old numbers in the order of the new ones, which begin at 1."""
        return sorted(self.texts, key=lambda number: (self.texts[number], number))


def fonts_of(pdf: Any) -> dict[str, Embedded]:
    """The fonts of a pydyf.PDF by the names of its resources, their outlines coarse; {} if one is of another make than
    those that we give WeasyPrint. Font files are left as bare CFF in any case."""
    named: dict[str, Any] = {}
    for reference in pdf.page_references:
        own = referenced(pdf, referenced(pdf, reference)["Resources"])["Font"]
        named |= own if isinstance(own, dict) else referenced(pdf, own)
    found, files = {}, set()
    for name, reference in named.items():
        font = referenced(pdf, reference)
        inner = referenced(pdf, font["DescendantFonts"][0])
        descriptor = referenced(pdf, inner["FontDescriptor"])
        if "FontFile3" not in descriptor:
            return {}
        file = _bare(referenced(pdf, descriptor["FontFile3"]))
        read = glyphs_of(b"".join(file.stream))
        texts = dict(_texts(referenced(pdf, font["ToUnicode"])))
        widths = dict(_widths(inner["W"]))
        if read is None or file.number in files or not widths.keys() - {0} <= texts.keys():
            return {}
        files.add(file.number)
        found[name] = Embedded(font, *read, texts, widths)
    return found


def embed(pdf: Any, fonts: Mapping[str, Embedded]) -> None:
    """Write the fonts anew, each with its glyphs by the numbers of `Embedded.order`."""
    for one in fonts.values():
        inner = referenced(pdf, one.font["DescendantFonts"][0])
        file = referenced(pdf, referenced(pdf, inner["FontDescriptor"])["FontFile3"])
        order = one.order
        file.stream = [program(one.name, [one.glyphs[0], *(one.glyphs[number] for number in order)])]
        inner["W"][:] = [1, b"[%s]" % b" ".join(_width(one.widths[number]) for number in order)]
        stream = referenced(pdf, one.font["ToUnicode"])
        ranges = [b"<%04x><%04x>[%s]" % (low, high, _run(one, order, low, high)) for low, high in _pages(len(order))]
        parts = [ranges[at : at + _MOST] for at in range(0, len(ranges), _MOST)]
        lines = [line for part in parts for line in (b"%d beginbfrange" % len(part), *part, b"endbfrange")]
        stream.stream = [*stream.stream[:_HEAD], *lines, *stream.stream[-_TAIL:]]


def _pages(count: int) -> Iterator[tuple[int, int]]:
    """First and last of the numbers 1 to count that begin with the same byte."""
    for low in range(0, count + 1, 256):
        yield max(low, 1), min(low + 255, count)


def _run(one: Embedded, order: Sequence[int], low: int, high: int) -> bytes:
    return b"".join(b"<%s>" % one.texts[number] for number in order[low - 1 : high])


def _width(value: Any) -> bytes:
    return str(value).encode() if isinstance(value, int) else f"{value:f}".rstrip("0").rstrip(".").encode()


def _texts(stream: Any) -> Iterator[tuple[int, bytes]]:
    for line in stream.stream[_HEAD:-_TAIL]:
        if line.startswith(b"<"):
            yield int(line[1:5], 16), line[8:-1]


def _widths(array: Any) -> Iterator[tuple[int, Any]]:
    for first, widths in zip(array[::2], array[1::2], strict=True):
        yield from enumerate(widths, first)


def _bare(file: Any) -> Any:
    """Of an OpenType font the CFF table alone, which is all that a PDF draws with."""
    data = b"".join(file.stream)
    for place in range(12, 12 + 16 * int.from_bytes(data[4:6], "big"), 16):
        if data[place : place + 4] == b"CFF " and file.extra["Subtype"] == "/OpenType":
            offset, length = (int.from_bytes(data[place + at : place + at + 4], "big") for at in (8, 12))
            file.stream, file.extra["Subtype"] = [data[offset : offset + length]], "/CIDFontType0C"
            break
    return file
