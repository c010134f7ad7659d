"""The change of an index: what its branches did, and how much more or less each weighs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipeline.recompute.measures import factor_shares
from pipeline.recompute.months import months_before, wanted
from pipeline.recompute.places import Unit
from pipeline.recompute.rounding import stored, total
from pipeline.recompute.scores import Scores

BACK = {"last_month": 1, "last_year": 12}
NOBODY = ""  # stands for all branches of which a figure is withheld, together


@dataclass(frozen=True)
class Split:
    performance: Decimal
    mix: Decimal
    entered: Decimal
    left: Decimal
    total: Decimal


@dataclass(frozen=True)
class Part:
    """A branch's share of a factor's weight in a unit and a month, and its mean there."""

    share: Fraction
    mean: Fraction


class Changes:
    """Of one instrument whose index is made of factor means without sub-factors; there are none of others."""

    def __init__(self, scores: Scores, period: str) -> None:
        self.scores = scores
        self.survey = scores.survey
        self.period = period

    def asked(self) -> Iterator[tuple[Unit, str]]:
        """The units and references that there may be a split of."""
        of = self.survey.instrument
        if of.rule != "branch_factors" or any(factor.subfactors for factor in of.factors):
            return
        regions = {unit for back in (0, *BACK.values())
                   for unit in self.survey.units("region", months_before(self.period, back))}  # fmt: skip
        for unit in (("network", "network"), *(("region", one) for one in sorted(regions))):
            for against in BACK:
                yield unit, against

    def split(self, unit: Unit, against: str) -> Split | None:
        """Performance: (s' + s) / 2 (F' - F) of branches heard in both months; entered: s' (F' - R) of those heard
        only now; left: -s (F - R) of those heard only then; mix: those, and (s' - s) ((F' + F) / 2 - R) of the
        first. R: the middle of the factor's two means. None unless both months have the same factors, and where an
        index is withheld."""
        before = months_before(self.period, BACK[against])
        if any(self._flag(period, unit) == "withheld" for period in (self.period, before)):
            return None
        now, then = self.parts(unit, self.period), self.parts(unit, before)
        if not now or now.keys() != then.keys():
            return None
        shares = factor_shares(self.survey.instrument)
        whole = total(shares[one] for one in now)
        performance = mix = entered = left = change = Fraction(0)
        for factor in now:
            o = shares[factor] / whole
            means = [total(one.share * one.mean for one in of[factor].values()) for of in (now, then)]
            r = sum(means, Fraction(0)) / 2
            change += o * (means[0] - means[1])
            for branch in {*now[factor], *then[factor]}:
                here, there = now[factor].get(branch), then[factor].get(branch)
                if here and there:
                    performance += o * (here.share + there.share) / 2 * (here.mean - there.mean)
                    mix += o * (here.share - there.share) * ((here.mean + there.mean) / 2 - r)
                elif here:
                    entered += o * here.share * (here.mean - r)
                elif there:
                    left -= o * there.share * (there.mean - r)
        assert performance + mix + entered + left == change
        told = stored(performance)
        return Split(told, stored(change) - told, stored(entered), stored(left), stored(change))

    def parts(self, unit: Unit, period: str) -> Mapping[str, Mapping[str, Part]]:
        """factor -> branch -> its part; of factors that some response of the unit has."""
        sums: dict[str, dict[str, list[Fraction]]] = defaultdict(lambda: defaultdict(lambda: [Fraction(0)] * 2))
        hidden = self.hidden()
        for one in self.survey.units(unit[0], period).get(unit[1], ()):
            branch = self.survey.rows[one]["branch"]
            for factor in self.survey.instrument.factors:
                value = self.survey.value((factor.id, "mean"), one)
                if value is not None and self.survey.places.unit("region", self.survey.rows[one]) is not None:
                    of = sums[factor.id][NOBODY if branch in hidden else branch]
                    weight = self.survey.weights[one]
                    of[:] = [of[0] + weight, of[1] + weight * value]
        return {
            factor: {branch: Part(w / sum(one[0] for one in of.values()), x / w) for branch, (w, x) in of.items()}
            for factor, of in sums.items()
        }

    def _flag(self, period: str, unit: Unit) -> str:
        return self.scores.judged(("index", "mean"), "month", period, unit).flag

    def hidden(self) -> set[str]:
        """Branches of which the table shows some figure of one of the months as withheld."""
        found = set()
        for back in (0, *BACK.values()):
            period = months_before(self.period, back)
            if self.scores.figures.sample("month", period) is None:
                continue
            for named, measure in self.scores.figures.measures.items():
                if wanted(measure.kind, "month", back):
                    found |= {
                        unit[1] for unit in self.scores.units(period, "branch")
                        if self.scores.judged(named, "month", period, unit).flag == "withheld"
                    }  # fmt: skip
        return found
