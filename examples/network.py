"""The sixty dealers: who they are, how good they are, and what was planted in them.

`dealers/branches.csv` is read, not repeated: region, divisions and opening dates have one home.
What this module adds is the truth behind the answers, as means on the 1-10 scale before a
respondent's mood is laid over them: a level per branch and factor, the seasons, slow trends, and
the stories that `dealers/STORIES.md` tells. All of it depends on the month and the branch alone,
so a month holds the same answers however many months are written.
"""

from __future__ import annotations

import calendar
import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from words import phone

BRANCHES_FILE = Path(__file__).parent / "dealers" / "branches.csv"
CUTOFF_DAYS = 10
LAST_MONTH = (2025, 10)
HISTORY = 14

# The stories, by branch; --branches keeps these before any other.
COLLAPSED = "WH-002"  # problems experienced, from 2025-08
IMPROVED = "SJ-001"  # every factor, month by month
SILENT = "LY-001"  # four responses in 2025-10
THIN = "HH-001"  # 15 to 25 responses in every month
OPENED = "HF-002"  # on 2025-05-12
CLOSED = "SZ-004"  # on 2025-06-30, merged into SUCCESSOR
SUCCESSOR = "SZ-001"
MOVED = "NC-001"  # from EAST to CENTRAL on 2025-07-01
NO_PARTS = "SH-003"  # its NEV customers never rate parts supply
GAMED = "DG-001"  # from 2025-04
RENOVATED = "XA-002"  # closed from 2025-06-09 to 2025-06-22
CORRECTED = "TJ-002"  # in the re-sent file of 2025-06
STORIES = (
    COLLAPSED,
    IMPROVED,
    SILENT,
    THIN,
    OPENED,
    CLOSED,
    SUCCESSOR,
    MOVED,
    NO_PARTS,
    GAMED,
    RENOVATED,
    CORRECTED,
)
FEWEST_BRANCHES = len(STORIES) + 6  # some must be left whose rows may be spoilt


@dataclass(frozen=True)
class Factor:
    """The mean of a factor before moods, and how far each of its questions stands from it."""

    mean: float
    items: tuple[float, ...]


CSI = {
    "problems": Factor(8.34, (0.12, 0.05, -0.20)),
    "user_friendly": Factor(8.28, (0.22, -0.04, -0.22)),
    "delivery": Factor(8.58, (-0.18, 0.02, 0.16)),
    "quality": Factor(8.50, (0.10, 0.22, -0.34)),
    "in_service": Factor(8.26, (-0.10, 0.30, -0.22)),
    "advisor": Factor(8.86, (0.24, 0.06, 0.02, -0.34)),
    "initiation": Factor(8.58, (-0.12, 0.14, 0.00)),
}
DEALER = {
    "skill": Factor(8.58, (-0.06, 0.08)),
    "attitude": Factor(8.88, (0.06, -0.04)),
    "timeliness": Factor(8.28, (0.04, -0.08)),
    "parts": Factor(8.04, (0.14, -0.20)),
    "overall": Factor(8.60, (0.0,)),
}
REGION_LEVEL = {"NORTH": -0.02, "EAST": 0.12, "SOUTH": 0.05, "CENTRAL": -0.05, "WEST": -0.10}
TIER_LEVEL = {"A": 0.08, "B": 0.0, "C": -0.06}
OWN_LEVEL = {  # where a story needs a known start, instead of a drawn level
    COLLAPSED: 0.10,
    IMPROVED: -0.10,
    SILENT: 0.0,
    THIN: 0.05,
    OPENED: -0.15,
    CLOSED: -0.10,
    MOVED: 0.10,
    NO_PARTS: 0.05,
    GAMED: -0.20,
    CORRECTED: 0.05,
}
SIZE = {  # responses as a share of the usual number
    OPENED: 0.80,
    CLOSED: 0.60,
    "GY-001": 0.40,
    "YC-001": 0.36,
    "NN-001": 0.44,
    "BJ-001": 1.35,
    "GZ-001": 1.40,
    "SH-001": 1.30,
    "SZ-001": 1.15,
    "CD-001": 1.25,
}
# From January to December: how busy the workshops are, and what the rush before the new year
# and the summer heat do to waiting times.
SEASON = (1.10, 0.80, 0.97, 1.00, 1.02, 1.00, 1.05, 1.06, 1.03, 1.00, 0.97, 0.98)
RUSH = (-0.12, -0.08, 0, 0, 0, -0.05, -0.14, -0.16, 0, 0, 0, 0)
SPRING_FESTIVAL = (date(2025, 1, 28), date(2025, 2, 3))
IMPROVEMENT = 0.115  # per month, on every factor


@dataclass(frozen=True)
class Month:
    """A month of the programme; `step` counts from 0 in 2024-09 to 13 in 2025-10."""

    year: int
    month: int
    step: int

    @property
    def id(self) -> str:
        return f"{self.year}-{self.month:02d}"

    @property
    def days(self) -> tuple[date, ...]:
        length = calendar.monthrange(self.year, self.month)[1]
        return tuple(date(self.year, self.month, day + 1) for day in range(length))

    @property
    def closes(self) -> datetime:
        """The first moment too late to be counted."""
        last = self.days[-1] + timedelta(days=CUTOFF_DAYS + 1)
        return datetime.combine(last, time())

    @property
    def labels(self) -> bool:
        """Odd-numbered months come from the tool that exports labels."""
        return self.month % 2 == 1


@dataclass(frozen=True)
class Spell:
    """One row of branches.csv: what a branch was between two days, both included."""

    first: date
    last: date
    region: str
    divisions: tuple[str, ...]
    tier: str


@dataclass(frozen=True)
class Branch:
    """A dealer with its spells; `number` is its place in branches.csv and seeds its answers."""

    id: str
    name: str
    number: int
    spells: tuple[Spell, ...]

    def spell(self, day: date) -> Spell | None:
        return next((spell for spell in self.spells if spell.first <= day <= spell.last), None)

    def open_days(self, month: Month) -> list[date]:
        """The days of a month on which the workshop took cars in."""
        first, last = SPRING_FESTIVAL
        return [day for day in month.days if self.spell(day) and not first <= day <= last]

    def closed_days(self, month: Month) -> list[date]:
        """The days on which the branch did not exist or was shut, holidays apart."""
        return [day for day in month.days if not self.spell(day)]

    def latest(self, month: Month) -> Spell:
        """The spell that holds at the end of a month, or the nearest one."""
        end = month.days[-1]
        past = [spell for spell in self.spells if spell.first <= end]
        return past[-1] if past else self.spells[0]


def all_months() -> tuple[Month, ...]:
    """The fourteen months up to 2025-10, oldest first."""
    year, month = LAST_MONTH
    last = year * 12 + month - 1
    return tuple(
        Month((last - back) // 12, (last - back) % 12 + 1, HISTORY - 1 - back) for back in reversed(range(HISTORY))
    )


def load_branches(count: int) -> tuple[Branch, ...]:
    """`count` branches in the order of branches.csv: those with a story before any other."""
    rows: dict[str, list[dict[str, str]]] = {}
    with BRANCHES_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["branch"], []).append(row)
    known = {
        branch: Branch(branch, spells[0]["name_zh"], number, tuple(map(_spell, spells)))
        for number, (branch, spells) in enumerate(rows.items())
    }
    if not FEWEST_BRANCHES <= count <= len(known):
        raise ValueError(f"branches: from {FEWEST_BRANCHES} to {len(known)}, not {count}")
    others = [branch for branch in known if branch not in STORIES]
    spread = [branch for start in range(5) for branch in others[start::5]]  # over all regions
    chosen = {*STORIES, *spread[: count - len(STORIES)]}
    return tuple(known[branch] for branch in known if branch in chosen)


def _spell(row: dict[str, str]) -> Spell:
    return Spell(
        date.fromisoformat(row["valid_from"]),
        date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max,
        row["region"],
        tuple(row["divisions"].split(";")),
        row["tier"],
    )


def stream(seed: int, purpose: int, month: int = 0, branch: int = 0) -> Random:
    """A source of its own for every purpose, month and branch: none shifts another's draws."""
    return Random(((seed * 10 + purpose) * 100 + month) * 1000 + branch)


@dataclass(frozen=True)
class Traits:
    """What stays with a branch for good."""

    level: float
    factors: dict[str, float]
    size: float
    response_rate: float
    phones: tuple[str, ...]  # the few numbers a dealer uses who answers for its customers


def traits(branch: Branch, seed: int) -> Traits:
    """Drawn once per branch, so that a branch is itself in every month."""
    rng = stream(seed, 0, branch=branch.number)
    level = OWN_LEVEL.get(branch.id, 0.42 * (rng.random() + rng.random() + rng.random() - 1.5))
    factors = {factor: 0.34 * (rng.random() + rng.random() + rng.random() - 1.5) for factor in (*CSI, *DEALER)}
    size = SIZE.get(branch.id, 0.80 + 0.42 * rng.random())
    rate = 0.43 if branch.id == GAMED else 0.24 + 0.17 * rng.random()
    return Traits(level, factors, size, rate, tuple(phone(rng) for _ in range(3)))


def means(branch: Branch, own: Traits, division: str, month: Month, dealer: bool) -> list[float]:
    """The mean of each factor on the 1-10 scale for customers of one division in one month."""
    home = branch.spells[0]  # a branch that changes region stays as good as it was
    common = own.level + REGION_LEVEL[home.region] + TIER_LEVEL[home.tier]
    if division == "NEV":
        common += 0.012 * month.step - 0.08  # a young network that is learning
    if home.region == "WEST":
        common -= 0.008 * month.step  # and one that is slowly tiring
    if branch.id == IMPROVED:
        common += IMPROVEMENT * (month.step - 8)
    result = []
    for factor, known in (DEALER if dealer else CSI).items():
        value = known.mean + common + own.factors[factor]
        if factor in ("in_service", "timeliness"):
            value += RUSH[month.month - 1]
        elif factor == "delivery":
            value += 0.5 * RUSH[month.month - 1]
        elif factor == "initiation":
            value += 0.010 * month.step  # online booking spreads
        elif factor == "parts" and division == "NEV":
            value -= 0.35
        result.append(value)
    return result


def collapsed(branch: Branch, month: Month) -> bool:
    """Whether this branch's repairs have stopped holding."""
    return branch.id == COLLAPSED and month.id >= "2025-08"


def gamed(branch: Branch, month: Month) -> bool:
    """Whether this branch answers for its customers."""
    return branch.id == GAMED and month.id >= "2025-04"


def expected_responses(branch: Branch, own: Traits, month: Month, responses: int, dealer: bool) -> tuple[float, float]:
    """Smallest and largest number of clean responses of a branch in a month."""
    if branch.id == SILENT and month.id == "2025-10":
        return 4.0, 4.0
    share = len(branch.open_days(month)) / len(month.days)
    if branch.id == THIN:
        low, high = (8.0, 14.0) if dealer else (15.0, 25.0)
        return low * responses / 60, high * responses / 60
    usual = responses * own.size * SEASON[month.month - 1] * share
    if branch.id == SUCCESSOR and month.id >= "2025-07":
        usual *= 1.45  # the customers of the closed branch
    if dealer:
        usual *= 0.5 * (0.65 + 0.35 * len(branch.latest(month).divisions))
    return 0.88 * usual, 1.12 * usual
