"""programme.toml: what a network owns, as frozen dataclasses."""

from dataclasses import field
from datetime import datetime, time, timedelta
from functools import cached_property
from os.path import normpath
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationInfo, field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline import toml
from pipeline.file_names import told
from pipeline.litter import ignored
from pipeline.month import Month
from pipeline.refusal import Refusal
from pipeline.settings import (
    Contact,
    Flags,
    Language,
    Limits,
    Names,
    Privacy,
    Revision,
    Source,
    Thresholds,
)
from pipeline.themes import MOST, Theme
from pipeline.toml import CLOSED, Id, Misfit, SourceId, Text, UnitId, Whole
from pipeline.weighting import BRANCH_FIELDS, Bonus, Design, Field, Grouping, Weighting


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
    population: Text | None = None
    inbox: Text = "inbox"
    output: Text = "out"
    cutoff_days: Whole = 10
    status: Literal["provisional", "final", "restated"] = "provisional"
    thresholds: Thresholds = field(default_factory=Thresholds)
    weighting: Weighting = field(default_factory=Weighting)
    design: Design = field(default_factory=Design)
    peers: tuple[Field, ...] = ()
    grouping: tuple[Grouping, ...] = ()
    bonus: tuple[Bonus, ...] = ()
    tiers: dict[UnitId, Names] = field(default_factory=dict)
    corrections: Text | None = None
    waivers: Text | None = None
    privacy: Privacy = field(default_factory=Privacy)
    contact: Contact | None = None
    flags: Flags = field(default_factory=Flags)
    limits: Limits = field(default_factory=Limits)
    revision: tuple[Revision, ...] = ()
    theme: tuple[Theme, ...] = ()
    actions: Text | None = None

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

    @field_validator("peers")
    @classmethod
    def _of_branches(cls, peers: tuple[str, ...]) -> tuple[str, ...]:
        for place, one in enumerate(peers):
            if one not in BRANCH_FIELDS[1:]:
                raise Misfit(f"fields of branches ({', '.join(BRANCH_FIELDS[1:])}), found {one!r}", place)
        return peers

    @field_validator("instruments", "languages", "source", "grouping", "bonus", "theme")
    @classmethod
    def _each_once(cls, values: tuple[object, ...], known: ValidationInfo) -> tuple[object, ...]:
        ids = [getattr(value, "id", value) for value in values]
        if not ids and known.field_name not in ("grouping", "bonus", "theme"):
            raise ValueError("expected at least one entry")
        for place, one in enumerate(ids):
            if one in ids[:place]:
                way = (place, "id") if hasattr(values[place], "id") else (place,)
                raise Misfit(f"every id once, found {one!r} again", *way)
        return values

    @field_validator("theme")
    @classmethod
    def _few(cls, themes: tuple[Theme, ...]) -> tuple[Theme, ...]:
        if len(themes) > MOST:
            raise ValueError(f"expected at most {MOST} themes: a page has no room for more")
        return themes

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
        for place, bonus in enumerate(self.bonus):
            if bonus.instrument not in self.instruments:
                raise Misfit(f"one of {known}, found {bonus.instrument!r}", "bonus", place, "instrument")
        if self.peers and "branch" not in self.design.strata:
            found = ", ".join(self.design.strata) or "none"
            raise Misfit(f"'branch' among design.strata, for peers are samples of their own; found {found}", "peers")
        if self.population is None and (self.weighting.calibrated or self.design.finite):
            raise Misfit("the key `population`, a file with the customers behind the weights, found none", "weighting")
        for place, revision in enumerate(self.revision):
            before = [one.number for one in self.revision[:place] if one.period == revision.period]
            if revision.number != max(before, default=1) + 1:
                raise Misfit(
                    f"revisions of a month counted 2, 3, …; found {revision.number}", "revision", place, "number"
                )
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

    def revision(self, month: Month) -> int:
        """1 for a month as first published, 2 and more once it was opened again."""
        return max((one.number for one in self.programme.revision if one.period == str(month)), default=1)

    def cutoff(self, month: Month) -> datetime:
        """When a month closes, in local time with zone: answers from then on do not enter it."""
        days = [one.cutoff for one in self.programme.revision if one.period == str(month) and one.cutoff]
        usual = month.cutoff(self.programme.cutoff_days, self.zone)
        later = [datetime.combine(day + timedelta(days=1), time.min, self.zone) for day in days]
        return max([usual, *later])

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.programme.time_zone)

    def shown(self, path: Path) -> str:
        """A path as a user of this programme knows it: relative to its folder; of the inbox with a name that shows
        nobody."""
        if path.is_relative_to(self.inbox):
            path = path.with_name(told(path))
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
            if ignored(path.name):
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
