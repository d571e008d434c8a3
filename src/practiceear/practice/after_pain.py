"""What follows in the days after pain: one level back, and after repeated pain no session.

Plans of a graded return go back one level on symptoms, and stay on a level for three to seven
days (British Association for Performing Arts Medicine, bapam.org.uk/return-to-play). So the
first day of pain leads one level back, for as many days as a level of the plan has. Pain on a
second day within a week, or on the next day of practice, says that going back was not enough:
then the author of the plan decides, and shows it by a new date in the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from practiceear.practice.plan import PracticePlan
from practiceear.practice.return_level import LEVEL_DAYS, level_below

REPEAT_DAYS = 7


@dataclass(frozen=True, slots=True)
class AfterPain:
    """What earlier pain means for today.

    Attributes
    ----------
    days
        On which pain ended a session or reached the plan's limit, since its author set the plan.
    is_repeated
        Whether there is no session before the author has set the plan anew.
    back_until
        The last day of practice one level back; None where that is not, or no longer, so.
    """

    days: tuple[date, ...] = ()
    is_repeated: bool = False
    back_until: date | None = None


def after_pain(
    plan: PracticePlan, pain_days: Sequence[date], practice_days: Sequence[date], today: date
) -> AfterPain:
    """Return what earlier pain means for today.

    Parameters
    ----------
    plan
        As its author wrote it.
    pain_days
        On which pain ended a session or reached the plan's limit.
    practice_days
        On which something was practised to a plan.
    """
    set_day = plan.set_day(today)
    days = sorted({day for day in pain_days if day <= today and (not set_day or day >= set_day)})
    if not days:
        return AfterPain()
    n_days = LEVEL_DAYS if plan.level is None else plan.level.n_days
    back_until = days[-1] + timedelta(days=n_days)
    return AfterPain(
        days=tuple(days),
        is_repeated=any(_is_repeated(one, two, practice_days) for one, two in pairwise(days)),
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
