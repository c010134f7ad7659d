"""A month appears whole or not at all: built beside, exchanged in one step, old one removed after.

`renameat2(RENAME_EXCHANGE)` (Linux) and `renamex_np(RENAME_SWAP)` (macOS) swap two folders at
once. Where the file system cannot, two renames do, and the next run mends what a kill in
between may leave.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.refusal import Refusal

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2
_FULL = re.compile("No space left on device|Disk quota exceeded|File too large|transport error")
_WRAPPED = re.compile(f"{_FULL.pattern}|Read-only file system|Input/output error|Permission denied")
_STAGING = ".building-"
_REPLACED = ".replaced-"


@contextlib.contextmanager
def only_one(output: Path) -> Iterator[None]:
    """Holds the output folder for one run. Raises Refusal while another run holds it.

    Also clears what killed runs left: staging folders go, an interrupted exchange is mended.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = open(output / ".lock", "a+")  # noqa: SIM115
    except OSError as error:
        raise Refusal(
            f"{output}: the output folder cannot be written ({error.strerror}). Correct its rights, or `output` in "
            "programme.toml."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(f"{output}: another run is at work here. Wait until it is done.") from None
        for folder in (output, *(one for one in sorted(output.iterdir()) if one.is_dir())):
            with _refusing(folder):
                _mend(folder)
        yield


@contextlib.contextmanager
def staging(output: Path, name: str) -> Iterator[Path]:
    """A new folder beside the target, gone afterwards unless it was published.

    Raises Refusal when anything cannot be written there, such as on a full disk.
    """
    folder = output / f"{_STAGING}{name}"
    with _refusing(output):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _refusing(output: Path) -> Iterator[None]:
    """What the system will not write, in a sentence; Polars and DuckDB wrap it in errors of their own."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        wrapped = _WRAPPED.search(str(error))
        if not isinstance(error, OSError) and wrapped is None:
            raise
        named, what = output, (wrapped[0] if wrapped else str(error)).replace("transport error", "a file breaks off")
        if isinstance(error, OSError) and error.strerror:
            named, what = error.filename or output, error.strerror
        hint = "Is the disk full? " if _FULL.search(str(error)) else ""
        raise Refusal(f"{named}: cannot be written ({what}). {hint}What was published before is untouched.") from None


def publish(folder: Path, target: Path) -> None:
    """Puts a finished folder in the place of `target`; there is no moment without one."""
    _sync(folder)
    if target.exists():
        if not _exchange(folder, target):
            old = target.parent / f"{_REPLACED}{target.name}"
            target.rename(old)
            folder.rename(target)
            shutil.rmtree(old)
    else:
        folder.rename(target)
    _sync_one(target.parent)


def _mend(output: Path) -> None:
    for left in output.glob(f"{_REPLACED}*"):
        target = output / left.name.removeprefix(_REPLACED)
        if target.exists():
            shutil.rmtree(left)
        else:
            left.rename(target)
    for left in output.glob(f"{_STAGING}*"):
        shutil.rmtree(left)


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two paths in one step; False where the system or the file system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        done = library.renamex_np(*names, _RENAME_SWAP)
    elif hasattr(library, "renameat2"):
        done = library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE)
    else:
        return False
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))


def _sync(folder: Path) -> None:
    """Every file and folder safely on disk before the name points to it."""
    with ThreadPoolExecutor(16) as pool:  # a disk writes many files out at once as fast as a few
        for place, _, names in os.walk(folder):
            for _ in pool.map(_sync_one, (os.path.join(place, name) for name in names)):
                pass
            _sync_one(place)


def _sync_one(path: str | Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
