"""A month's published tables made up, to see the site without scoring: any number of branches, with one of each kind.

Branches are B-0000, B-0001, … Every eleventh is small, every thirteenth partial, every seventeenth withheld; the
last has no responses. The first three are plain, and their names are given.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from conftest import DEALERS

from pipeline import hierarchy, instrument, programme, website
from pipeline.figures import Tables
from pipeline.hierarchy import Hierarchy
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.pages import Run
from pipeline.website import months

HOSTILE = ('</script><img src=x onerror="alert(1)">\u2028', "<!--<script>{{ x }}&amp;'\u202e")
PERIODS = ("2025-08", "2025-09", "2025-10")
REGIONS = ("NORTH", "EAST", "SOUTH", "CENTRAL", "WEST")


class Row(dict[str, Any]):
    """A row of a table; what it does not have is null."""

    def __missing__(self, key: str) -> None:
        return None


@dataclass(frozen=True)
class Made:
    folder: Path
    tables: Tables
    branches: tuple[str, ...]

    @property
    def site(self) -> Path:
        return self.folder / "site"


def names(place: int) -> tuple[str, str]:
    given = {0: ("上海虹桥店", "Shanghai Hongqiao"), 1: ("武汉楚骧店", "Wuhan Chuxiang"), 2: HOSTILE}
    return given.get(place, (f"第{place}店", f"Branch number {place}"))


def flag(place: int, count: int) -> str:
    if place == count - 1:
        return "none"
    for every, kind in ((17, "withheld"), (13, "partial"), (11, "caution")):
        if place % every == every - 1:
            return kind
    return "ok"


def network(count: int) -> Hierarchy:
    rows = [
        {"branch": f"B-{place:04}", "name_zh": names(place)[0], "name_en": names(place)[1],
         "region": REGIONS[place % 5], "division": ("PC", "CV")[place % 2], "tier": "ABC"[place % 3],
         "valid_from": date(2020, 1, 1), "valid_to": None, "successor": None, "peer": None, "inherits": False}
        for place in range(count)
    ]  # fmt: skip
    schema = {
        **dict.fromkeys(("branch", "name_zh", "name_en", "region", "division", "tier"), pl.String),
        **dict.fromkeys(("valid_from", "valid_to"), pl.Date),
        **dict.fromkeys(("successor", "peer"), pl.String),
        "inherits": pl.Boolean,
    }
    return Hierarchy(pl.DataFrame(rows, schema=schema), pl.DataFrame(schema=hierarchy.TARGETS), ())


def _tenth(value: float) -> Decimal:
    return Decimal(round(value * 10)).scaleb(-1)


def tables(used: tuple[Instrument, ...], count: int, newest: str = PERIODS[-1]) -> Tables:
    scores: dict[tuple[str, ...], Row] = {}
    comparisons: dict[tuple[str, ...], Row] = {}
    for one in used:
        units = [("network", "network", "ok", 0.8)]
        units += [("region", unit, "ok", 0.76 + 0.02 * place) for place, unit in enumerate(REGIONS)]
        units += [("division", unit, "ok", 0.8) for unit in ("PC", "CV")]
        units += [
            ("branch", f"B-{place:04}", flag(place, count), 0.7 + place * 37 % 100 / 400) for place in range(count)
        ]
        ranked = sorted((u for u in units if u[0] == "branch" and u[2] == "ok"), key=lambda u: (-u[3], u[1]))
        ranks = {unit: place + 1 for place, (_, unit, _, _) in enumerate(ranked)}
        for level, unit, kind, share in units:
            for period in (one for one in PERIODS if one <= newest):
                for number, measure in enumerate(("index", *(factor.id for factor in one.factor))):
                    if period != newest and measure != "index":
                        continue
                    shown = kind not in ("withheld", "none") and not (kind == "partial" and number == 2)
                    value = one.points * (share + number / 500)
                    row = Row(
                        n=0
                        if kind == "none"
                        else 4
                        if kind == "withheld"
                        else 20
                        if kind == "caution"
                        else 40 + number,
                        flag=kind if shown or kind != "partial" else "none",
                        printed=_tenth(value) if shown else None,
                        printed_low=_tenth(value - one.points / 40) if shown else None,
                        printed_high=_tenth(value + one.points / 40) if shown else None,
                    )
                    if measure == "index" and level == "branch":
                        place = ranks.get(unit)
                        row |= {"rank": place, "ranked": len(ranks)}
                        if place is not None:
                            row |= {"rank_low": max(1, place - 3), "rank_high": min(len(ranks), place + 4)}
                    scores[period, one.id, level, unit, measure, "mean", "month"] = row
            for against in ("last_month", "last_year", "region", "network", "target"):
                if kind in ("withheld", "none") or (level == "network" and against in ("region", "network")):
                    continue
                step = {"last_month": share - 0.8, "last_year": 0.002, "region": -0.03}.get(
                    against, 0.8 - share
                ) * one.points
                half = one.points / 30
                row = Row(
                    printed_reference=_tenth(one.points * share - step), printed_difference=_tenth(step),
                    printed_low=_tenth(step - half), printed_high=_tenth(step + half),
                    verdict="better" if step > half else "worse" if step < -half else "no_clear_difference",
                )  # fmt: skip
                comparisons[one.id, level, unit, "index", "month", against] = row
        for factor in one.factor:
            weight = Row(printed=_tenth(100 / len(one.factor)))
            scores[newest, one.id, "instrument", one.id, factor.id, "weight", "month"] = weight
    return Tables(scores, comparisons)


def make(output: Path, count: int = 60, period: str = PERIODS[-1]) -> Made:
    """The site of a month of so many branches, with PDFs for all but B-0001, and the list of months."""
    site = programme.load(DEALERS)
    used = instrument.load(site)
    folder = output / period
    (folder / "scorecards").mkdir(parents=True)
    branches = tuple(f"B-{place:04}" for place in range(count))
    for branch in branches:
        if branch != "B-0001":
            (folder / "scorecards" / f"{branch}.pdf").write_bytes(b"%PDF-1.7")
    (folder / "network.pdf").write_bytes(b"%PDF-1.7")
    made = Made(folder, tables(used, count, period), branches)
    run = Run(
        site=site, instruments=used, hierarchy=network(count), month=Month.parse(period), run_id="b0eedb9119c4",
        software="", inputs=(), accepted=1, quarantined=0, known=used,
    )  # fmt: skip
    website.write(folder, run, made.tables)
    months.write(output, site.programme.name, site.programme.languages)
    return made
