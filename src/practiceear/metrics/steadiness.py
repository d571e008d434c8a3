"""How steady a held tone is, from 3 to 12 times a second.

For long tones that are meant to be plain: a wavering of the level at these rates comes
from bow, breath, lip or hand, and vibrato lies in the same band (Timmers & Desain 2000),
so that the rate alone does not tell them apart. It is shown as a number of its own to be
watched over weeks, never as a finding about the player's health.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import fdtri
from practiceear.metrics.reliability import FEWEST_FOR_FIRM, Spread, sd_interval, spread_of
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray

LOWEST_HZ, HIGHEST_HZ = 3.0, 12.0
SHORTEST_S = 2.0
"""One segment, six periods of the slowest wavering: the interval is then wide."""

SEGMENT_S = 2.0
"""Rates half a Hz apart are told from each other, and a swell of seconds stays below 3 Hz."""

SLOWEST_FRAME_RATE_HZ = 50.0

SLOW_STEP_S = 0.25
"""Hann windows of twice as long hide what wavers faster than about 3 Hz."""

MOST_JUMPS = 0.05
JUMP_CENTS = 300.0  # an octave or a fifth taken for the tone

_NEIGHBOUR_BINS = (2, 6)  # from 1 to 2.5 Hz away: clear of the peak, near enough to be like it
_BINS_A_PEAK = 2.0  # bins that are worth one: a Hann window makes neighbours alike
_FALSE_PEAKS = 0.05
_OVERLAP_COST = 1.0 + 2.0 / 36.0  # half overlapping Hann segments are correlated by 1/6


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How a held tone wavers.

    ``wavering``: RMS of the level's movement from 3 to 12 Hz, in dB; n counts the half overlapping
    segments of 2 s. ``rate``: where in this band it wavers the most, in Hz; unavailable where no
    rate stands out.
    """

    wavering: Metric
    rate: Metric


def tone_steadiness(
    level_db: FloatArray, frame_rate_hz: float, floor_db: float = math.nan
) -> Steadiness:
    """Measure how much and how fast the level of one held tone wavers.

    The spectrum is the mean over half overlapping Hann segments of 2 s, a straight line
    taken out of each (Welch 1967). Its degrees of freedom, 2 T (Σ S)² / Σ S² (Blackman &
    Tukey 1958), give the interval: a wavering at one rate is known less well than noise.

    ``level_db``: float64, shape (n_frames,): the level of a tone's steady part, attack and end cut
    off; finite. ``frame_rate_hz``: frames a second, 50 at least. ``floor_db``: what the detector
    shows for a steady tone in this room.

    Returns
    -------
    Steadiness
        Unavailable below 2 s of tone, and where the level is not known throughout.

    ValueError where there are fewer than 50 frames a second.
    """
    if not frame_rate_hz >= SLOWEST_FRAME_RATE_HZ:
        raise ValueError(f"frame_rate_hz must be 50 or more, not {frame_rate_hz}")
    duration_s = level_db.size / frame_rate_hz
    if duration_s < SHORTEST_S:
        return _unavailable(
            f"the tone is too short ({duration_s:.1f} s of the {SHORTEST_S:.0f} needed)"
        )
    if not np.all(np.isfinite(level_db)):
        return _unavailable("the tone breaks off")
    spectrum = _spectrum(level_db, frame_rate_hz)
    return Steadiness(_wavering(spectrum, floor_db), _rate(spectrum))


def _unavailable(reason: str) -> Steadiness:
    return Steadiness(
        Metric.unavailable(MetricKey.TONE_WAVERING, 0, reason),
        Metric.unavailable(MetricKey.TONE_WAVERING_RATE, 0, reason),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Spectrum:
    """Power density in dB²/Hz, how far apart its bins are, and how sure it is."""

    density: FloatArray
    bin_hz: float
    n_segments: int
    segment_s: float  # how much of each segment its window lets count

    @property
    def n_independent(self) -> float:
        """How many independent segments it is worth."""
        return max(1.0, self.n_segments / _OVERLAP_COST)

    @property
    def is_in_band(self) -> BoolArray:
        """Which bins lie from 3 to 12 Hz."""
        rates_hz = self.bin_hz * np.arange(self.density.size)
        return (rates_hz >= LOWEST_HZ) & (rates_hz <= HIGHEST_HZ)


def _spectrum(level_db: FloatArray, frame_rate_hz: float) -> _Spectrum:
    n_frames = round(SEGMENT_S * frame_rate_hz)
    segments = np.lib.stride_tricks.sliding_window_view(level_db, n_frames)[:: n_frames // 2]
    off_middle = np.arange(n_frames) - (n_frames - 1) / 2.0
    slopes = segments @ off_middle / float(off_middle @ off_middle)
    straight = segments - segments.mean(axis=1, keepdims=True) - np.outer(slopes, off_middle)
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(n_frames) / n_frames)
    power = float(np.sum(window**2))
    density = 2.0 * np.abs(np.fft.rfft(window * straight)) ** 2 / (frame_rate_hz * power)
    counted_s = power**2 / float(np.sum(window**4)) / frame_rate_hz
    return _Spectrum(density.mean(axis=0), frame_rate_hz / n_frames, len(segments), counted_s)


def _wavering(spectrum: _Spectrum, floor_db: float) -> Metric:
    band = spectrum.density[spectrum.is_in_band]
    value = math.sqrt(float(band.sum()) * spectrum.bin_hz)
    n = spectrum.n_segments
    if value == 0.0:
        return Metric(MetricKey.TONE_WAVERING, 0.0, n, 0.0, 0.0, detector_error=floor_db)
    duration_s = spectrum.n_independent * spectrum.segment_s
    power_squared = float(band.sum()) ** 2 * spectrum.bin_hz
    dof = max(1.0, 2.0 * duration_s * power_squared / float(np.sum(band**2)))
    low, high = sd_interval(value, dof)
    is_rough = dof < FEWEST_FOR_FIRM
    return Metric(
        MetricKey.TONE_WAVERING, value, n, low, high, detector_error=floor_db, is_rough=is_rough
    )


def _rate(spectrum: _Spectrum) -> Metric:
    """The rate of the highest peak, where it stands out from the rates around it."""
    n, density = spectrum.n_segments, spectrum.density
    best = int(np.argmax(np.where(spectrum.is_in_band, density, -1.0)))
    nearest, furthest = _NEIGHBOUR_BINS
    around = [best + side * off for off in range(nearest, furthest) for side in (-1, 1)]
    usual = float(np.mean(density[around]))
    dof = 2.0 * spectrum.n_independent
    n_tried = float(np.count_nonzero(spectrum.is_in_band))
    least = float(fdtri(dof, dof * len(around) / _BINS_A_PEAK, 1.0 - _FALSE_PEAKS / n_tried))
    is_peak = density[best] >= max(density[best - 1], density[best + 1])
    if not (is_peak and density[best] > least * usual):
        return Metric.unavailable(MetricKey.TONE_WAVERING_RATE, n, "no rate of wavering stands out")
    left, middle, right = np.log(np.maximum(density[best - 1 : best + 2], 1e-30))
    bend = left - 2.0 * middle + right
    value = spectrum.bin_hz * (best + float(0.5 * (left - right) / bend if bend < 0 else 0.0))
    interval = (value - spectrum.bin_hz, value + spectrum.bin_hz)
    return Metric(MetricKey.TONE_WAVERING_RATE, value, n, *interval, is_rough=n < FEWEST_FOR_FIRM)


def slow_swell(level_db: FloatArray, frame_rate_hz: float, floor_db: float = math.nan) -> Metric:
    """Measure how far the level of a held tone swells and fades more slowly than 2 Hz.

    The standard deviation of means over half a second, a quarter apart, about a straight
    line, so that an even crescendo is none.

    ``level_db``, ``frame_rate_hz``, ``floor_db``: as for ``tone_steadiness``.
    """
    n_step = round(SLOW_STEP_S * frame_rate_hz)
    n = max(0, level_db.size // n_step - 1)
    if n + 1 < SHORTEST_S / SLOW_STEP_S or not np.all(np.isfinite(level_db)):
        return Metric.unavailable(MetricKey.TONE_SWELL, n, "the tone is too short or breaks off")
    window = np.hanning(2 * n_step + 1)[:-1]
    windows = np.lib.stride_tricks.sliding_window_view(level_db, 2 * n_step)[::n_step]
    means = np.asarray(windows[:n] @ window / window.sum(), dtype=np.float64)
    return _about_a_line(means).metric(
        MetricKey.TONE_SWELL, "quarters of a second", detector_error=floor_db
    )


def pitch_spread(cents: FloatArray, floor_cents: float = math.nan) -> Metric:
    """Measure how far the pitch of a held tone strays from a straight line.

    ``cents``: float64, shape (n_frames,): the pitch; empty where the sound has none.
    ``floor_cents``: what is found for a tone of one pitch.
    """
    n = int(cents.size)
    if n < 8:
        return Metric.unavailable(MetricKey.TONE_PITCH, n, "there is no pitch")
    is_near = np.abs(cents - np.median(cents)) < JUMP_CENTS
    if np.mean(~is_near) > MOST_JUMPS:
        return Metric.unavailable(MetricKey.TONE_PITCH, n, "the pitch is not clear throughout")
    spread = _about_a_line(cents[is_near])
    return spread.metric(MetricKey.TONE_PITCH, "pitches", detector_error=floor_cents)


def _about_a_line(values: FloatArray) -> Spread:
    off_middle = np.arange(values.size) - (values.size - 1) / 2.0
    slope = float(values @ off_middle / (off_middle @ off_middle))
    off_line = values - values.mean() - slope * off_middle
    return spread_of(np.asarray(off_line, dtype=np.float64), n_fitted=2)
