"""Sounds of a practice room that are no notes, made from filtered noise and seeds.

All return float64 of peak or RMS about 1, shape (n,), at 44.1 kHz; levels are set where
the sets are put together.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from practiceear.units import FloatArray

RATE_HZ = 44100

Rng = np.random.Generator


def band(sound: FloatArray, low_hz: float, high_hz: float, order: int = 2) -> FloatArray:
    """What of ``sound`` lies between two frequencies."""
    sos = butter(order, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
    return np.asarray(sosfilt(sos, sound), dtype=np.float64)


def coloured(n_samples: int, slope_db_per_octave: float, rng: Rng) -> FloatArray:
    """Steady noise of RMS 1: slope 0 is white, -3 pink, -6 brown; nothing below 30 Hz."""
    spectrum = np.fft.rfft(rng.normal(size=n_samples))
    hz = np.fft.rfftfreq(n_samples, 1 / RATE_HZ)
    gain = (np.maximum(hz, 30) / 1000) ** (slope_db_per_octave / 6.0206)
    gain[hz <= 30] = 0.0
    return _of_rms_one(np.fft.irfft(spectrum * gain, n_samples))


def slow_random(n_samples: int, per_second: float, rng: Rng) -> FloatArray:
    """A smooth random curve of mean 0 and SD about 1 that turns ``per_second`` times."""
    n_knots = max(4, round(n_samples / RATE_HZ * per_second) + 2)
    knots = rng.normal(size=n_knots)
    where = np.linspace(0, n_knots - 1, n_samples)
    cosine = 0.5 - 0.5 * np.cos(np.pi * (where % 1.0))
    left = np.minimum(where.astype(np.int64), n_knots - 2)
    return np.asarray(knots[left] * (1 - cosine) + knots[left + 1] * cosine, dtype=np.float64)


def fan(n_samples: int, rng: Rng) -> FloatArray:
    """A fan: pink noise, blade tones, a slow flutter."""
    seconds = np.arange(n_samples) / RATE_HZ
    blade_hz = rng.uniform(60, 160)
    hum = sum(np.sin(2 * np.pi * blade_hz * k * seconds) / k for k in (1, 2, 3, 4))
    flutter = 1 + 0.1 * np.sin(2 * np.pi * rng.uniform(0.5, 3) * seconds)
    return _of_rms_one((coloured(n_samples, -4.0, rng) + 0.5 * hum) * flutter)


def street(n_samples: int, rng: Rng) -> FloatArray:
    """A street through a window: rumble, and cars that swell and fade over seconds."""
    swell = 10 ** (6.0 * slow_random(n_samples, 0.5, rng) / 20)
    hiss = band(coloured(n_samples, -3.0, rng), 300, 3000)
    hiss *= 10 ** (5.0 * slow_random(n_samples, 0.7, rng) / 20)
    return _of_rms_one(coloured(n_samples, -6.0, rng) * swell + 0.7 * hiss)


def breath(rng: Rng) -> FloatArray:
    """One breath through mouth or nose: 0.4 to 1.5 s of filtered noise, swelling."""
    n_samples = round(rng.uniform(0.4, 1.5) * RATE_HZ)
    low_hz = rng.uniform(300, 1500)
    noise = band(rng.normal(size=n_samples), low_hz, min(9000.0, low_hz * rng.uniform(3, 7)), 1)
    share = np.linspace(0, 1, n_samples)
    peak_at = rng.uniform(0.3, 0.9)
    swell = np.where(share < peak_at, share / peak_at, (1 - share) / (1 - peak_at))
    return of_peak_one(noise * swell ** rng.uniform(0.7, 1.5))


def bow_noise(rng: Rng) -> FloatArray:
    """A bow without a tone: laid on, creeping over the string, or drawn too lightly."""
    kind = rng.integers(3)
    n_samples = round(0.6 * RATE_HZ)
    seconds = np.arange(n_samples) / RATE_HZ
    noise = rng.normal(size=n_samples)
    grains = (rng.uniform(size=n_samples) < 0.004) * noise  # hair by hair
    if kind == 0:
        touch = np.sin(2 * np.pi * rng.uniform(150, 400) * seconds) * np.exp(-seconds / 0.015)
        hair = band(grains, 500, 5000, 1) * np.exp(-seconds / rng.uniform(0.02, 0.08))
        return of_peak_one(0.5 * of_peak_one(touch) + of_peak_one(hair))
    length_s = rng.uniform(0.1, 0.55)
    swell = np.sin(np.pi * np.clip(seconds / length_s, 0, 1))
    if kind == 1:
        return of_peak_one(band(grains, 300, 6000, 1) * swell)
    body_hz = rng.uniform(250, 600)
    stroke = band(noise, body_hz, 2 * body_hz, 1) + 0.5 * band(noise, 2000, 7000, 1)
    return of_peak_one(stroke * swell ** rng.uniform(0.5, 1.0))


def finger_noise(rng: Rng) -> FloatArray:
    """A hand at work: a thud on the body, a key or finger that falls, a sleeve."""
    kind = rng.integers(3)
    n_samples = round(0.4 * RATE_HZ)
    seconds = np.arange(n_samples) / RATE_HZ
    noise = rng.normal(size=n_samples)
    if kind == 0:
        body = np.sin(2 * np.pi * rng.uniform(80, 250) * seconds) * np.exp(-seconds / 0.03)
        return of_peak_one(body + 0.2 * band(noise, 200, 2000) * np.exp(-seconds / 0.01))
    if kind == 1:
        return of_peak_one(band(noise, 600, 5000) * np.exp(-seconds / rng.uniform(0.003, 0.012)))
    swell = np.sin(np.pi * np.clip(seconds / rng.uniform(0.15, 0.4), 0, 1)) ** 2
    return of_peak_one(band(noise, 500, 7000, 1) * swell)


def pedal(rng: Rng) -> FloatArray:
    """A piano's pedal goes down: felt and wood, and all strings start to sound softly."""
    n_samples = round(1.5 * RATE_HZ)
    seconds = np.arange(n_samples) / RATE_HZ
    thud = np.sin(2 * np.pi * rng.uniform(50, 130) * seconds) * np.exp(-seconds / 0.04)
    felt = band(rng.normal(size=n_samples), 150, 1500, 1) * np.exp(-seconds / 0.05)
    felt *= np.clip(seconds / rng.uniform(0.01, 0.05), 0, 1)
    knock = of_peak_one(thud) + rng.uniform(0.3, 1.0) * of_peak_one(felt)
    return of_peak_one(ringing(knock, piano_strings_hz(), 2.0, rng.uniform(-25, -12), rng))


def fret_squeak(rng: Rng) -> FloatArray:
    """A finger slides along a wound string: narrow noise that sweeps for 0.06 to 0.25 s."""
    n_samples = round(rng.uniform(0.06, 0.25) * RATE_HZ)
    share = np.linspace(0, 1, n_samples)
    start_hz, end_hz = rng.uniform(900, 2500), rng.uniform(900, 3500)
    phase = np.cumsum(start_hz + (end_hz - start_hz) * share) / RATE_HZ
    rough = 1 + 0.8 * lfilter([0.03], [1, -0.97], rng.normal(size=n_samples)) * 4
    tone = np.sin(2 * np.pi * phase) + 0.5 * np.sin(4 * np.pi * phase)
    hiss = band(rng.normal(size=n_samples), 1500, 8000, 1)
    return of_peak_one((tone * rough + 0.7 * hiss) * np.sin(np.pi * share) ** 0.5)


def page_turn(rng: Rng) -> FloatArray:
    """Paper: a rustle of many small cracks, and a flap at the end."""
    n_samples = round(rng.uniform(0.5, 1.2) * RATE_HZ)
    share = np.linspace(0, 1, n_samples)
    cracks = (rng.uniform(size=n_samples) < 0.002 + 0.01 * share) * rng.normal(size=n_samples)
    rustle = band(cracks, 800, 9000, 1) * np.sin(np.pi * share**0.7)
    flap_at = round(0.8 * n_samples)
    flap = band(rng.normal(size=n_samples - flap_at), 200, 3000, 1)
    flap *= np.exp(-np.arange(len(flap)) / (0.03 * RATE_HZ))
    rustle[flap_at:] += 0.5 * flap * np.max(np.abs(rustle)) / np.max(np.abs(flap))
    return of_peak_one(rustle)


def speech(n_samples: int, rng: Rng) -> FloatArray:
    """Speech-like: a voice of gliding pitch through moving formants, and fricatives."""
    sound = np.zeros(n_samples)
    at = 0
    while at < n_samples - RATE_HZ // 2:
        length = round(rng.uniform(0.08, 0.3) * RATE_HZ)
        if rng.uniform() < 0.3:
            part = band(rng.normal(size=length), 2500, 9000, 1) * 0.3
        else:
            part = _vowel(length, rng)
        part = part * np.sin(np.pi * np.linspace(0, 1, length)) ** 0.6
        sound[at : at + length] += part * rng.uniform(0.3, 1.0)
        at += length + (round(rng.uniform(0.2, 0.6) * RATE_HZ) if rng.uniform() < 0.15 else 0)
    return of_peak_one(sound)


def _vowel(length: int, rng: Rng) -> FloatArray:
    share = np.linspace(0, 1, length)
    pitch_hz = rng.uniform(95, 220) * (1 + rng.uniform(-0.15, 0.15) * share)
    phase = np.cumsum(pitch_hz) / RATE_HZ
    pulses = np.diff(np.floor(phase), prepend=0.0)
    source = lfilter([1.0], [1, -0.95], pulses)
    parts = [
        band(source, hz / 1.12, hz * 1.12, 1) * gain
        for hz, gain in (
            (rng.uniform(280, 800), 1.0),
            (rng.uniform(900, 2300), 0.6),
            (rng.uniform(2400, 3100), 0.3),
        )
    ]
    return of_peak_one(np.sum(parts, axis=0))


def in_room(sound: FloatArray, rt60_s: float, drr_db: float, rng: Rng) -> FloatArray:
    """``sound`` as a room returns it: direct at sample 0, then a tail of decaying noise."""
    n_tail = round(1.2 * rt60_s * RATE_HZ)
    seconds = np.arange(n_tail) / RATE_HZ
    tail = rng.normal(size=n_tail) * 10 ** (-3 * seconds / rt60_s)
    tail[: round(0.003 * RATE_HZ)] = 0.0
    tail = lfilter([0.35], [1, -0.65], tail)
    tail *= 10 ** (-drr_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(fftconvolve(sound, tail)[: len(sound)], dtype=np.float64)


def ringing(
    sound: FloatArray, mode_hz: FloatArray, ring_s: float, level_db: float, rng: Rng
) -> FloatArray:
    """``sound`` with what it sets ringing: pairs of modes that beat and die away.

    The ring falls by 60 dB in ``ring_s``; its peak is ``level_db`` over the sound's.
    """
    seconds = np.arange(round(ring_s * RATE_HZ)) / RATE_HZ
    response = np.zeros_like(seconds)
    for hz in mode_hz:
        for detuned_hz in (hz, hz + rng.uniform(1.0, 7.0)):  # they beat as slowly as a vibrato
            response += rng.uniform(0.3, 1.0) * np.sin(2 * np.pi * detuned_hz * seconds)
    ring = fftconvolve(sound, response * 10 ** (-3 * seconds / ring_s))[: len(sound)]
    peak = float(np.max(np.abs(sound)))
    return np.asarray(sound + peak * 10 ** (level_db / 20) * of_peak_one(ring), dtype=np.float64)


def piano_strings_hz() -> FloatArray:
    """Every third string from A1 to A5, as the open pedal frees them."""
    return np.asarray(55.0 * 2 ** (np.arange(0, 49, 3) / 12), dtype=np.float64)


def of_peak_one(sound: FloatArray) -> FloatArray:
    """The sound scaled to a peak of 1."""
    return np.asarray(sound / max(1e-12, float(np.max(np.abs(sound)))), dtype=np.float64)


def _of_rms_one(sound: FloatArray) -> FloatArray:
    return np.asarray(sound / np.sqrt(np.mean(np.square(sound))), dtype=np.float64)
