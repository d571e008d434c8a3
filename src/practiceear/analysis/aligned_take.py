"""A take's notes beside the grid that they were played to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from practiceear.analysis.pipeline import Gap, NotePipeline
from practiceear.instruments.profile import DetectorError, InstrumentProfile
from practiceear.metrics.detector_error import known_errors_s, usual_error_s
from practiceear.metrics.intervals import (
    PlayedIntervals,
    Unfit,
    played_intervals,
    ungridded_intervals,
)
from practiceear.metrics.on_time import INNER_S
from practiceear.notes.tracker import NoteArray
from practiceear.rhythm.alignment import Alignment, align
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.rhythm.playing_segments import PlayingSegments
from practiceear.rhythm.pulse import NO_STEADY_TEMPO
from practiceear.rhythm.tempo import (
    GridFit,
    Misfit,
    find_grid,
    place_program,
)
from practiceear.settings import Exercise
from practiceear.units import FloatArray, IntArray, samples_to_seconds

CUT_OFF_S = 0.05
"""A note that begins so soon in a recording may have begun before it."""

MOST_RESTARTS_NAMED = 3

TEMPO_CHANGED = "the tempo changed while it was played, and its grid was not kept"


@dataclass(frozen=True, slots=True, eq=False)
class AlignedTake:
    """What the measures of a take are computed from.

    Attributes
    ----------
    notes, onset_s, length_s
        The notes, when they begin and how long they sound in seconds, shape (n_notes,).
    error_s
        SD of the error of each onset, shape (n_notes,).
    fit, alignment
        The grid, and the notes beside its slots; None without a grid.
    intervals
        The intervals that should be equal.
    profile
        The instrument, with this take's own error of onsets and of the click's time.
    is_paced
        Whether a click was heard while playing, as far as is known.
    is_unbroken
        Whether each note and the next are neighbours, shape (n_notes - 1,): all sound between
        them was recorded, and no notes are missing there.
    part
        Between which pauses each note lies, where nothing keeps the beat through them; else None.
    """

    notes: NoteArray
    onset_s: FloatArray
    length_s: FloatArray
    error_s: FloatArray
    fit: GridFit
    alignment: Alignment | None
    intervals: PlayedIntervals
    profile: InstrumentProfile
    is_paced: bool
    is_unbroken: BoolArray
    part: IntArray | None

    @property
    def unnamed_s(self) -> FloatArray:
        """How late each note may be without being named for it, shape (n_notes,).

        As far as the detector may be off with it every time, and what no listener notices.
        """
        detector_error = self.profile.detector_error
        repeated_s = detector_error.repeated * np.maximum(self.error_s, detector_error.onset_s)
        return np.maximum(repeated_s, INNER_S)

    @property
    def gridded(self) -> tuple[Alignment, MetronomeGrid] | None:
        """Alignment and grid; None without a grid."""
        if self.alignment is None or self.fit.grid is None:
            return None
        return self.alignment, self.fit.grid

    @property
    def phased(self) -> tuple[Alignment, MetronomeGrid] | None:
        """Alignment and grid where bars and beats are the player's; else None."""
        return self.gridded if self.fit.is_phase_known else None


def align_take(
    notes: NoteArray,
    pipeline: NotePipeline,
    exercise: Exercise,
    playing: PlayingSegments,
    missing_s: Sequence[tuple[float, float]] = (),
) -> AlignedTake:
    """Lay played notes beside their grid.

    Parameters
    ----------
    notes
        All notes of the take, dtype ``NOTE``, in order.
    pipeline
        What detected them.
    exercise
        What the player set out to play.
    playing
        Which of the notes are part of the playing.
    missing_s
        From when to when notes are probably missing, in seconds: who follows whom there is not
        known.
    """
    notes = notes[playing.is_played]
    notes.flags.writeable = False
    onset_s = samples_to_seconds(notes["onset_sample"], pipeline.rate_hz)
    length_samples = notes["offset_sample"] - notes["onset_sample"]
    is_unbroken = _is_unbroken(notes, pipeline.gaps, round(CUT_OFF_S * pipeline.rate_hz))
    for first_s, end_s in missing_s:
        is_unbroken &= (onset_s[1:] <= first_s) | (onset_s[:-1] >= end_s)
    fit, alignment, intervals = _beside(onset_s, _grid_of(onset_s, exercise, playing), is_unbroken)
    of_profile = pipeline.profile.detector_error
    error_s = onset_errors_s(notes, of_profile)
    detector_error = replace(
        of_profile,
        # What is not known of the click's own time is not known of the notes beside it.
        bias_s=math.hypot(of_profile.bias_s, exercise.first_beat_off_s),
        onset_s=usual_error_s(error_s, of_profile.onset_s),
    )
    return AlignedTake(
        notes=notes,
        onset_s=onset_s,
        length_s=samples_to_seconds(length_samples, pipeline.rate_hz),
        error_s=error_s,
        fit=fit,
        alignment=alignment,
        intervals=intervals,
        profile=replace(pipeline.profile, detector_error=detector_error),
        # A tempo that was set is taken to have been heard.
        is_paced=exercise.bpm is not None or exercise.first_beat_s is not None,
        is_unbroken=is_unbroken,
        # A click goes on through a pause. Without one nobody knows what the player counted.
        part=playing.part[playing.is_played] if exercise.first_beat_s is None else None,
    )


def onset_errors_s(notes: NoteArray, detector_error: DetectorError) -> FloatArray:
    """SD of the error of each onset, in seconds, shape (n_notes,).

    The profile's own where a note's is not known: of taps, of notes that a hand put in or
    moved, of one that the end of the sound left undecided.
    """
    return known_errors_s(notes["onset_error_s"], detector_error.onset_s)


def _beside(
    onset_s: FloatArray, fit: GridFit, is_unbroken: BoolArray
) -> tuple[GridFit, Alignment | None, PlayedIntervals]:
    """The notes beside their grid, where they lie about it as notes of a player do."""
    if fit.grid is None:
        return fit, None, ungridded_intervals(onset_s, is_unbroken)
    grid, alignment = fit.grid, align(onset_s, fit.grid)
    if not fit.is_phase_known:
        grid, alignment = _about_own_average(grid, alignment)
    intervals = played_intervals(onset_s, alignment, grid, is_unbroken)
    fit = replace(fit, grid=grid)
    if intervals.unfit is None or fit.is_phase_known:
        return fit, alignment, intervals
    if intervals.unfit is not Unfit.TEMPO_CHANGES:  # what was wrong may be the grid alone
        free = ungridded_intervals(onset_s, is_unbroken)
        if free.unfit is None:
            return GridFit(None, NO_STEADY_TEMPO, Misfit.UNSTEADY), None, free
    return GridFit(None, intervals.reason, Misfit.UNSTEADY), None, intervals


def _grid_of(onset_s: FloatArray, exercise: Exercise, playing: PlayingSegments) -> GridFit:
    if not exercise.is_tempo_steady:
        return GridFit(None, TEMPO_CHANGED, Misfit.TEMPO_CHANGED)
    if exercise.program_grid is not None:
        is_known = exercise.first_beat_s is not None
        return place_program(onset_s, exercise.program_grid, is_phase_known=is_known)
    if playing.restarts_s and exercise.first_beat_s is None:
        times = ", ".join(f"{time_s:.1f}" for time_s in playing.restarts_s[:MOST_RESTARTS_NAMED])
        reason = f"after a pause the beat begins anew, at {times} s"
        return GridFit(None, reason, Misfit.PAUSE)
    return find_grid(
        onset_s,
        bpm=exercise.bpm,
        meter=exercise.meter,
        subdivision=exercise.subdivision,
        first_beat_s=exercise.first_beat_s,
    )


def _about_own_average(
    grid: MetronomeGrid, alignment: Alignment
) -> tuple[MetronomeGrid, Alignment]:
    """Move a grid that was found from the notes to where their mean deviation is 0.

    When the click sounded is not known then: deviations are from the player's own average.
    """
    if not alignment.n_matched:
        return grid, alignment
    average_s = float(np.nanmean(alignment.deviation_s))
    moved = replace(grid, first_beat_s=grid.first_beat_s + average_s)
    return moved, replace(alignment, deviation_s=alignment.deviation_s - average_s)


def _is_unbroken(notes: NoteArray, gaps: Sequence[Gap], cut_off_samples: int) -> BoolArray:
    """Whether all sound between each note and the next was recorded, shape (n_notes - 1,)."""
    is_unbroken = np.ones(max(0, len(notes) - 1), dtype=np.bool_)
    if len(is_unbroken) and notes["onset_sample"][0] < cut_off_samples:
        is_unbroken[0] = False
    lost = np.array([gap.first_sample for gap in gaps], dtype=np.int64)
    before = np.searchsorted(notes["onset_sample"], lost, side="right") - 1
    is_unbroken[before[(before >= 0) & (before < len(is_unbroken))]] = False
    return is_unbroken
