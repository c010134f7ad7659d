"""The whole method, every way of weights: the SQL beside pipeline/recompute, in every cell. tests/test_design.py has
the designs.

Rows are made up in Python; weights are solved and figures scored as in a run; the second implementation
reads what the run left in accepted/, and nothing else."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import accepted, hierarchy, instrument, population, programme, score, warehouse, weights
from pipeline.month import Month
from pipeline.recompute.months import months_before
from pipeline.recompute.tables import read_case
from tests.agreement import disagreements
from tests.build import read

NOW = "2025-10"
MONTHS = ("2024-10", *(months_before(NOW, back) for back in range(3, -1, -1)))
BRANCHES = """\
branch,name_zh,name_en,region,divisions,tier,valid_from,valid_to,successor,peer,inherits
A1,甲一,A one,NORTH,PC;CV,X,2020-01-01,,,P,
A2,甲二,A two,NORTH,PC,Y,2020-01-01,,,P,
A3,甲三,A three,NORTH,PC;CV,X,2020-01-01,2025-09-30,B1,Q,yes
B1,乙一,B one,SOUTH,PC,X,2020-01-01,,,Q,
B2,乙二,B two,NORTH,PC;CV,Y,2020-01-01,2025-09-15,,Q,
B2,乙二,B two,SOUTH,PC;CV,Y,2025-09-16,,,Q,
B3,乙三,B three,SOUTH,PC,Y,2020-01-01,,,,
"""
INSTRUMENT = """\
id = "whole"
name = { zh = "全", en = "Whole" }
source = { zh = "测试", en = "made up" }
valid_from = 2000-01-01
rule = "%(rule)s"
points = 1000
scale = { min = 1, max = 10, top_box_from = 9, bottom_box_to = 6 }
[[factor]]
id = "care"
name = { zh = "关怀", en = "Care" }
weight = 20.4
  [[factor.subfactor]]
  id = "calm"
  name = { zh = "静", en = "Calm" }
  weight = 3
  item = [
    { id = "c1", text = { zh = "一", en = "one" }, touchpoint = "desk" },
    { id = "c2", text = { zh = "二", en = "two" }, touchpoint = "desk" },
  ]
  [[factor.subfactor]]
  id = "warm"
  name = { zh = "暖", en = "Warm" }
  weight = 1.5
  item = [
    { id = "w1", text = { zh = "一", en = "1" }, touchpoint = "a", scale = %(short)s },
  ]
[[factor]]
id = "work"
name = { zh = "维修", en = "Work" }
weight = 9.9
item = [
  { id = "k1", text = { zh = "一", en = "one" }, touchpoint = "shop", nps = true },
  { id = "k2", text = { zh = "二", en = "two" }, touchpoint = "shop" },
]
[[choice]]
id = "why"
text = { zh = "原因", en = "Why" }
option = [ { id = "price", text = { zh = "价", en = "Price" } }, { id = "speed", text = { zh = "快", en = "Speed" } } ]
[[count]]
id = "faults"
name = { zh = "问题", en = "Faults" }
item = [
  { id = "f1", text = { zh = "一", en = "1" }, touchpoint = "b", scale = %(many)s },
  { id = "f2", text = { zh = "二", en = "2" }, touchpoint = "b", scale = %(many)s },
]
"""
SCALES = {
    "short": "{ min = 0, max = 4, top_box_from = 4, bottom_box_to = 1 }",
    "many": "{ min = 0, max = 9, top_box_from = 5, bottom_box_to = 0 }",
}
PROGRAMME = """\
id = "whole"
name = { zh = "测试", en = "Made up" }
instruments = ["whole"]
targets = "targets.csv"
%s
[regions]
NORTH = { zh = "北", en = "North" }
SOUTH = { zh = "南", en = "South" }
[divisions]
PC = { zh = "乘", en = "Cars" }
CV = { zh = "商", en = "Trucks" }
[thresholds]
withheld_below = 1
ranked_from = 9
[[bonus]]
id = "gold"
instrument = "whole"
line = 612.5
name = { zh = "金", en = "Gold" }
[[source]]
id = "text"
role = "responses"
instrument = "whole"
files = "*.csv"
mapping = "mapping.toml"
"""
TARGETS = """\
instrument,measure,branch,valid_from,valid_to,target
whole,index,*,2025-01-01,,600
whole,index,A1,2025-01-01,,655.5
whole,work,*,2025-01-01,,500
"""
POPULATION = """\
instrument,margin,category,valid_from,valid_to,population
*,star,3,,,400
*,star,4,,,350
*,star,5,,,250
*,kind,new,,,300
*,kind,old,,,700
*,cells,NORTH/new,,,150
*,cells,NORTH/old,,,350
*,cells,SOUTH/new,,,250
*,cells,SOUTH/old,,,250
"""
LEVELS = """\
[[grouping]]
id = "segment"
by = ["segment"]
name = { zh = "客", en = "Segment" }
[[grouping]]
id = "tier_peer"
by = ["branch_tier", "peer"]
name = { zh = "组", en = "Tier and peer" }
[[grouping]]
id = "branch_star"
by = ["branch", "tier"]
name = { zh = "店星", en = "Branch and star" }
"""
RAKED = """\
population = "population.csv"
[weighting]
base = "%s"
[[weighting.margin]]
id = "star"
by = ["tier"]
[[weighting.margin]]
id = "kind"
by = ["segment"]
"""
CELLS = 'population = "population.csv"\n[weighting]\nbase = "population"\ncells = ["region", "segment"]\n'
COLUMN = '[weighting]\nbase = "column"\n'


def design(*strata: str, single: str = "adjust") -> str:
    return f'[design]\nstrata = {list(strata)}\nsingle = "{single}"\n'.replace("'", '"')


SETTINGS: Mapping[str, tuple[str, str]] = {
    "weights of a column": ("branch_factors", COLUMN + LEVELS),
    "the respondents' own index": ("respondent", COLUMN + LEVELS),
    "divisions, peers of a tier": ("mean_of_dimensions", 'peers = ["branch_tier"]\n' + LEVELS),
    "many strata of one, certain": (
        "respondent", COLUMN + design("branch", "segment", "tier", single="certainty") + LEVELS,
    ),
    "raked": ("branch_factors", RAKED % "none" + LEVELS),
    "raked from a column, strata of regions": ("branch_factors", RAKED % "column" + design("region") + LEVELS),
    "raked, the respondents' own index": ("respondent", RAKED % "none" + LEVELS),
    "raked, divisions": ("mean_of_dimensions", RAKED % "column" + LEVELS),
    "customers by responses of a cell": ("branch_factors", CELLS + LEVELS),
}  # fmt: skip


def answers(known: bool) -> list[dict[str, Any]]:
    """known: whether every respondent's segment and star tier is."""
    rng = random.Random(7)
    open_until = {"A3": "2025-09"}
    served = {"A1": ["PC", "CV"], "A3": ["PC", "CV"], "B2": ["PC", "CV"]}
    rows: list[dict[str, Any]] = []
    for period in MONTHS:
        for place, branch in enumerate(("A1", "A2", "A3", "B1", "B2", "B3")):
            if period > open_until.get(branch, NOW):
                continue
            count = 4 + 2 * place + rng.randint(0, 2)
            rows += [_row(rng, period, branch, served.get(branch, ["PC"]), known) for _ in range(count)]
    return rows


def _row(rng: random.Random, period: str, branch: str, divisions: Sequence[str], known: bool) -> dict[str, Any]:
    def one(low: int, high: int, missing: float = 0.15) -> int | None:
        return None if rng.random() < missing else rng.randint(low, high)

    found = {
        "c1": one(3, 10), "c2": one(5, 10), "w1": one(0, 4), "k1": one(1, 10), "k2": one(4, 10), "f1": one(0, 3),
        "f2": one(0, 2, 0.4),
    }  # fmt: skip
    chosen = rng.random() < 0.8
    return {
        "period": period, "branch": branch, "division": rng.choice(divisions),
        "weight": Decimal(rng.randint(5 * 10**8, 4 * 10**9)).scaleb(-9), **found,
        "missing": "".join("." if value is not None else rng.choice("snb") for value in found.values()),
        "why_price": rng.randint(0, 1) if chosen else None, "why_speed": rng.randint(0, 1) if chosen else None,
        "segment": rng.choice(["new", "old", "old", *([] if known else [None])]),
        "tier": rng.choice(["3", "4", "5", *([] if known else [None])]),
    }  # fmt: skip


def frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    items = ["c1", "c2", "w1", "k1", "k2", "f1", "f2"]
    texts = ("period", "branch", "division", "missing", "segment", "tier")
    options = ("why_price", "why_speed")
    aside = ("verbatim", "contact", "vehicle", "contract", "flags", "why_other")
    columns = {name: [row[name] for row in rows] for name in (*texts, "weight", *items, *options)}
    return pl.DataFrame(columns).with_columns(
        pl.Series("respondent", [f"R{place:05d}" for place in range(len(rows))]),
        pl.lit(date(2025, 1, 1)).alias("serviced_on"), pl.lit(datetime(2025, 1, 1)).alias("answered_at"),
        pl.lit(None, pl.Int32).alias("duration_s"), pl.lit("made-up.csv").alias("source"),
        *(pl.lit(None, pl.String).alias(one) for one in aside),
        pl.Series("row", range(2, len(rows) + 2), pl.UInt32),
        pl.col("weight").cast(pl.Decimal(18, 9)), pl.col(texts).cast(pl.String), pl.col(*items, *options).cast(pl.Int8),
    ).select(
        "period", "respondent", "branch", "division", "serviced_on", "answered_at", "duration_s", "weight", *items,
        "missing", "verbatim", *options, "why_other", "contact", "segment", "tier", "vehicle", "contract", "flags",
        "source", "row",
    )  # fmt: skip


def _population(settings: str) -> str:
    """The customers of the margins that the settings name, no others."""
    head, *rows = POPULATION.splitlines()
    named = {"star": "margin", "kind": "margin", "cells": "cells ="}
    return "\n".join([head, *(row for row in rows if named[row.split(",")[1]] in settings)]) + "\n"


def made(folder: Path, rule: str, settings: str) -> programme.Site:
    top = [line for line in settings.splitlines() if line.startswith(("population", "peers"))]
    tables = "\n".join(line for line in settings.splitlines() if line not in top)
    place = folder / "programme"
    (place / "instruments").mkdir(parents=True)
    for name, text in (
        ("programme.toml", PROGRAMME % "\n".join(top) + tables), ("branches.csv", BRANCHES), ("targets.csv", TARGETS),
        ("population.csv", _population(settings)), ("mapping.toml", ""), 
        ("instruments/whole.toml", INSTRUMENT % {"rule": rule, **SCALES}),
    ):  # fmt: skip
        (place / name).write_text(text, encoding="utf-8")
    return programme.load(place)


def scored(folder: Path, name: str) -> list[str]:
    """What is not the same in a programme with these settings."""
    rule, settings = SETTINGS[name]
    site = made(folder, rule, settings)
    used = instrument.load(site)
    network, month = hierarchy.load(site, used), Month.parse(NOW)
    rows = answers(known="population" in settings)
    accepted.write_hierarchy(folder, network)
    for period in MONTHS:
        place = accepted.path(folder, "responses", "whole", Month.parse(period))
        place.parent.mkdir(parents=True, exist_ok=True)
        frame([row for row in rows if row["period"] == period]).write_parquet(place)
    customers = population.load(site, used, set(network.branches["branch"]))
    weights.solve(site.programme, network, customers, month, folder)
    steps = score.render(site.programme, used, month, ())
    warehouse.build(folder, steps, score.TABLES)
    return disagreements(read_case(folder, site.programme, used, MONTHS), read(folder))


@pytest.mark.parametrize("name", SETTINGS)
def test_every_cell_agrees(name: str, tmp_path: Path) -> None:
    assert scored(tmp_path, name) == []
