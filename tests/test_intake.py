"""The intake report as an operator uses it: the page in a headless Chromium, the workbook read back."""

import base64
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import browser
import fastexcel
import polars as pl
import pypdfium2
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from pipeline import intake_sheets, times
from pipeline.catalogue import texts
from pipeline.faults import FIXES, QUARANTINE_SCHEMA
from pipeline.inbox import FileCount
from pipeline.intake import SOFT_FLAGS, Intake, percentage, right, visible
from pipeline.intake_book import write_xlsx
from pipeline.intake_page import write_html
from pipeline.settings import Names

FIRST, SECOND, INVITED = "csi_华东.csv", "csi_华北_r2.csv", "invited.csv"
FAULTS = [
    # file, row, column, value, reason, known, waived
    (FIRST, 2, "q1", "非常好", "unknown_label", "满意, 不满意", False),
    (FIRST, 9, "q2", "12", "outside_scale", "1–10", False),
    (FIRST, 9, "服务日期", "2025/13/40", "unreadable_date", "%Y-%m-%d", False),
    (FIRST, 9, "q3", "11", "outside_scale", "1–10", False),
    (FIRST, 10, "门店", "XX-999", "unknown_branch", None, True),
    (FIRST, 100, "q1", "ＡＢＣ满意１２", "unknown_label", "满意, 不满意", False),
    (SECOND, 3, "respondent", "A-17", "duplicate", f"{FIRST}:44", False),
    (SECOND, 4, "respondent", "A-18", "superseded", f"{FIRST}:45", False),
]
FAULT_SCHEMA = {**QUARANTINE_SCHEMA, "known": pl.String, "waived": pl.Boolean}
FLAG_SCHEMA = {
    **dict.fromkeys(("instrument", "branch", "name_zh", "name_en"), pl.String),
    **dict.fromkeys(("accepted", *SOFT_FLAGS, "flagged"), pl.UInt32),
}
RESENT_SCHEMA = {
    **dict.fromkeys(("file", "earlier"), pl.String),
    **dict.fromkeys(("same", "changed", "came", "went"), pl.UInt32),
}
CHANGE_SCHEMA = dict.fromkeys(("file", "respondent", "change", "fields"), pl.String)
CORRECTION_SCHEMA = {
    name: pl.UInt32 if name == "row" else pl.String
    for name in ("file", "row", "field", "old", "new", "reason", "provider")
}
WAIVER_SCHEMA = {
    **dict.fromkeys(("allow", "source", "what", "reason", "by"), pl.String),
    "rows": pl.UInt32,
}


def file(name: str, read: int, quarantined: int, superseded: int = 0, same_as: str = "") -> FileCount:
    return FileCount(
        file=name, sha256="0" * 64, source="csi-text", role="responses", instrument="csi", encoding="GB18030",
        tool="wjx", read=read, accepted=read - quarantined, quarantined=quarantined, superseded=superseded,
        same_as=same_as,
    )  # fmt: skip


def faults(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Rows as in FAULTS, in the form of a quarantine."""
    return pl.DataFrame(
        [
            {"instrument": "csi", "file": name, "row": row, "column": column, "value": value, "reason": reason,
             "fix": FIXES[reason].replace("{known}", known or ""), "known": known, "waived": waived}
            for name, row, column, value, reason, known, waived in rows
        ],
        schema=FAULT_SCHEMA,
    )  # fmt: skip


EMPTY = Intake(
    programme=Names(zh="经销商售后服务满意度调查", en="Dealer satisfaction"),
    period="2025-10",
    run_id="b0eedb9119c4",
    cutoff="2025-11-11T00:00:00+08:00",
    revision=1,
    gate=None,
    percent=5,
    files=(file(FIRST, 400, 0), file(SECOND, 300, 0)),
    quarantine=pl.DataFrame(schema=FAULT_SCHEMA),
    flags=pl.DataFrame(schema=FLAG_SCHEMA),
    resent=pl.DataFrame(schema=RESENT_SCHEMA),
    changes=pl.DataFrame(schema=CHANGE_SCHEMA),
    corrections=pl.DataFrame(schema=CORRECTION_SCHEMA),
    waivers=pl.DataFrame(schema=WAIVER_SCHEMA),
    notes=(),
)
MONTH = replace(
    EMPTY,
    gate="2025-10: 36 of 700 response rows are quarantined, more than 5 in 100.",
    against=(36, 700),
    revision=2,
    files=(file(FIRST, 400, 4), file(SECOND, 300, 2, 1), file("copy.csv", 0, 0, same_as=FIRST), file(INVITED, 60, 0)),
    quarantine=faults(FAULTS),
    flags=pl.DataFrame(
        [
            ("csi", "SH-001", "上海虹桥店", "Shanghai Hongqiao", 60, 3, 2, 0, 1, 5),
            ("csi", "BJ-002", "北京朝阳店", "Beijing Chaoyang", 41, 0, 0, 9, 2, 9),
            ("csi", "WH-003", "武汉楚骧店", "Wuhan Chuxiang", 50, 0, 0, 0, 0, 0),
        ],
        schema=FLAG_SCHEMA,
        orient="row",
    ),
    resent=pl.DataFrame([(SECOND, FIRST, 290, 8, 2, 1)], schema=RESENT_SCHEMA, orient="row"),
    changes=pl.DataFrame(
        [(SECOND, f"B-{number:02}", ("changed", "came", "went")[number % 3], "q1; q2") for number in range(45)],
        schema=CHANGE_SCHEMA,
        orient="row",
    ),
    corrections=pl.DataFrame(
        [(FIRST, 12, "branch", "SH-001", "SH-010", "typed wrongly", "王经理")], schema=CORRECTION_SCHEMA, orient="row"
    ),
    waivers=pl.DataFrame(
        [("unknown_branch", "csi-text", "XX-999", "opens in November", "李总", 1)], schema=WAIVER_SCHEMA, orient="row"
    ),
    notes=("No key: contacts were dropped.",),
)


def many(faulty: int) -> Intake:
    """A month with so many faults, one per row, in six files; every tenth value is its own."""
    kinds = sorted(FIXES)
    rows = [
        (f"csi_text_2025-10_{place % 6}.csv", place // 6 + 2, f"q{place % 30}",
         f"取值{place}" if place % 10 else f"值 {place % 700}", kinds[place % len(kinds)],
         f"csi_text_2025-10_0.csv:{place}", False)
        for place in range(faulty)
    ]  # fmt: skip
    files = tuple(file(f"csi_text_2025-10_{place}.csv", faulty, len(range(place, faulty, 6))) for place in range(6))
    return replace(MONTH, quarantine=faults(rows), files=files)


# ── a browser ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with browser.chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


class Page:
    """An intake.html in the browser, as a person sees it."""

    def __init__(self, driver: webdriver.Chrome, path: Path) -> None:
        self.driver = driver
        self.path = path

    def open(self, intake: Intake, language: str = "zh", hash: str = "", width: int = 1280) -> "Page":
        write_html(intake, language, self.path)
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        self.driver.get("about:blank")
        self.driver.get(f"{self.path.as_uri()}{hash}")
        loaded = "return location.protocol + document.readyState"  # a driver in haste may still be at the blank page
        browser.waiting(self.driver, 60).until(lambda _: self.run(loaded) == "file:complete")
        return self

    def all(self, css: str) -> list[Any]:
        return self.driver.find_elements(By.CSS_SELECTOR, f"main:not([hidden]) :is({css})")

    def one(self, css: str) -> Any:
        (found,) = self.all(css)
        return found

    def texts(self, css: str) -> list[str]:
        return [one.text for one in self.all(css)]

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    @property
    def hash(self) -> dict[str, str]:
        return dict(self.run("return [...new URLSearchParams(location.hash.slice(1))]"))

    def rows(self, table: str = "quarantine") -> list[tuple[str, ...]]:
        """The cells of every row on view."""
        cells = self.run(
            f"return [...document.querySelectorAll('main:not([hidden]) [data-table={table}] table:has([data-column])"
            " tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"
        )
        return [tuple(text.strip() for text in row) for row in cells]

    def numbers(self) -> list[tuple[str, str]]:
        """File and row of every line on view."""
        return [row[:2] for row in self.rows()]

    def shown(self) -> str:
        return str(self.one(".shown").text)

    def search(self, text: str) -> str:
        """Type into the search; what it then says of the rows shown."""
        field = self.one("[name=q]")
        field.clear()
        field.send_keys(text)
        browser.waiting(self.driver).until(lambda _: self.hash.get("q", "") == text)
        return self.shown()

    def choose(self, name: str, label: str) -> None:
        Select(self.one(f"[name={name}]")).select_by_visible_text(label)
        browser.waiting(self.driver).until(lambda _: self.hash.get(name))

    def choices(self, name: str) -> list[str]:
        return [one.text for one in Select(self.one(f"[name={name}]")).options]

    def press(self, css: str) -> None:
        self.one(css).click()

    def head(self, column: str, table: str = "quarantine") -> str:
        return f"[data-table={table}] [data-column={column}] button"


@pytest.fixture
def page(chromium: webdriver.Chrome, tmp_path: Path) -> Iterator[Page]:
    """Nothing may leave the page, and nothing may be said in the console, whatever is done to it."""
    made = Page(chromium, tmp_path / "intake.html")
    browser.said(chromium)
    browser.requests(chromium)
    yield made
    assert browser.said(chromium) == []
    assert browser.requests(chromium) <= {made.path.as_uri()}


# ── what the page says ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "verdict", "share"),
    [
        ("zh", "本月暂不能计分", "700 行答卷中有 36 行计入隔离限额，占 5.1%；限额为 5%。"),
        (
            "en",
            "This month may not be scored yet",
            "36 of 700 response rows count against the limit (5.1%). Up to 5% are let through.",
        ),
    ],
)
def test_the_first_screen_answers_the_first_questions(page: Page, language: str, verdict: str, share: str) -> None:
    page.open(MONTH, language)
    assert page.texts(".verdict h2, .verdict p") == [verdict, share, MONTH.gate]
    assert page.texts(".facts dd:nth-child(2)") == ["760", "754", "6"]
    assert page.one(".when").text.split("\n")[1].endswith(" 2025-11-11 00:00")
    files = [tuple(one.text.split("\n")[0] for one in row.find_elements(By.CSS_SELECTOR, "th, td:not(.bar)"))
             for row in page.all(".two section:first-child tbody tr, .two tfoot tr")]  # fmt: skip
    together = "合计" if language == "zh" else "Together"
    assert files == [
        (FIRST, "400", "396", "4"), (SECOND, "300", "298", "2"),
        ("copy.csv", "—", "—", "—"), (INVITED, "60", "60", "0"),
        (together, "760", "754", "6"),
    ]  # fmt: skip
    assert page.run("return Math.max(...[...document.querySelectorAll('main:not([hidden]) .two tr')]"
                    ".map(row => row.getBoundingClientRect().bottom))") < 800  # fmt: skip


def test_a_month_that_may_be_scored_says_so(page: Page) -> None:
    page.open(replace(MONTH, gate=None), "en")
    assert page.one(".verdict h2").text == "This month may be scored"
    assert not page.all(".verdict .note")


def test_every_reason_is_counted_once_per_row(page: Page) -> None:
    page.open(MONTH, "en")
    assert page.texts(".two section:last-child tbody tr") == [
        "unknown label 1 2", "duplicate 1 1", "outside scale 1 1", "superseded 1 1", "unknown branch 1 1",
        "unreadable date 1 1",
    ]  # fmt: skip


def test_every_quarantined_row_stands_there_with_reason_and_fix(page: Page) -> None:
    assert page.open(MONTH, "en").rows() == [
        (FIRST, "2", "q1", "非常好", "unknown label", "Not an answer the mapping knows; known are 满意, 不满意."),
        (FIRST, "9", "q2", "12", "outside scale", "Outside the scale of the item, 1–10."),
        (FIRST, "9", "q3", "11", "outside scale", "Outside the scale of the item, 1–10."),
        (FIRST, "9", "服务日期", "2025/13/40", "unreadable date",
         "Write the date as the mapping says, %Y-%m-%d, or correct [dates] in the mapping."),
        (FIRST, "10", "门店", "XX-999", "unknown branch waived", FIXES["unknown_branch"].removesuffix("{known}")),
        (FIRST, "100", "q1", "ＡＢＣ满意１２", "unknown label",
         "Not an answer the mapping knows; known are 满意, 不满意."),
        (SECOND, "3", "respondent", "A-17", "duplicate",
         f"The same response stands in {FIRST}:44; this one is not counted again."),
        (SECOND, "4", "respondent", "A-18", "superseded", f"Replaced by the re-sent row in {FIRST}:45; nothing to do."),
    ]  # fmt: skip
    assert page.shown() == "6 of 6 rows shown | 8 of 8 faults"


def test_the_language_is_switched_on_the_page(page: Page) -> None:
    page.open(MONTH, "zh")
    assert page.driver.title == "经销商售后服务满意度调查 2025-10 数据接收报告"
    assert page.rows()[1] == (FIRST, "9", "q2", "12", "超出量程", "超出本题的量程：1–10。")
    assert page.rows()[4][4] == "未知门店 已豁免"
    page.search("量程")
    page.press("[data-switch=en]")
    assert page.run("return document.documentElement.lang") == "en"
    assert page.driver.title == "Dealer satisfaction, intake of 2025-10"
    assert page.hash == {"lang": "en", "q": "量程"}
    assert page.one("[data-switch=en]").get_attribute("aria-pressed") == "true"
    assert page.run("return document.activeElement.dataset.switch") == "en"
    assert page.one("[name=q]").get_attribute("value") == "量程"
    assert [row[4] for row in page.rows()] == ["outside scale", "outside scale"]
    assert page.rows("flags")[0][1] == "Beijing Chaoyang"
    page.press("[data-switch=zh]")
    assert page.one("h1").text == "数据接收报告"
    assert page.rows("flags")[0][1] == "北京朝阳店"


# ── search, filter, sort ─────────────────────────────────────────────────────────────────


SOUGHT = {  # text -> the rows of the export that are shown
    "非常好": [2],
    "scale": [9, 9],  # an English reason, in the Chinese page
    "量程": [9, 9],
    "OUTSIDE": [9, 9],
    "abc满意12": [100],  # full-width letters and digits
    "ａｂｃ": [100],
    "9": [9, 9, 9, 10],  # a row number, and part of XX-999
    "100": [100],
    "服务日期": [9],
    "2025/13": [9],
    "华北 duplicate": [3],  # both words, in whatever column
    "  duplicate   :44 ": [3],
    "再计入": [3],  # in what to do
    "满意, 不满意": [2, 100],
    "known are 满意": [2, 100],
    "duplicate 9": [],
    ".*": [],
    "<b>": [],
}


def test_search(page: Page) -> None:
    page.open(MONTH, "zh")
    for text, rows in SOUGHT.items():
        page.search(text)
        if rows:
            assert [int(row) for _, row in page.numbers()] == rows, text
        else:
            assert page.rows() == [("没有符合条件的行。",)], text
        assert page.shown() == f"显示 6 行中的 {len(set(rows))} 行 · 8 处问题中的 {len(rows)} 处", text


def test_clearing_brings_every_row_back(page: Page) -> None:
    page.open(MONTH, "en", f"#q=abc&file={quote(FIRST)}&reason=unknown_label")
    assert page.numbers() == [(FIRST, "100")]
    page.press("[data-go=clear]")
    assert len(page.rows()) == 8
    assert page.hash == {"lang": "en"}
    assert page.one("[name=q]").get_attribute("value") == ""


def test_filters_say_how_many_rows_each_choice_leaves(page: Page) -> None:
    page.open(MONTH, "zh")  # Chinese names stand in the order of their pinyin
    assert page.choices("file") == ["全部文件", f"{SECOND} (2)", f"{FIRST} (4)"]
    page.open(MONTH, "en")
    assert page.choices("reason") == [
        "All reasons", "duplicate (1)", "outside scale (1)", "superseded (1)", "unknown branch (1)",
        "unknown label (2)", "unreadable date (1)",
    ]  # fmt: skip
    page.choose("file", f"{SECOND} (2)")
    assert page.numbers() == [(SECOND, "3"), (SECOND, "4")]
    assert page.shown() == "2 of 6 rows shown | 2 of 8 faults"
    assert page.choices("reason") == ["All reasons", "duplicate (1)", "superseded (1)"]
    page.choose("reason", "superseded (1)")
    assert page.numbers() == [(SECOND, "4")]
    assert page.choices("file") == ["All files", f"{SECOND} (1)"]
    assert page.hash == {"lang": "en", "file": SECOND, "reason": "superseded"}


def test_a_count_leads_to_its_rows(page: Page) -> None:
    page.open(MONTH, "zh")
    page.press(f"a[href*='{quote(FIRST)}']")
    browser.waiting(page.driver).until(lambda _: len(page.rows()) == 6)
    assert {row[0] for row in page.rows()} == {FIRST}
    page.press("a[href*='reason=duplicate']")
    browser.waiting(page.driver).until(lambda _: page.numbers() == [(SECOND, "3")])
    browser.waiting(page.driver).until(lambda _: page.run("return document.activeElement.textContent") == "隔离明细")
    page.driver.back()
    browser.waiting(page.driver).until(lambda _: len(page.rows()) == 6)


def test_sorting_goes_up_then_down_then_back(page: Page) -> None:
    page.open(MONTH, "en")
    orders = []
    for _ in range(3):
        page.press(page.head("row"))
        orders.append(
            (
                [int(row) for _, row in page.numbers()],
                page.one("[data-table=quarantine] [data-column=row]").get_attribute("aria-sort"),
            )
        )
    assert orders == [
        ([2, 3, 4, 9, 9, 9, 10, 100], "ascending"),
        ([100, 10, 9, 9, 9, 4, 3, 2], "descending"),
        ([2, 9, 9, 9, 10, 100, 3, 4], "none"),
    ]
    page.press(page.head("value"))
    assert [row[3] for row in page.rows()] == sorted((row[3] for row in FAULTS), key=[
        "11", "12", "2025/13/40", "A-17", "A-18", "ＡＢＣ满意１２", "XX-999", "非常好",
    ].index)  # fmt: skip
    assert page.hash == {"lang": "en", "sort": "value"}


def test_sorting_starts_on_the_first_page_and_orders_all_rows(page: Page) -> None:
    page.open(many(3000), "en", "#page=4")
    page.press(page.head("row"))
    page.press(page.head("row"))
    assert page.hash == {"lang": "en", "sort": "row", "down": "1"}
    assert [int(row) for _, row in page.numbers()][:6] == [501] * 6


def test_other_tables_sort_and_page_on_their_own(page: Page) -> None:
    page.open(MONTH, "en")
    assert [row[:2] for row in page.rows("flags")] == [("BJ-002", "Beijing Chaoyang"), ("SH-001", "Shanghai Hongqiao")]
    assert page.rows("flags")[1] == ("SH-001", "Shanghai Hongqiao", "csi", "60", "5", "3", "2", "0", "1")
    page.press(page.head("branch", "flags"))
    page.press(page.head("branch", "flags"))
    assert [row[0] for row in page.rows("flags")] == ["SH-001", "BJ-002"]
    assert len(page.rows("changes")) == 20
    page.press("[data-table=changes] [data-go=last]")
    assert [row[1] for row in page.rows("changes")] == [f"B-{number}" for number in range(40, 45)]
    assert page.one("[data-table=changes] .where").text == "Page 3 of 3"
    assert page.rows("corrections") == [(FIRST, "12", "branch", "SH-001", "SH-010", "typed wrongly", "王经理")]
    assert len(page.rows()) == 8
    assert page.hash == {}


# ── many rows, the address, the keyboard ─────────────────────────────────────────────────


def test_pages_of_a_long_list(page: Page) -> None:
    page.open(many(30_000), "en")
    where, first = "[data-table=quarantine] .where", page.rows()
    assert (len(first), page.one(where).text) == (50, "Page 1 of 600")
    buttons = [page.one(f"[data-table=quarantine] [data-go={go}]") for go in ("first", "back", "next", "last")]
    assert [button.is_enabled() for button in buttons] == [False, False, True, True]
    page.press("[data-table=quarantine] [data-go=next]")
    assert page.one(where).text == "Page 2 of 600"
    assert not set(first) & set(page.rows())
    page.press("[data-table=quarantine] [data-go=last]")
    assert page.hash == {"lang": "en", "page": "600"}
    assert page.numbers()[-1] == ("csi_text_2025-10_5.csv", "5001")
    assert page.search("取值29999") == "1 of 30,000 rows shown"
    assert page.hash == {"lang": "en", "q": "取值29999"}
    assert not page.one("[data-table=quarantine] .pager").is_displayed()


def test_a_hundred_thousand_rows_stay_fast(page: Page) -> None:
    page.open(many(100_000), "zh")
    assert page.run("return document.querySelectorAll('tr').length") < 500
    took = []
    for hash in ("q=取值999", "sort=value", "sort=fix&down=1", "q=known&file=csi_text_2025-10_3.csv", "page=1999"):
        milliseconds = page.driver.execute_async_script(
            "const done = arguments[1], start = performance.now();"
            "addEventListener('hashchange', () => done(performance.now() - start), { once: true });"
            "location.hash = arguments[0]",
            f"#lang=zh&{hash}",
        )
        took.append(milliseconds)
    assert page.one("[data-table=quarantine] .where").text == "第 1,999 页，共 2,000 页"
    assert max(took) < 2000, took


def test_leaving_the_search_field_keeps_the_page(page: Page) -> None:
    page.open(many(3000), "en")
    page.search("取值")
    for number in (2, 3):
        page.press("[data-table=quarantine] [data-go=next]")
        assert page.one("[data-table=quarantine] .where").text.startswith(f"Page {number} of ")


def test_nothing_is_sought_while_chinese_is_being_typed(page: Page) -> None:
    page.open(MONTH, "zh")
    page.one("[name=q]").click()
    half = {"text": "liang", "selectionStart": 5, "selectionEnd": 5}
    page.driver.execute_cdp_cmd("Input.imeSetComposition", half)
    time.sleep(0.3)
    assert page.one("[name=q]").get_attribute("value") == "liang"
    assert len(page.rows()) == 8
    page.driver.execute_cdp_cmd("Input.insertText", {"text": "量程"})
    browser.waiting(page.driver).until(lambda _: len(page.rows()) == 2)
    assert page.hash == {"lang": "zh", "q": "量程"}


def test_the_address_holds_what_is_on_view(page: Page) -> None:
    page.open(many(3000), "zh", "#lang=en&q=取值&reason=duplicate&sort=row&down=1&page=2")
    assert page.one("h1").text == "Intake report"
    assert page.one("[name=q]").get_attribute("value") == "取值"
    assert Select(page.one("[name=reason]")).first_selected_option.text.startswith("duplicate (")
    assert page.one("[data-table=quarantine] [data-column=row]").get_attribute("aria-sort") == "descending"
    assert page.one("[data-table=quarantine] .where").text.startswith("Page 2 of ")
    assert {row[4] for row in page.rows()} == {"duplicate"}


@pytest.mark.parametrize(
    "hash", ["#lang=fr&file=gone.csv&reason=gone&sort=gone&page=-3", "#page=99999", "#%E0%A4%A", "#a=<img>", "#page=x"]
)
def test_an_address_that_means_nothing_shows_everything(page: Page, hash: str) -> None:
    page.open(MONTH, "en", hash)
    assert page.one("h1").text == "Intake report"
    assert len(page.rows()) == 8


def test_everything_can_be_done_from_the_keyboard(page: Page) -> None:
    page.open(many(200), "en")
    page.run("document.querySelector('main:not([hidden]) [name=q]').focus()")
    reached = []
    for _ in range(12):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(page.run(
            "const at = document.activeElement;"
            "if (getComputedStyle(at).outlineStyle === 'none') return 'no outline';"
            "return at.name || at.dataset.go || at.parentElement.dataset.column"
        ))  # fmt: skip
    heads = ["file", "row", "column", "value", "reason", "fix"]
    assert reached == ["file", "reason", "clear", *heads, "next", "last", "branch"]
    page.one(page.head("value")).send_keys(Keys.ENTER)
    assert page.one("[data-column=value]").get_attribute("aria-sort") == "ascending"
    page.one("[data-table=quarantine] [data-go=next]").send_keys(Keys.SPACE)
    assert page.hash == {"lang": "en", "sort": "value", "page": "2"}


# ── nothing leaves, nothing is run ───────────────────────────────────────────────────────

HOSTILE = (
    "</script><img src=x onerror=\"window.harm='1'\">",
    "</style><svg onload='window.harm=2'>&lt;b&gt; &amp; \"'`",
    "<!--<script>window.harm=3</script>{{ 7 * 7 }}{known}$&",
)


def hostile(text: str) -> Intake:
    """A month in which every text from outside is the same hostile one."""
    return replace(
        MONTH,
        programme=Names(zh=text, en=text),
        gate=text,
        files=(file(text, 400, 1), file("b.csv", 0, 0, same_as=text)),
        quarantine=faults([(text, 2, text, text, "unknown_label", text, False)]),
        flags=MONTH.flags.with_columns(
            pl.lit(text).alias(name) for name in ("branch", "name_zh", "name_en", "instrument")
        ),
        resent=MONTH.resent.with_columns(pl.lit(text).alias(name) for name in ("file", "earlier")),
        changes=MONTH.changes.with_columns(pl.lit(text).alias(name) for name in ("file", "respondent", "fields")),
        corrections=MONTH.corrections.with_columns(
            pl.lit(text).alias(name) for name in MONTH.corrections.columns if name != "row"
        ),
        waivers=MONTH.waivers.with_columns(
            pl.lit(text).alias(name) for name in ("source", "what", "reason", "by")
        ),
        notes=(text,),
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_text_from_files_stays_text(page: Page, text: str, language: str) -> None:
    page.open(hostile(text), language)
    assert page.run("return [window.harm, document.images.length, document.scripts.length]") == [None, 0, 2]
    assert page.rows()[0][:4] == (text, "2", text, text)
    assert page.rows()[0][5] == (
        FIXES["unknown_label"] if language == "en" else "映射中没有这个答案；已知的有：{known}。"
    ).replace("{known}", text)
    assert page.rows("corrections")[0][3] == text
    assert page.rows("changes")[0][1] == text
    assert page.one(".verdict .note").text == text
    assert page.texts(".notes li") == [text]
    assert page.one(".who").text == text
    page.press(".two a[href*='file=']")
    assert page.shown().startswith("显示 1 行中的 1 行" if language == "zh" else "1 of 1 rows shown")
    assert page.hash["file"] == text


def test_what_cannot_be_seen_is_printed_by_its_number(page: Page) -> None:
    assert visible("店\u202e号\u200b\x00") == "店⟨U+202E⟩号⟨U+200B⟩⟨U+0000⟩"
    assert visible("一\n二\t三") == "一↵二⇥三"
    page.open(hostile("店\u202e号\u2066甲\x07"), "zh")
    assert page.rows()[0][3] == "店⟨U+202E⟩号⟨U+2066⟩甲⟨U+0007⟩"
    assert not set("\u202e\u2066\x07") & set(page.path.read_text("utf-8"))


def test_the_policy_stops_what_is_not_the_page(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    asked = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    page = Page(chromium, tmp_path / "intake.html").open(MONTH, "zh")
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"
        refused = chromium.execute_async_script(
            "const [place, done] = arguments; const refused = [];"
            "addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));"
            "const add = (name, more) => document.body.append(Object.assign(document.createElement(name), more));"
            "add('img', { src: place + '/img' }); add('script', { src: place + '/script' });"
            "add('script', { textContent: 'window.harm = 1' }); add('iframe', { src: place + '/frame' });"
            "add('link', { rel: 'stylesheet', href: place + '/style' }); add('style', { textContent: 'body {}' });"
            "fetch(place + '/fetch').catch(() => {}); navigator.sendBeacon(place + '/beacon');"
            "setTimeout(() => done(refused), 500)",
            place,
        )
        server.shutdown()
    assert set(refused) == {"img-src", "script-src-elem", "frame-src", "style-src-elem", "connect-src"}
    assert asked == []
    assert page.run("return window.harm") is None
    assert browser.said(page.driver)


# ── how it looks ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_month_says_so_in_words(page: Page, language: str) -> None:
    page.open(EMPTY, language)
    assert page.texts(".empty") == {
        "zh": ["没有任何行被隔离。", "没有任何行被隔离。", "没有答卷被标记。",
               "没有重报的文件。", "没有更正。", "没有豁免。", "没有其他说明。"],
        "en": ["No row was quarantined.", "No row was quarantined.", "No response was flagged.",
               "No file was sent again.", "No answer was corrected.", "Nothing was waived.",
               "There is nothing else to note."],
    }[language]  # fmt: skip
    assert not page.all("form")
    page.open(replace(EMPTY, files=()), language)
    assert page.texts(".facts dd:nth-child(2)") == ["0", "0", "0"]


CONTRAST = """
const light = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3)
    .map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (one) => {
  for (let at = one; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!colour.endsWith(", 0)")) return colour;
  }
  return "rgb(255, 255, 255)";
};
const poor = [];
for (const one of document.querySelectorAll("main:not([hidden]) *")) {
  const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!words || one.disabled || !one.checkVisibility()) continue;
  const [front, back] = [light(getComputedStyle(one).color), light(behind(one))];
  const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  if (ratio < 4.5) poor.push([one.outerHTML.slice(0, 80), ratio]);
}
return poor;
"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_can_be_read_at_a_desk_and_on_a_phone(page: Page, width: int, language: str) -> None:
    long = replace(
        MONTH, files=(file("a-very-long-name-of-an-export-without-a-single-space-" * 3 + ".csv", 9, 1), *MONTH.files)
    )
    for intake in (long, EMPTY, hostile("n" * 300)):
        page.open(intake, language, width=width)
        assert page.run(CONTRAST) == []
        assert page.run("return document.documentElement.scrollWidth") <= width
    small = page.open(MONTH, language, width=width).run(
        "return [...document.querySelectorAll('main:not([hidden]) *')].filter(one => one.checkVisibility()"
        " && parseFloat(getComputedStyle(one).fontSize) < 12).length"
    )
    assert small == 0


def test_printed_it_has_the_answer_and_no_controls(page: Page) -> None:
    page.open(MONTH, "en")
    options = {"preferCSSPageSize": True, "printBackground": True}
    pdf = page.driver.execute_cdp_cmd("Page.printToPDF", options)["data"]
    sheets = pypdfium2.PdfDocument(base64.b64decode(pdf))
    text = " ".join(" ".join(one.get_textpage().get_text_bounded() for one in sheets).split())
    for there in ("This month may not be scored yet", "unreadable date", "Write the date", "opens in November"):
        assert there in text
    for absent in ("中文", "Clear", "All files", "Next"):
        assert absent not in text


# ── the file itself ──────────────────────────────────────────────────────────────────────


def test_every_reason_has_its_chinese_words() -> None:
    for reason, english in FIXES.items():
        for text in (english, reason.replace("_", " ")):
            assert text in texts("zh"), f"{text!r} has no Chinese in csi.po"
            assert texts("zh")[text].count("{known}") == text.count("{known}")


def test_a_reason_without_chinese_is_said_in_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FIXES, "brand_new", "Do as {known} says.")
    bad = faults([(FIRST, 2, "q1", "x", "brand_new", "the manual", False)])
    write_html(replace(MONTH, quarantine=bad), "zh", tmp_path / "intake.html")
    write_xlsx(replace(MONTH, quarantine=bad), "zh", tmp_path / "intake.xlsx")
    assert "brand new" in (tmp_path / "intake.html").read_text("utf-8")
    assert read(tmp_path / "intake.xlsx", "隔离").row(0)[4:6] == ("brand new", "Do as the manual says.")


def test_the_same_month_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for write, name in ((write_html, "intake.html"), (write_xlsx, "intake.xlsx")):
        write(MONTH, "zh", tmp_path / name)
        before = (tmp_path / name).read_bytes()
        with monkeypatch.context() as later:
            later.setattr(time, "time", lambda: 2_000_000_000.0)
            later.setenv("TZ", "America/New_York")
            (tmp_path / "elsewhere").mkdir(exist_ok=True)
            write(MONTH, "zh", tmp_path / "elsewhere" / name)
        assert (tmp_path / "elsewhere" / name).read_bytes() == before
        assert str(tmp_path).encode() not in before


def test_shares_are_rounded_half_away_from_zero() -> None:
    assert [percentage(*one) for one in ((1, 2000), (1, 3), (0, 0), (7, 7), (1, 1_000_000))] == [
        "0.1", "33.3", "0.0", "100.0", "0.0",
    ]  # fmt: skip


# ── the workbook ─────────────────────────────────────────────────────────────────────────


def read(path: Path, sheet: str) -> pl.DataFrame:
    return fastexcel.read_excel(path).load_sheet(sheet, dtypes="string").to_polars().fill_null("")


def whole(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    frame = read(path, sheet)
    return [tuple(frame.columns), *frame.rows()]


def test_the_workbook_holds_what_the_page_holds(tmp_path: Path) -> None:
    path = tmp_path / "intake.xlsx"
    write_xlsx(MONTH, "en", path)
    assert fastexcel.read_excel(path).sheet_names == [
        "Summary", "Files", "Reasons per file", "Quarantine", "Soft flags", "Re-sent files", "What changed",
        "Corrections", "Waivers",
    ]  # fmt: skip
    summary = fastexcel.read_excel(path).load_sheet("Summary", header_row=None, dtypes="string").to_polars()
    said = [tuple(one for one in row if one) for row in summary.iter_rows()]
    for line in (
        ("This month may not be scored yet",), (MONTH.gate,), ("Rows read", "760"), ("Accepted", "754"),
        ("Quarantined", "6"),
        ("unknown label", "2", "1", "Not an answer the mapping knows; known are …."),
        ("No key: contacts were dropped.",),
    ):  # fmt: skip
        assert line in said
    assert whole(path, "Files")[1] == (
        FIRST, "csi-text", "csi", "wjx", "GB18030", "400", "396", "4", "0", "", "0" * 64,
    )  # fmt: skip
    assert whole(path, "Reasons per file")[1:3] == [(FIRST, "unknown label", "2"), (FIRST, "outside scale", "1")]
    quarantine = whole(path, "Quarantine")
    assert quarantine[0] == ("File", "Row", "Column", "Value", "Reason", "What to do", "waived")
    assert len(quarantine) == 9
    fix = FIXES["unknown_branch"].removesuffix("{known}")
    assert quarantine[5] == (FIRST, "10", "门店", "XX-999", "unknown branch", fix, "waived")
    assert whole(path, "Soft flags")[1] == ("BJ-002", "Beijing Chaoyang", "csi", "41", "9", "0", "0", "9", "2")
    assert whole(path, "Re-sent files")[1] == (SECOND, FIRST, "290", "8", "2", "1")
    assert whole(path, "What changed")[1] == (SECOND, "B-00", "changed", "q1; q2")
    assert whole(path, "Corrections")[1] == (FIRST, "12", "branch", "SH-001", "SH-010", "typed wrongly", "王经理")
    assert whole(path, "Waivers")[1] == ("unknown branch", "csi-text", "XX-999", "opens in November", "李总", "1")


def test_the_chinese_workbook_and_its_empty_sheets(tmp_path: Path) -> None:
    path = tmp_path / "intake.xlsx"
    write_xlsx(EMPTY, "zh", path)
    assert fastexcel.read_excel(path).sheet_names[:4] == ["概况", "文件", "各文件的原因", "隔离"]
    assert read(path, "隔离").row(0)[0] == "没有任何行被隔离。"
    assert read(path, "豁免").row(0)[0] == "没有豁免。"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "http://example.com", "{=1}", "internal:A1", *HOSTILE]
)
def test_no_text_becomes_a_formula_or_a_link(tmp_path: Path, text: str) -> None:
    path = tmp_path / "intake.xlsx"
    write_xlsx(hostile(text), "zh", path)
    with ZipFile(path) as book:
        parts = {name: book.read(name).decode("utf-8") for name in book.namelist()}
    for part in parts.values():
        assert "<f>" not in part
        assert "<f " not in part
        assert "hyperlink" not in part
    assert read(path, "隔离").row(0)[:4] == (text, "2", text, text)


def test_heads_stay_in_view_and_can_be_filtered(tmp_path: Path) -> None:
    path = tmp_path / "intake.xlsx"
    write_xlsx(MONTH, "zh", path)
    with ZipFile(path) as book:
        sheets = [book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in range(2, 10)]
        core = book.read("docProps/core.xml").decode()
    for sheet in sheets:
        assert 'state="frozen"' in sheet
        assert "<autoFilter" in sheet
    assert '<autoFilter ref="A1:G9"/>' in sheets[2]
    assert "2025-11-11T00:00:00Z" in core


def test_what_a_sheet_cannot_hold_goes_on_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert intake_sheets.SHEET_ROWS == 2**20 - 1
    path = tmp_path / "intake.xlsx"
    for most, sizes in ((3, [3, 3, 2]), (4, [4, 4]), (8, [8])):
        monkeypatch.setattr(intake_sheets, "SHEET_ROWS", most)
        write_xlsx(MONTH, "en", path)
        names = [name for name in fastexcel.read_excel(path).sheet_names if name.startswith("Quarantine")]
        assert names == ["Quarantine", "Quarantine (2)", "Quarantine (3)"][: len(sizes)]
        assert [read(path, name).height for name in names] == sizes
        rows = [row[:2] for name in names for row in read(path, name).rows()]
        assert rows == [(name, str(row)) for name, row, *_ in FAULTS]


def test_a_cell_holds_no_more_than_a_cell_may(tmp_path: Path) -> None:
    write_xlsx(
        replace(MONTH, quarantine=faults([(FIRST, 2, "q", "长" * 40_000, "ragged_row", None, False)])),
        "zh",
        tmp_path / "a.xlsx",
    )
    value = read(tmp_path / "a.xlsx", "隔离").row(0)[3]
    assert (len(value), value[-1]) == (32_767, "…")


def test_what_would_have_been_right_is_said_in_the_language() -> None:
    for known, chinese in (
        ("a, b.csv, row 12", "a, b.csv 第 12 行"), ("1 to 10", "1 ~ 10"), ("-2 to 2", "-2 ~ 2"),
        ("from 2025-01-01", "自 2025-01-01 起"), ("from 2025-01-01 to 2025-10-09", "自 2025-01-01 至 2025-10-09"),
        (times.told("iso"), "ISO 8601 格式，如 2025-10-31T21:45:58+08:00"),
        (times.told("excel"), "Excel 日期序列号，如 45961.5"),
        ("满意, 不满意", "满意, 不满意"), (times.told("%Y/%m/%d"), "2025/10/31 (%Y/%m/%d)"),
    ):  # fmt: skip
        assert right(known, "en") == known
        assert right(known, "zh") == chinese
