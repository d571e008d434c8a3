"""What the journal knows of a player before a session begins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from practiceear.moments import read_moment
from practiceear.practice.after_pain import AfterPain, after_pain
from practiceear.practice.assessment import DueAssessment, due_assessment, next_assessment
from practiceear.practice.body import is_pain_stop
from practiceear.practice.continued_ladder import ContinuedLadder, continued_ladder
from practiceear.practice.heard_run import CV_KEY
from practiceear.practice.past_ladders import read_past_ladder
from practiceear.practice.plan import Assessment, PracticePlan
from practiceear.practice.rest import Played
from practiceear.practice.take_tags import ASSESSMENT_TAG, PERFORMANCE_TAG

TAKES_TO_KNOW = 3
LATEST_TAKES = 20
"""The usual evenness is taken from so many takes at most."""

RECENT_DAYS = 2
"""No rest of a plan is longer than a day."""


@dataclass(frozen=True, slots=True)
class PastPractice:
    """What is known of a player.

    Attributes
    ----------
    n_sessions
        By name of the drill: in how many sessions it was practised.
    easy_cv
        By name of the drill: the usual CV of runs at its first tempo or slower, performances aside.
    ladders
        By name of the drill: where its ladder goes on; those that begin anew are not in it,
        nor drills that stand in the plan more than once.
    sounding_s, loud_s, efforts, pains
        Of today, before this session.
    n_sessions_today, since_last_s
        Planned sessions that were begun today; time since the last one ended, None without.
    recent_takes
        Planned or not, oldest first: how many seconds ago each began and ended.
    after_pain
        What earlier pain means for today.
    due, upcoming
        The assessment that is to be played now, and the next one after today; None without.
    """

    n_sessions: Mapping[str, int] = field(default_factory=dict)
    easy_cv: Mapping[str, float] = field(default_factory=dict)
    ladders: Mapping[str, ContinuedLadder] = field(default_factory=dict)
    sounding_s: float = 0.0
    loud_s: float = 0.0
    efforts: tuple[float, ...] = ()
    pains: tuple[float, ...] = ()
    n_sessions_today: int = 0
    since_last_s: float | None = None
    recent_takes: tuple[Played, ...] = ()
    after_pain: AfterPain = field(default_factory=AfterPain)
    due: DueAssessment | None = None
    upcoming: DueAssessment | None = None

    @property
    def since_played_s(self) -> float | None:
        """Time since something was played; None where nothing was of late."""
        return min((ended_ago_s for _, ended_ago_s in self.recent_takes), default=None)


def read_past(journal: Journal, plan: PracticePlan, now: datetime) -> PastPractice:
    """Read what the journal knows.

    Parameters
    ----------
    now
        The player's own time, with its zone.

    Raises
    ------
    JournalError
        Where it cannot be read.
    """
    today = now.date()
    n_today, since_last_s = _sessions_today(journal, now)
    due, upcoming = _assessments(journal, plan, today)
    easy_cv = _easy_cv(journal, plan)
    loads = day_loads(journal, today.isoformat(), today.isoformat())
    return PastPractice(
        n_sessions=_n_sessions(journal, plan),
        easy_cv=easy_cv,
        ladders=_ladders(journal, plan, today, easy_cv),
        sounding_s=sum(one.sounding_s for one in loads),
        loud_s=sum(one.loud_s for one in loads),
        efforts=_said_today(journal, RemarkKind.EFFORT, now),
        pains=_said_today(journal, RemarkKind.PAIN, now),
        n_sessions_today=n_today,
        since_last_s=since_last_s,
        recent_takes=_recent_takes(journal, now),
        after_pain=_after_pain(journal, plan, now),
        due=due,
        upcoming=upcoming,
    )


def _sessions_today(journal: Journal, now: datetime) -> tuple[int, float | None]:
    """Planned sessions of today in which something was played, and the time since the last."""
    today = now.date().isoformat()
    n_today, last_s = 0, -math.inf
    for number, session in list_sessions(journal):
        takes = list_takes(journal, TakeFilter(session_id=number, most=1))
        if session.kind is SessionKind.FREE or not takes:
            continue
        n_today += session.started.local_day == today
        # What ended later than now was told by a clock that has been set back since.
        ends_s = [one for one in _ends_utc_s(session, takes[-1]) if one <= now.timestamp()]
        last_s = max([last_s, *ends_s])
    return n_today, now.timestamp() - last_s if math.isfinite(last_s) else None


def _ends_utc_s(session: SessionRecord, last_take: TakeRecord) -> tuple[float, ...]:
    """When a session ended, and its last take: one that was cut off ended with it."""
    last_take_s = last_take.setup.started.utc_s + last_take.duration_s
    return (last_take_s,) if session.ended_utc_s is None else (last_take_s, session.ended_utc_s)


def _recent_takes(journal: Journal, now: datetime) -> tuple[Played, ...]:
    """What was played in the last days, oldest first, planned or not: hands tire by both."""
    now_s = now.timestamp()
    since = (now - timedelta(days=RECENT_DAYS)).date().isoformat()
    until = (now + timedelta(days=RECENT_DAYS)).date().isoformat()
    found = []
    for take in list_takes(journal, TakeFilter(since_day=since, until_day=until)):
        began_s = take.setup.started.utc_s
        ended_s = began_s + _length_s(journal, take)
        if ended_s <= now_s:  # else a clock told it that has been set back since
            found.append((now_s - began_s, now_s - ended_s))
    return tuple(sorted(found, reverse=True))


def _length_s(journal: Journal, take: TakeRecord) -> float:
    """How long a take was; of one that was cut off, up to its last note."""
    if take.state is TakeState.COMPLETE:
        return take.duration_s
    return max((one.onset_s for one in notes_of(journal, take.take_id)), default=0.0)


def _after_pain(journal: Journal, plan: PracticePlan, now: datetime) -> AfterPain:
    pain_days, practice_days = [], []
    not_played = {number for number, _ in sessions_without_takes(journal)}
    for number, session in list_sessions(journal):
        if session.kind is not SessionKind.FREE and number not in not_played:
            practice_days.append(date.fromisoformat(session.started.local_day))
        remarks = remarks_of(journal, session_id=number)
        pain_days += [_day_said(one, session, now) for one in remarks if _is_pain(one, plan)]
    return after_pain(plan, pain_days, practice_days, now.date())


def _day_said(remark: Remark, session: SessionRecord, now: datetime) -> date:
    """The player's day on which something was said: after midnight it is no longer the session's.

    What was said already is never on a day to come, as it would be after a flight to the west.
    """
    began = read_moment(session.started.at)
    day = began.date()
    if remark.made_utc_s > now.timestamp():  # a clock told it that has been set back since
        return day
    is_in_it = remark.take_id is None  # of a take it may be said much later
    if is_in_it and remark.made_utc_s > session.started.utc_s:
        day = max(day, datetime.fromtimestamp(remark.made_utc_s, began.tzinfo).date())
    return min(day, now.date())


def _is_pain(remark: Remark, plan: PracticePlan) -> bool:
    """Whether pain ended the session, or as much was said as ends one."""
    if remark.kind is RemarkKind.STOP:
        return is_pain_stop(remark.text)
    if remark.kind is not RemarkKind.PAIN or remark.number is None:
        return False
    return remark.number >= plan.rules.pain_limit


def _said_today(journal: Journal, kind: RemarkKind, now: datetime) -> tuple[float, ...]:
    recent = (now - timedelta(days=RECENT_DAYS)).date().isoformat()
    return tuple(
        remark.number
        for number, session in list_sessions(journal)
        if session.started.local_day >= recent
        for remark in remarks_of(journal, session_id=number)
        if remark.kind is kind and remark.number is not None
        if _day_said(remark, session, now) == now.date()
    )


def _n_sessions(journal: Journal, plan: PracticePlan) -> dict[str, int]:
    counts = {}
    for name in {one.drill.name for one in plan.drills}:
        takes = list_takes(journal, TakeFilter(drill=name))
        counts[name] = len({one.session_id for one in takes})
    return counts


def _easy_cv(journal: Journal, plan: PracticePlan) -> dict[str, float]:
    found = {}
    slowest_first = sorted(plan.drills, key=lambda one: one.bpm)
    for one in {one.drill.name: one for one in reversed(slowest_first)}.values():
        wanted = TakeFilter(drill=one.drill.name, instrument=plan.instrument)
        performed = list_takes(journal, replace(wanted, tag=PERFORMANCE_TAG))
        performed_ids = {take.take_id for take in performed}
        measured = sorted(measured_takes(journal, CV_KEY, wanted), key=lambda one: one.utc_s)
        easy = [
            take.measure.value / 100.0
            for take in measured
            if take.bpm is not None and take.bpm <= one.bpm and take.measure.value > 0.0
            if take.take_id not in performed_ids
        ]
        if len(easy) >= TAKES_TO_KNOW:
            found[one.drill.name] = median(easy[-LATEST_TAKES:])
    return found


def _ladders(
    journal: Journal, plan: PracticePlan, today: date, easy_cv: Mapping[str, float]
) -> dict[str, ContinuedLadder]:
    found = {}
    names = [one.drill.name for one in plan.drills]
    for one in plan.drills:
        name = one.drill.name
        if names.count(name) > 1:  # nobody can tell to which of them a run belonged
            continue
        before = read_past_ladder(journal, one.drill, plan.instrument)
        if before is None:
            continue
        ladder = continued_ladder(
            one, before, today, easy_cv=easy_cv.get(name), ceiling_bpm=plan.ceiling.bpm
        )
        if ladder is not None:
            found[name] = ladder
    return found


def _assessments(
    journal: Journal, plan: PracticePlan, today: date
) -> tuple[DueAssessment | None, DueAssessment | None]:
    one = plan.assessment
    if one is None:
        return None, None
    days = _assessed_days(journal, one, plan.instrument)
    baseline_day = days[0] if days else None
    due = due_assessment(one.weeks, baseline_day, days[1:], today)
    first_day = baseline_day or today
    return due, next_assessment(one.weeks, first_day, today)


def _assessed_days(journal: Journal, wanted: Assessment, instrument: str) -> list[date]:
    """Days on which the assessment was played whole; half of one is none."""
    n_takes: dict[int, int] = {}
    days: dict[int, date] = {}
    asked = TakeFilter(drill=wanted.drill.name, instrument=instrument, tag=ASSESSMENT_TAG)
    for take in list_takes(journal, asked):
        is_same = take.setup.bpm is None or abs(take.setup.bpm - wanted.bpm) < 0.01
        if is_same and take.state is TakeState.COMPLETE:
            n_takes[take.session_id] = n_takes.get(take.session_id, 0) + 1
            days[take.session_id] = date.fromisoformat(take.setup.started.local_day)
    return sorted(days[one] for one, n in n_takes.items() if n >= wanted.n_runs)
