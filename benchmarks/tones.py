"""Long tones as bows, reeds and strings make them: harmonics through a body, with noise.

A body of fixed resonances turns vibrato of pitch into wavering of every harmonic's level
(Mellody & Wakefield 2000), which is what fools onset detectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.noises import RATE_HZ, Rng, band, of_peak_one, slow_random
from practiceear.units import FloatArray

RESONANCES_PER_OCTAVE = 6  # of a violin's body there are more above 1 kHz, fewer below
RESONANCE_SD_DB = 6.0


@dataclass(frozen=True, slots=True)
class ToneShape:
    """How a tone is played.

    Attributes
    ----------
    vibrato_hz, vibrato_cents
        Rate, and depth to either side; it sets in after 0.3 s.
    tremolo_hz, tremolo_db
        Rate and depth of a wavering level.
    glide_semitones
        How far the pitch slides over the tone's middle half.
    noise_db
        Level of bow or breath noise below the tone.
    """

    vibrato_hz: float = 0.0
    vibrato_cents: float = 0.0
    tremolo_hz: float = 0.0
    tremolo_db: float = 0.0
    glide_semitones: float = 0.0
    noise_db: float = 36.0


def sustained(pitch_hz: float, duration_s: float, shape: ToneShape, rng: Rng) -> FloatArray:
    """One tone of peak 1, shape (n,), its attack of 15 to 60 ms at sample 0."""
    n_samples = round(duration_s * RATE_HZ)
    seconds = np.arange(n_samples) / RATE_HZ
    share = seconds / duration_s
    onset_of_vibrato = np.clip((seconds - 0.3) / 0.4, 0, 1)
    rate_hz = shape.vibrato_hz * (1 + 0.05 * slow_random(n_samples, 2.0, rng))
    bend = shape.vibrato_cents * np.sin(2 * np.pi * np.cumsum(rate_hz) / RATE_HZ) * onset_of_vibrato
    bend += 3.0 * slow_random(n_samples, 5.0, rng)  # no hand holds a pitch to the cent
    bend += 100.0 * shape.glide_semitones * np.clip(2 * share - 0.5, 0, 1)
    tone = _harmonics(pitch_hz * 2 ** (bend / 1200), rng)
    breath = band(rng.normal(size=n_samples), 400, 8000, 1)
    tone += breath / np.sqrt(np.mean(breath**2)) * 10 ** (-shape.noise_db / 20)
    level_db = 0.6 * slow_random(n_samples, 3.0, rng)
    level_db += shape.tremolo_db / 2 * np.sin(2 * np.pi * shape.tremolo_hz * seconds)
    envelope = np.clip(seconds / rng.uniform(0.015, 0.06), 0, 1)
    envelope *= np.clip((duration_s - seconds) / 0.08, 0, 1)
    return of_peak_one(tone * envelope * 10 ** (level_db / 20))


def plucked(pitch_hz: float, duration_s: float, rng: Rng) -> FloatArray:
    """One plucked string of peak 1: harmonics that die the faster the higher they are."""
    seconds = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    sound = np.zeros_like(seconds)
    for k in range(1, min(40, int(9000 / pitch_hz)) + 1):
        hz = pitch_hz * k * np.sqrt(1 + 0.0001 * k**2)
        decay_s = 1.2 / (1 + 0.25 * k)
        sound += (
            np.sin(np.pi * k * rng.uniform(0.15, 0.2))
            / k
            * np.sin(2 * np.pi * hz * seconds)
            * np.exp(-seconds / decay_s)
        )
    finger = band(rng.normal(size=len(seconds)), 500, 6000, 1) * np.exp(-seconds / 0.003)
    fade = np.clip((duration_s - seconds) / 0.02, 0, 1)
    return of_peak_one((sound + 0.1 * finger) * fade)


def _harmonics(pitch_hz: FloatArray, rng: Rng) -> FloatArray:
    """Harmonics of a moving pitch through a body of random resonances; RMS 1."""
    knots_hz = 60.0 * 2.0 ** np.arange(0.0, 8.1, 1.0 / RESONANCES_PER_OCTAVE)
    body_db = RESONANCE_SD_DB * rng.normal(size=len(knots_hz))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    sound = np.zeros(len(pitch_hz))
    for k in range(1, min(30, int(12000 / float(np.max(pitch_hz)))) + 1):
        gain_db = np.interp(k * pitch_hz, knots_hz, body_db) - 20 * np.log10(k) * 1.1
        sound += 10 ** (gain_db / 20) * np.sin(k * phase + rng.uniform(0, 6.28))
    return np.asarray(sound / np.sqrt(np.mean(sound**2)), dtype=np.float64)
