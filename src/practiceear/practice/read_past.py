"""Reads what the journal knows of a player before a session begins."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from statistics import median

from practiceear.journal.connection import Journal
from practiceear.journal.reading import (
    TakeFilter,
    day_loads,
    list_sessions,
    list_takes,
    measured_takes,
    notes_of,
    remarks_of,
    sessions_without_takes,
)
from practiceear.journal.records import (
    Remark,
    RemarkKind,
    SessionKind,
    SessionRecord,
    TakeRecord,
    TakeState,
)
from practiceear.metrics.catalogue import MetricKey
from practiceear.moments import read_moment
from practiceear.practice.continued_ladder import (
    ContinuedLadder,
    PastLadder,
    PastRun,
    continued_ladder,
)
from practiceear.practice.drill import Drill
from practiceear.practice.instructions import PLAYER, UNANSWERED
from practiceear.practice.plan import Assessment, PlannedDrill, PracticePlan
from practiceear.practice.rest import FATIGUE_RULES, PAIN_RULES, Played
from practiceear.practice.session_limits import (
    AfterPain,
    DueAssessment,
    PastPractice,
    after_pain,
    due_assessment,
    next_assessment,
)
from practiceear.practice.steps import (
    ASSESSMENT_TAG,
    DETECTED_SHARE,
    NOT_PRACTICE,
    PERFORMANCE_TAG,
)

TAKES_TO_KNOW = 3
LATEST_TAKES = 20
"""Takes at most on which the usual evenness and a ladder rest."""

RECENT_DAYS = 2
"""No rest of a plan is longer than a day."""

Sessions = Sequence[tuple[int, SessionRecord]]


def read_past(journal: Journal, plan: PracticePlan, now: datetime) -> PastPractice:
    """Read what the journal knows; ``now`` is the player's own time, with its zone."""
    today = now.date()
    sessions = list_sessions(journal)
    n_today, since_last_s = _sessions_today(journal, sessions, now)
    due, upcoming = _assessments(journal, plan, today)
    easy_cv = _easy_cv(journal, plan)
    loads = day_loads(journal, today.isoformat(), today.isoformat())
    return PastPractice(
        n_sessions=_n_sessions(journal, plan),
        easy_cv=easy_cv,
        ladders=_ladders(journal, plan, today, easy_cv),
        sounding_s=sum(load.sounding_s for load in loads),
        loud_s=sum(load.loud_s for load in loads),
        efforts=_answers_today(journal, sessions, RemarkKind.EFFORT, now),
        pains=_answers_today(journal, sessions, RemarkKind.PAIN, now),
        n_sessions_today=n_today,
        since_last_s=since_last_s,
        recent_takes=_recent_takes(journal, now),
        after_pain=_after_pain(journal, sessions, plan, now),
        due=due,
        upcoming=upcoming,
    )


def _sessions_today(
    journal: Journal, sessions: Sessions, now: datetime
) -> tuple[int, float | None]:
    """Planned sessions of today in which something was played, and the time since the last."""
    today, now_s = now.date().isoformat(), now.timestamp()
    n_today, last_s = 0, -math.inf
    for session_id, session in sessions:
        takes = list_takes(journal, TakeFilter(session_id=session_id, most=1))
        if session.kind is SessionKind.FREE or not takes:
            continue
        n_today += session.started.local_day == today
        # A session that was cut off ended with its last take.
        ends_s = (_began_s(takes[-1]) + takes[-1].duration_s, session.ended_utc_s)
        # What ended later than now was written by a clock that has been set back since.
        past_s = [end_s for end_s in ends_s if end_s is not None and end_s <= now_s]
        last_s = max([last_s, *past_s])
    return n_today, now_s - last_s if math.isfinite(last_s) else None


def _began_s(take: TakeRecord) -> float:
    """When a take began, in seconds since 1970."""
    return take.setup.started.utc_s


def _recent_takes(journal: Journal, now: datetime) -> tuple[Played, ...]:
    """What was played in the last days, oldest first, planned or not: hands tire by both."""
    now_s = now.timestamp()
    since = (now - timedelta(days=RECENT_DAYS)).date().isoformat()
    until = (now + timedelta(days=RECENT_DAYS)).date().isoformat()
    played = []
    for take in list_takes(journal, TakeFilter(since_day=since, until_day=until)):
        began_s = _began_s(take)
        ended_s = began_s + _length_s(journal, take)
        if ended_s <= now_s:  # else a clock wrote it that has been set back since
            played.append((now_s - began_s, now_s - ended_s))
    return tuple(sorted(played, reverse=True))


def _length_s(journal: Journal, take: TakeRecord) -> float:
    """Length of a take; of one that was cut off, up to its last note."""
    if take.state is TakeState.COMPLETE:
        return take.duration_s
    return max((note.onset_s for note in notes_of(journal, take.take_id)), default=0.0)


def _after_pain(
    journal: Journal, sessions: Sessions, plan: PracticePlan, now: datetime
) -> AfterPain:
    pain_days, practice_days = [], []
    not_played = {session_id for session_id, _ in sessions_without_takes(journal)}
    for session_id, session in sessions:
        if session.kind is not SessionKind.FREE and session_id not in not_played:
            practice_days.append(date.fromisoformat(session.started.local_day))
        pain_days += [
            _day_made(remark, session, now)
            for remark in remarks_of(journal, session_id=session_id)
            if _is_pain(remark, plan)
        ]
    return after_pain(plan, pain_days, practice_days, now.date())


def _day_made(remark: Remark, session: SessionRecord, now: datetime) -> date:
    """The player's day of a remark: after midnight it is no longer the session's.

    It is never on a day to come, as it would be after a flight to the west.
    """
    began = read_moment(session.started.at)
    day = began.date()
    if remark.made_utc_s > now.timestamp():  # a clock wrote it that has been set back since
        return day
    is_in_session = remark.take_id is None  # one about a take may be made much later
    if is_in_session and remark.made_utc_s > session.started.utc_s:
        day = max(day, datetime.fromtimestamp(remark.made_utc_s, began.tzinfo).date())
    return min(day, now.date())


def _is_pain(remark: Remark, plan: PracticePlan) -> bool:
    """Whether pain ended the session, or reached the limit at which it ends one."""
    if remark.kind is RemarkKind.PAIN:
        return remark.number is not None and remark.number >= plan.rules.pain_limit
    return _is_pain_stop(remark)


def _is_pain_stop(remark: Remark) -> bool:
    return remark.kind is RemarkKind.STOP and remark.text in PAIN_RULES


def _answers_today(
    journal: Journal, sessions: Sessions, kind: RemarkKind, now: datetime
) -> tuple[float, ...]:
    recent = (now - timedelta(days=RECENT_DAYS)).date().isoformat()
    return tuple(
        remark.number
        for session_id, session in sessions
        if session.started.local_day >= recent
        for remark in remarks_of(journal, session_id=session_id)
        if remark.kind is kind and remark.number is not None
        if _day_made(remark, session, now) == now.date()
    )


def _n_sessions(journal: Journal, plan: PracticePlan) -> dict[str, int]:
    return {
        name: len({take.session_id for take in list_takes(journal, TakeFilter(drill=name))})
        for name in {planned.drill.name for planned in plan.drills}
    }


def _easy_cv(journal: Journal, plan: PracticePlan) -> dict[str, float]:
    found = {}
    slowest: dict[str, PlannedDrill] = {}
    for planned in sorted(plan.drills, key=lambda planned: planned.bpm):
        slowest.setdefault(planned.drill.name, planned)
    for name, planned in slowest.items():
        takes = TakeFilter(drill=name, instrument=plan.instrument)
        performed = list_takes(journal, replace(takes, tag=PERFORMANCE_TAG))
        performed_ids = {take.take_id for take in performed}
        measured = sorted(
            measured_takes(journal, MetricKey.CV_IOI, takes), key=lambda take: take.utc_s
        )
        easy = [
            take.measure.value / 100.0
            for take in measured
            if take.bpm is not None and take.bpm <= planned.bpm and take.measure.value > 0.0
            if take.take_id not in performed_ids
        ]
        if len(easy) >= TAKES_TO_KNOW:
            found[name] = median(easy[-LATEST_TAKES:])
    return found


def _ladders(
    journal: Journal, plan: PracticePlan, today: date, easy_cv: Mapping[str, float]
) -> dict[str, ContinuedLadder]:
    found = {}
    counts = Counter(planned.drill.name for planned in plan.drills)
    for planned in plan.drills:
        name = planned.drill.name
        if counts[name] > 1:  # nobody can tell to which of them a run belonged
            continue
        before = read_past_ladder(journal, planned.drill, plan.instrument)
        if before is None:
            continue
        ladder = continued_ladder(
            planned, before, today, easy_cv=easy_cv.get(name), ceiling_bpm=plan.ceiling.bpm
        )
        if ladder is not None:
            found[name] = ladder
    return found


def read_past_ladder(journal: Journal, drill: Drill, instrument: str) -> PastLadder | None:
    """Return what was played of a drill on an instrument; None where nothing was.

    A drill of one hand or one bowing is a drill of its own, by its name.
    """
    of_drill = TakeFilter(drill=drill.name, instrument=instrument)
    set_aside = {
        take.take_id
        for tag in NOT_PRACTICE
        for take in list_takes(journal, replace(of_drill, tag=tag))
    }
    takes = [
        take
        for take in list_takes(journal, of_drill)
        if take.state is TakeState.COMPLETE and take.setup.bpm and take.take_id not in set_aside
    ]
    if not takes:
        return None
    takes.sort(key=_began_s)  # an older journal that was imported comes last
    measures = {
        take.take_id: take.measure for take in measured_takes(journal, MetricKey.CV_IOI, of_drill)
    }
    runs = []
    for take in takes[-LATEST_TAKES:]:
        measure = measures.get(take.take_id)
        cv_ioi = detector_cv = math.nan
        if measure is not None:
            detector_cv = measure.detector_error / 100.0
            if take.n_notes >= DETECTED_SHARE * len(drill.notes):
                cv_ioi = measure.value / 100.0
        runs.append(PastRun(take.setup.bpm or math.nan, cv_ioi, detector_cv))
    last_day = date.fromisoformat(takes[-1].setup.started.local_day)
    return PastLadder(tuple(runs), last_day, _was_stopped(journal, takes[-1]))


def _was_stopped(journal: Journal, last: TakeRecord) -> bool:
    """Whether a rule ended the session, or fatigue brought a rest right after its last run.

    Pain that allowed no run in a session since then counts too.
    """
    last_s = _began_s(last)
    began_s = map(_began_s, list_takes(journal, TakeFilter(session_id=last.session_id)))
    next_s = min((later_s for later_s in began_s if later_s > last_s), default=math.inf)

    def is_limit(remark: Remark) -> bool:
        if remark.kind is RemarkKind.STOP:
            return remark.text not in (PLAYER, UNANSWERED)
        is_rest = remark.kind is RemarkKind.REST and remark.text in FATIGUE_RULES
        return is_rest and last_s < remark.made_utc_s <= next_s

    if any(map(is_limit, remarks_of(journal, session_id=last.session_id))):
        return True
    return any(
        _is_pain_stop(remark)
        for session_id, session in sessions_without_takes(journal, last.setup.started.local_day)
        if session.started.utc_s > last_s
        for remark in remarks_of(journal, session_id=session_id)
    )


def _assessments(
    journal: Journal, plan: PracticePlan, today: date
) -> tuple[DueAssessment | None, DueAssessment | None]:
    assessment = plan.assessment
    if assessment is None:
        return None, None
    days = _assessed_days(journal, assessment, plan.instrument)
    baseline_day = days[0] if days else None
    due = due_assessment(assessment.weeks, baseline_day, days[1:], today)
    return due, next_assessment(assessment.weeks, baseline_day or today, today)


def _assessed_days(journal: Journal, assessment: Assessment, instrument: str) -> list[date]:
    """Days on which the assessment was played whole; half of one is none."""
    n_takes = Counter[int]()
    days: dict[int, date] = {}
    tagged = TakeFilter(drill=assessment.drill.name, instrument=instrument, tag=ASSESSMENT_TAG)
    for take in list_takes(journal, tagged):
        is_same = take.setup.bpm is None or abs(take.setup.bpm - assessment.bpm) < 0.01
        if is_same and take.state is TakeState.COMPLETE:
            n_takes[take.session_id] += 1
            days[take.session_id] = date.fromisoformat(take.setup.started.local_day)
    return sorted(days[session] for session, n in n_takes.items() if n >= assessment.n_runs)
