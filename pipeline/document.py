"""A page of ours as a document of WeasyPrint: read as XML, its rules matched from memory, and without what WeasyPrint
works out for every element in case it is needed."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from cssselect2 import ElementWrapper
from weasyprint import CSS, HTML
from weasyprint.css.counters import CounterStyle
from weasyprint.html import UA
from weasyprint.urls import URLFetcher

from pipeline.matching import Remembered
from pipeline.tree import BREAKS, tree

_UNUSED = (
    "::", *(f"  @{at}" for at in ("top", "left", "right", "bottom-center", "bottom-left-corner", "bottom-right-corner"))
)  # fmt: skip
"""How lines of WeasyPrint's own style begin that no page needs."""


class Page(HTML):  # type: ignore[misc]
    """To be laid out. text: a whole page."""

    def __init__(self, text: str, fetcher: URLFetcher) -> None:
        self.base_url, self.url_fetcher, self.media_type = None, fetcher, "print"
        self.etree_element = tree(text)
        self.wrapper_element = _Root.from_html_root(self.etree_element)

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:  # noqa: ARG002
        return [_usual_style()]


class _Root(ElementWrapper):  # type: ignore[misc]
    """What is looked for in the whole page, its metadata and style sheets, stands in the head."""

    def query_all(self, *selectors: str) -> Iterable[Any]:
        found: Iterable[Any] = ElementWrapper.from_html_root(self.etree_element[0]).query_all(*selectors)
        return found


@cache
def _usual_style() -> CSS:
    """WeasyPrint's own style of HTML but for the pseudo-elements that every element would have, six styles each
    to compute that no page uses, and for the margins of a sheet that stay empty."""
    lines = [line for line in UA.splitlines() if not line.startswith(_UNUSED)]
    return CSS(string="\n".join([*lines, BREAKS]), counter_style=CounterStyle(), matcher=Remembered())
