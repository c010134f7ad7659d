"""What a text of an export says by itself: a code, a place on a well-known ladder, a missing state.

A code is proposed only where the label says it, never by the alphabet or by how often it stands.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

State = Literal["not_asked", "not_answered", "not_applicable", "refused", "unknown"]

ENOUGH = 30  # rows after which an answer nobody gave is taken as not offered

# Well-known ladders, each from the lowest to the highest step. {} stands for each of _WORDS.
_WORDS = ("满意", "同意", "认同", "赞同", "重要", "愿意", "可能", "清楚", "方便", "符合")
_CHINESE = (
    ("非常不{}", "不{}", "一般", "{}", "非常{}"),
    ("非常不{}", "比较不{}", "一般", "比较{}", "非常{}"),
    ("非常不{}", "不太{}", "一般", "比较{}", "非常{}"),
    ("很不{}", "不{}", "一般", "{}", "很{}"),
    ("很不{}", "不太{}", "一般", "比较{}", "很{}"),
    ("完全不{}", "不太{}", "一般", "比较{}", "完全{}"),
    ("非常不{}", "不{}", "{}", "非常{}"),
    ("不{}", "一般", "{}"),
    ("非常不{}", "不{}", "比较不{}", "一般", "比较{}", "{}", "非常{}"),
)
_OTHERS = (
    ("非常差", "差", "一般", "好", "非常好"),
    ("很差", "较差", "一般", "较好", "很好"),
    ("很差", "差", "一般", "好", "很好"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("very dissatisfied", "somewhat dissatisfied", "neutral", "somewhat satisfied", "very satisfied"),
    ("extremely dissatisfied", "somewhat dissatisfied", "neutral", "somewhat satisfied", "extremely satisfied"),
    ("very dissatisfied", "dissatisfied", "satisfied", "very satisfied"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("strongly disagree", "somewhat disagree", "neutral", "somewhat agree", "strongly agree"),
    ("strongly disagree", "disagree", "agree", "strongly agree"),
    ("strongly disagree", "disagree", "somewhat disagree", "neutral", "somewhat agree", "agree", "strongly agree"),
    ("very unlikely", "unlikely", "neutral", "likely", "very likely"),
    ("extremely unlikely", "somewhat unlikely", "neutral", "somewhat likely", "extremely likely"),
    ("very unfavorably", "somewhat unfavorably", "neutral", "somewhat favorably", "very favorably"),
    ("not at all important", "slightly important", "moderately important", "very important", "extremely important"),
    ("very unimportant", "unimportant", "neutral", "important", "very important"),
    ("very poor", "poor", "fair", "good", "very good"),
    ("poor", "fair", "good", "very good", "excellent"),
)
LADDERS = tuple(tuple(step.format(word) for step in one) for word in _WORDS for one in _CHINESE) + _OTHERS
_MIDDLE = re.compile(r"neither\b.*|neutral|undecided")  # one step under several names
_NEUTRAL = {"中立": "一般", "普通": "一般", "无所谓": "一般"}

# Texts that stand for a missing state whatever the tool; compared by `plain`.
_STATES: dict[State, str] = {
    "not_applicable": "不适用|无此服务|未使用|没有使用|没用过|未接触|未体验|n/a|na|n.a.|not applicable|#n/a",
    "not_asked": "(跳过)|跳过|未询问|not asked|skipped",
    "not_answered": "(空)|空|未答|未回答|未填|未填写|漏答|无回答|no answer|not answered|null|none|-",
    "refused": "拒绝回答|拒答|拒绝|不愿回答|不便透露|refused|prefer not to say|prefer not to answer|declined",
    "unknown": "不知道|不清楚|说不清|说不清楚|记不清|不记得|don't know|dont know|dk|can't say|no opinion|unsure",
}
STATES = {text: state for state, texts in _STATES.items() for text in texts.split("|")}
STATE_NAMES = ("not_asked", "not_answered", "not_applicable", "refused")
_KEPT_APART = {-99, -98, -97, -9, -8, -7, -3, -2, -1, 77, 88, 96, 97, 98, 99, 996, 997, 998, 999}

_WHOLE = re.compile(r"[+-]?\d{1,4}(?:\.0+)?")
_NUMERALS = {one: number for number, one in enumerate("一二三四五六七八九十", start=1)}
_UNIT = r"(?:分|星级|星|级|点)"
_SAYS = (
    re.compile(rf"(\d{{1,3}}) ?{_UNIT}?"),
    re.compile(rf"(\d{{1,3}}) ?{_UNIT} ?[^\d]+"),
    re.compile(rf"(\d{{1,3}}) ?{_UNIT}? ?[-—–=:.、)\]] ?[^\d]+"),
    re.compile(rf"[^\d]+[-—–=:(\[ ] ?(\d{{1,3}}) ?{_UNIT}?[)\]]?"),
    re.compile(rf"[^\d]+?(\d{{1,3}}) ?{_UNIT}"),
)


@dataclass(frozen=True)
class Proposal:
    """Codes proposed for the texts of one column or of several with the same texts.

    codes: text -> code, None where the text does not say one; unseen: texts no row holds, from
    the same ladder or run. by: what says so. steps: of a ladder. downwards: the words grow worse
    as the digits grow, so the item is reversed."""

    codes: Mapping[str, int | None]
    unseen: Mapping[str, int] = field(default_factory=dict)
    by: Literal["digits", "words", ""] = ""
    steps: int = 0
    downwards: bool = False

    @property
    def complete(self) -> bool:
        return bool(self.codes) and None not in self.codes.values()


def plain(text: str) -> str:
    """A text for comparison: NFKC, small letters, single spaces, no final stop."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(".。")


def state(text: str) -> State | None:
    """The missing state a text stands for by itself."""
    clean = plain(text)
    marked: State | None = "not_applicable" if clean.endswith("(n/a)") else None
    return STATES.get(clean) or STATES.get(clean.strip("()[]<>")) or marked


def whole(text: str) -> int | None:
    """The whole number a text is."""
    clean = unicodedata.normalize("NFKC", text).strip()
    return int(float(clean)) if _WHOLE.fullmatch(clean) else None


def says(text: str) -> int | None:
    """The one number a label says it stands for: 10分-非常满意, 5 = good, Very good (5), 五星."""
    clean = plain(text)
    spelled = re.fullmatch(rf"([一二三四五六七八九十]){_UNIT}", clean)
    if spelled:
        return _NUMERALS[spelled[1]]
    return next((int(found[1]) for one in _SAYS if (found := one.fullmatch(clean))), None)


def apart(numbers: Iterable[int]) -> set[int]:
    """Codes such as 98 and 99 that stand away from the run of the others."""
    found = set(numbers)
    core = found - _KEPT_APART
    if not core or max(core) > 11 or min(core) < 0:
        return set()
    return {one for one in found & _KEPT_APART if one < min(core) - 1 or one > max(core) + 1 or one < 0}


def propose(texts: Mapping[str, int], labels: Mapping[str, str] | None = None) -> Proposal:
    """Codes of texts. texts: text -> rows, without missing states. labels: what the file itself
    calls them; texts that are no numbers then have the codes of their labels."""
    if not labels or all(whole(text) is not None for text in texts):
        return _propose(texts)
    called = {text: labels.get(text, text) for text in texts}
    found = _propose({called[text]: rows for text, rows in texts.items()})
    return replace(found, codes={text: found.codes[called[text]] for text in texts}, unseen={})


def _propose(texts: Mapping[str, int]) -> Proposal:
    said = {text: says(text) for text in texts}
    if any(code is not None for code in said.values()):
        order = _order({_words(text) for text in texts} - {""})
        steps = [
            (code, order[_words(text)]) for text, code in said.items() if code is not None and _words(text) in order
        ]
        rising = [
            (high > low) == (up > down) for low, down in steps for high, up in steps if high != low and up != down
        ]
        if rising and any(rising) != all(rising):
            return Proposal(dict.fromkeys(texts))  # digits and words contradict each other
        return Proposal(said, dict(_gaps(said)), "digits", downwards=bool(rising) and not any(rising))
    words = _ladder({_words(text) for text in texts}, sum(texts.values()))
    if not words:
        return Proposal(dict.fromkeys(texts))
    codes = {text: words[_words(text)] + 1 for text in texts}
    unseen = {step: place + 1 for step, place in words.items() if place + 1 not in codes.values()}
    return Proposal(codes, unseen, "words", steps=max(words.values()) + 1)


def ladder(labels: Mapping[int, str]) -> Literal["up", "down"] | None:
    """Whether the words beside codes are a ladder, and which way it runs. labels: code -> label."""
    order = _order({_words(label) for label in labels.values()})
    places = [order[_words(labels[code])] for code in sorted(labels) if _words(labels[code]) in order]
    if len(places) < 3:
        return None
    return "up" if places == sorted(places) else "down" if places == sorted(places, reverse=True) else None


def graded(texts: Iterable[str]) -> bool:
    """Whether all texts are steps of one ladder, be it known which or not."""
    words = {_words(text) for text in texts}
    return len(words) > 1 and any(words <= set(one) for one in LADDERS)


def _words(text: str) -> str:
    """A label without its number, as a step of a ladder is written."""
    clean = re.sub(rf"\(?\d+ ?{_UNIT}?\)?", "", plain(text)).strip(" -—–=:.、()[]")
    return "neutral" if _MIDDLE.match(clean) else _NEUTRAL.get(clean, clean)


def _order(words: set[str]) -> dict[str, int]:
    """step -> place on the ladder that holds most of the words, and at least two of them."""
    best = max(LADDERS, key=lambda one: len(words & set(one)))
    return {step: place for place, step in enumerate(best)} if len(words & set(best)) > 1 else {}


def _ladder(words: set[str], rows: int) -> dict[str, int]:
    """step -> place from 0 on the one ladder the words are of; empty where none is, or where it
    may be one of several that would count them differently."""
    fits = sorted({one for one in LADDERS if words <= set(one) and 2 * len(words) > len(one)}, key=len)
    if not words or not fits:
        return {}
    close = [one for one in fits if len(one) < len(fits[0]) + 2] if len(words) >= 4 else fits
    if rows >= ENOUGH and len(fits[0]) == len(words):
        close = fits[:1]
    placed = {tuple(sorted((word, one.index(word), len(one)) for word in words)) for one in close}
    return {step: place for place, step in enumerate(close[0])} if len(placed) == 1 else {}


def _gaps(said: Mapping[str, int | None]) -> Iterator[tuple[str, int]]:
    """Labels no row holds, between those that are written as one number and a unit."""
    simple = {plain(text): code for text, code in said.items() if code is not None and code <= 10}
    units = [text.removeprefix(str(code)) for text, code in simple.items() if re.fullmatch(rf"\d+ ?{_UNIT}?", text)]
    if units:
        unit = max(sorted(set(units)), key=units.count)
        codes = {code for code in said.values() if code is not None and code <= 10}
        yield from ((f"{code}{unit}", code) for code in range(min(codes), max(codes)) if code not in codes)
