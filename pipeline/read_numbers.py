"""The numbers of a page that was read back: the figures of page.json against its rows, those printed against page.json.

Numbers on a page that are no figures: those in names, codes, dates, versions and file names that page.json holds;
hashes and the run id; page numbers; numbers in the fixed texts (95 %, 30 minutes); the bounds of tints, q and
chances; and in drawings, the labels of axes, which are twentieths of a scale.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pipeline.catalogue import TextMissing, texts
from pipeline.evidence import PAGE
from pipeline.readback import Document

_FIGURE = {"n", "estimate", "low", "high", "flag"}
_COMPARISON = {"reference", "difference", "low", "high", "verdict"}
_OF_ROWS = {"rank", "rank_low", "rank_high", "weight", "contribution", "response_rate"}
SHOWN = 5  # examples of one kind of disagreement
NUMBER = re.compile(r"[+−]?\d+(?:\.\d+)?")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{12,64}(?![0-9a-z])")
_PAGE_OF = re.compile(r"\d+ / \d+")
_TINTS = {"1", "2.5", "5"}  # per cent of the scale, as pipeline.page.heat has them
_BOUNDS = {"0.001", "0.1", "99.9"}  # what stands for a q or a chance that rounds to 0 or to 100 per cent


@dataclass(frozen=True)
class Finding:
    """One sentence on what agrees or does not."""

    agrees: bool
    sentence: str


def in_rows(page: dict[str, Any], document: Document) -> Iterator[Finding]:
    """Each figure of page.json among the values of the attached rows."""
    values: set[Decimal] = set()
    for name, content in document.files.items():
        if name.endswith(".csv"):
            for row in csv.DictReader(io.StringIO(content.decode("utf-8", "replace"))):
                values.update(_values(row))
    figures = list(_figures(page))
    unknown = [f"{path} {value}" for path, value in figures if value not in values]
    if unknown:
        yield Finding(False, f"{len(unknown):,} of {len(figures):,} figures of {PAGE} stand in no attached row: "
                             f"{'; '.join(unknown[:SHOWN])}{more(unknown)}.")  # fmt: skip
    else:
        yield Finding(True, f"The {len(figures):,} figures of {PAGE} stand in the attached rows.")


def _values(row: Mapping[str, str]) -> Iterator[Decimal]:
    for text in row.values():
        with suppress(InvalidOperation):
            yield Decimal(text)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _leaves(one, f"{path}[{place}]")
    else:
        yield path, value


def _figures(value: Any, path: str = "") -> Iterator[tuple[str, Decimal]]:
    """The numbers of page.json that stand in a table: figures with base and interval, comparisons, ranks, weights,
    contributions, response rates. Decimals are written as texts, digit for digit; a base of 0 needs no row."""
    if isinstance(value, list):
        for place, one in enumerate(value):
            yield from _figures(one, f"{path}[{place}]")
    elif isinstance(value, dict):
        whole = value.keys() >= _FIGURE or value.keys() >= _COMPARISON
        for name, one in value.items():
            inside = f"{path}.{name}" if path else name
            if not (whole or name in _OF_ROWS):
                yield from _figures(one, inside)
            elif (isinstance(one, int) and one) or (isinstance(one, str) and _DECIMAL.fullmatch(one)):
                yield inside, Decimal(one)


def on_pages(page: dict[str, Any], document: Document) -> Iterator[Finding]:
    """Each number on the pages among those of page.json, and each headline on the pages."""
    try:
        known, labels, hashes = _known(page), _labels(page), _hashes(page)
    except TextMissing as missing:
        yield Finding(False, f"The numbers on the pages cannot be checked: {missing}.")
        return
    strange: list[str] = []
    seen: Counter[str] = Counter()
    for place, runs in enumerate(document.pages, 1):
        for run in runs:
            text = run.text
            for digest in _HASH.findall(text):
                if not any(one.startswith(digest) for one in hashes):
                    strange += [f"{digest} on page {place}"]
            if _PAGE_OF.fullmatch(text.strip()):
                continue
            for number in NUMBER.findall(_HASH.sub(" ", text)):
                seen[number] += 1
                if not (number in known or (run.drawing and number in labels)):
                    strange.append(f"{number} on page {place} (in “{text.strip()[:40]}”)")
    if strange:
        yield Finding(False, f"{len(strange):,} of {seen.total():,} numbers on the pages are not in {PAGE}: "
                             f"{'; '.join(strange[:SHOWN])}{more(strange)}.")  # fmt: skip
    else:
        yield Finding(True, f"The {seen.total():,} numbers on the pages are those of {PAGE}, or no figures.")
    absent = [f"{path} {value}" for path, value in _headlines(page) if not seen[_shown(value)]]
    if absent:
        yield Finding(False, f"What should stand on the pages does not: {'; '.join(absent)}.")


def _headlines(page: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(page.get("blocks") or page.get("leagues") or ()):
        figure = one.get("headline") or one.get("network")
        for name in ("n", "estimate", "low", "high"):
            if figure.get(name) is not None:
                yield f"index {place + 1} {name}", str(figure[name])


def _shown(value: str) -> str:
    return value.replace("-", "−")


def _known(page: dict[str, Any]) -> set[str]:
    """The numbers that may stand on a page, as they are printed."""
    known = _TINTS | _BOUNDS
    for _, value in _leaves(page):
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            known |= {_shown(value), f"+{value}", value.lstrip("-")}
        elif isinstance(value, str):
            numbers = NUMBER.findall(value)
            known.update(numbers, (one.lstrip("0") for one in numbers if one.isdigit()))
        elif isinstance(value, int):
            known |= {_shown(str(value)), f"+{value}", str(value).lstrip("-")}
    language = str(page.get("language"))
    for text, translated in texts(language).items() or ((one, one) for one in texts("zh")):
        known.update(NUMBER.findall(translated if language != "en" else text))
    return known


def _labels(page: dict[str, Any]) -> set[str]:
    scales = [value for path, value in _leaves(page) if path.rpartition(".")[2] == "points" and isinstance(value, int)]
    return {str(scale * part // 20) for scale in scales for part in range(21)}


def _hashes(page: dict[str, Any]) -> list[str]:
    return [found for _, value in _leaves(page) if isinstance(value, str) for found in _HASH.findall(value)]


def more(found: list[Any]) -> str:
    return f"; and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
