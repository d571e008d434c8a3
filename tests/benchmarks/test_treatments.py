"""Treatments change the sound and nothing else: not when notes begin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.takes import Take
from benchmarks.treatments import clipped, pumped, treatments, undelayed
from tests.support.tones import tone_row

RATE_HZ = 44100
ONSET_S = np.array([0.4, 0.9, 1.4, 1.9])


def _take(rate_hz: int = RATE_HZ) -> Take:
    samples = tone_row(ONSET_S, 0.3, pitch_hz=[440.0, 523.0, 587.0, 659.0], rate_hz=rate_hz)
    unknown = np.full(len(ONSET_S), np.nan)
    return Take(
        name="tones", dataset="tones", samples=samples, rate_hz=rate_hz, family="reed",
        instrument="clarinet",
        tier="clean", reference_s=ONSET_S, onset_s=ONSET_S, offset_s=ONSET_S + 0.3,
        level_dbfs=unknown, nominal_s=unknown, pitch_midi=unknown, clicks_s=np.zeros(0),
        is_exact=True,
    )  # fmt: skip


def _rises_s(samples: npt.NDArray[np.float32], rate_hz: int) -> npt.NDArray[np.float64]:
    """When a 5 ms mean of power comes up to a quarter of what it is within the tone."""
    n = round(0.005 * rate_hz)
    power = np.convolve(samples.astype(float) ** 2, np.full(n, 1 / n), "same")
    found = []
    for onset_s in ONSET_S:
        start = round((onset_s - 0.1) * rate_hz)
        stretch = power[start : start + round(0.2 * rate_hz)]
        found.append((start + np.argmax(stretch > 0.25 * stretch.max())) / rate_hz)
    return np.array(found)


def test_every_treatment_changes_the_sound_but_keeps_the_notes_in_their_place() -> None:
    take = _take()
    before_s = _rises_s(take.samples, take.rate_hz)
    for treatment in treatments():
        changed = treatment.change(take)
        is_same = changed.rate_hz == take.rate_hz and np.array_equal(changed.samples, take.samples)
        assert not is_same, treatment.name
        assert changed.duration_s == pytest.approx(take.duration_s, abs=1e-4), treatment.name
        moved_s = _rises_s(changed.samples, changed.rate_hz) - before_s
        assert np.abs(moved_s).max() < 0.006, treatment.name


@pytest.mark.parametrize("rate_hz", [44100, 96000])
@pytest.mark.parametrize("delay_samples", [-900, 0, 1, 1105])
def test_a_constant_delay_is_taken_out_to_the_sample(rate_hz: int, delay_samples: int) -> None:
    samples = _take(rate_hz).samples
    noise = np.random.default_rng(3).normal(size=len(samples)) * 0.01
    sound = np.roll(samples, delay_samples) + noise
    back = undelayed(sound[: len(sound) - 500], samples, rate_hz)
    assert len(back) == len(samples)
    middle = slice(2000, len(samples) - 4000)
    assert np.sqrt(np.mean((back - samples)[middle] ** 2)) < 0.011


def test_clipping_puts_the_loudest_peaks_at_full_scale_whatever_the_level() -> None:
    samples = _take().samples
    heard = clipped(samples, RATE_HZ)
    assert np.abs(heard).max() == 1.0
    assert np.mean(np.abs(heard) == 1.0) > 0.05
    np.testing.assert_allclose(heard, clipped(0.1 * samples, RATE_HZ), atol=1e-5)


def test_the_gain_ducks_what_is_loud_and_lifts_what_is_soft() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(3 * RATE_HZ) / RATE_HZ)
    level = np.repeat([0.9, 0.002, 0.9], RATE_HZ)
    heard = pumped((level * tone).astype(np.float32), RATE_HZ)

    def rms_db(start_s: float) -> float:
        part = heard[round(start_s * RATE_HZ) :][: RATE_HZ // 50]
        return float(10 * np.log10(np.mean(part**2)))

    assert rms_db(0.9) == pytest.approx(-18.0, abs=0.5)
    assert rms_db(1.7) - rms_db(1.2) == pytest.approx(15.0, abs=0.5)  # 30 dB a second
    assert rms_db(2.0) > rms_db(2.1) + 3.0  # a loud start comes through before it is ducked


def test_without_the_coder_its_rows_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [treatment.name for treatment in treatments()]
    assert any("Opus" in name for name in names)
    monkeypatch.setattr("soundfile.available_subtypes", lambda _format: {})
    left = [treatment.name for treatment in treatments()]
    assert left == [name for name in names if "kbit/s" not in name]
