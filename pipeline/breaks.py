"""Where a trend breaks: what makes months before and after not quite comparable."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from pipeline.in_force import dates
from pipeline.instrument import Instrument
from pipeline.pages import Pages


def breaks(pages: Pages, instrument: Instrument, branch: str | None = None) -> dict[str, str]:
    """period -> what happened to the questionnaire, and to the branch, if the trend is one's."""
    found: dict[str, str] = {}
    for period, what in (*(_of_branch(pages, branch) if branch else ()), *_of_questionnaire(pages, instrument)):
        found[period] = pages.gettext("; ").join((found[period], what)) if period in found else what
    return found


def _of_questionnaire(pages: Pages, instrument: Instrument) -> Iterator[tuple[str, str]]:
    """Another questionnaire before it, bridged; items that came and went."""
    before = {one.id: one.name.get(pages.language) for one in pages.run.known}
    changed = {
        row["change"]: row["from_instrument"] for key, row in pages.tables.bridged.items() if key[0] == instrument.id
    }
    for period, older in changed.items():
        text = pages.gettext("Questionnaire changed; what stands before is carried over from %(name)s")
        yield period, text % {"name": before[older]}
    came: dict[str, int] = {}
    went: dict[str, int] = {}
    start, end = dates(instrument)
    for item in instrument.items:
        first, last = dates(instrument, item)
        if first > start:
            came[f"{first:%Y-%m}"] = came.get(f"{first:%Y-%m}", 0) + 1
        if last < end:
            after = f"{last + timedelta(days=1):%Y-%m}"
            went[after] = went.get(after, 0) + 1
    for period in sorted({*came, *went}):
        counts = {"new": came.get(period, 0), "old": went.get(period, 0)}
        yield period, pages.gettext("Questionnaire changed (items new: %(new)s, dropped: %(old)s)") % counts


def _of_branch(pages: Pages, branch: str) -> Iterator[tuple[str, str]]:
    """(period, what happened): opened, moved to another region, took over another branch."""
    branches = pages.run.hierarchy.branches
    rows = branches.filter(pl.col("branch") == branch).unique(["valid_from"]).sort("valid_from")
    before = None
    for start, region in rows.select("valid_from", "region").iter_rows():
        period = f"{start:%Y-%m}"
        if before is None:
            yield period, pages.gettext("Opened")
        elif region != before:
            names = {
                "old": pages.region(before),
                "new": pages.region(region),
            }
            yield period, pages.gettext("Moved from %(old)s to %(new)s") % names
        before = region
    merged = branches.filter((pl.col("successor") == branch) & pl.col("valid_to").is_not_null())
    for other, end in merged.select("branch", "valid_to").unique(maintain_order=True).iter_rows():
        names = {"branch": f"{other} {pages.names.get(other, '')}".strip()}
        yield f"{end + timedelta(days=1):%Y-%m}", pages.gettext("Took over %(branch)s") % names
