"""The contents of all pages of a document written anew, with their drawings in their places."""

from collections.abc import Mapping, Sequence
from typing import Any

import pydyf

from pipeline.operands import Numbers, Unfit
from pipeline.painting import lean
from pipeline.referenced import referenced


def repaint(
    pdf: Any, follows: Sequence[Mapping[int, int]], orders: Mapping[str, Sequence[int]]
) -> tuple[list[list[list[int]]], list[int]]:
    """Write the contents of all pages of a pydyf.PDF as `lean` does, if all fit, and take its drawings out.

    follows: of each page, as for `lean`. orders: by font the old numbers of its glyphs in the order of the
    new ones. Returns of each page its marked contents, and the numbers of what was taken out; ([], []) where a page
    does not fit.
    """
    pages = [referenced(pdf, page) for page in pdf.page_references]
    resources = {page["Resources"]: referenced(pdf, page["Resources"]) for page in pages}
    drawings: dict[bytes, Sequence[Any]] = {}
    free = []
    states: dict[str, Any] = {"a1.0": pydyf.Dictionary({"ca": 1}), "A1.0": pydyf.Dictionary({"CA": 1})}
    for own in resources.values():
        for name, reference in own["XObject"].items():
            drawing = referenced(pdf, reference)
            inner = referenced(pdf, drawing.extra["Resources"]) if "Resources" in drawing.extra else None
            if inner is None or inner["XObject"] or inner["Pattern"] or inner["Shading"]:
                return [], []
            drawings[f"/{name}".encode()] = drawing.stream
            states |= inner["ExtGState"]
            free += [drawing.number, inner.number]
    numbers = {name: Numbers({old: new for new, old in enumerate(order, 1)}) for name, order in orders.items()}
    streams = [referenced(pdf, page["Contents"]) for page in pages]
    try:
        new = [lean(one.stream, drawings, after, numbers) for one, after in zip(streams, follows, strict=True)]
    except Unfit:
        return [], []
    for one, (items, _) in zip(streams, new, strict=True):
        one.stream = items
    for own in resources.values():
        own["XObject"].clear()
        own["ExtGState"].update(states | own["ExtGState"])
    return [contents for _, contents in new], free
