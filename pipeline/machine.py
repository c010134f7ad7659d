"""What a machine must bring, found or put in place: an environment, Pango, Chinese fonts.

    python3 -I pipeline/machine.py environment    .venv, exactly as requirements.lock says
    python -m pipeline.machine                    the system libraries and fonts WeasyPrint needs
    python -m pipeline.machine tests              the browser that the tests drive
    python -m pipeline.machine --json             the versions of everything a page depends on

Where it may (Debian or Ubuntu, as root or with passwordless sudo) it installs exactly the
missing packages. Anywhere else it stops with the command to type. With nothing missing it
is silent. The first command runs before anything is installed, hence the standard library
alone at the top of this file.
"""

import argparse
import ctypes
import ctypes.util
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.fonts import Fonts

ROOT = Path(__file__).resolve().parent.parent
PANGO_OLDEST = 14400  # 1.44.0, in Pango's own counting

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


@dataclass(frozen=True)
class Need:
    """Something the machine must have, and the package that brings it on each system."""

    name: str
    debian: str
    fedora: str
    brew: str


@dataclass(frozen=True)
class Library:
    """A shared library, by the names WeasyPrint asks for it, and a function that is in it."""

    need: Need
    names: tuple[str, ...]  # as the loader knows it: Linux, macOS
    stem: str  # as find_library knows it
    probe: str  # the function, the one that tells the version where there is one


PANGO = Need("Pango 1.44 or newer", "libpango-1.0-0", "pango", "pango")
LIBRARIES = {
    "gobject": Library(PANGO, ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"), "gobject-2.0", "g_type_init"),
    "pango": Library(PANGO, ("libpango-1.0.so.0", "libpango-1.0.dylib"), "pango-1.0", "pango_version_string"),
    "pangoft2": Library(
        Need("PangoFT2", "libpangoft2-1.0-0", "pango", "pango"),
        ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
        "pangoft2-1.0",
        "pango_ft2_font_map_new",
    ),
    "fontconfig": Library(
        Need("Fontconfig", "libfontconfig1", "fontconfig", "fontconfig"),
        ("libfontconfig.so.1", "libfontconfig.1.dylib"),
        "fontconfig",
        "FcGetVersion",
    ),
    "harfbuzz": Library(
        Need("HarfBuzz", "libharfbuzz0b", "harfbuzz", "harfbuzz"),
        ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
        "harfbuzz",
        "hb_version_string",
    ),
    # WeasyPrint runs without this one, 25 times slower. Debian 12, Ubuntu 24.04 and newer have it.
    "harfbuzz-subset": Library(
        Need("HarfBuzz-Subset", "libharfbuzz-subset0", "harfbuzz", "harfbuzz"),
        ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
        "harfbuzz-subset",
        "hb_subset_input_create_or_fail",
    ),
}
FONTS = Need(
    "a complete Simplified Chinese font, regular and bold",
    "fonts-noto-cjk",
    "google-noto-sans-cjk-fonts",
    "font-noto-sans-cjk-sc",
)
BROWSER = Need("Chromium", "chromium", "chromium", "google-chrome")
DRIVER = Need("ChromeDriver", "chromium-driver", "chromedriver", "chromedriver")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (  # where macOS keeps them
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
VENV = Need(
    "Python's venv and ensurepip",
    f"python3.{sys.version_info.minor}-venv",
    "python3",
    "python",
)


class Unready(Exception):
    """The machine cannot do the work yet. The text says what to do about it."""


# ── what is there ────────────────────────────────────────────────────────────────────────


def use_homebrew() -> None:
    """On macOS, let any Python and its children find Homebrew's libraries. Elsewhere nothing."""
    if sys.platform == "darwin":
        folders = "/opt/homebrew/lib:/usr/local/lib:/usr/lib"
        os.environ.setdefault("DYLD_FALLBACK_LIBRARY_PATH", folders)


def load(library: Library) -> ctypes.CDLL | None:
    """The library, found the way WeasyPrint finds it, or None."""
    for name in library.names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    found = ctypes.util.find_library(library.stem)
    try:
        return ctypes.CDLL(found) if found else None
    except OSError:
        return None


def fonts_found() -> bool:
    """Whether a complete Simplified Chinese font is on this machine.

    The search reads every font file, so the environment remembers which two files it chose,
    by size and time of change, until one of them is not the same any more.
    """
    memory = Path(sys.prefix) / "csi-fonts.json"
    chosen = os.environ.get("CSI_FONT_DIR")
    try:
        remembered = json.loads(memory.read_bytes())
        if remembered == [chosen, [identity(Path(path)) for path, *_ in remembered[1]]]:
            return True
    except (OSError, ValueError, LookupError, TypeError):
        pass
    try:
        found = find_fonts()
    except FileNotFoundError:
        return False
    if sys.prefix != sys.base_prefix:
        faces = (found.regular, found.bold)
        with suppress(OSError):  # an environment one may only read
            memory.write_text(json.dumps([chosen, [identity(face.path) for face in faces]]))
    return True


def find_fonts() -> "Fonts":
    """The fonts of every page. Raises FileNotFoundError if this machine has none."""
    from pipeline import fonts

    try:
        return fonts.find()
    except fonts.FontsMissing as problem:
        raise FileNotFoundError(problem) from None


def identity(file: Path) -> list[str | int]:
    """What tells a file from another one at the same place without reading it."""
    now = file.stat()
    return [str(file), now.st_size, now.st_mtime_ns]


def missing() -> list[Need]:
    """What WeasyPrint needs and this machine lacks, each once."""
    needs = []
    for name, library in LIBRARIES.items():
        loaded = load(library)
        if loaded is None or (name == "pango" and loaded.pango_version() < PANGO_OLDEST):
            needs.append(library.need)
    if not fonts_found():
        needs.append(FONTS)
    return list(dict.fromkeys(needs))


def browser() -> str | None:
    """The Chromium or Chrome of this machine."""
    return next(filter(None, map(shutil.which, (*BROWSERS, *APPLICATIONS))), None)


def driver() -> str | None:
    """What drives it."""
    return shutil.which("chromedriver")


def tests_missing() -> list[Need]:
    """What the tests need beside a run and this machine lacks."""
    return [need for need, found in ((BROWSER, browser()), (DRIVER, driver())) if found is None]


def venv_missing() -> list[Need]:
    """Debian ships Python without the parts that make an environment."""
    probe = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True)
    return [VENV] if probe.returncode else []


# ── putting it in place ──────────────────────────────────────────────────────────────────


def apt() -> list[str] | None:
    """The start of an apt-get command that this user may run unasked, or None."""
    if not shutil.which("apt-get"):
        return None
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    if os.geteuid() == 0:
        return command
    if shutil.which("sudo") and run(["sudo", "-n", "true"])[0]:
        return ["sudo", "-n", *command]
    return None


def run(command: Sequence[str | Path]) -> tuple[bool, str]:
    """Run a command that must ask nothing; whether it succeeded, and all it printed."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    return done.returncode == 0, done.stdout


def apt_install(command: list[str], packages: list[str]) -> tuple[bool, str]:
    """Install the packages; refresh apt's lists only if they do not know them."""
    options = ["--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    install = [*command, "install", *options, *packages]
    done, first = run(install)
    if done:
        return True, first
    _, update = run([*command, "update"])  # one broken foreign source must not matter
    done, second = run(install)
    return done, update + second


def instructions(needs: list[Need]) -> str:
    """What is missing, and the one command that brings it on each system."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    debian, fedora, brew = (
        " ".join(dict.fromkeys(packages))
        for packages in zip(*((n.debian, n.fedora, n.brew) for n in needs), strict=True)
    )
    lines = [
        f"This machine lacks {'; '.join(need.name for need in needs)}.",
        "Install, then repeat:",
        f"  Debian, Ubuntu   {sudo}apt-get install {debian}",
        f"  Fedora           {sudo}dnf install {fedora}",
        f"  macOS            brew install {brew}",
    ]
    if FONTS in needs:
        lines.append("Or name a folder that holds such a font in CSI_FONT_DIR.")
    return "\n".join(lines)


def provide(find: Callable[[], list[Need]]) -> None:
    """Install what `find` says is missing, if we may. Raises Unready if it is still missing."""
    needs = find()
    if not needs:
        return
    command = apt()
    if command is None:
        raise Unready(instructions(needs))
    packages = list(dict.fromkeys(need.debian for need in needs))
    say(f"installing {' '.join(packages)}")
    done, output = apt_install(command, packages)
    left = find()
    if left:
        tail = "" if done else output.rstrip() + "\n"
        raise Unready(tail + instructions(left))


def fingerprint() -> str:
    """Changes when the environment must be made again: other packages, or a moved folder."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update(hashlib.sha256((ROOT / name).read_bytes()).digest())
    return digest.hexdigest()


def environment() -> None:
    """Make .venv from requirements.lock, unless it is there and whole.

    The stamp is written last, so that an interrupted set-up is begun again from nothing.
    Two at once wait for each other.
    """
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        make_environment(ROOT / ".venv", fingerprint())
    finally:
        os.close(folder)


def make_environment(venv: Path, wanted: str) -> None:
    stamp, python = venv / "made-from", venv / "bin" / "python"
    if stamp.exists() and stamp.read_text("ascii") == wanted and shutil.which(python):
        return
    provide(venv_missing)
    os.environ["PIP_USER"] = "0"  # somebody's own pip settings must not lead out of .venv
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]
    steps: list[tuple[str, list[str | Path]]] = [
        (
            f"making .venv with Python {platform.python_version()}",
            [sys.executable, "-m", "venv", "--clear", venv],
        ),
        (
            "installing the packages of requirements.lock",
            [*pip, "--require-hashes", "--requirement", "requirements.lock"],
        ),
        (
            "installing csi",
            [*pip, "--no-deps", "--no-build-isolation", "--editable", "."],
        ),
    ]
    stamp.unlink(missing_ok=True)
    for title, command in steps:
        say(title)
        done, output = run(command)
        if not done:
            raise Unready(f"{output.rstrip()}\nStopped while {title}. Repeat once that is mended.")
    stamp.write_text(wanted, "ascii")


# ── what was found, for the record of a run ──────────────────────────────────────────────


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
    loaded = load(LIBRARIES[name])
    if loaded is None:
        raise Unready(instructions([LIBRARIES[name].need]))
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


def versions(fonts: "Fonts | None" = None) -> dict[str, object]:
    """Everything outside the project that a figure or a page depends on. No paths.

    fonts: those the pages are set in, where they are known already; None means find them.
    """
    use_homebrew()
    found = fonts or find_fonts()
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: package_version(name) for name in PACKAGES},
        "libraries": {name: library_version(name) for name in LIBRARIES},
        "fonts": [
            {"file": face.path.name, "face": face.index, "sha256": face.sha256} for face in (found.regular, found.bold)
        ],
    }


def say(line: str) -> None:
    print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.machine", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["environment", "tests"])
    parser.add_argument("--json", action="store_true", help="print the versions found")
    options = parser.parse_args(arguments)
    use_homebrew()
    try:
        if options.what == "environment":
            environment()
        elif options.what == "tests":
            provide(tests_missing)
        elif options.json:
            print(json.dumps(versions(), indent=2))
        else:
            provide(missing)
    except Unready as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
