"""Sheets of what the pages of branches say beside their scores, where a month's folder has it: their standing among
others, and how sound their responses are."""

from collections.abc import Iterator

from pipeline.intake import spoken
from pipeline.sentence import gettext
from pipeline.workbook.form import (
    INSTRUMENT,
    LEVEL,
    NAME,
    PERCENT,
    RANK,
    RANK_HIGH,
    RANK_LOW,
    SCALE,
    UNIT,
    Cell,
    Column,
    Sheet,
)
from pipeline.workbook.names import AGAINST
from pipeline.workbook.published import Published

STANDING, INTEGRITY = "standing", "integrity"
_WHAT = {
    "accepted": gettext("Accepted"),
    "flagged": gettext("Flagged"),
    "quarantined": gettext("Quarantined"),
    "without_flagged": gettext("index without the flagged"),
}
_WHY = {
    "withheld": gettext("the index is withheld"),
    "none": gettext("no response is flagged"),
    "few": gettext("too few flagged or other responses"),
    "other": gettext("factors or divisions are gone with the flagged"),
}


def sheets(published: Published) -> Iterator[Sheet]:
    if published.has(STANDING):
        yield _standing(published)
    if published.has(INTEGRITY):
        yield _integrity(published)


def _standing(published: Published) -> Sheet:
    """One row for each ranked branch and group."""
    names = published.names

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(published.table(STANDING), "within", "group", "rank", "branch"):
            unit = row["branch"]
            yield (
                names.instruments[row["instrument"]], unit, names.unit("branch", unit),
                names.say(AGAINST[row["within"]]), names.unit(row["within"], row["group"]),
                row["rank"], row["rank_low"], row["rank_high"], row["ranked"],
            )  # fmt: skip

    return Sheet(
        gettext("Standing"),
        gettext("Rank and rank range of every branch in the network, its region and among its peers."),
        (
            *(INSTRUMENT, UNIT, NAME),
            Column(gettext("Within"), "text", gettext("Among which branches the branch is ranked.")),
            Column(gettext("Group of branches"), "text", gettext("The region, or the peers' common fields.")),
            *(RANK, RANK_LOW, RANK_HIGH),
            Column(gettext("ranked"), "count", gettext("Branches ranked within it.")),
        ),
        cells(),
        3,
        gettext("No branch is ranked."),
    )


def _integrity(published: Published) -> Sheet:
    """One row for each branch, the network, and what is counted."""
    names, language = published.names, published.pages.language

    def cells() -> Iterator[tuple[Cell, ...]]:
        for row in published.rows(published.table(INTEGRITY), "unit", "what"):
            head, _, reason = row["what"].partition("/")
            said = names.say(_WHAT[head]) if head in _WHAT else spoken(head, language)
            yield (
                names.instruments[row["instrument"]], names.level(row["level"]), row["unit"],
                names.unit(row["level"], row["unit"]), said, spoken(reason, language) if reason else "",
                row["n"], row["printed_percent"], row["printed"], names.say(_WHY[row["why"]]) if row["why"] else "",
            )  # fmt: skip

    return Sheet(
        gettext("Integrity"),
        gettext("Responses of every branch that were left out or look careless, and its index without these."),
        (
            *(INSTRUMENT, LEVEL, UNIT, NAME),
            Column(gettext("Counted"), "text", gettext("What is counted.")),
            Column(gettext("Reason"), "text", gettext("What is wrong with the row.")),
            Column(gettext("Rows"), "count", gettext("Responses, or rows that were not accepted.")),
            Column(gettext("Share"), "percent", gettext("Of the accepted responses."), PERCENT, bar=True),
            Column(gettext("Index"), "figure", gettext("The index without the flagged responses."), SCALE),
            Column(gettext("Why none"), "text", gettext("Why there is no index without the flagged responses.")),
        ),
        cells(),
        4,
    )
