"""Baseline and reassessment: the same drill at the same tempo, after 4, 8 and 12 weeks.

Ten to fifteen runs of one scale at a fixed tempo and their medial SD of intervals follow
Jabusch, Vauth & Altenmüller 2004 (doi 10.1002/mds.10671).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class DueAssessment:
    """What falls due.

    Attributes
    ----------
    week
        0 for the baseline.
    due_day
        When.
    """

    week: int
    due_day: date


def due_assessment(
    weeks: Sequence[int], baseline_day: date | None, done_days: Sequence[date], today: date
) -> DueAssessment | None:
    """Return the assessment that is to be played today; None where none is due.

    Parameters
    ----------
    weeks
        After how many weeks, rising, such as 4, 8, 12.
    baseline_day
        When the baseline was played; None where it was not: then it is due.
    done_days
        When reassessments were played.
    """
    if baseline_day is None:
        return DueAssessment(0, today)
    due: DueAssessment | None = None
    for week in weeks:
        due_day = baseline_day + timedelta(weeks=week)
        if due_day > today:
            break
        is_done = any(one >= due_day for one in done_days)
        due = None if is_done else DueAssessment(week, due_day)
    return due


def next_assessment(weeks: Sequence[int], baseline_day: date, today: date) -> DueAssessment | None:
    """Return the first assessment after today; None after the last."""
    for week in weeks:
        due_day = baseline_day + timedelta(weeks=week)
        if due_day > today:
            return DueAssessment(week, due_day)
    return None
