"""The contract of actions.csv: what a branch does about its scores, one row per action."""

from typing import Any

import polars as pl

COLUMNS = ("period", "branch", "instrument", "measure", "action", "owner", "due", "status")
STATUSES = ("open", "under_way", "done", "dropped")
TEXTS = {"action": 80, "owner": 24}
"""Free texts and how wide they may be, in letters; a hanzi is as wide as two."""

SCHEMA: dict[str, Any] = {**dict.fromkeys(COLUMNS, pl.String), "due": pl.Date}
"""period: the month the action was agreed on. measure: index or a factor. due: the last day."""
