"""Every key of a mapping, from the export to the accepted table or the quarantine."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from intakes import (
    BRANCHES,
    FIELDS,
    ITEMS,
    KEY,
    MAPPING,
    NUMBERED,
    ROW,
    Shop,
    admit,
    faults,
    make,
    refused,
    stored,
    table,
)

from pipeline.__main__ import main
from pipeline.admitted import Admitted, over_gate
from pipeline.privacy import HIDDEN
from pipeline.refusal import Refusal

WORDS = """
[labels.answer]
"非常满意" = 10
"很满意" = 10
"满意" = 7
"不满意" = 1
"""


def only(shop: Shop) -> dict[str, object]:
    """The one response there is; nothing may be quarantined."""
    admitted = admit(shop)
    assert faults(admitted) == []
    (found,) = stored(admitted).values()
    return found


# ── labels ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("codes", "order"),
    [
        ({"非常满意": 5, "满意": 4, "一般": 3, "不满意": 2}, "非常满意, 满意, 一般, 不满意"),
        ({"不满意": 2, "一般": 3, "满意": 4, "非常满意": 5}, "不满意, 一般, 满意, 非常满意"),
        ({"一般": 3, "不满意": 2, "满意": 4, "还行": 3, "非常满意": 5}, "不满意, 一般, 还行, 满意, 非常满意"),
        ({"10分": 10, "1分": 1, "2分": 2}, "1分, 2分, 10分"),
    ],
)
def test_known_labels_are_listed_as_the_scale_has_them(codes: dict[str, int], order: str, tmp_path: Path) -> None:
    labels = "".join(f'"{label}" = {code}\n' for label, code in codes.items())
    text = f'{MAPPING}[missing]\n"不知道" = "refused"\n[item_labels]\nq1 = "words"\n[labels.words]\n{labels}'
    shop = make(tmp_path, text)
    shop.rows({"q1": "好"})
    assert admit(shop).quarantine["known"].to_list() == [f"{order}, 不知道"]


def test_several_labels_have_one_code_and_an_unknown_one_is_listed_with_the_known(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + WORDS)
    words = dict(zip(ITEMS, ("非常满意", "很满意", "满意", "不满意", "", " 满意 "), strict=True))
    shop.rows(words, words | {"q2": "满 意"}, words | {"q2": "10"})
    admitted = admit(shop)
    assert [stored(admitted)["R1"][item] for item in ITEMS] == [10, 10, 7, 1, None, 7]
    assert faults(admitted) == [(3, "q2", "满 意", "unknown_label"), (4, "q2", "10", "unknown_label")]
    for fix in admitted.quarantine["fix"]:
        assert all(label in fix for label in ("非常满意", "很满意", "满意", "不满意"))


def test_an_item_has_the_label_set_that_item_labels_names(tmp_path: Path) -> None:
    sets = (
        '[item_labels]\nq3 = "yes_no"\nq4 = "grade"\n[labels.yes_no]\n"是" = 10\n"否" = 1\n[labels.grade]\n"优" = 9\n'
    )
    shop = make(tmp_path, MAPPING + sets)
    shop.rows({"q3": "是", "q4": "优"}, {"q3": "优", "q4": "9"})
    admitted = admit(shop)
    assert [stored(admitted)["R1"][item] for item in ITEMS] == [8, 8, 10, 9, 8, 8]
    assert faults(admitted) == [(3, "q3", "优", "unknown_label"), (3, "q4", "9", "unknown_label")]


def test_full_width_labels_and_digits_are_the_same(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + '[item_labels]\nq1 = "grade"\n[labels.grade]\n"A" = 9\n')
    shop.rows({"q1": "Ａ", "q2": "１０", "q3": "　7　"})
    found = only(shop)
    assert (found["q1"], found["q2"], found["q3"]) == (9, 10, 7)


def test_a_value_is_shown_as_it_stands_in_the_file(tmp_path: Path) -> None:
    """Unseen characters may be why a label is not known: without them it would be told to be unknown and known."""
    shop = make(tmp_path, MAPPING + WORDS)
    cells = ("满意\u200b", "满意（很）", "\u202e满意", "３５")
    shop.rows(*(dict.fromkeys(ITEMS, "满意") | {"q2": f" {cell} "} for cell in cells))
    assert [value for _, _, value, _ in faults(admit(shop))] == list(cells)


def test_a_reversed_item_counts_from_the_other_end(tmp_path: Path) -> None:
    shop = make(tmp_path, 'reversed = ["q2", "q6"]\n' + MAPPING)
    shop.rows({"q2": "1", "q6": "3"}, {"q2": "10"}, {"q2": "11"}, {"q2": "0"}, {"q2": ""}, {"q2": "-4000000000"})
    admitted = admit(shop)
    assert (stored(admitted)["R1"]["q2"], stored(admitted)["R1"]["q6"]) == (10, 8)
    assert stored(admitted)["R2"]["q2"] == 1
    assert stored(admitted)["R5"]["q2"] is None
    assert faults(admitted) == [
        (4, "q2", "11", "outside_scale"), (5, "q2", "0", "outside_scale"), (7, "q2", "-4000000000", "outside_scale"),
    ]  # fmt: skip


def test_a_reversed_item_with_labels_and_missing_states(tmp_path: Path) -> None:
    mapping = 'reversed = ["q1"]\n' + MAPPING + WORDS + '[missing]\n"不清楚" = "not_applicable"\n'
    shop = make(tmp_path, mapping)
    shop.rows(dict.fromkeys(ITEMS, "不满意"), dict.fromkeys(ITEMS, "不满意") | {"q1": "不清楚"})
    admitted = admit(shop)
    assert stored(admitted)["R1"]["q1"] == 10
    assert stored(admitted)["R1"]["q2"] == 1
    assert (stored(admitted)["R2"]["q1"], stored(admitted)["R2"]["missing"]) == (None, "n.....")


def test_the_answers_of_an_item_may_have_a_column_each(tmp_path: Path) -> None:
    """A single choice as SurveyMonkey spreads it: the column of the answer holds its text."""
    spread = MAPPING.replace('q3 = "q3"', 'q3 = ["bad", "fair", "good"]')
    labels = '[labels.answer]\n"Bad" = 2\n"Fair" = 5\n"Good" = 9\n' + "".join(f'"{n}" = {n}\n' for n in (8,))
    shop = make(tmp_path, spread + labels)
    empty = {"bad": "", "fair": "", "good": ""}
    heads = [*FIELDS, *(one for one in ITEMS if one != "q3"), *empty]
    cells = [empty | {"good": "Good"}, empty | {"bad": " Bad"}, empty, empty | {"bad": "Bad", "good": "Good"}]
    full = [ROW | {"respondent": f"R{place}"} | one for place, one in enumerate(cells, start=1)]
    shop.put("export.csv", table(heads, [[one[head] for head in heads] for one in full]))
    admitted = admit(shop)
    assert [stored(admitted)[one]["q3"] for one in ("R1", "R2", "R3")] == [9, 2, None]
    assert faults(admitted) == [(5, "bad / fair / good", "Bad / Good", "unknown_label")]


# ── missing states ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cell", ["98", "９８", " 98 "])
def test_a_number_may_be_a_missing_state(cell: str, tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + '[missing]\n"98" = "refused"\n"99" = "not_asked"\n"不适用" = "not_applicable"\n')
    shop.rows({"q1": cell, "q2": "99", "q3": "不适用", "q4": ""})
    found = only(shop)
    assert [found[item] for item in ITEMS] == [None, None, None, None, 8, 8]
    assert found["missing"] == "rsnb.."


@pytest.mark.parametrize("code", ["-1", "0", "97", "999", "9999", "-999", "-9999", "12345", "99999", "-99999"])
def test_numbers_of_any_size_may_be_missing_states(code: str, tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + f'[missing]\n"{code}" = "not_applicable"\n')
    shop.rows({"q1": code})
    found = only(shop)
    assert (found["q1"], found["missing"]) == (None, "n.....")


def test_a_code_on_the_scale_may_be_missing_for_one_item(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + '[missing]\n"9" = "refused"\n[item_missing.q3]\n"6" = "not_applicable"\n')
    shop.rows({"q2": "6", "q3": "6", "q4": "9"})
    found = only(shop)
    assert (found["q2"], found["q3"], found["q4"], found["missing"]) == (6, None, None, "..nr..")


def test_item_missing_comes_before_missing(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + '[missing]\n"99" = "refused"\n[item_missing.q3]\n"99" = "not_asked"\n')
    shop.rows({"q2": "99", "q3": "99"})
    assert only(shop)["missing"] == ".rs..."


def test_a_missing_state_is_reversed_by_nothing(tmp_path: Path) -> None:
    shop = make(tmp_path, 'reversed = ["q1"]\n' + MAPPING + '[missing]\n"99" = "refused"\n')
    shop.rows({"q1": "99"})
    assert only(shop)["missing"] == "r....."


# ── constants ────────────────────────────────────────────────────────────────────────────


def test_constants_stand_in_every_row(tmp_path: Path) -> None:
    mapping = MAPPING.replace('branch = "branch"\n', "").replace('q6 = "q6"\n', "")
    shop = make(tmp_path, mapping + '[constants]\nbranch = "BJ-002"\nq6 = "3"\ntier = "金"\nduration_s = "60"\n')
    shop.put("export.csv", table([*FIELDS[:1], *FIELDS[2:], *ITEMS[:5]],
                                 [["R1", "2025-10-05", "2025-10-06 12:00:00", *"88888"]]))  # fmt: skip
    found = only(shop)
    assert (found["branch"], found["q6"], found["tier"], found["duration_s"]) == ("BJ-002", 3, "金", 60)


def test_a_constant_is_no_answer_of_somebody_who_gave_none(tmp_path: Path) -> None:
    mapping = MAPPING.replace('q6 = "q6"\n', "")
    shop = make(tmp_path, mapping + '[constants]\nq6 = "3"\n')
    shop.put("export.csv", table([*FIELDS, *ITEMS[:5]],
                                 [["R1", "BJ-002", "2025-10-05", "2025-10-06 12:00:00", *[""] * 5],
                                  ["R2", "BJ-002", "2025-10-05", "2025-10-06 12:00:00", "8", *[""] * 4]]))  # fmt: skip
    found = admit(shop)
    assert [(one[0], one[3]) for one in faults(found)] == [(2, "all_missing")]


def test_a_constant_is_held_against_the_rules_as_a_cell_is(tmp_path: Path) -> None:
    mapping = MAPPING.replace('branch = "branch"\n', "").replace('q6 = "q6"\n', "")
    shop = make(tmp_path, mapping + '[constants]\nbranch = "XX-999"\nq6 = "11"\n')
    shop.put("export.csv", table([*FIELDS[:1], *FIELDS[2:], *ITEMS[:5]],
                                 [["R1", "2025-10-05", "2025-10-06 12:00:00", *"88888"]]))  # fmt: skip
    assert faults(admit(shop)) == [(2, "branch", "XX-999", "unknown_branch"), (2, "q6", "11", "outside_scale")]


# ── branches ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cell", ["SH-001", " SH-001 ", "上海旗舰", "21001", "沪一店"])
def test_a_branch_by_its_id_its_alias_or_the_mapping_s_label(cell: str, tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + '[labels.branch]\n"沪一店" = "SH-001"\n')
    shop.rows({"branch": cell})
    assert only(shop)["branch"] == "SH-001"


def test_an_unknown_branch_shows_the_export_s_own_text(tmp_path: Path) -> None:
    shop = make(tmp_path)
    late = {"serviced_on": "2025-10-15", "answered_at": "2025-10-16 09:00:00"}
    shop.rows({"branch": "某某店"}, {"branch": "GZ-003"} | late, {"branch": ""}, {"branch": "GZ-003"})
    admitted = admit(shop)
    assert faults(admitted) == [
        (2, "branch", "某某店", "unknown_branch"), (3, "branch", "GZ-003", "branch_not_open"),
        (4, "branch", "", "missing_branch"),
    ]  # fmt: skip
    assert set(stored(admitted)) == {"R4"}


@pytest.mark.parametrize(
    ("old", "new", "alias"),
    [
        ("BJ-002,北京店,Beijing,EAST,PC,,2000-01-01,,,", "BJ-002,北京店,Beijing,EAST,PC,,2000-01-01,,,21001", "21001"),
        (
            "BJ-002,北京店,Beijing,EAST,PC,,2000-01-01,,,",
            "BJ-002,北京店,Beijing,EAST,PC,,2000-01-01,,,SH-001",
            "SH-001",
        ),
    ],
)
def test_an_alias_of_two_branches_is_refused(old: str, new: str, alias: str, tmp_path: Path) -> None:
    shop = make(tmp_path, branches=BRANCHES.replace(old, new))
    shop.rows({})
    with pytest.raises(Refusal) as caught:
        admit(shop)
    (problem,) = caught.value.problems
    assert problem.startswith("branches.csv, row 3, column aliases: ")
    assert repr(alias) in problem


def test_an_alias_written_in_two_stretches_of_one_branch_is_fine(tmp_path: Path) -> None:
    twice = BRANCHES.replace(
        "SH-001,上海店,Shanghai,EAST,PC,,2000-01-01,,,上海旗舰;21001",
        "SH-001,上海店,Shanghai,EAST,PC,,2000-01-01,2024-12-31,,21001\n"
        "SH-001,上海店,Shanghai,EAST,PC,,2025-01-01,,,21001",
    )
    shop = make(tmp_path, branches=twice)
    shop.rows({"branch": "21001"})
    assert only(shop)["branch"] == "SH-001"


# ── dates ────────────────────────────────────────────────────────────────────────────────


def dated(tmp_path: Path, dates: str, *rows: tuple[str, str]) -> Shop:
    """Rows with (serviced_on, answered_at), to be read as `dates` says."""
    shop = make(tmp_path, MAPPING + "[dates]\n" + dates)
    shop.rows(*({"serviced_on": day, "answered_at": moment} for day, moment in rows))
    return shop


ISO = 'serviced_on = "iso"\nanswered_at = "iso"\n'
EXCEL = 'serviced_on = "excel"\nanswered_at = "excel"\n'
WESTERN = 'serviced_on = "%m/%d/%Y"\nanswered_at = "%m/%d/%Y %I:%M:%S %p"\n'
PADLESS = 'serviced_on = "%Y/%m/%d"\nanswered_at = "%Y/%m/%d %H:%M:%S"\n'
OFFSET = 'serviced_on = "%Y-%m-%d"\nanswered_at = "%Y-%m-%d %H:%M:%S%z"\n'
HOURLY = 'serviced_on = "%Y-%m-%d %H:%M"\nanswered_at = "iso"\n'
DATES = [
    # how dates are written, serviced_on, answered_at, what they mean in Shanghai
    (ISO, "2025-10-05", "2025-10-06T12:00:00+08:00", date(2025, 10, 5), datetime(2025, 10, 6, 12)),
    (ISO, "2025-10-05", "2025-10-06T12:00:00", date(2025, 10, 5), datetime(2025, 10, 6, 12)),
    (ISO, "2025-10-05", "2025-10-06 12:00", date(2025, 10, 5), datetime(2025, 10, 6, 12)),
    (ISO, "2025-10-05T17:30:00Z", "2025-10-06T16:00:00Z", date(2025, 10, 6), datetime(2025, 10, 7)),
    (ISO, "2025-10-05T15:59:59Z", "2025-10-06T15:59:59Z", date(2025, 10, 5), datetime(2025, 10, 6, 23, 59, 59)),
    (ISO, "2025-10-05T22:00:00-05:00", "2025-10-06T00:00:00.250-05:00", date(2025, 10, 6),
     datetime(2025, 10, 6, 13, 0, 0, 250000)),
    (ISO + 'time_zone = "UTC"', "2025-10-05", "2025-10-06T20:00:00", date(2025, 10, 5), datetime(2025, 10, 7, 4)),
    (ISO + 'time_zone = "UTC"', "2025-10-05", "2025-10-06T20:00:00+08:00", date(2025, 10, 5),
     datetime(2025, 10, 6, 20)),
    (ISO + 'time_zone = "UTC"', "2025-10-05T20:00:00", "2025-10-06T20:00:00", date(2025, 10, 6),
     datetime(2025, 10, 7, 4)),
    (EXCEL, "45935", "45936.5", date(2025, 10, 5), datetime(2025, 10, 6, 12)),
    (EXCEL, "45935.999", "45936.7534722222", date(2025, 10, 5), datetime(2025, 10, 6, 18, 5)),
    (EXCEL + 'time_zone = "UTC"', "45935", "45936.75", date(2025, 10, 5), datetime(2025, 10, 7, 2)),
    (EXCEL + 'time_zone = "Asia/Tokyo"', "45935", "45936.5", date(2025, 10, 5), datetime(2025, 10, 6, 11)),
    (WESTERN, "10/05/2025", "10/06/2025 01:02:03 PM", date(2025, 10, 5), datetime(2025, 10, 6, 13, 2, 3)),
    (WESTERN, "10/5/2025", "10/6/2025 1:02:03 PM", date(2025, 10, 5), datetime(2025, 10, 6, 13, 2, 3)),
    (WESTERN, "10/05/2025", "10/06/2025 12:00:00 AM", date(2025, 10, 5), datetime(2025, 10, 6)),
    (PADLESS, "2025/10/5", "2025/10/6 9:05:07", date(2025, 10, 5), datetime(2025, 10, 6, 9, 5, 7)),
    (PADLESS, "２０２５/10/05", "２０２５/10/06 09:05:07", date(2025, 10, 5), datetime(2025, 10, 6, 9, 5, 7)),
    (PADLESS + 'time_zone = "UTC"', "2025/10/5", "2025/10/6 16:00:00", date(2025, 10, 5), datetime(2025, 10, 7)),
    (PADLESS + 'time_zone = "America/New_York"', "2025/10/5", "2025/10/6 12:00:00", date(2025, 10, 5),
     datetime(2025, 10, 7)),
    (OFFSET, "2025-10-05", "2025-10-06 20:00:00+0000", date(2025, 10, 5), datetime(2025, 10, 7, 4)),
    (OFFSET, "2025-10-05", "2025-10-06 20:00:00+08:00", date(2025, 10, 5), datetime(2025, 10, 6, 20)),
    (HOURLY, "2025-10-05 23:30", "2025-10-06T12:00:00", date(2025, 10, 5), datetime(2025, 10, 6, 12)),
    (HOURLY + 'time_zone = "UTC"', "2025-10-05 23:30", "2025-10-06T12:00:00", date(2025, 10, 6),
     datetime(2025, 10, 6, 20)),
]  # fmt: skip


@pytest.mark.parametrize(("dates", "day", "moment", "serviced_on", "answered_at"), DATES)
def test_dates_in_the_programme_s_time(
    dates: str, day: str, moment: str, serviced_on: date, answered_at: datetime, tmp_path: Path
) -> None:
    found = only(dated(tmp_path, dates, (day, moment)))
    assert (found["serviced_on"], found["answered_at"]) == (serviced_on, answered_at)


def test_midnight_in_shanghai_parts_months_and_closes_them(tmp_path: Path) -> None:
    shop = dated(
        tmp_path, ISO,
        ("2025-10-31T15:59:59Z", "2025-11-10T15:59:59Z"), ("2025-10-31T16:00:00Z", "2025-11-10T15:59:59Z"),
        ("2025-10-31", "2025-11-10T16:00:00Z"), ("2025-09-30T15:59:59Z", "2025-10-02T00:00:00Z"),
        ("2025-09-30T16:00:00Z", "2025-10-02T00:00:00Z"),
    )  # fmt: skip
    admitted = admit(shop)
    assert set(stored(admitted)) == {"R1", "R5"}
    found = [(row, column, reason) for row, column, _, reason in faults(admitted)]
    assert found == [
        (3, "serviced_on", "outside_period"), (4, "answered_at", "after_cutoff"), (5, "serviced_on", "outside_period"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dates", "cell"),
    [
        (ISO, "2025-13-01"), (ISO, "05.10.2025"), (ISO, "45935"), (EXCEL, "2025-10-05"), (EXCEL, "-3"),
        (EXCEL, "1e9"), (PADLESS, "2025-10-05"), (PADLESS, "2025/2/30"), (WESTERN, "31/10/2025"),
        (PADLESS, "2025/10/05 12:00:00"),
    ],
)  # fmt: skip
def test_a_date_in_another_form_is_no_date(dates: str, cell: str, tmp_path: Path) -> None:
    good = {ISO: "2025-10-06", EXCEL: "45936", PADLESS: "2025/10/06 12:00:00", WESTERN: "10/06/2025 01:00:00 PM"}
    shop = dated(tmp_path, dates, (cell, good[dates]), ("", good[dates]))
    assert faults(admit(shop)) == [
        (2, "serviced_on", cell, "unreadable_date"), (3, "serviced_on", "", "missing_date"),
    ]  # fmt: skip


# ── durations ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("unit", "cell", "seconds"),
    [
        ("seconds", "75", 75), ("seconds", "75.9", 75), ("seconds", "７５", 75), ("seconds", "0", 0),
        ("seconds", "86400", 86400), ("seconds", "", None), ("seconds", " 75 ", 75),
        ("minutes", "1.25", 75), ("minutes", "2", 120), ("clock", "1:15", 75), ("clock", "0:01:15", 75),
        ("clock", "00:01:15", 75), ("clock", "1:01:15", 3675), ("clock", "90:00", 5400),
        ("wjx", "75秒", 75), ("wjx", "1分15秒", 75), ("wjx", "1分", 60), ("wjx", "1小时2分3秒", 3723),
        ("wjx", "７５秒", 75),
    ],
)  # fmt: skip
def test_a_duration(unit: str, cell: str, seconds: int | None, tmp_path: Path) -> None:
    mapping = MAPPING.replace("[items]", f'duration_s = "time"\n[duration]\nunit = "{unit}"\n[items]')
    shop = make(tmp_path, mapping)
    shop.rows({"time": cell})
    assert only(shop)["duration_s"] == seconds


@pytest.mark.parametrize(
    ("unit", "cell", "reason"),
    [
        ("seconds", "-1", "impossible_duration"), ("seconds", "86401", "impossible_duration"),
        ("seconds", "99999999999", "impossible_duration"),
        ("seconds", "1:15", "unreadable_number"), ("minutes", "1441", "impossible_duration"),
        ("minutes", "75秒", "unreadable_number"), ("clock", "75", "unreadable_number"),
        ("clock", "0:75", "unreadable_number"), ("clock", "24:00:01", "impossible_duration"),
        ("wjx", "soon", "unreadable_number"), ("wjx", "100000秒", "impossible_duration"),
    ],
)  # fmt: skip
def test_a_duration_that_is_none(unit: str, cell: str, reason: str, tmp_path: Path) -> None:
    mapping = MAPPING.replace("[items]", f'duration_s = "time"\n[duration]\nunit = "{unit}"\n[items]')
    shop = make(tmp_path, mapping)
    shop.rows({"time": cell})
    found = admit(shop)
    assert faults(found) == [(2, "time", cell, reason)]
    fix = "Write it as the mapping reads it: " if reason == "unreadable_number" else "A duration is from"
    assert (fix + ("1分15秒." if unit == "wjx" and fix[0] == "W" else "")) in found.quarantine["fix"].item()


# ── who answered ─────────────────────────────────────────────────────────────────────────

ABOUT = {"segment": "级别", "tier": "星级", "vehicle": "车架", "contract": "合同", "contact": "手机"}
WITH_ABOUT = MAPPING.replace("[items]", "".join(f'{key} = "{head}"\n' for key, head in ABOUT.items()) + "[items]")
OF_ONE = {"级别": "金卡", "星级": "五星", "车架": "LVSHCAMB1CE000001", "合同": "HT-77", "手机": "13800138000"}


def test_attributes_are_texts(tmp_path: Path) -> None:
    shop = make(tmp_path, WITH_ABOUT)
    shop.rows(OF_ONE | {"级别": " 金卡 "}, dict.fromkeys(OF_ONE, ""))
    admitted = admit(shop)
    assert [stored(admitted)["R1"][one] for one in ABOUT] == ["金卡", "五星", "LVSHCAMB1CE000001", "HT-77", None]
    assert [stored(admitted)["R2"][one] for one in ABOUT] == [None] * 5
    assert any("CSI_KEY" in note and "contact" in note for note in admitted.notes)


def test_labels_of_segment_and_tier(tmp_path: Path) -> None:
    sets = '[labels.segment]\n"金卡" = "gold"\n"金卡会员" = "gold"\n[labels.tier]\n"五星" = "5"\n'
    shop = make(tmp_path, WITH_ABOUT + sets)
    shop.rows(OF_ONE, OF_ONE | {"级别": "金卡会员", "星级": ""}, OF_ONE | {"级别": "银卡"}, OF_ONE | {"星级": "三星"})
    admitted = admit(shop)
    assert (stored(admitted)["R1"]["segment"], stored(admitted)["R1"]["tier"]) == ("gold", "5")
    assert (stored(admitted)["R2"]["segment"], stored(admitted)["R2"]["tier"]) == ("gold", None)
    assert faults(admitted) == [(4, "级别", "银卡", "unknown_label"), (5, "星级", "三星", "unknown_label")]


@pytest.mark.parametrize("cell", ["13800138000", "+86 138 0013 8000", "１３８００１３８０００", "沪A12345",
                                  "wang@example.com",
                                  "192.168.7.31", "11010519491231002X"])  # fmt: skip
@pytest.mark.parametrize("head", ["respondent", "级别", "合同"])
def test_personal_data_in_an_id_is_quarantined_and_hidden(cell: str, head: str, tmp_path: Path) -> None:
    shop = make(tmp_path, WITH_ABOUT)
    shop.rows(OF_ONE | {head: cell})
    admitted = admit(shop)
    ((row, column, value, reason),) = faults(admitted)
    assert (row, column, reason) == (2, head, "personal_data")
    assert value == HIDDEN


def test_pseudonymous_fields_and_contacts_are_codes_with_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSI_KEY", KEY)
    shop = make(tmp_path, 'pseudonymous = ["respondent", "vehicle"]\n' + WITH_ABOUT)
    shop.rows(
        OF_ONE | {"respondent": "13800138000"},
        OF_ONE | {"respondent": "wang@example.com", "手机": "+86 138-0013-8000"},
        OF_ONE | {"respondent": "138 0013 8000", "手机": "13900139000"}, OF_ONE | {"respondent": "", "车架": ""},
    )  # fmt: skip
    admitted = admit(shop)
    # 138 0013 8000 is 13800138000, with another contact: both are set aside.
    assert [(row, reason) for row, _, _, reason in faults(admitted)] == [
        (2, "conflicting_duplicate"), (4, "conflicting_duplicate"), (5, "missing_respondent"),
    ]  # fmt: skip
    (found,) = stored(admitted).values()
    codes = [found[one] for one in ("respondent", "vehicle", "contact")]
    assert all(isinstance(one, str) and len(one) >= 16 and set(one) <= set("0123456789abcdef") for one in codes), codes
    assert len(set(codes)) == 3
    assert found["contract"] == "HT-77"
    assert admitted.notes == ()


def test_pseudonymous_fields_without_a_key_are_refused(tmp_path: Path) -> None:
    shop = make(tmp_path, 'pseudonymous = ["respondent", "vehicle"]\n' + WITH_ABOUT)
    shop.rows(OF_ONE)
    problems = refused(shop)
    assert len(problems) == 2
    for problem, field in zip(problems, ("respondent", "vehicle"), strict=True):
        assert "mappings/src.toml" in problem
        assert field in problem
        assert "CSI_KEY" in problem


def test_the_key_may_be_another_variable_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def code(privacy: str) -> object:
        shop = make(tmp_path / "p", WITH_ABOUT, tables=f"[privacy]\n{privacy}")
        shop.rows(OF_ONE)
        return only(shop)["contact"]

    secret = tmp_path / "secret"
    secret.write_text(KEY)
    secret.chmod(0o600)
    monkeypatch.setenv("OTHER_KEY", KEY)
    assert code('key_variable = "OTHER_KEY"') == code(f'key_file = "{secret}"') is not None


# ── several answers to one question ──────────────────────────────────────────────────────

LABELS = '[choice.reasons.labels]\n"价格" = "price"\n"价格实惠" = "price"\n"速度" = "speed"\n"员工" = "staff"\n'


def chosen(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[f"reasons_{one}"] for one in ("price", "speed", "staff", "other"))


@pytest.mark.parametrize(
    ("separator", "cell", "expected"),
    [
        ("┋", "价格┋员工", (1, 0, 1, None)),
        ("┋", "价格实惠┋价格", (1, 0, 0, None)),
        ("┋", "员工〖小王很好〗", (0, 0, 1, "小王很好")),
        ("┋", "速度〖快，电话13800138000〗┋员工", (0, 1, 1, "快,电话〔电话〕")),
        ("┋", "", (None, None, None, None)),
        ("┋", "(跳过)", (None, None, None, None)),
        (";", "价格;速度;", (1, 1, 0, None)),
        (";", " 价格 ; 速度 ", (1, 1, 0, None)),
        (" ", "价格 员工", (1, 0, 1, None)),
        (",", "价格,员工", (1, 0, 1, None)),
    ],
)
def test_options_in_one_cell(separator: str, cell: str, expected: tuple[object, ...], tmp_path: Path) -> None:
    choice = f'[choice.reasons]\ncolumn = "原因"\nseparator = "{separator}"\n'
    shop = make(tmp_path, MAPPING + '[missing]\n"(跳过)" = "not_asked"\n' + choice + LABELS)
    shop.rows({"原因": cell})
    assert chosen(only(shop)) == expected


def test_options_in_one_cell_without_labels_are_ids(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + '[choice.reasons]\ncolumn = "原因"\nseparator = " "\n')
    shop.rows({"原因": "price staff"}, {"原因": "price food"})
    admitted = admit(shop)
    assert chosen(stored(admitted)["R1"]) == (1, 0, 1, None)
    assert faults(admitted) == [(3, "原因", "price food", "unknown_choice")]
    assert "price, speed, staff" in admitted.quarantine["fix"].item()


NO = 'not_chosen = ["否", "No"]\n'
SPREAD = f'{NO}[choice.reasons.columns]\nprice = "w1"\nspeed = "w2"\nstaff = "w3"\n'


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("Y", "", ""), (1, 0, 0)), (("1", "0", "1"), (1, 0, 1)), (("0", "0", "0"), (0, 0, 0)),
        (("价格", "", "员工"), (1, 0, 1)), (("是", "否", "否"), (1, 0, 0)), (("No", "No", "No"), (0, 0, 0)),
        (("", "", ""), (None, None, None)), ((" 0 ", "1", " "), (0, 1, 0)), (("０", "１", ""), (0, 1, 0)),
    ],
)  # fmt: skip
def test_one_column_for_each_option(cells: tuple[str, ...], expected: tuple[int | None, ...], tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + "[choice.reasons]\n" + SPREAD)
    shop.rows(dict(zip(("w1", "w2", "w3"), cells, strict=True)))
    assert chosen(only(shop))[:3] == expected


# ── drift ────────────────────────────────────────────────────────────────────────────────


def waived(shop: Shop, allow: str, **keys: str | int) -> Shop:
    """With a waiver for October; source = src unless it is None."""
    given = {"period": "2025-10", "allow": allow, "source": "src", "reason": "known", "by": "Ms Li"} | keys
    lines = [f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in given.items()
             if value != ""]  # fmt: skip
    return shop.file("waivers.toml", "[[waiver]]\n" + "\n".join(lines) + "\n")


def test_a_new_a_gone_and_a_renamed_column_are_each_said(tmp_path: Path) -> None:
    shop = make(tmp_path, 'ignore = ["意见备注"]\n' + MAPPING)
    heads = [*FIELDS, *ITEMS[:5], "q6_新", "渠道"]
    shop.put("export.csv", table(heads, [[ROW[one] for one in (*FIELDS, *ITEMS)] + ["web"]]))
    problems = refused(shop)
    assert len(problems) == 4
    assert all(one.startswith("inbox/2025-10/export.csv, row 1: column ") for one in problems)
    for said in (["'意见备注'", "gone"], ["'q6'", "gone", "'q6_新'"], ["'q6_新'", "new"], ["'渠道'", "new"]):
        assert any(all(one in problem for one in said) for problem in problems), said


def test_a_new_column_that_is_waived_is_not_loaded(tmp_path: Path) -> None:
    shop = waived(make(tmp_path, top='waivers = "waivers.toml"'), "new_column", what="渠道")
    shop.rows({"渠道": "web"})
    assert only(shop)["q1"] == 8
    admitted = admit(shop)
    assert admitted.notes == ()
    assert admitted.waivers.table({}).select("allow", "what", "used", "by").rows() == [
        ("new_column", "渠道", True, "Ms Li")
    ]
    shop.rows({})
    assert any("waivers.toml, line 1" in note for note in admit(shop).notes)


def test_a_gone_column_of_an_item_that_is_waived_was_not_asked(tmp_path: Path) -> None:
    shop = waived(make(tmp_path, 'reversed = ["q6"]\n' + MAPPING, top='waivers = "waivers.toml"'), "missing_column",
                  what="q6")  # fmt: skip
    shop.put("export.csv", table([*FIELDS, *ITEMS[:5]], [[ROW[one] for one in (*FIELDS, *ITEMS[:5])]]))
    found = only(shop)
    assert (found["q5"], found["q6"], found["missing"]) == (8, None, ".....s")


@pytest.mark.parametrize("gone", FIELDS)
def test_a_required_column_cannot_be_waived(gone: str, tmp_path: Path) -> None:
    shop = waived(make(tmp_path, top='waivers = "waivers.toml"'), "missing_column", what=gone)
    kept = [one for one in (*FIELDS, *ITEMS) if one != gone]
    shop.put("export.csv", table(kept, [[ROW[one] for one in kept]]))
    (problem,) = refused(shop)
    assert f"column {gone!r} is gone" in problem


def test_a_gone_optional_field_that_is_waived_is_empty(tmp_path: Path) -> None:
    mapping = MAPPING.replace("[items]", 'verbatim = "意见"\ncontact = "手机"\n[items]')
    mapping += '[choice.reasons]\ncolumn = "原因"\n'
    shop = make(tmp_path, mapping, top='waivers = "waivers.toml"')
    common = '[[waiver]]\nperiod = "2025-10"\nsource = "src"\nallow = "missing_column"\nreason = "r"\nby = "b"\n'
    shop.file("waivers.toml", "".join(f'{common}what = "{one}"\n' for one in ("意见", "手机", "原因")))
    shop.rows({})
    found = only(shop)
    assert (found["verbatim"], found["contact"]) == (None, None)
    assert chosen(found) == (None,) * 4


def test_a_waiver_is_of_its_own_month_and_source_only(tmp_path: Path) -> None:
    shop = make(tmp_path, top='waivers = "waivers.toml"')
    shop.rows({"渠道": "web"})
    waived(shop, "new_column", what="渠道", period="2025-09")
    assert "column '渠道' is new" in refused(shop)[0]
    waived(shop, "new_column", what="渠道 ")
    assert "column '渠道' is new" in refused(shop)[0]
    waived(shop, "new_column", what="渠道", source="other")
    (problem,) = refused(shop)
    assert "waivers.toml, line" in problem
    assert "'other'" in problem


WORDED = """Q1,Q2,Q3,Q4,Q5,Q6,Q7,Q8,Q9,Q10
编号,门店,服务日,填写时间,一,二,三,四,五,六
"{""ImportId"":""a""}","{""ImportId"":""b""}","{""ImportId"":""c""}","{""ImportId"":""d""}",\
"{""ImportId"":""e""}","{""ImportId"":""f""}","{""ImportId"":""g""}","{""ImportId"":""h""}",\
"{""ImportId"":""i""}","{""ImportId"":""j""}"
R1,SH-001,2025-10-05,2025-10-06 12:00:00,8,8,8,8,8,8
"""
BY_NUMBER = """[columns]
respondent = "Q1"
branch = "Q2"
serviced_on = "Q3"
answered_at = "Q4"
[items]
q1 = "Q5"
q2 = "Q6"
q3 = "Q7"
q4 = "Q8"
q5 = "Q9"
q6 = "Q10"
[questions]
"Q5" = "一"
"Q6" = "%s"
"""


def test_another_wording_is_drift_until_the_mapping_or_a_waiver_says_so(tmp_path: Path) -> None:
    shop = make(tmp_path, BY_NUMBER % "二", top='waivers = "waivers.toml"').file("waivers.toml", "")
    shop.put("export.csv", WORDED)
    assert only(shop)["q2"] == 8
    shop.mapping(BY_NUMBER % "贰")
    (problem,) = refused(shop)
    assert problem.startswith("inbox/2025-10/export.csv, row 3: ")
    assert all(one in problem for one in ("'Q6'", "'二'", "'贰'"))
    waived(shop, "changed_wording", what="Q6")
    assert only(shop)["q2"] == 8


# ── the gate, files that are missing, counts ─────────────────────────────────────────────


def test_waived_unknown_branches_stay_out_and_do_not_count_at_the_gate(tmp_path: Path) -> None:
    shop = make(tmp_path, top='waivers = "waivers.toml"', percent=5)
    shop.rows(*[{}] * 20, {"branch": "XX-999"}, {"branch": " XX-999 "}, {"branch": "YY-000"})
    waived(shop, "unknown_branch", what="XX-999")
    admitted = admit(shop)
    assert [(row, value.strip(), reason) for row, _, value, reason in faults(admitted)] == [
        (22, "XX-999", "unknown_branch"), (23, "XX-999", "unknown_branch"), (24, "YY-000", "unknown_branch"),
    ]  # fmt: skip
    assert dict(admitted.quarantine.select("row", "waived").iter_rows()) == {22: True, 23: True, 24: False}
    assert admitted.rows() == (1, 21)
    assert over_gate(admitted, 5) is None
    (file,) = admitted.files
    assert (file.read, file.accepted, file.quarantined) == (23, 20, 3)


def test_a_waived_branch_with_another_fault_still_counts_at_the_gate(tmp_path: Path) -> None:
    shop = make(tmp_path, top='waivers = "waivers.toml"', percent=5)
    shop.rows(*[{}] * 9, {"branch": "XX-999", "q1": "77"})
    waived(shop, "unknown_branch", what="XX-999")
    admitted = admit(shop)
    assert admitted.rows() == (1, 10)
    assert over_gate(admitted, 5) is not None


@pytest.mark.parametrize(("bad", "percent", "opens"), [(2, 10, True), (3, 10, False), (1, 3, True), (20, 100, True)])
def test_a_share_is_let_through_up_to_the_waiver_s(bad: int, percent: int, opens: bool, tmp_path: Path) -> None:
    shop = make(tmp_path, top='waivers = "waivers.toml"', percent=5)
    shop.rows(*[{}] * (20 - bad), *[{"q1": "11"}] * bad)
    waived(shop, "quarantined_share", source="", percent=percent)
    admitted = admit(shop)
    assert (over_gate(admitted, 5) is None) == opens
    needed = 100 * bad > 5 * 20
    assert [one.partition(":")[0] for one in admitted.notes] == ([] if needed else ["waivers.toml, line 1, waiver[1]"])


SECOND = """[[source]]
id = "second"
role = "responses"
instrument = "svc"
files = "second*"
mapping = "mappings/src.toml"
"""


@pytest.mark.parametrize("which", ["src", "second"])
def test_an_expected_file_that_is_missing_stops_the_month_unless_waived(which: str, tmp_path: Path) -> None:
    shop = make(tmp_path, top='waivers = "waivers.toml"', source="expected = true",
                sources=SECOND + "expected = true\n").file("waivers.toml", "")  # fmt: skip
    shop.rows({}, name="second.csv" if which == "src" else "export.csv")
    (problem,) = refused(shop)
    assert problem.startswith("inbox/2025-10: ")
    assert f"source {which} " in problem
    assert "missing_file" in problem
    waived(shop, "missing_file", source=which)
    assert set(stored(admit(shop))) == {"R1"}


@pytest.mark.parametrize("command", ["check", "score"])
def test_a_month_whose_only_file_is_waived(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No response at all: done without figures, or refused in a sentence; never a traceback."""
    shop = make(tmp_path, top='waivers = "waivers.toml"', source="expected = true")
    (tmp_path / "inbox" / "2025-10").mkdir()
    waived(shop, "missing_file")
    status = main([command, "--programme", str(tmp_path), "--period", "2025-10"])
    assert status in (0, 1)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(("rows", "right"), [(3, True), (4, False), (2, False)])
def test_declared_rows_are_counted(rows: int, right: bool, tmp_path: Path) -> None:
    shop = make(tmp_path, source=f'rows = {{ "2025-10" = {rows}, "2025-09" = 99 }}', top='waivers = "waivers.toml"')
    shop.file("waivers.toml", "")
    shop.rows({}, {"q1": "11"}, name="export1.csv")
    shop.rows({"respondent": "S1"}, name="export2.csv")
    if right:
        assert admit(shop).accepted() == 2
        return
    (problem,) = refused(shop)
    assert "src" in problem
    assert "2025-10" in problem
    assert f"{rows}" in problem
    waived(shop, "control")
    assert admit(shop).accepted() == 2


def test_declared_rows_of_a_source_without_any_file(tmp_path: Path) -> None:
    """1,234 responses were announced and not one came: that is the plainest mismatch."""
    shop = make(tmp_path, sources=SECOND + 'rows = { "2025-10" = 1234 }\n')
    shop.rows({})
    (problem,) = refused(shop)
    assert "second" in problem
    assert "1,234" in problem or "1234" in problem


def test_a_control_file_is_held_against_the_files(tmp_path: Path) -> None:
    shop = make(tmp_path, source='control = "control_*.csv"', top='waivers = "waivers.toml"').file("waivers.toml", "")
    shop.rows({}, {})
    assert "control_" in refused(shop)[0]
    shop.put("control_src.csv", "file,rows,sha256\nexport.csv,2,\n")
    assert admit(shop).accepted() == 2
    shop.put("control_src.csv", "file,rows,sha256\nexport.csv,3,\n")
    (problem,) = refused(shop)
    assert problem.startswith("inbox/2025-10/control_src.csv, row 2: ")
    waived(shop, "control")
    assert admit(shop).accepted() == 2


def test_a_control_file_that_lists_files_of_a_source_of_which_none_came(tmp_path: Path) -> None:
    shop = make(tmp_path, sources=SECOND + 'control = "control_*.csv"\n')
    shop.rows({})
    shop.put("control_second.csv", "file,rows,sha256\nsecond_1.csv,400,\n")
    (problem,) = refused(shop)
    assert "second_1.csv" in problem


# ── keys that are wrong ──────────────────────────────────────────────────────────────────

BEFORE = "BEFORE "  # a line that has to stand before the first table
WRONG = [
    # the line that is wrong, its table, and the key that the sentence names
    (BEFORE + 'ingore = ["x"]', "", "ingore"),
    (BEFORE + 'ignore = "x"', "", "ignore"),
    (BEFORE + 'ignore = ["q1"]', "", "q1"),
    (BEFORE + "header_rows = 0", "", "header_rows"),
    (BEFORE + 'header_rows = "2"', "", "header_rows"),
    (BEFORE + 'encoding = "klingon"', "", "encoding"),
    (BEFORE + 'encoding = "base64"', "", "encoding"),
    (BEFORE + 'sheet = ""', "", "sheet"),
    (BEFORE + 'reversed = ["q9"]', "", "reversed"),
    (BEFORE + 'pseudonymous = ["vehicle"]', "", "pseudonymous"),
    (BEFORE + 'pseudonymous = ["branch"]', "", "pseudonymous"),
    ('phone = "手机"', "columns", "columns.phone"),
    ('verbatim = ""', "columns", "columns.verbatim"),
    ('q9 = "Q9"', "items", "items.q9"),
    ('branch = "SH-001"', "constants", "constants.branch"),
    ('q1 = "3"', "constants", "constants.q1"),
    ('q9 = "3"', "constants", "constants.q9"),
    ('tier = 5', "constants", "constants.tier"),
    ('serviced_on = "YYYY-MM-DD"', "dates", "dates.serviced_on"),
    ('serviced_on = "%H:%M"', "dates", "dates.serviced_on"),
    ('answered_at = "%Y-%m-%d %Z"', "dates", "dates.answered_at"),
    ('time_zone = "Shanghai"', "dates", "dates.time_zone"),
    ('unit = "hours"', "duration", "duration.unit"),
    ('q1 = "nowhere"', "item_labels", "item_labels.q1"),
    ('q1 = "branch"', "item_labels", "item_labels.q1"),
    ('q9 = "answer"', "item_labels", "item_labels.q9"),
    ('"满意" = "7"', "labels.answer", "labels.answer.满意"),
    ('"满意" = 11', "labels.answer", "labels.answer.满意"),
    ('"满意" = 7.5', "labels.answer", "labels.answer.满意"),
    ('"甲" = 7', "labels.branch", "labels.branch.甲"),
    ('"甲" = "XX-999"', "labels.branch", "labels.branch.甲"),
    ('"甲" = "SUV"', "labels.division", "labels.division.甲"),
    ('"N/A" = "absent"', "missing", "missing"),
    ('"" = "not_asked"', "missing", "missing"),
    ('"6" = "gone"', "item_missing.q3", "item_missing.q3"),
    ('"6" = "refused"', "item_missing.q9", "item_missing.q9"),
    ('"Q77" = "wording"', "questions", "questions.Q77"),
    ('column = "原因"', "choice.colours", "choice.colours"),
    ('separator = ""', "choice.reasons", "choice.reasons.separator"),
    ('food = "w1"', "choice.reasons.columns", "choice.reasons.columns.food"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "of", "key"), WRONG)
def test_a_wrong_key_gives_one_sentence_with_file_line_and_key(line: str, of: str, key: str, tmp_path: Path) -> None:
    lines = MAPPING.strip().splitlines()
    place = 0
    if line.startswith(BEFORE):
        line = line.removeprefix(BEFORE)
    elif f"[{of}]" in lines:
        place = lines.index(f"[{of}]") + 1
    else:
        lines.append(f"[{of}]")
        if of == "choice.reasons":
            lines.append('column = "原因"')
        place = len(lines)
    lines.insert(place, line)
    shop = make(tmp_path, "\n".join(lines) + "\n")
    shop.rows({})
    problems = refused(shop)
    assert len(problems) == 1, problems
    (problem,) = problems
    # A sentence about a whole table may name the line of its head.
    places = (place, place + 1) if key == of or key.endswith("q9") else (place + 1,)
    assert problem.startswith(tuple(f"F/mappings/src.toml, line {one}, " for one in places)), problem
    assert key in problem.replace('"', ""), problem
    assert problem.endswith((".", "?"))


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_must_be_there(field: str, tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING.replace(f'{field} = "{field}"\n', ""))
    shop.rows({})
    (problem,) = refused(shop)
    assert "mappings/src.toml" in problem
    assert field in problem


# ── a respondent without an id of their own ──────────────────────────────────────────────

TOGETHER = MAPPING.replace('respondent = "respondent"', 'respondent = ["answered_at", "branch"]')


def unnamed(shop: Shop, *rows: dict[str, str]) -> None:
    heads = [one for one in NUMBERED if one != "respondent"]
    shop.put("export.csv", table(heads, [[(ROW | one)[head] for head in heads] for one in rows]))


def test_several_columns_make_the_id(tmp_path: Path) -> None:
    shop = make(tmp_path, TOGETHER)
    unnamed(shop, {}, {"branch": "BJ-002"}, {"answered_at": "2025-10-06 12:00:01"}, {"q1": "7"})
    found = admit(shop)
    assert found.responses["svc"]["respondent"].to_list() == [
        "2025-10-06 12:00:00 / BJ-002", "2025-10-06 12:00:01 / SH-001",
    ]  # fmt: skip
    bad = found.quarantine.select("row", "column", "value", "reason").rows()
    assert bad == [
        (row, "answered_at / branch", "2025-10-06 12:00:00 / SH-001", "conflicting_duplicate") for row in (2, 5)
    ]


def test_a_person_in_an_id_of_several_columns_is_quarantined(tmp_path: Path) -> None:
    shop = make(tmp_path, TOGETHER)
    unnamed(shop, {"branch": "请电13812345678"})
    found = admit(shop).quarantine
    assert ("answered_at / branch", "〔隐去〕", "personal_data") in found.select("column", "value", "reason").rows()
    assert not found.filter(pl.any_horizontal(pl.col(pl.String).str.contains("13812345678"))).height


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ('ignore = ["branch2"]\n', "a column that may stand in an id, found 'branch2'"),
        ('constants = { respondent = "x" }\n', "either a column or a constant for respondent"),
    ],
)
def test_what_cannot_be_part_of_an_id(change: str, sentence: str, tmp_path: Path) -> None:
    shop = make(tmp_path, change + TOGETHER.replace('"answered_at", "branch"]', '"answered_at", "branch2"]'))
    unnamed(shop, {})
    with pytest.raises(Refusal, match=sentence):
        admit(shop)


def test_a_missing_state_in_words_is_no_comment_no_contact_and_no_category(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSI_KEY", KEY)
    fields = 'verbatim = "意见"\ncontact = "手机"\nsegment = "类型"\ncontract = "合同"\n[items]'
    states = '[missing]\n"(空)" = "not_answered"\n"(跳过)" = "not_asked"\n"99" = "refused"\n'
    shop = make(tmp_path, MAPPING.replace("[items]", fields) + states, tables="[contact]\nmonths = 6\n")
    blank = {"意见": "(空)", "手机": "(空)", "类型": "(跳过)", "合同": "99"}
    shop.rows(blank, blank)
    admitted = admit(shop)
    assert faults(admitted) == []  # nobody was heard twice
    found = admitted.responses["svc"].select("verbatim", "contact", "segment", "contract").rows()
    assert found == [(None, None, None, "99")] * 2


# ── a branch that is chosen or typed ─────────────────────────────────────────────────────

EITHER = MAPPING.replace('branch = "branch"', 'branch = ["别的店", "branch"]')


def test_the_first_column_with_text_is_the_branch(tmp_path: Path) -> None:
    """As it stands, as an alias, or by a label; a missing state in words is no text."""
    shop = make(tmp_path, EITHER + '[labels.branch]\n"国贸店" = "BJ-002"\n[missing]\n"(空)" = "not_answered"\n')
    cells = [("", "SH-001"), (" BJ-002 ", "SH-001"), ("国贸店", ""), ("(空)", "上海旗舰"), (" ", ""), ("(空)", "(空)"),
             ("XX-9", "SH-001"), ("bj002", "其他")]  # fmt: skip
    shop.rows(*({"别的店": typed, "branch": chosen} for typed, chosen in cells))
    admitted = admit(shop)
    assert admitted.responses["svc"]["branch"].to_list() == ["SH-001", "BJ-002", "BJ-002", "SH-001"]
    head = "别的店 / branch"
    assert faults(admitted) == [
        (6, head, "", "missing_branch"), (7, head, "", "missing_branch"), (8, head, "XX-9", "unknown_branch"),
        (9, head, "bj002", "unknown_branch"),
    ]  # fmt: skip
    assert "BJ-002" in admitted.quarantine["fix"][3]


def test_a_branch_of_several_columns_is_corrected_as_one_and_its_unknown_ones_waived(tmp_path: Path) -> None:
    both = 'corrections = "corrections.toml"\nwaivers = "waivers.toml"'
    shop = waived(make(tmp_path, EITHER, top=both), "unknown_branch", what="XX-9")
    fix = {"period": "2025-10", "source": "src", "respondent": "R1", "field": "branch", "expect": "京店",
           "value": "BJ-002", "reason": "typed", "provider": "Ms Li"}  # fmt: skip
    shop.file("corrections.toml", "[[correction]]\n" + "".join(f'{key} = "{text}"\n' for key, text in fix.items()))
    shop.rows({"别的店": "京店", "branch": "其他"}, {"别的店": "XX-9", "branch": ""})
    admitted = admit(shop)
    assert stored(admitted)["R1"]["branch"] == "BJ-002"
    assert admitted.quarantine.select("value", "reason", "waived").rows() == [("XX-9", "unknown_branch", True)]


def test_one_of_the_columns_of_a_branch_may_be_gone(tmp_path: Path) -> None:
    shop = waived(make(tmp_path, EITHER, top='waivers = "waivers.toml"'), "missing_column", what="别的店")
    shop.rows({})
    assert only(shop)["branch"] == "SH-001"
    heads = [one for one in NUMBERED if one != "branch"]
    shop.put("export.csv", table(heads, [[ROW[one] for one in heads]]))
    assert len(refused(shop)) == 2  # one must be left, whatever is waived


def test_what_cannot_be_one_of_the_columns_of_a_branch(tmp_path: Path) -> None:
    shop = make(tmp_path, EITHER.replace('"别的店"', '"q1"'))
    shop.rows({})
    assert refused(shop) == ["F/mappings/src.toml, line 8, items.q1: expected every column once, found 'q1' again."]


# ── options with words of one's own ──────────────────────────────────────────────────────


def test_words_of_ones_own_in_one_cell_are_an_option(tmp_path: Path) -> None:
    """Google Forms and Formbricks write them between the options."""
    choice = '[choice.reasons]\ncolumn = "原因"\nseparator = "; "\nother = "staff"\n'
    shop = make(tmp_path, MAPPING + choice + '[choice.reasons.labels]\n"价格" = "price"\n')
    shop.rows({"原因": "价格; 顺路，打13812345678"}, {"原因": "价格"}, {"原因": ""})
    admitted = admit(shop)
    assert faults(admitted) == []
    found = admitted.responses["svc"].select("reasons_price", "reasons_staff", "reasons_other").rows()
    assert found == [(1, 1, "顺路,打〔电话〕"), (1, 0, None), (None, None, None)]


def test_words_of_ones_own_in_a_column_are_kept(tmp_path: Path) -> None:
    """LimeSurvey and Typeform write the words alone, 问卷星 1〖words〗."""
    choice = (
        '[choice.reasons]\nother = "staff"\nnot_chosen = ["No"]\n[choice.reasons.columns]\nprice = "w1"\nstaff = "w2"\n'
    )
    shop = make(tmp_path, MAPPING + choice)
    cells = ["顺路，打13812345678", "1〖顺路〗", "1", "0", "No", ""]
    shop.rows(*({"w1": "1", "w2": one} for one in cells))
    found = admit(shop).responses["svc"].select("reasons_staff", "reasons_other").rows()
    assert found == [(1, "顺路,打〔电话〕"), (1, "顺路"), (1, None), (0, None), (0, None), (0, None)]


WAIVER = """
[[waiver]]
period = "2025-10"
source = "src"
allow = "missing_column"
what = "%s"
reason = "known"
by = "Ms Li"
"""
BESIDE = '[choice.reasons]\nother = "staff"\nother_column = "w9"\n'


def words(admitted: Admitted) -> list[tuple[object, ...]]:
    return admitted.responses["svc"].select("reasons_price", "reasons_staff", "reasons_other").rows()


def test_words_of_ones_own_in_a_column_beside_the_options(tmp_path: Path) -> None:
    """Qualtrics and SPSS: the option has a column, which says that it was chosen, and its words have another."""
    mapping = MAPPING + '[missing]\n"(空)" = "not_answered"\n' + BESIDE
    shop = make(tmp_path, mapping + '[choice.reasons.columns]\nprice = "w1"\nstaff = "w2"\n')
    cells = [
        ("1", "其他", "顺路，打13812345678"), ("1", "", "顺路"), ("", "", "顺路"), ("1", "其他", "(空)"), ("1", "", ""),
        ("", "", " "),
    ]  # fmt: skip
    shop.rows(*(dict(zip(("w1", "w2", "w9"), one, strict=True)) for one in cells))
    assert words(admit(shop)) == [
        (1, 1, "顺路,打〔电话〕"), (1, 1, "顺路"), (0, 1, "顺路"), (1, 1, None), (1, 0, None), (None, None, None),
    ]  # fmt: skip


def test_words_of_ones_own_in_a_column_beside_one_cell(tmp_path: Path) -> None:
    """KoBo. A text in the cell that is no label is a mistake then, and no words."""
    question = 'column = "w"\nseparator = " "\n[choice.reasons.labels]\n"p" = "price"\n'
    shop = make(tmp_path, MAPPING + BESIDE + question)
    cells = [("p", "顺路"), ("", "顺路"), ("p〖便宜〗", "顺路"), ("p", ""), ("", ""), ("p q", "顺路")]
    shop.rows(*(dict(zip(("w", "w9"), one, strict=True)) for one in cells))
    admitted = admit(shop)
    assert words(admitted) == [(1, 1, "顺路"), (0, 1, "顺路"), (1, 1, "便宜; 顺路"), (1, 0, None), (None, None, None)]
    assert faults(admitted) == [(7, "w", "p q", "unknown_choice")]


def test_words_of_ones_own_are_kept_without_an_option_of_theirs(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + '[choice.reasons]\nother_column = "w9"\n[choice.reasons.columns]\nprice = "w1"\n')
    shop.rows({"w1": "1", "w9": "顺路"}, {"w1": "", "w9": "顺路"})
    assert words(admit(shop)) == [(1, None, "顺路"), (None, None, "顺路")]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        (("w1", "w2"), (1, 1, None)),  # the words are gone: a mark is a mark
        (("w1", "w9"), (1, None, "顺路")),
        (("w2", "w9"), (None, 1, "顺路")),
        (("w9",), (None, None, None)),
    ],
)
def test_what_is_left_of_a_question_whose_columns_are_gone(
    heads: tuple[str, ...], expected: tuple[object, ...], tmp_path: Path
) -> None:
    mapping = MAPPING + BESIDE + '[choice.reasons.columns]\nprice = "w1"\nstaff = "w2"\n'
    shop = make(tmp_path, mapping, top='waivers = "waivers.toml"')
    gone = {"w1", "w2", "w9"} - set(heads)
    shop.file("waivers.toml", "".join(WAIVER % one for one in sorted(gone)))
    row = {"w1": "1", "w2": "其他", "w9": "顺路"}
    shop.rows({one: row[one] for one in heads})
    assert words(admit(shop)) == [expected]


def test_another_option_must_be_one(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + '[choice.reasons]\ncolumn = "原因"\nother = "food"\n')
    shop.rows({"原因": ""})
    assert refused(shop) == ["F/mappings/src.toml, line 16, choice.reasons.other: reasons has no option 'food'."]
    shop = make(tmp_path, MAPPING + '[choice.reasons]\nother = "food"\n[choice.reasons.columns]\nprice = "原因"\n')
    assert "choice.reasons.other: expected an option among `columns`." in refused(shop)[0]


# ── rows that are no responses ───────────────────────────────────────────────────────────

LEFT_OUT = '[leave_out]\n"Finished" = ["No", "测试"]\nanswered_at = [""]\n'


def test_unfinished_and_test_rows_are_told_once_and_do_not_count_at_the_gate(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + LEFT_OUT, percent=5)
    wrong = {"branch": "XX-999", "q1": "11"}
    shop.rows({"Finished": "Yes"}, {"Finished": "No"} | wrong, {"Finished": " 测试 "}, {"answered_at": "", "q2": ""})
    admitted = admit(shop)
    assert faults(admitted) == [
        (3, "Finished", "No", "left_out"), (4, "Finished", "测试", "left_out"), (5, "answered_at", "", "left_out"),
    ]  # fmt: skip
    assert list(stored(admitted)) == ["R1"]
    assert admitted.rows() == (0, 1)


def test_a_column_that_tells_responses_must_be_there_and_loaded(tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING + LEFT_OUT)
    shop.rows({"Ended": "No"})
    assert any("column 'Finished' is gone" in one for one in refused(shop))
    shop = make(tmp_path, 'ignore = ["Finished"]\n' + MAPPING + LEFT_OUT)
    assert "leave_out.Finished: expected a column that is loaded" in refused(shop)[0]
