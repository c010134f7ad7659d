"""Columns of whole numbers, read as Int8 where that says exactly what the cells hold."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.sources.bytewise import Places
from pipeline.sources.raw import RAGGED, ROW


def as_written(frame: pl.DataFrame, numbers: Sequence[str], block: bytes, quotes: Places) -> bool:
    """Whether every number stands in the block as Python writes it: 5, not 05, +5 or " 5".

    frame: ROW, RAGGED and all columns of a block of well-quoted text that ends with a line end,
    `numbers` as Int8 (null: an empty cell), the others as text. A number has no shorter spelling
    than the plain one. So all are plain where the block is as long as it would be then.
    """
    doubled = int(np.count_nonzero(quotes[1:-1:2] + 1 == quotes[2::2]))  # one of the two is part of the text
    separators = frame.height * (frame.width - 2)  # delimiters and line ends; ROW and RAGGED are not in the block
    texts = pl.col([name for name in frame.columns if name not in (ROW, RAGGED, *numbers)])
    ones = pl.col(numbers)
    # A digit for every number, one more for each power of ten it reaches, and its sign.
    least, most = pl.min_horizontal, pl.max_horizontal
    low, high = frame.select(least(ones.min()).alias("low"), most(ones.max()).alias("high")).row(0)
    tests = [ones > reached for reached in (9, 99) if high is not None and high > reached]
    tests += [ones < reached for reached in (0, -9, -99) if low is not None and low < reached]
    lengths = (texts.str.len_bytes().sum(), ones.count(), *(test.sum() for test in tests))
    written: int = sum(frame.select(one.name.suffix(f" {place}") for place, one in enumerate(lengths)).row(0))
    return len(block) == written + separators + _returns(block, quotes) + len(quotes) - doubled


def _returns(block: bytes, quotes: Places) -> int:
    """Carriage returns before line ends; those inside quotes are part of a text."""
    if b"\r" not in block:
        return 0
    places = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\r"))
    return int(np.count_nonzero(np.searchsorted(quotes, places) % 2 == 0))


def plain(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """The columns of text that hold nothing but empty cells and numbers as as_written wants them."""
    spelt = frame.select(pl.col(names).cast(pl.Int8, strict=False).cast(pl.String).fill_null(""))
    return [name for name in names if spelt[name].equals(frame[name])]
