"""Qualtrics: names, wordings, and a row of ImportIds; older exports without that row.

Three header rows (qualtrics.com, "Understanding Your Dataset"); legacy exports have two, V1 V2 …
over the respondent's own fields, and an empty column at the end. ImportIds are written as JSON, with single
quotes, or damaged; only the id is looked for. A multi-select question has one column per option
(Q2_1, ImportId QID2_1 or QID2-1) or one cell with commas. The code of a question seen but not
answered is the operator's own choice at export, so it is none of the tool's.
"""

import re
from collections.abc import Sequence

from pipeline.sources.heads import below, chosen, cleaned, row, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its second or third row holds no ImportIds, nor does its second row repeat or name the respondent's fields"

_IMPORT_ID = re.compile(r"""ImportId["'“”‘’\s:=]+([^"'“”‘’,}\s]+)""")
_QUESTION = re.compile(r"(QID\d+(?:[-_]\d+)*)[-_]\d+$")
_OPTION = re.compile(r"(.+)_-?\d+$")


def recognised(grid: Grid) -> bool:
    return bool(_header_rows(grid))


def layout(grid: Grid) -> Layout | None:
    header_rows = _header_rows(grid)
    if not header_rows:
        return None
    names = cleaned(grid, 1)
    ids = [_import_id(cell) for cell in row(grid, header_rows)]
    worded = header_rows == 3 or not any(ids)
    wordings = cleaned(grid, 2) if worded else []
    groups = _groups(grid, header_rows, names, wordings, ids)
    columns = tuple(
        Column(name, _at(wordings, place), group=groups.get(place, "")) for place, name in enumerate(unique(names))
    )
    return Layout("qualtrics", header_rows, columns, separator=",")


def _header_rows(grid: Grid) -> int:
    """3 or 2; 0 where the grid is not of Qualtrics."""
    for number in (2, 3):
        texts = [cell for cell in row(grid, number) if cell.strip()]
        if texts and 2 * sum(_IMPORT_ID.search(cell) is not None for cell in texts) > len(texts):
            return number
    first, second = cleaned(grid, 1)[:2], cleaned(grid, 2)[:2]
    fields = [head.lower() for head in second] == ["responseid", "responseset"]
    return 2 if fields and first in (["V1", "V2"], second) else 0


def _import_id(cell: str) -> str:
    found = _IMPORT_ID.search(cell)
    return found[1] if found else ""


def _groups(
    grid: Grid, header_rows: int, names: Sequence[str], wordings: Sequence[str], ids: Sequence[str]
) -> dict[int, str]:
    """Place of a column -> the multi-select question it is an option of."""
    questions: dict[tuple[str, str], list[int]] = {}
    for place, name in enumerate(names):
        prefix = _OPTION.match(name)
        if any(ids):
            found = _QUESTION.match(_at(ids, place))
            key = ("", found[1]) if found else None
        else:
            stem = _at(wordings, place).rpartition("-")[0].strip()
            key = (prefix[1], stem) if prefix and stem else None
        if key:
            questions.setdefault(key, []).append(place)
    groups: dict[int, str] = {}
    for (_, question), places in questions.items():
        cells = [below(grid, header_rows, place) for place in places]
        if chosen(cells, [_options(_at(wordings, place)) for place in places]):
            prefixes = {found[1] for place in places if (found := _OPTION.match(names[place]))}
            groups |= dict.fromkeys(places, prefixes.pop() if len(prefixes) == 1 else question)
    return groups


def _options(wording: str) -> list[str]:
    """All that may be the option in "stem - option": what stands behind each hyphen."""
    pieces = wording.split("-")
    return ["-".join(pieces[start:]).strip() for start in range(1, len(pieces))] or [""]


def _at(texts: Sequence[str], place: int) -> str:
    return texts[place] if place < len(texts) else ""
