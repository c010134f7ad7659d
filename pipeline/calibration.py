"""A month's responses beside the population: one raking.Margin for each margin that is declared, or
a refusal that names the category which does not fit and says what to collapse it with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import fsum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.month import Month
from pipeline.population import CELLS, SEPARATOR, Population
from pipeline.raking import Margin, Raked, add_up
from pipeline.refusal import Refusal
from pipeline.sample import Sample
from pipeline.weighting import BRANCH_FIELDS, Weighting

SHOWN = 5  # categories that a sentence names
AGREE = 1e-6  # by how much the totals of margins may differ, as a share: rounding


@dataclass(frozen=True)
class Case:
    """One instrument in one month, and its responses."""

    instrument: str
    month: Month
    sample: Sample
    population: Population

    def refuse(self, what: str) -> str:
        return f"{self.month}, {self.instrument}: {what}"

    def margin(self, name: str, by: tuple[str, ...], *, unanswered: bool = False) -> Margin:
        """Raises Refusal for every category that either side lacks. unanswered: whether the population
        may have categories without a response; they are left out."""
        known = self.population.of(self.instrument, name, self.month)
        if not known:
            raise Refusal(
                self.refuse(
                    f"{self.population.file} has no {_called(name)} in force on {self.month.last_day}. "
                    "Add its rows, or widen valid_from and valid_to."
                )
            )
        found = self.sample.categories(by)
        names = found.unique().sort()
        of = found.replace_strict(names, np.arange(len(names)), return_dtype=pl.Int64).to_numpy()
        counts = add_up(self.sample.n, of, len(names)).astype(np.int64)
        answered = dict(zip(names.to_list(), counts.tolist(), strict=True))
        if unanswered:
            known = {one: customers for one, customers in known.items() if one in answered}
        problems = self._unmatched(name, by, known, answered)
        if problems:
            raise Refusal(problems)
        return Margin(name, by, tuple(answered), of, np.array([known[one] for one in answered]))

    def _unmatched(
        self, name: str, by: tuple[str, ...], known: Mapping[str, float], answered: Mapping[str, int]
    ) -> list[str]:
        fit = {one: n for one, n in answered.items() if known.get(one, 0) > 0}
        problems = []
        for category in sorted({*known, *answered}):
            customers, n = known.get(category), answered.get(category, 0)
            if customers is None:
                what = f"{self.population.file} lacks it but {_people(n)}. Add its row, or "
            elif customers > 0 and not n:
                what = f"{customers:,.15g} customers but nobody answered. "
            elif not customers and n:
                what = f"the population is 0 but {_people(n)}. Correct it, or "
            else:
                continue
            told = f"{_called(name)}, category {category!r}: {what}"
            way = collapse(category, by, fit)
            if customers and not n and "branch" in by:
                way += " If the branch is closed, end its row with valid_to."
            problems.append(self.refuse(told + (way if told.endswith("or ") else _begun(way))))
        return problems


def _called(name: str) -> str:
    return "cells" if name == CELLS else "strata" if name == "strata" else f"margin {name}"


def _begun(text: str) -> str:
    return text[0].upper() + text[1:]


def _people(n: int) -> str:
    return "1 response has it" if n == 1 else f"{n:,} responses have it"


def collapse(category: str, by: tuple[str, ...], answered: Mapping[str, int]) -> str:
    """'collapse it with …': the neighbour with the fewest responses. answered: category -> responses
    of all that may be it. Neighbours differ in the last field only, else in one, else in any."""
    parts = category.split(SEPARATOR) if len(by) > 1 else [category]

    def differing(other: str) -> list[bool]:
        others = other.split(SEPARATOR) if len(by) > 1 else [other]
        return [a != b for a, b in zip(parts, others, strict=False)]

    def distance(other: str) -> int:
        unlike = differing(other)
        return 0 if not any(unlike[:-1]) else 1 if sum(unlike) == 1 else 2

    others = sorted((distance(one), n, one) for one, n in answered.items() if one != category)
    if not others:
        return "collapse: no other category is left; leave the margin out."
    _, n, other = others[0]
    unlike = [field for field, differs in zip(by, differing(other), strict=False) if differs]
    where = "branches.csv" if unlike and unlike[0] in BRANCH_FIELDS else "the mapping"
    return (
        f"collapse it with {other!r} ({n:,} {'response' if n == 1 else 'responses'}): "
        f"one id for both in {where}, and one row with the sum of both."
    )


def margins(case: Case, weighting: Weighting) -> tuple[Margin | None, list[Margin]]:
    """The cells of base = "population", and the margins, brought to the total of the first. Raises
    Refusal for all that do not fit."""
    wanted = [(CELLS, weighting.cells)] if weighting.base == "population" else []
    wanted += [(one.id, one.by) for one in weighting.margin]
    found, problems = [], list[str]()
    for name, by in wanted:
        try:
            found.append(case.margin(name, by))
        except Refusal as refusal:
            problems += refusal.problems
    if problems:
        raise Refusal(problems)
    cells = found.pop(0) if weighting.base == "population" else None
    return cells, _of_one_total(case, cells, found)


def _of_one_total(case: Case, cells: Margin | None, found: Sequence[Margin]) -> list[Margin]:
    every = [*([cells] if cells else []), *found]
    totals = [fsum(one.target.tolist()) for one in every]
    problems = [
        case.refuse(
            f"the population is {total:,.15g} by {_called(one.id)} and {totals[0]:,.15g} by {_called(every[0].id)}. "
            f"Make both the same in {case.population.file}."
        )
        for one, total in zip(every[1:], totals[1:], strict=True)
        if abs(total - totals[0]) >= AGREE * totals[0]
    ]
    problems = problems or [one for pair in combinations(every, 2) for one in _contradictions(case, *pair)]
    if problems:
        raise Refusal(problems)
    skip = len(every) - len(found)
    return [
        Margin(one.id, one.by, one.categories, one.of, one.target * (totals[skip] / total))
        for one, total in zip(found, totals[skip:], strict=True)
    ]


def _contradictions(case: Case, first: Margin, second: Margin) -> Iterator[str]:
    """Categories of one margin and of another that are the same responses (a region, and its branches or tiers) must
    have the same population. Totals are the same."""
    ours = np.arange(len(first.categories))
    while True:  # the least category of the first that one hangs together with
        theirs = np.full(len(second.categories), len(ours))
        np.minimum.at(theirs, second.of, ours[first.of])
        found = ours.copy()
        np.minimum.at(found, first.of, theirs[second.of])
        if (found == ours).all():
            break
        ours = found
    here, there = (add_up(one.target, of, len(ours)) for one, of in ((first, ours), (second, theirs)))
    for block in np.flatnonzero(np.abs(here - there) >= AGREE * here.sum()).tolist():
        yield case.refuse(
            f"{_told(first, ours == block)} and {_told(second, theirs == block)} are the same responses, but have "
            f"{here[block]:,.15g} and {there[block]:,.15g} customers. Make both the same in {case.population.file}, or "
            "collapse categories."
        )


def _told(margin: Margin, inside: NDArray[np.bool_]) -> str:
    places = np.flatnonzero(inside).tolist()
    named = ", ".join(repr(margin.categories[place]) for place in places[:SHOWN])
    return f"{_called(margin.id)}, {named}{f' and {len(places) - SHOWN} more' if len(places) > SHOWN else ''},"


def not_converged(case: Case, given: Sequence[Margin], raked: Raked) -> Refusal:
    margin, category = given[raked.worst[0]], raked.worst[1]
    counts = add_up(case.sample.n, margin.of, len(margin.categories)).astype(np.int64).tolist()
    name, answered = margin.categories[category], dict(zip(margin.categories, counts, strict=True))
    return Refusal(
        case.refuse(
            f"raking does not converge; after {raked.iterations:,} iterations {_called(margin.id)} is off by "
            f"{raked.error:.2g} of the population of category {name!r} ({_people(answered[name])}). Too many "
            f"combinations of the margins have no response. " + _begun(collapse(name, margin.by, answered))
        )
    )
