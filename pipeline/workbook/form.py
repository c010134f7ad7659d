"""What a sheet is: columns that say what they mean, and rows of plain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline.sentence import gettext

Kind = Literal["text", "count", "figure", "change", "percent", "share", "chance", "weight"]
Cell = str | int | float | Decimal | None


@dataclass(frozen=True)
class Column:
    """head, meaning, unit: texts of the catalogue. kind: text; count (whole numbers); figure and change (one decimal on
    the published scale, a change with its sign); percent (one decimal); share (of 1, two decimals); chance (of 1);
    weight (two decimals). bar: with a data bar."""

    head: str
    kind: Kind
    meaning: str
    unit: str = ""
    bar: bool = False


@dataclass(frozen=True)
class Sheet:
    """name, purpose: texts of the catalogue. rows: values in the order of the columns, the first of them the
    instrument where `scales` is given. held: leading columns that stay in sight. empty: what is said without rows."""

    name: str
    purpose: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    held: int
    empty: str = gettext("There is nothing to list.")


SCALE = gettext("points of the instrument's scale")
OF_ONE = gettext("0 to 1")
PERCENT = gettext("per cent")
RESPONSES = gettext("responses")
POINTS_GAP = gettext("points of the instrument's scale, with sign")


def figure(head: str, meaning: str) -> Column:
    return Column(head, "figure", meaning, SCALE, bar=True)


INSTRUMENT = Column(gettext("Instrument"), "text", gettext("The questionnaire the figure is of."))
LEVEL = Column(gettext("Level"), "text", gettext("Network, region, division, branch, or a grouping of the programme."))
UNIT = Column(gettext("Code"), "text", gettext("The unit's id; of a branch in one division: branch/division."))
NAME = Column(gettext("Name"), "text", gettext("The unit's name in the month."))
REGION = Column(gettext("Region"), "text", gettext("The region a branch was last in in the month."))
DIVISIONS = Column(gettext("Divisions"), "text", gettext("The divisions a branch serves."))
WINDOW = Column(gettext("Window"), "text", gettext("The months the figure rests on."))
MEASURE = Column(gettext("Measure"), "text", gettext("The index, or a factor by its name."))
PERIOD = Column(gettext("Month"), "text", gettext("The month the window ends with."))
N = Column(gettext("n"), "count", gettext("Valid responses behind the figure, unweighted; always shown."), RESPONSES)
LOW = Column(gettext("Low"), "figure", gettext("Lower end of the figure's 95 per cent interval."), SCALE)
HIGH = Column(gettext("High"), "figure", gettext("Upper end of the figure's 95 per cent interval."), SCALE)
FLAG = Column(gettext("Base"), "text", gettext("Whether the base carries the figure; see the flags below."))
RANK = Column(gettext("Rank"), "count", gettext("Among units of one level; ties share the smaller rank."))
RANK_LOW = Column(
    gettext("Rank, from"), "count", gettext("Best rank the unit may truly have, at 95 per cent for all at once.")
)
RANK_HIGH = Column(gettext("Rank, to"), "count", gettext("Worst rank the unit may truly have."))
GROUP = Column(gettext("Group"), "count", gettext("Units of one group are not clearly different from its first."))
LEAD = (INSTRUMENT, LEVEL, UNIT, NAME)
RANKS = (RANK, RANK_LOW, RANK_HIGH, GROUP)
