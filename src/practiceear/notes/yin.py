"""Fundamental frequency by YIN (de Cheveigné & Kawahara 2002, doi 10.1121/1.1458024).

The same numbers as librosa's ``yin``, whose import alone takes longer than a short take's review.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import count

import numpy as np

from practiceear.units import FloatArray, IntArray

TROUGH_THRESHOLD = 0.1  # the paper's

_MUCH_OF_2_3_5 = 30**64


def yin(
    samples: FloatArray,
    rate_hz: int,
    range_hz: tuple[float, float],
    frame_samples: int,
    hop_samples: int,
) -> FloatArray:
    """Fundamental frequency of each frame in Hz, shape (..., n_frames).

    Parameters
    ----------
    samples
        Sound, shape (..., n), at least one frame long.
    range_hz
        Lowest and highest fundamental that are looked for; no higher than half the rate.
    frame_samples
        Length of a frame; must hold the longest period, better two of them.
    hop_samples
        From the start of one frame to that of the next.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, frame_samples, axis=-1)
    frames = frames[..., ::hop_samples, :]
    lowest_hz, highest_hz = range_hz
    shortest = math.floor(rate_hz / highest_hz)
    longest = min(math.ceil(rate_hz / lowest_hz), frame_samples - 1)
    difference = _normalized_difference(frames, longest)[..., shortest - 1 :]
    at = _first_trough(difference)
    return np.asarray(rate_hz / (shortest + at + _vertex(difference, at)))


def _normalized_difference(frames: FloatArray, longest: int) -> FloatArray:
    """Cumulative mean normalized difference at lags 1 to ``longest``, on the last axis (eq. 8)."""
    correlation = _autocorrelation(frames)
    energy = np.cumsum(np.square(frames), axis=-1)[..., :longest]
    energy[..., 0] = 0.0  # librosa's, one sample's energy off the paper's at lag 1
    difference = 2.0 * (correlation[..., :1] - correlation[..., 1 : longest + 1]) - energy
    mean = np.cumsum(difference, axis=-1) / np.arange(1, longest + 1)
    return np.asarray(difference / (mean + np.finfo(np.float64).tiny))


def _autocorrelation(frames: FloatArray) -> FloatArray:
    n_padded = _fast_length(2 * frames.shape[-1] - 1)
    spectrum = np.fft.rfft(frames, n_padded)
    return np.fft.irfft(spectrum.real**2 + spectrum.imag**2, n_padded)


@cache
def _fast_length(least: int) -> int:
    """The first number from ``least`` on that has no prime factors but 2, 3 and 5."""
    return next(length for length in count(least) if _MUCH_OF_2_3_5 % length == 0)


def _first_trough(difference: FloatArray) -> IntArray:
    """Index of the first trough below the threshold, or else of the least value, by frame."""
    is_falling = np.ones(difference.shape, dtype=bool)
    is_falling[..., 1:] = difference[..., 1:] < difference[..., :-1]
    is_trough = is_falling.copy()
    is_trough[..., :-1] &= difference[..., :-1] <= difference[..., 1:]
    is_trough[..., 0] = difference[..., 0] < difference[..., 1]
    is_trough &= difference < TROUGH_THRESHOLD
    first, least = np.argmax(is_trough, axis=-1), np.argmin(difference, axis=-1)
    return np.asarray(np.where(is_trough.any(axis=-1), first, least))


def _vertex(difference: FloatArray, at: IntArray) -> FloatArray:
    """Offset of a parabola's vertex from index ``at``; 0 at the ends, or where it is far off."""
    last = difference.shape[-1] - 1

    def value(index: IntArray) -> FloatArray:
        index = np.clip(index, 0, last)[..., None]
        return np.asarray(np.take_along_axis(difference, index, axis=-1)[..., 0])

    before, here, after = value(at - 1), value(at), value(at + 1)
    curvature = after + before - 2.0 * here
    slope = (after - before) / 2.0
    is_inside = (at > 0) & (at < last) & (np.abs(slope) < np.abs(curvature))
    return np.divide(-slope, curvature, out=np.zeros(at.shape), where=is_inside)
