"""The review of the take that a live session has just ended with."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from practiceear.analysis.review import TakeReview, TempoResult
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.live.session import LiveSession
from practiceear.metrics.detector_error import usual_error_s
from practiceear.metrics.metric import Metric
from practiceear.metrics.timing import deviation_spread
from practiceear.metronome.program import TempoSection, section_grids
from practiceear.notes.tracker import NoteArray
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray, MetronomeGrid, TempoStep
from practiceear.settings import Exercise
from practiceear.units import FloatArray, bpm_to_beat_s, samples_to_seconds


def measure_live(session: LiveSession, name: str) -> TakeReview:
    """Review a session that has finished or failed; ``name`` is the take's in reports."""
    notes, program = session.notes(), session.plan.options.program
    if program is None or session.feed is None:
        return _review(session, name, _measured(session, notes, Exercise()))
    if program.tempo_change is not None:
        return _by_tempo(session, name, notes)
    start_s, lag_s = session.feed.start_s, session.pipeline.lag_s()
    grid = MetronomeGrid(program.bpm, program.meter, program.subdivision, start_s)
    snapshot = _measured(session, notes, _exercise(grid, lag_s))
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


def _exercise(grid: MetronomeGrid, lag_s: float | None) -> Exercise:
    """The exercise of a metronome's beats, heard ``lag_s`` later where that is known."""
    first_beat_s = None if lag_s is None else grid.first_beat_s + lag_s
    return Exercise(grid.bpm, grid.meter, grid.subdivision, first_beat_s)


def _measured(session: LiveSession, notes: NoteArray, exercise: Exercise) -> SessionSnapshot:
    exercise = replace(exercise, first_beat_off_s=session.pipeline.lag_off_s)
    is_click_known = exercise.first_beat_s is not None  # then every note is played
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
    """Review a take whose tempo changed: as a whole, and each tempo by itself."""
    lag_s = session.pipeline.lag_s()
    sections = _sections(session, notes)
    edges_s = [section.first_s + (lag_s or 0.0) - 0.5 * section.grid.slot_s for section in sections]
    onset_s = samples_to_seconds(notes["onset_sample"], session.note_pipeline.rate_hz)
    results = []
    for section, first_s, end_s in zip(sections, edges_s, [*edges_s[1:], math.inf], strict=True):
        of_section = notes[(onset_s >= first_s) & (onset_s < end_s)]
        snapshot = _measured(session, of_section, _exercise(section.grid, lag_s))
        results.append(TempoResult(section.grid.bpm, snapshot))
    whole = _measured(session, notes, _exercise_of_sections(sections, lag_s))
    return replace(_review(session, name, whole), tempos=tuple(results))


def _exercise_of_sections(sections: list[TempoSection], lag_s: float | None) -> Exercise:
    first, n_beats = sections[0].grid, sections[0].grid.meter.n_beats
    steps = tuple(
        TempoStep(section.first_bar * n_beats, section.grid.bpm) for section in sections[1:]
    )
    grid = replace(first, first_beat_s=first.first_beat_s + (lag_s or 0.0), steps=steps)
    return replace(_exercise(first, lag_s), program_grid=grid)


def _sections(session: LiveSession, notes: NoteArray) -> list[TempoSection]:
    """The tempos as far as notes were played; at least the first."""
    feed, rate_hz = session.feed, session.note_pipeline.rate_hz
    if feed is None:
        return []
    last_s = samples_to_seconds(int(notes["onset_sample"][-1]), rate_hz) if len(notes) else 0.0
    n_bars = 1
    while True:
        sections = section_grids(feed.program, rate_hz, feed.first_sample, n_bars)
        if sections[-1].end_s > last_s:
            played = [section for section in sections if section.first_s <= last_s]
            return played or sections[:1]
        n_bars *= 2


def _spread_where(snapshot: SessionSnapshot, is_wanted: BoolArray) -> Metric | None:
    alignment = snapshot.alignment
    if alignment is None:
        return None
    wanted = Alignment(
        slot=alignment.slot[is_wanted],
        is_matched=alignment.is_matched[is_wanted],
        deviation_s=_without_drift(snapshot.onset_s, alignment)[is_wanted],
        missed_slots=np.zeros(0, np.int64),
        note_value_slots=alignment.note_value_slots,
        n_rest_slots=0,
    )
    return deviation_spread(wanted, usual_error_s(snapshot.onset_error_s[is_wanted]))


def _without_drift(onset_s: FloatArray, alignment: Alignment) -> FloatArray:
    """Deviations without their trend: a steady drift is not what silence does to a player."""
    deviation_s, is_known = alignment.deviation_s.copy(), alignment.is_matched
    if np.count_nonzero(is_known) > 2:
        slope, offset = np.polyfit(onset_s[is_known], deviation_s[is_known], 1)
        deviation_s[is_known] -= slope * onset_s[is_known] + offset
    return np.asarray(deviation_s)
