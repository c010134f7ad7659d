"""Where a branch stands: its ranks and the ranks it may have, and all ranked branches in a strip."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.detail import Standing, Strip
from pipeline.figures import Tables
from pipeline.instrument import Instrument
from pipeline.pages import Pages


@dataclass(frozen=True)
class Ranked:
    """The ranked branches of an instrument, best first, by branch within one rank."""

    branches: tuple[str, ...]
    regions: tuple[str, ...]
    lows: tuple[Decimal, ...]
    estimates: tuple[Decimal, ...]
    highs: tuple[Decimal, ...]


def standings(pages: Pages, instrument: Instrument, branch: str, region: str) -> tuple[Standing, ...]:
    """In the network, the region and, where they are declared, the peers; () where it is not ranked."""
    names = {
        "network": pages.gettext("Network"),
        "region": pages.region(region),
        "peers": pages.gettext("Peers and itself"),
    }
    found = ((name, pages.tables.standing.get((instrument.id, within, branch))) for within, name in names.items())
    return tuple(
        Standing(name, row["rank"], row["rank_low"], row["rank_high"], row["ranked"])
        for name, row in found
        if row is not None
    )


def strip(pages: Pages, instrument: Instrument, branch: str, region: str) -> Strip:
    ranked = pages.kept(f"ranked {instrument.id}", lambda: _ranked(pages.tables, pages.run.period, instrument.id))
    return Strip(
        ranked.lows,
        ranked.estimates,
        ranked.highs,
        ranked.branches.index(branch) if branch in ranked.branches else None,
        tuple(place for place, one in enumerate(ranked.regions) if one == region),
    )


def _ranked(tables: Tables, period: str, instrument: str) -> Ranked:
    branches = [key[2] for key in tables.standing if key[:2] == (instrument, "network")]
    rows = {one: tables.row(period, instrument, "branch", one, "index") for one in branches}
    placed = sorted((row["rank"], one, row) for one, row in rows.items() if row is not None)
    return Ranked(
        tuple(one for _, one, _ in placed),
        tuple(tables.standing[instrument, "region", one]["group"] for _, one, _ in placed),
        tuple(row["printed_low"] for _, _, row in placed),
        tuple(row["printed"] for _, _, row in placed),
        tuple(row["printed_high"] for _, _, row in placed),
    )
