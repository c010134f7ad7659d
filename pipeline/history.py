"""Earlier months enter a run as their accepted tables, admitted once and kept.

Kept in <output>/.admitted/<month>-<identity>/, where the identity covers the exports the month
depends on, the programme's definitions and this program. Every file is checked against its SHA-256
before use.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from pipeline import accepted, provenance
from pipeline.month import Month
from pipeline.publish import publish, staging

FOLDER = ".admitted"
CONTACTS = "contacts"
_MANIFEST = "files.json"


def kept(output: Path, month: Month, identity: str, part: str, make: Callable[[Path], None]) -> Path:
    """The folder in which a part of a month is kept, made by `make` in an empty folder if need be."""
    store = output / FOLDER
    store.mkdir(exist_ok=True)
    place = store / f"{month}-{part}-{identity}"
    if not _whole(place):
        with staging(store, place.name) as folder:
            make(folder)
            (folder / _MANIFEST).write_text(json.dumps(_digests(folder)), encoding="utf-8")
            publish(folder, place)
        for old in store.glob(f"{month}-{part}-*"):
            if old != place:
                shutil.rmtree(old)
    return place


def copy_accepted(place: Path, target: Path) -> None:
    shutil.copytree(place / accepted.FOLDER, target / accepted.FOLDER, dirs_exist_ok=True)


def _whole(place: Path) -> bool:
    """Whether the tables of a kept month are just those that were kept, byte for byte."""
    try:
        listed = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
        return bool(listed) and listed == _digests(place)
    except (OSError, ValueError):
        return False


def _digests(folder: Path) -> dict[str, str]:
    """file -> SHA-256 of every table in a folder."""
    return {
        path.relative_to(folder).as_posix(): provenance.file_digest(path) for path in sorted(folder.rglob("*.parquet"))
    }
