"""Delimited text (.csv, .tsv): every record as text, its number and its number of cells.

Polars reads it, fast. Where the count of delimiters says that some record has too few or
too many cells, or Polars cannot read it, the csv module reads it again, record by record.
"""

import csv
import io

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources.decode import decode
from pipeline.sources.raw import RAGGED, ROW, RawTable, heads


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
    csv.field_size_limit(10_000_000)
    delimiter = _delimiter(text)
    first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = heads(file, first)
    frame = _fast(text, delimiter, len(first), header)
    if frame is None:
        frame = _careful(file, text, delimiter, header)
    if frame.is_empty():
        raise Refusal(f"{file}: there is no row under the column heads. Export it again.")
    return RawTable(file, sha256, encoding, header, frame)


def _delimiter(text: str) -> str:
    head = text[: text.find("\n")] if "\n" in text else text
    return max(",\t;", key=head.count)


def _fast(text: str, delimiter: str, cells: int, header: tuple[str, ...]) -> pl.DataFrame | None:
    """The frame, or None unless every record surely has exactly as many cells as there are heads."""
    names = [f"{position}" for position in range(cells)]
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            has_header=False,
            infer_schema=False,
            empty_string_is_null=False,
            separator=delimiter,
            new_columns=names,
        )
    except pl.exceptions.PolarsError:
        return None
    inside = 0
    if '"' in text:
        counts = frame.select(pl.all().str.count_matches(delimiter, literal=True).sum())
        inside = sum(counts.row(0))
    if text.count(delimiter) - inside != frame.height * (cells - 1) or cells == 1:
        return None
    frame = frame.rename(dict(zip(names, [*header, *names[len(header) :]], strict=True)))
    frame = frame.select(*header).with_row_index(ROW, offset=1).slice(1)
    frame = frame.filter(pl.any_horizontal(pl.col(list(header)) != ""))
    return frame.with_columns(pl.lit(None, pl.UInt32).alias(RAGGED))


def _careful(file: str, text: str, delimiter: str, header: tuple[str, ...]) -> pl.DataFrame:
    rows: list[tuple[int, int | None, *tuple[str, ...]]] = []
    width = len(header)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            if number == 1 or not any(record):
                continue  # the heads; a blank line holds no response
            cells = record[:width] + [""] * (width - len(record))
            surplus = any(record[width:])
            rows.append((number, len(record) if surplus or len(record) < width else None, *cells))
    except csv.Error as error:
        raise Refusal(
            f"{file}, after row {number}: a quoted cell is not closed or wrongly quoted ({error}). "
            "The file may be cut off; export it again."
        ) from None
    schema = {ROW: pl.UInt32, RAGGED: pl.UInt32} | dict.fromkeys(header, pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")
