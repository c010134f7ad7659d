"""What the headquarters report may say: plain, frozen values and nothing to compute, as in `view`.

Names are in the language of the page.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline.view import Comparison, Figure, Method, TrendPoint

Outside = Literal["above_998", "above_95", "no", "below_95", "below_998"]
Likelihood = Literal["0.001", "0.01", "0.05", "more", "none"]


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
class FunnelPoint:
    """One unit of a funnel plot. effective_n: how many equally weighted respondents are as precise; limits: (99.8 %
    low, 95 % low, 95 % high, 99.8 % high), what chance alone would keep a unit of this size in."""

    branch: str
    name: str
    region: str
    figure: Figure
    effective_n: Decimal
    limits: tuple[Decimal, Decimal, Decimal, Decimal]
    outside: Outside


@dataclass(frozen=True)
class Funnel:
    """All units with a whole index, by effective n. centre: their common mean. reliability: the share of the
    differences between them that is real, 0 to 1. outside: those outside their limits, farthest out first; left_out:
    how many more there are; hidden: units without a figure."""

    points: tuple[FunnelPoint, ...]
    centre: Decimal
    reliability: Decimal | None
    outside: tuple[FunnelPoint, ...]
    left_out: int
    hidden: int


@dataclass(frozen=True)
class Mover:
    """A branch whose index changed clearly. q: the least of 0.001, 0.01, 0.05 that its q is below, or more: the
    share of false findings if this and all more certain changes are taken for real."""

    branch: str
    name: str
    region: str
    figure: Figure
    change: Comparison
    q: Likelihood


@dataclass(frozen=True)
class Movers:
    """Branches whose change on last month leaves out zero, largest first. compared: how many changes were looked at;
    left_out: clear ones that are not listed."""

    up: tuple[Mover, ...]
    down: tuple[Mover, ...]
    compared: int
    left_out: int


@dataclass(frozen=True)
class HeatLine:
    """One unit's index and factors, each with its difference from the network."""

    unit: str
    name: str
    cells: tuple[tuple[Figure, Comparison], ...]


@dataclass(frozen=True)
class CoverageLine:
    """Branches of a region (all, the network) by what may be shown of them. n: responses; invited: customers."""

    unit: str
    name: str
    branches: int
    answered: int
    ranked: int
    partial: int
    caution: int
    withheld: int
    none: int
    n: int
    invited: int | None
    response_rate: Decimal | None


@dataclass(frozen=True)
class SplitLine:
    """A change of an index, in points: performance (what the branches did) and mix (how much they weigh), of which
    entered and left; they sum to total but for rounding."""

    unit: str
    name: str
    against: Literal["last_month", "last_year"]
    performance: Decimal
    mix: Decimal
    entered: Decimal
    left: Decimal
    total: Decimal


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
    movers: Movers = Movers((), (), 0, 0)
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
class SourceLine:
    """One source of the month. reasons: (in words, rows), a row once for each of its reasons."""

    source: str
    role: str
    files: int
    read: int
    accepted: int
    quarantined: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class FlagLine:
    """Accepted responses of a branch that carry a soft flag. share: flagged ones in per cent. counts: of each flag, in
    the order of intake.SOFT_FLAGS; a response may have several."""

    branch: str
    name: str
    instrument: str
    accepted: int
    flagged: int
    share: Decimal
    counts: tuple[int, ...]


@dataclass(frozen=True)
class QualityBlock:
    """What was read, and what looks careless. flag_names: heads of FlagLine.counts; left_out: branches with flags that
    are not listed. Branches whose index is withheld are not among them."""

    sources: tuple[SourceLine, ...]
    flag_names: tuple[str, ...]
    flags: tuple[FlagLine, ...]
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
