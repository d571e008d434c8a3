"""The steps of a session: what is played, how long it takes, and the numbers of a recorded run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from practiceear.live.levels import SILENCE_S, SILENT_BARS
from practiceear.practice.drill import Drill
from practiceear.practice.plan import PlannedDrill

ASSESSMENT_TAG = "assessment"
PERFORMANCE_TAG = "performance"
NOT_PRACTICE = (ASSESSMENT_TAG, PERFORMANCE_TAG)
"""Tags of takes in the journal that are not practice of their drill."""

FREE_NOTES = 16
"""Assumed notes of a run whose pitch is free."""

QUIET_S = 1.0
QUIET_BEATS = 2.0
"""Silence after the last note of a run: the longer of the two."""

DETECTED_SHARE = 0.6
"""Share of a run's notes below which it is not judged, neither for nor against the player."""


class StepKind(Enum):
    """What is done in a step."""

    WARM_UP = "warm-up"
    DRILL = "drill"
    ASSESSMENT = "assessment"
    REST = "rest"
    SILENT_REHEARSAL = "silent rehearsal"
    ASK = "effort and pain"
    PERFORMANCE = "performance"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a session; drill, bpm and n_runs are None, 0 and 0 where nothing is played."""

    kind: StepKind
    length_s: float
    drill: Drill | None = None
    bpm: float = 0.0  # the first tempo
    n_runs: int = 0
    planned: PlannedDrill | None = None  # None where the step is not on a ladder
    starts_s: float = 0.0  # since the session began

    @property
    def is_playing(self) -> bool:
        """Whether something is to be played."""
        return self.kind not in (StepKind.REST, StepKind.SILENT_REHEARSAL, StepKind.ASK)


def bar_length_s(drill: Drill, bpm: float) -> float:
    """Length of a bar."""
    return drill.meter.n_beats * 60.0 / bpm


def run_length_s(drill: Drill, bpm: float) -> float:
    """Length of one run: its notes, and the beat that the last one fills."""
    if drill.tone_s is not None:
        return drill.tone_s
    n_beats = (len(drill.notes) or FREE_NOTES) / drill.subdivision.n_slots + 1.0
    return n_beats * 60.0 / bpm


def quiet_after_s(bpm: float) -> float:
    """Length of the silence after the last note that ends a run."""
    return max(QUIET_S, QUIET_BEATS * 60.0 / bpm)


def take_length_s(drill: Drill, bpm: float) -> float:
    """Length of the take of a run: a bar of count-in, its notes, the silence that ends it."""
    if drill.tone_s is not None:
        return drill.tone_s + SILENCE_S
    bar_s = bar_length_s(drill, bpm)
    if not drill.notes:  # nobody knows which note is the last
        return bar_s + run_length_s(drill, bpm) + max(SILENCE_S, SILENT_BARS * bar_s)
    last_onset_s = (len(drill.notes) - 1) / drill.subdivision.n_slots * 60.0 / bpm
    return bar_s + last_onset_s + quiet_after_s(bpm)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The numbers of a recorded run that the rules of practice use; NaN where unavailable."""

    duration_s: float  # of the take
    sounding_s: float = 0.0  # of it with a note sounding
    loud_s: float = 0.0  # of it loud
    n_notes: int = 0
    n_intervals: int = 0  # on which cv_ioi rests
    cv_ioi: float = math.nan  # SD of the intervals over their mean
    detector_cv: float = math.nan  # the part of it that the detector's error explains
    mean_level_dbfs: float = math.nan  # of the notes


def has_enough_notes(summary: RunSummary | None, drill: Drill | None) -> bool:
    """Whether enough of a run was detected to count it; of a drill without notes, any note."""
    n_notes = len(drill.notes) if drill is not None else 0
    return summary is not None and summary.n_notes >= max(1.0, DETECTED_SHARE * n_notes)
