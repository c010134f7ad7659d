"""Earlier months enter a run as their accepted tables, admitted once and kept.

Kept in <output>/.admitted/<month>-<identity>/, where the identity covers the month's files, the
programme's definitions and this program. Every file is checked against its SHA-256 before use.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from pipeline import accepted, provenance
from pipeline.admit import Admitted
from pipeline.month import Month
from pipeline.publish import publish, staging

FOLDER = ".admitted"
_MANIFEST = "files.json"


def fetch(output: Path, month: Month, identity: str, target: Path, admit: Callable[[], Admitted]) -> None:
    """Puts a month's accepted tables under target/accepted, admitting it only if need be."""
    store = output / FOLDER
    store.mkdir(exist_ok=True)
    kept = store / f"{month}-{identity}"
    if not _whole(kept):
        admitted = admit()
        with staging(store, kept.name) as folder:
            accepted.write_month(folder, admitted)
            (folder / _MANIFEST).write_text(json.dumps(_digests(folder)), encoding="utf-8")
            publish(folder, kept)
        for old in store.glob(f"{month}-*"):
            if old != kept:
                shutil.rmtree(old)
    shutil.copytree(kept / accepted.FOLDER, target / accepted.FOLDER, dirs_exist_ok=True)


def _whole(kept: Path) -> bool:
    """Whether the tables of a kept month are just those that were kept, byte for byte."""
    try:
        listed = json.loads((kept / _MANIFEST).read_text(encoding="utf-8"))
        return bool(listed) and listed == _digests(kept)
    except (OSError, ValueError):
        return False


def _digests(folder: Path) -> dict[str, str]:
    """file -> SHA-256 of every accepted table in a folder."""
    return {
        path.relative_to(folder).as_posix(): provenance.file_digest(path)
        for path in sorted((folder / accepted.FOLDER).rglob("*"))
        if path.is_file()
    }
