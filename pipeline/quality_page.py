"""From the quality of a month's data to its block of the headquarters report."""

from decimal import Decimal
from fractions import Fraction

from pipeline.intake import SOFT_FLAGS, percentage, spoken
from pipeline.network_blocks import FlagLine, QualityBlock, SourceLine
from pipeline.pages import Pages
from pipeline.quality import Quality

MOST_FLAGGED = 12  # branches listed
ROLES = ("responses", "invitations")


def quality_block(pages: Pages, found: Quality) -> QualityBlock:
    """flags: the branches with the largest shares of flagged responses."""
    lines = flag_lines(pages, found)
    kept = [line for line in lines if line.flagged]
    return QualityBlock(
        sources=source_lines(pages, found),
        flag_names=tuple(spoken(name, pages.language) for name in SOFT_FLAGS),
        flags=tuple(kept[:MOST_FLAGGED]),
        left_out=len(kept[MOST_FLAGGED:]),
    )


def source_lines(pages: Pages, found: Quality) -> tuple[SourceLine, ...]:
    return tuple(
        SourceLine(
            one.id, role(pages, one.role), one.files, one.read, one.accepted, one.quarantined,
            tuple((spoken(reason, pages.language), rows) for reason, rows in one.reasons.items()),
        )
        for one in found.sources
    )  # fmt: skip


def role(pages: Pages, name: str) -> str:
    """What a source brings, in words."""
    return {"responses": pages.gettext("responses"), "invitations": pages.gettext("invitations")}.get(name, name)


def flag_lines(pages: Pages, found: Quality) -> list[FlagLine]:
    """Largest share first. Without branches whose index, or that of a division, is withheld: what is odd in few answers
    tells what they are."""
    period = pages.run.period

    def hidden(instrument: str, branch: str) -> bool:
        if pages.tables.figure(period, instrument, "branch", branch).estimate is None:
            return True
        parts = (f"{branch}/{division}" for division in pages.place(branch)["division"])
        return any(pages.tables.figure(period, instrument, "part", part).flag == "withheld" for part in parts)

    names = {one.id: one.name.get(pages.language) for one in pages.run.instruments}
    lines = []
    for instrument, branch, accepted, *counts, flagged in found.flags.iter_rows():
        if hidden(instrument, branch):
            continue
        share = Decimal(percentage(flagged, accepted))
        lines.append(
            FlagLine(
                branch, pages.names.get(branch, branch), names[instrument], accepted, flagged, share, tuple(counts)
            )
        )
    return sorted(lines, key=lambda line: (-Fraction(line.flagged, line.accepted), line.branch, line.instrument))
