"""Whether the figures of a page that was read back stand beside their own labels.

Tables are read as a screen reader hears them, from the structure tree: in each cell stand the numbers that page.json
has for this row under this head. And as the eye does: each number is drawn nearest to the heads of its own
row and column.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline import placed_card, placed_league
from pipeline.catalogue import TextMissing
from pipeline.evidence import PAGE
from pipeline.page import shown
from pipeline.placed import Facts, Table, facts
from pipeline.read_numbers import NUMBER, SHOWN, Finding, more
from pipeline.readback import Box, Document, Element, Run

_APART = re.compile(r"[\s\x02\xad-]+")  # what the end of a line may add or take away
_HEADLINES = ("H1", "H2", "H3")


def in_places(page: dict[str, Any], document: Document) -> Iterator[Finding]:
    """One sentence on the tables and headlines of all pages."""
    try:
        of = placed_card if "blocks" in page else placed_league
        expected, headlines = [one for one in of.tables(page) if one.rows], facts(page)
    except TextMissing as missing:
        yield Finding(False, f"Where the figures stand cannot be checked: {missing}.")
        return
    except (KeyError, TypeError, ValueError, ArithmeticError):
        yield Finding(False, f"Where the figures stand cannot be checked: {PAGE} is not as csi writes it.")
        return
    printed = list(_tables(document))
    wrong = [one for each in expected for one in _compared(each, _claimed(each, printed))]
    wrong += [one for each in headlines for one in _lacking(each, document)]
    if wrong:
        yield Finding(False, f"Figures do not stand where {PAGE} has them: {'; '.join(wrong[:SHOWN])}{more(wrong)}.")
    else:
        cells = sum(bool(cell) for each in expected for row in each.rows for cell in row.cells)
        yield Finding(True, f"The figures in {cells:,} cells of {len(expected)} tables, and under {len(headlines)} "
                            f"headlines, stand beside their labels as {PAGE} has them.")  # fmt: skip


class _Cell:
    """text: without what lines that end there add."""

    def __init__(self, element: Element | Run | None) -> None:
        self.runs: Sequence[Run] = tuple(element.runs()) if isinstance(element, Element) else ()
        self.head = isinstance(element, Element) and element.tag == "TH"
        self.text = _bare("".join(one.text for one in self.runs))

    def numbers(self, label: str = "") -> tuple[str, ...]:
        """Those behind a label."""
        if not label:
            return tuple(found for one in self.runs for found in NUMBER.findall(one.text))
        rest, left = len(label), []
        for one in self.runs:
            text = _bare(one.text)
            left.append(text[rest:])
            rest = max(0, rest - len(text))
        return tuple(found for one in left for found in NUMBER.findall(one))

    @property
    def box(self) -> Box | None:
        if not self.runs:
            return None
        sides = tuple(zip(*(one.box for one in self.runs), strict=True))
        return min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])

    @property
    def figures(self) -> list[Box]:
        """Where its numbers are drawn."""
        return [one.box for one in self.runs if NUMBER.search(one.text)]


_Printed = tuple[int, list[list[_Cell]]]
"""A table of one page: the page, and the cells of its rows."""


def _tables(document: Document) -> Iterator[_Printed]:
    for place, tops in enumerate(document.trees, 1):
        for one in (inner for top in tops for inner in top.elements() if inner.tag == "Table"):
            yield place, [[_Cell(kid) for kid in row.kids] for row in one.elements() if row.tag == "TR"]


def _claimed(expected: Table, printed: list[_Printed]) -> list[_Printed]:
    """The first tables with these heads that have, together, all the rows; they are taken out of `printed`."""
    found: list[_Printed] = []
    rows = 0
    for one in [each for each in printed if _fits(expected, each[1])]:
        if rows < len(expected.rows):
            found.append(one)
            printed.remove(one)
            rows += len(_rows(expected, one[1]))
    return found


def _fits(expected: Table, rows: list[list[_Cell]]) -> bool:
    if not rows:
        return False
    if not expected.heads:
        return bool(rows[0]) and not rows[0][-1].head and rows[0][0].text == _bare(expected.rows[0].label)
    return len(rows[0]) == len(expected.heads) and all(
        cell.text.startswith(_bare(head)) for cell, head in zip(rows[0], expected.heads, strict=True)
    )


def _rows(expected: Table, rows: list[list[_Cell]]) -> list[list[_Cell]]:
    """Those of figures, without heads and titles."""
    width = len(expected.rows[0].cells)
    return [row for row in rows[bool(expected.heads) :] if len(row) == width]


def _compared(expected: Table, found: list[_Printed]) -> Iterator[str]:
    given = [(page, place, rows) for page, rows in found for place in range(len(_rows(expected, rows)))]
    if len(given) != len(expected.rows):
        yield f"the table “{expected.name}” has {len(given)} rows on the pages, {len(expected.rows)} in {PAGE}"
        return
    for row, (page, place, rows) in zip(expected.rows, given, strict=True):
        cells = _rows(expected, rows)[place]
        where, label = f"page {page}, {expected.name}, {row.label}", cells[expected.label]
        if not label.text.startswith(_bare(row.label)):
            yield f"{where}: the row is headed “{label.text[:40]}”"
            continue
        levels = [each[expected.label].box for each in _rows(expected, rows)]
        heads = [each.box for each in rows[0]] if expected.heads else []
        for column, (cell, wanted) in enumerate(zip(cells, row.cells, strict=True)):
            if wanted is None:
                continue
            printed = cell.numbers(_bare(row.label) if column == expected.label else "")
            named = ", ".join(filter(None, (where, expected.heads[column] if expected.heads else "")))
            if printed != wanted:
                yield f"{named}: prints {_listed(printed)}, {PAGE} has {_listed(wanted)}"
            elif not all(_nearest(one, levels, place, 1) for one in cell.figures):
                yield f"{named}: {_listed(printed)} is drawn in another row"
            elif column != expected.label and not all(_nearest(one, heads, column, 0) for one in cell.figures):
                yield f"{named}: {_listed(printed)} is drawn in another column"


def _listed(numbers: Sequence[str]) -> str:
    return " ".join(numbers) or "nothing"


def _nearest(box: Box, heads: Sequence[Box | None], own: int, axis: int) -> bool:
    """Whether no head is nearer than its own, along a line (0) or a column (1) of the page."""

    def apart(one: Box) -> tuple[float, float]:
        gap = max(one[axis], box[axis]) - min(one[axis + 2], box[axis + 2])
        return max(0.0, gap), abs(one[axis] + one[axis + 2] - box[axis] - box[axis + 2])

    mine = heads[own] if heads else None
    return mine is None or all(apart(mine) <= apart(one) for one in heads if one is not None)


def _lacking(expected: Facts, document: Document) -> Iterator[str]:
    told = _told_under(_bare(expected.headline), document)
    for text in expected.texts:
        if not any(one.startswith(_bare(text)) for one in told):
            yield f"“{text}” does not stand under the headline “{expected.headline}”"


def _told_under(headline: str, document: Document) -> list[str]:
    """The texts of what stands between a headline and the next."""
    found: list[str] | None = None
    for one in (inner for tops in document.trees for top in tops for inner in top.elements()):
        if one.tag in _HEADLINES:
            if found is not None:
                return found
            if _Cell(one).text == headline:
                found = []
        elif found is not None and (own := [kid.text for kid in one.kids if isinstance(kid, Run)]):
            found.append(_bare("".join(own)))
    return found or []


def _bare(text: str) -> str:
    return _APART.sub("", unicodedata.normalize("NFKC", shown(text)))
