"""Dates, times and durations as exports write them. Polars reads a whole column; the texts it
cannot read are tried again in NFKC (full-width digits)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.spellings import again, in_nfkc, whole

_NAMES = {"iso": "ISO 8601, such as 2025-10-31T21:45:58+08:00", "excel": "a serial number of Excel, such as 45961.5"}
_EXCEL_ZERO = datetime(1899, 12, 30)
_EXCEL = re.compile(r"\d{1,7}(\.\d+)?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d\d)(?:\.\d+)?", re.ASCII)
_WJX = re.compile(r"(?:(\d+)(?:小时|时))?(?:(\d+)(?:分钟|分))?(?:(\d+)(?:\.\d+)?秒?)?", re.ASCII)
_DECIMAL = re.compile(r"(\d{1,15})(?:[.,](\d+))?", re.ASCII)
_NEGATIVE = re.compile(r"-\d{1,6}", re.ASCII)
_WITH_TIME = re.compile("%[HIkl]")
_LONGEST = 2**31 - 1
# A date that a workbook holds as a date, however it shows it.
_CELL = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"
_MIDNIGHT = r"^\d{4}-\d\d-\d\d 00:00:00$"
# GMT+8, as Google writes offsets, and Z -> what %z reads.
_ZONES = (
    (r"(?:GMT|UTC)([+-])(\d)(:?\d\d)?$", "${1}0$2$3"),
    (r"(?:GMT|UTC)([+-]\d)", "$1"),
    (r"(?:GMT|UTC|Z)$", "+00:00"),
    (r"([+-]\d\d)$", "$1:00"),
)
DURATIONS = {"seconds": "seconds, such as 75", "minutes": "minutes, such as 1.25", "clock": "1:15", "wjx": "1分15秒"}
"""How durations of each unit are written."""


@cache
def told(pattern: str) -> str:
    """How a date is written, by an example: 2025/10/31 (%Y/%m/%d)."""
    if pattern in _NAMES:
        return _NAMES[pattern]
    moment = pl.Series([datetime(2025, 10, 31, 21, 45, 58, tzinfo=UTC)])
    return f"{moment.dt.strftime(pattern)[0]} ({pattern})"


def days(texts: pl.Series, pattern: str, zone: ZoneInfo, target: ZoneInfo) -> pl.Series:
    """Dates, null where a text is none. zone: of times without an offset. target: whose date counts.
    A day without a time is the same day in every zone; a date cell of a workbook is one in every pattern."""
    read = _days(texts, pattern, zone, target)
    midnight = _cells(texts, read, _MIDNIGHT)
    return read if midnight is None else read.zip_with(midnight.is_null(), midnight.dt.date())


def _days(texts: pl.Series, pattern: str, zone: ZoneInfo, target: ZoneInfo) -> pl.Series:
    if pattern in ("iso", "excel"):
        if pattern == "iso":
            read = texts.str.strptime(pl.Date, "%Y-%m-%d", strict=False)
        else:
            read = pl.repeat(None, len(texts), dtype=pl.Date, eager=True)
        return again(texts, read, lambda text: _day(text, pattern, zone, target))
    if _WITH_TIME.search(pattern):
        return moments(texts, pattern, zone, target).dt.date()
    return in_nfkc(texts, lambda some: some.str.strptime(pl.Date, pattern, strict=False))


def moments(texts: pl.Series, pattern: str, zone: ZoneInfo, target: ZoneInfo) -> pl.Series:
    """Datetimes in the time of `target`, without zone; null where a text is none. As in `days`, a date cell of a
    workbook is one in every pattern."""
    read = _moments(texts, pattern, zone, target)
    held = _cells(texts, read, _CELL)
    return read if held is None else read.zip_with(held.is_null(), _elsewhere(held, zone, target))


def _cells(texts: pl.Series, read: pl.Series, form: str) -> pl.Series | None:
    """What the date cells of a workbook hold that were not read; None where there are none such."""
    if not read.null_count():
        return None
    held = read.is_null() & texts.str.contains(form)
    if not held.any():
        return None
    return texts.set(~held, None).str.strptime(pl.Datetime("us"), "%Y-%m-%d %H:%M:%S", strict=False)


def _elsewhere(read: pl.Series, zone: ZoneInfo, target: ZoneInfo) -> pl.Series:
    if zone.key == target.key:
        return read
    there = read.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return there.dt.convert_time_zone(target.key).dt.replace_time_zone(None)


def _moments(texts: pl.Series, pattern: str, zone: ZoneInfo, target: ZoneInfo) -> pl.Series:
    kind = pl.Datetime("us")
    if "%p" in pattern:  # Polars knows AM and PM only
        texts = texts.str.replace("上午", "AM", literal=True).str.replace("下午", "PM", literal=True)
    if pattern in ("iso", "excel"):
        read = pl.repeat(None, len(texts), dtype=kind, eager=True)
        return again(texts, read, lambda text: _moment(text, pattern, zone, target))
    if "%z" in pattern:
        for form, offset in _ZONES:
            texts = texts.str.replace(form, offset)

        def aware(some: pl.Series) -> pl.Series:
            read = some.str.strptime(pl.Datetime("us", "UTC"), pattern, strict=False, cache=False)
            return read.dt.convert_time_zone(target.key).dt.replace_time_zone(None)

        return in_nfkc(texts, aware)

    def local(some: pl.Series) -> pl.Series:
        return _elsewhere(some.str.strptime(kind, pattern, strict=False, cache=False), zone, target)  # few are the same

    return in_nfkc(texts, local)


def seconds(texts: pl.Series, unit: str) -> pl.Series:
    """Whole seconds (Int32), part of a second cut off; null where a text is none."""
    if unit == "seconds":
        return again(texts, whole(texts, pl.Int32), lambda text: _number(text, 1))
    ways: dict[str, Callable[[str], int | None]] = {
        "minutes": lambda text: _number(text, 60),
        "clock": _clock,
        "wjx": _wjx,
    }
    return again(texts, pl.repeat(None, len(texts), dtype=pl.Int32, eager=True), ways[unit])


def _moment(text: str, pattern: str, zone: ZoneInfo, target: ZoneInfo) -> datetime | None:
    try:
        if pattern == "excel":
            if not _EXCEL.fullmatch(text):
                return None
            # Excel counts days; its fraction of a day is exact to the second, not to the microsecond.
            found = _EXCEL_ZERO + timedelta(seconds=round(float(text) * 86400))
        else:
            found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    if found.tzinfo is None and zone.key == target.key:
        return found
    aware = found if found.tzinfo else found.replace(tzinfo=zone)
    try:
        return aware.astimezone(target).replace(tzinfo=None)
    except OverflowError:
        return None


def _day(text: str, pattern: str, zone: ZoneInfo, target: ZoneInfo) -> date | None:
    plain = text.isascii() and text.isdigit() if pattern == "excel" else len(text) <= len("2025-10-31")
    moment = _moment(text, pattern, target if plain else zone, target)
    return None if moment is None else moment.date()


def _number(text: str, times: int) -> int | None:
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return -int(text[1:]) * times if _NEGATIVE.fullmatch(text) else None
    millionths = int((found[2] or "")[:6].ljust(6, "0"))
    return min(int(found[1]) * times + millionths * times // 1_000_000, _LONGEST)


def _clock(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[3]) > 59 or (found[1] and int(found[2]) > 59):
        return None
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])


def _wjx(text: str) -> int | None:
    found = _WJX.fullmatch(text)
    if not text or found is None:
        return None
    hours, minutes, rest = (int(one or 0) for one in found.groups())
    return min(hours * 3600 + minutes * 60 + rest, _LONGEST)
