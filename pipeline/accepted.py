"""The accepted tables on disk: what the figures rest on, and all that the SQL reads.

accepted/responses/<instrument>/<period>.parquet      schemas.responses, by respondent
accepted/invitations/<instrument>/<period>.parquet    schemas.invitations, by branch
accepted/left_out/<instrument>/<period>.parquet       branch, reason ("" for all), rows that were not accepted
accepted/weights/…, margins/…, inverse/…, strata/…    where responses are weighted: see pipeline.weights
accepted/branches.parquet, accepted/targets.parquet   schemas.branches; hierarchy.TARGETS
accepted/before.parquet                               what revisions before withheld: see pipeline.kept_back
"""

import io
from pathlib import Path

import polars as pl

from pipeline.hierarchy import Hierarchy
from pipeline.month import Month

FOLDER = "accepted"
_GROUP = 122_880  # rows that DuckDB reads at a time


def path(folder: Path, kind: str, instrument: str, month: Month) -> Path:
    """kind: responses, invitations, or one of those that pipeline.weights adds."""
    return folder / FOLDER / kind / instrument / f"{month}.parquet"


def write_invitations(folder: Path, instrument: str, month: Month, table: pl.DataFrame) -> None:
    if table.is_empty():
        return
    write(table, path(folder, "invitations", instrument, month))


def write(table: pl.DataFrame, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(table, target)


def write_responses(rows: pl.LazyFrame, target: Path) -> None:
    """rows: sorted. An Enum is written as the text column that it stands for, and faster. The same rows give
    the same bytes, however many threads and parts there are."""
    with target.open("wb") as file:  # opened by Polars, twice, it would be flushed when it is closed
        rows.sink_parquet(
            file,
            compression="zstd",
            compression_level=1,
            statistics=False,
            row_group_size=_GROUP,
            metadata=_as_texts(rows.collect_schema()),
            engine="streaming",
        )


def _as_texts(schema: pl.Schema) -> dict[str, str]:
    """What a Parquet file says of its types in the words of Arrow, were every Enum a text."""
    types = {name: pl.String() if kind == pl.Enum else kind for name, kind in schema.items()}
    file = io.BytesIO()
    pl.DataFrame(schema=types).write_parquet(file)
    file.seek(0)
    return pl.read_parquet_metadata(file)


def read(folder: Path, kind: str, month: Month) -> dict[str, pl.DataFrame]:
    """instrument -> the table of a month, whole."""
    found = sorted((folder / FOLDER / kind).glob(f"*/{month}.parquet"))
    return {one.parent.name: pl.read_parquet(one) for one in found}


def write_hierarchy(folder: Path, hierarchy: Hierarchy) -> None:
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    _write(hierarchy.branches, place / "branches.parquet")
    _write(hierarchy.targets, place / "targets.parquet")


def invited(folder: Path) -> tuple[str, ...]:
    """The instruments that have accepted invitations in any month."""
    place = folder / FOLDER / "invitations"
    return tuple(sorted(one.name for one in place.iterdir())) if place.is_dir() else ()


def left_out(folder: Path, month: Month) -> tuple[str, ...]:
    """The instruments with a table of the month's rows that were not accepted."""
    return tuple(sorted(one.parent.name for one in (folder / FOLDER / "left_out").glob(f"*/{month}.parquet")))


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", statistics=True)
