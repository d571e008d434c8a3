"""What a live session amounts to: the review of the take just played."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from practiceear.analysis.review import TakeReview, TempoResult
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.live.session import LiveSession
from practiceear.metrics.detector_error import usual_error_s
from practiceear.metrics.metric import Metric
from practiceear.metrics.timing import deviation_spread
from practiceear.metronome.program import MetronomeProgram, TempoSection, section_grids
from practiceear.notes.tracker import NoteArray
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import TempoStep
from practiceear.settings import Exercise
from practiceear.units import FloatArray, bpm_to_beat_s, samples_to_seconds


def measure_live(session: LiveSession, name: str) -> TakeReview:
    """Measure a session that has ended.

    Parameters
    ----------
    session
        Finished or failed.
    name
        How the take is called in reports.
    """
    notes, program = session.notes(), session.plan.options.program
    if program is None or session.feed is None:
        return _review(session, name, _measured(session, notes, Exercise()))
    if program.tempo_change is not None:
        return _by_tempo(session, name, notes)
    start_s, lag_s = session.feed.start_s, session.pipeline.lag_s()
    first_beat_s = None if lag_s is None else start_s + lag_s
    snapshot = _measured(session, notes, _exercise(program, program.bpm, first_beat_s))
    review = _review(session, name, snapshot)
    if program.gap is None:
        return review
    bar_s = program.meter.n_beats * bpm_to_beat_s(program.bpm)
    bars = np.floor((snapshot.onset_s - (lag_s or 0.0) - start_s) / bar_s + 0.02)
    is_audible = np.array([program.is_bar_audible(int(bar)) for bar in bars], dtype=np.bool_)
    return replace(
        review,
        with_click=_spread_where(snapshot, is_audible),
        without_click=_spread_where(snapshot, ~is_audible),
    )


def _exercise(program: MetronomeProgram, bpm: float, first_beat_s: float | None) -> Exercise:
    return Exercise(bpm, program.meter, program.subdivision, first_beat_s)


def _measured(session: LiveSession, notes: NoteArray, exercise: Exercise) -> SessionSnapshot:
    exercise = replace(exercise, first_beat_off_s=session.pipeline.lag_off_s)
    is_click_known = exercise.first_beat_s is not None  # whoever plays to it, plays every note
    is_certain = np.ones(len(notes), dtype=np.bool_) if is_click_known else None
    snapshot = measure(notes, session.note_pipeline, exercise, is_certain)
    return snapshot.without_levels() if session.pipeline.quality.is_gain_controlled else snapshot


def _review(session: LiveSession, name: str, snapshot: SessionSnapshot) -> TakeReview:
    health, rate_hz = session.pipeline.quality.read(), session.note_pipeline.rate_hz
    return TakeReview(
        name=name,
        file_rate_hz=rate_hz,
        n_channels=1,
        duration_s=samples_to_seconds(health.n_frames, rate_hz),
        health=health,
        noise_dbfs=session.pipeline.room_dbfs(),
        snapshot=snapshot,
    )


def _by_tempo(session: LiveSession, name: str, notes: NoteArray) -> TakeReview:
    """The whole take against the click at all its tempos, and every tempo by itself."""
    results = []
    lag_s = session.pipeline.lag_s()
    sections = _sections(session, notes)
    edges_s = [one.first_s + (lag_s or 0.0) - 0.5 * one.grid.slot_s for one in sections]
    onset_s = samples_to_seconds(notes["onset_sample"], session.note_pipeline.rate_hz)
    for section, first_s, end_s in zip(sections, edges_s, [*edges_s[1:], math.inf], strict=True):
        chosen = notes[(onset_s >= first_s) & (onset_s < end_s)]
        first_beat_s = None if lag_s is None else section.first_s + lag_s
        exercise = Exercise(
            section.grid.bpm, section.grid.meter, section.grid.subdivision, first_beat_s
        )
        results.append(TempoResult(section.grid.bpm, _measured(session, chosen, exercise)))
    whole = _measured(session, notes, exercise_of_sections(sections, lag_s))
    return replace(_review(session, name, whole), tempos=tuple(results))


def exercise_of_sections(sections: Sequence[TempoSection], lag_s: float | None) -> Exercise:
    """The exercise of a metronome whose tempo changed; ``lag_s`` is the delay of its click."""
    first, n_beats = sections[0].grid, sections[0].grid.meter.n_beats
    steps = tuple(TempoStep(one.first_bar * n_beats, one.grid.bpm) for one in sections[1:])
    grid = replace(first, first_beat_s=first.first_beat_s + (lag_s or 0.0), steps=steps)
    first_beat_s = None if lag_s is None else grid.first_beat_s
    exercise = Exercise(grid.bpm, grid.meter, grid.subdivision, first_beat_s)
    return replace(exercise, program_grid=grid)


def _sections(session: LiveSession, notes: NoteArray) -> list[TempoSection]:
    """The tempos as far as notes were played; at least the first."""
    feed, rate_hz = session.feed, session.note_pipeline.rate_hz
    if feed is None:
        return []
    last_s = samples_to_seconds(int(notes["onset_sample"][-1]), rate_hz) if len(notes) else 0.0
    n_bars = 1
    while True:
        sections = section_grids(
            feed.program, session.note_pipeline.rate_hz, feed.first_sample, n_bars
        )
        if sections[-1].end_s > last_s:
            played = [one for one in sections if one.first_s <= last_s]
            return played or sections[:1]
        n_bars *= 2


def _spread_where(snapshot: SessionSnapshot, is_wanted: np.ndarray) -> Metric | None:
    alignment = snapshot.alignment
    if alignment is None:
        return None
    chosen = Alignment(
        slot=alignment.slot[is_wanted],
        is_matched=alignment.is_matched[is_wanted],
        deviation_s=_without_drift(snapshot, alignment)[is_wanted],
        missed_slots=np.zeros(0, np.int64),
        note_value_slots=alignment.note_value_slots,
        n_rest_slots=0,
    )
    return deviation_spread(chosen, usual_error_s(snapshot.onset_error_s[is_wanted]))


def _without_drift(snapshot: SessionSnapshot, alignment: Alignment) -> FloatArray:
    """Deviations without their trend: a steady drift is not what silence does to a player."""
    onset_s, deviation_s = snapshot.onset_s, alignment.deviation_s.copy()
    known = alignment.is_matched
    if np.count_nonzero(known) > 2:
        slope, offset = np.polyfit(onset_s[known], deviation_s[known], 1)
        deviation_s[known] -= slope * onset_s[known] + offset
    return np.asarray(deviation_s)
