"""The blocks of a scorecard as HTML, word for word; what empty ones say; and where marks stand.

After a change that is meant: `python tests/test_scorecard_blocks.py` writes tests/golden/scorecard anew.
"""

import random
import re
import sys
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.detail import Detail, Integrity, Plan, Verbatims  # noqa: E402
from pipeline.drawing import Matrix, columns, matrix, placed, stacks, strip_axis  # noqa: E402
from pipeline.page import block, trend_axis  # noqa: E402
from pipeline.view import Comparison, IndexBlock, PartLine, Scorecard  # noqa: E402
from tests import sample_views as views  # noqa: E402

GOLDEN = Path(__file__).parent / "golden" / "scorecard"
LANGUAGES = ("zh", "en")
BLOCKS = {
    "header": ("blocks.html.j2", "header"),
    "headline": ("blocks.html.j2", "headline"),
    "position": ("position.html.j2", "position"),
    "aims": ("position.html.j2", "aims"),
    "factors": ("blocks.html.j2", "factors"),
    "trend": ("blocks.html.j2", "trend"),
    "matrix": ("second.html.j2", "matrix_block"),
    "items": ("second.html.j2", "items"),
    "complaints": ("second.html.j2", "complaints"),
    "verbatims": ("second.html.j2", "verbatims"),
    "integrity": ("second.html.j2", "integrity"),
    "plan": ("second.html.j2", "plan"),
    "method": ("blocks.html.j2", "method"),
}


def small(language: str, kind: str = "ordinary") -> Scorecard:
    """A card with one instrument of four factors, three items, eight ranked branches, three months."""
    card = views.scorecard(kind, language)
    one = views.block(random.Random(kind), language, kind, "china_csi_2005", views.CSI[:4], 1000)
    detail = replace(
        one.detail, items=one.detail.items[:3], strip=replace(one.detail.strip, marks=one.detail.strip.marks[12:20])
    )
    return replace(card, blocks=(replace(one, trend=one.trend[-3:], detail=detail),))


def fragment(name: str, language: str, card: Scorecard | None = None) -> str:
    card = card or small(language)
    (one,) = card.blocks
    given: dict[str, tuple[Any, ...]] = {
        "header": (card, False),
        "headline": (one, card.method, True),
        "trend": (one.trend, trend_axis(one.points, one.trend)),
        "complaints": (),
        "method": (card.method, card.blocks),
        **dict.fromkeys(("position", "factors", "matrix", "items", "verbatims"), (one, card.method)),
    }
    text = block(*BLOCKS[name], language, *given.get(name, (one,)))
    return re.sub(r"\n\s*\n+", "\n", text).strip() + "\n"


def changed(language: str, kind: str = "ordinary", **changes: Any) -> Scorecard:
    """A small card with changes of its detail."""
    card = small(language, kind)
    (one,) = card.blocks
    return replace(card, blocks=(replace(one, detail=replace(one.detail, **changes)),))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_word_for_word_as_it_was(name: str, language: str) -> None:
    assert fragment(name, language) == (GOLDEN / f"{name}-{language}.html").read_text(encoding="utf-8")


def integrity_of(why: str) -> Integrity:
    """flags of a branch of which nothing is shown are not there either."""
    one = small("en").blocks[0].detail.integrity
    return replace(one, without=None, why=why, flags=() if why == "withheld" else one.flags)  # type: ignore[arg-type]


NO_PLAN = Plan(False, (), 0)


@pytest.mark.parametrize(
    ("name", "kind", "changes", "said"),
    [
        ("position", "withheld", {}, "No index to place. Fewer than 10 responses"),
        ("position", "caution", {}, "Not ranked (small base): it stands apart on the right."),
        ("aims", "new", {}, "Neither a target nor a bonus line is declared"),
        ("aims", "withheld", {}, "withheld"),
        ("matrix", "caution", {}, "needs an index from at least 30 responses"),
        ("matrix", "withheld", {}, "Not drawn: the index is withheld."),
        ("items", "withheld", {}, "No item is shown. Fewer than 10 responses"),
        ("items", "closed", {}, "No valid responses this month."),
        ("items", "ordinary", {"left_out": 4}, "4 items with higher means stand in scores.csv."),
        ("complaints", "ordinary", {}, "No complaint register is read yet."),
        ("verbatims", "withheld", {}, "Withheld with the index: comments could tell who wrote them."),
        ("verbatims", "ordinary", {"verbatims": Verbatims("none", 0, ())}, "No customer left a comment this month."),
        ("integrity", "ordinary", {"integrity": integrity_of("few")}, "both need a base that may be shown"),
        ("integrity", "ordinary", {"integrity": integrity_of("other")}, "it would lack a factor or a division"),
        ("integrity", "ordinary", {"integrity": integrity_of("none")}, "No response is flagged."),
        ("integrity", "withheld", {}, "Flags are withheld with the figures"),
        ("integrity", "closed", {}, "No valid responses this month."),
        ("plan", "ordinary", {"plan": NO_PLAN}, "This programme keeps no list of actions. To be agreed:"),
        ("plan", "ordinary", {}, "No action is recorded for this branch yet. To be agreed:"),
        ("plan", "crowded", {}, "3 more stand in the programme's list of actions."),
    ],
)
def test_an_empty_block_says_why(name: str, kind: str, changes: dict[str, Any], said: str) -> None:
    assert said in fragment(name, "en", changed("en", kind, **changes))


def test_flags_that_stand_out_are_marked_in_words_and_signs() -> None:
    text = fragment("integrity", "en", changed("en", "crowded"))
    assert "▲ 50.1%" in text
    assert "Clearly more than in the network" in text
    assert "▲" not in fragment("integrity", "en")


def test_what_customers_and_branches_write_is_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    detail = small("en", "crowded").blocks[0].detail
    theme = detail.verbatims.themes[0]
    bad = replace(theme, quotes=(replace(theme.quotes[0], text=hostile),))
    said = replace(detail.verbatims, themes=(bad,))
    line = replace(detail.plan.lines[0], action=hostile, owner=hostile)
    for name, changes in (("verbatims", {"verbatims": said}), ("plan", {"plan": replace(detail.plan, lines=(line,))})):
        text = fragment(name, "en", changed("en", "crowded", **changes))
        assert hostile not in text
        assert "&lt;script&gt;" in text


def test_a_rank_without_another_is_not_a_range() -> None:
    (one,) = small("en").blocks
    alone = replace(one.detail.standings[0], rank=1, rank_low=1, rank_high=1)
    text = fragment("position", "en", changed("en", standings=(alone, one.detail.standings[1])))
    assert "rank 1 of 52, the only one in its range" in text
    assert "rank 5 of 16, may be 2 to 12" in text


def test_rounding_makes_nothing_certain() -> None:
    (one,) = small("en").blocks
    (target, *_) = one.detail.aims
    for chance, said in ((Decimal("100.0"), "&gt;99.9%"), (Decimal("0.0"), "&lt;0.1%"), (Decimal("2.5"), "2.5%")):
        aims = (replace(target, chance=chance, gap=replace(target.gap, q=Decimal("0.000"))),)
        text = fragment("aims", "en", changed("en", aims=aims))
        assert f'<td class="n">{said}</td>' in text
        assert "&lt;0.001" in text


def test_a_partial_index_names_the_division_and_what_it_lacks() -> None:
    card = small("en", "partial")
    (one,) = card.blocks
    lacking = PartLine("nev", "New Energy", replace(one.headline, flag="partial"), ("Parts supply", "Skill"))
    whole = PartLine("pc", "Passenger Cars", one.headline)
    partial = replace(one, headline=replace(one.headline, flag="partial"), parts=(lacking, whole))
    text = fragment("headline", "en", replace(card, blocks=(partial,)))
    assert "Partial index, not ranked: New Energy has no figure for Parts supply, Skill." in text


def test_a_reference_that_was_withheld_is_not_said_to_be_none() -> None:
    card = small("en")
    (one,) = card.blocks
    withheld = replace(one.trend[1].month, estimate=None, low=None, high=None, flag="withheld")
    nothing = Comparison(None, None, None, None, "none")
    for flag, said in (("withheld", "withheld then"), ("none", "none last month")):
        trend = (one.trend[0], replace(one.trend[1], month=replace(withheld, flag=flag)), one.trend[2])
        text = fragment("headline", "en", replace(card, blocks=(replace(one, trend=trend, on_month=nothing),)))
        assert said in text


# ── geometry ─────────────────────────────────────────────────────────────────────────────


def whole(kind: str = "ordinary") -> tuple[IndexBlock, Detail]:
    one = views.scorecard(kind, "en").blocks[0]
    return one, one.detail


def test_the_strip_holds_every_branch_and_marks_this_one_once() -> None:
    one, detail = whole()
    axis = strip_axis(detail.strip, one.headline, one.points)
    marks = {kind: list(placed(detail.strip, kind, axis, 2.0, 20.0)) for kind in ("here", "region", "other")}
    assert [len(marks["here"]), sum(map(len, marks.values()))] == [1, len(detail.strip.marks)]
    for mark in (mark for some in marks.values() for mark in some):
        assert 0 <= mark.high <= mark.y <= mark.low <= 20
        assert 0 < mark.x < 2 * len(detail.strip.marks)
    assert marks["here"][0].x == 2 * 16.5


def test_stacks_are_as_long_as_their_shares_and_meet_round_one_line() -> None:
    _, detail = whole()
    all_of = stacks(detail.items)
    width = 30.0
    unit = width / (all_of.left + all_of.right)
    for item in detail.items:
        assert item.top is not None
        assert item.bottom is not None
        start, low, high, end = all_of.edges(item, width)
        assert -1e-9 <= start <= low <= high <= end <= width + 1e-9
        assert low - start == pytest.approx(float(item.bottom) * unit)
        assert end - high == pytest.approx(float(item.top) * unit)
        assert (low + high) / 2 == pytest.approx(all_of.zero(width))


def test_the_matrix_has_a_spot_for_each_factor_and_numbers_that_can_be_told_apart() -> None:
    one, _ = whole()
    it = matrix(one, 42.0, 37.0)
    assert isinstance(it, Matrix)
    assert [spot.name for spot in it.spots] == [line.name for line in one.factors]
    by_weight = sorted(zip(it.spots, one.factors, strict=True), key=lambda pair: pair[1].weight)
    assert [spot.x for spot, _ in by_weight] == sorted(spot.x for spot in it.spots)
    for spot in it.spots:
        assert 0 < spot.x < 42
        assert 0 < spot.top < spot.y < spot.bottom < 37
    for a, b in combinations(it.spots, 2):
        assert abs(a.label[0] - b.label[0]) + abs(a.label[1] - b.label[1]) > 1.8


@pytest.mark.parametrize(("kind", "why"), [("caution", "base"), ("withheld", "base"), ("twelve_factors", "equal")])
def test_there_is_no_matrix_without_enough_to_show(kind: str, why: str) -> None:
    assert matrix(whole(kind)[0], 42.0, 37.0) == why


def test_there_is_no_matrix_of_a_partial_index() -> None:
    one, _ = whole()
    partial = replace(one, headline=replace(one.headline, flag="partial"))
    assert matrix(partial, 42.0, 37.0) == "partial"


def test_themes_go_into_two_columns_in_their_order() -> None:
    themes = whole("crowded")[1].verbatims.themes
    left, right = columns(themes, 60)
    assert (*left, *right) == themes
    assert left


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for spoken in LANGUAGES:
        for each in BLOCKS:
            (GOLDEN / f"{each}-{spoken}.html").write_text(fragment(each, spoken), encoding="utf-8")


@pytest.mark.parametrize("name", ["position", "matrix", "items", "verbatims"])
def test_a_twin_is_not_said_to_be_small(name: str) -> None:
    """Withheld with 48 responses, because another branch's figure would follow from it."""
    card = small("zh", "withheld")
    (one,) = card.blocks
    twin = replace(one, headline=replace(one.headline, n=48))
    said = fragment(name, "zh", replace(card, blocks=(twin,)))
    assert not re.search("不足10，|至少30|样本过小|：不予公布：|暴露填写人", said)
