"""The weighted mean of a factor and its standard error, for each branch, as one writes it with pandas.

    python pandas_factor.py factor.csv apply      a function applied to the rows of each branch
    python pandas_factor.py factor.csv columns    whole columns at once, the harder to read

Prints wall and CPU seconds. Runs where nothing but pandas is installed (rivals.lock).
"""

import sys
import time
from typing import Any

import numpy
import pandas


def of_branch(rows: Any) -> Any:
    weights, scores = rows["weight"], rows["score"]
    mean = numpy.average(scores, weights=weights)
    residuals = weights * (scores - mean) / weights.sum()
    count = len(rows)
    error = numpy.sqrt(count / (count - 1) * (residuals**2).sum()) if count > 1 else numpy.nan
    return pandas.Series({"n": count, "mean": mean, "se": error})


def applied(table: Any) -> Any:
    return table.groupby("branch")[["weight", "score"]].apply(of_branch)


def in_columns(table: Any) -> Any:
    rows = table.assign(product=table["weight"] * table["score"])
    sums = rows.groupby("branch")[["weight", "product"]].sum()
    mean = sums["product"] / sums["weight"]
    residual = rows["weight"] * (rows["score"] - rows["branch"].map(mean)) / rows["branch"].map(sums["weight"])
    squares = (residual**2).groupby(rows["branch"])
    count = squares.size()
    return pandas.DataFrame({"n": count, "mean": mean, "se": numpy.sqrt(count / (count - 1) * squares.sum())})


table = pandas.read_csv(sys.argv[1])
ways = {"apply": applied, "columns": in_columns}
start, used = time.perf_counter(), time.process_time()
found = ways[sys.argv[2]](table)
print(time.perf_counter() - start, time.process_time() - used)
pandas.testing.assert_frame_equal(applied(table), in_columns(table), check_dtype=False)
