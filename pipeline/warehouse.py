"""One DuckDB file per month: opened hardened, filled by the SQL of the month, disposable."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from pipeline.refusal import Refusal

FORMATS = (("csv", "HEADER"), ("parquet", "FORMAT parquet, COMPRESSION zstd"))


def build(
    folder: Path,
    steps: Sequence[tuple[str, str]],
    exports: Sequence[tuple[str, str]],
    threads: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Runs the steps on a new file folder/warehouse.duckdb, reading only inside the folder.

    exports: (name, query); each becomes folder/name.csv and folder/name.parquet. The file is
    built beside and renamed when it is whole.

    Raises Refusal when the disk is full, a sum overflows or a step refuses its input.
    """
    target = folder / "warehouse.duckdb"
    partial = folder / "warehouse.duckdb.partial"
    partial.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(partial)) as connection:
            harden(connection, folder, threads)
            for name, text in steps:
                progress(name)
                connection.execute(text)
            _export(connection, folder, exports)
            connection.execute("CHECKPOINT")
    except duckdb.OutOfRangeException as error:
        raise Refusal(f"{folder.name}: a sum is too large ({error}). Are base weights in a sensible unit?") from None
    except duckdb.InvalidInputException as error:  # what a step refuses by error()
        raise Refusal(f"{folder.name}: {str(error).removeprefix('Invalid Input Error: ')}") from None
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise Refusal(f"{folder}: the scores could not be written ({error}). Is the disk full?") from None
    partial.rename(target)
    return target


def _export(connection: duckdb.DuckDBPyConnection, folder: Path, exports: Sequence[tuple[str, str]]) -> None:
    """Sorts each table once and writes its two files side by side, while the next is sorted."""
    connection.execute("ATTACH ':memory:' AS exported")  # unlike a temporary table seen by every cursor

    def write(name: str, kind: str, how: str) -> None:
        path = str(folder / f"{name}.{kind}").replace("'", "''")
        with connection.cursor() as cursor:
            cursor.execute(f"COPY exported.\"{name}\" TO '{path}' ({how})")

    with ThreadPoolExecutor(len(FORMATS)) as pool:
        written = []
        for name, query in exports:
            connection.execute(f'CREATE TABLE exported."{name}" AS {query}')
            written += [pool.submit(write, name, kind, how) for kind, how in FORMATS]
        for one in written:
            one.result()


def harden(connection: duckdb.DuckDBPyConnection, folder: Path, threads: int | None = None) -> None:
    """Only files under `folder` can be read or written, nothing is ever downloaded, and no
    statement can loosen that."""
    inside = str(folder).replace("'", "''")
    connection.execute(f"SET VARIABLE folder = '{inside}/'")
    connection.execute(f"SET allowed_directories = ['{inside}']")
    connection.execute(f"SET temp_directory = '{inside}/.spill'")
    if threads is not None:
        connection.execute(f"SET threads = {int(threads)}")
    for setting in (
        "enable_external_access = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "TimeZone = 'UTC'",
        "checkpoint_threshold = '1TB'",  # once at the end: a file that is not whole is thrown away
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
