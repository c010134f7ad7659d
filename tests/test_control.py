"""Control files: everything in which the list and the files differ, each with its sentence."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import control
from pipeline.month import Month
from tests.trials import tried

SUM, OTHER = "ab" * 32, "cd" * 32
FILES = [("a.csv", SUM, 1200), ("b 满意度.csv", OTHER, 7)]
GOOD = f"file,rows,sha256\na.csv,1200,{SUM}\nb 满意度.csv,7,{OTHER}\n"
ASK = "Ask the sender for it again."


def check(
    folder: Path,
    *lists: str | bytes,
    files: list[tuple[str, str, int | None]] | None = None,
    others: tuple[str, ...] = (),
) -> list[str]:
    """The problems with control files control_1.csv, control_2.csv, … of these contents."""
    paths = [folder / f"control_{number}.csv" for number, _ in enumerate(lists, start=1)]
    for path, content in zip(paths, lists, strict=True):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return control.check(paths, [path.name for path in paths], FILES if files is None else files, others)


# ── lists that fit ───────────────────────────────────────────────────────────────────────

FITS = {
    "all": GOOD,
    "another order": f"sha256,file,rows\n{SUM},a.csv,1200\n{OTHER},b 满意度.csv,7\n",
    "only rows": "file,rows\na.csv,1200\nb 满意度.csv,7\n",
    "only sums": f"file,sha256\na.csv,{SUM}\nb 满意度.csv,{OTHER}\n",
    "blank cells": f"file,rows,sha256\na.csv,,{SUM}\nb 满意度.csv,7,\n",
    "only names": "file,rows\na.csv,\nb 满意度.csv,\n",
    "capitals, spaces, blank lines": f"File, Rows ,SHA256\r\n\r\na.csv , 1200,{SUM.upper()}\r\nb 满意度.csv,7,\r\n\r\n",
    "semicolons": GOOD.replace(",", ";"),
    "tabs": GOOD.replace(",", "\t"),
    "quotes": '"file","rows"\n"a.csv","1200"\n"b 满意度.csv","7"\n',
    "a byte order mark": GOOD.encode("utf-8-sig"),
    "GB18030": GOOD.encode("gb18030"),
    "sha256sum": f"{SUM}  a.csv\n{OTHER}  b 满意度.csv\n",
    "sha256sum of bytes": f"{SUM} *a.csv\r\n{OTHER.upper()} *./b 满意度.csv\r\n\r\n",
}


@pytest.mark.parametrize("name", FITS)
def test_a_list_that_fits(name: str, tmp_path: Path) -> None:
    assert check(tmp_path, FITS[name]) == []


def test_two_lists_that_fit_together(tmp_path: Path) -> None:
    assert check(tmp_path, "file,rows\na.csv,1200\n", f"{OTHER}  b 满意度.csv\n") == []


def test_a_name_with_its_accent_in_two_characters(tmp_path: Path) -> None:
    assert check(tmp_path, "file,rows\nCitroe\u0308n.csv,1\n", files=[("Citro\u00ebn.csv", SUM, 1)]) == []


def test_rows_that_were_not_counted_are_not_held_against_the_list(tmp_path: Path) -> None:
    assert check(tmp_path, "file,rows\na.csv,1200\n", files=[("a.csv", SUM, None)]) == []


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_a_list_made_by_sha256sum(tmp_path: Path) -> None:
    names = ["a.csv", "b 满意度.csv", "back\\slash.csv", "two\nlines.csv"]
    files: list[tuple[str, str, int | None]] = []
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
        files.append((name, hashlib.sha256(name.encode()).hexdigest(), 1))
    made = subprocess.run(["sha256sum", *names], cwd=tmp_path, capture_output=True, check=True).stdout
    assert check(tmp_path, made, files=files) == []


# ── differences ──────────────────────────────────────────────────────────────────────────

# what differs: (list, problems)
DIFFERS = {
    "other rows": (GOOD.replace("1200", "1234"), [
        "control_1.csv, row 2: 'a.csv' holds 1,200 responses where 1,234 are listed. "
        "The file may be cut off; ask for it again."]),
    "another sum": (GOOD.replace(OTHER, "ef" * 32), [
        f"control_1.csv, row 3: 'b 满意度.csv' has another SHA-256, {OTHER[:12]}… where efefefefefef… is listed. "
        "The file was changed or damaged on the way; ask for it again."]),
    "another sum of sha256sum": (f"{OTHER}  a.csv\n{OTHER}  b 满意度.csv\n", [
        f"control_1.csv, row 1: 'a.csv' has another SHA-256, {SUM[:12]}… where {OTHER[:12]}… is listed. "
        "The file was changed or damaged on the way; ask for it again."]),
    "a file that is not listed": (f"{SUM}  a.csv\n", [
        "b 满意度.csv: not listed in control_1.csv. Ask the sender whether it belongs to this month."]),
    "a file that is not there": (f"{GOOD}c.csv,1,\n", [
        "control_1.csv, row 4: 'c.csv' is listed but not there. Ask the sender for it and put it in the inbox."]),
    "a name in another case": (GOOD.replace("a.csv", "A.csv"), [
        "a.csv: not listed in control_1.csv. Ask the sender whether it belongs to this month.",
        "control_1.csv, row 2: 'A.csv' is listed but not there. Ask the sender for it and put it in the inbox."]),
    "a file listed twice": (f"{GOOD}a.csv,1200,\n", [
        "control_1.csv, row 4: 'a.csv' is listed already in control_1.csv, row 2. Keep one of the two."]),
    "no rows at all": (GOOD.replace("1200", "0"), [
        "control_1.csv, row 2: 'a.csv' holds 1,200 responses where 0 are listed. "
        "The file may be cut off; ask for it again."]),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERS)
def test_a_difference(name: str, tmp_path: Path) -> None:
    content, problems = DIFFERS[name]
    assert check(tmp_path, content) == problems


def test_every_difference_is_told(tmp_path: Path) -> None:
    found = check(tmp_path, f"file,rows,sha256\na.csv,1,{OTHER}\nc.csv,,\n")
    assert [one.partition(": ")[0] for one in found] == [
        "control_1.csv, row 2", "control_1.csv, row 2", "b 满意度.csv", "control_1.csv, row 3"
    ]  # fmt: skip


def test_a_file_in_two_lists(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD, f"{SUM}  a.csv\n") == [
        "control_2.csv, row 1: 'a.csv' is listed already in control_1.csv, row 2. Keep one of the two."
    ]


def test_not_in_any_of_two_lists(tmp_path: Path) -> None:
    assert check(tmp_path, "file,rows\na.csv,1200\n", "file,rows\nc.csv,1\n", others=("c.csv",)) == [
        "b 满意度.csv: not listed in control_1.csv or control_2.csv. Ask the sender whether it belongs to this month."
    ]


def test_without_a_list_no_file_is_listed(tmp_path: Path) -> None:
    assert check(tmp_path, files=FILES[:1]) == [
        "a.csv: not listed in any control file. Ask the sender whether it belongs to this month."
    ]


def test_files_of_other_sources_may_be_listed(tmp_path: Path) -> None:
    assert check(tmp_path, f"{GOOD}c.csv,1,\n", others=("c.csv",)) == []


# ── lists that cannot be read ────────────────────────────────────────────────────────────

HEADS = "expected the column heads file, rows, sha256, each once (rows or sha256 may lack), found"
MAKE = "Correct the heads, or make the list with sha256sum."
# what is wrong: (list, problems)
WRONG = {
    "empty": ("", [f"control_1.csv: the control file is empty. {ASK}"]),
    "blank": ("\r\n \r\n", [f"control_1.csv: the control file is empty. {ASK}"]),
    "only heads": ("file,rows\n", [f"control_1.csv: the control file lists no file. {ASK}"]),
    "no heads": ("a.csv,1200\n", [f"control_1.csv, row 1: {HEADS} 'a.csv, 1200'. {MAKE}"]),
    "only names": ("file\na.csv\n", [f"control_1.csv, row 1: {HEADS} 'file'. {MAKE}"]),
    "a head misspelt": ("file,rows,sha265\n", [f"control_1.csv, row 1: {HEADS} 'file, rows, sha265'. {MAKE}"]),
    "a head twice": ("\nfile,rows,rows\n", [f"control_1.csv, row 2: {HEADS} 'file, rows, rows'. {MAKE}"]),
    "no file": ("rows,sha256\n1,\n", [f"control_1.csv, row 1: {HEADS} 'rows, sha256'. {MAKE}"]),
    "rows that are no number": ("file,rows\na.csv,12x\nb 满意度.csv,-7\n", [
        "control_1.csv, row 2, rows: expected a whole number, found '12x'. Correct it or leave it empty.",
        "control_1.csv, row 3, rows: expected a whole number, found '-7'. Correct it or leave it empty."]),
    "a sum cut short": (f"file,sha256\na.csv,{SUM[:-1]}\n", [
        f"control_1.csv, row 2, sha256: expected 64 hex digits, found '{SUM[:-1]}'. Correct it or leave it empty."]),
    "no name": ("file,rows\n ,12\n", ["control_1.csv, row 2: no file name. Fill in `file`."]),
    "a cell too many": ("file,rows\na.csv,1,200\n", [
        "control_1.csv, row 2: 3 cells for 2 heads. Correct the row."]),
    "an open quote": ('file,rows\n"a.csv,1200\n', [
        "control_1.csv: a quoted cell is not closed or wrongly quoted (unexpected end of data). "
        "Ask for the list again."]),
    "a line that is no sum": (f"{SUM}  a.csv\n{OTHER[:-1]}  b 满意度.csv\n", [
        "control_1.csv, row 2: not a SHA-256 of 64 digits, two spaces and a file name, as the first line is. "
        "Make the list again with sha256sum."]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_list_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    """Then nothing else is said: of the files nothing is known."""
    content, problems = WRONG[name]
    assert check(tmp_path, content) == problems


def test_a_list_that_is_a_link_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "real").write_text(GOOD)
    os.symlink(tmp_path / "real", tmp_path / "link")
    found = control.check([tmp_path / "link", tmp_path / "gone"], ["link", "gone"], FILES)
    assert [one.partition(":")[0] for one in found] == ["link", "gone"]
    assert "a symbolic link" in found[0]


def test_damaged_bytes(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, b"file,rows\n\xff\xff\xff.csv,1\n")
    assert problem.startswith("control_1.csv, line 2: ")


# ── declared rows ────────────────────────────────────────────────────────────────────────


def test_declared_rows() -> None:
    assert control.check_rows(1234, 1234, "csi-text", Month(2025, 10)) is None
    assert control.check_rows(1234, 34, "csi-text", Month(2025, 10)) == (
        "source csi-text, 2025-10: 34 responses, where `rows` of the programme says 1,234. "
        "Ask the sender which is right; export again or correct `rows`."
    )


# ── any files ────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from(["a.csv", "b,2.csv", 'c "x".csv', "d;.csv", "一.csv"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@tried(100)
@given(
    st.dictionaries(NAMES, st.integers(0, 2), min_size=1),
    st.dictionaries(NAMES, st.integers(0, 2)),
    st.booleans(),
)
def test_as_many_sentences_as_differences(
    folder: Path, listed: dict[str, int], came: dict[str, int], sums: bool
) -> None:
    digest = {rows: hashlib.sha256(bytes(rows)).hexdigest() for rows in range(3)}
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in listed}
    table = "".join(f"{rows},{quoted[name]}\n" for name, rows in listed.items())
    content = "".join(f"{digest[rows]}  {name}\n" for name, rows in listed.items()) if sums else f"rows,file\n{table}"
    found = check(folder, content, files=[(name, digest[rows], rows) for name, rows in came.items()])
    differ = [name for name in listed.keys() & came.keys() if listed[name] != came[name]]
    assert len(found) == len(listed.keys() ^ came.keys()) + len(differ)
    for name in [*differ, *(listed.keys() ^ came.keys())]:
        assert any(name in one for one in found)
