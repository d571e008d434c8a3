"""Sounds for testing only, made by other means than the training material."""

from __future__ import annotations

import numpy as np
from scipy import signal

from .room import Rng, coloured_noise, db, reverberated
from .truth import RATE_HZ


def _t(duration_s: float) -> np.ndarray:
    return np.arange(int(duration_s * RATE_HZ)) / RATE_HZ


def claves() -> np.ndarray:
    """Two damped sines."""
    t = _t(0.08)
    return np.exp(-t / 0.012) * np.sin(2 * np.pi * 2480 * t) + 0.3 * np.exp(-t / 0.004) * np.sin(
        2 * np.pi * 5100 * t
    )


def cowbell() -> np.ndarray:
    """Two square waves through a band-pass."""
    t = _t(0.25)
    raw = np.sign(np.sin(2 * np.pi * 540 * t)) + np.sign(np.sin(2 * np.pi * 800 * t))
    sos = signal.butter(2, [400, 2600], "band", fs=RATE_HZ, output="sos")
    return signal.sosfilt(sos, raw) * (0.7 * np.exp(-t / 0.012) + 0.3 * np.exp(-t / 0.09))


def browser_beep(freq_hz: float = 1000.0) -> np.ndarray:
    """The decaying sine of web metronomes."""
    t = _t(0.05)
    return np.sin(2 * np.pi * freq_hz * t) * 10 ** (-3 * t / 0.05)


def square_beep() -> np.ndarray:
    """A short square wave."""
    t = _t(0.03)
    return np.sign(np.sin(2 * np.pi * 880 * t)) * np.hanning(t.size * 2)[t.size :]


def hi_hat() -> np.ndarray:
    """Six square waves, high-passed."""
    t = _t(0.09)
    raw = np.zeros(t.size)
    for freq_hz in (205.3, 304.4, 369.6, 522.7, 540.0, 800.0):
        raw += np.sign(np.sin(2 * np.pi * freq_hz * t))
    sos = signal.butter(4, 7000, "high", fs=RATE_HZ, output="sos")
    return signal.sosfilt(sos, raw) * np.exp(-t / 0.02)


def bell() -> np.ndarray:
    """A frequency-modulated bell."""
    t = _t(0.35)
    return np.exp(-t / 0.09) * np.sin(
        2 * np.pi * 1760 * t + 2.5 * np.exp(-t / 0.05) * np.sin(2 * np.pi * 1760 * 1.41 * t)
    )


def wood_block(freq_hz: float = 1150.0) -> np.ndarray:
    """A sine that glides down, overdriven."""
    t = _t(0.09)
    glide = freq_hz * (1 + 0.25 * np.exp(-t / 0.004))
    tone = np.sin(2 * np.pi * np.cumsum(glide) / RATE_HZ)
    return np.tanh(2.2 * tone * np.exp(-t / 0.015))


def drum_stick(rng: Rng) -> np.ndarray:
    """Pulses through four resonances."""
    pulse = np.zeros(int(0.06 * RATE_HZ))
    pulse[[0, 5, 11]] = [1, -0.8, 0.3]
    out = np.zeros_like(pulse)
    for f, q in ((1830, 18), (2750, 25), (4200, 30), (6900, 22)):
        b, a = signal.iirpeak(f, q, fs=RATE_HZ)
        out += signal.lfilter(b, a, pulse)
    return out


def escapement() -> np.ndarray:
    """The three knocks of a mechanical metronome."""
    out = np.zeros(int(0.06 * RATE_HZ))
    for at, gain in ((0.0, 0.5), (0.006, 1.0), (0.014, 0.4)):
        t = _t(0.03)
        part = np.exp(-t / 0.003) * (
            np.sin(2 * np.pi * 3350 * t) + 0.7 * np.sin(2 * np.pi * 930 * t)
        )
        out[int(at * RATE_HZ) :][: part.size] += gain * part[: out.size - int(at * RATE_HZ)]
    return out


def voice_tick(rng: Rng) -> np.ndarray:
    """A hiss and a vowel, as a counting voice."""
    t = _t(0.12)
    hiss = rng.standard_normal(t.size) * np.exp(-(((t - 0.01) / 0.008) ** 2))
    buzz = signal.sawtooth(2 * np.pi * 210 * t) * np.exp(-(((t - 0.055) / 0.02) ** 2))
    b, a = signal.iirpeak(2300, 4, fs=RATE_HZ)
    return 0.6 * hiss + signal.lfilter(b, a, buzz)


def click_kinds(rng: Rng) -> dict[str, np.ndarray]:
    """Thirteen clicks, each of peak 1."""
    kinds = {
        "claves": claves(),
        "cowbell": cowbell(),
        "beep1000": browser_beep(),
        "beep1500": browser_beep(1500.0),
        "beep440": browser_beep(440.0),
        "square": square_beep(),
        "hihat": hi_hat(),
        "bell": bell(),
        "wood": wood_block(),
        "wood_low": wood_block(620.0),
        "stick": drum_stick(rng),
        "escapement": escapement(),
        "voice": voice_tick(rng),
    }
    return {name: x / np.max(np.abs(x)) for name, x in kinds.items()}


def click_takes(seed: int = 99, is_second: bool = False) -> dict[str, np.ndarray]:
    """30 s of every click in a room, with accents and room noise."""
    rng = np.random.default_rng(seed)
    out = {}
    for i, (name, click) in enumerate((second_kinds if is_second else click_kinds)(rng).items()):
        audio = np.zeros(int(30 * RATE_HZ), np.float32)
        period_s = 60 / rng.uniform(50, 180)
        for k, time_s in enumerate(np.arange(0.4, 29.5, period_s)):
            at = int(time_s * RATE_HZ)
            gain = 1.0 if k % 4 == 0 else 0.6
            audio[at : at + click.size] += gain * click[: audio.size - at].astype(np.float32)
        if i % 3:
            audio = reverberated(
                audio, float(rng.uniform(0.25, 0.9)), float(rng.uniform(2, 10)), rng
            )
        audio *= db(-rng.uniform(6, 40)) / np.max(np.abs(audio))
        out[name] = audio + db(-rng.uniform(58, 75)) * coloured_noise(
            audio.size, rng.uniform(1, 6), rng
        )
    return out


def second_kinds(rng: Rng) -> dict[str, np.ndarray]:
    """A second dozen, kept for the last measurement only."""
    t = _t(0.06)
    ramp = np.minimum(1, np.minimum(t, t[-1] - t) / 0.005)
    burst = rng.standard_normal(int(0.2 * RATE_HZ))
    s = _t(0.2)

    def band(low_hz: float, high_hz: float, x: np.ndarray) -> np.ndarray:
        return signal.sosfilt(
            signal.butter(2, [low_hz, high_hz], "band", fs=RATE_HZ, output="sos"), x
        )

    def modes(*parts: tuple[float, float, float]) -> np.ndarray:
        return sum(
            (g * np.exp(-s / tau) * np.sin(2 * np.pi * f * s) for f, tau, g in parts),
            np.zeros(s.size),
        )

    clap = sum(np.exp(-np.maximum(s - d, 0) / 0.006) * (s >= d) for d in (0.0, 0.011, 0.023))
    castanet = modes((2300, 0.006, 1.0), (3900, 0.004, 0.6))
    kinds = {
        "watch": np.sign(np.sin(2 * np.pi * 2048 * t)) * (t < 0.03),
        "castanet": castanet + 0.7 * np.roll(castanet, int(0.028 * RATE_HZ)),
        "rimshot": modes((1720, 0.012, 1.0), (430, 0.008, 0.8)) + 0.5 * burst * np.exp(-s / 0.004),
        "clap": band(900, 3500, burst * clap),
        "sidestick": band(500, 9000, burst * np.exp(-s / 0.003)) + modes((950, 0.01, 0.8)),
        "agogo": modes((905, 0.05, 1.0), (1355, 0.03, 0.7), (2710, 0.015, 0.3)),
        "glass": modes((3210, 0.12, 1.0), (7350, 0.05, 0.4)),
        "switch": band(
            1500, 14_000, burst * (np.exp(-s / 0.0015) + 0.5 * np.exp(-(((s - 0.05) / 0.001) ** 2)))
        ),
        "shaker": band(4000, 12_000, burst * (s / 0.02) * np.exp(1 - s / 0.02)),
        "pip": np.sin(2 * np.pi * 1600 * t) * ramp,
        "dial": (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t)) * ramp,
        "wittner": modes((1210, 0.007, 1.0), (2930, 0.004, 0.8), (410, 0.012, 0.5)),
    }
    return {name: x / np.max(np.abs(x)) for name, x in kinds.items()}


def room_takes(seed: int = 98) -> dict[str, np.ndarray]:
    """Fan, street, hiss, hum: 30 s each."""
    rng = np.random.default_rng(seed)
    n = int(30 * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    fan = coloured_noise(n, 4, rng) * (1 + 0.2 * np.sin(2 * np.pi * 23 * t)) + 0.4 * np.sin(
        2 * np.pi * 117 * t
    )
    street = coloured_noise(n, 6, rng)
    for at_s in rng.uniform(2, 28, 5):
        street = street * 1.0 + 2.0 * np.exp(-0.5 * ((t - at_s) / 1.5) ** 2) * coloured_noise(
            n, 5, rng
        )
    hum = sum(np.sin(2 * np.pi * 50 * k * t) / k for k in (1, 2, 3, 5)) + 0.2 * coloured_noise(
        n, 3, rng
    )
    rain = coloured_noise(n, 0, rng) * (1 + 0.5 * coloured_noise(n, 6, rng))
    noises: dict[str, np.ndarray] = {"fan": fan, "street": street, "hum": hum, "rain": rain}
    return {
        k: (v * db(-rng.uniform(30, 60)) / np.sqrt(np.mean(v**2))).astype(np.float32)
        for k, v in noises.items()
    }
