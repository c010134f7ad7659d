"""How many rows of each branch were not accepted, and why: accepted/left_out/."""

import polars as pl

_ROW = {"source": pl.String, "row": pl.UInt32, "branch": pl.String}


class Homes:
    """The branches that rows with a fault name, as far as they can be read."""

    def __init__(self) -> None:
        self._found = [pl.DataFrame(schema=_ROW)]

    def add(self, rows: pl.DataFrame, source: str) -> None:
        """rows: row, branch."""
        self._found.append(rows.select(pl.lit(source).alias("source"), pl.col("row").cast(pl.UInt32), "branch"))

    def add_known(self, rows: pl.DataFrame) -> None:
        """rows: source, row, branch."""
        self._found.append(rows.select(_ROW.keys()))

    def counts(self, bad: pl.DataFrame, branches: set[str]) -> pl.DataFrame:
        """branch, reason, rows of the faults in `bad` (rules.FOUND_SCHEMA); reason "": rows with any. Sorted."""
        known = pl.concat(self._found).filter(pl.col("branch").is_in(sorted(branches))).unique(["source", "row"])
        placed = bad.select("source", "row", "reason").join(known, on=["source", "row"])
        both = pl.concat([placed, placed.with_columns(pl.lit("").alias("reason"))])
        counted = both.unique().group_by("branch", "reason").agg(pl.len().cast(pl.Int64).alias("rows"))
        return counted.sort("branch", "reason")
