"""A pydyf.PDF as a file, each object put into words once.

pydyf does it twice, for the identifier and for the file, and compresses each stream twice; its table of where the
objects lie is written without the predictor that takes most of it away.
"""

import hashlib
from typing import Any, BinaryIO

import numpy as np
import pydyf

_NO_TEXT = b"%\xf0\x9f\x96\xa4\n"  # so that no program takes the file for text
_PLAIN, _PACKED = 1, 2  # how an object lies in the file
_ROW = (1, 4, 2)  # bytes of how, where and which


def write(pdf: Any, output: BinaryIO, version: str | bytes, *_: object) -> None:
    """As pydyf.PDF.write does with object streams and an identifier of the contents."""
    if pdf.info:
        pdf.add_object(pdf.info)
    digest = hashlib.md5(usedforsecurity=False)
    file = bytearray(b"%PDF-" + (version if isinstance(version, bytes) else str(version).encode()) + b"\n" + _NO_TEXT)
    places = [(0, 0, 0xFFFF)]
    packed: list[tuple[int, bytes]] = []
    together = len(pdf.objects)  # number of the stream of all objects that are no streams
    for one in pdf.objects[1:]:
        data = one.data
        digest.update(data)
        if one.compressible:
            places.append((_PACKED, together, len(packed)))
            packed.append((one.number, data))
        else:
            places.append((_PLAIN, len(file), 0))
            file += _indirect(one.number, data)
    name = pydyf.String(digest.hexdigest()).data

    starts: list[int] = []
    at = 0
    for number, data in packed:
        starts += (number, at)
        at += len(data) + 1
    head = " ".join(map(str, starts)).encode()
    entries = {"Type": "/ObjStm", "N": len(packed), "First": len(head) + 1}
    places.append((_PLAIN, len(file), 0))
    file += _indirect(together, pydyf.Stream([head, *(data for _, data in packed)], entries, True).data)

    start = len(file)
    places.append((_PLAIN, start, 0))
    entries = {
        "Type": "/XRef", "Size": len(places), "W": pydyf.Array(_ROW), "Root": pdf.catalog.reference,
        "ID": pydyf.Array([name, name]), "DecodeParms": pydyf.Dictionary({"Predictor": 12, "Columns": sum(_ROW)}),
    }  # fmt: skip
    if pdf.info:
        entries["Info"] = pdf.info.reference
    file += _indirect(together + 1, pydyf.Stream([_differences(places)], entries, True).data)
    output.write(file + b"startxref\n%d\n%%%%EOF\n" % start)


def _indirect(number: int, data: bytes) -> bytes:
    return b"%d 0 obj\n%s\nendobj\n" % (number, data)


def _differences(places: list[tuple[int, int, int]]) -> bytes:
    """Each row less the one before it, byte by byte, as the predictor of PNG that is called Up has it."""
    rows = b"".join(
        how.to_bytes(1, "big") + at.to_bytes(4, "big") + which.to_bytes(2, "big") for how, at, which in places
    )
    table = np.frombuffer(rows, np.uint8).reshape(len(places), sum(_ROW))
    changes = np.diff(table, axis=0, prepend=np.zeros((1, sum(_ROW)), np.uint8))
    return np.insert(changes, 0, 2, axis=1).tobytes()
