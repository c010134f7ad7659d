"""The static web site of a month: site/ in its folder. Opens from disk, needs no server and no network.

index.html               the network and the league table of the first instrument
regions.html             regions and divisions, their trends, regions by factors
factors.html             factors over the network, branches by factors
compare.html             branches side by side
…-<instrument>.html      the same four of each further instrument
branch/SH-001.html       a branch, with the way to its PDF
en/…                     all of these in the programme's second language
data/                    the figures that scripts read
assets/                  style, scripts, DataTables and its licences
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.closing import status
from pipeline.figures import Tables
from pipeline.page import html
from pipeline.pages import Pages, Run
from pipeline.website import assets, data
from pipeline.website.axes import axis_of, close_axis, trends_axis
from pipeline.website.place import FOLDER, Place, branch_page, page_of
from pipeline.website.reader import Reader

KINDS = ("index", "regions", "factors", "compare")


def write(folder: Path, run: Run, tables: Tables) -> None:
    """The site of a month into its folder, in all languages of the programme. Last of all pages: it links those
    that are there."""
    place = folder / FOLDER
    shutil.rmtree(place, ignore_errors=True)
    assets.write(place / "assets")
    languages = run.site.programme.languages
    readers = [Reader(Pages(run, tables, language), folder) for language in languages]
    for name, text in _data(readers[0]):
        _put(place / "data" / name, text)
    for reader in readers:
        for path, text in _pages(reader, languages):
            _put(place / path, text)


def _data(reader: Reader) -> Iterator[tuple[str, str]]:
    for instrument in reader.pages.run.instruments:
        found = data.league(reader, instrument, reader.survey(instrument))
        yield f"{instrument.id}.js", data.script("csi.league", found)
    for branch in reader.branches:
        yield f"branch/{branch}.js", data.script("csi.branch", data.branch(reader, branch))


def _pages(reader: Reader, languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    language, instruments = reader.pages.language, reader.pages.run.instruments
    first = instruments[0].id
    common = _common(reader)

    def filled(template: str, path: str, **more: Any) -> tuple[str, str]:
        place = Place(path, language, languages)
        return place.file, html(f"site/{template}.html.j2", language, at=place, **common, **more)

    surveys = [reader.survey(one) for one in instruments]
    for survey in surveys:
        for kind in KINDS:
            yield filled(kind, page_of(kind, survey.id, first), kind=kind, survey=survey, surveys=surveys)
    order = reader.branches
    for number, branch in enumerate(order):
        yield filled(
            "branch",
            branch_page(branch),
            kind="branch",
            branch=reader.branch(branch),
            before=order[number - 1] if number else None,
            after=order[number + 1] if number + 1 < len(order) else None,
        )


def _common(reader: Reader) -> dict[str, Any]:
    """What every template is given besides its own."""
    run, pages = reader.pages.run, reader.pages
    first = run.instruments[0].id
    return {
        "policy": assets.POLICY,
        "programme": run.site.programme.name.get(pages.language),
        "period": run.period,
        "cutoff": run.cutoff,
        "status": status(run.site, run.month),
        "run_id": run.run_id,
        "method": pages.method(),
        "names": pages.names,
        "kinds": KINDS,
        "first": first,
        "page_of": lambda kind, instrument: page_of(kind, instrument, first),
        "branch_page": branch_page,
        "axis_of": axis_of,
        "close_axis": close_axis,
        "trends_axis": trends_axis,
        "json": data.text,
        "has": lambda path: (reader.folder / path).is_file(),
    }


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
