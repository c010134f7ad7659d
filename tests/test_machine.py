"""What `pipeline.machine` decides: install, stop with the command to type, or stay silent.

Nothing is installed here. The loader, the user, apt-get, sudo and pip are stand-ins; what
the real machine has is only read.
"""

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline import machine
from pipeline.needs import BROWSER, DRIVER, FONTS, LIBRARIES, PANGO, VENV, Library, Need

SUBSET = LIBRARIES["harfbuzz-subset"].need
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class FakeMachine:
    """A machine that lacks what `lacks` says, until its apt-get brings it."""

    folder: Path
    lacks: set[str] = field(default_factory=set)
    pango: int = 15012
    fonts: bool = True

    def load(self, library: Library) -> "FakeMachine | None":
        name = next(name for name, known in LIBRARIES.items() if known is library)
        arrived = (self.folder / "installed").exists()
        return None if name in self.lacks and not arrived else self

    def pango_version(self) -> int:
        return self.pango

    def program(self, name: str, script: str) -> None:
        """Put a program on the PATH that notes how it was called, then runs the script."""
        file = self.folder / name
        file.write_text(f'#!/bin/sh\ncd "{self.folder}"\necho {name} "$@" >> calls\n{script}\n')
        file.chmod(0o755)

    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    """A complete machine of an ordinary user, with neither apt-get nor sudo."""
    folder = tmp_path / "a machine"
    folder.mkdir()
    made = FakeMachine(folder)
    monkeypatch.setattr(machine, "load", made.load)
    monkeypatch.setattr(machine, "fonts_found", lambda: made.fonts)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for tool in ("sh", "env", "touch", "true", "cp"):
        folder.joinpath(tool).symlink_to(str(shutil.which(tool)))
    monkeypatch.setenv("PATH", str(folder))
    return made


# ── what is missing ──────────────────────────────────────────────────────────────────────


def test_a_complete_machine_is_silent(fake: FakeMachine, capfd: pytest.CaptureFixture[str]) -> None:
    fake.program("apt-get", "exit 1")
    assert machine.main([]) == 0
    assert capfd.readouterr() == ("", "")
    assert fake.calls() == []


@pytest.mark.parametrize(
    ("lacks", "pango", "fonts", "needs"),
    [
        (set(), 15012, True, []),
        (set(), 14400, True, []),
        (set(), 14399, True, [PANGO]),
        ({"pango"}, 15012, True, [PANGO]),
        ({"gobject", "pango"}, 15012, True, [PANGO]),
        ({"harfbuzz-subset"}, 15012, True, [SUBSET]),
        (set(), 15012, False, [FONTS]),
        ({"harfbuzz-subset"}, 14200, False, [PANGO, SUBSET, FONTS]),
    ],
)
def test_what_is_missing(fake: FakeMachine, lacks: set[str], pango: int, fonts: bool, needs: list[Need]) -> None:
    fake.lacks, fake.pango, fake.fonts = lacks, pango, fonts
    assert machine.missing() == needs


# ── where nothing may be installed ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("needs", "debian", "fedora", "macos"),
    [
        (
            [SUBSET],
            "sudo apt-get install libharfbuzz-subset0",
            "sudo dnf install harfbuzz",
            "brew install harfbuzz",
        ),
        (
            [PANGO, LIBRARIES["pangoft2"].need],
            "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0",
            "sudo dnf install pango",
            "brew install pango",
        ),
        (
            [SUBSET, FONTS],
            "sudo apt-get install libharfbuzz-subset0 fonts-noto-cjk",
            "sudo dnf install harfbuzz google-noto-sans-cjk-fonts",
            "brew install harfbuzz font-noto-sans-cjk-sc",
        ),
        (
            [VENV],
            f"sudo apt-get install {VENV.debian}",
            "sudo dnf install python3",
            "brew install python",
        ),
    ],
)
@pytest.mark.usefixtures("fake")
def test_the_instructions_name_each_system_and_only_what_is_missing(
    needs: list[Need], debian: str, fedora: str, macos: str
) -> None:
    lines = machine.instructions(needs).splitlines()
    assert lines[0] == f"This machine lacks {'; '.join(need.name for need in needs)}."
    assert lines[2:5] == [
        f"  Debian, Ubuntu   {debian}",
        f"  Fedora           {fedora}",
        f"  macOS            {macos}",
    ]
    assert len(lines) == (6 if FONTS in needs else 5)


@pytest.mark.parametrize(
    ("programs", "tried"),
    [
        ({}, []),
        ({"sudo": "exit 0"}, []),  # no Debian: nothing is tried
        ({"apt-get": "exit 0"}, []),  # neither root nor sudo
        ({"apt-get": "exit 0", "sudo": "exit 1"}, ["sudo -n true"]),  # sudo wants a password
    ],
)
def test_without_the_right_to_install_it_stops_with_the_commands(
    fake: FakeMachine,
    programs: dict[str, str],
    tried: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    fake.lacks = {"harfbuzz-subset"}
    for name, script in programs.items():
        fake.program(name, script)
    assert machine.main([]) == 2
    assert capfd.readouterr() == ("", machine.instructions([SUBSET]) + "\n")
    assert fake.calls() == tried


# ── where it may install ─────────────────────────────────────────────────────────────────

OPTIONS = "--no-install-recommends -o DPkg::Lock::Timeout=300"
INSTALL = f"apt-get -q -y install {OPTIONS} libharfbuzz-subset0"
UPDATE = "apt-get -q -y update"
KNOWS_THE_PACKAGE = 'case "$3" in install) touch installed;; esac'
KNOWS_IT_AFTER_UPDATE = """
case "$3" in
    update) touch lists; exit 100;;  # another source is broken, as so often
    install) [ -e lists ] && touch installed;;
esac"""


@pytest.mark.parametrize(
    ("apt_get", "calls"),
    [(KNOWS_THE_PACKAGE, [INSTALL]), (KNOWS_IT_AFTER_UPDATE, [INSTALL, UPDATE, INSTALL])],
)
def test_root_installs_exactly_what_is_missing(
    fake: FakeMachine,
    monkeypatch: pytest.MonkeyPatch,
    apt_get: str,
    calls: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    fake.lacks = {"harfbuzz-subset"}
    fake.program("apt-get", 'test "$DEBIAN_FRONTEND" = noninteractive || exit 1\n' + apt_get)
    assert machine.main([]) == 0
    assert capfd.readouterr() == ("installing libharfbuzz-subset0\n", "")
    assert fake.calls() == calls


def test_passwordless_sudo_installs(fake: FakeMachine) -> None:
    fake.lacks = {"harfbuzz-subset"}
    fake.program("apt-get", KNOWS_THE_PACKAGE)
    fake.program("sudo", 'shift; exec "$@"')
    assert machine.main([]) == 0
    assert fake.calls() == [
        "sudo -n true",
        f"sudo -n env DEBIAN_FRONTEND=noninteractive {INSTALL}",
        INSTALL,
    ]


def test_a_failed_install_shows_what_apt_said_and_the_commands(
    fake: FakeMachine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    fake.lacks = {"harfbuzz-subset"}
    fake.program("apt-get", "echo E: no such package; exit 100")
    assert machine.main([]) == 2
    error = capfd.readouterr().err
    assert error.startswith("E: no such package\n")
    assert error.endswith(machine.instructions([SUBSET]) + "\n")
    assert fake.calls() == [INSTALL, UPDATE, INSTALL]


def test_an_install_that_brings_nothing_is_a_failure(fake: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    fake.lacks = {"harfbuzz-subset"}
    fake.program("apt-get", "exit 0")
    assert machine.main([]) == 2


# ── the browser of the tests ─────────────────────────────────────────────────────────────


@pytest.fixture
def bare(fake: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    """The same machine, with no application folder either."""
    monkeypatch.setattr(machine, "APPLICATIONS", (str(fake.folder / "Applications" / "Chromium"),))
    return fake


@pytest.mark.parametrize(
    ("programs", "needs"),
    [
        ((), [BROWSER, DRIVER]),
        (("chromium",), [DRIVER]),
        (("chromedriver",), [BROWSER]),
        *((("chromedriver", name), []) for name in ("chromium", "chromium-browser", "google-chrome-stable")),
        (("chromedriver", "Applications/Chromium"), []),
    ],
)
def test_what_the_tests_miss(bare: FakeMachine, programs: tuple[str, ...], needs: list[Need]) -> None:
    bare.folder.joinpath("Applications").mkdir()
    for name in programs:
        bare.program(name, "exit 1")
    assert machine.tests_missing() == needs


def test_the_browser_is_installed_for_the_tests_alone(
    bare: FakeMachine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    copies = "".join(f"cp apt-get {name}; " for name in ("chromium", "chromedriver"))
    bare.program("apt-get", copies)
    assert machine.main([]) == 0
    assert bare.calls() == []
    assert machine.main(["tests"]) == 0
    assert bare.calls() == [f"apt-get -q -y install {OPTIONS} chromium chromium-driver"]
    assert capfd.readouterr() == ("installing chromium chromium-driver\n", "")
    assert machine.main(["tests"]) == 0
    assert len(bare.calls()) == 1


def test_without_a_browser_it_stops_with_the_commands(bare: FakeMachine, capfd: pytest.CaptureFixture[str]) -> None:
    assert machine.main(["tests"]) == 2
    assert capfd.readouterr().err.splitlines() == [
        "This machine lacks Chromium; ChromeDriver.",
        "Install, then repeat:",
        "  Debian, Ubuntu   sudo apt-get install chromium chromium-driver",
        "  Fedora           sudo dnf install chromium chromedriver",
        "  macOS            brew install google-chrome chromedriver",
    ]
    assert bare.calls() == []


# ── this machine, only read ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", LIBRARIES)
def test_libraries_are_found_where_weasyprint_finds_them(name: str) -> None:
    machine.use_homebrew()
    from weasyprint.text import ffi

    theirs = getattr(ffi, name.replace("-", "_"))
    assert (machine.load(LIBRARIES[name]) is not None) == (theirs is not None)


def test_homebrew_is_searched_on_macos_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(sys, "platform", "linux")
    machine.use_homebrew()
    assert os.environ == {}
    monkeypatch.setattr(sys, "platform", "darwin")
    machine.use_homebrew()
    assert os.environ["DYLD_FALLBACK_LIBRARY_PATH"].startswith("/opt/homebrew/lib:")


def test_an_unknown_library_is_not_found() -> None:
    nothing = Library(SUBSET, ("libcsi-has-no-such.so.0",), "csi-has-no-such", "none")
    assert machine.load(nothing) is None


def test_the_font_search_is_remembered_until_a_font_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Face:
        path: Path

    @dataclass
    class Found:
        regular: Face
        bold: Face

    regular, bold = tmp_path / "a.ttf", tmp_path / "b.ttf"
    regular.write_bytes(b"1")
    bold.write_bytes(b"2")
    searches: list[int] = []

    def search() -> Found:
        searches.append(1)
        if not bold.exists():
            raise FileNotFoundError
        return Found(Face(regular), Face(bold))

    monkeypatch.setattr(machine, "find_fonts", search)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for expected in (1, 1):
        assert machine.fonts_found()
        assert len(searches) == expected
    bold.write_bytes(b"22")
    assert machine.fonts_found()
    assert len(searches) == 2
    monkeypatch.setenv("CSI_FONT_DIR", str(tmp_path))
    assert machine.fonts_found()
    assert len(searches) == 3
    bold.unlink()
    assert not machine.fonts_found()
