"""Whether a PDF is what was published, and prints what it carries.

1. The file: its SHA-256 against run.json of the month.
2. Its attached rows against the published tables, which themselves must be as run.json lists them.
3. What page.json says against the attached rows, and against run.json.
4. Every number on its pages against page.json.
5. The tables and headlines of its pages: each figure beside its own labels.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pipeline import provenance
from pipeline.evidence import FORMAT, PAGE
from pipeline.read_numbers import SHOWN, Finding, in_rows, more, on_pages
from pipeline.read_places import in_places
from pipeline.readback import Document, read
from pipeline.refusal import Refusal

_KEYS = (
    "period", "instrument", "level", "unit", "measure", "statistic", "window", "against", "margin", "category",
    "within", "branch", "what",
)  # fmt: skip


def verify(path: Path, month: Path | None) -> list[Finding]:
    """What was found, in the order of the checks. month: the published month's folder; None: look beside the
    file and above. Raises Refusal where there is nothing that could be checked."""
    document = read(path)
    page = _page(path, document)
    folder = month or next((one for one in (path.parent, path.parent.parent) if (one / "run.json").is_file()), None)
    found = []
    if folder is None:
        found.append(Finding(False, "Not compared with what was published: there is no run.json beside it or above. "
                                    "Name the month's folder with --month."))  # fmt: skip
    else:
        run = _run(folder)
        name, suffix, run = _published(document, folder, run)
        found += _file(path, name, suffix, run)
        found += _of_run(page, run)
        for table in sorted(one for one in document.files if one.endswith(".csv")):
            found += _table(table, document.files[table], folder, suffix, run)
    found += in_rows(page, document)
    found += on_pages(page, document)
    found += in_places(page, document)
    return found


def _page(path: Path, document: Document) -> dict[str, Any]:
    if PAGE not in document.files:
        raise Refusal(f"{path}: carries no {PAGE}, so it is no page that csi printed, or its attachment was taken out.")
    try:
        whole = json.loads(document.files[PAGE])
        page: dict[str, Any] = whole["page"]
        if whole["format"] != FORMAT or not isinstance(page["method"], dict):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Refusal(f"{path}: its {PAGE} cannot be read as what csi attaches ({FORMAT}).") from None
    return page


def _run(folder: Path, name: str = "run.json") -> dict[str, Any]:
    try:
        run: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
        if not (isinstance(run["outputs"], dict) and isinstance(run["responses"], dict)):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise Refusal(f"{folder / name}: cannot be read as the record of a published month.") from None
    return run


def _published(document: Document, folder: Path, run: dict[str, Any]) -> tuple[str | None, str, dict[str, Any]]:
    """Under which name a month has just this file, and in which record: the present one, or that of a revision
    before, whose tables are kept with a suffix."""
    kept = sorted(folder.glob("run-r*.json"))
    records = [("", run), *((one.stem.removeprefix("run"), _run(folder, one.name)) for one in kept)]
    for suffix, one in records:
        for name, digest in one["outputs"].items():
            if digest == document.sha256:
                return name, suffix, one
    return None, "", run


def _file(path: Path, name: str | None, suffix: str, run: dict[str, Any]) -> Iterator[Finding]:
    of_month = f"{run.get('period')} (run {run.get('run_id')})"
    if name is None:
        known = [one for one in run["outputs"] if Path(one).name == path.name]
        yield Finding(False, f"The file is not one that {of_month} published: "
                             + (f"{known[0]} has other bytes." if known else f"it has no {path.name}."))  # fmt: skip
    elif suffix:
        yield Finding(True, f"The file is {name} of revision {run.get('revision', 1)} of {of_month}, byte for byte. "
                            "That month was published again since.")  # fmt: skip
    else:
        yield Finding(True, f"The file is {name} of {of_month}, byte for byte.")


def _of_run(page: dict[str, Any], run: dict[str, Any]) -> Iterator[Finding]:
    method = page["method"]
    pairs = {
        "month": (page.get("period"), run.get("period")),
        "run id": (page.get("run_id"), run.get("run_id")),
        "status": (page.get("status"), run.get("status")),
        "accepted responses": (method.get("accepted"), run["responses"].get("accepted")),
        "quarantined responses": (method.get("quarantined"), run["responses"].get("quarantined")),
    }
    other = [f"{name} {ours}, published {theirs}" for name, (ours, theirs) in pairs.items() if ours != theirs]
    if other:
        yield Finding(False, f"{PAGE} is of another run: {'; '.join(other)}.")
    else:
        yield Finding(True, f"{PAGE} names the {', '.join(pairs)} that run.json has.")


def _table(name: str, content: bytes, folder: Path, suffix: str, run: dict[str, Any]) -> Iterator[Finding]:
    """The attached rows of one table among the published ones."""
    path = folder / f"{Path(name).stem}{suffix}.csv"
    listed = run["outputs"].get(name)
    if listed is None or not path.is_file():
        yield Finding(False, f"The attached {name} has no published table to be compared with.")
        return
    if provenance.file_digest(path) != listed:
        yield Finding(False, f"{path.name} of the published month is itself not as run.json lists it (SHA-256).")
        return
    attached = list(csv.DictReader(io.StringIO(content.decode("utf-8", "replace"))))
    columns = list(attached[0]) if attached else []
    wanted = Counter(_cells(row, columns) for row in attached)
    keys = [one for one in _KEYS if one in columns]
    wrong = {_cells(row, keys): row for row in attached}
    published: dict[tuple[str, ...], Mapping[str, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if wanted.get(cells := _cells(row, columns)):
                wanted[cells] -= 1
            elif (key := _cells(row, keys)) in wrong:
                published[key] = row
    left = [row for row in attached if wanted[_cells(row, columns)] > 0]
    if not left:
        yield Finding(True, f"{len(attached):,} attached rows of {name} stand in the published table, digit for digit.")
        return
    told = [_told(row, published.get(_cells(row, keys)), keys) for row in left[:SHOWN]]
    yield Finding(False, f"{len(left):,} of {len(attached):,} attached rows of {name} are not as published: "
                         f"{'; '.join(told)}{more(left)}.")  # fmt: skip


def _told(row: Mapping[str, str], published: Mapping[str, str] | None, keys: Iterable[str]) -> str:
    named = " ".join(row[key] for key in keys if key != "instrument" and row[key])
    if published is None:
        return f"{named}: no such row"
    parts = [f"{one} {row[one] or 'empty'}, published {published.get(one) or 'empty'}"
             for one in row if _cell(row[one]) != _cell(published.get(one))]  # fmt: skip
    return f"{named}: {', '.join(parts)}" if parts else f"{named}: more than once"


def _cells(row: Mapping[str, str], columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(_cell(row.get(one)) for one in columns)


def _cell(text: str | None) -> str:
    """The same for the same number, however its zeros are written; without a spreadsheet's guard."""
    text = text or ""
    try:
        return str(Decimal(text).normalize()) if text[:1] in "-.0123456789" else text.removeprefix("'")
    except InvalidOperation:
        return text
