"""The weights of one instrument in one month: one factor for each key of its responses."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import polars as pl

from pipeline import trimming
from pipeline.calibration import Case, margins, not_converged
from pipeline.raking import TOLERANCE, Floats, Integers, Margin, Raking, add_up
from pipeline.refusal import Refusal
from pipeline.sample import FACTOR
from pipeline.weighting import Weighting

UNIT = Decimal("0.000000001")


@dataclass(frozen=True)
class Solved:
    """factor: of each key, rounded; before: the same before raking (customers by responses, tier). cells,
    raked: the margins of the population. bounds: if trimmed."""

    factor: pl.Series
    before: pl.Series
    cells: Margin | None
    raked: tuple[Margin, ...]
    iterations: int
    trimmed: int
    bounds: trimming.Bounds | None

    @property
    def margins(self) -> tuple[Margin, ...]:
        return (*([self.cells] if self.cells else []), *self.raked)

    @property
    def met_first(self) -> int:
        """How many categories, the first of `margins`, are cells that weights met before they were raked."""
        return len(self.cells.categories) if self.cells else 0


def solution(case: Case, weighting: Weighting) -> Solved:
    """Raises Refusal where the population or the bounds cannot be met."""
    sample = case.sample
    if not len(sample.n):
        return Solved(pl.Series("factor", [], FACTOR), pl.Series("before", [], FACTOR), None, (), 0, 0, None)
    cells, given = margins(case, weighting) if weighting.calibrated else (None, [])
    factor = np.ones(len(sample.n))
    if cells is not None:
        factor = factor * (cells.target / cells.sums(sample.base))[cells.of]
    if weighting.tier:
        of_tier = {tier: float(one) for tier, one in weighting.tier.items()}
        factor = factor * np.array([of_tier.get(tier, 1.0) for tier in sample.fields["tier"]])
    unraked = factor
    raked = Raking(given, len(sample.n)).rake(sample.base * factor)
    if raked.error >= TOLERANCE:
        raise not_converged(case, given, raked)
    factor, iterations, cut, bounds = factor * raked.factor, raked.iterations, 0, None
    if weighting.trim != "none":
        base = sample.base / sample.n  # of one response: of a key all have the same
        bounds = _bounds(case, weighting, base * factor)
        trimmed = _trim(case, given or [_total(sample.n, base * factor)], base * factor, bounds)
        factor, iterations = trimmed.weights / base, iterations + trimmed.iterations
        cut = int(sample.n[trimmed.trimmed].sum())
    plain = not weighting.tier and bounds is None
    met = given or ([cells] if cells is not None and plain else [])
    final, before = _rounded(case, "factor", factor, met), _rounded(case, "before", unraked, ())
    return Solved(final, before, cells, tuple(given), iterations, cut, bounds)


def _total(n: Integers, weights: Floats) -> Margin:
    """What trimming keeps where there are no margins: the sum of the weights."""
    whole = np.zeros(len(n), np.int64)
    return Margin("", (), ("",), whole, add_up(weights * n, whole))


def _bounds(case: Case, weighting: Weighting, weights: Floats) -> trimming.Bounds:
    if weighting.low is not None and weighting.high is not None:
        return trimming.mean_bounds(weights, case.sample.n, float(weighting.low), float(weighting.high))
    bounds = trimming.iqr_bounds(weights, case.sample.n)
    median = trimming.quantile(weights, case.sample.n, 50)
    if bounds.high <= median and trimming.beyond(weights, bounds) > TOLERANCE:
        raise Refusal(
            case.refuse(
                f'trim = "iqr" says nothing: at least half of the weights are {median:.6g}, so the quartiles are the '
                'same. Use trim = "bounds" with low and high, or trim = "none".'
            )
        )
    return bounds


def _trim(case: Case, given: Sequence[Margin], weights: Floats, bounds: trimming.Bounds) -> trimming.Trimmed:
    """weights: of one response of each key."""
    problems = []
    for one in given:
        means = one.target / add_up(case.sample.n, one.of, len(one.categories))
        for name, mean in zip(one.categories, means.tolist(), strict=True):
            if not bounds.low * (1 - TOLERANCE) <= mean <= bounds.high * (1 + TOLERANCE):
                problems.append(
                    case.refuse(
                        f"the responses of margin {one.id}, category {name!r}, need a mean weight of {mean:.6g}, "
                        f"which is beyond the bounds {bounds.low:.6g} and {bounds.high:.6g}. Widen the bounds in "
                        "[weighting], or collapse the category with another."
                    )
                )
    if problems:
        raise Refusal(problems)
    trimmed = trimming.trim(weights, case.sample.n, bounds, given)
    if trimmed.failed is not None or trimmed.excess > TOLERANCE:
        raise Refusal(
            case.refuse(
                f"the margins cannot be met with weights from {bounds.low:.6g} to {bounds.high:.6g}; after "
                f"{trimmed.iterations:,} iterations one is still beyond by {trimmed.excess:.2g} of its bound. Widen "
                "the bounds in [weighting], or collapse categories with few responses."
            )
        )
    return trimmed


def _rounded(case: Case, name: str, factor: Floats, given: Sequence[Margin]) -> pl.Series:
    """To nine decimals, half away from zero. Raises Refusal where that is too coarse."""
    values = [Decimal(one).quantize(UNIT, ROUND_HALF_UP) for one in factor.tolist()]
    largest = max(values)
    if largest >= 10**9:
        raise Refusal(
            case.refuse(f"a factor of {largest:,.0f} is more than the 999,999,999 that can be kept. Give the "
                        "population in thousands.")
        )  # fmt: skip
    found = pl.Series(name, values, FACTOR)
    totals = case.sample.base * found.cast(pl.Float64).to_numpy()
    error = max((float(one.errors(totals).max()) for one in given), default=0.0)
    if min(values) <= 0 or error >= TOLERANCE:
        raise Refusal(
            case.refuse(
                f"weights down to {float(min(factor.tolist())):.2g} are too small to be kept with nine decimals. Write "
                "the population in customers, not in shares, and tier factors near 1."
            )
        )
    return found
