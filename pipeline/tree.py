"""The text of a page as the tree that it is laid out from.

Pages are well-formed but for the elements that HTML leaves open, so they are read as XML, in a tenth of the time that
the rules of HTML for every other text take. Nothing stands in the tree that would only be taken out again: no
blank text between the parts of tables, and line breaks are newlines in the text, no elements with a style of their own.
"""

import re
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import tinyhtml5

BREAKS = "html { white-space: pre-line }"
"""The style that lets newlines break lines. Where another white-space applies, a line break would be a space."""

_OPEN = re.compile(r"<((?:br|col|img|meta)\b[^>]*?)/?>")
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_PARTS = frozenset(("html", "head", "body", "section", "table", "colgroup", "thead", "tbody", "tr"))
"""Elements that have no text of their own."""


def tree(text: str) -> Element:
    """text: a whole page of ours."""
    try:
        return tidied(ET.fromstring(_OPEN.sub(r"<\1/>", text)))
    except ET.ParseError:  # an ampersand in a translation, say
        return tidied(tinyhtml5.parse(text, namespace_html_elements=False))


def tidied(root: Element) -> Element:
    """The same tree without what would be taken out again."""
    for element in list(root.iter()):
        _tidy(element)
        if element.tag == "table":
            _group_rows(element)
    return root


def _tidy(element: Element) -> None:
    within = element.tag not in _PARTS
    element.text = _single(element.text, within)
    kept: list[Element] = []
    for child in element:
        after = _single(child.tail, within)
        if child.tag != "br":
            child.tail = after
            kept.append(child)
        elif kept:
            kept[-1].tail = f"{kept[-1].tail or ''}\n{after or ''}"
        else:
            element.text = f"{element.text or ''}\n{after or ''}"
    if len(kept) < len(element):
        element[:] = kept


def _single(text: str | None, within: bool) -> str | None:
    """The text with single spaces; none that are all of it, unless within a line."""
    if text:
        text = _BLANKS.sub(" ", text)
    return text if within or text != " " else None


def _group_rows(table: Element) -> None:
    """Rows stand in a body, as HTML has it."""
    children: list[Element] = []
    for child in table:
        if child.tag != "tr":
            children.append(child)
            continue
        if not children or children[-1].tag != "tbody":
            children.append(Element("tbody"))
        children[-1].append(child)
    table[:] = children
