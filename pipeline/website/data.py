"""What the scripts of the site read: the league of each instrument and each branch by itself, as JavaScript files.

Files, because a page opened from disk may load a script but read nothing. Figures travel as they are printed,
digit for digit; names in both languages.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipeline.instrument import Instrument
from pipeline.page import shown
from pipeline.shown import above_zero
from pipeline.view import Comparison, Figure
from pipeline.website.reader import AGAINST, Reader
from pipeline.website.view import Rank, Survey, Unit

LANGUAGES = ("zh", "en")
_ESCAPED = {ord(one): f"\\u{ord(one):04x}" for one in "&<>\u2028\u2029"}


def script(call: str, data: Any) -> str:
    """A call with data, for a file or a script element: no markup and no line end of JavaScript is left in it."""
    return f"{call}({text(data)});\n"


def text(data: Any) -> str:
    """JSON that may stand inside an HTML script element."""
    return json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)


def _plain(data: Any) -> Any:
    if isinstance(data, str):
        return shown(data)
    if isinstance(data, Decimal):
        return str(data)
    if isinstance(data, Mapping):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return data


def league(reader: Reader, instrument: Instrument, survey: Survey) -> dict[str, Any]:
    """rows: one per branch: [id, names, region, divisions, rank, figure, [last month, last year, network], factors]."""
    programme = reader.pages.run.site.programme
    run = reader.pages.run
    names = {one: run.hierarchy.names(run.month, one) for one in LANGUAGES}
    units = {branch: reader.unit(instrument, branch) for branch in reader.branches}
    return {
        "instrument": instrument.id,
        "points": instrument.points,
        "network": figure(survey.network.figure),
        "networkFactors": [figure(one) for one in survey.network.factors],
        "factors": [{one: factor.name.get(one) for one in LANGUAGES} for factor in instrument.factor],
        "regions": {key: {one: name.get(one) for one in LANGUAGES} for key, name in programme.regions.items()},
        "divisions": {key: {one: name.get(one) for one in LANGUAGES} for key, name in programme.divisions.items()},
        "rows": [
            [
                branch,
                [names[one][branch] for one in LANGUAGES],
                *reader.place(branch),
                rank(unit.rank),
                figure(unit.figure),
                [short(unit.against[one]) for one in ("last_month", "last_year", "network")],
                [one.estimate for one in unit.factors],
            ]
            for branch, unit in units.items()
        ],
    }


def branch(reader: Reader, unit: str) -> dict[str, Any]:
    """A branch by every instrument, to set beside others."""
    blocks = {one.id: reader.unit(one, unit) for one in reader.pages.run.instruments}
    return {"id": unit, "blocks": {instrument: _block(one) for instrument, one in blocks.items()}}


def _block(unit: Unit) -> dict[str, Any]:
    return {
        "figure": figure(unit.figure),
        "rank": rank(unit.rank),
        "rate": unit.rate,
        "against": {one: compared(unit.against[one]) for one in AGAINST},
        "factors": [figure(one) for one in unit.factors],
        "trend": [[point.period, *figure(point.month)] for point in unit.trend],
    }


def figure(one: Figure) -> list[Any]:
    """[estimate, low, high, n, flag]."""
    return [one.estimate, one.low, one.high, one.n, one.flag]


def rank(one: Rank) -> list[int | None]:
    return [one.place, one.low, one.high, one.of]


def short(one: Comparison) -> list[Any]:
    """[difference, verdict]."""
    return [one.difference, one.verdict]


def compared(one: Comparison) -> list[Any]:
    """[difference, low, high, verdict, q as it is printed]."""
    return [one.difference, one.low, one.high, one.verdict, None if one.q is None else above_zero(one.q)]
