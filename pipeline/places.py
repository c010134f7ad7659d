"""Where and when a branch was open, and which divisions it served there."""

import polars as pl

from pipeline.hierarchy import Hierarchy
from pipeline.month import Month
from pipeline.programme_table import OPEN_END


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
        steady = (
            touched.group_by("branch", maintain_order=True)
            .agg(whole.all().alias("whole"), pl.col("division").unique().sort().alias("served"))
            .filter("whole")
        )
        self._steady = steady.select("branch", pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"))
        self._places = steady.select("served", exists=pl.lit(True))

    def of(self, typed: pl.DataFrame) -> pl.DataFrame:
        """Adds exists (the branch, ever), there (it is open on the day of service) and elsewhere (it
        does not serve the division on that day); fills in an only division."""
        keys = typed.select("branch", "serviced_on", "division")
        at = keys.join(self._steady, on="branch", how="left", maintain_order="left")["at"]
        in_month = keys["serviced_on"].is_between(self._first, self._last).fill_null(False)
        odd, places = at.is_null() | ~in_month, self._places
        if odd.any():
            few = keys.filter(odd)
            days = self._days(few)
            numbered = days.select("branch", "serviced_on", pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"))
            found = few.join(
                numbered, on=["branch", "serviced_on"], how="left", nulls_equal=True, maintain_order="left"
            )["at"]
            at = at.scatter(odd.arg_true(), found + places.height)
            places = pl.concat([places, days.select(places.columns)], rechunk=True)  # gathered from
        one = pl.col("served").list.len() == 1
        places = places.with_columns(
            there=pl.col("served").is_not_null(), only=pl.when(one).then(pl.col("served").list.first())
        )
        told = keys["division"].is_not_null()
        elsewhere = pl.repeat(False, keys.height, dtype=pl.Boolean, eager=True)
        if told.any():
            served = places["served"].gather(at)
            elsewhere = ~served.list.contains(keys["division"]).fill_null(True) & told
        return typed.with_columns(
            places["exists"].gather(at),
            places["there"].gather(at),
            elsewhere.alias("elsewhere"),
            pl.coalesce("division", pl.lit(places["only"].gather(at))).alias("division"),
        )

    def _days(self, rows: pl.DataFrame) -> pl.DataFrame:
        """branch, serviced_on, served (null where it is not open then) and exists of each day."""
        days = rows.select("branch", "serviced_on").unique(maintain_order=True)
        there = days.join(self._stretches, on="branch").filter(
            pl.col("serviced_on").is_between("valid_from", "valid_to")
        )
        served = there.group_by("branch", "serviced_on", maintain_order=True).agg(
            pl.col("served").unique().sort().alias("served")
        )
        known = pl.col("branch").is_in(self._branches.implode()).fill_null(False)
        return days.join(served, on=["branch", "serviced_on"], how="left", maintain_order="left").with_columns(
            exists=known
        )


def placed(hierarchy: Hierarchy, month: Month) -> pl.DataFrame:
    """branch, region, branch_tier, peer ('' where there is none): a branch counts in a month where its last
    row in force in it says."""
    there = hierarchy.branches.filter(
        (pl.col("valid_from") <= month.last_day) & (pl.col("valid_to").fill_null(OPEN_END) >= month.first_day)
    )
    last = there.sort("branch", "valid_from").unique("branch", keep="last", maintain_order=True)
    return last.select(
        "branch", "region", pl.col("tier").fill_null("").alias("branch_tier"), pl.col("peer").fill_null("")
    )
