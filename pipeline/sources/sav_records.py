"""The records of an SPSS file before its values, as far as the library does not tell of them."""

import struct
from dataclasses import dataclass, field

_UNMARKED = (2, 3)  # code pages of an SPSS file that name no encoding


@dataclass
class Dictionary:
    """cases, counted: records, by two counts; -1 if not said. width: bytes of an uncompressed record. start: of
    the values. marked: whether it names its encoding."""

    cases: int
    counted: int = -1
    width: int = 0
    start: int = 0
    marked: bool = False
    names: dict[str, str] = field(default_factory=dict)  # short name in lower case -> long name


def dictionary(data: bytes) -> Dictionary:
    """Raises struct.error, IndexError or ValueError where the records do not follow each other."""
    order = next((one for one in "<>" if struct.unpack_from(f"{one}i", data, 64)[0] in (2, 3)), None)
    if order is None:
        raise ValueError("it has no byte order")

    def integers(place: int, count: int = 1) -> tuple[int, ...]:
        return struct.unpack_from(f"{order}{count}i", data, place)

    found = Dictionary(cases=integers(80)[0])
    place = 176
    while (kind := integers(place)[0]) != 999:
        before = place
        if kind == 2:  # a variable, or eight more bytes of the text before
            _, labelled, missing = integers(place + 4, 3)
            found.width += 8
            place += 32
            if labelled:
                place += 4 + -(-integers(place)[0] // 4) * 4
            place += 8 * abs(missing)
        elif kind == 3:  # value labels
            count = integers(place + 4)[0]
            place += 8
            for _ in range(count):
                place += 8 + -(-(1 + data[place + 8]) // 8) * 8
        elif kind == 4:  # the variables they belong to
            place += 8 + 4 * integers(place + 4)[0]
        elif kind == 6:  # notes
            place += 8 + 80 * integers(place + 4)[0]
        elif kind == 7:
            subtype, size, count = integers(place + 4, 3)
            place += 16
            body = data[place : place + size * count]
            if subtype == 3:
                found.marked |= integers(place + 28)[0] not in _UNMARKED
            elif subtype == 13:
                pairs = (pair.partition("=") for pair in body.decode("utf-8", "replace").split("\t"))
                found.names |= {short.lower(): long for short, _, long in pairs}
            elif subtype == 16:
                found.counted = struct.unpack_from(f"{order}qq", data, place)[1]
            elif subtype == 20:
                found.marked |= bool(body.strip())
            place += size * count
        else:
            raise ValueError(f"record {kind} at byte {place}")
        if place <= before:
            raise ValueError(f"a record without end at byte {before}")
    found.start = place + 8
    return found


def expanded_size(data: bytes, start: int) -> int:
    """Bytes that the blocks of a .zsav say they unpack to; a block that unpacks to more is refused
    by the library. Raises struct.error or ValueError."""
    order = "<" if struct.unpack_from("<i", data, 64)[0] in (2, 3) else ">"
    own, trailer, length = struct.unpack_from(f"{order}3q", data, start)
    if own != start or trailer < 0 or length < 24 or trailer + length > len(data):
        raise ValueError("its blocks are not listed")
    sizes = [struct.unpack_from(f"{order}i", data, at + 16)[0] for at in range(trailer + 24, trailer + length - 23, 24)]
    if any(size < 0 for size in sizes):
        raise ValueError("a block has no size")
    return sum(sizes)
