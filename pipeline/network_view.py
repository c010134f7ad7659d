"""What the headquarters report may say: plain, frozen values and nothing to compute, as in `view`.

Names are in the language of the page.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pipeline.network_blocks import CoverageLine, Funnel, HeatLine, Movers, QualityBlock, SplitLine
from pipeline.view import Comparison, Figure, Method, TrendPoint


@dataclass(frozen=True)
class LeagueLine:
    """One unit in the headquarters league table of one instrument. rank_low, rank_high: the ranks it may have;
    group: units of one group cannot be told from its first."""

    rank: int | None
    branch: str
    name: str
    region: str
    divisions: tuple[str, ...]
    figure: Figure
    response_rate: Decimal | None
    on_month: Comparison
    on_year: Comparison
    on_network: Comparison
    factors: tuple[Figure, ...]
    rank_low: int | None = None
    rank_high: int | None = None
    group: int | None = None


@dataclass(frozen=True)
class RestatedLine:
    """A unit's index that a revision changed. published: as first published. cause: in words; the counts are
    of the unit's responses."""

    unit: str
    name: str
    published: Decimal | None
    before: Decimal | None
    restated: Decimal | None
    difference: Decimal | None
    n_before: int
    n_restated: int
    cause: str


@dataclass(frozen=True)
class Restatement:
    """Which revision a month is and who declared it why. figures: how many figures it changed in all."""

    revision: int
    reason: str
    by: str
    figures: int


@dataclass(frozen=True)
class League:
    """One instrument over all branches. lines: ranked by rank, then caution and partial by
    branch id, then withheld and none by branch id. factor_names: heads of `factors`."""

    instrument: str
    name: str
    points: int
    rule: str
    network: Figure
    on_month: Comparison
    on_year: Comparison
    invited: int | None
    response_rate: Decimal | None
    factor_names: tuple[str, ...]
    factor_network: tuple[Figure, ...]
    regions: tuple[LeagueLine, ...]
    divisions: tuple[LeagueLine, ...]
    lines: tuple[LeagueLine, ...]
    trend: tuple[TrendPoint, ...]
    restated: tuple[RestatedLine, ...] = ()
    heat: tuple[HeatLine, ...] = ()
    funnel: Funnel | None = None
    movers: Movers = field(default_factory=lambda: Movers((), (), 0, 0))
    coverage: tuple[CoverageLine, ...] = ()
    split: tuple[SplitLine, ...] = ()


@dataclass(frozen=True)
class CategoryLine:
    """One category of a margin. before, after, target: per cent of the margin, by the base weights,
    by the final weights and in the population."""

    margin: str
    name: str
    responses: int
    before: Decimal
    after: Decimal
    target: Decimal


@dataclass(frozen=True)
class WeightingBlock:
    """How the weights of one instrument turned out. design_effect: n by effective n. trimmed: how
    many responses were held to a bound, None without trimming. left_out: categories not listed."""

    name: str
    n: int
    effective_n: Decimal
    design_effect: Decimal
    lowest: Decimal
    median: Decimal
    highest: Decimal
    iterations: int
    trimmed: int | None
    lines: tuple[CategoryLine, ...]
    left_out: int


@dataclass(frozen=True)
class NetworkReport:
    """The headquarters pack of one month in one language."""

    language: str
    programme: str
    period: str
    cutoff: str
    status: Literal["provisional", "final", "restated"]
    run_id: str
    leagues: tuple[League, ...]
    method: Method
    weighting: tuple[WeightingBlock, ...] = ()
    restatement: Restatement | None = None
    quality: QualityBlock | None = None
