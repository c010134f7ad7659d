"""What an inspection finds: dataclasses only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.inspection.codes import Proposal, State, ladder, whole
from pipeline.inspection.roles import Guess
from pipeline.inspection.words import moment_of
from pipeline.sources.raw import Column

LIMIT = 1000  # distinct texts kept of a column


@dataclass(frozen=True)
class Missing:
    """A text that is no answer. rows: how often it stands; state: "unknown" where the export
    does not say which."""

    rows: int
    state: State
    label: str = ""


@dataclass(frozen=True)
class Found:
    """One column. filled: rows with an answer; distinct: different answers, LIMIT + 1 if more.
    texts: answer -> rows, () of columns with personal data, free text or too many; options: of a
    multi-select cell; odd: rows whose text is not of the column's kind; branches: text -> the
    branch of the programme that it names."""

    column: Column
    guess: Guess
    filled: int
    distinct: int
    missing: Mapping[str, Missing]
    texts: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, int] = field(default_factory=dict)
    repeats: bool = False
    odd: int = 0
    branches: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def role(self) -> str:
        return self.guess.role

    @property
    def numbers(self) -> tuple[int, ...]:
        """The answers that are whole numbers, in order; () of an item with labels."""
        found = {whole(text) for text in self.texts} if not self.guess.proposal.codes else set()
        return tuple(sorted(one for one in found if one is not None))

    @property
    def direction(self) -> str | None:
        """Which way the labels beside the codes run, where the file holds such labels."""
        labels = {whole(code): label for code, label in self.column.labels.items() if code not in self.missing}
        return ladder({code: label for code, label in labels.items() if code is not None})


@dataclass(frozen=True)
class Answers:
    """Labels that several item columns share. texts: label -> rows of all these columns."""

    columns: tuple[str, ...]
    texts: Mapping[str, int]
    proposal: Proposal


@dataclass(frozen=True)
class Inspection:
    """What an export holds. ragged: responses with another number of cells than the heads.
    notes: what an operator should look at, a sentence each."""

    file: str
    tool: str
    encoding: str
    header_rows: int
    rows: int
    ragged: int
    columns: tuple[Found, ...]
    answers: tuple[Answers, ...]
    declared: Mapping[str, str]
    notes: tuple[str, ...]

    def of(self, role: str) -> tuple[Found, ...]:
        return tuple(one for one in self.columns if one.role == role)

    def moments(self) -> dict[str, Found]:
        """answered_at and serviced_on, where a date column's head says so; the best of each."""
        ranked: dict[str, list[tuple[int, int]]] = {}
        for place, one in enumerate(self.columns):
            name, rank = moment_of((one.name, one.column.question)) if one.role == "date" else ("", 0)
            name = one.guess.means or name
            if name:
                ranked.setdefault(name, []).append((rank, place))
        return {name: self.columns[min(places)[1]] for name, places in ranked.items()}
