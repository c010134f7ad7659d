"""The project's own Python environment, .venv, exactly as requirements.lock says.

    python3 -E -s -m pipeline.environment    from the project's folder, before anything is installed

Silent where nothing is to be done; stops with the command to type where it may not install what Python lacks.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline import machine
from pipeline.machine import Unready, say
from pipeline.needs import VENV, Need

ROOT = Path(__file__).resolve().parent.parent


def venv_missing() -> list[Need]:
    """Debian ships Python without the parts that make an environment."""
    probe = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True)
    return [VENV] if probe.returncode else []


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
    if venv.is_symlink():
        raise Unready(
            ".venv is a link to a folder elsewhere, which would be emptied. Remove the link, then repeat: rm .venv"
        )
    machine.provide(venv_missing)
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
        done, output = machine.run(command)
        if not done:
            raise Unready(f"{output.rstrip()}\nStopped while {title}. Repeat once that is mended.")
    stamp.write_text(wanted, "ascii")


if __name__ == "__main__":
    sys.exit(machine.outcome(environment))
