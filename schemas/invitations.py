"""The contract of accepted invitations: how many customers were asked, per branch."""

import pandera.polars as pa
import polars as pl


def invitations() -> pa.DataFrameSchema:
    """Columns: period, branch, invited (customers asked, 0 or more), source, row."""
    return pa.DataFrameSchema(
        {
            "period": pa.Column(pl.String, pa.Check.str_matches(r"^\d{4}-\d\d$", error="period")),
            "branch": pa.Column(pl.String),
            "invited": pa.Column(pl.Int64, pa.Check.ge(0, error="not_negative")),
            "source": pa.Column(pl.String),
            "row": pa.Column(pl.UInt32),
        },
        strict=True,
        ordered=True,
        unique=["period", "branch"],
    )
