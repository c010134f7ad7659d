"""Pages: what they print, what they refuse, and that they are the same bytes everywhere."""

import ctypes
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError

from pipeline import fonts, readback
from pipeline.catalogue import REPORTS, TextMissing, translator
from pipeline.detail import Detail
from pipeline.evidence import Evidence
from pipeline.faults import FIXES
from pipeline.network_view import League, LeagueLine, NetworkReport
from pipeline.page import heat, page, signed
from pipeline.read_places import in_places
from pipeline.render import Assets, Job, Renderer, RenderError, Result, render_all
from pipeline.view import Comparison, Figure, IndexBlock, Scorecard
from tests import sample_views as views

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh", "en")
LARGEST = 102_400
"""Bytes of a scorecard of one instrument, which is two pages."""


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(fonts.find())


def network(language: str) -> NetworkReport:
    """Of all branches in Chinese; of few in English, where nothing but the words differs."""
    return views.network(language, 60 if language == "zh" else 8)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Every kind of page in both languages, through the pool."""
    folder = tmp_path_factory.mktemp("pages")
    pages: dict[str, Scorecard | NetworkReport] = {}
    for language in LANGUAGES:
        pages |= {f"{kind}-{language}": views.scorecard(kind, language) for kind in views.KINDS}
        pages[f"network-{language}"] = network(language)
    jobs = [Job(name, view, folder / f"{name}.pdf") for name, view in pages.items()]
    results = {result.id: result for result in render_all(jobs, 2, fonts.find())}
    assert results.keys() == pages.keys()
    return results


def runs_of(data: Path | bytes) -> Iterator[tuple[str, str]]:
    """(text, font) of every run of text, in the order it is drawn."""
    for one in pdfium.PdfDocument(data):
        letters = one.get_textpage()
        for run in one.get_objects([pdfium.raw.FPDF_PAGEOBJ_TEXT]):
            text = (ctypes.c_ushort * 2000)()
            length = pdfium.raw.FPDFTextObj_GetText(run.raw, letters.raw, text, 2000)
            name = ctypes.create_string_buffer(100)
            pdfium.raw.FPDFFont_GetBaseFontName(pdfium.raw.FPDFTextObj_GetFont(run.raw), name, 100)
            yield bytes(text)[: length - 2].decode("utf-16-le"), name.value.decode()


def text_of(data: Path | bytes) -> str:
    return "\n".join(text for text, _ in runs_of(data))


def numbers(*values: object) -> list[str]:
    return [str(value).replace("-", "−") for value in values if value is not None]


def of_figure(figure: Figure) -> list[str]:
    return numbers(figure.n, figure.estimate, figure.low, figure.high)


def of_comparison(comparison: Comparison) -> list[str]:
    differences = (comparison.difference, comparison.low, comparison.high)
    return [signed(value) for value in differences if value is not None]


def of_block(block: IndexBlock) -> Iterator[str]:
    yield from of_figure(block.headline)
    yield from numbers(block.response_rate, block.rank)
    for comparison in (block.on_month, block.on_year, block.on_region, block.on_network):
        yield from numbers(comparison.reference, comparison.q)
        yield from of_comparison(comparison)
    for line in block.factors:
        yield from numbers(line.weight, line.region.estimate, line.region.n, line.network.estimate, line.network.n)
        yield from of_figure(line.figure)
        yield from of_comparison(line.on_month)
        differences = (line.contribution, line.on_network.difference)
        yield from (signed(value) for value in differences if value is not None)
    for part in block.parts:
        yield from of_figure(part.figure)
    for point in block.trend:
        yield from numbers(point.month.n, point.month.estimate)
    yield from of_detail(block.detail)


def of_detail(detail: Detail) -> Iterator[str]:
    for one in detail.standings:
        yield from numbers(one.rank, one.ranked, one.rank_low, one.rank_high)
    for aim in detail.aims:
        yield from numbers(aim.gap.reference, aim.gap.q, aim.chance)
        yield from of_comparison(aim.gap)
    for item in detail.items:
        if item.figure.estimate is not None:
            yield from numbers(item.top, item.bottom)
            yield from of_figure(item.figure)
    for theme in detail.verbatims.themes:
        yield from numbers(theme.comments, *(quote.copies for quote in theme.quotes if quote.copies > 1))
    it = detail.integrity
    yield from numbers(it.accepted, it.quarantined, *(rows for _, rows in it.reasons))
    for count in (it.flagged, *it.flags) if it.flags else ():
        yield from numbers(count.n, count.percent, count.network)
    yield from numbers(*((it.index, it.without, it.without_n) if it.without is not None else ()))
    for line in detail.plan.lines:
        yield from numbers(line.before, line.now)


def of_line(line: LeagueLine) -> Iterator[str]:
    yield from of_figure(line.figure)
    yield from numbers(line.rank, line.response_rate, *(cell.estimate for cell in line.factors))
    for comparison in (line.on_month, line.on_year, line.on_network):
        yield from of_comparison(replace(comparison, low=None, high=None))


def of_blocks(league: League) -> Iterator[str]:
    """The blocks beside the league tables."""
    for line in league.heat:
        for figure, gap in line.cells:
            yield from of_figure(figure)
            yield from of_comparison(replace(gap, reference=None, low=None, high=None))
    if league.funnel:
        yield from numbers(
            league.funnel.centre, league.funnel.reliability, league.funnel.left_out, league.funnel.hidden
        )
        for point in league.funnel.outside:
            yield from of_figure(point.figure)
            yield from numbers(*point.limits)
    for mover in (*league.movers.up, *league.movers.down):
        yield from of_figure(mover.figure)
        yield from of_comparison(replace(mover.change, reference=None))
    for one in league.coverage:
        yield from numbers(one.branches, one.answered, one.ranked, one.partial, one.caution, one.withheld)
        yield from numbers(one.n, one.invited, one.response_rate)
    for part in league.split:
        yield from map(signed, (part.total, part.performance, part.mix, part.entered, part.left))


def figures(view: Scorecard | NetworkReport) -> Counter[str]:
    if isinstance(view, Scorecard):
        return Counter(value for block in view.blocks for value in of_block(block))
    wanted: Counter[str] = Counter()
    for league in view.leagues:
        wanted.update(of_figure(league.network))
        wanted.update(of_comparison(league.on_month) + of_comparison(league.on_year))
        for line in league.lines:
            wanted.update(of_line(line))
            wanted.update(numbers(line.rank_low, line.rank_high))
        for line in (*league.regions, *league.divisions):
            wanted.update(of_line(replace(line, factors=())))  # its factors stand in the heat map
        for point in league.trend:
            wanted.update(numbers(point.month.n, point.month.estimate))
        wanted.update(of_blocks(league))
    if view.quality:
        for source in view.quality.sources:
            wanted.update(numbers(source.files, source.read, source.accepted, source.quarantined))
            wanted.update(numbers(*(rows for _, rows in source.reasons)))
        for flagged in view.quality.flags:
            wanted.update(numbers(flagged.accepted, flagged.flagged, flagged.share, *flagged.counts))
    for block in view.weighting:
        wanted.update(numbers(block.n, block.effective_n, block.design_effect, block.iterations, block.trimmed))
        wanted.update(numbers(block.lowest, block.median, block.highest))
        for one in block.lines:
            wanted.update(numbers(one.responses, one.before, one.after, one.target))
    return wanted


def test_every_table_is_read_back_as_the_view_has_it(printed: dict[str, Result]) -> None:
    for name, result in printed.items():
        document = readback.read(result.target)
        (found,) = in_places(json.loads(document.files["page.json"])["page"], document)
        assert found.agrees, (name, found.sentence)
        assert int(re.findall(r"in ([\d,]+) cells", found.sentence)[0].replace(",", "")) > 20, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*views.KINDS, "network"])
def test_every_figure_of_a_view_stands_in_the_pdf(kind: str, language: str, printed: dict[str, Result]) -> None:
    result = printed[f"{kind}-{language}"]
    assert result.error == ""
    view = network(language) if kind == "network" else views.scorecard(kind, language)
    found = Counter(re.findall(r"[+−]?\d+(?:\.\d+)?", text_of(result.target)))
    assert figures(view) - found == Counter()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", views.KINDS)
def test_a_scorecard_is_two_small_a4_pages_for_each_instrument(
    kind: str, language: str, printed: dict[str, Result]
) -> None:
    result = printed[f"{kind}-{language}"]
    instruments = len(views.scorecard(kind, language).blocks)
    assert result.pages == len(pdfium.PdfDocument(result.target)) == 2 * instruments
    assert result.size == result.target.stat().st_size <= LARGEST + 28_000 * (instruments - 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_two_pages_with_all_their_rows_are_small(language: str, renderer: Renderer) -> None:
    rows = tuple(
        {"period": "2025-10", "instrument": "china_csi_2005", "level": "branch", "unit": "SH-017",
         "measure": f"q{place}", "statistic": "mean", "window": "month", "n": place * 7 % 61, "flag": "ok",
         "printed": views.d(place * 37 % 1000)}
        for place in range(300)
    )  # fmt: skip
    data, pages = renderer.pdf(views.scorecard("crowded", language), Evidence({"scores": rows}))
    assert pages == 2
    assert len(data) <= LARGEST


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        ("withheld", "样本不足10，不予公布", "Fewer than 10 responses: the index is withheld."),
        ("caution", "样本量不足30，仅供参考，不参与排名", "Small base (under 30 responses)"),
        ("partial", "缺少“配件供应”", "figures are missing for Parts supply"),
        ("new", "去年同月无数据", "none a year ago"),
        ("closed", "本月没有有效答卷", "No valid responses this month."),
    ],
)
def test_a_page_says_why_a_figure_is_absent(kind: str, zh: str, en: str, printed: dict[str, Result]) -> None:
    for language, reason in (("zh", zh), ("en", en)):
        text = text_of(printed[f"{kind}-{language}"].target)
        assert re.sub(r"\s", "", reason) in re.sub(r"\s", "", text)
        assert "None" not in text


def test_only_the_embedded_fonts_are_used(printed: dict[str, Result]) -> None:
    names = {name.split("+")[-1] for result in printed.values() for _, name in runs_of(result.target)}
    assert names == {"CSI-Sans", "CSI-Sans-Bold"}


def test_metadata_and_bookmarks(printed: dict[str, Result]) -> None:
    document = pdfium.PdfDocument(printed["ordinary-en"].target)
    facts = document.get_metadata_dict()
    assert facts["Title"] == "Suzhou Industrial Park Xinghu, satisfaction scorecard 2025-10"
    assert facts["Author"] == "Northern Star Dealer Network"
    assert facts["CreationDate"] == facts["ModDate"] == "D:20251105"
    assert "SH-017" in facts["Keywords"]
    titles = [entry.get_title() for entry in document.get_toc()]
    assert titles[0] == "Suzhou Industrial Park Xinghu"
    assert any("China Customer Satisfaction Index" in title for title in titles)
    assert '<html lang="en">' in page(views.scorecard("ordinary", "en"))
    assert '<html lang="zh-CN">' in page(views.scorecard("ordinary", "zh"))


HOSTILE = (
    '<img src="file:///etc/passwd"><link rel=stylesheet href="http://127.0.0.1/x.css">'
    '<style>@import url("http://127.0.0.1/")</style><svg><image href="file:///etc/passwd"/></svg>&amp;{{ 7*7 }}'
)


def test_html_in_data_is_text_and_fetches_nothing(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    serve = Assets.fetch

    def watch(self: Assets, url: str, headers: object = None) -> Any:
        asked.append(url)
        return serve(self, url, headers)

    monkeypatch.setattr(Assets, "fetch", watch)
    view = replace(views.scorecard("ordinary", "zh"), name=HOSTILE, tier=HOSTILE, note=HOSTILE)
    data, _ = renderer.pdf(view)
    text = re.sub(r"\s", "", text_of(data))
    assert text.count(re.sub(r"\s", "", HOSTILE)) >= 3
    assert asked
    assert all(url.startswith("asset:") for url in asked)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1/a.png", "data:text/plain,x", "asset:other"])
def test_every_other_address_is_refused(url: str) -> None:
    with pytest.raises(FatalURLFetchingError):
        HTML(string=f'<img src="{url}">', url_fetcher=Assets({})).render()


def test_invisible_and_turning_characters_are_taken_out() -> None:
    view = replace(views.scorecard("ordinary", "zh"), name="苏\u202e州\u200b店\x07\ufeff\u2066")
    assert "<h1>苏州店</h1>" in page(view)


def test_rare_characters_are_printed_and_change_no_other_page(renderer: Renderer) -> None:
    ordinary = views.scorecard("ordinary", "zh")
    before, _ = renderer.pdf(ordinary)
    rare, _ = renderer.pdf(replace(ordinary, name="喆镕㛃店"))
    assert "喆镕㛃店" in text_of(rare)
    assert renderer.pdf(ordinary)[0] == before


def test_a_character_no_font_has_is_named(renderer: Renderer) -> None:
    with pytest.raises(RenderError, match=r"😀 \(U\+1F600\)"):
        renderer.pdf(replace(views.scorecard(), name="好店😀"))


DIGESTS = """
import hashlib
from pipeline.fonts import find
from pipeline.render import Renderer
from tests import sample_views as views
renderer = Renderer(find())
for view in (views.scorecard("partial", "en"), views.network("en", 8)):
    print(hashlib.sha256(renderer.pdf(view)[0]).hexdigest())
"""


def test_the_same_bytes_in_any_process_zone_and_folder(printed: dict[str, Result], tmp_path: Path) -> None:
    here = [hashlib.sha256(printed[name].target.read_bytes()).hexdigest() for name in ("partial-en", "network-en")]
    outside = {"TZ": "America/St_Johns", "PYTHONHASHSEED": "2", "SOURCE_DATE_EPOCH": "1700000000", "LC_ALL": "C"}
    environment = os.environ | outside | {"PYTHONPATH": str(ROOT)}
    there = subprocess.run(
        [sys.executable, "-c", DIGESTS], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert there.stdout.split() == here


class Killer:
    """A view that ends the process that opens it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


def test_broken_jobs_leave_the_others_whole(tmp_path: Path) -> None:
    good = views.scorecard("withheld", "zh")
    jobs = [
        Job("A", good, tmp_path / "a.pdf"),
        Job("B", replace(good, name="😀"), tmp_path / "b.pdf"),
        Job("C", replace(good, period="October"), tmp_path / "c.pdf"),
        Job("D", replace(good, cutoff="yesterday"), tmp_path / "d.pdf"),
        Job("E", replace(good, language="fr"), tmp_path / "e.pdf"),
        Job("F", Killer(), tmp_path / "f.pdf"),  # type: ignore[arg-type]
        Job("G", good, tmp_path / "deep" / "g.pdf"),
    ]
    results = {result.id: result for result in render_all(jobs, 2, fonts.find())}
    assert {name for name, result in results.items() if not result.error} == {"A", "G"}
    assert results["B"].error == "B: The fonts have no glyph for 😀 (U+1F600)"
    assert "'fr'" in results["E"].error
    assert "killed" in results["F"].error
    assert all(result.error.startswith(name) for name, result in results.items() if result.error)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == ["a.pdf", "deep/g.pdf"]
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "deep/g.pdf").read_bytes()


def test_a_failed_page_leaves_the_earlier_one(tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    target.write_bytes(b"last month")
    (result,) = render_all([Job("A", replace(views.scorecard(), name="😀"), target)], 1, fonts.find())
    assert result.error
    assert target.read_bytes() == b"last month"


def messages() -> set[str]:
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false", "extensions": "jinja2.ext.do"}
    templates = extract_from_dir(
        REPORTS / "templates", [("**.j2", "jinja2.ext:babel_extract")], options_map={"**.j2": options}
    )
    modules = extract_from_dir(ROOT / "pipeline", [("**.py", "python")], keywords={"gettext": None})
    said = {str(found[2]) for source in (templates, modules) for found in source}
    return said | set(FIXES.values()) | {reason.replace("_", " ") for reason in FIXES}


def test_every_text_has_a_finished_translation_and_none_is_left_over() -> None:
    with (REPORTS / "locale/zh/LC_MESSAGES/csi.po").open("rb") as file:
        catalog = read_po(file, locale="zh", abort_invalid=True)
    done = {str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy}
    assert done.keys() == messages()
    assert not catalog.obsolete
    for text, translation in done.items():
        assert sorted(re.findall(r"%(?:\(\w+\)s|%)", text)) == sorted(re.findall(r"%(?:\(\w+\)s|%)", translation))


def test_an_absent_translation_is_an_error() -> None:
    with pytest.raises(TextMissing, match="No such text"):
        translator("zh")("No such text")
    assert translator("en")("No such text") == "No such text"


def test_a_none_is_never_printed() -> None:
    view = views.scorecard("ordinary", "zh")
    half = replace(view.blocks[0].headline, low=None)
    with pytest.raises(ValueError, match="None"):
        page(replace(view, blocks=(replace(view.blocks[0], headline=half), *view.blocks[1:])))


def test_signs_and_tints() -> None:
    assert [signed(views.d(value)) for value in (3.2, -1.0, 0.0, -0.0)] == ["+3.2", "−1.0", "0.0", "0.0"]
    levels = [heat(views.d(value), views.d(800), 1000) for value in (740, 770, 790, 795, 810, 825, 850)]
    assert levels == [-3, -2, -1, 0, 1, 2, 3]
    assert heat(views.d(800), None, 1000) == 0
