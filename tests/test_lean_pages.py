"""What makes the file of a page small leaves the page as it is: painting, outlines, colours."""

import io
import zlib

import pypdfium2 as pdfium
import pytest
import uharfbuzz as hb
from fontTools.cffLib import CFFFontSet
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageCms
from pydyf import PDF, Array, Dictionary, Stream

from pipeline import fonts
from pipeline.operands import Unfit
from pipeline.outlines import STEP, glyphs_of, program
from pipeline.painting import lean
from pipeline.srgb import profile
from pipeline.writing import write

RED, BLUE, BLACK = b"1 0 0 rg", b"0 0 1 rg", b"0 0 0 rg"
BOX, LINE = b"10 10 20 20 re", b"0.5 w"


def painted(*items: object, **more: object) -> list[bytes]:
    return lean(items, more.get("drawings", {}), more.get("follows", {}), {})[0]  # type: ignore[arg-type]


def pixels(items: list[object]) -> bytes:
    """A page of 60 by 60 points with these contents, drawn."""
    pdf, contents = PDF(), Stream(list(items))
    pdf.add_object(contents)
    opacities = {f"a{one}": Dictionary({"ca": float(one)}) for one in ("0.5", "1", "1.0")}
    resources = Dictionary({"ExtGState": Dictionary(opacities)})
    pdf.add_page(Dictionary({"Type": "/Page", "Parent": pdf.pages.reference, "MediaBox": Array([0, 0, 60, 60]),
                             "Contents": contents.reference, "Resources": resources}))  # fmt: skip
    file = io.BytesIO()
    write(pdf, file, "1.7")
    return pdfium.PdfDocument(file.getvalue())[0].render(scale=4).to_numpy().tobytes()


def test_a_state_is_set_where_something_is_painted_in_it() -> None:
    assert painted(b"q", RED, b"q", BLUE, BOX, b"f", b"Q", b"q", BLUE, b"Q", BOX, b"f", b"Q") == [
        BLUE, BOX, b"f", RED, BOX, b"f",
    ]  # fmt: skip
    assert painted(b"q", b"q", b"2 0 0 2 0 0 cm", RED, b"Q", BOX, b"f", b"Q") == [BOX, b"f"]


def test_a_state_is_back_after_its_coordinates() -> None:
    items = [RED, b"q", b"1 0 0 1 5 5 cm", b"q", b"2 0 0 2 0 0 cm", BLUE, BOX, b"f", b"Q", b"Q", BOX, b"f"]
    assert painted(*items) == [b"q", b"2 0 0 2 5 5 cm", BLUE, BOX, b"f", b"Q", RED, BOX, b"f"]


@pytest.mark.parametrize(
    "items",
    [
        [b"q", b"1 0 0 1 5 5 cm", b"0 0 30 30 re", b"W", b"n", b"q", b"1.5 0 0 1.5 1 2 cm", RED, BOX, b"f", b"Q",
         BLUE, b"20 20 20 20 re", b"f", b"Q", b"0 50 60 5 re", b"f"],
        [b"/a0.5 gs", RED, BOX, b"f", b"/a1 gs", b"25 25 20 20 re", b"f", b"q", b"/a0.5 gs", b"Q", b"0 0 9 9 re", b"f"],
        [b"3 w", b"1 J", b"5 5 m", b"30 5 l", b"S", b"30 5 m", b"50 5 l", b"S", b"[4 2] 0 d", b"5 20 m", b"50 20 l",
         b"S", b"q", b"[] 0 d", b"0 1 0 RG", b"1 j", b"5 30 m", b"20 50 l", b"40 30 l", b"h", b"B", b"Q"],
        [RED, b"40 30 m", b"40 35.5 35.5 40 30 40 c", b"24.5 40 20 35.5 20 30 c", b"20 24.5 24.5 20 30 20 c",
         b"35.5 20 40 24.5 40 30 c", b"h", b"f"],
    ],
)  # fmt: skip
def test_the_picture_is_the_same(items: list[object]) -> None:
    assert pixels(list(painted(*items))) == pixels(items)


def test_marked_contents_that_follow_one_another_are_one() -> None:
    def marked(number: int, *inside: bytes) -> list[object]:
        return ["/Span", Dictionary({"MCID": number}), b"BDC", *inside, b"EMC"]

    items = [*marked(0, BOX, b"f"), *marked(1), *marked(2, BOX, b"f"), *marked(3, BOX, b"f"),
             "/Artifact", b"", b"BMC", BOX, b"f", b"EMC", "/Artifact", b"", b"BMC", BOX, b"f", b"EMC"]  # fmt: skip
    out, contents = lean(items, {}, {0: 1, 1: 2}, {})
    assert contents == [[0, 2], [3]]
    marks = [one for one in out if one not in (BOX, b"f")]
    assert marks == [b"/Span<</MCID 0>>BDC", b"EMC", b"/Span<</MCID 1>>BDC", b"EMC", b"/Artifact BMC", b"EMC"]


def test_a_drawing_is_painted_in_its_place() -> None:
    drawn = painted(b"q", b"1 0 0 1 5 5 cm", b"/x0 Do", b"Q", drawings={b"/x0": [RED, BOX, b"f"]})
    assert drawn == [b"q", b"1 0 0 1 5 5 cm", RED, BOX, b"f", b"Q"]


@pytest.mark.parametrize(
    "items", [[b"/i1 Do"], [b"/sh sh"], [b"q"], [b"BT"], [b"/a0.5 gs", b"/x0 Do"], [b"/soft gs", BOX, b"f"]]
)
def test_what_is_not_known_is_left(items: list[object]) -> None:
    with pytest.raises(Unfit):
        painted(*items, drawings={b"/x0": [BOX, b"f"]})


def test_outlines_are_coarse_and_widths_exact() -> None:
    found = fonts.find()
    face = hb.Face(hb.Blob(found.subsets("满意度Csi—8")[1]))
    wanted = hb.SubsetInput()
    wanted.flags = hb.SubsetFlags.CFF_IDENTITY_CHARSET | hb.SubsetFlags.DESUBROUTINIZE | hb.SubsetFlags.NO_HINTING
    wanted.unicode_set.update(face.unicodes)
    font = TTFont(io.BytesIO(hb.subset(face, wanted).blob.data))
    if "CFF " not in font:
        pytest.skip("this machine's font has TrueType outlines")
    table = font.reader["CFF "]
    read = glyphs_of(table)
    assert read
    new = program(*read)
    both = CFFFontSet(), CFFFontSet()
    for one, data in zip(both, (table, new), strict=True):
        one.decompile(io.BytesIO(data), None)
    old, coarse = (one[0].CharStrings for one in both)
    assert both[1][0].FontMatrix == [0.001, 0, 0, 0.001, 0, 0]
    assert list(old.keys()) == list(coarse.keys())
    for name in old.keys():  # noqa: SIM118
        bounds = []
        for outlines in (old, coarse):
            pen = BoundsPen(None)
            outlines[name].draw(pen)
            bounds.append(pen.bounds)
        assert outlines[name].width == old[name].width
        if bounds[0]:
            assert all(abs(a - b) <= STEP for a, b in zip(*bounds, strict=True))
    assert len(zlib.compress(new)) < 0.8 * len(zlib.compress(table))


def test_a_font_keyed_by_names_is_left() -> None:
    built = FontBuilder(1000, isTTF=False)
    built.setupGlyphOrder([".notdef", "A"])
    empty = {name: T2CharString(program=["endchar"]) for name in (".notdef", "A")}
    built.setupCFF("A", {}, empty, {})
    built.setupHead()
    built.setupHorizontalMetrics(dict.fromkeys(empty, (1000, 0)))
    assert glyphs_of(built.font["CFF "].compile(built.font)) is None


def test_the_colour_space_is_srgb() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(profile()))
    picture = Image.frombytes("RGB", (64, 1), bytes(place * 37 % 256 for place in range(192)))
    turned = ImageCms.profileToProfile(picture, ours, ImageCms.createProfile("sRGB"), renderingIntent=1)
    assert turned is not None
    pairs = zip(picture.tobytes(), turned.tobytes(), strict=True)
    assert max(abs(old - new) for old, new in pairs) <= 1
