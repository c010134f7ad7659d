"""The published tables of a month's folder, in the order and the words of a workbook."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.instrument import Instrument
from pipeline.pages import Pages
from pipeline.workbook.form import Cell
from pipeline.workbook.names import Names

KEYS = ("instrument", "level", "unit")
Row = dict[str, Any]


class Published:
    """Reads what the sheets need and no more: a network of thousands of branches has millions of scores."""

    def __init__(self, folder: Path, pages: Pages) -> None:
        self.folder, self.pages, self.names = folder, pages, Names(pages)
        self.instruments: Sequence[Instrument] = pages.run.instruments
        self.period = pages.run.period
        self._asked = [one.id for one in self.instruments]

    def has(self, name: str) -> bool:
        return (self.folder / f"{name}.parquet").exists()

    def table(self, name: str) -> pl.LazyFrame:
        """Rows of the month's instruments, and of the levels that are printed."""
        table = pl.scan_parquet(self.folder / f"{name}.parquet")
        if "level" in table.collect_schema():
            table = table.filter(pl.col("level").is_in(self.names.levels))
        return table.filter(pl.col("instrument").is_in(self._asked))

    def scores(self, measures: dict[str, list[str]], *statistics: str) -> pl.LazyFrame:
        """Of the month alone, with the measure's `place` in its instrument; divisions of a branch have an index only.
        measures: instrument -> ids."""
        pairs = [(one, each, place) for one, ids in measures.items() for place, each in enumerate(ids)]
        schema = {"instrument": pl.String, "measure": pl.String, "place": pl.Int64}
        wanted = pl.LazyFrame(pairs, schema=schema, orient="row")
        table = self.table("scores").filter(
            (pl.col("period") == self.period)
            & (pl.col("window") == "month")
            & pl.col("statistic").is_in(statistics)
            & ((pl.col("level") != "part") | (pl.col("measure") == "index"))
        )
        return table.join(wanted, on=["instrument", "measure"])

    def branches(self) -> Iterator[tuple[Instrument, str, str]]:
        """(instrument, branch, its name), of every branch."""
        for instrument in self.instruments:
            for branch, name in sorted(self.pages.names.items()):
                yield instrument, branch, name

    def rows(self, table: pl.LazyFrame, *by: str) -> Iterator[Row]:
        """By instrument, level, and so on."""
        levels = self.names.levels
        order = [pl.col("instrument").replace_strict(self._asked, range(len(self._asked)), return_dtype=pl.Int64)]
        if "level" in table.collect_schema():
            order.append(pl.col("level").replace_strict(levels, range(len(levels)), return_dtype=pl.Int64))
        return table.sort(*order, *by, nulls_last=True).collect(engine="in-memory").iter_rows(named=True)

    def lead(self, row: Row) -> tuple[Cell, ...]:
        """Instrument, level, code, name."""
        names, level, unit = self.names, row["level"], row["unit"]
        return names.instruments[row["instrument"]], names.level(level), unit, names.unit(level, unit)

    def figure(self, row: Row, suffix: str = "", name: str = "printed") -> tuple[Cell, ...]:
        """Figure, low, high."""
        shown = self.names.shown(row[f"{name}{suffix}"], row[f"flag{suffix}"])
        return shown, row[f"{name}_low{suffix}"], row[f"{name}_high{suffix}"]
