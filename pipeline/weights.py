"""Weights: what each accepted response stands for, solved anew for every instrument and month.

    weight = base weight x tier factor x raking factor, trimmed

base weight: of the response (a column), customers / responses of its cell, or 1. Everything after the
base weight follows from a few fields of the response, its key. So the weights are solved on counts
per key, written as one factor per key, and the SQL of the scores only looks them up:

accepted/weights/<instrument>/<period>.parquet   key columns, factor DECIMAL(18,9)
accepted/margins/<instrument>/<period>.parquet   key columns, before (the factor before raking), margin: the
                                                 categories of each key, counted from 1 over cells and margins;
                                                 cells: whether it is a cell that weights met before raking
accepted/inverse/<instrument>/<period>.parquet   a, b, value: see pipeline.inverse
accepted/strata/<instrument>/<period>.parquet    fields of the design, population
weighting.csv, weighting.parquet                 how it went: see pipeline.diagnostics
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import accepted, diagnostics, inverse
from pipeline.calibration import Case
from pipeline.hierarchy import Hierarchy
from pipeline.month import Month
from pipeline.places import placed
from pipeline.population import STRATA, Population
from pipeline.programme import Programme
from pipeline.raking import Floats, Margin
from pipeline.refusal import Refusal
from pipeline.sample import WEIGHT, count, distribution, keys_of, weight_keys
from pipeline.solution import solution
from pipeline.weighting import Design, Weighting


def solve(
    programme: Programme,
    hierarchy: Hierarchy,
    population: Population,
    month: Month,
    folder: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Writes the weights of every month whose accepted responses are in `folder`, the newest first.
    Raises Refusal naming the category that cannot be met and what to collapse it with."""
    if not (programme.weighting.solved or programme.design.finite):
        return
    rows: list[diagnostics.Row] = []
    for when in reversed(month.with_history()):
        place = placed(hierarchy, when)
        for instrument in programme.instruments:
            if not accepted.path(folder, "responses", instrument, when).exists():
                continue
            progress(f"{when} {instrument}")
            if programme.weighting.solved:
                rows += _weigh(programme.weighting, population, instrument, when, folder, place)
            if programme.design.finite:
                _stratify(programme.design, population, instrument, when, folder, place)
    if programme.weighting.solved:
        diagnostics.write(rows, folder)


def _weigh(
    weighting: Weighting, population: Population, instrument: str, month: Month, folder: Path, place: pl.DataFrame
) -> list[diagnostics.Row]:
    responses = accepted.path(folder, "responses", instrument, month)
    keys, weighted = weight_keys(weighting), weighting.base == "column"
    sample = count(responses, keys, weighted, place)
    solved = solution(Case(instrument, month, sample, population), weighting)
    factors = sample.keys.with_columns(solved.factor)
    before = sample.base * solved.before.cast(pl.Float64).to_numpy()
    totals = sample.base * solved.factor.cast(pl.Float64).to_numpy()
    _write(factors, folder, "weights", instrument, month)
    if weighting.calibrated:
        table = inverse.in_turn(inverse.cross_products(before, solved.margins), solved.met_first)
        keyed = sample.keys.with_columns(solved.before)
        _write(_memberships(keyed, solved.margins, solved.met_first), folder, "margins", instrument, month)
        _write(inverse.table_of(table), folder, "inverse", instrument, month)
    if not len(sample.n):
        return []
    apart = weighted and WEIGHT not in keys  # responses of a key differ in their base weights
    weights, counts = distribution(responses, factors) if apart else (totals / sample.n, sample.n)
    told = diagnostics.overall(weights, counts, solved.iterations, solved.trimmed, solved.bounds)
    if solved.raked:
        told["margin_error"] = max(float(one.errors(totals).max()) for one in solved.raked)
    rows = diagnostics.rows_of(str(month), instrument, "", "", told)
    for one in solved.margins:
        for name, part in diagnostics.of_margin(one, sample.n, sample.base, totals).items():
            rows += diagnostics.rows_of(str(month), instrument, one.id, name, part)
    return rows


def _memberships(keys: pl.DataFrame, margins: Sequence[Margin], met_first: int) -> pl.DataFrame:
    """Key columns, `margin`, the number of a category, and `cells`: one row per key and margin."""
    start, found = 1, [keys.clear().with_columns(pl.lit(None, pl.Int32).alias("margin"))]
    for one in margins:
        found.append(keys.with_columns(pl.Series("margin", one.of + start, pl.Int32)))
        start += len(one.categories)
    table = pl.concat(found).with_columns((pl.col("margin") <= met_first).alias("cells"))
    return table.sort(table.columns)


def _stratify(
    design: Design, population: Population, instrument: str, month: Month, folder: Path, place: pl.DataFrame
) -> None:
    """The customers of each stratum that has responses."""
    sample = count(accepted.path(folder, "responses", instrument, month), keys_of(design.strata), False, place)
    customers: Floats = np.zeros(0)
    if len(sample.n):
        case = Case(instrument, month, sample, population)
        strata = case.margin(STRATA, design.strata, unanswered=True)
        counts = strata.sums(sample.n.astype(np.float64))
        few = np.flatnonzero(counts > strata.target).tolist()
        if few:
            raise Refusal(
                case.refuse(
                    f"strata, category {strata.categories[one]!r}: {int(counts[one]):,} responses of "
                    f"{strata.target[one]:,.15g} customers. Correct the population in {population.file}."
                )
                for one in few
            )
        customers = strata.target[strata.of]
    fields = {str(one): sample.fields[one] for one in design.strata}
    table = pl.DataFrame({**fields, "population": pl.Series(customers, dtype=pl.Float64)}).unique()
    _write(table.sort(table.columns), folder, "strata", instrument, month)


def _write(table: pl.DataFrame, folder: Path, kind: str, instrument: str, month: Month) -> None:
    accepted.write(table, accepted.path(folder, kind, instrument, month))
