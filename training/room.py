"""Room, microphone, noise: what lies between an instrument and a recording."""

from __future__ import annotations

import numpy as np
from scipy import fft, signal

from .truth import RATE_HZ, FloatArray

Rng = np.random.Generator


def db(value_db: float) -> float:
    """Decibels to an amplitude factor."""
    return float(10.0 ** (value_db / 20.0))


def coloured_noise(n_samples: int, slope_db_per_octave: float, rng: Rng) -> FloatArray:
    """Gaussian noise of unit RMS whose spectrum falls by the slope above 40 Hz."""
    n_fft = fft.next_fast_len(max(n_samples, 16), real=True)
    spectrum = fft.rfft(rng.standard_normal(n_fft).astype(np.float32))
    freq_hz = np.maximum(np.fft.rfftfreq(n_fft, 1 / RATE_HZ), 40.0)
    spectrum *= ((freq_hz / 1000.0) ** (-slope_db_per_octave / 6.02)).astype(np.float32)
    noise = fft.irfft(spectrum, n_fft)[:n_samples]
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-12), np.float32)


def shaped(audio: FloatArray, freq_hz: FloatArray, gain_db: FloatArray) -> FloatArray:
    """Minimum-phase filter with the magnitude response interpolated over log frequency.

    Minimum phase (by the cepstrum, Oppenheim & Schafer 1975), so nothing moves before an onset.
    """
    n_fir = 1024
    grid_hz = np.maximum(np.fft.rfftfreq(n_fir, 1 / RATE_HZ), 10.0)
    log_mag = np.interp(np.log(grid_hz), np.log(freq_hz), gain_db) * (np.log(10) / 20)
    cepstrum = np.fft.irfft(log_mag, n_fir)
    fold = np.zeros(n_fir)
    fold[0] = fold[n_fir // 2] = 1.0
    fold[1 : n_fir // 2] = 2.0
    impulse = np.fft.irfft(np.exp(np.fft.rfft(cepstrum * fold)), n_fir)
    out = signal.oaconvolve(audio, impulse.astype(np.float32))[: audio.size]
    return np.asarray(out, np.float32)


def random_eq(audio: FloatArray, rng: Rng, spread_db: float) -> FloatArray:
    """A smooth random response: room modes, microphone, body."""
    freq_hz = np.geomspace(40, 20_000, int(rng.integers(5, 14)))
    gain_db = rng.normal(0, spread_db, freq_hz.size)
    return shaped(audio, freq_hz.astype(np.float32), gain_db.astype(np.float32))


def reverberated(audio: FloatArray, rt60_s: float, drr_db: float, rng: Rng) -> FloatArray:
    """Add a causal room response: sparse early reflections, then decaying noise.

    drr_db is the direct-to-reverberant energy ratio.
    """
    n_tail = int(min(rt60_s, 2.5) * RATE_HZ)
    time_s = np.arange(n_tail) / RATE_HZ
    low = signal.lfilter([0.3], [1, -0.7], rng.standard_normal(n_tail))
    high = rng.standard_normal(n_tail) * np.exp(-6.9 * time_s / (rt60_s * rng.uniform(0.3, 0.7)))
    tail = low * np.exp(-6.9 * time_s / rt60_s) + 0.5 * high
    tail[: int(rng.uniform(0.001, 0.006) * RATE_HZ)] = 0.0
    for _ in range(int(rng.integers(3, 12))):
        at_s = rng.uniform(0.002, 0.04)
        tail[min(int(at_s * RATE_HZ), n_tail - 1)] += rng.normal(0, 8.0) * np.exp(-at_s / 0.02)
    tail *= db(-drr_db) / (np.sqrt(np.sum(tail**2)) + 1e-12)
    tail[0] += 1.0
    wet = signal.oaconvolve(audio, tail.astype(np.float32))[: audio.size]
    return np.asarray(wet, np.float32)


def background(n_samples: int, rng: Rng) -> FloatArray:
    """Steady room noise of unit RMS: hiss, hum, fan, slow traffic."""
    noise = coloured_noise(n_samples, rng.uniform(0, 7), rng)
    if rng.random() < 0.3:
        hum_hz = rng.choice([50.0, 60.0, rng.uniform(80, 400)])
        phase = 2 * np.pi * hum_hz * np.arange(n_samples) / RATE_HZ
        for k in range(1, int(rng.integers(2, 8))):
            tone = rng.uniform(0, 1.0) / k * np.sin(k * phase + rng.uniform(0, 6.28))
            noise += tone.astype(np.float32)
    if rng.random() < 0.4:
        noise *= slow_swell(n_samples, rng.uniform(0.1, 2.0), rng.uniform(1, 6), rng)
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-12), np.float32)


def slow_swell(n_samples: int, rate_hz: float, spread_db: float, rng: Rng) -> FloatArray:
    """A smooth random gain that wanders at about rate_hz."""
    n_points = max(4, int(n_samples / RATE_HZ * rate_hz * 2) + 2)
    points = rng.normal(0, spread_db, n_points)
    at = np.linspace(0, n_points - 1, n_samples)
    return np.asarray(10 ** (np.interp(at, np.arange(n_points), points) / 20), np.float32)


def agc_pumped(audio: FloatArray, rng: Rng) -> FloatArray:
    """A phone's automatic gain: slow release, quick attack, on 5 ms steps."""
    n_step = 220
    n_steps = audio.size // n_step + 1
    padded = np.zeros(n_steps * n_step, np.float32)
    padded[: audio.size] = audio
    rms = np.sqrt(np.mean(padded.reshape(n_steps, n_step) ** 2, axis=1)) + 1e-5
    release = np.exp(-0.005 / rng.uniform(0.1, 0.8))
    attack = np.exp(-0.005 / rng.uniform(0.005, 0.03))
    level = np.empty(n_steps)
    state = rms[0]
    for i in range(n_steps):
        coefficient = attack if rms[i] > state else release
        state = coefficient * state + (1 - coefficient) * rms[i]
        level[i] = state
    gain = (level / level.max()) ** -rng.uniform(0.3, 0.7)
    gain = np.interp(np.arange(audio.size) / n_step, np.arange(n_steps) + 1.0, gain)
    return np.asarray(audio * gain.astype(np.float32), np.float32)


def recorded(dry: FloatArray, rng: Rng) -> FloatArray:
    """A dry take as a microphone in a room hears it, peak between -30 and 0 dBFS."""
    audio = dry
    if rng.random() < 0.5:
        audio = random_eq(audio, rng, rng.uniform(1, 5))
    if rng.random() < 0.75:
        rt60_s = float(np.exp(rng.uniform(np.log(0.2), np.log(1.8))))
        audio = reverberated(audio, rt60_s, rng.uniform(1, 16), rng)
    if rng.random() < 0.2:
        sos = signal.butter(
            2, [rng.uniform(80, 320), rng.uniform(3300, 9000)], "band", fs=RATE_HZ, output="sos"
        )
        audio = np.asarray(signal.sosfilt(sos, audio), np.float32)
    level = np.sqrt(np.mean(audio**2)) + 1e-9
    audio = audio + level * db(-rng.uniform(16, 62)) * background(audio.size, rng)
    if rng.random() < 0.08:
        audio = agc_pumped(audio, rng)
    audio = audio / (np.max(np.abs(audio)) + 1e-9)
    if rng.random() < 0.06:
        audio = np.clip(audio * rng.uniform(1.2, 4.0), -1, 1)
    return np.asarray(audio * db(-rng.uniform(0, 30)), np.float32)


def in_hall(dry: FloatArray, rng: Rng) -> FloatArray:
    """A dry take heard from the seats of a hall or church: as much room as instrument."""
    rt60_s = float(np.exp(rng.uniform(np.log(0.8), np.log(2.5))))
    audio = reverberated(dry, rt60_s, rng.uniform(-5, 6), rng)
    audio = random_eq(audio, rng, rng.uniform(1, 4))
    level = np.sqrt(np.mean(audio**2)) + 1e-9
    audio = audio + level * db(-rng.uniform(28, 60)) * background(audio.size, rng)
    audio = audio / (np.max(np.abs(audio)) + 1e-9)
    return np.asarray(audio * db(-rng.uniform(0, 24)), np.float32)


def practice_room(dry: FloatArray, rng: Rng) -> FloatArray:
    """A dry take as a microphone on a music stand hears it."""
    audio = random_eq(dry, rng, rng.uniform(1, 4)) if rng.random() < 0.5 else dry
    if rng.random() < 0.85:
        rt60_s = float(np.exp(rng.uniform(np.log(0.2), np.log(1.2))))
        audio = reverberated(audio, rt60_s, rng.uniform(4, 18), rng)
    level = np.sqrt(np.mean(audio**2)) + 1e-9
    audio = audio + level * db(-rng.uniform(24, 60)) * background(audio.size, rng)
    audio = audio / (np.max(np.abs(audio)) + 1e-9)
    return np.asarray(audio * db(-rng.uniform(1, 24)), np.float32)
