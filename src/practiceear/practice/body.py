"""Pain and effort over the last two weeks of practice, stops, and growth of the load.

Evenness is not everything: playing that becomes more even while it hurts more is no progress.
So this comes before every trend, and decides what a headline may say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from practiceear.journal.reading import DayLoad
from practiceear.practice.rest import PAIN_RULES, RestRules

RECENT_DAYS = 14
"""The last so many days up to the last session: older pain may be over."""

WEEK_DAYS = 7
WEEKS_BEFORE = 3
"""Weeks whose mean a week is compared with: one week of holidays says little."""

GROWTH_LIMIT = 0.10
LEAST_WEEK_S = 30 * 60.0
"""Below so much in a week growth is a number without meaning."""

_LIMITS = RestRules()


@dataclass(frozen=True, slots=True)
class Body:
    """Pain, effort and stops of the last two weeks of practice, and the worst before them."""

    days: tuple[DayLoad, ...]  # of the two weeks with a session or a take, in order
    earlier: tuple[DayLoad, ...]

    @property
    def worst_pain(self) -> float | None:
        """Worst pain of the two weeks, 0 to 10; None where none was reported."""
        return _worst(self.days)

    @property
    def worst_days(self) -> tuple[str, ...]:
        """The days of the worst pain."""
        return tuple(load.day for load in self.days if load.worst_pain == self.worst_pain)

    @property
    def n_reported(self) -> int:
        """Number of the days on which pain was reported, be it 0."""
        return sum(load.worst_pain is not None for load in self.days)

    @property
    def worst_earlier(self) -> DayLoad | None:
        """The last of the days with the worst pain before; None where none was reported."""
        painful = [load for load in self.earlier if load.worst_pain]
        return max(painful, key=lambda load: (load.worst_pain or 0.0, load.day), default=None)

    @property
    def stopped_days(self) -> tuple[str, ...]:
        """Days on which pain stopped a session."""
        return tuple(load.day for load in self.days if not set(PAIN_RULES).isdisjoint(load.stops))

    @property
    def usual_effort(self) -> float | None:
        """Median of the days' efforts, 0 to 10; None where none was reported."""
        efforts = [load.mean_effort for load in self.days if load.mean_effort is not None]
        return median(efforts) if efforts else None

    @property
    def pain_rise(self) -> float:
        """How much worse the worst pain is than in the two weeks before; 0 where it is not."""
        if not self.days or self.worst_pain is None:
            return 0.0
        since = date.fromisoformat(self.days[-1].day) - timedelta(days=2 * RECENT_DAYS - 1)
        before = _worst([load for load in self.earlier if load.day >= since.isoformat()])
        return 0.0 if before is None else max(0.0, self.worst_pain - before)

    @property
    def has_pain_risen(self) -> bool:
        """Whether it rose by as much as ends a session."""
        return self.pain_rise >= _LIMITS.pain_rise_limit

    @property
    def is_in_pain(self) -> bool:
        """Whether pain stopped a session, reached the usual limit, or rose by as much as one."""
        reached = (self.worst_pain or 0.0) >= _LIMITS.pain_limit
        return bool(self.stopped_days) or reached or self.has_pain_risen

    @property
    def is_strained(self) -> bool:
        """Whether most days cost as much effort as calls for a rest."""
        return (self.usual_effort or 0.0) >= _LIMITS.effort_limit

    @property
    def is_well(self) -> bool:
        """Whether no answer of the player forbids calling a change better."""
        return not (self.is_in_pain or self.is_strained)


def recent_body(days: Sequence[DayLoad], today: date = date.max) -> Body:
    """Return pain, effort and stops of the last two weeks of practice, of days in order.

    A day after today was written by a clock that has been set back since: it hides no pain of now.
    """
    if not days:
        return Body((), ())
    past = [load.day for load in days if load.day <= today.isoformat()]
    last_day = date.fromisoformat(past[-1] if past else days[-1].day)
    since = last_day - timedelta(days=RECENT_DAYS - 1)
    recent = tuple(load for load in days if load.day >= since.isoformat())
    return Body(recent, tuple(days[: len(days) - len(recent)]))


def _worst(days: Sequence[DayLoad]) -> float | None:
    return max((load.worst_pain for load in days if load.worst_pain is not None), default=None)


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """Sounding time of the seven days up to a day, and the mean of the weeks before.

    A sudden increase is the commonest trigger that players' clinics name. A tenth more a week is
    a rule of thumb taken from sports, not a study of musicians; it is only a warning.

    """

    last_day: date
    sounding_s: float
    usual_s: float | None  # None without weeks before

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
    """Return the load of the seven days that end with ``last_day``."""
    by_day: dict[date, float] = defaultdict(float)
    for load in loads:
        by_day[date.fromisoformat(load.day)] += load.sounding_s

    def week_s(end: date) -> float:
        return sum(by_day.get(end - timedelta(days=back), 0.0) for back in range(WEEK_DAYS))

    first_day = min(by_day, default=last_day)
    before = [last_day - timedelta(days=WEEK_DAYS * back) for back in range(1, WEEKS_BEFORE + 1)]
    whole = [week_s(end) for end in before if end - timedelta(days=WEEK_DAYS - 1) >= first_day]
    played = [time_s for time_s in whole if time_s > 0.0]  # after holidays the usual is no increase
    return WeekLoad(last_day, week_s(last_day), sum(played) / len(played) if played else None)
