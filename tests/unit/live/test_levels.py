"""Levels and silence of a live session."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.live.levels import InputLevel, SilenceDetector

RATE_HZ = 44100


def _in_blocks(meter: InputLevel | SilenceDetector, sound: np.ndarray, n: int) -> None:
    for start in range(0, len(sound), n):
        meter.add(sound[start : start + n].astype(np.float32))


@pytest.mark.parametrize("n", [64, 441, 5000])
def test_level_of_a_sine_and_its_peak(n: int) -> None:
    meter = InputLevel(RATE_HZ)
    _in_blocks(meter, 0.5 * np.sin(np.arange(RATE_HZ) * 0.1), n)
    assert meter.level_dbfs == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.1)
    assert meter.peak_dbfs == pytest.approx(-6.02, abs=0.05)
    assert not meter.is_clipping
    _in_blocks(meter, np.ones(2000), n)
    assert meter.is_clipping


def test_zeros_are_told_from_a_quiet_room() -> None:
    meter = InputLevel(RATE_HZ)
    _in_blocks(meter, np.zeros(RATE_HZ * 6), 1000)
    assert meter.is_digitally_silent
    _in_blocks(meter, np.full(500, 1e-6), 500)
    assert not meter.is_digitally_silent


@pytest.mark.parametrize("n", [64, 4410, 30000])
def test_quiet_counts_from_where_only_the_room_is_left(n: int) -> None:
    rng = np.random.default_rng(0)
    room = 0.001 * rng.standard_normal(RATE_HZ * 12)
    time_s = np.arange(RATE_HZ * 12) / RATE_HZ
    ringing = 0.3 * np.sin(2 * np.pi * 220 * time_s) * np.exp(-3 * np.maximum(time_s - 2, 0))
    ringing[time_s < 2] = 0
    meter = SilenceDetector(RATE_HZ)
    _in_blocks(meter, room[: RATE_HZ * 4] + ringing[: RATE_HZ * 4], n)
    assert meter.quiet_s < 0.8
    _in_blocks(meter, room[RATE_HZ * 4 :] + ringing[RATE_HZ * 4 :], n)
    assert 7.0 < meter.quiet_s < 9.0
