"""Rows in the order they came, all of one form: in memory while they are few, else in Arrow files,
which take more room and a third of the time of Parquet. DuckDB reads no Arrow files: what it asks for is written anew.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

KEPT = 75_000_000  # values held in memory; of 40 columns, about 1,900,000 rows


class Parts:
    """key: a column of texts without null."""

    def __init__(self, folder: Path, types: Mapping[str, Any], key: str) -> None:
        """folder: of the files; it must be there."""
        self.height = 0
        self.ascending = True  # the key of every row is greater than that of the row before
        self._folder, self._key = folder, key
        self._empty = pl.DataFrame(schema=types)
        self._kept: list[pl.DataFrame] = []
        self._files = 0
        self._last: str | None = None

    @property
    def in_memory(self) -> bool:
        return not self._files

    def add(self, rows: pl.DataFrame) -> None:
        """Rows in the form of the parts."""
        if rows.is_empty():
            return
        self._follow(rows[self._key])
        self.height += rows.height
        self._kept.append(rows)
        if self._files or self.height * rows.width > KEPT:
            self._spill()

    def lazy(self) -> pl.LazyFrame:
        """All rows in their order."""
        files = [pl.scan_ipc(one) for one in self._spilt()]
        return pl.concat([*files, *(one.lazy() for one in self._kept)]) if self.height else self._empty.lazy()

    def files(self) -> Path:
        """A pattern of Parquet files that hold all rows."""
        self._spill()
        if not self.height:
            self._empty.write_parquet(self._folder / "000000.parquet")
        for source in self._spilt():
            pl.read_ipc(source).write_parquet(source.with_suffix(".parquet"), compression="lz4", statistics=False)
        return self._folder / "[0-9]*.parquet"

    def _spilt(self) -> list[Path]:
        return [self._folder / f"{place:06d}.arrow" for place in range(self._files)]

    def _spill(self) -> None:
        for one in self._kept:
            one.write_ipc(self._folder / f"{self._files:06d}.arrow")
            self._files += 1
        self._kept.clear()

    def _follow(self, keys: pl.Series) -> None:
        if self.ascending:
            first, last = keys[0], keys[-1]
            rising = (keys.tail(-1) > keys.head(-1)).all()
            self.ascending = rising and (self._last is None or self._last < first)
            self._last = last
