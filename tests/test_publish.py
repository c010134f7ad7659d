"""A month is there whole or not at all, whatever happens to the run that makes it."""

import ctypes
import errno
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import Called, Network

from pipeline import admit as admission
from pipeline import publish
from pipeline.admitted import Admitted
from pipeline.publish import only_one, staging
from pipeline.refusal import Refusal

Csi = Callable[..., Called]

RIGHTS = "Correct its rights, or `output` in programme.toml."


def snapshot(folder: Path) -> dict[str, str]:
    """Every file of a folder by its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def left_over(out: Path) -> list[str]:
    """What a run must not leave behind."""
    return [path.name for path in out.rglob("*") if path.name.startswith((".building-", ".replaced-"))]


def spoil_one_answer(network: Network) -> None:
    """Changes an input, so that the next run has other figures."""
    path = network.export("*华东*")
    data = path.read_bytes()
    assert data.count(b",9,9,") > 5
    path.write_bytes(data.replace(b",9,9,", b",1,9,"))


@pytest.fixture(scope="module")
def _scored(pristine_csi: Network, tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = pristine_csi.copy(tmp_path_factory.mktemp("scored") / "network")
    done = network.process("score")
    assert done.status == 0, done.err
    return network


@pytest.fixture
def scored(_scored: Network, tmp_path: Path) -> Network:
    """A small network with 2025-10 scored, to be changed at will."""
    shutil.copytree(_scored.folder, tmp_path / "network")
    return Network(tmp_path / "network")


# ── killed ───────────────────────────────────────────────────────────────────────────────


# What is there of a month when its run is killed, one after the other: its folder, the tables that are read, the
# database, the first and the last that is written out.
MOMENTS = ("", "accepted", "warehouse.duckdb.partial", "scores.csv", "integrity.parquet")


def run_killed(network: Network, there: str, later: float) -> None:
    """Scores; kills the run and all it started, some time after a file or folder is there."""
    process = subprocess.Popen(
        network.command("score"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    building = network.out / "score" / ".building-2025-10"
    while process.poll() is None and not (building / there).exists():
        time.sleep(0.002)
    time.sleep(later)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_at_any_moment_the_last_good_month_stays(scored: Network) -> None:
    place = scored.out / "score" / "2025-10"
    good = snapshot(place)
    spoil_one_answer(scored)
    whole = scored.copy(scored.folder.with_name("whole"))
    shutil.copytree(scored.out / ".admitted", whole.out / ".admitted")
    assert whole.process("score").status == 0
    expected = snapshot(whole.out / "score" / "2025-10")
    before = shutil.copytree(scored.out, scored.folder.with_name("before"))
    chance, killed = random.Random(20251031), 0
    for there in MOMENTS:
        run_killed(scored, there, chance.random() / 50)
        now = snapshot(place)
        if now["scores.csv"] == good["scores.csv"]:
            assert now == good, there
            killed += 1
        else:  # it was published just before
            assert same(now, expected), there
            shutil.rmtree(scored.out)
            shutil.copytree(before, scored.out)
    assert killed >= 3
    done = scored.process("score")
    assert done.status == 0, done.err
    assert same(snapshot(place), expected)
    assert left_over(scored.out) == []


def same(one: dict[str, str], other: dict[str, str]) -> bool:
    """The same bytes, but for the disposable database."""
    return {**one, "warehouse.duckdb": ""} == {**other, "warehouse.duckdb": ""}


def wait_for_a_page(network: Network) -> None:
    pages = network.out / ".building-2025-10" / "scorecards"
    deadline = time.monotonic() + 60
    while not (pages.is_dir() and list(pages.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(pages.iterdir()), "no page was begun"


def test_a_run_killed_while_it_prints(scored: Network) -> None:
    """A month already published, another being printed by several processes."""
    (scored.out / "score" / "2025-10").rename(scored.out / "2025-10")
    good = snapshot(scored.out / "2025-10")
    process = subprocess.Popen(
        scored.command("run", "--workers", "2"), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Print"):
            break
    wait_for_a_page(scored)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert snapshot(scored.out / "2025-10") == good
    assert left_over(scored.out) == [".building-2025-10"]
    assert scored.process("check").status == 0
    assert left_over(scored.out) == []
    assert snapshot(scored.out / "2025-10") == good


def children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_printing_processes_end_with_the_run_that_started_them(scored: Network) -> None:
    (scored.out / "score" / "2025-10").rename(scored.out / "2025-10")
    process = subprocess.Popen(scored.command("report", "--workers", "2"), stdout=subprocess.DEVNULL)
    wait_for_a_page(scored)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    left = [worker for worker in workers if alive(worker)]
    for worker in left:
        os.kill(worker, signal.SIGKILL)
    assert left == []


def test_interrupted_from_the_keyboard(scored: Network) -> None:
    good = snapshot(scored.out / "score" / "2025-10")
    spoil_one_answer(scored)
    process = subprocess.Popen(scored.command("score"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Read")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == "Stopped. Nothing was published."
    assert snapshot(scored.out / "score" / "2025-10") == good
    assert left_over(scored.out) == []


# ── a full disk ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [0, 4_000, 20_000, 60_000, 300_000, 2_000_000])
def test_a_disk_that_fills_up(size: int, scored: Network) -> None:
    """No file may grow beyond `size` bytes: another stage fails with each."""
    good = snapshot(scored.out / "score" / "2025-10")
    assert max(path.stat().st_size for path in (scored.out / "score").rglob("*") if path.is_file()) > size
    spoil_one_answer(scored)
    if size < 60_000:
        shutil.rmtree(scored.out / ".admitted")
    done = subprocess.run(
        scored.command("score"), capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (problem,) = [line for line in done.stderr.splitlines() if line]
    assert problem.startswith("✗ ")
    assert "Is the disk full?" in problem
    assert snapshot(scored.out / "score" / "2025-10") == good
    assert left_over(scored.out) == []


@pytest.mark.parametrize("size", [50_000, 86_000])
def test_a_disk_that_fills_up_while_pages_are_printed(size: int, scored: Network) -> None:
    """No page fits, or some do: either way it is no page's fault, and nothing is published."""
    (scored.out / "score" / "2025-10").rename(scored.out / "2025-10")
    good = snapshot(scored.out / "2025-10")
    largest = (scored.out / "2025-10" / "warehouse.duckdb").stat().st_size
    assert largest > 2_000_000
    # the pages alone: the scores are there, and current
    done = subprocess.run(
        scored.command("report"), capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "✗ " in done.stderr
    assert "Is the disk full?" in done.stderr
    assert snapshot(scored.out / "2025-10") == good
    assert left_over(scored.out) == []


# ── two at once, and folders that cannot be written ──────────────────────────────────────


def test_of_two_runs_at_once_one_is_refused(scored: Network, csi: Csi) -> None:
    good = snapshot(scored.out / "score" / "2025-10")
    spoil_one_answer(scored)
    with only_one(scored.out):
        for command in ("run", "check", "score", "report"):
            called = csi(command, scored)
            assert (called.status, called.problems) == (
                1, [f"{scored.out}: another run is at work here. Wait until it is done."],
            )  # fmt: skip
    assert snapshot(scored.out / "score" / "2025-10") == good
    assert csi("check", scored).status == 0


def test_two_real_runs_at_once(scored: Network) -> None:
    spoil_one_answer(scored)
    both = [subprocess.Popen(scored.command("score"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    done = [process.communicate() for process in both]
    assert sorted(process.returncode for process in both) == [0, 1]
    (refused,) = [err for (_, err), process in zip(done, both, strict=True) if process.returncode]
    assert "another run is at work here" in refused.decode()
    assert left_over(scored.out) == []


def test_the_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, pathlib, pipeline.publish as p\n"
         "with p.only_one(pathlib.Path(sys.argv[1])): print('held', flush=True); input()", str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Refusal, match="another run is at work"), only_one(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with only_one(tmp_path):
        pass


def test_an_output_that_is_a_file(small: Network, csi: Csi) -> None:
    small.out.write_text("not a folder")
    called = csi("score", small)
    told = f"{small.out}: the output folder cannot be written (File exists). {RIGHTS}"
    assert (called.status, called.problems) == (1, [told])


AS_NOBODY = """
import ctypes.util, encodings.idna, encodings.utf_8_sig, os, sys
import pandera.polars, pipeline.hierarchy, pipeline.machine, pipeline.stages, schemas.branches
from pipeline.__main__ import main
if os.geteuid() == 0:  # root may write anywhere
    os.setegid(65534)
    os.seteuid(65534)
if not os.access(pipeline.stages.__file__, os.R_OK, effective_ids=True):
    sys.exit(77)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("where", ["new", "there"])
def test_a_read_only_output_folder(where: str, pristine: Network) -> None:
    with tempfile.TemporaryDirectory() as room:
        os.chmod(room, 0o755)
        network = pristine.copy(Path(room, "network"))
        place = network.folder if where == "new" else network.out
        place.mkdir(exist_ok=True)
        place.chmod(0o555)
        try:
            command = [sys.executable, "-c", AS_NOBODY, *network.command("check")[3:]]
            done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": room})
        finally:
            place.chmod(0o755)
    if done.returncode == 77:
        pytest.skip("only root can read this project")
    assert done.stderr.strip() == f"✗ {network.out}: the output folder cannot be written (Permission denied). {RIGHTS}"
    assert done.returncode == 1


def test_a_key_that_others_may_not_reach_is_no_traceback(pristine: Network) -> None:
    """The home folder is somebody else's: whether a key is there cannot be told."""
    with tempfile.TemporaryDirectory() as room:
        os.chmod(room, 0o755)
        network = pristine.copy(Path(room, "network"))
        network.out.mkdir()
        network.out.chmod(0o777)
        home = Path(room, "home")
        (home / ".config" / "csi").mkdir(parents=True)
        home.chmod(0o000)
        command = [sys.executable, "-c", AS_NOBODY, *network.command("check")[3:]]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": str(home)})
        home.chmod(0o755)
    if done.returncode == 77:
        pytest.skip("only root can read this project")
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stderr.count("✗ ")) == (1, 1)
    assert "Permission denied" in done.stderr


# ── the exchange ─────────────────────────────────────────────────────────────────────────


def published(target: Path, text: str) -> None:
    with staging(target.parent, target.name) as folder:
        (folder / "file").write_text(text)
        publish.publish(folder, target)


class Refusing:
    """A C library whose renameat2 knows no RENAME_EXCHANGE, as on NFS and some overlays."""

    code = errno.EINVAL

    def renameat2(self, *_: object) -> int:
        ctypes.set_errno(self.code)
        return -1


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> type[Refusing]:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Refusing())
    return Refusing


def new_after_new(target: Path) -> None:
    for text in ("one", "two", "three"):
        published(target, text)
        assert (target / "file").read_text() == text
        assert left_over(target.parent) == []


def test_publish_puts_the_new_in_the_place_of_the_old(tmp_path: Path) -> None:
    new_after_new(tmp_path / "2025-10")


@pytest.mark.usefixtures("no_exchange")
def test_where_the_file_system_cannot_exchange_two_renames_do(tmp_path: Path) -> None:
    new_after_new(tmp_path / "2025-10")


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def test_the_exchange_says_that_it_cannot(
    code: int, tmp_path: Path, no_exchange: type[Refusing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(no_exchange, "code", code)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert publish._exchange(tmp_path / "a", tmp_path / "b") is False


def test_any_other_error_of_the_exchange_is_told(
    tmp_path: Path, no_exchange: type[Refusing], monkeypatch: pytest.MonkeyPatch
) -> None:
    published_before(tmp_path / "2025-10")
    monkeypatch.setattr(no_exchange, "code", errno.EACCES)
    with pytest.raises(Refusal) as caught:
        published(tmp_path / "2025-10", "new")
    assert str(caught.value) == (
        f"{tmp_path / '2025-10'}: cannot be written (Permission denied). What was published before is untouched."
    )
    assert (tmp_path / "2025-10" / "file").read_text() == "good"
    assert left_over(tmp_path) == []


def published_before(target: Path) -> None:
    target.mkdir(parents=True)
    (target / "file").write_text("good")


LOOK = """
import os, sys
target, stop = sys.argv[1:]
print("looking", flush=True)
while not os.path.exists(stop):
    assert os.path.exists(target), "no month there"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux's")
def test_the_real_exchange_never_leaves_the_place_empty(tmp_path: Path) -> None:
    """A reader who looks all the time always finds a month."""
    target = tmp_path / "2025-10"
    published(target, "0")
    if not exchanges(tmp_path):
        pytest.skip("this file system has no exchange")
    looking = subprocess.Popen(
        [sys.executable, "-c", LOOK, str(target), str(tmp_path / "stop")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert looking.stdout is not None
    looking.stdout.readline()
    for number in range(100):
        published(target, str(number))
    (tmp_path / "stop").touch()
    assert looking.communicate(timeout=30)[1] == ""


def exchanges(folder: Path) -> bool:
    (folder / "x").mkdir()
    (folder / "y").mkdir()
    done = publish._exchange(folder / "x", folder / "y")
    (folder / "x").rmdir()
    (folder / "y").rmdir()
    return done


class Killed(BaseException):
    """The process is gone: no clause catches this."""


@pytest.mark.usefixtures("no_exchange")
@pytest.mark.parametrize("part", ["", "score", ".admitted"])
def test_a_kill_between_the_two_renames_is_mended(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / part / "2025-10"
    published_before(target)
    rename = Path.rename

    def once(path: Path, to: Path) -> Path:
        if path.name.startswith(".building-"):
            raise Killed
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", once)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # a killed process tidies nothing
    with pytest.raises(Killed):
        published(target, "new")
    monkeypatch.undo()
    assert not target.exists()
    assert sorted(left_over(tmp_path)) == [".building-2025-10", ".replaced-2025-10"]
    with only_one(tmp_path):
        assert (target / "file").read_text() == "good"
        assert left_over(tmp_path) == []


@pytest.mark.parametrize("part", ["", "score", "check", ".admitted"])
def test_a_kill_after_the_exchange_leaves_the_old_month_to_be_removed(part: str, tmp_path: Path) -> None:
    place = tmp_path / part
    place.mkdir(exist_ok=True)
    published(place / "2025-10", "new")
    for name in (".replaced-2025-10", ".building-2025-10", ".building-2025-09-0123456789ab"):
        (place / name).mkdir()
        (place / name / "file").write_text("old")
    with only_one(tmp_path):
        assert left_over(tmp_path) == []
        assert (place / "2025-10" / "file").read_text() == "new"


def test_a_failed_stage_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with staging(tmp_path, "2025-10") as folder:
            (folder / "file").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


# ── earlier months, kept ─────────────────────────────────────────────────────────────────


def kept_month(network: Network) -> Path:
    (found,) = (network.out / ".admitted").glob("2025-09-accepted-*")
    return found


@pytest.fixture
def months_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The months whose exports are read from now on, in order."""
    read: list[str] = []
    admit = admission.admit

    def noted(site: Any, instruments: Any, hierarchy: Any, month: Any, *more: Any, **named: Any) -> Admitted:
        read.append(str(month))
        return admit(site, instruments, hierarchy, month, *more, **named)

    monkeypatch.setattr(admission, "admit", noted)
    return read


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs end where all months are read, before any is scored."""

    def enough(*_: Any) -> None:
        raise Refusal("All is read.")

    monkeypatch.setattr("pipeline.weights.solve", enough)


READ = ["All is read."]


@pytest.mark.usefixtures("read_only")
def test_an_earlier_month_is_read_once(scored: Network, csi: Csi, months_read: list[str]) -> None:
    before = kept_month(scored)
    assert csi("score", scored).problems == READ
    assert months_read == ["2025-10"]
    assert kept_month(scored) == before


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "manifest", "no manifest"])
@pytest.mark.usefixtures("read_only")
def test_a_damaged_kept_month_is_read_again(damage: str, scored: Network, csi: Csi, months_read: list[str]) -> None:
    kept = kept_month(scored)
    good = snapshot(kept)
    (path,) = kept.glob("accepted/responses/china_csi_2005/*.parquet")
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 0x10
        path.write_bytes(data)
    elif damage == "cut":
        path.write_bytes(data[:-1])
    elif damage == "gone":
        path.unlink()
    elif damage == "manifest":
        (kept / "files.json").write_text("{")
    else:
        (kept / "files.json").unlink()
    assert csi("score", scored).problems == READ
    assert months_read == ["2025-10", "2025-09"]
    assert snapshot(kept_month(scored)) == good


@pytest.mark.usefixtures("read_only")
def test_a_changed_earlier_month_is_read_again_and_the_old_reading_goes(
    scored: Network, csi: Csi, months_read: list[str]
) -> None:
    before = kept_month(scored)
    path = next(scored.inbox("2025-09").glob("invited_csi*"))
    path.write_text(path.read_text("utf-8") + "SH-099,x,1\n", encoding="utf-8")
    assert csi("score", scored).problems == READ
    assert months_read == ["2025-10", "2025-09"]
    assert kept_month(scored) != before


def test_only_what_the_manifest_lists_is_used(scored: Network, csi: Csi) -> None:
    """A table that nobody accepted must not enter the scores."""
    good = snapshot(scored.out / "score" / "2025-10")
    kept = kept_month(scored)
    (path,) = kept.glob("accepted/responses/china_csi_2005/2025-09.parquet")
    foreign = pl.read_parquet(path).with_columns(pl.lit("2025-08").alias("period"))
    foreign.write_parquet(path.with_name("2025-08.parquet"))
    assert csi("score", scored).status == 0
    assert snapshot(scored.out / "score" / "2025-10")["scores.csv"] == good["scores.csv"]
