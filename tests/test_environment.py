"""The project's environment: made once from the lock, again when it must be, and never half.

pip and the making of an environment are stand-ins.
"""

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline import environment, machine
from pipeline.machine import Unready

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class FakeSetup:
    """A project folder whose environment is made by stand-ins that note each step."""

    root: Path
    steps: list[str] = field(default_factory=list)
    fails_at: str = ""

    def run(self, command: list[str | Path]) -> tuple[bool, str]:
        words = [str(word) for word in command]
        step = next(w for w in ("venv", "--require-hashes", "--editable") if w in words)
        self.steps.append(step)
        if step == "venv":
            python = self.root / ".venv" / "bin" / "python"
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
            python.chmod(0o755)
        return step != self.fails_at, f"what {step} said\n"


WHOLE = ["venv", "--require-hashes", "--editable"]


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSetup:
    root = tmp_path / "a clone"
    root.mkdir()
    root.joinpath("requirements.lock").write_text("polars==2.1.0\n")
    root.joinpath("pyproject.toml").write_text("[project]\n")
    made = FakeSetup(root)
    monkeypatch.setattr(environment, "ROOT", root)
    monkeypatch.setattr(machine, "run", made.run)
    monkeypatch.setattr(environment, "venv_missing", list)
    monkeypatch.delenv("PIP_USER", raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return made


def made() -> int:
    return machine.outcome(environment.environment)


def test_the_environment_is_made_once(setup: FakeSetup, capsys: pytest.CaptureFixture[str]) -> None:
    assert made() == 0
    assert setup.steps == WHOLE
    assert len(capsys.readouterr().out.splitlines()) == len(WHOLE)
    assert made() == 0
    assert setup.steps == WHOLE
    assert capsys.readouterr() == ("", "")


def change_the_lock(root: Path) -> None:
    root.joinpath("requirements.lock").write_text("polars==2.1.1\n")


def change_the_project(root: Path) -> None:
    root.joinpath("pyproject.toml").write_text("[project]\nname = 'csi'\n")


def lose_python(root: Path) -> None:
    root.joinpath(".venv/bin/python").unlink()


def lose_the_stamp(root: Path) -> None:
    root.joinpath(".venv/made-from").unlink()


@pytest.mark.parametrize("change", [change_the_lock, change_the_project, lose_python, lose_the_stamp])
def test_it_is_made_again_when_it_must_be(setup: FakeSetup, change: Callable[[Path], None]) -> None:
    environment.environment()
    change(setup.root)
    environment.environment()
    assert setup.steps == WHOLE * 2


def test_a_touched_file_with_the_same_content_changes_nothing(setup: FakeSetup) -> None:
    environment.environment()
    os.utime(setup.root / "requirements.lock", (0, 0))
    environment.environment()
    assert setup.steps == WHOLE


@pytest.mark.parametrize("step", WHOLE)
def test_a_failed_step_says_why_and_is_repeated(
    setup: FakeSetup, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    setup.fails_at = step
    assert made() == 2
    assert capsys.readouterr().err.startswith(f"what {step} said\n")
    setup.steps, setup.fails_at = [], ""
    assert made() == 0
    assert setup.steps == WHOLE


def test_a_failed_change_does_not_leave_the_old_stamp(setup: FakeSetup) -> None:
    environment.environment()
    before = setup.root.joinpath("requirements.lock").read_text()
    change_the_lock(setup.root)
    setup.fails_at = "--require-hashes"
    with pytest.raises(Unready):
        environment.environment()
    setup.root.joinpath("requirements.lock").write_text(before)
    setup.steps, setup.fails_at = [], ""
    environment.environment()
    assert setup.steps == WHOLE


def test_a_link_is_not_followed(setup: FakeSetup, tmp_path: Path) -> None:
    """Making an environment empties its folder first, and that one is somebody else's."""
    tmp_path.joinpath("another").mkdir()
    setup.root.joinpath(".venv").symlink_to(tmp_path / "another", target_is_directory=True)
    with pytest.raises(Unready, match=r"rm \.venv"):
        environment.environment()
    assert setup.steps == []


# ── the lock ─────────────────────────────────────────────────────────────────────────────


def requirement_names(of: str) -> set[str]:
    """The packages that pyproject.toml names: of the program, of development ("dev"), of the bench ("rivals")."""
    read = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))
    project = read["project"]
    listed = {"": project["dependencies"], **project["optional-dependencies"], **read["dependency-groups"]}[of]
    return {re.match(r"[\w.-]+", line)[0].lower() for line in listed}  # type: ignore[index]


@pytest.mark.parametrize(
    ("lock", "parts"), [("requirements.lock", ("", "dev")), ("tests/bench/rivals.lock", ("rivals",))]
)
def test_a_lock_pins_everything_by_hash_and_names_no_place(lock: str, parts: tuple[str, ...]) -> None:
    text = ROOT.joinpath(lock).read_text("utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    entries = re.split(r"\n(?=\S)", code.strip())
    pinned = {entry.partition("==")[0] for entry in entries}
    assert set().union(*map(requirement_names, parts)) <= pinned
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==[\w.]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"://|--index|--find-links|--extra-index|@ ", text)
    assert not re.search(r"(^|\s)/\w", text)
