"""Slow, obvious twins of the note kernels, on plain lists instead of rings."""

from __future__ import annotations

import math
from dataclasses import dataclass


def envelope(samples: list[float], frame_samples: int, dc_step: float) -> list[float]:
    """Mean square of each whole frame after the running mean is taken out."""
    dc, without_dc = 0.0, []
    for sample in samples:
        dc = dc + dc_step * (sample - dc)
        without_dc.append(sample - dc)
    n_frames = len(samples) // frame_samples
    frames = [without_dc[i * frame_samples : (i + 1) * frame_samples] for i in range(n_frames)]
    return [sum(x * x for x in frame) / frame_samples for frame in frames]


def level_db(frames: list[float], first: int, n_frames: int) -> float:
    """RMS level of some frames in dB."""
    mean = sum(frames[first : first + n_frames]) / n_frames
    return 10 * math.log10(max(mean, 1e-12))


def attack(frames: list[float], onset: int, end: int) -> tuple[float, float]:
    """Level and attack time of a note that begins at frame ``onset``."""
    width = min(20, end - onset)
    starts = [f for f in range(onset, onset + 101) if f + width <= min(end, onset + 100)] or [onset]
    loudest = max(level_db(frames, f, width) for f in starts)
    levels = {f: level_db(frames, f, 5) for f in range(max(0, onset - 30), end - 4)}
    top_frame = max((f for f in levels if f >= onset), key=lambda f: (levels[f], -f))
    top = levels[top_frame]
    before = [f for f in levels if f < top_frame]
    bottom_frame = min(before, key=lambda f: (levels[f], -f), default=top_frame)
    if top - levels[bottom_frame] < 6:
        return loudest, math.nan
    high = min(f for f in levels if f >= bottom_frame and levels[f] >= top - 3)
    start = max(top - 20, levels[bottom_frame] + 1)
    low = max([f for f in range(bottom_frame, high) if levels[f] <= start], default=bottom_frame)
    return loudest, high - low


@dataclass
class Sounding:
    """What is known of a sounding note."""

    hold_db: float = -120.0
    lowest_db: float = 0.0
    noise_db: float = -90.0
    silent_frame: int = 0
    n_back_frames: int = 0
    is_silent: bool = False
    full_frame: int = 0
    n_full_frames: int = 0
    is_falling: bool = False


def follow(
    frames: list[float], note: Sounding, span: range, onset: int, settings: list[float]
) -> None:
    """Follow a note over the frames of ``span``."""
    fall, decay, n_back, n_unjudged, noise_rise = settings
    for frame in span:
        level = level_db(frames, frame, 5)
        note.noise_db = min(level, note.noise_db + noise_rise)
        if frame < onset + n_unjudged:
            continue
        expected = note.hold_db - decay
        note.lowest_db = level if level >= expected else min(note.lowest_db, level)
        note.hold_db = max(expected, level)
        if level < note.hold_db - 3:
            if not note.is_falling:
                note.full_frame = frame
            note.is_falling, note.n_full_frames = True, 0
        elif note.is_falling:
            note.n_full_frames += 1
            note.is_falling = note.n_full_frames < n_back
        lowest_sounding = note.hold_db - fall
        above_noise = min(note.noise_db + 6, note.hold_db - fall / 2)
        rises_out = not note.is_silent or level > note.noise_db + 3
        if level < max(lowest_sounding, above_noise) or not rises_out:
            if not note.is_silent:
                note.silent_frame = frame
            note.is_silent, note.n_back_frames = True, 0
        elif note.is_silent:
            note.n_back_frames += 1
            note.is_silent = note.n_back_frames < n_back
