"""The last columns of the accepted rows: what all rows of a file or a source have in common.

Each is said by an expression that a row answers by itself: a join, or a table of replacements,
costs as much as a fifth of writing the rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl


def usual(rows: pl.LazyFrame, origins: Mapping[int, str]) -> pl.Expr:
    """The median duration of a row's source, null where it has none. origins: place -> source."""
    durations = rows.select("place", "duration_s").drop_nulls().collect(engine="streaming")
    if len(set(origins.values())) == 1:
        return pl.lit(durations["duration_s"].median(), pl.Float64)
    found = pl.lit(None, pl.Float64)
    for origin in sorted(set(origins.values())):
        mine = pl.col("place").is_in([place for place, one in origins.items() if one == origin])
        median = durations.filter(mine)["duration_s"].median()
        found = pl.when(mine).then(pl.lit(median, pl.Float64)).otherwise(found)
    return found


def named(
    rows: pl.LazyFrame, period: str, held: Sequence[str], files: Sequence[str], same: Mapping[str, Any]
) -> pl.LazyFrame:
    """period, what the rows hold, their flags, and their file as `source` with the row of it; texts of few kinds
    as Enum. files: name by place, each once. same: column -> what all rows say."""
    types = rows.collect_schema()
    texts = {"period": period} | {one: same[one] for one in held if one in same and types[one] == pl.String}
    if len(files) == 1:
        texts["source"] = files[0]
    source = pl.col("place").cat.to(pl.Enum(files)).alias("source")
    told = {"source": source} | {one: _said(text).alias(one) for one, text in texts.items()}
    return rows.select(told.get(one, pl.col(one)) for one in ("period", *held, "flags", "source", "row"))


def _said(text: str | None) -> pl.Expr:
    return pl.lit(text, pl.Enum([] if text is None else [text]))
