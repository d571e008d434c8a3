"""When exactly a settled onset began: the rise of its bands on a 1.5 ms raster.

The coarse detector knows the frame of 5.8 ms and a window of 46 ms. Here short windows
of 12 ms run from 30 ms before to 70 ms after the coarse time; the bands that are
louder after than before are followed, each weighted by how much it rose, and the onset
is where they had come a fifth of the way (in decibels). A note out of silence has
then risen to about 20 dB below its peak, and one out of another note's tail is timed
by what is new in it, not by what still rings.
"""

from __future__ import annotations

import numpy as np

from practiceear.onset import refine_kernels
from practiceear.onset.config import BandLayout, Float32Array, build_tables

STEP_S = 64 / 44100
"""Distance of the short windows."""

BEFORE_S, AFTER_S = 0.030, 0.070
"""The short windows end from ``BEFORE_S`` before to ``AFTER_S`` after the coarse time."""

SETTLED_BEFORE_S, SETTLED_AFTER_S = 0.010, 0.015
"""The level before is the mean up to ``SETTLED_BEFORE_S`` before the coarse time, the one
after the mean from ``SETTLED_AFTER_S`` after it."""

SEARCH_S = 0.050
"""The onset is looked for up to this long after the coarse time."""

RISE_LOW, RISE_HIGH = 0.2, 0.8
"""The onset is where the last rise to ``RISE_HIGH`` of the way passed ``RISE_LOW``."""

RANGE_DB = 50.0
"""Levels further below the loudness do not count."""

DELAY_S = 0.0029
"""From a note's -20 dB point to the end of the window in which the rise is seen."""

BANDS = BandLayout(bands_per_octave=6, lowest_hz=150.0, highest_hz=15000.0, spacing_hz=100.0)


class OnsetRefiner:
    """Times onsets from the samples around them.

    Parameters
    ----------
    rate_hz
        Samples per second, one of ``WORKING_RATES_HZ``.
    """

    def __init__(self, rate_hz: int) -> None:
        n_window = 512 if rate_hz <= 48000 else 1024
        self._tables = build_tables(rate_hz, n_window, round(128 * rate_hz / 44100), BANDS)
        self._step_samples = round(STEP_S * rate_hz)
        self._before_rows = round(BEFORE_S / STEP_S)
        self._delay_samples = DELAY_S * rate_hz
        n_rows, n_bands = round((BEFORE_S + AFTER_S) / STEP_S) + 1, len(self._tables.band_start)
        self._levels = np.zeros((n_rows, n_bands), np.float32)  # amplitude, then its log10
        self._mean_level = np.zeros((2, n_bands), np.float32)  # log10 amplitude
        self._curve = np.zeros(n_rows, np.float32)  # share of the rise
        self._work = np.zeros((4, n_window // 2), np.float32)  # two complex vectors
        self._magnitude = np.zeros(n_window // 2, np.float32)  # amplitude a bin

    @property
    def reach_samples(self) -> int:
        """A refined onset is never earlier than this before the coarse time."""
        return (self._before_rows + 1) * self._step_samples + round(self._delay_samples)

    def refine(self, buffer: Float32Array, coarse: int, known: int, loudness: float) -> float:
        """Time one onset.

        Parameters
        ----------
        buffer
            High-passed samples, float32.
        coarse
            Index into ``buffer`` of the coarse time.
        known
            Index after the last sample that may be used.
        loudness
            What levels are compared with, amplitude.

        Returns
        -------
        float
            Index into ``buffer`` of the onset; ``coarse`` where too little follows.
        """
        first_end = coarse - self._before_rows * self._step_samples
        n_rows = min(len(self._levels), (known - first_end) // self._step_samples + 1)
        first_after = self._before_rows + round(SETTLED_AFTER_S / STEP_S)
        if n_rows < first_after + 4 or first_end < len(self._tables.window):
            return float(coarse)
        tables, levels = self._tables, self._levels[:n_rows]
        refine_kernels.fine_levels(
            buffer,
            first_end,
            self._step_samples,
            tables.window,
            tables.cosine,
            tables.sine,
            tables.band_start,
            tables.band_weight,
            self._work,
            self._magnitude,
            levels,
        )
        n_before = self._before_rows - round(SETTLED_BEFORE_S / STEP_S)
        ground = loudness * 10.0 ** (-RANGE_DB / 20.0)
        curve = self._curve[:n_rows]
        rise = refine_kernels.rise_curve(
            levels, n_before, 0, first_after, ground, self._mean_level, curve
        )
        if rise < 1e-6:
            return float(coarse)
        n_search = min(n_rows, self._before_rows + round(SEARCH_S / STEP_S))
        row = refine_kernels.crossing(curve, n_search, RISE_LOW, RISE_HIGH)
        return float(first_end + row * self._step_samples - self._delay_samples)
