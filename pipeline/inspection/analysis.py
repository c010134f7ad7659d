"""`csi inspect`: what an export holds, column by column, and what each column probably is.

Batches are read one after another and per column only the first LIMIT distinct texts are kept, so
memory does not grow with the file. Texts of columns that look personal are counted, never kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from pipeline.inspection.branches import Branches
from pipeline.inspection.codes import State, apart, propose, state, whole
from pipeline.inspection.found import LIMIT, Answers, Found, Inspection, Missing
from pipeline.inspection.notes import notes, sheets
from pipeline.inspection.roles import Guess, Seen, guess, odd, personal, surnamed
from pipeline.inspection.shapes import options
from pipeline.inspection.words import ELSEWHEN
from pipeline.sources.raw import RAGGED, Column, Layout, RawTable

LENGTH = 200  # characters kept of a text
SHOWN = 300  # distinct texts that may be shown of a branch column
FEW = 50  # … of any other
SINGLE = ("respondent", "branch", "division", "duration_s", "weight", "invited", "tier", "segment", "vehicle",
          "contract", "verbatim")  # fmt: skip
QUIET = ("respondent", "personal", "verbatim", "vehicle", "contract", "date")  # texts never kept


class _Tally:
    """Counts of a column's texts while the batches go by. always: texts counted whenever they come."""

    def __init__(self, always: Iterable[str]) -> None:
        self.texts: dict[str, int] = dict.fromkeys(always, 0)
        self.beyond = 0
        self._room = LIMIT + len(self.texts)

    @property
    def full(self) -> bool:
        return len(self.texts) >= self._room

    def add(self, counts: pl.DataFrame) -> None:
        for text, rows in counts.iter_rows():
            if text in self.texts:
                self.texts[text] += rows
            elif not self.full:
                self.texts[text] = rows
            else:
                self.beyond += rows


def inspect(table: RawTable, known: Branches | None = None) -> Inspection:
    """Reads every batch once. known: the branches of the programme. Raises Refusal where reading does."""
    layout = table.layout
    tallies = {one.name: _Tally(("", *layout.missing, *one.missing)) for one in layout.columns}
    rows = ragged = counted = 0
    for frame in table.batches():
        rows += frame.height
        whole_rows = frame.filter(pl.col(RAGGED).is_null())
        ragged += frame.height - whole_rows.height
        frame = whole_rows if whole_rows.height else frame  # cells of the others may stand under other heads
        counted += frame.height
        for name, tally in tallies.items():
            text = frame[name].str.slice(0, LENGTH + 50).str.strip_chars().str.slice(0, LENGTH).alias("text")
            tally.add(_again(text, tally) if tally.full else text.value_counts(name="rows").sort("text"))
    called = known or Branches()
    columns = _one_each([_found(one, tallies[one.name], counted, layout, called) for one in layout.columns])
    columns = _with_service_day(columns)
    answers = tuple(_answers(columns))
    draft = Inspection(table.file, table.tool, table.encoding, layout.header_rows, rows, ragged, columns, answers,
                       layout.missing, ())  # fmt: skip
    return replace(draft, notes=(*sheets(table), *notes(draft)))


def _again(text: pl.Series, tally: _Tally) -> pl.DataFrame:
    """Counts of the texts already kept; others are only counted together."""
    known = text.filter(text.is_in(list(tally.texts)))
    tally.beyond += len(text) - len(known)
    return known.value_counts(name="rows").sort("text")


def _found(column: Column, tally: _Tally, rows: int, layout: Layout, known: Branches) -> Found:
    missing, texts = {}, {}
    for text, count in sorted(tally.texts.items()):
        if not count and text not in column.missing:
            continue
        why = _missing(text, column, layout.missing)
        if why is None:
            texts[text] = count
        else:
            missing[text] = replace(why, rows=count)
    repeats = max(texts.values(), default=0) > 1
    filled = sum(texts.values()) + tally.beyond
    guessed = guess(column, Seen(rows, filled, texts, tally.beyond > 0, repeats), layout.separator)
    if layout.separator and not column.group and any(one.group == column.name for one in layout.columns):
        guessed = Guess("choice", "sure", layout.separator)  # its options have a column each beside it
    branches = known.of(column, texts) if guessed.role not in ("personal", "option") else {}
    if branches:
        guessed = Guess("branch", "sure")
    if guessed.role in ("item", "option") or column.labels:
        numbers = {text: number for text in texts if (number := whole(text)) is not None}
        away = set() if guessed.proposal.codes else apart(numbers.values())
        for text in [one for one, number in numbers.items() if number in away]:
            missing[text] = Missing(texts.pop(text), "unknown", column.labels.get(text, ""))
    parts: dict[str, int] = {}
    if guessed.role == "choice":
        for text, count in texts.items():
            for one in options(text, guessed.kind):
                parts[one] = parts.get(one, 0) + count
    kept = texts if _may_show(guessed.role, texts, filled) else {}
    return Found(
        column,
        guessed,
        sum(texts.values()) + tally.beyond,
        LIMIT + 1 if tally.beyond else len(texts),
        missing,
        {text: count for text, count in kept.items() if not personal(text) and len(text) < LENGTH},
        {text: count for text, count in parts.items() if not personal(text) and len(text) < LENGTH},
        repeats,
        odd(guessed, texts),
        {text: branch for text, branch in branches.items() if text not in known.read},
    )


def _missing(text: str, column: Column, declared: Mapping[str, str]) -> Missing | None:
    """Why a text is no answer; None if it is one."""
    if not text:
        return Missing(0, "not_answered")
    if text in declared:
        return Missing(0, state_named(declared[text]))
    number = whole(text)
    if text in column.missing or (number is not None and any(low <= number <= high for low, high in column.ranges)):
        label = column.missing.get(text) or column.labels.get(text, "")
        return Missing(0, state(label) or "unknown", label)
    found = state(text) or state(column.labels.get(text, ""))
    return Missing(0, found, column.labels.get(text, "")) if found else None


def state_named(name: str) -> State:
    """A missing state by its name in a layout."""
    names: dict[str, State] = {
        "not_asked": "not_asked",
        "not_answered": "not_answered",
        "not_applicable": "not_applicable",
        "refused": "refused",
    }
    return names.get(name, "unknown")


def _may_show(role: str, texts: Mapping[str, int], filled: int) -> bool:
    if role in QUIET:
        return False
    if role in ("item", "option", "division", "tier", "segment", "branch"):
        return len(texts) <= (SHOWN if role == "branch" else FEW)
    if surnamed(texts) or any(len(text) > 40 for text in texts):
        return False
    return len(texts) <= 12 and filled >= 3 * len(texts)


def _one_each(columns: Sequence[Found]) -> tuple[Found, ...]:
    """A field stands under one column: the surest, then the first; the others are `other`."""
    order = {"sure": 0, "likely": 1, "guess": 2}
    best = {}
    for role in SINGLE:
        fit = [place for place, one in enumerate(columns) if one.role == role]
        most = max((columns[place].filled for place in fit), default=0)
        if fit:
            best[role] = min(
                fit,
                key=lambda place: (
                    2 * columns[place].filled < most,  # such as a branch typed by a few
                    order[columns[place].guess.sure],
                    len(columns[place].branches),  # ids before names
                    -(role == "verbatim") * columns[place].filled,
                    place,
                ),
            )
    return tuple(
        one if one.role not in best or best[one.role] == place or one.role == "verbatim"
        else replace(one, guess=Guess("other", "sure", f"another {one.role}"), texts={})
        for place, one in enumerate(columns)
    )  # fmt: skip


def _with_service_day(columns: tuple[Found, ...]) -> tuple[Found, ...]:
    """Where no head says which date is the day of service and one column alone holds days without a time, that one."""
    moments = Inspection("", "", "", 0, 0, 0, columns, (), {}, ()).moments()
    days = [one for one in columns if one.guess.day and one not in moments.values() and not ELSEWHEN.search(one.name)]
    if "serviced_on" in moments or len(days) != 1:
        return columns
    meant = replace(days[0].guess, means="serviced_on")
    return tuple(replace(one, guess=meant) if one is days[0] else one for one in columns)


def _answers(columns: Iterable[Found]) -> Iterator[Answers]:
    """Item columns with labels, those together that share one."""
    sets: list[tuple[tuple[str, ...], dict[str, int], dict[str, str]]] = []
    for one in columns:
        if one.role != "item" or not one.guess.proposal.codes or not one.texts:
            continue
        names: tuple[str, ...] = ()
        texts: dict[str, int] = {}
        called = {text: one.column.labels.get(text, text) for text in one.texts}
        shared = [known for known in sets if _alike(known[2], called)]
        for others, rows, labels in (*shared, ((one.name,), one.texts, called)):
            names += others
            called = labels | called
            texts |= {text: texts.get(text, 0) + count for text, count in rows.items()}
        sets = [known for known in sets if known not in shared] + [(names, texts, called)]
    for names, texts, called in sets:
        yield Answers(names, texts, propose(texts, called))


def _alike(some: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether two columns share labels and contradict each other in none. text -> label."""
    return bool(some.keys() & others.keys()) and all(others.get(text, label) == label for text, label in some.items())
