"""What a measure is made of: variables, and how their means are weighted."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from pipeline.recompute.answers import Variable
from pipeline.recompute.case import Factor, Instrument
from pipeline.recompute.rounding import total


@dataclass(frozen=True)
class Composed:
    """A variable, or parts each with its published weight: index of factors of sub-factors."""

    variable: Variable | None = None
    parts: tuple[tuple[Fraction, "Composed"], ...] = ()

    def variables(self) -> tuple[Variable, ...]:
        if self.variable is not None:
            return (self.variable,)
        return tuple(one for _, part in self.parts for one in part.variables())

    def shares(self, present: Collection[Variable]) -> dict[Variable, Fraction]:
        """Share of each variable that is present, 1 together: at every step the weights of the parts
        that are present are divided by their own sum."""
        if self.variable is not None:
            return {self.variable: Fraction(1)} if self.variable in present else {}
        inner = [(weight, part.shares(present)) for weight, part in self.parts]
        whole = total(weight for weight, shares in inner if shares)
        return {one: weight / whole * share for weight, shares in inner for one, share in shares.items()}


@dataclass(frozen=True)
class Measure:
    """kind: index, factor, subfactor, item, count or option. wanted: the variables that a whole figure
    has responses with. low, high: the ends of its scale."""

    name: str
    kind: str
    statistic: str
    composed: Composed
    wanted: tuple[Variable, ...]
    low: int = 0
    high: int = 100


def measures(instrument: Instrument) -> dict[Variable, Measure]:
    """(name, statistic) -> measure, in the order of the instrument."""
    leaves = tuple((leaf.id, "mean") for leaf in instrument.leaves)
    index = Composed(("index", "mean")) if instrument.rule == "respondent" else of_factors(instrument)
    found = [Measure("index", "index", "mean", index, leaves)]
    for factor in instrument.factors:
        composed = _factor(factor)
        found.append(Measure(factor.id, "factor", "mean", composed, composed.variables()))
        found += [_single(leaf.id, "subfactor", "mean") for leaf in factor.subfactors]
    for item in instrument.items:
        found += [_single(item.id, "item", one) for one in ("mean", "top_box", "bottom_box")]
        if item.nps:
            found.append(_single(item.id, "item", "nps", low=-100))
    for choice in instrument.choices:
        found += [_single(column, "option", "share") for column in choice.columns]
    for count in instrument.counts:
        most = {item.id: 100 * item.high for item in count.items}
        found.append(_single(count.id, "count", "per_100", high=sum(most.values())))
        found += [_single(item, "count", "per_100", high=high) for item, high in most.items()]
    return {(one.name, one.statistic): one for one in found}


def of_factors(instrument: Instrument) -> Composed:
    """The index of whoever has these factors: a unit, or a single respondent."""
    return Composed(parts=tuple((Fraction(one.weight), _factor(one)) for one in instrument.factors))


def _factor(factor: Factor) -> Composed:
    if not factor.subfactors:
        return Composed((factor.id, "mean"))
    return Composed(parts=tuple((Fraction(one.weight), _factor(one)) for one in factor.subfactors))


def _single(name: str, kind: str, statistic: str, low: int = 0, high: int = 100) -> Measure:
    return Measure(name, kind, statistic, Composed((name, statistic)), ((name, statistic),), low, high)


def factor_shares(instrument: Instrument) -> dict[str, Fraction]:
    """factor -> its share of the index: its weight by the sum of the published weights."""
    whole = total(Fraction(one.weight) for one in instrument.factors)
    return {one.id: Fraction(one.weight) / whole for one in instrument.factors}
