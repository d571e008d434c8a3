"""How loud the microphone is just now."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from practiceear.audio.blocks import Framer, Samples

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
        self._cutter = Framer(rate_hz // 100)
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


STEP_S = 0.1
ABOVE_ROOM_DB = 6.0
"""Noise of a room wavers by less from one tenth of a second to the next."""

SOUNDING_DB = 10.0
ROOM_SHARE = 0.05
"""The room is what is left in so much of a take: it is silent before the first note."""


class SilenceDetector:
    """Follows the level in steps of a tenth of a second.

    Parameters
    ----------
    rate_hz
        Samples per second.
    """

    def __init__(self, rate_hz: int) -> None:
        self._cutter = Framer(round(STEP_S * rate_hz))
        self._room_db = math.inf
        self._level_db: list[float] = []
        self._n_quiet_steps = 0
        self._has_sounded = False

    def add(self, samples: Samples) -> None:
        """Take in the next samples."""
        for step in self._cutter.cut(samples):
            self._hear(float(np.mean(np.square(step, dtype=np.float64))))

    def _hear(self, power: float) -> None:
        if power == 0.0:  # no room is that quiet: a device that starts, a count-in held back
            self._n_quiet_steps += 1
            return
        level_db = 10.0 * math.log10(power)
        self._level_db.append(level_db)
        self._room_db = min(self._room_db, level_db)
        self._has_sounded |= level_db > self._room_db + SOUNDING_DB
        is_quiet = level_db <= self._room_db + ABOVE_ROOM_DB
        self._n_quiet_steps = self._n_quiet_steps + 1 if is_quiet else 0

    @property
    def room_dbfs(self) -> float:
        """Level of the quietest twentieth of what was heard; NaN before anything was."""
        # Not the very lowest: a device that fades in would be a silent room.
        return float(np.quantile(self._level_db, ROOM_SHARE)) if self._level_db else math.nan

    @property
    def quiet_s(self) -> float:
        """How long the level has been that of the room, in seconds; 0 before it was exceeded."""
        return self._n_quiet_steps * STEP_S if self._has_sounded else 0.0
