"""The tables of programme.toml: names, sources, thresholds, and the rules of the intake."""

from dataclasses import field
from typing import Annotated, Literal

from pydantic import StringConstraints, field_validator, model_validator
from pydantic.dataclasses import dataclass

from pipeline.month import Month
from pipeline.refusal import Refusal
from pipeline.toml import CLOSED, Day, Flag, Id, Misfit, SourceId, Text, Whole

Status = Literal["provisional", "final", "restated"]
Language = Literal["zh", "en"]
Tool = Literal[
    "auto", "qualtrics", "surveymonkey", "limesurvey", "wjx", "tencent", "kobo", "google_forms", "typeform",
    "formbricks", "spss", "parquet", "plain",
]  # fmt: skip


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
class Source:
    """Which files of a month are read how. files: a glob inside inbox/<period>/."""

    id: SourceId
    role: Literal["responses", "invitations"]
    instrument: Id
    files: Text
    mapping: Text
    tool: Tool = "auto"
    resend: Flag = False
    expected: Flag = False
    control: Text | None = None
    rows: dict[str, Whole] = field(default_factory=dict)

    @field_validator("files", "control")
    @classmethod
    def _inside(cls, glob: str) -> str:
        if "/" in glob or "\\" in glob or ".." in glob:
            raise ValueError("expected a file name pattern without a folder")
        return glob

    @field_validator("rows")
    @classmethod
    def _of_months(cls, rows: dict[str, int]) -> dict[str, int]:
        for period, count in rows.items():
            _month(period, period)
            if count < 0:
                raise Misfit(f"0 or more, found {count}", period)
        return rows


@dataclass(frozen=True, config=CLOSED)
class Privacy:
    """Where the key of pseudonyms is: an environment variable, or a file outside the programme
    that only its owner can read."""

    key_variable: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z][A-Z0-9_]*$")] = "CSI_KEY"
    key_file: Text = "~/.config/csi/key"


@dataclass(frozen=True, config=CLOSED)
class Contact:
    """A contact heard in so many months before is not counted again."""

    months: Whole

    @field_validator("months")
    @classmethod
    def _sensible(cls, months: int) -> int:
        if not 1 <= months <= 24:
            raise ValueError("expected from 1 to 24 months")
        return months


@dataclass(frozen=True, config=CLOSED)
class Flags:
    """When an accepted response is marked, not removed. speeding: fewer seconds per answered item,
    or less than a share of the median duration. straight_lining, all_top: at least min_items
    answered. identical_verbatim: the same text in so many responses of a month."""

    seconds_per_item: Whole = 2
    share_of_median_percent: Whole = 50
    min_items: Whole = 5
    verbatim_repeats: Whole = 3

    @model_validator(mode="after")
    def _sensible(self) -> "Flags":
        limits = {"seconds_per_item": (0, 60), "share_of_median_percent": (0, 100), "min_items": (2, 1000),
                  "verbatim_repeats": (2, 1000)}  # fmt: skip
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise Misfit(f"from {low} to {high}, found {getattr(self, name)}", name)
        return self


@dataclass(frozen=True, config=CLOSED)
class Limits:
    """expanded_mb: million bytes a compressed export may unpack to."""

    expanded_mb: Whole = 200

    @field_validator("expanded_mb")
    @classmethod
    def _sensible(cls, megabytes: int) -> int:
        if not 1 <= megabytes <= 100_000:
            raise ValueError("expected from 1 to 100000")
        return megabytes


@dataclass(frozen=True, config=CLOSED)
class Revision:
    """A closed month opened again. cutoff: the last day whose answers enter, else the month's own."""

    period: Text
    number: Whole
    reason: Text
    by: Text
    cutoff: Day | None = None

    @model_validator(mode="after")
    def _sensible(self) -> "Revision":
        _month(self.period, "period")
        if not 2 <= self.number <= 99:
            raise Misfit(f"a number from 2 to 99 (the first publication is 1), found {self.number}", "number")
        return self


def _month(text: str, *where: str | int) -> Month:
    try:
        return Month.parse(text)
    except Refusal:
        raise Misfit(f"a month such as 2025-10, found {text!r}", *where) from None
