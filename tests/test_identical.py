"""The same exports give the same bytes, whoever runs them, wherever and whenever."""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SMALL_CARDS, Called, Network

OTHER = (".duckdb", "run.json")  # the database and the record of the run
PAGES = re.compile(r".*\.pdf|network.*\.xlsx|site/.*")

# In each world nothing is as in the others: folder, user's settings, threads, order of the files on disk.
WORLDS = {
    "here": ("run", {}, ()),
    "a longer folder/名字 with 'quotes'": (
        "run",
        {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "4242", "SOURCE_DATE_EPOCH": "1"},
        ("--threads", "1", "--workers", "1"),
    ),
    "without pages": (
        "score",
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "77", "COLUMNS": "31"},
        ("--threads", "7"),
    ),
}


def copied_backwards(network: Network, folder: Path) -> Network:
    """A copy whose files were made in another order, at another time."""
    for path in sorted(network.folder.rglob("*"), reverse=True):
        target = folder / path.relative_to(network.folder)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (86_400, 86_400))
    return Network(folder)


@pytest.fixture(scope="module")
def published(
    pristine: Network, small_printed: Network, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, bytes]]:
    """world -> file -> bytes."""
    done = {}
    for name, (command, env, options) in WORLDS.items():
        network = small_printed
        if name != "here":
            network = copied_backwards(pristine, tmp_path_factory.mktemp("world") / name / "dealers")
            if command == "run":
                called = network.printing(SMALL_CARDS, *options, env=env, cwd=network.folder.parent)
            else:
                called = network.process(command, *options, env=env, cwd=network.folder.parent)
            assert called.status == 0, called.err
        month = network.out / ("score/2025-10" if command == "score" else "2025-10")
        done[name] = {
            path.relative_to(month).as_posix(): path.read_bytes() for path in sorted(month.rglob("*")) if path.is_file()
        }
    return done


def test_the_worlds_differ(tmp_path: Path) -> None:
    """What is asked of the environment is really felt by a program."""
    ask = "import time, sys, hashlib; print(time.strftime('%H'), hash('a'))"
    seen = {
        subprocess.run([sys.executable, "-c", ask], env={**os.environ, **env}, capture_output=True, cwd=tmp_path).stdout
        for _, env, _ in WORLDS.values()
    }
    assert len(seen) == 3


@pytest.mark.parametrize("world", list(WORLDS)[1:])
def test_identical_bytes(world: str, published: dict[str, dict[str, bytes]]) -> None:
    one, other = published["here"], published[world]
    pages = WORLDS[world][0] == "run"
    compared = [name for name in one if not name.endswith(OTHER) and (pages or not PAGES.fullmatch(name))]
    assert compared == [name for name in other if not name.endswith(OTHER)]
    assert [name for name in compared if one[name] != other[name]] == []
    kinds = Counter(name.rsplit(".", 1)[1] for name in compared)
    assert {"csv", "parquet", "sql", "html", "xlsx"} <= set(kinds)
    assert (kinds["js"] > 0) == pages
    assert kinds["pdf"] == (len(SMALL_CARDS) + 1 if pages else 0)  # and the network


def test_the_record_of_the_run_is_identical_too(published: dict[str, dict[str, bytes]]) -> None:
    one, other, _ = published.values()
    assert one["run.json"] == other["run.json"]


def test_no_folder_of_this_machine_is_in_what_is_published(published: dict[str, dict[str, bytes]]) -> None:
    host = os.uname().nodename
    words = ["pytest", "名字 with", *([host] if len(host) > 6 else [])]
    for world, files in published.items():
        for name, data in files.items():
            if not name.endswith(".duckdb"):
                assert not [word for word in words if word.encode() in data], (world, name)


def test_the_order_of_rows_and_files_does_not_matter(
    pristine: Network, csi: Callable[..., Called], tmp_path: Path, published: dict[str, dict[str, bytes]]
) -> None:
    """The same responses, turned round and dealt to other files, have the same scores."""
    network = pristine.copy(tmp_path / "dealers")
    head, rows = [], list[list[str]]()
    for path in sorted(network.inbox().glob("csi_codes_*")):
        head, *more = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
        rows += more
        path.unlink()
    count = Counter(row[0] for row in rows)
    once = [row for row in rows if count[row[0]] == 1]
    assert len(once) > 600
    files = {"z": once[::-2], "a": once[-2::-2] + [row for row in rows if count[row[0]] > 1]}
    for name, part in files.items():
        text = io.StringIO(newline="")
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows([head, *part])
        (network.inbox() / f"csi_codes_{name}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    assert csi("score", network).status == 0
    place = network.out / "score" / "2025-10"
    for name in ("scores.csv", "comparisons.csv", "scores.parquet", "comparisons.parquet", "run.sql"):
        assert (place / name).read_bytes() == published["here"][name], name
