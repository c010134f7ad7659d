"""Masked verbatims of a branch under the themes of the programme.

Of each theme the longest verbatim is shown, then of each the second longest, until there is no more room; equally
long ones in the order of their characters. None is shown twice, and nothing says who wrote it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from pipeline import accepted
from pipeline.detail import Quote, Theme, Verbatims
from pipeline.instrument import Instrument
from pipeline.page import shown
from pipeline.pages import Pages
from pipeline.shown import Figure
from pipeline.texts import cut, printable, width
from pipeline.themes import folded

EACH, MOST, FEW = 2, 8, 3  # quotes of a theme, of a page, of a page with many items and the method
MANY = 15  # items, more of which leave little room
WIDTH = 112  # of a quote, in letters


def verbatims(pages: Pages, instrument: Instrument, branch: str, headline: Figure, *, whole: bool = False) -> Verbatims:
    """whole: the same quotes, but of any length and with characters that the fonts lack."""
    if headline.flag == "withheld":
        return Verbatims("withheld", 0, ())
    said = pages.kept(f"verbatims {instrument.id}", lambda: _said(pages, instrument)).get(branch, [])
    if not said:
        return Verbatims("none", 0, ())
    last = pages.run.instruments[-1] == instrument and len(instrument.scored_items) > MANY
    return Verbatims("", len(said), _themes(pages, said, FEW if last else MOST, whole))


def _said(pages: Pages, instrument: Instrument) -> Mapping[str, Sequence[str]]:
    """branch -> its verbatims of the month, on one line each."""
    path = accepted.path(pages.run.folder, "responses", instrument.id, pages.run.month)
    table = pl.read_parquet(path, columns=["branch", "verbatim"]).drop_nulls()
    found: dict[str, list[str]] = {}
    for branch, text in table.iter_rows():
        if line := " ".join(shown(text).split()):
            found.setdefault(branch, []).append(line)
    return found


def _themes(pages: Pages, said: Sequence[str], most: int, whole: bool) -> tuple[Theme, ...]:
    declared = pages.run.site.programme.theme
    members: list[list[str]] = [[] for _ in (*declared, None)]
    for text in said:
        plain = folded(text)
        mine = [place for place, theme in enumerate(declared) if theme.holds(plain)]
        for place in mine or [-1]:
            members[place].append(text)
    last = pages.gettext("Other") if declared else pages.gettext("All comments")
    names = [*(theme.name.get(pages.language) for theme in declared), last]
    shown = _chosen(members, most)
    copies = Counter(said)
    return tuple(
        Theme(name, len(texts), tuple(Quote(one if whole else _shown(pages, one), copies[one]) for one in chosen))
        for name, texts, chosen in zip(names, members, shown, strict=True)
        if texts
    )


def _shown(pages: Pages, text: str) -> str:
    return printable(cut(text, WIDTH), pages.run.missing_glyphs)


def _chosen(members: Sequence[Sequence[str]], most: int) -> list[list[str]]:
    """Of each theme the texts to show."""
    longest = [sorted(set(texts), key=lambda one: (-width(one), one)) for texts in members]
    chosen: list[list[str]] = [[] for _ in members]
    taken: set[str] = set()
    for _ in range(EACH):
        for place, texts in enumerate(longest):
            text = next((one for one in texts if one not in taken), None)
            if text is not None and len(taken) < most:
                chosen[place].append(text)
                taken.add(text)
    return chosen
