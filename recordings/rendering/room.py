"""The room, the microphone, the noise and the metronome beside the player.

Every filter is causal and every impulse response starts with the direct sound at sample 0,
so nothing here can move an onset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter

from .source_note import Samples

DIRECT_GAINS = (1.0, 0.8)  # of the left and right channel
Channels = NDArray[np.float64]  # (n_samples, n_channels)


@dataclass(frozen=True, slots=True)
class Room:
    """A room and the microphone in it.

    `rt60_s` is the reverberation time, `drr_db` the direct-to-reverberant energy ratio (None:
    no room at all), `noise_dbfs` the RMS of the room's noise, `hum_dbfs` that of mains hum.
    """

    rt60_s: float = 0.3
    drr_db: float | None = None
    noise_dbfs: float = -80.0
    hum_dbfs: float | None = None
    mic_highpass_hz: float = 40.0
    mic_lowpass_hz: float = 9000.0


@dataclass(frozen=True, slots=True)
class Bleed:
    """Metronome clicks that the microphone hears: their kind and level re the notes."""

    kind: str
    level_db: float
    n_count_in_beats: int


def impulse_response(
    room: Room, samplerate_hz: int, n_channels: int, rng: np.random.Generator
) -> Channels:
    """Return (n, n_channels): the direct sound, a dozen early reflections, a dying tail."""
    response = np.zeros((max(1, round(1.1 * room.rt60_s * samplerate_hz)), n_channels))
    if room.drr_db is not None:
        seconds = np.arange(len(response)) / samplerate_hz
        for channel in range(n_channels):
            tail = rng.normal(size=len(response)) * 10 ** (-3 * seconds / room.rt60_s)
            tail[: round(0.012 * samplerate_hz)] = 0.0
            # High notes die first: more of the tail is dull the later it is.
            dull = lfilter(*butter(1, 2200.0, fs=samplerate_hz), tail)
            tail = dull + (tail - dull) * np.exp(-seconds / (0.25 * room.rt60_s))
            tail *= 1.0 / np.sqrt(np.sum(tail**2))
            early = np.zeros(len(response))
            for delay_s in rng.uniform(0.002, 0.035, 12):
                early[round(delay_s * samplerate_hz)] += rng.choice((-1, 1)) * 0.012 / delay_s
            early *= 0.7 / np.sqrt(np.sum(early**2))
            reverberant = tail + early
            gain = 10 ** (-room.drr_db / 20) / np.sqrt(np.sum(reverberant**2))
            response[:, channel] = reverberant * gain
    response[0] = DIRECT_GAINS[:n_channels]
    return response


def in_room(dry: Samples, response: Channels) -> Channels:
    """Return the dry sound as the room returns it, as long as the dry sound."""
    wet = [fftconvolve(dry, response[:, c])[: len(dry)] for c in range(response.shape[1])]
    return np.stack(wet, axis=1)


def through_microphone(sound: Channels, room: Room, samplerate_hz: int) -> Channels:
    """Return what a plain microphone makes of it: no deep lows, no highest highs."""
    top_hz = min(room.mic_lowpass_hz, 0.45 * samplerate_hz)
    sound = lfilter(*butter(1, room.mic_highpass_hz, "highpass", fs=samplerate_hz), sound, axis=0)
    return np.asarray(lfilter(*butter(4, top_hz, fs=samplerate_hz), sound, axis=0), np.float64)


def room_noise(
    room: Room, shape: tuple[int, int], samplerate_hz: int, rng: np.random.Generator
) -> Channels:
    """Return the room's noise, `shape` being (n_samples, n_channels).

    It is pink and breathes slowly, with mains hum where there is any.
    It comes through the microphone too; `noise_dbfs` is its level in the file.
    """
    n_samples, n_channels = shape
    noise = np.zeros(shape)
    seconds = np.arange(n_samples) / samplerate_hz
    for channel in range(n_channels):
        white = rng.normal(size=n_samples)
        # A sum of one-pole low-passes an octave apart, each as loud as the next: about pink.
        pink = sum(
            lfilter([p], [1, p - 1], white) * np.sqrt((2 - p) / p)
            for p in 1 - np.exp(-2 * np.pi * 30.0 * 2.0 ** np.arange(9) / samplerate_hz)
        )
        breath = 1 + 0.15 * np.sin(2 * np.pi * 0.13 * seconds + rng.uniform(0, 6.28))
        noise[:, channel] = pink * breath
    noise = through_microphone(noise, room, samplerate_hz)
    noise *= 10 ** (room.noise_dbfs / 20) / np.sqrt(np.mean(noise**2))
    if room.hum_dbfs is not None:
        hum = sum(np.sin(2 * np.pi * 50 * k * seconds) / k**1.5 for k in (1, 2, 3, 5))
        hum *= 10 ** (room.hum_dbfs / 20) / np.sqrt(np.mean(hum**2))
        noise += hum[:, None]
    return noise


def click_track(
    bleed: Bleed, clicks_s: Samples, accented: NDArray[np.bool_], n_samples: int, samplerate_hz: int
) -> Samples:
    """Return the clicks as a small loudspeaker plays them; each starts at its exact sample."""
    track = np.zeros(n_samples)
    for click_s, is_accented in zip(clicks_s, accented, strict=True):
        click = _click(bleed.kind, bool(is_accented), samplerate_hz)
        start = round(click_s * samplerate_hz)
        stop = min(n_samples, start + len(click))
        track[start:stop] += click[: stop - start]
    b, a = butter(2, 300.0, "highpass", fs=samplerate_hz)
    return np.asarray(lfilter(b, a, track), np.float64)


def _click(kind: str, is_accented: bool, samplerate_hz: int) -> Samples:
    seconds = np.arange(round(0.08 * samplerate_hz)) / samplerate_hz
    if kind == "wood":
        low_hz = 1250.0 if is_accented else 950.0
        click = np.cos(2 * np.pi * low_hz * seconds) * np.exp(-seconds / 0.006)
        click += 0.5 * np.cos(2 * np.pi * 2.71 * low_hz * seconds) * np.exp(-seconds / 0.003)
    elif kind == "beep":
        pitch_hz = 1760.0 if is_accented else 1320.0
        click = np.sin(2 * np.pi * pitch_hz * seconds + np.pi / 2)
        click *= np.clip((0.03 - seconds) / 0.004, 0, 1)
    else:
        raise ValueError(f"no click of kind {kind!r}")
    return np.asarray(click * (1.4 if is_accented else 1.0), np.float64)
