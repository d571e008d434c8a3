"""Everything that is known about a take at one moment, frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from practiceear.analysis.aligned_take import align_take, onset_errors_s
from practiceear.analysis.missed_notes import Hearing, estimate_hearing
from practiceear.analysis.pipeline import Gap, NotePipeline
from practiceear.analysis.take_metrics import (
    Evenness,
    evenness_without,
    run_study,
    shares_on_time,
    take_lateness,
    take_metrics,
    take_positions,
)
from practiceear.click_removal.metronome_recogniser import HeardMetronome
from practiceear.instruments.profile import InstrumentProfile
from practiceear.metrics.catalogue import CORRECTED, MetricKey
from practiceear.metrics.double_onsets import DoubleOnsets, double_onsets
from practiceear.metrics.intervals import PlayedIntervals
from practiceear.metrics.lateness import Lateness
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import Centre, OnTime, on_time_windows_s
from practiceear.metrics.position import PositionOffsets
from practiceear.metrics.runs.study import RunStudy
from practiceear.notes.tracker import NoteArray
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray
from practiceear.rhythm.playing_segments import find_playing_segments
from practiceear.rhythm.tempo import GridFit
from practiceear.settings import Exercise
from practiceear.units import FloatArray, samples_to_seconds

UNCLEAR_SHARE = 0.15
"""Where more of the notes were missing or extra, what was detected is not to be believed."""

GAIN_MOVED = "the level moved by itself, as automatic gain control makes it"
NOTES_MISSING = "I am probably missing notes"

_CORRECTED_TIMES = [key for key in CORRECTED.values() if key.info.unit == "s"]


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
        All measures of a take, in the order of the catalogue.
    on_time, on_click
        Shares of notes near the player's own average and near the click; None without a grid,
        and where the click's time is not known.
    positions
        How late each place of the bar is; unavailable where the bar is not known.
    lateness
        Whether the take as a whole is early or late; None where the click's time is not known.
    evenness_without_lean
        How even the take would be without the places that lean; None where none do.
    double_onsets
        Changes from note to note that began twice.
    runs
        Scales and patterns that were played again, and what their runs have in common.
    left_out_s
        From when to when there were sounds that are no part of the playing, in seconds.
    left_out_onset_s
        When each of those sounds began, in seconds, shape (n_left_out,).
    metronomes
        Whose clicks were heard and left out.
    hearing
        Which share of the notes was heard, as far as can be told, and where notes are missing.
    """

    rate_hz: int
    profile: InstrumentProfile
    notes: NoteArray
    gaps: tuple[Gap, ...]
    grid_fit: GridFit
    alignment: Alignment | None
    intervals: PlayedIntervals
    metrics: Mapping[MetricKey, Metric]
    on_time: OnTime | None
    on_click: OnTime | None
    positions: PositionOffsets
    lateness: Lateness | None
    evenness_without_lean: Evenness | None
    double_onsets: DoubleOnsets
    runs: RunStudy
    left_out_s: tuple[tuple[float, float], ...] = ()
    left_out_onset_s: FloatArray = field(default_factory=lambda: np.zeros(0))
    metronomes: tuple[HeardMetronome, ...] = ()
    hearing: Hearing = field(default_factory=Hearing)

    @property
    def compared(self) -> tuple[Metric, ...]:
        """The measures that takes are compared by, in the order of the report."""
        return tuple(metric for key, metric in self.metrics.items() if key.info.is_compared)

    @property
    def is_click_known(self) -> bool:
        """Whether deviations are from the click; else from the player's own average."""
        return self.grid_fit.grid is not None and self.grid_fit.is_phase_known

    @property
    def windows_s(self) -> tuple[float, float]:
        """How far off a note may be before it is shown as off, and as clearly off, in seconds."""
        lateness, interval_s = self.lateness, self.intervals.usual_s
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
        return Evenness(
            self.metrics[MetricKey.SD_IOI],
            self.metrics[MetricKey.ROBUST_SD_IOI],
            self.metrics[MetricKey.CORRECTED_SD_IOI],
        )

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

    def without(self, keys: Iterable[MetricKey], reason: str) -> SessionSnapshot:
        """The snapshot with a reason in place of some of its numbers."""
        metrics = {key: Metric.unavailable(key, self.metrics[key].n, reason) for key in keys}
        return replace(self, metrics={**self.metrics, **metrics})

    def without_levels(self) -> SessionSnapshot:
        """The snapshot without the numbers that a moving gain makes wrong."""
        keys = [
            key
            for key, metric in self.metrics.items()
            if key.info.depends_on_level and not metric.is_unavailable
        ]
        return self.without(keys, GAIN_MOVED)


def measure(
    notes: NoteArray,
    pipeline: NotePipeline,
    exercise: Exercise,
    is_certain: BoolArray | None = None,
    *,
    is_metronome_heard: bool = False,
) -> SessionSnapshot:
    """Measure what ``pipeline`` has detected so far.

    Parameters
    ----------
    notes
        All notes detected, dtype ``NOTE``, in order.
    pipeline
        What detected them.
    exercise
        What the player set out to play.
    is_certain
        bool, shape (n_notes,): True for notes that are measured whatever their rhythm, such as
        those that a hand put in; None where nothing but the rhythm tells playing from talk.
    is_metronome_heard
        Whether its clicks are in the recording: they leave the same traces as missed notes, so
        that nothing is said of those.
    """
    heard_s = samples_to_seconds(notes["onset_sample"], pipeline.rate_hz)
    if exercise.program_grid is not None or not exercise.is_tempo_steady:
        is_certain = np.ones(heard_s.size, dtype=np.bool_)  # no one pulse tells playing from talk
    playing = find_playing_segments(heard_s, is_certain)
    hearing = Hearing()
    if not (is_metronome_heard or pipeline.metronomes):
        evidence = pipeline.evidence(notes[playing.is_played])
        hearing = estimate_hearing(evidence, playing.left_out_s)
    take = align_take(notes, pipeline, exercise, playing, hearing.missing_s)
    on_time, on_click = (shares_on_time(take, about) for about in (Centre.PLAYER, Centre.CLICK))
    positions, runs = take_positions(take), run_study(take)
    snapshot = SessionSnapshot(
        rate_hz=pipeline.rate_hz,
        profile=pipeline.profile,
        notes=take.notes,
        gaps=pipeline.gaps,
        grid_fit=take.fit,
        alignment=take.alignment,
        intervals=take.intervals,
        metrics=take_metrics(take, on_time, on_click, runs),
        on_time=on_time,
        on_click=on_click,
        positions=positions,
        lateness=take_lateness(take, positions.lean),
        evenness_without_lean=evenness_without(take, positions.lean),
        double_onsets=double_onsets(take.onset_s, take.alignment),
        runs=runs,
        left_out_s=playing.left_out_s,
        left_out_onset_s=heard_s[~playing.is_played],
        metronomes=pipeline.metronomes,
        hearing=hearing,
    )
    if hearing.is_missing:
        snapshot = snapshot.without(_without_neighbours(snapshot), NOTES_MISSING)
    share = snapshot.unclear_share
    if share <= UNCLEAR_SHARE:
        return snapshot
    reason = f"{100.0 * share:.0f} % of the notes were missing or extra to the ear"
    return snapshot.without(_CORRECTED_TIMES, reason)


def _without_neighbours(snapshot: SessionSnapshot) -> list[MetricKey]:
    """The measures for which too many intervals lie where notes are missing."""
    reason = snapshot.intervals.reason
    return [key for key, metric in snapshot.metrics.items() if reason and metric.reason == reason]
