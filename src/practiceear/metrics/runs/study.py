"""All that the runs of a take tell, from notes alone: the one call that others need."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.metrics.runs.alignment import AlignedRuns, align_runs
from practiceear.metrics.runs.evenness import (
    alternate_offset,
    instability,
    irregularity,
    medial_sd_ioi,
)
from practiceear.metrics.runs.finding import Run, find_runs
from practiceear.metrics.runs.notes import (
    NoteHabit,
    RunFinding,
    note_habits,
    note_that_stands_out,
    run_finding,
)
from practiceear.metrics.runs.segments import is_pitched
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray


@dataclass(frozen=True, slots=True)
class RunStudy:
    """The runs of a take and what follows from them.

    ``patterns``: the same, note by note, for each pattern that was played more than once.
    ``medial_sd_ioi``, ``irregularity``, ``instability``, ``alternate_offset``: measures over all
    patterns that were played often enough.
    """

    runs: tuple[Run, ...]  # all that were found, in order
    patterns: tuple[AlignedRuns, ...]
    medial_sd_ioi: Metric
    irregularity: Metric
    instability: Metric
    alternate_offset: Metric
    notes: tuple[NoteHabit, ...]  # each note of those patterns; at most one stands out
    finding: RunFinding  # habit or wander, where that is sure

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The measures, in the order in which they are reported."""
        return (self.medial_sd_ioi, self.irregularity, self.instability, self.alternate_offset)

    @property
    def standing_out(self) -> NoteHabit | None:
        """The note that is late or early by habit; None where there is none."""
        return note_that_stands_out(self.notes)

    def without_finding(self) -> RunStudy:
        """The same where no note may be named: its measures stay."""
        notes = tuple(replace(note, stands_out=False) for note in self.notes)
        return replace(self, notes=notes, finding=RunFinding.OPEN)


def study_runs(
    onset_s: FloatArray,
    pitch_midi: FloatArray,
    onset_floor_s: float = math.nan,
    is_unbroken: BoolArray | None = None,
    repeated_s: float | FloatArray = math.nan,
) -> RunStudy:
    """Find the runs of a take and measure what they have in common.

    Parameters
    ----------
    onset_s
        float64, shape (n_notes,): when notes begin, in order.
    pitch_midi
        float64, shape (n_notes,): 69 is A4; NaN where it is not clear.
    onset_floor_s
        The detector's error of one onset.
    is_unbroken
        bool, shape (n_notes - 1,): whether all sound from each note to the next was
        recorded; None where nothing was lost.
    repeated_s
        How far off the detector may be with a note every time it is played, as for
        ``note_habits``.

    ValueError where onsets are not in order, or shapes differ.
    """
    runs = find_runs(onset_s, pitch_midi, is_unbroken)
    patterns = align_runs(runs, onset_s, pitch_midi)
    unstable = instability(patterns, onset_floor_s)
    irregular = irregularity(patterns, onset_floor_s)
    notes = note_habits(patterns, repeated_s)
    finding = run_finding(notes, unstable, irregular)
    study = RunStudy(
        runs=runs,
        patterns=patterns,
        medial_sd_ioi=medial_sd_ioi(patterns, sd_ioi_floor(onset_floor_s)),
        irregularity=irregular,
        instability=unstable,
        alternate_offset=alternate_offset(patterns, _usual(repeated_s)),
        notes=notes,
        finding=finding,
    )
    # Pauses alone do not show which note is which: runs are measured, no note is accused.
    return study if is_pitched(pitch_midi) else study.without_finding()


def _usual(repeated_s: float | FloatArray) -> float:
    values_s = np.atleast_1d(repeated_s)
    return float(np.median(values_s)) if values_s.size else math.nan
