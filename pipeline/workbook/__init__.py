"""network.xlsx: every figure that is printed anywhere, as numbers, with what each column means.

form.py says what a sheet is, book.py how it is written, published.py reads the month's tables; the other rooms make the
sheets. Values are the published ones: rounded once, withheld by one rule.
"""

from collections.abc import Iterator
from pathlib import Path

from pipeline.closing import status
from pipeline.pages import Pages
from pipeline.quality import Quality
from pipeline.sentence import gettext
from pipeline.workbook import actions, branches, comments, compared, limits, network, scores, trend
from pipeline.workbook.book import Book
from pipeline.workbook.codebook import codebook, contents
from pipeline.workbook.form import Sheet
from pipeline.workbook.published import Published

STATUS = {
    "provisional": gettext("Provisional"),
    "final": gettext("Final"),
    "restated": gettext("Restated"),
}


def write(folder: Path, pages: Pages, found: Quality, path: Path) -> None:
    """The workbook of the scored month in `folder`, in the language of the pages."""
    run = pages.run
    published = Published(folder, pages)
    title = f"{run.site.programme.name.get(pages.language)} {run.period}"
    created = run.site.cutoff(run.month).replace(tzinfo=None)
    book = Book(path, pages.gettext, published.names.points, title, created)
    sheets = list(_sheets(published, found))
    last = codebook(book, pages, [(one.name, one.columns) for one in sheets])
    said = pages.gettext(STATUS[status(run.site, run.month)])
    contents(book, pages, said, [(one.name, one.purpose) for one in (*sheets, last)])
    for one in (*sheets, last):
        book.add(one)
    book.close()


def _sheets(published: Published, found: Quality) -> Iterator[Sheet]:
    yield from scores.sheets(published)
    yield from compared.sheets(published)
    yield trend.sheet(published)
    yield from limits.sheets(published)
    yield from network.sheets(published, found)
    yield from branches.sheets(published)
    yield comments.sheet(published)
    yield actions.sheet(published)
