"""The stream in a report: as long as the take, in time with it, and of a size known before."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
import soxr

from practiceear.audio.take_encoder import BYTES_PER_S, STREAM_RATE_HZ, TakeEncoder
from tests.support.tones import tone_row


def encoded(sound: np.ndarray, rate_hz: int, block_samples: int = 4096) -> bytes:
    encoder = TakeEncoder(rate_hz)
    for first in range(0, len(sound), block_samples):
        encoder.add(sound[first : first + block_samples])
    return encoder.finish()


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
def test_the_stream_is_the_take_sample_for_sample(rate_hz: int) -> None:
    onset_s = 0.3 + 0.41 * np.arange(12)
    sound = tone_row(onset_s, 0.2, pitch_hz=330.0 + 40 * np.arange(12), rate_hz=rate_hz)
    stream = encoded(sound, rate_hz)
    heard, stream_rate_hz = soundfile.read(io.BytesIO(stream), dtype="float32")
    assert stream_rate_hz == STREAM_RATE_HZ
    truth = soxr.resample(sound, rate_hz, STREAM_RATE_HZ)
    assert abs(len(heard) - len(truth)) <= 1
    shared = min(len(heard), len(truth))
    error = heard[:shared] - truth[:shared]
    assert np.sqrt(np.mean(error**2)) < 0.08 * np.sqrt(np.mean(truth**2))  # one sample off is 0.1


def test_its_size_is_known_before() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(20 * 44100).astype(np.float32)
    for sound in (noise, np.zeros_like(noise)):
        assert len(encoded(sound, 44100)) == pytest.approx(20 * BYTES_PER_S, rel=0.02)


def test_blocks_of_any_size_give_the_same_bytes() -> None:
    sound = tone_row([0.2, 0.6, 1.0], 0.3)
    assert encoded(sound, 44100, 441) == encoded(sound, 44100, len(sound))


def test_what_is_too_loud_is_clipped_not_wrapped() -> None:
    sound = 3.0 * tone_row([0.2], 0.5, level_dbfs=-3.0)
    heard, _ = soundfile.read(io.BytesIO(encoded(sound, 44100)))
    quiet = round(0.1 * STREAM_RATE_HZ)
    assert np.max(np.abs(heard)) > 0.9
    assert np.max(np.abs(heard[:quiet])) < 0.05
