"""From the score table to one branch's page."""

import polars as pl

from pipeline.breaks import breaks
from pipeline.closing import status
from pipeline.details import detail
from pipeline.instrument import Instrument
from pipeline.pages import Pages
from pipeline.view import FactorLine, IndexBlock, PartLine, Scorecard


def scorecard(pages: Pages, branch: str) -> Scorecard:
    run = pages.run
    programme = run.site.programme
    here = pages.place(branch)
    region, tier = here["region"][0], here["tier"][0]
    return Scorecard(
        language=pages.language,
        programme=programme.name.get(pages.language),
        branch=branch,
        name=pages.names[branch],
        region=pages.region(region),
        divisions=pages.divisions(here),
        tier=programme.tiers[tier].get(pages.language) if tier else "",
        period=run.period,
        cutoff=run.cutoff,
        status=status(run.site, run.month),
        run_id=run.run_id,
        note=_closing(pages, here),
        blocks=tuple(_block(pages, one, branch, region, here) for one in run.instruments),
        method=pages.method(),
    )


def _closing(pages: Pages, here: pl.DataFrame) -> str:
    last, successor = here["valid_to"][0], here["successor"][0]
    if last is None or last > pages.run.month.last_day:
        return ""
    if successor is None:
        return pages.gettext("This branch closed on %(day)s.") % {"day": last}
    return pages.gettext("This branch closed on %(day)s; %(branch)s serves its customers.") % {
        "day": last,
        "branch": f"{successor} {pages.names.get(successor, '')}".strip(),
    }


def _block(pages: Pages, instrument: Instrument, branch: str, region: str, here: pl.DataFrame) -> IndexBlock:
    period, tables, one = pages.run.period, pages.tables, instrument.id
    rank, ranked = tables.rank(period, one, "branch", branch)
    invited, rate = tables.response(period, one, "branch", branch)
    divisions = dict(zip(here["division"], pages.divisions(here), strict=True))
    parts = () if instrument.rule != "mean_of_dimensions" else tuple(
        part_line(pages, instrument, branch, part, name) for part, name in divisions.items()
    )  # fmt: skip
    compared = {
        against: tables.compared(one, "branch", branch, "index", against)
        for against in ("last_month", "last_year", "network", "region", "target")
    }
    headline = tables.figure(period, one, "branch", branch)
    return IndexBlock(
        instrument=one,
        name=instrument.name.get(pages.language),
        points=instrument.points,
        rule=instrument.rule,
        headline=headline,
        on_month=compared["last_month"],
        on_year=compared["last_year"],
        on_network=compared["network"],
        on_region=compared["region"],
        on_target=compared["target"],
        region=tables.figure(period, one, "region", region),
        network=tables.figure(period, one, "network", "network"),
        rank=rank,
        ranked=ranked,
        invited=invited,
        response_rate=rate,
        factors=tuple(_factor(pages, instrument, place, branch, region) for place in range(len(instrument.factor))),
        parts=parts,
        trend=pages.trend(one, "branch", branch, breaks(pages, instrument, branch)),
        detail=detail(pages, instrument, branch, region, headline),
    )


def part_line(pages: Pages, instrument: Instrument, branch: str, part: str, name: str) -> PartLine:
    """The index of one division of a branch. name: of the division."""
    period, tables, one, unit = pages.run.period, pages.tables, instrument.id, f"{branch}/{part}"
    figure = tables.figure(period, one, "part", unit)
    missing = tuple(
        factor.name.get(pages.language)
        for factor in instrument.factor
        if figure.flag == "partial" and tables.figure(period, one, "part", unit, factor.id).estimate is None
    )
    return PartLine(part, name, figure, missing)


def _factor(pages: Pages, instrument: Instrument, place: int, branch: str, region: str) -> FactorLine:
    factor = instrument.factor[place]
    period, tables, one = pages.run.period, pages.tables, instrument.id
    return FactorLine(
        id=factor.id,
        name=factor.name.get(pages.language),
        weight=tables.weight(period, one, factor.id),
        figure=tables.figure(period, one, "branch", branch, factor.id),
        on_month=tables.compared(one, "branch", branch, factor.id, "last_month"),
        region=tables.figure(period, one, "region", region, factor.id),
        network=tables.figure(period, one, "network", "network", factor.id),
        on_network=tables.compared(one, "branch", branch, factor.id, "network"),
        contribution=tables.contribution(one, "branch", branch, factor.id),
    )
