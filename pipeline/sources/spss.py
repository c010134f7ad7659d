"""SPSS files (.sav, .zsav): value codes as text, and the dictionary that explains them."""

import io
import json
import re
import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources.apart import read_apart
from pipeline.sources.cells import head_records, number_text, shaped
from pipeline.sources.digest import Digest
from pipeline.sources.raw import HEAD_RECORDS, ROW, Column, Grid, Options
from pipeline.sources.sav_records import dictionary, expanded_size

BATCH_CELLS = 2_000_000  # cells read at once …
BATCH_ROWS = 100_000  # … and at most so many rows
_EPOCH = 12_219_379_200  # seconds from 1582-10-14, where SPSS starts to count, to 1970-01-01


def open_sav(file: str, data: bytes, digest: Digest, options: Options) -> Grid:
    """Cells are the value codes (1, 2.5), not their labels; system-missing and blank texts are "".
    Dates come as 2025-10-31, times of a day as 2025-10-31T09:05:07, durations as h:mm:ss.

    User-missing codes keep their text and stand in Column.missing (also the labelled ones of a
    range) and Column.ranges; a set of multiple responses is the group of its columns.

    A file that names its encoding is read in it; of another the texts must be UTF-8 or in
    options.encoding. Raises Refusal when they are not, when the bytes are cut off, damaged or no
    SPSS file, and when a .zsav unpacks to more than options.limit. The format has no check sums:
    a changed digit within a value cannot be noticed here.
    """
    found = _read(file, data, options, HEAD_RECORDS)
    columns = tuple(
        Column(**{**one, "ranges": tuple((low, high) for low, high in one["ranges"])})
        for one in json.loads(str(next(found)))
    )
    first = [frame for frame in found if isinstance(frame, pl.DataFrame)]

    def batches(after: int, width: int, keep: Collection[int] | None = None) -> Iterator[pl.DataFrame]:
        for frame in _read(file, data, options, None):
            if isinstance(frame, pl.DataFrame):
                yield shaped(frame, after, width, keep)

    return Grid(file, digest, "sav", "sav", head_records(first[0]) if first else (), batches, columns)


def _read(file: str, data: bytes, options: Options, rows: int | None) -> Iterator[object]:
    return read_apart(file, "SPSS file", data, "spss", limit=options.limit, encoding=options.encoding, rows=rows)


def read(data: bytes, *, file: str, limit: int, encoding: str | None, rows: int | None) -> Iterator[str | pl.DataFrame]:
    """The columns as JSON, then the first `rows` records (all if None) in batches of ROW and text."""
    try:
        said = dictionary(data)
        expanded = expanded_size(data, said.start) if data.startswith(b"$FL3") else 0
    except (struct.error, IndexError, ValueError) as error:
        raise Refusal(_unreadable(file, f"its dictionary is damaged: {error}")) from None
    if expanded > limit:
        raise Refusal(
            f"{file}: unpacks to {expanded:,} bytes, more than the {limit:,} allowed. Split it, or save it as CSV."
        )
    if said.counted not in (-1, said.cases) and said.cases != -1:
        raise Refusal(_unreadable(file, f"it says both {said.cases:,} and {said.counted:,} records"))
    plain = data.startswith(b"$FL2") and data[72:76] == bytes(4)
    if plain and said.width and said.cases != -1 and (held := (len(data) - said.start) // said.width) > said.cases:
        raise Refusal(_unreadable(file, f"it says {said.cases:,} records, but holds {held:,}"))
    source = _Source(file, data, encoding, said.marked)
    values, about = source.records(0, 1)
    texts = {name: _text_of(about, name) for name in about.column_names}
    yield json.dumps([asdict(column) for column in _columns(about, texts, said.names)])
    if rows is not None and said.cases > rows:
        source.records(said.cases - 1, 1)  # are they all there?
    step = max(1, min(BATCH_ROWS, BATCH_CELLS // len(texts))) if texts else 0
    start = 0
    while step and (rows is None or start < rows):
        asked = step if rows is None else min(step, rows - start)
        values, _ = source.records(start, asked)
        frame = pl.DataFrame([texts[name](values[name]).alias(f"{place}") for place, name in enumerate(texts)])
        yield frame.with_row_index(ROW, offset=start + 1)
        start += frame.height
        if frame.height < asked:
            return


class _Source:
    """The file as the library reads it, in the encoding that its texts turn out to fit."""

    def __init__(self, file: str, data: bytes, declared: str | None, marked: bool) -> None:
        self.file, self.data, self.declared, self.marked = file, data, declared, marked
        self.encoding = None if marked else declared or "UTF-8"

    def records(self, start: int, count: int) -> tuple[Mapping[str, list[Any]], Any]:
        """Values by column, None being system-missing, and the library's dictionary."""
        import pyreadstat

        try:
            return pyreadstat.read_sav(
                io.BytesIO(self.data),
                user_missing=True,
                disable_datetime_conversion=True,
                output_format="dict",
                row_offset=start,
                row_limit=count,
                encoding=self.encoding,
            )
        except Exception as error:  # the library raises its own kinds and those of Python
            if not re.search("encoding|character set", str(error)) and not isinstance(error, UnicodeError):
                raise Refusal(_unreadable(self.file, f"{error}".partition("\n")[0])) from None
            if self.marked and self.declared and self.encoding is None:
                self.encoding = self.declared
                return self.records(start, count)
            tried = self.encoding or "the encoding that the file names"
            raise Refusal(
                f"{self.file}: its texts are not in {tried}. Name the right one as `encoding` in the mapping, or "
                "save the file again as Unicode."
            ) from None


def _columns(about: Any, texts: Mapping[str, Callable[..., pl.Series]], long: Mapping[str, str]) -> Iterator[Column]:
    groups = {
        long.get(member.lower(), member).lower(): name
        for name, one in reversed(about.mr_sets.items())
        for member in one["variable_list"]
    }
    for name, label in zip(about.column_names, about.column_labels, strict=True):
        labels = {texts[name]([code])[0]: text for code, text in about.variable_value_labels.get(name, {}).items()}
        declared = [(one["lo"], one["hi"]) for one in about.missing_ranges.get(name, [])]
        ranges = tuple((float(low), float(high)) for low, high in declared if low != high)
        single = [texts[name]([low])[0] for low, high in declared if low == high]
        inside = [code for code in labels if any(low <= _number(code) <= high for low, high in ranges)]
        missing = {code: labels.get(code, "") for code in (*single, *inside)}
        yield Column(name, label or "", labels, missing, ranges, groups.get(name.lower(), ""))


def _number(code: str) -> float:
    try:
        return float(code)
    except ValueError:
        return float("nan")


def _text_of(about: Any, name: str) -> Callable[[Iterable[Any]], pl.Series]:
    """The values of a column as text, by its format."""
    if about.readstat_variable_types[name] == "string":
        return lambda values: pl.Series(values, dtype=pl.String).fill_null("")
    form = re.match("[A-Z]*", about.original_variable_types[name] or "")
    as_text = _FORMS.get(form[0] if form else "", number_text)
    return lambda values: as_text(pl.Series(values, dtype=pl.Float64)).fill_null("")


def _moments(values: pl.Series) -> pl.Series:
    thousandths = ((values - _EPOCH) * 1000).round(0).cast(pl.Int64, strict=False)
    return thousandths.cast(pl.Datetime("ms"))


def _day(values: pl.Series) -> pl.Series:
    return _moments(values).dt.to_string("%Y-%m-%d")


def _moment(values: pl.Series) -> pl.Series:
    return _moments(values).dt.to_string("%Y-%m-%dT%H:%M:%S%.f")


def _clock(values: pl.Series) -> pl.Series:
    """h:mm:ss, also over 24 hours, with the fraction of the seconds if there is one."""
    return pl.Series([None if value is None else _clock_text(value) for value in values], dtype=pl.String)


def _clock_text(value: float) -> str:
    if not abs(value) < 1e15:
        return f"{value}"
    seconds, thousandths = divmod(round(abs(value) * 1000), 1000)
    fraction = f".{thousandths:03}".rstrip("0") if thousandths else ""
    return f"{'-' if value < 0 else ''}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


_FORMS: dict[str, Callable[[pl.Series], pl.Series]] = {
    **dict.fromkeys(("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR"), _day),
    **dict.fromkeys(("DATETIME", "YMDHMS"), _moment),
    **dict.fromkeys(("TIME", "DTIME", "MTIME"), _clock),
}


def _unreadable(file: str, why: str) -> str:
    return f"{file}: not a readable SPSS file ({why.rstrip('.')}). Export it again."
