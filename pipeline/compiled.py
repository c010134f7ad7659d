"""Compiled templates, kept beside their sources as Python keeps its own: to compile them takes longer than a small
month does.

What was compiled is used again only by the same program: Jinja works out constant filters while it compiles.
"""

import os
import pickle
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from pipeline import provenance


class Compiled(BytecodeCache):
    """The compiled templates of one folder for one environment. kind: names the environment, as other options compile
    to other code. Where nothing can be written, nothing is kept."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder, self._kind = folder, kind

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002
        return f"{self._kind}-{name.replace('/', '-')}"

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            with self._place(bucket).open("rb") as file:
                if file.read(len(_program())) == _program():
                    bucket.load_bytecode(file)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        place = self._place(bucket)
        with suppress(OSError):
            place.parent.mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as part:
                pass
            try:
                with open(part.name, "wb") as file:
                    file.write(_program())
                    bucket.write_bytecode(file)
                os.chmod(part.name, 0o644)
                os.replace(part.name, place)
            except OSError:
                os.remove(part.name)

    def _place(self, bucket: Bucket) -> Path:
        return Path(cache_from_source(str(self._folder / f"{bucket.key}.py")))


@cache
def _program() -> bytes:
    """What this program and its template engine are told by."""
    return provenance.identity(provenance.program(), version("jinja2")).encode()
