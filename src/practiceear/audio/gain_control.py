"""Whether a device turns the level up in pauses, as automatic gain control does.

A note that has ended leaves the room: its echo falls, then the noise stays as it is. Where the
noise of the room swells instead, slowly and by the same factor at all pitches, nobody is playing:
something turns the microphone up. Levels of notes say little then.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from practiceear.audio.block import Samples
from practiceear.audio.steps import StepCutter
from practiceear.units import FloatArray

STEP_S = 0.05
WINDOW_STEPS = 6
"""The floor is the middle of so many steps: a click among them does not move it."""

BAND_EDGES_HZ = (180.0, 300.0, 500.0, 850.0, 1400.0, 2400.0, 4000.0, 6500.0, 10000.0)
LOUD_S = 10.0
PAUSE_DB = 20.0
"""So far below the loudest of the last seconds no note is being played, or a very soft one."""

RISE_DB = 6.0
SHORTEST_RISE_S = 0.5
FASTEST_SHARE = 0.7
"""At most so much of the rise within 0.3 s: an attack, a fan or a door brings all of it."""

SAME_GAIN_DB = 2.0
"""Bands of noise measured for 0.3 s differ by about 1 dB; of a note that swells, by 10 and more."""

MOST_ODD_BANDS = 2
"""The echo of the last note may still ring in some."""

UNSTEADY_DB = 2.0
"""Noise moves by less from step to step; drum rolls, speech and bows move by more."""

QUIETEST_DBFS = -100.0
"""Below this it is rounding, not a room."""

FEWEST_RISES = 2
"""A single one may be a fan that starts."""


class GainControlMeter:
    """Counts the pauses in which the noise of the room swelled.

    Parameters
    ----------
    rate_hz
        Samples per second.
    """

    def __init__(self, rate_hz: int) -> None:
        step_samples = round(STEP_S * rate_hz)
        self._cutter = StepCutter(step_samples)
        self._taper = np.hanning(step_samples)
        bins_hz = np.fft.rfftfreq(step_samples, 1.0 / rate_hz)
        edges_hz = [one for one in BAND_EDGES_HZ if one < 0.45 * rate_hz]
        self._first_bins = np.searchsorted(bins_hz, edges_hz)
        self._levels_dbfs: deque[float] = deque(maxlen=round(LOUD_S / STEP_S))
        self._pause: list[FloatArray] = []
        self._floors: list[FloatArray] = []
        self._is_counted = False
        self.n_rises = 0

    @property
    def is_gain_controlled(self) -> bool:
        """Whether the noise swelled in several pauses."""
        return self.n_rises >= FEWEST_RISES

    def add(self, samples: Samples) -> None:
        """Take in the next samples."""
        for step in self._cutter.cut(samples):
            level_dbfs = _decibels(float(np.mean(np.square(step, dtype=np.float64))))
            self._levels_dbfs.append(level_dbfs)
            if level_dbfs > max(self._levels_dbfs) - PAUSE_DB or level_dbfs < QUIETEST_DBFS:
                self._pause.clear()
                self._floors.clear()
                self._is_counted = False
            elif not self._is_counted:
                self._hear_pause(step)

    def _hear_pause(self, step: Samples) -> None:
        power = np.abs(np.fft.rfft(step * self._taper)) ** 2
        bands = np.add.reduceat(power, self._first_bins)[:-1]
        self._pause.append(10.0 * np.log10(bands + 1e-30))
        if len(self._pause) >= WINDOW_STEPS:
            self._floors.append(np.median(self._pause[-WINDOW_STEPS:], axis=0))
            self._is_counted = self._has_risen()
            self.n_rises += int(self._is_counted)

    def _has_risen(self) -> bool:
        """Whether the floor is now higher in all bands alike than it was in this pause."""
        heights_db = np.median(self._floors, axis=1)
        lowest = int(np.argmin(heights_db))
        rise_db = self._floors[-1] - self._floors[lowest]
        middle_db = float(np.median(rise_db))
        if middle_db < RISE_DB or len(heights_db) - lowest < SHORTEST_RISE_S / STEP_S:
            return False
        since = heights_db[lowest:]
        fastest_db = float(np.max(since[WINDOW_STEPS:] - since[:-WINDOW_STEPS]))
        n_odd = int(np.count_nonzero(np.abs(rise_db - middle_db) > SAME_GAIN_DB))
        is_gradual = fastest_db <= FASTEST_SHARE * middle_db
        return is_gradual and n_odd <= MOST_ODD_BANDS and self._is_steady(lowest)

    def _is_steady(self, lowest: int) -> bool:
        steps_db = np.median(self._pause[lowest:], axis=1)
        return bool(np.median(np.abs(np.diff(steps_db))) <= UNSTEADY_DB)


def _decibels(power: float) -> float:
    return 10.0 * float(np.log10(power)) if power > 0.0 else -np.inf
