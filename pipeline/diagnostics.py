"""weighting.csv: how the weights of each instrument and month turned out. One row per figure.

period, instrument, margin, category, statistic, value; margin and category are empty for figures of
all responses: n, sum, effective_n (Kish 1965: (sum w)^2 / sum w^2), design_effect (n / effective n),
min, p1, p5, p25, median, p75, p95, p99, max (type 7), iterations, trimmed (responses cut in any
round), low_bound and high_bound (where trimmed), margin_error (largest, as a share).
Of a category: responses, before (their base weights), after (their final weights), target (the
population), and each of the three in per cent of its margin: before_share, after_share, target_share.
"""

from collections.abc import Mapping, Sequence
from math import fsum
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.raking import Floats, Integers, Margin, add_up
from pipeline.spreadsheet import write_csv
from pipeline.trimming import Bounds, quantile

PERCENTILES = {"p1": 1, "p5": 5, "p25": 25, "median": 50, "p75": 75, "p95": 95, "p99": 99}
NAME = "weighting"
_SUMS = ("sum", "before", "after", "target")


class Row(NamedTuple):
    period: str
    instrument: str
    margin: str
    category: str
    statistic: str
    value: float


SCHEMA: dict[str, type[pl.DataType]] = dict.fromkeys(Row._fields[:-1], pl.String) | {"value": pl.Float64}


def overall(
    weights: Floats, counts: Integers, iterations: int, trimmed: int, bounds: Bounds | None
) -> dict[str, float]:
    """weights: the different ones; counts: the responses that have each."""
    n = int(counts.sum())
    total = fsum((weights * counts).tolist())
    effective = total * total / fsum((weights * weights * counts).tolist())
    return {
        "n": n,
        "sum": total,
        "effective_n": effective,
        "design_effect": n / effective,
        "min": float(weights.min()),
        **{name: quantile(weights, counts, percent) for name, percent in PERCENTILES.items()},
        "max": float(weights.max()),
        "iterations": iterations,
        "trimmed": trimmed,
        **({"low_bound": bounds.low, "high_bound": bounds.high} if bounds else {}),
    }


def of_margin(margin: Margin, n: Integers, base: Floats, final: Floats) -> dict[str, dict[str, float]]:
    """category -> statistic -> value. n, base, final: responses and sums of weights of each key."""
    counts = add_up(n, margin.of, len(margin.categories)).tolist()
    columns = {"before": margin.sums(base).tolist(), "after": margin.sums(final).tolist(),
               "target": margin.target.tolist()}  # fmt: skip
    totals = {name: fsum(values) for name, values in columns.items()}
    return {
        category: {
            "responses": counts[place],
            **{name: values[place] for name, values in columns.items()},
            **{f"{name}_share": 100 * values[place] / totals[name] for name, values in columns.items()},
        }
        for place, category in enumerate(margin.categories)
    }


def rows_of(period: str, instrument: str, margin: str, category: str, told: Mapping[str, float]) -> list[Row]:
    return [Row(period, instrument, margin, category, name, _kept(name, value)) for name, value in told.items()]


def _kept(name: str, value: float) -> float:
    """Weights to nine decimals, as they are stored; their sums and shares to six; an error to three digits."""
    if name == "margin_error":
        return float(f"{value:.3g}")
    return round(float(value), 6 if name in _SUMS or name.endswith("_share") else 9)


def write(rows: Sequence[Row], folder: Path) -> None:
    """weighting.csv and weighting.parquet. The order of the statistics and margins is kept."""
    table = pl.DataFrame(rows, schema=dict.fromkeys(Row._fields[:-1], pl.String) | {"value": pl.Float64}, orient="row")
    table = table.sort("period", "instrument", maintain_order=True)
    write_csv(table, folder / f"{NAME}.csv")
    table.write_parquet(folder / f"{NAME}.parquet", compression="zstd", statistics=True)


def read(folder: Path) -> pl.DataFrame:
    """weighting.parquet of a published folder; empty where nothing was weighted."""
    path = folder / f"{NAME}.parquet"
    return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=SCHEMA)
