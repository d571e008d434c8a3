"""Tempo of a drill from run to run: three ladders, one rule to pass.

Steady goes up step by step. Alternating changes between slow and target, overshoot visits a
faster tempo and comes back; nothing shows that one of them is best for everybody. To pass,
two of the last three runs must lie inside the criterion; two failures in a row go back by a
twentieth. Rules of this program, not of a study.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

RUNS_TO_JUDGE = 3
RUNS_TO_PASS = 2
FAILURES_TO_GO_BACK = 2
STEP_BACK = 0.95
LEAST_BPM = 20.0
OWN_CRITERION = 1.15
"""The criterion as a multiple of the player's usual unevenness at an easy tempo: of an unchanged
player's single runs of thirty notes about one in eight lies outside."""


class LadderKind(Enum):
    """How tempos follow each other."""

    STEADY = "steady"
    ALTERNATE = "alternate"
    OVERSHOOT = "overshoot"


class RungResult(Enum):
    """Effect of a run on the ladder."""

    STAY = "stay"
    UP = "up"
    BACK = "back"
    DONE = "done"  # the target was passed


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rules of a ladder."""

    kind: LadderKind
    start_bpm: float
    target_bpm: float
    ceiling_bpm: float
    criterion_cv: float  # a run is inside up to this SD of intervals over their mean
    step_bpm: float = 4.0  # distance of rungs
    overshoot: float = 1.2  # tempo of an excursion beyond the rung, as a factor

    def __post_init__(self) -> None:
        if not LEAST_BPM <= self.start_bpm <= self.target_bpm <= self.ceiling_bpm <= 400.0:
            raise ValueError(
                "a ladder goes up from its start to its target, which is not above the ceiling:"
                f" {self.start_bpm:g}, {self.target_bpm:g}, {self.ceiling_bpm:g}"
            )
        if not 0.0 < self.criterion_cv < 1.0 or not self.step_bpm > 0.0:
            raise ValueError("criterion and step must be above 0, the criterion below 1")
        if not 1.0 <= self.overshoot <= 2.0:
            raise ValueError("an overshoot is 1 to 2 times the tempo")


@dataclass(frozen=True, slots=True)
class LadderState:
    """A player's position on a ladder."""

    rung_bpm: float  # the tempo that is to be passed
    judged: tuple[bool, ...] = ()  # the last runs at it, at most three: was each inside?
    n_failures: int = 0  # in a row
    is_excursion: bool = False  # the next run, slow or beyond the rung, is not judged
    is_done: bool = False  # the target was passed


def begin(ladder: Ladder) -> LadderState:
    """Return the first position; alternating begins slow, with the target as its rung."""
    if ladder.kind is LadderKind.ALTERNATE:
        return LadderState(ladder.target_bpm, is_excursion=True)
    return LadderState(ladder.start_bpm)


def next_bpm(ladder: Ladder, state: LadderState) -> float:
    """Tempo of the next run: never above the ceiling."""
    bpm = state.rung_bpm
    if state.is_excursion and ladder.kind is LadderKind.ALTERNATE:
        bpm = min(ladder.start_bpm, state.rung_bpm)
    elif state.is_excursion and ladder.kind is LadderKind.OVERSHOOT:
        bpm = state.rung_bpm * ladder.overshoot
    return min(bpm, ladder.ceiling_bpm)


def after_run(ladder: Ladder, state: LadderState, cv_ioi: float) -> tuple[LadderState, RungResult]:
    """Return the position after a run, and how the run changed it.

    ``cv_ioi``: SD of its intervals over their mean; NaN where too few notes were detected: the run
    is then not judged, neither for nor against the player.
    """
    if state.is_done:
        return state, RungResult.DONE
    if state.is_excursion:
        return replace(state, is_excursion=False), RungResult.STAY
    if not math.isfinite(cv_ioi):
        return state, RungResult.STAY
    is_inside = cv_ioi <= ladder.criterion_cv
    judged = (*state.judged, is_inside)[-RUNS_TO_JUDGE:]
    n_failures = 0 if is_inside else state.n_failures + 1
    if sum(judged) >= RUNS_TO_PASS:
        return _up(ladder, state)
    if n_failures >= FAILURES_TO_GO_BACK:
        return _back(ladder, state)
    is_next_excursion = ladder.kind is LadderKind.ALTERNATE
    return (
        replace(state, judged=judged, n_failures=n_failures, is_excursion=is_next_excursion),
        RungResult.STAY,
    )


def _up(ladder: Ladder, state: LadderState) -> tuple[LadderState, RungResult]:
    if state.rung_bpm >= ladder.target_bpm:
        return LadderState(state.rung_bpm, is_done=True), RungResult.DONE
    rung_bpm = min(state.rung_bpm + ladder.step_bpm, ladder.target_bpm)
    is_next_excursion = ladder.kind is not LadderKind.STEADY
    return LadderState(rung_bpm, is_excursion=is_next_excursion), RungResult.UP


def _back(ladder: Ladder, state: LadderState) -> tuple[LadderState, RungResult]:
    """A twentieth slower, but not below where the ladder began."""
    rung_bpm = max(state.rung_bpm * STEP_BACK, ladder.start_bpm)
    is_next_excursion = ladder.kind is LadderKind.ALTERNATE
    return LadderState(rung_bpm, is_excursion=is_next_excursion), RungResult.BACK


def personal_criterion_cv(easy_cv: float, detector_cv: float) -> float:
    """Return the criterion of one player for one drill.

    ``easy_cv``: median CV of the player's runs at a tempo that is easy, such as the baseline's.
    ``detector_cv``: the part that the detector's error explains: nobody can pass below it. NaN if
    unknown.
    """
    if not easy_cv > 0.0:
        raise ValueError("the player's own unevenness must be known")
    return OWN_CRITERION * max(easy_cv, detector_cv if math.isfinite(detector_cv) else 0.0)
