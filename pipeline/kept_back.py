"""What revisions before this one withheld: a revision goes on with it, or the two side by side would tell it."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipeline import accepted
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.spreadsheet import read_csv

FILE = "before.parquet"
_KEY = ("instrument", "measure", "period", "level", "unit")
_EMPTY = pl.DataFrame(schema={**dict.fromkeys(_KEY, pl.String), "small": pl.Boolean})


def write(site: Site, month: Month, folder: Path) -> bool:
    """accepted/before.parquet in `folder`, from scores-r1.csv and so on of the month, which stand there already, and of
    the published months before it: _KEY and small, whether its base was. A comparison with peers that was not shown
    has the level `peers`, and its branch. False, and no file, where no revision withheld anything."""
    found = pl.concat([_EMPTY, *_withheld(site, month, folder)])
    if found.is_empty():
        return False
    table = found.group_by(_KEY).agg(pl.col("small").any()).sort(_KEY)
    accepted.write(table, folder / accepted.FOLDER / FILE)
    return True


def _withheld(site: Site, month: Month, folder: Path) -> Iterator[pl.DataFrame]:
    below = site.programme.thresholds.withheld_below
    for one in month.with_history():
        place = folder if one == month else site.output / str(one)
        of_month = (pl.col("period") == str(one)) & (pl.col("window") == "month")
        for path in sorted(place.glob("scores-r*.csv")):
            rows = read_csv(path).filter(of_month & (pl.col("flag") == "withheld"))
            yield rows.select(*_KEY, (pl.col("n").cast(pl.Int64) < below).alias("small"))
        for path in sorted(place.glob("comparisons-r*.csv")):
            rows = read_csv(path).filter(of_month & (pl.col("against") == "peers") & (pl.col("reference") == ""))
            yield rows.select(*_KEY, pl.lit(False).alias("small")).with_columns(pl.lit("peers").alias("level"))
