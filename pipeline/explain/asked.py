"""What a person asks to have explained, made definite: which row of the score table it is."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.explain.published import Published
from pipeline.instrument import Instrument
from pipeline.refusal import Refusal

STATISTICS = ("mean", "top_box", "bottom_box", "nps", "share", "per_100")


@dataclass(frozen=True)
class Request:
    """As typed. measure: index, a factor, an item, item.top_box, …; unit: a branch, or a unit of `level`."""

    programme: Path
    unit: str
    measure: str = "index"
    period: str | None = None
    instrument: str | None = None
    window: str = "month"
    level: str = "branch"
    json: bool = False


@dataclass(frozen=True)
class Asked:
    """A row of the score table that is there."""

    instrument: Instrument
    level: str
    unit: str
    measure: str
    statistic: str
    window: str

    @property
    def key(self) -> dict[str, str]:
        return {"instrument": self.instrument.id, "level": self.level, "unit": self.unit, "measure": self.measure,
                "statistic": self.statistic, "window": self.window}  # fmt: skip


def definite(request: Request, published: Published, instruments: tuple[Instrument, ...]) -> Asked:
    """Raises Refusal with one sentence for a level, unit, measure, instrument or window that is not there."""
    rows = published.scores.filter(
        (pl.col("period") == str(published.month))
        & (pl.col("level") != "instrument")
        & (pl.col("statistic") != "weight")
    )
    levels = sorted(rows["level"].unique())
    if request.level not in levels:
        raise Refusal(f"--level {request.level}: there is no such level. Known: {', '.join(levels)}.")
    at_level = rows.filter(pl.col("level") == request.level)
    _unit(request, rows, published)
    used = _instruments(request, instruments)
    name, statistic = _measure(request, used, at_level)
    mine = at_level.filter((pl.col("measure") == name) & (pl.col("statistic") == statistic))
    having = set(mine["instrument"])
    chosen = next(one for one in used if one.id in having)
    windows = mine.filter((pl.col("instrument") == chosen.id) & (pl.col("unit") == request.unit))["window"].unique()
    if request.window not in windows:
        told = ", ".join(sorted(windows)) or "none"
        raise Refusal(
            f"--window {request.window}: {request.measure} of {request.unit} is not published for it. Known: {told}."
        )
    return Asked(chosen, request.level, request.unit, name, statistic, request.window)


def _unit(request: Request, rows: pl.DataFrame, published: Published) -> None:
    units = sorted(rows.filter(pl.col("level") == request.level)["unit"].unique())
    if request.unit in units:
        return
    told = f"{request.unit!r} is no {request.level} of {published.month}"
    others = sorted(rows.filter(pl.col("unit") == request.unit)["level"].unique())
    if others:
        raise Refusal(f"{told} but a unit of --level {' and of '.join(others)}.")
    near = difflib.get_close_matches(request.unit.upper(), units, n=3, cutoff=0.5) or units[:3]
    more = f" {len(units):,} are in scores.csv." if len(units) > 3 else ""
    raise Refusal(f"{told}. Nearest: {', '.join(near)}.{more}")


def _instruments(request: Request, instruments: tuple[Instrument, ...]) -> tuple[Instrument, ...]:
    if request.instrument is None:
        return instruments
    chosen = tuple(one for one in instruments if one.id == request.instrument)
    if not chosen:
        known = ", ".join(one.id for one in instruments)
        raise Refusal(f"--instrument {request.instrument}: the programme has {known}.")
    return chosen


def _measure(request: Request, used: tuple[Instrument, ...], rows: pl.DataFrame) -> tuple[str, str]:
    """(measure, statistic): what is after a dot is a statistic; without one it is the measure's first."""
    mine = rows.filter(pl.col("instrument").is_in([one.id for one in used]))
    known = dict.fromkeys(mine.select("measure", "statistic").unique().rows())
    name, _, statistic = request.measure.partition(".")
    found = [one for one in (statistic,) if (name, one) in known] if statistic else [
        one for one in STATISTICS if (name, one) in known
    ]  # fmt: skip
    if found:
        return name, found[0]
    of = sorted({one for measure, one in known if measure == name and one != "mean"})
    if of:
        raise Refusal(f"{request.measure!r}: {name} has {', '.join(f'{name}.{one}' for one in of)} beside its mean.")
    names = sorted({measure for measure, _ in known})
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    nearest = f" Nearest: {', '.join(near)}." if near else ""
    raise Refusal(
        f"{request.measure!r} is no measure of {' or '.join(one.id for one in used)}.{nearest} {_listed(used, names)}"
    )


def _listed(used: tuple[Instrument, ...], names: Sequence[str]) -> str:
    factors = [one for of in used for factor in of.factor for one in (factor.id, *(s.id for s in factor.subfactor))]
    first = list(dict.fromkeys(one for one in ("index", *factors, "response_rate") if one in names))
    others = len(set(names) - set(first))
    more = f", and {others:,} items, counts and options in scores.csv" if others else ""
    return f"Known: {', '.join(first)}{more}."
