"""Parquet files: a table with typed columns, every value as text."""

import io
import json
from collections.abc import Callable, Collection, Iterator

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources.apart import read_apart
from pipeline.sources.cells import head_records, number_text, shaped
from pipeline.sources.digest import Digest
from pipeline.sources.raw import HEAD_RECORDS, ROW, Column, Grid, Options

BATCH_CELLS = 2_000_000  # cells read at once …
BATCH_ROWS = 100_000  # … and at most so many rows
_MOMENT = "%Y-%m-%dT%H:%M:%S%.f"


def open_parquet(file: str, data: bytes, digest: Digest, options: Options) -> Grid:
    """Whole numbers and decimals come without closing zeros (8, 8.5), dates as 2025-10-31, times
    as 2025-10-31T09:05:07 and, where the column has a time zone, with its offset (+08:00) behind,
    durations as seconds, booleans as true and false, bytes as the UTF-8 they must be, null as "".
    NaN stays NaN: it is the file's own text for no number.

    Raises Refusal when the bytes are cut off, damaged or no Parquet, when they unpack to more
    than options.limit, and when a column is nested or of a type that has no text. Parquet has no
    check sums of its own: a changed digit within a value cannot be noticed here.
    """
    if not data.startswith(b"PAR1") or not data.endswith(b"PAR1") or len(data) < 12:
        raise Refusal(_unreadable(file, "it is cut off"))
    found = _read(file, data, options, HEAD_RECORDS)
    names = json.loads(str(next(found)))
    first = [frame for frame in found if isinstance(frame, pl.DataFrame)]

    def batches(after: int, width: int, keep: Collection[int] | None = None) -> Iterator[pl.DataFrame]:
        for frame in _read(file, data, options, None):
            if isinstance(frame, pl.DataFrame):
                yield shaped(frame, after, width, keep)

    head = head_records(first[0]) if first else ()
    return Grid(file, digest, "parquet", "parquet", head, batches, tuple(map(Column, names)))


def _read(file: str, data: bytes, options: Options, rows: int | None) -> Iterator[object]:
    return read_apart(file, "Parquet file", data, "parquet", limit=options.limit, rows=rows)


def read(data: bytes, *, file: str, limit: int, rows: int | None) -> Iterator[str | pl.DataFrame]:
    """The names as JSON, then the first `rows` records (all if None) in batches of ROW and text."""
    try:
        table = pl.scan_parquet(io.BytesIO(data))
        schema = table.collect_schema()
        total: int = table.select(pl.len()).collect().item()
    except pl.exceptions.PolarsError as error:
        raise Refusal(_unreadable(file, _line(error))) from None
    if not schema:
        raise Refusal(f"{file}: the table has no columns. Export it again.")
    if problems := [problem for name, kind in schema.items() if (problem := _refused(file, name, kind))]:
        raise Refusal(problems)
    yield json.dumps(list(schema))
    step = max(1, min(BATCH_ROWS, BATCH_CELLS // len(schema)))
    total = total if rows is None else min(total, rows)
    unpacked = 0
    for start in range(0, total, step):
        try:
            frame = table.slice(start, min(step, total - start)).collect(engine="in-memory")
        except pl.exceptions.PolarsError as error:
            raise Refusal(_unreadable(file, _line(error))) from None
        unpacked += int(frame.estimated_size())
        if unpacked > limit:
            raise Refusal(
                f"{file}: up to row {start + frame.height:,} of {total:,} it unpacks to {unpacked:,} bytes, more than "
                f"the {limit:,} allowed. Split it, save it as CSV, or allow more as `expanded_mb` under [limits]."
            )
        texts = [_text(file, column).alias(f"{place}") for place, column in enumerate(frame.get_columns())]
        yield pl.DataFrame(texts).with_row_index(ROW, offset=start + 1)


def _refused(file: str, name: str, kind: pl.DataType) -> str | None:
    if kind.is_nested():
        return f"{file}, column {name}: holds {kind}, several values in one cell. Export one column for each value."
    if kind.base_type() not in _TEXTS and not kind.is_integer():
        return f"{file}, column {name}: holds {kind}, which has no text. Export it as text."
    return None


def _text(file: str, column: pl.Series) -> pl.Series:
    """A column as text, null as "". Raises Refusal where bytes are not UTF-8."""
    try:
        return _TEXTS.get(column.dtype.base_type(), _plain)(column).fill_null("")
    except pl.exceptions.PolarsError:
        raise Refusal(f"{file}, column {column.name}: bytes that are not UTF-8 text. Export it as text.") from None


def _plain(column: pl.Series) -> pl.Series:
    return column.cast(pl.String)


def _single(column: pl.Series) -> pl.Series:
    """Single precision has texts of its own (0.1, not 0.10000000149011612)."""
    wide = column.cast(pl.Float64)
    return number_text(wide).zip_with((wide == wide.floor()).fill_null(False), column.cast(pl.String))


def _decimal(column: pl.Series) -> pl.Series:
    return column.cast(pl.String).str.replace(r"\.(\d*?)0+$", ".$1").str.strip_suffix(".")


def _moment(column: pl.Series) -> pl.Series:
    zoned = isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None
    return column.dt.to_string(_MOMENT + "%:z" if zoned else _MOMENT)


def _seconds(column: pl.Series) -> pl.Series:
    return number_text(column.dt.total_microseconds().cast(pl.Float64) / 1e6)


_TEXTS: dict[type[pl.DataType], Callable[[pl.Series], pl.Series]] = {
    pl.String: _plain,
    pl.Boolean: _plain,
    pl.Categorical: _plain,
    pl.Enum: _plain,
    pl.Null: _plain,
    pl.Binary: _plain,
    pl.Float64: number_text,
    pl.Float32: _single,
    pl.Decimal: _decimal,
    pl.Date: lambda column: column.dt.to_string("%Y-%m-%d"),
    pl.Time: lambda column: column.dt.to_string("%H:%M:%S%.f"),
    pl.Datetime: _moment,
    pl.Duration: _seconds,
}


def _line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0][:200]


def _unreadable(file: str, why: str) -> str:
    return f"{file}: not a readable Parquet file ({why}). Export it again."
