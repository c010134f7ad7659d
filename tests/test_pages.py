"""Printed pages, read back as text: every figure is the stored one, and the planted stories show.

Figures are looked up in the published Parquet files, not through the program; the order in which
a page prints them is written down here once more.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pypdfium2
import pytest
from conftest import BRANCHES, CARDS, DEALERS, Called, Network
from network import load_branches

from pipeline import programme, readback
from pipeline.instrument import load
from pipeline.verify import verify

MONTH = "2025-10"
CSI, DEALER = "china_csi_2005", "dealer_satisfaction"
FACTORS = {
    CSI: ("problems", "user_friendly", "delivery", "quality", "in_service", "advisor", "initiation"),
    DEALER: ("skill", "attitude", "timeliness", "parts", "overall"),
}
FLAGS = ("flagged", "straight_lining", "all_top", "speeding", "identical_verbatim")
INSTRUMENTS = {one.id: one for one in load(programme.load(DEALERS))}
TITLE = {CSI: "满分 1000 分", DEALER: "满分 100 分"}
TEN = ("LY-001", "SH-003", "HH-001", "HF-002", "SZ-001", "NC-001", "WH-002", "SJ-001", "DG-001", "BJ-001")
KEPT = {one.id for one in load_branches(BRANCHES)}
NUMBER = re.compile(r"[+−]?\d+(?:\.\d+)?")
Row = dict[str, Any]
NOTHING: Row = {"n": 0, "flag": "none", "printed": None, "estimate": None, "rank": None}


@dataclass(frozen=True)
class Published:
    """The example's newest month as it lies in the output folder."""

    folder: Path

    @cached_property
    def scores(self) -> dict[tuple[str, ...], Row]:
        keys = ("instrument", "level", "unit", "measure", "statistic", "window", "period")
        table = pl.read_parquet(self.folder / "scores.parquet")
        return {tuple(row[key] for key in keys): row for row in table.iter_rows(named=True)}

    @cached_property
    def comparisons(self) -> dict[tuple[str, ...], Row]:
        keys = ("instrument", "level", "unit", "measure", "against")
        table = pl.read_parquet(self.folder / "comparisons.parquet").filter(pl.col("window") == "month")
        return {tuple(row[key] for key in keys): row for row in table.iter_rows(named=True)}

    @cached_property
    def standing(self) -> dict[tuple[str, ...], Row]:
        table = pl.read_parquet(self.folder / "standing.parquet")
        return {(row["instrument"], row["within"], row["branch"]): row for row in table.iter_rows(named=True)}

    @cached_property
    def integrity(self) -> dict[tuple[str, ...], Row]:
        table = pl.read_parquet(self.folder / "integrity.parquet")
        keys = ("instrument", "level", "unit", "what")
        return {tuple(row[key] for key in keys): row for row in table.iter_rows(named=True)}

    def score(self, instrument: str, level: str, unit: str, measure: str = "index", period: str = MONTH) -> Row:
        return self.scores[instrument, level, unit, measure, "mean", "month", period]

    def compared(self, instrument: str, unit: str, measure: str, against: str) -> Row:
        return self.comparisons[instrument, "branch", unit, measure, against]

    def branches(self) -> list[str]:
        return sorted(path.stem for path in (self.folder / "scorecards").iterdir())

    def trend(self, instrument: str, unit: str) -> list[Row]:
        """The thirteen months up to the newest, with NOTHING before a branch opened."""
        months = [f"2024-{n}" for n in (10, 11, 12)] + [f"2025-{n:02d}" for n in range(1, 11)]
        keys = [(instrument, "branch", unit, "index", "mean", "month", period) for period in months]
        return [self.scores.get(key, NOTHING) for key in keys]


@dataclass(frozen=True)
class Place:
    """A branch as branches.csv has it at the month's last day."""

    name: str
    region: str
    divisions: tuple[str, ...]


def places(day: str) -> dict[str, Place]:
    found = {}
    with (DEALERS / "branches.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["branch"] in KEPT and row["valid_from"] <= day <= (row["valid_to"] or "9999"):
                divisions = tuple(sorted(row["divisions"].split(";")))
                found[row["branch"]] = Place(row["name_zh"], row["region"], divisions)
    return found


PLACES = places("2025-10-31")


@pytest.fixture(scope="module")
def month(printed: tuple[Network, Called]) -> Published:
    return Published(printed[0].out / MONTH)


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document)


# ── what a page should print, in its order ───────────────────────────────────────────────


def signed(value: Decimal) -> str:
    return f"+{value}" if value > 0 else f"−{abs(value)}" if value < 0 else str(abs(value))


def figure(row: Row) -> list[str]:
    if row["printed"] is None:
        return []
    return [str(row[name]) for name in ("printed", "printed_low", "printed_high")]


def change(row: Row) -> list[str]:
    if row["printed_difference"] is None:
        return []
    return [signed(row[name]) for name in ("printed_difference", "printed_low", "printed_high")]


def sure(row: Row) -> list[str]:
    """q, which is never said to be nothing."""
    return [] if row["printed_q"] is None else [str(row["printed_q"] or "0.001")]


def reference(row: Row) -> list[str]:
    return [*([] if row["printed"] is None else [str(row["printed"])]), str(row["n"])]


def card(month: Published, instrument: str, branch: str) -> Iterator[str]:
    """The numbers of one instrument on a branch's page, down to the trend."""
    headline = month.score(instrument, "branch", branch)
    rate = month.scores[instrument, "branch", branch, "response_rate", "share", "month", MONTH]
    yield from figure(headline)
    yield str(headline["n"])
    flagged = month.integrity.get((instrument, "branch", branch, "flagged"))
    if flagged and flagged["more"]:
        yield str(flagged["n"])
    yield str(rate["printed"])
    yield str(rate["n"])
    if headline["rank"] is not None:
        yield str(headline["rank"])
        yield str(headline["ranked"])
    for against in ("last_month", "last_year", "region", "network"):
        row = month.compared(instrument, branch, "index", against)
        if row["printed_reference"] is not None:
            yield str(row["printed_reference"])
        yield from change(row)
        yield from sure(row)
    if instrument == DEALER:
        for division in PLACES[branch].divisions:
            part = month.score(instrument, "part", f"{branch}/{division}")
            yield from figure(part)
            yield str(part["n"])
    for within in ("network", "region") if headline["rank"] is not None else ():
        standing = month.standing[instrument, within, branch]
        possible = () if standing["rank_low"] == standing["rank_high"] else ("rank_low", "rank_high")
        yield from (str(standing[name]) for name in ("rank", "ranked", *possible))
    for against in ("target", "bonus/silver", "bonus/gold") if instrument == CSI else ("target",):
        row = month.compared(instrument, branch, "index", against)
        yield str(row["printed_reference"])
        yield from change(row)
        yield from sure(row)
        if row["printed_chance"] is not None:
            yield {"0.0": "0.1", "100.0": "99.9"}.get(str(row["printed_chance"]), str(row["printed_chance"]))  # <, >
    for factor in FACTORS[instrument]:
        row = month.score(instrument, "branch", branch, factor)
        weight = month.scores[instrument, "instrument", instrument, factor, "weight", "month", MONTH]
        gap = month.compared(instrument, branch, factor, "network")
        yield str(weight["printed"])
        yield str(row["n"])
        yield from figure(row)
        yield from change(month.compared(instrument, branch, factor, "last_month"))
        yield from reference(month.score(instrument, "region", PLACES[branch].region, factor))
        yield from reference(month.score(instrument, "network", "network", factor))
        if gap["printed_contribution"] is not None:
            yield signed(gap["printed_contribution"])
        if gap["printed_difference"] is not None:
            yield signed(gap["printed_difference"])
    yield str(headline["n"])
    yield from figure(headline)
    yield from change(month.compared(instrument, branch, "index", "last_month"))
    yield from reference(month.score(instrument, "region", PLACES[branch].region))
    yield from reference(month.score(instrument, "network", "network"))
    gap = month.compared(instrument, branch, "index", "network")
    if gap["printed_difference"] is not None:
        yield signed(gap["printed_difference"])


def read_card(text: str, instrument: str) -> tuple[list[str], list[str], list[str]]:
    """The numbers of an instrument's part of a page; of its trend: the indices, the bases."""
    _, _, rest = text.partition(TITLE[instrument])
    part, found, trend = rest.partition("近十三个月走势")
    assert found
    part = re.sub(r"95%(置信)?区间|样本量?不足\s*\d+|q不高于\s*0.05", "", part)
    indices = re.search(r"^指数 (.*)$", trend, re.MULTILINE)
    bases = re.search(r"^n ([\d ]+)$", trend, re.MULTILINE)
    assert indices is not None
    assert bases is not None
    return NUMBER.findall(part), indices[1].split(), bases[1].split()


def items(month: Published, instrument: str, branch: str) -> Iterator[str]:
    """The numbers of the items on a branch's second page."""
    wanted = [item.id for item in INSTRUMENTS[instrument].scored_items]
    rows = {
        (item, kind): month.scores[instrument, "branch", branch, item, kind, "month", MONTH]
        for item in wanted
        for kind in ("mean", "top_box", "bottom_box")
    }
    if all(row["printed"] is None for row in rows.values()):
        return
    for item in wanted:
        if rows[item, "mean"]["printed"] is not None:
            yield str(rows[item, "bottom_box"]["printed"])
            yield str(rows[item, "top_box"]["printed"])
            yield from figure(rows[item, "mean"])
        yield str(rows[item, "mean"]["n"])


def integrity(month: Published, instrument: str, branch: str) -> Iterator[str]:
    """The numbers of its data's integrity."""
    mine = {key[3]: row for key, row in month.integrity.items() if key[:3] == (instrument, "branch", branch)}
    network = {key[3]: row for key, row in month.integrity.items() if key[:2] == (instrument, "network")}
    without = mine["without_flagged"]
    yield str(mine["accepted"]["n"])
    for flag in FLAGS if without["why"] != "withheld" else ():
        row = mine.get(flag, {"n": 0})
        yield str(row["n"])
        yield from (str(one[flag]["printed_percent"]) for one in (mine, network) if flag in one)
    yield str(mine["quarantined"]["n"] if "quarantined" in mine else 0)
    reasons = sorted((-row["n"], what) for what, row in mine.items() if what.startswith("quarantined/"))
    yield from (str(-n) for n, _ in reasons)
    if without["why"] == "few":
        yield str(mine["flagged"]["n"])
        yield str(without["n"])
    if not without["why"]:
        yield str(month.score(instrument, "branch", branch)["printed"])
        yield str(without["printed"])
        yield str(without["n"])


def between(text: str, start: str, end: str) -> list[str]:
    part = text.partition(start)[2].partition(end)
    assert part[1]
    return NUMBER.findall(re.sub(r"95%区间|样本不足\d+|不足\d+", "", part[0]))


def check_second(month: Published, branch: str) -> None:
    text = text_of(month.folder / "scorecards" / f"{branch}.pdf").replace("各题得分从略", "从略")
    _, first, second = text.split("各题得分")
    for instrument, part in ((CSI, first), (DEALER, second)):
        assert between("各题得分" + part, "各题得分", "客户原声") == list(items(month, instrument, branch)), branch
        assert between(part, "数据质量", "改进计划") == list(integrity(month, instrument, branch)), branch


def check_card(month: Published, branch: str) -> None:
    text = text_of(month.folder / "scorecards" / f"{branch}.pdf")
    for instrument in (CSI, DEALER):
        numbers, indices, bases = read_card(text, instrument)
        assert numbers == list(card(month, instrument, branch)), (branch, instrument)
        trend = month.trend(instrument, branch)
        assert indices == ["—" if row["printed"] is None else str(row["printed"]) for row in trend], branch
        assert bases == [str(row["n"]) for row in trend], branch


@pytest.mark.parametrize("branch", TEN)
def test_every_printed_number_is_the_stored_one(branch: str, month: Published) -> None:
    check_card(month, branch)
    check_second(month, branch)


def test_on_all_other_pages_too(month: Published) -> None:
    assert month.branches() == list(CARDS)
    for branch in month.branches():
        if branch not in TEN:
            check_card(month, branch)
            check_second(month, branch)


def test_csi_verify_agrees_with_the_headquarters_report(month: Published) -> None:
    found = verify(month.folder / "network.pdf", None)
    assert [one.sentence for one in found if not one.agrees] == []


def test_a_wrong_digit_would_be_seen(month: Published) -> None:
    text = text_of(month.folder / "scorecards" / "WH-002.pdf")
    expected = list(card(month, CSI, "WH-002"))
    assert len(expected) > 100
    for wrong in (expected[0], expected[20], expected[-1]):
        other = wrong[:-1] + ("1" if wrong[-1] == "0" else "0")
        assert read_card(text.replace(wrong, other, 1), CSI)[0] != expected


def test_printed_is_the_stored_estimate_rounded_half_up(month: Published) -> None:
    for row in month.scores.values():
        for name in ("estimate", "low", "high"):
            printed = row[name.replace("estimate", "printed") if name == "estimate" else f"printed_{name}"]
            assert (printed is None) == (row[name] is None)
            if printed is not None:
                exact = row[name] * row["printed_of"] / 100
                assert abs(exact - printed) <= Decimal("0.05")
                if abs(exact - printed) == Decimal("0.05"):
                    assert abs(printed) > abs(exact)


def bare(text: str) -> str:
    """Text without what sets it apart: white space and signs of change."""
    return re.sub(r"[\s▲▼△▽]", "", text)


def test_every_row_of_the_league_tables(month: Published) -> None:
    pack = text_of(month.folder / "network.pdf")
    starts = {CSI: pack.index("门店排名"), DEALER: pack.rindex("门店排名")}
    assert starts[CSI] < starts[DEALER]
    names = {"NORTH": "华北区", "EAST": "华东区", "SOUTH": "华南区", "CENTRAL": "华中区", "WEST": "西部区"}
    kinds = {"PC": "乘用车事业部", "CV": "商用车事业部", "NEV": "新能源事业部"}
    for instrument, start in starts.items():
        league = bare(pack[start : starts[DEALER] if instrument == CSI else len(pack)])
        for branch, place in PLACES.items():
            row = month.score(instrument, "branch", branch)
            rate = month.scores[instrument, "branch", branch, "response_rate", "share", "month", MONTH]
            shown = "—".join([f"{row['printed']}{row['printed_low']}–{row['printed_high']}"])
            expected = "不予公布" if row["printed"] is None else shown
            expected += f"{row['n']}{rate['printed']}%"
            for against in ("last_month", "last_year", "network"):
                difference = month.compared(instrument, branch, "index", against)["printed_difference"]
                expected += "—" if difference is None else signed(difference)
            for factor in FACTORS[instrument]:
                value = month.score(instrument, "branch", branch, factor)["printed"]
                expected += "—" if value is None else str(value)
            where = f"{branch}·{names[place.region]}·{'、'.join(kinds[one] for one in place.divisions)}"
            assert league.count(where) == 1
            why = {"caution": "样本量偏小", "partial": "指数不完整"}.get(row["flag"], "")
            assert league.partition(where)[2].startswith(why + expected), (instrument, branch)
            span = f"{row['rank']}{row['rank_low']}" if row["rank"] else "—"
            if row["rank"] and row["rank_low"] != row["rank_high"]:
                span += f"–{row['rank_high']}"
            assert f"{span}{place.name}" in league
        ranked = {place.name: month.score(instrument, "branch", branch)["rank"] for branch, place in PLACES.items()}
        order = sorted((rank, league.index(name)) for name, rank in ranked.items() if rank is not None)
        assert [place for _, place in order] == sorted(place for _, place in order), "from the first rank to the last"


# ── what may not be shown ────────────────────────────────────────────────────────────────


def test_withheld_estimates_appear_nowhere(month: Published) -> None:
    """The SQL works them out; tables, pages and database do not have them."""
    withheld = {key: row for key, row in month.scores.items() if row["flag"] == "withheld"}
    assert {key[2] for key in withheld} >= {"LY-001", "HH-001"}
    values = ("n_eff", "estimate", "se", "df", "low", "high", "rank", "printed", "printed_low", "printed_high")
    assert all(row[name] is None for row in withheld.values() for name in values)
    for row in month.comparisons.values():
        if row["unit"] == "LY-001":
            assert row["difference"] is row["low"] is row["high"] is row["contribution"] is None
            assert row["verdict"] == "none"
    page = text_of(month.folder / "scorecards" / "LY-001.pdf")
    before_scores, found, _ = (month.folder / "run.sql").read_text("utf-8").partition("-- What    The score table")
    assert found
    with duckdb.connect() as replayed:
        replayed.execute(before_scores.replace("folder = ''", f"folder = '{month.folder}/'"))
        known = replayed.execute(
            "SELECT f.instrument, f.measure, f.estimate, i.points FROM figure f JOIN instrument i USING (instrument) "
            "WHERE f.kind = 'factor' AND f.level = 'branch' AND f.unit = 'LY-001' AND f.period = '2025-10' "
            "AND f.window_id = 'month' AND f.statistic = 'mean'"
        ).fetchall()
    assert len(known) == 12
    for instrument, measure, estimate, points in known:
        hidden = f"{estimate * points / 100 / 10**24:.1f}"
        printed = read_card(page, instrument)[0]
        others = {signed(row["printed_reference"]).lstrip("+") for key, row in month.comparisons.items()
                  if key[0] == instrument and row["printed_reference"] is not None}  # fmt: skip
        assert hidden not in printed or hidden in others, (instrument, measure)
    attached = readback.read(month.folder / "scorecards" / "LY-001.pdf").files
    rows = [row for row in csv.DictReader(attached["scores.csv"].decode().splitlines()) if row["flag"] == "withheld"]
    assert len(rows) > 12
    assert not [row for row in rows if row["printed"] or row["printed_low"] or row["printed_high"] or row["rank"]]


def test_signs_of_what_may_not_be_ranked(month: Published) -> None:
    silent = text_of(month.folder / "scorecards" / "LY-001.pdf")
    assert silent.count("样本不足10，不予公布。") == 6  # under the headline, for the position, for the items
    assert "名次（共" not in silent
    thin = text_of(month.folder / "scorecards" / "HH-001.pdf")
    assert thin.count("样本量不足30，仅供参考，不参与排名。") == 2
    parts = text_of(month.folder / "scorecards" / "SH-003.pdf")
    assert "指数不完整，不参与排名：新能源事业部缺少“配件供应”得分。" in parts.replace("\n", "")
    assert "去年同月无数据" not in parts  # there were 40 responses, whose index was withheld
    assert parts.count("当时不予公布") == 1


def test_notes_of_what_happened_to_a_branch(month: Published) -> None:
    notes = {
        "HF-002": "① 2025年5月：开业",
        "NC-001": "① 2025年7月：由华东区划入华中区",
        "SZ-001": "① 2025年7月：并入SZ-004 深圳岚电新能源汽车销售服务有限公司的客户",
    }
    for branch, note in notes.items():
        assert text_of(month.folder / "scorecards" / f"{branch}.pdf").count(note) == 2


# ── the stories ──────────────────────────────────────────────────────────────────────────


def points(value: Decimal) -> float:
    """An estimate of the CSI on the published scale of 1,000."""
    return float(value) * 10


def test_problems_collapse_at_one_branch(month: Published) -> None:
    factors = {factor: month.score(CSI, "branch", "WH-002", factor)["estimate"] for factor in FACTORS[CSI]}
    assert min(factors, key=lambda one: factors[one]) == "problems"
    assert points(factors["problems"]) == pytest.approx(594, abs=1)
    year = {factor: month.compared(CSI, "WH-002", factor, "last_year") for factor in FACTORS[CSI]}
    assert year["problems"]["verdict"] == "worse"
    assert points(year["problems"]["difference"]) < -145
    others = [row for factor, row in year.items() if factor != "problems"]
    assert all(row["verdict"] != "worse" and points(row["difference"]) > -50 for row in others)
    gap = {factor: month.compared(CSI, "WH-002", factor, "network")["contribution"] for factor in FACTORS[CSI]}
    assert min(gap, key=lambda one: gap[one]) == "problems"
    assert points(gap["problems"]) < -30
    trend = [points(row["estimate"]) for row in month.trend(CSI, "WH-002")]
    assert max(trend[-3:]) < min(trend[:-3])
    assert trend[-4] - trend[-3] == pytest.approx(56, abs=1)
    assert month.compared(CSI, "WH-002", "index", "bonus/gold")["verdict"] == "worse"


def test_a_word_never_contradicts_its_q_or_its_interval(month: Published) -> None:
    between = 0
    for row in month.comparisons.values():
        beyond = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
        clear = beyond and row["q"] <= Decimal("0.05")
        between += beyond and not clear
        word = "better" if clear and row["low"] > 0 else "worse" if clear else "no_clear_difference"
        assert row["verdict"] == ("none" if row["low"] is None else word)
    assert between > 50  # what an interval alone would have called clear


def test_one_branch_climbs(month: Published) -> None:
    year = month.compared(CSI, "SJ-001", "index", "last_year")
    assert year["verdict"] == "better"
    assert points(year["difference"]) > 100
    now = month.score(CSI, "branch", "SJ-001")
    assert (now["rank"], now["ranked"]) == (6, 26)  # one keeps LY-001 company, withheld with it
    ranks = [row["rank"] / row["ranked"] for row in month.trend(CSI, "SJ-001")]
    assert ranks[0] > 0.9
    assert ranks[-1] < 0.25
    assert month.compared(CSI, "SJ-001", "index", "target")["printed_reference"] == Decimal("780.0")


def test_four_responses_count_above_the_branch_only(month: Published) -> None:
    for instrument in (CSI, DEALER):
        row = month.score(instrument, "branch", "LY-001")
        assert (row["n"], row["flag"], row["estimate"]) == (4, "withheld", None)
        central = [branch for branch, place in PLACES.items() if place.region == "CENTRAL"]
        together = sum(month.score(instrument, "branch", branch)["n"] for branch in central)
        assert month.score(instrument, "region", "CENTRAL")["n"] == together


def test_a_thin_base_is_never_ranked(month: Published) -> None:
    for row in month.trend(CSI, "HH-001"):
        assert 15 <= row["n"] <= 25
        assert (row["flag"], row["rank"]) == ("caution", None)
    for row in month.trend(DEALER, "HH-001"):
        assert row["flag"] == "withheld" or row["n"] >= 10
        assert row["rank"] is None


def test_a_new_branch_has_no_past(month: Published) -> None:
    trend = month.trend(CSI, "HF-002")
    assert [row["n"] for row in trend[:7]] == [0] * 7
    assert [row["flag"] for row in trend[:8]] == ["none"] * 7 + ["caution"]
    assert month.compared(CSI, "HF-002", "index", "last_year")["verdict"] == "none"
    assert month.compared(CSI, "HF-002", "index", "last_month")["difference"] is not None


def test_a_closed_branch_keeps_its_history_and_no_more(month: Published) -> None:
    units = {(key[2], key[6]) for key in month.scores if key[1] == "branch"}
    assert ("SZ-004", "2025-06") in units
    assert ("SZ-004", "2025-07") not in units
    successor = [row["n"] for row in month.trend(CSI, "SZ-001")]
    assert successor[8] == 72  # 2025-06: without the old branch's 35
    assert successor[9] == 96
    assert points(month.score(CSI, "branch", "SZ-004", period="2025-06")["estimate"]) == pytest.approx(800, abs=40)


@pytest.mark.parametrize(
    ("period", "day", "home"), [("2025-06", "2025-06-30", "EAST"), ("2025-07", "2025-07-31", "CENTRAL")]
)
def test_a_moved_branch_counts_where_it_was(period: str, day: str, home: str, month: Published) -> None:
    then = places(day)
    assert then["NC-001"].region == home
    for region in ("EAST", "CENTRAL"):
        branches = [branch for branch, place in then.items() if place.region == region]
        together = sum(month.score(CSI, "branch", branch, period=period)["n"] for branch in branches)
        assert month.score(CSI, "region", region, period=period)["n"] == together
    *before, now = (row["flag"] for row in month.trend(CSI, "NC-001"))
    assert set(before) == {"ok"}
    assert now == "withheld"  # with LY-001, of the same region


def test_a_missing_dimension_is_not_a_zero(month: Published) -> None:
    young, cars = (month.score(DEALER, "part", f"SH-003/{division}") for division in ("NEV", "PC"))
    assert (young["flag"], young["rank"], young["n"]) == ("partial", None, 16)
    assert (str(young["printed"]), str(cars["printed"])) == ("81.7", "81.6")
    whole = month.score(DEALER, "branch", "SH-003")
    assert (whole["flag"], whole["rank"]) == ("partial", None)
    assert whole["estimate"] == pytest.approx((young["estimate"] + cars["estimate"]) / 2, abs=Decimal("0.000001"))


def test_the_gamed_branch_leads_until_somebody_looks(month: Published) -> None:
    assert month.score(CSI, "branch", "DG-001")["rank"] == 1
    trend = [points(row["estimate"]) for row in month.trend(CSI, "DG-001")]
    assert max(trend[:6]) < 850
    assert min(trend[6:]) > 998


def test_a_month_of_rebuilding_is_not_ranked(month: Published) -> None:
    row = month.score(CSI, "branch", "XA-002", period="2025-06")
    assert (row["n"], row["flag"], row["rank"]) == (26, "caution", None)


def test_the_corrected_file_counts(month: Published) -> None:
    row = month.score(CSI, "branch", "TJ-002", period="2025-06")
    assert points(row["estimate"]) == pytest.approx(782, abs=1)


def test_whoever_looks_sees_it(month: Published) -> None:
    for one in (CSI, DEALER):
        rows = {what: month.integrity[one, "branch", "DG-001", what] for what in FLAGS}
        assert {what for what, row in rows.items() if row["more"]} == set(FLAGS) - {"straight_lining"}
        assert rows["flagged"]["percent"] == 100
        assert month.integrity[one, "branch", "DG-001", "without_flagged"]["why"] == "few"
    assert {key[2] for key, row in month.integrity.items() if row["more"] and key[3] == "flagged"} == {"DG-001"}
    text = text_of(month.folder / "scorecards" / "DG-001.pdf")
    assert text.count("明显多于全网，使用得分前请先核查。") == 2
    assert "相同 35 条" in text


def test_of_a_withheld_branch_nothing_is_told(month: Published) -> None:
    text = text_of(month.folder / "scorecards" / "LY-001.pdf")
    assert text.count("以免原声暴露填写人") == 2
    assert "“" not in text
    assert not [key for key in month.integrity if key[2] == "LY-001" and key[3] in FLAGS]
    assert month.integrity[CSI, "branch", "LY-001", "accepted"]["n"] == 4
    open_ = [row["n"] for key, row in month.integrity.items() if key[:2] == (CSI, "branch") and key[3] == "flagged"]
    assert month.integrity[CSI, "network", "network", "flagged"]["n"] == sum(open_)


def test_no_comment_holds_what_is_personal(month: Published) -> None:
    for branch in month.branches():
        text = re.sub(r"\s", "", text_of(month.folder / "scorecards" / f"{branch}.pdf"))
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text)
    assert "〔电话〕" in text_of(month.folder / "scorecards" / "DG-001.pdf")


def test_actions_stand_on_the_page_of_their_branch(month: Published) -> None:
    text = text_of(month.folder / "scorecards" / "WH-002.pdf")
    problems = month.score(CSI, "branch", "WH-002", "problems")["printed"]
    before = month.compared(CSI, "WH-002", "problems", "last_month")["printed_reference"]
    assert re.search(rf"返修车辆由技术总监逐台复检\s*问题经历：{before}\s*→\s*{problems}", text)
    assert "已逾期" in text
    assert "修后三日内电话回访" not in text, "done in an earlier month"
    assert "本店尚无登记的改进措施" in text_of(month.folder / "scorecards" / "HH-001.pdf")


def test_levels_of_the_network(month: Published) -> None:
    regions = {one: points(month.score(CSI, "region", one)["estimate"]) for one in ("EAST", "SOUTH", "CENTRAL", "WEST")}
    assert min(regions["EAST"], regions["SOUTH"]) > max(regions["CENTRAL"], regions["WEST"])
    means = {factor: month.score(CSI, "network", "network", factor)["estimate"] for factor in FACTORS[CSI]}
    assert max(means, key=lambda one: means[one]) == "advisor"
    index = {branch: month.score(CSI, "branch", branch) for branch in PLACES}
    small = {branch for branch, row in index.items() if row["flag"] == "caution"}
    assert small == {"HH-001"}
    rates = [row["estimate"] for key, row in month.scores.items() if key[1] == "branch" and key[3] == "response_rate"]
    assert min(rates) > 20
    assert max(rates) < 47


# ── the site ─────────────────────────────────────────────────────────────────────────────


def test_the_site_has_every_branch_as_published(month: Published) -> None:
    for instrument in (CSI, DEALER):
        text = (month.folder / "site" / "data" / f"{instrument}.js").read_text("utf-8")
        league = json.loads(text.removeprefix("csi.league(").removesuffix(");\n"))
        assert [row[0] for row in league["rows"]] == sorted(PLACES)
        for branch, _, _, _, (rank, low, high, _), figure, changes, factors in league["rows"]:
            row = month.scores.get((instrument, "branch", branch, "index", "mean", "month", MONTH), NOTHING)
            assert figure == [
                *(row.get(one) and str(row[one]) for one in ("printed", "printed_low", "printed_high")),
                row["n"], row["flag"],
            ]  # fmt: skip
            assert (rank, low, high) == (row["rank"], row.get("rank_low"), row.get("rank_high"))
            for against, change in zip(("last_month", "last_year", "network"), changes, strict=True):
                compared = month.comparisons.get((instrument, "branch", branch, "index", against), {"verdict": "none"})
                stored = compared.get("printed_difference")
                assert change == [None if stored is None else str(stored), compared["verdict"]]
            for factor, printed in zip(FACTORS[instrument], factors, strict=True):
                row = month.scores.get((instrument, "branch", branch, factor, "mean", "month", MONTH), NOTHING)
                assert printed == (None if row["printed"] is None else str(row["printed"]))


def test_the_site_is_part_of_the_month(month: Published) -> None:
    site = month.folder / "site"
    listed = json.loads((month.folder / "run.json").read_text("utf-8"))["outputs"]
    files = {path.relative_to(month.folder).as_posix() for path in site.rglob("*") if path.is_file()}
    assert files <= listed.keys()
    for branch in PLACES:
        for page, up in ((f"branch/{branch}.html", "../../"), (f"en/branch/{branch}.html", "../../../")):
            linked = f'href="{up}scorecards/{branch}.pdf"' in (site / page).read_text("utf-8")
            assert linked == (branch in CARDS)  # no link to what was not printed
    assert f'"period":"{MONTH}"' in (month.folder.parent / "months.js").read_text("utf-8")
    assert f'href="{MONTH}/site/index.html"' in (month.folder.parent / "index.html").read_text("utf-8")
