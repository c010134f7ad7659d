"""The contract of accepted responses: one row per respondent, one TINYINT per item."""

from collections.abc import Mapping
from datetime import date, datetime

import pandera.polars as pa
import polars as pl

DAY_S = 24 * 60 * 60


def responses(
    scales: Mapping[str, tuple[int, int]], first_day: date, last_day: date, cutoff: datetime
) -> pa.DataFrameSchema:
    """scales: item -> lowest and highest answer. cutoff: local time without zone.

    The names of the checks are the reasons a row is quarantined for. An item is null when it
    has no answer; `missing` then holds one letter per item, in the order of `scales`.
    """
    return pa.DataFrameSchema(
        {
            "period": pa.Column(pl.String, pa.Check.str_matches(r"^\d{4}-\d\d$", error="period")),
            "respondent": pa.Column(pl.String, pa.Check.str_length(min_value=1, error="missing_respondent")),
            "branch": pa.Column(pl.String, pa.Check.str_length(min_value=1, error="missing_branch")),
            "division": pa.Column(pl.String, nullable=True),
            "serviced_on": pa.Column(pl.Date, pa.Check.in_range(first_day, last_day, error="outside_period")),
            "answered_at": pa.Column(pl.Datetime("us"), pa.Check.lt(cutoff, error="after_cutoff")),
            "duration_s": pa.Column(pl.Int64, pa.Check.in_range(0, DAY_S, error="impossible_duration"), nullable=True),
            "weight": pa.Column(pl.Decimal(18, 9), pa.Check.gt(0, error="weight_not_positive")),
            **{
                item: pa.Column(pl.Int64, pa.Check.in_range(low, high, error="outside_scale"), nullable=True)
                for item, (low, high) in scales.items()
            },
            "missing": pa.Column(pl.String, nullable=True),
            "verbatim": pa.Column(pl.String, nullable=True),
            "source": pa.Column(pl.String),
            "row": pa.Column(pl.UInt32),
        },
        strict=True,
        ordered=True,
    )
