"""What one printed page may say: plain, frozen values and nothing to compute.

Every number on a page comes from the score or comparison table, already rounded
there (one decimal, on the instrument's published scale). A `Decimal` here is printed
with `str`, digit for digit. `None` means the figure may not or cannot be shown; the
flag says why. Names are in the language of the page.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline.detail import Detail
from pipeline.shown import Comparison as Comparison
from pipeline.shown import Figure as Figure
from pipeline.shown import Flag as Flag
from pipeline.shown import Verdict as Verdict


@dataclass(frozen=True)
class FactorLine:
    """One factor of an index. weight: per cent of the index, the weights of an index sum
    to 100 but for rounding. contribution: points this factor adds to the gap between the
    branch's index and the network's; contributions sum to that gap but for rounding."""

    id: str
    name: str
    weight: Decimal
    figure: Figure
    on_month: Comparison
    region: Figure
    network: Figure
    on_network: Comparison
    contribution: Decimal | None


@dataclass(frozen=True)
class TrendPoint:
    """One month of the trend. rolling_3 and rolling_12 are None until the programme has
    that many months. note: why the series breaks here ("opened", "moved region"), or ""."""

    period: str
    month: Figure
    rolling_3: Figure | None
    rolling_12: Figure | None
    network: Figure
    note: str


@dataclass(frozen=True)
class PartLine:
    """An index for one division of a branch (dealer satisfaction), or a unit of a level. missing: the factors that a
    partial index has no figure of."""

    id: str
    name: str
    figure: Figure
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexBlock:
    """One instrument on one unit's page. points: the published scale's maximum, 100 or 1000."""

    instrument: str
    name: str
    points: int
    rule: str
    headline: Figure
    on_month: Comparison
    on_year: Comparison
    on_network: Comparison
    on_region: Comparison
    on_target: Comparison
    region: Figure
    network: Figure
    rank: int | None
    ranked: int
    invited: int | None
    response_rate: Decimal | None
    factors: tuple[FactorLine, ...]
    parts: tuple[PartLine, ...]
    trend: tuple[TrendPoint, ...]
    detail: Detail


@dataclass(frozen=True)
class Method:
    """What stands in the foot of a page. withheld_below, ranked_from: bases in responses.
    inputs: (file, SHA-256) of every file read for the month; definitions: of the files that say what is measured
    and weighted."""

    withheld_below: int
    ranked_from: int
    weighting: str
    instruments: tuple[tuple[str, str], ...]
    software: str
    inputs: tuple[tuple[str, str], ...]
    accepted: int
    quarantined: int
    definitions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scorecard:
    """One branch, one month, one language."""

    language: str
    programme: str
    branch: str
    name: str
    region: str
    divisions: tuple[str, ...]
    tier: str
    period: str
    cutoff: str
    status: Literal["provisional", "final", "restated"]
    run_id: str
    note: str
    blocks: tuple[IndexBlock, ...]
    method: Method
