"""Declared exceptions: what a month is let through with, why, and who says so."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import AfterValidator, model_validator
from pydantic.dataclasses import dataclass

from pipeline import privacy, toml
from pipeline.month import Month
from pipeline.refusal import Refusal
from pipeline.sentence import Sentence, gettext
from pipeline.toml import CLOSED, Misfit, SourceId, Text, Whole

Allow = Literal[
    "unknown_branch", "new_column", "missing_column", "changed_wording", "missing_file", "control", "quarantined_share"
]
ABOUT_ONE = ("unknown_branch", "new_column", "missing_column", "changed_wording")  # these name in `what` which
TABLE_SCHEMA = {
    "period": pl.String,
    "source": pl.String,
    "allow": pl.String,
    "what": pl.String,
    "percent": pl.Int64,
    "rows": pl.Int64,
    "used": pl.Boolean,
    "reason": pl.String,
    "by": pl.String,
}


def _period(text: str) -> str:
    try:
        Month.parse(text)
    except Refusal:
        raise ValueError("expected a month such as 2025-10") from None
    return text


Period = Annotated[Text, AfterValidator(_period)]


@dataclass(frozen=True, config=CLOSED)
class Waiver:
    """source: None for quarantined_share, which is of the whole month. what: the branch id or the
    column head. percent: of quarantined_share, from 0 to 100."""

    period: Period
    allow: Allow
    reason: Text
    by: Text
    source: SourceId | None = None
    what: Text | None = None
    percent: Whole | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Waiver":
        share = self.allow == "quarantined_share"
        for key, wanted in (("source", not share), ("what", self.allow in ABOUT_ONE), ("percent", share)):
            if wanted and getattr(self, key) is None:
                raise Misfit(f"`{key}` with allow = {self.allow!r}, found none", key)
            if not wanted and getattr(self, key) is not None:
                raise Misfit(f"no `{key}` with allow = {self.allow!r}", key)
        if self.percent is not None and not 0 <= self.percent <= 100:
            raise Misfit(f"from 0 to 100, found {self.percent}", "percent")
        return self

    def key(self) -> tuple[str, str, str, str]:
        return self.period, self.allow, self.source or "", self.what or ""


@dataclass(frozen=True, config=CLOSED)
class _File:
    waiver: tuple[Waiver, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "_File":
        seen = set()
        for place, one in enumerate(self.waiver):
            if one.key() in seen:
                raise Misfit("every waiver once, found the same again", "waiver", place)
            seen.add(one.key())
        return self


def load(path: Path, sources: Collection[str] | None = None) -> tuple[Waiver, ...]:
    """sources: the ids of the programme's sources, None if they are not to be checked.

    Raises Refusal naming file, line and key of everything that is wrong."""
    waivers = toml.read(path, _File, quote=False).waiver
    known = ", ".join(sources or ())
    problems = [
        f"{toml.place(path, 'waiver', place, 'source')}: expected one of {known}, found {one.source!r}."
        for place, one in enumerate(waivers)
        if sources is not None and one.source is not None and one.source not in sources
    ]
    if problems:
        raise Refusal(problems)
    return waivers


class Waivers:
    """The waivers of one month, and which of them were needed."""

    def __init__(
        self, month: Month, waivers: tuple[Waiver, ...] = (), path: Path = Path("waivers.toml"),
        folder: Path | None = None,
    ) -> None:  # fmt: skip
        """waivers: all that `path` declares, in its order. folder: what sentences leave out of it."""
        self._here = f"{folder}/" if folder else ""
        self._month = month
        self._path = path
        self._places = {one: place for place, one in enumerate(waivers) if one.period == str(month)}
        self._used: set[Waiver] = set()

    def find(self, allow: Allow, source: str, what: str = "") -> Waiver | None:
        """The waiver that lets this through, which is used by that."""
        key = str(self._month), allow, source, what
        found = next((one for one in self._places if one.key() == key), None)
        if found is not None:
            self._used.add(found)
        return found

    def percent(self) -> int | None:
        """The share of quarantined rows that is let through. Ask when the gate is over its limit:
        the waiver is used by that."""
        found = self.find("quarantined_share", "")
        return None if found is None else found.percent

    def unused(self) -> list[Sentence]:
        """A sentence for every waiver of the month that nothing needed so far: ask when the gate is past."""
        return [
            Sentence(
                gettext("%(place)s: nothing in %(month)s needs this waiver (%(what)s). Take it out."),
                place=toml.place(self._path, "waiver", place),
                month=self._month,
                what=_what(one),
            ).without(self._here)
            for one, place in self._places.items()
            if one not in self._used
        ]

    def table(self, rows: Mapping[Waiver, int]) -> pl.DataFrame:
        """TABLE_SCHEMA, in the file's order. rows: waiver -> rows it is about, null where there are
        none such. What looks personal is masked."""
        lines = [
            (one.period, one.source or "", one.allow, privacy.mask(one.what or ""), one.percent, rows.get(one),
             one in self._used, privacy.mask(one.reason), one.by)
            for one in self._places
        ]  # fmt: skip
        return pl.DataFrame(lines, schema=TABLE_SCHEMA, orient="row")


def _what(one: Waiver) -> str:
    parts = [one.allow, *filter(None, [one.source])]
    if one.what is not None:
        parts.append(repr(privacy.mask(one.what)))
    if one.percent is not None:
        parts.append(f"{one.percent} %")
    return " ".join(parts)
