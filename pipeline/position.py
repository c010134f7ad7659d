"""Where a branch stands: its ranks and the ranks it may have, and all ranked branches in a strip."""

from pipeline.detail import Mark, Standing, Strip
from pipeline.figures import Tables
from pipeline.instrument import Instrument
from pipeline.pages import Pages


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
    """Of the ranked branches. Other branches' rows are read through and not looked up: they are no part of what stands
    behind this page."""
    ranked = pages.kept(f"ranked {instrument.id}", lambda: _ranked(pages.tables, pages.run.period, instrument.id))
    return Strip(
        tuple(
            Mark(low, estimate, high, "here" if one == branch else "region" if home == region else "other")
            for one, home, low, estimate, high in ranked
        )
    )


def _ranked(tables: Tables, period: str, instrument: str) -> list[tuple[str, str, float, float, float]]:
    """branch, its region, low end, estimate, high end of every ranked branch: best first, then by branch."""
    homes = {row["branch"]: row["group"] for row in tables.standing.values()
             if (row["instrument"], row["within"]) == (instrument, "region")}  # fmt: skip
    found = [
        (row["rank"], key[3], homes[key[3]], *(float(row[name]) for name in ("printed_low", "printed", "printed_high")))
        for key, row in tables.scores.items()
        if key[:3] == (period, instrument, "branch")
        and key[4:] == ("index", "mean", "month")
        and row["rank"] is not None
    ]
    return [one[1:] for one in sorted(found)]
