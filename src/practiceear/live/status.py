"""Takes the snapshot of a running session: its numbers, where the metronome is, what is wrong."""

from __future__ import annotations

import math
from dataclasses import replace

from practiceear.live.levels import InputLevel
from practiceear.live.pipeline import LAG_MOVED_S, LivePipeline
from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.metrics.on_time import on_time_windows_s


def take_snapshot(pipeline: LivePipeline, phase: LivePhase, failure: str) -> LiveSnapshot:
    """Return what a session shows now; ``failure`` is why it failed, or empty."""
    plan, tally, level = pipeline.plan, pipeline.tally, pipeline.level
    spread = tally.spread()
    inner_s, outer_s = on_time_windows_s(tally.slot_s())
    snapshot = LiveSnapshot(
        phase=phase,
        elapsed_s=pipeline.now_s,
        level_dbfs=level.level_dbfs,
        peak_dbfs=level.peak_dbfs,
        is_clipping=level.is_clipping,
        notes=tally.notes(),
        n_notes=tally.n_confirmed,
        spread_s=spread.sd,
        spread_n=spread.n,
        spread_low_s=spread.low,
        spread_high_s=spread.high,
        bias_floor_s=math.hypot(plan.profile.detector_error.bias_s, pipeline.lag_off_s),
        inner_s=inner_s,
        outer_s=outer_s,
        is_calibrated=pipeline.lag_s() is not None,
        n_gaps=len(pipeline.note_pipeline.gaps),
        n_lost_samples=pipeline.n_lost_samples,
        is_recording=plan.writer is not None and plan.writer.is_recording,
        warning=failure or _warning(pipeline),
    )
    return _with_beat(snapshot, pipeline)


def _with_beat(snapshot: LiveSnapshot, pipeline: LivePipeline) -> LiveSnapshot:
    """Add where the metronome is, as the loudspeaker plays it."""
    feed = pipeline.feed
    if feed is None:
        return snapshot
    program = feed.program
    place = feed.place(pipeline.exchange.counts.clock_sample / pipeline.note_pipeline.rate_hz)
    if place is None:
        return replace(snapshot, n_beats=program.meter.n_beats, bpm=program.bpm)
    beats_played = place.bar * program.meter.n_beats + place.beat_position
    return replace(
        snapshot,
        bar=place.bar,
        beat=place.beat,
        n_beats=program.meter.n_beats,
        bpm=place.bpm,
        is_click_audible=place.is_audible and not pipeline.is_click_resting,
        breath_phase=program.breath_phase(beats_played),
    )


def _warning(pipeline: LivePipeline) -> str:
    """The gravest thing that is wrong, in a line for the player; empty where nothing is."""
    writer = pipeline.plan.writer
    return (
        (writer.error if writer is not None else "")
        or _gap_warning(len(pipeline.note_pipeline.gaps))
        or _level_warning(pipeline.level, has_notes=pipeline.tally.n_confirmed > 0)
        or _lag_warning(pipeline.plan.lag_s, pipeline.lag_s())
        or _gain_warning(is_controlled=pipeline.quality.is_gain_controlled)
        or _missed_warning(are_missing=pipeline.are_notes_missing)
        or _metronome_warning(pipeline.heard_metronome_bpm())
    )


def _gap_warning(n_gaps: int) -> str:
    if not n_gaps:
        return ""
    times = "once" if n_gaps == 1 else f"{n_gaps} times"
    return f"sound was lost {times}: the take is split there"


def _level_warning(level: InputLevel, *, has_notes: bool) -> str:
    if level.is_clipping:
        return "too loud: turn the microphone down"
    if level.is_digitally_silent and not has_notes:
        return "not a sound arrives: is the microphone muted?"
    return ""


def _lag_warning(known_s: float | None, heard_s: float | None) -> str:
    if known_s is None or heard_s is None or abs(heard_s - known_s) <= LAG_MOVED_S:
        return ""
    moved_ms = 1000 * (heard_s - known_s)
    return f"the delay moved by {moved_ms:+.0f} ms since the calibration: taken as heard"


def _metronome_warning(per_minute: float | None) -> str:
    if per_minute is None:
        return ""
    return f"I hear a metronome, {per_minute:.0f} a minute: its clicks are no notes"


def _gain_warning(*, is_controlled: bool) -> str:
    if not is_controlled:
        return ""
    return "the level moves by itself: switch off automatic gain in the sound settings"


def _missed_warning(*, are_missing: bool) -> str:
    if not are_missing:
        return ""
    return "I am probably missing notes: move the microphone nearer, or name the instrument"
