"""Tools: which one wrote an export, what it calls its columns, and what only looks like one."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.refusal import Refusal
from pipeline.sources import heads
from pipeline.sources.detect import TOOLS, lay_out
from pipeline.sources.digest import Digest
from pipeline.sources.raw import HEAD_RECORDS, Column, Grid, Layout, Options, Record
from tests.trials import tried


def grid(text: str, delimiter: str = ",", kind: str = "csv") -> Grid:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    head = tuple(Record(number, tuple(cells)) for number, cells in enumerate(rows, start=1))[:HEAD_RECORDS]
    return Grid("inbox/a.csv", Digest.of_bytes(b""), kind, "utf-8", head, unread)


def unread(*_: int, **__: Collection[int] | None) -> Iterator[pl.DataFrame]:
    raise AssertionError("the heads must be found without reading the responses")


def laid_out(text: str, delimiter: str = ",", kind: str = "csv", **options: Any) -> Layout:
    return lay_out(grid(text, delimiter, kind), Options(**options))


def refused(text: str, **options: Any) -> str:
    with pytest.raises(Refusal) as caught:
        laid_out(text, **options)
    return str(caught.value)


def names(layout: Layout) -> list[str]:
    return [column.name for column in layout.columns]


def questions(layout: Layout) -> dict[str, str]:
    return {column.name: column.question for column in layout.columns}


def groups(layout: Layout) -> dict[str, list[str]]:
    """Group -> the names of its columns."""
    found: dict[str, list[str]] = {}
    for column in layout.columns:
        if column.group:
            found.setdefault(column.group, []).append(column.name)
    return found


# ── one small export of every tool ───────────────────────────────────────────────────────

QUALTRICS = """\
StartDate,Finished,ResponseId,Q1,Q2_1,Q2_-1,Q2_3,Q2_3_TEXT,Q4_1,Q4_2,Q5
Start,Finished,Response ID,"How was it?<br>Overall&nbsp;","Which ones? - Selected Choice - Oil",\
"Which ones? - Selected Choice - None","Which ones? - Selected Choice - Other","Which ones? - Other - Text",\
Please rate-Price,Please rate-Speed,"Why,
in your words"
"{""ImportId"":""startDate"",""timeZone"":""Asia/Shanghai""}",{'ImportId': 'finished'},"{""ImportId"":""_recordId""}",\
"{""ImportId"":""QID1""}",{'ImportId': 'QID2-1'},{'ImportId': 'QID2-4'},{ImportId:QID2-3},{'ImportId': 'QID2-3-TEXT'},\
"{""ImportId"":""QID4_1""}","{""ImportId"":""QID4_2",{""ImportId"":""QID5_TEXT""}
2025-10-01 08:00:00,1,R_1,4,1,,,,1,2,fine
2025-10-01 09:00:00,1,R_2,5,,1,1,tyres,,1,
"""

QUALTRICS_LEGACY = """\
V1,V2,V3,Q2_1,Q2_2,row_one,row_one,LocationLatitude,
ResponseID,ResponseSet,Name,Choose all-Oil,Choose all-Tyres,Rate A-one,Rate B-one,LocationLatitude,
R_1,Default Response Set,Anonymous,1,,4,2,31.2,
R_2,Default Response Set,Anonymous,1,1,3,1,31.2,
"""

QUALTRICS_TRANSITIONAL = """\
ResponseID,ResponseSet,StartDate,Q2_-1
ResponseID,ResponseSet,StartDate,Rate us
{'ImportId': 'responseId'},{'ImportId': 'responseSetId'},{'ImportId': 'startDate'},{'ImportId': 'QID2'}
R_1,Default Response Set,2016-05-27 11:33:34,3
"""

SURVEYMONKEY = """\
Respondent ID,Collector ID,Start Date,Which did you use?,,,Rank them,,Gender,,Why?
,,,Oil,Tyres,Other (please specify),Price,Speed,Male,Female,Open-Ended Response
101,7,10/01/2025 08:00:00 AM,Oil,,,1,2,Male,,good
102,7,10/01/2025 09:00:00 AM,Oil,Tyres,wipers,2,1,,Female,
"""

LIMESURVEY = """\
"id. Response ID","submitdate. Date submitted","lastpage. Last page","startlanguage. Start language","seed. Seed",\
"A1. How was it?","A1[other]. How was it? [Other]","A2[SQ001]. Which? <b>All</b>\u00a0[Oil &amp; filter]",\
"A2[SQ002]. Which? [Tyres]","A2[other]. Which? [Other]","A3[SQ001]. Rate [Price]","A3[SQ002]. Rate [Speed]"
1,2025-10-01 08:00:00,3,zh-Hans,99,Good,,Yes,No,,Yes,Uncertain
2,,1,zh-Hans,98,N/A,N/A,No,Yes,wipers,N/A,N/A
"""

LIMESURVEY_CODES = """\
id,submitdate,lastpage,startlanguage,A1,A2[SQ001],A2[SQ002],A2[SQ002comment],A2[other],A3[SQ001],A3[SQ002]
1,2025-10-01 08:00:00,3,en,A2,Y,,because,,A1,A4
2,,1,en,A1,,Y,,x,A2,
"""

WJX = """\
序号,提交答卷时间,所用时间,来源,来源详情,来自IP,1、您的性别,2、选择原因（可多选）,7、请评价（1-5分）—态度,7、专业,7、环境,8、建议,总分
1,2025/10/1 9:32:09,75秒,微信,N/A,1.2.3.4,男,价格┋其他〖顺路〗,5,4,(跳过),(空),88
1,2025/10/1 9:40:10,1分15秒,链接,直接访问,1.2.3.5,女,(跳过),3,2,1,好,70
"""

WJX_NUMBERS = """\
序号,提交答卷时间,所用时间,1、性别,2、原因(价格),2、(距离),2、(其他),3、评价—态度,3、专业,4、您的电话:,4、(2),第5题(甲),第5题(乙)
1,2025/10/1 9:32:09,75秒,1,1,0,1,5,4,x,y,1,2
2,2025/10/1 9:33:09,80秒,2,-3,-3,-3,-2,1,x,y,3,4
"""

TENCENT = """\
"编号","开始答题时间","结束答题时间","答题时长","地理位置省","自定义字段","1.您的性别？","2.来自：_填空1","3.场合？:上班","3.场合？:在家",\
"4.评价:价格","4.评价:速度",
"1","02-Feb-2025 20:26:58","02-Feb-2025 20:27:09","11","上海","","A.男","杭州","A.上班","","5","4",
"2","02-Feb-2025 21:26:58","02-Feb-2025 21:27:09","12","上海","","B.女","","A.上班","B.在家","5","1",
"""

KOBO = """\
start;group_a/branch;reasons;reasons/price;reasons/near;group_a/q1;_id;_uuid;_submission_time;_index
2025-10-01T08:00:00.000+08:00;SH-001;price near;1;1;1;77;0a1b;2025-10-01T08:05:00;1
2025-10-01T09:00:00.000+08:00;SH-002;near;0;1;0;78;0a1c;2025-10-01T09:05:00;2
"""

ODK_REPEAT = """\
name,age,_index,_parent_table_name,_parent_index
A,3,1,visits,1
"""

GOOGLE = """\
时间戳记,您对服务的评价 [态度],您对服务的评价 [速度],喜欢什么？（可多选）,建议
2025/10/01 9:05:07 下午 GMT+8,5,4,"环境, 价格",好
2025/10/01 10:05:07 上午 GMT+8,,4,环境,
"""

TYPEFORM = """\
#,<strong>How was it?</strong>,Oil,Tyres &amp; rims,Other,Why&nbsp;so?,Other,\
Start Date (UTC),Submit Date (UTC),Network ID
a1,4,Oil,,,x,,2025-10-01 08:00:00,2025-10-01 08:05:00,0f
a2,5,Oil,Tyres & rims,wipers,,y,2025-10-01 09:00:00,2025-10-01 09:05:00,1f
"""

FORMBRICKS = """\
No.,Response ID,Timestamp,Finished,Survey ID,User ID,Tags,url,1. How was it?,1. How was it? - Option ID,\
2. Rate - Price,2. Rate - Speed
1,c1,2025-10-01 08:00:00,Yes,s1,,,https://example.org,Oil; Tyres,"o1, o2",5,4
"""

PLAIN = """\
答卷编号,提交时间,来源,Q1、评价,Timestamp
1,2025/10/1 9:32:09,微信,5,2025/10/1 9:32:09
"""

EXPORTS: dict[str, tuple[str, str, int]] = {  # text -> its tool, its header rows
    "qualtrics": (QUALTRICS, "qualtrics", 3),
    "qualtrics, legacy": (QUALTRICS_LEGACY, "qualtrics", 2),
    "qualtrics, in between": (QUALTRICS_TRANSITIONAL, "qualtrics", 3),
    "surveymonkey": (SURVEYMONKEY, "surveymonkey", 2),
    "limesurvey": (LIMESURVEY, "limesurvey", 1),
    "limesurvey, codes": (LIMESURVEY_CODES, "limesurvey", 1),
    "wjx": (WJX, "wjx", 1),
    "wjx, numbers": (WJX_NUMBERS, "wjx", 1),
    "tencent": (TENCENT, "tencent", 1),
    "kobo": (KOBO, "kobo", 1),
    "odk, a repeat": (ODK_REPEAT, "kobo", 1),
    "google_forms": (GOOGLE, "google_forms", 1),
    "typeform": (TYPEFORM, "typeform", 1),
    "formbricks": (FORMBRICKS, "formbricks", 1),
    "plain": (PLAIN, "plain", 1),
}


def of(name: str, **options: Any) -> Layout:
    text = EXPORTS[name][0]
    return laid_out(text, ";" if name == "kobo" else ",", **options)


@pytest.mark.parametrize("name", EXPORTS)
def test_the_tool_is_found_by_content(name: str) -> None:
    layout = of(name)
    assert (layout.tool, layout.header_rows) == EXPORTS[name][1:]


@pytest.mark.parametrize("name", EXPORTS)
def test_the_tool_can_be_named(name: str) -> None:
    assert of(name, tool=EXPORTS[name][1]) == of(name)


def test_every_tool_is_tried() -> None:
    assert {tool for _, tool, _ in EXPORTS.values()} == set(TOOLS) - {"spss", "parquet"}


@pytest.mark.parametrize("name", EXPORTS)
def test_names_are_whole_and_differ(name: str) -> None:
    found = names(of(name))
    assert all(found)
    assert len(set(found)) == len(found)
    text = EXPORTS[name][0]
    width = len(grid(text, ";" if name == "kobo" else ",").head[0].cells)
    assert len(found) == width - text.split("\n")[0].endswith(",")  # an empty head at the end is no column


# ── Qualtrics ────────────────────────────────────────────────────────────────────────────


def test_qualtrics_has_wordings_without_markup() -> None:
    asked = questions(of("qualtrics"))
    assert asked["Q1"] == "How was it? Overall"
    assert asked["Q5"] == "Why, in your words"
    assert asked["Q2_-1"] == "Which ones? - Selected Choice - None"


def test_qualtrics_groups_options_and_not_a_matrix() -> None:
    assert groups(of("qualtrics")) == {"Q2": ["Q2_1", "Q2_-1", "Q2_3"]}
    assert groups(of("qualtrics, legacy")) == {"Q2": ["Q2_1", "Q2_2"]}


def test_qualtrics_choices_as_texts_are_a_group_too() -> None:
    text = QUALTRICS.replace("R_1,4,1,,,,1", "R_1,4,Oil,,,,1").replace("R_2,5,,1,1,tyres", "R_2,5,,None,Other,tyres")
    assert groups(laid_out(text)) == {"Q2": ["Q2_1", "Q2_-1", "Q2_3"]}


def test_legacy_qualtrics_repeats_heads() -> None:
    layout = of("qualtrics, legacy")
    assert names(layout) == ["V1", "V2", "V3", "Q2_1", "Q2_2", "row_one", "row_one (2)", "LocationLatitude"]
    assert questions(layout)["V1"] == "ResponseID"
    assert questions(layout)["row_one (2)"] == "Rate B-one"


def test_qualtrics_without_its_second_row() -> None:
    lines = QUALTRICS_TRANSITIONAL.splitlines(keepends=True)
    layout = laid_out("".join([lines[0], *lines[2:]]))
    assert (layout.tool, layout.header_rows, set(questions(layout).values())) == ("qualtrics", 2, {""})


# ── SurveyMonkey ─────────────────────────────────────────────────────────────────────────


def test_surveymonkey_joins_question_and_option() -> None:
    layout = of("surveymonkey")
    assert names(layout) == [
        *("Respondent ID", "Collector ID", "Start Date"),
        *("Which did you use? / Oil", "Which did you use? / Tyres", "Which did you use? / Other (please specify)"),
        *("Rank them / Price", "Rank them / Speed", "Gender / Male", "Gender / Female", "Why?"),
    ]
    assert questions(layout)["Which did you use? / Tyres"] == "Which did you use?"


def test_surveymonkey_groups_spread_choices_and_not_a_ranking() -> None:
    found = groups(of("surveymonkey"))
    assert {group: len(columns) for group, columns in found.items()} == {"Which did you use?": 3, "Gender": 2}


def test_surveymonkey_choices_as_numbers_are_a_group_too() -> None:
    text = SURVEYMONKEY.replace("AM,Oil,,,", "AM,1,,,").replace("AM,Oil,Tyres", "AM,1,2")
    assert len(groups(laid_out(text))["Which did you use?"]) == 3


def test_surveymonkey_without_the_respondents_fields() -> None:
    layout = laid_out("How was it?,Which?,\n,Response,Tyres\n4,,Tyres\n", tool="surveymonkey")
    assert names(layout) == ["How was it?", "Which?", "Which? / Tyres"]


def test_surveymonkey_with_an_empty_second_row() -> None:
    text = "Respondent ID,Collector ID,How was it?\n,,\n101,7,4\n"
    assert (laid_out(text).tool, laid_out(text).header_rows) == ("surveymonkey", 2)


def test_surveymonkey_with_its_second_row_deleted_is_a_plain_table() -> None:
    assert laid_out("Respondent ID,Collector ID,How was it?\n101,7,Response\n").tool == "plain"


# ── LimeSurvey ───────────────────────────────────────────────────────────────────────────


def test_limesurvey_parts_code_and_wording() -> None:
    layout = of("limesurvey")
    assert names(layout)[4:] == [
        "seed", "A1", "A1[other]", "A2[SQ001]", "A2[SQ002]", "A2[other]", "A3[SQ001]", "A3[SQ002]"
    ]  # fmt: skip
    assert questions(layout)["A2[SQ001]"] == "Which? All [Oil & filter]"
    assert questions(layout)["submitdate"] == "Date submitted"
    assert questions(of("limesurvey, codes"))["A2[SQ001]"] == ""


def test_limesurvey_groups_multiple_choice_with_its_other() -> None:
    expected = {"A2": ["A2[SQ001]", "A2[SQ002]", "A2[other]"]}
    assert groups(of("limesurvey")) == expected  # A3 holds Uncertain, A1 is a single choice
    assert groups(of("limesurvey, codes")) == expected


def test_limesurvey_says_what_was_not_shown() -> None:
    assert of("limesurvey").missing == {"N/A": "not_asked"}


def test_limesurvey_with_wordings_alone_may_repeat_them() -> None:
    layout = laid_out("Response ID,Date submitted,Last page,Start language,Rate,Rate\n1,,1,en,4,5\n")
    assert (layout.tool, names(layout)[-2:]) == ("limesurvey", ["Rate", "Rate (2)"])


# ── 问卷星 ───────────────────────────────────────────────────────────────────────────────


def test_wjx_puts_the_stem_before_every_item() -> None:
    asked = questions(of("wjx"))
    assert asked["7、请评价（1-5分）—态度"] == "请评价（1-5分）—态度"
    assert asked["7、专业"] == "请评价（1-5分）—专业"
    assert asked["7、环境"] == "请评价（1-5分）—环境"
    assert asked["1、您的性别"] == "您的性别"
    assert asked["序号"] == ""


def test_wjx_puts_the_stem_before_items_in_brackets() -> None:
    asked = questions(of("wjx, numbers"))
    assert [asked[name] for name in ("2、原因(价格)", "2、(距离)", "2、(其他)")] == [
        "原因—价格", "原因—距离", "原因—其他"
    ]  # fmt: skip
    assert asked["4、(2)"] == "您的电话:—(2)"
    assert [asked["第5题(甲)"], asked["第5题(乙)"]] == ["甲", "乙"]


def test_wjx_says_what_was_passed_over_and_what_was_left_blank() -> None:
    layout = of("wjx")
    assert layout.missing == {"(跳过)": "not_asked", "(空)": "not_answered", "-3": "not_asked", "-2": "not_answered"}
    assert layout.separator == "┋"


def test_wjx_groups_options_spread_by_number() -> None:
    assert groups(of("wjx")) == {}
    assert groups(of("wjx, numbers")) == {"2、原因(价格)": ["2、原因(价格)", "2、(距离)", "2、(其他)"]}


def test_an_option_of_wjx_may_hold_a_text() -> None:
    rows = ["1,2025/10/1 9:32:09,75秒,1,0,0", "2,2025/10/1 9:33:09,80秒,0,1,1〖顺路，\n公司旁〗"]
    text = "\n".join(
        ["序号,提交答卷时间,所用时间,2、原因(价格),2、(距离),2、(其他)", rows[0], rows[1].replace("\n", "")]
    )
    assert {one.group for one in laid_out(text).columns[3:]} == {"2、原因(价格)"}


def test_wjx_items_may_have_the_same_name() -> None:
    layout = laid_out(
        "序号,提交答卷时间,来自IP,1、甲—好,1、好,2、乙—差,2、好,2、好\n1,2025/10/1 9:32:09,1.2.3.4,1,2,3,4,5\n"
    )
    assert names(layout)[3:] == ["1、甲—好", "1、好", "2、乙—差", "2、好", "2、好 (2)"]
    assert questions(layout)["2、好 (2)"] == "乙—好"


# ── 腾讯问卷 ─────────────────────────────────────────────────────────────────────────────


def test_tencent_cuts_the_empty_column_and_groups_options() -> None:
    layout = of("tencent")
    assert len(layout.columns) == 12
    assert questions(layout)["1.您的性别？"] == "您的性别？"
    assert groups(layout) == {"3.场合？": ["3.场合？:上班", "3.场合？:在家"]}


def test_tencent_of_2016() -> None:
    text = "编号,开始答题时间,结束答题时间,自定义字段,1.性别,\n1,2016-04-27 19:26:45,2016-04-27 19:27:27,,A.男,\n"
    assert laid_out(text).tool == "tencent"


# ── KoBo and ODK ─────────────────────────────────────────────────────────────────────────


def test_kobo_groups_options_and_not_a_group_of_questions() -> None:
    layout = of("kobo")
    assert groups(layout) == {"reasons": ["reasons/price", "reasons/near"]}
    assert layout.separator == " "


def test_odk_central() -> None:
    text = "SubmissionDate,branch,meta-instanceID,KEY\n2025-10-01T08:00:00.000Z,SH-001,uuid:1,uuid:1\n"
    assert laid_out(text).tool == "kobo"


def test_an_index_of_another_program_is_not_kobo() -> None:
    assert laid_out("_id,_index,_score,q1\n1,a,0.5,4\n").tool == "plain"


def shaped(text: str, **shape: Any) -> Layout:
    """What the container says of a text file beside its cells: as KoBo writes it but for `shape`."""
    found = replace(grid(text, ";"), **{"quoted": True, "delimiter": ";", "marked": True, **shape})
    return lay_out(found, Options())


def test_kobo_without_its_own_fields_is_known_by_its_shape() -> None:
    text = "branch;q1\nSH-001;yes\n"
    assert shaped(text).tool == "kobo"
    assert shaped(text, quoted=False).tool == "plain"
    assert shaped(text, delimiter=",").tool == "plain"
    assert shaped(text, marked=False).tool == "plain"


def test_a_repeated_head_is_refused_where_only_the_shape_is_kobos() -> None:
    with pytest.raises(Refusal, match="the head 'q1' stands already in column 2"):
        shaped("branch;q1;q1\nSH-001;yes;no\n")


# ── Google Forms ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stamp", "time", "kind", "tool"),
    [
        ("Timestamp", "10/1/2025 9:05:07", "csv", "google_forms"),
        ("Timestamp", "01/10/2025 09:05:07", "csv", "google_forms"),
        ("Timestamp", "2025/10/01 9:05:07 PM GMT+8", "csv", "google_forms"),
        ("Timestamp", "2025/10/01 9:05:07 PM EST", "csv", "google_forms"),
        ("时间戳记", "2025/10/1 下午 9:05:07", "csv", "google_forms"),
        ("時間戳記", "2025/10/1 上午 9:05:07", "csv", "google_forms"),
        ("Timestamp", "2025-10-01 09:05:07", "xlsx", "google_forms"),
        ("Timestamp", "2025-10-01 09:05:07", "csv", "plain"),
        ("Timestamp", "2025-10-01T09:05:07Z", "csv", "plain"),
        ("Timestamp", "1759280707", "csv", "plain"),
        ("Timestamp", "", "csv", "plain"),
        ("Time", "10/1/2025 9:05:07", "csv", "plain"),
    ],
)
def test_google_forms_is_known_by_its_time_stamps(stamp: str, time: str, kind: str, tool: str) -> None:
    assert laid_out(f"{stamp},q1\n{time},4\n", kind=kind).tool == tool


def test_google_forms_keeps_the_rows_of_a_grid_apart() -> None:
    layout = of("google_forms")
    assert names(layout)[1:3] == ["您对服务的评价 [态度]", "您对服务的评价 [速度]"]
    assert layout.separator == ", "


# ── Typeform, Formbricks ─────────────────────────────────────────────────────────────────


def test_typeform_has_heads_without_markup() -> None:
    assert names(of("typeform"))[:7] == ["#", "How was it?", "Oil", "Tyres & rims", "Other", "Why so?", "Other (2)"]


def test_typeform_groups_options_side_by_side() -> None:
    assert groups(of("typeform")) == {"Oil": ["Oil", "Tyres & rims", "Other"]}


def test_typeform_leaves_questions_nobody_answered_out_of_a_group() -> None:
    text = "#,Oil,Tyres,Wipers,Why?,Rating,Network ID\n1,Oil,,,,4,0f\n2,Oil,,Wipers,,,1f\n"
    assert groups(laid_out(text)) == {"Oil": ["Oil", "Tyres", "Wipers"]}


def test_formbricks() -> None:
    layout = of("formbricks")
    assert questions(layout)["2. Rate - Speed"] == "Rate - Speed"
    assert layout.separator == "; "


# ── plain tables ─────────────────────────────────────────────────────────────────────────


def test_plain_keeps_heads_as_they_stand() -> None:
    assert names(laid_out("\u00a0a\u00a0b ,<b>&amp;,Q1 \n1,2,3\n")) == ["a b", "<b>&amp;", "Q1"]


@pytest.mark.parametrize(
    ("text", "rows", "expected"),
    [
        ("t,,\nid,q1,q2\n1,2,3\n", 2, ["id", "q1", "q2"]),
        ("满意度调查,,,\n编号,服务,,价格\n,态度,速度,\n1,2,3,4\n", 3, ["编号", "态度", "速度", "价格"]),
        (
            "编号,销售,,售后,\n,态度,速度,态度,价格\n1,2,3,4,5\n",
            2,
            ["编号", "销售 / 态度", "速度", "售后 / 态度", "价格"],
        ),
        (
            ",甲,,乙,\n,一,,一,\nid,态度,速度,态度,速度\n1,2,3,4,5\n",
            3,
            ["id", "甲 / 一 / 态度", "甲 / 一 / 速度", "乙 / 一 / 态度", "乙 / 一 / 速度"],
        ),
        ("\nid,q1\n1,2\n", 2, ["id", "q1"]),
        ("title,,,\nid,q1,,\n1,2,,\n", 2, ["id", "q1"]),
        ("t,u,\na,,c\n1,2,3\n", 2, ["a", "u", "c"]),
    ],
)
def test_several_rows_of_heads(text: str, rows: int, expected: list[str]) -> None:
    layout = laid_out(text, header_rows=rows)
    assert (layout.tool, layout.header_rows, names(layout)) == ("plain", rows, expected)


@pytest.mark.parametrize(
    ("text", "rows", "sentence"),
    [
        (",b\n1,2\n", 1, "inbox/a.csv, row 1, column 1: the head is empty. Give it a name."),
        ("a,,b\n1,2,3\n", 1, "inbox/a.csv, row 1, column 2: the head is empty. Give it a name."),
        (",a\nx,3\n", 1, "inbox/a.csv, row 1, column 1: the head is empty. Give it a name."),
        (
            "a,b,a\n1,2,3\n",
            1,
            "inbox/a.csv, row 1, column 3: the head 'a' stands already in column 1. Rename one of the two.",
        ),
        ("a,__row\n1,2\n", 1, "inbox/a.csv, row 1, column 2: '__row' is reserved. Rename it."),
        ("a,__ragged\n1,2\n", 1, "inbox/a.csv, row 1, column 2: '__ragged' is reserved. Rename it."),
        ("\n\na,b\n1,2\n", 1, "inbox/a.csv, row 1: no column heads. Export the file again with its header row."),
        (",,\n1,2\n", 1, "inbox/a.csv, row 1: no column heads. Export the file again with its header row."),
        (
            "x,x\na,a\n1,2\n",
            2,
            "inbox/a.csv, row 2, column 2: the head 'x / a' stands already in column 1. Rename one of the two.",
        ),
        ("a title,,\n,b,c\n1,2,3\n", 2, "inbox/a.csv, row 2, column 1: the head is empty. Give it a name."),
        ("t,,u\na,,c\n1,2,3\n", 2, "inbox/a.csv, row 2, column 2: the head is empty. Give it a name."),
    ],
)
def test_heads_that_cannot_be_used(text: str, rows: int, sentence: str) -> None:
    assert refused(text, header_rows=rows) == sentence


def test_every_bad_head_is_named_at_once() -> None:
    assert len(refused("a,,a,b,b\n1,2,3,4,5\n").splitlines()) == 3


@pytest.mark.parametrize("first", ["0", "1"])
def test_row_numbers_under_no_head_are_an_index(first: str) -> None:
    rows = f",q1\n{first},4\n{int(first) + 1},5\n"
    assert names(laid_out(rows)) == ["index", "q1"]
    assert "the head is empty" in refused(rows.replace("q1", "index"))
    assert "the head is empty" in refused(rows.replace(f"\n{first},", "\n7,"))


# ── what is declared ─────────────────────────────────────────────────────────────────────


def test_a_tool_that_does_not_fit_is_refused_with_the_reason() -> None:
    sentence = refused(PLAIN, tool="qualtrics")
    assert sentence.startswith('inbox/a.csv: tool = "qualtrics" is declared, but its second or third row holds no')
    assert sentence.endswith(f"Take `tool` out, or name the right one of {', '.join(TOOLS)}.")
    assert 'tool = "surveymonkey" is declared, but its second row does not' in refused(PLAIN, tool="surveymonkey")
    assert 'tool = "spss" is declared, but this is a file of kind csv' in refused(PLAIN, tool="spss")


def test_a_tool_may_be_named_where_its_marks_are_gone() -> None:
    layout = laid_out("编号,3、评价—态度,3、速度\n1,(跳过),5\n", tool="wjx")
    assert questions(layout)["3、速度"] == "评价—速度"
    assert layout.missing["(跳过)"] == "not_asked"


def test_an_export_may_be_read_as_plain() -> None:
    layout = laid_out(WJX, tool="plain")
    assert (layout.tool, layout.missing, questions(layout)["7、专业"]) == ("plain", {}, "")


def test_header_rows_that_the_tool_contradicts_are_refused() -> None:
    assert refused(QUALTRICS, header_rows=1) == (
        "inbox/a.csv: header_rows = 1 is declared, but this is an export of qualtrics with 3. "
        'Take `header_rows` out, or set tool = "plain".'
    )
    assert laid_out(QUALTRICS, header_rows=3).tool == "qualtrics"


@pytest.mark.parametrize(("kind", "tool"), [("sav", "spss"), ("parquet", "parquet")])
def test_files_that_name_their_own_columns(kind: str, tool: str) -> None:
    columns = (Column("q1", "How was it?", {"1": "good"}), Column("提交答卷时间"))
    found = replace(grid("1,2\n3,4\n", kind=kind), columns=columns)
    assert lay_out(found, Options()) == Layout(tool, 0, columns)
    assert lay_out(found, Options(tool=tool)) == Layout(tool, 0, columns)
    with pytest.raises(Refusal, match=f'tool = "wjx" is declared, but this is a file of kind {tool}'):
        lay_out(found, Options(tool="wjx"))
    with pytest.raises(Refusal, match="'__row' is reserved"):
        lay_out(replace(found, columns=(Column("__row"),)), Options())


# ── what only looks like a tool ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "序号,提交时间,所用时间,来源,来自IP,总分,1、性别\n1,2025/10/1 9:32:09,75秒,微信,1.2.3.4,88,男\n",
        "序号,提交答卷时间,备注\n1,2025/10/1 9:32:09,x\n",
        "编号,开始时间,结束时间,1.性别\n1,2025/10/1,2025/10/1,A.男\n",
        "编号,开始答题时间,1.性别\n1,2025/10/1,A.男\n",
        "id,submitdate,q1\n1,2025-10-01,4\n",
        "#,q1,Submit Date (UTC)\n1,4,2025-10-01\n",
        "id,Start Date (UTC),Submit Date (UTC),Network ID\n1,2025-10-01,2025-10-01,0f\n",
        "No.,Response ID,Timestamp,q1\n1,a,2025-10-01,4\n",
        "V1,V2,V3\n1,2,3\n4,5,6\n",
        "V1,V2,V3\nResponseID,2,3\n",
        "StartDate,EndDate,ResponseId,Q1\n2025-10-01,2025-10-01,R_1,ImportId\n",
        "Respondent ID,q1\n101,4\n",
        "Respondent,q1\n,Yes\n102,No\n",
        "reasons,reasons/price,reasons/near\nprice,1,0\n",
        "Response,q1\nResponse,4\n",
    ],
)
def test_a_table_with_a_few_like_heads_is_plain(text: str) -> None:
    assert laid_out(text).tool == "plain"


@pytest.mark.parametrize("name", EXPORTS)
def test_a_file_of_heads_alone_is_laid_out_all_the_same(name: str) -> None:
    text, tool, header_rows = EXPORTS[name]
    found = grid(text, ";" if name == "kobo" else ",")
    head = replace(found, head=found.head[:header_rows])
    expected = "plain" if tool == "google_forms" else tool  # its times are its mark
    assert lay_out(head, Options()).tool == expected
    assert groups(lay_out(head, Options(tool=tool))) in ({}, {"reasons": ["reasons/price", "reasons/near"]})


CELL = st.sampled_from([
    *("", "", "", "0", "1", "-3", "Y", "Yes", "N/A", "(空)", "R_1", "2025/10/1 9:32:09", "2025-10-01 08:00:00"),
    *("ResponseID", "ResponseSet", "V1", "V2", "{'ImportId': 'QID2-1'}", '{"ImportId":"QID2_2"', "Q2_1", "Q2_-2"),
    *("Respondent ID", "Collector ID", "Response", "Other (please specify)", "submitdate. Date", "lastpage", "A2[SQ1]"),
    *("A2[other]. Which?", "序号", "提交答卷时间", "来自IP", "7、评—甲", "7、乙", "7、(2)", "第5题(甲)", "第5题"),
    *("编号", "开始答题时间", "结束答题时间", "3.场合:上班", "3.场合:在家", "_id", "_uuid", "q/1", "q"),
    *("Timestamp", "时间戳记", "#", "Network ID", "No.", "Finished", "Survey ID", "1. How?", "__row"),
    *("<b>", "&nbsp;", "\u00a0"),
])  # fmt: skip


@tried(200)
@given(
    st.lists(st.lists(CELL, max_size=7), max_size=6),
    st.sampled_from(["auto", *TOOLS]),
    st.sampled_from([None, 1, 2, 3, HEAD_RECORDS + 1]),
    st.sampled_from(["csv", "xlsx"]),
)
def test_any_table_is_laid_out_or_refused_in_a_sentence(
    rows: list[list[str]], tool: str, header_rows: int | None, kind: str
) -> None:
    head = tuple(Record(number, tuple(cells)) for number, cells in enumerate(rows, start=1))
    problems: tuple[str, ...] = ()
    try:
        layout = lay_out(replace(grid("", kind=kind), head=head), Options(tool=tool, header_rows=header_rows))
    except Refusal as refusal:
        problems = refusal.problems
    if problems:
        assert all(problem.startswith("inbox/a.csv") and problem.endswith(".") for problem in problems)
        return
    found = names(layout)
    assert found
    assert all(found)
    assert len(set(found)) == len(found)
    assert layout.tool in TOOLS
    assert len(found) <= max(len(cells) for cells in rows)  # no column without a cell
    assert header_rows is None or layout.header_rows == header_rows
    assert all(len(columns) > 1 or layout.tool == "kobo" for columns in groups(layout).values())


# ── heads ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>How <strong>was</strong> it?</p>", "How was it?"),
        ("a<br/>b<BR>c", "a b c"),
        ('<span style="color:red">x</span>&nbsp;&amp;\u00a0y', "x & y"),
        ("less < more > less", "less < more > less"),
        ("<5 分钟>", "<5 分钟>"),
        ("&lt;b&gt;", "<b>"),
        ("<NA>", "<NA>"),
        (" a\r\n  b\t", "a b"),
    ],
)
def test_wordings_are_cleaned(text: str, expected: str) -> None:
    assert heads.clean(text) == expected


@given(st.lists(st.sampled_from(["", "a", "a (2)", "a (3)", "b"]), max_size=8))
def test_repeated_heads_get_names_of_their_own(found: list[str]) -> None:
    given_names = heads.unique(found)
    named = [name for name in given_names if name]
    assert len(set(named)) == len(named)
    assert [bool(name) for name in given_names] == [bool(head) for head in found]
    assert all(name.startswith(head) for name, head in zip(given_names, found, strict=True))
    assert [name for name, head in zip(given_names, found, strict=True) if name == head and head] == [
        head for head in dict.fromkeys(found) if head
    ]  # the first of a kind keeps its head


CHOSEN: list[tuple[str, list[list[str]], bool]] = [
    ("texts", [["Oil", "", "Oil"], ["", "Tyres", "Tyres"]], True),
    ("ones", [["1", "", "1"], ["", "1", "1"]], True),
    ("ones and noughts", [["1", "0"], ["0", "1"]], True),
    ("numbers of options", [["1", "", "1"], ["", "2", "2"]], True),
    ("an option nobody chose", [["Oil", "Oil"], ["", ""]], True),
    ("ratings", [["4", "5"], ["3", "5"]], False),
    ("a ranking", [["1", "2"], ["2", "1"]], False),
    ("a ranking in order, once", [["1"], ["2"]], False),
    ("all the same", [["1", "1"], ["1", "1"]], False),
    ("nothing", [["", ""], ["", ""]], False),
    ("one column", [["Oil", ""]], False),
    ("blank by whole responses", [["1", ""], ["1", ""]], False),
    ("texts of another column", [["Tyres", ""], ["", "Oil"]], False),
]


@pytest.mark.parametrize(("name", "columns", "expected"), CHOSEN, ids=[name for name, _, _ in CHOSEN])
def test_options_are_told_from_ratings(name: str, columns: list[list[str]], expected: bool) -> None:
    assert name
    assert heads.chosen(columns, [["Oil"], ["Tyres"]][: len(columns)]) is expected


@pytest.mark.parametrize("quote", ['""', "'", "“", ""])
@pytest.mark.parametrize("end", ["}", ""])
def test_import_ids_may_be_damaged(quote: str, end: str) -> None:
    ids = ",".join(f'"{{{quote}ImportId{quote}:{quote}QID2_{n}{quote}{end}"' for n in (1, 2))
    layout = laid_out(f"Q2_1,Q2_2\nA-x,A-y\n{ids}\n1,\n,1\n")
    assert (layout.tool, layout.header_rows, groups(layout)) == ("qualtrics", 3, {"Q2": ["Q2_1", "Q2_2"]})
