"""What every page of a run shares: names, the method, the trend of a unit."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import polars as pl

from pipeline.catalogue import translator
from pipeline.figures import NOTHING, Tables
from pipeline.hierarchy import Hierarchy
from pipeline.instrument import Instrument
from pipeline.month import TREND_MONTHS, Month
from pipeline.places import placed
from pipeline.programme import Site
from pipeline.programme_table import OPEN_END
from pipeline.view import Figure, Method, TrendPoint
from pipeline.weighting_words import weighting_in_words
from schemas.actions import SCHEMA as ACTIONS

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """What every page of a run needs besides its figures. instruments: those asked in the month; known: all
    of the programme. inputs: (file, SHA-256); definitions likewise. folder: of the published tables. actions: in the
    form of schemas.actions. missing_glyphs: the characters of a text that the fonts lack."""

    site: Site
    instruments: tuple[Instrument, ...]
    hierarchy: Hierarchy
    month: Month
    run_id: str
    software: str
    inputs: tuple[tuple[str, str], ...]
    accepted: int
    quarantined: int
    known: tuple[Instrument, ...] = ()
    folder: Path = Path()
    actions: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ACTIONS))
    missing_glyphs: Callable[[str], set[str]] = lambda _: set()
    definitions: tuple[tuple[str, str], ...] = ()

    @property
    def period(self) -> str:
        return str(self.month)

    @property
    def cutoff(self) -> str:
        """The last day whose answers count."""
        closing = self.site.cutoff(self.month)
        return (closing.date() - timedelta(days=1)).isoformat()


class Pages:
    """All pages of one run in one language."""

    def __init__(self, run: Run, tables: Tables, language: str) -> None:
        self.run = run
        self.tables = self._whole = tables
        self.language = language
        self.names = run.hierarchy.names(run.month, language)
        self.gettext = translator(language)
        self._kept: dict[str, Any] = {}

    def kept(self, what: str, made: Callable[[], T]) -> T:
        """What pages of all branches share, made once."""
        if what not in self._kept:
            self._kept[what] = made()
        return cast(T, self._kept[what])

    def with_tables(self, tables: Tables) -> "Pages":
        """The same pages, which look their figures up in other tables of the month."""
        other = copy(self)
        other.tables = tables
        return other

    def branches(self) -> tuple[str, ...]:
        """The branches open in the month, by id."""
        return tuple(sorted(_open(self.run.hierarchy.branches, self.run.month)["branch"].unique().to_list()))

    def place(self, branch: str) -> pl.DataFrame:
        """The branch's last row in force in the month, one per division it serves."""
        rows = _open(self.run.hierarchy.branches, self.run.month).filter(pl.col("branch") == branch)
        return rows.filter(pl.col("valid_from") == pl.col("valid_from").max())

    @cached_property
    def homes(self) -> dict[str, str]:
        """branch -> the region it was last in, of the branches open in the month, by id."""
        return dict(sorted(placed(self.run.hierarchy, self.run.month).select("branch", "region").iter_rows()))

    def region(self, region: str) -> str:
        return self.run.site.programme.regions[region].get(self.language)

    def divisions(self, here: pl.DataFrame) -> tuple[str, ...]:
        programme = self.run.site.programme
        return tuple(programme.divisions[one].get(self.language) for one in here["division"])

    def method(self) -> Method:
        run = self.run
        thresholds = run.site.programme.thresholds
        return Method(
            withheld_below=thresholds.withheld_below,
            ranked_from=thresholds.ranked_from,
            weighting=weighting_in_words(run.site.programme.weighting, self.language, self.gettext),
            instruments=tuple((one.name.get(self.language), one.source.get(self.language)) for one in run.instruments),
            software=run.software,
            inputs=run.inputs,
            accepted=run.accepted,
            quarantined=run.quarantined,
            definitions=_defining(run),
        )

    def trend(self, instrument: str, level: str, unit: str, notes: dict[str, str]) -> tuple[TrendPoint, ...]:
        known = self._whole.periods(instrument, level, unit)
        months = [str(self.run.month.plus(-back)) for back in range(TREND_MONTHS - 1, -1, -1)]
        return tuple(
            TrendPoint(
                period=period,
                month=self.tables.figure(period, instrument, level, unit),
                rolling_3=self._rolled(period, instrument, level, unit, "rolling_3"),
                rolling_12=self._rolled(period, instrument, level, unit, "rolling_12"),
                network=self.tables.figure(period, instrument, "network", "network"),
                note=notes.get(period, ""),
            )
            for period in months
            if known and period >= known[0]
        )

    def _rolled(self, period: str, instrument: str, level: str, unit: str, window: str) -> Figure | None:
        found = self.tables.figure(period, instrument, level, unit, window=window)
        return None if found is NOTHING else found


def _defining(run: Run) -> tuple[tuple[str, str], ...]:
    """The programme, its instruments asked in the month, and the population behind its weights."""
    programme = run.site.programme
    wanted = [run.site.file.name, *(f"instruments/{one.id}.toml" for one in run.instruments), programme.population]
    return tuple((name, digest) for name, digest in run.definitions if name in wanted)


def _open(branches: pl.DataFrame, month: Month) -> pl.DataFrame:
    return branches.filter(
        (pl.col("valid_from") <= month.last_day) & (pl.col("valid_to").fill_null(OPEN_END) >= month.first_day)
    )
