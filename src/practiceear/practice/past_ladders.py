"""Reads the runs of a drill out of the journal, as its ladder looks at them."""

from __future__ import annotations

import math
from datetime import date

from practiceear.journal.connection import Journal
from practiceear.journal.reading import (
    TakeFilter,
    list_takes,
    measured_takes,
    remarks_of,
    sessions_without_takes,
)
from practiceear.journal.records import Remark, RemarkKind, TakeRecord, TakeState
from practiceear.practice.body import is_pain_stop
from practiceear.practice.continued_ladder import PastLadder, PastRun
from practiceear.practice.drill import Drill
from practiceear.practice.heard_run import CV_KEY, HEARD_SHARE
from practiceear.practice.instructions import PLAYER, UNANSWERED
from practiceear.practice.rest import FATIGUE_RULES
from practiceear.practice.take_tags import NOT_PRACTICE

LATEST_RUNS = 20


def read_past_ladder(journal: Journal, drill: Drill, instrument: str) -> PastLadder | None:
    """Return what was played of a drill on an instrument; None where nothing was.

    A drill of one hand or one bowing is a drill of its own: its name tells them apart.

    Raises
    ------
    JournalError
        Where the journal cannot be read.
    """
    wanted = TakeFilter(drill=drill.name, instrument=instrument)
    set_aside = {
        take.take_id
        for tag in NOT_PRACTICE
        for take in list_takes(
            journal, TakeFilter(drill=drill.name, instrument=instrument, tag=tag)
        )
    }
    takes = [
        one
        for one in list_takes(journal, wanted)
        if one.state is TakeState.COMPLETE and one.setup.bpm and one.take_id not in set_aside
    ]
    if not takes:
        return None
    takes.sort(key=_began_s)  # an older journal that was imported comes last
    return PastLadder(
        runs=_runs(journal, drill, wanted, takes[-LATEST_RUNS:]),
        last_day=date.fromisoformat(takes[-1].setup.started.local_day),
        was_stopped=_was_stopped(journal, takes[-1]),
    )


def _began_s(take: TakeRecord) -> float:
    """When a take began, in seconds since 1970."""
    return take.setup.started.utc_s


def _runs(
    journal: Journal, drill: Drill, wanted: TakeFilter, takes: list[TakeRecord]
) -> tuple[PastRun, ...]:
    measures = {one.take_id: one.measure for one in measured_takes(journal, CV_KEY, wanted)}
    runs = []
    for take in takes:
        measure = measures.get(take.take_id)
        is_told = measure is not None and take.n_notes >= HEARD_SHARE * len(drill.notes)
        runs.append(
            PastRun(
                bpm=take.setup.bpm or math.nan,
                cv_ioi=measure.value / 100.0 if measure is not None and is_told else math.nan,
                floor_cv=measure.detector_error / 100.0 if measure is not None else math.nan,
            )
        )
    return tuple(runs)


def _was_stopped(journal: Journal, last: TakeRecord) -> bool:
    """Whether a rule ended the session, or fatigue brought a rest right after its last run.

    Pain that allowed no run in a session since then counts too.
    """
    last_s = _began_s(last)
    takes = list_takes(journal, TakeFilter(session_id=last.session_id))
    next_s = min((_began_s(one) for one in takes if _began_s(one) > last_s), default=math.inf)

    def is_limit(one: Remark) -> bool:
        if one.kind is RemarkKind.STOP:
            return one.text not in (PLAYER, UNANSWERED)
        is_rest = one.kind is RemarkKind.REST and one.text in FATIGUE_RULES
        return is_rest and last_s < one.made_utc_s <= next_s

    if any(is_limit(one) for one in remarks_of(journal, session_id=last.session_id)):
        return True
    return any(
        one.kind is RemarkKind.STOP and is_pain_stop(one.text)
        for number, session in sessions_without_takes(journal, last.setup.started.local_day)
        if session.started.utc_s > last_s
        for one in remarks_of(journal, session_id=number)
    )
