"""The change of an index: what its branches did, and how much more or less each weighs."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipeline.recompute.answers import Variable
from pipeline.recompute.months import months_before, wanted
from pipeline.recompute.places import Unit
from pipeline.recompute.rounding import stored, total
from pipeline.recompute.scores import Scores

BACK = {"last_month": 1, "last_year": 12}
NOBODY = ""  # stands for all branches of which a figure is withheld, together
INDEX = "index", "mean"
Term = tuple[str, Variable]  # a division, or "", and what the index is made of there


@dataclass(frozen=True)
class Split:
    performance: Decimal
    mix: Decimal
    entered: Decimal
    left: Decimal
    total: Decimal


@dataclass(frozen=True)
class Part:
    """A branch's share of a term's weight in a unit and a month, and its mean there."""

    share: Fraction
    mean: Fraction


class Changes:
    """Of one instrument."""

    def __init__(self, scores: Scores, period: str) -> None:
        self.scores = scores
        self.survey = scores.survey
        self.period = period

    def asked(self) -> Iterator[tuple[Unit, str]]:
        """The units and references that there may be a split of."""
        regions = {unit for back in (0, *BACK.values())
                   for unit in self.survey.units("region", months_before(self.period, back))}  # fmt: skip
        for unit in (("network", "network"), *(("region", one) for one in sorted(regions))):
            for against in BACK:
                yield unit, against

    def split(self, unit: Unit, against: str) -> Split | None:
        """Performance: (s' + s) / 2 (F' - F) of branches heard in both months; entered: s' (F' - R) of those heard
        only now; left: -s (F - R) of those heard only then; mix: those, and (s' - s) ((F' + F) / 2 - R) of the
        first. R: the middle of the term's two means. None unless both months have the same terms, and where an
        index is withheld."""
        before = months_before(self.period, BACK[against])
        if any(self._flag(period, unit) == "withheld" for period in (self.period, before)):
            return None
        now, then = self.parts(unit, self.period), self.parts(unit, before)
        if not now or now.keys() != then.keys():
            return None
        shares = self.shares(now)
        performance = mix = entered = left = change = Fraction(0)
        for term, o in shares.items():
            means = [total(one.share * one.mean for one in of[term].values()) for of in (now, then)]
            r = sum(means, Fraction(0)) / 2
            change += o * (means[0] - means[1])
            for branch in {*now[term], *then[term]}:
                here, there = now[term].get(branch), then[term].get(branch)
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

    def shares(self, terms: Collection[Term]) -> dict[Term, Fraction]:
        """The share of each term in the index, 1 together; divisions count the same."""
        divisions = {division for division, _ in terms}
        made = self.scores.figures.measures[INDEX].composed
        return {
            (division, variable): share / len(divisions)
            for division in sorted(divisions)
            for variable, share in made.shares([one for of, one in terms if of == division]).items()
        }

    def parts(self, unit: Unit, period: str) -> Mapping[Term, Mapping[str, Part]]:
        """term -> branch -> its part; of terms that some response of the unit has."""
        sums: dict[Term, dict[str, list[Fraction]]] = defaultdict(lambda: defaultdict(lambda: [Fraction(0)] * 2))
        hidden = self.hidden()
        for one in self.survey.units(unit[0], period).get(unit[1], ()):
            branch = self.survey.rows[one]["branch"]
            if self.survey.places.unit("region", self.survey.rows[one]) is None:
                continue
            for variable in self.scores.figures.measures[INDEX].composed.variables():
                value = self.survey.value(variable, one)
                if value is not None:
                    of = sums[self.survey.part(one), variable][NOBODY if branch in hidden else branch]
                    weight = self.survey.weights[one]
                    of[:] = [of[0] + weight, of[1] + weight * value]
        return {
            term: {branch: Part(w / sum(one[0] for one in of.values()), x / w) for branch, (w, x) in of.items()}
            for term, of in sums.items()
        }

    def _flag(self, period: str, unit: Unit) -> str:
        return self.scores.judged(INDEX, "month", period, unit).flag

    def hidden(self) -> set[str]:
        """Branches of which, or of whose divisions, the table shows some figure of one of the months as withheld."""
        found = set()
        for back in (0, *BACK.values()):
            period = months_before(self.period, back)
            if self.scores.figures.sample("month", period) is None:
                continue
            for named, measure in self.scores.figures.measures.items():
                if wanted(measure.kind, "month", back):
                    for level in ("branch", "part") if named == INDEX else ("branch",):
                        for unit in self.scores.units(period, level):
                            if self.scores.judged(named, "month", period, unit).flag == "withheld":
                                found.add(unit[1].partition("/")[0])
        return found
