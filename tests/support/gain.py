"""A simple automatic gain control, and playing with pauses in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.support.sounds import room

Sound = npt.NDArray[np.float32]

TARGET_DBFS, MOST_GAIN_DB, FALL_DB_PER_S = -20.0, 30.0, 600.0


def with_pauses(playing: Sound, rate_hz: int, *, pause_s: float = 2.5, room_dbfs: float) -> Sound:
    """Three times the same, with only a room's noise before, between and after."""
    pause = np.zeros(round(pause_s * rate_hz), np.float32)
    whole = np.concatenate([pause, *([playing, pause] * 3)])
    return whole + room(len(whole) / rate_hz, room_dbfs, rate_hz)[: len(whole)]


def gain_controlled(sound: Sound, rate_hz: int, rise_db_per_s: float) -> Sound:
    """Every 5 ms the gain falls at once towards the target level, or rises slowly."""
    n_step = rate_hz // 200
    gain_db, gains_db = MOST_GAIN_DB, [MOST_GAIN_DB]
    for start in range(0, len(sound), n_step):
        power = float(np.mean(np.square(sound[start : start + n_step], dtype=np.float64)))
        wished_db = min(MOST_GAIN_DB, TARGET_DBFS - 10.0 * np.log10(power + 1e-12))
        change_db = wished_db - gain_db
        gain_db += float(
            np.clip(change_db, -FALL_DB_PER_S * n_step / rate_hz, rise_db_per_s * n_step / rate_hz)
        )
        gains_db.append(gain_db)
    gain = np.interp(np.arange(len(sound)), n_step * np.arange(len(gains_db)), gains_db)
    return np.clip(sound * 10.0 ** (gain / 20.0), -1.0, 1.0).astype(np.float32)
