"""The blocks of a headquarters report that stand beside its league tables, made from a league."""

from dataclasses import replace
from decimal import Decimal

from pipeline.network_blocks import (
    CoverageLine,
    FlagLine,
    Funnel,
    FunnelPoint,
    HeatLine,
    Mover,
    Movers,
    Outside,
    QualityBlock,
    SourceLine,
    SplitLine,
)
from pipeline.network_view import League, LeagueLine
from pipeline.view import Comparison, Figure

NOTHING = Comparison(None, None, None, None, "none")


def whole(league: League, language: str) -> League:
    """The league with every block; its third line leads the second group."""
    lines = tuple(
        replace(line, rank_low=max(1, line.rank - 9), rank_high=line.rank + 14, group=1 if line.rank < 3 else 2)
        if line.rank
        else line
        for line in league.lines
    )
    league = replace(league, lines=lines)
    return replace(
        league,
        heat=heat(league, language),
        funnel=funnel(league),
        movers=movers(league),
        coverage=coverage(league, language),
        split=split(league, language),
    )


def _network(language: str) -> str:
    return "全网" if language == "zh" else "Network"


def heat(league: League, language: str) -> tuple[HeatLine, ...]:
    """The last region's last factor is withheld, its last but one rests on a small base."""
    network = HeatLine(
        "", _network(language), tuple((one, NOTHING) for one in (league.network, *league.factor_network))
    )
    lines = [HeatLine(one.branch, one.name, _cells(league, one)) for one in (*league.regions, *league.divisions)]
    *front, small, _ = lines[-1].cells
    thin = replace(small[0], n=21, flag="caution")
    gone = Figure(4, None, None, None, "withheld")
    lines[-1] = replace(lines[-1], cells=(*front, (thin, small[1]), (gone, NOTHING)))
    return network, *lines


def _cells(league: League, line: LeagueLine) -> tuple[tuple[Figure, Comparison], ...]:
    pairs = zip((line.figure, *line.factors), (league.network, *league.factor_network), strict=True)
    return tuple((own, _gap(own, other)) for own, other in pairs)


def _gap(own: Figure, other: Figure) -> Comparison:
    if own.estimate is None or other.estimate is None or own.low is None or own.high is None:
        return NOTHING
    low, high = own.low - other.estimate, own.high - other.estimate
    verdict = "better" if low > 0 else "worse" if high < 0 else "no_clear_difference"
    return Comparison(other.estimate, own.estimate - other.estimate, low, high, verdict)  # type: ignore[arg-type]


def funnel(league: League) -> Funnel:
    centre, unit = league.network.estimate, Decimal(league.points) / 1000
    assert centre is not None
    sides: dict[int, Outside] = {0: "above_998", 1: "above_95", 2: "below_95", 3: "below_998"}
    points = []
    for place, line in enumerate(one for one in league.lines if one.rank or one.figure.flag == "caution"):
        n = Decimal(20 + 3 * place)
        near, far = (unit * width / place_root(n) for width in (400, 650))
        limits = (centre - far, centre - near, centre + near, centre + far)
        rounded = tuple(min(Decimal(league.points), one.quantize(Decimal("0.1"))) for one in limits)
        points.append(
            FunnelPoint(line.branch, line.name, line.region, line.figure, n, rounded, sides.get(place, "no"))  # type: ignore[arg-type]
        )
    return Funnel(tuple(points), centre, Decimal("0.84"), tuple(points[:4]), 2, 3)


def place_root(n: Decimal) -> Decimal:
    """How much narrower limits are at n than at 1."""
    return n.sqrt()


def movers(league: League) -> Movers:
    lines = [line for line in league.lines if line.on_month.difference is not None]
    sure = (Decimal("0.000"), Decimal("0.004"), Decimal("0.012"), Decimal("0.031"), Decimal("0.050"))
    up, down = (
        tuple(
            Mover(line.branch, line.name, line.region, line.figure, replace(line.on_month, verdict=verdict, q=q))
            for line, q in zip(some, sure, strict=False)
        )
        for some, verdict in ((lines[:5], "better"), (lines[5:8], "worse"))
    )
    return Movers(up, down, 52, 7)


def coverage(league: League, language: str) -> tuple[CoverageLine, ...]:
    rate = Decimal("31.5")
    return (
        CoverageLine("", _network(language), 60, 59, 51, 1, 4, 3, 1, league.network.n, 14000, rate),
        *(
            CoverageLine(one.branch, one.name, 12 + k, 11 + k, 9 + k, 0, 1, 1, 1, one.figure.n, None, None)
            for k, one in enumerate(league.regions)
        ),
    )


def split(league: League, language: str) -> tuple[SplitLine, ...]:
    units = [("", _network(language)), *((one.branch, one.name) for one in league.regions)]
    tenth = Decimal("0.1")
    return tuple(
        SplitLine(unit, name, "last_month", tenth * (7 - 3 * k), tenth * -k, tenth, -tenth, tenth * (7 - 4 * k))
        for k, (unit, name) in enumerate(units)
    )


def quality(league: League, language: str) -> QualityBlock:
    zh = language == "zh"
    reasons = (("门店未知", 31), ("日期无法识别", 17)) if zh else (("unknown branch", 31), ("unreadable date", 17))
    role = ("答卷", "邀请名单") if zh else ("responses", "invitations")
    names = (
        ("直线作答", "作答过快", "文字雷同", "全部最高分")
        if zh
        else ("straight lining", "speeding", "identical", "all top")
    )
    return QualityBlock(
        (
            SourceLine("csi-codes", role[0], 3, 3480, 3421, 59, reasons),
            SourceLine("csi-invited", role[1], 1, 60, 60, 0, ()),
        ),
        names,
        tuple(
            FlagLine(line.branch, line.name, league.name, 57 + k, 20 - k, Decimal("35.1") - k, (3, 12, 1, k))
            for k, line in enumerate(league.lines[:5])
        ),
        44,
    )
