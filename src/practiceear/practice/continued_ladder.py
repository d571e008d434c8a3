"""Where a ladder goes on in a new session: a pure rule on what was played before.

It goes on where the last session of the drill ended. After more than a week, or where fatigue
or a limit ended that session, it begins one step lower: what was learned is tested before it
is trusted. The plan of today has the last word: its start, its target and its ceiling hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

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
    """Why a ladder goes on at its tempo."""

    AS_ENDED = "as ended"
    LONG_AGO = "long ago"
    STOPPED = "stopped"
    PLAN_IS_SLOWER = "plan is slower"


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of a drill out of the journal; NaN where too little was heard to judge it."""

    bpm: float
    cv_ioi: float
    floor_cv: float


@dataclass(frozen=True, slots=True)
class PastLadder:
    """What was played of a drill, warm-ups, assessments and performances aside.

    Attributes
    ----------
    runs
        Oldest first.
    last_day
        The player's calendar day of the last of them.
    was_stopped
        Whether a rule ended their last session, or fatigue brought a rest after the last run.
    """

    runs: tuple[PastRun, ...]
    last_day: date
    was_stopped: bool


@dataclass(frozen=True, slots=True)
class ContinuedLadder:
    """A ladder that goes on.

    Attributes
    ----------
    ladder, state
        Its rules today, and where the player stands on it.
    ended_bpm
        The rung that the last session led to.
    why
        Why it goes on at this tempo.
    last_day, n_days
        When that rung was reached, and how many days ago that is.
    """

    ladder: Ladder
    state: LadderState
    ended_bpm: float
    why: ResumeReason
    last_day: date
    n_days: int

    @property
    def bpm(self) -> float:
        """Tempo of its first run."""
        return next_bpm(self.ladder, self.state)


def planned_ladder(
    planned: PlannedDrill,
    *,
    easy_cv: float,
    floor_cv: float,
    floor_at_bpm: float,
    ceiling_bpm: float | None,
) -> Ladder:
    """Return the rules of a planned drill's ladder for one player.

    Parameters
    ----------
    easy_cv
        The player's usual CV at an easy tempo.
    floor_cv, floor_at_bpm
        What the detector alone would show, and the tempo at which it was measured: the same
        error is a larger part of shorter intervals.
    ceiling_bpm
        Never faster; None without.
    """
    target_floor_cv = floor_cv * planned.target_bpm / floor_at_bpm
    criterion_cv = personal_criterion_cv(max(easy_cv, LEAST_CV), target_floor_cv)
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
    """Return where a ladder goes on; None where it begins anew.

    Parameters
    ----------
    planned
        The plan's words of today about the drill.
    past
        What was played of it.
    today
        The player's calendar day.
    easy_cv
        The player's usual CV at an easy tempo; None: without it no run can be judged.
    ceiling_bpm
        Today's; None without.
    """
    runs = [one for one in past.runs if one.bpm >= planned.bpm - SAME_BPM]
    if easy_cv is None or planned.target_bpm <= planned.bpm or not runs:
        return None
    ladder = planned_ladder(
        planned,
        easy_cv=easy_cv,
        floor_cv=runs[-1].floor_cv,
        floor_at_bpm=runs[-1].bpm,
        ceiling_bpm=ceiling_bpm,
    )
    judged = _judged_runs(ladder, runs)
    if not judged:
        return None
    ended = _replayed(ladder, judged)
    n_days = (today - past.last_day).days
    state, why = _trusted(ladder, ended, was_stopped=past.was_stopped, n_days=n_days)
    # Alternating begins slow, as it always does; nobody's first run of a day overshoots.
    state = replace(state, n_failures=0, is_excursion=ladder.kind is LadderKind.ALTERNATE)
    return ContinuedLadder(ladder, state, ended.rung_bpm, why, past.last_day, n_days)


def _judged_runs(ladder: Ladder, runs: Sequence[PastRun]) -> list[PastRun]:
    """The last runs at the rung that was to be passed, without visits to other tempos."""
    if ladder.kind is LadderKind.ALTERNATE:  # every other run is a slow one
        if len(runs) < 2:
            return []
        rung_bpm = max(one.bpm for one in runs[-2:])
        slow_bpm = min(one.bpm for one in runs[-2:])
        kept = [one for one in runs if not _is_same(one.bpm, slow_bpm) or slow_bpm == rung_bpm]
    else:  # a rung is one step up: what is faster was a visit
        befores = [runs[0], *runs[:-1]]
        kept = [
            one
            for one, before in zip(runs, befores, strict=True)
            if one.bpm <= before.bpm + ladder.step_bpm + SAME_BPM
        ]
    trailing: list[PastRun] = []
    for one in reversed(kept):
        if not _is_same(one.bpm, kept[-1].bpm):
            break
        trailing.append(one)
    return trailing[::-1]


def _is_same(one_bpm: float, other_bpm: float) -> bool:
    return abs(one_bpm - other_bpm) < SAME_BPM


def _replayed(ladder: Ladder, runs: Sequence[PastRun]) -> LadderState:
    """Judge runs at one tempo again: sessions may be too short to pass a rung in one of them."""
    there = state = LadderState(runs[-1].bpm)
    for one in runs:
        state, result = after_run(ladder, replace(state, is_excursion=False), one.cv_ioi)
        if result is RungResult.DONE:  # to be shown again today
            state = there
        elif result is not RungResult.STAY and one is not runs[-1]:
            state = there  # it came back to this tempo afterwards
    return state


def _trusted(
    ladder: Ladder, ended: LadderState, *, was_stopped: bool, n_days: int
) -> tuple[LadderState, ResumeReason]:
    bpm, why = ended.rung_bpm, ResumeReason.AS_ENDED
    if was_stopped or n_days > TRUSTED_DAYS:
        bpm = bpm - ladder.step_bpm
        why = ResumeReason.STOPPED if was_stopped else ResumeReason.LONG_AGO
    if bpm > ladder.target_bpm:
        bpm, why = ladder.target_bpm, ResumeReason.PLAN_IS_SLOWER
    bpm = max(bpm, ladder.start_bpm)
    return (ended if why is ResumeReason.AS_ENDED else LadderState(bpm)), why
