"""Shapes of texts: dates and their pattern, durations, numbers, cells with several options."""

import re
from collections import Counter
from collections.abc import Sequence

NEARLY = 0.9  # share of a column's texts that must be of a kind: exports hold mistakes

_SEPARATORS = ("┋", ";", "；", "|", "，", ", ", ",", " ")
_STAMP = re.compile(
    r"(?:(?P<y>\d{4})(?P<s>[-/.年])(?P<m>\d{1,2})(?:(?P=s)|月)(?P<d>\d{1,2})日?|(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<c>\d{4}|\d{2}))"
    r"(?:(?P<gap>[ T]| {2})(?P<clock>\d{1,2}:\d{2}(?P<sec>:\d{2})?(?P<frac>\.\d{1,9})?)(?P<half> ?[AaPp][Mm])?)?"
    r"(?P<zone> ?(?:Z|[+-]\d{2}:?\d{2}))?"
)


HALVES = "上午/下午"  # the kind of dates that no pattern reads
_HALVES = re.compile(r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日? *[上下]午 *\d{1,2}:\d{2}(:\d{2})?")


def pattern(texts: Sequence[str]) -> str:
    """The strptime pattern of (nearly) all texts, "iso", HALVES, two joined by | where day or month
    may come first, or "" when the texts are no dates of one kind."""
    matches = [found for text in texts if (found := _STAMP.fullmatch(text))]
    if sum(_HALVES.fullmatch(text) is not None for text in texts) > NEARLY * len(texts):
        return HALVES
    shape, often = next(iter(Counter(map(_shape, matches)).most_common(1)), (None, 0))
    if shape is None or often < NEARLY * len(texts):
        return ""
    matches = [one for one in matches if _shape(one) == shape]
    if shape == "iso":
        return "iso"
    if shape.startswith("%Y"):
        return shape
    first, second = max(int(one["a"]) for one in matches), max(int(one["b"]) for one in matches)
    turned = _turned(shape)
    if first > 12 and second > 12:
        return ""
    return shape if first > 12 else turned if second > 12 else f"{shape}|{turned}"


def like(text: str, kind: str) -> bool:
    """Whether a text is a date of a pattern."""
    found = _STAMP.fullmatch(text)
    return kind == HALVES or (
        found is not None and (_shape(found) in kind.split("|") or _turned(_shape(found)) in kind.split("|"))
    )


def _turned(shape: str) -> str:
    return shape.replace("%d", "%0").replace("%m", "%d").replace("%0", "%m")


def _shape(found: re.Match[str]) -> str:
    """The pattern of one date, the day before the month where no year stands first."""
    if found["zone"] or (found["frac"] and found["y"]):
        return "iso"
    mark = found["s"] or found["t"]
    year = "%Y" if found["y"] or len(found["c"]) == 4 else "%y"
    day = f"%d{mark}%m{mark}{year}" if not found["y"] else "%Y年%m月%d日" if mark == "年" else f"%Y{mark}%m{mark}%d"
    if found["clock"] is None:
        return day
    half = found["half"]
    clock = ("%I" if half else "%H") + ":%M" + (":%S" if found["sec"] else "") + ("%.f" if found["frac"] else "")
    return f"{day}{found['gap']}{clock}{' ' if half and half[0] == ' ' else ''}{'%p' if half else ''}"


def compact(texts: Sequence[str]) -> bool:
    """Whether texts may be dates written as eight digits."""
    return all(re.fullmatch(r"20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", text) for text in texts)


def serials(texts: Sequence[str]) -> bool:
    """Whether texts may be serial numbers of Excel, of 2000 to 2069."""
    numbers = [float(text) for text in texts if number(text)]
    return bool(texts) and len(numbers) == len(texts) and all(36526 <= one < 62093 for one in numbers)


def number(text: str) -> bool:
    return re.fullmatch(r"-?\d{1,9}([.,]\d+)?", text) is not None and "," not in text


def unit(heads: Sequence[str], texts: Sequence[str]) -> tuple[str, bool] | None:
    """(unit of a duration, whether it is written somewhere)."""
    if all(re.fullmatch(r"(\d+(小?时|时|分钟|分|秒))+", text) for text in texts):
        return "wjx", True
    if all(re.fullmatch(r"\d{1,3}:\d{2}(:\d{2})?", text) for text in texts):
        return "clock", True
    if sum(number(text) for text in texts) < NEARLY * len(texts):
        return None
    if any(re.search(r"分钟|\bmin|_min", one) for one in heads):
        return "minutes", True
    return "seconds", any(re.search(r"秒|sec|sek|_s$", one) for one in heads)


def options(text: str, separator: str) -> list[str]:
    """The options of a multi-select cell, free text in 〖〗 left out."""
    return [one.strip() for one in re.sub(r"〖.*?〗", "", text).split(separator.strip() or " ") if one.strip()]


def separator_of(texts: Sequence[str], repeats: bool, declared: str) -> str:
    """The separator of a multi-select column, "" if it is none: few options, none twice in a
    cell, at least one cell with several."""
    texts = texts[:300]
    for separator in dict.fromkeys((declared, *_SEPARATORS)) if declared else _SEPARATORS:
        cells = [options(text, separator) for text in texts]
        counts = Counter(one for cell in cells for one in cell)
        several = sum(len(cell) > 1 for cell in cells)
        spaced = separator in (" ", "，", ", ", ",")
        if not several or any(len(set(cell)) < len(cell) for cell in cells) or len(counts) > 40:
            continue
        if spaced and declared != separator and not (separator == ", " and repeats):
            continue
        if declared == " " and not all(re.fullmatch(r"[\w.-]{1,40}", one) for one in counts):
            continue
        again = sum(count > 1 for count in counts.values())
        if 2 * again >= len(counts) or separator == "┋":  # nobody writes that sign
            return separator
        if all(text.endswith(separator) for text in texts):
            return separator
    return ""
