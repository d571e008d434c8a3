"""Rooms in which the metronome's loudspeaker is heard, for `bleed.py`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter

from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import CLICK, ClickArray
from practiceear.units import FloatArray

RATE_HZ = 44100
SOUND_M_PER_S = 343.0
VOLUME_M3 = 60.0
LAG_S = 0.0312
DISTANCE_M = {0.2: 0.4, 0.4: 1.5, 0.6: 1.5}


@dataclass(frozen=True, slots=True)
class Scene:
    """One room, one loudspeaker, two clocks."""

    rt60_s: float
    drift_ppm: float
    level_dbfs: float
    noise_dbfs: float = -60.0
    seed: int = 5

    def bleed(self, clicks: ClickArray, n_samples: int) -> FloatArray:
        """What the microphone hears of the clicks, shape (n_samples,)."""
        answer = room(self.rt60_s, DISTANCE_M[self.rt60_s], self.seed)
        wet = [fftconvolve(sound, answer) for sound in click_sounds(RATE_HZ)]
        heard = np.zeros(n_samples)
        for click in clicks[clicks["is_audible"]]:
            at = click["sample"] * (1.0 + 1e-6 * self.drift_ppm) + LAG_S * RATE_HZ
            add_at(heard, wet[click["kind"]], at)
        loudest_dbfs = level_dbfs(heard)
        heard *= 10.0 ** ((self.level_dbfs - loudest_dbfs) / 20.0)
        return heard

    def noise(self, n_samples: int, seed: int = 1) -> FloatArray:
        """The room's noise."""
        white = np.random.default_rng(seed).normal(size=n_samples)
        return np.asarray(white * 10.0 ** (self.noise_dbfs / 20.0), dtype=np.float64)


def room(rt60_s: float, distance_m: float, seed: int) -> FloatArray:
    """Answer of a room to an impulse, the direct sound at sample 0 with amplitude 1."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(round(rt60_s * RATE_HZ)) / RATE_HZ + distance_m / SOUND_M_PER_S
    # Image sources fill space evenly: their number grows with the square of time.
    per_sample = 4.0 * np.pi * SOUND_M_PER_S**3 * seconds**2 / VOLUME_M3 / RATE_HZ
    amplitude = np.exp(-6.9 * seconds / rt60_s) / (SOUND_M_PER_S * seconds)
    answer = rng.normal(size=len(seconds)) * np.sqrt(rng.poisson(per_sample)) * amplitude
    answer[: round(0.003 * RATE_HZ)] = 0.0
    answer[0] = 1.0 / distance_m
    answer[round(0.0008 * RATE_HZ)] += 0.4 / distance_m
    answer = lfilter(*butter(1, 200.0, "highpass", fs=RATE_HZ), answer * distance_m)
    return np.asarray(lfilter(*butter(1, 8000.0, fs=RATE_HZ), answer), dtype=np.float64)


def add_at(out: FloatArray, sound: FloatArray, at_samples: float) -> None:
    """Add ``sound`` to ``out`` from a part of a sample on, exactly (by its spectrum)."""
    first, guard = int(np.floor(at_samples)), 32
    n_fft = 1 << (len(sound) + 2 * guard).bit_length()
    radians = 2.0 * np.pi * np.arange(n_fft // 2 + 1) / n_fft
    shift = at_samples - first + guard
    moved = np.fft.irfft(np.fft.rfft(sound, n_fft) * np.exp(-1j * radians * shift), n_fft)
    begin = max(0, first - guard)
    end = max(begin, min(len(out), first - guard + n_fft))
    out[begin:end] += moved[begin - first + guard : end - first + guard]


def level_dbfs(sound: FloatArray) -> float:
    """Loudest 20 ms RMS."""
    width = round(0.02 * RATE_HZ)
    sums = np.cumsum(np.concatenate([np.zeros(1), sound**2]))
    return float(10.0 * np.log10(np.max(sums[width:] - sums[:-width]) / width + 1e-20))


def clicks_every(beat_s: float, n_clicks: int, first_s: float) -> ClickArray:
    """Clicks on the beats, accents on every fourth."""
    clicks = np.zeros(n_clicks, CLICK)
    clicks["sample"] = np.round((first_s + beat_s * np.arange(n_clicks)) * RATE_HZ)
    clicks["kind"] = np.where(np.arange(n_clicks) % 4 == 0, 0, 1)
    clicks["is_audible"] = True
    return clicks
