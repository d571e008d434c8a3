"""Synthetic playing with known onsets: plucks, bowed notes, vibrato and rooms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]

SCALE_HZ = (220.0, 246.9, 277.2, 293.7, 329.6, 370.0, 415.3, 440.0)


def _harmonics(phase: npt.NDArray[np.float64], n_harmonics: int) -> npt.NDArray[np.float64]:
    wave = np.zeros(len(phase))
    for k in range(1, n_harmonics + 1):
        wave += np.sin(k * phase) / k
    return wave / 2.0


def pluck(pitch_hz: float, duration_s: float, rate_hz: int) -> Sound:
    """Ten harmonics that start at once and die away, the high ones faster."""
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    wave = np.zeros(len(time_s))
    for k in range(1, 11):
        wave += np.sin(2 * np.pi * k * pitch_hz * time_s) * np.exp(-time_s * 3.0 * k) / k
    return (0.5 * wave * np.minimum(1.0, time_s / 0.001)).astype(np.float32)


def bowed(
    pitch_hz: float,
    duration_s: float,
    rate_hz: int,
    attack_s: float = 0.04,
    vibrato_cents: float = 0.0,
) -> Sound:
    """Twelve harmonics that swell for ``attack_s``, with 5.5 Hz vibrato, and stop in 30 ms."""
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    bend = 2.0 ** (vibrato_cents / 1200.0 * np.sin(2 * np.pi * 5.5 * time_s))
    wave = _harmonics(np.cumsum(2 * np.pi * pitch_hz * bend / rate_hz), 12)
    edge = np.minimum(np.minimum(1.0, time_s / attack_s), (time_s[-1] - time_s) / 0.03)
    return np.asarray(wave * np.clip(edge, 0.0, 1.0), np.float32)


def room(duration_s: float, level_dbfs: float, rate_hz: int, colour: float = 1.0) -> Sound:
    """Steady noise falling with ``colour`` × 3 dB an octave (0 white, 1 pink, 2 brown)."""
    n_samples = round(duration_s * rate_hz)
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(n_samples))
    spectrum *= np.maximum(np.fft.rfftfreq(n_samples, 1 / rate_hz), 20.0) ** (-colour / 2)
    noise = np.fft.irfft(spectrum, n_samples)
    return np.asarray(10.0 ** (level_dbfs / 20.0) * noise / noise.std(), np.float32)


def take(
    onsets_s: Sequence[float],
    duration_s: float,
    rate_hz: int,
    *,
    is_bowed: bool = False,
    noise_dbfs: float = -70.0,
) -> Sound:
    """A scale in a quiet room; a note sounds until the next one begins."""
    sound = room(duration_s, noise_dbfs, rate_hz)
    ends_s = [*onsets_s[1:], duration_s]
    for k, (onset_s, end_s) in enumerate(zip(onsets_s, ends_s, strict=True)):
        length_s = min(0.8, end_s - onset_s)
        pitch_hz = SCALE_HZ[k % len(SCALE_HZ)]
        note = (bowed if is_bowed else pluck)(pitch_hz, length_s, rate_hz)
        first = round(onset_s * rate_hz)
        note = note[: len(sound) - first]
        sound[first : first + len(note)] += 0.3 * note
    return sound
