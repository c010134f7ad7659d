"""What one column of an export looks like: a guess from its head and its distinct texts."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline.inspection.codes import Proposal, apart, graded, ladder, propose, whole
from pipeline.inspection.shapes import NEARLY, compact, like, number, pattern, separator_of, serials, unit, whole_days
from pipeline.inspection.words import ASKED, DATED, DEMOGRAPHIC, OPEN, PERSONAL, RATED, YES_NO, clean, field_of
from pipeline.masks import BARE_PASSPORT, LABELS, kinds
from pipeline.privacy import mask
from pipeline.sources.raw import Column

Sure = Literal["sure", "likely", "guess"]

MANY = 40  # distinct texts no set of labels has


@dataclass(frozen=True)
class Seen:
    """The texts of a column that are neither blank nor a declared missing state. texts: text ->
    rows, of the first distinct ones; more: whether others follow; repeats: whether one does."""

    rows: int
    filled: int
    texts: Mapping[str, int]
    more: bool = False
    repeats: bool = False


@dataclass(frozen=True)
class Guess:
    """role: a field of the mapping, or date, item, choice, option, personal, empty, constant, other.
    kind: of a date its pattern, of a duration its unit, of personal data which, of a multi-select
    its separator. day: of dates that have no time, or midnight. means: the field a date is,
    where its head does not say it."""

    role: str
    sure: Sure
    kind: str = ""
    proposal: Proposal = field(default_factory=lambda: Proposal({}))
    day: bool = False
    means: str = ""


_IP = re.compile(r"\d{1,3}(\.\d{1,3}){3}(\D.*)?|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){4,7}", re.IGNORECASE)
_PASSPORT = re.compile(BARE_PASSPORT, re.IGNORECASE)
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?(\.0+)?$")
_VIN = re.compile(r"(?=.*\d)(?=.*[A-HJ-NPR-Z])[A-HJ-NPR-Z0-9]{17}", re.IGNORECASE)
_SURNAMED = re.compile(
    r"[王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴"
    r"夏钟汪田任姜范石姚谭廖邹熊陆郝孔崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文]"
    r"([\u4e00-\u9fff]{1,2}|先生|女士|\*{1,2})"
)


def personal(text: str) -> str:
    """The kind of personal data in a text, "" if none. What is the number of a passport by its form alone is an id."""
    if _PASSPORT.fullmatch(text):
        return ""
    return next(iter(kinds(text, mask(text))), "")


def surnamed(texts: Collection[str]) -> bool:
    """Whether (nearly) all texts may be Chinese names."""
    return sum(_SURNAMED.fullmatch(clean(text)) is not None for text in texts) >= max(1, 0.8 * len(texts))


def guess(column: Column, seen: Seen, separator: str) -> Guess:
    """separator: what the tool puts between the options of a multi-select cell, "" if nothing."""
    named = (column.name, column.name.rpartition("/")[2], column.question)  # KoBo: group/question
    heads = tuple(dict.fromkeys(clean(one).casefold() for one in named if one))
    asked = any(ASKED.search(one) for one in heads)
    texts = [clean(text) for text in seen.texts]
    kept = {text: rows for text, rows in seen.texts.items() if not personal(text)}
    proposal = propose(kept if len(kept) <= MANY else {}, column.labels)
    coded = graded(texts) or (
        proposal.complete and not column.labels and all(0 <= (code or 0) <= 10 for code in proposal.codes.values())
    )
    found = _personal(heads, texts, coded)
    if found:
        return found
    if heads[0].endswith(" - option id"):  # of Formbricks: the answer beside it once more
        return Guess("other", "sure")
    if column.group:
        said = len(texts) > 2 and not any(map(number, texts))
        return Guess("verbatim", "guess") if said else Guess("option", "sure", proposal=proposal)
    if not texts:
        return Guess("empty", "sure")
    if any(DATED.search(one) for one in heads) and (compact(texts) or serials(texts)):
        return Guess("date", "likely", "%Y%m%d" if compact(texts) else "excel", day=compact(texts) or whole_days(texts))
    by_head, rank = field_of(heads)
    moment = pattern(texts)
    if moment:
        timeless = moment != "iso" and not re.search("%[HI]", moment)
        day = timeless or all(_MIDNIGHT.search(text) for text in texts)
        return Guess("date", "guess" if "|" in moment else "sure", moment, day=day)
    if by_head == "duration_s":
        if length := unit(heads, texts):
            return Guess("duration_s", "sure" if length[1] else "likely", length[0])
        by_head = ""
    split = separator_of(texts, seen.repeats, separator)
    if split:
        return Guess("choice", "sure" if separator and split == separator else "likely", split)
    if by_head in ("weight", "invited") and not all(number(text) for text in texts):
        by_head = ""
    if by_head == "vehicle" or all(_VIN.fullmatch(text) for text in texts):
        return Guess("vehicle", "likely")
    if by_head and (by_head, rank) != ("respondent", 1):
        return Guess(by_head, "sure" if rank == 0 else "likely")
    if by_head and (seen.more or len(texts) > max(1, 0.8 * seen.filled)):
        return Guess(by_head, "guess" if seen.repeats else "likely")
    return _answers(column, heads, texts, seen, proposal, asked)


def odd(found: Guess, texts: Mapping[str, int]) -> int:
    """Rows whose text is not of the kind its column is of: mistakes, most likely."""
    fits: dict[str, Callable[[str], bool]] = {
        "date": lambda text: found.kind in ("excel", "%Y%m%d") or like(text, found.kind),
        "item": lambda text: bool(found.proposal.codes) or whole(text) is not None,
        "duration_s": lambda text: unit((), [text]) is not None,
        "weight": number,
        "invited": number,
    }
    fit = fits.get(found.role)
    return sum(rows for text, rows in texts.items() if fit is not None and not fit(clean(text)))


def _share(seen: Seen, texts: Collection[str]) -> float:
    """The share of the rows whose text is one of these."""
    total = sum(seen.texts.values())
    return sum(rows for text, rows in seen.texts.items() if clean(text) in texts) / total if total else 0.0


def _personal(heads: Sequence[str], texts: Sequence[str], coded: bool) -> Guess | None:
    inside = Counter(personal(text) or ("IP address" if _IP.fullmatch(text) else "") for text in texts)
    whole_cells = sum(
        (personal(text) != "" and mask(text) in LABELS) or _IP.fullmatch(text) is not None for text in texts
    )
    if texts and 2 * whole_cells >= len(texts):
        return Guess("personal", "sure", max((one for one in inside if one), key=lambda one: inside[one]))
    short = [one for one in heads if len(re.sub(r"^[a-z]{0,2}\d+[、. ]", "", one)) <= 24]
    for kind, words in PERSONAL:
        if any(re.search(words, one) for one in short) and not coded:
            return Guess("personal", "sure", kind)
    if len(texts) >= 5 and surnamed(texts) and not coded:
        return Guess("personal", "guess", "name")
    return None


def _answers(
    column: Column, heads: Sequence[str], texts: Sequence[str], seen: Seen, proposal: Proposal, asked: bool
) -> Guess:
    """What remains: items, free text, constants and others."""
    coded = _share(seen, {clean(text) for text, code in proposal.codes.items() if code is not None and 0 <= code <= 11})
    aside = any(DEMOGRAPHIC.search(one) for one in heads)
    numbers = {text: number for text in texts if (number := whole(text)) is not None}
    if len(numbers) >= NEARLY * len(texts) or _share(seen, numbers) > NEARLY:
        core = set(numbers.values()) - apart(numbers.values())
        steps = {one for one in core if 0 <= one <= 10}
        near = _share(seen, {text for text, one in numbers.items() if one in steps or one not in core}) > NEARLY
        if ladder({int(code): label for code, label in column.labels.items() if whole(code) is not None}):
            return Guess("item", "sure")
        if near and not aside and (asked or len(steps) >= 4) and not steps <= {0, 1}:
            return Guess("item", "likely" if asked else "guess")
        if asked and not aside and any(RATED.search(one) for one in heads) and core and max(core) <= 100:
            return Guess("item", "guess")
    elif not aside and len(proposal.codes) > 1 and coded > NEARLY:
        return Guess("item", "sure" if proposal.complete and len(proposal.codes) > 2 else "likely", proposal=proposal)
    mean = sum(map(len, texts)) / len(texts)
    lettered = len(numbers) < len(texts) / 2 and not all(re.fullmatch(r"[\w.:-]+", text, re.ASCII) for text in texts)
    if any(OPEN.search(one) for one in heads) and lettered and coded < NEARLY:
        return Guess("verbatim", "likely")
    if lettered and (seen.more or 2 * len(texts) > seen.filled) and mean >= 12:
        return Guess("verbatim", "likely" if seen.filled >= 5 else "guess")
    few = asked and not numbers and 2 < len(texts) <= 11 and seen.repeats and mean <= 45
    if not aside and graded(texts):
        return Guess("item", "likely", proposal=proposal)
    said = coded > 0.5 and len(numbers) < len(texts) / 2 and (asked or len(texts) > 1)
    if not aside and not {text.casefold() for text in texts} & YES_NO and (few or said):
        return Guess("item", "guess", proposal=proposal)
    if len(texts) == 1 and seen.filled == seen.rows:
        return Guess("constant", "sure")
    return Guess("other", "sure")
