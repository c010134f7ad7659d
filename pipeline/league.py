"""From the score table to the headquarters pack."""

from pipeline import regions, restated, standing
from pipeline.breaks import breaks
from pipeline.closing import status
from pipeline.instrument import Instrument
from pipeline.network_view import League, LeagueLine, NetworkReport
from pipeline.pages import Pages
from pipeline.quality import Quality
from pipeline.quality_page import quality_block
from pipeline.weighting_page import weighting_blocks


def network(pages: Pages, found: Quality) -> NetworkReport:
    run = pages.run
    programme = run.site.programme
    return NetworkReport(
        language=pages.language,
        programme=programme.name.get(pages.language),
        period=run.period,
        cutoff=run.cutoff,
        status=status(run.site, run.month),
        run_id=run.run_id,
        leagues=tuple(_league(pages, one) for one in run.instruments),
        method=pages.method(),
        restatement=restated.restatement(pages),
        weighting=weighting_blocks(pages),
        quality=quality_block(pages, found),
    )


def _league(pages: Pages, instrument: Instrument) -> League:
    run, tables, one = pages.run, pages.tables, instrument.id
    programme = run.site.programme
    invited, rate = tables.response(run.period, one, "network", "network")
    lines = [_line(pages, instrument, "branch", branch) for branch in pages.branches()]
    place = {"ok": 0, "partial": 1, "caution": 1, "withheld": 2, "none": 2}
    lines.sort(key=lambda line: (place[line.figure.flag], line.rank or 0, line.branch))
    return League(
        instrument=one,
        name=instrument.name.get(pages.language),
        points=instrument.points,
        rule=instrument.rule,
        network=tables.figure(run.period, one, "network", "network"),
        on_month=tables.compared(one, "network", "network", "index", "last_month"),
        on_year=tables.compared(one, "network", "network", "index", "last_year"),
        invited=invited,
        response_rate=rate,
        factor_names=tuple(factor.name.get(pages.language) for factor in instrument.factor),
        factor_network=tuple(
            tables.figure(run.period, one, "network", "network", factor.id) for factor in instrument.factor
        ),
        regions=tuple(_line(pages, instrument, "region", unit) for unit in programme.regions),
        divisions=tuple(_line(pages, instrument, "division", unit) for unit in programme.divisions),
        lines=tuple(lines),
        trend=pages.trend(one, "network", "network", breaks(pages, instrument)),
        restated=restated.lines(pages, instrument),
        heat=regions.heat(pages, instrument),
        funnel=standing.funnel(pages, instrument),
        movers=standing.movers(pages, instrument),
        coverage=regions.coverage(pages, instrument),
        split=regions.split(pages, instrument),
    )


def _line(pages: Pages, instrument: Instrument, level: str, unit: str) -> LeagueLine:
    run, tables, one = pages.run, pages.tables, instrument.id
    programme = run.site.programme
    region, divisions = "", tuple[str, ...]()
    if level == "branch":
        here = pages.place(unit)
        region, divisions = pages.region(here["region"][0]), pages.divisions(here)
        name = pages.names[unit]
    else:
        name = (programme.regions if level == "region" else programme.divisions)[unit].get(pages.language)
    row = tables.row(run.period, one, level, unit, "index") or {}
    return LeagueLine(
        rank=tables.rank(run.period, one, level, unit)[0],
        branch=unit,
        name=name,
        region=region,
        divisions=divisions,
        figure=tables.figure(run.period, one, level, unit),
        response_rate=tables.response(run.period, one, level, unit)[1],
        on_month=tables.compared(one, level, unit, "index", "last_month"),
        on_year=tables.compared(one, level, unit, "index", "last_year"),
        on_network=tables.compared(one, level, unit, "index", "network"),
        factors=tuple(tables.figure(run.period, one, level, unit, factor.id) for factor in instrument.factor),
        rank_low=row.get("rank_low"),
        rank_high=row.get("rank_high"),
        group=row.get("tier_group"),
    )
