"""Baseline and reassessment: the same drill at the same tempo, after 4, 8 and 12 weeks.

Ten to fifteen runs of one scale at a fixed tempo and their medial SD of intervals follow
Jabusch, Vauth & Altenmüller 2004 (doi 10.1002/mds.10671).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from statistics import fmean, median

from practiceear.journal.connection import Journal
from practiceear.journal.reading import (
    MeasuredTake,
    TakeFilter,
    find_session,
    list_takes,
    measured_takes,
    remarks_of,
)
from practiceear.journal.records import Moment, RemarkKind
from practiceear.practice.day_to_day import DayLine
from practiceear.practice.reassessment import (
    Variation,
    Verdict,
    as_any_day,
    compare_stages,
    usual_variation,
)
from practiceear.practice.take_tags import ASSESSMENT_TAG
from practiceear.practice.trend import DayPoint, day_points


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


ROOMS_DIFFER_DB = 10.0
"""Rooms further apart may explain a difference by themselves; chosen, not measured."""

STAGE_DAYS = 6
"""Assessments so few days after the first of them belong to it: a week is one stage."""

Group = tuple[str, str, float | None]
"""Instrument, drill and tempo: only like is held beside like."""


@dataclass(frozen=True, slots=True)
class AssessedSession:
    """One assessment.

    Attributes
    ----------
    started
        With the player's own time of day.
    point
        Its evenness; of what `with_verdicts` returns the interval is the player's, not the day's.
    noise_dbfs
        Of the room, median of its takes; NaN where it is not known.
    effort
        0 to 10, mean of what was said in the session; None where nobody said.
    stage
        0: part of the baseline, 1: of the first reassessment, and so on.
    """

    started: Moment
    point: DayPoint
    noise_dbfs: float
    effort: float | None
    stage: int = 0


@dataclass(frozen=True, slots=True)
class AssessedDrill:
    """The assessments of one drill at one tempo on one instrument, the baseline first.

    Attributes
    ----------
    key
        Which measure of evenness it is, in seconds.
    verdicts
        Of each reassessment against the baseline.
    """

    instrument: str
    drill: str
    bpm: float | None
    key: str
    sessions: tuple[AssessedSession, ...]
    verdicts: tuple[Verdict, ...] = ()

    def room_rise_db(self, at: int) -> float:
        """How much louder the room was than at the baseline; NaN where it is not known."""
        return self.sessions[at].noise_dbfs - self.sessions[0].noise_dbfs

    def may_be_the_room(self, at: int) -> bool:
        """Whether the rooms differ so much that they may explain a difference."""
        return abs(self.room_rise_db(at)) > ROOMS_DIFFER_DB  # never, beside NaN

    @property
    def stages(self) -> tuple[tuple[AssessedSession, ...], ...]:
        """The sessions of the baseline, of the first reassessment, and so on."""
        return tuple(
            tuple(members) for _, members in groupby(self.sessions, key=lambda one: one.stage)
        )


def read_assessed(
    journal: Journal, keys: Sequence[str], *, drill: str | None = None
) -> tuple[AssessedDrill, ...]:
    """Read the assessments of all drills or of one, in the order in which they were played.

    Parameters
    ----------
    keys
        Measures of evenness: a drill is told by the first that most of its assessments have.
    """
    wanted = TakeFilter(drill=drill, tag=ASSESSMENT_TAG)
    noise_dbfs = {one.take_id: one.noise_dbfs for one in list_takes(journal, wanted)}
    found: dict[Group, AssessedDrill] = {}
    for key in keys:
        groups: dict[Group, dict[int, list[MeasuredTake]]] = defaultdict(lambda: defaultdict(list))
        for one in measured_takes(journal, key, wanted):
            if one.drill is not None:
                groups[one.instrument, one.drill, one.bpm][one.session_id].append(one)
        for group, by_session in groups.items():
            told = [_session(journal, *one, noise_dbfs) for one in by_session.items()]
            known = [one for one in told if one is not None]
            # An older journal that was imported comes last: the baseline was played first.
            sessions = _in_stages(sorted(known, key=lambda one: one.started.utc_s))
            if len(sessions) > (len(found[group].sessions) if group in found else 0):
                found[group] = AssessedDrill(*group, key, sessions)
    return tuple(found.values())


def _in_stages(sessions: Sequence[AssessedSession]) -> tuple[AssessedSession, ...]:
    """Put the assessments of one week together."""
    placed: list[AssessedSession] = []
    stage, first_day = -1, date.min
    for one in sessions:
        if stage < 0 or (one.point.day - first_day).days > STAGE_DAYS:
            stage, first_day = stage + 1, one.point.day
        placed.append(replace(one, stage=stage))
    return tuple(placed)


def with_verdicts(
    assessed: Sequence[AssessedDrill], lines: Mapping[tuple[str, str], Sequence[DayLine]]
) -> tuple[AssessedDrill, ...]:
    """Compare each reassessment with its baseline, and put the days' variation into intervals.

    Parameters
    ----------
    lines
        By instrument and drill: lines through the days on which the player practised it, one
        for each tempo. They tell how much this player's days differ.
    """
    n_shown = sum(len(one.stages) - 1 for one in assessed)
    return tuple(
        _judged(one, usual_variation(lines.get((one.instrument, one.drill), ())), n_shown)
        for one in assessed
    )


def _judged(one: AssessedDrill, variation: Variation, n_shown: int) -> AssessedDrill:
    days = [[session.point for session in stage] for stage in one.stages]
    return replace(
        one,
        verdicts=compare_stages(days, variation, n_shown),
        sessions=tuple(
            replace(session, point=as_any_day(session.point, variation)) for session in one.sessions
        ),
    )


def _session(
    journal: Journal, session_id: int, takes: list[MeasuredTake], noise_dbfs: dict[int, float]
) -> AssessedSession | None:
    session = find_session(journal, session_id)
    day = session.started.local_day
    # Played across midnight, it is one assessment still.
    points = day_points([replace(one, day=day) for one in takes])
    if not points:
        return None
    rooms = [noise_dbfs[one.take_id] for one in takes if math.isfinite(noise_dbfs[one.take_id])]
    efforts = [
        one.number
        for one in remarks_of(journal, session_id=session_id)
        if one.kind is RemarkKind.EFFORT and one.number is not None
    ]
    return AssessedSession(
        started=session.started,
        point=points[0],
        noise_dbfs=median(rooms) if rooms else math.nan,
        effort=fmean(efforts) if efforts else None,
    )
