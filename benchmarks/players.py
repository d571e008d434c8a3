"""Simulated players, whose truth is known, for `intervals.py`."""

from __future__ import annotations

import math

import numpy as np
from scipy.signal import lfilter

from practiceear.metrics.intervals import PlayedIntervals
from practiceear.metrics.runs.alignment import AlignedRuns
from practiceear.rhythm.alignment import Alignment
from practiceear.units import FloatArray

IOI_S = 0.25
EAR_ERROR = 0.051
"""Standard deviation of the ear's error from room to room, as a share of its usual one."""


def wandering(rng: np.random.Generator, n: int, correlation: float, sd: float) -> FloatArray:
    """Deviations of which each remembers the last by ``correlation``, shape (n,)."""
    fresh = rng.normal(0.0, 1.0, n) * math.sqrt(1.0 - correlation**2)
    fresh[:1] /= math.sqrt(1.0 - correlation**2)
    return np.asarray(sd * lfilter([1.0], [1.0, -correlation], fresh))


def played_by(
    rng: np.random.Generator, n: int, clock_s: float, hand_s: float, ear_s: float = 0.0
) -> PlayedIntervals:
    """``n`` intervals of an uneven clock and hand (Wing & Kristofferson 1973), and of an ear."""
    onset_s = rng.normal(0.0, hand_s, n + 1) + heard(rng, n + 1, ear_s)
    return in_a_row(np.asarray(IOI_S + rng.normal(0.0, clock_s, n) + np.diff(onset_s)))


def heard(rng: np.random.Generator, n: int, ear_s: float) -> FloatArray:
    """Errors of an ear that is a little better or worse in this room than as a rule."""
    return rng.normal(0.0, abs(ear_s * (1.0 + rng.normal(0.0, EAR_ERROR))), n)


def in_a_row(ioi_s: FloatArray) -> PlayedIntervals:
    """Intervals of one run without a break, their mean taken out."""
    notes = np.arange(ioi_s.size)
    return PlayedIntervals(notes, ioi_s, ioi_s - ioi_s.mean(), notes > 0, 1)


def aligned(deviation_s: FloatArray) -> Alignment:
    """Notes on successive slots, all matched."""
    is_matched = np.ones(deviation_s.size, dtype=np.bool_)
    slots = np.arange(deviation_s.size)
    return Alignment(slots, is_matched, deviation_s.copy(), np.zeros(0, dtype=np.int64), 1, 0)


def runs_by(
    rng: np.random.Generator, shape: tuple[int, int], clock_s: float, hand_s: float
) -> FloatArray:
    """Onsets of runs of one pattern, shape (n_runs, n_places)."""
    clock = np.cumsum(rng.normal(IOI_S, clock_s, shape), axis=1)
    return np.asarray(clock + rng.normal(0.0, hand_s, shape))


def laid_out(onset_s: FloatArray) -> AlignedRuns:
    """Runs of which every note was heard, each run's own line taken out."""
    place = np.arange(onset_s.shape[1], dtype=np.float64)
    line = np.column_stack((np.ones(place.size), place))
    late_s = onset_s - onset_s @ (line @ np.linalg.pinv(line)).T
    return AlignedRuns(
        pattern=0,
        direction="up",
        note=np.arange(onset_s.size).reshape(onset_s.shape),
        is_heard=np.ones(onset_s.shape, dtype=np.bool_),
        place=place,
        pitch_midi=np.full(place.size, np.nan),
        onset_s=onset_s.copy(),
        late_s=np.array(late_s),
        is_after_breath=np.zeros(onset_s.shape, dtype=np.bool_),
        is_even=True,
    )


def wavering_level(
    rng: np.random.Generator, duration_s: float, rate_hz: float, width_hz: float
) -> FloatArray:
    """100 levels a second that waver by 1 dB RMS between 2.75 and 12.25 Hz, shape (n_frames,).

    White where ``width_hz`` is infinite, else around ``rate_hz``.
    """
    n = int(2 * duration_s * 100)
    hz = np.fft.rfftfreq(n, 0.01)
    power = np.exp(-0.5 * ((hz - rate_hz) / width_hz) ** 2) + 0.005
    power /= power[(hz >= 2.75) & (hz <= 12.25)].sum()
    waves = rng.normal(size=hz.size) + 1j * rng.normal(size=hz.size)
    return np.asarray(np.fft.irfft(waves * np.sqrt(power) * n / 2, n)[: n // 2])
