"""The record of what a page depends on: versions and hashes, and no place on this machine."""

import ctypes
import json
import os
import re

from pipeline import versions
from pipeline.needs import LIBRARIES
from tests.test_environment import requirement_names


def test_the_record_names_versions_and_hashes_and_no_place() -> None:
    record = versions.versions()
    text = json.dumps(record)
    assert not re.search(r'"[^"]*[/\\][^"]*"', text)
    assert len(re.findall(r'"sha256": "[0-9a-f]{64}"', text)) >= 2
    libraries = record["libraries"]
    assert isinstance(libraries, dict)
    for name in ("pango", "harfbuzz", "fontconfig"):
        assert re.fullmatch(r"\d+\.\d+\.\d+", libraries[name]["version"])
    number = ctypes.CDLL(LIBRARIES["pango"].names[os.uname().sysname == "Darwin"]).pango_version()
    assert libraries["pango"]["version"].startswith(f"{number // 10000}.{number // 100 % 100}.")


def test_the_record_covers_what_the_project_depends_on() -> None:
    assert requirement_names("") <= set(versions.PACKAGES)
