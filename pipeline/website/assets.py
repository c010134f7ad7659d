"""What the pages of the site share: style, scripts, the library for tables, and its licences.

DataTables comes with the Python package itables, as a module of JavaScript. A browser loads no module from disk,
so the same code is put into a function here, with its one export made global.
"""

import re
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from pipeline.catalogue import REPORTS

TEMPLATES = REPORTS / "templates" / "site"
OWN = ("site.css", "site.js", "draw.js", "league.js", "compare.js")
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"
_EXPORT = re.compile(r"export\{(?:[^{}]*,)?(\w+) as default[^{}]*\}")


def write(folder: Path) -> None:
    """Into the site's folder of assets."""
    folder.mkdir(parents=True)
    for name in OWN:
        (folder / name).write_bytes((TEMPLATES / name).read_bytes())
    (folder / "datatables.js").write_text(datatables(), encoding="utf-8")
    (folder / "LICENSES.txt").write_text(licences(), encoding="utf-8")


def datatables() -> str:
    """DataTables as a classic script that defines DataTable."""
    source = (_package() / "html" / "dt_bundle.js").read_text(encoding="utf-8")
    parts = _EXPORT.split(source)
    if len(parts) != 3:
        raise RuntimeError("the DataTables of this version of itables has another form of export than is known here")
    code, name, remarks = parts
    return f"(()=>{{{code}globalThis.DataTable={name};\n{remarks}\n}})();\n"


def licences() -> str:
    """Of DataTables and what it stands on, and of the package it comes with."""
    (own,) = (one for one in distribution("itables").files or () if one.name == "LICENSE")
    return (TEMPLATES / "LICENSES.txt").read_text("utf-8") + own.read_text(encoding="utf-8")


def _package() -> Path:
    spec = find_spec("itables")
    assert spec is not None  # it stands in pyproject.toml
    return Path(spec.origin or "").parent
