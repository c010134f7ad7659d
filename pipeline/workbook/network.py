"""Sheets of how a month was heard: coverage, weights, sources, reasons, soft flags."""

from collections.abc import Iterator

from pipeline import regions
from pipeline.intake import SOFT_FLAGS
from pipeline.quality import Quality
from pipeline.quality_page import flag_lines, source_lines
from pipeline.sentence import gettext
from pipeline.weighting_page import weighting_blocks
from pipeline.workbook.form import INSTRUMENT, NAME, PERCENT, RESPONSES, UNIT, Cell, Column, N, Sheet
from pipeline.workbook.published import Published

_ONCE = gettext("A row counts once for each of its reasons.")
SOURCE = Column(gettext("Source"), "text", gettext("A kind of export, as the programme names it."))


def sheets(published: Published, found: Quality) -> Iterator[Sheet]:
    yield _coverage(published)
    yield _weights(published)
    yield _margins(published)
    yield _sources(published, found)
    yield _reasons(published, found)
    yield _flags(published, found)


def _coverage(published: Published) -> Sheet:
    """Branches of the network and its regions by what may be shown of them."""
    names, pages = published.names, published.pages

    def cells() -> Iterator[tuple[Cell, ...]]:
        for one in published.instruments:
            for line in regions.coverage(pages, one):
                yield (
                    names.instruments[one.id], line.unit or "network", line.name, line.branches, line.answered,
                    line.ranked, line.partial, line.caution, line.withheld, line.none, line.n, line.invited,
                    line.response_rate,
                )  # fmt: skip

    counts = (
        (gettext("branches open"), gettext("Branches open in the month.")),
        (gettext("with responses"), gettext("Branches with at least one valid response.")),
        (gettext("ranked"), gettext("Branches whose index is ranked.")),
        (gettext("partial index"), gettext("Branches that lack a factor: shown, not ranked.")),
        (gettext("small base"), gettext("Branches whose base is small: shown, not ranked.")),
        (gettext("withheld"), gettext("Branches whose index is withheld.")),
        (gettext("no data"), gettext("Branches without a valid response.")),
    )
    return Sheet(
        gettext("Coverage"),
        gettext("Branches, responses and invitations of network and regions."),
        (
            *(INSTRUMENT, UNIT, NAME),
            *(Column(head, "count", meaning) for head, meaning in counts),
            N,
            Column(gettext("Invited"), "count", gettext("Customers asked, where that is known.")),
            Column(
                gettext("Response rate"),
                "percent",
                gettext("Accepted responses of the customers asked."),
                PERCENT,
                bar=True,
            ),
        ),
        cells(),
        3,
    )


def _weights(published: Published) -> Sheet:
    """How the weights of each instrument turned out."""
    blocks = weighting_blocks(published.pages)
    heads = (
        (gettext("lowest weight"), gettext("The smallest final weight.")),
        (gettext("median weight"), gettext("Half of the responses weigh less.")),
        (gettext("highest weight"), gettext("The largest final weight.")),
    )
    return Sheet(
        gettext("Weights"),
        gettext("Spread of the weights and what it costs."),
        (
            *(INSTRUMENT, N),
            Column(
                gettext("Effective n"), "figure", gettext("As many equally weighted responses would be as precise.")
            ),
            Column(gettext("design effect"), "weight", gettext("n by effective n: what unequal weights cost.")),
            *(Column(head, "weight", meaning) for head, meaning in heads),
            Column(gettext("iterations of raking"), "count", gettext("Rounds until every margin was met.")),
            Column(
                gettext("responses trimmed"), "count", gettext("Responses held to a bound; empty without trimming.")
            ),
        ),
        (
            (one.name, one.n, one.effective_n, one.design_effect, one.lowest, one.median, one.highest, one.iterations,
             one.trimmed)
            for one in blocks
        ),
        1,
        gettext("Every response counts once, or by its base weight alone."),
    )  # fmt: skip


def _margins(published: Published) -> Sheet:
    """Every category that responses are weighted to."""
    heads = (
        (gettext("Before, per cent"), gettext("Share of the margin by the base weights.")),
        (gettext("After, per cent"), gettext("Share of the margin by the final weights.")),
        (gettext("Population, per cent"), gettext("Share of the margin in the population.")),
    )
    return Sheet(
        gettext("Margins"),
        gettext("Shares of every category before and after weighting, and in the population."),
        (
            INSTRUMENT,
            Column(gettext("Margin"), "text", gettext("A way to divide customers into categories.")),
            Column(gettext("Category"), "text", gettext("A category of the margin.")),
            N,
            *(Column(head, "percent", meaning, PERCENT) for head, meaning in heads),
        ),
        (
            (one.name, line.margin, line.name, line.responses, line.before, line.after, line.target)
            for one in weighting_blocks(published.pages, most=None)
            for line in one.lines
        ),
        3,
        gettext("Responses are not weighted to a population."),
    )


def _sources(published: Published, found: Quality) -> Sheet:
    rows = gettext("rows")
    return Sheet(
        gettext("Sources"),
        gettext("Rows read, accepted and quarantined of each source."),
        (
            SOURCE,
            Column(gettext("Role"), "text", gettext("What the source brings: responses or invitations.")),
            Column(gettext("Files"), "count", gettext("Files of the source in the month.")),
            Column(gettext("Read"), "count", gettext("Accepted and quarantined rows together."), rows),
            Column(gettext("Accepted"), "count", gettext("Rows that count."), rows),
            Column(gettext("Quarantined"), "count", gettext("Rows that do not count; intake.html lists them."), rows),
        ),
        (
            (one.source, one.role, one.files, one.read, one.accepted, one.quarantined)
            for one in source_lines(published.pages, found)
        ),
        1,
    )  # fmt: skip


def _reasons(published: Published, found: Quality) -> Sheet:
    return Sheet(
        gettext("Quarantine"),
        gettext("Why rows were not accepted, by source."),
        (
            SOURCE,
            Column(gettext("Reason"), "text", gettext("What is wrong with the row.")),
            Column(gettext("Rows"), "count", _ONCE, gettext("rows"), bar=True),
        ),
        (
            (one.source, reason, rows)
            for one in source_lines(published.pages, found)
            for reason, rows in one.reasons
        ),
        1,
        gettext("No row was quarantined."),
    )  # fmt: skip


def _flags(published: Published, found: Quality) -> Sheet:
    heads = dict(zip(SOFT_FLAGS, _FLAG_HEADS, strict=True))
    return Sheet(
        gettext("Soft flags"),
        gettext("Responses that look careless, by branch; branches whose index is withheld are left out."),
        (
            *(INSTRUMENT, UNIT, NAME),
            Column(gettext("Accepted"), "count", gettext("Accepted responses."), RESPONSES),
            Column(gettext("Flagged"), "count", gettext("Responses with any soft flag."), RESPONSES),
            Column(gettext("Share"), "percent", gettext("Flagged responses of the accepted ones."), PERCENT, bar=True),
            *(Column(heads[one][0], "count", heads[one][1], RESPONSES) for one in SOFT_FLAGS),
        ),
        (
            (line.instrument, line.branch, line.name, line.accepted, line.flagged, line.share, *line.counts)
            for line in flag_lines(published.pages, found)
        ),
        3,
        gettext("No response was flagged."),
    )  # fmt: skip


_FLAG_HEADS = (  # in the order of SOFT_FLAGS
    (gettext("straight lining"), gettext("The same answer throughout, other than the best.")),
    (gettext("speeding"), gettext("Answered faster than one can read.")),
    (gettext("identical verbatim"), gettext("A comment that many responses share word for word.")),
    (gettext("all top"), gettext("The best answer throughout.")),
)
