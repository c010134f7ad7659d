"""`csi verify`: what was published agrees; whatever was changed after it is found and named."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from conftest import SMALL_CARDS, Network

from pipeline import closing, fonts, provenance, readback
from pipeline.__main__ import main
from pipeline.read_numbers import Finding, on_pages
from pipeline.read_places import in_places
from pipeline.refusal import Refusal
from pipeline.render import Renderer
from pipeline.verify import verify
from tests import sample_views as views

MONTH = "2025-10"
BRANCH = "BJ-001"


@pytest.fixture(scope="module")
def month(small_printed: Network) -> Path:
    """A published month of 18 branches, with scorecards of some. Not to be changed."""
    return small_printed.out / MONTH


@pytest.fixture
def copy(month: Path, tmp_path: Path) -> Path:
    """Of the month what verify looks at, to be changed."""
    folder = tmp_path / MONTH
    shutil.copytree(month, folder, ignore=shutil.ignore_patterns("*.duckdb", "accepted", "*.parquet"))
    return folder


def card(folder: Path) -> Path:
    return folder / "scorecards" / f"{BRANCH}.pdf"


def wrong(found: list[Finding]) -> str:
    return "\n".join(one.sentence for one in found if not one.agrees)


def relist(folder: Path, name: str) -> None:
    """As if the file had been published as it is now."""
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["outputs"][name] = provenance.file_digest(folder / name)
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")


def attach(path: Path, name: str, change: Callable[[str], str]) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        text = pdf.attachments[name].get_file().read_bytes().decode()
        changed = change(text)
        assert changed != text
        spec = next(one for one in pdf.Root.AF if str(one.UF) == name)
        spec.EF.F.write(changed.encode())
        pdf.save(path)


def overprint(path: Path, old: str, new: str) -> None:
    """Another number drawn where one stood."""
    document = pdfium.PdfDocument(path.read_bytes())
    for page in document:
        letters = page.get_textpage()
        found = [
            one for one in page.get_objects([pdfium.raw.FPDF_PAGEOBJ_TEXT], textpage=letters) if one.extract() == old
        ]
        for one in found:
            text = (new + "\0").encode("utf-16-le")
            buffer = (pdfium.raw.FPDF_WCHAR * (len(text) // 2)).from_buffer_copy(text)
            assert pdfium.raw.FPDFText_SetText(one.raw, buffer)
        if found:
            page.gen_content()
    document.save(path)


def swap(path: Path, one: str, other: str, *, moved: bool = False) -> None:
    """Two texts of the first page in each other's place. moved: only to the eye; in the structure they stay."""
    document = pdfium.PdfDocument(path.read_bytes())
    page = document[0]
    letters = page.get_textpage()
    found = {
        text.strip(): each
        for each in page.get_objects([pdfium.raw.FPDF_PAGEOBJ_TEXT], textpage=letters)
        if (text := each.extract()).strip() in (one, other)
    }
    if moved:
        left, right = found[one].get_matrix(), found[other].get_matrix()
        found[one].set_matrix(right)
        found[other].set_matrix(left)
    else:
        for each, text in ((found[one], other), (found[other], one)):
            letters_of = (text + "\0").encode("utf-16-le")
            buffer = (pdfium.raw.FPDF_WCHAR * (len(letters_of) // 2)).from_buffer_copy(letters_of)
            assert pdfium.raw.FPDFText_SetText(each.raw, buffer)
    page.gen_content()
    document.save(path)


def block(folder: Path) -> dict[str, Any]:
    """The first instrument of page.json."""
    with pikepdf.open(card(folder)) as pdf:
        found: dict[str, Any] = json.loads(pdf.attachments["page.json"].get_file().read_bytes())["page"]["blocks"][0]
    return found


def headline(folder: Path) -> str:
    return str(block(folder)["headline"]["estimate"])


def test_every_published_page_agrees(month: Path) -> None:
    pages = sorted(month.rglob("*.pdf"))
    assert len(pages) == len(SMALL_CARDS) + 1
    for path in pages:
        found = verify(path, None)
        assert wrong(found) == "", path
        assert len(found) >= 6
    assert found[0].sentence.startswith("The file is scorecards/")


@pytest.mark.parametrize("kind", ["ordinary", "withheld", "partial"])
def test_english_pages_print_what_they_carry(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(Renderer(fonts.find()).pdf(views.scorecard(kind, "en"))[0])
    document = readback.read(path)
    (found,) = on_pages(json.loads(document.files["page.json"])["page"], document)
    assert found.agrees, found.sentence


def test_the_command_says_so(month: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(card(month))]) == 0
    said = capsys.readouterr().out
    assert said.count("✓") == len(verify(card(month), None))
    assert said.endswith(f"{BRANCH}.pdf: Everything agrees.\n")
    elsewhere = tmp_path / "renamed.pdf"
    shutil.copy(card(month), elsewhere)
    assert main(["verify", str(elsewhere), "--month", str(month)]) == 0
    assert f"The file is scorecards/{BRANCH}.pdf of {MONTH}" in capsys.readouterr().out
    assert main(["verify", str(elsewhere)]) == 1
    assert "Not compared with what was published" in capsys.readouterr().out


def test_a_changed_byte_is_found(copy: Path) -> None:
    path = card(copy)
    path.write_bytes(path.read_bytes() + b"\n")
    assert wrong(verify(path, None)) == (
        f"The file is not one that {run_of(copy)} published: scorecards/{BRANCH}.pdf has other bytes."
    )


def run_of(folder: Path) -> str:
    return f"{MONTH} (run {json.loads((folder / 'run.json').read_text(encoding='utf-8'))['run_id']})"


def test_a_changed_row_is_found_even_in_a_file_listed_as_published(copy: Path) -> None:
    value = headline(copy)
    attach(card(copy), "scores.csv", lambda text: text.replace(f",{value},", ",999.9,", 1))
    relist(copy, f"scorecards/{BRANCH}.pdf")
    said = wrong(verify(card(copy), None))
    assert re.search(r"1 of \d+ attached rows of scores.csv are not as published: .*printed\w* 999.9, published", said)


def test_a_row_that_was_never_published_is_found(copy: Path) -> None:
    attach(card(copy), "scores.csv", lambda text: text + text.splitlines()[-1].replace("china", "chine") + "\n")
    relist(copy, f"scorecards/{BRANCH}.pdf")
    assert "no such row" in wrong(verify(card(copy), None))


def test_a_changed_figure_of_page_json_is_found(copy: Path) -> None:
    value = headline(copy)
    attach(card(copy), "page.json", lambda text: text.replace(f'"estimate":"{value}"', '"estimate":"999.9"', 1))
    relist(copy, f"scorecards/{BRANCH}.pdf")
    said = wrong(verify(card(copy), None))
    assert "stand in no attached row: blocks[0].headline.estimate 999.9." in said
    assert "What should stand on the pages does not: index 1 estimate 999.9." in said


def test_a_changed_number_on_the_page_is_found(copy: Path) -> None:
    overprint(card(copy), headline(copy), "999.9")
    relist(copy, f"scorecards/{BRANCH}.pdf")
    said = wrong(verify(card(copy), None))
    assert re.fullmatch(
        r"\d of \d+ numbers on the pages are not in page.json: 999.9 on page 1 \(in “999.9”\).*", said.splitlines()[0]
    )


@pytest.mark.parametrize("moved", [False, True])
def test_two_figures_that_changed_places_are_found(copy: Path, *, moved: bool) -> None:
    first, second = block(copy)["factors"][:2]
    one, other = (each["figure"]["estimate"] for each in (first, second))
    swap(card(copy), one, other, moved=moved)
    (said,) = [each for each in wrong(verify(card(copy), None)).splitlines() if "bytes" not in each]
    if moved:
        assert f"page 1, 因子得分, {first['name']}" in said
        assert f"{one} {first['figure']['low']} {first['figure']['high']} is drawn in another row" in said
    else:
        assert f"{first['name']}, 得分: prints {other} {first['figure']['low']} {first['figure']['high']}" in said
        assert f"{second['name']}, 得分: prints {one} {second['figure']['low']}" in said


@pytest.mark.parametrize("moved", [False, True])
def test_two_figures_of_a_row_that_changed_columns_are_found(copy: Path, *, moved: bool) -> None:
    line = next(each for each in block(copy)["factors"] if each["region"]["estimate"] != each["network"]["estimate"])
    swap(card(copy), line["region"]["estimate"], line["network"]["estimate"], moved=moved)
    said = wrong(verify(card(copy), None))
    assert f"{line['name']}, 大区: " in said
    assert f"{line['name']}, 全网: " in said
    assert said.count("is drawn in another column") == 2 * moved


def test_labels_that_changed_places_are_found(copy: Path) -> None:
    first, second = block(copy)["factors"][:2]
    swap(card(copy), first["name"], second["name"])
    assert f"{first['name']}: the row is headed “{second['name']}" in wrong(verify(card(copy), None))


def test_a_headline_that_changed_places_with_its_reference_is_found(copy: Path) -> None:
    value, network = headline(copy), block(copy)["network"]["estimate"]
    overprint(card(copy), value, network)
    said = wrong(verify(card(copy), None))
    assert f"“{value}” does not stand under the headline “中国售后服务满意度指数（CSI）满分 1000 分”" in said


def test_places_in_a_page_json_of_another_form_cannot_be_checked(month: Path) -> None:
    (found,) = in_places({"language": "zh", "blocks": [{}]}, readback.read(card(month)))
    assert found.sentence == "Where the figures stand cannot be checked: page.json is not as csi writes it."
    assert not found.agrees


def test_a_changed_run_id_is_found(copy: Path) -> None:
    run = run_of(copy)[-13:-1]
    overprint(card(copy), f" {run}", " 012345678901")
    attach(card(copy), "page.json", lambda text: text.replace(run, "987654321098"))
    said = wrong(verify(card(copy), None))
    assert f"page.json is of another run: run id 987654321098, published {run}." in said


def test_published_tables_that_changed_prove_nothing(copy: Path) -> None:
    path = copy / "scores.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert wrong(verify(card(copy), None)) == (
        "scores.csv of the published month is itself not as run.json lists it (SHA-256)."
    )
    path.unlink()
    assert "The attached scores.csv has no published table" in wrong(verify(card(copy), None))


def test_a_page_of_a_revision_before_is_known_as_such(copy: Path) -> None:
    for name in (one for one in closing.KEPT if (copy / one).exists()):
        shutil.copy(copy / name, copy / name.replace(".", "-r1."))
    path = copy / "run.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(run | {"revision": 2, "outputs": {}}), encoding="utf-8")
    found = verify(card(copy), None)
    assert wrong(found) == ""
    assert found[0].sentence.endswith("That month was published again since.")


def test_what_is_no_page_is_refused(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    with pytest.raises(Refusal, match="cannot be read"):
        verify(other, copy)
    other.write_bytes(b"%PDF-1.7 but not really")
    with pytest.raises(Refusal, match="not a PDF, or one that is damaged"):
        verify(other, copy)
    with pikepdf.new() as empty:
        empty.add_blank_page()
        empty.save(other)
    with pytest.raises(Refusal, match=r"carries no page\.json"):
        verify(other, copy)
    (copy / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Refusal, match="cannot be read as the record"):
        verify(card(copy), None)
    attach(card(copy), "page.json", lambda _: "[]")
    with pytest.raises(Refusal, match=r"its page\.json cannot be read"):
        verify(card(copy), copy)
