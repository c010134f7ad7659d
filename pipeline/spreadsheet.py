"""Tables for people: CSV that a spreadsheet shows as it is."""

from pathlib import Path

import polars as pl

_FORMULA = r"^[=+\-@\t\r]"


def write_csv(table: pl.DataFrame, path: Path) -> None:
    """A table as a spreadsheet opens it: a cell that a spreadsheet would take for a formula gets a ' before it."""
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    table.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    ).write_csv(path, include_bom=True)


def read_csv(path: Path) -> pl.DataFrame:
    """A table that write_csv wrote, as texts; empty ones where it had none."""
    table = pl.read_csv(path, infer_schema=False).fill_null("")
    return table.with_columns(pl.all().str.replace(r"^'([=+\-@\t\r])", "$1"))
