"""The system libraries and fonts that pages are set with, and the browser of the tests: found or put in place.

    python -m pipeline.machine          what WeasyPrint needs
    python -m pipeline.machine tests    the browser that the tests drive

Where it may (Debian or Ubuntu, as root or with passwordless sudo) it installs exactly the
missing packages. Anywhere else it stops with the command to type. With nothing missing it
is silent.
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.needs import APPLICATIONS, BROWSER, BROWSERS, DRIVER, FONTS, LIBRARIES, PANGO_OLDEST, Library, Need

if TYPE_CHECKING:
    from pipeline.fonts import Fonts

ROOT = Path(__file__).resolve().parent.parent


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


def say(line: str) -> None:
    print(line, flush=True)


def outcome(work: Callable[[], None]) -> int:
    """The exit status of some work of a set-up; where the machine is not ready, what to do is told."""
    use_homebrew()
    try:
        work()
    except Unready as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.machine", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["tests"])
    options = parser.parse_args(arguments)
    return outcome(partial(provide, tests_missing if options.what else missing))


if __name__ == "__main__":
    sys.exit(main())
