"""Residuals on the margins that weights were raked to.

Raking fixes the weighted counts of the margins' categories, so only what they do not explain varies:
z_i becomes z_i - w_i x_i' B, x the indicators of the categories, B the least-squares coefficients of
z/w over all responses of the month, weighted with d, the weights before raking (base weight x cell and
tier factor): B = (sum d x x')^- sum d x z/w. Where weights met cells first and were raked after, these
residuals are put in the place of z/w and fitted on the cells in the same way. Source: Deville, Saerndal (1992),
JASA 87, 376-382, as in `calibrate` of R's survey.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from pipeline.recompute.rounding import Numbers, total, whole

Categories = tuple[int, ...]


class Margins:
    """A month's responses by the categories they belong to."""

    def __init__(
        self,
        categories: Mapping[int, Categories],
        before: Sequence[Fraction],
        weights: Sequence[Fraction],
        cells: frozenset[int] = frozenset(),
    ) -> None:
        """categories: response -> the categories it belongs to. before, weights: d and w of every response. cells:
        those of the categories that weights met before they were raked."""
        self._categories = categories
        self._before = before
        self._weights = whole({one: weights[one] for one in categories})
        known = sorted({one for of in categories.values() for one in of})
        self._number = {one: place for place, one in enumerate(known)}
        self._ratio = whole({one: before[one] / weights[one] for one in categories})
        inverse = _in_turn(self._squares(), [self._number[one] for one in known if one in cells])
        self._inverse = whole({(a, b): one for a, row in enumerate(inverse) for b, one in enumerate(row)})

    def residuals(self, z: Numbers[int]) -> Numbers[int]:
        """Of every response of the month; z: those that are not 0."""
        totals: dict[int, int] = defaultdict(int)  # sum of x d z/w, of the denominators of z and of d/w
        for response, value in z.above.items():
            for one in self._categories.get(response, ()):
                totals[self._number[one]] += value * self._ratio.above[response]
        inverse = self._inverse.above
        b = {
            one: sum(inverse[row, place] * value for place, value in totals.items())
            for one, row in self._number.items()
        }
        explained = {of: sum(b[one] for one in of) for of in set(self._categories.values())}
        times = self._ratio.below * self._weights.below * self._inverse.below
        found = {
            response: z.above.get(response, 0) * times - self._weights.above[response] * explained[of]
            for response, of in self._categories.items()
        }
        return Numbers(found, z.below * times)

    def _squares(self) -> list[list[Fraction]]:
        """sum of d x x'."""
        cells: dict[Categories, list[Fraction]] = defaultdict(list)
        for response, of in self._categories.items():
            cells[of].append(self._before[response])
        size = len(self._number)
        squares = [[Fraction(0)] * size for _ in range(size)]
        for of, weights in cells.items():
            weight = total(weights)
            for a in of:
                for b in of:
                    squares[self._number[a]][self._number[b]] += weight
        return squares


def _in_turn(squares: list[list[Fraction]], cells: Sequence[int]) -> list[list[Fraction]]:
    """What makes B of sum d x z/w: of the margins by themselves, of each cell the mean of what they leave."""
    size = len(squares)
    others = [one for one in range(size) if one not in cells]
    found = [[Fraction(0)] * size for _ in range(size)]
    for a, row in zip(others, generalised_inverse([[squares[a][b] for b in others] for a in others]), strict=True):
        for b, value in zip(others, row, strict=True):
            found[a][b] = value
    for cell in cells:
        found[cell][cell] = 1 / squares[cell][cell]
        for b in others:
            found[cell][b] = -total(squares[cell][a] * found[a][b] for a in others) / squares[cell][cell]
    return found


def generalised_inverse(matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    """G with M G M = M, of a symmetric matrix whose diagonal is positive wherever a row is not 0: the
    inverse over rows that do not depend on those before them, 0 elsewhere. Any G gives the same x'B."""
    size = len(matrix)
    work = [[*row, *(Fraction(one == place) for one in range(size))] for place, row in enumerate(matrix)]
    kept: list[int] = []
    for column in range(size):
        pivot = work[column][column]
        if not pivot:
            continue  # this category is the sum of others
        kept.append(column)
        work[column] = [one / pivot for one in work[column]]
        for row in range(size):
            if row != column and work[row][column]:
                times = work[row][column]
                work[row] = [one - times * two for one, two in zip(work[row], work[column], strict=True)]
    return [
        [work[row][size + column] if row in kept and column in kept else Fraction(0) for column in range(size)]
        for row in range(size)
    ]
