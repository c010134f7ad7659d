"""What is known before the rows of an export are read, and what would have been right where one is wrong."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from pipeline.keys import Key
from pipeline.likely import Likely


@dataclass(frozen=True)
class Known:
    """What the texts of a programme may mean. divisions: ids. aliases: code or alias -> branch.
    zone: the programme's time zone. key: of pseudonyms, None if there is none. likely: of branches."""

    divisions: Collection[str]
    aliases: Mapping[str, str]
    zone: ZoneInfo
    key: Key | None = None
    likely: Likely = field(default_factory=Likely)


class Right(dict[tuple[str, str], str]):
    """(reason, field or item) -> what would have been right. likely: the branch for a text that names none."""

    def __init__(self, likely: Likely) -> None:
        super().__init__()
        self.likely = likely
