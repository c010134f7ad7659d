"""What was left out of a branch's responses, what looks careless among the accepted, and the index without it."""

from typing import Literal

from pipeline.detail import Count, Integrity
from pipeline.faults import FIXES
from pipeline.figures import Row
from pipeline.flags import NAMES
from pipeline.instrument import Instrument
from pipeline.pages import Pages
from pipeline.shown import Figure

LEFT_OUT = "quarantined/"


def integrity(pages: Pages, instrument: Instrument, branch: str, headline: Figure) -> Integrity:
    table = pages.tables.integrity

    def row(what: str, level: str = "branch", unit: str = branch) -> Row | None:
        return table.get((instrument.id, level, unit, what))

    def count(what: str, name: str = "") -> Count:
        here, all_ = row(what), row(what, "network", "network")
        return Count(
            name,
            here["n"] if here else 0,
            here["printed_percent"] if here else None,
            all_["printed_percent"] if all_ else None,
            bool(here and here["more"]),
        )

    accepted, quarantined, without = row("accepted"), row("quarantined"), row("without_flagged")
    why: Literal["", "few", "other", "none", "withheld"] = "none"
    if without is not None:
        why = without["why"]
    return Integrity(
        accepted=accepted["n"] if accepted else 0,
        quarantined=quarantined["n"] if quarantined else 0,
        reasons=_reasons(pages, instrument, branch),
        flagged=count("flagged"),
        flags=tuple(count(one, pages.gettext(one.replace("_", " "))) for one in NAMES if why != "withheld"),
        index=headline.estimate,
        without=without["printed"] if without and not why else None,
        without_n=without["n"] if without else 0,
        why=why,
    )


def _reasons(pages: Pages, instrument: Instrument, branch: str) -> tuple[tuple[str, int], ...]:
    """(reason in words, rows), the most frequent first."""
    rows = ((one, pages.tables.integrity.get((instrument.id, "branch", branch, LEFT_OUT + one))) for one in FIXES)
    told = sorted((-row["n"], reason) for reason, row in rows if row is not None)
    return tuple((pages.gettext(reason.replace("_", " ")), -n) for n, reason in told)
