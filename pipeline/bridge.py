"""From the scale of one questionnaire to that of the next: fitted on respondents who answered both.

The arithmetic stands in sql/95_bridge.sql.j2; here is what an instrument may declare of it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator
from pydantic.dataclasses import dataclass

from pipeline.month import Month
from pipeline.refusal import Refusal
from pipeline.toml import CLOSED, Id, Misfit, Text, place

if TYPE_CHECKING:
    from pipeline.instrument import Instrument
    from pipeline.programme import Site

BRIDGED = 'SELECT * FROM bridged ORDER BY instrument, from_instrument, period, level, unit, measure, "window"'
REPLAYED = f"COPY ({BRIDGED}) TO 'replayed-bridged.csv' (HEADER);\n"


@dataclass(frozen=True, config=CLOSED)
class Bridge:
    """kind: additive, new = old + a; linear, new = a + b old, b the ratio of the standard deviations. measures:
    index, or factors that both questionnaires have. periods: the months in which respondents answered both.
    older: the key `from`."""

    kind: Literal["additive", "linear"]
    measures: tuple[Id, ...]
    periods: tuple[Text, ...]
    older: Id = Field(alias="from")

    @field_validator("measures", "periods")
    @classmethod
    def _each_once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not values:
            raise ValueError("expected at least one entry")
        for position, one in enumerate(values):
            if one in values[:position]:
                raise Misfit(f"each once, found {one!r} again", position)
        return values

    @field_validator("periods")
    @classmethod
    def _months(cls, periods: tuple[str, ...]) -> tuple[str, ...]:
        for position, one in enumerate(periods):
            try:
                Month.parse(one)
            except Refusal:
                raise Misfit(f"a month such as 2025-10, found {one!r}", position) from None
        return periods


def check(site: "Site", used: "Sequence[Instrument]") -> None:
    """Raises Refusal naming file, line and key of every bridge that leads nowhere."""
    from pipeline import instrument as instruments

    problems = []
    for one in used:
        path = instruments.path(site, one.id)
        for number, bridge in enumerate(one.bridge):
            for way, what in _problems(one, number, bridge, {each.id: each for each in used}):
                problems.append(f"{place(path, 'bridge', number, *way)}: {what}")
    if problems:
        raise Refusal(problems)


def _problems(
    new: "Instrument", number: int, bridge: Bridge, used: "dict[str, Instrument]"
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    from pipeline.in_force import days, told

    old = used.get(bridge.older)
    if old is None or old is new:
        others = ", ".join(one for one in used if one != new.id)
        yield ("from",), f"expected another instrument of the programme ({others or 'none'}), found {bridge.older!r}."
        return
    if old.valid_from >= new.valid_from:
        yield ("from",), f"{old.id} begins on {old.valid_from}, not before {new.id}, {new.valid_from}."
    both = {"index", *({one.id for one in old.factor} & {one.id for one in new.factor})}
    before = {one for each in new.bridge[:number] if each.older == bridge.older for one in each.measures}
    for position, measure in enumerate(bridge.measures):
        if measure not in both:
            yield ("measures", position), f"{measure!r} is neither index nor a factor of both {old.id} and {new.id}."
        elif measure in before:
            yield ("measures", position), f"{measure!r} has a bridge from {old.id} already."
    for position, period in enumerate(bridge.periods):
        for one in (old, new):
            if days(one, Month.parse(period)) is None:
                yield ("periods", position), f"{one.id} is not asked in {period}, but {told(one)}."


def built(instruments: "Sequence[Instrument]") -> bool:
    """Whether any of the instruments has a bridge from another of them."""
    ids = [one.id for one in instruments]
    return any(bridge.older in ids for one in instruments for bridge in one.bridge)


def older(asked: "Sequence[Instrument]", known: "Sequence[Instrument]", responses: Path) -> "tuple[Instrument, ...]":
    """The instruments that a month needs besides those asked in it: the older ends of their bridges, where
    there are answers of them. responses: the folder of the accepted ones."""
    ends = {bridge.older for one in asked for bridge in one.bridge}
    return tuple(one for one in known if one.id in ends and one not in asked and (responses / one.id).is_dir())
