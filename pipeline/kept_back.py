"""What revisions before this one withheld: a revision goes on with it, or the two side by side would tell it."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipeline import accepted
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.spreadsheet import read_csv

FILE = "before.parquet"
_KEY = ("instrument", "measure", "window", "period", "level", "unit")
_EMPTY = pl.DataFrame(schema={**dict.fromkeys(_KEY, pl.String), "n": pl.Int64, "small": pl.Boolean})


def write(site: Site, month: Month, folder: Path) -> bool:
    """accepted/before.parquet in `folder`, from scores-r1.csv and so on of the month, which stand there already, and of
    the published months before it: _KEY, n as first published, and small, whether that ever was. A comparison with
    peers that was not shown has the level `peers`, and its branch. False, and no file, where no revision withheld
    anything."""
    found = pl.concat([_EMPTY, *_withheld(site, month, folder)])
    if found.is_empty():
        return False
    table = found.group_by(_KEY).agg(pl.col("n").first(), pl.col("small").any()).sort(_KEY)
    accepted.write(table, folder / accepted.FOLDER / FILE)
    return True


def _withheld(site: Site, month: Month, folder: Path) -> Iterator[pl.DataFrame]:
    below = site.programme.thresholds.withheld_below
    for one in month.with_history():
        place = folder if one == month else site.output / str(one)
        for path in sorted(place.glob("scores-r*.csv")):
            rows = read_csv(path).filter((pl.col("period") == str(one)) & (pl.col("flag") == "withheld"))
            n = pl.col("n").cast(pl.Int64)
            yield rows.select(*_KEY, n, (n < below).alias("small")).unique(_KEY, maintain_order=True)
        for path in sorted(place.glob("comparisons-r*.csv")):
            rows = read_csv(path).filter((pl.col("against") == "peers") & (pl.col("reference") == ""))
            rows = rows if "window" in rows.columns else rows.with_columns(pl.lit("month").alias("window"))
            told = (pl.lit(0, pl.Int64).alias("n"), pl.lit(False).alias("small"))
            yield rows.select(*_KEY, *told).with_columns(pl.lit("peers").alias("level"))
