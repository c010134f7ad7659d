"""What `csi check` found in a month, and the words for it. intake_page.py prints it as a page to
mend the exports from, intake_book.py as a workbook.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from pipeline.catalogue import texts, translator
from pipeline.faults import FIXES
from pipeline.inbox import FileCount
from pipeline.sentence import Sentence, gettext
from pipeline.settings import Names

SOFT_FLAGS = ("straight_lining", "speeding", "identical_verbatim", "all_top")
# Characters that show nothing or turn the text round them: printed by their number instead.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u070f\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001-\U000e01ef]"
)
_BREAKS = str.maketrans({"\n": "↵", "\r": "↵", "\t": "⇥"})


# Names of the program that the page says in words, beside the reasons of faults.FIXES.
WORDS = (
    *(gettext("changed"), gettext("came"), gettext("went")),
    *(gettext("straight lining"), gettext("speeding"), gettext("identical verbatim"), gettext("all top")),
    *(gettext("new column"), gettext("missing column"), gettext("changed wording"), gettext("missing file")),
    *(gettext("control"), gettext("quarantined share")),
)


# What fills {known} in words of its own.
KNOWN = tuple(
    (re.compile(form, re.DOTALL), template)
    for form, template in (
        (r"(?P<file>.*), row (?P<row>\d+)", gettext("%(file)s, row %(row)s")),
        (r"(?P<low>-?\d+) to (?P<high>-?\d+)", gettext("%(low)s to %(high)s")),
        (r"from (?P<first>[\d-]{10}) to (?P<last>[\d-]{10})", gettext("from %(first)s to %(last)s")),
        (r"from (?P<first>[\d-]{10})", gettext("from %(first)s")),
        (r"(?P<cells>\d+) cells for (?P<heads>\d+) heads", gettext("%(cells)s cells for %(heads)s heads")),
        (r" Did you mean (?P<branch>\S+)\?", gettext(" Did you mean %(branch)s?")),
        (r"a whole number", gettext("a whole number")),
        (r"seconds, such as (?P<example>\S+)", gettext("seconds, such as %(example)s")),
        (r"minutes, such as (?P<example>\S+)", gettext("minutes, such as %(example)s")),
        (r"ISO 8601, such as (?P<example>\S+)", gettext("ISO 8601, such as %(example)s")),
        (
            r"a serial number of Excel, such as (?P<example>\S+)",
            gettext("a serial number of Excel, such as %(example)s"),
        ),
    )
)


@dataclass(frozen=True)
class Intake:
    """What was found in one month's exports. Nothing in it is escaped; values are masked.

    gate: why the month may not be scored, else None. percent: the share of quarantined rows it
    asks about. against: the response rows that count against it, and of how many.

    quarantine: one row per fault: faults.QUARANTINE_SCHEMA, known (what fills {known} in the
    fix), waived. flags: instrument, branch, name_zh, name_en, accepted, a count per one of
    SOFT_FLAGS, flagged (responses with any). resent: file, earlier, same, changed, came, went.
    changes: file, respondent, change, fields. corrections: file, row, field, old, new, reason,
    provider. waivers: allow, source, what, reason, by, rows.
    """

    programme: Names
    period: str
    run_id: str
    cutoff: str
    revision: int
    gate: str | None
    percent: int
    files: tuple[FileCount, ...]
    quarantine: pl.DataFrame
    flags: pl.DataFrame
    resent: pl.DataFrame
    changes: pl.DataFrame
    corrections: pl.DataFrame
    waivers: pl.DataFrame
    notes: tuple[str, ...]
    against: tuple[int, int] | None = None

    def closing(self) -> datetime:
        """The cut-off as the programme's clocks show it."""
        return datetime.fromisoformat(self.cutoff).replace(tzinfo=None)

    def total(self, name: str) -> int:
        """Rows of all files: read, accepted, quarantined or superseded."""
        return sum(getattr(one, name) for one in self.files)

    def bar(self, file: FileCount | None = None) -> str:
        """How far the share of a file that is quarantined reaches, superseded rows left out, in
        percent of a bar that is the same for every file; of no file: where the limit stands."""
        shares = [Decimal(100 * part) / whole for part, whole in map(_left, self.files) if whole]
        longest = max(*shares, Decimal(2 * self.percent), Decimal(1))
        part, whole = _left(file) if file else (self.percent, 100)
        return percentage(100 * part, whole * longest) if whole else "0.0"

    def reasons(self) -> pl.DataFrame:
        """reason, rows, files: rows once per reason, the most frequent reason first."""
        rows = self.quarantine.select("file", "row", "reason").unique()
        counted = rows.group_by("reason").agg(pl.len().alias("rows"), pl.col("file").n_unique().alias("files"))
        return counted.sort(["rows", "reason"], descending=[True, False])

    def reasons_per_file(self) -> pl.DataFrame:
        """file, reason, rows: rows once per reason."""
        rows = self.quarantine.select("file", "row", "reason").unique()
        counted = rows.group_by("file", "reason").len("rows")
        return counted.sort(["file", "rows", "reason"], descending=[False, True, False])

    def waived(self) -> int:
        """Rows with a fault that a waiver lets through."""
        return self.quarantine.filter("waived").select("file", "row").n_unique()


def spoken(name: str, language: str) -> str:
    """A reason, flag or other name of the program in words; English where there are no others."""
    words = name.replace("_", " ")
    return texts(language).get(words, words)


def fix(reason: str, language: str) -> str:
    """What to do about a reason, with {known} still in it."""
    english = FIXES.get(reason, "{known}")
    return texts(language).get(english, english)


def right(known: str, language: str) -> str:
    """What fills {known}, and what a ragged row shows, as the language has it."""
    for form, template in KNOWN:
        found = form.fullmatch(known)
        if found is not None:
            return translator(language)(template) % found.groupdict()
    return known


def said(text: str, language: str) -> str:
    """A sentence in the language; any other text as it is."""
    if not isinstance(text, Sentence):
        return text
    parts = {name: said(part, language) if isinstance(part, str) else part for name, part in text.parts.items()}
    return translator(language)(text.template) % parts


def told(text: str, reason: str, language: str) -> str:
    """A quarantined value: the cell as it stands there, but of a ragged row the count in words."""
    return right(text, language) if reason == "ragged_row" else text


def visible(text: str) -> str:
    """The text with everything in it to be seen: U+202E, not what it does to its neighbours."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text).translate(_BREAKS)


def percentage(part: int, whole: int | Decimal) -> str:
    """Part of whole in percent, one decimal, half away from zero; 0.0 of nothing."""
    share = Decimal(100 * part) / Decimal(whole) if whole else Decimal(0)
    return str(share.quantize(Decimal("0.1"), ROUND_HALF_UP))


def _left(file: FileCount) -> tuple[int, int]:
    """Rows quarantined and rows read, without those that a re-sent file replaced."""
    return file.quarantined - file.superseded, file.read - file.superseded
