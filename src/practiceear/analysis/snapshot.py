"""Everything that is known about a session at one moment, frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from practiceear.analysis.further import (
    NO_GRID,
    OWN_KEYS,
    Evenness,
    FurtherMeasures,
    HeardTake,
    measure_further,
)
from practiceear.analysis.pipeline import Gap, NotePipeline
from practiceear.instruments.profile import DetectorError, InstrumentProfile
from practiceear.metrics.articulation import (
    DETACHED_KEY,
    DIP_KEY,
    attack_consistency,
    gate_ratio,
    gate_ratio_sd,
)
from practiceear.metrics.detector_error import known_errors_s, usual_error_s
from practiceear.metrics.double_onsets import DoubleOnsets
from practiceear.metrics.evenness import (
    PlayedIntervals,
    Unfit,
    cv_ioi,
    played_intervals,
    robust_sd_ioi,
    sd_ioi,
    ungridded_intervals,
)
from practiceear.metrics.loudness import CLARITY_KEY, CONTRAST_KEY, loudness_evenness
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import on_time_windows_s
from practiceear.metrics.position import PositionOffsets
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.metrics.timing import deviation_bias, deviation_spread, drift
from practiceear.notes.tracker import NoteArray
from practiceear.rhythm.alignment import Alignment, align
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.rhythm.playing_segments import PlayingSegments, find_playing_segments
from practiceear.rhythm.tempo import (
    NO_STEADY_TEMPO,
    GridFit,
    Misfit,
    find_grid,
    place_program,
)
from practiceear.settings import Exercise
from practiceear.units import FloatArray, IntArray, samples_to_seconds

UNCLEAR_SHARE = 0.15
"""Where more of the notes were missing or extra to the ear, it is not to be believed."""

CUT_OFF_S = 0.05
"""What sounds so soon in a recording may have begun before it: when is not known."""

MOST_RESTARTS_NAMED = 3

GAIN_MOVED = "the level moved by itself, as automatic gain control makes it"

TIMING_KEYS = (("deviation_spread_s", "s"), ("deviation_bias_s", "s"), ("drift_s_per_s", "s/s"))
"""Key and unit of the measures that need a grid."""

EVENNESS_KEYS = ("sd_ioi_s", "robust_sd_ioi_s", "true_sd_ioi_s")

LEVEL_KEYS = {
    "loudness_sd_db",
    OWN_KEYS["loudness_sd_db"],
    "gate_ratio",
    "gate_ratio_sd",
    CONTRAST_KEY,
    CLARITY_KEY,
    DIP_KEY,
    DETACHED_KEY,
}
"""The measures that levels, or falls of the level, make: untrue where the gain moved."""


TEMPO_CHANGED = "the tempo changed while it was played, and its grid was not kept"


@dataclass(frozen=True, slots=True, eq=False)
class SessionSnapshot:
    """What was heard and what follows from it.

    Attributes
    ----------
    rate_hz
        Samples per second of all positions.
    profile
        The instrument that was listened for.
    notes
        dtype ``NOTE``, read-only.
    gaps
        Places where sound was lost.
    grid_fit
        The metronome grid, or why there is none.
    alignment
        Which slot each note was meant for; None without a grid.
    intervals
        The intervals that should be equal: what evenness is measured on.
    metrics
        The measures that takes are compared by, in the order in which they are reported.
    further
        What else is known.
    left_out_s
        From when to when there were sounds that are no part of the playing, in seconds.
    left_out_onset_s
        When each of those sounds began, in seconds, shape (n_left_out,).
    """

    rate_hz: int
    profile: InstrumentProfile
    notes: NoteArray
    gaps: tuple[Gap, ...]
    grid_fit: GridFit
    alignment: Alignment | None
    intervals: PlayedIntervals
    metrics: tuple[Metric, ...]
    further: FurtherMeasures
    left_out_s: tuple[tuple[float, float], ...] = ()
    left_out_onset_s: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def positions(self) -> PositionOffsets:
        """How late each place of the bar is against all places, or why that is not known."""
        return self.further.positions

    @property
    def is_click_known(self) -> bool:
        """Whether deviations are from the click; else from the player's own average."""
        return self.grid_fit.grid is not None and self.grid_fit.is_phase_known

    @property
    def windows_s(self) -> tuple[float, float]:
        """How far off a note may be before it is shown as off, and as clearly off, in seconds."""
        lateness, interval_s = self.further.lateness, self.intervals.usual_s
        if lateness is None:
            return on_time_windows_s(interval_s)
        return lateness.windows_s(interval_s)

    @property
    def noticed_s(self) -> float:
        """From which spread on a listener may notice that notes are uneven, in seconds."""
        return on_time_windows_s(self.intervals.usual_s)[0]

    @property
    def evenness(self) -> Evenness:
        """How even the intervals of the whole take are."""
        return Evenness(*(self.metric(key) for key in EVENNESS_KEYS))

    @property
    def double_onsets(self) -> DoubleOnsets:
        """Changes from note to note that began twice."""
        return self.further.double_onsets

    @property
    def onset_s(self) -> FloatArray:
        """Onset times of the notes in seconds, shape (n_notes,)."""
        return samples_to_seconds(self.notes["onset_sample"], self.rate_hz)

    @property
    def heard_s(self) -> FloatArray:
        """When all begins that was heard, in seconds, shape (n_notes + n_left_out,), in order."""
        return np.sort(np.concatenate((self.onset_s, self.left_out_onset_s)))

    @property
    def onset_error_s(self) -> FloatArray:
        """How far off the onset of each note may be, in seconds, shape (n_notes,)."""
        return onset_errors_s(self.notes, self.profile.detector_error)

    @property
    def missed_s(self) -> FloatArray:
        """When notes that were missed had been due, in seconds, shape (n_missed,).

        What was due where sound was lost may have been played.
        """
        if self.grid_fit.grid is None or self.alignment is None:
            return np.zeros(0)
        due_s = self.grid_fit.grid.slot_time_s(self.alignment.missed_slots)
        is_lost = np.zeros(len(due_s), dtype=np.bool_)
        for gap in self.gaps:
            first_s = samples_to_seconds(gap.first_sample, self.rate_hz)
            end_s = samples_to_seconds(gap.first_sample + gap.n_samples, self.rate_hz)
            is_lost |= (due_s > first_s - 0.1) & (due_s < end_s + 0.1)
        return due_s[~is_lost]

    @property
    def unclear_share(self) -> float:
        """Share of notes that lie off the grid or were not heard where one was due."""
        if self.alignment is None or not len(self.notes):
            return 0.0
        n_missed = len(self.missed_s)
        return (self.alignment.n_extra + n_missed) / (len(self.notes) + n_missed)

    def metric(self, key: str) -> Metric:
        """The measure with this key; KeyError where there is none."""
        further = self.further
        for metric in (
            *self.metrics,
            *further.metrics,
            *further.expert,
            *further.runs.metrics,
        ):
            if metric.key == key:
                return metric
        raise KeyError(key)


def without_levels(snapshot: SessionSnapshot) -> SessionSnapshot:
    """The snapshot with a reason in place of each number that a moving gain makes untrue."""
    return replace(
        snapshot,
        metrics=_without_levels(snapshot.metrics),
        further=replace(
            snapshot.further,
            own=_without_levels(snapshot.further.own),
            sound=_without_levels(snapshot.further.sound),
        ),
    )


def _without_levels(metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    return tuple(
        Metric.unavailable(one.key, one.unit, one.n, GAIN_MOVED)
        if one.key in LEVEL_KEYS and not one.is_unavailable
        else one
        for one in metrics
    )


def measure(
    notes: NoteArray, ear: NotePipeline, exercise: Exercise, is_certain: BoolArray | None = None
) -> SessionSnapshot:
    """Measure what ``ear`` heard so far.

    Parameters
    ----------
    notes
        All notes heard, dtype ``NOTE``, in order.
    ear
        The ear that heard them.
    exercise
        What the player set out to play.
    is_certain
        bool, shape (n_notes,): True for notes that are measured whatever their rhythm, such as
        those that a hand put in; None where nothing but the rhythm tells playing from talk.
    """
    heard_s = samples_to_seconds(notes["onset_sample"], ear.rate_hz)
    if exercise.program_grid is not None or not exercise.is_tempo_steady:
        is_certain = np.ones(heard_s.size, dtype=np.bool_)  # no one pulse tells playing from talk
    playing = find_playing_segments(heard_s, is_certain)
    notes, onset_s = notes[playing.is_played], heard_s[playing.is_played]
    notes.flags.writeable = False
    # A click goes on through a pause. Without one nobody knows what the player counted.
    part = playing.part[playing.is_played] if exercise.first_beat_s is None else None
    is_unbroken = _is_unbroken(notes, ear.gaps, round(CUT_OFF_S * ear.rate_hz))
    fit = _grid_of(onset_s, exercise, playing)
    fit, alignment, intervals = _beside(onset_s, fit, is_unbroken)
    floor = ear.profile.detector_error
    error_s = onset_errors_s(notes, floor)
    # What is not known of the click's own time is not known of the notes beside it.
    bias_s = math.hypot(floor.bias_s, exercise.first_beat_off_s)
    onset_error_s = usual_error_s(error_s, floor.onset_s)
    profile = replace(
        ear.profile, detector_error=replace(floor, bias_s=bias_s, onset_s=onset_error_s)
    )
    metrics = (
        *_evenness(intervals, profile, error_s),
        *_timing(onset_s, alignment, fit, profile, part),
        *_sound(notes, onset_s, intervals, ear),
    )
    # A tempo that was set is taken to have been heard.
    is_paced = exercise.bpm is not None or exercise.first_beat_s is not None
    heard = HeardTake(
        notes, onset_s, error_s, fit, alignment, intervals, profile, is_paced, is_unbroken
    )
    snapshot = SessionSnapshot(
        rate_hz=ear.rate_hz,
        profile=ear.profile,
        notes=notes,
        gaps=ear.gaps,
        grid_fit=fit,
        alignment=alignment,
        intervals=intervals,
        metrics=metrics,
        further=measure_further(heard, metrics),
        left_out_s=playing.left_out_s,
        left_out_onset_s=heard_s[~playing.is_played],
    )
    return _without_own(snapshot) if snapshot.unclear_share > UNCLEAR_SHARE else snapshot


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


def _without_own(snapshot: SessionSnapshot) -> SessionSnapshot:
    """A reason in place of the player's own spreads: what was played is not known."""
    percent = 100.0 * snapshot.unclear_share
    reason = f"{percent:.0f} % of the notes were missing or extra to the ear"
    own = tuple(
        Metric.unavailable(one.key, one.unit, one.n, reason) if one.unit == "s" else one
        for one in snapshot.further.own
    )
    return replace(snapshot, further=replace(snapshot.further, own=own))


def onset_errors_s(notes: NoteArray, detector_error: DetectorError) -> FloatArray:
    """How far off each onset may be, in seconds, shape (n_notes,).

    The profile's own where a note's is not known: of taps, of notes that a hand put in or
    moved, of one that the end of the sound left undecided.
    """
    return known_errors_s(notes["onset_error_s"], detector_error.onset_s)


def _grid_of(onset_s: FloatArray, exercise: Exercise, playing: PlayingSegments) -> GridFit:
    if not exercise.is_tempo_steady:
        return GridFit(None, TEMPO_CHANGED, Misfit.TEMPO_CHANGED)
    if exercise.program_grid is not None:
        is_known = exercise.first_beat_s is not None
        return place_program(onset_s, exercise.program_grid, is_phase_known=is_known)
    if playing.restarts_s and exercise.first_beat_s is None:
        times = ", ".join(f"{one:.1f}" for one in playing.restarts_s[:MOST_RESTARTS_NAMED])
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


def _is_unbroken(notes: NoteArray, gaps: tuple[Gap, ...], cut_off_samples: int) -> BoolArray:
    """Whether all sound between each note and the next was heard, shape (n_notes - 1,)."""
    is_unbroken = np.ones(max(0, len(notes) - 1), dtype=np.bool_)
    if len(is_unbroken) and notes["onset_sample"][0] < cut_off_samples:
        is_unbroken[0] = False
    lost = np.array([gap.first_sample for gap in gaps], dtype=np.int64)
    before = np.searchsorted(notes["onset_sample"], lost, side="right") - 1
    is_unbroken[before[(before >= 0) & (before < len(is_unbroken))]] = False
    return is_unbroken


def _evenness(
    intervals: PlayedIntervals, profile: InstrumentProfile, error_s: FloatArray
) -> tuple[Metric, ...]:
    floor_s = sd_ioi_floor(profile.detector_error.onset_s)
    middle_s = float(np.median(error_s)) if error_s.size else profile.detector_error.onset_s
    return (
        sd_ioi(intervals, floor_s),
        cv_ioi(intervals, floor_s),
        robust_sd_ioi(intervals, sd_ioi_floor(middle_s)),
    )


def _timing(
    onset_s: FloatArray,
    alignment: Alignment | None,
    fit: GridFit,
    profile: InstrumentProfile,
    part: IntArray | None,
) -> tuple[Metric, ...]:
    if alignment is None or fit.grid is None:
        return tuple(Metric.unavailable(key, unit, 0, NO_GRID) for key, unit in TIMING_KEYS)
    return (
        deviation_spread(alignment, profile.detector_error.onset_s),
        deviation_bias(
            alignment,
            fit.grid,
            is_phase_known=fit.is_phase_known,
            floor_s=profile.detector_error.bias_s,
        ),
        drift(
            onset_s,
            alignment,
            is_tempo_known=not fit.is_tempo_found,
            onset_floor_s=profile.detector_error.onset_s,
            part=part,
        ),
    )


def _sound(
    notes: NoteArray, onset_s: FloatArray, intervals: PlayedIntervals, ear: NotePipeline
) -> tuple[Metric, ...]:
    floor = ear.profile.detector_error
    length_s = samples_to_seconds(notes["offset_sample"] - notes["onset_sample"], ear.rate_hz)
    gate: tuple[Metric, ...] = (
        gate_ratio(length_s, notes["fall_s"], intervals, 2.0 * floor.gate_bias),
        gate_ratio_sd(length_s, intervals, floor.gate_sd),
    )
    if not ear.profile.has_gate:
        reason = f"the end of a {ear.profile.name} sound is not the player's"
        gate = tuple(Metric.unavailable(one.key, one.unit, 0, reason) for one in gate)
    return (
        loudness_evenness(notes["level_dbfs"], onset_s, floor.level_db),
        *gate,
        attack_consistency(notes["attack_s"], floor.attack_s),
    )
