"""Held tones are found and their wavering is measured; plain ones are at the floor."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.audio.block import AudioBlock
from practiceear.session.long_tone import LongTone, long_tones

RATE_HZ = 44100


def tone(
    pitch_hz: float, seconds: float = 6.0, sway_db: float = 0.0, sway_hz: float = 5.0
) -> np.ndarray:
    """A tone of five harmonics between two seconds of silence, noise 30 dB below it."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * pitch_hz * k * time_s + k) / k for k in range(1, 6))
    wave *= 0.1 / np.sqrt(np.mean(np.square(wave)))
    wave *= 10.0 ** (sway_db * np.sin(2 * np.pi * sway_hz * time_s) / 20.0)
    silence = np.zeros(RATE_HZ)
    sound = np.concatenate([silence, wave, silence])
    noise = np.random.default_rng(1).standard_normal(len(sound))
    return (sound + 0.1 * 10 ** (-30 / 20) * noise).astype(np.float32)


def found(sound: np.ndarray, block_samples: int = 4096) -> tuple[LongTone, ...]:
    blocks = [
        AudioBlock(sound[at : at + block_samples], at) for at in range(0, len(sound), block_samples)
    ]
    return long_tones(blocks, RATE_HZ)


@pytest.mark.parametrize("pitch_hz", [41.2, 65.4, 98.0, 220.0, 440.0, 880.0])
def test_a_plain_tone_is_at_the_floor(pitch_hz: float) -> None:
    (one,) = found(tone(pitch_hz))
    wavering = one.steadiness.wavering
    assert wavering.value < wavering.floor
    assert wavering.is_at_floor
    assert one.first_s == pytest.approx(1.0, abs=0.05)
    assert one.length_s == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize(("sway_db", "sway_hz"), [(0.5, 5.0), (1.0, 6.5), (2.0, 8.0)])
def test_a_wavering_is_told_in_size_and_rate(sway_db: float, sway_hz: float) -> None:
    (one,) = found(tone(220.0, 8.0, sway_db, sway_hz))
    wavering, rate = one.steadiness.wavering, one.steadiness.rate
    assert wavering.value == pytest.approx(sway_db / math.sqrt(2.0), rel=0.08)
    assert wavering.low < sway_db / math.sqrt(2.0) < wavering.high
    assert rate.value == pytest.approx(sway_hz, abs=0.1)


def test_short_tones_and_silence_are_no_long_tones() -> None:
    assert found(tone(220.0, 3.0)) == ()
    assert found(np.zeros(5 * RATE_HZ, np.float32)) == ()
    assert long_tones([], RATE_HZ) == ()


def test_blocks_of_any_size_give_the_same() -> None:
    sound = tone(220.0, 6.0, 0.7)
    whole, parts = found(sound, len(sound)), found(sound, 441)
    assert [one.length_s for one in whole] == [one.length_s for one in parts]
    assert whole[0].steadiness.wavering.value == pytest.approx(
        parts[0].steadiness.wavering.value, rel=1e-9
    )


def test_two_tones_are_two() -> None:
    assert len(found(np.concatenate([tone(220.0), tone(330.0, 7.0, 0.5)]))) == 2
