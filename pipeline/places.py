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
        self._steady = pl.Enum(steady["branch"])
        self._served, self._only = steady["served"], _only(steady["served"])

    def of(self, typed: pl.DataFrame) -> pl.DataFrame:
        """Adds exists (the branch, ever), there (it is open on the day of service) and elsewhere (it
        does not serve the division on that day); fills in an only division."""
        keys = typed.select("branch", "serviced_on", "division")
        at = keys["branch"].cast(self._steady, strict=False).to_physical()
        there = at.is_not_null()
        exists, served, only = there, self._served, self._only
        odd = (~there | ~keys["serviced_on"].is_between(self._first, self._last).fill_null(False)).arg_true()
        if len(odd):
            days, place = self._days(keys[odd])
            exists = there.clone().scatter(odd, days["exists"].gather(place))  # which changes the series itself
            there.scatter(odd, days["served"].is_not_null().gather(place))
            at = at.cast(pl.UInt32).scatter(odd, place + len(served))
            served = pl.concat([served, days["served"]], rechunk=True)  # gathered from
            only = pl.concat([only, _only(days["served"])], rechunk=True)
        told = keys["division"].is_not_null()
        elsewhere = pl.repeat(False, keys.height, dtype=pl.Boolean, eager=True)
        if told.any():
            elsewhere = ~served.gather(at).list.contains(keys["division"]).fill_null(True) & told
        return typed.with_columns(
            exists.alias("exists"),
            there.alias("there"),
            elsewhere.alias("elsewhere"),
            pl.coalesce("division", pl.lit(only.gather(at))).alias("division"),
        )

    def _days(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        """branch, serviced_on, served (null where it is not open then) and exists of each day, and which of them
        each row is of."""
        days = rows.select("branch", "serviced_on").unique(maintain_order=True)
        there = days.join(self._stretches, on="branch").filter(
            pl.col("serviced_on").is_between("valid_from", "valid_to")
        )
        served = there.group_by("branch", "serviced_on", maintain_order=True).agg(
            pl.col("served").unique().sort().alias("served")
        )
        known = pl.col("branch").is_in(self._branches.implode()).fill_null(False)
        keys = ["branch", "serviced_on"]
        told = days.join(served, on=keys, how="left", maintain_order="left").with_columns(exists=known)
        numbered = days.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"))
        return told, rows.join(numbered, on=keys, how="left", nulls_equal=True, maintain_order="left")["at"]


def _only(served: pl.Series) -> pl.Series:
    """The division of those that serve a single one."""
    return pl.select(pl.when(pl.lit(served).list.len() == 1).then(pl.lit(served).list.first())).to_series()


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
