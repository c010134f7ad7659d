"""Whether a row of a published table is what it must be: to the last stored digit."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pipeline.recompute.comparisons import Comparison
from pipeline.recompute.scores import Score

EXACT_SCORE = ("n", "estimate", "df", "rank", "ranked", "flag", "printed", "printed_of")
NEAR_SCORE = ("n_eff", "se", "low", "high")
EXACT_COMPARISON = (
    "reference", "difference", "df", "verdict", "contribution",
    "printed_reference", "printed_difference", "printed_contribution",
)  # fmt: skip
NEAR_COMPARISON = ("se", "low", "high")


def unlike(right: Score | Comparison, row: Mapping[str, Any], left: Iterable[str] = ()) -> list[str]:
    """The columns in which a row differs, but for those `left` out."""
    exact, near = (EXACT_SCORE, NEAR_SCORE) if isinstance(right, Score) else (EXACT_COMPARISON, NEAR_COMPARISON)
    found = [one for one in exact if getattr(right, one) != row[one]]
    found += [one for one in near if not _near(getattr(right, one), row[one])]
    return [one for one in found if one not in set(left)]


def _near(right: float | None, is_: Decimal | None) -> bool:
    """To nine digits, or to the last stored one and what its rounding may add: these are roots."""
    if right is None or is_ is None:
        return right is None and is_ is None
    return abs(float(is_) - right) <= max(1e-9 * abs(right), 2e-9)
