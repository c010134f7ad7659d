"""The structure tree of a PDF as WeasyPrint left it, made right for who hears the page, and small.

- Spans and parts without a meaning go into what they stand in: a third of the tree is left.
- Page numbers and running feet are artifacts, no part of the text.
- A table without header cells only lays out the page and is tagged as a division. Header cells get the scope
  Column in a THead and in rows of headers alone, else Row; lists of headers, cell by cell, say no more.
- Frames of figures are in the page's points, as PDF has them, no longer in pixels from the top.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count, pairwise
from typing import Any

from pipeline.referenced import referenced

_POINTS = 0.75  # of a CSS pixel
_NULL = b"null"


Follows = dict[int, int]
"""MCID -> the one after it in the same element of a page."""
Repainted = tuple[Sequence[list[list[int]]], Sequence[int]]
"""Of each page its marked contents by their new MCID, the old ones that are in each; and the numbers of objects that
are no longer used."""


def retag(pdf: Any, streams: Sequence[Any], repaint: Callable[[Sequence[Follows]], Repainted]) -> None:
    """pdf: pydyf.PDF, just tagged by WeasyPrint, whose structure is the last it has but for its metadata.
    streams: the contents of its pages, which repaint writes anew."""
    root = referenced(pdf, pdf.catalog["StructTreeRoot"])
    parents, document = referenced(pdf, root["ParentTree"]), referenced(pdf, root["K"][0])
    first = min(root.number, parents.number)
    into: dict[int, int] = {}
    reached = {root.number, parents.number, document.number, *_collapse(pdf, document, into)}
    pages = parents["Nums"][1 : 2 * len(streams) : 2]
    for stream, owners in zip(streams, pages, strict=True):
        _set_artifacts(stream, owners, reached | into.keys())
    free = _renumber(pdf, [one for one in pdf.objects[first:] if one.number in reached and "S" in one], pages, repaint)
    for one in pdf.objects[first:]:
        if one.number in reached:
            _describe(pdf, one)
    tail = [one for one in pdf.objects[first:] if one.number in reached or "S" not in _keys(one)]
    numbers = {one.number: place for one, place in zip(tail, chain(free, count(first)), strict=False)}
    del pdf.objects[first:]
    pdf.objects += tail[len(free) :]
    for one in tail:
        one.number = numbers[one.number]
        pdf.objects[one.number] = one
    moved = numbers | {old: numbers[new] for old, new in into.items()}
    for one in tail:
        for key in ("K", "P", "ParentTree", "Nums"):
            if key in _keys(one):
                one[key] = _moved(one[key], moved, first)
    for key in ("StructTreeRoot", "Metadata"):
        pdf.catalog[key] = _moved(pdf.catalog[key], moved, first)


def _collapse(pdf: Any, element: Any, into: dict[int, int]) -> Iterator[int]:
    """The numbers of all that stays under an element. into: what goes -> the element it goes into."""
    kids = []
    for kid in _flat(pdf, element, element, into):
        kids.append(kid)
        if isinstance(kid, bytes):
            found = referenced(pdf, kid)
            yield found.number
            if "S" in found:
                found["P"] = element.reference
                yield from _collapse(pdf, found, into)
    element["K"].clear()
    element["K"].extend(kids)


def _flat(pdf: Any, owner: Any, element: Any, into: dict[int, int]) -> Iterator[Any]:
    for kid in element["K"]:
        found = referenced(pdf, kid) if isinstance(kid, bytes) else None
        if found is not None and found.get("S") in ("/Span", "/NonStruct") and found.get("Pg") == owner.get("Pg"):
            into[found.number] = owner.number
            yield from _flat(pdf, owner, found, into)
        else:
            yield kid


def _set_artifacts(stream: Any, owners: Any, known: set[int]) -> None:
    """owners: of the marked contents of a page, by MCID; one that is in no tree marks an artifact."""
    for place, owner in enumerate(owners):
        if int(owner.split()[0]) not in known:
            owners[place] = _NULL
    for place, token in enumerate(stream.stream):
        if token == b"BDC" and owners[stream.stream[place - 1]["MCID"]] == _NULL:
            stream.stream[place - 2 : place + 1] = ["/Artifact", b"", b"BMC"]


def _renumber(
    pdf: Any, elements: Sequence[Any], pages: Sequence[Any], repaint: Callable[[Sequence[Follows]], Repainted]
) -> Sequence[int]:
    """pages: of each the owners of its marked contents. Returns numbers of objects no longer used."""
    of_pages = [[one for one in elements if one.get("Pg") == page] for page in pdf.page_references]
    contents, free = repaint([dict(_neighbours(own)) for own in of_pages])
    for own, owners, held in zip(of_pages, pages, contents, strict=False):
        owners[:] = [owners[old[0]] for old in held]
        new = {old[0]: number for number, old in enumerate(held)}
        for one in own:
            one["K"][:] = [new.get(kid, kid) for kid in one["K"] if not isinstance(kid, int) or kid in new]
    return free


def _neighbours(elements: Sequence[Any]) -> Iterator[tuple[int, int]]:
    for one in elements:
        for kid, following in pairwise(one["K"]):
            if isinstance(kid, int) and isinstance(following, int):
                yield kid, following


def _describe(pdf: Any, element: Any) -> None:
    if _is(element, "Table"):
        _describe_table(pdf, element)
    elif _is(element, "Figure"):
        height = float(referenced(pdf, element["Pg"])["MediaBox"][3])
        left, top, right, bottom = (one * _POINTS for one in element["A"]["BBox"])
        box = (left, height - bottom, right, height - top)
        element["A"]["BBox"][:] = [round(one, 1) for one in box]


def _describe_table(pdf: Any, table: Any) -> None:
    rows = [(row, [cell for cell in _kids(pdf, row) if _is(cell, "TH", "TD")]) for row in _rows(pdf, table)]
    if not any(_is(cell, "TH") for _, cells in rows for cell in cells):
        for one in (table, *_inside(pdf, table)):
            one["S"] = "/Div"
            one.pop("A", None)
        return
    for row, cells in rows:
        heads = _is(referenced(pdf, row["P"]), "THead") or all(_is(cell, "TH") for cell in cells)
        for cell in cells:
            cell.pop("ID", None)
            cell["A"].pop("Headers", None)
            if _is(cell, "TH"):
                cell["A"]["Scope"] = "/Column" if heads else "/Row"
            elif len(cell["A"]) == 1:
                del cell["A"]


def _rows(pdf: Any, element: Any) -> Iterator[Any]:
    for kid in _kids(pdf, element):
        if _is(kid, "TR"):
            yield kid
        elif not _is(kid, "Table"):
            yield from _rows(pdf, kid)


def _inside(pdf: Any, element: Any) -> Iterator[Any]:
    """The parts of a table, without what stands in its cells."""
    for kid in _kids(pdf, element):
        if _is(kid, "TR", "TD", "THead", "TBody", "TFoot"):
            yield kid
            if not _is(kid, "TD"):
                yield from _inside(pdf, kid)


def _kids(pdf: Any, element: Any) -> list[Any]:
    return [found for kid in element["K"] if isinstance(kid, bytes) and "S" in (found := referenced(pdf, kid))]


def _is(element: Any, *tags: str) -> bool:
    return _keys(element).get("S") in [f"/{tag}" for tag in tags]


def _keys(one: Any) -> Any:
    return one if isinstance(one, dict) else {}


def _moved(value: Any, numbers: dict[int, int], first: int) -> Any:
    if isinstance(value, list):
        value[:] = [_moved(one, numbers, first) for one in value]
        return value
    if isinstance(value, bytes) and value.endswith(b" R") and (old := int(value.split()[0])) >= first:
        return b"%d 0 R" % numbers[old]
    return value
