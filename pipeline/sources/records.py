"""Records of delimited text one by one, as the csv module reads them: slow, and sure of every cell."""

import csv
from collections.abc import Iterator, Sequence

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources.raw import RAGGED, ROW

CELL_LIMIT = 10_000_000  # characters of one cell; a quote that is never closed makes a longer one


def read(file: str, lines: Iterator[str], delimiter: str, seen: int = 0) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of every record. seen: records before the first. Raises Refusal where the quotes do not fit."""
    csv.field_size_limit(CELL_LIMIT)
    number = seen
    try:
        for number, record in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), start=seen + 1):
            yield number, record
    except csv.Error as error:
        place = f"after row {number}" if number else "row 1"
        what = f"a quoted cell is not closed or wrongly quoted ({error})"
        if "field limit" in str(error):
            what = f"a cell has more than {CELL_LIMIT:,} characters; a quote before it is probably not closed"
        raise Refusal(f"{file}, {place}: {what}. The file may be cut off; export it again.") from None


def framed(numbers: Sequence[int], records: Sequence[list[str]], width: int, cells: int) -> pl.DataFrame:
    """ROW, RAGGED and `cells` columns of records of any number of cells, each with its own number; cells
    beyond the `width` heads without text count only where there are more than usual."""
    rows = []
    for number, record in zip(numbers, records, strict=True):
        there = record[:cells] + [""] * (cells - len(record))
        fits = width <= len(record) <= cells and not any(record[width:])
        rows.append((number, *there, None if fits or not any(record) else len(record)))
    schema = {ROW: pl.UInt32} | {str(place): pl.String for place in range(cells)} | {RAGGED: pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row")
