"""Rows in the order they came, all of one form: so many in memory, the others in Arrow files, which
take more room and a third of the time of Parquet. DuckDB reads no Arrow files: what it asks for is written anew.

Of a column that says the same in all rows of a part, as many do, one value is kept.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

KEPT = 130_000_000  # values held in memory; of 40 columns, about 3,200,000 rows
_PIECE = 1 << 20  # bytes written at a time: small pieces leave many small pages, which take long to free
_FEW = 16  # rows that must say the same before all are looked at


class Parts:
    """key: a column of texts without null."""

    def __init__(self, folder: Path, types: Mapping[str, Any], key: str) -> None:
        """folder: of the files; it must be there."""
        self.height = 0
        self.ascending = True  # the key of every row is greater than that of the row before
        self._folder, self._key = folder, key
        self._empty = pl.DataFrame(schema=types)
        self._same: list[dict[str, Any]] = []  # of each part: what all of its rows say
        self._kept: list[pl.DataFrame] = []  # the other columns of the first parts; those of the others are in files
        self._last: str | None = None

    @property
    def in_memory(self) -> bool:
        return len(self._kept) == len(self._same)

    def same(self) -> dict[str, Any]:
        """What all rows say: column -> value."""
        first, *others = self._same or [{}]
        return {one: said for one, said in first.items() if all(one in some and some[one] == said for some in others)}

    def add(self, rows: pl.DataFrame) -> None:
        """Rows in the form of the parts, one at least."""
        self._follow(rows[self._key])
        self.height += rows.height
        same = {one.name: one[0] for one in rows if one.name != self._key and _says_one(one)}
        held = rows.drop(same)
        if self.in_memory and self.height * rows.width <= KEPT:
            self._kept.append(held)
        else:
            with self._file(len(self._same)).open("wb", buffering=_PIECE) as file:
                held.write_ipc(file, compat_level=pl.CompatLevel.oldest())  # its texts are read in half the time
        self._same.append(same)

    def lazy(self) -> pl.LazyFrame:
        """All rows in their order."""
        return self.some(range(len(self._same)))

    def some(self, places: Sequence[int]) -> pl.LazyFrame:
        """The rows of some parts, which are counted from 0 as they were added."""
        whole = self._whole()
        return pl.concat([whole[one] for one in places]) if places else self._empty.lazy()

    def files(self) -> Path:
        """A pattern of Parquet files that hold all rows."""
        for place, rows in enumerate(self._whole() or [self._empty.lazy()]):
            target = self._folder / f"{place:06d}.parquet"
            rows.collect(engine="in-memory").write_parquet(target, compression="lz4", statistics=False)
        return self._folder / "[0-9]*.parquet"

    def _whole(self) -> list[pl.LazyFrame]:
        """The parts, each with all columns."""
        types = self._empty.schema
        files = [pl.scan_ipc(self._file(place)) for place in range(len(self._kept), len(self._same))]
        return [
            rows.select(pl.lit(same[one], types[one]).alias(one) if one in same else one for one in types)
            for rows, same in zip([*(one.lazy() for one in self._kept), *files], self._same, strict=True)
        ]

    def _file(self, place: int) -> Path:
        return self._folder / f"{place:06d}.arrow"

    def _follow(self, keys: pl.Series) -> None:
        if self.ascending:
            first, last = keys[0], keys[-1]
            rising = (keys.tail(-1) > keys.head(-1)).all()
            self.ascending = rising and (self._last is None or self._last < first)
            self._last = last


def _says_one(column: pl.Series) -> bool:
    """Whether a column says the same in all rows, nothing being as good as any value."""
    if column.null_count():
        return column.null_count() == len(column)
    few = column.gather_every(max(1, len(column) // _FEW))
    return bool((few == few[0]).all() and (column == column[0]).all())
