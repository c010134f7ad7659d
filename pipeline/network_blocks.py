"""The blocks of the headquarters report beside its league tables: plain, frozen values, as in `view`."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline.view import Comparison, Figure

Outside = Literal["above_998", "above_95", "no", "below_95", "below_998"]


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


@dataclass(frozen=True)
class Movers:
    """Branches whose change on last month is clear, largest first. compared: how many changes were looked at;
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
