"""Compiled templates: used again by the same program for the same source and options, and by nothing else."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from pipeline import compiled
from pipeline.compiled import Compiled


def filled(folder: Path, kind: str, ending: str) -> str:
    """A template whose one text is worked out while it is compiled."""
    made = Environment(loader=FileSystemLoader(folder), bytecode_cache=Compiled(folder, kind))
    made.filters["ended"] = lambda text: text + ending
    return made.get_template("one/a.html.j2").render()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr("sys.pycache_prefix", None)
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.html.j2").write_text("{{ 'a' | ended }}", encoding="utf-8")
    return tmp_path


def test_what_was_compiled_is_used_again(folder: Path) -> None:
    assert [filled(folder, "zh", ending) for ending in "xy"] == ["ax", "ax"]
    assert len(list((folder / "__pycache__").iterdir())) == 1


def test_other_options_another_source_and_another_program_compile_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [filled(folder, kind, kind) for kind in ("zh", "en", "zh")] == ["azh", "aen", "azh"]
    (folder / "one" / "a.html.j2").write_text("{{ 'b' | ended }}", encoding="utf-8")
    assert filled(folder, "zh", "x") == "bx"
    monkeypatch.setattr(compiled, "_program", lambda: b"another")
    assert [filled(folder, "zh", ending) for ending in "yz"] == ["by", "by"]


@pytest.mark.parametrize("keep", [0, 5, 20, 60, 200])
def test_a_damaged_one_is_compiled_anew(keep: int, folder: Path) -> None:
    filled(folder, "zh", "x")
    (path,) = (folder / "__pycache__").iterdir()
    path.write_bytes(path.read_bytes()[:keep])
    assert filled(folder, "zh", "y") == "ay"


def test_where_nothing_can_be_written_nothing_is_kept(folder: Path) -> None:
    (folder / "__pycache__").write_text("in the way", encoding="utf-8")
    assert [filled(folder, "zh", ending) for ending in "xy"] == ["ax", "ay"]
