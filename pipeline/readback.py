"""A PDF read back by PDFium, which had no part in writing it: its files and its text."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw

from pipeline.refusal import Refusal


@dataclass(frozen=True)
class Run:
    """Text drawn in one stroke. drawing: whether in a drawing, not in the text of the page."""

    text: str
    drawing: bool


@dataclass(frozen=True)
class Document:
    """sha256: of the file. files: name -> content of what is attached. pages: the runs of each, as drawn."""

    sha256: str
    files: dict[str, bytes]
    pages: tuple[tuple[Run, ...], ...]


def read(path: Path) -> Document:
    """Raises Refusal where there is no PDF that can be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path}: cannot be read ({error.strerror}).") from None
    try:
        document = pdfium.PdfDocument(data)
        try:
            pages = tuple(tuple(_runs(page)) for page in document)
            return Document(hashlib.sha256(data).hexdigest(), dict(_files(document)), pages)
        finally:
            document.close()
    except pdfium.PdfiumError:
        raise Refusal(f"{path}: not a PDF, or one that is damaged: it cannot be opened.") from None


def _runs(page: pdfium.PdfPage) -> Iterator[Run]:
    letters = page.get_textpage()
    for one in page.get_objects([raw.FPDF_PAGEOBJ_TEXT], textpage=letters):
        yield Run(one.extract(), one.level > 0)


def _files(document: pdfium.PdfDocument) -> Iterator[tuple[str, bytes]]:
    for place in range(document.count_attachments()):
        one = document.get_attachment(place)
        yield one.get_name(), bytes(one.get_data())
