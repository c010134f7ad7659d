"""A factor says something of its items, and a count in all of what it adds up: no withheld one follows from the others.

Unknown is the sum of the answers to one item over respondents of one branch who answered the same items."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.recompute.case import Branch, Case, Count, Factor, Instrument, Item, Row
from tests.build import asked, response, score_accepted
from tests.linear import Span

NOW = "2025-10"
REGIONS = {"U": "N", "T": "N", "S": "N", "R": "W", "Q": "W"}
Told = list[int | str]


def routed() -> Case:
    """Whoever booked by telephone is asked about that, the others about the web site: in U few telephoned."""
    of = Instrument("made", (Factor("booking", (Item("phone"), Item("web"), Item("care")), Decimal(1)),))
    shares = {"U": (5, 35), "T": (20, 25), "S": (25, 30), "R": (30, 35), "Q": (25, 25)}
    return case(of, {branch: [[answer(), "s", answer()]] * phone + [["s", answer(), answer()]] * web
                     for branch, (phone, web) in shares.items()})  # fmt: skip


def blanks() -> Case:
    """U is small. Everybody answered everything in T; in S more did than in T, but fewer of them each item."""
    of = Instrument("made", (Factor("booking", (Item("phone"), Item("web")), Decimal(1)),))
    full: Told = [answer(), answer()]
    rows = {branch: [full] * n for branch, n in (("U", 6), ("T", 30), ("R", 40), ("Q", 50))}
    return case(of, rows | {"S": [full] * 27 + [["b", answer()]] * 2 + [[answer(), "b"]] * 2})


def counts() -> Case:
    """Few in U said how often the second thing happened."""
    kinds = tuple(Item(name, 0, 20, 20, 0) for name in ("noise", "leak"))
    of = Instrument("made", (Factor("booking", (Item("phone"),), Decimal(1)),), counts=(Count("wrong", kinds),))
    shares = {"U": (8, 32), "T": (20, 25), "S": (25, 30), "R": (30, 35), "Q": (25, 25)}
    return case(of, {branch: [[answer(), answer(), answer()]] * both + [[answer(), answer(), "b"]] * one
                     for branch, (both, one) in shares.items()})  # fmt: skip


def answer() -> int:
    return -1  # made up below


def case(of: Instrument, told: dict[str, Sequence[Told]]) -> Case:
    rng = random.Random(7)
    rows: list[Row] = [
        response(of, branch, [rng.randint(1, 10) if one == -1 else one for one in answers])
        for branch, all_answers in told.items() for answers in all_answers
    ]  # fmt: skip
    return Case((of,), tuple(Branch(one, REGIONS[one]) for one in told), {of.id: rows})


@pytest.mark.parametrize("make", [routed, blanks, counts])
def test_none_follows_from_its_kin(make: Callable[[], Case], tmp_path: Path) -> None:
    of = make()
    shown, hidden = [], []
    for row in score_accepted(of, tmp_path).scores.values():
        if row["statistic"] in ("mean", "per_100") and row["n"] and row["window"] == "month":
            unit = [one for one in of.rows["made"] if row["unit"] in ("network", one["branch"], REGIONS[one["branch"]])]
            if row["level"] in ("branch", "region", "network"):
                (shown if row["estimate"] is not None else hidden).append(form(of.instruments[0], row["measure"], unit))
    known = Span(shown)
    assert hidden, "something is withheld"
    assert [one for one in hidden if known.holds(one)] == []


def form(of: Instrument, measure: str, rows: Sequence[Row]) -> dict[Any, Fraction]:
    """A measure's sum over a unit, made of the unknowns; the index is that of its one factor."""
    names = [item.id for item in asked(of)]
    booking = [item.id for factor in of.factors for item in factor.items]
    made_of = {count.id: [item.id for item in count.items] for count in of.counts}
    made_of |= {"booking": booking, "index": booking}
    found: dict[Any, Fraction] = defaultdict(Fraction)
    for row in rows:
        pattern = tuple(name for name in names if row[name] is not None)
        mine = [name for name in made_of.get(measure, [measure]) if name in pattern]
        for name in mine:
            share = len(mine) if measure in ("booking", "index") else 1
            found[row["branch"], pattern, name] += Fraction(1, share) * (row[name] is not None)
    return found
