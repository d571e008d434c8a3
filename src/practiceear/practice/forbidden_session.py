"""When a plan allows no session: before its first day, after its last, too often, too soon."""

from __future__ import annotations

from datetime import date

from practiceear.errors import UsageError
from practiceear.practice.plan import PracticePlan


def refuse_forbidden(
    plan: PracticePlan, today: date, n_sessions_today: int, since_last_s: float | None
) -> None:
    """Refuse a session that the plan does not allow.

    Parameters
    ----------
    plan
        What is planned.
    today
        The player's calendar day.
    n_sessions_today
        Sessions that were begun today.
    since_last_s
        Time since the last session ended; None where there was none.

    Raises
    ------
    UsageError
        Where the plan allows no session now.
    """
    ceiling = plan.ceiling
    if plan.first_day is not None and today < plan.first_day:
        raise UsageError(f"the plan {plan.name} begins on {plan.first_day}", "Rest until then")
    if plan.last_day is not None and today > plan.last_day:
        raise UsageError(
            f"the plan {plan.name} ended on {plan.last_day}", f"Ask {plan.author} for a new one"
        )
    if ceiling.sessions_a_day is not None and n_sessions_today >= ceiling.sessions_a_day:
        raise UsageError(
            f"today's sessions are done: {n_sessions_today} of {ceiling.sessions_a_day}",
            "Rest until tomorrow",
        )
    if since_last_s is not None and since_last_s < (ceiling.rest_between_s or 0.0):
        left_min = ((ceiling.rest_between_s or 0.0) - since_last_s) / 60.0
        raise UsageError(
            f"the plan wants {left_min:.0f} minutes more of rest before the next session",
            "Rest until then",
        )
