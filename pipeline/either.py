"""A branch that is chosen or typed: of several columns the first one with text counts."""

from collections.abc import Collection

import polars as pl

from pipeline.mapping import Mapping

BRANCH = "\0either:branch"  # no column of an export has such a head


def joined(batch: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The batch with a column BRANCH, where the mapping has several of the branch."""
    return batch.with_columns(branch(mapping, batch.columns).alias(BRANCH)) if mapping.columns.either else batch


def branch(mapping: Mapping, there: Collection[str]) -> pl.Expr:
    """The cell that names the branch, "" where none has text; a missing state in words is none. there: columns read."""
    nothing = ["", *mapping.unsaid()]
    heads = [head for head in mapping.columns.either if head in there]
    said = (pl.when(~pl.col(head).str.strip_chars().is_in(nothing)).then(pl.col(head)) for head in heads)
    return pl.coalesce(*said, pl.lit(""))
