"""What was found on this machine, for the record of a run: the version of everything that a page depends on.

python -m pipeline.versions    prints it as JSON
"""

import ctypes
import hashlib
import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from pipeline import machine
from pipeline.fonts import Fonts
from pipeline.machine import Unready
from pipeline.needs import LIBRARIES

# The packages whose version can change a figure or a page.
PACKAGES = (
    "babel",
    "csi",
    "duckdb",
    "fastexcel",
    "fonttools",
    "itables",
    "jinja2",
    "numpy",
    "pandera",
    "polars",
    "pydantic",
    "pydyf",
    "pypdfium2",
    "pyreadstat",
    "rich",
    "tinycss2",
    "tinyhtml5",
    "tzdata",
    "uharfbuzz",
    "weasyprint",
    "xlsxwriter",
)


class _Symbol(ctypes.Structure):
    """What dladdr tells of an address: the file it was loaded from, and its name."""

    _fields_ = (
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    )


def library_version(name: str) -> dict[str, str]:
    """A loaded library's own word for its version where it has one, its file's name and hash."""
    loaded = machine.load(LIBRARIES[name])
    if loaded is None:
        raise Unready(machine.instructions([LIBRARIES[name].need]))
    probe = getattr(loaded, LIBRARIES[name].probe)
    found: dict[str, str] = {}
    if LIBRARIES[name].probe.endswith("_version_string"):
        probe.restype = ctypes.c_char_p
        found["version"] = probe().decode("ascii")
    elif name == "fontconfig":
        number = probe()
        found["version"] = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    symbol = _Symbol()
    address = ctypes.cast(probe, ctypes.c_void_p)
    if ctypes.CDLL(None).dladdr(address, ctypes.byref(symbol)) and symbol.file:
        file = Path(os.fsdecode(symbol.file)).resolve()
        if file.is_file():  # macOS keeps its own libraries in one cache, not in files
            found |= {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    return found


def package_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def versions(fonts: Fonts | None = None) -> dict[str, object]:
    """Everything outside the project that a figure or a page depends on. No paths.

    fonts: those the pages are set in, where they are known already; None means find them.
    """
    machine.use_homebrew()
    found = fonts or machine.find_fonts()
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: package_version(name) for name in PACKAGES},
        "libraries": {name: library_version(name) for name in LIBRARIES},
        "fonts": [
            {"file": face.path.name, "face": face.index, "sha256": face.sha256} for face in (found.regular, found.bold)
        ],
    }


if __name__ == "__main__":
    sys.exit(machine.outcome(lambda: print(json.dumps(versions(), indent=2))))
