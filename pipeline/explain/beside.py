"""What a figure is compared with, and what a factor adds to a difference of the index."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.explain.derivation import Derivation
from pipeline.explain.grids import grid, headed, number
from pipeline.shown import above_zero

VERDICTS = {"better": "▲ better", "worse": "▼ worse", "no_clear_difference": "not clear", "none": "–"}


def beside(found: Derivation) -> Group | None:
    if not found.comparisons:
        return None
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for head in ("reference", "difference", "se", "df", "p", "q"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("")
    for one in found.comparisons:
        table.add_row(
            one.against.replace("_", " "), number(one.reference), number(one.difference), number(one.se),
            "" if one.df is None else f"{one.df:,}", _sure(one.p), _sure(one.q),
            VERDICTS.get(one.verdict, one.verdict),
        )  # fmt: skip
    told = [
        f"chance to be truly above {one.against.replace('_', ' ')}: {_sure(one.chance)}"
        for one in found.comparisons if one.chance is not None
    ]  # fmt: skip
    if any(one.q is not None for one in found.comparisons):
        told.append("q: among its family, the p of the others as published")
    return headed("Compared with (0 to 100)", table, *(Text(one, style="dim") for one in told), *_adds(found))


def _adds(found: Derivation) -> Iterator[RenderableType]:
    """How much of a difference of the index is this factor's."""
    if not found.adds:
        return
    yield Text("")
    if found.rule == "respondent":
        yield Text(
            "Adds to the difference of the index: C - C' - (a - a') x (I + I') / 2, where a is the factor's share of a "
            "respondent's index and C that share x score, both on average; I the index"
        )
    else:
        yield Text("Adds to the difference of the index: share x (F - F')")
    yield grid((one.against.replace("_", " "), Text(one.formula)) for one in found.adds)


def _sure(value: Decimal | None) -> str:
    """A p, a q, a chance: never 0, and never 1 that is less."""
    if value is None:
        return "–"
    told = value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return ">0.9999" if value < 1 <= told else above_zero(told)
