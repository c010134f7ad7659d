"""Soft flags: marks of a response that looks careless. They remove nothing."""

import polars as pl

from pipeline.instrument import Instrument
from pipeline.settings import Flags

NAMES = ("straight_lining", "all_top", "speeding", "identical_verbatim")
_REPEATED_FROM = 10  # characters of a verbatim: 很好 is said by many


def repeated_verbatims(rows: pl.LazyFrame, flags: Flags) -> pl.Series:
    """The verbatims that so many responses share. Few texts are in memory at a time: only those
    that may be repeated by their hash are counted."""
    said = rows.filter(pl.col("verbatim").str.len_chars() >= _REPEATED_FROM)
    hashes = said.select(pl.col("verbatim").hash()).collect(engine="streaming").to_series()
    often = hashes.value_counts().filter(pl.col("count") >= flags.verbatim_repeats)["verbatim"]
    if often.is_empty():
        return pl.Series("verbatim", dtype=pl.String)
    texts = said.filter(pl.col("verbatim").hash().is_in(often.implode())).select("verbatim").collect(engine="streaming")
    return texts["verbatim"].value_counts().filter(pl.col("count") >= flags.verbatim_repeats)["verbatim"]


def marks(instrument: Instrument, flags: Flags, usual: pl.Expr, repeated: pl.Series) -> pl.Expr:
    """The flags of a row, as words in one text; null without any. usual: the median duration of the
    row's source. repeated: as repeated_verbatims gives them."""
    scales = {item.id: instrument.scale_of(item) for item in instrument.items}
    alike = len({(one.min, one.max) for one in scales.values()}) == 1
    answers = [
        pl.col(item) if alike else (pl.col(item).cast(pl.Float64) - scale.min) / scale.span
        for item, scale in scales.items()
    ]
    top = next(iter(scales.values())).max if alike else 1
    first = pl.coalesce(answers)
    same = ~pl.any_horizontal(one != first for one in answers).fill_null(False)
    answered = pl.sum_horizontal(pl.col(item).is_not_null() for item in scales).cast(pl.Int64)
    uniform = same & (answered >= flags.min_items)
    duration = pl.col("duration_s").cast(pl.Int64)
    found = {
        "straight_lining": uniform & (first < top),
        "all_top": uniform & (first == top),
        "speeding": (duration < flags.seconds_per_item * answered)
        | (duration * 100 < flags.share_of_median_percent * usual),
        "identical_verbatim": pl.col("verbatim").is_in(repeated.implode()),
    }
    words = [pl.when(found[name]).then(pl.lit(name)) for name in NAMES]
    text = pl.concat_str(words, separator=" ", ignore_nulls=True)
    return pl.when(text != "").then(text)
