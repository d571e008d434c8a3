"""What is known of a player before a session, and which assessment is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from practiceear.practice.continued_ladder import ContinuedLadder
from practiceear.practice.rest import Played
from practiceear.practice.session_limits import AfterPain


@dataclass(frozen=True, slots=True)
class DueAssessment:
    """An assessment and its day; week 0 is the baseline."""

    week: int
    due_day: date


def due_assessment(
    weeks: Sequence[int], baseline_day: date | None, done_days: Sequence[date], today: date
) -> DueAssessment | None:
    """Return the assessment that is due today; None where none is.

    ``weeks`` after the baseline are ascending. Without a baseline that is due.
    """
    if baseline_day is None:
        return DueAssessment(0, today)
    due = [
        DueAssessment(week, due_day)
        for week in weeks
        if (due_day := baseline_day + timedelta(weeks=week)) <= today
    ]
    if not due or any(day >= due[-1].due_day for day in done_days):
        return None
    return due[-1]


def next_assessment(weeks: Sequence[int], baseline_day: date, today: date) -> DueAssessment | None:
    """Return the first assessment after today; None after the last."""
    days = (DueAssessment(week, baseline_day + timedelta(weeks=week)) for week in weeks)
    return next((assessment for assessment in days if assessment.due_day > today), None)


@dataclass(frozen=True, slots=True)
class PastPractice:
    """What is known of a player; mappings are by name of the drill."""

    n_sessions: Mapping[str, int] = field(default_factory=dict)
    # Usual CV of runs at the drill's first tempo or slower, without performances.
    easy_cv: Mapping[str, float] = field(default_factory=dict)
    # Without those that begin anew, and without drills that occur twice in the plan.
    ladders: Mapping[str, ContinuedLadder] = field(default_factory=dict)
    # Of today, before this session.
    sounding_s: float = 0.0
    loud_s: float = 0.0
    efforts: tuple[float, ...] = ()
    pains: tuple[float, ...] = ()
    n_sessions_today: int = 0
    since_last_s: float | None = None  # since the end of the last planned session
    recent_takes: tuple[Played, ...] = ()  # planned or free, oldest first
    after_pain: AfterPain = field(default_factory=AfterPain)
    due: DueAssessment | None = None  # now
    upcoming: DueAssessment | None = None  # after today

    @property
    def since_played_s(self) -> float | None:
        """Time since something was played; None where nothing was recently."""
        return min((ended_ago_s for _, ended_ago_s in self.recent_takes), default=None)
