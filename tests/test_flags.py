"""Soft flags mark a response and change nothing else."""

from pathlib import Path

import polars as pl
import pytest
from intakes import INSTRUMENT, ITEMS, MAPPING, Shop, admit, index, make, stored

from pipeline import findings
from pipeline.__main__ import main
from pipeline.admitted import over_gate
from pipeline.plan import Order, plan

FULL = MAPPING.replace("[items]", 'duration_s = "time"\nverbatim = "意见"\n[items]')
MIXED = ("8", "7", "9", "8", "6", "9")


def answers(*codes: str) -> dict[str, str]:
    return dict(zip(ITEMS, codes, strict=True))


def row(codes: tuple[str, ...] = MIXED, seconds: str = "", verbatim: str = "", **more: str) -> dict[str, str]:
    return {**answers(*codes), "time": seconds, "意见": verbatim, **more}


def flags(shop: Shop) -> list[set[str]]:
    """The flags of R1, R2, …"""
    found = stored(admit(shop))
    return [set(str(found[f"R{place}"]["flags"] or "").split()) for place in range(1, len(found) + 1)]


# ── the same answer throughout ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("8",) * 6, {"straight_lining"}), (("1",) * 6, {"straight_lining"}), (("10",) * 6, {"all_top"}),
        (MIXED, set()),
        (("8", "8", "8", "8", "8", ""), {"straight_lining"}), (("8", "8", "8", "8", "", ""), set()),
        (("10", "10", "10", "10", "10", ""), {"all_top"}), (("10", "10", "10", "10", "", ""), set()),
        (("10", "10", "10", "10", "10", "9"), set()), (("8", "8", "8", "8", "8", "7"), set()),
    ],
)  # fmt: skip
def test_straight_lining_and_all_top(codes: tuple[str, ...], expected: set[str], tmp_path: Path) -> None:
    shop = make(tmp_path, FULL)
    shop.rows(row(codes))
    assert flags(shop) == [expected]


@pytest.mark.parametrize(("least", "answered", "flagged"), [(3, 3, True), (3, 2, False), (6, 6, True), (6, 5, False)])
def test_enough_answered_items(least: int, answered: int, flagged: bool, tmp_path: Path) -> None:
    shop = make(tmp_path, FULL, tables=f"[flags]\nmin_items = {least}\n")
    shop.rows(row(("8",) * answered + ("",) * (6 - answered)), row(("10",) * answered + ("",) * (6 - answered)))
    assert flags(shop) == ([{"straight_lining"}, {"all_top"}] if flagged else [set(), set()])


def test_items_of_unlike_scales_are_compared_by_their_place_on_them(tmp_path: Path) -> None:
    """q6 goes from 0 to 2: all top is 10 … 10, 2, and 1 … 1, 0 is the bottom throughout."""
    scale = 'touchpoint = "shop", scale = { min = 0, max = 2, top_box_from = 2, bottom_box_to = 0 } }'
    definition = INSTRUMENT.replace('en = "six" }, touchpoint = "shop" }', f'en = "six" }}, {scale}')
    assert definition != INSTRUMENT
    shop = make(tmp_path, FULL, definition=definition)
    shop.rows(row(("10", "10", "10", "10", "10", "2")), row(("1", "1", "1", "1", "1", "0")), row(("1",) * 6))
    assert flags(shop) == [{"all_top"}, {"straight_lining"}, set()]


def test_counts_are_no_part_of_the_line(tmp_path: Path) -> None:
    """Who ticks 8 throughout has had no problem, or three: it says nothing of how the questions were answered."""
    scale = "{ min = 0, max = 9, top_box_from = 1, bottom_box_to = 0 }"
    text = f'text = {{ zh = "响", en = "Noise" }}\ntouchpoint = "shop"\nscale = {scale}\n'
    counts = f'\n[[count]]\nid = "tgw"\nname = {{ zh = "问题", en = "Problems" }}\n[[count.item]]\nid = "k1"\n{text}'
    mapping = FULL.replace("[items]", '[items]\nk1 = "noise"')
    shop = make(tmp_path, mapping, definition=INSTRUMENT + counts)
    shop.rows(
        row(("8",) * 6, noise="0"), row(("10",) * 6, noise="3"), row(noise="0"), row(("8",) * 4 + ("", ""), noise="8"),
        row(MIXED, "13", noise="0"), row(MIXED, "14", noise="0"),
    )  # fmt: skip
    assert flags(shop) == [{"straight_lining"}, {"all_top"}, set(), set(), {"speeding"}, set()]


def test_a_reversed_item_is_compared_by_its_code(tmp_path: Path) -> None:
    """10 … 10 with a 1 where the question is turned round is all top."""
    shop = make(tmp_path, 'reversed = ["q6"]\n' + FULL)
    shop.rows(row(("10", "10", "10", "10", "10", "1")))
    assert flags(shop) == [{"all_top"}]


# ── too fast ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("codes", "seconds", "flagged"),
    [
        (MIXED, "11", True), (MIXED, "12", False), (MIXED, "13", False), (MIXED, "0", True),
        (("8", "7", "", "", "", ""), "3", True), (("8", "7", "", "", "", ""), "4", False), (MIXED, "", False),
    ],
)  # fmt: skip
def test_fewer_than_two_seconds_an_answered_item(
    codes: tuple[str, ...], seconds: str, flagged: bool, tmp_path: Path
) -> None:
    shop = make(tmp_path, FULL, tables="[flags]\nshare_of_median_percent = 0\n")
    shop.rows(row(codes, seconds))
    assert flags(shop) == [{"speeding"} if flagged else set()]


@pytest.mark.parametrize(("per_item", "seconds", "flagged"), [(5, "29", True), (5, "30", False), (0, "0", False)])
def test_seconds_per_item_is_a_setting(per_item: int, seconds: str, flagged: bool, tmp_path: Path) -> None:
    shop = make(tmp_path, FULL, tables=f"[flags]\nseconds_per_item = {per_item}\nshare_of_median_percent = 0\n")
    shop.rows(row(MIXED, seconds))
    assert flags(shop) == [{"speeding"} if flagged else set()]


@pytest.mark.parametrize(("percent", "limit"), [(50, 100), (25, 50)])
def test_less_than_a_share_of_the_median(percent: int, limit: int, tmp_path: Path) -> None:
    """The median of 200, 200, 200, 300, limit, limit - 1 is 200."""
    shop = make(tmp_path, FULL, tables=f"[flags]\nshare_of_median_percent = {percent}\n")
    shop.rows(*(row(MIXED, one) for one in ("200", "200", "200", "300", str(limit), str(limit - 1))), row(MIXED, ""))
    assert flags(shop) == [set(), set(), set(), set(), set(), {"speeding"}, set()]


def test_the_median_is_of_what_was_accepted(tmp_path: Path) -> None:
    """Quarantined rows take no part: with them the median would be 1000 and 200 too fast."""
    shop = make(tmp_path, FULL)
    shop.rows(*[row(MIXED, "200")] * 3, *[row(("11", *MIXED[1:]), "1000")] * 10)
    assert flags(shop) == [set()] * 3


def test_the_median_is_of_the_source_s_month(tmp_path: Path) -> None:
    """Two sources: 400, 400, 90 have the median 400, and 100, 100, 100 in the other are not measured by it."""
    second = '[[source]]\nid = "second"\nrole = "responses"\ninstrument = "svc"\nfiles = "second*"\n'
    second += 'mapping = "mappings/src.toml"\n'
    shop = make(tmp_path, FULL, sources=second)
    shop.rows(row(MIXED, "100"), row(MIXED, "100"), row(MIXED, "100"))
    more = [row(MIXED, "400", respondent=f"R{n}") for n in (4, 5)]
    shop.rows(*more, row(MIXED, "90", respondent="R6"), name="second.csv")
    assert flags(shop) == [set()] * 5 + [{"speeding"}]


# ── the same text ────────────────────────────────────────────────────────────────────────

TEXT = "师傅很专业，等待时间也不长，满意"


def test_the_same_text_in_three_responses(tmp_path: Path) -> None:
    shop = make(tmp_path, FULL)
    shop.rows(
        row(verbatim=TEXT), row(verbatim=f" {TEXT} "), row(verbatim=TEXT, branch="BJ-002"), row(verbatim=TEXT + "。"),
        *[row(verbatim="另一句足够长的留言，大家都不一样")] * 2, row(), row(), row(),
    )  # fmt: skip
    assert flags(shop) == [{"identical_verbatim"}] * 3 + [set()] * 6


@pytest.mark.parametrize("repeats", [2, 4])
def test_how_often_is_a_setting(repeats: int, tmp_path: Path) -> None:
    shop = make(tmp_path, FULL, tables=f"[flags]\nverbatim_repeats = {repeats}\n")
    shop.rows(*[row(verbatim=TEXT)] * repeats, *[row(verbatim=TEXT[::-1])] * (repeats - 1))
    assert flags(shop) == [{"identical_verbatim"}] * repeats + [set()] * (repeats - 1)


# ── what flags do not do ─────────────────────────────────────────────────────────────────


def test_flags_change_no_figure_and_no_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(("10",) * 6, "1", TEXT), row(("1",) * 6, "1", TEXT), row(MIXED, "300", TEXT)]
    found = []
    for name, tables in (
        ("strict", ""),
        (
            "loose",
            "[flags]\nseconds_per_item = 0\nshare_of_median_percent = 0\nmin_items = 1000\nverbatim_repeats = 1000\n",
        ),
    ):
        shop = make(tmp_path / name, FULL, tables=tables, percent=0)
        shop.rows(*rows)
        assert main(["score", "--programme", str(shop.folder), "--period", "2025-10"]) == 0, capsys.readouterr().err
        assert over_gate(admit(shop), 0) is None
        place = shop.out / "score" / "2025-10"
        found.append((flags(shop), [(place / one).read_bytes() for one in ("scores.csv", "comparisons.csv")]))
    (strict, one), (loose, other) = found
    assert strict == [
        {"all_top", "speeding", "identical_verbatim"}, {"straight_lining", "speeding", "identical_verbatim"},
        {"identical_verbatim"},
    ]  # fmt: skip
    assert loose == [set()] * 3
    assert one == other
    # care: 9, 0, 7/9 of 9 …: (100 + 0 + 100·(7+6+8)/27) / 3; work: (100 + 0 + 100·(7+5+8)/27) / 3
    care, work = (100 + 100 * 21 / 27) / 3, (100 + 100 * 20 / 27) / 3
    assert index(Shop(tmp_path / "strict"), "SH-001") == (3, pytest.approx(0.6 * care + 0.4 * work, abs=1e-8))


def test_flags_are_counted_by_branch(tmp_path: Path) -> None:
    shop = make(tmp_path, FULL)
    shop.rows(
        row(("8",) * 6, "1", TEXT), row(("10",) * 6, "300", TEXT), row(MIXED, "300"), row(("11", *MIXED[1:]), "1"),
        row(("9",) * 6, "300", TEXT, branch="BJ-002"), row(MIXED, "300", branch="BJ-002"),
    )  # fmt: skip
    planned = plan(Order(shop.folder, "2025-10"))
    found = findings._intake(planned, admit(shop), None).flags
    wanted = {
        "SH-001": {
            "accepted": 3,
            "straight_lining": 1,
            "all_top": 1,
            "speeding": 1,
            "identical_verbatim": 2,
            "flagged": 2,
        },
        "BJ-002": {
            "accepted": 2,
            "straight_lining": 1,
            "all_top": 0,
            "speeding": 0,
            "identical_verbatim": 1,
            "flagged": 1,
        },
    }
    assert {
        one["branch"]: {name: one[name] for name in wanted["SH-001"]} for one in found.iter_rows(named=True)
    } == wanted
    assert found.filter(pl.col("branch") == "SH-001").select("name_zh", "name_en").row(0) == ("上海店", "Shanghai")


@pytest.mark.parametrize(
    ("key", "value"),
    [("seconds_per_item", "-1"), ("seconds_per_item", "1.5"), ("share_of_median_percent", "101"), ("min_items", "1"),
     ("verbatim_repeats", "1"), ("speed", "3")],
)  # fmt: skip
def test_a_threshold_that_cannot_be(key: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make(tmp_path, FULL, tables=f"[flags]\n{key} = {value}\n")
    shop.rows(row())
    assert main(["check", "--programme", str(tmp_path)]) == 1
    (line,) = [one for one in capsys.readouterr().err.splitlines() if "✗" in one]
    assert f"flags.{key}" in line
    assert ", line " in line
