"""`csi inspect`: what a column is, which code a label says, a draft that loads or says why not."""

import io
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from conftest import DEALERS, Network
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from pipeline import toml
from pipeline.inspection.analysis import inspect
from pipeline.inspection.branches import Branches
from pipeline.inspection.codes import ladder, propose, says
from pipeline.inspection.draft import draft
from pipeline.inspection.found import LIMIT, Found, Inspection
from pipeline.inspection.shown import shorten
from pipeline.inspection.view import show
from pipeline.instrument import PACKAGED, Instrument
from pipeline.likely import Likely
from pipeline.mapping import Mapping as Mapped
from pipeline.questions import Choice, Option
from pipeline.refusal import Refusal
from pipeline.settings import Names
from pipeline.sources import read
from pipeline.sources.digest import Digest
from pipeline.sources.raw import RAGGED, ROW, Column, Grid, Layout, Options, RawTable
from pipeline.times import moments
from tests.trials import tried

CHINA = toml.read(PACKAGED / "china_csi_2005.toml", Instrument)
DEALER = toml.read(PACKAGED / "dealer_satisfaction.toml", Instrument)


Columns = Mapping[str, Sequence[str]] | Sequence[tuple[Column, Sequence[str]]]


def raw(
    columns: Columns,
    tool: str = "plain",
    missing: Mapping[str, str] | None = None,
    separator: str = "",
    batch: int = 10_000,
    encoding: str = "utf-8",
) -> RawTable:
    """A table of the columns given, read in batches."""
    given = [(Column(head), texts) for head, texts in columns.items()] if isinstance(columns, Mapping) else columns
    heads = tuple(column for column, _ in given)
    cells = {str(place): list(texts) for place, (_, texts) in enumerate(given)}
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)).with_row_index(ROW, offset=2)
    frame = frame.with_columns(pl.col(ROW).cast(pl.UInt32), pl.lit(None, pl.UInt32).alias(RAGGED))

    def batches(after: int, width: int, keep: object = None) -> Iterator[pl.DataFrame]:
        assert (after, width) == (1, len(heads))
        del keep
        yield from frame.iter_slices(batch)

    grid = Grid("inbox/a.csv", Digest.of_bytes(b""), "csv", encoding, (), batches)
    return RawTable(grid, Layout(tool, 1, heads, missing or {}, separator))


def one(head: str, texts: Sequence[str], separator: str = "") -> Found:
    return inspect(raw({head: texts}, separator=separator)).columns[0]


def printed(inspection: Inspection, width: int = 80) -> str:
    out = io.StringIO()
    show(inspection, Console(file=out, width=width, highlight=False, soft_wrap=True))
    return out.getvalue()


def items(texts: Sequence[str], instrument: Instrument = CHINA, numbered: bool = True) -> dict[str, list[str]]:
    """A column of the same texts for every item, headed by its Chinese wording."""
    return {
        (f"Q{place}、{item.text.zh}" if numbered else item.id): list(texts)
        for place, item in enumerate(instrument.items, start=1)
    }


def clean(texts: Sequence[str], instrument: Instrument = CHINA, numbered: bool = True) -> dict[str, list[str]]:
    """An export without faults, a row for each text."""
    rows = len(texts)
    return {
        "答卷编号": [f"R{place}" for place in range(rows)],
        "经销商代码": [("SH-001", "BJ-002", "GZ-003")[place % 3] for place in range(rows)],
        "进站日期": [f"2025/10/{place % 28 + 1}" for place in range(rows)],
        "提交时间": [f"2025/10/{place % 28 + 1} 9:{place % 60:02d}:00" for place in range(rows)],
        "所用时间": [str(100 + place) for place in range(rows)],
        **items(texts, instrument, numbered),
        "手机号码": [f"139{place:08d}" for place in range(rows)],
    }


def load(text: str, folder: Path) -> Mapped:
    path = folder / "a.toml"
    path.write_text(text, encoding="utf-8")
    return toml.read(path, Mapped)


NUMBERS = [str(1 + place % 10) for place in range(60)]
TEN = ["10分-非常满意", *(f"{number}分" for number in range(9, 1, -1)), "1分-非常不满意"]
FIVE = ["非常满意", "满意", "一般", "不满意", "非常不满意"]

# ── what a column is ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "texts", "role", "kind"),
    [
        ("答卷编号", ["1", "2", "3"], "respondent", ""),
        ("ResponseId", ["R_1aB", "R_2cD"], "respondent", ""),
        ("序号", ["1", "2", "3", "4", "5", "1"], "respondent", ""),
        ("caseid", ["1", "1", "2", "2"], "other", ""),
        ("经销商代码", ["SH-001", "SH-001"], "branch", ""),
        ("dealer_id", ["7", "7", "8"], "branch", ""),
        ("门店名称", ["上海浦东店", "上海浦东店"], "branch", ""),
        ("事业部", ["乘用车事业部", "乘用车事业部"], "division", ""),
        ("样本权重", ["0.5", "1.25"], "weight", ""),
        ("发出邀请数", ["120", "98"], "invited", ""),
        ("进站日期", ["2025/8/9", "2025/10/31"], "date", "%Y/%m/%d"),
        ("提交时间", ["2025-08-09 9:32:09", "2025-10-31 21:45:58"], "date", "%Y-%m-%d %H:%M:%S"),
        ("日期", ["2025年8月9日", "2025年10月31日"], "date", "%Y年%m月%d日"),
        (
            "EndDate",
            ["31/10/2025 9:05 AM", "01/02/2025 10:05 PM"],
            "date",
            "%d/%m/%Y %H:%M".replace("%H", "%I") + " %p",
        ),
        ("EndDate", ["10-31-2025", "01-02-2025"], "date", "%m-%d-%Y"),
        ("EndDate", ["03/04/2025", "01/02/2025"], "date", "%d/%m/%Y|%m/%d/%Y"),
        ("_submission_time", ["2025-10-31T09:00:00+08:00", "2025-10-31T10:00:00Z"], "date", "iso"),
        ("提交日期", ["45961", "45962.5"], "date", "excel"),
        ("进站日期", ["20251031", "20250901"], "date", "%Y%m%d"),
        ("邮编", ["20251031", "20250901"], "other", ""),
        ("提交日期", ["２０２５-１０-３１", "2025-10-30"], "date", "%Y-%m-%d"),
        ("时间戳记", ["2025/10/31 上午 9:05:01", "2025/10/31 下午 10:05:00"], "date", "%Y/%m/%d %p %I:%M:%S"),
        (
            "时间戳记",
            ["2025/10/31 9:05:01 上午 GMT+8", "2025/10/31 1:05:01 下午 GMT+8"],
            "date",
            "%Y/%m/%d %I:%M:%S %p %z",
        ),
        ("结束答题时间", ["02-Feb-2025 20:26:58", "12-Mar-2025 20:26:58"], "date", "%d-%b-%Y %H:%M:%S"),
        ("开始答题时间", ["一点", "两点"], "other", ""),
        ("4、您的到店日期：", ["45935", "2025-10-06 00:00:00"], "date", "excel"),
        ("您光临的门店是？", ["1", "2"], "branch", ""),
        ("Which dealer did you visit?", ["North", "South"], "branch", ""),
        ("dealer_ref", ["DL-7", "DL-7"], "constant", ""),
        ("5. Anything else?", ["Fine, thanks", "Too slow", "No"] * 4, "verbatim", ""),
        ("4. Why? - Option ID", ["a, b", "b"], "other", ""),
        ("所用时间", ["75秒", "1分15秒"], "duration_s", "wjx"),
        ("用时", ["0:01:15", "12:30"], "duration_s", "clock"),
        ("答题时长（分钟）", ["2", "3"], "duration_s", "minutes"),
        ("Duration (in seconds)", ["75", "310"], "duration_s", "seconds"),
        ("q1", ["1", "10", "8"], "item", ""),
        ("Q7、按约定时间交车", TEN, "item", ""),
        ("7、整体评价", FIVE, "item", ""),
        ("Q1、服务热线电话的接通速度", ["9", "10", "8", "7"], "item", ""),
        ("评价门店的称呼礼仪", ["满意", "一般", "非常满意", "不满意"], "item", ""),
        ("您的意见与建议", ["希望等待的时间能再短一点", "很好，下次还来，谢谢你们"], "verbatim", ""),
        ("channel", ["web", "sms", "web", "sms"], "other", ""),
        ("性别", ["1", "2", "1"], "other", ""),
        ("年龄", ["18", "35", "60", "44"], "other", ""),
        ("语言", ["zh", "zh"], "constant", ""),
        ("备用", ["", ""], "empty", ""),
        ("手机号码", ["13900006688", ""], "personal", "phone"),
        ("手机品牌", ["华为", "小米", "华为", "小米"], "other", ""),
        ("x", ["139 0000 6688", "+86 138-0000-6688"], "personal", "phone"),
        ("x", ["310101199001011237", "110101198505053213"], "personal", "ID card"),
        ("x", ["a@example.cn", "b.c@example.com"], "personal", "e-mail"),
        ("x", ["沪A12345", "京B·88888"], "personal", "plate"),
        ("x", ["203.0.113.9", "198.51.100.7(上海-上海)"], "personal", "IP address"),
        ("来自IP", [""], "personal", "IP address"),
        ("RecipientFirstName", [""], "personal", "name"),
        ("客户姓名", ["甲", "乙"], "personal", "name"),
        ("x", ["王小明", "李红", "张建国", "刘洋", "陈静"], "personal", "name"),
        ("LocationLatitude", ["31.2304"], "personal", "position"),
        ("车架号", ["LSVAA4187E2184841", "LSVAA4187E2184842"], "vehicle", ""),
        ("客户类型", ["新客户", "老客户"], "segment", ""),
        ("respondent", ["E12345678", "E12345679"], "other", ""),
        ("4、服务网点", ["上海旗舰", "北京店"], "branch", ""),
        ("您光顾的4S店", ["上海旗舰", "北京店"], "branch", ""),
        ("会员等级", ["金卡", "银卡"], "tier", ""),
    ],
)
def test_role(head: str, texts: list[str], role: str, kind: str) -> None:
    found = one(head, texts)
    assert (found.role, found.guess.kind) == (role, kind)


@pytest.mark.parametrize(
    ("texts", "declared", "separator"),
    [
        (["价格┋服务", "服务", "价格┋环境〖停车难┋远〗"], "┋", "┋"),
        (["1;2;", "2;", "1;3;", "3;2;"], "", ";"),
        (["price service", "service", "price", "service price"], " ", " "),
        (["价格┋服务", "服务", "价格"], "", "┋"),
        (["价格┋服务", "员工〖回电〗"], "┋", "┋"),
    ],
)
def test_a_multi_select_cell(texts: list[str], declared: str, separator: str) -> None:
    found = one("Q9", texts, declared)
    assert (found.role, found.guess.kind) == ("choice", separator)


def test_either_head_tells_personal_data() -> None:
    column = Column("LocationLatitude", question="Breitengrad des Standorts der Person")
    assert inspect(raw([(column, ["47.1150"])])).columns[0].role == "personal"


def test_options_are_counted_without_their_free_text() -> None:
    found = one("Q9", ["价格┋服务", "服务", "价格┋环境〖停车难┋远〗"], "┋")
    assert found.options == {"价格": 2, "服务": 2, "环境": 1}


def test_free_text_with_commas_is_no_multi_select() -> None:
    texts = ["good, but slow", "fine, thanks a lot", "slow, good coffee", "nothing at all to say"]
    assert one("Q9 comment", texts).role == "verbatim"


def test_a_few_mistakes_do_not_change_what_a_column_is() -> None:
    assert one("进站日期", [*(f"2025-10-{day:02d}" for day in range(1, 31)), "31.10.2025"]).guess.kind == "%Y-%m-%d"
    found = one("q1", [*NUMBERS, "8.5", "11"])
    assert (found.role, found.odd) == ("item", 1)


def test_a_field_stands_under_one_column() -> None:
    found = inspect(
        raw({"经销商代码": ["SH-001"] * 2, "经销商名称": ["上海店"] * 2, "id": ["1", "2"], "序号": ["1", "2"]})
    )
    assert [column.role for column in found.columns] == ["branch", "other", "respondent", "other"]


def test_of_several_dates_the_submission_is_the_answer() -> None:
    days = ["2025-10-01", "2025-10-02"]
    found = inspect(raw({"StartDate": days, "EndDate": days, "进厂日期": days, "Birthday party": days}))
    assert {name: column.name for name, column in found.moments().items()} == {
        "answered_at": "EndDate",
        "serviced_on": "进厂日期",
    }


def test_a_question_about_the_branch_is_not_the_branch() -> None:
    assert one("How would you rate the branch and its store manager?", NUMBERS).role == "item"


# ── missing states ───────────────────────────────────────────────────────────────────────


def test_missing_states_by_what_the_text_says() -> None:
    found = one(
        "q1", [*NUMBERS, "", " ", "不适用", "N/A", "(跳过)", "（空）", "拒绝回答", "不知道", "Unfamiliar (N/A)"]
    )
    assert {text: (why.rows, why.state) for text, why in found.missing.items()} == {
        "": (2, "not_answered"),
        "不适用": (1, "not_applicable"),
        "N/A": (1, "not_applicable"),
        "Unfamiliar (N/A)": (1, "not_applicable"),
        "(跳过)": (1, "not_asked"),
        "（空）": (1, "not_answered"),
        "拒绝回答": (1, "refused"),
        "不知道": (1, "unknown"),
    }
    assert (found.filled, found.distinct) == (60, 10)


def test_codes_away_from_the_run_are_missing_but_nobody_knows_which() -> None:
    found = one("q1", [*NUMBERS, "98", "98", "99", "-1"])
    assert {text: (why.rows, why.state) for text, why in found.missing.items()} == {
        "98": (2, "unknown"),
        "99": (1, "unknown"),
        "-1": (1, "unknown"),
    }
    assert found.numbers == tuple(range(1, 11))


def test_a_nine_next_to_the_run_is_an_answer() -> None:
    assert one("q1", [*"1234567", "8", "9"]).missing == {}


def test_what_the_tool_and_the_file_declare_missing() -> None:
    column = Column("q1", missing={"9": "拒答", "8": ""}, ranges=((90, 95),), labels={"7": "不适用"})
    table = raw([(column, [*"12345", "9", "8", "93", "7", "-3"])], missing={"-3": "not_asked"})
    found = inspect(table).columns[0]
    assert {text: why.state for text, why in found.missing.items()} == {
        "9": "refused",
        "8": "unknown",
        "93": "unknown",
        "7": "not_applicable",
        "-3": "not_asked",
    }


# ── labels and codes ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("10分-非常满意", 10),
        ("9分", 9),
        ("5 = very good", 5),
        ("5 - Very satisfied", 5),
        ("Very satisfied (5)", 5),
        ("非常满意（5分）", 5),
        ("5.非常满意", 5),
        ("１０分", 10),
        ("0 - Not at all likely", 0),
        ("五星", 5),
        ("4 星", 4),
        ("8", 8),
        ("非常满意", None),
        ("1-2次", None),
        ("18-25岁", None),
        ("3000元以上", None),
        ("2年", None),
        ("8.5", None),
        ("2 times", None),
        ("A1", None),
        ("a lot", None),
    ],
)
def test_only_a_label_that_says_a_number_has_one(label: str, code: int | None) -> None:
    assert says(label) == code


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        (FIVE, [5, 4, 3, 2, 1]),
        (
            ["Very satisfied", "Satisfied", "Neither satisfied nor dissatisfied", "Dissatisfied", "Very dissatisfied"],
            [5, 4, 3, 2, 1],
        ),
        (["Strongly agree", "Agree", "Neutral", "Disagree", "Strongly disagree"], [5, 4, 3, 2, 1]),
        (["非常同意", "同意", "一般", "不同意", "非常不同意"], [5, 4, 3, 2, 1]),
        (["非常重要", "比较重要", "一般", "不太重要", "非常不重要"], [5, 4, 3, 2, 1]),
        (["满意", "一般", "不满意"], [3, 2, 1]),
        (["非常满意", "满意", "不满意", "非常不满意"], [4, 3, 2, 1]),
    ],
)
def test_a_well_known_ladder_whatever_order_and_frequency(labels: list[str], codes: list[int]) -> None:
    for seed in range(5):
        pairs = [(label, 40 + random.Random(seed).randrange(99)) for label in labels]
        random.Random(seed).shuffle(pairs)
        assert propose(dict(pairs)).codes == dict(zip(labels, codes, strict=True))


@pytest.mark.parametrize(
    "labels",
    [
        ["好极了", "还行", "糟糕"],  # nobody knows these
        ["满意", "非常满意"],  # of four steps or five?
        ["满意", "一般", "随便"],  # a word that is on no ladder
        ["A", "B", "C"],
        ["华东", "华北", "华南"],
    ],
)
def test_what_no_label_says_has_no_code(labels: list[str]) -> None:
    assert set(propose(dict.fromkeys(labels, 50)).codes.values()) == {None}


def test_three_steps_of_a_few_answers_may_be_five() -> None:
    assert set(propose({"满意": 3, "一般": 2, "不满意": 1}).codes.values()) == {None}


def test_steps_nobody_took_are_added() -> None:
    assert propose({"非常满意": 40, "满意": 9, "一般": 2, "不满意": 1}).unseen == {"非常不满意": 1}
    assert propose({"10分-非常满意": 40, "9分": 9, "7分": 2}).unseen == {"8分": 8}


def test_digits_against_words_turn_the_item_and_contradictions_have_no_code() -> None:
    turned = propose({"1-非常满意": 9, "2-满意": 9, "3-一般": 9, "4-不满意": 9, "5-非常不满意": 9})
    assert turned.downwards
    assert turned.codes["1-非常满意"] == 1
    assert not propose({"5-非常满意": 9, "1-非常不满意": 9}).downwards
    assert set(propose({"1-非常满意": 9, "3-满意": 9, "2-不满意": 9}).codes.values()) == {None}


def test_codes_that_are_no_numbers_are_read_by_their_labels() -> None:
    words = dict(zip("abcde", FIVE, strict=True))
    found = inspect(raw([(Column("q1", labels=words), [*"abcde"] * 9)]))
    assert found.columns[0].role == "item"
    assert found.answers[0].proposal.codes == {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}


def test_the_same_codes_with_other_labels_are_another_set() -> None:
    columns = [(Column("q1", labels=dict(zip("abcde", FIVE, strict=True))), [*"abcde"] * 9)]
    columns += [(Column("q2", labels=dict(zip("edcba", FIVE, strict=True))), [*"abcde"] * 9)]
    codes = [one.proposal.codes["a"] for one in inspect(raw(columns)).answers]
    assert codes == [5, 1]


def test_the_direction_of_labels_in_the_file() -> None:
    assert ladder({1: "Very satisfied", 2: "Satisfied", 3: "Neutral", 4: "Dissatisfied"}) == "down"
    assert ladder({1: "非常不满意", 2: "不满意", 3: "一般"}) == "up"
    assert ladder({1: "red", 2: "green", 3: "blue"}) is None


def test_items_share_a_set_where_they_share_a_label() -> None:
    columns = {"q1 满意": FIVE[:3] * 20, "q2 满意": FIVE[2:] * 20, "q3": TEN * 6}
    sets = inspect(raw(columns)).answers
    assert [found.columns for found in sets] == [("q1 满意", "q2 满意"), ("q3",)]
    assert sets[0].texts == {"非常满意": 20, "满意": 20, "一般": 40, "不满意": 20, "非常不满意": 20}
    assert sets[0].proposal.codes["非常不满意"] == 1


# ── many rows ────────────────────────────────────────────────────────────────────────────


def test_what_is_kept_does_not_grow_with_the_file() -> None:
    rows = 30_000
    table = raw({"token": [f"t{place}" for place in range(rows)], "q1": NUMBERS * (rows // 60)}, batch=700)
    found = inspect(table)
    token, item = found.columns
    assert (found.rows, token.filled, token.distinct) == (rows, rows, LIMIT + 1)
    assert (item.filled, item.distinct, sum(item.texts.values())) == (rows, 10, rows)
    assert len(repr(found)) < 5_000


def test_missing_states_that_come_late_are_not_taken_for_answers() -> None:
    texts = [*(f"t{place}" for place in range(3 * LIMIT)), "", "", "(跳过)"]
    found = inspect(raw({"token": texts}, batch=500, missing={"(跳过)": "not_asked"})).columns[0]
    assert {text: (why.rows, why.state) for text, why in found.missing.items()} == {
        "": (2, "not_answered"),
        "(跳过)": (1, "not_asked"),
    }
    assert (found.filled, found.distinct) == (3 * LIMIT, LIMIT + 1)


def test_batches_do_not_change_what_is_found() -> None:
    table = clean(NUMBERS)
    assert inspect(raw(table, batch=7)) == inspect(raw(table))


def test_ragged_rows_are_counted() -> None:
    table = raw({"q1": ["1", "2"]})
    frame = next(table.grid.batches(1, 1)).with_columns(pl.Series(RAGGED, [None, 3], pl.UInt32))
    grid = replace(table.grid, batches=lambda *_: iter([frame]))
    found = inspect(RawTable(grid, table.layout))
    assert found.ragged == 1
    assert "1 ragged" in printed(found)


# ── personal data ────────────────────────────────────────────────────────────────────────

SECRETS = (
    "13912345678",
    "139 1234 5678",
    "310101199001011237",
    "wang@example.cn",
    "沪A12345",
    "203.0.113.77",
    "王小明",
    "欧阳修德",
    "赵敏",
)


def seeded() -> dict[str, list[str]]:
    """Personal data in its own columns and where nobody expects it."""
    rows = 40
    return {
        "答卷编号": [f"13912345{place:03d}" for place in range(600, 600 + rows)],
        "联系方式": [SECRETS[0]] * rows,
        "证件": [SECRETS[2]] * rows,
        "mail": [SECRETS[3]] * rows,
        "k1": [SECRETS[4]] * rows,
        "来自IP": [SECRETS[5]] * rows,
        "客户姓名": ["王小明", "欧阳修德"] * (rows // 2),
        "Q1、评价": [*NUMBERS[: rows - 1], SECRETS[1]],
        "Q2、评价": [*(TEN * 4)[: rows - 2], f"9分 {SECRETS[0]}", f"{SECRETS[3]} (5)"],
        "channel": [*["web"] * 30, *[f"web {SECRETS[0]}"] * 10],
        "Q3、选择": [*["价格┋服务", "服务"] * 19, f"价格┋{SECRETS[0]}", f"服务┋{SECRETS[0]}"],
        "服务人员": ["王小明", *["赵敏"] * 39],
        "意见与建议": [f"我叫王小明，请打{SECRETS[1]}，谢谢大家"] * rows,
        "事业部": [*["PC"] * 39, SECRETS[0]],
    }


def test_personal_data_stands_nowhere() -> None:
    found = inspect(raw(seeded(), separator="┋"))
    texts = {"inspection": repr(found), "view": printed(found, 200)}
    for instrument in (None, CHINA):
        texts[f"draft {instrument is None}"] = draft(found, instrument)
    for name, text in texts.items():
        for secret in SECRETS:
            assert secret not in text, f"{secret} stands in the {name}"
        assert "1391234" not in text, name
    assert "never shown" in texts["view"]


def test_a_head_that_is_a_response_is_not_shown() -> None:
    rated = Column("Q9 满意 13912345678", question="请致电13912345678")
    heads = [Column("R1"), Column("13912345678"), rated]
    texts = [["R2", "R3"], ["13900006688", "13800006688"], ["8", "7"]]
    found = inspect(raw(list(zip(heads, texts, strict=True))))
    assert found.columns[2].role == "item"
    for text in (printed(found), draft(found), draft(found, CHINA)):
        assert "1391234" not in text
    assert any("header row" in note for note in found.notes)


# ── the draft ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("instrument", [CHINA, DEALER], ids=lambda one: one.id)
@pytest.mark.parametrize("numbered", [True, False], ids=["wording", "id"])
@pytest.mark.parametrize("texts", [NUMBERS, TEN * 6], ids=["codes", "labels"])
def test_the_draft_of_a_clean_file_loads_as_it_is(
    texts: list[str], numbered: bool, instrument: Instrument, tmp_path: Path
) -> None:
    columns = clean(texts, instrument, numbered)
    mapping = load(draft(inspect(raw(columns)), instrument), tmp_path)
    assert mapping.columns.given() == {
        "respondent": "答卷编号",
        "branch": "经销商代码",
        "serviced_on": "进站日期",
        "answered_at": "提交时间",
        "duration_s": "所用时间",
    }
    assert mapping.dates.serviced_on == "%Y/%m/%d"
    assert mapping.dates.answered_at == "%Y/%m/%d %H:%M:%S"
    assert list(mapping.items) == [item.id for item in instrument.items]
    for item in instrument.items:
        assert item.text.zh in mapping.items[item.id] if numbered else mapping.items[item.id] == item.id
    assert mapping.ignore == ("手机号码",)
    assert set(mapping.heads()) == set(map(str, columns))
    labels = mapping.labels_of(instrument.items[0].id)
    assert labels == (None if texts is NUMBERS else dict(zip(TEN, range(10, 0, -1), strict=True)))


def test_items_are_matched_by_their_english_wording() -> None:
    columns = [(Column(f"QID{place}", f"{place}. {item.text.en}"), NUMBERS) for place, item in enumerate(CHINA.items)]
    data = tomllib.loads(draft(inspect(raw(columns, tool="qualtrics")), CHINA))
    assert data["items"] == {item.id: f"QID{place}" for place, item in enumerate(CHINA.items)}
    assert data["questions"]["QID0"] == f"0. {CHINA.items[0].text.en}"
    assert "header_rows" not in data


def test_a_numbered_question_of_comments_is_no_item() -> None:
    comments = [f"希望等待的时间能再短一点，这是第{place}次" for place in range(len(NUMBERS))]
    columns = {f"a{place}": NUMBERS for place in range(len(CHINA.items))} | {CHINA.items[1].id: comments}
    data = tomllib.loads(draft(inspect(raw(columns)), CHINA))
    assert data["columns"]["verbatim"] == CHINA.items[1].id
    assert CHINA.items[1].id not in data.get("items", {})


def test_a_wording_that_two_columns_ask_matches_neither() -> None:
    columns = items(NUMBERS)
    columns[f"Q99、{CHINA.items[0].text.zh}"] = NUMBERS
    text = draft(inspect(raw(columns)), CHINA)
    assert list(tomllib.loads(text)["items"]) == [item.id for item in CHINA.items[1:]]
    assert f'# {CHINA.items[0].id} = "…"' in text


def test_by_order_is_only_proposed() -> None:
    columns = {f"q{place:02d}": NUMBERS for place in range(1, len(CHINA.items) + 1)}
    text = draft(inspect(raw(columns)), CHINA)
    assert tomllib.loads(text)["items"] == {}
    assert f'# {CHINA.items[0].id} = "q01"' in text


def test_without_an_instrument_ids_are_comments() -> None:
    text = draft(inspect(raw(clean(NUMBERS))))
    assert tomllib.loads(text)["items"] == {}
    assert f'# q1 = "Q1、{CHINA.items[0].text.zh}"' in text


@pytest.mark.parametrize(
    ("extra", "where"),
    [
        (["好极了"] * 9, "labels.answer.好极了"),
        (["98"] * 9, "missing.98"),
    ],
)
def test_what_the_export_does_not_say_refuses_to_load(extra: list[str], where: str, tmp_path: Path) -> None:
    texts = (TEN * 12 if where.startswith("labels") else NUMBERS * 2) + extra
    with pytest.raises(Refusal) as caught:
        load(draft(inspect(raw(clean(texts))), CHINA), tmp_path)
    assert len(caught.value.problems) == 1
    assert where in str(caught.value)
    assert "TODO" in str(caught.value)


def test_a_day_or_month_nobody_can_tell_refuses_to_load(tmp_path: Path) -> None:
    columns = clean(NUMBERS)
    columns["进站日期"] = ["03/04/2025", "05/06/2025"] * 30
    with pytest.raises(Refusal, match=r"dates\.serviced_on"):
        load(draft(inspect(raw(columns)), CHINA), tmp_path)


def test_half_days_and_named_offsets_are_read(tmp_path: Path) -> None:
    columns = clean(NUMBERS)
    columns["提交时间"] = ["2025/10/31 9:05:01 下午 GMT+8"] * 60
    dates = load(draft(inspect(raw(columns)), CHINA), tmp_path).dates
    shanghai, utc = ZoneInfo("Asia/Shanghai"), ZoneInfo("UTC")
    read = moments(pl.Series(["2025/10/31 9:05:01 下午 GMT+8"]), dates.answered_at, shanghai, utc)
    assert read.to_list() == [datetime(2025, 10, 31, 13, 5, 1)]


def test_a_head_that_says_utc_is_in_utc(tmp_path: Path) -> None:
    columns = {"Submit Date (UTC)" if head == "提交时间" else head: texts for head, texts in clean(NUMBERS).items()}
    assert load(draft(inspect(raw(columns)), CHINA), tmp_path).dates.time_zone == "UTC"


def test_the_only_day_may_be_that_of_service(tmp_path: Path) -> None:
    columns = {"VISIT" if head == "进站日期" else head: texts for head, texts in clean(NUMBERS).items()}
    made = draft(inspect(raw(columns)), CHINA)
    assert load(made, tmp_path).columns.serviced_on == "VISIT"
    assert "the only day: look at it" in made
    found = inspect(raw(columns | {"Delivered": columns["VISIT"]}))
    assert "serviced_on" not in found.moments()


def test_the_draft_of_the_example_is_the_mapping_made_by_hand(pristine: Network) -> None:
    """All a person must add to the draft are the ids of divisions."""
    export = read(pristine.export("csi_text_*华东.csv", "2025-09"), "a.csv")
    drafted = tomllib.loads(draft(inspect(export), CHINA))
    by_hand = tomllib.loads((DEALERS / "mappings" / "csi_text.toml").read_text(encoding="utf-8"))
    for part in ("columns", "dates", "items"):
        assert drafted[part] == by_hand[part]
    assert drafted["ignore"] == [head for head in export.header if head in by_hand["ignore"]]
    assert drafted["labels"]["answer"].items() <= by_hand["labels"]["answer"].items()
    assert set(drafted["labels"]["division"]) >= set(by_hand["labels"]["division"])
    assert set(drafted["labels"]["division"].values()) == {0}
    assert drafted["missing"] == by_hand["missing"]


def test_a_field_without_a_column_is_left_to_the_operator() -> None:
    columns = clean(NUMBERS)
    del columns["经销商代码"]
    text = draft(inspect(raw(columns)), CHINA)
    assert "branch" not in tomllib.loads(text)["columns"]
    assert "# TODO no column looks like it; or give it under [constants]" in text


def test_words_have_no_codes_on_a_scale_of_another_length() -> None:
    """非常满意 is no 5 on a scale of 1 to 10."""
    text = draft(inspect(raw(clean(FIVE * 12))), CHINA)
    assert set(tomllib.loads(text)["labels"]["answer"].values()) == {"TODO"}
    assert tomllib.loads(draft(inspect(raw(clean(FIVE * 12)))))["labels"]["answer"] == dict(
        zip(FIVE, [5, 4, 3, 2, 1], strict=True)
    )


def test_words_have_codes_where_items_are_matched_by_order_only() -> None:
    """Then the scale is that of the items that found no column."""
    columns = {f"q{place:02d}": FIVE * 12 for place in range(1, len(CHINA.items) + 1)}
    short = replace(CHINA, scale=replace(CHINA.scale, max=5, top_box_from=5, bottom_box_to=2))
    coded = tomllib.loads(draft(inspect(raw(columns)), short))["labels"]["answer"]
    assert coded == dict(zip(FIVE, [5, 4, 3, 2, 1], strict=True))
    assert set(tomllib.loads(draft(inspect(raw(columns)), CHINA))["labels"]["answer"].values()) == {"TODO"}


@pytest.mark.parametrize("text", ["好\ufffd的", "锟斤拷", "ZÃ¼rich", "è\x90¥ä¸\x9aå\x8e\x85"])
def test_text_that_was_broken_before_is_told(text: str) -> None:
    for columns in ({"店": [text, "好"] * 5}, {text: ["1", "2"] * 5}):
        assert any("broken" in note for note in inspect(raw(columns)).notes)
    assert not any("broken" in note for note in inspect(raw({"店": ["« café »", "Zürich", "好"]})).notes)


def test_one_column_of_an_unknown_delimiter_is_told() -> None:
    assert any("one column only" in note for note in inspect(raw({"a|b|c": ["1|2|3"] * 5})).notes)
    assert not any("one column only" in note for note in inspect(raw({"a": ["1"] * 5})).notes)


def test_a_label_off_the_scale_is_left_out() -> None:
    text = draft(inspect(raw(clean([*TEN * 9, "11分"]))), CHINA)
    assert "11分" not in tomllib.loads(text)["labels"]["answer"]
    assert '# "11分" = 11' in text


def test_labelled_and_numbered_items_side_by_side() -> None:
    columns = clean(NUMBERS)
    labelled = next(head for head in columns if head.startswith("Q"))
    columns[labelled] = TEN * 6
    data = tomllib.loads(draft(inspect(raw(columns)), CHINA))
    assert data["item_labels"] == {CHINA.items[0].id: "answer_1"}
    assert data["labels"] == {"answer_1": dict(zip(TEN, range(10, 0, -1), strict=True))}


def test_missing_states_of_all_items_and_of_one() -> None:
    first = Column(CHINA.items[0].id, missing={"9": "不适用"})
    columns = [(first, [*NUMBERS[:59], "不适用"]), *((Column(item.id), NUMBERS) for item in CHINA.items[1:])]
    data = tomllib.loads(draft(inspect(raw(columns, tool="wjx", missing={"(跳过)": "not_asked"})), CHINA))
    assert data["missing"] == {"(跳过)": "not_asked", "不适用": "not_applicable"}
    assert data["item_missing"] == {CHINA.items[0].id: {"9": "not_applicable"}}


def test_labels_that_run_downwards_reverse_the_item() -> None:
    words = {str(code): label for code, label in enumerate(FIVE, start=1)}
    columns = [(Column(CHINA.items[0].id, labels=words), ["1", "2", "3", "4", "5"])]
    assert tomllib.loads(draft(inspect(raw(columns, tool="spss")), CHINA))["reversed"] == [CHINA.items[0].id]


def test_an_invitations_file() -> None:
    columns = {"经销商代码": ["SH-001", "SH-002"], "经销商名称": ["上海一店", "上海二店"], "发出邀请数": ["12", "30"]}
    text = draft(inspect(raw(columns)), CHINA)
    assert tomllib.loads(text) == {
        "header_rows": 1,
        "ignore": ["经销商名称"],
        "columns": {"branch": "经销商代码", "invited": "发出邀请数"},
    }
    assert "[items]" not in text


def test_names_of_branches_and_divisions_want_an_id(tmp_path: Path) -> None:
    columns = {"门店": ["上海店", "北京店"] * 5, "事业部": ["乘用车", "商用车"] * 5}
    text = draft(inspect(raw(columns)))
    data = tomllib.loads(text)
    assert data["labels"]["branch"].keys() == {"上海店", "北京店"}
    assert data["labels"]["division"].keys() == {"乘用车", "商用车"}
    with pytest.raises(Refusal) as caught:
        load(text, tmp_path)
    assert [name for name in columns["门店"][:2] if f"labels.branch.{name}" in str(caught.value)]


SHOPS = Branches(
    Likely([("SH-001", "SH-001"), ("上海浦东店", "SH-001"), ("BJ-002", "BJ-002"), ("北京店", "BJ-002")]),
    {"SH-001", "BJ-002"},
)


@pytest.mark.parametrize("head", ["您光临的门店是", "grp/店", "dealer_ref", "Q7"])
def test_a_column_that_names_branches_of_the_programme_is_the_branch(head: str) -> None:
    ids, names = ["SH-001", "BJ-002"] * 30, ["A.上海浦东店", "B.北京店"] * 30
    assert "labels" not in tomllib.loads(draft(inspect(raw({head: ids}), SHOPS)))
    made = tomllib.loads(draft(inspect(raw({head: names}), SHOPS)))
    assert made["columns"]["branch"] == head
    assert made["labels"]["branch"] == {"A.上海浦东店": "SH-001", "B.北京店": "BJ-002"}
    both = inspect(raw({"名称": names, head: ids}), SHOPS)
    assert [one.name for one in both.of("branch")] == [head]
    mixed = inspect(raw({head: [*ids, *["别处"] * 20]}), SHOPS)  # by its head at most
    assert all(one.guess.sure == "likely" for one in mixed.of("branch"))


def test_numbers_of_answers_are_no_ids_of_branches(tmp_path: Path) -> None:
    columns = {"您光临的门店是" if head == "经销商代码" else head: texts for head, texts in clean(NUMBERS).items()}
    with pytest.raises(Refusal, match=r"labels\.branch\.1"):
        load(draft(inspect(raw(columns | {"您光临的门店是": ["1", "2"] * 30}), SHOPS), CHINA), tmp_path)


def test_branches_by_the_labels_of_the_file_stand_with_their_codes(tmp_path: Path) -> None:
    columns = [(Column(head), texts) for head, texts in clean(NUMBERS).items() if head != "经销商代码"]
    dealer = Column("DEALER", "门店", {"1": "上海浦东店", "2": "北京店"})
    made = draft(inspect(raw([*columns, (dealer, ["1"] * 60)], tool="spss"), SHOPS), CHINA)
    assert load(made, tmp_path).texts("branch") == {"1": "SH-001", "2": "BJ-002"}


def test_states_that_the_file_declares_stand_in_the_draft_before_any_row_has_them() -> None:
    words = {str(code): label for code, label in enumerate(FIVE, start=1)} | {"8": "不适用"}
    column = Column(CHINA.items[0].id, labels=words, missing={"8": "不适用"})
    made = tomllib.loads(draft(inspect(raw([(column, ["1", "2", "3", "4", "5"])], tool="spss")), CHINA))
    assert made["missing"] == {"8": "not_applicable"}


def test_a_short_wording_between_marks_is_matched() -> None:
    short = replace(CHINA.items[0], text=Names("价", "Fair price"))
    one_item = replace(CHINA, factor=(replace(CHINA.factor[0], item=(short,)),))
    for head in ("Please rate: Fair price", "Rate [Fair price]", "2. Please rate - Fair price", "a/Fair price"):
        assert tomllib.loads(draft(inspect(raw({head: NUMBERS})), one_item))["items"] == {short.id: head}


REASONS = Choice("reasons", Names("选择本店的原因", "Reasons for choosing us"), (
    Option("price", Names("价格", "Price")), Option("near", Names("离家近", "Near my home")),
))  # fmt: skip
CHOOSING = replace(CHINA, choice=(REASONS,))


def test_a_choice_of_the_instrument_in_one_cell(tmp_path: Path) -> None:
    columns = clean(NUMBERS) | {"Q30、选择本店的原因": ["价格┋离家近", "价格", "离家近"] * 20}
    mapping = load(draft(inspect(raw(columns, separator="┋")), CHOOSING), tmp_path)
    chosen = mapping.choice["reasons"]
    assert (chosen.column, chosen.separator) == ("Q30、选择本店的原因", "┋")
    assert chosen.labels == {"价格": "price", "离家近": "near"}
    assert set(mapping.heads()) == set(columns)


@pytest.mark.parametrize("tool", ["typeform", "spss"])
def test_a_choice_is_matched_by_its_options_where_its_wording_stands_nowhere(tool: str, tmp_path: Path) -> None:
    heads = [Column(one, group="why") for one in ("Price", "Near my home", "Other")]
    if tool == "spss":
        heads = [replace(one, name=f"W{place}", question=one.name) for place, one in enumerate(heads)]
    told = [(Column(head), texts) for head, texts in clean(NUMBERS).items()]
    options = [(one, [one.question or one.name, ""] * 30) for one in heads]
    mapping = load(draft(inspect(raw([*told, *options], tool=tool)), CHOOSING), tmp_path)
    assert mapping.choice["reasons"].columns == {"price": heads[0].name, "near": heads[1].name}


def test_no_beside_yes_is_not_chosen(tmp_path: Path) -> None:
    told = [(Column(head), texts) for head, texts in clean(NUMBERS).items()]
    options = [(Column(head, group="W"), ["Yes", "No", "N/A"] * 20) for head in ("Price", "Near my home")]
    mapping = load(draft(inspect(raw([*told, *options], missing={"N/A": "not_asked"})), CHOOSING), tmp_path)
    assert mapping.choice["reasons"].not_chosen == ("No",)


def test_unfinished_rows_are_told_and_left_to_the_operator() -> None:
    made = draft(inspect(raw(clean(NUMBERS) | {"Finished": ["Yes"] * 57 + ["No"] * 3}, tool="formbricks")), CHINA)
    assert '# "Finished" = ["No"]  # 3 rows' in " ".join(made.split()).replace("] #", "]  #")


def test_a_sheet_of_repeats_is_told() -> None:
    found = inspect(raw({"项目": ["保养", "钣金"], "_index": ["1", "2"], "_parent_index": ["1", "1"]}, tool="kobo"))
    assert any("Map the main sheet" in note for note in found.notes)


def test_the_options_of_a_cell_once_more_are_ignored(tmp_path: Path) -> None:
    cell = (Column("选择本店的原因"), ["价格 离家近", "价格", "离家近"] * 20)
    dummies = [(Column(f"选择本店的原因/{one}", group="选择本店的原因"), ["1", "0"] * 30) for one in ("价格", "离家近")]
    told = [(Column(head), texts) for head, texts in clean(NUMBERS).items()]
    mapping = load(draft(inspect(raw([*told, cell, *dummies], separator=" ")), CHOOSING), tmp_path)
    assert mapping.choice["reasons"].column == "选择本店的原因"
    assert {one.name for one, _ in dummies} <= set(mapping.ignore)


def test_an_option_the_instrument_does_not_know_refuses_to_load(tmp_path: Path) -> None:
    columns = clean(NUMBERS) | {"Q30、选择本店的原因": ["价格┋离家近", "价格┋朋友介绍", "朋友介绍"] * 20}
    with pytest.raises(Refusal, match=r"choice\.reasons\.labels\.朋友介绍"):
        load(draft(inspect(raw(columns, separator="┋")), CHOOSING), tmp_path)


def test_a_choice_of_the_instrument_with_a_column_for_each_option(tmp_path: Path) -> None:
    told = {"Q30_1": "选择本店的原因-价格", "Q30_2": "选择本店的原因-离家近"}
    options = [(Column(head, text, group="Q30"), ["1", ""] * 30) for head, text in told.items()]
    columns = [*((Column(head), texts) for head, texts in clean(NUMBERS).items()), *options]
    mapping = load(draft(inspect(raw(columns)), CHOOSING), tmp_path)
    assert mapping.choice["reasons"].columns == {"price": "Q30_1", "near": "Q30_2"}
    assert mapping.questions == told


def test_the_phone_may_be_the_contact_and_a_multi_select_is_a_comment() -> None:
    columns = {"手机": ["13900006688", "13800006688"], "Q9": ["价格┋服务", "服务"], "duration": ["1:02:03", "0:00:09"]}
    text = draft(inspect(raw(columns, tool="wjx", separator="┋", encoding="big5")))
    assert '# contact = "手机"' in text
    assert '# separator = "┋"' in text
    assert '# "价格" = "TODO"' in text
    data = tomllib.loads(text)
    assert data["encoding"] == "big5"
    assert data["duration"] == {"unit": "clock"}
    assert data["ignore"] == ["手机"]


def test_the_other_sheets_of_a_workbook_are_told(example: Network) -> None:
    """Of the example's workbook the first sheet only explains."""
    book = read(example.export("*.xlsx"), "a.xlsx")
    assert [note for note in inspect(book).notes if "several sheets" in note and "答卷数据" in note]
    assert not any("sheets" in note for note in inspect(raw({"q1": NUMBERS})).notes)


def test_the_operators_sheet_and_delimiter_stand_in_the_draft() -> None:
    opened = Options(sheet='答卷"1"', delimiter="\t")
    made = tomllib.loads(draft(inspect(raw({"q1": NUMBERS})), None, opened))
    assert (made["sheet"], made["delimiter"]) == ('答卷"1"', "\t")


HEADS = st.lists(
    st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12), min_size=1, max_size=5, unique=True
)
CELLS = st.lists(st.text(st.characters(blacklist_categories=["Cs"]), max_size=8), min_size=1, max_size=6)


@tried(50)
@given(HEADS, CELLS, st.booleans())
def test_a_draft_is_always_toml_and_names_every_column_it_loads(heads: list[str], cells: list[str], told: bool) -> None:
    columns = [(Column(head, question=cells[0]), [*cells, *cells]) for head in heads]
    found = inspect(raw(columns, tool="wjx", separator="┋"))
    data = tomllib.loads(draft(found, CHINA if told else None))
    named = [*data["ignore"], *data["columns"].values(), *data.get("items", {}).values(), *data.get("questions", {})]
    assert set(named) <= set(heads)
    assert max(map(cell_len, printed(found).splitlines())) <= 80


# ── 80 columns ───────────────────────────────────────────────────────────────────────────


def test_every_line_fits_into_80_cells_and_tells_what_it_should() -> None:
    found = inspect(raw(clean([*TEN * 9, "不适用", ""])))
    text = printed(found)
    assert max(map(cell_len, text.splitlines())) <= 80
    for word in (
        "plain",
        "utf-8",
        "row 1",
        "92",
        "28",
        "respondent",
        "answered at",
        "service day",
        "duration",
        "personal",
    ):
        assert word in text, word
    rows = [line.split() for line in text.splitlines()]
    assert ["10分-非常满意", "10", "198"] in rows
    assert ["不适用", "not", "applicable", "22", "22"] in rows
    assert ["(blank)", "not", "answered", "22", "22"] in rows


@pytest.mark.parametrize("cells", range(5, 47))
def test_a_long_head_is_cut_in_the_middle(cells: int) -> None:
    head = "Q12、请您对本次维修保养服务的费用合理性进行评价"
    cut = shorten(head, cells)
    assert cells - 1 <= cell_len(cut) <= cells
    front, _, back = cut.partition("…")
    assert head.startswith(front)
    assert head.endswith(back)
    assert len(front) >= 1
    assert shorten(head, 47) == head


def test_columns_of_one_question_are_one_line() -> None:
    group = [(Column(f"Q2_{place}", group="Q2"), ["1", ""]) for place in range(1, 6)]
    matrix = [(Column(f"Q5[SQ{place:03d}]"), NUMBERS[:2]) for place in range(1, 8)]
    lines = printed(inspect(raw([(Column("id"), ["1", "2"]), *group, *matrix]))).splitlines()
    assert sum("Q2" in line for line in lines) == 1
    assert sum("Q5" in line for line in lines) == 1
    assert any("2–6" in line and "Q2 ×5" in line and "multi-select" in line for line in lines)
    assert any("7–13" in line and "Q5 ×7" in line for line in lines)


def test_two_hundred_columns_stay_readable() -> None:
    text = printed(inspect(raw({f"问题{place}、您对我们服务的总体满意程度如何": NUMBERS for place in range(200)})))
    assert max(map(cell_len, text.splitlines())) <= 80
    assert sum("item" in line for line in text.splitlines()) >= 200


def test_labels_of_the_file_stand_beside_their_codes() -> None:
    words = dict(zip("54321", FIVE, strict=True)) | {"9": "拒答"}
    text = printed(inspect(raw([(Column("q1", labels=words), [*"5554321", "9"])], tool="spss")))
    rows = [line.split() for line in text.splitlines()]
    assert ["非常满意", "5", "3"] in rows
    assert ["拒答", "9", "1"] in rows


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
def test_any_width(width: int) -> None:
    text = printed(inspect(raw(clean(TEN * 6))), width)
    assert max(map(cell_len, text.splitlines())) <= width


def test_a_terminal_obeys_nothing_of_a_file() -> None:
    columns = {"q1\x1b[31m\x07[bold]": ["1\x1b]0;x\x07", "2"] * 9, "a\u202eb\nc": ["[red]x[/red]"] * 18}
    text = printed(inspect(raw(columns)))
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "[bold]" in text
