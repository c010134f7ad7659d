"""The sheet of trends: thirteen months of every index."""

from collections.abc import Iterator

import polars as pl

from pipeline.month import TREND_MONTHS
from pipeline.sentence import gettext
from pipeline.workbook.form import FLAG, HIGH, LEAD, LOW, PERIOD, SCALE, Cell, Column, N, Sheet
from pipeline.workbook.published import KEYS, Published
from pipeline.workbook.scores import INDEX

_FIGURE = ("n", "printed", "printed_low", "printed_high", "flag")
_ROLLING = {
    "rolling_3": (
        gettext("Rolling 3: n"), gettext("Rolling 3"), gettext("Rolling 3, low"), gettext("Rolling 3, high"),
        gettext("Rolling 3: base"),
    ),
    "rolling_12": (
        gettext("Rolling 12: n"), gettext("Rolling 12"), gettext("Rolling 12, low"), gettext("Rolling 12, high"),
        gettext("Rolling 12: base"),
    ),
}  # fmt: skip
_LEVELS = ("network", "region", "division", "branch")


def sheet(published: Published) -> Sheet:
    """One row for each unit and month."""
    names = published.names

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(_figures(published), "unit", "period"):
            carried = names.say(gettext("yes")) if row["carried"] else ""
            found: list[Cell] = [*published.lead(row), row["period"], *_five(published, row, ""), carried]
            for window in _ROLLING:
                found += _five(published, row, f"_{window}") if row[f"n_{window}"] is not None else [None] * 5
            yield tuple(found)

    meanings = (
        gettext("Valid responses of the window."), gettext("The index over the window that ends with the month."),
        gettext("Lower end of the 95 per cent interval."), gettext("Upper end of the 95 per cent interval."),
        gettext("Whether the base carries the figure; see the flags below."),
    )  # fmt: skip
    rolling = [
        Column(
            head, "count" if place == 0 else "text" if place == 4 else "figure", meaning, SCALE if 0 < place < 4 else ""
        )
        for heads in _ROLLING.values()
        for place, (head, meaning) in enumerate(zip(heads, meanings, strict=True))
    ]
    carried = Column(
        gettext("Carried over"),
        "text",
        gettext("Yes where an older questionnaire's figure is carried over to this scale."),
    )
    return Sheet(
        gettext("Trend"),
        gettext("The index of the last thirteen months, by month and rolling."),
        (*LEAD, PERIOD, N, INDEX, LOW, HIGH, FLAG, carried, *rolling),
        cells(),
        5,
    )


def _five(published: Published, row: dict[str, object], suffix: str) -> list[Cell]:
    n: Cell = row[f"n{suffix}"]  # type: ignore[assignment]
    flag: str = row[f"flag{suffix}"]  # type: ignore[assignment]
    return [n, *published.figure(row, suffix), published.names.flag(flag)]


def _figures(published: Published) -> pl.LazyFrame:
    """KEYS, period, carried, _FIGURE of the month and, with a suffix, of the rolling windows."""
    first = str(published.pages.run.month.plus(1 - TREND_MONTHS))
    own = published.table("scores").filter(pl.col("statistic") == "mean").with_columns(carried=pl.lit(False))
    parts = [own]
    if published.has("bridged"):
        bridged = published.table("bridged").with_columns(flag=pl.col("flag_before"), carried=pl.lit(True))
        parts.append(bridged)
    wanted = ("period", *KEYS, "measure", "window", *_FIGURE, "carried")
    table = pl.concat([one.select(wanted) for one in parts]).filter(
        (pl.col("measure") == "index") & pl.col("level").is_in(_LEVELS)
        & (pl.col("period") >= first) & (pl.col("period") <= published.period)
    )  # fmt: skip
    told = table.filter(pl.col("window") == "month").drop("measure", "window")
    for window in _ROLLING:
        rolled = table.filter(pl.col("window") == window).select(
            "period", *KEYS, *(pl.col(one).alias(f"{one}_{window}") for one in _FIGURE)
        )
        told = told.join(rolled, on=["period", *KEYS], how="left")
    return told
