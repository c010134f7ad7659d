"""How the survey tools write: three layouts of the same responses, and what goes wrong in them.

A layout turns a response into the cells of one row. A fault is laid into a response that is
otherwise clean, so a spoilt row has exactly one reason to be refused. A layout's `faults` name
every reason it can show; the reason is written down beside the export, never in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from answers import BLANK, MOBILITY, NOT_APPLICABLE, REFUSED, Response
from network import Branch, Month
from words import pick
from writers import Cell, Row

QUESTIONS = (
    "一次修好、没有返修",
    "维修后没有出现新的问题",
    "出现问题时的处理",
    "营业时间方便",
    "地点与停车方便",
    "代步车与接送服务",
    "按约定时间交车",
    "费用与维修内容的说明",
    "交车时车辆的清洁",
    "维修保养工作的细致程度",
    "技术人员的水平",
    "费用的合理性",
    "维修进度的告知",
    "客户休息区",
    "等待时间",
    "服务顾问的礼貌与友好",
    "服务顾问理解您的需求",
    "服务顾问的诚信",
    "服务后的回访",
    "预约的方便程度",
    "到店时的接待速度",
    "交接与检查车辆的过程",
)
DEALER_QUESTIONS = (
    "故障诊断的准确性",
    "维修技术水平",
    "服务人员的礼貌",
    "解答问题的耐心",
    "响应速度",
    "按时完成服务",
    "配件的现货率",
    "缺货配件的到货速度",
    "对服务的总体评价",
)
DIVISIONS = {"PC": "乘用车事业部", "CV": "商用车事业部", "NEV": "新能源事业部"}
LABELS = {answer: f"{answer}分" for answer in range(2, 10)} | {
    10: "10分-非常满意",
    1: "1分-非常不满意",
    NOT_APPLICABLE: "不适用",
    REFUSED: "拒绝回答",
    BLANK: "",
}
CODES = {answer: str(answer) for answer in range(1, 11)} | {
    NOT_APPLICABLE: "98",
    REFUSED: "99",
    BLANK: "",
}
NUMBERS: dict[int, Cell] = {
    **{answer: answer for answer in range(1, 11)},
    NOT_APPLICABLE: "不适用",
    REFUSED: "拒绝回答",
    BLANK: "",
}

_COMMON = (
    "missing_respondent",
    "missing_branch",
    "missing_date",
    "unreadable_date",
    "outside_period",
    "after_cutoff",
    "answered_before_service",
    "unknown_branch",
    "branch_not_open",
    "unknown_division",
    "division_not_served",
    "unreadable_number",
    "impossible_duration",
    "all_missing",
    "duplicate",
    "conflicting_duplicate",
)


@dataclass(frozen=True)
class Layout:
    """A tool's way of writing: its headers, its cells, and where the columns stand."""

    headers: tuple[str, ...]
    cells: Callable[[Response], Row]
    column: dict[str, int]
    faults: tuple[str, ...]
    bad_dates: tuple[str, ...]
    bad_answers: dict[str, tuple[range, Sequence[Cell]]]  # fault -> columns it can hit, cells


def _text_cells(response: Response) -> Row:
    """As 问卷星-like tools do: labels, unpadded dates, and a jump over what was not needed."""
    answers: Row = [LABELS[answer] for answer in response.answers]
    if response.answers[MOBILITY] == NOT_APPLICABLE:
        answers[MOBILITY] = "(跳过)"
    at, on = response.answered_at, response.serviced_on
    return [
        response.respondent,
        f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02d}:{at.second:02d}",
        str(response.seconds),
        response.channel,
        response.branch_code,
        response.branch.name,
        DIVISIONS.get(response.division, "房车事业部"),
        f"{on.year}/{on.month}/{on.day}",
        response.customer,
        response.mobile,
        *answers,
        response.verbatim,
    ]


def _code_cells(response: Response) -> Row:
    """As a call centre's system does: machine headers, ISO dates, codes."""
    return [
        response.respondent,
        response.branch_code,
        response.division,
        response.serviced_on.isoformat(),
        response.answered_at.isoformat(),
        str(response.seconds),
        "sms" if response.channel == "短信" else "web",
        response.customer,
        response.mobile,
        *(CODES[answer] for answer in response.answers),
        response.verbatim,
    ]


def _sheet_cells(response: Response) -> Row:
    """As a workbook: numbers as numbers, dates as text, the last question with its labels."""
    return [
        response.respondent,
        response.branch_code,
        response.branch.name,
        DIVISIONS.get(response.division, "房车事业部"),
        response.serviced_on.isoformat(),
        response.answered_at.isoformat(" "),
        response.seconds,
        response.customer,
        response.mobile,
        *(NUMBERS[answer] for answer in response.answers[:-1]),
        LABELS[response.answers[-1]],
        response.verbatim,
    ]


_NOT_WHOLE: tuple[Cell, ...] = ("九", "7-8", "8分", "很好")
_UNKNOWN_LABELS = ("满意", "11分", "还可以", "9分-满意", "一般般")

TEXT = Layout(
    headers=(
        "答卷编号",
        "提交时间",
        "答题时长（秒）",
        "来源",
        "经销商代码",
        "经销商名称",
        "事业部",
        "进站日期",
        "客户姓名",
        "手机号码",
        *(f"Q{number}、{question}" for number, question in enumerate(QUESTIONS, 1)),
        "Q23、您的意见与建议",
    ),
    cells=_text_cells,
    column={
        "respondent": 0,
        "answered_at": 1,
        "duration_s": 2,
        "branch": 4,
        "serviced_on": 7,
        "items": 10,
    },
    faults=("ragged_row", *_COMMON, "unknown_label"),
    bad_dates=("{year}/{month}/45", "{year}/13/5", "待确认", "上周三"),
    bad_answers={"unknown_label": (range(10, 32), _UNKNOWN_LABELS)},
)
CODED = Layout(
    headers=(
        "response_id",
        "dealer_code",
        "division",
        "visit_date",
        "submitted_at",
        "duration_s",
        "channel",
        "customer_name",
        "mobile",
        *(f"q{number:02d}" for number in range(1, len(QUESTIONS) + 1)),
        "comment",
    ),
    cells=_code_cells,
    column={
        "respondent": 0,
        "branch": 1,
        "serviced_on": 3,
        "answered_at": 4,
        "duration_s": 5,
        "items": 9,
    },
    faults=("ragged_row", *_COMMON, "not_a_whole_number", "outside_scale"),
    bad_dates=("{year}-{month:02d}-45", "{year}-13-05", "n/a", "0000-00-00"),
    bad_answers={
        "not_a_whole_number": (range(9, 31), ("8.5", *_NOT_WHOLE)),
        "outside_scale": (range(9, 31), ("0", "11", "88", "-3")),
    },
)
SHEET = Layout(
    headers=(
        "答卷编号",
        "经销商代码",
        "经销商名称",
        "事业部",
        "服务日期",
        "填写时间",
        "答题时长（秒）",
        "客户姓名",
        "手机号码",
        *(f"{number}、{question}" for number, question in enumerate(DEALER_QUESTIONS, 1)),
        "意见与建议",
    ),
    cells=_sheet_cells,
    column={
        "respondent": 0,
        "branch": 1,
        "serviced_on": 4,
        "answered_at": 5,
        "duration_s": 6,
        "items": 9,
    },
    faults=(*_COMMON, "unknown_label", "not_a_whole_number", "outside_scale"),
    bad_dates=("{year}-{month:02d}-45", "{year}-13-05", "待确认", "上周三"),
    bad_answers={
        "unknown_label": (range(17, 18), _UNKNOWN_LABELS),
        "not_a_whole_number": (range(9, 17), (8.5, *_NOT_WHOLE)),
        "outside_scale": (range(9, 17), (0, 11, 15, -1)),
    },
)


def spoil(response: Response, fault: str, rng: Random, month: Month, network: Sequence[Branch]) -> None:
    """Lay into a response a fault that any tool would export as it stands."""
    response.fault = fault
    on = response.serviced_on
    if fault == "outside_period":
        ahead = rng.random() < 0.5
        day = month.days[-1] + timedelta(2) if ahead else month.days[0] - timedelta(3)
        response.serviced_on = day
        response.answered_at = datetime(day.year, day.month, day.day, 19, on.day, on.day)
    elif fault == "after_cutoff":
        response.answered_at = month.closes + timedelta(seconds=int(60 + 500_000 * rng.random()))
    elif fault == "answered_before_service":
        hours = 1 + int(70 * rng.random())
        response.answered_at = datetime(on.year, on.month, on.day) - timedelta(hours=hours)
    elif fault == "unknown_branch":
        response.branch_code = pick(rng, ("SH-099", "TEST-01", "QD-900", "BJ-0001"))
    elif fault == "branch_not_open":
        shut = [(branch, branch.closed_days(month)) for branch in network]
        branch, days = pick(rng, [(branch, days) for branch, days in shut if days])
        response.branch, response.branch_code = branch, branch.id
        response.division = branch.latest(month).divisions[0]
        response.serviced_on = pick(rng, days)
        response.answered_at += response.serviced_on - on
    elif fault == "unknown_division":
        response.division = "RV"
    elif fault == "division_not_served":
        served = response.branch.latest(month).divisions
        response.division = pick(rng, [each for each in DIVISIONS if each not in served])
    elif fault == "impossible_duration":
        wrong = -int(1 + 400 * rng.random()), 86_401 + int(200_000 * rng.random())
        response.seconds = pick(rng, wrong)
    elif fault == "all_missing":
        state = pick(rng, (BLANK, BLANK, NOT_APPLICABLE))
        response.answers = [state] * len(response.answers)
        response.verbatim = ""


def _mar(row: Row, fault: str, layout: Layout, rng: Random, on: date) -> None:
    """Lay into a row a fault that only its cells can show."""
    column = layout.column
    dates = column["serviced_on"], column["answered_at"]
    if fault in ("missing_respondent", "missing_branch"):
        row[column[fault.removeprefix("missing_")]] = ""
    elif fault == "missing_date":
        row[pick(rng, dates)] = ""
    elif fault == "unreadable_date":
        row[pick(rng, dates)] = pick(rng, layout.bad_dates).format(year=on.year, month=on.month)
    elif fault == "unreadable_number":
        row[column["duration_s"]] = pick(rng, ("约5分钟", "5分20秒", "#VALUE!", "未知"))
    elif fault in layout.bad_answers:
        places, wrong = layout.bad_answers[fault]
        row[pick(rng, places)] = pick(rng, wrong)
    elif fault == "ragged_row":
        if rng.random() < 0.5:
            row.append("谢谢")  # a comma in a comment that the tool did not quote
        else:
            del row[column["items"] + 4 + int(rng.random() * 12) :]  # cut short


def table(responses: Iterable[Response], layout: Layout, rng: Random) -> tuple[list[Row], list[tuple[int, str]]]:
    """The rows of an export and, by spreadsheet row number, what is wrong with some of them.

    Second copies stand at the end, where someone merged a list by hand.
    """
    rows: list[Row] = []
    copies: list[tuple[Row, str]] = []
    faults: list[tuple[int, str]] = []
    for response in responses:
        row = layout.cells(response)
        fault = response.fault
        if fault == "duplicate":
            copies.append((row, fault))
        elif fault == "conflicting_duplicate":
            other = list(response.answers)
            given = [place for place, answer in enumerate(other) if answer > 0]
            for place in given[:3]:
                other[place] += -3 if other[place] > 4 else 3
            response.answers, kept = other, response.answers
            copies.append((layout.cells(response), fault))
            response.answers = kept
        elif fault:
            _mar(row, fault, layout, rng, response.serviced_on)
        rows.append(row)
        if fault and fault != "duplicate":
            faults.append((len(rows) + 1, fault))
    for row, fault in copies:
        rows.append(row)
        faults.append((len(rows) + 1, fault))
    return rows, faults
