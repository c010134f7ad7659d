"""Responses made up in Python and weighted, from the accepted table to the tables of weights."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted, hierarchy, instrument, population, programme, weights
from pipeline.month import Month

INSTRUMENT, PERIOD = "china_csi_2005", "2025-10"
BRANCHES = """\
branch,name_zh,name_en,region,divisions,tier,valid_from,valid_to,successor
N1,北一,North 1,NORTH,PC;CV,A,2020-01-01,,
N2,北二,North 2,NORTH,PC,B,2020-01-01,,
S1,南一,South 1,SOUTH,PC,A,2020-01-01,2025-10-14,
S1,南一,South 1,NORTH,PC,B,2025-10-15,,
S2,南二,South 2,SOUTH,PC;CV,B,2020-01-01,,
"""
HEAD = "instrument,margin,category,valid_from,valid_to,population"
_PROGRAMME = """\
id = "weighted"
name = {{ zh = "加权", en = "Weighted" }}
instruments = ["china_csi_2005"]
{population}
{weighting}
[regions]
NORTH = {{ zh = "北", en = "North" }}
SOUTH = {{ zh = "南", en = "South" }}
[divisions]
PC = {{ zh = "乘", en = "Cars" }}
CV = {{ zh = "商", en = "Trucks" }}
[tiers]
A = {{ zh = "甲", en = "A" }}
B = {{ zh = "乙", en = "B" }}
[[source]]
id = "text"
role = "responses"
instrument = "china_csi_2005"
files = "*.csv"
mapping = "mapping.toml"
"""
TEXTS = ("branch", "division", "segment", "tier", "vehicle", "contract")


@dataclass(frozen=True)
class Weighted:
    folder: Path

    def table(self, kind: str, period: str = PERIOD) -> pl.DataFrame:
        """kind: weights, margins, inverse or strata."""
        return pl.read_parquet(self.folder / "accepted" / kind / INSTRUMENT / f"{period}.parquet")

    def has(self, kind: str) -> bool:
        return (self.folder / "accepted" / kind).exists()

    def told(self, margin: str = "", category: str = "", period: str = PERIOD) -> dict[str, float]:
        """statistic -> value, from weighting.csv."""
        with (self.folder / "weighting.csv").open(encoding="utf-8-sig", newline="") as file:
            return {
                one["statistic"]: float(one["value"])
                for one in csv.DictReader(file)
                if (one["period"], one["margin"], one["category"]) == (period, margin, category)
            }

    def final(self, responses: pl.DataFrame, column: bool = False) -> list[float]:
        """The final weight of each response, in their order."""
        table = self.table("weights")
        keys = table.columns[:-1]
        given = responses.with_columns(pl.col(one).fill_null("") for one in TEXTS)
        joined = (
            given.join(table, on=keys, how="left", maintain_order="left") if keys else given.join(table, how="cross")
        )
        assert joined["factor"].null_count() == 0
        return [
            float(factor) * (float(weight) if column else 1.0)
            for factor, weight in joined.select("factor", "weight").iter_rows()
        ]


def responses(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Accepted responses with what the weights look at; what a row leaves out is like every other's."""
    usual = {"branch": "N1", "division": "PC", "segment": None, "tier": None, "vehicle": None, "contract": None,
             "weight": Decimal(1)}  # fmt: skip
    return pl.DataFrame(
        [usual | dict(row) for row in rows], schema=dict.fromkeys(TEXTS, pl.String) | {"weight": pl.Decimal(18, 9)}
    )


def weigh(
    folder: Path,
    weighting: str,
    customers: Sequence[str] | None,
    tables: pl.DataFrame | Mapping[str, pl.DataFrame],
    branches: str = BRANCHES,
) -> Weighted:
    """weighting: TOML. customers: rows of population.csv. tables: responses of PERIOD, or by period."""
    site = write(folder, weighting, customers, branches)
    used = instrument.load(site)
    placed = hierarchy.load(site, used)
    given = population.load(site, used, set(placed.branches["branch"]))
    for period, table in ({PERIOD: tables} if isinstance(tables, pl.DataFrame) else tables).items():
        accepted.write(table, accepted.path(folder, "responses", INSTRUMENT, Month.parse(period)))
    weights.solve(site.programme, placed, given, Month.parse(PERIOD), folder)
    return Weighted(folder)


def write(folder: Path, weighting: str, customers: Sequence[str] | None, branches: str = BRANCHES) -> programme.Site:
    folder.mkdir(parents=True, exist_ok=True)
    named = 'population = "population.csv"' if customers is not None else ""
    (folder / "programme.toml").write_text(_PROGRAMME.format(population=named, weighting=weighting), encoding="utf-8")
    (folder / "branches.csv").write_text(branches, encoding="utf-8")
    if customers is not None:
        (folder / "population.csv").write_text("\n".join([HEAD, *customers, ""]), encoding="utf-8")
    return programme.load(folder)


def margin(name: str, *by: str) -> str:
    fields = ", ".join(f'"{one}"' for one in by)
    return f'[[weighting.margin]]\nid = "{name}"\nby = [{fields}]\n'


def rows(name: str, populations: Mapping[str, object]) -> list[str]:
    """Of population.csv, for all instruments and times."""
    return [f"*,{name},{category},,,{customers}" for category, customers in populations.items()]
