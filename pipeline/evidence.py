"""The rows behind a page, attached to its PDF so that a machine can read the page back.

What a page looks up in the published tables while it is made is what stands behind it: no second list to
keep. Withheld figures are attached as they are published, without their values.
"""

import csv
import io
import json
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from dataclasses import dataclass, field, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from pipeline.figures import Row, Tables
from pipeline.network_view import NetworkReport
from pipeline.view import Scorecard

FORMAT = "csi page 1"
PAGE = "page.json"
UNROUNDED = frozenset(
    ("n_eff", "estimate", "se", "df", "low", "high", "reference", "difference", "contribution", "p", "q", "chance",
     "reliability", "eb", "eb_low", "eb_high", "funnel_low95", "funnel_high95", "funnel_low998", "funnel_high998")
)  # fmt: skip
"""Columns of the published tables that are not attached: a page prints the rounded ones."""


@dataclass(frozen=True)
class Evidence:
    """table's name -> its rows, as published."""

    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    def files(self, view: Scorecard | NetworkReport) -> Iterator[tuple[str, str, bytes]]:
        """(name, description, content): page.json, all that the page says; and the rows of each table as CSV."""
        whole = {"format": FORMAT, "page": view}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), default=_written)
        yield PAGE, f"{view.period}: what this page says", text.encode()
        for name, rows in self.tables.items():
            yield f"{name}.csv", f"{view.period}: the rows of {name}.csv behind this page", _csv(rows)


NO_EVIDENCE = Evidence()


def _written(value: object) -> str | dict[str, object]:
    """Digit for digit; parts of a view by the names of their fields."""
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    raise TypeError(f"{type(value).__name__} in the evidence of a page")


def _csv(rows: tuple[Row, ...]) -> bytes:
    text = io.StringIO()
    columns = [name for name in rows[0] if name not in UNROUNDED]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(row[name]) for name in columns} for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """As DuckDB writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else value


class Watch:
    """Tables that remember what was looked up in them by key; reading through all rows leaves no trace."""

    def __init__(self, tables: Tables) -> None:
        keyed = {one.name: getattr(tables, one.name) for one in fields(tables)}
        self._kept = {name: _Watched(rows) for name, rows in keyed.items() if isinstance(rows, Mapping)}
        changes: dict[str, Any] = dict(self._kept)
        self.tables = replace(tables, **changes)

    def evidence(self, more: Mapping[str, tuple[Row, ...]] | None = None) -> Evidence:
        """more: rows of other tables."""
        found = {name: tuple(kept.rows[key] for key in sorted(kept.looked_up)) for name, kept in self._kept.items()}
        return Evidence({name: rows for name, rows in (found | dict(more or {})).items() if rows})

    def of_network(self, period: str) -> Evidence:
        """With what the headquarters report reads as a whole."""
        return self.evidence(
            {"weighting": _of_weighting(self.tables, period), "restatement": _of_restatement(self.tables)}
        )


class _Watched(Mapping[tuple[str, ...], Row]):
    def __init__(self, rows: Mapping[tuple[str, ...], Row]) -> None:
        self.rows = rows
        self.looked_up: set[tuple[str, ...]] = set()

    def __getitem__(self, key: tuple[str, ...]) -> Row:
        row = self.rows[key]
        self.looked_up.add(key)
        return row

    def get(self, key: tuple[str, ...], default: Any = None) -> Any:
        return self[key] if key in self.rows else default

    def __contains__(self, key: object) -> bool:
        return key in self.rows

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def items(self) -> ItemsView[tuple[str, ...], Row]:
        return self.rows.items()

    def values(self) -> ValuesView[Row]:
        return self.rows.values()


def _of_weighting(tables: Tables, period: str) -> tuple[Row, ...]:
    """The rows of weighting.csv that the headquarters report rests on."""
    return tuple(row for row in tables.weighting.iter_rows(named=True) if row["period"] == period)


def _of_restatement(tables: Tables) -> tuple[Row, ...]:
    """The rows of restatement.csv that it lists."""
    wanted = ("index", "mean", "month")
    found = tables.restated or ()
    return tuple(row for row in found if (row["measure"], row["statistic"], row["window"]) == wanted)
