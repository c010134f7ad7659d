"""The colour space of all pages, sRGB (IEC 61966-2-1), as an ICC profile of 500 bytes.

Primaries, the white point D50 and the Bradford matrix are those of ICC.1:2010; the tone curve is the standard's
own formula instead of a table of it.
"""

import struct

_WHITE = (0.9642, 1.0, 0.8249)
_PRIMARIES = {
    b"rXYZ": (0.43607, 0.22249, 0.01392), b"gXYZ": (0.38515, 0.71687, 0.09708), b"bXYZ": (0.14307, 0.06061, 0.7141),
}  # fmt: skip
_ADAPTED = (1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def profile() -> bytes:
    """A display profile of version 4.2, of RGB to XYZ."""
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(_CURVE)
    tags = {
        b"desc": _text("sRGB"), b"cprt": _text("CC0"), b"wtpt": _place(_WHITE),
        b"chad": b"sf32" + bytes(4) + _fixed(_ADAPTED),
        **{tag: _place(at) for tag, at in _PRIMARIES.items()},
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}  # equal contents stand once
    body = b""
    table = struct.pack(">I", len(tags))
    for tag, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", tag, places[content], len(content))
    made = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    head = struct.pack(
        ">I4sI4s4s4s12s4s28s12s48s", start + len(body), b"", 0x04200000, b"mntr", b"RGB ", b"XYZ ", made, b"acsp", b"",
        _fixed(_WHITE), b"",
    )  # fmt: skip
    return head + table + body


def _place(point: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(point)


def _text(text: str) -> bytes:
    content = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(content), 28) + content


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(one * 65536)) for one in values)
