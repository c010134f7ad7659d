"""The lines an index is held against: its target and what a bonus hangs on."""

from pipeline.detail import Aim
from pipeline.instrument import Instrument
from pipeline.pages import Pages


def aims(pages: Pages, instrument: Instrument, branch: str) -> tuple[Aim, ...]:
    """The target, then the bonus lines from the lowest; () where neither is declared."""
    bonus = sorted(
        (one for one in pages.run.site.programme.bonus if one.instrument == instrument.id),
        key=lambda one: (one.line, one.id),
    )
    lines = [("", "target"), *((one.name.get(pages.language), f"bonus/{one.id}") for one in bonus)]
    found = (
        Aim(
            name,
            pages.tables.compared(instrument.id, "branch", branch, "index", against),
            pages.tables.chance(instrument.id, branch, against),
        )
        for name, against in lines
    )
    return tuple(one for one in found if one.gap.reference is not None)
