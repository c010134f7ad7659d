"""The same bytes from hundreds of thousands of responses, whatever the threads, the order of rows
or the program: `run.sql` alone makes the score tables again."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.recompute.case import Branch, Case, Factor, Instrument, Item, Target
from pipeline.score import SQL
from tests.agreement import disagreements
from tests.build import Scored, accepted_frame, frame, response, score_files, score_frames

RESPONSES = 320_000
BRANCHES = 60
MONTHS = {"2024-10": 0.1, "2025-09": 0.3, "2025-10": 0.6}  # month -> its part of the responses
PUBLISHED = ("scores.csv", "comparisons.csv", "scores.parquet", "comparisons.parquet")
REPLAYED = {"replayed-scores.csv": "scores.csv", "replayed-comparisons.csv": "comparisons.csv"}

VISIT = Instrument(
    "visit",
    (
        Factor("skill", tuple(Item(f"s{place}") for place in range(4)), Decimal("20.4")),
        Factor("care", (Item("c0"), Item("c1", 1, 5, 5, 2), Item("c2", 0, 10, 9, 3)), Decimal("15.8")),
        Factor("price", (Item("p0"),), Decimal("10.2")),
    ),
)
DEALER = Instrument(
    "dealer",
    tuple(Factor(f"d{place}", (Item(f"d{place}_0"), Item(f"d{place}_1"))) for place in range(3)),
    rule="mean_of_dimensions",
    points=100,
)
DIVISIONS = ("PC", "CV", "NEV")


def responses(of: Instrument, period: str, count: int, seed: int) -> pl.DataFrame:
    """Branches that differ in size and level, one item in twelve without an answer, weights of
    nine decimals."""
    rng = np.random.default_rng(seed)
    branch = np.minimum((rng.exponential(0.3, count) * BRANCHES).astype(int), BRANCHES - 1)
    mood = rng.normal(0.0, 0.2, count) + branch / BRANCHES / 2
    columns: dict[str, object] = {}
    states = []
    for item in of.items:
        level = np.clip(mood + rng.normal(0.4, 0.2, count), 0, 1)
        answer = item.low + np.rint(level * (item.high - item.low)).astype(int)
        state = rng.choice(np.array([".", "s", "b", "n", "r"]), count, p=[0.92, 0.02, 0.02, 0.02, 0.02])
        columns[item.id] = pl.Series(answer).set(pl.Series(state != "."), None)
        states.append(pl.Series(state))
    missing = pl.select(pl.concat_str(states)).to_series()
    columns["missing"] = missing.set(missing == "." * len(of.items), None)
    columns["period"] = pl.repeat(period, count, eager=True)
    columns["branch"] = pl.select(pl.format("B{}", pl.Series(branch))).to_series()
    columns["division"] = pl.Series(np.array(DIVISIONS)[rng.integers(0, 3, count)])
    columns["weight"] = pl.Series(rng.integers(1, 3_000_000_000, count)).cast(pl.Decimal(18, 0)) * Decimal("1e-9")
    return accepted_frame(of, columns, count)


CASE = Case(
    (VISIT, DEALER),
    tuple(Branch(f"B{place}", f"R{place % 5}", DIVISIONS) for place in range(BRANCHES)),
    {},
)
WEIGHTED = replace(CASE, weighted=True)


@pytest.fixture(scope="module")
def frames() -> Mapping[tuple[str, str], pl.DataFrame]:
    made = {
        (of.id, period): responses(of, period, int(RESPONSES * part / 2), seed)
        for of in (VISIT, DEALER)
        for seed, (period, part) in enumerate(MONTHS.items())
    }
    assert sum(frame.height for frame in made.values()) >= 300_000
    return made


def published(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in PUBLISHED}


@pytest.fixture(scope="module", params=[CASE, WEIGHTED], ids=["unweighted", "weighted"])
def month(
    request: pytest.FixtureRequest,
    frames: Mapping[tuple[str, str], pl.DataFrame],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Case, Scored]:
    return request.param, score_frames(request.param, frames, tmp_path_factory.mktemp("month"), threads=1)


@pytest.mark.parametrize("threads", [2, 8])
def test_threads_and_order_leave_every_byte(
    month: tuple[Case, Scored], frames: Mapping[tuple[str, str], pl.DataFrame], tmp_path: Path, threads: int
) -> None:
    case, first = month
    shuffled = {key: frame.sample(fraction=1, shuffle=True, seed=threads) for key, frame in frames.items()}
    again = score_frames(case, shuffled, tmp_path / "shuffled", threads=threads)
    assert published(again.folder) == published(first.folder)


def in_python() -> list[str]:
    feed = "import duckdb, sys; duckdb.connect().execute(sys.stdin.buffer.read().decode())"
    return [sys.executable, "-I", "-c", feed]


def in_duckdb() -> list[str]:
    """The DuckDB command line of the locked package duckdb-cli: another release than the library's."""
    program = Path(sys.executable).with_name("duckdb")
    assert program.exists(), "duckdb-cli is not installed beside this Python; make test installs it"
    return [str(program)]


def replay(month: Scored, target: Path, command: list[str]) -> None:
    """Runs a command on a copy of a month's folder that holds its accepted tables and run.sql only."""
    assert str(month.folder) not in (month.folder / "run.sql").read_text("utf-8")
    shutil.copytree(month.folder / "accepted", target / "accepted")
    shutil.copy(month.folder / "run.sql", target)
    with (target / "run.sql").open("rb") as script:
        done = subprocess.run(command, cwd=target, stdin=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name, original in REPLAYED.items():
        assert (target / name).read_bytes() == (month.folder / original).read_bytes(), name


def test_sums_are_the_same_number_in_both_releases(tmp_path: Path) -> None:
    macros = (SQL / "00_macros.sql.j2").read_text("utf-8")
    needed = [
        line for line in macros.splitlines() if re.match(r"CREATE MACRO (by_digits|whole_sum|sum_of_parts)\(", line)
    ]
    assert len(needed) == 3
    ask = """COPY (SELECT place // 3 AS a, sum_of_parts(x) AS b, whole_sum(x, 1e20) AS c,
                    by_digits(sum(CAST(x AS DECIMAL(38,18)))) AS d
             FROM (SELECT place, 1::DOUBLE / (3000 + 7.13 * place) AS x FROM range(900) t(place)) GROUP BY a ORDER BY a)
             TO 'sums.csv'"""
    said = []
    for program in (in_python(), in_duckdb()):
        done = subprocess.run(program, cwd=tmp_path, input="\n".join([*needed, ask]), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        said.append((tmp_path / "sums.csv").read_text("utf-8"))
    assert said[0] == said[1]


@pytest.mark.parametrize("program", [in_python, in_duckdb])
def test_the_script_alone_makes_the_tables_again(
    month: tuple[Case, Scored], tmp_path: Path, program: Callable[[], list[str]]
) -> None:
    replay(month[1], tmp_path, program())


def test_the_script_of_a_published_month_makes_its_tables_again(tmp_path: Path) -> None:
    answers: list[list[int | str]] = [
        [8, 9, 7, "n", 10, 4, 9, 9],
        [6, "s", "s", 7, 5, 3, 8, 4],
        [10, 10, 10, 10, 10, 5, 10, 10],
    ]
    rows = [
        response(VISIT, f"B{place}", answers[place % 3], period=period, division="NEV", weight=f"0.{place + 1}")
        for period in ("2025-09", "2025-10")
        for place in range(40)
    ]
    case = replace(
        WEIGHTED, instruments=(VISIT,), rows={"visit": rows}, withheld_below=1, ranked_from=5,
        invited={"visit": {("2025-10", "B7"): 3}}, targets=(Target("visit", "index", Decimal("801.5")),),
    )  # fmt: skip
    month = score_files(case, tmp_path / "programme")
    assert disagreements(case, month) == []
    for name, program in (("python", in_python()), ("duckdb", in_duckdb())):
        replay(month, tmp_path / name, program)


def test_the_tables_made_here_are_those_of_an_intake(tmp_path: Path) -> None:
    """Every state of an item, blanks alone too, through an export and an intake, and without."""
    answers: list[list[int | str]] = [
        [8, 9, 7, 6, 10, 4, 9, 9],
        [8, "b", 7, 6, "b", 4, 9, 9],
        [8, "b", 7, "s", 10, "n", "r", 9],
    ]
    rows = [response(VISIT, "B1", one, division="NEV", weight="0.5") for one in answers]
    case = replace(WEIGHTED, instruments=(VISIT,), rows={"visit": rows})
    month = score_files(case, tmp_path / "programme")
    intake = pl.read_parquet(month.folder / "accepted" / "responses" / "visit" / "2025-10.parquet")
    made = frame(VISIT, rows)
    assert intake.schema == made.schema
    same = ["period", "branch", "division", "weight", *(item.id for item in VISIT.items), "missing"]
    assert intake.select(same).equals(made.select(same))
    assert intake["missing"].to_list() == [None, None, ".b.s.nr."]


def test_the_large_month_agrees_with_the_second_implementation(
    frames: Mapping[tuple[str, str], pl.DataFrame], tmp_path: Path
) -> None:
    """A cut of it, small enough to work out in fractions."""
    cut = {key: frame.head(150) for key, frame in frames.items() if key[1] != "2024-10"}
    rows = {
        of.id: [row for key, frame in cut.items() if key[0] == of.id for row in frame.to_dicts()]
        for of in CASE.instruments
    }
    case = Case(CASE.instruments, CASE.branches, rows, weighted=True)
    assert disagreements(case, score_frames(case, cut, tmp_path)) == []
