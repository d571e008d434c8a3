"""What is no note: clicks, breath, handling, talk, room; and long tones with one onset only."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from scipy import signal

from .clicks import click_track, random_click, recorded_click
from .phrase import ATTACK, PhraseNote
from .room import Rng, background, coloured_noise, db, slow_swell
from .struck import add_at, noise_burst
from .truth import (
    RATE_HZ,
    FloatArray,
    NoteArray,
    NoteRow,
    TimeArray,
    as_notes,
    note_truth,
)
from .voices import _sum_harmonics, bowed_style, play_sustained, wind_style


def click_times(duration_s: float, rng: Rng) -> TimeArray:
    """A steady metronome."""
    period_s = 60 / rng.uniform(40, 220)
    return np.arange(rng.uniform(0.05, 1.0), duration_s - 0.2, period_s, dtype=np.float64)


def clicks_only(
    duration_s: float,
    rng: Rng,
    recordings: list[FloatArray],
    make: Callable[[Rng], FloatArray] = random_click,
) -> tuple[FloatArray, NoteArray]:
    """A metronome alone in a room, the sound changing every few seconds."""
    rows: list[NoteRow] = []
    out = np.zeros(int(duration_s * RATE_HZ), np.float32)
    start_s = 0.0
    while start_s < duration_s:
        length_s = rng.uniform(2, 7)
        times_s = click_times(length_s, rng)
        part, clicks = click_track(int(length_s * RATE_HZ), times_s, rng, recordings, make)
        add_at(out, part, start_s, db(-rng.uniform(0, 18)))
        rows += [
            note_truth(start_s + t40_s, start_s + t20_s, family, is_sure)
            for t40_s, t20_s, _, family, is_sure in clicks
            if start_s + t40_s < duration_s
        ]
        start_s += length_s
    return out, as_notes(rows)


def _smooth_burst(n: int, rng: Rng) -> FloatArray:
    """A rise and fall with a random place of the peak."""
    at = rng.uniform(0.05, 0.95)
    x = np.linspace(0, 1, n)
    return np.asarray(
        np.where(x < at, x / at, (1 - x) / (1 - at)) ** rng.uniform(0.5, 3), np.float32
    )


def breaths(duration_s: float, rng: Rng) -> FloatArray:
    """Breathing in and out, sniffs, wind on the microphone, page turns, bow hair on cloth."""
    out = np.zeros(int(duration_s * RATE_HZ), np.float32)
    time_s = rng.uniform(0, 1)
    while time_s < duration_s - 1:
        n_samples = int(rng.choice([rng.uniform(0.06, 0.3), rng.uniform(0.3, 1.5)]) * RATE_HZ)
        low_hz = np.exp(rng.uniform(np.log(80), np.log(2500)))
        high_hz = min(low_hz * rng.uniform(1.5, 20), 18_000)
        sos = signal.butter(
            int(rng.integers(1, 3)), [low_hz, high_hz], "band", fs=RATE_HZ, output="sos"
        )
        puff = signal.sosfilt(sos, rng.standard_normal(n_samples))
        puff = puff / (np.max(np.abs(puff)) + 1e-9) * _smooth_burst(n_samples, rng)
        if rng.random() < 0.25:
            puff *= slow_swell(n_samples, rng.uniform(5, 40), rng.uniform(2, 8), rng)
        add_at(out, puff.astype(np.float32), time_s, db(-rng.uniform(0, 24)))
        time_s += rng.uniform(0.15, 1.8)
    return out


def handling(duration_s: float, rng: Rng, frets: list[FloatArray] | None = None) -> FloatArray:
    """Bumps, rubs, key and valve noise, fret squeak (recorded ones too), footsteps, cloth."""
    out = np.zeros(int(duration_s * RATE_HZ), np.float32)
    time_s = rng.uniform(0, 1)
    while time_s < duration_s - 0.5:
        gain = db(-rng.uniform(0, 26))
        kind = rng.integers(0, 5)
        if kind == 0:
            add_at(
                out,
                noise_burst(
                    rng.uniform(0.01, 0.3), rng.uniform(20, 150), rng.uniform(150, 700), rng
                ),
                time_s,
                gain,
            )
        elif kind == 1:
            add_at(
                out,
                noise_burst(
                    rng.uniform(0.002, 0.05), rng.uniform(300, 3000), rng.uniform(3000, 15_000), rng
                ),
                time_s,
                gain,
            )
        elif kind == 2:
            n = int(rng.uniform(0.05, 0.8) * RATE_HZ)
            rub = coloured_noise(n, rng.uniform(0, 6), rng) * _smooth_burst(n, rng) * 0.3
            rub *= slow_swell(n, rng.uniform(10, 80), rng.uniform(3, 9), rng)
            add_at(out, rub, time_s, gain)
        elif kind == 3:
            squeak = _squeak(rng)
            if frets and rng.random() < 0.4:
                squeak = recorded_click(frets, rng)
            add_at(out, squeak, time_s, gain)
        else:
            for _ in range(int(rng.integers(2, 9))):
                add_at(
                    out,
                    noise_burst(
                        rng.uniform(0.001, 0.02),
                        rng.uniform(200, 4000),
                        rng.uniform(2000, 15_000),
                        rng,
                    ),
                    time_s + rng.uniform(0, 0.25),
                    gain * db(-rng.uniform(0, 15)),
                )
        time_s += rng.uniform(0.08, 1.2)
    return out


def _squeak(rng: Rng) -> FloatArray:
    """A finger along a wound string, a chair, a shoe: a noisy tone that slides."""
    n = int(rng.uniform(0.04, 0.35) * RATE_HZ)
    glide_hz = np.exp(
        np.linspace(np.log(rng.uniform(400, 3500)), np.log(rng.uniform(400, 3500)), n)
    )
    jitter = signal.lfilter([0.02], [1, -0.98], rng.standard_normal(n)) * rng.uniform(0, 0.6)
    phase = 2 * np.pi * np.cumsum(glide_hz * (1 + jitter)) / RATE_HZ
    tone = np.sin(phase) + 0.4 * np.sin(2 * phase) + rng.uniform(0, 1) * rng.standard_normal(n)
    return np.asarray(tone * _smooth_burst(n, rng) * 0.4, np.float32)


def babble(duration_s: float, rng: Rng) -> FloatArray:
    """One or several talkers: a gliding glottal tone through moving formants, and hisses."""
    out = np.zeros(int(duration_s * RATE_HZ), np.float32)
    for _ in range(int(rng.choice([1, 1, 2, 3, 6]))):
        out += _talker(duration_s, rng) * db(-rng.uniform(0, 8))
    return out


def _talker(duration_s: float, rng: Rng) -> FloatArray:
    step = 32
    n_steps = int(duration_s * RATE_HZ / step)
    step_s = step / RATE_HZ
    n_syllables = int(duration_s * rng.uniform(3, 7))
    at_s = np.sort(rng.uniform(0, duration_s, n_syllables))
    if rng.random() < 0.3:  # somebody counts
        at_s = click_times(duration_s, rng)
    knots = np.linspace(0, duration_s, n_syllables + 2)
    grid_s = np.arange(n_steps) * step_s
    base_hz = np.exp(rng.uniform(np.log(85), np.log(300)))
    f0_hz = base_hz * np.exp(np.interp(grid_s, knots, rng.normal(0, 0.16, knots.size)))
    level = np.zeros(n_steps)
    for time_s in at_s:
        width_s, start = rng.uniform(0.06, 0.3), int(time_s / step_s)
        n = min(int(width_s / step_s), n_steps - start)
        if n > 4:
            bump = _smooth_burst(n, rng) * db(-rng.uniform(0, 15))
            level[start : start + n] = np.maximum(level[start : start + n], bump)
    harmonic = np.arange(1, 31)
    freq_hz = f0_hz[:, None] * harmonic
    gain = np.zeros_like(freq_hz)
    for low_hz, high_hz in ((250, 850), (800, 2400), (2200, 3400)):
        centre_hz = np.interp(grid_s, knots, rng.uniform(low_hz, high_hz, knots.size))[:, None]
        width_hz = rng.uniform(60, 200)
        gain += 1 / (1 + ((freq_hz - centre_hz) / width_hz) ** 2)
    amplitude = np.ascontiguousarray(level[:, None] * gain * harmonic**-0.7 * (freq_hz < 15_000))
    out = np.zeros(n_steps * step)
    _sum_harmonics(np.cumsum(np.repeat(2 * np.pi * f0_hz / RATE_HZ, step)), amplitude, out)
    out = out.astype(np.float32) / (np.max(np.abs(out)) + 1e-9)
    for time_s in at_s[rng.random(at_s.size) < 0.35]:
        hiss = noise_burst(
            rng.uniform(0.02, 0.15), rng.uniform(800, 4000), rng.uniform(4000, 12_000), rng
        )
        add_at(out, hiss, float(time_s), db(-rng.uniform(6, 26)))
    full = np.zeros(int(duration_s * RATE_HZ), np.float32)
    add_at(full, out, 0.0)
    return full


def room_only(duration_s: float, rng: Rng) -> FloatArray:
    """Nothing but the room."""
    return background(int(duration_s * RATE_HZ), rng) * db(-rng.uniform(15, 60))


def long_tones(duration_s: float, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Held tones with deep vibrato, tremolo, swells or glissando: one onset each."""
    is_bowed = rng.random() < 0.6
    low = int(rng.integers(33, 76))
    style = bowed_style(rng, low) if is_bowed else wind_style(rng, low)
    style = dataclasses.replace(
        style, vibrato_cents=rng.uniform(8, 75), vibrato_hz=rng.uniform(3.5, 8)
    )
    notes, time_s = [], rng.uniform(0.2, 1.0)
    while time_s < duration_s - 2:
        length_s = rng.uniform(1.2, 6.0)
        notes.append(
            PhraseNote(time_s, time_s + length_s, low + float(rng.integers(0, 12)), 0.0, ATTACK)
        )
        time_s += length_s + rng.uniform(0.1, 1.0)
    audio, truth = play_sustained(notes, style, duration_s, rng)
    if rng.random() < 0.4:  # tremolo of level, as a flute's or a vibraphone's
        depth_db, rate_hz = rng.uniform(1, 5), rng.uniform(3, 8)
        wave = np.sin(2 * np.pi * rate_hz * np.arange(audio.size) / RATE_HZ)
        audio = audio * (10 ** (depth_db / 40 * wave)).astype(np.float32)
    if rng.random() < 0.5:
        audio = audio * slow_swell(audio.size, rng.uniform(0.1, 0.8), rng.uniform(1, 4), rng)
    if rng.random() < 0.3:
        audio, truth = _glissando(duration_s, rng)
    return np.asarray(audio, np.float32), truth


def _glissando(duration_s: float, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Tones that slide by up to an octave: one onset each."""
    style = bowed_style(rng, 45)
    n_steps = int(duration_s * RATE_HZ / 32)
    grid_s = np.arange(n_steps) * 32 / RATE_HZ
    level, semitones = np.zeros(n_steps), np.zeros(n_steps)
    rows: list[NoteRow] = []
    time_s = rng.uniform(0.2, 1.0)
    while time_s < duration_s - 3:
        length_s = rng.uniform(1.0, 4.0)
        start, stop = int(time_s * RATE_HZ / 32), int((time_s + length_s) * RATE_HZ / 32)
        rise_s = rng.uniform(0.01, 0.1)
        local_s = grid_s[start:stop] - time_s
        level[start:stop] = np.minimum(1, local_s / rise_s) * np.minimum(
            1, (length_s - local_s) / 0.08
        )
        knots = np.linspace(0, length_s, int(rng.integers(2, 6)))
        semitones[start:stop] = rng.uniform(-12, 12) + np.interp(
            local_s, knots, np.cumsum(rng.uniform(-7, 7, knots.size))
        )
        rows.append((time_s, time_s + 0.1 * rise_s, time_s + 0.25 * rise_s, style.family, False))
        time_s += length_s + rng.uniform(0.15, 1.0)
    f0_hz = 300 * 2 ** (semitones / 12)
    harmonic = np.arange(1, 25)
    freq_hz = f0_hz[:, None] * harmonic
    gain_db = np.interp(np.log(freq_hz), np.log(style.body_hz), style.body_db)
    amplitude = level[:, None] * 10 ** (gain_db / 20) * harmonic**-style.tilt * (freq_hz < 15_000)
    out = np.zeros(n_steps * 32)
    _sum_harmonics(
        np.cumsum(np.repeat(2 * np.pi * f0_hz / RATE_HZ, 32)), np.ascontiguousarray(amplitude), out
    )
    return out.astype(np.float32), as_notes(rows)
