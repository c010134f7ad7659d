"""What is reported of an instrument, and what is summed of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pipeline.instrument import Factor, Instrument, Subfactor
from pipeline.questions import Count, Item, Scale

SHARES = ("top_box", "bottom_box", "share")
SHORT = 11  # steps of a scale whose sums fit in one number
LARGE = 2**15  # factor scores whose products, or sums of these, may be too large to be exact as DOUBLE


@dataclass(frozen=True)
class Measure:
    """A figure a unit can have. whole: of how many leaf factors it is made where none is missing.
    omega: published weight in ten-thousandths. unit: steps that are 100 points. low, high: ends of the scale."""

    instrument: str
    id: str
    kind: str
    statistic: str = "mean"
    whole: int = 1
    omega: int | None = None
    unit: int | None = None
    low: int = 0
    high: int = 100


@dataclass(frozen=True)
class Counted:
    """An answer that is summed on its own: an item, an option of a choice, a count in all. high: its highest
    value where its sums fit in one number, see packed() in pipeline/sql/00_macros.sql.j2."""

    id: str
    low: int
    top: int
    bottom: int
    integer: str
    high: int | None


@dataclass(frozen=True)
class Term:
    """What is summed: a variable (a factor score, an answer, being one of a base), or two variables together.

    number: of the term; a, b: those of its two variables, both its own where it is one. variable: the name of one.
    unit: so many of it are 100 points. size: in what factor scores are counted where their covariances are summed.
    power: values are in points x 10^power, where the index is each respondent's own. answer: place of an answer
    among those counted. factor, index: the numbers of what a leaf factor is part of; within, omega: its weight in its
    factor, and that factor's in the index, in ten-thousandths."""

    number: int
    a: int
    b: int
    instrument: str
    size: int
    variable: str = ""
    measure: str = ""
    statistic: str = "mean"
    kind: str = ""
    unit: int | None = None
    power: int = 0
    answer: int | None = None
    factor: int | None = None
    within: int | None = None
    index: int | None = None
    omega: int | None = None


def tenthousandths(one: Factor | Subfactor) -> int:
    return int(one.weight * 10_000)


def measures(instrument: Instrument) -> Iterator[Measure]:
    one = instrument.id
    yield Measure(one, "index", "index", whole=len(instrument.leaves))
    for factor in instrument.factor:
        yield Measure(one, factor.id, "factor", whole=len(factor.leaves), omega=tenthousandths(factor))
        for leaf in factor.subfactor:
            yield Measure(one, leaf.id, "subfactor", omega=tenthousandths(leaf))
    for item in instrument.scored_items:
        yield Measure(one, item.id, "item", unit=instrument.scale_of(item).span)
        yield Measure(one, item.id, "item", "top_box", unit=1)
        yield Measure(one, item.id, "item", "bottom_box", unit=1)
        if item.nps:
            yield Measure(one, item.id, "item", "nps", unit=1, low=-100)
    for choice in instrument.choice:
        for column in choice.columns:
            yield Measure(one, column, "option", "share", unit=1)
    for count in instrument.count:
        most = [100 * instrument.scale_of(item).max for item in count.item]
        yield Measure(one, count.id, "count", "per_100", unit=1, high=sum(most))
        for item, high in zip(count.item, most, strict=True):
            yield Measure(one, item.id, "count", "per_100", unit=1, high=high)


def counted(instrument: Instrument, weighted: bool) -> tuple[Counted, ...]:
    """Every answer that is summed on its own. weighted: by a base weight."""

    def short(low: int, high: int) -> int | None:
        return high if high - low <= SHORT and not weighted else None

    def item(one: Item) -> Counted:
        of = instrument.scale_of(one)
        return Counted(one.id, of.min, of.top_box_from, of.bottom_box_to, integer(of), short(of.min, of.max))

    def total(one: Count) -> Counted:
        return Counted(one.id, 0, 1, 0, "INTEGER", short(0, sum(instrument.scale_of(item).max for item in one.item)))

    options = [Counted(column, 0, 1, 0, "SMALLINT", short(0, 1)) for one in instrument.choice for column in one.columns]
    return (*map(item, instrument.items), *options, *map(total, instrument.count))


def in_doubles(instrument: Instrument, weighted: bool) -> bool:
    """Whether sums of products of factor scores are exact as DOUBLE: see step 30. weighted: by a base weight."""
    return not weighted and max(map(instrument.unit, instrument.leaves)) < LARGE


def in_small(instrument: Instrument) -> bool:
    """Whether sums without weights fit in a BIGINT: of a branch below 2^53, of all of them far below 2^63."""
    short = all(one.high is not None for one in counted(instrument, False))
    return short and in_doubles(instrument, False) and instrument.rule != "respondent"


def integer(scale: Scale) -> str:
    """A type in which an answer's square fits."""
    return "SMALLINT" if scale.span <= 181 else "INTEGER" if scale.span <= 46_340 else "BIGINT"


def terms(instrument: Instrument, index_power: int, start: int) -> tuple[Term, ...]:
    """All that is summed of an instrument, numbered from `start`: leaf factors, factors of sub-factors, the index,
    answers, pairs of leaf factors. index_power: of sums of respondents' own indices."""
    leaves, own = instrument.leaves, instrument.rule == "respondent"
    names = [leaf.id for leaf in leaves] + [one.id for one in instrument.factor if one.subfactor] + ["index"]
    numbers = {name: start + place for place, name in enumerate(names)}
    size = _size(instrument)
    found: list[Term] = []

    def add(**of: Any) -> None:
        number = start + len(found)
        mine = {"number": number, "a": number, "b": number, "instrument": instrument.id, "size": size}
        found.append(Term(**{**mine, **of}))

    for factor in instrument.factor:
        for leaf in factor.leaves:
            weights = {"omega": tenthousandths(factor), "within": tenthousandths(leaf) if factor.subfactor else 1}
            above = {"factor": numbers[factor.id], "index": numbers["index"], **weights}
            kind = "subfactor" if factor.subfactor else "factor"
            add(variable=leaf.id, measure=leaf.id, kind=kind, unit=instrument.unit(leaf), **above)
    for name in names[len(leaves) :]:
        kind = "index" if name == "index" else "factor"
        add(variable=name, measure=name, kind=kind, unit=100, power=index_power if own and kind == "index" else 0)
    places = {one.id: place for place, one in enumerate(counted(instrument, False))}
    for one in measures(instrument):
        if one.id in places:
            same = {"statistic": one.statistic, "kind": one.kind, "unit": one.unit, "size": 1}
            add(variable=f"{one.id} {one.statistic}", measure=one.id, answer=places[one.id], **same)
    for a, b in combinations(leaves, 2):
        add(a=numbers[a.id], b=numbers[b.id])
    return tuple(found)


def _size(instrument: Instrument) -> int:
    """What factor scores are counted in where their covariances are summed, which leaves 15 decimals: 1 where 100
    points are at most ten thousand of its units."""
    return int(10 ** max(0, len(str(max(map(instrument.unit, instrument.leaves)) - 1)) - 4))
