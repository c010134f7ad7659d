"""Delimited text (.csv, .tsv) as a Grid: every record as text, its number and its number of cells.

The text is taken in blocks that end where a record ends, so that memory does not grow with the
file. Polars reads a block, fast. Where the count of delimiters says that some record has too few
or too many cells, such lines are taken out and read by the csv module; where the quotes do not
stand as they should, the csv module reads everything from there on, record by record.
"""

import codecs
import io
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice
from typing import BinaryIO

import polars as pl

from pipeline.refusal import Refusal
from pipeline.sources import bytewise, dialect, records, whole
from pipeline.sources.ahead import ahead
from pipeline.sources.bytewise import Places
from pipeline.sources.decode import BLOCK, Block, recognise
from pipeline.sources.raw import HEAD_RECORDS, RAGGED, ROW, Grid, Options, Record

_SLOW_RECORDS = 20_000  # records of a batch that the csv module reads
_ROOM = records.CELL_LIMIT + BLOCK  # bytes in which a record must end


def open_text(file: str, handle: BinaryIO, options: Options) -> Grid:
    """Raises Refusal when the file is empty, cannot be decoded, or ends inside a quoted cell.
    The handle stays open as long as the grid is used."""
    if options.sheet is not None:
        raise Refusal(f"{file}: a text file has no sheets. Take `sheet` out of the mapping.")
    text = recognise(file, handle, options.encoding, options.sure)
    start = bytes(next(text.blocks(handle), b""))
    if not any(line.strip() for line in dialect.lines(start)):
        raise Refusal(f"{file}: the file is empty. Export it again.")
    delimiter = options.delimiter or dialect.delimiter(dialect.lines(start))
    first = islice(records.read(file, dialect.lines(start, newline=""), delimiter), HEAD_RECORDS)
    head = tuple(Record(number, tuple(cells)) for number, cells in first)

    def batches(
        after: int, width: int, keep: Collection[int] | None = None, numbers: Collection[int] = ()
    ) -> Iterator[pl.DataFrame]:
        reader = _Reader(file, delimiter, after, width, head, keep, numbers)
        try:
            yield from reader.frames(text.blocks(handle))
        except UnicodeDecodeError:  # it did fit the encoding
            raise text.changed() from None

    return Grid(
        file, text.digest, "csv", text.encoding, head, batches, delimiter=delimiter,
        quoted=dialect.all_quoted(next(dialect.lines(start)), delimiter), marked=text.skip > 0, numbered=batches,
    )  # fmt: skip


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

    def frames(self, blocks: Iterator[Block]) -> Iterator[pl.DataFrame]:
        for part in ahead(bytewise.parts(blocks, self.delimiter, _ROOM)):
            if not part.well_quoted:
                yield from self._slow_rest(part.text, blocks)
            elif part.last:
                cells = bytewise.delimiters(part.text, part.quotes, self.delimiter) + 1
                self._whole_to_the_end(self.seen + 1, part.text.decode(), cells)
                yield from self._block(part.text if part.text.endswith(b"\n") else part.text + b"\n", part.quotes)
            else:
                yield from self._block(part.text, part.quotes)

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
        odd = [cells for _, cells in records.read(self.file, iter(lines.filter(~fits)), self.delimiter)]
        frames.append(records.framed(numbers.filter(~fits).to_list(), odd, self.width, self.cells))
        self.seen = int(numbers[-1])
        return pl.concat([frame.cast({ROW: pl.UInt32}) for frame in frames]).sort(ROW)

    def _whole_to_the_end(self, number: int, last: str, cells: int) -> None:
        """number: of the last record so far. last: what stands behind the last line end but one, that record where it
        has none. Raises Refusal where it has too few cells: nothing but a cut leaves both away."""
        if last.strip() and not last.endswith(("\n", "\r")) and cells < self.width and number > 1:
            raise Refusal(
                f"{self.file}, row {number}: the file ends within this row, after {cells} of {self.width} "
                "columns and without a line end. It was cut off; export it again."
            )

    def _slow(self, lines: Iterator[str]) -> Iterator[pl.DataFrame]:
        """Batches of what the csv module reads."""
        last = [""]

        def noted() -> Iterator[str]:
            for line in lines:
                last[0] = line
                yield line

        found = records.read(self.file, noted(), self.delimiter, self.seen)
        while batch := list(islice(found, _SLOW_RECORDS)):
            self.seen = batch[-1][0]
            self._whole_to_the_end(self.seen, last[0], len(batch[-1][1]))
            numbers, cells = zip(*batch, strict=True)
            yield self._done(records.framed(numbers, cells, self.width, self.cells))

    def _slow_rest(self, start: Block, blocks: Iterator[Block]) -> Iterator[pl.DataFrame]:
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
