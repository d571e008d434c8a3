"""Metronome clicks: a family wide enough that a click never heard before still sounds like one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import signal

from .room import Rng, db
from .struck import rise_times
from .truth import CLICK, RATE_HZ, TICK, FloatArray, NoteRow, TimeArray, note_truth

TICK_S, CLICK_S = 0.004, 0.008  # until four fifths of it were heard
TICK_SHARE, CLICK_SHARE = 0.2, 0.35  # of it within half a semitone of its strongest partial


def _times(duration_s: float) -> FloatArray:
    n_samples = max(8, int(duration_s * RATE_HZ))
    return np.asarray(np.arange(n_samples, dtype=np.float32) / RATE_HZ, np.float32)


def _modal(rng: Rng) -> FloatArray:
    """Wood, claves, cowbell, bell: a few damped modes."""
    longest_s = rng.choice([0.05, 0.05, 0.12])  # bells ring
    time_s = _times(rng.uniform(0.02, 4 * longest_s))
    base_hz = np.exp(rng.uniform(np.log(400), np.log(5000)))
    out = np.zeros_like(time_s)
    for k in range(int(rng.integers(1, 7))):
        ratio = 1.0 if k == 0 else rng.uniform(0.5, 4.5)
        tau_s = np.exp(rng.uniform(np.log(0.002), np.log(longest_s)))
        mode = np.sin(2 * np.pi * base_hz * ratio * time_s + rng.uniform(0, 6.28))
        out += (rng.uniform(0.1, 1.0) * np.exp(-time_s / tau_s) * mode).astype(np.float32)
    return out


def _beep(rng: Rng) -> FloatArray:
    """A gated electronic tone: sine, square, triangle or FM; flat or decaying."""
    time_s = _times(rng.uniform(0.008, 0.12))
    freq_hz = np.exp(rng.uniform(np.log(380), np.log(4500)))
    sweep = rng.choice([0.0, rng.uniform(-0.7, 1.5)])
    phase = 2 * np.pi * freq_hz * (time_s + sweep * time_s**2 / (2 * time_s[-1]))
    kind = rng.integers(0, 4)
    tone = np.sin(phase)
    if kind == 1:
        tone = np.tanh(6 * tone)
    elif kind == 2:
        tone = (2 / np.pi) * np.arcsin(tone)
    elif kind == 3:
        index = rng.uniform(0.5, 5) * np.exp(-time_s / 0.02)
        tone = np.sin(phase + index * np.sin(phase * rng.uniform(0.4, 3.7)))
    decay = np.exp(-time_s / rng.uniform(0.005, 0.08)) if rng.random() < 0.6 else 1.0
    fade = np.minimum(1.0, (time_s[-1] - time_s) / rng.uniform(0.0005, 0.008))
    return np.asarray(tone * decay * fade, np.float32)


def _pair(rng: Rng) -> FloatArray:
    """Two or three unrelated oscillators through a band-pass, dying in two stages."""
    time_s = _times(rng.uniform(0.03, 0.3))
    out = np.zeros_like(time_s)
    for _ in range(int(rng.integers(2, 4))):
        tone = np.sin(2 * np.pi * np.exp(rng.uniform(np.log(350), np.log(4000))) * time_s)
        out += (np.tanh(rng.choice([0.5, 8.0]) * tone)).astype(np.float32)
    low_hz = np.exp(rng.uniform(np.log(250), np.log(2000)))
    sos = signal.butter(2, [low_hz, low_hz * rng.uniform(2, 8)], "band", fs=RATE_HZ, output="sos")
    quick, slow = rng.uniform(0.003, 0.02), rng.uniform(0.02, 0.1)
    share = rng.uniform(0, 0.6)
    decay = (1 - share) * np.exp(-time_s / quick) + share * np.exp(-time_s / slow)
    return np.asarray(signal.sosfilt(sos, out) * decay, np.float32)


def _noise(rng: Rng) -> FloatArray:
    """Hi-hat, tick, key, mechanical escapement: a filtered burst."""
    time_s = _times(rng.uniform(0.008, 0.15))
    burst = rng.standard_normal(time_s.size) * np.exp(-time_s / rng.uniform(0.001, 0.03))
    low_hz = np.exp(rng.uniform(np.log(300), np.log(6000)))
    high_hz = min(low_hz * rng.uniform(1.3, 8), 20_000)
    sos = signal.butter(2, [low_hz, high_hz], "band", fs=RATE_HZ, output="sos")
    return np.asarray(signal.sosfilt(sos, burst), np.float32)


def random_click(rng: Rng) -> FloatArray:
    """One click of peak 1, at most half a second long."""
    makers = (_modal, _beep, _noise, _pair)
    click = makers[int(rng.integers(0, 4))](rng)
    if rng.random() < 0.3:
        other = makers[int(rng.integers(0, 4))](rng)
        n_samples = max(click.size, other.size)
        click = np.pad(click, (0, n_samples - click.size))
        click[: other.size] += rng.uniform(0.1, 0.8) * other
    attack = int(rng.choice([1, int(rng.integers(1, 60)), int(rng.integers(40, 200))]))
    click[: min(attack, click.size)] *= np.linspace(0, 1, min(attack, click.size))
    if rng.random() < 0.15:
        double = np.zeros(click.size + int(rng.uniform(0.004, 0.03) * RATE_HZ), np.float32)
        double[: click.size] = click
        double[-click.size :] += rng.uniform(0.2, 1) * click
        click = double
    return np.asarray(click / (np.max(np.abs(click)) + 1e-9), np.float32)


def recorded_click(recordings: list[FloatArray], rng: Rng) -> FloatArray:
    """A recorded percussion sound at another speed, cut shorter, peak 1."""
    click = recordings[int(rng.integers(len(recordings)))]
    click = signal.resample(click, max(64, int(click.size * 2 ** rng.uniform(-0.8, 0.8))))
    tau_s = rng.choice([rng.uniform(0.01, 0.1), rng.uniform(0.1, 0.5)])
    click = click * np.exp(-np.arange(click.size) / (tau_s * RATE_HZ))
    return np.asarray(click / (np.max(np.abs(click)) + 1e-9), np.float32)


def _ringing(rng: Rng) -> FloatArray:
    """Cowbell, agogo, bell, glass: few modes that ring on at a pitch of their own."""
    time_s = _times(rng.uniform(0.12, 0.5))
    base_hz = np.exp(rng.uniform(np.log(350), np.log(4500)))
    longest_s = np.exp(rng.uniform(np.log(0.02), np.log(0.25)))
    out = np.zeros_like(time_s)
    for k in range(int(rng.integers(1, 6))):
        ratio = 1.0 if k == 0 else float(rng.choice([1.35, 1.48, 1.5, 2.0, 2.76, 3.0, 5.4]))
        ratio *= rng.uniform(0.97, 1.03) if k else 1.0
        tau_s = longest_s * (1.0 if k == 0 else rng.uniform(0.2, 0.9))
        mode = np.sin(2 * np.pi * base_hz * ratio * time_s)
        out += (rng.uniform(0.3, 1.0) / (k + 1) ** 0.5 * np.exp(-time_s / tau_s) * mode).astype(
            np.float32
        )
    burst = rng.standard_normal(time_s.size) * np.exp(-time_s / rng.uniform(0.001, 0.006))
    return np.asarray(out + rng.uniform(0, 0.6) * burst, np.float32)


def ringing_click(rng: Rng) -> FloatArray:
    """One such click of peak 1."""
    click = _ringing(rng)
    return np.asarray(click / (np.max(np.abs(click)) + 1e-9), np.float32)


def _wave(phase: FloatArray, kind: int) -> FloatArray:
    """Sine, square, triangle, saw or a pulse train of unit amplitude."""
    turn = (phase / (2 * np.pi)) % 1.0
    waves = (
        np.sin(phase),
        np.sign(np.sin(phase)),
        4 * np.abs(turn - 0.5) - 1,
        2 * turn - 1,
        np.where(turn < 0.2, 1.0, -0.25),
    )
    return np.asarray(waves[kind], np.float32)


def tonal_click(rng: Rng) -> FloatArray:
    """An app's beep: one or two waves for 15 to 150 ms, gated or dying away; peak 1."""
    time_s = _times(np.exp(rng.uniform(np.log(0.015), np.log(0.15))) + 0.01)
    kind = int(rng.choice(5, p=[0.3, 0.3, 0.15, 0.15, 0.1]))
    freq_hz = np.exp(rng.uniform(np.log(350), np.log(4000)))
    out: np.ndarray = _wave(2 * np.pi * freq_hz * time_s, kind)
    if rng.random() < 0.35:
        other_hz = freq_hz * rng.choice([1.25, 1.335, 1.48, 1.5, 1.56, 2.0])
        out = out + rng.uniform(0.3, 1.0) * _wave(2 * np.pi * other_hz * time_s, kind)
    if rng.random() < 0.5:
        low_hz = freq_hz * rng.uniform(0.5, 1.0)
        high_hz = min(low_hz * rng.uniform(2, 10), 19_000)
        out = signal.sosfilt(
            signal.butter(1, [low_hz, high_hz], "band", fs=RATE_HZ, output="sos"), out
        )
    if rng.random() < 0.6:
        out = out * np.exp(-time_s / (time_s[-1] * rng.uniform(0.15, 1.0)))
    rise_s = np.exp(rng.uniform(np.log(0.0002), np.log(0.01)))
    fall_s = np.exp(rng.uniform(np.log(0.0005), np.log(0.03)))
    out = out * np.minimum(1, time_s / rise_s) * np.minimum(1, (time_s[-1] - time_s) / fall_s)
    return np.asarray(out / (np.max(np.abs(out)) + 1e-9), np.float32)


def truth_of(click: FloatArray) -> tuple[int, bool]:
    """CLICK where it rings at a pitch, as a short high note does, else TICK; and whether surely."""
    energy = np.cumsum(click.astype(np.float64) ** 2)
    rings_s = float(np.searchsorted(energy, 0.8 * energy[-1])) / RATE_HZ
    spectrum = np.abs(np.fft.rfft(click * np.hanning(2 * click.size)[click.size :], 16_384)) ** 2
    at, peak = np.arange(spectrum.size), int(np.argmax(spectrum))
    share = spectrum[np.abs(at - peak) <= max(12, 0.03 * peak)].sum() / (spectrum.sum() + 1e-20)
    is_click = bool(rings_s > CLICK_S and share > CLICK_SHARE)
    return (CLICK if is_click else TICK), is_click or bool(rings_s < TICK_S or share < TICK_SHARE)


def click_track(
    n_samples: int,
    clicks_s: TimeArray,
    rng: Rng,
    recordings: list[FloatArray],
    make: Callable[[Rng], FloatArray] = random_click,
) -> tuple[FloatArray, list[NoteRow]]:
    """Clicks at the given times with one random accent, peak 1, and when each is heard."""

    def one() -> FloatArray:
        if recordings and rng.random() < 0.4:
            return recorded_click(recordings, rng)
        return make(rng)

    strong = one()
    weak = strong if rng.random() < 0.5 else one()
    if rng.random() < 0.4:
        weak = np.asarray(
            signal.resample(strong, int(strong.size * rng.uniform(1.0, 1.6))), np.float32
        )
    weak_gain = db(-rng.uniform(0, 9))
    per_bar = int(rng.integers(1, 7))
    track = np.zeros(n_samples, np.float32)
    rises = {id(click): rise_times(click) for click in (strong, weak)}
    truth = {id(click): truth_of(click) for click in (strong, weak)}
    rows: list[NoteRow] = []
    for i, time_s in enumerate(clicks_s):
        is_strong = i % per_bar == 0
        click = strong if is_strong else weak * weak_gain
        at = int(time_s * RATE_HZ)
        n_fit = min(click.size, n_samples - at)
        if n_fit > 0:
            track[at : at + n_fit] += click[:n_fit]
            which = id(strong if is_strong else weak)
            t40_s, t20_s = rises[which]
            rows.append(note_truth(time_s + t40_s, time_s + t20_s, *truth[which]))
    return track, rows
