"""What is reported of an instrument, and how its composites are put together in SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement

from pipeline.instrument import Factor, Instrument, Subfactor
from pipeline.questions import Count, Item, Scale

SHARES = ("top_box", "bottom_box", "share")
SHORT = 11  # steps of a scale whose sums fit in one number
UPPER = 2**44  # where the second of two scores begins


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
class Composite:
    """The index or a factor in SQL: the columns of `mean` it is made of. shares: leaf -> its share."""

    id: str
    present: str
    base: str
    estimate: str
    shares: dict[str, str]

    @property
    def n(self) -> str:
        return f'"n|{self.base}"' if self.base else "n"

    @property
    def w(self) -> str:
        return f'"w|{self.base}"' if self.base else "w"

    @property
    def w2(self) -> str:
        return f'"w2|{self.base}"' if self.base else "w2"

    @property
    def df(self) -> str:
        return f'"df|{self.base}"' if self.base else "df"

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(self.shares)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple(combinations_with_replacement(self.shares, 2))

    def coefficient(self, variable: str, of: str = "") -> str:
        """c of a leaf: its share of the measure * 100 / (unit * weight)."""
        share = self.shares[variable].replace("{of}", of)
        return f'{share} * {of}"c|{variable}"' if share else f'{of}"c|{variable}"'


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


@dataclass(frozen=True)
class Word:
    """What is summed of factor scores: `times` by one of them, or by two of them at a time, the second in the upper
    bits. times: 1, or a score; bits: of each score's place in a set of answered factors."""

    times: str
    scores: tuple[str, ...]
    bits: tuple[int, ...]

    @property
    def power(self) -> int:
        """That of the weight."""
        return 2 if self.times else 1

    @property
    def term(self) -> str:
        first, *second = (f'"{one}"' for one in self.scores)
        word = f"({first} + {second[0]} * {UPPER}::BIGINT)" if second else first
        return f'"{self.times}" * {word}' if self.times else word

    @property
    def id(self) -> str:
        return f"{self.times} * {' & '.join(self.scores)}" if self.times else " & ".join(self.scores)

    @property
    def sums(self) -> tuple[tuple[str, str], ...]:
        """(name, SQL) of each sum."""
        names = [f"{self.times}*{one}" if self.times else f"x|{one}" for one in self.scores]
        values = [f'"{self.id}" & {UPPER - 1}', f'"{self.id}" >> 44'] if len(names) == 2 else [f'"{self.id}"']
        return tuple(zip(names, values, strict=True))


def paired(instrument: Instrument, weighted: bool) -> bool:
    """Whether scores are small enough to be summed two at a time."""
    return not weighted and max(instrument.unit(leaf) for leaf in instrument.leaves) ** 2 < 2**19


def words(instrument: Instrument, weighted: bool) -> Iterator[Word]:
    """All sums of factor scores, and of the products of two of them."""
    ids = [leaf.id for leaf in instrument.leaves]
    size = 2 if paired(instrument, weighted) else 1
    for first, times in enumerate(("", *ids)):
        for place in range(max(0, first - 1), len(ids), size):
            scores = ids[place : place + size]
            yield Word(times, tuple(scores), tuple(2 ** (place + k) for k in range(len(scores))))


def integer(scale: Scale) -> str:
    """A type in which an answer's square fits."""
    return "SMALLINT" if scale.span <= 181 else "INTEGER" if scale.span <= 46_340 else "BIGINT"


def composites(instrument: Instrument, index_power: int) -> tuple[Composite, ...]:
    """The index, then each factor, then each sub-factor. index_power: sums of respondents' own indices are in
    points x 10^index_power."""
    return (_index(instrument, index_power), *(one for factor in instrument.factor for one in _factors(factor)))


def _index(instrument: Instrument, power: int) -> Composite:
    leaves = [leaf.id for leaf in instrument.leaves]
    present = " + ".join(f'("n|{leaf}" > 0)::INTEGER' for leaf in leaves)
    if instrument.rule == "respondent":
        x, w = '"x|index"', '"w|index"'
        exact = f"{x} // {w} * {10 ** (24 - power)} + long_division({x} % {w}, {w}) // {10**power}::HUGEINT"
        return Composite("index", present, "index", exact, {"index": ""})
    shares = {}
    for factor in instrument.factor:
        for leaf in factor.leaves:
            own = f"{tenthousandths(factor)} / CAST({{of}}omega AS DOUBLE)"
            inner = f' * {tenthousandths(leaf)} / CAST({{of}}"omega|{factor.id}" AS DOUBLE)' if factor.subfactor else ""
            shares[leaf.id] = own + inner
    return Composite("index", present, "", '"mean|index"', shares)


def _factors(factor: Factor) -> Iterator[Composite]:
    def leaf(one: Factor | Subfactor) -> Composite:
        return Composite(one.id, f'("n|{one.id}" > 0)::INTEGER', one.id, f'"mean|{one.id}"', {one.id: ""})

    if not factor.subfactor:
        yield leaf(factor)
        return
    present = " + ".join(f'("n|{one.id}" > 0)::INTEGER' for one in factor.subfactor)
    shares = {one.id: f'{tenthousandths(one)} / CAST({{of}}"omega|{factor.id}" AS DOUBLE)' for one in factor.subfactor}
    yield Composite(factor.id, present, factor.id, f'"mean|{factor.id}"', shares)
    for one in factor.subfactor:
        yield leaf(one)
