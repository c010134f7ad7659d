"""The smallest things a page shows: a figure, a comparison, in printed digits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Flag = Literal["ok", "caution", "partial", "withheld", "none"]
Verdict = Literal["better", "worse", "no_clear_difference", "none"]


@dataclass(frozen=True)
class Figure:
    """One estimate with its base and 95 % interval.

    ok: base large enough to rank · caution: base small, shown but unranked ·
    partial: a factor is wholly missing, shown but unranked · withheld: base too small to
    show, or would give such a figure away; estimate and interval are None · none: no responses.
    """

    n: int
    estimate: Decimal | None
    low: Decimal | None
    high: Decimal | None
    flag: Flag


@dataclass(frozen=True)
class Comparison:
    """A figure minus a reference. None where either side may not be shown.

    verdict: better or worse when q is at most 0.05 and the 95 % interval leaves out zero. q: the least share
    of false findings, among all units compared alike, at which this is still one.
    """

    reference: Decimal | None
    difference: Decimal | None
    low: Decimal | None
    high: Decimal | None
    verdict: Verdict
    q: Decimal | None = None


def above_zero(value: Decimal) -> str:
    """A q, a p or a chance, which are never 0: as it stands, or where it was rounded to 0, what it is below: <0.001."""
    return str(value) if value else f"<{value.copy_abs() + Decimal((0, (1,), int(value.as_tuple().exponent)))}"
