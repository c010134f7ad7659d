"""The rows of a month that passed their own checks, on disk while the files are read, and what can
only be told when all are there: who was re-sent, repeated, heard too often, or answered oddly.

Memory does not grow with the month: rows go to Parquet batch by batch, DuckDB spills.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipeline.instrument import Instrument
from pipeline.settings import Flags

MEMORY = "700MB"
KEYS = {"place": pl.UInt32, "row": pl.UInt32}
FLAGS = ("straight_lining", "all_top", "speeding", "identical_verbatim")
_REPEATED_FROM = 10  # characters of a verbatim: 很好 is said by many
_PART_ROWS = 250_000  # rows checked and written at a time
_OWN = ("place", "row")  # what a row says of itself, beside what it holds


@dataclass(frozen=True)
class File:
    """A file whose rows are kept. place: its turn among all of the month."""

    place: int
    name: str
    origin: str
    resend: bool


class Store:
    """Usable once: add and hold rows, then `close_intake`, then ask."""

    def __init__(self, folder: Path, check: Callable[[pl.DataFrame], object], threads: int | None = None) -> None:
        """check: raises unless rows are as the contract says."""
        self._folder, self._check = folder, check
        self._waiting: list[pl.DataFrame] = []
        folder.mkdir(parents=True)
        self._parts = 0
        self._held = 1
        nobody = pl.DataFrame(schema=KEYS | {"respondent": pl.String})
        nobody.write_parquet(folder / "held-000000.parquet")
        self._connection = duckdb.connect()
        self._columns: tuple[str, ...] = ()
        for setting in (
            f"memory_limit = '{MEMORY}'",
            f"temp_directory = '{_quoted(folder)}/spill'",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "TimeZone = 'UTC'",
            *([f"threads = {threads}"] if threads else []),
        ):
            self._connection.execute(f"SET {setting}")

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, rows: pl.DataFrame, place: int) -> None:
        """Rows without a fault, in the form of the contract."""
        self._waiting.append(rows.with_columns(pl.lit(place, pl.UInt32).alias("place")))
        if sum(one.height for one in self._waiting) >= _PART_ROWS:
            self._flush()

    def _flush(self) -> None:
        rows = pl.concat(self._waiting) if self._waiting else pl.DataFrame()
        self._waiting.clear()
        if rows.is_empty():
            return
        self._check(rows.drop("place"))
        part = rows.with_columns(pl.col(pl.Int16).cast(pl.Int8))
        part.write_parquet(self._folder / f"{self._parts:06d}.parquet", compression="lz4", statistics=False)
        self._parts += 1

    def hold(self, rows: pl.DataFrame, place: int) -> None:
        """Rows with a fault: of those only who answered, for a re-sent row replaces them too."""
        kept = rows.filter(pl.col("respondent").is_not_null())
        held = kept.select(pl.lit(place, pl.UInt32).alias("place"), "row", "respondent")
        held.write_parquet(self._folder / f"held-{self._held:06d}.parquet")
        self._held += 1

    def close_intake(self, files: Sequence[File], empty: pl.DataFrame) -> None:
        """All rows are there. empty: the contract without rows."""
        self._flush()
        frame = empty.clear().with_columns(pl.lit(None, pl.UInt32).alias("place"), pl.col(pl.Int16).cast(pl.Int8))
        frame.write_parquet(self._folder / "empty.parquet")
        pl.DataFrame(
            [(one.place, one.name, one.origin, one.resend) for one in files],
            schema={"place": pl.UInt32, "name": pl.String, "origin": pl.String, "resend": pl.Boolean},
            orient="row",
        ).write_parquet(self._folder / "files.list")
        self._columns = tuple(frame.columns)
        for table, names in (("held", "held-*.parquet"), ("files", "files.list")):
            self._execute(f"CREATE TABLE {table} AS FROM read_parquet('{{folder}}/{names}')")
        several = "0*.parquet" if self._parts else "empty.parquet"
        self._execute("CREATE TABLE gone (place UINTEGER, row UINTEGER)")
        self._execute(f"""
            CREATE VIEW candidate AS FROM read_parquet('{{folder}}/{several}') ANTI JOIN gone USING (place, row)""")

    def drop(self, rows: pl.DataFrame) -> None:
        """rows: place and row of what is not accepted."""
        if rows.is_empty():
            return
        rows.select(pl.col("place").cast(pl.UInt32), pl.col("row").cast(pl.UInt32)).unique().write_parquet(
            self._folder / "gone.parquet"
        )
        self._execute("INSERT INTO gone FROM read_parquet('{folder}/gone.parquet')")

    def superseded(self) -> pl.DataFrame:
        """place, source, row, respondent, by, by_row: rows of an earlier file of a re-sent source whose
        respondent stands in a later one of it; the last word is that of the last file."""
        return self._frame(f"""
            WITH {self._resent()},
            last AS (SELECT origin, respondent, max((place, row)) AS at FROM resent GROUP BY origin, respondent)
            SELECT resent.place, mine.name AS source, resent.row, resent.respondent,
                   files.name AS by, last.at[2] AS by_row
            FROM resent JOIN last USING (origin, respondent) JOIN files ON files.place = last.at[1]
            JOIN files mine ON mine.place = resent.place
            WHERE resent.place < last.at[1] ORDER BY ALL""")

    def changes(self) -> pl.DataFrame:
        """file, earlier, respondent, change, fields: what each re-sent file holds beside the files
        of its source before it. change: same, changed, came, went (against the file just before)."""
        content = [one for one in self._columns if one not in (*_OWN, "respondent")]
        differs = ", ".join(
            f"CASE WHEN a.{_name(one)} IS DISTINCT FROM b.{_name(one)} THEN '{one}' END" for one in content
        )
        return self._frame(f"""
            WITH {self._resent()},
            pair AS (  -- a file is re-sent where one before it holds some of its respondents
              SELECT DISTINCT l.place AS later, e.place AS earlier
              FROM resent l JOIN resent e USING (origin, respondent) WHERE e.place < l.place),
            before AS (SELECT later, max(earlier) AS earlier FROM pair GROUP BY later),
            held_by AS (  -- the last word on a respondent before a file
              SELECT later, respondent, max((resent.place, row)) AS at
              FROM resent JOIN pair ON pair.earlier = resent.place GROUP BY later, respondent),
            now AS (SELECT place, respondent, max(row) AS row FROM resent GROUP BY place, respondent),
            told AS (
              SELECT now.place AS later, now.respondent, h.at[1] AS place_before, h.at[2] AS row_before, now.row
              FROM now JOIN before ON before.later = now.place
              LEFT JOIN held_by h ON h.later = now.place AND h.respondent = now.respondent),
            compared AS (
              SELECT told.later, told.respondent,
                CASE WHEN told.place_before IS NULL THEN 'came'
                     WHEN a.row IS NULL OR b.row IS NULL THEN 'changed'
                     WHEN concat_ws(',', {differs}) = '' THEN 'same' ELSE 'changed' END AS change,
                CASE WHEN told.place_before IS NULL THEN '' WHEN a.row IS NULL OR b.row IS NULL THEN '?'
                     ELSE concat_ws('; ', {differs}) END AS fields
              FROM told
              LEFT JOIN candidate a ON a.place = told.later AND a.row = told.row
              LEFT JOIN candidate b ON b.place = told.place_before AND b.row = told.row_before),
            went AS (
              SELECT DISTINCT before.later, old.respondent, 'went' AS change, '' AS fields
              FROM before JOIN now old ON old.place = before.earlier
              ANTI JOIN now new ON new.place = before.later AND new.respondent = old.respondent)
            SELECT f.name AS file, e.name AS earlier, respondent, change, fields
            FROM (FROM compared UNION ALL FROM went) AS one
            JOIN before ON before.later = one.later
            JOIN files f ON f.place = one.later JOIN files e ON e.place = before.earlier
            ORDER BY ALL""")

    def _resent(self) -> str:
        return """resent AS (
              SELECT place, row, respondent, origin
              FROM (SELECT place, row, respondent FROM candidate UNION ALL FROM held) JOIN files USING (place)
              WHERE resend)"""

    def repeated(self) -> pl.DataFrame:
        """All rows, with their file's name as `source`, of respondents that stand in several."""
        return self._frame("""
            SELECT candidate.*, files.name AS source FROM candidate JOIN files USING (place)
            WHERE respondent IN (SELECT respondent FROM candidate GROUP BY respondent HAVING count(*) > 1)
            ORDER BY place, row""")

    def contacts(self) -> pl.DataFrame:
        """contact, serviced_on, answered_at, source, row of every row with a contact."""
        return self._frame("""
            SELECT contact, serviced_on, answered_at, files.name AS source, row
            FROM candidate JOIN files USING (place) WHERE contact IS NOT NULL ORDER BY ALL""")

    def heard_again(self, earlier: pl.DataFrame, months: int) -> pl.DataFrame:
        """place, source, row, contact, by, by_row: rows whose contact was heard within so many months
        before, in this month or an earlier one. earlier: period and the columns of contacts()."""
        earlier.write_parquet(self._folder / "earlier.parquet")
        return self._frame(f"""
            WITH heard AS (
              SELECT contact, serviced_on, answered_at, name AS source, row, place, name AS shown
              FROM candidate JOIN files USING (place) WHERE contact IS NOT NULL
              UNION ALL BY NAME
              SELECT contact, serviced_on, answered_at, source, row, NULL AS place, period || '/' || source AS shown
              FROM read_parquet('{{folder}}/earlier.parquet')),
            again AS (
              SELECT late.place, late.source, late.row, late.contact,
                     max((early.serviced_on, early.answered_at, early.shown, early.row)) AS last
              FROM heard late JOIN heard early ON early.contact = late.contact
               AND early.serviced_on > late.serviced_on - INTERVAL {months} MONTH
               AND (early.serviced_on, early.answered_at, coalesce(early.place, 0), early.source, early.row)
                 < (late.serviced_on, late.answered_at, coalesce(late.place, 0), late.source, late.row)
              WHERE late.place IS NOT NULL GROUP BY ALL)
            SELECT place, source, row, contact, last[3] AS by, last[4] AS by_row FROM again ORDER BY ALL""")

    def counts(self) -> dict[int, int]:
        """place -> rows that are left."""
        return dict(self._rows("SELECT place, count(*) FROM candidate GROUP BY place"))

    def write(self, target: Path, period: str, instrument: Instrument, flags: Flags) -> None:
        """The accepted table, sorted by respondent."""
        target.parent.mkdir(parents=True, exist_ok=True)
        content = [one for one in self._columns if one not in _OWN]
        shown = ", ".join(f"candidate.{_name(one)}" for one in content)
        self._execute(f"""
            COPY (
              WITH usual AS (
                SELECT origin, median(duration_s) AS duration FROM candidate JOIN files USING (place) GROUP BY origin),
              spoken AS (
                SELECT verbatim FROM candidate WHERE length(verbatim) >= {_REPEATED_FROM}
                GROUP BY verbatim HAVING count(*) >= {flags.verbatim_repeats})
              SELECT '{period}' AS period, {shown}, {_flags(instrument, flags)} AS flags, files.name AS source, row
              FROM candidate JOIN files USING (place) JOIN usual USING (origin) LEFT JOIN spoken USING (verbatim)
              ORDER BY respondent
            ) TO '{_quoted(target)}' (FORMAT parquet, COMPRESSION zstd)""")

    def _execute(self, query: str) -> None:
        self._connection.execute(query.replace("{folder}", _quoted(self._folder)))

    def _rows(self, query: str) -> list[tuple[int, int]]:
        return self._connection.execute(query).fetchall()

    def _frame(self, query: str) -> pl.DataFrame:
        target = self._folder / "answer.parquet"
        self._execute(f"COPY ({query}) TO '{_quoted(target)}' (FORMAT parquet)")
        return pl.read_parquet(target)


def _flags(instrument: Instrument, flags: Flags) -> str:
    """The soft flags of a row in SQL, as words in one text; null without any."""
    scales = {item.id: instrument.scale_of(item) for item in instrument.items}
    same = len({(one.min, one.max) for one in scales.values()}) == 1
    answers = ", ".join(
        _name(item) if same else f"({_name(item)} - {scale.min}) / {scale.span}.0" for item, scale in scales.items()
    )
    top = next(iter(scales.values())).max if same else 1
    answered = " + ".join(f"({_name(item)} IS NOT NULL)::INTEGER" for item in scales)
    enough = f"({answered}) >= {flags.min_items}"
    lowest, highest = (answers, answers) if len(scales) == 1 else (f"least({answers})", f"greatest({answers})")
    marks = {
        "straight_lining": f"{enough} AND {lowest} = {highest} AND {highest} < {top}",
        "all_top": f"{enough} AND {lowest} = {top}",
        "speeding": f"duration_s < {flags.seconds_per_item} * ({answered}) "
        f"OR duration_s * 100 < {flags.share_of_median_percent} * usual.duration",
        "identical_verbatim": "spoken.verbatim IS NOT NULL",
    }
    return "nullif(concat_ws(' ', " + ", ".join(f"CASE WHEN {marks[one]} THEN '{one}' END" for one in FLAGS) + "), '')"


def _name(column: str) -> str:
    return f'"{column}"'


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
