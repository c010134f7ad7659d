"""From weighting.parquet to the block of the headquarters report that tells of the weights."""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from pipeline.instrument import Instrument
from pipeline.network_view import CategoryLine, WeightingBlock
from pipeline.pages import Pages
from pipeline.population import CELLS, SEPARATOR

MOST_LINES = 40  # categories listed; with more, those that weighting moved most


def weighting_blocks(pages: Pages, most: int | None = MOST_LINES) -> tuple[WeightingBlock, ...]:
    """One for each instrument whose responses of the month were weighted. most: categories of each, None: all."""
    found = pages.tables.weighting.filter(pl.col("period") == pages.run.period)
    of = {one.id: found.filter(pl.col("instrument") == one.id) for one in pages.run.instruments}
    return tuple(_block(pages, one, of[one.id], most) for one in pages.run.instruments if of[one.id].height)


def _block(pages: Pages, instrument: Instrument, table: pl.DataFrame, most: int | None) -> WeightingBlock:
    values: dict[tuple[str, str], dict[str, float]] = {}
    for margin, category, statistic, value in table.drop("period", "instrument").iter_rows():
        values.setdefault((margin, category), {})[statistic] = value
    overall = values.pop(("", ""))
    kept = sorted(values, key=lambda key: -abs(values[key]["target_share"] - values[key]["before_share"]))[:most]
    lines = []
    for margin, category in values:
        if (margin, category) in kept:
            one = values[margin, category]
            shares = (_rounded(one[f"{name}_share"], 1) for name in ("before", "after", "target"))
            names = _margin(pages, margin), _category(pages, margin, category)
            lines.append(CategoryLine(*names, int(one["responses"]), *shares))
    return WeightingBlock(
        name=instrument.name.get(pages.language),
        n=int(overall["n"]),
        effective_n=_rounded(overall["effective_n"], 1),
        design_effect=_rounded(overall["design_effect"], 2),
        lowest=_rounded(overall["min"], 2),
        median=_rounded(overall["median"], 2),
        highest=_rounded(overall["max"], 2),
        iterations=int(overall["iterations"]),
        trimmed=int(overall["trimmed"]) if "high_bound" in overall else None,
        lines=tuple(lines),
        left_out=len(values) - len(lines),
    )


def _rounded(value: float, decimals: int) -> Decimal:
    """Once, half away from zero, from the digits that are stored."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _margin(pages: Pages, margin: str) -> str:
    return pages.gettext("cells") if margin == CELLS else margin


def _category(pages: Pages, margin: str, category: str) -> str:
    """The names of what has one, else the ids."""
    weighting = pages.run.site.programme.weighting
    by = weighting.cells if margin == CELLS else next(one.by for one in weighting.margin if one.id == margin)
    parts = [category] if len(by) == 1 else category.split(SEPARATOR)
    return " / ".join(_named(pages, field, part) for field, part in zip(by, parts, strict=False))


def _named(pages: Pages, field: str, value: str) -> str:
    programme = pages.run.site.programme
    names = {"region": programme.regions, "division": programme.divisions, "branch_tier": programme.tiers}
    if not value:
        return pages.gettext("not given")
    if field == "branch":
        return pages.names.get(value, value)
    known = names.get(field, {})
    return known[value].get(pages.language) if value in known else value
