"""Which note of a pattern is always late, and whether it is that or whether the notes wander.

Every note is tested against its own run's line, all notes of all patterns at once: with 15
notes, 15 chances for one to look late. So the 5 % are shared among them (Bonferroni), with
Student's t. Five runs tell little about how much one note moves, so half of that is taken
from all the notes: half stays its own, because notes differ. Simulated, with notes that
wander alike or unlike, alone or together: 0 to 5 of 100 takes without a habit name a note.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from practiceear.metrics.detector_error import errors_against_mean
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import stdtrit
from practiceear.metrics.reliability import CONFIDENCE
from practiceear.metrics.runs.alignment import AlignedRuns
from practiceear.metrics.runs.evenness import measurable_patterns
from practiceear.units import FloatArray

_TAIL = (1.0 - CONFIDENCE) / 2.0
_ROUNDING_S = 1e-6  # less than a sample: no habit of a player's

MOST_AS_LATE = 2
"""Where more notes of a pattern than this are surely off too, by half as much or more, each run
slows or swells as a whole: no one note is named."""


@dataclass(frozen=True, slots=True)
class NoteHabit:
    """One note of a pattern over all its runs.

    ``pattern``, ``direction``: which pattern, and where it goes. ``late_s``, ``low_s``, ``high_s``:
    how late it is against an even row on average, with its own 95 % interval. ``stands_out``:
    whether it is the one note that chance and the detector do not explain.
    """

    pattern: int
    direction: str
    place: int  # which note of it, from 0
    pitch_midi: float  # 69 is A4; NaN where it was never clear
    n_runs: int  # in how many runs it was heard
    late_s: float
    low_s: float
    high_s: float
    wander_s: float  # SD of how late it is, from run to run
    stands_out: bool = False


class RunFinding(Enum):
    """What the runs of a take have in common."""

    HABIT = "habit"
    """One note is late, or early, again and again."""

    WANDER = "wander"
    """What changes from run to run is larger than what repeats, and more than the detector's."""

    OPEN = "open"
    """Neither is sure."""


def note_habits(
    patterns: Sequence[AlignedRuns], repeated_s: float | FloatArray = math.nan
) -> tuple[NoteHabit, ...]:
    """Measure each note of each pattern; at most one of them stands out.

    ``patterns``: from ``align_runs``; those of fewer than five runs are left out. ``repeated_s``:
    how far off the detector may be with a note every time it is played: of all notes, or float64,
    shape (n_notes,), of each note of the take. A note that is off by less is not named.
    """
    measurable = measurable_patterns(patterns)
    habits = [habit for pattern in measurable for habit in _habits(pattern)]
    if not habits:
        return ()
    tail = _TAIL / len(habits)
    clarity = np.array([c for pattern in measurable for c in _clarity(pattern, tail)])
    late_s = np.abs(np.array([habit.late_s for habit in habits]))
    explained_s = [_repeated_s(pattern, repeated_s) for pattern in measurable]
    clarity[late_s <= np.concatenate([np.zeros(0), *explained_s])] = 0.0
    best = int(np.argmax(clarity))
    is_sure = np.array([habit.pattern == habits[best].pattern for habit in habits]) & (
        clarity > 1.0
    )
    n_as_late = np.count_nonzero(is_sure & (late_s > late_s[best] / 2.0)) - 1
    is_one = n_as_late <= MOST_AS_LATE
    return tuple(
        _named(habit) if index == best and clarity[best] > 1.0 and is_one else habit
        for index, habit in enumerate(habits)
    )


def note_that_stands_out(habits: Sequence[NoteHabit]) -> NoteHabit | None:
    """The note that is late or early by habit; None where there is none."""
    return next((habit for habit in habits if habit.stands_out), None)


def run_finding(
    habits: Sequence[NoteHabit], instability: Metric, irregularity: Metric
) -> RunFinding:
    """Say which of the two it is, where that is sure.

    ``habits``: from ``note_habits``. ``instability``, ``irregularity``: of the same runs, with
    their floors.
    """
    if note_that_stands_out(habits) is not None:
        return RunFinding.HABIT
    if (
        instability.is_unavailable
        or irregularity.is_unavailable
        or instability.is_at_detector_error
    ):
        return RunFinding.OPEN
    wanders = instability.low > irregularity.high
    return RunFinding.WANDER if wanders else RunFinding.OPEN


def _habits(pattern: AlignedRuns) -> list[NoteHabit]:
    late_s, variance, n_heard, dof = _moments(pattern)
    reach = stdtrit(dof, 1.0 - _TAIL) * np.sqrt(variance / n_heard)
    return [
        NoteHabit(
            pattern=pattern.pattern,
            direction=pattern.direction,
            place=place,
            pitch_midi=float(pattern.pitch_midi[place]),
            n_runs=int(n_heard[place]),
            late_s=float(late_s[place]),
            low_s=float(late_s[place] - reach[place]),
            high_s=float(late_s[place] + reach[place]),
            wander_s=float(np.nanstd(pattern.late_s[:, place], ddof=1)),
        )
        for place in range(pattern.n_places)
    ]


def _clarity(pattern: AlignedRuns, tail: float) -> FloatArray:
    """How many times as late each note is as chance makes one of them, shape (n_places,)."""
    late_s, variance, n_heard, dof = _moments(pattern)
    reach = stdtrit(dof, 1.0 - tail) * np.sqrt(variance / n_heard)
    return np.asarray(np.abs(late_s) / np.maximum(reach, _ROUNDING_S), dtype=np.float64)


def _moments(pattern: AlignedRuns) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Mean, variance of one run, runs and degrees of freedom of each note, shape (n_places,)."""
    n_heard = np.isfinite(pattern.late_s).sum(axis=0).astype(np.float64)
    own = np.nanvar(pattern.late_s, axis=0, ddof=1)
    return (
        np.nanmean(pattern.late_s, axis=0),
        (own + own.mean()) / 2.0,
        n_heard,
        2.0 * (n_heard - 1.0),
    )


def _repeated_s(pattern: AlignedRuns, repeated_s: float | FloatArray) -> FloatArray:
    """How far off the detector may be with each note of a pattern, shape (n_places,)."""
    of_note = np.nan_to_num(np.asarray(repeated_s, dtype=np.float64))
    of_run = of_note[pattern.note] if of_note.ndim else np.full(pattern.note.shape, of_note)
    square = np.where(pattern.is_heard, of_run**2, 0.0).sum(axis=0)
    return errors_against_mean(np.sqrt(square / pattern.is_heard.sum(axis=0)))


def _named(habit: NoteHabit) -> NoteHabit:
    return replace(habit, stands_out=True)
