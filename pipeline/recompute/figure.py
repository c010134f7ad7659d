"""A figure: its estimate, its base, and how far it can be trusted."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.recompute.answers import Variable
from pipeline.recompute.measures import Measure
from pipeline.recompute.places import Unit
from pipeline.recompute.rounding import total
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
    variables = measure.composed.variables()
    parts: dict[str, list[int]] = defaultdict(list)
    for one in survey.members(unit, sample):
        if any(survey.value(variable, one) is not None for variable in variables):
            parts[survey.part(one)].append(one)
    if not parts:
        return None
    terms: list[Term] = []
    kish = Fraction(0)
    for part, members in sorted(parts.items()):
        having = {v: {one: x for one in members if (x := survey.value(v, one)) is not None} for v in variables}
        having = {v: values for v, values in having.items() if values}
        for v, share in measure.composed.shares(having).items():
            terms.append(_term(survey, part, v, share / len(parts), having[v]))
        weights = [survey.weights[one] for one in members]
        kish += total(w * w for w in weights) / (len(parts) * total(weights)) ** 2
    strata = {survey.stratum[one] for members in parts.values() for one in members}
    return Figure(
        unit, sample, sum(map(len, parts.values())), kish,
        estimate=total(term.share * term.mean for term in terms),
        terms=tuple(terms),
        present=frozenset(
            (part, v) for part, members in parts.items() for v in measure.wanted
            if any(survey.value(v, one) is not None for one in members)
        ),
        parts={part: tuple(members) for part, members in sorted(parts.items())},
        df=sum(survey.sizes[stratum] - 1 for stratum in strata),
    )  # fmt: skip


def _term(survey: Survey, part: str, variable: Variable, share: Fraction, values: Mapping[int, Fraction]) -> Term:
    weight = total(survey.weights[one] for one in values)
    mean = total(survey.weights[one] * x for one, x in values.items()) / weight
    return Term(part, variable, share, mean, len(values), weight)


def linearised(survey: Survey, one: Figure) -> dict[int, Fraction]:
    """response -> z_i = sum over variables of share w_i (x_i - mean) / sum of w, of all that are not 0;
    after calibration, its residuals on the margins."""
    z: dict[int, Fraction] = defaultdict(Fraction)
    for term in one.terms:
        each = term.share / term.weight
        steps: dict[Fraction, Fraction] = {}
        for response in one.parts[term.part]:
            x = survey.value(term.variable, response)
            if x is not None:
                if x not in steps:
                    steps[x] = each * (x - term.mean)
                z[response] += survey.weights[response] * steps[x]
    return survey.residuals(z, one.sample)


def variance(survey: Survey, one: Figure, z: Mapping[int, Fraction]) -> Fraction | None:
    """By Taylor linearisation; None where every stratum of the design is of one response and such strata
    get the average of the others."""
    scaling = survey.scaling(one.sample)
    if scaling is None:
        return None
    found = scaling * survey.covariance(z, z)
    return found if found >= ROUNDING * one.kish else Fraction(0)
