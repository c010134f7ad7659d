"""Sums that are made several at a time are the sums themselves, up to the responses they hold."""

from pathlib import Path

import pytest

from pipeline import accepted, hierarchy, instrument, programme, score, warehouse
from pipeline.measures import LARGE
from pipeline.month import Month
from pipeline.refusal import Refusal
from tests.steps import opened

MOST = 2**23 - 1
PROGRAMME = """
id = "one"
name = { zh = "一", en = "One" }
instruments = ["china_csi_2005"]
[regions]
NORTH = { zh = "北", en = "North" }
[divisions]
PC = { zh = "乘用车", en = "PC" }
[[source]]
id = "csi"
role = "responses"
instrument = "china_csi_2005"
files = "*.csv"
mapping = "mapping.toml"
"""


@pytest.mark.parametrize(
    ("low", "high", "top", "bottom"), [(1, 10, 9, 4), (0, 11, 10, 0), (-3, 3, 3, -2), (0, 1, 1, 0)]
)
def test_five_sums_at_a_time_are_the_sums(low: int, high: int, top: int, bottom: int) -> None:
    answers = (
        f"SELECT CASE WHEN g % 7 > 0 THEN {low} + g * g % {high - low + 1} END::TINYINT AS x FROM range(1000) r(g)"
    )
    packed, plain = f"{low}, {high}, {top}, {bottom}", f"x::INTEGER - {low}, x >= {top}, x <= {bottom}, 1"
    found = opened().execute(f"SELECT unpacked(packed_sums(x, {packed})), answer_sums({plain}) FROM ({answers})")
    ((at_a_time, alone),) = found.fetchall()
    assert at_a_time == alone


def test_a_branch_with_as_many_responses_as_there_can_be() -> None:
    """All give the highest answer of the longest scale, which is both boxes here: every part is full."""
    found = opened().execute(f"SELECT unpacked(packed_sums(x, 0, 11, 11, 11)) FROM (SELECT 11 AS x FROM range({MOST}))")
    ((sums,),) = found.fetchall()
    steps = {"x": 11 * MOST, "x2": 11 * MOST, "xx": 121 * MOST}
    assert sums == dict.fromkeys(("n", "w", "w2", "top", "top2", "bottom", "bottom2"), MOST) | steps


def test_as_many_of_the_largest_scores_summed_as_double_numbers() -> None:
    """The one that is less is seen, wherever it stands."""
    largest, least = LARGE - 1, LARGE - 2
    scores = f"SELECT CASE WHEN g = {{}} THEN {least}e0 ELSE {largest}e0 END AS x FROM range({MOST}) r(g)"
    sums = {
        opened().execute(f"SELECT sum(x * x)::HUGEINT FROM ({scores.format(at)})").fetchall()[0][0]
        for at in (0, MOST - 1)
    }
    assert sums == {largest**2 * (MOST - 1) + least**2}


def test_one_response_more_is_refused(tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text(PROGRAMME, encoding="utf-8")
    (tmp_path / "branches.csv").write_text(
        "branch,name_zh,name_en,region,divisions,tier,valid_from,valid_to,successor\nA,A,A,NORTH,PC,,2020-01-01,,\n"
    )
    site = programme.load(tmp_path)
    used = instrument.load(site)
    out = tmp_path / "out"
    accepted.write_hierarchy(out, hierarchy.load(site, used))
    steps = dict(score.render(site.programme, used, Month.parse("2025-10"), ()))
    (check,) = (one for one in steps["30_totals china_csi_2005"].split(";") if "SELECT error(" in one)
    totals = "CREATE TABLE totals_china_csi_2005 AS SELECT '2025-10' AS period, 'A' AS branch, unnest([{}, 1]) AS n"
    warehouse.build(out, [("made", totals.format(MOST - 1)), ("check", check)], [])
    with pytest.raises(
        Refusal, match=r"out: china_csi_2005: 8388608 responses of branch A in 2025-10, .* split the branch"
    ):
        warehouse.build(out, [("made", totals.format(MOST)), ("check", check)], [])
