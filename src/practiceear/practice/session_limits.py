"""When a plan allows no session, and what follows in the days after pain.

Plans of a graded return go back one level on symptoms, and stay on a level for three to seven
days (British Association for Performing Arts Medicine, bapam.org.uk/return-to-play). So the
first day of pain leads one level back, for as many days as a level of the plan has. Pain on a
second day within a week, or on the next day of practice, says that going back was not enough:
then the author of the plan decides, and shows it by a new date in the plan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from practiceear.errors import UsageError
from practiceear.practice.continued_ladder import ContinuedLadder
from practiceear.practice.plan import PracticePlan
from practiceear.practice.rest import LEVEL_DAYS, Played, level_below

REPEAT_DAYS = 7


@dataclass(frozen=True, slots=True)
class AfterPain:
    """What earlier pain means for today."""

    days: tuple[date, ...] = ()  # of pain at the plan's limit, since its author set it
    is_repeated: bool = False  # no session before the author has set the plan anew
    back_until: date | None = None  # the last day one level back


def after_pain(
    plan: PracticePlan, pain_days: Sequence[date], practice_days: Sequence[date], today: date
) -> AfterPain:
    """Return what earlier pain means for today.

    ``pain_days``: on which pain ended a session or reached the plan's limit. ``practice_days``: on
    which something was practised to a plan.
    """
    set_day = plan.set_day(today)
    days = sorted({day for day in pain_days if day <= today and (not set_day or day >= set_day)})
    if not days:
        return AfterPain()
    n_days = LEVEL_DAYS if plan.level is None else plan.level.n_days
    back_until = days[-1] + timedelta(days=n_days)
    return AfterPain(
        days=tuple(days),
        is_repeated=any(_is_repeated(*pair, practice_days) for pair in pairwise(days)),
        back_until=back_until if today <= back_until else None,
    )


def _is_repeated(first: date, second: date, practice_days: Sequence[date]) -> bool:
    """Whether pain came again within a week, or without a day of practice between."""
    is_week = (second - first).days <= REPEAT_DAYS
    return is_week or not any(first < day < second for day in practice_days)


def plan_after_pain(plan: PracticePlan, pain: AfterPain) -> PracticePlan:
    """Return the plan, one level back where pain asks for it; below the first level as it is."""
    if pain.back_until is None or (plan.level is not None and plan.level.is_back):
        return plan
    below = level_below(plan.level, pain.days[-1])
    return plan if below is None else plan.at_level(below)


def check_allowed(plan: PracticePlan, today: date, n_sessions_today: int, pain: AfterPain) -> None:
    """Raise UsageError where the plan allows no session today."""
    if plan.first_day is not None and today < plan.first_day:
        raise UsageError(f"the plan {plan.name} begins on {plan.first_day}", "Rest until then")
    if plan.last_day is not None and today > plan.last_day:
        raise UsageError(
            f"the plan {plan.name} ended on {plan.last_day}", f"Ask {plan.author} for a new one"
        )
    level = plan.level
    if level is not None and today < level.first_day:
        raise UsageError(
            f"level {level.number} of the plan {plan.name} begins on {level.first_day}",
            f"Rest until then, or ask {plan.author}",
        )
    _check_pain(plan, today, pain)
    most = plan.ceiling.sessions_a_day
    if most is not None and n_sessions_today >= most:
        raise UsageError(
            f"today's sessions are done: {n_sessions_today} of {most}", "Rest until tomorrow"
        )


def check_rested(
    plan: PracticePlan, since_last_s: float | None, since_played_s: float | None
) -> None:
    """Raise UsageError before the rest that the plan or its level asks for is over.

    Times are since the last session and since the last playing; None without.
    """
    level_s = plan.level.rest_s if plan.level is not None else 0.0
    left_s = max(
        (plan.ceiling.rest_between_s or 0.0) - (math.inf if since_last_s is None else since_last_s),
        level_s - (math.inf if since_played_s is None else since_played_s),
    )
    if left_s <= 0.0:
        return
    left_min = math.ceil(left_s / 60.0)
    minutes = "minute" if left_min == 1 else "minutes"
    raise UsageError(
        f"the plan asks for {left_min} {minutes} more of rest before the next session",
        "Rest until then",
    )


def _check_pain(plan: PracticePlan, today: date, pain: AfterPain) -> None:
    if not pain.days:
        return
    if pain.days[-1] == today:
        raise UsageError(
            "you had pain today, so no session begins: stop for today",
            f"Tell {plan.author} before you play again",
        )
    key = "since in [level]" if plan.level is not None else "starts"
    new_date = f"the plan goes on when its author sets {key} to a day after {pain.days[-1]}"
    if pain.is_repeated:
        raise UsageError(
            f"no session begins: pain came again, on {pain.days[-2]} and {pain.days[-1]}",
            f"Tell {plan.author}: {new_date}",
        )
    is_lowest = level_below(plan.level, today) is None
    if pain.back_until is not None and is_lowest:
        raise UsageError(
            f"no session begins before {pain.back_until} is over: you had pain on"
            f" {pain.days[-1]}, and level {plan.level.number if plan.level else 1} is the lowest",
            f"Rest, and tell {plan.author}: {new_date}",
        )


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
