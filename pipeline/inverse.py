"""The generalised inverse of the categories' cross products, sum of d x x', d the weights before raking.

With it the SQL finds, for any variable z, the weighted least-squares coefficients B = G sum d x z on
the indicators x of the margins' categories: what is left of z after B is what raking leaves of its
variance. The categories of several margins are collinear (those of each add up to the same), so a
category that those before explain is left out: its row and column are 0, and the fit is the same.

Weights that met cells first (base = "population") and were raked after meet the margins alone: the raking
gives up the cells. So what is left of z on the margins is fitted, category by category, on the cells.

Symmetric sweeps with the largest remaining share first (Goodnight 1979). Single operations on arrays
in a fixed order, so the same digits on any machine with IEEE arithmetic; rounded to 15 of them.
"""

from collections.abc import Sequence
from math import fsum

import numpy as np
import polars as pl

from pipeline.raking import Floats, Margin, add_up

COLLINEAR = 1e-9  # share of a category's sum of weights that the categories before leave unexplained
SCHEMA = {"a": pl.Int32, "b": pl.Int32, "value": pl.Float64}


def cross_products(weights: Floats, margins: Sequence[Margin]) -> Floats:
    """weights: the sum of weights of each key. Categories counted over all margins."""
    starts = np.cumsum([0, *(len(one.categories) for one in margins)])
    table = np.zeros((int(starts[-1]), int(starts[-1])))
    for i, a in enumerate(margins):
        for j, b in enumerate(margins[: i + 1]):
            rows, columns = len(a.categories), len(b.categories)
            block = add_up(weights, a.of * columns + b.of, rows * columns).reshape(rows, columns)
            across, down = slice(starts[i], starts[i + 1]), slice(starts[j], starts[j + 1])
            table[across, down] = block
            table[down, across] = block.T
    return table


def generalised_inverse(table: Floats) -> Floats:
    """Of a symmetric table without negative eigenvalues, its diagonal over 0."""
    work, whole = table.copy(), table.diagonal().copy()
    open_ = np.ones(len(whole), np.bool_)
    while open_.any():
        left = np.where(open_, work.diagonal() / whole, -1.0)
        pivot = int(left.argmax())
        if left[pivot] < COLLINEAR:
            break
        open_[pivot] = False
        _sweep(work, pivot)
    kept = ~open_
    return np.where(kept[:, None] & kept[None, :], -work, 0.0)


def in_turn(table: Floats, cells: int) -> Floats:
    """G of cells, the first categories of the table, that were met before the margins, which are the others: of
    the margins as by themselves, of the cells what is left of z on the margins. Not symmetric."""
    found = np.zeros_like(table)
    found[cells:, cells:] = generalised_inverse(table[cells:, cells:])
    over = 1 / table.diagonal()[:cells]
    found[range(cells), range(cells)] = over
    for place in range(cells):  # sums in a fixed order
        along = table[place, cells:]
        kept = np.flatnonzero(along)
        for column in np.flatnonzero(found.diagonal()[cells:]) + cells:
            found[place, column] = -over[place] * fsum((along[kept] * found[cells + kept, column]).tolist())
    return found


def _sweep(work: Floats, pivot: int) -> None:
    """In place. Swept rows and columns hold minus the inverse of what has been swept."""
    column, diagonal = work[:, pivot].copy(), float(work[pivot, pivot])
    touched = np.flatnonzero(column)
    if 2 * len(touched) < len(column):
        part = np.ix_(touched, touched)
        work[part] -= column[touched, None] * column[None, touched] / diagonal
    else:
        work -= column[:, None] * column[None, :] / diagonal
    work[:, pivot] = column / diagonal
    work[pivot, :] = work[:, pivot]
    work[pivot, pivot] = -1 / diagonal


def table_of(inverse: Floats) -> pl.DataFrame:
    """a, b, value of what is not 0, categories counted from 1, by a and b."""
    a, b = np.nonzero(inverse)
    values = [float(f"{value:.15g}") for value in inverse[a, b].tolist()]
    return pl.DataFrame({"a": a + 1, "b": b + 1, "value": values}, schema=SCHEMA)
