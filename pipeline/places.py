"""Where and when a branch was open, and which divisions it served there."""

import polars as pl

from pipeline.hierarchy import OPEN_END, Hierarchy
from pipeline.month import Month


class Places:
    """The branches of a month. Most are open all month with the same divisions: their rows need no
    look at the day of service."""

    def __init__(self, hierarchy: Hierarchy, month: Month) -> None:
        branches = hierarchy.branches.with_columns(pl.col("valid_to").fill_null(OPEN_END))
        self._branches = branches["branch"].unique(maintain_order=True)
        self._stretches = branches.select("branch", "valid_from", "valid_to", pl.col("division").alias("served"))
        self._first, self._last = month.first_day, month.last_day
        whole = (pl.col("valid_from") <= self._first) & (pl.col("valid_to") >= self._last)
        touched = branches.filter((pl.col("valid_from") <= self._last) & (pl.col("valid_to") >= self._first))
        self._steady = (
            touched.group_by("branch", maintain_order=True)
            .agg(whole.all().alias("whole"), pl.col("division").unique().sort().alias("served"))
            .filter("whole")
            .select("branch", "served", pl.lit(True).alias("exists"))
        )

    def of(self, typed: pl.DataFrame) -> pl.DataFrame:
        """Adds exists (the branch, ever) and served (the divisions it serves on the day of service,
        null where it is not open or there is no day); fills in an only division."""
        in_month = pl.col("serviced_on").is_between(self._first, self._last).fill_null(False)
        joined = typed.join(self._steady, on="branch", how="left", maintain_order="left")
        odd = joined.select(pl.col("exists").is_null() | ~in_month).to_series()
        if odd.any():
            days = joined.filter(odd).select("branch", "serviced_on").unique(maintain_order=True)
            there = days.join(self._stretches, on="branch").filter(
                pl.col("serviced_on").is_between("valid_from", "valid_to")
            )
            served = there.group_by("branch", "serviced_on", maintain_order=True).agg(
                pl.col("served").unique().sort().alias("then")
            )
            joined = joined.join(served, on=["branch", "serviced_on"], how="left", maintain_order="left").with_columns(
                pl.when(odd).then("then").otherwise("served").alias("served"),
                pl.col("branch").is_in(self._branches.implode()).fill_null(False).alias("exists"),
            )
        only = pl.when(pl.col("served").list.len() == 1).then(pl.col("served").list.first())
        return joined.with_columns(pl.coalesce("division", only).alias("division"))


def placed(hierarchy: Hierarchy, month: Month) -> pl.DataFrame:
    """branch, region, branch_tier, peer: where each branch that was open in a month counts in it."""
    rows = hierarchy.branches.filter(
        (pl.col("valid_from") <= month.last_day) & (pl.col("valid_to").fill_null(OPEN_END) >= month.first_day)
    )
    last = rows.sort("valid_from").unique("branch", keep="last", maintain_order=True)
    return last.select("branch", "region", pl.col("tier").alias("branch_tier"), "peer")
