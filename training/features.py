"""What the network hears of a whole take: the package's analysis, in numpy.

The streaming kernels of `practiceear.onset` must give the same numbers for every block size.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy import fft

from practiceear.onset.features import Analysis, FeatureConfig, make_analysis
from practiceear.onset.loudness_kernels import (
    LOUDNESS_STATE,
    end_loudness_frame,
    level_samples,
    reset_loudness,
)

FloatArray = np.ndarray
STATE = np.dtype(LOUDNESS_STATE, align=True)

__all__ = ["band_levels", "gain_controlled", "make_analysis"]


@numba.njit(cache=True)
def _gain_controlled(audio, states, settings, out):  # type: ignore[no-untyped-def]
    state, setting = states[0], settings[0]
    reset_loudness(state, setting)
    hop = setting["hop"]
    for start in range(0, audio.size, hop):
        stop = min(start + hop, audio.size)
        level_samples(audio, start, stop, state, setting, out[start:stop])
        end_loudness_frame(state, setting)
        state["n_frames"] += 1


def gain_controlled(audio: FloatArray, analysis: Analysis) -> FloatArray:
    """The take relative to the loudness of the playing; (n_samples,) float32."""
    out = np.empty(audio.size, np.float32)
    _gain_controlled(audio.astype(np.float32), np.zeros(1, STATE), analysis.loudness, out)
    return out


def _levels(
    signal: FloatArray, ends: FloatArray, window: FloatArray, bank: FloatArray, log_scale: float
) -> FloatArray:
    """Band levels of windows that end before the given samples."""
    padded = np.concatenate([np.zeros(window.size, np.float32), signal])
    views = np.lib.stride_tricks.sliding_window_view(padded, window.size)
    out = np.empty((ends.size, bank.shape[0]), np.float32)
    for start in range(0, ends.size, 1024):
        frames = views[ends[start : start + 1024]] * window
        magnitude = np.abs(fft.rfft(frames, axis=1))
        out[start : start + 1024] = np.log10(1 + log_scale * (magnitude @ bank.T))
    return out


def band_levels(audio: FloatArray, analysis: Analysis) -> FloatArray:
    """(n_frames, n_bands) levels, long then short then low; frame t ends before (t + 1) hops."""
    controlled = gain_controlled(audio, analysis)
    n_frames = audio.size // analysis.hop
    ends = (np.arange(n_frames) + 1) * analysis.hop
    filtered = np.convolve(controlled, analysis.fir)[: controlled.size]
    low = filtered[analysis.decimation - 1 :: analysis.decimation].astype(np.float32)
    scale = FeatureConfig().log_scale
    return np.concatenate(
        [
            _levels(controlled, ends, analysis.long_window, analysis.long_bank, scale),
            _levels(controlled, ends, analysis.short_window, analysis.short_bank, scale),
            _levels(
                low, ends // analysis.decimation, analysis.low_window, analysis.low_bank, scale
            ),
        ],
        axis=1,
    )
