"""The second look at an instrument, for pages of every kind."""

import random
from dataclasses import replace
from decimal import Decimal

from pipeline.detail import (
    ActionLine,
    Aim,
    Count,
    Detail,
    Integrity,
    ItemLine,
    Mark,
    Plan,
    Quote,
    Standing,
    Strip,
    Theme,
    Verbatims,
)
from pipeline.shown import Comparison, Figure
from pipeline.texts import cut
from pipeline.verbatims import WIDTH

LONG = {
    "zh": "修了三次才修好，每次都说配件没到，要再等三天；等到了又说型号不对。" * 12,
    "en": "It took three visits, each time the part had not arrived and I was told to wait for three more days. " * 4,
}
SHORT = {"zh": ("等了两个小时。", "顾问很耐心。"), "en": ("Waited two hours.", "A patient advisor.")}
ITEM = {"zh": "维修后没有出现新的问题", "en": "No new problem after the repair"}
THEMES = {
    "zh": ("维修质量", "时间与预约", "价格与费用", "人员与沟通", "配件供应", "其他"),
    "en": ("Repair quality", "Time and booking", "Price and charges", "Staff", "Parts supply", "Other"),
}


def d(value: float) -> Decimal:
    return Decimal(f"{value:.1f}")


def aims(language: str, points: int, gaps: tuple[Comparison, Comparison]) -> tuple[Aim, ...]:
    """A target and a bonus line. gaps: of the index to them."""
    chance = [None if one.difference is None else d(12.3 if one.difference < 0 else 88.8) for one in gaps]
    names = ("", "金牌" if language == "zh" else "Gold")
    shown = tuple(Aim(name, gap, one) for name, gap, one in zip(names, gaps, chance, strict=True))
    return shown if points == 1000 else shown[:1]


def strip(rng: random.Random, headline: Figure, points: int, here: bool) -> Strip:
    unit, count = points / 1000, 52
    middles = sorted((rng.gauss(812, 30) * unit for _ in range(count)), reverse=True)
    marks = [
        Mark(one - 26 * unit, one, min(points, one + 26 * unit), "other" if place % 5 else "region")
        for place, one in enumerate(middles)
    ]
    if here and headline.estimate is not None and headline.low is not None and headline.high is not None:
        marks[16] = Mark(float(headline.low), float(headline.estimate), float(headline.high), "here")
    return Strip(tuple(marks))


def items(rng: random.Random, language: str, headline: Figure, points: int, count: int) -> tuple[ItemLine, ...]:
    unit, lines = points / 1000, []
    for place in range(count):
        mean, bottom = rng.uniform(700, 900) * unit, rng.uniform(0, 12)
        own = Figure(headline.n, d(mean), d(mean - 30 * unit), d(min(points, mean + 30 * unit)), headline.flag)
        if headline.flag == "partial":
            own = replace(own, flag="ok")
        if headline.estimate is None:
            own = Figure(headline.n, None, None, None, headline.flag)
        shares = (None, None) if own.estimate is None else (d(rng.uniform(20, 60)), d(bottom))
        name = ITEM[language] if place % 3 else ("营业时间" if language == "zh" else "Opening hours")
        lines.append(ItemLine(f"i{place}", name, place % 3 == 0, own, *shares))
    return tuple(lines)


def verbatims(language: str, headline: Figure, kind: str) -> Verbatims:
    if headline.flag == "withheld":
        return Verbatims("withheld", 0, ())
    if headline.flag == "none":
        return Verbatims("none", 0, ())
    if kind in ("crowded", "twelve_factors"):
        quotes = [Quote(cut(f"{place} {LONG[language]}", WIDTH), 1) for place in range(8)]
        texts = (quotes[0:2], quotes[2:4], quotes[4:5], quotes[5:6], quotes[6:7], quotes[7:8])
        if kind == "crowded":  # with the method on the same page
            texts = (quotes[0:1], quotes[1:2], quotes[2:3], [], [], [])
    else:
        texts = (
            [Quote(SHORT[language][0], 3)],
            [Quote(cut(LONG[language], WIDTH), 1)],
            [],
            [],
            [],
            [Quote(SHORT[language][1], 1)],
        )
    return Verbatims(
        "",
        37,
        tuple(Theme(name, 5 + len(some), tuple(some)) for name, some in zip(THEMES[language], texts, strict=True)),
    )


def integrity(language: str, headline: Figure, crowded: bool) -> Integrity:
    names = (
        ("答案全部相同", "全部最高分", "作答过快", "文字雷同")
        if language == "zh"
        else ("alike", "all top", "fast", "same text")
    )
    n = headline.n
    if headline.flag in ("withheld", "none"):
        return Integrity(n, 1, (), Count("", 0, None, None, False), (), None, None, 0, "withheld")
    reasons = (("unknown label", 4), ("all missing", 3), ("outside period", 2), ("duplicate", 1), ("ragged row", 1))
    return Integrity(
        n, 11 if crowded else 0, reasons if crowded else (), Count("", n // 2, d(50.1), d(16.2), crowded),
        tuple(Count(name, n // 4, d(25.3), d(4.1), crowded) for name in names),
        headline.estimate, d(float(headline.estimate or 0) - 7.7), n - n // 2, "",
    )  # fmt: skip


def plan(language: str, points: int, crowded: bool) -> Plan:
    if not crowded:
        return Plan(points == 1000, (), 0)
    text = (
        ("返修车辆逐台复检并每周复盘" * 5)[:40]
        if language == "zh"
        else ("Check every repeat repair, weekly. " * 3)[:80]
    )
    owner = "华东区售后部技术总监" if language == "zh" else "Technical director East"
    line = ActionLine("问题经历", text, owner, "2025-10-15", "under_way", True, d(781.3), d(790.1))
    return Plan(True, (line,) * 3, 3)


def detail(
    rng: random.Random, language: str, kind: str, points: int, headline: Figure, gaps: tuple[Comparison, Comparison]
) -> Detail:
    """gaps: of the index to a target and to a bonus line."""
    zh, crowded, ranked = language == "zh", kind in ("crowded", "twelve_factors"), headline.flag == "ok"
    return Detail(
        (
            Standing("全国" if zh else "Network", 17, 9, 41, 52),
            Standing("华东大区" if zh else "East China", 5, 2, 12, 16),
        )
        if ranked
        else (),
        strip(rng, headline, points, ranked),
        () if kind == "new" else aims(language, points, gaps),
        items(rng, language, headline, points, 9 if points == 100 else 30 if kind == "twelve_factors" else 22),
        4 if kind == "twelve_factors" and points == 1000 else 0,
        verbatims(language, headline, kind),
        integrity(language, headline, crowded),
        plan(language, points, crowded),
    )
