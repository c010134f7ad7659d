"""programme.toml: what a network owns, as frozen dataclasses."""

from dataclasses import field
from functools import cached_property
from os.path import normpath
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationInfo, field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline import toml
from pipeline.month import Month
from pipeline.refusal import Refusal
from pipeline.toml import CLOSED, Flag, Id, Misfit, SourceId, Text, UnitId, Whole

Language = Literal["zh", "en"]


@dataclass(frozen=True, config=CLOSED)
class Names:
    """One name in each language."""

    zh: Text
    en: Text

    def get(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, config=CLOSED)
class Thresholds:
    """Bases in responses. Below withheld_below a figure is not shown; from ranked_from on it
    is ranked; between the two it is shown with a caution."""

    withheld_below: Whole = 10
    ranked_from: Whole = 30
    max_quarantined_percent: Whole = 5

    @model_validator(mode="after")
    def _ordered(self) -> "Thresholds":
        if not 1 <= self.withheld_below <= self.ranked_from:
            raise Misfit(
                f"1 <= withheld_below <= ranked_from, found {self.withheld_below} and {self.ranked_from}",
                "withheld_below",
            )
        if not 0 <= self.max_quarantined_percent <= 100:
            raise Misfit(f"from 0 to 100, found {self.max_quarantined_percent}", "max_quarantined_percent")
        return self


@dataclass(frozen=True, config=CLOSED)
class Weighting:
    """none: every response counts 1. column: the mapping names a `weight` column."""

    base: Literal["none", "column"] = "none"


@dataclass(frozen=True, config=CLOSED)
class Source:
    """Which files of a month are read how. files: a glob inside inbox/<period>/."""

    id: SourceId
    role: Literal["responses", "invitations"]
    instrument: Id
    files: Text
    reader: Literal["csv", "xlsx"]
    mapping: Text
    resend: Flag = False

    @field_validator("files")
    @classmethod
    def _inside(cls, glob: str) -> str:
        if "/" in glob or "\\" in glob or ".." in glob:
            raise ValueError("expected a file name pattern without a folder")
        return glob


@dataclass(frozen=True, config=CLOSED)
class Programme:
    """One network's programme. Paths are relative to the folder of programme.toml."""

    id: SourceId
    name: Names
    instruments: tuple[Id, ...]
    regions: dict[UnitId, Names]
    divisions: dict[UnitId, Names]
    source: tuple[Source, ...]
    time_zone: Text = "Asia/Shanghai"
    languages: tuple[Language, ...] = ("zh", "en")
    branches: Text = "branches.csv"
    targets: Text | None = None
    inbox: Text = "inbox"
    output: Text = "out"
    cutoff_days: Whole = 10
    status: Literal["provisional", "final", "restated"] = "provisional"
    thresholds: Thresholds = field(default_factory=Thresholds)
    weighting: Weighting = field(default_factory=Weighting)
    tiers: dict[UnitId, Names] = field(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("expected an IANA time zone such as Asia/Shanghai") from None
        return name

    @field_validator("cutoff_days")
    @classmethod
    def _days(cls, days: int) -> int:
        if not 0 <= days <= 366:
            raise ValueError("expected a number of days from 0 to 366")
        return days

    @field_validator("instruments", "languages", "source")
    @classmethod
    def _each_once(cls, values: tuple[object, ...]) -> tuple[object, ...]:
        ids = [value.id if isinstance(value, Source) else value for value in values]
        if not ids:
            raise ValueError("expected at least one entry")
        for place, one in enumerate(ids):
            if one in ids[:place]:
                way = (place, "id") if isinstance(values[place], Source) else (place,)
                raise Misfit(f"every id once, found {one!r} again", *way)
        return values

    @field_validator("output")
    @classmethod
    def _not_the_inbox(cls, output: str, known: ValidationInfo) -> str:
        inbox = normpath(known.data.get("inbox", "inbox"))
        if inbox in (normpath(output), *map(str, Path(normpath(output)).parents)) and inbox != ".":
            raise ValueError("expected a folder outside the inbox")
        return output

    @model_validator(mode="after")
    def _sources_fit(self) -> "Programme":
        known = ", ".join(self.instruments)
        for place, one in enumerate(self.source):
            if one.instrument not in self.instruments:
                raise Misfit(f"one of {known}, found {one.instrument!r}", "source", place, "instrument")
        for place, instrument in enumerate(self.instruments):
            if not any(one.instrument == instrument and one.role == "responses" for one in self.source):
                raise Misfit(f'a [[source]] with role = "responses" for {instrument}, found none', "instruments", place)
        return self


class Site:
    """A programme and the folder it lives in: where its files are."""

    def __init__(self, programme: Programme, file: Path) -> None:
        self.programme = programme
        self.file = file
        self.folder = file.parent

    @property
    def inbox(self) -> Path:
        return self.folder / self.programme.inbox

    @property
    def output(self) -> Path:
        return self.folder / self.programme.output

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.programme.time_zone)

    def shown(self, path: Path) -> str:
        """A path as a user of this programme knows it: relative to its folder."""
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else str(path)

    def months(self) -> tuple[Month, ...]:
        """The months that have a folder in the inbox, oldest first."""
        if not self.inbox.is_dir():
            raise Refusal(
                f"{self.inbox}: there is no inbox. Make the folder and put the exports of a "
                "month into a folder named like 2025-10 inside it."
            )
        found, problems = [], []
        for path in sorted(self.inbox.iterdir()):
            if path.name.startswith("."):
                continue
            if not path.is_dir():
                problems.append(f"{self.shown(path)}: outside the folders of the months. Put it into one like 2025-10.")
                continue
            problems += [  # as an archive from another system may leave it
                f"{self.shown(path)}: the name {export.name!r} is not UTF-8. Rename the file."
                for export in sorted(path.iterdir())
                if not _is_text(export.name)
            ]
            try:
                found.append(Month.parse(path.name))
            except Refusal:
                problems.append(
                    f"{self.shown(path)}: not the folder of a month. Name it like 2025-10, or move it out of the inbox."
                )
        if problems:
            raise Refusal(problems)
        return tuple(sorted(found))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def load(path: Path) -> Site:
    """The programme at a path (the file, or the folder that holds programme.toml).

    Raises Refusal naming file, line and key of everything that is wrong.
    """
    file = path / "programme.toml" if path.is_dir() else path
    return Site(toml.read(file, Programme), file.resolve())
