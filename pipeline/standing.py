"""How branches stand: which are outside what chance allows, which moved."""

from decimal import Decimal
from typing import cast

from pipeline.instrument import Instrument
from pipeline.network_blocks import Funnel, FunnelPoint, Mover, Movers, Outside
from pipeline.pages import Pages

MOST_LISTED = 20  # branches listed above or below
_LIMITS = ("funnel_low998", "funnel_low95", "funnel_high95", "funnel_high998")
_FAR = {"above_998": 0, "below_998": 0, "above_95": 1, "below_95": 1}


def where(pages: Pages, branch: str) -> tuple[str, str]:
    """Name and region of a branch of the month."""
    return pages.names[branch], pages.region(pages.homes[branch])


def funnel(pages: Pages, instrument: Instrument) -> Funnel | None:
    """None where fewer than two branches have a whole index."""
    tables, period, one = pages.tables, pages.run.period, instrument.id
    real = tables.reliability.get((one, "month", "branch", "index"))
    if real is None:
        return None
    points, hidden = [], 0
    for branch in pages.homes:
        row = tables.row(period, one, "branch", branch, "index")
        if row is None or row["outside"] is None:
            hidden += 1
            continue
        low998, low95, high95, high998 = (Decimal(row[f"printed_{limit}"]) for limit in _LIMITS)
        points.append(
            FunnelPoint(
                branch,
                *where(pages, branch),
                tables.figure(period, one, "branch", branch),
                row["n_eff"],
                (low998, low95, high95, high998),
                cast(Outside, row["outside"]),
            )
        )
    points.sort(key=lambda point: (point.effective_n, point.branch))
    centre = real["printed_centre"]
    outside = sorted(
        (point for point in points if point.outside != "no"),
        key=lambda point: (_FAR[point.outside], -abs((point.figure.estimate or centre) - centre), point.branch),
    )
    return Funnel(
        points=tuple(points),
        centre=centre,
        reliability=real["printed_reliability"],
        outside=tuple(outside[:MOST_LISTED]),
        left_out=len(outside[MOST_LISTED:]),
        hidden=hidden,
    )


def movers(pages: Pages, instrument: Instrument) -> Movers:
    """By the stored verdict on the change of the index on last month."""
    tables, period, one = pages.tables, pages.run.period, instrument.id
    found: dict[str, list[Mover]] = {"better": [], "worse": []}
    compared = 0
    for branch in pages.homes:
        change = tables.compared(one, "branch", branch, "index", "last_month")
        if change.difference is None:
            continue
        compared += 1
        if change.verdict in found:
            figure = tables.figure(period, one, "branch", branch)
            found[change.verdict].append(Mover(branch, *where(pages, branch), figure, change))
    for side in found.values():
        side.sort(key=lambda mover: (-abs(mover.change.difference or Decimal(0)), mover.branch))
    up, down = found["better"], found["worse"]
    left_out = len(up[MOST_LISTED:]) + len(down[MOST_LISTED:])
    return Movers(tuple(up[:MOST_LISTED]), tuple(down[:MOST_LISTED]), compared, left_out)
