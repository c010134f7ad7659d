"""A figure: its estimate, its base, and how far it can be trusted."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from pipeline.recompute.answers import Variable
from pipeline.recompute.measures import Measure
from pipeline.recompute.places import Unit
from pipeline.recompute.rounding import Numbers, total
from pipeline.recompute.survey import Sample, Survey

ROUNDING = Fraction(1, 10**10)  # points^2 of one respondent: a variance below it counts as 0


@dataclass(frozen=True)
class Term:
    """One mean of a figure: estimate = sum of share x mean. weight: sum of the n responses' weights."""

    part: str
    variable: Variable
    share: Fraction
    mean: Fraction
    n: int
    weight: Fraction


@dataclass(frozen=True)
class Figure:
    """A measure of a unit. present: (part, variable) that some respondent has. members: who has a value,
    by part. df: of the design."""

    unit: Unit
    sample: Sample
    n: int
    kish: Fraction
    estimate: Fraction
    terms: tuple[Term, ...]
    present: frozenset[tuple[str, Variable]]
    parts: Mapping[str, tuple[int, ...]]
    df: int

    @property
    def n_eff(self) -> Fraction:
        return 1 / self.kish

    @property
    def members(self) -> tuple[int, ...]:
        return tuple(one for members in self.parts.values() for one in members)


def figure(survey: Survey, measure: Measure, sample: Sample, unit: Unit) -> Figure | None:
    """None if no response of the unit has a value.

    Within each part the means are weighted with the published weights of the variables present; parts
    count the same. kish = sum over parts of sum w^2 / (P sum w)^2: the variance of the figure when one
    respondent's is 1."""
    variables = {one: survey.values(one).above for one in measure.composed.variables()}
    parts: dict[str, list[int]] = defaultdict(list)
    for one in survey.members(unit, sample):
        if any(one in values for values in variables.values()):
            parts[survey.part(one)].append(one)
    if not parts:
        return None
    terms: list[Term] = []
    kish = Fraction(0)
    for part, members in sorted(parts.items()):
        having = {v: [one for one in members if one in values] for v, values in variables.items()}
        having = {v: heard for v, heard in having.items() if heard}
        for v, share in measure.composed.shares(having).items():
            terms.append(_term(survey, part, v, share / len(parts), having[v]))
        weights = [survey.whole_weights.above[one] for one in members]
        kish += Fraction(sum(w * w for w in weights), (len(parts) * sum(weights)) ** 2)
    strata = {survey.stratum[one] for members in parts.values() for one in members}
    return Figure(
        unit, sample, sum(map(len, parts.values())), kish,
        estimate=total(term.share * term.mean for term in terms),
        terms=tuple(terms),
        present=frozenset(
            (part, v) for part, members in parts.items() for v in measure.wanted
            if any(one in survey.values(v).above for one in members)
        ),
        parts={part: tuple(members) for part, members in sorted(parts.items())},
        df=sum(survey.sizes[stratum] - 1 for stratum in strata),
    )  # fmt: skip


def _term(survey: Survey, part: str, variable: Variable, share: Fraction, heard: Collection[int]) -> Term:
    """heard: the responses that have the variable."""
    w, x = survey.whole_weights, survey.values(variable)
    weight = sum(w.above[one] for one in heard)
    mean = Fraction(sum(w.above[one] * x.above[one] for one in heard), weight * x.below)
    return Term(part, variable, share, mean, len(heard), Fraction(weight, w.below))


def linearised(survey: Survey, one: Figure) -> Numbers[int]:
    """response -> z_i = sum over variables of share w_i (x_i - mean) / sum of w, of all that are not 0;
    after calibration, its residuals on the margins."""
    z: dict[int, int] = defaultdict(int)
    weights = survey.whole_weights
    values = [survey.values(term.variable) for term in one.terms]
    steps = [
        term.share / term.weight / (weights.below * x.below * term.mean.denominator)
        for term, x in zip(one.terms, values, strict=True)
    ]
    below = lcm(*(step.denominator for step in steps))
    for term, x, step in zip(one.terms, values, steps, strict=True):
        each = step.numerator * (below // step.denominator)
        times, mean = term.mean.denominator, term.mean.numerator * x.below
        for response in one.parts[term.part]:
            if response in x.above:
                z[response] += each * weights.above[response] * (x.above[response] * times - mean)
    return survey.residuals(Numbers(z, below), one.sample)


def variance(survey: Survey, one: Figure, z: Numbers[int]) -> Fraction | None:
    """By Taylor linearisation; None where every stratum of the design is of one response and such strata
    get the average of the others."""
    scaling = survey.scaling(one.sample)
    if scaling is None:
        return None
    found = scaling * survey.covariance(z, z)
    return found if found >= ROUNDING * one.kish else Fraction(0)
