"""Plucked strings, piano and other struck bars, and taps, made from nothing.

Inharmonic partials that decay faster the higher they are (Fletcher 1964; Valette 1995), a
contact noise before a pluck (finger or plectrum stops the string first), hammer thump, and the
damped resonances of a body hit by a hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy import signal

from .phrase import PhraseConfig, PhraseNote, random_phrase
from .room import Rng, db
from .truth import (
    PIANO,
    PLUCKED,
    RATE_HZ,
    TAP,
    FloatArray,
    NoteArray,
    NoteRow,
    as_notes,
    events,
    note_truth,
)


@dataclass(frozen=True, slots=True)
class StruckStyle:
    """How one plucked or struck instrument sounds; drawn once a take."""

    family: int
    inharmonicity: float
    tilt: float
    position: float  # where along the string it is plucked or struck, 0..0.5
    decay_s: float
    decay_corner_hz: float
    rise_s: float
    thump_db: float
    contact_db: float
    contact_probability: float
    contact_lead_s: float  # how long before the note the finger touches; a player's habit
    damping_s: float
    is_ringing: bool  # every string rings on under the next note
    between_s: float  # from one note of a chord to the next
    chord_probability: float
    slap_probability: float = 0.0  # that a hand stops the strings at a note's end


def _log_uniform(low: float, high: float, rng: Rng) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def plucked_style(rng: Rng) -> StruckStyle:
    """Guitar (nylon, steel), palm mute, natural harmonics, pizzicato, lute, harp."""
    kind = int(rng.choice(4, p=[0.4, 0.25, 0.15, 0.2]))  # open, muted, harmonics, pizzicato
    decay_s = (
        _log_uniform(0.2, 2.0, rng),
        _log_uniform(0.02, 0.15, rng),
        _log_uniform(0.4, 2.0, rng),
        _log_uniform(0.04, 0.4, rng),
    )[kind]
    corner_hz = (
        rng.uniform(400, 4000),
        rng.uniform(150, 1200),
        rng.uniform(500, 3000),
        rng.uniform(250, 2500),
    )[kind]
    tilt = rng.uniform(1.8, 3.0) if kind == 2 else rng.uniform(0.2, 1.6)
    is_ringing = bool(rng.random() < (0.4, 0.6, 0.7, 0.6)[kind])
    return StruckStyle(
        PLUCKED,
        _log_uniform(1e-5, 5e-4, rng),
        tilt,
        rng.uniform(0.04, 0.5),
        decay_s,
        corner_hz,
        _log_uniform(0.0003, 0.006, rng),
        -rng.uniform(4, 36),
        -rng.uniform(5, 42),
        rng.choice([0.0, rng.uniform(0.2, 1.0)]),
        rng.uniform(0.008, 0.085),
        rng.uniform(0.002, 0.04),
        is_ringing,
        _log_uniform(0.002, 0.03, rng),
        rng.choice([0.0, 0.0, 0.15, 0.5]),
    )


def piano_style(rng: Rng) -> StruckStyle:
    """Piano, electric piano, bars."""
    return StruckStyle(
        PIANO,
        float(np.exp(rng.uniform(np.log(1e-4), np.log(3e-3)))),
        rng.uniform(0.6, 1.7),
        rng.uniform(0.06, 0.14),
        rng.uniform(0.3, 2.0),
        rng.uniform(500, 4000),
        float(np.exp(rng.uniform(np.log(0.0006), np.log(0.006)))),
        -rng.uniform(10, 36),
        -rng.uniform(20, 50),
        0.2,
        rng.uniform(0.008, 0.085),
        rng.uniform(0.02, 0.15),
        bool(rng.random() < 0.2),
        _log_uniform(0.001, 0.025, rng),
        rng.choice([0.0, 0.15, 0.5]),
    )


@numba.njit(cache=True)
def _add_partials(out, omega, amplitude, phase, decay):  # type: ignore[no-untyped-def]
    """out[n] += sum_k amplitude[k] decay[k]^n sin(omega[k] n + phase[k]), by rotation."""
    for k in range(omega.size):
        real, imag = amplitude[k] * np.cos(phase[k]), amplitude[k] * np.sin(phase[k])
        cos, sin = decay[k] * np.cos(omega[k]), decay[k] * np.sin(omega[k])
        for n in range(out.size):
            out[n] += imag
            real, imag = real * cos - imag * sin, real * sin + imag * cos


def _struck_note(note: PhraseNote, style: StruckStyle, rng: Rng) -> FloatArray:
    """One dry note that rings until it is damped."""
    f0_hz = 440 * 2 ** ((note.pitch_midi - 69) / 12)
    ring_s = min(4.0, 3.5 * style.decay_s) if style.is_ringing else note.end_s - note.start_s + 0.15
    out = np.zeros(int(min(ring_s, 5.0) * RATE_HZ))
    n_partials = int(min(36, 14_000 / f0_hz)) + 1
    k = np.arange(1, n_partials + 1)
    freq_hz = k * f0_hz * np.sqrt(1 + style.inharmonicity * k**2)
    soft = -note.level_db / 20
    amplitude = np.abs(np.sin(np.pi * k * style.position)) * k ** -(style.tilt + 0.5 * soft)
    amplitude *= 10 ** (rng.normal(0, 4, n_partials) / 20) * db(note.level_db)
    tau_s = style.decay_s * (440 / f0_hz) ** 0.4 / (1 + (freq_hz / style.decay_corner_hz) ** 1.3)
    keep = freq_hz < 16_000
    _add_partials(
        out,
        2 * np.pi * freq_hz[keep] / RATE_HZ,
        amplitude[keep],
        rng.uniform(0, 6.28, keep.sum()),
        np.exp(-1 / (tau_s[keep] * RATE_HZ)),
    )
    n_rise = max(2, int(style.rise_s * rng.uniform(0.7, 1.4) * RATE_HZ))
    out[:n_rise] *= np.sin(np.linspace(0, np.pi / 2, min(n_rise, out.size))) ** 2
    return out.astype(np.float32)


def noise_burst(duration_s: float, low_hz: float, high_hz: float, rng: Rng) -> FloatArray:
    """A decaying band-passed burst of peak 1."""
    n_samples = max(64, int(duration_s * RATE_HZ))
    burst = rng.standard_normal(n_samples) * np.exp(-5 * np.arange(n_samples) / n_samples)
    high_hz = float(min(max(high_hz, low_hz * 1.3), 20_000))
    sos = signal.butter(1, [low_hz, high_hz], "band", fs=RATE_HZ, output="sos")
    burst = signal.sosfilt(sos, burst)
    return np.asarray(burst / (np.max(np.abs(burst)) + 1e-9), np.float32)


def add_at(out: FloatArray, sound: FloatArray, time_s: float, gain: float = 1.0) -> None:
    """Mix a sound into a take, cut at its ends."""
    at = round(time_s * RATE_HZ)
    if at < 0:
        sound, at = sound[-at:], 0
    n_fit = min(sound.size, out.size - at)
    if n_fit > 0:
        out[at : at + n_fit] += gain * sound[:n_fit]


def rise_times(sound: FloatArray, window_s: float = 0.3) -> tuple[float, float]:
    """Seconds at which the 1 ms energy first reaches -40 and -20 dB of its peak."""
    n_window = int(0.001 * RATE_HZ)
    power = np.cumsum(np.concatenate([np.zeros(n_window), sound[: int(window_s * RATE_HZ)] ** 2]))
    energy = power[n_window:] - power[:-n_window]
    peak = energy.max() + 1e-20
    return (
        float(np.argmax(energy >= 1e-4 * peak)) / RATE_HZ,
        float(np.argmax(energy >= 1e-2 * peak)) / RATE_HZ,
    )


def _strike(out: FloatArray, note: PhraseNote, style: StruckStyle, rng: Rng) -> NoteRow:
    """Add one note with its noises; returns the truth row."""
    sound = _struck_note(note, style, rng)
    peak = np.max(np.abs(sound)) + 1e-9
    thump = noise_burst(
        rng.uniform(0.003, 0.05), rng.uniform(60, 900), rng.uniform(1000, 9000), rng
    )
    n_fit = min(thump.size, sound.size)
    sound[:n_fit] += peak * db(style.thump_db) * thump[:n_fit]
    if not style.is_ringing:
        n_damp = max(16, int(style.damping_s * RATE_HZ))
        n_held = int((note.end_s - note.start_s) * RATE_HZ)
        gain = np.exp(-np.maximum(0, np.arange(sound.size) - n_held) / n_damp)
        sound *= gain.astype(np.float32)
    if rng.random() < style.contact_probability:
        _touch(out, note, style, float(peak), rng)
    add_at(out, sound, note.start_s)
    t40_s, t20_s = rise_times(sound)
    return note_truth(note.start_s + t40_s, note.start_s + t20_s, style.family, True)


def _touch(out: FloatArray, note: PhraseNote, style: StruckStyle, peak: float, rng: Rng) -> None:
    """The finger or plectrum that reaches the string before the note, sometimes sounding it."""
    lead_s = float(np.clip(rng.normal(style.contact_lead_s, 0.01), 0.004, 0.1))
    contact = noise_burst(
        rng.uniform(0.002, 0.04), rng.uniform(100, 2000), rng.uniform(1500, 12_000), rng
    )
    gain = peak * db(style.contact_db + rng.normal(0, 4))
    add_at(out, contact, note.start_s - lead_s, min(gain, 0.7 * peak))
    if rng.random() < 0.25:
        weak = PhraseNote(note.start_s - lead_s, note.start_s, note.pitch_midi, note.level_db, 0)
        sound = _struck_note(weak, style, rng)
        sound *= np.exp(-np.arange(sound.size) / (0.3 * lead_s * RATE_HZ)).astype(np.float32)
        add_at(out, sound, weak.start_s, db(-rng.uniform(14, 34)))


def _let_go(out: FloatArray, note: PhraseNote, style: StruckStyle, rng: Rng) -> None:
    """A finger that leaves or stops the string: noise, and sometimes a weak open string."""
    for _ in range(int(rng.integers(0, 3))):
        time_s = note.end_s + rng.uniform(-0.1, 0.6)
        burst = noise_burst(
            rng.uniform(0.004, 0.12), rng.uniform(80, 2500), rng.uniform(1500, 12_000), rng
        )
        add_at(out, burst, time_s, db(note.level_db - rng.uniform(14, 45)))
        if rng.random() < 0.3:
            level_db = note.level_db - rng.uniform(26, 44)
            weak = PhraseNote(
                time_s, time_s + 0.4, note.pitch_midi - rng.integers(0, 13), level_db, 0
            )
            add_at(out, _struck_note(weak, style, rng), time_s)


def _slap(out: FloatArray, note: PhraseNote, rng: Rng) -> None:
    """A hand that stops all strings at once: a thud or a slap, and no note."""
    low_hz = rng.uniform(60, 900)
    slap = noise_burst(rng.uniform(0.004, 0.08), low_hz, low_hz * rng.uniform(4, 20), rng)
    time_s = note.end_s + rng.normal(0, 0.006)
    add_at(out, slap, time_s, db(note.level_db - rng.uniform(4, 32)))


def play_struck(config: PhraseConfig, style: StruckStyle, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """A whole dry take of plucked or struck notes, chords among them."""
    out = np.zeros(int(config.duration_s * RATE_HZ), np.float32)
    rows = []
    for note in random_phrase(config, rng):
        rows.append(_strike(out, note, style, rng))
        if config.is_sparse:
            _let_go(out, note, style, rng)
        if rng.random() < style.slap_probability:
            _slap(out, note, rng)
        if rng.random() < style.chord_probability:
            n_more = int(rng.integers(1, 6))
            for i in range(n_more):
                start_s = note.start_s + style.between_s * (i + rng.uniform(0.6, 1.4))
                pitch = note.pitch_midi + float(rng.choice([3, 4, 5, 7, 8, 9, 12, 16]))
                more = PhraseNote(
                    start_s,
                    max(note.end_s, start_s + 0.05),
                    pitch,
                    note.level_db + rng.normal(0, 2),
                    note.join,
                )
                rows.append(_strike(out, more, style, rng))
    return out, as_notes(events(rows))


def _tap_sound(modes_hz: FloatArray, rng: Rng) -> FloatArray:
    """A hand or finger on a box: damped low modes under a short noise."""
    n_samples = int(rng.uniform(0.05, 0.25) * RATE_HZ)
    out = np.zeros(n_samples)
    amplitude = 10 ** (rng.normal(0, 6, modes_hz.size) / 20) * (200 / modes_hz) ** 0.5
    tau_s = rng.uniform(0.006, 0.05, modes_hz.size)
    detuned = modes_hz * rng.normal(1, 0.01, modes_hz.size)
    _add_partials(
        out,
        2 * np.pi * detuned / RATE_HZ,
        amplitude,
        rng.uniform(0, 6.28, modes_hz.size),
        np.exp(-1 / (tau_s * RATE_HZ)),
    )
    out /= np.max(np.abs(out)) + 1e-9
    burst = noise_burst(rng.uniform(0.004, 0.06), rng.uniform(50, 600), rng.uniform(800, 8000), rng)
    n_fit = min(burst.size, n_samples)
    out[:n_fit] += db(rng.uniform(-18, 6)) * burst[:n_fit]
    n_rise = int(rng.choice([4, int(rng.integers(8, 160))]))
    out[:n_rise] *= np.linspace(0, 1, n_rise)
    return np.asarray(out / (np.max(np.abs(out)) + 1e-9), np.float32)


def _settle_hand(out: FloatArray, start_s: float, stop_s: float, level_db: float, rng: Rng) -> None:
    """The hand comes to lie, shifts or leaves: soft contacts that nobody means as taps."""
    loudness_db = level_db - rng.uniform(20, 55)
    for _ in range(int(rng.integers(1, 5))):
        low_hz = float(np.exp(rng.uniform(np.log(30), np.log(1500))))
        contact = noise_burst(
            _log_uniform(0.004, 0.12, rng), low_hz, low_hz * rng.uniform(2, 20), rng
        )
        n_rise = min(contact.size, max(2, int(_log_uniform(0.0005, 0.03, rng) * RATE_HZ)))
        contact[:n_rise] *= np.linspace(0, 1, n_rise, dtype=np.float32)
        add_at(out, contact, rng.uniform(start_s, stop_s), db(loudness_db - rng.uniform(0, 10)))


def play_taps(duration_s: float, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """A dry take of taps, single and in quick groups, by a hand that confirms between them."""
    config = PhraseConfig(40, 60, 0.0, duration_s, 0.07, 1.2)
    modes_hz = np.exp(rng.uniform(np.log(70), np.log(1500), int(rng.integers(2, 8))))
    out, rows = np.zeros(int(duration_s * RATE_HZ), np.float32), []
    restless = rng.choice([0.0, rng.uniform(0.05, 0.4)])
    notes = random_phrase(config, rng)
    if notes and rng.random() < 0.5:
        _settle_hand(out, 0.0, max(notes[0].start_s - 0.06, 0.0), notes[0].level_db, rng)
    for note in notes:
        if note.end_s - note.start_s > 0.12 and rng.random() < restless:
            _settle_hand(out, note.start_s + 0.07, note.end_s, note.level_db, rng)
        sound = _tap_sound(modes_hz, rng) * db(note.level_db)
        add_at(out, sound, note.start_s)
        t40_s, t20_s = rise_times(sound)
        rows.append(note_truth(note.start_s + t40_s, note.start_s + t20_s, TAP, True))
        if rng.random() < 0.2:  # finger lift or rebound, no note
            add_at(
                out,
                noise_burst(0.02, 300, 5000, rng),
                note.start_s + rng.uniform(0.03, 0.15),
                db(note.level_db - rng.uniform(24, 40)),
            )
    return out, as_notes(rows)
