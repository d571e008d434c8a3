"""How long nothing but the room has been heard.

The note tracker knows when a note ends that a player ends. A string or a pedal that rings into
the noise of the room never does; then the room itself tells: its level is the lowest there was.
"""

from __future__ import annotations

import math

import numpy as np

from practiceear.audio.block import Samples
from practiceear.audio.steps import StepCutter

STEP_S = 0.1
ABOVE_ROOM_DB = 6.0
"""Noise of a room wavers by less from one tenth of a second to the next."""

SOUNDING_DB = 10.0
ROOM_SHARE = 0.05
"""The room is what is left in so much of a take: it is silent before the first note."""


class QuietMeter:
    """Follows the level in steps of a tenth of a second.

    Parameters
    ----------
    rate_hz
        Samples per second.
    """

    def __init__(self, rate_hz: int) -> None:
        self._cutter = StepCutter(round(STEP_S * rate_hz))
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
