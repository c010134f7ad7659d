"""The sheet of what customers say: how many comments of a branch belong to each theme, and those that its page quotes,
in full."""

from collections.abc import Iterator

from pipeline.sentence import gettext
from pipeline.verbatims import verbatims
from pipeline.workbook.form import INSTRUMENT, NAME, RESPONSES, UNIT, Cell, Column, Sheet
from pipeline.workbook.published import Published


def sheet(published: Published) -> Sheet:
    """A row for each quote; a theme without one has a row all the same."""
    pages, names = published.pages, published.names

    def cells() -> Iterator[tuple[Cell, ...]]:
        for instrument, branch, name in published.branches():
            headline = pages.tables.figure(published.period, instrument.id, "branch", branch)
            for theme in verbatims(pages, instrument, branch, headline, whole=True).themes:
                lead = (names.instruments[instrument.id], branch, name, theme.name, theme.comments)
                yield from ((*lead, quote.text, quote.copies) for quote in theme.quotes)
                if not theme.quotes:
                    yield (*lead, None, None)

    return Sheet(
        gettext("Comments"),
        gettext("Comments of every branch by theme, and those that its page quotes in full; personal data masked."),
        (
            *(INSTRUMENT, UNIT, NAME),
            Column(gettext("Theme"), "text", gettext("Under which the comment is quoted.")),
            Column(
                gettext("Comments of the theme"),
                "count",
                gettext("Comments of the branch that hold a word of the theme."),
            ),
            Column(gettext("Comment"), "text", gettext("As it was given, personal data masked.")),
            Column(gettext("Copies"), "count", gettext("Responses with this very text."), RESPONSES),
        ),
        cells(),
        3,
        gettext("There are no comments that may be shown."),
    )
