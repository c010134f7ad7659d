"""When a questionnaire and its items are asked: by the day of service, from valid_from to valid_to."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from pipeline import instrument as instruments
from pipeline import toml
from pipeline.instrument import Instrument
from pipeline.mapping import ANSWERED, LETTERS
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.programme_table import OPEN_END
from pipeline.questions import Item
from pipeline.refusal import Refusal

Days = tuple[date, date]  # the first and the last


def dates(instrument: Instrument, item: Item | None = None) -> Days:
    """When an instrument, or an item of it, is asked."""
    start = (item and item.valid_from) or instrument.valid_from
    return start, (item and item.valid_to) or instrument.valid_to or OPEN_END


def days(instrument: Instrument, month: Month) -> Days | None:
    """The days of a month on which an instrument is asked, None if it is asked on none."""
    start, end = dates(instrument)
    first, last = max(start, month.first_day), min(end, month.last_day)
    return (first, last) if first <= last else None


def asked(instrument: Instrument, item: Item, month: Month) -> bool | None:
    """Whether an item is asked all the days that its instrument is asked in a month; None if only on some."""
    first, last = days(instrument, month) or (month.first_day, month.last_day)
    start, end = dates(instrument, item)
    if start <= first and last <= end:
        return True
    return None if start <= last and first <= end else False


def told(instrument: Instrument, item: Item | None = None) -> str:
    """'from 2025-01-01', 'from 2025-01-01 to 2025-09-30'."""
    start, end = dates(instrument, item)
    return f"from {start}" if end == OPEN_END else f"from {start} to {end}"


def check(site: Site, used: tuple[Instrument, ...]) -> None:
    """Raises Refusal where dates of an instrument or of its items contradict one another."""
    problems = []
    for one in used:
        path = instruments.path(site, one.id)
        start, end = dates(one)
        if end < start:
            problems.append(f"{toml.place(path, 'valid_to')}: {end} is before valid_from, {start}.")
            continue
        for place, factor in enumerate(one.factor):
            for number, item in enumerate(factor.item):
                first, last = dates(one, item)
                if last < first:
                    wrong = f"{item.id} has a valid_to before its valid_from, {first}."
                elif first > end or last < start:
                    wrong = f"{item.id} is asked {told(one, item)}, and {one.id} {told(one)}."
                else:
                    continue
                problems.append(f"{toml.place(path, 'factor', place, 'item', number)}: {wrong}")
    if problems:
        raise Refusal(problems)


def outside(instrument: Instrument, month: Month) -> Iterator[tuple[str, Days, int | None]]:
    """(field or item, its days, its place among the items) of what is asked on some days of a month only."""
    if days(instrument, month) != (month.first_day, month.last_day):
        yield "serviced_on", dates(instrument), None
    for place, item in enumerate(instrument.items):
        if asked(instrument, item, month) is None:
            yield item.id, dates(instrument, item), place


def not_asked(rows: pl.DataFrame, items: list[str], partly: list[tuple[str, Days, int | None]]) -> pl.DataFrame:
    """The rows with `missing` saying of items that were not in force on the day of service, and have no
    answer, that they were not asked."""
    blank, letter = LETTERS["not_answered"], LETTERS["not_asked"]
    plain = pl.concat_str(
        pl.when(pl.col(item).is_null()).then(pl.lit(blank)).otherwise(pl.lit(ANSWERED)) for item in items
    )
    for item, (first, last), place in partly:
        if place is None:
            continue
        full = pl.coalesce("missing", plain)
        rows = rows.with_columns(
            pl.when(~pl.col("serviced_on").is_between(first, last) & pl.col(item).is_null())
            .then(pl.concat_str(full.str.slice(0, place), pl.lit(letter), full.str.slice(place + 1)))
            .otherwise("missing")
            .alias("missing")
        )
    return rows
