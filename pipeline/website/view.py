"""What the pages of the site may say: figures as published, names in the language of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pipeline.view import Comparison, Figure, PartLine, TrendPoint


@dataclass(frozen=True)
class Rank:
    """place: of the index, None where it is not ranked; low to high: the ranks it may truly have; of: how many
    units are ranked."""

    place: int | None
    low: int | None
    high: int | None
    of: int


@dataclass(frozen=True)
class Unit:
    """A branch, region, division or the network by one instrument. against: last_month, last_year, network,
    region, peers, target -> the difference of the index. factors: in the order of the instrument."""

    id: str
    name: str
    figure: Figure
    rank: Rank
    invited: int | None
    rate: Decimal | None
    against: Mapping[str, Comparison]
    factors: tuple[Figure, ...]
    trend: tuple[TrendPoint, ...]


@dataclass(frozen=True)
class Factor:
    """One factor over the whole network. weight: per cent of the index."""

    id: str
    name: str
    weight: Decimal
    figure: Figure
    on_month: Comparison
    on_year: Comparison


@dataclass(frozen=True)
class Survey:
    """One instrument over the network. points: the published scale's maximum. ranked, shown, hidden: branches."""

    id: str
    name: str
    points: int
    network: Unit
    regions: tuple[Unit, ...]
    divisions: tuple[Unit, ...]
    factors: tuple[Factor, ...]
    ranked: int
    shown: int
    hidden: int


@dataclass(frozen=True)
class FactorLine:
    """One factor of a branch. weight: per cent of the index."""

    id: str
    name: str
    weight: Decimal
    figure: Figure
    on_month: Comparison
    on_network: Comparison
    region: Figure
    network: Figure


@dataclass(frozen=True)
class Block:
    """One instrument on a branch's page. parts: one per division, where the index is made of such."""

    id: str
    name: str
    points: int
    unit: Unit
    region: Figure
    network: Figure
    factors: tuple[FactorLine, ...]
    parts: tuple[PartLine, ...]


@dataclass(frozen=True)
class Branch:
    """A branch's page. pdfs: (language, path in the month's folder) of its printed scorecards, this language first."""

    id: str
    name: str
    region: str
    region_name: str
    divisions: tuple[str, ...]
    division_names: tuple[str, ...]
    tier: str
    note: str
    blocks: tuple[Block, ...]
    pdfs: tuple[tuple[str, str], ...]
