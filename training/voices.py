"""Sustained notes made from nothing: bowed strings and winds, with every way of joining two notes.

Additive synthesis on a control grid (Serra & Smith 1990): each string or air column is a sum of
harmonics under a body response fixed in frequency, so that vibrato and slurs change the
spectrum as they do on an instrument (Fletcher & Rossing 1998). Bowed starts have the aperiodic
phase before Helmholtz motion (Guettler & Askenfelt 1997).
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy import signal

from . import phrase
from .phrase import PhraseNote
from .room import Rng, db, shaped
from .truth import BOWED, RATE_HZ, WIND, FloatArray, NoteArray, NoteRow, as_notes, note_truth

STEP = 32  # samples a control step
STEP_S = STEP / RATE_HZ
N_VOICES = 2  # two strings that may ring together; winds use one


@dataclass(frozen=True, slots=True)
class VoiceStyle:
    """How one player on one instrument sounds; drawn once a take."""

    family: int
    n_harmonics: int
    tilt: float  # amplitude ~ harmonic ** -tilt
    even_db: float  # level of even harmonics (clarinet: low)
    body_hz: FloatArray
    body_db: FloatArray
    attack_s: tuple[float, float]
    dip_db: tuple[float, float]
    fall_s: tuple[float, float]
    rise_s: tuple[float, float]
    slur_s: tuple[float, float]
    slur_dip_db: tuple[float, float]
    release_s: float
    ring_s: float
    noise_db: float
    burst_db: float
    vibrato_cents: float
    vibrato_hz: float
    flutter_db: float
    early_probability: float  # of bow or breath noise and a weak tone before the attack


def body(rng: Rng, low_hz: float, ripple_db: float) -> tuple[FloatArray, FloatArray]:
    """Many narrow resonances on a broad slope."""
    freq_hz = np.geomspace(40, 18_000, 420)
    gain_db = np.zeros(freq_hz.size)
    for _ in range(int(rng.integers(14, 46))):
        centre_hz = np.exp(rng.uniform(np.log(low_hz), np.log(7000)))
        width = rng.uniform(0.01, 0.12)
        gain_db += rng.normal(0, ripple_db) * np.exp(
            -0.5 * (np.log(freq_hz / centre_hz) / width) ** 2
        )
    gain_db -= 12 * np.maximum(0, np.log2(low_hz / freq_hz))
    gain_db -= rng.uniform(0, 9) * np.maximum(0, np.log2(freq_hz / rng.uniform(2500, 5000)))
    return freq_hz.astype(np.float32), gain_db.astype(np.float32)


def bowed_style(rng: Rng, low_midi: int) -> VoiceStyle:
    """A random bowed string player."""
    low_hz = 440 * 2 ** ((low_midi - 69) / 12) * rng.uniform(0.9, 2.2)
    body_hz, body_db = body(rng, low_hz, rng.uniform(4, 9))
    sharp = float(np.exp(rng.uniform(np.log(0.4), np.log(2.0))))
    return VoiceStyle(
        BOWED,
        48 if low_midi < 50 else 34,
        rng.uniform(0.7, 1.5),
        0.0,
        body_hz,
        body_db,
        (0.012 * sharp, 0.12 * sharp),
        (2.5, rng.choice([8.0, 16.0, 30.0])),
        (0.004, 0.06),
        (0.01 * sharp, 0.08 * sharp),
        (0.004, 0.04),
        (0.0, 6.0),
        rng.uniform(0.02, 0.2),
        rng.uniform(0.04, 0.5),
        -rng.uniform(22, 50),
        -rng.uniform(8, 40),
        rng.choice([0.0, rng.uniform(5, 60)]),
        rng.uniform(4.2, 7.2),
        rng.uniform(0.3, 2.5),
        rng.uniform(0.1, 0.6),
    )


def wind_style(rng: Rng, low_midi: int) -> VoiceStyle:
    """A random reed, flute or brass player."""
    low_hz = 440 * 2 ** ((low_midi - 69) / 12) * rng.uniform(0.8, 2.0)
    body_hz, body_db = body(rng, low_hz, rng.uniform(1, 5))
    sharp = float(np.exp(rng.uniform(np.log(0.3), np.log(2.0))))
    is_flute = rng.random() < 0.3
    tilt = rng.uniform(1.6, 3.0) if is_flute else rng.uniform(0.6, 1.6)
    return VoiceStyle(
        WIND,
        10 if is_flute else 30,
        tilt,
        float(rng.choice([0.0, 0.0, -rng.uniform(8, 30)])),
        body_hz,
        body_db,
        (0.008 * sharp, 0.07 * sharp),
        (5.0, rng.choice([15.0, 40.0])),
        (0.004, 0.035),
        (0.006 * sharp, 0.045 * sharp),
        (0.002, 0.022),
        (0.0, 14.0),
        rng.uniform(0.01, 0.1),
        rng.uniform(0.01, 0.04),
        -rng.uniform(24, 55),
        -rng.uniform(12, 45),
        rng.choice([0.0, rng.uniform(5, 45)]),
        rng.uniform(4.0, 7.0),
        rng.uniform(0.2, 1.5),
        rng.uniform(0.05, 0.6),
    )


@numba.njit(cache=True)
def _sum_harmonics(phase, amplitude, out):  # type: ignore[no-untyped-def]
    """out[n] += sum_k amplitude(n, k) sin(k phase[n]), by the Chebyshev recurrence."""
    n_steps, n_harmonics = amplitude.shape
    for c in range(n_steps - 1):
        for i in range(STEP):
            n = c * STEP + i
            if n >= out.size:
                return
            mix = i / STEP
            before, now = 0.0, np.sin(phase[n])
            double_cos = 2.0 * np.cos(phase[n])
            total = 0.0
            for k in range(n_harmonics):
                gain = amplitude[c, k] + mix * (amplitude[c + 1, k] - amplitude[c, k])
                total += gain * now
                before, now = now, double_cos * now - before
            out[n] += total


class _Curves:
    """Control curves of the strings while a phrase is laid out; arrays are (voice, step)."""

    def __init__(self, n_steps: int) -> None:
        self.level = np.zeros((N_VOICES, n_steps))
        self.pitch = np.full((N_VOICES, n_steps), np.nan)
        self.vibrato = np.zeros((N_VOICES, n_steps))
        self.dark = np.zeros((N_VOICES, n_steps))
        self.rough = np.zeros((N_VOICES, n_steps))
        self.colour = np.zeros((N_VOICES, n_steps), np.int64)
        self.noise = np.zeros(n_steps)
        self.n_steps = n_steps


def _between(limits: tuple[float, float], rng: Rng) -> float:
    return float(np.exp(rng.uniform(np.log(max(limits[0], 1e-4)), np.log(limits[1]))))


def _attack_curve(n: int, style: VoiceStyle, rng: Rng) -> tuple[FloatArray, float, float]:
    """A rise out of silence and where it crosses -40 and -20 dB, in seconds."""
    time_s = np.arange(n) * STEP_S
    power = rng.uniform(0.8, 2.6)
    early_s = rng.uniform(0.015, 0.09) if rng.random() < style.early_probability else 0.0
    rise_s = _between(style.attack_s, rng)
    curve = np.clip((time_s - early_s) / rise_s, 0, 1) ** power
    overshoot = rng.uniform(0, 1.2) * np.exp(-time_s / rng.uniform(0.02, 0.12))
    curve *= 1 + overshoot * (rng.random() < 0.3)
    if early_s:
        weak = db(-rng.uniform(22, 40)) * np.clip(time_s / early_s, 0, 1)
        curve = np.maximum(curve, weak)
    peak = max(float(curve[: max(2, int(0.3 / STEP_S))].max()), 1e-6)
    t40 = float(np.argmax(curve >= 0.01 * peak)) * STEP_S
    t20 = float(np.argmax(curve >= 0.1 * peak)) * STEP_S
    return curve, t40, t20


def _dip(
    curves: _Curves,
    voice: int,
    at: int,
    depth_db: float,
    fall_rise_s: tuple[float, float],
    *,
    rng: Rng,
) -> None:
    """Multiply a bow change, tongue stroke or slur dip into a string's level."""
    n_fall = max(1, int(fall_rise_s[0] / STEP_S))
    n_rise = max(1, int(fall_rise_s[1] / STEP_S))
    floor = db(-depth_db)
    fall = 1 - (1 - floor) * np.linspace(0, 1, n_fall) ** rng.uniform(0.6, 2.5)
    rise = floor + (1 - floor) * np.linspace(0, 1, n_rise) ** rng.uniform(0.6, 2.0)
    shape = np.concatenate([fall, rise])
    start = max(0, at - n_fall)
    stop = min(curves.n_steps, at + n_rise)
    curves.level[voice, start:stop] *= shape[start - at + n_fall : stop - at + n_fall]
    softness = np.log10(shape[start - at + n_fall : stop - at + n_fall] + 1e-3)
    curves.dark[voice, start:stop] -= rng.uniform(0, 1.0) * softness  # upper harmonics fade first


def _burst(curves: _Curves, at: int, gain_db: float, lead_s: float, rng: Rng) -> None:
    """Bow scratch, tongue or key noise around a start."""
    n_lead, n_tail = int(lead_s / STEP_S) + 1, int(rng.uniform(0.004, 0.07) / STEP_S) + 1
    shape = np.concatenate([np.linspace(0.1, 1, n_lead) ** 2, np.linspace(1, 0, n_tail) ** 1.5])
    start, stop = max(0, at - n_lead), min(curves.n_steps, at + n_tail)
    curves.noise[start:stop] += db(gain_db) * shape[start - at + n_lead : stop - at + n_lead]


def _hold(curves: _Curves, voice: int, note: PhraseNote, style: VoiceStyle, rng: Rng) -> FloatArray:
    """Write a note's own swell, vibrato and pitch; return its level curve."""
    start, stop = int(note.start_s / STEP_S), min(int(note.end_s / STEP_S), curves.n_steps)
    n = max(1, stop - start)
    ends_db = rng.normal(0, 2.5, 2) + np.array([0.0, -abs(rng.normal(0, 2.0))])
    swell_db = np.interp(np.linspace(0, 2, n), [0, 1, 2], [ends_db[0], 0.0, ends_db[1]])
    curves.pitch[voice, start:] = note.pitch_midi
    curves.colour[voice, start:] += 1
    if style.vibrato_cents and rng.random() < 0.75:
        delay_s, depth = rng.uniform(0, 0.35), style.vibrato_cents * rng.uniform(0.4, 1.4)
        ramp = np.clip((np.arange(n) * STEP_S - delay_s) / 0.15, 0, 1)
        curves.vibrato[voice, start : start + n] = depth / 100 * ramp[: curves.n_steps - start]
    return np.asarray(10 ** ((note.level_db + swell_db) / 20))


def _let_go(curves: _Curves, voice: int, at: int, tau_s: float) -> None:
    """Let a string or air column ring out from its present level."""
    n = min(curves.n_steps - at, int(7 * tau_s / STEP_S))
    if n > 1 and at > 0:
        decay = curves.level[voice, at - 1] * np.exp(-np.arange(n) * STEP_S / tau_s)
        curves.level[voice, at : at + n] = np.maximum(curves.level[voice, at : at + n], decay)


def _glide(curves: _Curves, voice: int, at: int, span_s: float) -> None:
    """Slide from the pitch before to the pitch after a step."""
    n = max(2, int(span_s / STEP_S / 2))
    start, stop = max(1, at - n), min(curves.n_steps - 1, at + n)
    before, after = curves.pitch[voice, start - 1], curves.pitch[voice, stop]
    if np.isfinite(before) and np.isfinite(after):
        x = np.linspace(-4, 4, stop - start)
        curves.pitch[voice, start:stop] = before + (after - before) / (1 + np.exp(-x))


def _start_note(
    curves: _Curves, voice: int, note: PhraseNote, style: VoiceStyle, rng: Rng
) -> NoteRow:
    """Attack out of silence on this string; returns the truth row."""
    at = int(note.start_s / STEP_S)
    level = _hold(curves, voice, note, style, rng)
    curve, t40, t20 = _attack_curve(level.size, style, rng)
    stop = min(at + level.size, curves.n_steps)
    curves.level[voice, at:stop] = np.maximum(
        curves.level[voice, at:stop] * 0.3, (level * curve)[: stop - at]
    )
    n_dark = max(2, int(rng.uniform(0.02, 0.15) / STEP_S))
    ramp = np.linspace(rng.uniform(0, 1.0), 0, n_dark)[: curves.n_steps - at]
    curves.dark[voice, at : at + ramp.size] = ramp
    if style.family == BOWED and rng.random() < 0.5:
        n_rough = int(rng.uniform(0.01, 0.07) / STEP_S)
        curves.rough[voice, at : at + n_rough] = rng.uniform(0.1, 0.9)
    if rng.random() < 0.7:
        lead_s = rng.uniform(0.0, 0.07) if rng.random() < style.early_probability else 0.003
        _burst(curves, at + int(t20 / STEP_S), note.level_db + style.burst_db, lead_s, rng)
    t40, t20 = note.start_s + t40, note.start_s + t20
    return note_truth(t40, t20, style.family, False)


def _join_note(
    curves: _Curves,
    voice: int,
    note: PhraseNote,
    style: VoiceStyle,
    before: PhraseNote,
    *,
    rng: Rng,
) -> NoteRow:
    """Bow change, tongue stroke or slur on a sounding string; returns the truth row."""
    at = int(note.start_s / STEP_S)
    level = _hold(curves, voice, note, style, rng)
    stop = min(at + level.size, curves.n_steps)
    curves.level[voice, at:stop] = level[: stop - at]
    n_fit = min(20, at, stop - at)
    if n_fit > 2:  # no jump between two swells
        a, b = curves.level[voice, at - n_fit], curves.level[voice, at + n_fit - 1]
        curves.level[voice, at - n_fit : at + n_fit] = np.linspace(a, b, 2 * n_fit)
    is_same = abs(note.pitch_midi - before.pitch_midi) < 0.5
    if note.join == phrase.SLUR and not is_same:
        span_s = _between(style.slur_s, rng)
        if rng.random() < 0.07:
            span_s = rng.uniform(0.04, 0.14)
        _glide(curves, voice, at, span_s)
        depth_db, spans_s = rng.uniform(*style.slur_dip_db), (span_s, span_s * rng.uniform(1, 3))
        label_s = note.start_s
        if rng.random() < 0.3:
            _burst(curves, at, note.level_db + style.burst_db - 8, 0.002, rng)
    else:
        low_db = 3.5 if is_same else style.dip_db[0] * 0.4
        depth_db = rng.uniform(low_db, max(style.dip_db[1], low_db + 2))
        spans_s = (_between(style.fall_s, rng), _between(style.rise_s, rng))
        _glide(curves, voice, at, rng.uniform(0.002, 0.02))
        label_s = note.start_s + min(0.25 * spans_s[1], 0.015)
        if rng.random() < 0.6:
            lead_s = rng.uniform(0.0, 0.03)
            _burst(curves, at, note.level_db + style.burst_db, lead_s, rng)
        if style.family == BOWED and rng.random() < 0.4:
            curves.rough[voice, at : at + int(rng.uniform(0.005, 0.05) / STEP_S)] = rng.uniform(
                0.1, 0.8
            )
    _dip(curves, voice, at, depth_db, spans_s, rng=rng)
    return (note.start_s, label_s, label_s, style.family, False)


def _lay_out(
    notes: list[PhraseNote], style: VoiceStyle, duration_s: float, rng: Rng
) -> tuple[_Curves, list[NoteRow]]:
    """Write all notes of a phrase into the control curves."""
    curves = _Curves(int(duration_s / STEP_S))
    rows: list[NoteRow] = []
    voice = 0
    for i, note in enumerate(notes):
        at = int(note.start_s / STEP_S)
        if at >= curves.n_steps - 4:
            break
        crossing = note.join == phrase.CROSS and style.family == BOWED
        if note.join == phrase.ATTACK or crossing:
            if style.family == BOWED and (crossing or rng.random() < 0.4):
                voice = 1 - voice
            rows.append(_start_note(curves, voice, note, style, rng))
        else:
            rows.append(_join_note(curves, voice, note, style, notes[i - 1], rng=rng))
        stop = int(note.end_s / STEP_S)
        following = notes[i + 1] if i + 1 < len(notes) else None
        if following is None or following.join == phrase.ATTACK:
            _let_go(curves, voice, min(stop, curves.n_steps - 1), style.release_s)
        elif following.join == phrase.CROSS and style.family == BOWED:
            _let_go(curves, voice, min(stop, curves.n_steps - 1), style.ring_s)
    return curves, rows


def _flutter(n_steps: int, n_harmonics: int, style: VoiceStyle, rng: Rng) -> FloatArray:
    """Slow independent wandering of every harmonic, dB."""
    n_points = max(4, int(n_steps * STEP_S * rng.uniform(6, 30)))
    points = signal.lfilter(
        [0.5], [1, -0.5], rng.normal(0, style.flutter_db, (n_points, n_harmonics)), axis=0
    )
    at = np.linspace(0, n_points - 1.001, n_steps)
    low = at.astype(int)
    mix = (at - low)[:, None]
    return np.asarray(points[low] * (1 - mix) + points[low + 1] * mix, np.float32)


def _string_sound(
    curves: _Curves, voice: int, style: VoiceStyle, n_samples: int, rng: Rng
) -> FloatArray:
    """Render one string from its curves."""
    n_steps, n_harmonics = curves.n_steps, style.n_harmonics
    pitch = np.nan_to_num(curves.pitch[voice], nan=60.0)
    drift = np.interp(np.linspace(0, 40, n_steps), np.arange(41), rng.normal(0, 0.03, 41))
    wobble_hz = style.vibrato_hz * np.exp(
        np.interp(np.linspace(0, 30, n_steps), np.arange(31), rng.normal(0, 0.06, 31))
    )
    vibrato = curves.vibrato[voice] * np.sin(2 * np.pi * np.cumsum(wobble_hz) * STEP_S)
    rough = signal.lfilter([0.4], [1, -0.6], rng.standard_normal(n_steps)) * curves.rough[voice]
    f0_hz = 440 * 2 ** ((pitch + drift + vibrato + rough - 69) / 12)
    harmonic = np.arange(1, n_harmonics + 1)
    freq_hz = f0_hz[:, None] * harmonic
    gain_db = np.interp(np.log(freq_hz), np.log(style.body_hz), style.body_db).astype(np.float32)
    gain_db += _flutter(n_steps, n_harmonics, style, rng)
    n_colours = int(curves.colour[voice].max()) + 1
    gain_db += rng.normal(0, 1.2, (n_colours, n_harmonics)).astype(np.float32)[curves.colour[voice]]
    gain_db[:, 1::2] += style.even_db
    level = curves.level[voice]
    tilt = style.tilt + curves.dark[voice] - 0.25 * np.log10(level + 0.05)
    gain_db -= 20 * tilt[:, None] * np.log10(harmonic)
    amplitude = level[:, None] * 10 ** (gain_db / 20) * (freq_hz < 15_000)
    phase_step = np.repeat(2 * np.pi * f0_hz / RATE_HZ, STEP)[:n_samples]
    out = np.zeros(n_samples)
    phase = np.cumsum(phase_step)
    _sum_harmonics(phase, np.ascontiguousarray(amplitude), out[: phase.size])
    return out.astype(np.float32)


def play_sustained(
    notes: list[PhraseNote], style: VoiceStyle, duration_s: float, rng: Rng
) -> tuple[FloatArray, NoteArray]:
    """Render a phrase dry: (n_samples,) and its NOTE_TRUTH."""
    curves, rows = _lay_out(notes, style, duration_s, rng)
    n_samples = curves.n_steps * STEP
    out = np.zeros(n_samples, np.float32)
    for voice in range(N_VOICES if style.family == BOWED else 1):
        out += _string_sound(curves, voice, style, n_samples, rng)
    rms = np.sqrt(np.mean(out[np.abs(out) > 1e-4] ** 2)) if np.any(np.abs(out) > 1e-4) else 1.0
    hiss = curves.level.max(axis=0) * db(style.noise_db) + curves.noise
    noise = rng.standard_normal(n_samples).astype(np.float32) * np.repeat(hiss, STEP)
    centre_hz = rng.uniform(700, 5000)
    freq_hz = np.geomspace(50, 18_000, 24)
    slope = rng.uniform(3, 9) * np.abs(np.log2(freq_hz / centre_hz))
    noise = shaped(
        noise.astype(np.float32), freq_hz.astype(np.float32), (6 - slope).astype(np.float32)
    )
    return out + rms * 2.0 * noise, as_notes(rows)
