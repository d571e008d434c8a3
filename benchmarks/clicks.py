"""Metronome clicks of many makes, from their physics or from how devices make them.

None is taken from a recording, and none follows the recipe of the clicks in the fixtures;
the generator that is handed in draws pitches and lengths.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import butter, sosfilt

from practiceear.units import FloatArray

RATE_HZ = 44100
CLICK_S = 0.18

Rng = np.random.Generator


def click(kind: str, *, is_accented: bool, rng: Rng) -> FloatArray:
    """One click of peak 1 (0.7 where not accented), shape (n,), its attack at sample 0."""
    seconds = np.arange(round(CLICK_S * RATE_HZ)) / RATE_HZ
    sound = _MAKERS[kind](seconds, 1.0 if is_accented else 0.75, rng)
    fade = np.clip((CLICK_S - seconds) / 0.005, 0.0, 1.0)
    sound = sound * fade
    sound = sound / np.max(np.abs(sound))
    return np.asarray(sound if is_accented else 0.7 * sound, dtype=np.float64)


def _modes(seconds: FloatArray, modes: list[tuple[float, float, float]]) -> FloatArray:
    """Sum of dying sines, each (frequency in Hz, time constant in s, amplitude)."""
    parts = [a * np.sin(2 * np.pi * f * seconds) * np.exp(-seconds / t) for f, t, a in modes]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def _noise(seconds: FloatArray, low_hz: float, high_hz: float, rng: Rng) -> FloatArray:
    sos = butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
    return np.asarray(sosfilt(sos, rng.normal(size=len(seconds))), dtype=np.float64)


def _sine_beep(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    length_s = rng.uniform(0.02, 0.1)
    edge_s = rng.uniform(0.0005, 0.004)
    envelope = np.clip(seconds / edge_s, 0, 1) * np.clip((length_s - seconds) / edge_s, 0, 1)
    return np.asarray(
        np.sin(2 * np.pi * pitch * rng.uniform(700, 3200) * seconds) * envelope, np.float64
    )


def _square_beep(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    phase = np.sin(2 * np.pi * pitch * rng.uniform(500, 1600) * seconds)
    return np.asarray(np.sign(phase) * (seconds < rng.uniform(0.015, 0.05)), dtype=np.float64)


def _wood_block(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    low_hz = pitch * rng.uniform(500, 1100)
    decay_s = rng.uniform(0.004, 0.015)
    knock = _noise(seconds, 300, 5000, rng) * np.exp(-seconds / 0.0015)
    modes = [(low_hz, decay_s, 1.0), (2.55 * low_hz, 0.5 * decay_s, 0.6)]
    return _modes(seconds, [*modes, (4.9 * low_hz, 0.3 * decay_s, 0.3)]) + 0.5 * knock


def _claves(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    bar_hz = pitch * rng.uniform(2100, 2900)
    return _modes(seconds, [(bar_hz, rng.uniform(0.015, 0.035), 1.0), (2.76 * bar_hz, 0.004, 0.4)])


def _cowbell(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    low_hz = pitch * rng.uniform(480, 640)
    ring_s = rng.uniform(0.03, 0.09)
    modes = [(low_hz * r, ring_s / r**0.5, 1 / r) for r in (1.0, 1.48, 2.3, 3.4, 4.7)]
    return _modes(seconds, modes) + 0.3 * _noise(seconds, 2000, 9000, rng) * np.exp(
        -seconds / 0.004
    )


def _rim_shot(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    stick = _noise(seconds, 1500, 9000, rng) * np.exp(-seconds / rng.uniform(0.003, 0.008))
    return stick + _modes(seconds, [(pitch * 420, 0.012, 0.7), (pitch * 1750, 0.008, 0.8)])


def _noise_tick(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    low_hz = pitch * rng.uniform(1500, 5000)
    return _noise(seconds, low_hz, 2.2 * low_hz, rng) * np.exp(-seconds / rng.uniform(0.002, 0.01))


def _closed_hat(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    hiss = _noise(seconds, min(9000.0, pitch * 7000), 16000, rng)
    return hiss * np.exp(-seconds / rng.uniform(0.01, 0.04))


def _digital_impulse(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    n_high = round(rng.uniform(3, 40) / pitch)
    impulse = np.zeros_like(seconds)
    impulse[:n_high], impulse[n_high : 2 * n_high] = 1.0, -1.0
    sos = butter(1, (200, 8000), "bandpass", fs=RATE_HZ, output="sos")
    return np.asarray(sosfilt(sos, impulse), dtype=np.float64)


def _pendulum(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    """The escapement of a wound metronome: two knocks a few milliseconds apart in a box."""
    gap_s = rng.uniform(0.004, 0.012)
    box = [(pitch * rng.uniform(250, 500), 0.02, 0.7), (pitch * rng.uniform(1200, 2200), 0.006, 1)]
    first = _modes(seconds, box)
    second = np.roll(first, round(gap_s * RATE_HZ))
    second[: round(gap_s * RATE_HZ)] = 0.0
    return np.asarray(0.5 * first + second, dtype=np.float64)


def _chirp(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    """The electronic tom of rhythm boxes: a sine that falls as it dies."""
    top_hz, bottom_hz = pitch * rng.uniform(1500, 3000), pitch * rng.uniform(300, 700)
    hz = bottom_hz + (top_hz - bottom_hz) * np.exp(-seconds / 0.012)
    return np.asarray(
        np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ) * np.exp(-seconds / 0.025), np.float64
    )


def _small_bell(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    bell_hz = pitch * rng.uniform(1800, 2600)
    return _modes(seconds, [(bell_hz * r, 0.09 / r, 1 / r) for r in (1.0, 2.0, 2.74, 3.76, 5.4)])


def _voice_count(seconds: FloatArray, pitch: float, rng: Rng) -> FloatArray:
    """A spoken-like "tick": a hiss, then a short vowel."""
    hiss = _noise(seconds, 3000, 8000, rng) * np.exp(-seconds / 0.006)
    buzz = np.sign(np.sin(2 * np.pi * pitch * rng.uniform(130, 230) * seconds))
    sos = butter(1, (400, 2500), "bandpass", fs=RATE_HZ, output="sos")
    vowel = sosfilt(sos, buzz) * np.clip((seconds - 0.012) / 0.01, 0, 1) * np.exp(-seconds / 0.03)
    return np.asarray(0.6 * hiss + vowel, dtype=np.float64)


_MAKERS: dict[str, Callable[[FloatArray, float, Rng], FloatArray]] = {
    "sine beep": _sine_beep,
    "square beep": _square_beep,
    "wood block": _wood_block,
    "claves": _claves,
    "cowbell": _cowbell,
    "rim shot": _rim_shot,
    "noise tick": _noise_tick,
    "closed hat": _closed_hat,
    "digital impulse": _digital_impulse,
    "pendulum": _pendulum,
    "chirp": _chirp,
    "small bell": _small_bell,
    "voice count": _voice_count,
}

KINDS = tuple(_MAKERS)
