"""View-models of every kind of page, with figures that agree with one another."""

import random
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from pipeline.network_blocks import Movers
from pipeline.network_view import (
    CategoryLine,
    League,
    LeagueLine,
    NetworkReport,
    RestatedLine,
    Restatement,
    WeightingBlock,
)
from pipeline.view import (
    Comparison,
    FactorLine,
    Figure,
    Flag,
    IndexBlock,
    Method,
    PartLine,
    Scorecard,
    TrendPoint,
    Verdict,
)
from tests.sample_blocks import quality, whole
from tests.sample_details import detail

KINDS = (
    "ordinary",
    "withheld",
    "caution",
    "partial",
    "new",
    "closed",
    "long_name",
    "twelve_factors",
    "one_response",
    "crowded",
)

CSI = [
    ("问题经历", "Problems experienced", "20.4"),
    ("用户便利的服务", "User-friendly service", "15.8"),
    ("服务交付", "Service delivery", "15.4"),
    ("服务质量", "Service quality", "14.7"),
    ("服务期间的体验", "In-service experience", "12.1"),
    ("服务顾问", "Service advisor", "11.5"),
    ("服务初期", "Service initiation", "10.2"),
]
TWELVE = [
    *[(zh, en, "8.3") for zh, en, _ in CSI],
    ("预约与接待", "Booking and reception", "8.3"),
    ("客户休息环境", "Customer lounge", "8.3"),
    ("费用透明程度", "Transparency of charges", "8.3"),
    ("配件供应与质量保证", "Parts supply and warranty", "8.3"),
    ("回访与投诉处理", "Follow-up and complaints", "8.7"),
]
DIMENSIONS = [
    ("服务技能", "Skill", "20.0"),
    ("服务态度", "Attitude", "20.0"),
    ("服务及时性", "Timeliness", "20.0"),
    ("配件供应", "Parts supply", "20.0"),
    ("服务综合", "Overall service", "20.0"),
]
DIVISIONS = [
    ("乘用车事业部", "Passenger Cars"),
    ("商用车事业部", "Commercial Vehicles"),
    ("新能源事业部", "New Energy"),
]
REGIONS = [
    ("华东大区", "East China"),
    ("华南大区", "South China"),
    ("华北大区", "North China"),
    ("西南大区", "Southwest"),
    ("东北大区", "Northeast"),
]
MONTHS = [f"{2024 + (9 + k) // 12}-{(9 + k) % 12 + 1:02d}" for k in range(13)]
EMPTY = Comparison(None, None, None, None, "none")


def d(value: float) -> Decimal:
    """One decimal."""
    return Decimal(f"{value:.1f}")


def figure(n: int, estimate: float | None, half: float, flag: Flag = "ok", points: int = 1000) -> Figure:
    if estimate is None or flag in ("withheld", "none"):
        return Figure(n, None, None, None, flag)
    low, high = max(0.0, estimate - half), min(float(points), estimate + half)
    return Figure(n, d(estimate), d(low), d(high), flag)


def against(own: Figure, reference: float | None, half: float) -> Comparison:
    if own.estimate is None or reference is None:
        return replace(EMPTY, reference=None if reference is None else d(reference))
    gap = own.estimate - d(reference)
    verdict: Verdict = "no_clear_difference"
    if abs(float(gap)) > half:
        verdict = "better" if gap > 0 else "worse"
    q = Decimal("0.456" if verdict == "no_clear_difference" else "0.012")
    return Comparison(d(reference), gap, gap - d(half), gap + d(half), verdict, q)


def block(
    rng: random.Random,
    language: str,
    kind: str,
    instrument: str,
    names: list[tuple[str, str, str]],
    points: int,
) -> IndexBlock:
    zh, main = language == "zh", points == 1000
    unit = points / 1000
    n = {"withheld": 4, "one_response": 1, "caution": 20, "closed": 0}.get(kind, 5000 if kind == "long_name" else 61)
    flags: dict[str, Flag] = {
        "withheld": "withheld",
        "one_response": "withheld",
        "caution": "caution",
        "closed": "none",
    }
    flag = flags.get(kind, "ok")
    missing = 3 if kind == "partial" and not main else None
    if missing is not None:
        flag = "partial"
    half = (25 if n == 61 else 3 if n == 5000 else 44) * unit
    lines, total, index, network_index = [], Decimal(0), 0.0, 0.0
    for place, (name_zh, name_en, weight) in enumerate(names):
        network = (812 + rng.uniform(-45, 45)) * unit
        gap = rng.gauss(-6, 26) * unit
        if kind == "ordinary" and place == 2 and main:
            gap = -128 * unit
        own = figure(n, network + gap, half * 1.35, flag if flag != "partial" else "ok", points)
        if place == missing:
            own = figure(0, None, 0, "none")
        share = float(weight) / sum(float(w) for _, _, w in names)
        contribution = d(gap * share) if own.estimate is not None else None
        total += contribution or 0
        network_index += network * share
        index += (network + gap) * share
        lines.append(
            FactorLine(
                f"f{place}",
                name_zh if zh else name_en,
                Decimal(weight),
                own,
                EMPTY
                if kind == "new" and not main
                else against(own, (network + gap) + rng.gauss(0, 24) * unit, 33 * unit),
                figure(540 + place, network + 7 * unit, 9 * unit),
                figure(3421 + place, network, 4 * unit),
                against(own, network, 34 * unit),
                contribution,
            )
        )
    headline = figure(n, index, half, flag, points)
    points_of_trend = []
    for place, month in enumerate(MONTHS):
        absent = (kind == "closed" and place > 8) or (kind == "new" and place < 6)
        count = 0 if absent else n if place == 12 else max(4, round((n or 61) * rng.uniform(0.8, 1.2)))
        if kind == "ordinary" and place == 4 and main:
            count = 7
        base: Flag = "none" if absent else "withheld" if count < 10 else "caution" if count < 30 else "ok"
        value = index + (rng.gauss(0, 14) + (12 - place) * 2.5) * unit
        own = headline if place == 12 else figure(count, value, half, base, points)
        rolled = (
            None
            if absent or place < (8 if kind == "new" else 2)
            else figure(
                count * 3,
                value * 0.4 + index * 0.6 + (12 - place) * unit,
                half / 1.7,
                "none" if count * 3 < 10 else "ok",
                points,
            )
        )
        year = (
            None
            if place < 11 or kind in ("new", "closed")
            else figure(n * 12, index + 14 * unit, half / 3.4, "withheld" if n * 12 < 10 else "ok", points)
        )
        note = ""
        if kind == "new" and place == 6:
            note = "新店开业" if zh else "Branch opened"
        if kind == "ordinary" and place == 7 and main:
            note = "由华中大区划入华东大区" if zh else "Moved from Central to East China"
        if kind == "closed" and place == 9:
            note = "闭店，并入苏州园区店" if zh else "Closed; merged into Suzhou Park"
        points_of_trend.append(
            TrendPoint(month, own, rolled, year, figure(3400, network_index + rng.gauss(0, 3) * unit, 4 * unit), note)
        )
    parts = ()
    if not main:
        parts = tuple(
            PartLine(
                f"p{k}",
                pair[0 if zh else 1],
                figure(n // 2 + k, index + rng.gauss(0, 20) * unit, half * 1.4, flag, points),
            )
            for k, pair in enumerate(DIVISIONS[:2])
        )
    year = None if kind in ("new",) else index + 31 * unit
    name = {
        (True, True): "中国售后服务满意度指数（CSI）",
        (True, False): "China Customer Satisfaction Index (CSI)",
        (False, True): "经销商服务总体满意度",
        (False, False): "Overall dealer service satisfaction",
    }[main, zh]
    return IndexBlock(
        instrument,
        name,
        points,
        "branch_factors" if main else "mean_of_dimensions",
        headline,
        against(headline, index + 8.4 * unit, 27 * unit),
        against(headline, year, 27 * unit),
        against(headline, network_index, half),
        against(headline, network_index + 7 * unit, half),
        against(headline, None if kind == "new" else 830 * unit, half),
        figure(540, network_index + 7 * unit, 9 * unit),
        figure(3421, network_index, 4 * unit),
        17 if flag == "ok" else None,
        52,
        250 if n else 0,
        d(24.4) if n else None,
        tuple(lines),
        parts,
        tuple(points_of_trend),
        detail(
            rng, language, kind, points, headline,
            (against(headline, 830 * unit, half), against(headline, 850 * unit, half)),
        ),
    )  # fmt: skip


def method(language: str) -> Method:
    zh = language == "zh"
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    return Method(
        10,
        30,
        "按事业部与客户星级逐层加权（raking），权重版本 w-2025-10"
        if zh
        else "Raked to division and customer tier; weights w-2025-10",
        (
            ("中国售后服务满意度指数（CSI）" if zh else "China Customer Satisfaction Index (CSI)", "China CSI 2005"),
            ("经销商服务总体满意度" if zh else "Overall dealer service satisfaction", "dealer_satisfaction 2004"),
        ),
        "csi 0.1.0",
        (("csi_2025-10.csv", digest), ("dealer_2025-10.xlsx", digest[::-1])),
        3512,
        53,
        (("instruments/china_csi_2005.toml", digest), ("population.csv", digest[::-1]), ("programme.toml", digest)),
    )


def scorecard(kind: str = "ordinary", language: str = "zh") -> Scorecard:
    """One branch page of a kind in `KINDS`."""
    zh = language == "zh"
    rng = random.Random(f"{kind}")
    name = "苏州工业园区星湖店" if zh else "Suzhou Industrial Park Xinghu"
    if kind == "long_name":
        name = (
            "上海浦东新区张江高科技园区祖冲之路新能源汽车服务体验旗舰中心店"
            if zh
            else "Shanghai Pudong Zhangjiang Hi-Tech Park New Energy Service Flagship"
        )
    note = ""
    if kind == "closed":
        note = (
            "本店已于2025年6月30日闭店，客户由苏州园区店（SH-021）承接。"
            if zh
            else "This branch closed on 30 June 2025; SH-021 Suzhou Park serves its customers."
        )
    status: Literal["provisional", "final", "restated"] = (
        "provisional" if kind == "caution" else "restated" if kind == "partial" else "final"
    )
    names = TWELVE if kind == "twelve_factors" else CSI
    return Scorecard(
        language,
        "示例汽车经销商网络" if zh else "Northern Star Dealer Network",
        "SH-017",
        name,
        "华东大区" if zh else "East China",
        tuple(pair[0 if zh else 1] for pair in DIVISIONS[:2]),
        "A级" if zh else "Tier A",
        "2025-10",
        "2025-11-05",
        status,
        "r1-4f0c2a9e",
        note,
        (
            block(rng, language, kind, "china_csi_2005", names, 1000),
            block(rng, language, kind, "dealer_satisfaction", DIMENSIONS, 100),
        )[: 1 if kind == "crowded" else 2],
        method(language),
    )


def _line(rng: random.Random, language: str, place: int, names: list[tuple[str, str, str]], points: int) -> LeagueLine:
    zh, unit = language == "zh", points / 1000
    n = 4 if place == 57 else 0 if place in (58, 59) else 20 if place in (52, 53) else rng.randint(35, 90)
    flag: Flag = (
        "withheld"
        if place == 57
        else "none"
        if place in (58, 59)
        else "caution"
        if place in (52, 53)
        else "partial"
        if place == 54
        else "ok"
    )
    index = (860 - place * 1.9 + rng.gauss(0, 3)) * unit
    own = figure(n, index, 26 * unit, flag, points)
    cities = ["苏州", "杭州", "宁波", "广州", "深圳", "北京", "天津", "成都", "重庆", "沈阳", "长春", "大连"]
    latin = [
        "Suzhou",
        "Hangzhou",
        "Ningbo",
        "Guangzhou",
        "Shenzhen",
        "Beijing",
        "Tianjin",
        "Chengdu",
        "Chongqing",
        "Shenyang",
        "Changchun",
        "Dalian",
    ]
    name = (
        f"{cities[place % 12]}{['星湖', '中心', '高新', '滨江', '城东'][place % 5]}店"
        if zh
        else f"{latin[place % 12]} {['Xinghu', 'Centre', 'Hi-Tech', 'Riverside', 'East'][place % 5]}"
    )
    if place == 3:
        name = scorecard("long_name", language).name
    factors = tuple(
        figure(
            n,
            index + rng.gauss(0, 24) * unit,
            35 * unit,
            "none" if flag == "partial" and k == 3 else "ok" if flag == "partial" else flag,
            points,
        )
        for k in range(len(names))
    )
    return LeagueLine(
        place + 1 if flag == "ok" else None,
        f"{'ESNWD'[place % 5]}H-{place + 1:03d}",
        name,
        REGIONS[place % 5][0 if zh else 1],
        tuple(pair[0 if zh else 1] for pair in DIVISIONS[: 1 + place % 2]),
        own,
        None if n == 0 else d(rng.uniform(12, 38)),
        against(own, index + rng.gauss(0, 22) * unit, 26 * unit),
        EMPTY if place == 20 else against(own, index + rng.gauss(0, 22) * unit, 26 * unit),
        against(own, 812 * unit, 26 * unit),
        factors,
    )


def league(language: str, names: list[tuple[str, str, str]], points: int, branches: int) -> League:
    zh, unit = language == "zh", points / 1000
    rng = random.Random(points)
    sample = block(rng, language, "ordinary", "i", names, points)
    network = sample.network

    def unit_line(pair: tuple[str, str], k: int, code: str) -> LeagueLine:
        line = _line(rng, language, 8 + k * 9, names, points)
        return replace(
            line,
            rank=None,
            branch=code,
            name=pair[0 if zh else 1],
            divisions=(),
            region="",
            figure=figure(600 + k, 822 * unit - k * 6 * unit, 9 * unit),
        )

    order = {"ok": 0, "caution": 1, "partial": 1, "withheld": 2, "none": 2}
    lines = [_line(rng, language, k, names, points) for k in range(branches)]
    lines.sort(key=lambda one: (order[one.figure.flag], -(one.figure.estimate or 0) if one.rank else 0, one.branch))
    lines = [replace(one, rank=place if one.rank else None) for place, one in enumerate(lines, start=1)]
    assert network.estimate is not None
    return League(
        "china_csi_2005" if points == 1000 else "dealer_satisfaction",
        sample.name,
        points,
        sample.rule,
        network,
        against(network, float(network.estimate) + 1.2 * unit, 5 * unit),
        against(network, float(network.estimate) - 9 * unit, 5 * unit),
        14000,
        d(24.4),
        tuple(pair[0 if zh else 1] for pair in names),
        tuple(one.network for one in sample.factors),
        tuple(unit_line(pair, k, f"R{k}") for k, pair in enumerate(REGIONS)),
        tuple(unit_line(pair, k, f"D{k}") for k, pair in enumerate(DIVISIONS)),
        tuple(lines),
        tuple(replace(p, month=p.network, note="", rolling_3=p.network, rolling_12=None) for p in sample.trend),
    )


def network(language: str = "zh", branches: int = 60, factors: int = 7) -> NetworkReport:
    """A headquarters pack."""
    zh = language == "zh"
    main, dealer = (
        whole(league(language, names, points, branches), language)
        for names, points in ((CSI if factors == 7 else TWELVE, 1000), (DIMENSIONS, 100))
    )
    return NetworkReport(
        language,
        "示例汽车经销商网络" if zh else "Northern Star Dealer Network",
        "2025-10",
        "2025-11-05",
        "final",
        "r1-4f0c2a9e",
        (main, replace(dealer, movers=Movers((), (), 52, 0), split=())),
        method(language),
        (weighting(language, 12, 37), weighting(language, 45, None)),
        quality=quality(main, language),
    )


def weighting(language: str, categories: int, trimmed: int | None) -> WeightingBlock:
    """Two margins, so many categories in all."""
    name = "客户星级" if language == "zh" else "Customer tier"
    return WeightingBlock(
        "中国售后服务满意度指数（CSI）" if language == "zh" else "China Customer Satisfaction Index (CSI)",
        3421, d(2511.7), d(1.36), d(0.31), d(0.94), d(3.87), 118, trimmed,
        tuple(
            CategoryLine(
                "region" if k < 5 else "tier_division", f"{name} {k}", 101 + 7 * k,
                d(11.4 + k), d(12.6 + k), d(12.7 + k),
            )
            for k in range(min(categories, 40))
        ),
        max(categories - 40, 0),
    )  # fmt: skip


def restated(language: str = "zh") -> NetworkReport:
    """A headquarters pack of a month published once more."""
    zh = language == "zh"
    plain = network(language)
    network_row = RestatedLine("", "全国" if zh else "Network", d(821.3), d(821.3), d(821.9), d(0.6), 3412, 3431, "")
    late = "答卷：新增19" if zh else "responses: 19 came"
    moved = "网点资料；程序版本" if zh else "branches file; version of the program"
    lines = (
        replace(network_row, cause=late),
        RestatedLine("EAST", "华东大区" if zh else "East China", d(830), d(829.4), d(831), d(1.6), 700, 706, late),
        RestatedLine("SOUTH", "华南大区" if zh else "South China", d(811), d(811), d(809.9), d(-1.1), 640, 640, moved),
        *(
            RestatedLine(line.branch, line.name, line.figure.estimate, line.figure.estimate, d(790.5), d(-3.2), 41, 44,
                         late)
            for line in plain.leagues[0].lines[:12]
        ),
        RestatedLine("SH-099", "新店" if zh else "New shop", None, None, d(790.5), None, 8, 12, late),
    )  # fmt: skip
    return replace(
        plain,
        status="restated",
        leagues=(replace(plain.leagues[0], restated=lines), plain.leagues[1]),
        restatement=Restatement(
            2, "两家门店的迟到答卷" if zh else "late answers of two shops", "李女士" if zh else "Ms Li", 214
        ),
    )
