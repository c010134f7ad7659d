"""Sheets of what is real in the differences between units: funnel limits, shrunken estimates, reliability."""

from collections.abc import Iterator

import polars as pl

from pipeline.sentence import gettext
from pipeline.workbook.form import (
    HIGH,
    INSTRUMENT,
    LEVEL,
    LOW,
    MEASURE,
    NAME,
    OF_ONE,
    REGION,
    SCALE,
    UNIT,
    WINDOW,
    Cell,
    Column,
    N,
    Sheet,
)
from pipeline.workbook.names import OUTSIDE, WINDOWS
from pipeline.workbook.published import Published
from pipeline.workbook.scores import INDEX


def sheets(published: Published) -> Iterator[Sheet]:
    yield _limits(published)
    yield _reliability(published)


def _limits(published: Published) -> Sheet:
    """The funnel plot, and each branch's figure with the differences that are not real taken off it."""
    table = published.scores({one.id: ["index"] for one in published.instruments}, "mean")
    table = table.filter((pl.col("level") == "branch") & pl.col("outside").is_not_null())
    limits = ("printed_funnel_low998", "printed_funnel_low95", "printed_funnel_high95", "printed_funnel_high998")
    homes = published.pages.homes

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(table, "unit"):
            instrument, _, unit, name = published.lead(row)
            region = published.pages.region(homes[row["unit"]]) if row["unit"] in homes else ""
            yield (
                instrument, unit, name, region, row["n"], row["n_eff"], *published.figure(row),
                *(row[one] for one in limits), published.names.say(OUTSIDE[row["outside"]]), row["reliability"],
                row["printed_eb"], row["printed_eb_low"], row["printed_eb_high"],
            )  # fmt: skip

    chance = gettext("What chance alone would keep a branch of this size in.")
    heads = (
        gettext("99.8 limit, low"),
        gettext("95 limit, low"),
        gettext("95 limit, high"),
        gettext("99.8 limit, high"),
    )
    effective = gettext("As many equally weighted responses would be as precise.")
    shrunk = gettext("The index with the differences that are not real taken off it; beside it, never instead.")
    return Sheet(
        gettext("Limits"),
        gettext("Funnel limits and shrunken estimates of every branch with a whole index."),
        (
            *(INSTRUMENT, UNIT, NAME, REGION, N, Column(gettext("Effective n"), "figure", effective), INDEX, LOW, HIGH),
            *(Column(head, "figure", chance, SCALE) for head in heads),
            Column(gettext("Where"), "text", gettext("Where the index is: within its limits, or outside.")),
            Column(gettext("Reliability"), "share", gettext("How far the branch can be told from others."), OF_ONE),
            Column(gettext("Shrunken index"), "figure", shrunk, SCALE),
            Column(gettext("Shrunken, low"), "figure", gettext("Lower end of the 95 per cent interval."), SCALE),
            Column(gettext("Shrunken, high"), "figure", gettext("Upper end of the 95 per cent interval."), SCALE),
        ),
        cells(),
        3,
        gettext("Fewer than two branches have a whole index."),
    )


def _reliability(published: Published) -> Sheet:
    def cells() -> Iterator[tuple[Cell, ...]]:
        names = published.names
        for row in published.rows(published.table("reliability"), "window_id", "measure"):
            yield (
                names.instruments[row["instrument"]], names.level(row["level"]),
                names.measure(row["instrument"], row["measure"]), names.say(WINDOWS[row["window_id"]]),
                row["units"], row["printed_centre"], row["printed_reliability"],
            )  # fmt: skip

    return Sheet(
        gettext("Reliability"),
        gettext("How much of the differences between units is real."),
        (
            *(INSTRUMENT, LEVEL, MEASURE, WINDOW),
            Column(gettext("Units"), "count", gettext("Units set side by side.")),
            Column(gettext("Centre"), "figure", gettext("Mean of all units, by the precision of each."), SCALE),
            Column(
                gettext("Reliability"), "share", gettext("Share of the differences between units that is real."), OF_ONE
            ),
        ),
        cells(),
        3,
        gettext("Fewer than two units have a figure."),
    )
