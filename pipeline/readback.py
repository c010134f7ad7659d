"""A PDF read back by PDFium, which had no part in writing it: its files, its text, and its tables as a screen reader
hears them."""

import ctypes
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from pipeline.refusal import Refusal

Box = tuple[float, float, float, float]
"""Left, bottom, right, top on a page, in points."""


@dataclass(frozen=True)
class Run:
    """Text drawn in one stroke. drawing: whether in a drawing, not in the text of the page. box: where it is drawn.
    mark: the number of the marked content it belongs to, -1 if none."""

    text: str
    drawing: bool
    box: Box
    mark: int


@dataclass(frozen=True)
class Element:
    """A part of a page: its tag and, in reading order, what is in it. An element that has nothing on this page is
    None in its place."""

    tag: str
    kids: tuple["Element | Run | None", ...]

    def elements(self) -> Iterator["Element"]:
        """This one and all in it, in reading order."""
        yield self
        for one in self.kids:
            if isinstance(one, Element):
                yield from one.elements()

    def runs(self) -> Iterator[Run]:
        """The text in it, without that of drawings."""
        for one in self.kids:
            if isinstance(one, Run):
                yield one
            elif one is not None and one.tag != "Figure":
                yield from one.runs()


@dataclass(frozen=True)
class Document:
    """sha256: of the file. files: name -> content of what is attached. pages: the runs of each, as drawn. trees: the
    elements of each at the top."""

    sha256: str
    files: dict[str, bytes]
    pages: tuple[tuple[Run, ...], ...]
    trees: tuple[tuple[Element, ...], ...]


def read(path: Path) -> Document:
    """Raises Refusal where there is no PDF that can be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path}: cannot be read ({error.strerror}).") from None
    try:
        document = pdfium.PdfDocument(data)
        try:
            pages, trees = [], []
            for page in document:
                runs = tuple(_runs(page))
                pages.append(runs)
                trees.append(tuple(_tree(page, runs)))
            return Document(hashlib.sha256(data).hexdigest(), dict(_files(document)), tuple(pages), tuple(trees))
        finally:
            document.close()
    except pdfium.PdfiumError:
        raise Refusal(f"{path}: not a PDF, or one that is damaged: it cannot be opened.") from None


def _runs(page: pdfium.PdfPage) -> Iterator[Run]:
    letters = page.get_textpage()
    for one in page.get_objects([raw.FPDF_PAGEOBJ_TEXT], textpage=letters):
        mark = raw.FPDFPageObj_GetMarkedContentID(one.raw)
        yield Run(one.extract(), one.level > 0, one.get_bounds(), mark)


def _tree(page: pdfium.PdfPage, runs: tuple[Run, ...]) -> Iterator[Element]:
    marked: dict[int, list[Run]] = {}
    for one in runs:
        marked.setdefault(one.mark, []).append(one)
    marked.pop(-1, None)
    with _opened(page) as tree:
        for place in range(max(0, raw.FPDF_StructTree_CountChildren(tree))):
            if top := raw.FPDF_StructTree_GetChildAtIndex(tree, place):
                yield _element(top, marked)


@contextmanager
def _opened(page: pdfium.PdfPage) -> Iterator[Any]:
    tree = raw.FPDF_StructTree_GetForPage(page.raw)
    try:
        yield tree
    finally:
        raw.FPDF_StructTree_Close(tree)


def _element(given: Any, marked: Mapping[int, list[Run]]) -> Element:
    kids: list[Element | Run | None] = []
    for place in range(max(0, raw.FPDF_StructElement_CountChildren(given))):
        if inner := raw.FPDF_StructElement_GetChildAtIndex(given, place):
            kids.append(_element(inner, marked))
        else:
            kids += marked.get(raw.FPDF_StructElement_GetChildMarkedContentID(given, place), [None])
    return Element(_text(raw.FPDF_StructElement_GetType, given), tuple(kids))


def _text(asked: Callable[..., int], given: Any) -> str:
    size = asked(given, None, 0)
    buffer = ctypes.create_string_buffer(size)
    asked(given, buffer, size)
    return buffer.raw.decode("utf-16-le").removesuffix("\0")


def _files(document: pdfium.PdfDocument) -> Iterator[tuple[str, bytes]]:
    for place in range(document.count_attachments()):
        one = document.get_attachment(place)
        yield one.get_name(), bytes(one.get_data())
