"""YIN beside librosa's, which is its twin."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from practiceear.notes.yin import yin

RATE_HZ = 22050
RNG = np.random.default_rng(7)
SWEPT = np.sin(0.05 * np.arange(8192) ** 1.02) + 0.1 * np.cos(np.arange(8192) ** 1.5)


@pytest.mark.parametrize("range_hz", [(80.0, 2000.0), (196.0, 3000.0), (60.0, 0.45 * RATE_HZ)])
@pytest.mark.parametrize(
    "sound",
    [
        SWEPT,
        np.stack([SWEPT, SWEPT[::-1], RNG.normal(size=8192)]),
        np.zeros(4000),
        np.round(SWEPT, 1),  # plateaus
        np.sin(2 * np.pi * 110.0 / RATE_HZ * np.arange(4000)),
    ],
)
def test_pitches_are_librosas(
    sound: np.ndarray[tuple[int, ...], np.dtype[np.float64]], range_hz: tuple[float, float]
) -> None:
    frame_samples = round(2.6 * RATE_HZ / range_hz[0])
    expected_hz = librosa.yin(
        sound,
        fmin=range_hz[0],
        fmax=range_hz[1],
        sr=RATE_HZ,
        frame_length=frame_samples,
        hop_length=frame_samples // 4,
        center=False,
    )
    found_hz = yin(sound, RATE_HZ, range_hz, frame_samples, frame_samples // 4)
    np.testing.assert_allclose(found_hz, expected_hz, rtol=1e-9)
    assert found_hz.shape == expected_hz.shape
