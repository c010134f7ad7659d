"""The blocks of the headquarters report as HTML, word for word, and the geometry of its drawings.

After a change that is meant: `python tests/test_network_blocks.py` writes tests/golden/network anew.
"""

import re
import sys
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.network_drawing import funnel_plane, labels  # noqa: E402
from pipeline.network_view import League  # noqa: E402
from pipeline.page import block  # noqa: E402
from tests import sample_views as views  # noqa: E402
from tests.sample_blocks import quality, whole  # noqa: E402

GOLDEN = Path(__file__).parent / "golden" / "network"
LANGUAGES = ("zh", "en")
BLOCKS = {
    "units": ("league.html.j2", "units"),
    "branches": ("league.html.j2", "branches"),
    "coverage": ("regions.html.j2", "coverage"),
    "heat_map": ("regions.html.j2", "heat_map"),
    "split": ("regions.html.j2", "split"),
    "funnel": ("standing.html.j2", "funnel"),
    "movers": ("standing.html.j2", "movers"),
    "data": ("quality.html.j2", "data"),
    "complaints": ("quality.html.j2", "complaints"),
}


def small(language: str) -> League:
    """Two factors, five regions, eight branches."""
    return whole(views.league(language, views.CSI[:2], 1000, 8), language)


def fragment(name: str, language: str, league: League | None = None) -> str:
    league = league or small(language)
    given = {"data": (quality(league, language),), "complaints": ()}.get(name, (league,))
    text = block(*BLOCKS[name], language, *given)
    return re.sub(r"\n\s*\n+", "\n", text).strip() + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_word_for_word_as_it_was(name: str, language: str) -> None:
    assert fragment(name, language) == (GOLDEN / f"{name}-{language}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("movers", {"movers": replace(small("en").movers, up=(), down=(), left_out=0)}, "changed clearly against"),
        ("movers", {"movers": replace(small("en").movers, up=(), down=(), compared=0)}, "nothing to compare"),
        ("funnel", {"funnel": None}, "Fewer than two branches"),
        ("funnel", {"funnel": replace(small("en").funnel, outside=())}, "No branch is outside its limits."),  # type: ignore[type-var]
        ("split", {"split": ()}, "cannot be split"),
    ],
)
def test_an_empty_block_says_why(name: str, changes: dict[str, object], said: str) -> None:
    assert said in fragment(name, "en", replace(small("en"), **changes))  # type: ignore[arg-type]


def test_what_is_withheld_stands_nowhere_in_the_heat_map() -> None:
    text = fragment("heat_map", "en")
    assert text.count("withheld") == 1
    assert "h absent" in text
    assert "small base" in text


def test_names_are_escaped() -> None:
    league = small("en")
    assert league.funnel is not None
    hostile = "<script>alert(1)</script>"
    bad = replace(league.funnel.outside[0], name=hostile)
    text = fragment("funnel", "en", replace(league, funnel=replace(league.funnel, outside=(bad,))))
    assert hostile not in text
    assert "&lt;script&gt;" in text


def test_a_funnel_holds_all_it_draws_and_its_labels_keep_apart() -> None:
    it = whole(views.league("zh", views.CSI[:2], 1000, 60), "zh").funnel
    assert it is not None
    plane = funnel_plane(it, 1000, 255.0, 88.0)
    for point in it.points:
        assert 0 <= plane.x(point.effective_n) <= 255
        for value in (*point.limits, point.figure.estimate or it.centre):
            assert 0 <= plane.y(value) <= 88
    assert plane.y(Decimal(900)) < plane.y(Decimal(800))
    drawn = labels(it, plane)
    assert [one.text for one in drawn] == [point.branch for point in it.outside]
    by_place = sorted(drawn, key=lambda one: one.y)
    for one, other in pairwise(by_place):
        assert other.y - one.y >= 2.6 or abs(other.x - one.x) >= min(one.width, other.width)


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for spoken in LANGUAGES:
        for each in BLOCKS:
            (GOLDEN / f"{each}-{spoken}.html").write_text(fragment(each, spoken), encoding="utf-8")
