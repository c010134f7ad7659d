"""From a tool's own export to the index: six tools, one and the same three people, worked out by hand."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from intakes import Shop, index, make, table

from pipeline.__main__ import main

# The three say, of q1 to q6 on a scale of 1 to 10 (an x is no answer):
#   A  SH-001  10 10 10   1  1  1     care 100                       work 0
#   B  SH-001   4  7 10   7  x  4     care (33.33 + 66.67 + 100)/3   work (66.67 + 33.33)/2, of the two answered
#   C  BJ-002  10 10 10  10 10 10
# SH-001: care (100 + 66.67)/2 = 83.33, work (0 + 50)/2 = 25; 0.6 · 83.33 + 0.4 · 25 = 60
SHANGHAI, BEIJING = (2, pytest.approx(60, abs=1e-6)), (1, pytest.approx(100, abs=1e-6))
A, B, C = (10, 10, 10, 1, 1, 1), (4, 7, 10, 7, None, 4), (10,) * 6
WHY = {"A": {"price", "staff"}, "B": set[str](), "C": {"speed"}}  # B was asked and said nothing


def columns(**heads: str) -> str:
    return "[columns]\n" + "\n".join(f'{name} = "{head}"' for name, head in heads.items()) + "\n"


def items(*heads: str) -> str:
    return "[items]\n" + "\n".join(f'q{place} = "{head}"' for place, head in enumerate(heads, start=1)) + "\n"


def ignore(*heads: str) -> str:
    return "ignore = [" + ", ".join(f'"{one}"' for one in heads) + "]\n"


def check(
    shop: Shop,
    tool: str,
    capsys: pytest.CaptureFixture[str],
    rows: list[int],
    why: bool = True,
    left: tuple[str, ...] = (),
) -> pl.DataFrame:
    """Scores October and holds it against what was worked out. rows: where A, B and C stand. left: rows left out."""
    capsys.readouterr()
    status = main(["score", "--programme", str(shop.folder), "--period", "2025-10"])
    assert status == 0, capsys.readouterr().err
    assert index(shop, "SH-001") == SHANGHAI
    assert index(shop, "BJ-002") == BEIJING
    place = shop.out / "score" / "2025-10"
    assert f'"tool": "{tool}"' in (place / "run.json").read_text("utf-8")
    listed = pl.read_csv(place / "quarantine.csv", infer_schema=False)
    assert listed.select("row", "reason").rows() == [(row, "left_out") for row in left], listed
    found = pl.read_parquet(place / "accepted/responses/svc/2025-10.parquet").sort("row")
    assert found["row"].to_list() == rows
    assert [one["serviced_on"] for one in found.iter_rows(named=True)] == [date(2025, 10, 5)] * 3
    assert [one["answered_at"] for one in found.iter_rows(named=True)] == [datetime(2025, 10, 6, 9, 32, 9)] * 3
    if why:
        for one, wanted in zip(found.iter_rows(named=True), WHY.values(), strict=True):
            chosen = {name for name in ("price", "speed", "staff") if one[f"reasons_{name}"] == 1}
            assert chosen == wanted
    return found


def number(code: int | None, missing: str) -> str:
    return missing if code is None else str(code)


def test_qualtrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heads = [
        "EndDate",
        "IPAddress",
        "ResponseId",
        "store",
        "visit",
        *(f"Q2_{n}" for n in range(1, 7)),
        "Q3_1",
        "Q3_2",
        "Q3_3",
        "Duration (in seconds)",
    ]
    worded = [
        "End Date",
        "IP Address",
        "Response ID",
        "Your store",
        "Day of visit",
        *(f"Please rate - {n}" for n in range(1, 7)),
        "Why? - Price",
        "Why? - Speed",
        "Why? - Staff",
        "Duration (in seconds)",
    ]
    ids = [
        "endDate",
        "ipAddress",
        "_recordId",
        "QID1_TEXT",
        "QID9_TEXT",
        *(f"QID2_{n}" for n in range(1, 7)),
        "QID3_1",
        "QID3_2",
        "QID3_3",
        "duration",
    ]
    imported = [f'{{"ImportId":"{one}","timeZone":"Asia/Shanghai"}}' for one in ids]
    rows = [
        [
            "2025-10-06 09:32:09",
            "203.0.113.9",
            f"R_{who}",
            store,
            "10/05/2025",
            *(number(one, "-99") for one in codes),
            *why,
            "75",
        ]
        for who, store, codes, why in (
            ("A", "SH-001", A, ("Price", "", "Staff")),
            ("B", "SH-001", B, ("", "", "")),
            ("C", "BJ-002", C, ("", "Speed", "")),
        )
    ]
    mapping = (
        ignore("IPAddress")
        + columns(
            respondent="ResponseId",
            branch="store",
            serviced_on="visit",
            answered_at="EndDate",
            duration_s="Duration (in seconds)",
        )
        + items(*heads[5:11])
        + '[dates]\nserviced_on = "%m/%d/%Y"\n[missing]\n"-99" = "not_answered"\n'
        + '[questions]\n"Q2_1" = "Please rate - 1"\n'
        + '[choice.reasons.columns]\nprice = "Q3_1"\nspeed = "Q3_2"\nstaff = "Q3_3"\n'
    )
    shop = make(tmp_path, mapping)
    shop.put("export.csv", b"\xef\xbb\xbf" + table(heads, [worded, imported, *rows]).encode())
    found = check(shop, "qualtrics", capsys, [4, 5, 6])
    assert found["duration_s"].to_list() == [75] * 3
    assert found["missing"].to_list() == [None] * 3


def test_surveymonkey(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A matrix spread over columns, with words; a multi-select question with an option a column."""
    stems = ["Respondent ID", "End Date", "Store", "Visit", "Rate us", *[""] * 5, "Why?", "", ""]
    options = [
        "",
        "",
        "Response",
        "Open-Ended Response",
        *(f"part {n}" for n in range(1, 7)),
        "Price",
        "Speed",
        "Staff",
    ]
    words = {10: "Excellent", 1: "Awful", 4: "Poor", 7: "Good", None: "N/A"}
    rows = [
        [who, "10/06/2025 09:32:09 AM", store, "10/05/2025", *(words[one] for one in codes), *why]
        for who, store, codes, why in (
            ("101", "Shanghai flagship", A, ("Price", "", "Staff")),
            ("102", "SH-001", B, ("", "", "")),
            ("103", "BJ-002", C, ("", "Speed", "")),
        )
    ]
    mapping = (
        columns(respondent="Respondent ID", branch="Store", serviced_on="Visit", answered_at="End Date")
        + items(*(f"Rate us / part {n}" for n in range(1, 7)))
        + '[dates]\nserviced_on = "%m/%d/%Y"\nanswered_at = "%m/%d/%Y %I:%M:%S %p"\n'
        + "[labels.answer]\nExcellent = 10\nAwful = 1\nPoor = 4\nGood = 7\n"
        + '[labels.branch]\n"Shanghai flagship" = "SH-001"\n'
        + '[missing]\n"N/A" = "not_applicable"\n'
        + '[choice.reasons.columns]\nprice = "Why? / Price"\nspeed = "Why? / Speed"\nstaff = "Why? / Staff"\n'
    )
    shop = make(tmp_path, mapping)
    shop.put("export.csv", table(stems, [options, *rows]))
    assert check(shop, "surveymonkey", capsys, [3, 4, 5])["missing"].to_list() == [None, "....n.", None]


WJX = [
    "序号",
    "提交答卷时间",
    "所用时间",
    "来源",
    "来自IP",
    "1、您去的是哪家店",
    "2、到店日期",
    "3、请您评价—接待",
    "3、环境",
    "3、等候",
    "3、质量",
    "3、价格",
    "3、交车",
]


def wjx_rows(
    missing: str, stores: tuple[str, str], words: dict[int | None, str], why: list[list[str]]
) -> list[list[str]]:
    return [
        [
            who,
            "2025/10/6 9:32:09",
            "1分15秒",
            "微信",
            "203.0.113.9",
            store,
            "2025-10-05",
            *(words.get(one, missing) for one in codes),
            *more,
        ]
        for who, store, codes, more in zip("123", (stores[0], stores[0], stores[1]), (A, B, C), why, strict=True)
    ]


WJX_COLUMNS = columns(
    respondent="序号",
    branch="1、您去的是哪家店",
    serviced_on="2、到店日期",
    answered_at="提交答卷时间",
    duration_s="所用时间",
)
WJX_DATES = '[dates]\nanswered_at = "%Y/%m/%d %H:%M:%S"\n[duration]\nunit = "wjx"\n'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "xlsx"])
def test_wjx_as_texts(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heads = [*WJX, "4、选择我们的原因", "总分"]
    words = {10: "非常满意", 1: "非常不满意", 4: "不太满意", 7: "比较满意"}
    why = [["价格实惠┋员工热情〖小王〗", "58"], ["(跳过)", "40"], ["速度快", "60"]]
    mapping = (
        ignore("来源", "来自IP", "总分")
        + WJX_COLUMNS
        + items(*WJX[7:])
        + WJX_DATES
        + "[labels.answer]\n"
        + "".join(f'"{word}" = {code}\n' for code, word in words.items())
        + '[labels.branch]\n"上海虹桥店" = "SH-001"\n"北京朝阳店" = "BJ-002"\n'
        + '[missing]\n"(跳过)" = "not_asked"\n"(空)" = "not_answered"\n'
        + '[choice.reasons]\ncolumn = "4、选择我们的原因"\n'
        + '[choice.reasons.labels]\n"价格实惠" = "price"\n"速度快" = "speed"\n"员工热情" = "staff"\n'
    )
    shop = make(tmp_path, mapping)
    rows = wjx_rows("(空)", ("上海虹桥店", "北京朝阳店"), {**words}, why)
    if encoding == "xlsx":
        import xlsxwriter

        book = xlsxwriter.Workbook(shop.put("export.xlsx", ""), {"strings_to_numbers": True})
        sheet = book.add_worksheet()
        for place, cells in enumerate([heads, *rows]):
            sheet.write_row(place, 0, cells)
        book.close()
    else:
        shop.put("export.csv", table(heads, rows).encode(encoding))
    found = check(shop, "wjx", capsys, [2, 3, 4])
    assert found["duration_s"].to_list() == [75] * 3
    assert found["reasons_other"].to_list() == ["小王", None, None]


def test_wjx_as_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Answers as the number of the option: 1 is 非常不满意; passed over -3, left blank -2."""
    heads = [*WJX, "4、原因(价格)", "4、(速度)", "4、(员工)"]
    words = {10: "4", 7: "3", 4: "2", 1: "1"}
    why = [["1", "0", "1"], ["-3", "-3", "-3"], ["0", "1", "0"]]
    mapping = (
        ignore("来源", "来自IP")
        + WJX_COLUMNS
        + items(*WJX[7:])
        + WJX_DATES
        + '[labels.answer]\n"4" = 10\n"3" = 7\n"2" = 4\n"1" = 1\n[labels.branch]\n"1" = "SH-001"\n"2" = "BJ-002"\n'
        + '[missing]\n"-3" = "not_asked"\n"-2" = "not_answered"\n'
        + '[choice.reasons.columns]\nprice = "4、原因(价格)"\nspeed = "4、(速度)"\nstaff = "4、(员工)"\n'
    )
    shop = make(tmp_path, mapping)
    shop.put("export.csv", table(heads, wjx_rows("-3", ("1", "2"), {**words}, why)).encode("gb18030"))
    found = check(shop, "wjx", capsys, [2, 3, 4])
    assert found["missing"].to_list() == [None, "....s.", None]
    assert found["reasons_price"].to_list() == [1, None, 0]


def test_limesurvey(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heads = [
        "id. Response ID",
        "submitdate. Date submitted",
        "lastpage. Last page",
        "startlanguage. Start language",
        "STORE. Store",
        "VISIT. Visit",
        *(f"A1[SQ00{n}]. Rate us [part {n}]" for n in range(1, 7)),
        "W[P]. Why? [Price]",
        "W[S]. Why? [Speed]",
        "W[T]. Why? [Staff]",
        "W[other]. Why? [Other]",
    ]
    rows = [
        [
            who,
            "2025-10-06 09:32:09",
            "3",
            "en",
            store,
            "2025-10-05 00:00:00",
            *(number(one, "N/A") for one in codes),
            *why,
        ]
        for who, store, codes, why in (
            ("1", "SH-001", A, ("Yes", "No", "Yes", "")),
            ("2", "SH-001", B, ("N/A", "N/A", "N/A", "")),
            ("3", "BJ-002", C, ("No", "Yes", "No", "")),
        )
    ]
    mapping = (
        ignore("lastpage", "startlanguage", "W[other]")
        + columns(respondent="id", branch="STORE", serviced_on="VISIT", answered_at="submitdate")
        + items(*(f"A1[SQ00{n}]" for n in range(1, 7)))
        + '[dates]\nserviced_on = "%Y-%m-%d %H:%M:%S"\n'
        + '[missing]\n"N/A" = "not_asked"\n[questions]\n"STORE" = "Store"\n'
        + '[choice.reasons]\nnot_chosen = ["No"]\n[choice.reasons.columns]\nprice = "W[P]"\n'
        + 'speed = "W[S]"\nstaff = "W[T]"\n'
    )
    shop = make(tmp_path, mapping)
    shop.put("export.csv", table(heads, rows))
    found = check(shop, "limesurvey", capsys, [2, 3, 4])
    assert found["missing"].to_list() == [None, "....s.", None]
    assert found["reasons_price"].to_list() == [1, None, 0]


def test_kobo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heads = [
        "start",
        "visit/store",
        "visit/day",
        *(f"rate/q{n}" for n in range(1, 7)),
        "why",
        "why/price",
        "why/speed",
        "why/staff",
        "_id",
        "_uuid",
        "_submission_time",
        "_index",
    ]
    rows = [
        [
            "2025-10-06T09:30:00.000+08:00",
            store,
            "2025-10-05",
            *(number(one, "") for one in codes),
            *why,
            f"{70 + place}",
            f"uuid-{place}",
            "2025-10-06T01:32:09",
            f"{place}",
        ]
        for place, (store, codes, why) in enumerate(
            [
                ("SH-001", A, ("price staff", "1", "0", "1")),
                ("SH-001", B, ("", "", "", "")),
                ("BJ-002", C, ("speed", "0", "1", "0")),
            ],
            start=1,
        )
    ]
    mapping = (
        ignore("start", "why/price", "why/speed", "why/staff", "_uuid", "_index")
        + columns(respondent="_id", branch="visit/store", serviced_on="visit/day", answered_at="_submission_time")
        + items(*heads[3:9])
        + '[dates]\nserviced_on = "iso"\nanswered_at = "iso"\ntime_zone = "UTC"\n'
        + '[choice.reasons]\ncolumn = "why"\nseparator = " "\n'
    )
    shop = make(tmp_path, mapping)
    text = "\n".join(";".join(f'"{cell}"' for cell in row) for row in [heads, *rows]) + "\n"
    shop.put("export.csv", b"\xef\xbb\xbf" + text.encode())
    check(shop, "kobo", capsys, [2, 3, 4])


def test_spss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers with labels, 99 declared missing, dates of SPSS; a multiple-response set of 0 and 1."""
    frame = pl.DataFrame(
        {
            "nr": [1.0, 2.0, 3.0],
            "store": ["SH-001", "SH-001", "BJ-002"],
            "visit": [date(2025, 10, 5)] * 3,
            "done": [datetime(2025, 10, 6, 9, 32, 9)] * 3,
            **{f"v{n}": [float(99 if codes[n] is None else codes[n] or 0) for codes in (A, B, C)] for n in range(6)},
            "w1": [1.0, None, 0.0],
            "w2": [0.0, None, 1.0],
            "w3": [1.0, None, 0.0],
        }
    )
    mapping = (
        columns(respondent="nr", branch="store", serviced_on="visit", answered_at="done")
        + items(*(f"v{n}" for n in range(6)))
        + '[dates]\nserviced_on = "iso"\nanswered_at = "iso"\n'
        + '[missing]\n"99" = "refused"\n[questions]\n"v0" = "接待"\n'
        + '[choice.reasons.columns]\nprice = "w1"\nspeed = "w2"\nstaff = "w3"\n'
    )
    shop = make(tmp_path, mapping)
    pyreadstat.write_sav(
        frame,
        str(shop.put("export.sav", "")),
        column_labels={"v0": "接待"},
        variable_value_labels={"v0": {1.0: "很差", 10.0: "很好", 99.0: "拒答"}},
        missing_ranges={f"v{n}": [99.0] for n in range(6)},
    )
    found = check(shop, "spss", capsys, [1, 2, 3])
    assert found["missing"].to_list() == [None, "....r.", None]
    assert found["respondent"].to_list() == ["1", "2", "3"]


# ── tools without ids, with rows that are no responses, with times of elsewhere ──────────

WORDS = {10: "10", 7: "7", 4: "4", 1: "1", None: ""}
THREE = (("SH-001", A, "Price", "Staff"), ("SH-001", B, "", ""), ("BJ-002", C, "Speed", ""))
CHOSEN = '[choice.reasons.labels]\n"Price" = "price"\n"Speed" = "speed"\n"Staff" = "staff"\n'


def test_google_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Times with 上午 and GMT+8, no ids, a text of one's own between the options."""
    heads = ["时间戳记", "门店", "到店日期", *(f"打分 [{n}]" for n in range(1, 7)), "原因"]
    rows = [
        ["2025/10/06 9:32:09 上午 GMT+8", store, "2025/10/5", *(WORDS[one] for one in codes), why]
        for (store, codes, *_), why in zip(THREE, ["Price;顺路，13812345678", "", "Speed"], strict=True)
    ]
    rows[1][0] = "2025/10/06 1:32:09 上午 GMT+0"
    mapping = (
        columns(branch="门店", serviced_on="到店日期", answered_at="时间戳记")
        + 'respondent = ["时间戳记", "门店"]\n'
        + items(*heads[3:9])
        + '[dates]\nserviced_on = "%Y/%m/%d"\nanswered_at = "%Y/%m/%d %I:%M:%S %p %z"\n'
        + '[choice.reasons]\ncolumn = "原因"\nseparator = ";"\nother = "staff"\n'
        + CHOSEN
    )
    shop = make(tmp_path, mapping)
    shop.put("export.csv", table(heads, rows))
    found = check(shop, "google_forms", capsys, [2, 3, 4])
    assert found["reasons_other"].to_list() == ["顺路,〔电话〕", None, None]


def test_tencent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heads = ["编号", "开始答题时间", "结束答题时间", "答题时长", "1.门店", "2.到店日期_填空1"]
    rated = [f"3.评价:{n}" for n in range(1, 7)]
    why = [f"4.原因:{one}" for one in ("Price", "Speed", "Staff")]
    stores, options = {"SH-001": "A.上海店", "BJ-002": "B.北京店"}, ("Price", "Speed", "Staff")
    times = ["06-Oct-2025 09:30:09", "06-Oct-2025 09:32:09", "120"]
    rows = [
        [f"{place}", *times, stores[store], "２０２５-10-05", *(WORDS[one] for one in codes),
         *(f"A.{one}" if one in chosen else "" for one in options), ""]
        for place, (store, codes, *chosen) in enumerate(THREE, start=1)
    ]  # fmt: skip
    mapping = (
        ignore("开始答题时间")
        + columns(respondent="编号", branch="1.门店", serviced_on="2.到店日期_填空1", answered_at="结束答题时间")
        + 'duration_s = "答题时长"\n'
        + items(*rated)
        + '[dates]\nanswered_at = "%d-%b-%Y %H:%M:%S"\n'
        + '[labels.branch]\n"A.上海店" = "SH-001"\n"B.北京店" = "BJ-002"\n'
        + f'[choice.reasons.columns]\nprice = "{why[0]}"\nspeed = "{why[1]}"\nstaff = "{why[2]}"\n'
    )
    shop = make(tmp_path, mapping)
    shop.put("export.csv", "\ufeff" + table([*heads, *rated, *why, ""], rows))
    check(shop, "tencent", capsys, [2, 3, 4])


@pytest.mark.parametrize("tool", ["typeform", "formbricks"])
def test_unfinished_rows_and_times_in_utc(tool: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    utc, unfinished = "2025-10-06 01:32:09", {"typeform": "partial", "formbricks": "No"}[tool]
    rated = [f"<b>Rate</b> {n}" if tool == "typeform" else f"2. Rate - {n}" for n in range(1, 7)]
    why = ["Price", "Speed", "Staff"]
    rows = []
    for place, (store, codes, *chosen) in enumerate((*THREE, ("SH-001", (1, *[None] * 5), "", "")), start=1):
        done = place < 4
        answers = [WORDS[one] for one in codes]
        if tool == "typeform":
            ticked = [one if one in chosen else "" for one in why]
            state = ["completed" if done else unfinished, utc, utc if done else "", "net"]
            rows.append([f"a{place}", store, "2025-10-05", *answers, *ticked, *state])
        else:
            joined = "; ".join(filter(None, chosen))
            rows.append([f"{place}", f"a{place}", utc, "Yes" if done else unfinished, "s1", store, "2025-10-05",
                         *answers, joined, ""])  # fmt: skip
    if tool == "typeform":
        heads = [
            "#",
            "store",
            "day",
            *rated,
            *why,
            "Response Type",
            "Start Date (UTC)",
            "Submit Date (UTC)",
            "Network ID",
        ]
        named = columns(respondent="#", branch="store", serviced_on="day", answered_at="Submit Date (UTC)")
        chosen_in = '[choice.reasons.columns]\nprice = "Price"\nspeed = "Speed"\nstaff = "Staff"\n'
        left, rest, clean = "Response Type", ["Start Date (UTC)", "Network ID"], [f"Rate {n}" for n in range(1, 7)]
    else:
        heads = ["No.", "Response ID", "Timestamp", "Finished", "Survey ID", "store", "1. Day", *rated, "3. Why?",
                 "3. Why? - Option ID"]  # fmt: skip
        named = columns(respondent="Response ID", branch="store", serviced_on="1. Day", answered_at="Timestamp")
        chosen_in = '[choice.reasons]\ncolumn = "3. Why?"\nseparator = "; "\n' + CHOSEN
        left, rest, clean = "Finished", ["No.", "Survey ID", "3. Why? - Option ID"], rated
    mapping = ignore(*rest) + named + items(*clean) + '[dates]\ntime_zone = "UTC"\n' + chosen_in
    shop = make(tmp_path, mapping + f'[leave_out]\n"{left}" = ["{unfinished}"]\n', percent=0)
    shop.put("export.csv", table(heads, rows))
    check(shop, tool, capsys, [2, 3, 4], left=("5",))
