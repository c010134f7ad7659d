"""The site as a person uses it: opened from disk in a headless Chromium, with nobody to ask on any network."""

import base64
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import browser
import pypdfium2
import pytest
import site_month
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select
from site_month import Made

from pipeline.page import heat
from pipeline.settings import Names
from pipeline.website import assets, data, months

CSI = "china_csi_2005"
NAMES = Names(zh="满意度调查", en="Survey")


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two published months: sixty branches in the newer, twenty of them in the older."""
    folder = tmp_path_factory.mktemp("out")
    site_month.make(folder, 20, "2025-09")
    site_month.make(folder, 60, "2025-10")
    return folder


@pytest.fixture(scope="module")
def made(output: Path) -> Made:
    branches = tuple(f"B-{place:04}" for place in range(60))
    return Made(output / "2025-10", site_month.tables(site_month.instrument.load(_programme()), 60), branches)


def _programme() -> Any:
    return site_month.programme.load(site_month.DEALERS)


# ── a browser ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with browser.chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


class Visit:
    """A site in the browser."""

    def __init__(self, driver: webdriver.Chrome, site: Path) -> None:
        self.driver = driver
        self.site = site

    def open(self, page: str = "index.html", hash: str = "", width: int = 1280) -> "Visit":
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        self.driver.get("about:blank")
        self.driver.get(f"{(self.site / page).as_uri()}{hash}")
        self.arrive(f"{self.site.parent.name}/site/{page}")
        return self

    def arrive(self, page: str) -> None:
        """Waits until the visit has come to a page and its scripts have run."""
        here = "return document.readyState === 'complete' && decodeURIComponent(location.pathname)"
        path = (self.site.parent.parent / page).as_posix()
        browser.waiting(self.driver, 20).until(lambda _: self.run(here) == path)

    @property
    def hash(self) -> dict[str, str]:
        return dict(self.run("return [...new URLSearchParams(location.hash.slice(1))]"))

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def all(self, css: str) -> list[Any]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css: str) -> Any:
        (found,) = self.all(css)
        return found

    def texts(self, css: str) -> list[str]:
        return list(
            self.run("return [...document.querySelectorAll(arguments[0])].map(one => one.innerText.trim())", css)
        )

    def codes(self) -> list[str]:
        """The branches on view in the table, in order."""
        return list(self.run("return [...document.querySelectorAll('#table tbody tr')].map(one => one.id.slice(4))"))

    def cells(self, branch: str) -> list[str]:
        texts = self.texts(f"#row-{branch} td")
        return [" ".join(text.split()) for text in texts]

    def shown(self) -> str:
        return str(self.one(".dt-info").text)

    def search(self, text: str) -> str:
        field = self.one("[name=q]")
        field.clear()
        field.send_keys(text)
        browser.waiting(self.driver, 20).until(lambda _: self.hash.get("q", "") == text.strip())
        return self.shown()

    def choose(self, name: str, value: str) -> str:
        Select(self.one(f"[name={name}]")).select_by_value(value)
        return self.shown()

    def until(self, css: str, count: int) -> None:
        browser.waiting(self.driver, 20).until(lambda _: len(self.all(css)) == count)


@pytest.fixture
def visit(chromium: webdriver.Chrome, made: Made) -> Iterator[Visit]:
    """Nothing may be said in the console and nothing asked for but files of the output, whatever is done."""
    one = Visit(chromium, made.site)
    browser.said(chromium)
    browser.requests(chromium)
    yield one
    assert browser.said(chromium) == []
    outside = {url for url in browser.requests(chromium) if not url.startswith(made.folder.parent.as_uri())}
    assert outside == set()


# ── the league table ─────────────────────────────────────────────────────────────────────


def test_the_league_table_prints_the_published_figures(visit: Visit, made: Made) -> None:
    visit.open("en/index.html")
    ranked = sorted(
        (row["rank"], key[3])
        for key, row in made.tables.scores.items()
        if key[:2] == ("2025-10", CSI) and row["rank"] is not None
    )
    assert visit.codes()[: len(ranked)] == [branch for _, branch in ranked]
    row = made.tables.scores["2025-10", CSI, "branch", "B-0001", "index", "mean", "month"]
    changes = [made.tables.comparisons[CSI, "branch", "B-0001", "index", "month", one]["printed_difference"]
               for one in ("last_month", "last_year", "network")]  # fmt: skip
    assert visit.cells("B-0001") == [
        "",
        f"{row['rank']} {row['rank_low']}–{row['rank_high']}",
        "Wuhan Chuxiang B-0001 · East China",
        f"{row['printed']} {row['printed_low']}–{row['printed_high']}",
        "",
        "40",
        "",
        f"▽ −{abs(changes[0])} no clear change",
        f"△ +{changes[1]} no clear change",
        f"△ +{changes[2]} no clear gap",
    ]


def test_what_may_not_be_shown_looks_different_and_says_why(visit: Visit) -> None:
    visit.open("index.html")
    frames = set()
    for state, branch, said in (
        ("caution", "B-0010", "样本量偏小"), ("partial", "B-0012", "指数不完整"), ("withheld", "B-0016", "不予公布"),
        ("none", "B-0059", "无数据"),
    ):  # fmt: skip
        visit.choose("state", state)
        assert branch in visit.codes()
        cells = visit.cells(branch)
        assert (cells[1], cells[6]) == ("—", said)
        assert (cells[3] == "") == (state in ("withheld", "none"))
        style = (
            "const s = getComputedStyle(arguments[0]); return s.borderTopStyle + s.borderTopColor + s.backgroundImage"
        )
        frames.add(visit.run(style, visit.one(f"#row-{branch} .state")))
    assert len(frames) == 4
    explained = " ".join(visit.texts("#league .key"))
    for words in ("不参与排名", "样本量不足 10 份", "推算得出"):
        assert words in explained


def test_it_is_sorted_by_any_column_with_absent_figures_last(visit: Visit) -> None:
    visit.open("index.html")
    visit.choose("region", "EAST")
    codes = visit.codes()
    assert visit.one("[data-name=rank]").get_attribute("aria-sort") == "ascending"
    visit.one("[data-name=index] .dt-column-order").send_keys(Keys.ENTER)
    assert visit.one("[data-name=index]").get_attribute("aria-sort") == "descending"
    absent = {"B-0016", "B-0050"}
    values = [visit.cells(code)[3] for code in visit.codes() if code not in absent]
    assert values == sorted(values, reverse=True)
    assert set(visit.codes()[-1:]) <= absent
    visit.one("[data-name=index] .dt-column-order").send_keys(Keys.ENTER)
    values = [visit.cells(code)[3] for code in visit.codes() if code not in absent]
    assert values == sorted(values)
    assert set(visit.codes()[-1:]) <= absent
    assert visit.hash == {"region": "EAST", "sort": "index"}
    visit.one("[data-name=branch] .dt-column-order").click()
    assert set(visit.codes()) == set(codes)
    assert visit.one("[data-name=branch]").get_attribute("aria-sort") == "ascending"


FOUND = {
    "虹桥": {"B-0000"},
    "hongqiao": {"B-0000"},
    "ＷＵＨＡＮ": {"B-0001"},  # full width
    "b-0007": {"B-0007"},
    "华东 number 16": {"B-0016"},  # in both languages at once
    "</script>": {"B-0002"},
    "no such branch": set(),
}


@pytest.mark.parametrize("page", ["index.html", "en/index.html"])
def test_branches_are_found_by_either_name(visit: Visit, page: str) -> None:
    visit.open(page)
    for text, found in FOUND.items():
        visit.search(text)
        assert set(visit.codes()) - {""} == found, text


def test_filters_narrow_and_are_cleared(visit: Visit) -> None:
    visit.open("en/index.html")
    assert visit.shown() == "60 of 60 branches"
    assert visit.choose("region", "EAST") == "12 of 60 branches"
    assert visit.choose("division", "CV") == "6 of 60 branches"
    visit.choose("state", "ranked")
    assert visit.hash == {"region": "EAST", "division": "CV", "state": "ranked"}
    visit.one("[name=clear]").click()
    assert visit.shown() == "60 of 60 branches"
    assert visit.run("return document.activeElement.name") == "q"
    visit.choose("change", "better")
    assert visit.codes()
    assert {visit.cells(code)[7].rpartition("clearly up")[1] for code in visit.codes()} == {"clearly up"}


def test_what_is_on_view_stands_in_the_address(visit: Visit) -> None:
    visit.open("index.html", "#q=%E5%BA%97&sort=index&down=1&page=2")
    assert visit.one("[name=q]").get_attribute("value") == "店"
    assert visit.one("[data-name=index]").get_attribute("aria-sort") == "descending"
    assert visit.one(".dt-paging-button.current").text == "2"
    before = visit.codes()
    visit.one(f"#row-{before[0]} a.name").click()
    visit.arrive(f"2025-10/site/branch/{before[0]}.html")
    visit.driver.back()
    visit.until(f"#row-{before[0]}", 1)
    assert visit.codes() == before


def test_a_hostile_name_is_only_text(visit: Visit, made: Made) -> None:
    zh, en = (re.sub("[\u2028\u202e]", "", one) for one in site_month.HOSTILE)
    assert zh in visit.open("index.html").texts("#row-B-0002 .name")
    assert visit.open("branch/B-0002.html").texts("h1")[0].startswith(zh)
    assert visit.open("en/branch/B-0002.html").texts("h1")[0].startswith(en)
    visit.open("compare.html", "#with=B-0002,B-0001")
    visit.until(".beside thead th", 2)
    assert visit.texts(".beside thead a")[0] == zh
    assert visit.run("return document.querySelectorAll('img').length") == 0
    text = (made.site / "data" / f"{CSI}.js").read_text("utf-8")
    assert not set(text) & {"<", "\u2028"}
    assert "</script>" in json.loads(text.removeprefix("csi.league(").removesuffix(");\n"))["rows"][2][1][0]


# ── other pages ──────────────────────────────────────────────────────────────────────────


def test_a_branch_has_a_page_with_its_figures_and_its_pdf(visit: Visit, made: Made) -> None:
    visit.open("index.html").one("#row-B-0000 a.name").click()
    visit.arrive("2025-10/site/branch/B-0000.html")
    row = made.tables.scores["2025-10", CSI, "branch", "B-0000", "index", "mean", "month"]
    assert visit.texts(".big")[0] == str(row["printed"])
    assert visit.texts(".under b")[0] == f"{row['printed_low']}–{row['printed_high']}"
    link = visit.one("a[href$='.pdf']")
    assert link.text == "成绩单（PDF）"
    assert link.get_attribute("href") == (made.folder / "scorecards" / "B-0000.pdf").as_uri()
    target = made.tables.comparisons[CSI, "branch", "B-0000", "index", "month", "target"]
    lines = [" ".join(line.split()) for line in visit.texts(".instrument:first-of-type .against tbody tr")]
    assert any(line.startswith("目标") and str(target["printed_reference"]) in line for line in lines)
    visit.open("en/branch/B-0000.html")
    assert visit.texts("a[href$='.pdf']") == ["Scorecard in Chinese (PDF)"]
    assert visit.open("en/branch/B-0001.html").texts(".actions .why") == ["No PDF of this branch was printed."]


@pytest.mark.parametrize(
    ("branch", "sentence"),
    [
        ("B-0016", "Fewer than 10 responses: the index is withheld."),
        ("B-0010", "Small base (under 30 responses): read with caution; not ranked."),
        ("B-0012", "Partial index, not ranked: figures are missing for"),
        ("B-0059", "No valid responses this month."),
    ],
)
def test_a_branch_page_says_why_a_figure_is_not_plain(visit: Visit, branch: str, sentence: str) -> None:
    visit.open(f"en/branch/{branch}.html")
    assert sentence in visit.texts(".headline .why")[0]
    absent = branch in ("B-0016", "B-0059")
    assert visit.texts(".headline .facts div:nth-child(3) dd")[:2] == ["—", "not ranked"]
    assert (not visit.all(".instrument:first-of-type .bullet .dot")) == absent
    assert (visit.texts(".big")[0] in ("withheld", "no data")) == absent


def test_branches_are_set_side_by_side(visit: Visit, made: Made) -> None:
    visit.open("en/index.html")
    for branch in ("B-0000", "B-0001"):
        visit.one(f"#row-{branch} input").click()
    assert visit.one(".picked").text == "2 selected (up to 4)"
    visit.one(".tray a").click()
    visit.arrive("2025-10/site/en/compare.html")
    visit.until(".beside thead th", 2)
    assert visit.hash == {"with": "B-0000,B-0001"}
    visit.one("[name=branch]").send_keys("第16店", Keys.ENTER)  # a Chinese name, on the English page
    visit.until(".beside thead th", 3)
    assert visit.texts(".beside thead a") == ["Shanghai Hongqiao", "Wuhan Chuxiang", "Branch number 16"]
    index = [made.tables.scores["2025-10", CSI, "branch", one, "index", "mean", "month"]["printed"]
             for one in ("B-0000", "B-0001")]  # fmt: skip
    assert visit.texts(".beside tbody tr:first-child b") == [str(one) for one in index]
    assert visit.texts(".beside tbody tr:first-child .state") == ["withheld"]
    ink = "rgb({}, {}, {})".format(*(int(COLOURS["ink"][place : place + 2], 16) for place in (1, 3, 5)))
    assert visit.run("return getComputedStyle(document.querySelector('td.h small')).color") == ink
    assert len(visit.all(".beside-trend .line")) == 3
    visit.one("[name=branch]").send_keys("nobody", Keys.ENTER)
    assert visit.one(".said").text == "No branch fits “nobody”."
    visit.one("[data-id=B-0000]").click()
    visit.until(".beside thead th", 2)
    assert visit.hash == {"with": "B-0001,B-0016"}
    visit.open("compare.html", "#with=B-0000,B-0001,B-0003,B-0004,B-0005")
    visit.until(".beside thead th", 4)
    visit.one("[name=branch]").send_keys("B-0006", Keys.ENTER)
    assert visit.one(".said").text == "最多对比四家门店，请先移除一家。"


def test_four_branches_are_picked_at_most(visit: Visit) -> None:
    visit.open("index.html")
    for branch in visit.codes()[:4]:
        visit.one(f"#row-{branch} input").send_keys(Keys.SPACE)
    assert {one.is_enabled() for one in visit.all("#table input:not(:checked)")} == {False}
    visit.one(".tray button").click()
    assert visit.all("#table input:checked") == []
    assert not visit.one(".tray").is_displayed()


def test_regions_lead_to_their_branches(visit: Visit, made: Made) -> None:
    visit.open("en/regions.html")
    row = made.tables.scores["2025-10", CSI, "region", "WEST", "advisor", "mean", "month"]
    assert str(row["printed"]) in visit.texts(".heat tbody tr:last-child td")
    next(one for one in visit.all(".units tbody a") if one.text == "West China").click()
    visit.until("#table tbody tr", 12)
    assert visit.hash == {"region": "WEST"}


def test_branches_are_sorted_by_a_factor(visit: Visit) -> None:
    visit.open("en/factors.html")
    visit.search("branch number 2")
    visit.one("[data-name=factor-1] .dt-column-order").click()
    assert visit.one("[data-name=factor-1]").get_attribute("aria-sort") == "descending"
    values = [visit.cells(code)[4] for code in visit.codes()]
    known = [float(one) for one in values if one != "—"]
    assert known == sorted(known, reverse=True)
    assert values[: len(known)] == [f"{one:.1f}" for one in known]


def test_another_instrument_has_its_own_pages(visit: Visit, made: Made) -> None:
    visit.open("index.html", "#q=%E8%99%B9%E6%A1%A5").all(".surveys a")[1].click()
    visit.arrive("2025-10/site/index-dealer_satisfaction.html")
    row = made.tables.scores["2025-10", "dealer_satisfaction", "branch", "B-0000", "index", "mean", "month"]
    assert visit.codes() == ["B-0000"]
    assert visit.cells("B-0000")[3].startswith(str(row["printed"]))


# ── languages and months ─────────────────────────────────────────────────────────────────


def test_the_language_switch_keeps_the_page_and_what_is_on_view(visit: Visit) -> None:
    visit.open("factors.html", "#q=hongqiao")
    assert visit.run("return document.documentElement.lang") == "zh-CN"
    visit.one(".languages a[hreflang=en]").click()
    visit.arrive("2025-10/site/en/factors.html")
    assert visit.run("return document.documentElement.lang") == "en"
    assert visit.driver.title.startswith("Factors: China Customer Satisfaction Index (CSI)")
    assert visit.hash["q"] == "hongqiao"
    assert visit.texts("#table .name") == ["Shanghai Hongqiao"]
    visit.one(".languages a[hreflang=zh-CN]").click()
    visit.arrive("2025-10/site/factors.html")
    assert visit.texts("#table .name") == ["上海虹桥店"]


def test_the_months_are_reached_from_every_page(visit: Visit) -> None:
    visit.open("en/branch/B-0001.html").one(".months summary").send_keys(Keys.ENTER)
    assert visit.texts(".months li") == ["Oct 2025", "Sep 2025"]
    assert visit.one(".months [aria-current]").text == "Oct 2025"
    assert not visit.one(".months .remark").is_displayed()
    visit.all(".months a")[1].click()
    visit.arrive("2025-09/site/en/branch/B-0001.html")
    visit.open("branch/B-0055.html").one(".months summary").click()  # not there in September
    assert visit.one(".months .remark").is_displayed()
    visit.one(".months .else").click()
    visit.arrive("2025-09/site/index.html")
    visit.one(".months summary").click()
    visit.run("document.querySelector('.months a').focus()")
    visit.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert visit.run("return document.activeElement.tagName") == "SUMMARY"


def test_the_list_of_months_is_what_the_folders_say(tmp_path: Path) -> None:
    for name in ("2025-09", "2025-10", "2025-11", "check", "score"):
        (tmp_path / name).mkdir()
    for name in ("2025-09", "2025-10"):
        (tmp_path / name / "site" / "branch").mkdir(parents=True)
        (tmp_path / name / "site" / "index.html").touch()
    (tmp_path / "2025-10" / "site" / "branch" / "A.html").touch()
    months.write(tmp_path, NAMES, ("zh", "en"))
    assert (tmp_path / "months.js").read_text("utf-8") == (
        'csi.months([{"period":"2025-09","without":["branch/A.html"]},{"period":"2025-10","without":[]}]);\n'
    )
    page = (tmp_path / "index.html").read_text("utf-8")
    assert re.findall(r'href="([^"]+index.html)"', page) == ["2025-10/site/index.html", "2025-09/site/index.html"]
    (tmp_path / "2025-10" / "site" / "index.html").unlink()
    months.write(tmp_path, NAMES, ("zh", "en"))
    assert "2025-10" not in (tmp_path / "months.js").read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["index.html", "months.js"]


# ── closed to the outside ────────────────────────────────────────────────────────────────


class Links(HTMLParser):
    """Every address in a page; and whatever a strict policy forbids."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.forbidden: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [value for name, value in attrs if name in ("href", "src", "srcset", "action") and value]
        if tag == "style" or "style" in given or any(name.startswith("on") for name in given):
            self.forbidden.append(f"{tag} {given}")
        if tag == "script" and not given.get("src") and given.get("type") != "application/json":
            self.forbidden.append("inline script")


def test_every_link_leads_to_a_file_and_nothing_is_inline(output: Path) -> None:
    pages = sorted(output.rglob("*.html"))
    assert len(pages) == 1 + 2 * (8 + 20) + 2 * (8 + 60)
    for page in pages:
        links = Links(page)
        assert links.forbidden == [], page
        for link in links.found:
            path = unquote(link.partition("#")[0])
            assert not path or (page.parent / path).is_file(), f"{page}: {link}"


def test_no_page_names_a_host(made: Made) -> None:
    own = [*made.site.rglob("*.html"), *(made.site / "assets" / name for name in assets.OWN)]
    for path in own:
        text = path.read_text("utf-8").replace('"http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|//[a-z]+\.|eval\(|new Function|innerHTML", text), path


def test_the_policy_lets_nothing_in_or_out(chromium: webdriver.Chrome, made: Made) -> None:
    visit = Visit(chromium, made.site).open("index.html")
    refused = chromium.execute_async_script(
        "const done = arguments[0], refused = [];"
        "document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));"
        "const add = (name, more) => document.body.append(Object.assign(document.createElement(name), more));"
        "const place = 'http://127.0.0.1:9';"
        "add('img', { src: place + '/img' }); add('script', { src: place + '/script' });"
        "add('script', { textContent: 'window.harm = 1' }); add('iframe', { src: place + '/frame' });"
        "add('style', { textContent: 'body {}' }); fetch(place + '/fetch').catch(() => {});"
        "setTimeout(() => done(refused), 200)"
    )
    assert set(refused) == {"img-src", "script-src-elem", "frame-src", "style-src-elem", "connect-src"}
    assert visit.run("return window.harm") is None
    assert len(browser.said(chromium)) >= len(refused)


def test_data_cannot_leave_its_script_element() -> None:
    text = data.text({"a": "</script><!--&\u2028\u2029", "b": [None, 1]})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"a": "</script><!--&", "b": [None, 1]}  # line separators do not show


def test_datatables_in_another_form_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "dt_bundle.js").write_text("module.exports = {}", encoding="utf-8")
    monkeypatch.setattr(assets, "_package", lambda: tmp_path)
    with pytest.raises(RuntimeError, match="another form"):
        assets.datatables()


def test_the_licences_are_there(made: Made) -> None:
    text = (made.site / "assets" / "LICENSES.txt").read_text("utf-8")
    for there in ("SpryMedia", "OpenJS Foundation", "Permission is hereby granted, free of charge", "Marc Wouts"):
        assert there in text
    assert "SpryMedia Ltd" in (made.site / "assets" / "datatables.js").read_text("utf-8")


def test_the_same_month_gives_the_same_bytes(made: Made, tmp_path: Path) -> None:
    again = site_month.make(tmp_path, 60)
    files = sorted(path.relative_to(made.site) for path in made.site.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again.site) for path in again.site.rglob("*") if path.is_file())
    assert all((made.site / path).read_bytes() == (again.site / path).read_bytes() for path in files)


def test_a_page_stays_small(made: Made) -> None:
    """With n branches a page holds what it holds with sixty; the league's data grows by so much a branch."""
    assert max(path.stat().st_size for path in made.site.rglob("*.html")) < 60_000
    assert (made.site / "data" / f"{CSI}.js").stat().st_size < 300 * len(made.branches)


# ── how it looks ─────────────────────────────────────────────────────────────────────────

COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", (assets.TEMPLATES / "site.css").read_text("utf-8")))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: (lighter + 0.05) : (darker + 0.05), by relative luminance."""

    def luminance(name: str) -> float:
        parts = [int(COLOURS[name][place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("text", ["ink", "grey", "blue", "orange-text"])
def test_text_has_contrast(text: str) -> None:
    grounds = ["paper", "wash"] if text != "ink" else [
        "paper", "wash", "blue-wash", "blue-pale", "blue-deep", "orange-wash", "orange-pale", "orange-deep", "hair",
    ]  # fmt: skip
    assert {ground: contrast(text, ground) for ground in grounds if contrast(text, ground) < 4.5} == {}


@pytest.mark.parametrize("line", ["blue", "blue-mid", "orange", "ink", "grey", "rule"])
def test_lines_and_marks_have_contrast(line: str) -> None:
    assert contrast(line, "paper") >= 3


@pytest.mark.parametrize(
    "page",
    ["index.html", "regions.html", "factors.html", "compare.html#with=B-0000,B-0002,B-0016", "branch/B-0010.html"],
)
@pytest.mark.parametrize("language", ["", "en/"])
def test_it_fits_a_telephone_and_every_text_is_legible(visit: Visit, page: str, language: str) -> None:
    path, _, hash = page.partition("#")
    visit.open(f"{language}{path}", f"#{hash}" if hash else "", width=390)
    assert visit.run("return document.documentElement.scrollWidth") == 390
    small = visit.run(
        "return [...document.querySelectorAll('body *')].filter(one => one.checkVisibility() && !one.closest('svg')"
        " && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())"
        " && parseFloat(getComputedStyle(one).fontSize) < 11).map(one => one.outerHTML.slice(0, 80))"
    )
    assert small == []


def test_everything_is_reached_with_the_keyboard(visit: Visit) -> None:
    visit.open("en/index.html")
    seen = []
    for _ in range(30):
        visit.driver.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(
            visit.run(
                "const one = document.activeElement, style = getComputedStyle(one);"
                "return [one.name || one.getAttribute('aria-label') || one.textContent.trim(), style.outlineStyle]"
            )
        )
    reached = [" ".join(name.split()) for name, _ in seen]
    for name in ("Skip to the content", "Month October 2025", "中文", "Regions", "q", "region", "clear",
                 "Branch: sort by this column"):  # fmt: skip
        assert name in reached, reached
    assert {outline for _, outline in seen} == {"solid"}


def test_skipping_leads_to_the_content(visit: Visit) -> None:
    visit.open("en/branch/B-0000.html").driver.switch_to.active_element.send_keys(Keys.TAB, Keys.ENTER)
    assert visit.run("return document.activeElement.id") == "main"


def test_tables_and_charts_have_names(visit: Visit) -> None:
    for page in ("index.html", "regions.html", "factors.html", "branch/B-0000.html"):
        visit.open(page)
        assert visit.run("return document.querySelectorAll('thead th:not([scope])').length") == 0
        unnamed = "return [...document.querySelectorAll('svg')].filter(one => !one.ariaLabel && !one.ariaHidden).length"
        assert visit.run(unnamed) == 0
        assert visit.run("return document.querySelectorAll('h1').length") == 1


def test_printed_it_has_every_branch_and_no_controls(visit: Visit) -> None:
    visit.open("en/index.html")
    options = {"preferCSSPageSize": True, "printBackground": True}
    pdf = visit.driver.execute_cdp_cmd("Page.printToPDF", options)["data"]
    text = " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(base64.b64decode(pdf)))
    for branch in (f"B-{place:04}" for place in range(60)):
        assert branch in text
    for absent in ("中文", "Clear", "Compare", "Next", "Regions"):
        assert absent not in text


def test_scripts_draw_as_the_pages_do(visit: Visit) -> None:
    visit.open("index.html")
    values = [(value / 10, 1000) for value in range(7000, 9000, 37)] + [
        (value / 10, 100) for value in range(700, 900, 3)
    ]
    drawn = visit.run(
        "return arguments[0].map(([value, points]) => csi.heat(value.toFixed(1), (points * 0.8).toFixed(1), points))",
        values,
    )
    decimal = site_month.Decimal
    assert drawn == [heat(decimal(str(value)), decimal(str(points * 0.8)), points) for value, points in values]
    assert visit.run("return ['3.2', '-1.0', '0.0', '-0.0'].map(csi.signed)") == ["+3.2", "−1.0", "0.0", "0.0"]
