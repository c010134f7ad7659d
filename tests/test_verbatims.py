"""Which comments are shown, and how they are cut; actions and themes as they are declared, or refused."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Called, Network

from pipeline.texts import cut, printable, width
from pipeline.themes import Theme
from pipeline.verbatims import _chosen, _themes

Csi = Callable[..., Called]


def test_a_long_text_is_cut_to_its_room() -> None:
    long = "修了三次才修好，每次都说配件没到。" * 24
    assert len(long) == 408
    short = cut(long, 112)
    assert short.endswith("…")
    assert 105 <= width(short) <= 112
    assert long.startswith(short[:-1])
    assert cut(long[:56], 112) == long[:56]


def test_no_word_is_cut_and_no_comma_left_before_the_dots() -> None:
    assert cut("The part had not arrived, and nobody knew when it would", 30) == "The part had not arrived…"
    assert cut("The part had not arrived, and nobody knew when it would", 29) == "The part had not arrived…"
    assert cut("https://example.org/a/very/long/address/without/any/space", 20) == "https://example.or…"
    assert cut("等了两小时, hopeless", 14) == "等了两小时…"


def test_what_the_fonts_lack_is_replaced() -> None:
    assert printable("好😀店", lambda text: {"😀"} & set(text)) == "好〓店"


def named(name: str, *words: str) -> Theme:
    return Theme(name, {"zh": name, "en": name}, words)  # type: ignore[arg-type]


def pages(*themes: Theme) -> Any:
    programme = SimpleNamespace(theme=themes)
    run = SimpleNamespace(site=SimpleNamespace(programme=programme), missing_glyphs=lambda _: set())
    return SimpleNamespace(run=run, language="en", gettext=lambda text: text)


def test_a_comment_belongs_to_every_theme_whose_words_it_holds_and_is_shown_once() -> None:
    said = ["Slow repair, high price", "High PRICE", "ｒｅｐａｉｒ again", "Fine", "Fine", "A repair"]
    repair, price, other = _themes(pages(named("repair", "repair"), named("price", "price")), said, 8, whole=False)
    assert [one.comments for one in (repair, price, other)] == [3, 2, 2]
    assert [quote.text for quote in repair.quotes] == ["Slow repair, high price", "ｒｅｐａｉｒ again"]
    assert [quote.text for quote in price.quotes] == ["High PRICE"]
    assert [(quote.text, quote.copies) for quote in other.quotes] == [("Fine", 2)]
    assert other.name == "Other"


def test_without_themes_all_stand_together() -> None:
    (one,) = _themes(pages(), ["b", "aa", "a"], 8, whole=False)
    assert (one.name, one.comments, [quote.text for quote in one.quotes]) == ("All comments", 3, ["aa", "a"])


def test_the_longest_come_first_by_turns_until_the_room_is_full() -> None:
    assert _chosen([["a", "bbb", "cc"], ["dd", "d"], ["bbb"]], 4) == [["bbb", "cc"], ["dd", "d"], []]
    assert _chosen([["a", "bbb", "cc"], ["dd", "d"], ["e"]], 3) == [["bbb"], ["dd"], ["e"]]
    assert _chosen([["b", "a"]], 1) == [["a"]]


# ── themes ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('id = "price"', 'id = "repair"', "every id once, found 'repair' again"),
        ('id = "price"', 'id = "other"', "another id, 'other' is where verbatims without a theme go"),
        ('words = ["价格",', 'words = ["价格", "价格",', "every word once, found '价格' again"),
        ('words = ["价格",', 'words = ["价格", " ",', "a word that is not blank, found ' '"),
        ('words = ["价格", "费用", "优惠", "工时费", "套餐", "贵"]', "words = []", "at least one word"),
    ],
)
def test_a_wrong_theme_is_told_in_one_sentence(old: str, new: str, expected: str, small: Network, csi: Csi) -> None:
    called = csi("check", small.replace("programme.toml", old, new))
    assert called.status == 1
    (problem,) = called.problems
    assert "programme.toml, line " in problem
    assert expected in problem


# ── actions ──────────────────────────────────────────────────────────────────────────────

HEAD = "period,branch,instrument,measure,action,owner,due,status\n"
GOOD = "2025-10,DG-001,china_csi_2005,problems,每周复盘,售后经理,2025-11-30,open\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2025-10,", "October,", "column period: 'October' is not a month. Write it as 2025-10."),
        ("DG-001", "SH-999", "column branch: 'SH-999' is not a branch of the branches file."),
        (
            "china_csi_2005",
            "csi",
            "column instrument: 'csi' is not used; known are china_csi_2005, dealer_satisfaction.",
        ),
        ("problems", "speed", "column measure: 'speed' is not one of index, problems, user_friendly, delivery, "),
        ("每周复盘", "", "column action: it must not be empty."),
        ("每周复盘", "复盘" * 21, "column action: it is 84 letters wide (a hanzi counts two); a page has room for 80."),
        ("售后经理", "电话13900006688", "column owner: it holds a phone number, an address or the like."),
        ("2025-11-30", "30/11/2025", "column due: '30/11/2025' is not a date. Write it as 2025-10-31."),
        (",open", ",late", "column status: 'late' is not one of open, under_way, done, dropped."),
        ("period,branch", "month,branch", "row 1: the columns are month, branch"),
    ],
)
def test_a_wrong_action_is_refused_with_its_row(old: str, new: str, expected: str, small: Network, csi: Csi) -> None:
    text = (HEAD + GOOD).replace(old, new, 1)
    (small.folder / "actions.csv").write_text(text, encoding="utf-8")
    called = csi("check", small)
    assert called.status == 1
    (problem,) = called.problems
    assert problem.startswith("actions.csv, row ")
    assert expected in problem


def test_actions_belong_to_the_identity_of_a_run(small: Network) -> None:
    from pipeline.plan import Order, plan

    before = plan(Order(small.folder, "2025-10"))
    (small.folder / "actions.csv").write_text(HEAD + GOOD, encoding="utf-8")
    after = plan(Order(small.folder, "2025-10"))
    assert before.run_id != after.run_id
    assert after.actions.height == 1
