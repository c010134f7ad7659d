"""The numbers of a page that was read back: those of page.json against its rows, those printed against page.json.

Numbers on a page that are no figures: those in names, codes, dates, versions and file names that page.json holds;
hashes and the run id; page numbers; numbers in the fixed texts (95 %, 30 minutes); the bounds of tints; and in
drawings, the labels of axes, which are twentieths of a scale.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from pipeline.evidence import PAGE
from pipeline.page import TextMissing, texts
from pipeline.readback import Document

NOT_OF_ROWS = frozenset(
    ("points", "withheld_below", "ranked_from", "accepted", "quarantined", "figures", "left_out", "revision")
)
"""Numbers of page.json that stand in no row: scales, thresholds, and counts of the run."""
SHOWN = 5  # examples of one kind of disagreement
_NUMBER = re.compile(r"[+−]?\d+(?:\.\d+)?")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{12,64}(?![0-9a-z])")
_PAGE_OF = re.compile(r"\d+ / \d+")
_TINTS = {"1", "2.5", "5"}  # per cent of the scale, as pipeline.page.heat has them


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
                values.update(_values(name, row))
    figures = list(_figures(page))
    unknown = [f"{path} {value}" for path, value in figures if value not in values]
    if unknown:
        yield Finding(False, f"{len(unknown):,} of {len(figures):,} figures of {PAGE} stand in no attached row: "
                             f"{'; '.join(unknown[:SHOWN])}{more(unknown)}.")  # fmt: skip
    else:
        yield Finding(True, f"The {len(figures):,} figures of {PAGE} stand in the attached rows.")


def _values(table: str, row: Mapping[str, str]) -> Iterator[Decimal]:
    for text in row.values():
        try:
            value = Decimal(text)
        except InvalidOperation:
            continue
        yield value
        if table == "weighting.csv":  # which the page rounds itself
            yield from (value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) for places in (0, 1, 2))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _leaves(one, f"{path}[{place}]")
    else:
        yield path, value


def _figures(page: dict[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """Numbers of page.json: decimals are written as texts, digit for digit. A base or rank of 0 needs no row."""
    for path, value in _leaves(page):
        if path.rpartition(".")[2] in NOT_OF_ROWS or isinstance(value, bool):
            continue
        if (isinstance(value, int) and value) or (isinstance(value, str) and _DECIMAL.fullmatch(value)):
            yield path, Decimal(value)


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
            for number in _NUMBER.findall(_HASH.sub(" ", text)):
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
    known = set(_TINTS)
    for _, value in _leaves(page):
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            known |= {_shown(value), f"+{value}", value.lstrip("-")}
        elif isinstance(value, str):
            numbers = _NUMBER.findall(value)
            known.update(numbers, (one.lstrip("0") for one in numbers if one.isdigit()))
        elif isinstance(value, int):
            known |= {_shown(str(value)), f"+{value}", str(value).lstrip("-")}
    language = str(page.get("language"))
    for text, translated in texts(language).items() or ((one, one) for one in texts("zh")):
        known.update(_NUMBER.findall(translated if language != "en" else text))
    return known


def _labels(page: dict[str, Any]) -> set[str]:
    scales = [value for path, value in _leaves(page) if path.rpartition(".")[2] == "points" and isinstance(value, int)]
    return {str(scale * part // 20) for scale in scales for part in range(21)}


def _hashes(page: dict[str, Any]) -> list[str]:
    return [found for _, value in _leaves(page) if isinstance(value, str) for found in _HASH.findall(value)]


def more(found: list[Any]) -> str:
    return f"; and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
