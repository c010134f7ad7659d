"""What the second look at an instrument may say on a branch's page: place, lines, items, words, data, plan.

Printed values are stored ones, as in pipeline.view.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline.shown import Comparison, Figure


@dataclass(frozen=True)
class Standing:
    """The rank of an index among the ranked branches of a group, and the ranks it may have. name: of the group."""

    name: str
    rank: int
    rank_low: int
    rank_high: int
    ranked: int


@dataclass(frozen=True)
class Mark:
    """Where a ranked branch is drawn, on the published scale: never printed."""

    low: float
    estimate: float
    high: float
    kind: Literal["here", "region", "other"]


@dataclass(frozen=True)
class Strip:
    """Every ranked branch, best first; this one is among them unless it is not ranked."""

    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Aim:
    """A line an index is to be above: the target (name ""), or one that a bonus hangs on. gap: its reference is
    the line. chance: per cent, that the index is truly above; None where not known."""

    name: str
    gap: Comparison
    chance: Decimal | None


@dataclass(frozen=True)
class ItemLine:
    """One question. first: of its factor. top, bottom: per cent of the answers in the top and bottom boxes."""

    id: str
    name: str
    first: bool
    figure: Figure
    top: Decimal | None
    bottom: Decimal | None


@dataclass(frozen=True)
class Quote:
    """A masked verbatim, cut to what a page has room for. copies: responses with this very text."""

    text: str
    copies: int


@dataclass(frozen=True)
class Theme:
    """comments: how many verbatims belong to it."""

    name: str
    comments: int
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Verbatims:
    """comments: of the branch in all. why: none may be shown (withheld), or there are none."""

    why: Literal["", "withheld", "none"]
    comments: int
    themes: tuple[Theme, ...]


@dataclass(frozen=True)
class Count:
    """So many responses have a property: here, in per cent of the branch's, and of the network's. more: clearly more
    often here than in the network."""

    name: str
    n: int
    percent: Decimal | None
    network: Decimal | None
    more: bool


@dataclass(frozen=True)
class Integrity:
    """What was left out of a branch's responses, what looks careless among the accepted, and the index without
    those. reasons: (reason, rows). without: None where why says so: few (flagged or other responses are too few),
    other (then other factors or divisions would be in it), none (no response is flagged), withheld (a figure of the
    branch is; then flags is () too)."""

    accepted: int
    quarantined: int
    reasons: tuple[tuple[str, int], ...]
    flagged: Count
    flags: tuple[Count, ...]
    index: Decimal | None
    without: Decimal | None
    without_n: int
    why: Literal["", "few", "other", "none", "withheld"]


@dataclass(frozen=True)
class ActionLine:
    """One measure taken. before, now: last month's and this month's score of what it is to raise."""

    measure: str
    action: str
    owner: str
    due: str
    status: Literal["open", "under_way", "done", "dropped"]
    overdue: bool
    before: Decimal | None
    now: Decimal | None


@dataclass(frozen=True)
class Plan:
    """declared: whether the programme keeps a list of actions. left_out: actions there is no room for."""

    declared: bool
    lines: tuple[ActionLine, ...]
    left_out: int


@dataclass(frozen=True)
class Detail:
    """left_out: items there is no room for. peers: whether the programme declares what peers are."""

    standings: tuple[Standing, ...]
    strip: Strip
    aims: tuple[Aim, ...]
    items: tuple[ItemLine, ...]
    left_out: int
    verbatims: Verbatims
    integrity: Integrity
    plan: Plan
