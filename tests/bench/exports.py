"""Makes the exports that the intake is measured with: three programmes of one month, each with one
file of the same responses, as CSV in UTF-8, as CSV in GB18030, and (the first of them) as XLSX.

One row in a hundred breaks one rule. Written in parts, so that memory does not grow with the rows.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter

from pipeline.month import Month
from tests.bench.intake import SHEET_ROWS

MONTH = Month.parse("2025-10")
ITEMS = tuple(f"q{number:02d}" for number in range(1, 27))
FILES = {"utf-8": "csi.csv", "gb18030": "csi.csv", "xlsx": "csi.xlsx"}
BAD_EVERY = 100
_SEED = 2005
_PART = 100_000  # rows made at a time

_FIELDS = {
    "respondent": "编号",
    "branch": "门店",
    "serviced_on": "服务日期",
    "answered_at": "提交时间",
    "duration_s": "用时（秒）",
    "verbatim": "意见",
}
_IGNORED = ("手机", "姓名", "渠道")
_STARTS = (
    "服务很好",
    "等待时间太长",
    "顾问说明清楚",
    "价格偏高",
    "休息区干净",
    "维修后还有异响",
    "预约方便",
    "交车准时",
)
_ENDS = ("，下次还来。", "！", ", 希望改进", "，总体满意", "。师傅很专业", "；周末人多", "")
_PHONE = "，联系 138 0013 8000"
_PROGRAMME = """
id = "bench"
name = { zh = "基准", en = "Bench" }
instruments = ["bench_26"]
[regions]
R0 = { zh = "一区", en = "R0" }
[divisions]
PC = { zh = "乘用车", en = "PC" }
[[source]]
id = "csi"
role = "responses"
instrument = "bench_26"
tool = "plain"
files = "csi.*"
mapping = "mapping.toml"
"""
_INSTRUMENT = """
id = "bench_26"
name = { zh = "基准", en = "Bench" }
source = { zh = "基准", en = "made for the benchmark" }
valid_from = 2004-01-01
rule = "branch_factors"
points = 1000
scale = { min = 1, max = 10, top_box_from = 9, bottom_box_to = 4 }
minimum_answered_percent = 50
[[factor]]
id = "all"
name = { zh = "全部", en = "All" }
weight = 100
"""


def make(folder: Path, responses: int, branches: int) -> None:
    """folder/utf-8, folder/gb18030, folder/xlsx: each a programme with its inbox."""
    targets = {}
    for kind, name in FILES.items():
        _programme(folder / kind, branches)
        targets[kind] = folder / kind / "inbox" / str(MONTH) / name
        targets[kind].parent.mkdir(parents=True)
    book = xlsxwriter.Workbook(targets["xlsx"], {"constant_memory": True})
    sheet = book.add_worksheet()
    with targets["utf-8"].open("wb") as plain, targets["gb18030"].open("wb") as chinese:
        for start in range(0, responses, _PART):
            part = _part(start, min(_PART, responses - start), branches)
            text = part.write_csv(include_header=start == 0)
            plain.write(text.encode())
            chinese.write(text.encode("gb18030"))
            if start == 0:
                sheet.write_row(0, 0, part.columns)
            for row, cells in enumerate(part.head(max(0, SHEET_ROWS - start)).iter_rows(), start + 1):
                sheet.write_row(row, 0, cells)
    book.close()


def _programme(folder: Path, branches: int) -> None:
    (folder / "instruments").mkdir(parents=True)
    (folder / "programme.toml").write_text(_PROGRAMME, encoding="utf-8")
    items = (
        f'[[factor.item]]\nid = "{item}"\ntext = {{ zh = "{item}", en = "{item}" }}\ntouchpoint = "all"'
        for item in ITEMS
    )
    (folder / "instruments" / "bench_26.toml").write_text(_INSTRUMENT + "\n".join(items), encoding="utf-8")
    lines = [f"ignore = {list(_IGNORED)}", "header_rows = 1", "[columns]"]
    lines += [f'{field} = "{head}"' for field, head in _FIELDS.items()]
    lines += ["[items]", *(f'{item} = "{item.upper()}"' for item in ITEMS)]
    (folder / "mapping.toml").write_text("\n".join(lines), encoding="utf-8")
    ids = _branch_ids(branches)
    heads = "branch,name_zh,name_en,region,divisions,tier,valid_from,valid_to,successor"
    (folder / "branches.csv").write_text(
        "\n".join([heads, *(f"{one},{one},{one},R0,PC,,2020-01-01,," for one in ids)]) + "\n", encoding="utf-8"
    )


def _branch_ids(branches: int) -> list[str]:
    return [f"B{place:04d}" for place in range(branches)]


def _part(start: int, rows: int, branches: int) -> pl.DataFrame:
    """Rows as an export has them: numbers are numbers, everything else is text, null is blank."""
    rng = np.random.default_rng([_SEED, start])
    turn = np.arange(start, start + rows)
    day = rng.integers(1, 29, rows)
    at = rng.integers(0, branches, rows)
    mood = rng.normal(8, 1, rows) + at % 7 / 7
    table: dict[str, Any] = {
        "编号": pl.Series(turn).cast(pl.String).str.zfill(8),
        "门店": pl.Series(_branch_ids(branches)).gather(at),
        "服务日期": _days(day),
        "提交时间": _days(day + 2) + " 10:" + pl.Series(rng.integers(10, 60, rows)).cast(pl.String) + ":00",
        "用时（秒）": rng.integers(60, 600, rows),
        "手机": 13_000_000_000 + rng.integers(0, 10**9, rows),
        "姓名": pl.Series(["王芳", "李伟", "张敏", "刘洋", "陈静"]).gather(rng.integers(0, 5, rows)),
        "渠道": pl.Series(["短信", "微信", "电话"]).gather(rng.integers(0, 3, rows)),
        "意见": _comments(rng, rows),
    }
    for item in ITEMS:
        answers = pl.Series(np.clip(np.rint(mood + rng.normal(0, 1, rows)), 1, 10).astype(np.int8))
        table[item.upper()] = answers.set(pl.Series(rng.random(rows) < 0.03), None)
    return _spoilt(pl.DataFrame(table), turn)


def _days(day: Any) -> pl.Series:
    return f"{MONTH}-" + pl.Series(day).cast(pl.String).str.zfill(2)


def _comments(rng: np.random.Generator, rows: int) -> pl.Series:
    """Three in ten say something, few of them the same; one in a hundred of these leaves a number."""
    said = (
        pl.Series(_STARTS).gather(rng.integers(0, len(_STARTS), rows))
        + pl.Series(rng.integers(0, 10**6, rows)).cast(pl.String)
        + pl.Series(_ENDS).gather(rng.integers(0, len(_ENDS), rows))
        + pl.Series(["", _PHONE]).gather(rng.integers(0, 100, rows) // 99)
    )
    return said.set(pl.Series(rng.random(rows) >= 0.3), None)


def _spoilt(frame: pl.DataFrame, turn: Any) -> pl.DataFrame:
    """Every hundredth row with one fault, of four kinds in turn."""
    bad, kind = pl.Series(turn % BAD_EVERY == BAD_EVERY - 1), pl.Series(turn // BAD_EVERY % 4)
    item = pl.Series(turn // BAD_EVERY // 4 % len(ITEMS))
    wrong = {
        "服务日期": (bad & (kind == 0), "2025-08-05"),
        "提交时间": (bad & (kind == 1), "2025-12-24 10:30:00"),
        "用时（秒）": (bad & (kind == 2), 90_000),
        **{one.upper(): (bad & (kind == 3) & (item == place), 11) for place, one in enumerate(ITEMS)},
    }
    return frame.with_columns(
        pl.when(mask).then(pl.lit(value)).otherwise(pl.col(head)).cast(frame.schema[head]).alias(head)
        for head, (mask, value) in wrong.items()
    )
