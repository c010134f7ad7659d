"""The example network, whole and small, in folders of its own; and `csi` as a person calls it."""

import csv
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DEALERS = ROOT / "examples" / "dealers"
sys.path.insert(0, str(ROOT / "examples"))

from generate import generate, planted_of  # noqa: E402
from network import load_branches  # noqa: E402

from pipeline.__main__ import main  # noqa: E402

# Neither each process that a test starts nor each run compiles program and templates anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

BRANCHES = 30  # of the example network in tests, half of them

# Branches whose scorecards are printed, a second of work each: all with a story, and some of the others.
CARDS = (
    "BJ-001", "CD-001", "DG-001", "GZ-003", "HF-002", "HH-001", "LY-001", "NC-001", "SH-003", "SJ-001", "SZ-001",
    "TJ-002", "WH-002", "XA-002",
)  # fmt: skip
SMALL_CARDS = ("BJ-001", "DG-001", "HH-001", "LY-001", "SH-003")

# `csi` that prints the scorecards of some branches and publishes everything else.
PRINTING = """\
import sys
from pipeline import unprinted
from pipeline.__main__ import main
if __name__ == "__main__":
    unprinted.wanted = lambda *_: {cards}
    sys.exit(main())
"""

# Files that take longest, in this order before all others, so that no process is left alone with one at the end.
LONGEST = (
    "test_pages", "test_publish", "test_score", "test_render", "test_containers", "test_admit", "test_design",
    "test_cli", "test_identical", "test_replay", "test_every_setting", "test_invariants", "test_suppression",
    "test_restatement", "test_method", "test_sources", "test_bridge", "test_seeded_privacy", "test_oracles",
    "test_explain", "test_integrity", "test_revisions", "test_website", "test_contact_rule", "test_review",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONGEST)))


@dataclass(frozen=True)
class Called:
    """What became of one call of `csi`."""

    status: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """The sentences of a refusal."""
        return [line.removeprefix("✗ ") for line in self.err.splitlines() if line.startswith("✗ ")]


def called(command: list[str], env: Mapping[str, str] | None, cwd: Path | None) -> Called:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env={**os.environ, **(env or {})}, cwd=cwd)
    return Called(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Network:
    """A programme's folder with its exports. Everything in it may be changed by the test that
    made it with `copy`."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def inbox(self, month: str = "2025-10") -> Path:
        return self.folder / "inbox" / month

    def export(self, pattern: str, month: str = "2025-10") -> Path:
        """The one export of a month that fits a pattern."""
        (found,) = self.inbox(month).glob(pattern)
        return found

    def months(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "inbox").iterdir())

    def planted(self, month: str) -> set[tuple[str, int, str]]:
        """(file, row, reason) of every fault the generator laid into a month."""
        with (planted_of(self.folder / "inbox") / f"{month}.csv").open(encoding="utf-8", newline="") as file:
            return {(one["file"], int(one["row"]), one["reason"]) for one in csv.DictReader(file)}

    def replace(self, file: str, old: str, new: str) -> "Network":
        """Change the first place of a text in a UTF-8 file of the programme; it must be there."""
        path = self.folder / file
        text = path.read_bytes().decode("utf-8")
        assert old in text, f"{file} does not hold {old!r}"
        path.write_bytes(text.replace(old, new, 1).encode("utf-8"))
        return self

    def copy(self, folder: Path) -> "Network":
        """The programme and its exports, without what runs have made."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("out"))
        return Network(folder)

    def command(self, name: str, *more: str) -> list[str]:
        return [sys.executable, "-m", "pipeline", name, "--programme", str(self.folder), *more]

    def process(self, name: str, *more: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Called:
        """`csi` in a process of its own."""
        return called(self.command(name, *more), env, cwd)

    def printing(
        self, cards: tuple[str, ...], *more: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Called:
        """`csi run` in a process of its own, with the scorecards of these branches only."""
        python, _, _, *arguments = self.command("run", *more)
        return called([python, "-c", PRINTING.format(cards=cards), *arguments], env, cwd)

    def quarantine(self, part: str = "check", month: str = "2025-10") -> list[dict[str, str]]:
        """The rows of a quarantine.csv."""
        place = self.out / part / month if part else self.out / month
        with (place / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def make(folder: Path, months: int, responses: int, branches: int) -> Network:
    """The last `months` months of an example network of `branches` branches."""
    folder.mkdir(parents=True)
    shutil.copy(DEALERS / "programme.toml", folder)
    shutil.copytree(DEALERS / "mappings", folder / "mappings")
    kept = {branch.id for branch in load_branches(branches)}
    for name, others in (("branches.csv", set[str]()), ("targets.csv", {"*"}), ("actions.csv", set[str]())):
        with (DEALERS / name).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["branch"] in kept | others]
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    generate(folder / "inbox", months, responses, branches=branches)
    return Network(folder)


@contextmanager
def _once(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all the processes of a run share; one at a time is inside."""
    root = factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The example programme with half of its branches, those with a story among them. Not to be changed."""
    with _once(tmp_path_factory, "example") as folder:
        if (folder / "done").exists():
            return Network(folder / "dealers")
        network = make(folder / "dealers", 14, 60, BRANCHES)
        (folder / "done").touch()
        return network


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """As `small`, but not to be changed."""
    return make(tmp_path_factory.mktemp("small") / "dealers", 2, 40, 18)


@pytest.fixture
def small(pristine: Network, tmp_path: Path) -> Network:
    """18 branches, 2025-09 (labels) and 2025-10 (codes), to be changed at will."""
    return pristine.copy(tmp_path / "network")


@pytest.fixture(scope="session")
def pristine_csi(pristine: Network, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """As `pristine`, with one instrument only; for what has nothing to do with instruments."""
    made = pristine.copy(tmp_path_factory.mktemp("csi") / "dealers")
    made.replace("programme.toml", ', "dealer_satisfaction"]', "]")
    text = (made.folder / "programme.toml").read_text(encoding="utf-8")
    (made.folder / "programme.toml").write_text(text.partition('[[source]]\nid = "dealer-xlsx"')[0], encoding="utf-8")
    for path in made.folder.glob("inbox/*/*dealer*"):
        path.unlink()
    for path in (made.folder / "targets.csv", made.folder / "actions.csv"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "dealer_satisfaction" not in line), encoding="utf-8")
    return made


@pytest.fixture
def small_csi(pristine_csi: Network, tmp_path: Path) -> Network:
    """`pristine_csi`, to be changed at will."""
    return pristine_csi.copy(tmp_path / "network")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither workbook nor site is made, where a test asks for neither."""
    monkeypatch.setattr("pipeline.workbook.write", lambda *given: given[-1].write_bytes(b"workbook"))
    monkeypatch.setattr("pipeline.website.write", lambda *_: None)


@pytest.fixture(scope="session")
def network() -> Callable[[Path, int, int, int], Network]:
    """Makes a network: folder, months, responses, branches (18 to 60)."""
    return make


@pytest.fixture
def csi(capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    """`csi` in this process: csi(command, network, *options)."""

    def call(name: str, network: Network, *more: str) -> Called:
        capsys.readouterr()
        status = main([name, "--programme", str(network.folder), *more])
        return Called(status, *capsys.readouterr())

    return call


def _run(network: Network, made: Network, said: Path, cards: tuple[str, ...], *options: str) -> tuple[Network, Called]:
    """`csi run` in a copy of a network, with the scorecards of these branches, unless that was done."""
    if not said.exists():
        network.copy(made.folder)
        called = made.printing(cards, *options, cwd=made.folder)
        assert called.status == 0, called.err
        said.write_text(json.dumps([called.status, called.out, called.err]), encoding="utf-8")
    return made, Called(*json.loads(said.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def printed(example: Network, tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Called]:
    """`csi run` of the example's newest month with the scorecards of CARDS, in its folder, and what it said.
    Not to be changed."""
    with _once(tmp_path_factory, "printed") as folder:
        return _run(example, Network(folder / "dealers"), folder / "said.json", CARDS)


@pytest.fixture(scope="session")
def small_printed(pristine: Network, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """`pristine` after `csi run` with the scorecards of SMALL_CARDS. Not to be changed."""
    with _once(tmp_path_factory, "small-printed") as folder:
        place, options = Network(folder / "dealers"), ("--threads", "2", "--workers", "2")
        return _run(pristine, place, folder / "said.json", SMALL_CARDS, *options)[0]
