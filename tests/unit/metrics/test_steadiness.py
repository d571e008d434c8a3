"""Held tones that waver by a known amount."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics import steadiness
from practiceear.metrics.steadiness import pitch_spread, slow_swell, tone_steadiness
from practiceear.units import FloatArray

RATE_HZ = 100.0


def sine(rate_hz: float, rms_db: float, duration_s: float = 6.0) -> FloatArray:
    time_s = np.arange(0.0, duration_s, 1.0 / RATE_HZ)
    return np.asarray(rms_db * math.sqrt(2.0) * np.sin(2 * np.pi * rate_hz * time_s + 0.4))


def noise(rng: np.random.Generator, density: FloatArray, n_frames: int) -> FloatArray:
    """Normal noise with a power density in dB²/Hz, shape (n_frames + 1,), up to 50 Hz."""
    bin_hz = RATE_HZ / (2 * n_frames)
    parts = rng.normal(size=(2, n_frames + 1)) * np.sqrt(density * bin_hz / 2.0) * 2 * n_frames
    series = np.fft.irfft((parts[0] + 1j * parts[1]) / math.sqrt(2.0), 2 * n_frames)
    return np.asarray(series[:n_frames])


@pytest.mark.parametrize("rate_hz", [4.0, 5.3, 8.7, 11.0])
def test_a_wavering_at_one_rate(rate_hz: float) -> None:
    found = tone_steadiness(sine(rate_hz, 0.8) - 25.0, RATE_HZ)
    assert found.wavering.value == pytest.approx(0.8, rel=0.01)
    assert found.wavering.low < 0.8 < found.wavering.high
    assert found.rate.value == pytest.approx(rate_hz, abs=0.05)


@pytest.mark.parametrize("rate_hz", [1.0, 1.5, 14.0, 25.0])
def test_slower_and_faster_movement_is_left_out(rate_hz: float) -> None:
    found = tone_steadiness(sine(rate_hz, 1.0), RATE_HZ)
    assert found.wavering.value < 0.02


def test_gain_crescendo_and_swell_change_nothing() -> None:
    level_db = sine(5.0, 0.5)
    time_s = np.arange(level_db.size) / RATE_HZ
    plain = tone_steadiness(level_db, RATE_HZ).wavering
    for other_db in (level_db - 40.0, level_db + 3.0 * time_s):
        assert tone_steadiness(other_db, RATE_HZ).wavering.value == pytest.approx(plain.value)
    swell_db = level_db - 6.0 * np.cos(2 * np.pi * time_s / 6.0)
    assert tone_steadiness(swell_db, RATE_HZ).wavering.value == pytest.approx(0.5, abs=0.01)


def test_twice_the_wavering_is_twice_the_number() -> None:
    level_db = noise(np.random.default_rng(1), np.ones(801), 800)
    one, other = tone_steadiness(level_db, RATE_HZ), tone_steadiness(2 * level_db, RATE_HZ)
    assert other.wavering.value == pytest.approx(2 * one.wavering.value)
    assert other.wavering.high == pytest.approx(2 * one.wavering.high)


def test_the_frame_rate_does_not_matter() -> None:
    coarse = tone_steadiness(sine(6.0, 0.7), RATE_HZ).wavering
    time_s = np.arange(0.0, 6.0, 1.0 / 400.0)
    fine_db = 0.7 * math.sqrt(2.0) * np.sin(2 * np.pi * 6.0 * time_s + 0.4)
    assert tone_steadiness(fine_db, 400.0).wavering.value == pytest.approx(coarse.value, rel=0.01)


def test_the_power_is_welchs() -> None:
    # A naive twin: one segment after the other, bin by bin.
    level_db = noise(np.random.default_rng(2), np.ones(601), 600)
    total = 0.0
    window = [0.5 - 0.5 * math.cos(2 * math.pi * frame / 200) for frame in range(200)]
    for start in range(0, 401, 100):
        part = level_db[start : start + 200]
        line = np.polyval(np.polyfit(np.arange(200), part, 1), np.arange(200))
        for k in range(6, 25):  # 3 to 12 Hz in steps of 0.5 Hz
            turn = np.exp(-2j * np.pi * k * np.arange(200) / 200)
            power = abs(np.sum((part - line) * window * turn)) ** 2
            total += 0.5 * 2 * power / (RATE_HZ * sum(one**2 for one in window)) / 5
    found = tone_steadiness(level_db, RATE_HZ).wavering
    assert found.value == pytest.approx(math.sqrt(total))
    assert found.n == 5


def test_a_still_tone_has_no_wavering_and_no_rate() -> None:
    found = tone_steadiness(np.full(500, -20.0), RATE_HZ, floor_db=0.05)
    assert found.wavering.value == pytest.approx(0.0, abs=1e-9)
    assert found.wavering.is_at_detector_error
    assert found.rate.is_unavailable


@pytest.mark.parametrize("n_frames", [0, 199])
def test_short_tones_are_refused(n_frames: int) -> None:
    found = tone_steadiness(np.zeros(n_frames), RATE_HZ)
    assert "too short" in found.wavering.reason
    assert found.rate.is_unavailable
    assert not tone_steadiness(sine(5.0, 1.0, 2.0), RATE_HZ).wavering.is_unavailable


def test_a_tone_that_breaks_off_is_refused() -> None:
    level_db = sine(5.0, 1.0)
    level_db[300] = -np.inf
    assert "breaks off" in tone_steadiness(level_db, RATE_HZ).wavering.reason


def test_a_swell_is_told_apart_from_wavering_and_crescendo() -> None:
    time_s = np.arange(0.0, 60.0, 1.0 / RATE_HZ)
    swell_db = 0.9 * math.sqrt(2.0) * np.sin(2 * np.pi * 0.5 * time_s)
    found = slow_swell(swell_db - 30.0 + 0.4 * time_s, RATE_HZ, 0.05)
    assert found.value == pytest.approx(0.9, rel=0.1)
    assert slow_swell(sine(5.5, 1.0, 12.0), RATE_HZ).value < 0.03
    assert slow_swell(np.zeros(150), RATE_HZ).is_unavailable


def test_a_pitch_that_strays_and_one_that_is_not_clear() -> None:
    cents = np.random.default_rng(3).normal(0.0, 8.0, 300)
    found = pitch_spread(cents + 0.1 * np.arange(300), 1.5)
    assert found.low < 8.0 < found.high
    octaves = np.where(np.arange(300) % 5 == 0, 1200.0, 0.0)
    assert "not clear" in pitch_spread(cents + octaves).reason
    assert "no pitch" in pitch_spread(np.zeros(0)).reason


def test_frames_must_be_fast_enough() -> None:
    with pytest.raises(ValueError, match="frame_rate_hz"):
        tone_steadiness(np.zeros(500), 20.0)


FREQUENCY_HZ = np.linspace(0.0, 50.0, 801)


@pytest.mark.parametrize("n_frames", [200, 300, 800])
@pytest.mark.parametrize("width_hz", [0.5, 20.0])
def test_intervals_hold_the_truth(width_hz: float, n_frames: int) -> None:
    rng = np.random.default_rng(round(width_hz))
    density = np.exp(-0.5 * ((FREQUENCY_HZ - 6.0) / width_hz) ** 2)
    in_band = (FREQUENCY_HZ >= 2.75) & (FREQUENCY_HZ <= 12.25)
    truth = math.sqrt(density[in_band].sum() * FREQUENCY_HZ[1])
    levels = [noise(rng, density, 800)[:n_frames] for _ in range(400)]
    found = [tone_steadiness(one, RATE_HZ).wavering for one in levels]
    held = np.mean([one.low <= truth <= one.high for one in found])
    assert held >= 0.90


def test_noise_has_no_rate_of_its_own() -> None:
    rng = np.random.default_rng(5)
    found = [tone_steadiness(noise(rng, np.ones(801), 800), RATE_HZ).rate for _ in range(400)]
    assert np.mean([not one.is_unavailable for one in found]) <= 0.08


def test_nothing_is_said_about_health() -> None:
    assert "tremor" not in str(steadiness.__dict__.values()).lower()
