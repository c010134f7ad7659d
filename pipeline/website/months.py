"""The published months that have a site: index.html and months.js in the output folder.

A month is published whole and not touched again, so its pages cannot know the months after it. They load months.js
from beside the months instead; without it they show their own month only. Both files are made anew from nothing but
the folders that are there, each put in place in one step.
"""

import os
from pathlib import Path
from typing import Any

from pipeline.month import Month
from pipeline.page import html
from pipeline.refusal import Refusal
from pipeline.settings import Names
from pipeline.website import data
from pipeline.website.assets import POLICY
from pipeline.website.place import FOLDER


def write(output: Path, names: Names, languages: tuple[str, ...]) -> None:
    """Raises Refusal where the output folder cannot be written; the months themselves are untouched by that."""
    months = published(output)
    newest = f"{months[-1]}/{FOLDER}" if months else ""
    page = html(
        "site/months.html.j2", languages[0], policy=POLICY, names=names, months=list(reversed(months)), newest=newest,
        languages=languages, folder=FOLDER,
    )  # fmt: skip
    try:
        _replace(output / "months.js", data.script("csi.months", listing(output)))
        _replace(output / "index.html", page)
    except OSError as error:
        raise Refusal(f"{output}: the list of months cannot be written ({error.strerror}).") from None


def published(output: Path) -> tuple[str, ...]:
    """The months that have a site, oldest first."""
    found = []
    for folder in sorted(output.iterdir()):
        try:
            Month.parse(folder.name)
        except Refusal:
            continue
        if (folder / FOLDER / "index.html").is_file():
            found.append(folder.name)
    return tuple(found)


def listing(output: Path) -> list[dict[str, Any]]:
    """Per month which languages it has, and which branches have no page there but in another month."""
    pages = {
        month: {
            path.relative_to(output / month / FOLDER).as_posix() for path in (output / month / FOLDER).rglob("*.html")
        }
        for month in published(output)
    }
    every = set[str]().union(*pages.values())
    return [{"period": month, "without": sorted(every - own)} for month, own in pages.items()]


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
