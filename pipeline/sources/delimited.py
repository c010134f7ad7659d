"""Delimited text (.csv, .tsv): every record as text, its number and its number of cells.

Polars reads it, fast. Where the count of delimiters says that some record has too few or
too many cells, or Polars cannot read it, the csv module reads it again, record by record.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources.decode import decode
from pipeline.sources.raw import RAGGED, ROW, RawTable, heads

CELL_LIMIT = 10_000_000  # characters of one cell; a quote that is never closed makes a longer one
_FIRST = re.compile(r'(?:"[^"]*"|[^"\r\n])*')
_QUOTED = re.compile(r'"[^"]*"')


def read(file: str, data: bytes, sha256: str, sheet: str | None = None) -> RawTable:
    """Raises Refusal when the file is empty, cannot be decoded, has no data under its heads,
    or ends inside a quoted cell. `sheet` means nothing here."""
    if sheet is not None:
        raise Refusal(f"{file}: a text file has no sheets. Take `sheet` out of the mapping.")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Refusal(f'{file}: this is an Excel file. Set reader = "xlsx" for its source.')
    text, encoding = decode(file, data)
    if not text.strip():
        raise Refusal(f"{file}: the file is empty. Export it again.")
    delimiter = _delimiter(text)
    first = next(_records(file, text, delimiter))[1]
    header = heads(file, first)
    frame = _fast(text, delimiter, len(first), header)
    if frame is None:
        frame = _careful(file, text, delimiter, header)
    if frame.is_empty():
        raise Refusal(f"{file}: there is no row under the column heads. Export it again.")
    return RawTable(file, sha256, encoding, header, frame)


def _delimiter(text: str) -> str:
    """The separator that stands most often between the heads, quoted ones left out."""
    record = _FIRST.match(text)
    unquoted = _QUOTED.sub("", record[0] if record else "")
    return max(",\t;", key=unquoted.count)


def _fast(text: str, delimiter: str, cells: int, header: tuple[str, ...]) -> pl.DataFrame | None:
    """The frame, or None unless every record surely has exactly as many cells as there are heads."""
    if cells == 1 or text.count("\r") != text.count("\r\n"):
        return None
    whole = text if text.endswith("\n") else f"{text}\n"  # else Polars drops a last surplus cell
    names = [f"{position}" for position in range(cells)]
    try:
        frame = pl.read_csv(
            io.BytesIO(whole.encode()),
            has_header=False,
            infer_schema=False,
            empty_string_is_null=False,
            separator=delimiter,
            new_columns=names,
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.width != cells:
        return None
    inside = 0
    if '"' in text:
        if not _well_quoted(text, delimiter):
            return None
        counts = frame.select(pl.all().str.count_matches(delimiter, literal=True).sum())
        inside = sum(counts.row(0))
    if text.count(delimiter) - inside != frame.height * (cells - 1):
        return None
    beyond = names[len(header) :]
    surplus = pl.any_horizontal(pl.col(beyond) != "") if beyond else pl.lit(False)
    frame = frame.with_row_index(ROW, offset=1).slice(1).filter(pl.any_horizontal(pl.col(names) != ""))
    return frame.select(
        pl.col(ROW),
        pl.when(surplus).then(pl.lit(cells, pl.UInt32)).alias(RAGGED),
        *(pl.col(name).alias(head) for name, head in zip(names, header, strict=False)),
    )


def _well_quoted(text: str, delimiter: str) -> bool:
    """Whether quotes stand only round whole cells, and doubled inside them: where they do not,
    Polars and the csv module read different cells."""
    unquoted = text.split('"')[::2]  # nothing between two quotes in a row: a doubled one
    closed = text.count('"') % 2 == 0
    return closed and all(
        (place == 0 or not piece or piece[0] in f"{delimiter}\r\n")
        and (place == len(unquoted) - 1 or not piece or piece[-1] in f"{delimiter}\n")
        for place, piece in enumerate(unquoted)
    )


def _careful(file: str, text: str, delimiter: str, header: tuple[str, ...]) -> pl.DataFrame:
    """As above, for any records. Empty cells beyond the heads do no harm where the heads or most
    of the records have them; in a single record they say that its cells are shifted."""
    rows: list[tuple[int, int | None, *tuple[str, ...]]] = []
    (_, first), *records = _records(file, text, delimiter)
    records = [one for one in records if any(one[1])]  # a blank line holds no response
    usual = Counter(len(record) for _, record in records).most_common(1)
    width, widest = len(header), max([len(first), *(cells for cells, _ in usual)])
    for number, record in records:
        cells = record[:width] + [""] * (width - len(record))
        fits = width <= len(record) <= widest and not any(record[width:])
        rows.append((number, None if fits else len(record), *cells))
    schema = {ROW: pl.UInt32, RAGGED: pl.UInt32} | dict.fromkeys(header, pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _records(file: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(number from 1, cells) of every record. Raises Refusal where the quotes do not fit."""
    csv.field_size_limit(CELL_LIMIT)
    number = 0
    try:
        for number, record in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1
        ):
            yield number, record
    except csv.Error as error:
        place = f"after row {number}" if number else "row 1"
        raise Refusal(
            f"{file}, {place}: a quoted cell is not closed or wrongly quoted ({error}). "
            "The file may be cut off; export it again."
        ) from None
