"""Look up what the score and comparison tables say; nothing is computed here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import polars as pl

from pipeline import diagnostics
from pipeline.view import Comparison, Figure, Flag, Verdict

Row = Mapping[str, Any]
NOTHING = Figure(0, None, None, None, "none")
NO_COMPARISON = Comparison(None, None, None, None, "none")


@dataclass(frozen=True)
class Tables:
    """scores: (period, instrument, level, unit, measure, statistic, window) -> row;
    comparisons: (instrument, level, unit, measure, window, against) -> row; weighting: the table of
    pipeline.diagnostics; restated: figures that a revision changed, in the form of pipeline.restatement,
    None in a month as first published; bridged: (instrument, period, level, unit, measure, window) -> row of a
    figure carried over from an older questionnaire; standing: (instrument, within, branch) -> row; integrity:
    (instrument, level, unit, what) -> row; reliability: (instrument, window, level, measure) -> row;
    change_split: (instrument, level, unit, against) -> row."""

    scores: Mapping[tuple[str, ...], Row]
    comparisons: Mapping[tuple[str, ...], Row]
    weighting: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=diagnostics.SCHEMA))
    restated: Sequence[Row] | None = None
    bridged: Mapping[tuple[str, ...], Row] = field(default_factory=dict)
    standing: Mapping[tuple[str, ...], Row] = field(default_factory=dict)
    integrity: Mapping[tuple[str, ...], Row] = field(default_factory=dict)
    reliability: Mapping[tuple[str, ...], Row] = field(default_factory=dict)
    change_split: Mapping[tuple[str, ...], Row] = field(default_factory=dict)

    def row(
        self, period: str, instrument: str, level: str, unit: str, measure: str,
        statistic: str = "mean", window: str = "month",
    ) -> Row | None:  # fmt: skip
        return self.scores.get((period, instrument, level, unit, measure, statistic, window))

    def figure(
        self,
        period: str,
        instrument: str,
        level: str,
        unit: str,
        measure: str = "index",
        window: str = "month",
    ) -> Figure:
        row = self.row(period, instrument, level, unit, measure, "mean", window)
        flag = "flag"
        if row is None:
            row = self.bridged.get((instrument, period, level, unit, measure, window))
            flag = "flag_before"
        if row is None:
            return NOTHING
        return Figure(row["n"], row["printed"], row["printed_low"], row["printed_high"], cast(Flag, row[flag]))

    def rank(self, period: str, instrument: str, level: str, unit: str) -> tuple[int | None, int]:
        """The rank of a unit's index and how many units are ranked."""
        row = self.row(period, instrument, level, unit, "index")
        return (None, 0) if row is None else (row["rank"], row["ranked"] or 0)

    def response(self, period: str, instrument: str, level: str, unit: str) -> tuple[int | None, Decimal | None]:
        """Customers invited and the response rate in per cent; None where not known."""
        row = self.row(period, instrument, level, unit, "response_rate", "share")
        return (None, None) if row is None else (row["n"], row["printed"])

    def compared(
        self, instrument: str, level: str, unit: str, measure: str, against: str, window: str = "month"
    ) -> Comparison:
        row = self.comparisons.get((instrument, level, unit, measure, window, against))
        if row is None:
            return NO_COMPARISON
        return Comparison(
            row["printed_reference"], row["printed_difference"], row["printed_low"], row["printed_high"],
            cast(Verdict, row["verdict"]), row["printed_q"],
        )  # fmt: skip

    def chance(self, instrument: str, branch: str, against: str) -> Decimal | None:
        """In per cent, that a branch's index is truly above its target or a bonus line."""
        row = self.comparisons.get((instrument, "branch", branch, "index", "month", against))
        return None if row is None else cast("Decimal | None", row["printed_chance"])

    def contribution(self, instrument: str, level: str, unit: str, factor: str) -> Decimal | None:
        row = self.comparisons.get((instrument, level, unit, factor, "month", "network"))
        return None if row is None else cast("Decimal | None", row["printed_contribution"])

    def weight(self, period: str, instrument: str, factor: str) -> Decimal:
        """The share of a factor in its index, in per cent."""
        row = self.row(period, instrument, "instrument", instrument, factor, "weight")
        assert row is not None  # every factor has one
        return cast(Decimal, row["printed"])

    def periods(self, instrument: str, level: str, unit: str) -> tuple[str, ...]:
        """The months that have scores, oldest first; and for a unit those that were carried over."""
        own, carried = self._months
        return tuple(sorted(own.get(instrument, set()) | carried.get((instrument, level, unit), set())))

    @cached_property
    def _months(self) -> tuple[dict[str, set[str]], dict[tuple[str, ...], set[str]]]:
        """instrument -> the months with scores; (instrument, level, unit) -> those that were carried over."""
        own: dict[str, set[str]] = {}
        for period, instrument, level, *_ in self.scores:
            if level == "network":
                own.setdefault(instrument, set()).add(period)
        carried: dict[tuple[str, ...], set[str]] = {}
        for instrument, period, level, unit, *_ in self.bridged:
            carried.setdefault((instrument, level, unit), set()).add(period)
        return own, carried


def read(folder: Path) -> Tables:
    """The published tables of a month's folder."""
    restated = folder / "restatement.parquet"
    return Tables(
        _keyed(folder, "scores", "period", "instrument", "level", "unit", "measure", "statistic", "window"),
        _keyed(folder, "comparisons", "instrument", "level", "unit", "measure", "window", "against"),
        diagnostics.read(folder),
        pl.read_parquet(restated).to_dicts() if restated.exists() else None,
        _keyed(folder, "bridged", "instrument", "period", "level", "unit", "measure", "window"),
        standing=_keyed(folder, "standing", "instrument", "within", "branch"),
        integrity=_keyed(folder, "integrity", "instrument", "level", "unit", "what"),
        reliability=_keyed(folder, "reliability", "instrument", "window_id", "level", "measure"),
        change_split=_keyed(folder, "change_split", "instrument", "level", "unit", "against"),
    )


def _keyed(folder: Path, name: str, *keys: str) -> dict[tuple[str, ...], Row]:
    """Nothing of a table that the month does not have."""
    path = folder / f"{name}.parquet"
    rows = pl.read_parquet(path).iter_rows(named=True) if path.exists() else ()
    return {tuple(row[key] for key in keys): row for row in rows}
