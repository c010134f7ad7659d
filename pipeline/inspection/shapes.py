"""Shapes of texts: dates and their pattern, durations, numbers, cells with several options."""

import re
from collections import Counter
from collections.abc import Sequence

NEARLY = 0.9  # share of a column's texts that must be of a kind: exports hold mistakes

_SEPARATORS = ("┋", ";", "；", "|", "，", ", ", ",", " ")
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_HALF = "[AaPp][Mm]|上午|下午"
_STAMP = re.compile(
    r"(?:(?P<y>\d{4})(?P<s>[-/.年])(?P<m>\d{1,2})(?:(?P=s)|月)(?P<d>\d{1,2})日?|"
    rf"\d{{1,2}}(?P<u>[- /])(?:{_MONTHS})(?P=u)(?P<e>\d{{4}})|"
    r"(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<c>\d{4}|\d{2}))"
    rf"(?:(?P<gap>[ T]| {{2}})(?P<first>(?:{_HALF}) ?)?"
    rf"(?P<clock>\d{{1,2}}:\d{{2}}(?P<sec>:\d{{2}})?(?P<frac>\.\d{{1,9}})?)(?P<half> ?(?:{_HALF}))?)?"
    r"(?P<zone> ?(?:Z|[+-]\d{2}:?\d{2})| (?:GMT|UTC)(?:[+-]\d{1,2}(?::?\d{2})?)?)?"
)


_CELL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")  # a date cell of a workbook


def pattern(texts: Sequence[str]) -> str:
    """The strptime pattern of (nearly) all texts, "iso", two joined by | where day or month
    may come first, or "" when the texts are no dates of one kind."""
    matches = [found for text in texts if (found := _STAMP.fullmatch(text))]
    shape, often = next(iter(Counter(map(_shape, matches)).most_common(1)), (None, 0))
    if shape is None or often < NEARLY * len(texts):
        return ""
    matches = [one for one in matches if _shape(one) == shape]
    if shape == "iso" or matches[0]["a"] is None:
        return shape
    first, second = max(int(one["a"]) for one in matches), max(int(one["b"]) for one in matches)
    turned = _turned(shape)
    if first > 12 and second > 12:
        return ""
    return shape if first > 12 else turned if second > 12 else f"{shape}|{turned}"


def like(text: str, kind: str) -> bool:
    """Whether a text is a date of a pattern."""
    found = _STAMP.fullmatch(text)
    return found is not None and bool({_shape(found), _turned(_shape(found))} & set(kind.split("|")))


def _turned(shape: str) -> str:
    return shape.replace("%d", "%0").replace("%m", "%d").replace("%0", "%m")


def _shape(found: re.Match[str]) -> str:
    """The pattern of one date, the day before the month where no year stands first."""
    zone, halved = found["zone"] or "", found["first"] or found["half"]
    if found["s"] == "-" and not halved and (found["frac"] if not zone else zone[0] in "Z+-"):
        return "iso"
    if found["y"]:
        mark = found["s"]
        day = "%Y年%m月%d日" if mark == "年" else f"%Y{mark}%m{mark}%d"
    elif found["e"]:
        day = f"%d{found['u']}%b{found['u']}%Y"
    else:
        day = f"%d{found['t']}%m{found['t']}{'%Y' if len(found['c']) == 4 else '%y'}"
    if found["clock"] is not None:
        clock = ("%I" if halved else "%H") + ":%M" + (":%S" if found["sec"] else "") + ("%.f" if found["frac"] else "")
        first, half = (re.sub(r"\S+", "%p", found[name] or "") for name in ("first", "half"))
        day = f"{day}{found['gap']}{first}{clock}{half}"
    return f"{day}{' ' if zone.startswith(' ') else ''}%z" if zone else day


def compact(texts: Sequence[str]) -> bool:
    """Whether texts may be dates written as eight digits."""
    return all(re.fullmatch(r"20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", text) for text in texts)


def serials(texts: Sequence[str]) -> bool:
    """Whether texts may be serial numbers of Excel, of 2000 to 2069, date cells among them."""
    numbers = [float(text) for text in texts if not _CELL.fullmatch(text) and number(text)]
    rest = sum(_CELL.fullmatch(text) is not None for text in texts)
    return bool(numbers) and len(numbers) + rest == len(texts) and all(36526 <= one < 62093 for one in numbers)


def whole_days(texts: Sequence[str]) -> bool:
    """Whether serial numbers and date cells have no time of the day."""
    return all(text.isdigit() or text.endswith(" 00:00:00") for text in texts)


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
