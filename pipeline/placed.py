"""What must stand where on a page, as page.json has it: tables row by row, and the facts under each headline.

Numbers are texts, digit for digit as the templates print them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.catalogue import translator
from pipeline.page import short_month, signed
from pipeline.shown import above_zero

Json = dict[str, Any]
Numbers = tuple[str, ...]
Say = Callable[..., str]
FREE = None  # of a cell: a drawing, or words that hold numbers of their own


@dataclass(frozen=True)
class Row:
    """label: what its head begins with. cells: of each column the numbers in it; of the head those behind the label.
    None: not looked at."""

    label: str
    cells: tuple[Numbers | None, ...]


@dataclass(frozen=True)
class Table:
    """heads: what the head of each column begins with, "" where there is none; () of a table without heads. label: the
    column that holds the heads of rows. A long table is set in parts, one after another."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    label: int = 0


@dataclass(frozen=True)
class Facts:
    """What paragraphs or cells under a headline begin with."""

    headline: str
    texts: tuple[str, ...]


def words(page: Json) -> Say:
    """msgid -> text in the language of a page, with what is to be put into it."""
    translate = translator(page["language"])
    return lambda text, **values: translate(text) % values


def facts(page: Json) -> tuple[Facts, ...]:
    """Of each index of a page, under the first headline with its name. Raises as `tables` of the pages do."""
    say = words(page)
    if "blocks" in page:
        return tuple(_facts(one, one["headline"], say) for one in page["blocks"])
    return tuple(_facts(one, one["network"], say) for one in page["leagues"])


def _facts(one: Json, figure: Json, say: Say) -> Facts:
    told = [f"{figure['n']}{say('valid responses (n)')}"]
    if figure["estimate"] is not None:
        estimate, low, high = score(figure)
        told += [estimate, f"{say('95%% confidence interval')}{low}–{high}"]
    if one["response_rate"] is not None:
        told.append(f"{one['response_rate']}%{say('response rate')}")
    if one.get("rank") is not None:
        told.append(f"{one['rank']}{say('rank among %(ranked)s', ranked=one['ranked'])}")
    return Facts(one["name"] + say("0 to %(points)s points", points=one["points"]), tuple(told))


def trend(points: Sequence[Json], say: Say, language: str) -> Table:
    months = [one["month"] for one in points]
    rows = [
        Row(say("Index"), ((), *(score(one)[:1] for one in months))),
        Row("n", ((), *(plain(one["n"]) for one in months))),
    ]
    heads = ("", *(short_month(one["period"], language) for one in points))
    return Table(say("Thirteen months"), heads, tuple(rows) if points else ())


def table(
    say: Say, name: str, heads: Sequence[str], rows: Sequence[Row], label: int = 0, more: Sequence[str] = ()
) -> Table:
    """more: heads that are names already."""
    return Table(say(name), (*(say(one) if one else "" for one in heads), *more), tuple(rows), label)


def plain(*values: object) -> Numbers:
    return tuple(str(one).replace("-", "−") for one in values if one is not None)


def signs(*values: str | None) -> Numbers:
    return tuple(signed(Decimal(one)) for one in values if one is not None)


def score(one: Json) -> Numbers:
    """Estimate and interval."""
    return () if one["estimate"] is None else plain(one["estimate"], one["low"], one["high"])


def reference(one: Json) -> Numbers:
    return plain(one["estimate"], one["n"])


def gap(one: Json) -> tuple[Numbers, Numbers]:
    return signs(one["difference"]), signs(one["low"], one["high"])


def certainty(value: str | None) -> Numbers:
    return () if value is None else (above_zero(Decimal(value)).removeprefix("<"),)


def chance(value: str | None) -> Numbers:
    return ("99.9",) if value is not None and Decimal(value) == 100 else certainty(value)
