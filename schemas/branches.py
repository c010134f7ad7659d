"""The contract of branches.csv, one row per branch and stretch of time."""

from collections.abc import Collection
from datetime import date

import pandera.polars as pa
import polars as pl

BRANCH_ID = r"^[A-Z0-9_-]{1,32}$"


def branches(regions: Collection[str], divisions: Collection[str], tiers: Collection[str]) -> pa.DataFrameSchema:
    """Columns: branch, name_zh, name_en, region, division (one row per division served),
    tier, valid_from, valid_to (the last day, null while open), successor (null if none),
    peer (the group of branches it is compared with, null if none), inherits (whether the successor inherits
    its history)."""
    return pa.DataFrameSchema(
        {
            "branch": pa.Column(pl.String, pa.Check.str_matches(BRANCH_ID, error="branch_id")),
            "name_zh": pa.Column(pl.String, pa.Check.str_length(min_value=1, error="not_empty")),
            "name_en": pa.Column(pl.String, pa.Check.str_length(min_value=1, error="not_empty")),
            "region": pa.Column(pl.String, pa.Check.isin(sorted(regions), error="known_region")),
            "division": pa.Column(pl.String, pa.Check.isin(sorted(divisions), error="known_division")),
            "tier": pa.Column(
                pl.String,
                pa.Check.isin(sorted(tiers), error="known_tier") if tiers else None,
                nullable=True,
            ),
            "valid_from": pa.Column(pl.Date, pa.Check.ge(date(1900, 1, 1), error="real_date")),
            "valid_to": pa.Column(pl.Date, nullable=True),
            "successor": pa.Column(pl.String, pa.Check.str_matches(BRANCH_ID, error="branch_id"), nullable=True),
            "peer": pa.Column(pl.String, pa.Check.str_matches(BRANCH_ID, error="branch_id"), nullable=True),
            "inherits": pa.Column(pl.Boolean),
        },
        strict=True,
        ordered=True,
    )
