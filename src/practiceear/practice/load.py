"""How much is played from day to day, and whether it grew too fast.

A sudden increase is the commonest trigger that players' clinics name. A tenth more a week is
a rule of thumb taken from sports, not a study of musicians; it is said as a warning only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from practiceear.journal.reading import DayLoad

WEEK_DAYS = 7
WEEKS_BEFORE = 3
"""A week is held against the mean of so many before it: one week of holidays says little."""

GROWTH_LIMIT = 0.10
LEAST_WEEK_S = 30 * 60.0
"""Below so much in a week growth is a number without meaning."""


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """Sounding time of the seven days up to a day, beside the weeks before.

    Attributes
    ----------
    sounding_s
        Of the seven days.
    usual_s
        Mean of the weeks before; None where there are none.
    """

    last_day: date
    sounding_s: float
    usual_s: float | None

    @property
    def growth(self) -> float | None:
        """Share by which it grew; None where there is nothing to compare with."""
        if self.usual_s is None or self.usual_s < LEAST_WEEK_S:
            return None
        return self.sounding_s / self.usual_s - 1.0

    @property
    def grew_too_fast(self) -> bool:
        """Whether it grew by more than about a tenth."""
        return self.growth is not None and self.growth > GROWTH_LIMIT


def week_load(loads: Sequence[DayLoad], last_day: date) -> WeekLoad:
    """Sum up the seven days that end with ``last_day``.

    Parameters
    ----------
    loads
        From ``journal.reading.day_loads``, in any order.
    """
    by_day: dict[date, float] = {}
    for one in loads:
        day = date.fromisoformat(one.day)
        by_day[day] = by_day.get(day, 0.0) + one.sounding_s

    def week_s(end: date) -> float:
        return sum(by_day.get(end - timedelta(days=back), 0.0) for back in range(WEEK_DAYS))

    first_day = min(by_day, default=last_day)
    before = [last_day - timedelta(days=WEEK_DAYS * back) for back in range(1, WEEKS_BEFORE + 1)]
    whole = [week_s(end) for end in before if end - timedelta(days=WEEK_DAYS - 1) >= first_day]
    played = [one for one in whole if one > 0.0]  # after holidays the usual is no increase
    usual_s = sum(played) / len(played) if played else None
    return WeekLoad(last_day, week_s(last_day), usual_s)
