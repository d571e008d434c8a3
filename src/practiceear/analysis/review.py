"""Reviews a recorded take: the same pipeline as live, then the measures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from practiceear.analysis.corrections.apply import (
    Correction,
    PlacedMarks,
    TakeLength,
    correct,
    track_again,
)
from practiceear.analysis.corrections.edits import TakeEdits
from practiceear.analysis.long_tone import LongTones
from practiceear.analysis.pipeline import BLOCK_SAMPLES, NotePipeline
from practiceear.analysis.recorded_metronome import find_clicks, with_clicks
from practiceear.analysis.second_opinion import SecondOpinion
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.audio.blocks import BlockSource
from practiceear.audio.recording_quality import RecordingQuality
from practiceear.audio.takefile import TakeFile
from practiceear.errors import UsageError
from practiceear.instruments.profile import InstrumentProfile
from practiceear.metrics.metric import Metric
from practiceear.rhythm.click_train import ClickTrain
from practiceear.settings import Exercise
from practiceear.units import FloatArray, samples_to_seconds

EARLIEST_FIRST_BEAT_S = 60.0  # the count-in may have sounded before the recording began


@dataclass(frozen=True, slots=True, eq=False)
class TempoResult:
    """What was heard at one tempo of a take whose metronome changed it."""

    bpm: float
    snapshot: SessionSnapshot


@dataclass(frozen=True, slots=True, eq=False)
class TakeReview:
    """A reviewed take.

    Attributes
    ----------
    name
        The take as the user named it.
    file_rate_hz, n_channels, duration_s
        Of the file itself.
    health
        What was found out about the recording while it was read.
    snapshot
        What was heard and measured.
    second_opinion
        Where another detector heard otherwise, if it was asked.
    tempos
        Each tempo by itself, where the metronome changed it; ``snapshot`` holds all notes.
    with_click, without_click
        Spread about the beat in bars with the click and in silent ones, where there were both.
    correction
        What was corrected by hand, if anything was; ``snapshot`` is then that of the corrected
        notes.
    long_tones
        How steadily tones were held; None where nobody asked.
    noise_dbfs
        Of the room, for a take that was played live; NaN where it is not known.
    clicks
        The metronome that is heard in the recording, if one is; not looked for where the first
        beat was given.
    """

    name: str
    file_rate_hz: int
    n_channels: int
    duration_s: float
    health: RecordingQuality
    snapshot: SessionSnapshot
    second_opinion: SecondOpinion | None = None
    tempos: tuple[TempoResult, ...] = ()
    with_click: Metric | None = None
    without_click: Metric | None = None
    correction: Correction | None = None
    long_tones: LongTones | None = None
    noise_dbfs: float = math.nan
    clicks: ClickTrain | None = None


def review_take(
    take: TakeFile,
    source: BlockSource,
    profile: InstrumentProfile,
    exercise: Exercise,
    *,
    name: str | None = None,
    edits: TakeEdits | PlacedMarks | None = None,
) -> TakeReview:
    """Listen to a take from ``source``, which delivers its blocks, and measure it.

    ``name`` is how the take is called in reports: by its path where None. With ``edits`` the
    take is read twice: once by the detector, once for the notes of the corrected onsets.

    Raises
    ------
    TakeError
        Where the take cannot be read or is digitally silent.
    UsageError
        Where the exercise's first beat lies outside the take, or a correction fits no note.
    """
    first_beat_s = exercise.first_beat_s
    longest_s = take.duration_s if take.duration_s is not None else math.inf
    if first_beat_s is not None and not -EARLIEST_FIRST_BEAT_S <= first_beat_s <= longest_s:
        raise UsageError(
            f"a first beat at {first_beat_s:g} s is outside {take.path}",
            f"Give a time from 0 to {longest_s:.1f} s",
        )
    pipeline = NotePipeline(take.rate_hz, profile)
    output = pipeline.run(source.blocks(BLOCK_SAMPLES))
    health = take.health  # of what was listened to: parts are read again below
    duration_s = health.n_frames / take.file_rate_hz
    notes, correction, is_certain = output.notes, None, None
    if edits is not None:
        length = TakeLength(take.rate_hz, duration_s)
        correction = correct(edits, output.events, output.notes, length)
        again = source.blocks(BLOCK_SAMPLES)
        notes = track_again(again, correction.onsets, take.rate_hz, profile)
        is_certain = correction.is_by_hand
    clicks, onset_s = None, samples_to_seconds(notes["onset_sample"], pipeline.rate_hz)
    if exercise.first_beat_s is None and exercise.is_tempo_steady:
        again = take.blocks_again(BLOCK_SAMPLES)  # not from the source: it tells a progress
        clicks = find_clicks(again, pipeline.rate_hz, onset_s, exercise.bpm)
    measured = partial(
        measure, notes, pipeline, is_certain=is_certain, is_metronome_heard=clicks is not None
    )
    snapshot = _beside_clicks(measured, onset_s, exercise, clicks)
    return TakeReview(
        name=name or str(take.path),
        file_rate_hz=take.file_rate_hz,
        n_channels=take.n_channels,
        duration_s=duration_s,
        health=health,
        snapshot=snapshot.without_levels() if health.is_gain_controlled else snapshot,
        correction=correction,
        clicks=clicks,
    )


def _beside_clicks(
    measured: Callable[[Exercise], SessionSnapshot],
    onset_s: FloatArray,
    exercise: Exercise,
    clicks: ClickTrain | None,
) -> SessionSnapshot:
    """Measure against the clicks that were heard, where the notes keep to them."""
    if clicks is None:
        return measured(exercise)
    often = f"{clicks.per_minute:.2f}"
    asked = with_clicks(exercise, clicks, onset_s)
    if asked is not None:
        by_clicks = measured(asked)
        if by_clicks.grid_fit.grid is not None:
            remark = f"a metronome is heard at {often} a minute: the grid is its own"
            remark += ", bar lines are not heard"
            return replace(by_clicks, grid_fit=replace(by_clicks.grid_fit, remark=remark))
    by_exercise = measured(exercise)
    remark = (
        f"something sounds {often} times a minute, perhaps a metronome: the notes do not keep to it"
    )
    remarks = "; ".join(text for text in (remark, by_exercise.grid_fit.remark) if text)
    return replace(by_exercise, grid_fit=replace(by_exercise.grid_fit, remark=remarks))
