"""What the intake report says of a month, in Chinese as in English: its gate, its notes, its reasons and fixes."""

import json
import re
from typing import Any

import fastexcel
import pytest
from intakes import MAPPING, ROW, Shop, make, table

from pipeline.__main__ import main
from pipeline.faults import FIXES
from pipeline.intake import fix, right, said, spoken
from pipeline.sentence import Sentence, gettext

WAIVER = '[[waiver]]\nperiod = "2025-10"\nsource = "src"\nallow = "missing_file"\nreason = "r"\nby = "b"\n'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A month over its gate: a contact without a key, a waiver that nothing needs, rows of several reasons."""
    mapping = MAPPING.replace("[items]", 'contact = "contact"\n[dates]\nanswered_at = "iso"\n[items]')
    made = make(tmp_path_factory.mktemp("shop"), mapping, top='waivers = "waivers.toml"', percent=5)
    made.file("waivers.toml", WAIVER)
    row = {**ROW, "contact": ""}
    rows = [
        row,
        row | {"respondent": "R2", "serviced_on": "2025-09-05"},
        row | {"respondent": "R3", "answered_at": "5.10."},
        row | {"respondent": "R4", "q1": "11"}, row | {"respondent": "R5", "q2": "11"},
    ]  # fmt: skip
    cells = [list(one.values()) for one in rows]
    made.put("export.csv", table(list(row), [*cells, [*cells[0], "9"]]))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CSI_KEY", raising=False)
        patch.setenv("HOME", str(made.folder))
        assert main(["check", "--programme", str(made.folder), "--period", "2025-10"]) == 1
    return made


def page(shop: Shop) -> tuple[str, dict[str, Any]]:
    """The text of the Chinese half, and the data of the tables."""
    html = (shop.out / "check/2025-10/intake.html").read_text("utf-8")
    data = re.search(r'id="data">(.*?)</script>', html, re.DOTALL)
    assert data is not None
    return re.sub("<[^>]*>", " ", html.partition('<main lang="en"')[0].partition("<main")[2]), json.loads(data[1])


def test_the_gate_and_the_notes_of_the_page_are_chinese(shop: Shop) -> None:
    text, _ = page(shop)
    assert "2025-10：6 行答卷中有 5 行被隔离，超过百分之 5。请改正导出文件" in text
    assert "waivers.toml, line 1, waiver[1]：2025-10 没有任何数据用到这项豁免（missing_file src），请删除。" in text
    assert "没有密钥（CSI_KEY，~/.config/csi/key）：联系方式未予载入，无法执行联系间隔规则。" in text
    for english in ("response rows", "Mend", "Take it out", "No key", "needs this"):
        assert english not in text


def test_values_and_fixes_of_the_page_are_in_both_languages(shop: Shop) -> None:
    bad = page(shop)[1]["quarantine"]
    assert "12 cells for 11 heads" in bad["value"]["texts"]["en"]
    assert "12 个单元格，11 个列名" in bad["value"]["texts"]["zh"]
    assert {"1 ~ 10", "2025-10-31 (%Y-%m-%d)", "ISO 8601 格式，如 2025-10-31T21:45:58+08:00"} <= set(
        bad["fix"]["known"]["zh"]
    )
    assert {"1 to 10", "ISO 8601, such as 2025-10-31T21:45:58+08:00"} <= set(bad["fix"]["known"]["en"])


def test_the_workbook_says_the_same(shop: Shop) -> None:
    book = fastexcel.read_excel(shop.out / "check/2025-10/intake.xlsx")
    summary = book.load_sheet("概况", header_row=None, dtypes="string").to_polars()
    told = [cell for row in summary.iter_rows() for cell in row if cell]
    assert any(one.startswith("2025-10：6 行答卷中有 5 行被隔离") for one in told)
    assert any(one.startswith("没有密钥") for one in told)
    bad = book.load_sheet("隔离", dtypes="string").to_polars()
    assert "12 个单元格，11 个列名" in bad["取值"].to_list()


def test_the_terminal_stays_english(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--programme", str(shop.folder), "--period", "2025-10"]) == 1
    captured = capsys.readouterr()
    assert "✗ 2025-10: 5 of 6 response rows are quarantined, more than 5 in 100." in captured.err
    assert "nothing in 2025-10 needs this waiver (missing_file src). Take it out." in captured.out


def test_no_reason_nor_fix_is_half_english() -> None:
    for reason in FIXES:
        words = f"{spoken(reason, 'zh')} {fix(reason, 'zh').replace('{known}', '')}"
        assert not re.search("[A-Za-z]{3,} +[A-Za-z]{2,}", words), words
    assert right("from 2025-01-01 to 2025-10-09", "zh") == "自 2025-01-01 至 2025-10-09"


def test_a_sentence_within_a_sentence() -> None:
    inner = Sentence(gettext("from %(first)s"), first="/a/2025-10-01")
    outer = Sentence(gettext("%(file)s, row %(row)s"), file=inner, row=3)
    assert outer == "from /a/2025-10-01, row 3"
    assert said(outer.without("/a/"), "zh") == "自 2025-10-01 起 第 3 行"
    assert said("plain", "zh") == "plain"
