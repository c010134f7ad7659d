"""The DuckDB file of a month: hardened, built beside, whole or not there."""

from pathlib import Path

import duckdb
import pytest

from pipeline import warehouse
from pipeline.refusal import Refusal

ONE = (("one", "CREATE TABLE score AS SELECT 1 AS a"),)


@pytest.fixture
def hardened(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    warehouse.harden(connection, tmp_path)
    return connection


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('../secret.txt')",
        "COPY (SELECT 1) TO '/tmp/csi-escaped.csv'",
        "ATTACH '/tmp/csi-escaped.duckdb'",
        "INSTALL httpfs",
        "LOAD '/tmp/some.duckdb_extension'",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
    ],
)
def test_a_hardened_connection_reaches_nothing_else(hardened: duckdb.DuckDBPyConnection, statement: str) -> None:
    with pytest.raises(duckdb.Error):
        hardened.execute(statement)
    assert not Path("/tmp/csi-escaped.csv").exists()
    assert not Path("/tmp/csi-escaped.duckdb").exists()


def test_a_folder_with_a_quote_is_no_way_out(tmp_path: Path) -> None:
    folder = tmp_path / "o'clock', '/etc"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("a\n1\n")
    warehouse.build(folder, [("one", "CREATE TABLE score AS FROM read_csv(getvariable('folder') || 'a.csv')")], [])
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT a FROM score").fetchall() == [(1,)]
    with duckdb.connect() as connection:
        warehouse.harden(connection, folder)
        with pytest.raises(duckdb.PermissionException):
            connection.execute("SELECT * FROM read_csv('/etc/passwd')")


def test_the_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error):
        warehouse.build(tmp_path, [*ONE, ("broken", "SELECT no_such_function()")], [])
    assert not (tmp_path / "warehouse.duckdb").exists()
    warehouse.build(tmp_path, ONE, [("score", "SELECT * FROM score")])
    assert (tmp_path / "score.csv").read_text() == "a\n1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["score.csv", "score.parquet", "warehouse.duckdb"]


def test_a_sum_too_large_is_refused_not_wrapped(tmp_path: Path) -> None:
    large = "SELECT sum(170141183460469231731687303715884105727::HUGEINT) AS s FROM range(2)"
    with pytest.raises(Refusal, match="a sum is too large"):
        warehouse.build(tmp_path, [("large", f"CREATE TABLE score AS {large}")], [])


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    (tmp_path / f"score.{kind}").mkdir()  # as a full disk does, it stops the writing of one of the two files
    (tmp_path / f"score.{kind}" / "in the way").touch()
    with pytest.raises(Refusal, match="the scores could not be written"):
        warehouse.build(tmp_path, ONE, [("score", "SELECT * FROM score"), ("again", "SELECT * FROM score")])
    assert not (tmp_path / "warehouse.duckdb").exists()
