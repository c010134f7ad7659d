"""From the published tables to what the pages of the site say. Looks up; computes nothing."""

from functools import cache
from pathlib import Path

import polars as pl

from pipeline.breaks import breaks
from pipeline.instrument import Instrument
from pipeline.pages import Pages
from pipeline.scorecard import part_line
from pipeline.view import Figure
from pipeline.website.view import Block, Branch, Factor, FactorLine, Rank, Survey, Unit

AGAINST = ("last_month", "last_year", "network", "region", "peers", "target")


class Reader:
    """The tables of one month in one language. folder: the month's, to see which pages were printed."""

    def __init__(self, pages: Pages, folder: Path) -> None:
        self.pages = pages
        self.tables = pages.tables
        self.period = pages.run.period
        self.folder = folder
        self.branches = pages.branches()
        self._place = cache(pages.place)

    def survey(self, instrument: Instrument) -> Survey:
        programme = self.pages.run.site.programme
        language = self.pages.language
        notes = breaks(self.pages, instrument)
        flags = [self._figure(instrument.id, "branch", one).flag for one in self.branches]
        ranks = [self._rank(instrument.id, "branch", one).place for one in self.branches]
        hidden = sum(one in ("withheld", "none") for one in flags)
        ranked = sum(one is not None for one in ranks)
        return Survey(
            id=instrument.id,
            name=instrument.name.get(language),
            points=instrument.points,
            network=self._unit(instrument, "network", "network", self.pages.gettext("Network"), notes),
            regions=tuple(
                self._unit(instrument, "region", one, name.get(language), notes)
                for one, name in programme.regions.items()
            ),
            divisions=tuple(
                self._unit(instrument, "division", one, name.get(language), notes)
                for one, name in programme.divisions.items()
            ),
            factors=tuple(self._factor(instrument, one.id, one.name.get(language)) for one in instrument.factor),
            ranked=ranked,
            shown=len(flags) - ranked - hidden,
            hidden=hidden,
        )

    def branch(self, branch: str) -> Branch:
        here = self._place(branch)
        region, tier = here["region"][0], here["tier"][0]
        programme = self.pages.run.site.programme
        return Branch(
            id=branch,
            name=self.pages.names[branch],
            region=region,
            region_name=self.pages.region(region),
            divisions=tuple(here["division"]),
            division_names=self.pages.divisions(here),
            tier=programme.tiers[tier].get(self.pages.language) if tier else "",
            note=self._closed(here),
            blocks=tuple(self._block(one, branch, region, here) for one in self.pages.run.instruments),
            pdfs=self._pdfs(branch),
        )

    def unit(self, instrument: Instrument, branch: str, notes: dict[str, str] | None = None) -> Unit:
        """A branch by one instrument."""
        return self._unit(instrument, "branch", branch, self.pages.names[branch], notes or {})

    def place(self, branch: str) -> tuple[str, tuple[str, ...]]:
        """The region and divisions of a branch, by id."""
        here = self._place(branch)
        return here["region"][0], tuple(here["division"])

    def _unit(self, instrument: Instrument, level: str, unit: str, name: str, notes: dict[str, str]) -> Unit:
        one = instrument.id
        invited, rate = self.tables.response(self.period, one, level, unit)
        return Unit(
            id=unit,
            name=name,
            figure=self._figure(one, level, unit),
            rank=self._rank(one, level, unit),
            invited=invited,
            rate=rate,
            against={against: self.tables.compared(one, level, unit, "index", against) for against in AGAINST},
            factors=tuple(self._figure(one, level, unit, factor.id) for factor in instrument.factor),
            trend=self.pages.trend(one, level, unit, notes),
        )

    def _factor(self, instrument: Instrument, factor: str, name: str) -> Factor:
        one = instrument.id
        return Factor(
            id=factor,
            name=name,
            weight=self.tables.weight(self.period, one, factor),
            figure=self._figure(one, "network", "network", factor),
            on_month=self.tables.compared(one, "network", "network", factor, "last_month"),
            on_year=self.tables.compared(one, "network", "network", factor, "last_year"),
        )

    def _block(self, instrument: Instrument, branch: str, region: str, here: pl.DataFrame) -> Block:
        one, tables = instrument.id, self.tables
        lines = tuple(
            FactorLine(
                id=factor.id,
                name=factor.name.get(self.pages.language),
                weight=tables.weight(self.period, one, factor.id),
                figure=self._figure(one, "branch", branch, factor.id),
                on_month=tables.compared(one, "branch", branch, factor.id, "last_month"),
                on_network=tables.compared(one, "branch", branch, factor.id, "network"),
                region=self._figure(one, "region", region, factor.id),
                network=self._figure(one, "network", "network", factor.id),
            )
            for factor in instrument.factor
        )
        parts = tuple(
            part_line(self.pages, instrument, branch, part, name)
            for part, name in zip(here["division"], self.pages.divisions(here), strict=True)
        )
        return Block(
            id=one,
            name=instrument.name.get(self.pages.language),
            points=instrument.points,
            unit=self.unit(instrument, branch, breaks(self.pages, instrument, branch)),
            region=self._figure(one, "region", region),
            network=self._figure(one, "network", "network"),
            factors=lines,
            parts=parts if instrument.rule == "mean_of_dimensions" and len(parts) > 1 else (),
        )

    def _figure(self, instrument: str, level: str, unit: str, measure: str = "index") -> Figure:
        return self.tables.figure(self.period, instrument, level, unit, measure)

    def _rank(self, instrument: str, level: str, unit: str) -> Rank:
        row = self.tables.row(self.period, instrument, level, unit, "index")
        if row is None or row["rank"] is None:
            return Rank(None, None, None, 0 if row is None else row["ranked"] or 0)
        return Rank(row["rank"], row["rank_low"], row["rank_high"], row["ranked"])

    def _closed(self, here: pl.DataFrame) -> str:
        last, successor = here["valid_to"][0], here["successor"][0]
        if last is None or last > self.pages.run.month.last_day:
            return ""
        gettext = self.pages.gettext
        if successor is None:
            return gettext("This branch closed on %(day)s.") % {"day": last}
        name = f"{successor} {self.pages.names.get(successor, '')}".strip()
        return gettext("This branch closed on %(day)s; %(branch)s serves its customers.") % {
            "day": last,
            "branch": name,
        }

    def _pdfs(self, branch: str) -> tuple[tuple[str, str], ...]:
        languages = self.pages.run.site.programme.languages
        own = self.pages.language
        found = []
        for language in sorted(languages, key=lambda one: (one != own, languages.index(one))):
            suffix = "" if language == languages[0] else f"-{language}"
            path = f"scorecards{suffix}/{branch}.pdf"
            if (self.folder / path).is_file():
                found.append((language, path))
        return tuple(found)
