"""Pages as documents: what a screen reader hears, what an archive accepts, what a machine reads back.

Read with qpdf's library (pikepdf), which is not the one that wrote them.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pikepdf
import pytest

from pipeline import fonts
from pipeline.evidence import FORMAT, Evidence, Watch
from pipeline.figures import Tables
from pipeline.page import page
from pipeline.render import Renderer
from tests import sample_views as views

LANGUAGES = ("zh", "en")
ROW = {"period": "2025-10", "unit": "SH-017", "n": 61, "n_eff": Decimal("60.500000000"), "flag": "ok",
       "printed": Decimal("812.3"), "share": Decimal("0E-9"), "more": False}  # fmt: skip
WITHHELD = ROW | {"unit": "SH-018", "n": 4, "n_eff": None, "flag": "withheld", "printed": None}
EVIDENCE = Evidence({"scores": (ROW, WITHHELD)})


@pytest.fixture(scope="module", params=LANGUAGES)
def document(request: pytest.FixtureRequest) -> Iterator[tuple[str, pikepdf.Pdf]]:
    data, _ = Renderer(fonts.find()).pdf(views.scorecard("caution", request.param), EVIDENCE)
    with pikepdf.open(io.BytesIO(data)) as found:
        yield request.param, found


@pytest.fixture(scope="module")
def pack() -> Iterator[pikepdf.Pdf]:
    data, _ = Renderer(fonts.find()).pdf(views.network("zh", 8))
    with pikepdf.open(io.BytesIO(data)) as found:
        yield found


def elements(element: Any) -> Iterator[Any]:
    """A structure element and all below it."""
    yield element
    for kid in element.get("/K", ()):
        if isinstance(kid, pikepdf.Dictionary):
            yield from elements(kid)


def tree(document: pikepdf.Pdf) -> list[Any]:
    (top,) = document.Root.StructTreeRoot.K
    return list(elements(top))


def test_qpdf_finds_nothing_to_complain_of(document: tuple[str, pikepdf.Pdf], pack: pikepdf.Pdf) -> None:
    assert document[1].check_pdf_syntax() == []
    assert pack.check_pdf_syntax() == []


def test_one_block_of_metadata_claims_both_standards(document: tuple[str, pikepdf.Pdf]) -> None:
    language, pdf = document
    text = pdf.Root.Metadata.read_bytes().decode()
    assert text.count("<rdf:RDF") == 1
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as claims:
        assert claims.pdfa_status == "3B"
        assert claims["pdfuaid:part"] == "1"
        assert claims["dc:title"] == str(pdf.docinfo.Title)
        assert claims["dc:creator"] == [str(pdf.docinfo.Author)]
        assert claims["xmp:CreateDate"] == claims["xmp:ModifyDate"] == "2025-11-05"
    assert str(pdf.docinfo.Subject)
    assert str(pdf.Root.Lang) == {"zh": "zh-CN", "en": "en"}[language]
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert [str(one.S) for one in pdf.Root.OutputIntents] == ["/GTS_PDFA1"]
    assert len(pdf.trailer.ID) == 2


def test_every_drawing_is_told_in_words(document: tuple[str, pikepdf.Pdf]) -> None:
    language, pdf = document
    told = [str(one.Alt) for one in tree(pdf) if one.S == "/Figure"]
    assert len(told) > 20
    assert all(told)
    chinese = [bool(re.search("[\u4e00-\u9fff]", one)) for one in told]
    assert all(chinese) if language == "zh" else not any(chinese)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_drawing_is_without_words_of_its_own(language: str) -> None:
    for view in (views.scorecard("ordinary", language), views.network(language, 3)):
        drawings = re.findall(r"<svg[^>]*>", page(view))
        assert [one for one in drawings if not re.search(r'aria-label="[^"]+"', one)] == []


def test_frames_of_drawings_lie_on_the_page(document: tuple[str, pikepdf.Pdf]) -> None:
    frames = [one.A.BBox for one in tree(document[1]) if one.S == "/Figure"]
    for left, bottom, right, top in (map(float, frame) for frame in frames):
        assert 0 <= left < right <= 596
        assert 0 <= bottom < top <= 842


def test_header_cells_say_what_they_head(document: tuple[str, pikepdf.Pdf], pack: pikepdf.Pdf) -> None:
    for pdf in (document[1], pack):
        heads = Counter((str(one.A.Scope), str(one.P.P.S)) for one in tree(pdf) if one.S == "/TH")
        assert heads["/Column", "/THead"] > 5
        assert heads["/Row", "/TBody"] > 5
        assert heads["/Row", "/THead"] == 0
        for table in (one for one in tree(pdf) if one.S == "/Table"):
            assert any(cell.S == "/TH" for cell in elements(table))


def test_the_tree_holds_every_marked_content_once(document: tuple[str, pikepdf.Pdf], pack: pikepdf.Pdf) -> None:
    for pdf in (document[1], pack):
        found = [
            (one.get("/Pg"), int(kid), one)
            for one in tree(pdf)
            for kid in one.get("/K", ())
            if not hasattr(kid, "keys")
        ]
        owners = {(page.objgen, place): one.objgen for page, place, one in found}
        assert len(owners) == len(found)
        for place, one in enumerate(pdf.pages):
            parents = pdf.Root.StructTreeRoot.ParentTree.Nums[2 * place + 1]
            marked = [
                int(operands[1]["/MCID"]) for operands, operator in pikepdf.parse_content_stream(one)
                if str(operator) == "BDC"
            ]  # fmt: skip
            assert len(marked) == len(set(marked))
            for mark in marked:
                assert owners[one.obj.objgen, mark] == parents[mark].objgen
        for one in tree(pdf)[1:]:
            assert any(isinstance(kid, pikepdf.Dictionary) and kid.objgen == one.objgen for kid in one.P.K)


def test_page_numbers_are_no_part_of_the_text(document: tuple[str, pikepdf.Pdf]) -> None:
    for one in document[1].pages:
        depth, artifact, texts = 0, 0, 0
        for operands, operator in pikepdf.parse_content_stream(one):
            if str(operator) in ("BMC", "BDC"):
                depth += 1
                artifact = depth if str(operands[0]) == "/Artifact" else artifact
            elif str(operator) == "EMC":
                artifact = 0 if artifact == depth else artifact
                depth -= 1
            elif str(operator) in ("TJ", "Tj"):
                texts += artifact > 0
                assert depth
        assert texts == 2  # the foot and the page's number


def test_fonts_are_bare_outlines(document: tuple[str, pikepdf.Pdf]) -> None:
    files = [one for one in document[1].objects if isinstance(one, pikepdf.Stream) and "/Subtype" in one
             and str(one.Subtype) in ("/OpenType", "/CIDFontType0C")]  # fmt: skip
    assert len(files) == 2
    for one in files:
        assert (str(one.Subtype), one.read_bytes()[:2]) == ("/CIDFontType0C", b"\x01\x00")


def test_the_rows_behind_a_page_are_attached(document: tuple[str, pikepdf.Pdf]) -> None:
    language, pdf = document
    assert list(pdf.attachments) == ["page.json", "scores.csv"]
    assert len(pdf.Root.AF) == 2
    for spec in pdf.Root.AF:
        assert str(spec.AFRelationship) == "/Data"
        made = spec.EF.F.Params
        assert str(made.CreationDate) == str(made.ModDate) == "D:20251105000000Z"
    assert [str(spec.EF.F.Subtype) for spec in pdf.Root.AF] == ["/application/json", "/text/csv"]
    whole = json.loads(pdf.attachments["page.json"].get_file().read_bytes())
    assert whole["format"] == FORMAT
    assert whole["page"]["branch"] == "SH-017"
    assert whole["page"]["language"] == language
    headline = views.scorecard("caution", language).blocks[0].headline
    assert whole["page"]["blocks"][0]["headline"]["estimate"] == str(headline.estimate)
    table = csv.DictReader(pdf.attachments["scores.csv"].get_file().read_bytes().decode().splitlines())
    rows = list(table)
    assert [(one["share"], one["more"]) for one in rows] == [("0.000000000", "false")] * 2
    assert [(one["unit"], one["n"], one["printed"]) for one in rows] == [
        ("SH-017", "61", "812.3"),
        ("SH-018", "4", ""),
    ]
    assert "n_eff" not in (table.fieldnames or ())


def test_what_is_looked_up_by_key_is_attached_and_nothing_else() -> None:
    keys = [("2025-10", "csi", "branch", unit, "index", "mean", "month") for unit in "ABC"]
    rows = {key: {"unit": key[3], "n": 3, "printed": None, "printed_low": None, "printed_high": None,
                  "flag": "withheld"}
            for key in keys}  # fmt: skip
    seen = Watch(Tables(rows, {}))
    assert seen.evidence() == Evidence({})
    assert seen.tables.figure("2025-10", "csi", "branch", "B").flag == "withheld"
    assert seen.tables.figure("2025-10", "csi", "branch", "D").flag == "none"
    assert seen.tables.periods("csi", "branch", "A") == ()
    assert [row["flag"] for _, row in seen.tables.scores.items()] == ["withheld"] * 3
    assert seen.evidence() == Evidence({"scores": (rows[keys[1]],)})


def test_attachments_are_the_same_bytes_in_any_order() -> None:
    renderer = Renderer(fonts.find())
    view = replace(views.scorecard("ordinary", "zh"), blocks=views.scorecard("ordinary", "zh").blocks[:1])
    one = Evidence({"scores": (ROW,), "comparisons": (ROW,)})
    other = Evidence({"comparisons": (ROW,), "scores": (ROW,)})
    assert renderer.pdf(view, one)[0] == renderer.pdf(view, other)[0]
