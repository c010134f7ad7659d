"""View-model → HTML: templates, and the geometry of the drawings.

Templates print values and place marks; nothing printed is computed here. What is computed
are positions: axes, running positions of the waterfall, unbroken stretches of a line.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import drawing, network_drawing
from pipeline.axis import Axis
from pipeline.catalogue import REPORTS, translator
from pipeline.compiled import Compiled
from pipeline.network_view import League, NetworkReport
from pipeline.shown import above_zero
from pipeline.texts import cut
from pipeline.view import Figure, IndexBlock, Scorecard, TrendPoint

# Control, format and bidirectional characters: invisible, and able to turn a page's text round.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufe00-\ufe0f"
    "\U000e0001-\U000e01ef]"
)


def page(view: Scorecard | NetworkReport) -> str:
    """The HTML of one page set in the view's own language ("zh" or "en").

    Everything in the view is escaped; characters that would not show are taken out. Raises
    TextMissing, or ValueError if a None was about to be printed.
    """
    template = "scorecard.html.j2" if isinstance(view, Scorecard) else "network.html.j2"
    return html(template, view.language, v=view)


def html(template: str, language: str, **values: Any) -> str:
    """A template filled in, under the same conditions."""
    return shown(_environment(language).get_template(template).render(**values))


def block(template: str, name: str, language: str, *given: Any) -> str:
    """One block of a page, by the macro that prints it."""
    return shown(str(getattr(_environment(language).get_template(template).module, name)(*given)))


def shown(text: str) -> str:
    """The text without what would not show."""
    return _INVISIBLE.sub("", text)


def style(language: str) -> str:
    """The print style sheet."""
    return _environment(language).get_template("print.css").render()


def environment(language: str, kind: str, **more: Any) -> Environment:
    """Templates in a language, with the month filter. kind: a name for these options; more: of jinja2.Environment."""
    made = Environment(
        loader=FileSystemLoader(REPORTS / "templates"),
        bytecode_cache=Compiled(REPORTS / "templates", f"{kind}-{language}"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        **more,
    )
    translate = translator(language)

    def translate_plural(singular: str, plural: str, number: int) -> str:
        return translate(singular if number == 1 else plural)

    made.install_gettext_callables(translate, translate_plural, newstyle=True)  # type: ignore[attr-defined]
    made.filters["month"] = lambda period: _month(period, language, long=True)
    made.globals.update(language=language)
    return made


@cache
def _environment(language: str) -> Environment:
    made = environment(language, "page", finalize=_printed)
    made.filters["signed"] = signed
    made.filters["above_zero"] = above_zero
    made.filters["cut"] = cut
    made.filters["short_month"] = lambda period: short_month(period, language)
    made.globals.update(
        score_axis=score_axis,
        trend_axis=trend_axis,
        league_axis=league_axis,
        waterfall=waterfall,
        runs=runs,
        heat=heat,
        strip_axis=drawing.strip_axis,
        placed=drawing.placed,
        aims_axis=drawing.aims_axis,
        stacks=drawing.stacks,
        matrix=drawing.matrix,
        columns=drawing.columns,
        trend_height=drawing.trend_height,
        funnel_plane=network_drawing.funnel_plane,
        limit_lines=network_drawing.limit_lines,
        labels=network_drawing.labels,
    )
    return made


def signed(value: Decimal) -> str:
    """+3.2, −1.0 with a true minus, 0.0: the digits as they are."""
    digits = str(abs(value))
    return f"+{digits}" if value > 0 else f"−{digits}" if value < 0 else digits


def _printed(value: Any) -> Any:
    """What {{ … }} prints: decimals digit for digit, lengths in 1/100; None is a mistake."""
    if value is None:
        raise ValueError("a figure that may not be shown was about to be printed as None")
    if isinstance(value, Decimal):
        return str(value).replace("-", "−")
    return f"{value:.2f}" if isinstance(value, float) else value


def short_month(period: str, language: str) -> str:
    """A month as the heads of a trend have it, without its year."""
    return _month(period, language, long=False)


def _month(period: str, language: str, *, long: bool) -> str:
    year, month = map(int, period.split("-"))
    if language == "zh":
        return f"{year}年{month}月" if long else f"{month}月"
    return str(format_date(date(year, month, 1), "MMMM y" if long else "LLL", locale=language))


def score_axis(block: IndexBlock) -> Axis:
    """The one axis of an instrument's scores: the upper half of the scale, which nearly every
    figure lies in, longer downwards by tenths of the scale where one does not."""
    lines = block.factors
    return upper_axis(
        block.points,
        [
            block.headline,
            block.network,
            block.region,
            *(part.figure for part in block.parts),
            *(f for line in lines for f in (line.figure, line.region, line.network)),
        ],
    )


def league_axis(league: League) -> Axis:
    """The axis of every bar of a league table, its regions and its divisions."""
    lines = (*league.lines, *league.regions, *league.divisions)
    return upper_axis(league.points, [league.network, *(line.figure for line in lines)])


def upper_axis(points: int, figures: Iterable[Figure]) -> Axis:
    low, tenth = points // 2, points // 10
    lowest = min((f.low for f in figures if f.low is not None), default=Decimal(points))
    while low > 0 and lowest < low:
        low -= tenth
    return Axis(low, points, tuple(range(low, points + 1, tenth)))


def trend_axis(points: int, trend: Sequence[TrendPoint]) -> Axis:
    """An axis round all that a trend draws, in steps of a twentieth of the scale (a tenth when
    there would be more than five), at least three steps long."""
    figures = [f for p in trend for f in (p.month, p.rolling_3, p.rolling_12, p.network) if f]
    drawn = [float(x) for f in figures for x in (f.low, f.estimate, f.high) if x is not None]
    lowest, highest = min(drawn, default=points * 0.7), max(drawn, default=points * 0.8)
    step = points // 20
    if highest - lowest > 5 * step:
        step *= 2
    low, high = int(lowest // step) * step, -int(-highest // step) * step
    while high - low < 3 * step:
        if lowest - low < high - highest or high >= points:
            low -= step
        else:
            high += step
    return Axis(low, high, tuple(range(low, high + 1, step)))


def waterfall(block: IndexBlock) -> tuple[Axis, list[tuple[float, float]]] | None:
    """From the network's index to the unit's: one (from, to) per factor, in points. None where
    either index or a contribution is absent: the steps would not lead from one to the other."""
    start, end = block.network.estimate, block.headline.estimate
    contributions = [line.contribution for line in block.factors if line.contribution is not None]
    if start is None or end is None or len(contributions) < len(block.factors):
        return None
    position, steps = float(start), []
    for step in map(float, contributions):
        steps.append((position, position + step))
        position += step
    places = [float(start), float(end), *(to for _, to in steps)]
    room = max(0.1 * (max(places) - min(places)), block.points / 500)
    return Axis(min(places) - room, max(places) + room, ()), steps


def runs(trend: Sequence[TrendPoint], name: str) -> list[list[tuple[int, Figure]]]:
    """The unbroken stretches of one line of a trend, as (month's place, figure): a month
    without a figure or with a break note ends a stretch (the network's line has no breaks)."""
    stretches: list[list[tuple[int, Figure]]] = [[]]
    for place, point in enumerate(trend):
        figure: Figure | None = getattr(point, name)
        shown = figure is not None and figure.estimate is not None
        if stretches[-1] and (not shown or (point.note and name != "network")):
            stretches.append([])
        if figure is not None and shown:
            stretches[-1].append((place, figure))
    return [stretch for stretch in stretches if stretch]


def heat(value: Decimal, reference: Decimal | None, points: int) -> int:
    """How far a cell stands from its reference: 0, or ±1, ±2, ±3 from 1, 2.5 and 5 per cent of
    the scale upwards. A tint, never a verdict."""
    if reference is None:
        return 0
    share = (value - reference) * 100 / points
    level = sum(abs(share) >= bound for bound in (Decimal(1), Decimal("2.5"), Decimal(5)))
    return level if share > 0 else -level
