"""A published month as it stands on disk: its record, its rows, and whether its files are still the same."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted, provenance
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.recompute.case import Hidden
from pipeline.recompute.scores import COUNTED
from pipeline.refusal import Refusal

Row = Mapping[str, Any]
STANDING = "standing.parquet"


@dataclass(frozen=True)
class Published:
    """facts: run.json."""

    site: Site
    month: Month
    folder: Path
    facts: Mapping[str, Any]

    @cached_property
    def scores(self) -> pl.DataFrame:
        """The rows that end in this month or an earlier one."""
        return pl.read_parquet(self.folder / "scores.parquet")

    @cached_property
    def comparisons(self) -> pl.DataFrame:
        table = pl.read_parquet(self.folder / "comparisons.parquet")
        return table if "window" in table.columns else table.with_columns(pl.lit("month").alias("window"))

    def standing(self, instrument: str, branch: str) -> list[Row]:
        """Of an index of the month, in each group the branch is in."""
        path = self.folder / STANDING
        if not path.is_file():
            return []
        return list(pl.read_parquet(path).filter(instrument=instrument, branch=branch).iter_rows(named=True))

    @cached_property
    def withheld(self) -> frozenset[Hidden]:
        """The figures of this and earlier months that are withheld, comparisons with peers among them."""
        scores = self.scores.filter(pl.col("flag") == "withheld")
        keys = scores.select("period", "instrument", "level", "unit", "measure", "window").rows()
        peers = self.comparisons.filter((pl.col("against") == "peers") & pl.col("reference").is_null())
        rows = peers.select("instrument", "unit", "measure", "window").rows()
        return frozenset([*keys, *((str(self.month), one[0], "peers", *one[1:]) for one in rows)])

    @cached_property
    def guarded(self) -> frozenset[str]:
        """The instruments whose shares have no standard error."""
        shares = self.scores.filter(pl.col("statistic").is_in(COUNTED) & (pl.col("measure") != "response_rate"))
        return frozenset(shares.filter(pl.col("estimate").is_not_null() & pl.col("df").is_null())["instrument"])

    def score(self, **key: str) -> Row | None:
        """The row of this month with these keys."""
        return _one(self.scores, {"period": str(self.month), **key})

    def table(self, instrument: str, period: str) -> Path:
        return accepted.path(self.folder, "responses", instrument, Month.parse(period))

    def sha256(self, period: str, file: str) -> str | None:
        """Of an export, as it was when it was read."""
        known = {**self.facts.get("history", {}), **self.facts.get("inbox", {})}
        found = known.get(f"{period}/{file}")
        return None if found is None else str(found)

    def altered(self, names: Iterable[str]) -> list[str]:
        """A sentence for each of these files, named from the month's folder, that is not the one that run.json
        lists."""
        listed = {**self.facts.get("accepted", {}), **self.facts.get("outputs", {})}
        found = []
        for name in names:
            path = self.folder / name
            now = provenance.file_digest(path) if path.is_file() else None
            if name not in listed:
                found.append(f"{name}: run.json does not list it.")
            elif now is None:
                found.append(f"{name}: it is gone; run.json lists it with SHA-256 {listed[name]}.")
            elif now != listed[name]:
                found.append(f"{name}: SHA-256 is {now}; run.json says {listed[name]}.")
        return found

    def redefined(self, instruments: Iterable[Instrument]) -> list[str]:
        """The definitions that are not as they were when the month was made."""
        then, now = self.facts.get("definitions", {}), dict(provenance.definitions(self.site, instruments))
        return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def find(site: Site, period: str | None) -> Published:
    """The month as published, else as `csi score` left it; without a period the newest there is. Raises
    Refusal that says what to run."""
    places = (site.output, site.output / "score")
    month = Month.parse(period) if period else max(_months(places), default=None)
    told = f"--programme {site.folder.name}"
    if month is None:
        raise Refusal(f"{site.output}: no month is published. Run: csi run {told}")
    for place in places:
        file = place / str(month) / "run.json"
        if not file.is_file():
            continue
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            facts = None
        if not isinstance(facts, dict):
            raise Refusal(f"{site.shown(file)}: not a record of a run. Run: csi run {told} --period {month}")
        return Published(site, month, place / str(month), facts)
    known = ", ".join(str(one) for one in sorted(_months(places))) or "none"
    raise Refusal(f"{month} is not published (there is {known}). Run: csi run {told} --period {month}")


def _months(places: Iterable[Path]) -> set[Month]:
    found = set()
    for place in places:
        for file in place.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]/run.json"):
            found.add(Month.parse(file.parent.name))
    return found


def _one(table: pl.DataFrame, key: Mapping[str, str]) -> Row | None:
    found = table.filter(pl.all_horizontal(pl.col(name) == value for name, value in key.items()))
    return found.row(0, named=True) if found.height else None
