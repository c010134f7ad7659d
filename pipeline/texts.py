"""Free text on a page: how wide it is, cut to fit, and without signs that the fonts lack."""

import unicodedata
from collections.abc import Callable

NO_GLYPH = "〓"


def width(text: str) -> int:
    """In letters; hanzi, kana and full-width signs count two."""
    return sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in text)


def cut(text: str, most: int) -> str:
    """At most so wide, the rest as …, within no word."""
    if width(text) <= most:
        return text
    room, end = most - 2, 0
    while width(text[end]) <= room:
        room -= width(text[end])
        end += 1
    kept = text[:end]
    words = kept.rsplit(" ", 1)
    if text[end].isascii() and not text[end].isspace() and len(words) == 2 and len(words[1]) < 25:
        kept = words[0]
    return kept.rstrip(" ,.;:，。；：、") + "…"


def printable(text: str, missing: Callable[[str], set[str]]) -> str:
    """NO_GLYPH in the place of each character that is missing."""
    lacking = missing(text)
    return "".join(NO_GLYPH if one in lacking else one for one in text)
