"""An export that has (nearly) none of the columns of its mapping: what it most probably is.

A wrong sheet, delimiter, encoding or number of header rows, or the export of another source: each is tried on the
first records, and the one that brings the columns back is named with the key to write. Nothing of a record is shown:
the first one may be a response.
"""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from unicodedata import normalize

from pipeline.refusal import Refusal
from pipeline.sources import Options, RawTable
from pipeline.sources.container import open_file, open_grid
from pipeline.sources.heads import clean
from pipeline.sources.raw import HEAD_RECORDS, Record

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "shift_jis", "euc-kr", "windows-1252")
_START = 1 << 18  # bytes of a text that are looked at
_SHEETS = 12  # that are opened at most


@dataclass(frozen=True)
class Another:
    """Another mapping of the programme. files: the pattern of its source."""

    source: str
    mapping: str
    files: str
    heads: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """How many of the columns stand in a row when the export is read in another way, and how to get it so."""

    columns: int
    row: int
    where: str
    write: tuple[str, ...]


def check(
    raw: RawTable,
    expected: Sequence[str],
    shown: str,
    path: Path,
    given: Options,
    others: Callable[[], Sequence[Another]],
) -> None:
    """Raises Refusal, one sentence, where none of the expected columns is in the export, or fewer than half and
    another way to read it has at least half. shown: the mapping. given: how the export was opened.
    others: the other mappings, read only then."""
    here = len(set(expected) & set(raw.header))
    if 2 * here >= len(expected):
        return
    otherwise = _otherwise(raw.header, expected)
    told = (
        f"{raw.file}, row {max(raw.layout.header_rows, 1)}: {here or 'none'} of the {len(expected)} columns of {shown}"
    )
    told += f" {'are' if here > 1 else 'is'} here; {_as_read(raw)}"
    if 2 * (here + len(otherwise)) >= len(expected):
        head, one = next(iter(otherwise.items()))
        raise Refusal(
            f"{told}. They stand there in other letters, such as {one!r} for {head!r}: write them so in {shown}."
        )
    found = max(_tried(raw, expected, path, given), key=lambda one: one.columns)
    if found.columns > here and 2 * found.columns >= len(expected):
        how = " and ".join(found.write)
        stand = "They stand" if found.columns == len(expected) else f"{found.columns} of them stand"
        plain = "" if raw.tool == "plain" or "header_rows" not in how else ', and tool = "plain" in its source'
        raise Refusal(f"{told}. {stand} in row {found.row}{found.where}: write {how} in {shown}{plain}.")
    other = next((one for one in others() if 2 * len(set(one.heads) & set(raw.header)) > len(one.heads)), None)
    if other is not None:
        raise Refusal(
            f"{told}. It has the columns of {other.mapping}: give the file a name that fits the source {other.source} "
            f"({other.files}), or correct `files` and `mapping` of the sources."
        )
    if not here:
        raise Refusal(
            f"{told}. Export the file again with its header row, or correct `files` and `mapping` of the source"
            f"{_more(raw)}."
        )


def _otherwise(header: Sequence[str], expected: Sequence[str]) -> dict[str, str]:
    """column -> how it is written in the export, where only capital letters, width or spaces differ."""

    def folded(text: str) -> str:
        return "".join(normalize("NFKC", text).casefold().split())

    there = {folded(one): one for one in header}
    return {one: there[folded(one)] for one in expected if one not in header and folded(one) in there}


def _as_read(raw: RawTable) -> str:
    """'read as gb18030 with the delimiter comma, it has 1 column'."""
    grid, count = raw.grid, len(raw.header)
    how = f"as {grid.encoding}"
    if grid.kind == "csv":
        how = f"as {grid.encoding} text with the delimiter {DELIMITERS.get(grid.delimiter, repr(grid.delimiter))}"
    elif grid.sheet:
        how = f"from the sheet {grid.sheet!r}"
    return f"read {how}, it has {count} column{'' if count == 1 else 's'}"


def _more(raw: RawTable) -> str:
    """What else there may be to correct in the mapping."""
    if raw.grid.kind == "csv" and len(raw.header) == 1:
        return "; where another character parts the cells, name it as `delimiter` in the mapping"
    others = [one for one in raw.grid.sheets if one != raw.grid.sheet]
    return f"; the other sheets are {', '.join(others)}" if others else ""


def _tried(raw: RawTable, expected: Sequence[str], path: Path, given: Options) -> Iterator[_Found]:
    """The other ways to read an export, the likelier first."""
    grid, wanted = raw.grid, set(expected)
    yield _best(grid.head, wanted, "", (), raw.layout.header_rows)
    for name in [one for one in grid.sheets if one != grid.sheet][:_SHEETS]:
        try:
            other = open_grid(raw.file, open_file(path, raw.file), replace(given, sheet=name))
        except Refusal:
            continue  # a chart, or empty: the columns are not there
        yield _best(other.head, wanted, f"of the sheet {name!r}", (f"sheet = {json.dumps(name, ensure_ascii=False)}",))
    if grid.kind == "csv":
        yield from _as_text(raw, wanted, path)


def _as_text(raw: RawTable, wanted: Collection[str], path: Path) -> Iterator[_Found]:
    with open_file(path, raw.file) as handle:
        start = handle.read(_START)
    for delimiter, name in DELIMITERS.items():
        if delimiter != raw.grid.delimiter:
            records = _records(start, raw.grid.encoding, delimiter)
            yield _best(records, wanted, f"with the delimiter {name}", (f"delimiter = {json.dumps(delimiter)}",))
    for encoding in _ENCODINGS:
        for delimiter in dict.fromkeys((raw.grid.delimiter, *DELIMITERS)) if encoding != raw.grid.encoding else ():
            write = [f'encoding = "{encoding}"']
            if delimiter != raw.grid.delimiter:
                write.append(f"delimiter = {json.dumps(delimiter)}")
            yield _best(_records(start, encoding, delimiter), wanted, f"of {encoding} text", tuple(write))


def _records(start: bytes, encoding: str, delimiter: str) -> tuple[Record, ...]:
    text = start.decode(encoding, "ignore").removeprefix("\ufeff").replace("\0", "")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return tuple(Record(number, tuple(cells)) for number, cells in enumerate(islice(lines, HEAD_RECORDS), start=1))
    except csv.Error:
        return ()


def _best(
    head: Sequence[Record], wanted: Collection[str], where: str, write: tuple[str, ...], not_in: int = 0
) -> _Found:  # fmt: skip
    """The record that holds the most of the columns. not_in: the one that was looked at already."""
    counts = [(len({clean(cell) for cell in one.cells} & set(wanted)), -one.number) for one in head]
    columns, row = max((one for one in counts if -one[1] != not_in), default=(0, -1))
    deeper = (f"header_rows = {-row}",) if row < -1 or not where else ()
    return _Found(columns, -row, where and f" {where}", (*write, *deeper))
