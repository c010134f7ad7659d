"""Soft flags: marks of a response that looks careless. They remove nothing."""

import functools
import operator
from collections.abc import Iterable

import polars as pl

from pipeline.instrument import Instrument
from pipeline.settings import Flags

NAMES = ("straight_lining", "all_top", "speeding", "identical_verbatim")
_REPEATED_FROM = 10  # characters of a verbatim: 很好 is said by many
_WORDS = [" ".join(name for bit, name in enumerate(NAMES) if number >> bit & 1) for number in range(1 << len(NAMES))]
# No column of an instrument is called so.
_SAME, _FIRST, _RATED, _ANSWERED, _NUMBER = "\0same", "\0first", "\0rated", "\0answered", "\0number"


def hashes(verbatims: pl.Series) -> pl.Series:
    """A number (UInt64) of each verbatim that is long enough to count when it is repeated."""
    return verbatims.filter(verbatims.str.len_chars() >= _REPEATED_FROM).hash()


def repeated_hashes(hashed: pl.Series, flags: Flags) -> pl.Series:
    """The hashes that so many responses share. hashed: hashes() of all rows, of others too."""
    ordered = hashed.sort()
    shared = flags.verbatim_repeats - 1  # sorted, the first and the last of so many are this far apart
    return ordered.head(-shared).filter(ordered.head(-shared) == ordered.tail(-shared)).unique()


def repeated_verbatims(rows: pl.LazyFrame, often: pl.Series, flags: Flags) -> pl.Series:
    """The verbatims that so many responses share. Few texts are in memory at a time: only those
    that may be repeated by their hash are counted. rows: all that say any of them. often: repeated_hashes()."""
    long = pl.col("verbatim").str.len_chars() >= _REPEATED_FROM
    said = rows.select("verbatim").filter(long, pl.col("verbatim").hash().is_in(often.implode()))
    texts = said.collect(engine="streaming")["verbatim"]
    return texts.value_counts().filter(pl.col("count") >= flags.verbatim_repeats)["verbatim"]


def marked(
    rows: pl.LazyFrame, instrument: Instrument, flags: Flags, usual: pl.Expr, repeated: pl.Series
) -> pl.LazyFrame:
    """The rows and `flags`: the flags of a row, as words in one text (an Enum); null without any. usual: the
    median duration of the row's source. repeated: as repeated_verbatims gives them."""
    scales = {item.id: instrument.scale_of(item) for item in instrument.scored_items}  # counts are no opinions
    alike = len({(one.min, one.max) for one in scales.values()}) == 1
    answers = [
        pl.col(item) if alike else (pl.col(item).cast(pl.Float64) - scale.min) / scale.span
        for item, scale in scales.items()
    ]
    top = next(iter(scales.values())).max if alike else 1
    first, answered = pl.col(_FIRST), pl.col(_ANSWERED)
    uniform = pl.col(_SAME) & (pl.col(_RATED) >= flags.min_items)
    duration = pl.col("duration_s").cast(pl.Int64)
    found = {
        "straight_lining": uniform & (first < top),
        "all_top": uniform & (first == top),
        "speeding": (duration < flags.seconds_per_item * answered)
        | (duration * 100 < flags.share_of_median_percent * usual),
        "identical_verbatim": pl.col("verbatim").is_in(repeated.implode()),
    }
    bits = [
        pl.when(found[name]).then(pl.lit(1 << bit, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8))
        for bit, name in enumerate(NAMES)
    ]
    some = pl.when(pl.col(_NUMBER) > 0).then(pl.col(_NUMBER))
    said = rows.with_columns(pl.coalesce(answers).alias(_FIRST)).with_columns(
        (~pl.any_horizontal(one != first for one in answers).fill_null(False)).alias(_SAME),
        _answered(scales).alias(_RATED),
    )
    counts = [item.id for count in instrument.count for item in count.item]
    said = said.with_columns((pl.col(_RATED) + _answered(counts) if counts else pl.col(_RATED)).alias(_ANSWERED))
    return (
        said.with_columns(pl.sum_horizontal(bits).cast(pl.UInt8).alias(_NUMBER))
        .with_columns(some.cat.to(pl.Enum(_WORDS)).alias("flags"))
        .drop(_FIRST, _SAME, _RATED, _ANSWERED, _NUMBER)
    )


def _answered(items: Iterable[str]) -> pl.Expr:
    """How many of these a row has answered: the sum of numbers, which takes a fifth of the time of that of truths."""
    given = (pl.when(pl.col(one).is_null()).then(pl.lit(0, pl.Int16)).otherwise(pl.lit(1, pl.Int16)) for one in items)
    return functools.reduce(operator.add, given).cast(pl.Int64)
