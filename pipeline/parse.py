"""From text to types: the batches of one export become typed tables and lists of faults.

Polars reads what is written as expected; only the distinct texts it cannot read are looked at singly.
"""

from dataclasses import dataclass
from unicodedata import normalize
from zoneinfo import ZoneInfo

import polars as pl

from pipeline import answers, choices, either, faults, spellings
from pipeline.batch import CONSTANT, TOGETHER, Batch
from pipeline.instrument import Instrument
from pipeline.known import Known, Right
from pipeline.mapping import ATTRIBUTES
from pipeline.mapping import Mapping as Map
from pipeline.sources import ROW


@dataclass(frozen=True)
class Parsed:
    """typed: fields and items with their types, null where a text could not be read, plus `row`.
    faults: in the form of FAULT_SCHEMA, column = field or item. raw: the batch as read."""

    typed: pl.DataFrame
    faults: pl.DataFrame
    raw: pl.DataFrame


class Parser:
    """Reads the batches of one export by its mapping. right: (reason, field or item) -> what would
    have been right. aliases: text, as it stands or in NFKC -> branch."""

    def __init__(self, mapping: Map, instrument: Instrument, known: Known, heads: int) -> None:
        self.mapping = mapping
        self.instrument = instrument
        self.known = known
        items = {one: head if isinstance(head, str) else f"{TOGETHER}{one}" for one, head in mapping.items.items()}
        own = {"respondent": f"{TOGETHER}respondent"} if mapping.columns.together else {}
        own |= {"branch": either.BRANCH} if mapping.columns.either else {}
        self.heads = mapping.columns.given() | own | items | {one: f"{CONSTANT}{one}" for one in mapping.constants}
        self.right = Right(known.likely)
        self.aliases = {**known.aliases, **mapping.texts("branch")}
        self.aliases |= {normalize("NFKC", text): branch for text, branch in self.aliases.items()}
        self.unsaid = mapping.unsaid()
        self.cells = heads
        self._answers = answers.Answers(mapping, instrument)
        self._choices = choices.Chosen(mapping, instrument)

    def whole(self) -> tuple[str, ...]:
        """Columns that `responses` takes as Int8 as well as text."""
        return self._answers.whole(self.heads)

    def joined(self, batch: pl.DataFrame) -> pl.DataFrame:
        """The batch with a column of the branch, where it has several: corrections are of that one."""
        return either.joined(batch, self.mapping)

    def responses(self, batch: pl.DataFrame) -> Parsed:
        """typed columns: respondent, branch, division, serviced_on (Date), answered_at (Datetime,
        local), duration_s (Int32), weight (Decimal(18,9), 1 when not mapped), one Int16 or Int8
        per item of the instrument, missing, verbatim (masked), contact (coded), the attributes, one Int8 per
        option and the free text of every choice, row."""
        reader = Batch(self, batch)
        frame, dates = reader.frame, self.mapping.dates
        zone = ZoneInfo(dates.time_zone) if dates.time_zone else self.known.zone
        typed: dict[str, answers.Values] = {
            "respondent": reader.identity("respondent"),
            "branch": reader.branch(),
            "division": reader.division(),
            "serviced_on": reader.day("serviced_on", dates.serviced_on, zone),
            "answered_at": reader.moment("answered_at", dates.answered_at, zone),
            "duration_s": reader.duration(),
            "weight": reader.weight(),
        }
        items = self._answers.items(frame, self.heads)
        typed |= items.codes
        typed["missing"] = items.missing
        typed["verbatim"] = reader.verbatim()
        typed["contact"] = reader.contact()
        for field in ATTRIBUTES:
            typed[field] = reader.attribute(field)
        chosen, unknown = self._choices.options(frame)
        typed |= chosen
        typed["row"] = frame[ROW]
        reader.leave_out()
        for field, reason, wrong, value in (*items.faults, *unknown):
            reader.fault(wrong, field, reason, value)
        self.right |= self._answers.right | self._choices.right
        table = frame.select(one.alias(name) for name, one in typed.items())
        return Parsed(table, pl.concat([faults.none(), *reader.faults]), frame)

    def invitations(self, batch: pl.DataFrame) -> Parsed:
        """typed columns: branch, invited (Int64), row."""
        reader = Batch(self, batch)
        found = reader.text("invited")
        invited = spellings.whole(found, pl.Int64)
        reader.fault(invited.is_null(), "invited", "unreadable_number")
        self.right["unreadable_number", "invited"] = "a whole number"
        table = reader.frame.select(branch=reader.branch(), invited=invited, row=pl.col(ROW))
        return Parsed(table, pl.concat([faults.none(), *reader.faults]), reader.frame)
