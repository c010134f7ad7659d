"""The questions of an instrument on a branch's page: mean, boxes, base."""

from decimal import Decimal

from pipeline import in_force
from pipeline.detail import ItemLine
from pipeline.instrument import Instrument
from pipeline.pages import Pages

MOST = 30  # items a page has room for


def items(pages: Pages, instrument: Instrument, branch: str) -> tuple[tuple[ItemLine, ...], int]:
    """The items asked in the month, in the order of the instrument, and how many are left out: where there are
    more than MOST, those with the highest means."""
    period, tables = pages.run.period, pages.tables
    first = {leaf.item[0].id for leaf in instrument.leaves}
    asked = [one for one in instrument.scored_items if in_force.asked(instrument, one, pages.run.month) is not False]

    def share(item: str, statistic: str) -> Decimal | None:
        row = tables.row(period, instrument.id, "branch", branch, item, statistic)
        return None if row is None else row["printed"]

    lines = [
        ItemLine(
            one.id,
            one.text.get(pages.language),
            one.id in first,
            tables.figure(period, instrument.id, "branch", branch, one.id),
            share(one.id, "top_box"),
            share(one.id, "bottom_box"),
        )
        for one in asked
    ]
    worst = sorted(
        range(len(lines)),
        key=lambda place: (lines[place].figure.estimate is None, lines[place].figure.estimate or 0, place),
    )
    kept = sorted(worst[:MOST])
    return tuple(lines[place] for place in kept), len(lines) - len(kept)
