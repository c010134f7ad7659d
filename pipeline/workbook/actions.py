"""The sheet of the actions that branches have declared, with what became of the measures they are to raise."""

from collections.abc import Iterator

from pipeline.action_plan import lines
from pipeline.sentence import gettext
from pipeline.workbook.form import INSTRUMENT, MEASURE, NAME, SCALE, UNIT, Cell, Column, Sheet
from pipeline.workbook.published import Published

STATUSES = {
    "open": gettext("open"),
    "under_way": gettext("under way"),
    "done": gettext("done"),
    "dropped": gettext("dropped"),
}


def sheet(published: Published) -> Sheet:
    """Those of the month and the pending ones of the months before, as on the pages of branches but all of them."""
    pages, names = published.pages, published.names

    def cells() -> Iterator[tuple[Cell, ...]]:
        for instrument, branch, name in published.branches():
            for one in lines(pages, instrument, branch):
                yield (
                    names.instruments[instrument.id], branch, name, one.measure, one.action, one.owner, one.due,
                    names.say(STATUSES[one.status]), names.say(gettext("overdue")) if one.overdue else "",
                    one.before, one.now,
                )  # fmt: skip

    return Sheet(
        gettext("Actions"),
        gettext("Actions that branches have declared: for what, who, until when, and the score before and now."),
        (
            *(INSTRUMENT, UNIT, NAME, MEASURE),
            Column(gettext("Action"), "text", gettext("What is done.")),
            Column(gettext("Owner"), "text", gettext("Who sees to it.")),
            Column(gettext("Due"), "text", gettext("The day it is to be done by.")),
            Column(gettext("Status"), "text", gettext("As the list of actions has it.")),
            Column(gettext("Overdue"), "text", gettext("Pending after that day, at the data cut-off.")),
            Column(gettext("Score last month"), "figure", gettext("The measure's score of last month."), SCALE),
            Column(gettext("Score this month"), "figure", gettext("The measure's score of the month."), SCALE),
        ),
        cells(),
        3,
        gettext("No action is declared."),
    )
