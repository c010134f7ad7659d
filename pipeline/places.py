"""Where and when a branch was open, and which divisions it served there."""

from datetime import date

import polars as pl

from pipeline.hierarchy import Hierarchy
from pipeline.month import Month
from pipeline.programme_table import OPEN_END


class Places:
    """The branches of a month. Most are open all month with the same divisions: their rows need no
    look at the day of service."""

    def __init__(self, hierarchy: Hierarchy, month: Month) -> None:
        branches = hierarchy.branches.with_columns(pl.col("valid_to").fill_null(OPEN_END))
        self._stretches: dict[str, list[tuple[date, date, str]]] = {}
        for branch, *stretch in branches.select("branch", "valid_from", "valid_to", "division").iter_rows():
            self._stretches.setdefault(branch, []).append(tuple(stretch))
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
        """exists and served (null where the branch is not open on the day), as far as they differ, and which of
        them each row has. rows: few, as a rule."""
        kinds: dict[tuple[bool, tuple[str, ...]], int] = {}
        found = rows.select("branch", "serviced_on").iter_rows()
        place = [kinds.setdefault(self._of_day(*one), len(kinds)) for one in found]
        told = {"exists": [exists for exists, _ in kinds], "served": [list(served) or None for _, served in kinds]}
        return pl.DataFrame(told, schema_overrides={"served": pl.List(pl.String)}), pl.Series(place, dtype=pl.UInt32)

    def _of_day(self, branch: str | None, day: date | None) -> tuple[bool, tuple[str, ...]]:
        """Whether there is such a branch, ever, and the divisions it serves on a day."""
        stretches = self._stretches.get(branch or "", ())
        served = {one for first, last, one in stretches if first <= day <= last} if day is not None else set()
        return len(stretches) > 0, tuple(sorted(served))


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
