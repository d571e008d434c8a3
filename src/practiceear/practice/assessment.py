"""Baseline and reassessment: the same drill at the same tempo, after 4, 8 and 12 weeks.

Ten to fifteen runs of one scale at a fixed tempo and their medial SD of intervals follow
Jabusch, Vauth & Altenmüller 2004 (doi 10.1002/mds.10671).

Ten runs on one day estimate that day well, and the player hardly better than one run would: two
days of an unchanged player differ by much more than the takes of one day do. So a difference
from the baseline is judged by the scatter of this player's days of practice about their trend,
beginning with a guess that a handful of days soon outweighs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from statistics import fmean, median

import numpy as np

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
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.quantiles import stdtrit
from practiceear.practice.steps import ASSESSMENT_TAG
from practiceear.practice.trend import (
    FALSE_CALL,
    Change,
    DayLine,
    DayPoint,
    change_within,
    day_points,
    day_variance,
)

USUAL_VARIATION = 0.2
"""Assumed SD of the logarithm of a player's days before their own is known. A guess on the
cautious side, no measurement: it makes an unchanged player's false calls rarer."""

GUESS_DAYS = 4
"""Degrees of freedom of the guess."""

CHANGE_TO_SEE = math.log(1.0 / 0.8)
"""A fifth less uneven: the change for which the days that are needed are given."""

POWER = 0.8
"""Probability of detecting that change."""

MOST_DAYS = 30

ROOMS_DIFFER_DB = 10.0
"""Rooms further apart may explain a difference by themselves; chosen, not measured."""

STAGE_DAYS = 6
"""Assessments so few days after the first of them belong to it: a week is one stage."""

DrillGroup = tuple[str, str, float | None]
"""Instrument, drill and tempo: takes are compared within one group only."""


@dataclass(frozen=True, slots=True)
class Variation:
    """Variation of an unchanged player's days."""

    sd: float  # of the logarithm of a day's evenness: 0.15 is about 15 %
    n_free: int  # degrees of freedom, those of the guess among them
    is_guess: bool  # none of the player's own days are in it

    def quantile(self, below: float) -> float:
        """Quantile of Student's t with its degrees of freedom."""
        return float(stdtrit(self.n_free, below))

    def single_day_variance(self, days: Sequence[DayPoint]) -> float:
        """Variance of one of some days: they differ, and their takes have an error."""
        return self.sd**2 + float(np.mean([day.log_error**2 for day in days]))

    def mean_variance(self, days: Sequence[DayPoint]) -> float:
        """Variance of the mean of some days."""
        return self.single_day_variance(days) / len(days)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reassessment against the baseline; below 0 is more even.

    The interval contains the days' own variation. ``n_days_to_see`` is the number of days at either
    end that would show a fifth less unevenness in four cases of five; None above `MOST_DAYS`.
    """

    change: Change
    percent: float
    low: float
    high: float
    variation: Variation
    n_days: tuple[int, int]  # of the baseline, of this reassessment
    n_days_to_see: int | None


@dataclass(frozen=True, slots=True)
class AssessedSession:
    """One assessment."""

    started: Moment
    point: DayPoint  # its interval is the player's, not the day's, after `with_verdicts`
    noise_dbfs: float  # of the room, median of its takes; NaN if unknown
    effort: float | None  # 0 to 10, mean of the answers
    stage: int = 0  # 0: part of the baseline, 1: of the first reassessment ...


@dataclass(frozen=True, slots=True)
class AssessedDrill:
    """The assessments of one drill at one tempo on one instrument, the baseline first."""

    instrument: str
    drill: str
    bpm: float | None
    key: MetricKey  # the measure of evenness, in seconds
    sessions: tuple[AssessedSession, ...]
    verdicts: tuple[Verdict, ...] = ()  # of each reassessment

    def room_rise_db(self, at: int) -> float:
        """How much louder the room was than at the baseline; NaN where it is not known."""
        return self.sessions[at].noise_dbfs - self.sessions[0].noise_dbfs

    def may_be_the_room(self, at: int) -> bool:
        """Whether the rooms differ so much that they may explain a difference."""
        return abs(self.room_rise_db(at)) > ROOMS_DIFFER_DB  # False for NaN

    @property
    def stages(self) -> tuple[tuple[AssessedSession, ...], ...]:
        """The sessions of the baseline, of the first reassessment, and so on."""
        by_stage = groupby(self.sessions, key=lambda session: session.stage)
        return tuple(tuple(members) for _, members in by_stage)


def read_assessed(
    journal: Journal, keys: Sequence[MetricKey], *, drill: str | None = None
) -> tuple[AssessedDrill, ...]:
    """Read the assessments of all drills or of one, in the order in which they were played.

    Of the measures of evenness ``keys`` each drill has the first that most of its assessments have.
    """
    tagged = TakeFilter(drill=drill, tag=ASSESSMENT_TAG)
    noise_dbfs = {take.take_id: take.noise_dbfs for take in list_takes(journal, tagged)}
    found: dict[DrillGroup, AssessedDrill] = {}
    for key in keys:
        takes: dict[DrillGroup, dict[int, list[MeasuredTake]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for take in measured_takes(journal, key, tagged):
            if take.drill is not None:
                takes[take.instrument, take.drill, take.bpm][take.session_id].append(take)
        for group, by_session in takes.items():
            read = (_session(journal, *members, noise_dbfs) for members in by_session.items())
            sessions = _in_stages([session for session in read if session is not None])
            if len(sessions) > (len(found[group].sessions) if group in found else 0):
                found[group] = AssessedDrill(*group, key, sessions)
    return tuple(found.values())


def _session(
    journal: Journal, session_id: int, takes: list[MeasuredTake], noise_dbfs: dict[int, float]
) -> AssessedSession | None:
    session = find_session(journal, session_id)
    day = session.started.local_day
    # Played across midnight, it is one assessment still.
    points = day_points([replace(take, day=day) for take in takes])
    if not points:
        return None
    rooms = [noise_dbfs[take.take_id] for take in takes if math.isfinite(noise_dbfs[take.take_id])]
    efforts = [
        remark.number
        for remark in remarks_of(journal, session_id=session_id)
        if remark.kind is RemarkKind.EFFORT and remark.number is not None
    ]
    return AssessedSession(
        started=session.started,
        point=points[0],
        noise_dbfs=median(rooms) if rooms else math.nan,
        effort=fmean(efforts) if efforts else None,
    )


def _in_stages(sessions: Sequence[AssessedSession]) -> tuple[AssessedSession, ...]:
    """Put the assessments of one week together, in the order in which they were played."""
    placed: list[AssessedSession] = []
    stage, first_day = -1, date.min
    # An older journal that was imported comes last: the baseline was played first.
    for session in sorted(sessions, key=lambda session: session.started.utc_s):
        if stage < 0 or (session.point.day - first_day).days > STAGE_DAYS:
            stage, first_day = stage + 1, session.point.day
        placed.append(replace(session, stage=stage))
    return tuple(placed)


def with_verdicts(
    assessed: Sequence[AssessedDrill], lines: Mapping[tuple[str, str], Sequence[DayLine]]
) -> tuple[AssessedDrill, ...]:
    """Compare each reassessment with its baseline, and put the days' variation into intervals.

    The lines of each instrument and drill, one for each tempo, show how much the days differ.
    """
    n_shown = sum(len(drill.stages) - 1 for drill in assessed)
    judged = []
    for drill in assessed:
        variation = usual_variation(lines.get((drill.instrument, drill.drill), ()))
        days = [[session.point for session in stage] for stage in drill.stages]
        sessions = tuple(
            replace(session, point=as_any_day(session.point, variation))
            for session in drill.sessions
        )
        verdicts = compare_stages(days, variation, n_shown)
        judged.append(replace(drill, verdicts=verdicts, sessions=sessions))
    return tuple(judged)


def usual_variation(lines: Sequence[DayLine]) -> Variation:
    """Return the variation of a player's days from lines through them, one for each tempo."""
    n_own = sum(line.n_free for line in lines)
    power = GUESS_DAYS * USUAL_VARIATION**2
    if n_own:
        power += n_own * day_variance(lines)
    n_free = GUESS_DAYS + n_own
    return Variation(math.sqrt(power / n_free), n_free, is_guess=not n_own)


def compare_stages(
    stages: Sequence[Sequence[DayPoint]], variation: Variation, n_shown: int
) -> tuple[Verdict, ...]:
    """Compare the days of each reassessment with those of the baseline, the first stage.

    Each of ``n_shown`` comparisons has its share of the 5 % of false calls.
    """
    return tuple(_compare(stages[0], stage, variation, n_shown) for stage in stages[1:])


def _compare(
    before: Sequence[DayPoint], after: Sequence[DayPoint], variation: Variation, n_shown: int
) -> Verdict:
    difference = _mean_log(after) - _mean_log(before)
    error = math.sqrt(variation.mean_variance(before) + variation.mean_variance(after))
    reach = variation.quantile(1.0 - FALSE_CALL / n_shown / 2.0) * error
    low, high = difference - reach, difference + reach
    return Verdict(
        change=change_within(low, high),
        percent=100.0 * math.expm1(difference),
        low=100.0 * math.expm1(low),
        high=100.0 * math.expm1(high),
        variation=variation,
        n_days=(len(before), len(after)),
        n_days_to_see=_days_to_see([*before, *after], variation, n_shown),
    )


def _days_to_see(days: Sequence[DayPoint], variation: Variation, n_shown: int) -> int | None:
    quantile = variation.quantile
    reach = quantile(1.0 - FALSE_CALL / n_shown / 2.0) + quantile(POWER)
    needed = math.ceil(2.0 * variation.single_day_variance(days) * (reach / CHANGE_TO_SEE) ** 2)
    return needed if needed <= MOST_DAYS else None


def as_any_day(day: DayPoint, variation: Variation) -> DayPoint:
    """Return a day with the interval of what it says about the player: other days differ."""
    error = math.sqrt(variation.mean_variance([day]))
    reach = variation.quantile(1.0 - FALSE_CALL / 2.0) * error
    return replace(day, low=day.value * math.exp(-reach), high=day.value * math.exp(reach))


def _mean_log(days: Sequence[DayPoint]) -> float:
    return float(np.mean([math.log(day.value) for day in days]))
