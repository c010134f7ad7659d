"""The rows of a month that passed their own checks, and what can only be told when all are there:
who was re-sent, repeated, heard too often, or answered oddly.

From some size on the rows are in files, and DuckDB spills. It is asked only where something
may be found: respondents that ascend do not repeat.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline import accepted, final, flags, heard, resent
from pipeline.admitted import HEARD
from pipeline.instrument import Instrument
from pipeline.parts import Parts
from pipeline.settings import Flags

_MEMORY = "700MB"
KEYS = {"place": pl.UInt32, "row": pl.UInt32}
CONTACTS = {name: kind for name, kind in HEARD.items() if name != "period"}
PART_ROWS = 250_000  # rows checked at a time
_OWN = ("place", "row")  # of itself, beside what it holds
_PLACED = pl.col("place").cast(pl.UInt64) * 2**32 + pl.col("row")  # a number for each row


@dataclass(frozen=True)
class File:
    """A file whose rows are kept. place: its turn among all of the month."""

    place: int
    name: str
    origin: str
    resend: bool


class Store:
    """Usable once: add and hold rows, then `close_intake`, then ask."""

    def __init__(
        self,
        folder: Path,
        types: Mapping[str, Any],
        check: Callable[[pl.DataFrame], object],
        threads: int | None = None,
    ) -> None:
        """types: of the columns of the rows. check: raises unless rows are as the contract says."""
        folder.mkdir(parents=True)
        self._folder, self._check, self._threads = folder, check, threads
        self._columns = (*types, "place")
        self._parts = Parts(folder, {**types, "place": pl.UInt32}, "respondent")
        self._waiting: list[pl.DataFrame] = []
        self._held = [pl.DataFrame(schema={"row": pl.UInt32, "respondent": pl.String, "place": pl.UInt32})]
        self._contacts = 0
        self._rows: Counter[int] = Counter()  # added, by place
        self._said: list[pl.Series] = []  # hashes of the verbatims of each part
        self._files: tuple[File, ...] = ()
        self._gone = pl.DataFrame(schema=KEYS)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        if "_connection" in vars(self):
            self._connection.close()

    def add(self, rows: pl.DataFrame, place: int) -> None:
        """Rows without a fault, in the form of the contract."""
        if rows.is_empty():
            return
        self._waiting.append(rows.with_columns(place=pl.lit(place, pl.UInt32)))
        self._rows[place] += rows.height
        if sum(one.height for one in self._waiting) >= PART_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows = pl.concat(self._waiting)
        self._waiting.clear()
        self._check(rows.drop("place"))
        self._contacts += rows.height - rows["contact"].null_count()
        self._said.append(flags.hashes(rows["verbatim"]))
        self._parts.add(rows)

    def hold(self, rows: pl.DataFrame, place: int) -> None:
        """Rows with a fault: of those only who answered, for a re-sent row replaces them too."""
        self._held.append(rows.drop_nulls("respondent").select("row", "respondent", place=pl.lit(place, pl.UInt32)))

    def close_intake(self, files: Sequence[File]) -> None:
        """All rows are there."""
        self._flush()
        self._files = tuple(files)

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        """All rows that are left as `candidate`, and the tables `held` and `files`."""
        connection = duckdb.connect()
        for setting in (
            f"memory_limit = '{_MEMORY}'",
            f"temp_directory = '{_quoted(self._folder)}/spill'",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "TimeZone = 'UTC'",
            *([f"threads = {self._threads}"] if self._threads else []),
        ):
            connection.execute(f"SET {setting}")
        files = pl.DataFrame(
            [(one.place, one.name, one.origin, one.resend) for one in self._files],
            schema={"place": pl.UInt32, "name": pl.String, "origin": pl.String, "resend": pl.Boolean},
            orient="row",
        )
        for name, table in (("held", pl.concat(self._held)), ("files", files), ("gone", self._gone)):
            path = self._folder / f"{name}.parquet"
            table.write_parquet(path)
            connection.execute(f"CREATE TABLE {name} AS FROM read_parquet('{_quoted(path)}')")
        connection.execute(f"""
            CREATE VIEW candidate AS
            FROM read_parquet('{_quoted(self._parts.files())}') ANTI JOIN gone USING (place, row)""")
        return connection

    def drop(self, rows: pl.DataFrame) -> None:
        """rows: place and row of what is not accepted."""
        if rows.is_empty():
            return
        more = rows.select(pl.col("place").cast(pl.UInt32), pl.col("row").cast(pl.UInt32)).unique()
        self._gone = pl.concat([self._gone, more])
        if "_connection" in vars(self):
            more.write_parquet(self._folder / "more.parquet")
            self._execute("INSERT INTO gone FROM read_parquet('{folder}/more.parquet')")

    def homes(self, rows: pl.DataFrame) -> pl.DataFrame:
        """source, row, branch of those of these rows (source, place, row) that are here."""
        keys = rows.select("source", pl.col("place").cast(pl.UInt32), pl.col("row").cast(pl.UInt32)).unique()
        if keys.is_empty():
            return pl.DataFrame(schema={"source": pl.String, "row": pl.UInt32, "branch": pl.String})
        found = (
            self._parts.lazy()
            .select("place", "row", "branch")
            .filter(_PLACED.is_in(keys.select(_PLACED).to_series().implode()))
        )
        return keys.join(found.collect(engine="streaming"), on=["place", "row"]).select("source", "row", "branch")

    def superseded(self) -> pl.DataFrame:
        """place, source, row, respondent, by, by_row: rows of an earlier file of a re-sent source whose
        respondent stands in a later one of it; the last word is that of the last file."""
        return self._frame(resent.SUPERSEDED)

    def changes(self) -> pl.DataFrame:
        """file, earlier, respondent, change, fields: what each re-sent file holds beside the files
        of its source before it. change: same, changed, came, went (against the file just before)."""
        return self._frame(resent.changes([one for one in self._columns if one not in (*_OWN, "respondent")]))

    def repeated(self) -> pl.DataFrame:
        """All rows, with their file's name as `source`, of respondents that stand in several."""
        if self._each_once():
            return self._parts.lazy().clear().with_columns(pl.lit("").alias("source")).collect()
        return self._frame("""
            SELECT candidate.*, files.name AS source FROM candidate JOIN files USING (place)
            WHERE respondent IN (SELECT respondent FROM candidate GROUP BY respondent HAVING count(*) > 1)
            ORDER BY place, row""")

    def _each_once(self) -> bool:
        """Whether no respondent surely stands in several rows; looked at only while that is cheap."""
        if self._parts.ascending:
            return True
        if not self._parts.in_memory:
            return False
        left = self._left().select("respondent").collect()["respondent"]
        return left.n_unique() == len(left)

    def contacts(self) -> pl.DataFrame:
        """contact, serviced_on, answered_at, source, row of every row with a contact."""
        if not self._contacts:
            return pl.DataFrame(schema=CONTACTS)
        return self._frame("""
            SELECT contact, serviced_on, answered_at, files.name AS source, row FROM candidate
            JOIN files USING (place) WHERE contact IS NOT NULL ORDER BY ALL""")

    def heard_again(self, earlier: pl.DataFrame, months: int) -> pl.DataFrame:
        """place, source, row, contact, by, by_row: rows whose contact was heard within so many months
        before, in this month or an earlier one. earlier: period and the columns of contacts()."""
        earlier.write_parquet(self._folder / "earlier.parquet")
        return self._frame(heard.again("{folder}/earlier.parquet", months))

    def counts(self) -> dict[int, int]:
        """place -> rows that are left."""
        if self._gone.is_empty():
            return dict(self._rows)
        return dict(self._left().group_by("place").len().collect(engine="streaming").iter_rows())

    def write(self, target: Path, period: str, instrument: Instrument, given: Flags) -> None:
        """The accepted table, sorted by respondent."""
        target.parent.mkdir(parents=True, exist_ok=True)
        left = self._left()
        usual = final.usual(left, {one.place: one.origin for one in self._files})
        often = flags.repeated_hashes(pl.concat([pl.Series(dtype=pl.UInt64), *self._said]), given)
        saying = [place for place, hashed in enumerate(self._said) if hashed.is_in(often.implode()).any()]
        repeated = flags.repeated_verbatims(self._left(self._parts.some(saying)), often, given)
        marked = flags.marked(self._sorted(left), instrument, given, usual, repeated)
        names = [one.name for one in self._files]
        held = [one for one in self._columns if one not in _OWN]
        accepted.write_responses(final.named(marked, period, held, names, self._parts.same()), target)

    def _left(self, some: pl.LazyFrame | None = None) -> pl.LazyFrame:
        """All rows, or some, but those dropped, in the order they came."""
        rows = self._parts.lazy() if some is None else some
        if self._gone.is_empty():
            return rows
        return rows.filter(~_PLACED.is_in(self._gone.select(_PLACED).to_series().implode()))

    def _sorted(self, left: pl.LazyFrame) -> pl.LazyFrame:
        if self._parts.ascending:
            return left
        if self._parts.in_memory:
            return left.sort("respondent")
        self._execute("COPY (FROM candidate ORDER BY respondent) TO '{folder}/sorted' (FORMAT parquet)")
        return pl.scan_parquet(self._folder / "sorted")

    def _execute(self, query: str) -> None:
        self._connection.execute(query.replace("{folder}", _quoted(self._folder)))

    def _frame(self, query: str) -> pl.DataFrame:
        target = self._folder / "answer.parquet"
        self._execute(f"COPY ({query}) TO '{_quoted(target)}' (FORMAT parquet)")
        return pl.read_parquet(target)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
