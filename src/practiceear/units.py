"""The only place where samples, seconds, beats, decibels and pitches convert.

Conventions: positions are int64 samples since the take began, durations and
times float64 seconds, levels dBFS (20·log10 of the RMS of samples in -1..1, so
a full-scale sine reads -3.01 dBFS). Scalars and arrays are both taken.
"""

from __future__ import annotations

from typing import overload

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@overload
def samples_to_seconds(n_samples: int, rate_hz: int) -> float: ...
@overload
def samples_to_seconds(n_samples: IntArray, rate_hz: int) -> FloatArray: ...
def samples_to_seconds(n_samples: int | IntArray, rate_hz: int) -> float | FloatArray:
    """Seconds from a count of samples."""
    return n_samples / rate_hz


def seconds_to_samples(duration_s: float, rate_hz: int) -> int:
    """The nearest whole number of samples."""
    return round(duration_s * rate_hz)


def bpm_to_beat_s(bpm: float) -> float:
    """The length of one beat in seconds."""
    return 60.0 / bpm


def beat_s_to_bpm(beat_s: float) -> float:
    """Beats per minute from the length of one beat in seconds."""
    return 60.0 / beat_s


def hz_to_midi(frequency_hz: FloatArray) -> FloatArray:
    """MIDI note numbers (69 is A4 = 440 Hz, fractions are cents/100); NaN stays NaN."""
    return 69.0 + 12.0 * np.log2(frequency_hz / 440.0)


def midi_to_hz(pitch_midi: FloatArray) -> FloatArray:
    """Frequencies of MIDI note numbers; NaN stays NaN."""
    return np.asarray(440.0 * 2.0 ** ((pitch_midi - 69.0) / 12.0))
