"""When a plan allows no session: outside its days, too often, too soon, and after pain."""

from __future__ import annotations

import math
from datetime import date

from practiceear.errors import UsageError
from practiceear.practice.after_pain import AfterPain
from practiceear.practice.plan import PracticePlan
from practiceear.practice.return_level import level_below


def refuse_forbidden(
    plan: PracticePlan,
    today: date,
    n_sessions_today: int,
    pain: AfterPain,
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
    pain
        What earlier pain means for today.

    Raises
    ------
    UsageError
        Where the plan allows no session now.
    """
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
    _refuse_in_pain(plan, today, pain)
    most = plan.ceiling.sessions_a_day
    if most is not None and n_sessions_today >= most:
        raise UsageError(
            f"today's sessions are done: {n_sessions_today} of {most}", "Rest until tomorrow"
        )


def refuse_too_soon(
    plan: PracticePlan, since_last_s: float | None, since_played_s: float | None
) -> None:
    """Refuse a session before the rest that the plan or its level asks for is over.

    Parameters
    ----------
    since_last_s
        Time since the last session ended; None where there was none.
    since_played_s
        Time since something was played; None where nothing was.

    Raises
    ------
    UsageError
        Where it is too soon.
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


def _refuse_in_pain(plan: PracticePlan, today: date, pain: AfterPain) -> None:
    if not pain.days:
        return
    if pain.days[-1] == today:
        raise UsageError(
            "you had pain today, so no session begins: stop for today",
            f"Tell {plan.author} before you play again",
        )
    if pain.is_repeated:
        raise UsageError(
            f"no session begins: pain came again, on {pain.days[-2]} and {pain.days[-1]}",
            f"Tell {plan.author}: {_new_date_words(plan, pain.days[-1])}",
        )
    is_lowest = level_below(plan.level, today) is None
    if pain.back_until is not None and is_lowest:
        raise UsageError(
            f"no session begins before {pain.back_until} is over: you had pain on"
            f" {pain.days[-1]}, and level {plan.level.number if plan.level else 1} is the lowest",
            f"Rest, and tell {plan.author}: {_new_date_words(plan, pain.days[-1])}",
        )


def _new_date_words(plan: PracticePlan, last_day: date) -> str:
    """How the author of a plan lets it begin again."""
    key = "since in [level]" if plan.level is not None else "starts"
    return f"the plan goes on when its author sets {key} to a day after {last_day}"
