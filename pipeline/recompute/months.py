"""Months written 2025-10, and the windows that are made of them."""

from datetime import date, timedelta

HISTORY_MONTHS = 13  # a run looks back so far
WINDOWS = ("month", "rolling_3", "rolling_12", "year_to_date")


def wanted(kind: str, window: str, back: int) -> bool:
    """What a run publishes: the index of every window; factors of windows that end in its month or the last, and of
    the same month last year; all else of windows that end in its month."""
    if kind in ("factor", "subfactor"):
        return back in (0, 1) or (window == "month" and back == 12)
    return kind == "index" or back == 0


def months_before(period: str, count: int) -> str:
    number = int(period[:4]) * 12 + int(period[5:]) - 1 - count
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def first_day(period: str) -> date:
    return date(int(period[:4]), int(period[5:]), 1)


def last_day(period: str) -> date:
    return first_day(months_before(period, -1)) - timedelta(days=1)


def window_months(window: str, period: str) -> tuple[str, ...]:
    """The months of a window that ends in a period, the newest first."""
    length = {"month": 1, "rolling_3": 3, "rolling_12": 12, "year_to_date": int(period[5:])}[window]
    return tuple(months_before(period, back) for back in range(length))


def within_reach(window: str, period: str, back: int) -> bool:
    """Whether a run reads all months of a window that ends in a period, `back` months before its own, and the one
    before the window."""
    return back + len(window_months(window, period)) <= HISTORY_MONTHS
