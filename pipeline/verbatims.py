"""Masked verbatims of a branch under the themes of the programme.

Of each theme the longest verbatim is shown, then of each the second longest, until there is no more room; equally
long ones in the order of their characters. None is shown twice, and nothing says who wrote it.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl

from pipeline import accepted
from pipeline.detail import Quote, Theme, Verbatims
from pipeline.instrument import Instrument
from pipeline.page import INVISIBLE
from pipeline.pages import Pages
from pipeline.shown import Figure
from pipeline.themes import folded

EACH, MOST = 2, 8  # quotes of a theme, of a page
WIDTH = 150  # of a quote, in letters; a hanzi is as wide as two
NO_GLYPH = "〓"


def verbatims(pages: Pages, instrument: Instrument, branch: str, headline: Figure) -> Verbatims:
    if headline.flag == "withheld":
        return Verbatims("withheld", 0, ())
    said = pages.kept(f"verbatims {instrument.id}", lambda: _said(pages, instrument)).get(branch, [])
    if not said:
        return Verbatims("none", 0, ())
    return Verbatims("", len(said), _themes(pages, said))


def _said(pages: Pages, instrument: Instrument) -> Mapping[str, Sequence[str]]:
    """branch -> its verbatims of the month, on one line each."""
    path = accepted.path(pages.run.folder, "responses", instrument.id, pages.run.month)
    table = pl.read_parquet(path, columns=["branch", "verbatim"]).drop_nulls()
    found: dict[str, list[str]] = {}
    for branch, text in table.iter_rows():
        if line := " ".join(INVISIBLE.sub("", text).split()):
            found.setdefault(branch, []).append(line)
    return found


def _themes(pages: Pages, said: Sequence[str]) -> tuple[Theme, ...]:
    declared = pages.run.site.programme.theme
    members: list[list[str]] = [[] for _ in (*declared, None)]
    for text in said:
        plain = folded(text)
        mine = [place for place, theme in enumerate(declared) if theme.holds(plain)]
        for place in mine or [-1]:
            members[place].append(text)
    last = pages.gettext("Other") if declared else pages.gettext("All comments")
    names = [*(theme.name.get(pages.language) for theme in declared), last]
    shown = _chosen(members)
    copies = Counter(said)
    return tuple(
        Theme(name, len(texts), tuple(Quote(cut(one, pages.run.missing_glyphs), copies[one]) for one in chosen))
        for name, texts, chosen in zip(names, members, shown, strict=True)
        if texts
    )


def _chosen(members: Sequence[Sequence[str]]) -> list[list[str]]:
    """Of each theme the texts to show."""
    longest = [sorted(set(texts), key=lambda one: (-width(one), one)) for texts in members]
    chosen: list[list[str]] = [[] for _ in members]
    taken: set[str] = set()
    for _ in range(EACH):
        for place, texts in enumerate(longest):
            text = next((one for one in texts if one not in taken), None)
            if text is not None and len(taken) < MOST:
                chosen[place].append(text)
                taken.add(text)
    return chosen


def width(text: str) -> int:
    """In letters; hanzi, kana and full-width signs count two."""
    return sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in text)


def cut(text: str, missing: Callable[[str], set[str]] = lambda _: set()) -> str:
    """At most WIDTH letters wide, the rest as …, within no word; NO_GLYPH for what the fonts lack."""
    kept, room = text, WIDTH
    if width(text) > WIDTH:
        for place, one in enumerate(text):
            room -= width(one)
            if room < 1:
                kept = text[:place]
                break
        words = kept.rsplit(" ", 1)
        if text[len(kept)].isascii() and text[len(kept)] != " " and len(words) == 2 and len(words[1]) < 25:
            kept = words[0]
        kept = kept.rstrip(" ,.;:，。；：、") + "…"
    lacking = missing(kept)
    return "".join(NO_GLYPH if one in lacking else one for one in kept)
