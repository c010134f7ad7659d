"""Columns of whole numbers, read as Int8 where that says exactly what the cells hold."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.sources.raw import RAGGED, ROW


def as_written(frame: pl.DataFrame, numbers: Sequence[str], block: bytes, quotes: npt.NDArray[np.intp]) -> bool:
    """Whether every number stands in the block as Python writes it: 5, not 05, +5 or " 5".

    frame: ROW, RAGGED and all columns of a block of well-quoted text that ends with a line end,
    `numbers` as Int8 (null: an empty cell), the others as text. A number has no shorter spelling
    than the plain one. So all are plain where the block is as long as it would be then.
    """
    returns = block.count(b"\r") if b"\r" in block else 0
    if returns not in (0, frame.height):
        return False
    doubled = int(np.count_nonzero(quotes[1:-1:2] + 1 == quotes[2::2]))  # one of the two is part of the text
    separators = frame.height * (frame.width - 2)  # delimiters and line ends; ROW and RAGGED are not in the block
    texts = pl.col([name for name in frame.columns if name not in (ROW, RAGGED, *numbers)])
    ones = pl.col(numbers)
    # A digit for every number, one more for each power of ten it reaches, and its sign.
    digits = (ones.count(), *(test.sum() for test in (ones > 9, ones > 99, ones < 0, ones < -9, ones < -99)))
    lengths = (texts.str.len_bytes().sum(), *digits)
    written: int = sum(frame.select(one.name.suffix(f" {place}") for place, one in enumerate(lengths)).row(0))
    return len(block) == written + separators + returns + len(quotes) - doubled


def plain(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """The columns of text that hold nothing but empty cells and numbers as as_written wants them."""
    spelt = frame.select(pl.col(names).cast(pl.Int8, strict=False).cast(pl.String).fill_null(""))
    return [name for name in names if spelt[name].equals(frame[name])]
