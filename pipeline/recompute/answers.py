"""One response: its value of every variable, 0 to 100. What is missing is None, never 0.

A variable is (id, statistic): (leaf factor, mean), (item, mean | top_box | bottom_box | nps),
(option column, share), (count item or count, per_100), and (index, mean) of a respondent.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import floor, lcm

from pipeline.recompute.case import Count, Factor, Instrument, Item, Row
from pipeline.recompute.rounding import total

Variable = tuple[str, str]
Reader = Callable[[Row], Fraction | None]

NOT_ASKED = "s"


def readers(instrument: Instrument) -> dict[Variable, Reader]:
    """How each variable of an instrument is read off a response."""
    found: dict[Variable, Reader] = {("index", "mean"): partial(respondent_index, instrument)}
    for leaf in instrument.leaves:
        found[leaf.id, "mean"] = partial(leaf_score, instrument, leaf)
    for item in instrument.items:
        found[item.id, "mean"] = partial(_rescaled, item)
        found[item.id, "top_box"] = partial(_box, item, 100, 0)
        found[item.id, "bottom_box"] = partial(_box, item, 0, 100)
        found[item.id, "nps"] = partial(_box, item, 100, -100)
    for column in (one for choice in instrument.choices for one in choice.columns):
        found[column, "share"] = partial(_hundredfold, column)
    for count in instrument.counts:
        found[count.id, "per_100"] = partial(_counted, count)
        found |= {(item.id, "per_100"): partial(_hundredfold, item.id) for item in count.items}
    return found


def leaf_score(instrument: Instrument, leaf: Factor, row: Row) -> Fraction | None:
    """100 x the mean of its answered items, each from 0 to 1; None if fewer than the instrument's
    share of those that were asked were answered. Half up to 1/10,000 of a point where the possible scores have a
    common denominator above a million steps to the 100 points."""
    states = row["missing"]
    answered = [item for item in leaf.items if row[item.id] is not None]
    asked = len(leaf.items)
    if states is not None:
        asked -= sum(states[instrument.places[item.id]] == NOT_ASKED for item in leaf.items)
    if not answered or 100 * len(answered) < instrument.minimum_answered_percent * asked:
        return None
    together = lcm(*(item.high - item.low for item in answered))
    steps = sum((row[item.id] - item.low) * (together // (item.high - item.low)) for item in answered)
    score = Fraction(100 * steps, together * len(answered))
    denominator = lcm(*(item.high - item.low for item in leaf.items)) * lcm(*range(1, len(leaf.items) + 1))
    return score if denominator <= 1_000_000 else Fraction(floor(10_000 * score + Fraction(1, 2)), 10_000)


def factor_score(instrument: Instrument, factor: Factor, row: Row) -> Fraction | None:
    """A respondent's factor: the weighted mean of the leaves that the respondent has."""
    return _weighted([(leaf.weight, leaf_score(instrument, leaf, row)) for leaf in factor.leaves])


def respondent_index(instrument: Instrument, row: Row) -> Fraction | None:
    """sum of omega x / sum of omega over the factors that the respondent has; None without any."""
    return _weighted([(factor.weight, factor_score(instrument, factor, row)) for factor in instrument.factors])


def _weighted(scores: list[tuple[Decimal, Fraction | None]]) -> Fraction | None:
    found = [(Fraction(weight), score) for weight, score in scores if score is not None]
    if not found:
        return None
    return total(weight * score for weight, score in found) / total(weight for weight, _ in found)


def _rescaled(item: Item, row: Row) -> Fraction | None:
    answer = row[item.id]
    return None if answer is None else Fraction(100 * (answer - item.low), item.high - item.low)


def _box(item: Item, top: int, bottom: int, row: Row) -> Fraction | None:
    answer = row[item.id]
    if answer is None:
        return None
    return Fraction(top * (answer >= item.top_from) + bottom * (answer <= item.bottom_to))


def _hundredfold(column: str, row: Row) -> Fraction | None:
    answer = row[column]
    return None if answer is None else Fraction(100 * answer)


def _counted(count: Count, row: Row) -> Fraction | None:
    """All problems of a respondent who answered at least one of the items."""
    answers = [row[item.id] for item in count.items if row[item.id] is not None]
    return Fraction(100 * sum(answers)) if answers else None
