"""The network by its regions: factors, bases, and what made an index change."""

from collections import Counter

from pipeline.instrument import Instrument
from pipeline.network_blocks import CoverageLine, HeatLine, SplitLine
from pipeline.pages import Pages


def units(pages: Pages, *levels: str) -> list[tuple[str, str, str]]:
    """(level, unit, its name) of the network, the regions, the divisions."""
    programme, language = pages.run.site.programme, pages.language
    named = {"region": programme.regions, "division": programme.divisions}
    found = []
    for level in levels:
        if level == "network":
            found.append((level, level, pages.gettext("Network")))
        else:
            found += [(level, unit, name.get(language)) for unit, name in named[level].items()]
    return found


def heat(pages: Pages, instrument: Instrument) -> tuple[HeatLine, ...]:
    """Network, regions, divisions by index and factors."""
    tables, period, one = pages.tables, pages.run.period, instrument.id
    measures = ("index", *(factor.id for factor in instrument.factor))
    return tuple(
        HeatLine(
            "" if level == "network" else unit,
            name,
            tuple(
                (
                    tables.figure(period, one, level, unit, measure),
                    tables.compared(one, level, unit, measure, "network"),
                )
                for measure in measures
            ),
        )
        for level, unit, name in units(pages, "network", "region", "division")
    )


def coverage(pages: Pages, instrument: Instrument) -> tuple[CoverageLine, ...]:
    """The network, then its regions; branches open in the month, by the flag of their index."""
    tables, period, one = pages.tables, pages.run.period, instrument.id
    flags = {branch: tables.figure(period, one, "branch", branch).flag for branch in pages.homes}
    lines = []
    for level, unit, name in units(pages, "network", "region"):
        mine = [branch for branch, region in pages.homes.items() if level == "network" or region == unit]
        counts = Counter(flags[branch] for branch in mine)
        invited, rate = tables.response(period, one, level, unit)
        lines.append(
            CoverageLine(
                unit="" if level == "network" else unit,
                name=name,
                branches=len(mine),
                answered=len(mine) - counts["none"],
                ranked=counts["ok"],
                partial=counts["partial"],
                caution=counts["caution"],
                withheld=counts["withheld"],
                none=counts["none"],
                n=tables.figure(period, one, level, unit).n,
                invited=invited,
                response_rate=rate,
            )
        )
    return tuple(lines)


def split(pages: Pages, instrument: Instrument) -> tuple[SplitLine, ...]:
    """Change on last month, then on last year, of the network and its regions; none where the other month has none or
    other factors."""
    rows = pages.tables.change_split
    return tuple(
        SplitLine(
            "" if level == "network" else unit,
            name,
            against,
            *(row[f"printed_{part}"] for part in ("performance", "mix", "entered", "left", "total")),
        )
        for against in ("last_month", "last_year")
        for level, unit, name in units(pages, "network", "region")
        if (row := rows.get((instrument.id, level, unit, against)))
    )
