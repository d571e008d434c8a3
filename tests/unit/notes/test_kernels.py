from __future__ import annotations

import numpy as np
import pytest

from practiceear.notes import kernels
from practiceear.notes.kernels import ENVELOPE, SOUNDING
from tests import naive_notes as naive

pytestmark = pytest.mark.kernel

SETTINGS = np.array([12.0, 0.03, 40.0, 20.0, 0.001])


def frames_of(seed: int, n_frames: int = 400) -> np.ndarray:
    """An envelope that swells, falls silent and comes back, with a rough surface."""
    generator = np.random.default_rng(seed)
    shape_db = -50 + 45 * np.abs(np.sin(np.arange(n_frames) / generator.uniform(20, 60)))
    return 10 ** ((shape_db + generator.normal(0, 3, n_frames)) / 10)


def ring_of(frames: np.ndarray) -> np.ndarray:
    ring = np.zeros(512)
    ring[: len(frames)] = frames
    return ring


@pytest.mark.parametrize("block_samples", [1, 13, 500])
def test_envelope(block_samples: int) -> None:
    samples = (np.random.default_rng(0).standard_normal(1500) + 0.3).astype(np.float32)
    state = np.zeros(1, dtype=ENVELOPE)
    state[0] = (44, 0, 0, 0.0, 0.0, 0.003)
    ring = np.zeros(64)
    n_done = sum(
        kernels.follow_envelope(samples[i : i + block_samples], state[0], ring)
        for i in range(0, len(samples), block_samples)
    )
    expected = naive.envelope([float(x) for x in samples], 44, 0.003)
    assert n_done == len(expected) == state[0]["n_frames"]
    assert ring[:n_done] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_attack(seed: int) -> None:
    frames = frames_of(seed)
    out = np.zeros(2)
    for onset, end in ((50, 200), (100, 130), (5, 155), (300, 306)):
        kernels.measure_attack(ring_of(frames), 0, onset, end, out)
        expected = naive.attack(frames.tolist(), onset, end)
        assert out == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("seed", range(8))
def test_follow(seed: int) -> None:
    frames = frames_of(seed)
    state = np.zeros(1, dtype=SOUNDING)
    state[0] = (-120.0, 0.0, -90.0, 0, 0, 0, 0, 0, 0)
    twin = naive.Sounding()
    for first, end in ((30, 31), (31, 120), (120, 390)):
        kernels.follow_note(ring_of(frames), state[0], first, end, 30, SETTINGS)
        naive.follow(frames.tolist(), twin, range(first, end), 30, SETTINGS.tolist())
        assert state[0]["hold_db"] == pytest.approx(twin.hold_db)
        assert state[0]["lowest_db"] == pytest.approx(twin.lowest_db)
        assert state[0]["noise_db"] == pytest.approx(twin.noise_db)
        assert bool(state[0]["is_silent"]) == twin.is_silent
        assert bool(state[0]["is_falling"]) == twin.is_falling
        if twin.is_falling:
            assert state[0]["full_frame"] == twin.full_frame
        if twin.is_silent:
            assert state[0]["silent_frame"] == twin.silent_frame


def test_the_ring_wraps() -> None:
    frames = frames_of(1, 700)
    ring = np.zeros(512)
    for frame, power in enumerate(frames):
        ring[frame & 511] = power
    assert kernels.level_db(ring, 500, 30) == pytest.approx(
        naive.level_db(frames.tolist(), 500, 30)
    )
