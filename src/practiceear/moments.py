"""Moments as files have them: date, time and offset from UTC; and times as on a clock."""

from __future__ import annotations

import math
import re
from datetime import date, datetime

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?)"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Beyond them lie only faults; calendars count on without running over."""


def clock_words(time_s: float) -> str:
    """Minutes and seconds, such as ``2:05``; parts of a second count as a whole one."""
    minutes, seconds = divmod(max(0, math.ceil(time_s)), 60)
    return f"{minutes}:{seconds:02d}"


def read_moment(text: str) -> datetime:
    """The moment that ``text`` writes as ``2026-03-01T18:00:00+01:00``.

    ValueError where it is written otherwise, such as by weeks, or not of the years 1970 to 2999.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not written as 2026-03-01T18:00:00+01:00")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a moment: {error}") from error
    check_year(moment)
    return moment


def read_day(text: str) -> date:
    """The day that ``text`` writes as ``2026-03-01``; ValueError as for `read_moment`."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not written as 2026-03-01")
    day = date.fromisoformat(text)
    check_year(day)
    return day


def check_year(day: date) -> None:
    """Raise ValueError where a day is not of the years 1970 to 2999."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day.isoformat()} is not of the years {FIRST_YEAR} to {LAST_YEAR}")
