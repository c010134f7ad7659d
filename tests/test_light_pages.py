"""What makes a page quick to print leaves it as it is: how it is read, how rules are matched, how shapes are drawn."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import pydyf
import pytest
import tinyhtml5
from cssselect2 import ElementWrapper
from weasyprint import CSS
from weasyprint.css.counters import CounterStyle
from weasyprint.html import UA
from weasyprint.pdf.stream import Stream
from weasyprint.svg import SVG

from pipeline.markup import detach, scoped
from pipeline.matching import Remembered, only_near
from pipeline.page import page, style
from pipeline.painting import lean
from pipeline.shapes import shapes
from pipeline.tree import tidied, tree
from tests import sample_views as views

PAGES = {
    "ordinary": lambda: views.scorecard("ordinary", "zh"),
    "partial": lambda: views.scorecard("partial", "en"),
    "withheld": lambda: views.scorecard("withheld", "zh"),
    "crowded": lambda: views.scorecard("crowded", "en"),
    "network": lambda: views.network("en", 2),
}


@cache
def text(name: str) -> str:
    return page(PAGES[name]())


def html(source: str) -> Any:
    """As HTML says that it is to be read."""
    return tinyhtml5.parse(source, namespace_html_elements=False)


def told(root: Any) -> Iterator[tuple[object, ...]]:
    for one in root.iter():
        yield one.tag, dict(one.items()), one.text, one.tail


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_read_as_html_reads_them(name: str) -> None:
    found, _, _ = detach(scoped(text(name)), "a drawing")
    told_by_html = list(told(tidied(html(found))))
    assert list(told(tree(found))) == told_by_html
    assert not {"br"} & {one[0] for one in told_by_html}


def test_text_that_is_no_xml_is_read_as_html() -> None:
    source = "<!DOCTYPE html><html><head></head><body><p>Q & A<br>1 < 2</p></body></html>"
    assert [one.text for one in tree(source).iter("p")] == ["Q & A\n1 < 2"]


def test_rows_stand_in_a_body_and_line_breaks_in_the_text() -> None:
    body = "<table>\n<tr> <td>a\n b<br>c <b>d</b> <br>\ne</td> </tr>\n</table>"
    found = tree(f"<html><head></head><body>\n{body}</body></html>")
    assert ET.tostring(found.find("body"), encoding="unicode") == (  # type: ignore[arg-type]
        "<body><table><tbody><tr><td>a b\nc <b>d</b> \n e</td></tr></tbody></table></body>"
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_line_is_broken_where_lines_may_not_be(name: str) -> None:
    """A newline would be a space there."""
    rules = re.findall(
        r"([^{}]+)\{[^{}]*white-space: nowrap[^{}]*\}", re.sub(r"/\*.*?\*/", "", style("en"), flags=re.S)
    )
    assert len(rules) >= 4
    wrapped = ElementWrapper.from_html_root(html(text(name)))
    for one in wrapped.query_all(*rules):
        assert one.etree_element.find(".//br") is None, one.etree_element.get("class")


def test_rules_are_matched_as_without_memory() -> None:
    sheets = [
        [CSS(string=sheet, counter_style=CounterStyle(), matcher=matcher).matcher for matcher in (None, Remembered())]
        for sheet in (UA, style("zh"))
    ]
    for name in ("partial", "network"):
        root = ElementWrapper.from_html_root(tree(detach(text(name), "a drawing")[0]))
        for element in root.iter_subtree():
            for plain, remembered in sheets:
                once, again = ([found[:3] for found in one.match(element)] for one in (plain, remembered))
                assert once == again, ET.tostring(element.etree_element)


def test_neighbours_are_told_apart() -> None:
    sheet = (
        "b + i { color: red } i:nth-child(2) { color: blue } p > i:first-child { color: green } .a i { color: grey }"
    )
    plain, remembered = (CSS(string=sheet, matcher=matcher).matcher for matcher in (None, Remembered()))
    rows = ("bi", "ii", "bbbi", "bbii", "bbib", "ibbi", "iiii")
    found = ("".join(f"<{one}/>" for one in row) for row in rows)
    inside = "".join(f'<p>{row}</p><p class="a">{row}</p>' for row in found)
    for element in ElementWrapper.from_html_root(ET.fromstring(f"<html>{inside}</html>")).iter_subtree():
        assert [found[:3] for found in remembered.match(element)] == [found[:3] for found in plain.match(element)]


@pytest.mark.parametrize(
    "selector", ["td:last-child", "tr:nth-child(odd) td", "b ~ i", "a + b + i", "p:empty", "td:not(.n)", "p::before"]
)
def test_selectors_that_need_more_memory_are_refused(selector: str) -> None:
    with pytest.raises(ValueError, match="asks for more"):
        only_near(f"p {{ margin:0 }} /* a ~ b */ {selector} {{ color:red }}")


def by_weasyprint(drawing: str) -> list[Any]:
    root = ET.fromstring(drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))
    image, stream = SVG(root, None, None, None), blank()
    image.draw(stream, *image.get_intrinsic_size(16), None, None)
    return list(stream.stream)


def blank() -> Any:
    return Stream({}, (0, 0, 100, 100), pydyf.Dictionary({"ExtGState": pydyf.Dictionary()}), {}, None, {}, None)


def drawings(name: str) -> list[str]:
    return sorted(set(re.findall(r"<svg[^>]*>.*?</svg>", text(name), re.DOTALL)))


@pytest.mark.parametrize("name", PAGES)
def test_shapes_are_drawn_as_weasyprint_draws_them(name: str) -> None:
    found = drawings(name)
    plain = {one: drawn for one in found if (drawn := shapes(one))}
    assert {one for one in found if "<text" not in one} == plain.keys()
    for drawing, drawn in plain.items():
        if 'width="0.00"' in drawing:  # which WeasyPrint paints without a path
            continue
        stream = blank()
        width, height, ratio = drawn.get_intrinsic_size(1, 16)
        assert ratio == width / height
        drawn.draw(stream, width, height, None)
        ours, theirs = (lean([b"q", *items, b"Q"], {}, {}, {})[0] for items in (stream.stream, by_weasyprint(drawing)))
        assert same(ours, theirs), drawing


def same(ours: list[bytes], theirs: list[bytes]) -> bool:
    """But for the last of three decimals, where WeasyPrint rounds twice."""
    return len(ours) == len(theirs) and all(map(near, ours, theirs))


def near(one: bytes, other: bytes) -> bool:
    parts, others = one.split(), other.split()
    numbers = re.compile(rb"-?[\d.]+")
    return len(parts) == len(others) and all(
        abs(float(a) - float(b)) < 0.0011 if numbers.fullmatch(a) and numbers.fullmatch(b) else a == b
        for a, b in zip(parts, others, strict=True)
    )


def test_a_shape_without_a_side_is_not_drawn() -> None:
    drawing = '<svg width="5mm" height="2mm" viewBox="0 0 5 2">%s</svg>'
    drawn = shapes(drawing % '<rect x="1" y="0" width="0.00" height="2"/><rect x="1" y="0" width="2" height="2"/>')
    assert drawn is not None
    assert drawn.items == (1.0, b"0 0 0 rg", b"1 0 2 2 re", b"f")


@pytest.mark.parametrize(
    "inside",
    ['<text x="0" y="1">8</text>', '<rect x="0" y="0" width="1" height="1" rx="1"/>', '<g fill="#fff"></g>',
     '<ellipse cx="1" cy="1" rx="1" ry="1"/>', '<path d="M0 0C1 1 2 1 3 0"/>',
     '<circle cx="1" cy="1" r="1" fill="red"/>',
     '<rect x="0" y="0" width="50%" height="1"/>'],
)  # fmt: skip
def test_other_drawings_are_left_to_weasyprint(inside: str) -> None:
    assert shapes(f'<svg aria-label="x" width="5mm" height="2mm" viewBox="0 0 5 2">{inside}</svg>') is None
