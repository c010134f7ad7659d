"""What each factor adds to the difference of two indices: over the factors it sums to that difference."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.recompute.answers import Variable
from pipeline.recompute.case import Factor
from pipeline.recompute.figure import Figure
from pipeline.recompute.measures import factor_shares, of_factors
from pipeline.recompute.rounding import total
from pipeline.recompute.survey import Survey


@dataclass(frozen=True)
class Brought:
    """What a factor brings to the index of a unit. share: of the index, on average over its respondents; 0 of one who
    lacks the factor. points: sum of w times share times score / sum of w."""

    share: Fraction
    points: Fraction


def of_means(survey: Survey, factor: str, difference: Fraction) -> Fraction:
    """Of an index of factor means. difference: of the factor's means."""
    return factor_shares(survey.instrument)[factor] * difference


def of_respondents(here: Brought, there: Brought, a: Figure, b: Figure) -> Fraction:
    """Of an index that is the mean of the respondents' own, between the indices a and b. The shares differ where
    respondents lack factors: more of a factor counts by how far it is above the middle of the indices."""
    return here.points - there.points - (here.share - there.share) * (a.estimate + b.estimate) / 2


def brought(survey: Survey, index: Figure) -> Mapping[str, Brought]:
    """factor -> what it brings. The shares of a respondent's own index are those of the factors he has."""
    composed = of_factors(survey.instrument)
    values = {one: survey.values(one) for one in composed.variables()}
    having: dict[frozenset[Variable], list[int]] = defaultdict(list)
    for response in index.members:
        having[frozenset(one for one in values if response in values[one].above)].append(response)
    shares: dict[Variable, list[Fraction]] = defaultdict(list)
    points: dict[Variable, list[Fraction]] = defaultdict(list)
    w = survey.whole_weights.above
    weight = sum(w[one] for one in index.members)
    for present, members in having.items():
        for one, share in composed.shares(present).items():
            x = values[one]
            shares[one].append(share * sum(w[each] for each in members) / weight)
            points[one].append(share * Fraction(sum(w[each] * x.above[each] for each in members), weight * x.below))

    def of(factor: Factor) -> Brought:
        leaves = [(leaf.id, "mean") for leaf in factor.leaves]
        return Brought(*(total(one for leaf in leaves for one in found[leaf]) for found in (shares, points)))

    return {factor.id: of(factor) for factor in survey.instrument.factors}
