"""Where a ladder resumes in a new session: a pure rule on what was played before.

It resumes where the last session of the drill ended. After more than a week, or where fatigue
or a limit ended that session, it begins one step lower: what was learned is tested before it
is trusted. The plan of today has the last word: its start, its target and its ceiling hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from itertools import takewhile

from practiceear.practice.ladder import (
    Ladder,
    LadderKind,
    LadderState,
    RungResult,
    after_run,
    next_bpm,
    personal_criterion_cv,
)
from practiceear.practice.plan import PlannedDrill

FASTEST_BPM = 400.0
LEAST_CV = 1e-3
LARGEST_CRITERION_CV = 0.5
TRUSTED_DAYS = 7
"""After more days without the drill it begins a step lower; a rule of this program."""

SAME_BPM = 0.01


class ResumeReason(Enum):
    """Why a ladder resumes at its tempo."""

    AS_ENDED = "as ended"
    LONG_AGO = "long ago"
    STOPPED = "stopped"
    PLAN_IS_SLOWER = "plan is slower"


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of a drill from the journal; NaN where too few notes were detected to judge it."""

    bpm: float
    cv_ioi: float
    detector_cv: float


@dataclass(frozen=True, slots=True)
class PastLadder:
    """What was played of a drill, without warm-ups, assessments and performances."""

    runs: tuple[PastRun, ...]  # oldest first
    last_day: date  # the player's calendar day
    was_stopped: bool  # by a rule, or rested for fatigue after the last run


@dataclass(frozen=True, slots=True)
class ContinuedLadder:
    """A ladder that resumes."""

    ladder: Ladder
    state: LadderState
    ended_bpm: float  # the rung that the last session led to
    reason: ResumeReason
    last_day: date  # on which that rung was reached
    n_days: int  # since then

    @property
    def bpm(self) -> float:
        """Tempo of its first run."""
        return next_bpm(self.ladder, self.state)


def planned_ladder(
    planned: PlannedDrill,
    *,
    easy_cv: float,
    detector_cv: float,
    detector_bpm: float,
    ceiling_bpm: float | None,
) -> Ladder:
    """Return the ladder of a planned drill for a player with a usual CV at an easy tempo.

    ``detector_cv``, the part of it that the detector's error explains, was measured at
    ``detector_bpm``: the same error is a larger part of shorter intervals.
    """
    target_detector_cv = detector_cv * planned.target_bpm / detector_bpm
    criterion_cv = personal_criterion_cv(max(easy_cv, LEAST_CV), target_detector_cv)
    return Ladder(
        kind=planned.ladder,
        start_bpm=planned.bpm,
        target_bpm=planned.target_bpm,
        ceiling_bpm=FASTEST_BPM if ceiling_bpm is None else ceiling_bpm,
        criterion_cv=min(criterion_cv, LARGEST_CRITERION_CV),
    )


def continued_ladder(
    planned: PlannedDrill,
    past: PastLadder,
    today: date,
    *,
    easy_cv: float | None,
    ceiling_bpm: float | None,
) -> ContinuedLadder | None:
    """Return where a ladder resumes; None where it begins anew.

    Without the player's usual CV at an easy tempo no run can be judged. The ceiling is today's.
    """
    runs = [run for run in past.runs if run.bpm >= planned.bpm - SAME_BPM]
    if easy_cv is None or planned.target_bpm <= planned.bpm or not runs:
        return None
    ladder = planned_ladder(
        planned,
        easy_cv=easy_cv,
        detector_cv=runs[-1].detector_cv,
        detector_bpm=runs[-1].bpm,
        ceiling_bpm=ceiling_bpm,
    )
    judged = _judged_runs(ladder, runs)
    if not judged:
        return None
    ended = _replayed(ladder, judged)
    n_days = (today - past.last_day).days
    state, reason = _trusted(ladder, ended, was_stopped=past.was_stopped, n_days=n_days)
    # Alternating begins slow, as it always does; nobody's first run of a day overshoots.
    state = replace(state, n_failures=0, is_excursion=ladder.kind is LadderKind.ALTERNATE)
    return ContinuedLadder(ladder, state, ended.rung_bpm, reason, past.last_day, n_days)


def _judged_runs(ladder: Ladder, runs: Sequence[PastRun]) -> list[PastRun]:
    """The last runs at the rung that was to be passed, without visits to other tempos."""
    if ladder.kind is LadderKind.ALTERNATE:  # every other run is a slow one
        if len(runs) < 2:
            return []
        slow_bpm, rung_bpm = sorted(run.bpm for run in runs[-2:])
        judged = [run for run in runs if not _is_same(run.bpm, slow_bpm) or slow_bpm == rung_bpm]
    else:  # a rung is one step up: what is faster was a visit
        judged = [
            run
            for run, before in zip(runs, [runs[0], *runs[:-1]], strict=True)
            if run.bpm <= before.bpm + ladder.step_bpm + SAME_BPM
        ]
    last_bpm = judged[-1].bpm if judged else 0.0
    return [*takewhile(lambda run: _is_same(run.bpm, last_bpm), reversed(judged))][::-1]


def _is_same(first_bpm: float, second_bpm: float) -> bool:
    return abs(first_bpm - second_bpm) < SAME_BPM


def _replayed(ladder: Ladder, runs: Sequence[PastRun]) -> LadderState:
    """Judge runs at one tempo again: sessions may be too short to pass a rung in one of them."""
    there = state = LadderState(runs[-1].bpm)
    for run in runs:
        state, result = after_run(ladder, replace(state, is_excursion=False), run.cv_ioi)
        if result is RungResult.DONE:  # to be shown again today
            state = there
        elif result is not RungResult.STAY and run is not runs[-1]:
            state = there  # it came back to this tempo afterwards
    return state


def _trusted(
    ladder: Ladder, ended: LadderState, *, was_stopped: bool, n_days: int
) -> tuple[LadderState, ResumeReason]:
    bpm, reason = ended.rung_bpm, ResumeReason.AS_ENDED
    if was_stopped or n_days > TRUSTED_DAYS:
        bpm -= ladder.step_bpm
        reason = ResumeReason.STOPPED if was_stopped else ResumeReason.LONG_AGO
    if bpm > ladder.target_bpm:
        bpm, reason = ladder.target_bpm, ResumeReason.PLAN_IS_SLOWER
    bpm = max(bpm, ladder.start_bpm)
    return (ended if reason is ResumeReason.AS_ENDED else LadderState(bpm)), reason
