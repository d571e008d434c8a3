"""What was said of pain and effort over the last two weeks of practice, and what stopped it.

Evenness is not everything: playing that becomes more even while it hurts more is no progress.
So this comes before every trend, and decides what a headline may say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from practiceear.journal.reading import DayLoad
from practiceear.practice.rest import PAIN_RULES, RestRules

RECENT_DAYS = 14
"""The last so many days up to the last session: older pain may be over."""

_LIMITS = RestRules()


@dataclass(frozen=True, slots=True)
class Body:
    """Pain, effort and stops of the last two weeks of practice, and the worst before them.

    Attributes
    ----------
    days
        The days of the two weeks with a session or a take, in order.
    earlier
        The days before them, in order.
    """

    days: tuple[DayLoad, ...]
    earlier: tuple[DayLoad, ...]

    @property
    def worst_pain(self) -> float | None:
        """Worst pain of the two weeks, 0 to 10; None where nobody said."""
        return _worst(self.days)

    @property
    def worst_days(self) -> tuple[str, ...]:
        """The days of the worst pain."""
        return tuple(one.day for one in self.days if one.worst_pain == self.worst_pain)

    @property
    def n_said(self) -> int:
        """On how many of the days pain was said, be it 0."""
        return sum(one.worst_pain is not None for one in self.days)

    @property
    def worst_earlier(self) -> DayLoad | None:
        """The last of the days with the worst pain before; None where none was said."""
        said = [one for one in self.earlier if one.worst_pain]
        return max(said, key=lambda one: (one.worst_pain or 0.0, one.day), default=None)

    @property
    def stopped_days(self) -> tuple[str, ...]:
        """Days on which pain stopped a session."""
        return tuple(one.day for one in self.days if any(map(is_pain_stop, one.stops)))

    @property
    def usual_effort(self) -> float | None:
        """Median of the days' efforts, 0 to 10; None where nobody said."""
        efforts = [one.mean_effort for one in self.days if one.mean_effort is not None]
        return median(efforts) if efforts else None

    @property
    def pain_rise(self) -> float:
        """How much worse the worst pain is than in the two weeks before; 0 where it is not."""
        if not self.days or self.worst_pain is None:
            return 0.0
        since = date.fromisoformat(self.days[-1].day) - timedelta(days=2 * RECENT_DAYS - 1)
        before = _worst([one for one in self.earlier if one.day >= since.isoformat()])
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
        """Whether nothing that was said forbids to call a change better."""
        return not (self.is_in_pain or self.is_strained)


def recent_body(days: Sequence[DayLoad], today: date = date.max) -> Body:
    """Sum up what was said of the body.

    Parameters
    ----------
    days
        From ``journal.reading.day_loads``, in order.
    today
        A day to come was told by a clock that has been set back since: it hides no pain of now.
    """
    if not days:
        return Body((), ())
    past = [one.day for one in days if one.day <= today.isoformat()]
    last_day = date.fromisoformat(past[-1] if past else days[-1].day)
    since = last_day - timedelta(days=RECENT_DAYS - 1)
    recent = tuple(one for one in days if one.day >= since.isoformat())
    return Body(recent, tuple(days[: len(days) - len(recent)]))


def is_pain_stop(rule: str) -> bool:
    """Whether the rule that ended a session is about pain."""
    return rule in PAIN_RULES


def _worst(days: Sequence[DayLoad]) -> float | None:
    return max((one.worst_pain for one in days if one.worst_pain is not None), default=None)
