"""Rows of sine tones whose onsets, lengths, levels and pitches are known exactly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from practiceear.onset.event import ONSET, OnsetArray

RAMP_S = 0.003


def tone_row(
    onset_s: npt.ArrayLike,
    length_s: npt.ArrayLike,
    *,
    level_dbfs: npt.ArrayLike = -20.0,
    pitch_hz: npt.ArrayLike = 440.0,
    rate_hz: int = 44100,
    duration_s: float | None = None,
) -> npt.NDArray[np.float32]:
    """Tones with 3 ms ramps; ``level_dbfs`` is their RMS while they last."""
    onsets, lengths, levels, pitches = np.broadcast_arrays(
        np.asarray(onset_s, dtype=float), length_s, level_dbfs, pitch_hz
    )
    end_s = duration_s or float(np.max(onsets + lengths)) + 0.5
    sound = np.zeros(round(end_s * rate_hz))
    for onset, length, level, pitch in zip(onsets, lengths, levels, pitches, strict=True):
        first = round(onset * rate_hz)
        time_s = np.arange(round(length * rate_hz)) / rate_hz
        edge = np.minimum(time_s, length - time_s) / RAMP_S
        amplitude = np.sqrt(2.0) * 10.0 ** (level / 20.0) * np.clip(edge, 0.0, 1.0)
        # Three harmonics: a pure sine is no instrument.
        wave = sum(np.sin(2 * np.pi * k * pitch * time_s) / k for k in (1, 2, 3))
        tone = amplitude * wave / np.sqrt(1 + 1 / 4 + 1 / 9)
        tone = tone[: max(0, len(sound) - first)]
        sound[first : first + len(tone)] += tone
    return sound.astype(np.float32)


def settled_at(onset_s: npt.ArrayLike, rate_hz: int = 44100) -> OnsetArray:
    """Settled onset events at these times, called 20 ms after."""
    onset_sample = np.round(np.asarray(onset_s, dtype=float) * rate_hz).astype(np.int64)
    events = np.zeros(len(onset_sample), dtype=ONSET)
    events["onset_id"] = np.arange(len(events))
    events["kind"] = 2
    events["onset_sample"] = onset_sample
    events["detected_sample"] = onset_sample + rate_hz // 50
    events["strength"] = 2.0
    return events
