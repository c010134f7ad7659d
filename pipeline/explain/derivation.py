"""The derivation of one published figure, put together; every part of it goes to the screen and to --json."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from pipeline.explain.exclusions import Exclusions

SCHEMA = 1  # of --json; counts up when a key changes its meaning


@dataclass(frozen=True)
class Term:
    """One mean of the figure. omega: its published weight, None where there is none. share: of the figure.
    mean: None where it is withheld."""

    part: str
    variable: str
    statistic: str
    label: str
    omega: Decimal | None
    share: Decimal
    mean: Decimal | None
    n: int
    weight: Decimal


@dataclass(frozen=True)
class ItemMean:
    item: str
    label: str
    factor: str
    n: int
    mean: Decimal | None


@dataclass(frozen=True)
class Spread:
    """own: standard error from the unit's own responses; pooled: whether that of all branches is used."""

    strata: str
    own_se: Decimal | None
    pooled: bool
    pooled_one: Decimal | None
    se: Decimal | None
    df: int
    t: Decimal | None
    method: str


@dataclass(frozen=True)
class Compared:
    """A row of the comparison table, as published."""

    against: str
    window: str
    reference: Decimal | None
    difference: Decimal | None
    se: Decimal | None
    df: int | None
    low: Decimal | None
    high: Decimal | None
    verdict: str
    contribution: Decimal | None
    p: Decimal | None
    q: Decimal | None
    chance: Decimal | None


@dataclass(frozen=True)
class Adds:
    """What a factor adds to a difference of the index, as published, and how it is made."""

    against: str
    contribution: Decimal
    formula: str


@dataclass(frozen=True)
class Stands:
    """A branch's rank among those of a group, and the ranks it may have: of the index of the month."""

    within: str
    group: str
    rank: int
    rank_low: int
    rank_high: int
    ranked: int


@dataclass(frozen=True)
class Input:
    """An export behind the figure, with its SHA-256 as it was read (run.json), and how many of the figure's
    responses are in it."""

    period: str
    file: str
    sha256: str | None
    responses: int


@dataclass(frozen=True)
class Response:
    period: str
    respondent: str
    file: str
    row: int


@dataclass(frozen=True)
class Agreement:
    """differences: columns that are not what the second implementation makes of the accepted tables.
    altered: files of the month that are not those it was published with. redefined: definitions that have
    changed since."""

    agrees: bool
    differences: tuple[str, ...]
    altered: tuple[str, ...]
    redefined: tuple[str, ...]

    @property
    def verdict(self) -> str:
        if self.agrees:
            return "agrees to the last stored digit"
        return "DIFFERS" if self.differences else "DIFFERS: its files are not those it was published with"


@dataclass(frozen=True)
class Derivation:
    programme: str
    period: str
    run_id: str
    status: str
    revision: int
    folder: str
    instrument: str
    level: str
    unit: str
    name: str
    measure: str
    statistic: str
    label: str
    window: str
    months: tuple[str, ...]
    points: int
    rule: str
    published: Mapping[str, Any]
    why: tuple[str, ...]
    formula: str
    weights: Mapping[str, Any]
    terms: tuple[Term, ...]
    items: tuple[ItemMean, ...]
    answers: tuple[tuple[int, int], ...]
    base: Mapping[str, Any]
    spread: Spread | None
    comparisons: tuple[Compared, ...]
    adds: tuple[Adds, ...]
    standing: tuple[Stands, ...]
    exclusions: Exclusions
    inputs: tuple[Input, ...]
    responses: tuple[Response, ...]
    agreement: Agreement

    def plain(self) -> dict[str, Any]:
        """For --json: decimals are texts, as they are stored."""
        found: dict[str, Any] = _plain({"schema": SCHEMA, **asdict(self)})
        found["agreement"]["verdict"] = self.agreement.verdict
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value
