"""A month of accepted responses made up for the bench of scoring: a programme without weights, and one whose
responses are weighted to the customers of the regions by tier and segment."""

import os
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline import accepted, hierarchy, instrument, programme
from pipeline.month import Month

MONTH = Month.parse("2025-10")
SEED = 2005
CHUNK = 1_000_000
PLAIN, WEIGHTED = "plain", "weighted"
TIERS, SEGMENTS = ("3", "4", "5"), ("A", "B", "C")
FACTORS = ((20.4, 4), (15.8, 4), (15.4, 4), (14.7, 4), (12.1, 3), (11.5, 3), (10.2, 3))  # published weight, items: 25
INSTRUMENT_ID = "bench_csi"
INSTRUMENT = f"""
id = "{INSTRUMENT_ID}"
name = {{ zh = "基准", en = "Bench" }}
source = {{ zh = "基准", en = "Made up for the bench, after china_csi_2005" }}
valid_from = 2004-01-01
rule = "branch_factors"
points = 1000
scale = {{ min = 1, max = 10, top_box_from = 9, bottom_box_to = 4 }}
minimum_answered_percent = 50
"""
PROGRAMME = f"""
id = "bench"
name = {{ zh = "基准", en = "Bench" }}
instruments = ["{INSTRUMENT_ID}"]
"""
WEIGHTING = """
population = "population.csv"
[[weighting.margin]]
id = "tier"
by = ["tier"]
[[weighting.margin]]
id = "segment"
by = ["region", "segment"]
"""
NAMES = f"""
[regions]
R0 = {{ zh = "一区", en = "R0" }}
R1 = {{ zh = "二区", en = "R1" }}
[divisions]
PC = {{ zh = "乘用车", en = "PC" }}
[[source]]
id = "csi"
role = "responses"
instrument = "{INSTRUMENT_ID}"
files = "csi*.csv"
mapping = "mapping.toml"
"""


def make(folder: Path, responses: int, branches: int) -> None:
    """folder/plain and folder/weighted, on one table of responses, as admitted."""
    ids = [f"B{place:04d}" for place in range(branches)]
    for kind, more in ((PLAIN, ""), (WEIGHTED, WEIGHTING)):
        (folder / kind).mkdir(parents=True)
        (folder / kind / "programme.toml").write_text(PROGRAMME + more + NAMES, encoding="utf-8")
        _instrument(folder / kind / "instruments")
        _branches(ids).write_csv(folder / kind / "branches.csv")
    _population(responses).write_csv(folder / WEIGHTED / "population.csv")
    (used,) = instrument.load(programme.load(folder / PLAIN))
    table = parquet(folder / PLAIN)
    table.parent.mkdir(parents=True)
    _responses(table, responses, ids, [item.id for item in used.items])
    for kind in (PLAIN, WEIGHTED):
        site = programme.load(folder / kind)
        accepted.write_hierarchy(folder / kind / "out", hierarchy.load(site, (used,)))
    parquet(folder / WEIGHTED).parent.mkdir(parents=True)
    os.link(table, parquet(folder / WEIGHTED))


def parquet(folder: Path) -> Path:
    return accepted.path(folder / "out", "responses", INSTRUMENT_ID, MONTH)


def _instrument(folder: Path) -> None:
    folder.mkdir()
    made = INSTRUMENT
    for factor, (weight, items) in enumerate(FACTORS):
        made += f'[[factor]]\nid = "f{factor}"\nweight = {weight}\n'
        made += f'name = {{ zh = "因子{factor}", en = "Factor {factor}" }}\n'
        for item in range(items):
            made += f'[[factor.item]]\nid = "f{factor}_{item}"\ntouchpoint = "repair"\n'
            made += f'text = {{ zh = "题目{factor}-{item}", en = "Item {factor}-{item}" }}\n'
    (folder / f"{INSTRUMENT_ID}.toml").write_text(made, encoding="utf-8")


def _branches(ids: list[str]) -> pl.DataFrame:
    made = {"branch": ids, "name_zh": [f"{one}店" for one in ids], "name_en": ids}
    made |= {"region": [f"R{place % 2}" for place in range(len(ids))]}
    usual = {"divisions": "PC", "tier": "", "valid_from": "2020-01-01", "valid_to": "", "successor": ""}
    return pl.DataFrame(made).with_columns(pl.lit(value).alias(key) for key, value in usual.items())


def _population(responses: int) -> pl.DataFrame:
    """More customers of high tiers and of segment A than responses."""
    rows = [("tier", tier, responses * share) for tier, share in zip(TIERS, (2, 3, 5), strict=True)]
    rows += [
        ("segment", f"{region}/{segment}", responses * share)
        for region in ("R0", "R1")
        for segment, share in zip(SEGMENTS, (2, 2, 1), strict=True)
    ]
    made = pl.DataFrame(rows, schema=["margin", "category", "population"], orient="row")
    return made.select(
        pl.lit("*").alias("instrument"), "margin", "category", pl.lit("2020-01-01").alias("valid_from"),
        pl.lit("").alias("valid_to"), "population",
    )  # fmt: skip


def _responses(target: Path, responses: int, ids: list[str], items: list[str]) -> None:
    """In the order of respondents, whose branches alternate without order; 3 % of the answers are missing, 5 % of the
    responses flagged."""
    rng = np.random.default_rng(SEED)
    level = rng.normal(8, 0.5, len(ids))
    parts = target.parent / "parts"
    parts.mkdir()
    for start in range(0, responses, CHUNK):
        size = min(CHUNK, responses - start)
        at = rng.integers(0, len(ids), size)
        mood = level[at] + rng.normal(0, 1, size)
        made = pl.DataFrame(
            {
                "period": [str(MONTH)] * size,
                "respondent": [f"R{start + place:09d}" for place in range(size)],
                "branch": np.array(ids)[at],
                "tier": np.array(TIERS)[rng.integers(0, len(TIERS), size)],
                "segment": np.array(SEGMENTS)[rng.integers(0, len(SEGMENTS), size)],
            }
        ).with_columns(
            pl.lit("PC").alias("division"), pl.lit(date(2025, 10, 5)).alias("serviced_on"),
            pl.lit(1).cast(pl.Decimal(18, 9)).alias("weight"),
            *(pl.lit(None, pl.String).alias(one) for one in ("missing", "vehicle", "contract", "verbatim")),
            pl.Series("flags", [None if (start + place) % 20 else "speeding" for place in range(size)], pl.String),
        )  # fmt: skip
        for item in items:
            answer = np.clip(np.rint(mood + rng.normal(0, 1, size)), 1, 10).astype(np.int8)
            kept = pl.Series(rng.random(size) >= 0.03)
            made = made.with_columns(pl.when(kept).then(pl.Series(answer)).alias(item))
        made.write_parquet(parts / f"{start:09d}.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM read_parquet('{parts}/*.parquet')) TO '{target}' (COMPRESSION zstd)")
    for one in parts.iterdir():
        one.unlink()
    parts.rmdir()
