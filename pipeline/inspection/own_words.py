"""Which column holds what people wrote beside an option of a multi-select question: other, please specify."""

import re
from collections.abc import Mapping, Sequence
from itertools import product

from pipeline.inspection.codes import whole
from pipeline.inspection.found import Found
from pipeline.inspection.words import NO, YES, asks, clean
from pipeline.questions import Choice, Option

_TOLD = r"text|txt|specify|please_specify|spec|说明|注明|补充|填空\d*"
_CALLED = rf"(?:(?:others?|oth|其他|其它|open|{_TOLD})_?)+"
# What stands before or behind the name of a question or of an option in that of such a column: why_other, q3_4_text.
_BEFORE, _BEHIND = re.compile(_CALLED), re.compile(rf"(?:_\d+)?_?{_CALLED}")
_PIECES = re.compile(r"[:：、\[\]/—]| - ")
_SPECIFY = re.compile(r"specify|请注明", re.IGNORECASE)
_ROLES = ("verbatim", "other", "constant", "empty")


def beside(question: Sequence[Found], columns: Sequence[Found], taken: Sequence[Found]) -> Found | None:
    """The one column that is named after a question or one of its options; else the one right behind it that asks
    for what is none of them. question: its columns. columns: all of the export. taken: with a use of their own."""
    free = [one for one in columns if one.role in _ROLES and not one.numbers and one not in (*question, *taken)]
    bases = {flat for one in question for name in (one.name, one.column.group, _stem(one.name)) for flat in _flat(name)}
    named = [one for one in free if any(_named_after(*both) for both in product(_flat(one.name), bases - {""}))]
    if named:
        return named[0] if len(named) == 1 else None
    behind = columns[max(map(columns.index, question)) + 1 :][:1]
    texts = [text for one in behind for text in (one.name, one.column.question)]
    asked = any(_SPECIFY.search(text) or any(map(asks, _PIECES.split(text))) for text in texts)
    return behind[0] if asked and behind[0] in free else None


def within(question: Sequence[Found]) -> Found | None:
    """The one column of an option in which people wrote words, where all others say no more than that it was chosen."""
    writing = [one for one in question if one.role == "verbatim" or (one.role == "option" and _says_words(one))]
    return writing[0] if len(writing) == 1 else None


def open_option(choice: Choice) -> Option | None:
    """The option of those who answer in words of their own, by its wording."""
    found = [one for one in choice.option if any(map(asks, (one.text.zh, one.text.en)))]
    return found[0] if len(found) == 1 else None


def each_once(found: Mapping[str, Found | None]) -> dict[str, Found]:
    """choice -> its column, without those that two claim."""
    names = [one.name for one in found.values() if one]
    return {choice: one for choice, one in found.items() if one and names.count(one.name) == 1}


def _says_words(one: Found) -> bool:
    marks = {clean(text).casefold() for text in (one.name, one.column.question)}
    return any(
        whole(text) is None and clean(text).casefold() not in YES | NO and not any(
            mark.endswith(clean(text).casefold()) for mark in marks
        )
        for text in one.texts
    )  # fmt: skip


def _flat(name: str) -> set[str]:
    """A head for comparison, with and without the groups before it: in small letters, _ between its parts."""
    return {re.sub(r"[\W_]+", "_", clean(one).casefold()).strip("_") for one in (name, name.rpartition("/")[2])}


def _stem(name: str) -> str:
    """w1 -> w; Q3_1 -> Q3."""
    return re.sub(r"_?\d+$", "", name)


def _named_after(name: str, base: str) -> bool:
    """Whether a name is another one with such a word before or behind it. q10_text is not named after q1."""
    before, behind = name.removesuffix(base), name.removeprefix(base)
    return (before != name and _BEFORE.fullmatch(before) is not None) or (
        behind != name and _BEHIND.fullmatch(behind) is not None
    )
