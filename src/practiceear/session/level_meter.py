"""How loud the microphone is just now."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from practiceear.audio.block import Samples
from practiceear.audio.steps import StepCutter

LEVEL_S = 0.1
PEAK_S = 1.0
MUTED_AFTER_S = 5.0
FULL_SCALE = 0.999


class LevelMeter:
    """RMS of the last tenth of a second, peak of the last second, in steps of 10 ms.

    Parameters
    ----------
    rate_hz
        Samples per second.
    """

    def __init__(self, rate_hz: int) -> None:
        self._cutter = StepCutter(rate_hz // 100)
        self._powers: deque[float] = deque(maxlen=round(LEVEL_S * 100))
        self._peaks: deque[float] = deque(maxlen=round(PEAK_S * 100))
        self._n_silent_steps = 0

    def add(self, samples: Samples) -> None:
        """Take in the next samples."""
        for step in self._cutter.cut(samples):
            peak = float(np.max(np.abs(step)))
            self._powers.append(float(np.mean(np.square(step, dtype=np.float64))))
            self._peaks.append(peak)
            self._n_silent_steps = self._n_silent_steps + 1 if peak == 0.0 else 0

    @property
    def level_dbfs(self) -> float:
        """RMS of the last tenth of a second; minus infinity for digital silence."""
        power = sum(self._powers) / len(self._powers) if self._powers else 0.0
        return 10.0 * math.log10(power) if power > 0 else -math.inf

    @property
    def peak_dbfs(self) -> float:
        """Highest sample of the last second."""
        peak = max(self._peaks, default=0.0)
        return 20.0 * math.log10(peak) if peak > 0 else -math.inf

    @property
    def is_clipping(self) -> bool:
        """Whether full scale was reached within the last second."""
        return max(self._peaks, default=0.0) >= FULL_SCALE

    @property
    def is_digitally_silent(self) -> bool:
        """Whether every sample of the last seconds was zero: no microphone is that quiet."""
        return self._n_silent_steps >= MUTED_AFTER_S * 100
