"""Which numbers follow from which: exact linear algebra over sparse rows, in fractions."""

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction

Vector = Mapping[Hashable, Fraction | int]


class Span:
    """All that can be worked out from some sums of unknowns by adding, subtracting and scaling."""

    def __init__(self, rows: Iterable[Vector] = ()) -> None:
        self._rows: dict[Hashable, dict[Hashable, Fraction]] = {}  # pivot -> row with 1 there
        distinct = {frozenset(row.items()) for row in rows}
        for row in sorted(distinct, key=len):
            self.add(dict(row))

    def add(self, row: Vector) -> None:
        left = self._reduced(row)
        if left:
            pivot = min(left, key=repr)
            self._rows[pivot] = {key: value / left[pivot] for key, value in left.items()}

    def holds(self, row: Vector) -> bool:
        return not self._reduced(row)

    def _reduced(self, row: Vector) -> dict[Hashable, Fraction]:
        left = {key: Fraction(value) for key, value in row.items() if value}
        done: dict[Hashable, Fraction] = {}
        while left:
            key, value = left.popitem()
            known = self._rows.get(key)
            if known is None:
                done[key] = value
                continue
            for other, factor in known.items():
                if other == key:
                    continue
                place = done if other in done else left
                place[other] = place.get(other, Fraction(0)) - value * factor
                if not place[other]:
                    del place[other]
        return done
