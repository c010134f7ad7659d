"""Sheets of comparisons: differences, what made an index change, what a revision changed."""

from collections.abc import Iterator

import polars as pl

from pipeline import regions, restated
from pipeline.sentence import gettext
from pipeline.workbook.form import (
    INSTRUMENT,
    LEAD,
    MEASURE,
    NAME,
    OF_ONE,
    PERCENT,
    POINTS_GAP,
    SCALE,
    UNIT,
    Cell,
    Column,
    Sheet,
)
from pipeline.workbook.published import Published
from pipeline.workbook.scores import VERDICT

AGAINST = Column(gettext("Compared with"), "text", gettext("What the figure is set against."))


def sheets(published: Published) -> Iterator[Sheet]:
    yield _comparisons(published)
    yield _split(published)
    yield _restated(published)


def _comparisons(published: Published) -> Sheet:
    """One row for each difference of an index or factor."""
    names = published.names
    table = published.table("comparisons").filter(pl.col("window") == "month")

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(table, "against", "measure", "unit"):
            yield (
                *published.lead(row), names.measure(row["instrument"], row["measure"]), names.against(row["against"]),
                row["printed_reference"],
                row["printed_difference"], row["printed_low"], row["printed_high"], names.verdict(row["verdict"]),
                row["printed_contribution"], row["p"], row["printed_q"], row["printed_chance"],
            )  # fmt: skip

    family = gettext(
        "Share of false findings if this and all more certain differences of its family are taken for real."
    )
    return Sheet(
        gettext("Comparisons"),
        gettext("Differences of the month from earlier months, region, network, peers, target and bonus lines."),
        (
            *(*LEAD, MEASURE, AGAINST),
            Column(
                gettext("Reference"),
                "figure",
                gettext("What is compared with; empty where it may not be shown."),
                SCALE,
            ),
            Column(gettext("Difference"), "change", gettext("Figure minus reference."), POINTS_GAP, bar=True),
            Column(gettext("Difference, low"), "change", gettext("Lower end of the 95 per cent interval."), POINTS_GAP),
            Column(
                gettext("Difference, high"), "change", gettext("Upper end of the 95 per cent interval."), POINTS_GAP
            ),
            Column(
                gettext("Verdict"),
                "text",
                VERDICT,
            ),
            Column(
                gettext("Adds"), "change", gettext("What a factor adds to the difference of the index."), POINTS_GAP
            ),
            Column(gettext("p"), "chance", gettext("How likely so large a difference is by chance alone."), OF_ONE),
            Column(gettext("q"), "chance", family, OF_ONE),
            Column(gettext("Chance"), "percent", gettext("Of a target or bonus line: to be truly above it."), PERCENT),
        ),
        cells(),
        6,
    )


def _split(published: Published) -> Sheet:
    """The change of an index, by what the branches did and how they weigh."""
    names, pages = published.names, published.pages

    def cells() -> Iterator[tuple[Cell, ...]]:
        for one in published.instruments:
            for line in regions.split(pages, one):
                yield (
                    names.instruments[one.id], line.unit or "network", line.name, names.against(line.against),
                    line.total, line.performance, line.mix, line.entered, line.left,
                )  # fmt: skip

    heads = (
        (gettext("Change"), gettext("Index now minus index then; performance and mix together.")),
        (gettext("Performance"), gettext("What the branches did better or worse.")),
        (gettext("Mix"), gettext("How much more or less each branch weighs.")),
        (gettext("of which came"), gettext("Of the mix: branches that were not heard then.")),
        (gettext("of which went"), gettext("Of the mix: branches that are not heard now.")),
    )
    return Sheet(
        gettext("Performance and mix"),
        gettext("What made the index of network and regions change."),
        (
            *(INSTRUMENT, UNIT, NAME, AGAINST),
            *(Column(head, "change", said, POINTS_GAP, bar=True) for head, said in heads),
        ),
        cells(),
        3,
        gettext("No index of the month can be split so."),
    )


def _restated(published: Published) -> Sheet:
    """The indices a revision changed."""
    names, pages = published.names, published.pages

    def cells() -> Iterator[tuple[Cell, ...]]:
        for one in published.instruments:
            for line in restated.lines(pages, one):
                yield (
                    names.instruments[one.id], line.unit or "network", line.name, line.published, line.before,
                    line.restated, line.difference, line.n_before, line.n_restated, line.cause,
                )  # fmt: skip

    return Sheet(
        gettext("Restatement"),
        gettext("Indices that are not what they were in the revision before; all figures stand in restatement.csv."),
        (
            *(INSTRUMENT, UNIT, NAME),
            Column(gettext("First published"), "figure", gettext("As first published."), SCALE),
            Column(gettext("Before"), "figure", gettext("In the revision before."), SCALE),
            Column(gettext("Restated"), "figure", gettext("In this revision."), SCALE),
            Column(gettext("Difference"), "change", gettext("Restated minus before."), POINTS_GAP),
            Column(gettext("n, before"), "count", gettext("Valid responses in the revision before.")),
            Column(gettext("n, restated"), "count", gettext("Valid responses in this revision.")),
            Column(gettext("Because of"), "text", gettext("What differs between the two revisions.")),
        ),
        cells(),
        3,
        gettext("The month is as first published, or no index changed."),
    )
