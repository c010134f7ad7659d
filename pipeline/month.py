"""A month of a programme: its days, its cut-off, its neighbours. No clock anywhere."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.refusal import Refusal

TREND_MONTHS = 13  # months on a trend line, this one included
HISTORY_MONTHS = TREND_MONTHS  # earlier months a run reads besides its own


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, written 2025-10."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Raises Refusal unless the text is YYYY-MM with a month from 01 to 12."""
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text, re.ASCII)
        if not match or match[1] == "0000":
            raise Refusal(f"period {text!r} is not a month. Write it as YYYY-MM, such as 2025-10.")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def plus(self, months: int) -> "Month":
        """The month so many months later (earlier when negative)."""
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return self.plus(1).first_day - timedelta(days=1)

    def cutoff(self, days: int, zone: ZoneInfo) -> datetime:
        """The moment the month closes: the end of the day so many days after its last day."""
        day = self.last_day + timedelta(days=days + 1)
        return datetime(day.year, day.month, day.day, tzinfo=zone)

    def with_history(self) -> tuple["Month", ...]:
        """This month and the months before it that a run reads, oldest first."""
        return tuple(self.plus(-back) for back in range(HISTORY_MONTHS, -1, -1))
