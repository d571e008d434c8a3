"""What was played, measured on each note's own dry sound.

All windows are causal: the RMS at sample n covers the window that ends with n. Levels are
relative to the note's own peak of the same RMS.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .source_note import Samples

ONSET_DB = -40.0
T20_DB = -20.0
OFFSET_DB = -30.0
ONSET_WINDOW_S = 0.001
OFFSET_WINDOW_S = 0.005
LEVEL_WINDOW_S = 0.020
LEVEL_SPAN_S = 0.100

TRUTH = np.dtype(
    [
        ("onset_s", "f8"),  # the note's 1 ms RMS first reaches -40 dB re its peak
        ("t20_s", "f8"),  # the same at -20 dB
        ("offset_s", "f8"),  # its 5 ms RMS is last above -30 dB re its peak
        ("pitch_midi", "f8"),  # NaN where the sound has no pitch
        ("velocity", "i4"),  # 1..127, 80 at the take's plain level
        ("articulation", "U12"),
        ("level_dbfs", "f8"),  # loudest 20 ms RMS in the 100 ms after the onset
        ("slot", "f8"),  # the grid slot it was meant for, from 0; NaN for an extra note
    ]
)
TruthTable = NDArray[np.void]


def causal_rms(samples: Samples, n_window: int) -> Samples:
    """Return the RMS of the `n_window` samples that end with each sample (zeros before)."""
    power = np.concatenate([np.zeros(n_window), np.cumsum(samples * samples)])
    mean_power = np.maximum(power[n_window:] - power[:-n_window], 0.0) / n_window
    return np.asarray(np.sqrt(mean_power), np.float64)


def rise_sample(samples: Samples, samplerate_hz: int, threshold_db: float) -> int:
    """Return the first sample where the 1 ms RMS reaches `threshold_db` re its peak."""
    rms = causal_rms(samples, round(ONSET_WINDOW_S * samplerate_hz))
    return int(np.argmax(rms >= rms.max() * 10 ** (threshold_db / 20)))


def offset_sample(samples: Samples, samplerate_hz: int) -> int:
    """Return the last sample where the 5 ms RMS is above -30 dB re its peak."""
    rms = causal_rms(samples, round(OFFSET_WINDOW_S * samplerate_hz))
    return int(np.flatnonzero(rms > rms.max() * 10 ** (OFFSET_DB / 20))[-1])


def level_db(samples: Samples, samplerate_hz: int, onset: int) -> float:
    """Return the loudest 20 ms RMS that ends within 100 ms after the onset, in dB re 1."""
    rms = causal_rms(samples, round(LEVEL_WINDOW_S * samplerate_hz))
    span = rms[onset : onset + round(LEVEL_SPAN_S * samplerate_hz)]
    return float(20 * np.log10(span.max()))
