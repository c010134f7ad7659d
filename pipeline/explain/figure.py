"""A figure worked out again from the accepted tables, in the words and numbers it is explained with."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from math import sqrt

from pipeline.explain.asked import Asked
from pipeline.explain.derivation import Adds, ItemMean, Spread, Term
from pipeline.explain.published import Published, Row
from pipeline.recompute import rounding
from pipeline.recompute.figure import Figure
from pipeline.recompute.intervals import t_975
from pipeline.recompute.measures import factor_shares
from pipeline.recompute.month import Recomputed


class Worked:
    """shown: whether the figure was published with an estimate; where not, no mean of it is told."""

    def __init__(self, asked: Asked, published: Published, recomputed: Recomputed, row: Row) -> None:
        self.asked = asked
        self.published = published
        self.scores = recomputed.scores[asked.instrument.id]
        self.comparisons = recomputed.comparisons[asked.instrument.id]
        self.figures = self.scores.figures
        self.case = recomputed.case
        self.row = row
        self.shown = row["estimate"] is not None
        self.named = asked.measure, asked.statistic
        self.unit = asked.level, asked.unit
        self.period = str(published.month)
        self.figure: Figure | None = None
        if self.named in self.figures.measures:
            self.figure = self.figures.figure(self.named, asked.window, self.period, self.unit)
        self.labels = {one.id: one.name.en for one in asked.instrument.factor}
        self.labels |= {one.id: one.name.en for factor in asked.instrument.factor for one in factor.subfactor}
        self.labels |= {one.id: one.text.en for one in asked.instrument.items}
        self.labels |= {one.id: one.name.en for one in asked.instrument.count}
        self.labels |= {
            choice.column(one.id): one.text.en for choice in asked.instrument.choice for one in choice.option
        }

    def responses(self) -> list[Row]:
        """Those behind the figure, in the order of month and respondent."""
        members = () if self.figure is None else self.figure.members
        rows = [self.figures.survey.rows[one] for one in members]
        return sorted(rows, key=lambda one: (one["period"], one["respondent"] or "", one["source"], one["row"]))

    # ── what it is made of ───────────────────────────────────────────────────────────────

    def terms(self) -> tuple[Term, ...]:
        if self.figure is None:
            return ()
        leaves = {leaf.id: leaf.weight for factor in self.scores.survey.instrument.factors for leaf in factor.leaves}
        single = len(self.figures.measures[self.named].composed.variables()) == 1
        return tuple(
            Term(
                one.part, *one.variable, self.labels.get(one.variable[0], one.variable[0]),
                None if single else leaves[one.variable[0]], rounding.stored(one.share),
                rounding.stored(one.mean) if self._told(one.part, one.variable[0], one.n, single) else None,
                one.n, rounding.stored(one.weight),
            )
            for one in self.figure.terms
        )  # fmt: skip

    def _told(self, part: str, variable: str, n: int, single: bool) -> bool:
        """Whether a mean may be shown: as it was published, else by its own base."""
        if not self.shown or single:
            return self.shown
        level, unit = ("part", f"{self.asked.unit}/{part}") if part and self.asked.level == "branch" else self.unit
        found = self.published.score(**{**self.asked.key, "level": level, "unit": unit, "measure": variable})
        if found is not None and (not part or level == "part"):
            return found["estimate"] is not None
        return n >= self.case.withheld_below

    def items(self) -> Iterator[ItemMean]:
        """The means of the items of an index or a factor, with their own bases; none of a figure that is
        not shown."""
        if not self.shown:
            return
        for factor in self.scores.survey.instrument.factors:
            for leaf in factor.leaves:
                if self.asked.measure not in ("index", factor.id, leaf.id):
                    continue
                for item in leaf.items:
                    named = item.id, "mean"
                    judged = self.scores.judged(named, self.asked.window, self.period, self.unit)
                    found = self.published.score(**{**self.asked.key, "measure": item.id, "statistic": "mean"})
                    told = judged.shown and (found is None or found["estimate"] is not None)
                    mean = rounding.stored(judged.figure.estimate) if told and judged.figure else None
                    n = 0 if judged.figure is None else judged.figure.n
                    yield ItemMean(item.id, self.labels[item.id], leaf.id, n, mean)

    def answers(self) -> tuple[tuple[int, int], ...]:
        """Of an item: answer -> how many gave it."""
        if self.figure is None or not self.shown or self.figures.measures[self.named].kind != "item":
            return ()
        counts = Counter(self.figures.survey.rows[one][self.asked.measure] for one in self.figure.members)
        return tuple(sorted(counts.items()))

    # ── how far it can be trusted ────────────────────────────────────────────────────────

    def spread(self) -> Spread | None:
        if self.figure is None or not self.shown:
            return None
        found = self.figures.spread(self.named, self.figure)
        own = self.figures.own_variance(self.named, self.figure)
        pool = self.figures.pool(self.named, self.figure.sample).one if found.pooled else None
        wilson = self.scores.by_wilson(self.asked.statistic)
        strata = " x ".join(("month", *self.case.design.strata))
        return Spread(
            strata, _root(own), found.pooled, None if pool is None else rounding.stored(pool), _root(found.variance),
            found.df, None if wilson or not found.df else rounding.stored_float(t_975(found.df)),
            "wilson" if wilson else "student",
        )  # fmt: skip

    # ── beside others ────────────────────────────────────────────────────────────────────

    def adds(self, compared: Sequence[Row]) -> tuple[Adds, ...]:
        """compared: rows of the comparison table about a factor. Those that add to a difference of the index."""
        added = [(one["against"], one["contribution"]) for one in compared if one["contribution"] is not None]
        return tuple(Adds(against, part, f"{self._adding(against)} = {part}") for against, part in added)

    def _adding(self, against: str) -> str:
        here = self.period, self.unit
        there = self.comparisons.reference(self.unit, against, self.period)
        factor, window = self.asked.measure, self.asked.window

        def told(measure: str) -> list[Figure]:
            found = [self.figures.figure((measure, "mean"), window, *place) for place in (here, there) if place]
            return [one for one in found if one is not None]

        if self.asked.instrument.rule != "respondent":
            share = rounding.stored(factor_shares(self.scores.survey.instrument)[factor])
            return f"{_short(share)} x ({' - '.join(_told(rounding.stored(one.estimate)) for one in told(factor))})"
        indices = told("index")
        both = [self.comparisons.brought(one)[factor] for one in indices]
        points = " - ".join(_told(rounding.stored(one.points)) for one in both)
        shares = " - ".join(f"{rounding.rounded(one.share, 6)}" for one in both)
        middle = rounding.stored(sum((one.estimate for one in indices), Fraction(0)) / 2)
        return f"{points} - ({shares}) x {_told(middle)}"

    # ── in words ─────────────────────────────────────────────────────────────────────────

    def why(self) -> tuple[str, ...]:
        """Why the figure has its flag."""
        flag, n, least, enough = self.row["flag"], self.row["n"], self.case.withheld_below, self.case.ranked_from
        judged = self.scores.judged(self.named, self.asked.window, self.period, self.unit)
        if flag == "none":
            return ("No accepted response of this unit has a value.",)
        if flag == "withheld" and n is not None and n < least:
            return (f"{n} respondents, fewer than {least}: the figure is withheld, here too.",)
        if not self.shown:
            return (f"Published as {flag!r} without a figure, so that none that is withheld follows from others.",)
        if flag == "partial":
            return tuple(
                f"Nobody has {self.labels.get(variable, variable)}{f' of division {part}' if part else ''}: "
                "shown, not ranked."
                for part, (variable, _) in sorted(judged.missing)
            )
        if flag == "caution":
            return (
                f"{n} respondents, fewer than {enough}: shown, not ranked; its standard error is pooled over branches.",
            )
        return (f"{n:,} respondents, {enough:,} or more, and nothing is missing.",)

    def formula(self) -> str:
        """The formula with its numbers."""
        if self.figure is None:
            return "no response has a value"
        if not self.shown:
            return "withheld"
        terms, result = self.terms(), self.row["estimate"]
        if len(terms) == 1 and terms[0].omega is None:
            one = self.figure.terms[0]
            total = _short(rounding.rounded(one.mean * one.weight, 4))
            return f"sum(w x) / sum(w) = {total} / {_short(terms[0].weight)} = {result}"
        parts = list(dict.fromkeys(one.part for one in terms))
        means = [self._weighted([one for one in terms if one.part == part]) for part in parts]
        if len(parts) > 1 or parts[0]:
            return f"mean over {', '.join(parts)} = ({' + '.join(means)}) / {len(parts)} = {result}"
        return f"sum(omega F) / sum(omega) = {means[0]} = {result}"

    def _weighted(self, terms: list[Term]) -> str:
        nested = any(factor.subfactors for factor in self.scores.survey.instrument.factors)
        if nested:
            return " + ".join(f"{_short(one.share)} x {_told(one.mean)}" for one in terms)
        weights = [one.omega for one in terms if one.omega is not None]
        each = " + ".join(f"{_short(one.omega)} x {_told(one.mean)}" for one in terms if one.omega is not None)
        return f"({each}) / {_short(sum(weights, Decimal(0)))}"


def _root(variance: Fraction | None) -> Decimal | None:
    return None if variance is None else rounding.stored_float(sqrt(variance))


def _short(number: Decimal | None) -> str:
    """Without zeros at the end."""
    text = f"{number:f}" if number is not None else ""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _told(mean: Decimal | None) -> str:
    return "withheld" if mean is None else f"{mean:.4f}"
