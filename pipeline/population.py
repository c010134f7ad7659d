"""population.csv: how many customers the responses stand for, over time; read, checked, refused with
row and column."""

import re
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.programme import Programme, Site
from pipeline.programme_table import Problems, table
from pipeline.refusal import Refusal
from pipeline.sources import ROW

COLUMNS = ("instrument", "margin", "category", "valid_from", "valid_to", "population")
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "instrument": pl.String,
    "margin": pl.String,
    "category": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "population": pl.Float64,
}
CELLS, STRATA = "cells", "strata"
EVERY = "*"
SEPARATOR = "/"
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Population:
    """file: its name, "" where the programme has none. rows: in the form of SCHEMA."""

    file: str
    rows: pl.DataFrame

    def of(self, instrument: str, margin: str, month: Month) -> dict[str, float]:
        """category -> customers, in force on the month's last day. The rows of an instrument of its
        own go before those of '*', margin by margin."""
        day = month.last_day
        there = self.rows.filter(
            (pl.col("margin") == margin) & (pl.col("valid_from") <= day) & (pl.col("valid_to") >= day)
        )
        for one in (instrument, EVERY):
            own = there.filter(pl.col("instrument") == one)
            if own.height:
                return dict(own.select("category", "population").iter_rows())
        return {}


def load(site: Site, instruments: tuple[Instrument, ...], branches: set[str]) -> Population:
    """Raises Refusal naming file, row, column and value of everything that is wrong."""
    name = site.programme.population
    if name is None:
        return Population("", pl.DataFrame(schema=SCHEMA))
    raw = table(site, name, COLUMNS)
    problems = Problems(raw.file)
    fields = asked(site.programme)
    ids = [one.id for one in instruments]
    known = _known(site.programme, branches)
    rows: list[tuple[object, ...]] = []
    seen: dict[tuple[str, str, str], list[tuple[date, date, int]]] = {}
    for cells in raw.frame().iter_rows(named=True):
        row = cells[ROW]
        instrument, margin, category = (cells[column].strip() for column in COLUMNS[:3])
        start, end = problems.stretch(cells, row)
        if instrument not in (EVERY, *ids):
            problems.add(row, "instrument", f"{instrument!r} is not used; known are {', '.join(ids)}, and * for all.")
        if margin in fields:
            for what in _misfits(category, fields[margin], known):
                problems.add(row, "category", what)
        else:
            told = f"known are {', '.join(fields)}" if fields else f"{site.file.name} asks for none"
            problems.add(row, "margin", f"{margin!r} is no margin that {site.file.name} weights by; {told}.")
        text = cells["population"].strip()
        if not _NUMBER.fullmatch(text):
            problems.add(row, "population", f"{text!r} is not a number of customers. Write up to 15 digits: 1234.")
        key = (instrument, margin, category)
        if start and end:
            for other in seen.setdefault(key, []):
                if start <= other[1] and other[0] <= end:
                    problems.add(row, "valid_from", f"overlaps with the same category in row {other[2]}.")
            seen[key].append((start, end, row))
        rows.append((*key, start, end, float(text) if _NUMBER.fullmatch(text) else None))
    if problems.found:
        raise Refusal(dict.fromkeys(problems.found))
    return Population(raw.file, pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(COLUMNS[:4]))


def asked(programme: Programme) -> dict[str, tuple[str, ...]]:
    """margin -> its fields: all that population.csv has to tell of, in the order they are used."""
    weighting, design = programme.weighting, programme.design
    found: dict[str, tuple[str, ...]] = {CELLS: weighting.cells} if weighting.base == "population" else {}
    found |= {one.id: one.by for one in weighting.margin}
    return found | ({STRATA: design.strata} if design.finite else {})


def _known(programme: Programme, branches: set[str]) -> dict[str, set[str]]:
    """field -> the values it can have, where the programme says so."""
    known = {"branch": branches, "region": set(programme.regions), "division": {*programme.divisions, ""}}
    return known | ({"branch_tier": {*programme.tiers, ""}} if programme.tiers else {})


def _misfits(category: str, by: tuple[str, ...], known: dict[str, set[str]]) -> list[str]:
    parts = [category] if len(by) == 1 else category.split(SEPARATOR)
    if not by:
        return [f"{category!r}; leave it empty, all customers are one stratum."] if category else []
    if len(parts) != len(by):
        return [f"{category!r} has {len(parts)} values; write one for each of {', '.join(by)}, joined by {SEPARATOR}."]
    return [
        f"{part!r} is not a {field.replace('branch_tier', 'tier')} of the programme. Correct it or add it there."
        for field, part in zip(by, parts, strict=True)
        if field in known and part not in known[field]
    ]
