"""What the weights know of a month's responses: how many there are of each kind.

Responses are counted by the fields that the weighting names; two of the same kind have the same
weight (but for a base weight of their own). No response is looked at one by one.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.population import SEPARATOR
from pipeline.raking import Floats, Integers
from pipeline.weighting import BRANCH_FIELDS, Weighting

RESPONSE_FIELDS = ("branch", "division", "segment", "tier", "vehicle", "contract")
WEIGHT = "weight"
FACTOR = pl.Decimal(18, 9)


def fields_of(weighting: Weighting) -> tuple[str, ...]:
    """All that a weighting tells responses apart by."""
    named = [*weighting.cells, *(one for margin in weighting.margin for one in margin.by)]
    return tuple(dict.fromkeys([*named, *(["tier"] if weighting.tier else [])]))


def keys_of(fields: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of responses that fields follow from: the branch stands in for what a branch is."""
    wanted = {"branch" if one in BRANCH_FIELDS else one for one in fields}
    return tuple(one for one in RESPONSE_FIELDS if one in wanted)


def weight_keys(weighting: Weighting) -> tuple[str, ...]:
    """The key columns of accepted/weights."""
    apart = weighting.base == "column" and weighting.trim != "none"  # a bound is on a weight, not on a factor
    return (*keys_of(fields_of(weighting)), *([WEIGHT] if apart else []))


@dataclass(frozen=True)
class Sample:
    """keys: the key columns, one row per kind of response, sorted. n: responses. base: the sum of
    their base weights. fields: every field by name, and what follows from the branch."""

    keys: pl.DataFrame
    n: Integers
    base: Floats
    fields: pl.DataFrame

    def categories(self, by: tuple[str, ...]) -> pl.Series:
        """Of each key the values of some fields, joined."""
        if not by:
            return pl.Series("category", [""] * len(self.n))
        return self.fields.select(pl.concat_str([pl.col(one) for one in by], separator=SEPARATOR).alias("category"))[
            "category"
        ]


def count(path: Path, keys: tuple[str, ...], weighted: bool, place: pl.DataFrame) -> Sample:
    """path: the accepted responses of a month. weighted: by a base weight of their own, else each
    counts 1. place: of `placement`."""
    total = pl.col(WEIGHT).sum().cast(pl.Float64) if weighted else pl.len().cast(pl.Float64)
    told = [pl.len().cast(pl.Int64).alias("n"), total.alias("base")]
    responses = pl.scan_parquet(path)
    if keys:
        of_kind = [pl.col(one).fill_null("") if one != WEIGHT else pl.col(one) for one in keys]
        counted = responses.group_by(of_kind).agg(told).sort(keys)  # whole and DECIMAL sums: in any order
    else:
        counted = responses.select(told).filter(pl.col("n") > 0)
    table = counted.collect(engine="streaming")
    fields = table.select(one for one in keys if one != WEIGHT)
    if "branch" in keys:
        fields = fields.join(place, on="branch", how="left", maintain_order="left")
    return Sample(table.select(keys), table["n"].to_numpy(), table["base"].to_numpy(), fields)


def distribution(path: Path, factors: pl.DataFrame) -> tuple[Floats, Integers]:
    """The different weights of a month's responses, from low to high, and how often each stands.
    factors: key columns (without the weight) and the factor; weight = base weight x factor."""
    keys = factors.columns[:-1]
    responses = pl.scan_parquet(path).select(WEIGHT, *(pl.col(one).fill_null("") for one in keys))
    joined = responses.join(factors.lazy(), on=keys)
    weight = (pl.col(WEIGHT).cast(pl.Float64) * pl.col("factor").cast(pl.Float64)).alias("final")
    table = joined.select(weight).group_by("final").agg(pl.len().alias("n")).sort("final").collect(engine="streaming")
    return table["final"].to_numpy(), table["n"].cast(pl.Int64).to_numpy()
