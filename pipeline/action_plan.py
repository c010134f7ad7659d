"""The actions of a branch on its page, with what became of the measures they are to raise."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from pipeline.detail import ActionLine, Plan
from pipeline.instrument import Instrument
from pipeline.pages import Pages

MOST = 3  # actions a page has room for
PENDING = ("open", "under_way")


def plan(pages: Pages, instrument: Instrument, branch: str) -> Plan:
    """The first actions, as many as a page has room for."""
    if pages.run.site.programme.actions is None:
        return Plan(False, (), 0)
    found = lines(pages, instrument, branch)
    return Plan(True, found[:MOST], len(found[MOST:]))


def lines(pages: Pages, instrument: Instrument, branch: str) -> tuple[ActionLine, ...]:
    """The actions of this month, and those of the months before that are not done yet; the next due first."""
    run = pages.run
    mine = pages.kept(f"actions {instrument.id}", lambda: _listed(pages, instrument)).get(branch, [])
    names = {"index": pages.gettext("Index"), **{one.id: one.name.get(pages.language) for one in instrument.factor}}
    return tuple(
        ActionLine(
            names[row["measure"]],
            row["action"],
            row["owner"],
            row["due"].isoformat(),
            row["status"],
            row["status"] in PENDING and row["due"] <= date.fromisoformat(run.cutoff),
            pages.tables.compared(instrument.id, "branch", branch, row["measure"], "last_month").reference,
            pages.tables.figure(run.period, instrument.id, "branch", branch, row["measure"]).estimate,
        )
        for row in mine
    )


def _listed(pages: Pages, instrument: Instrument) -> Mapping[str, Sequence[dict[str, Any]]]:
    """branch -> its rows of the list of actions, the next due first."""
    run = pages.run
    rows = run.actions.filter(
        (pl.col("instrument") == instrument.id)
        & ((pl.col("period") == run.period) | (pl.col("period") < run.period) & pl.col("status").is_in(PENDING))
    ).sort("due", maintain_order=True)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["branch"], []).append(row)
    return found
