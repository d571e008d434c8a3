"""Automatic gain control is told from rooms, swells and decays, by the noise in the pauses."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from practiceear.audio.recording_quality import FEWEST_RISES, GainControlMeter
from tests.support.gain import gain_controlled, with_pauses
from tests.support.recordings import FIXTURES
from tests.support.sounds import Sound, room, take

RATE_HZ = 44100
PLAYED = [
    "cello_drift_hall",
    "clarinet_crescendo",
    "double_bass_swing",
    "flute_tongued_noisy",
    "guitar_added_meter_48k_stereo",
    "guitar_missed_notes",
    "oboe_clipped",
    "piano_sixteenths_click",
    "saxophone_ahead_22k",
    "tap_table",
    "trumpet_staccato_click",
    "viola_slurred_room",
    "violin_detached",
]
ALL = [*PLAYED, "click_only", "silent_room"]


def _fixture(name: str) -> tuple[Sound, int]:
    frames, rate_hz = sf.read(FIXTURES / name / "take.flac", dtype="float32", always_2d=True)
    return frames.mean(axis=1), rate_hz


def _n_rises(sound: Sound, rate_hz: int, block_samples: int = 4096) -> int:
    meter = GainControlMeter(rate_hz)
    for start in range(0, len(sound), block_samples):
        meter.add(sound[start : start + block_samples])
    return meter.n_rises


@pytest.mark.parametrize("name", PLAYED)
def test_takes_with_pauses_put_through_gain_control_are_told(name: str) -> None:
    sound, rate_hz = _fixture(name)
    paused = with_pauses(sound, rate_hz, room_dbfs=-60.0)
    assert _n_rises(paused, rate_hz) == 0
    for rise_db_per_s in (4.0, 8.0):
        moved = gain_controlled(paused, rate_hz, rise_db_per_s)
        assert _n_rises(moved, rate_hz) >= FEWEST_RISES


@pytest.mark.parametrize("name", ALL)
def test_no_fixture_is_taken_for_gain_control_however_noisy_the_room(name: str) -> None:
    sound, rate_hz = _fixture(name)
    assert _n_rises(sound, rate_hz) == 0
    for room_dbfs in (-75.0, -65.0, -55.0, -45.0):
        noise = room(len(sound) / rate_hz + 1, room_dbfs, rate_hz)[: len(sound)]
        assert _n_rises(sound + noise, rate_hz) == 0


def test_tones_that_swell_from_nothing_are_playing() -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * 220.0 * k * time_s) / k for k in range(1, 20))
    swell = 0.2 * wave * 10.0 ** (-np.abs(time_s - 2.5) * 20.0 / 20.0)
    sound = with_pauses(swell.astype(np.float32), RATE_HZ, pause_s=1.0, room_dbfs=-60.0)
    assert _n_rises(sound, RATE_HZ) == 0


def test_the_echo_of_a_hall_only_falls() -> None:
    rng = np.random.default_rng(0)
    dry = with_pauses(take([0.5, 1.0, 1.5, 2.0], 2.5, RATE_HZ), RATE_HZ, room_dbfs=-90.0)
    echo_s = np.arange(2 * RATE_HZ) / RATE_HZ
    tail = rng.standard_normal(len(echo_s)) * 10.0 ** (-60.0 * echo_s / 2.0 / 20.0)
    n = len(dry) + len(tail)
    wet = np.fft.irfft(np.fft.rfft(dry, n) * np.fft.rfft(tail, n), n)
    wet = 0.5 * wet / np.abs(wet).max() + room(n / RATE_HZ, -65.0, RATE_HZ)[:n]
    assert _n_rises(wet.astype(np.float32), RATE_HZ) == 0


def test_a_fan_that_starts_once_is_not_enough() -> None:
    playing = take([0.2, 0.7, 1.2], 1.7, RATE_HZ)
    fan = room(5.0, -55.0, RATE_HZ) * np.interp(np.arange(5 * RATE_HZ), [88200, 154350], [0.1, 1])
    sound = np.concatenate([playing, fan[:176400].astype(np.float32), playing])
    assert _n_rises(sound, RATE_HZ) < FEWEST_RISES


@pytest.mark.parametrize("block_samples", [441, 10000])
def test_blocks_of_any_size_count_the_same(block_samples: int) -> None:
    paused = with_pauses(take([0.2, 0.7, 1.2], 1.7, RATE_HZ), RATE_HZ, room_dbfs=-60.0)
    moved = gain_controlled(paused, RATE_HZ, 8.0)
    n_rises = _n_rises(moved, RATE_HZ)
    assert _n_rises(moved, RATE_HZ, block_samples) == n_rises >= FEWEST_RISES


def test_digital_silence_is_no_room() -> None:
    assert _n_rises(np.zeros(RATE_HZ * 5, np.float32), RATE_HZ) == 0
