"""The font is found by what is in it, and cut to what a document needs."""

from io import BytesIO
from pathlib import Path

import pytest
import uharfbuzz as hb
from fontTools.ttLib import TTFont

from pipeline import fonts
from pipeline.fonts import REQUIRED, Fonts, FontsMissing


@pytest.fixture(scope="module")
def found() -> Fonts:
    return fonts.find()


def characters(data: bytes) -> set[str]:
    return {chr(code) for code in TTFont(BytesIO(data)).getBestCmap()}


def cut(found: Fonts, index: int, bold: bool, target: Path) -> None:
    """One face of the machine's own collection as a file, with all that is required of a font."""
    face = found.bold if bold else found.regular
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(map(ord, REQUIRED))
    target.write_bytes(hb.subset(hb.Face(hb.Blob.from_file_path(str(face.path)), index), wanted).blob.data)


def test_required_is_gb2312_latin_and_the_signs_we_print() -> None:
    assert {chr(c) for c in range(0x20, 0x7F)} <= REQUIRED
    assert set("中啊齄±−–—×·▲▼△▽●○■□→≥≤%‰①Σ÷éß") <= REQUIRED
    assert sum("\u4e00" <= c <= "\u9fff" for c in REQUIRED) == 6763


def test_the_machine_has_a_font_and_it_has_all_that_is_required(found: Fonts) -> None:
    assert found.missing_glyphs("".join(REQUIRED)) == set()
    regular, bold = (TTFont(f.path, fontNumber=f.index) for f in (found.regular, found.bold))
    assert {chr(c) for c in regular.getBestCmap()} & {chr(c) for c in bold.getBestCmap()} >= REQUIRED
    assert 300 <= regular["OS/2"].usWeightClass <= 500 < bold["OS/2"].usWeightClass
    assert regular["name"].getDebugName(1) == found.name


def test_a_subset_has_the_characters_of_its_text_and_no_others(found: Fonts) -> None:
    text = "满意度 CSI\n喆镕㛃"
    for data in found.subsets(text):
        assert characters(data) == set(text) - {"\n"}
        assert TTFont(BytesIO(data)).sfntVersion in ("OTTO", "\x00\x01\x00\x00")


def test_a_subset_depends_on_its_own_text_only(found: Fonts) -> None:
    before = found.subsets("一号店")
    found.subsets("二号店，喆")
    assert found.subsets("店号一一") == before


def test_missing_characters_are_named(found: Fonts) -> None:
    assert found.missing_glyphs("喆镕㛃满意\r\n\t") == set()
    assert found.missing_glyphs("满意😀\U000e0100") == {"😀", "\U000e0100"}


def test_without_a_font_every_system_gets_its_command(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing) as refused:
        fonts.find([tmp_path, tmp_path / "absent"])
    for command in ("apt-get install", "dnf install", "brew install", "CSI_FONT_DIR"):
        assert command in str(refused.value)


def test_a_face_for_another_script_does_not_do(found: Fonts, tmp_path: Path) -> None:
    faces = TTFont(found.regular.path, fontNumber=0).reader.numFonts if found.regular.index else 1
    if faces < 3:
        pytest.skip("this machine's font is not a pan-Chinese collection")
    for bold in (False, True):
        cut(found, 0, bold, tmp_path / f"{bold}.otf")
    with pytest.raises(FontsMissing):
        fonts.find([tmp_path])


def test_both_weights_are_needed_and_then_found_in_any_folder(found: Fonts, tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    cut(found, found.regular.index, False, deep / "one.OTF")
    with pytest.raises(FontsMissing):
        fonts.find([tmp_path])
    cut(found, found.bold.index, True, deep / "two.otf")
    chosen = fonts.find([tmp_path])
    assert (chosen.regular.path.name, chosen.bold.path.name) == ("one.OTF", "two.otf")


def test_a_damaged_font_is_passed_over(found: Fonts, tmp_path: Path) -> None:
    (tmp_path / "half.ttc").write_bytes(found.regular.path.read_bytes()[: 3 << 20])
    (tmp_path / "noise.ttf").write_bytes(bytes(range(256)) * 8192)
    with pytest.raises(FontsMissing):
        fonts.find([tmp_path])


def test_the_folder_in_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CSI_FONT_DIR", str(tmp_path))
    assert fonts.font_folders()[0] == tmp_path
    monkeypatch.delenv("CSI_FONT_DIR")
    assert tmp_path not in fonts.font_folders()
