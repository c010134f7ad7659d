"""Typed values as the text of cells, and records as the frames a Grid gives."""

from collections.abc import Collection

import polars as pl

from pipeline.sources.raw import HEAD_RECORDS, RAGGED, ROW, Record

_WHOLE = 9e18  # a float below may be written as a 64-bit integer


def number_text(values: pl.Series) -> pl.Series:
    """Floats as text: whole ones without ".0" (8, not 8.0), others with the fewest digits that
    give the same number again; NaN, inf. Null stays null."""
    whole = values.is_finite() & (values == values.floor()) & (values.abs() < _WHOLE)
    integers = values.cast(pl.Int64, strict=False).cast(pl.String)
    return integers.zip_with(whole.fill_null(False), values.cast(pl.String)).alias(values.name)


def head_records(frame: pl.DataFrame) -> tuple[Record, ...]:
    """The first records of a frame of ROW and cells."""
    return tuple(Record(number, cells) for number, *rest in frame.head(HEAD_RECORDS).rows() for cells in [tuple(rest)])


def shaped(frame: pl.DataFrame, after: int, width: int, keep: Collection[int] | None) -> pl.DataFrame:
    """One batch as Batches says, from a frame of ROW and all cells, named by their positions."""
    cells = [name for name in frame.columns if name != ROW]
    beyond = [
        pl.when(pl.col(name) != "").then(pl.lit(place + 1, pl.UInt32))
        for place, name in enumerate(cells)
        if place >= width
    ]
    wanted = range(width) if keep is None else sorted(keep)
    return frame.filter(pl.col(ROW) > after, pl.any_horizontal(pl.col(cells) != "")).select(
        pl.col(ROW).cast(pl.UInt32),
        (pl.max_horizontal(beyond) if beyond else pl.lit(None, pl.UInt32)).alias(RAGGED),
        *((pl.col(f"{place}") if place < len(cells) else pl.lit("").alias(f"{place}")) for place in wanted),
    )
