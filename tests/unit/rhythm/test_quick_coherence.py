"""The quick sums beside those that a musician could check: turn each beat, add, take the power."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from practiceear.rhythm.click_train_kernels import N_PERIODS
from practiceear.rhythm.quick_coherence import QuickCoherence

Spectrum = npt.NDArray[np.complex64]

RATE_HZ = 500
BANDS_HZ = np.array([900.0, 6300.0])
N_BEATS, PERIOD_S = 15, 0.1504

pytestmark = pytest.mark.kernel


def noise(n: int, seed: int = 3) -> Spectrum:
    parts = np.random.default_rng(seed).normal(size=(2, len(BANDS_HZ), n))
    return np.asarray(parts[0] + 1j * parts[1], dtype=np.complex64)


def naive(bases: Spectrum, period_s: float, fine_s: float) -> list[float]:
    """Power of one period at each place beyond what chance gives twice."""
    powers = []
    for place in range(int(period_s * RATE_HZ)):
        beyond = 0.0
        for hz, base in zip(BANDS_HZ, bases, strict=True):
            at = [round(beat * period_s * RATE_HZ) + place for beat in range(N_BEATS)]
            beats = base[np.minimum(at, len(base) - 1)]
            turned = beats * np.exp(2j * np.pi * hz * fine_s * np.arange(N_BEATS))
            power = abs(turned.sum()) ** 2 / (np.abs(beats) ** 2).sum()
            beyond += max(power - 2.0, 0.0)
        powers.append(beyond)
    return powers


def test_all_periods_have_the_power_of_their_turned_beats() -> None:
    bases = noise(round(N_BEATS * PERIOD_S * RATE_HZ) - 1)  # the last beat is cut short
    fine_step_s = 0.001 / N_BEATS / N_PERIODS
    quick = QuickCoherence(bases, BANDS_HZ, RATE_HZ, N_BEATS, fine_step_s)
    found = quick.power_beyond_chance(PERIOD_S, PERIOD_S - fine_step_s / 2)
    for k in range(N_PERIODS):
        fine_s = PERIOD_S + (k - N_PERIODS // 2) * fine_step_s
        assert found[k] == pytest.approx(naive(bases, PERIOD_S, fine_s), abs=1e-3)


def test_more_beats_than_there_is_sound_are_refused() -> None:
    quick = QuickCoherence(noise(300), BANDS_HZ, RATE_HZ, N_BEATS, 1e-6)
    with pytest.raises(ValueError, match="longer than the signal"):
        quick.power_beyond_chance(PERIOD_S, PERIOD_S)
