"""What a person types and sees: help, plain lines, narrow tables, exit statuses."""

import contextlib
import os
import pty
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, get_args

import pytest
from conftest import ROOT, Called, Network
from rich.cells import cell_len

from pipeline import command_line, render, warehouse
from pipeline.__main__ import main
from pipeline.command_line import COMMANDS, TOOLS
from pipeline.render import Job, Result
from pipeline.score import TABLES
from pipeline.settings import Source
from pipeline.sources import detect

Csi = Callable[..., Called]
FOUND = ("intake.html", "intake.xlsx", "quarantine.csv", "changes.csv")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def typed(*arguments: str, env: dict[str, str] | None = None) -> Called:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments], capture_output=True, encoding="utf-8",
        env={**os.environ, "COLUMNS": "80", **(env or {})},
    )  # fmt: skip
    return Called(done.returncode, done.stdout, done.stderr)


# ── help ─────────────────────────────────────────────────────────────────────────────────


def test_what_lays_out_pages_is_imported_only_to_print() -> None:
    """It takes as long as to read a small month."""
    ask = "import pipeline.stages, sys; print({'weasyprint', 'fontTools', 'pandera'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, cwd=ROOT).stdout == "set()\n"


def test_help_lists_the_stages() -> None:
    called = typed("--help")
    assert (called.status, called.err) == (0, "")
    for name, meaning in COMMANDS.items():
        assert re.search(rf"^ +{name} +{re.escape(meaning)}$", called.out, re.MULTILINE)
    assert max(map(len, called.out.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_stage(name: str) -> None:
    called = typed(name, "--help")
    assert (called.status, called.err) == (0, "")
    options = set(re.findall(r"^  (--\w+)", called.out, re.MULTILINE))
    assert (
        options
        == {
            "run": {"--programme", "--period", "--threads", "--lang", "--workers"},
            "check": {"--programme", "--period"},
            "score": {"--programme", "--period", "--threads"},
            "report": {"--programme", "--period", "--threads", "--lang", "--workers", "--only"},
        }[name]
    )
    assert max(map(len, called.out.splitlines())) <= 80


def test_help_of_inspect() -> None:
    called = typed("inspect", "--help")
    assert (called.status, called.err) == (0, "")
    assert set(re.findall(r"^  (--[\w-]+)", called.out, re.MULTILINE)) == {
        "--as", "--sheet", "--encoding", "--delimiter", "--header-rows", "--draft", "--programme", "--instrument",
    }  # fmt: skip
    assert max(map(len, called.out.splitlines())) <= 80
    assert re.search(r"^ +inspect +what one export holds", typed("--help").out, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("verify", {"--month"}),
        ("review", {"--reviewed", "--returned", "--programme", "--period", "--by", "--note", "--at"}),
        ("sign-off", {"--programme", "--period", "--by", "--note", "--at"}),
    ],
)
def test_help_of_what_comes_after_printing(name: str, options: set[str]) -> None:
    called = typed(name, "--help")
    assert (called.status, called.err) == (0, "")
    assert set(re.findall(r"^  (--[\w-]+)", called.out, re.MULTILINE)) == options
    assert max(map(len, called.out.splitlines())) <= 80


def test_the_tools_of_the_command_line_are_those_there_are() -> None:
    assert TOOLS == detect.TOOLS
    assert get_args(Source.__annotations__["tool"]) == ("auto", *detect.TOOLS)


@pytest.mark.parametrize("command", ["run", "inspect"])
def test_help_waits_for_no_library(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nfrom pipeline.__main__ import main\ntry: main(['{command}', '--help'])\n"
         "finally: assert not {'polars', 'duckdb', 'weasyprint', 'rich'} & set(sys.modules)"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_command_there_is_help_and_status_2() -> None:
    called = typed()
    assert called.status == 2
    assert "csi [-h] [--version] COMMAND" in called.out


def test_version() -> None:
    assert typed("--version").out == f"csi {metadata.version('csi')}\n"


def test_the_console_script_is_the_same_program() -> None:
    script = Path(sys.executable).with_name("csi")
    if not script.exists():
        pytest.skip("the project is not installed")
    assert subprocess.run([script, "--help"], capture_output=True, text=True).stdout == typed("--help").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "SH-001", "index", "--level", "branch"],
        ["explain", "--level", "branch", "SH-001", "index"],
        ["explain", "SH-001", "--level", "branch", "index"],
    ],
)
def test_what_a_command_is_about_may_stand_before_between_and_after_its_options(arguments: list[str]) -> None:
    options = command_line.parse(command_line.parser(), arguments)
    assert (options.command, options.unit, options.measure, options.level) == ("explain", "SH-001", "index", "branch")
    options = command_line.parse(command_line.parser(), ["review", "--reviewed", "SH-001", "--by", "an auditor"])
    assert (options.act, options.branch, options.by, options.note) == ("reviewed", "SH-001", "an auditor", "")


# ── wrong command lines ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["scores"], "invalid choice: 'scores' (choose from"),
        (["run", "--perod", "2025-10"], "csi run: error: unrecognized arguments: --perod 2025-10"),
        (["run", "--threads", "0"], "argument --threads: '0' is not a whole number from 1 to 1024"),
        (["run", "--workers", "two"], "argument --workers: 'two' is not a whole number from 1 to 1024"),
        (["score", "--workers", "2"], "csi score: error: unrecognized arguments: --workers 2"),
        (["check", "--period"], "argument --period: expected one argument"),
        (["inspect"], "the following arguments are required: FILE"),
        (["inspect", "a.csv", "--as", "excel"], "argument --as: invalid choice: 'excel' (choose from"),
        (
            ["inspect", "a.csv", "--header-rows", "0"],
            "argument --header-rows: '0' is not a whole number from 1 to 1024",
        ),
    ],
)
def test_a_wrong_command_line_has_status_2(arguments: Sequence[str], sentence: str) -> None:
    called = typed(*arguments)
    assert (called.status, called.out) == (2, "")
    assert sentence in called.err
    assert "Traceback" not in called.err


def test_a_wrong_period_or_language_has_status_1(pristine: Network) -> None:
    folder = str(pristine.folder)
    called = typed("check", "--programme", folder, "--period", "2025-13")
    assert (called.status, called.out) == (1, "")
    assert called.problems == ["period '2025-13' is not a month. Write it as YYYY-MM, such as 2025-10."]
    called = typed("run", "--programme", folder, "--lang", "fr")
    assert (called.status, called.out) == (1, "")
    assert called.problems == ["--lang fr: programme.toml has the languages zh, en."]


def test_a_folder_without_a_programme(tmp_path: Path) -> None:
    called = typed("check", "--programme", str(tmp_path))
    assert (called.status, called.problems) == (
        1,
        [f"{tmp_path}/programme.toml: there is no such file. Check the path."],
    )


# ── what a run says ──────────────────────────────────────────────────────────────────────


def narrow_and_plain(text: str) -> None:
    assert not CONTROL.search(text)
    for line in text.splitlines():
        assert cell_len(line) <= 80, line


def test_the_end_of_a_run(printed: tuple[Network, Called]) -> None:
    network, called = printed
    narrow_and_plain(called.out)
    assert called.err == ""
    lines = called.out.splitlines()
    assert lines[0] == "Read 2025-10"
    assert lines.index("Score") < lines.index("Print")
    head = next(line for line in lines if line.startswith("File "))
    assert head.split() == ["File", "read", "accepted", "quarantined"]
    counts = {line.split()[0]: line.split()[1:] for line in lines if line.startswith(("csi_", "dealer_s", "together"))}
    assert counts["dealer_satisfaction_2025-10.xlsx"][:3] == ["947", "927", "20"]
    assert counts["together"] == ["2,677", "2,632", "45"]
    reasons = lines[lines.index(next(one for one in lines if one.startswith("Quarantined because"))) + 1 :]
    assert sum(int(line.split()[-1]) for line in reasons[: reasons.index("")]) == len(network.planted("2025-10")) == 45
    assert lines[-8:] == [
        "In out/2025-10:", "  network.pdf", "  network.xlsx", "  scorecards/  14 files", "  site/index.html",
        "  scores.csv", "  intake.html", "  run.json",
    ]  # fmt: skip
    names = ("network.pdf", "network.xlsx", "scorecards", "site/index.html", "scores.csv", "intake.html", "run.json")
    for name in names:
        assert (network.out / "2025-10" / name).exists()


@pytest.mark.parametrize("month", ["2025-06", "2025-09"])
def test_the_end_of_a_check(
    month: str, example: Network, csi: Csi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = example.copy(tmp_path / "dealers")
    monkeypatch.chdir(network.folder)
    called = csi("check", network, "--period", month)
    assert (called.status, called.err) == (0, "")
    narrow_and_plain(called.out)
    assert called.out.endswith("\n  ".join([f"\nIn out/check/{month}:", *FOUND]) + "\n")
    assert {path.name for path in (network.out / "check" / month).iterdir()} == set(FOUND)


def test_the_end_of_an_inspection(example: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (
        example.export("csi_codes*华东*"),
        example.export("*.xlsx"),
        example.export("csi_text*华东*", "2025-09"),
    ):
        called = typed("inspect", str(path), "--draft", "draft.toml")
        assert (called.status, called.err) == (0, "")
        narrow_and_plain(called.out)
        assert tomllib.loads((tmp_path / "draft.toml").read_text("utf-8"))["columns"]
        again = typed("inspect", str(path), "--draft", "draft.toml")
        assert (again.status, again.out) == (1, called.out.partition("\nMapping draft")[0])
        assert again.problems == ["draft.toml: exists already and is kept. Move it away, or name another with --draft."]
        (tmp_path / "draft.toml").unlink()
    (tmp_path / "west.csv").write_bytes("Größe,Straße\n1,2\n".encode("windows-1252"))
    assert "or name its encoding with --encoding, such as" in typed("inspect", "west.csv").problems[0]
    called = typed("inspect", str(tmp_path / "gone.csv"))
    assert called.status == 1
    assert len(called.problems) == 1
    assert called.problems[0].endswith("gone.csv: there is no such file. Check the path.")


def test_the_words_of_a_file_name_are_not_taken_for_markup(small: Network, csi: Csi) -> None:
    path = small.export("*华东*")
    name = "csi_codes_[bold]x[link=a]y.csv"
    (small.inbox() / name).write_bytes(path.read_bytes())
    called = csi("check", small)
    assert called.status == 0
    shown = re.sub(r"\s", "", called.out)
    assert name in shown
    assert f"samebytesas{name}" in shown


def on_a_terminal(network: Network, *command: str) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        network.command(*command), stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"},
    )  # fmt: skip
    os.close(theirs)
    text = _read(ours)  # before waiting: a full terminal stops who writes
    return process.wait(), text


def _read(handle: int) -> str:
    """All that is written until the other side is closed."""
    data = b""
    with contextlib.suppress(OSError):
        while more := os.read(handle, 65536):
            data += more
    os.close(handle)
    return data.decode()


def test_progress_on_a_terminal(small: Network) -> None:
    (small.inbox() / "csi_codes_[bold].csv").write_bytes(small.export("*华东*").read_bytes())
    status, text = on_a_terminal(small, "check")
    assert status == 0, text
    assert "✓" in text
    assert "\x1b[" in text
    assert "[bold].csv" in text
    final = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "").splitlines()
    table = final[final.index(next(line for line in final if line.startswith("File "))) :]
    assert all(cell_len(line) <= 80 for line in table if not line.startswith("In "))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gb18030"])
def test_a_terminal_that_cannot_show_chinese_stops_nothing(
    encoding: str, pristine_csi: Network, tmp_path: Path
) -> None:
    network = pristine_csi.copy(tmp_path / "network")
    done = subprocess.run(
        network.command("check"), capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding)
    assert ("华东" if encoding == "gb18030" else "\\u534e\\u4e1c") in text


def test_a_reader_that_leaves(small: Network) -> None:
    """As in `csi check | head -1`."""
    process = subprocess.Popen(small.command("check"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "Read 2025-10\n"
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1


def test_problems_are_told_on_stderr_one_a_line(small: Network) -> None:
    small.export("*华东*").write_text("")
    small.export("*华北*").write_text("\n")
    called = small.process("check")
    assert called.status == 1
    assert "File " not in called.out
    assert len(called.problems) == 2
    assert called.err == "".join(f"{line}\n" for line in ["", *(f"✗ {one}" for one in called.problems)])


# ── what is made again ───────────────────────────────────────────────────────────────────


@pytest.fixture
def scored_again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pages are only touched, not printed; notes every time scores are made."""
    made: list[str] = []
    build = warehouse.build

    def noted(*arguments: Any, **more: Any) -> Path:
        made.append("scores")
        return build(*arguments, **more)

    def touched(jobs: Sequence[Job], *_: object) -> Iterator[Result]:
        for job in jobs:
            job.target.parent.mkdir(parents=True, exist_ok=True)
            job.target.write_bytes(b"%PDF-1.7 " + job.id.encode())
            yield Result(job.id, job.target, 1, 1, "")

    monkeypatch.setattr(warehouse, "build", noted)
    monkeypatch.setattr(render, "render_all", touched)
    return made


@pytest.mark.usefixtures("bare")
def test_report_scores_only_what_changed(small_csi: Network, csi: Csi, scored_again: list[str]) -> None:
    small = small_csi

    def reported(*more: str) -> int:
        """How many times `csi report` scored."""
        scored_again.clear()
        called = csi("report", small, *more)
        assert called.status == 0, called.err
        assert ("Score" in called.out.splitlines()) == bool(scored_again)
        return len(scored_again)

    assert csi("run", small).status == 0
    assert scored_again == ["scores"]
    assert reported() == 0
    assert reported("--lang", "en") == 0
    assert {path.name for path in (small.out / "2025-10").glob("scorecards*")} == {"scorecards", "scorecards-en"}
    path = small.export("*华东*")
    data = path.read_bytes()
    path.write_bytes(data.replace(b",9,9,", b",1,9,"))
    assert reported() == 1
    assert reported() == 0
    small.export("*华东*", "2025-09").touch()
    assert reported() == 0, "a file with the same bytes is the same file"
    earlier = next(small.inbox("2025-09").glob("invited_csi*"))
    earlier.write_text(earlier.read_text("utf-8") + "SH-099,x,1\n", encoding="utf-8")
    assert reported() == 1
    page = small.out / "2025-10" / "scores.csv"
    page.write_text(page.read_text("utf-8").replace("2025-10", "2025-11", 1), encoding="utf-8")
    assert reported() == 1, "a month somebody changed by hand is made anew"


@pytest.mark.usefixtures("bare")
def test_report_alone_makes_what_it_needs(small_csi: Network, csi: Csi, scored_again: list[str]) -> None:
    assert csi("report", small_csi).status == 0
    assert scored_again == ["scores"]
    assert (small_csi.out / "2025-10" / "network.pdf").exists()


def test_what_each_stage_writes(small_csi: Network, csi: Csi, scored_again: list[str]) -> None:
    small = small_csi

    def written(part: str) -> set[str]:
        place = small.out / part
        return {path.name for path in place.iterdir()} if place.exists() else set()

    tables = {f"{name}.{kind}" for name, _ in TABLES for kind in ("csv", "parquet")}
    tables |= {"run.sql", "run.json", "accepted", "warehouse.duckdb", *FOUND}
    assert csi("check", small).status == 0
    assert written("check/2025-10") == set(FOUND)
    assert csi("score", small).status == 0
    assert written("score/2025-10") == tables
    assert written("2025-10") == set()
    assert csi("run", small).status == 0
    assert written("2025-10") == tables | {"scorecards", "network.pdf", "network.xlsx", "site"}
    assert scored_again == ["scores", "scores"]


def test_main_returns_what_the_shell_sees(pristine: Network) -> None:
    assert main(["check", "--programme", str(pristine.folder), "--period", "1999-01"]) == 1
