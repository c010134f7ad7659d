"""Whether a row of a published table is what it must be: to the last stored digit."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pipeline.recompute.bridges import Bridged
from pipeline.recompute.change import Split
from pipeline.recompute.comparisons import Comparison
from pipeline.recompute.scores import Score
from pipeline.recompute.side_by_side import RankSet, Reliability, Shrunk, Standing

Told = Score | Comparison | RankSet | Shrunk | Reliability | Standing | Split | Bridged

# What is exact, and what is a root or a tail, or a sum in which the SQL rounds.
_COLUMNS: dict[type[Told], tuple[tuple[str, ...], tuple[str, ...]]] = {
    Score: (
        ("n", "estimate", "df", "rank", "ranked", "flag", "printed", "printed_of"),
        ("n_eff", "se", "low", "high"),
    ),
    Comparison: (
        ("reference", "difference", "df", "contribution", "printed_reference", "printed_difference",
         "printed_contribution"),
        ("se", "low", "high", "p", "chance"),
    ),
    RankSet: (("rank_low", "rank_high", "tier_group"), ()),
    Standing: (("group", "rank", "rank_low", "rank_high", "ranked"), ()),
    Shrunk: (
        ("outside",),
        ("reliability", "eb", "eb_low", "eb_high", "funnel_low95", "funnel_high95", "funnel_low998", "funnel_high998"),
    ),
    Reliability: (("units",), ("centre", "one", "tau2", "reliability", "phi")),
    Split: (("total",), ("performance", "mix", "entered", "left")),
    Bridged: (("n", "n_fit", "df", "flag_before"), ("estimate", "se", "low", "high")),
}  # fmt: skip


def unlike(right: Told, row: Mapping[str, Any], left: Iterable[str] = ()) -> list[str]:
    """The columns in which a row differs, but for those `left` out."""
    exact, near = ([one for one in each if one not in set(left)] for each in _COLUMNS[type(right)])
    found = [one for one in exact if getattr(right, one) != row[one]]
    return found + [one for one in near if not near_to(getattr(right, one), row[one])]


def columns(kind: type[Told]) -> tuple[str, ...]:
    """What a row has of this."""
    exact, near = _COLUMNS[kind]
    return (*exact, *near)


def near_to(right: float | Decimal | None, is_: Decimal | None) -> bool:
    """To nine digits, or to the last stored one and what its rounding may add."""
    if right is None or is_ is None:
        return right is None and is_ is None
    return abs(float(is_) - float(right)) <= max(1e-9 * abs(float(right)), 2e-9)
