"""Sheets of the score table: league, factors, items, other measures."""

from collections.abc import Iterator

import polars as pl

from pipeline.sentence import gettext
from pipeline.workbook.form import (
    DIVISIONS,
    FLAG,
    HIGH,
    LEAD,
    LOW,
    PERCENT,
    POINTS_GAP,
    RANK,
    RANK_HIGH,
    RANK_LOW,
    RANKS,
    REGION,
    Cell,
    Column,
    N,
    Sheet,
    figure,
)
from pipeline.workbook.names import STATISTICS
from pipeline.workbook.published import KEYS, Published

INDEX = figure(gettext("Index"), gettext("The index, or in words why it may not be shown."))
SCORE = figure(gettext("Score"), gettext("The score, or in words why it may not be shown."))
VERDICT = gettext("Clear if q is at most 0.05 and the 95 per cent interval of the difference leaves out zero.")
_CHANGES = {
    "last_month": (gettext("On last month"), gettext("Index minus that of the month before.")),
    "last_year": (gettext("On last year"), gettext("Index minus that of the same month last year.")),
    "network": (gettext("On network"), gettext("Index minus the network's.")),
}


def sheets(published: Published) -> Iterator[Sheet]:
    yield _league(published)
    yield _factors(published)
    yield _items(published)
    yield _others(published)


def _league(published: Published) -> Sheet:
    """One row for each unit of every level."""
    index = published.scores({one.id: ["index"] for one in published.instruments}, "mean")
    rates = published.scores({one.id: ["response_rate"] for one in published.instruments}, "share")
    index = index.join(rates.select(*KEYS, invited="n", rate="printed"), on=KEYS, how="left")
    compared = published.table("comparisons").filter((pl.col("measure") == "index") & (pl.col("window") == "month"))
    for against in _CHANGES:
        mine = compared.filter(pl.col("against") == against)
        told = mine.select(
            *KEYS, pl.col("printed_difference").alias(against), pl.col("verdict").alias(f"{against}_verdict")
        )
        index = index.join(told, on=KEYS, how="left")
    pages, names = published.pages, published.names
    regions = {branch: pages.region(region) for branch, region in pages.homes.items()}
    served = {branch: names.say(", ").join(pages.divisions(pages.place(branch))) for branch in pages.homes}

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(index, "rank", "unit"):
            branch = row["unit"] if row["level"] == "branch" else ""
            yield (
                *published.lead(row), regions.get(branch, ""), served.get(branch, ""),
                row["rank"], row["rank_low"], row["rank_high"], row["tier_group"],
                *published.figure(row), row["n"], names.flag(row["flag"]), row["invited"], row["rate"],
                *(one for against in _CHANGES for one in (row[against], names.verdict(row[f"{against}_verdict"]))),
            )  # fmt: skip

    changes = [
        column
        for head, meaning in _CHANGES.values()
        for column in (
            Column(head, "change", meaning, POINTS_GAP, bar=True),
            Column(gettext("Verdict"), "text", VERDICT),
        )
    ]
    invited = Column(gettext("Invited"), "count", gettext("Customers asked, where that is known."))
    rate = Column(gettext("Response rate"), "percent", gettext("Accepted responses of the customers asked."), PERCENT)
    return Sheet(
        gettext("League"),
        gettext("Index, rank range, base, response rate and changes of every unit."),
        (*LEAD, REGION, DIVISIONS, *RANKS, INDEX, LOW, HIGH, N, FLAG, invited, rate, *changes),
        cells(),
        4,
    )


def _factors(published: Published) -> Sheet:
    """One row for each unit and factor or sub-factor."""
    measures = {
        one.id: [each for factor in one.factor for each in (factor.id, *(leaf.id for leaf in factor.subfactor))]
        for one in published.instruments
    }
    table = published.scores(measures, "mean").join(_weights(published), on=["instrument", "measure"], how="left")

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(table, "place", "rank", "unit"):
            yield (
                *published.lead(row), published.names.measure(row["instrument"], row["measure"]), row["weight"],
                *published.figure(row), row["n"], published.names.flag(row["flag"]),
                row["rank"], row["rank_low"], row["rank_high"],
            )  # fmt: skip

    factor = Column(gettext("Factor"), "text", gettext("Items averaged into one score, or a part of them."))
    weight = Column(gettext("Weight"), "percent", gettext("The factor's share of the index."), PERCENT)
    return Sheet(
        gettext("Factors"),
        gettext("Score, interval, base and rank of every factor."),
        (*LEAD, factor, weight, SCORE, LOW, HIGH, N, FLAG, RANK, RANK_LOW, RANK_HIGH),
        cells(),
        5,
    )


def _weights(published: Published) -> pl.LazyFrame:
    table = pl.scan_parquet(published.folder / "scores.parquet")
    mine = table.filter((pl.col("statistic") == "weight") & (pl.col("period") == published.period))
    return mine.select("instrument", "measure", weight="printed")


def _items(published: Published) -> Sheet:
    """One row for each unit and item: mean, top box, bottom box."""
    measures = {one.id: [item.id for item in one.scored_items] for one in published.instruments}
    table = published.scores(measures, "mean")
    for box in ("top_box", "bottom_box"):
        shares = published.scores(measures, box).select(
            *KEYS, "measure", *(pl.col(one).alias(f"{one}_{box}") for one in ("printed", "printed_low", "printed_high"))
        )
        table = table.join(shares, on=[*KEYS, "measure"], how="left")

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(table, "place", "unit"):
            boxes = (
                row[f"{one}_{box}"]
                for box in ("top_box", "bottom_box")
                for one in ("printed", "printed_low", "printed_high")
            )
            yield (
                *published.lead(row), row["measure"], published.names.measure(row["instrument"], row["measure"]),
                *published.figure(row), row["n"], published.names.flag(row["flag"]), *boxes,
            )  # fmt: skip

    boxed = [
        Column(head, "percent", meaning, PERCENT, bar=bar)
        for head, meaning, bar in (
            (gettext("Top box"), gettext("Share of the best answers, as the instrument says."), True),
            (gettext("Top box, low"), gettext("Lower end of the 95 per cent interval."), False),
            (gettext("Top box, high"), gettext("Upper end of the 95 per cent interval."), False),
            (gettext("Bottom box"), gettext("Share of the worst answers, as the instrument says."), True),
            (gettext("Bottom box, low"), gettext("Lower end of the 95 per cent interval."), False),
            (gettext("Bottom box, high"), gettext("Upper end of the 95 per cent interval."), False),
        )
    ]
    return Sheet(
        gettext("Items"),
        gettext("Mean, top box and bottom box of every question."),
        (
            *LEAD,
            Column(gettext("Item code"), "text", gettext("The item's id in the questionnaire's file.")),
            Column(gettext("Item"), "text", gettext("The wording of the question.")),
            *(SCORE, LOW, HIGH, N, FLAG, *boxed),
        ),
        cells(),
        5,
    )


def _others(published: Published) -> Sheet:
    """Options of multi-select questions, things counted, net promoter scores."""
    measures = {
        one.id: [
            *(column for choice in one.choice for column in choice.columns),
            *(each for count in one.count for each in (count.id, *(item.id for item in count.item))),
            *(item.id for item in one.scored_items if item.nps),
        ]
        for one in published.instruments
    }
    table = published.scores(measures, "share", "per_100", "nps")

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(table, "place", "unit"):
            yield (
                *published.lead(row), published.names.measure(row["instrument"], row["measure"]),
                published.names.say(STATISTICS[row["statistic"]]), *published.figure(row), row["n"],
                published.names.flag(row["flag"]),
            )  # fmt: skip

    value = Column(gettext("Value"), "figure", gettext("The value, or in words why it may not be shown."))
    return Sheet(
        gettext("Other measures"),
        gettext("Options of multi-select questions, things counted, net promoter scores."),
        (
            *LEAD,
            Column(gettext("Measure"), "text", gettext("The option, the thing counted or the question.")),
            Column(gettext("Unit"), "text", gettext("What the value counts.")),
            *(value, LOW, HIGH, N, FLAG),
        ),
        cells(),
        5,
        gettext("No instrument of the month has such measures."),
    )
