"""Delimited text (.csv, .tsv) as a Grid: every record as text, its number and its number of cells.

The text is taken in blocks that end where a record ends, so that memory does not grow with the
file. Polars reads a block, fast. Where the count of delimiters says that some record has too few
or too many cells, such lines are taken out and read by the csv module; where the quotes do not
stand as they should, the csv module reads everything from there on, record by record.
"""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice
from typing import BinaryIO

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources import bytewise, whole
from pipeline.sources.bytewise import Places
from pipeline.sources.decode import BLOCK, recognise
from pipeline.sources.raw import HEAD_RECORDS, RAGGED, ROW, Grid, Options, Record

CELL_LIMIT = 10_000_000  # characters of one cell; a quote that is never closed makes a longer one
_SLOW_RECORDS = 20_000  # records of a batch that the csv module reads
_ROOM = CELL_LIMIT + BLOCK  # bytes in which a record must end


def open_text(file: str, handle: BinaryIO, options: Options) -> Grid:
    """Raises Refusal when the file is empty, cannot be decoded, or ends inside a quoted cell.
    The handle stays open as long as the grid is used."""
    if options.sheet is not None:
        raise Refusal(f"{file}: a text file has no sheets. Take `sheet` out of the mapping.")
    text = recognise(file, handle, options.encoding)
    start = next(text.blocks(handle), b"")
    if not any(line.strip() for line in _lines(start)):
        raise Refusal(f"{file}: the file is empty. Export it again.")
    delimiter = _delimiter(_lines(start))
    records = islice(_records(file, _lines(start, newline=""), delimiter), HEAD_RECORDS)
    head = tuple(Record(number, tuple(cells)) for number, cells in records)

    def batches(
        after: int, width: int, keep: Collection[int] | None = None, numbers: Collection[int] = ()
    ) -> Iterator[pl.DataFrame]:
        reader = _Reader(file, delimiter, after, width, head, keep, numbers)
        try:
            yield from reader.frames(text.blocks(handle))
        except UnicodeDecodeError:  # it did fit the encoding
            raise text.changed() from None

    return Grid(
        file, text.sha256, "csv", text.encoding, head, batches, delimiter=delimiter,
        quoted=_all_quoted(next(_lines(start)), delimiter), marked=text.skip > 0, numbered=batches,
    )  # fmt: skip


def _lines(start: bytes, newline: str = "\n") -> Iterator[str]:
    """The lines of the first block, decoded as they are asked for."""
    return io.TextIOWrapper(io.BytesIO(start), "utf-8", "ignore", newline)


def _delimiter(lines: Iterator[str]) -> str:
    """The separator that stands most often in the first line that has one, quoted ones left out."""
    for line in islice(lines, HEAD_RECORDS):
        unquoted = "".join(line.split('"')[::2])
        found = max(",\t;", key=unquoted.count)
        if found in unquoted:
            return found
    return ","


def _all_quoted(line: str, delimiter: str) -> bool:
    first = line.strip("\r\n")
    return first.count('"') >= 2 and all(
        len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in first.split(delimiter)
    )


class _Reader:
    """Reads the records of one file in order. seen: records read so far. whole: columns that held
    nothing but whole numbers so far, where that is wanted."""

    def __init__(
        self, file: str, delimiter: str, after: int, width: int, head: tuple[Record, ...], keep: Collection[int] | None,
        numbers: Collection[int] = (),
    ) -> None:  # fmt: skip
        self.file, self.delimiter, self.after, self.width = file, delimiter, after, width
        heads = [len(one.cells) for one in head if one.number <= after]
        rest = Counter(len(one.cells) for one in head if one.number > after and any(one.cells))
        # Empty cells beyond the heads do no harm where the heads or most records have them; in a
        # single record they say that its cells are shifted.
        self.cells = max([width, *heads, *(cells for cells, _ in rest.most_common(1))])
        self.keep = sorted(range(width) if keep is None else keep)
        self.whole = [f"{place}" for place in sorted(numbers) if place > 0]  # the first one tells blank records
        self.seen = 0

    def frames(self, blocks: Iterator[bytes]) -> Iterator[pl.DataFrame]:
        pending = b""
        for block in blocks:
            pending += block
            quotes = bytewise.quotes(pending)
            end = bytewise.record_end(pending, quotes)
            if end == 0 and len(pending) > _ROOM:
                yield from self._slow_rest(pending, blocks)
                return
            if end:
                whole, rest = pending[:end], pending[end:]
                quotes = quotes[quotes < end]
                if not bytewise.well_quoted(whole, quotes, self.delimiter):
                    yield from self._slow_rest(pending, blocks)
                    return
                yield from self._block(whole, quotes)
                pending = rest
        if pending:
            quotes = bytewise.quotes(pending)
            if bytewise.well_quoted(pending, quotes, self.delimiter):
                yield from self._block(pending if pending.endswith(b"\n") else pending + b"\n", quotes)
            else:
                yield from self._slow_rest(pending, iter(()))

    def _block(self, block: bytes, quotes: Places) -> Iterator[pl.DataFrame]:
        """Whole records in a block of UTF-8 that ends with a line end, well quoted."""
        if self.whole and self.seen < self.after:  # heads are no numbers
            end = bytewise.end_of(block, quotes, self.after - self.seen)
            heads = quotes < end
            yield from (frame for frame in self._whole_records(block[:end], quotes[heads]) if frame.height)
            block, quotes = block[end:], quotes[~heads] - end
        if block:
            yield from self._whole_records(block, quotes)

    def _whole_records(self, block: bytes, quotes: Places) -> Iterator[pl.DataFrame]:
        if self.cells > 1:
            frame = self._fast(block, quotes)
            if frame is not None:
                yield self._done(frame)
                return
            frame = self._by_line(block)
            if frame is not None:
                yield self._done(frame)
                return
        yield from self._slow(io.StringIO(block.decode(), newline=""))

    def _fast(self, block: bytes, quotes: Places) -> pl.DataFrame | None:
        """The records of a block with their numbers, or None unless every one surely has self.cells
        cells."""
        numbered = self.whole and self.seen >= self.after
        frame = self._numbered(block, quotes) if numbered else self._texts(block, quotes)
        if frame is None:
            return None
        seen, self.seen = self.seen, self.seen + frame.height
        return frame.with_columns(pl.col(ROW) + pl.lit(seen, pl.UInt32)) if seen else frame

    def _numbered(self, block: bytes, quotes: Places) -> pl.DataFrame | None:
        """As _texts, the columns of whole numbers as Int8. Where one holds anything else, that is
        text from here on."""
        frame = self._texts(block, quotes, self.whole)
        if frame is not None and whole.as_written(frame, self.whole, block, quotes):
            return frame
        texts = self._texts(block, quotes)
        if texts is not None:
            self.whole = whole.plain(texts, self.whole)
        return texts

    def _texts(self, block: bytes, quotes: Places, numbers: Collection[str] = ()) -> pl.DataFrame | None:
        """As _fast, numbered from 1. All columns are read: of a few Polars would not see that a
        record has too many."""
        if block.startswith(codecs.BOM_UTF8):  # Polars would drop it
            return None
        names = [f"{position}" for position in range(self.cells)]
        try:
            frame = pl.read_csv(
                io.BytesIO(block),
                has_header=False,
                schema={name: pl.Int8 if name in numbers else pl.String for name in names},
                empty_string_is_null=False,
                separator=self.delimiter,
                row_index_name=ROW,
                row_index_offset=1,
            )
        except pl.exceptions.PolarsError:
            return None
        if bytewise.delimiters(block, quotes, self.delimiter) != frame.height * (self.cells - 1):
            return None
        return frame.with_columns(pl.col(ROW).cast(pl.UInt32), pl.lit(None, pl.UInt32).alias(RAGGED))

    def _by_line(self, block: bytes) -> pl.DataFrame | None:
        """As _fast, with the few lines that have too few or too many cells read one by one; None
        where a record has several lines."""
        text = block.decode().replace("\r\n", "\n")
        lines = pl.Series("line", text.split("\n")[:-1], dtype=pl.String)
        bare = lines.str.replace_all(r'"[^"]*"', "")
        if bare.str.contains('"', literal=True).any():
            return None
        fits = bare.str.count_matches(self.delimiter, literal=True) == self.cells - 1
        numbers = pl.int_range(self.seen + 1, self.seen + 1 + len(lines), dtype=pl.UInt32, eager=True)
        good = lines.filter(fits)
        frames = []
        if len(good):
            rest = ("\n".join(good) + "\n").encode()
            frame = self._texts(rest, bytewise.quotes(rest))
            if frame is None or frame.height != len(good):
                return None
            frames.append(frame.with_columns(numbers.filter(fits).alias(ROW)))
        records = [cells for _, cells in _records(self.file, iter(lines.filter(~fits)), self.delimiter)]
        frames.append(self._odd(numbers.filter(~fits).to_list(), records))
        self.seen = int(numbers[-1])
        return pl.concat([frame.cast({ROW: pl.UInt32}) for frame in frames]).sort(ROW)

    def _odd(self, numbers: list[int], records: list[list[str]]) -> pl.DataFrame:
        """Records of any number of cells, each with its own; cells beyond the heads without text
        count only where there are more than usual."""
        rows = []
        for number, record in zip(numbers, records, strict=True):
            cells = record[: self.cells] + [""] * (self.cells - len(record))
            fits = self.width <= len(record) <= self.cells and not any(record[self.width :])
            rows.append((number, *cells, None if fits or not any(record) else len(record)))
        schema = {ROW: pl.UInt32} | {str(place): pl.String for place in range(self.cells)} | {RAGGED: pl.UInt32}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _slow(self, lines: Iterator[str]) -> Iterator[pl.DataFrame]:
        """Batches of what the csv module reads."""
        records = _records(self.file, lines, self.delimiter, self.seen)
        while batch := list(islice(records, _SLOW_RECORDS)):
            self.seen = batch[-1][0]
            yield self._done(self._odd([number for number, _ in batch], [record for _, record in batch]))

    def _slow_rest(self, start: bytes, blocks: Iterator[bytes]) -> Iterator[pl.DataFrame]:
        def lines() -> Iterator[str]:
            rest = start
            for block in blocks:
                whole, end, rest = (rest + block).rpartition(b"\n")
                yield from io.StringIO((whole + end).decode(), newline="")
            yield from io.StringIO(rest.decode(), newline="")

        yield from self._slow(lines())

    def _done(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Without the heads, records that hold no text, and columns that nobody asked for."""
        if frame.height and frame[ROW][0] <= self.after:
            frame = frame.filter(pl.col(ROW) > self.after)
        blank = frame["0"] == ""
        if blank.any():
            texts = [name for name, kind in frame.schema.items() if kind == pl.String]
            numbers = [name for name, kind in frame.schema.items() if kind == pl.Int8]
            some = pl.any_horizontal(pl.col(texts) != "", pl.col(numbers).is_not_null())
            frame = frame.filter(~blank | some | pl.col(RAGGED).is_not_null())
        beyond = [str(place) for place in range(self.width, self.cells)]
        if beyond:
            surplus = pl.any_horizontal(pl.col(beyond) != "")
            frame = frame.with_columns(
                pl.when(surplus)
                .then(pl.coalesce(RAGGED, pl.lit(self.cells, pl.UInt32)))
                .otherwise(RAGGED)
                .alias(RAGGED)
            )
        return frame.select(ROW, RAGGED, *(str(place) for place in self.keep)).rechunk()


def _records(file: str, lines: Iterator[str], delimiter: str, seen: int = 0) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of every record. Raises Refusal where the quotes do not fit."""
    csv.field_size_limit(CELL_LIMIT)
    number = seen
    try:
        for number, record in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), start=seen + 1):
            yield number, record
    except csv.Error as error:
        place = f"after row {number}" if number else "row 1"
        raise Refusal(
            f"{file}, {place}: a quoted cell is not closed or wrongly quoted ({error}). "
            "The file may be cut off; export it again."
        ) from None
