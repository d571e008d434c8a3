"""Input features of the onset network: windows, bands and gain at one sample rate.

Every hop the newest samples are analysed three times: under a long asymmetric window in
quarter tones (slow rise, fast fall, so that the newest sound counts soon; after the
low-delay windows of Mauler and Martin, "A low delay, variable resolution, perfect
reconstruction spectral analysis-synthesis system for speech enhancement", EUSIPCO 2007),
under a short window in sixths of an octave, and under a low window on the decimated
signal, which resolves the harmonics of low strings. Differences of log levels follow
Böck, Krebs and Schedl, "Evaluating the online capabilities of onset detection methods",
ISMIR 2012, and Böck and Widmer, "Maximum filter vibrato suppression for onset
detection", DAFx 2013.

This file says what; the kernels do it sample by sample. Training imports both from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import WORKING_RATES_HZ
from practiceear.onset.loudness_kernels import LOUDNESS_SETTINGS

Float32Array = npt.NDArray[np.float32]

DC_CORNER_HZ = 20.0
"""Corner of the high-pass: below every note, above rumble and offset."""

PEAK_HOLD_S = 0.4
"""The running peak is held so long, so that the ring of a tap stays below it."""

PEAK_FALL_DB_PER_S = 40.0
"""How fast the running peak falls then: a knock 35 dB above the notes is forgotten in a
second."""

LASTING_S = 0.07
"""What stays up for so long is playing; a knock has mostly died away. Chosen by ear."""

LASTING_CREST_DB = 15.0
"""What lasts counts as so much above its softest RMS within `LASTING_S`, up to its peak."""

PLAYING_RISE_DB_PER_S = 4.0
"""How fast the playing level comes up to peaks that do not last, as of taps. Against the
fall it confirms where a ninth of the time is louder; one knock adds a few decibels."""

PLAYING_FALL_DB_PER_S = 0.5
"""How fast the playing level falls: a diminuendo of 30 dB in a minute."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Triangular bands from ``lowest_hz`` to ``highest_hz``.

    Neighbours are one part in ``per_octave`` of an octave apart, never less than
    ``least_step_hz``.
    """

    lowest_hz: float
    highest_hz: float
    per_octave: int
    least_step_hz: float


@dataclass(frozen=True, slots=True)
class FeatureConfig:
    """Window lengths in samples at 44.1 and 48 kHz; twice that at 88.2 and 96 kHz.

    The low window counts decimated samples. ``gain_floor`` is an amplitude: playing below
    -60 dBFS is not lifted further.
    """

    hop_s: float = 256 / 44_100
    n_long: int = 2048
    n_long_fall: int = 256
    n_short: int = 512
    n_short_fall: int = 256
    decimation: int = 8
    n_fir: int = 96
    n_low: int = 512
    n_low_fall: int = 64
    long_bands: Bands = Bands(50.0, 14_000.0, 24, 21.53)
    short_bands: Bands = Bands(150.0, 15_000.0, 6, 86.13)
    low_bands: Bands = Bands(80.0, 1_600.0, 24, 10.77)
    gain_target: float = 0.2
    gain_floor: float = 1e-3
    log_scale: float = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything about one rate that does not change with the sound.

    Windows are float32 (n,), banks (n_bands, n // 2 + 1) with rows of sum 1, ``loudness``
    one record of `LOUDNESS_SETTINGS`.
    """

    rate_hz: int
    hop: int
    decimation: int
    long_window: Float32Array
    short_window: Float32Array
    low_window: Float32Array
    fir: Float32Array
    long_bank: Float32Array
    short_bank: Float32Array
    low_bank: Float32Array
    loudness: npt.NDArray[np.void]


def asymmetric_window(n_samples: int, n_fall: int) -> Float32Array:
    """Squared-sine rise then squared-cosine fall; a full-scale sine has magnitude 1."""
    n_rise = n_samples - n_fall
    rise = np.sin(0.5 * np.pi * (np.arange(n_rise) + 0.5) / n_rise) ** 2
    fall = np.cos(0.5 * np.pi * (np.arange(n_fall) + 0.5) / n_fall) ** 2
    window = np.concatenate([rise, fall])
    scaled: Float32Array = (2 * window / window.sum()).astype(np.float32)
    return scaled


def band_centres_hz(bands: Bands) -> npt.NDArray[np.float64]:
    """Centres of all bands, ascending."""
    ratio = 2 ** (1 / bands.per_octave) - 1
    centres = [bands.lowest_hz]
    while centres[-1] < bands.highest_hz:
        centres.append(centres[-1] + max(bands.least_step_hz, centres[-1] * ratio))
    return np.array(centres[:-1])


def triangular_bank(n_fft: int, rate_hz: float, bands: Bands) -> Float32Array:
    """Weights (n_bands, n_fft // 2 + 1): triangles between neighbours, of sum 1, never empty."""
    centre_hz = band_centres_hz(bands)
    bin_hz = rate_hz / n_fft
    freq_hz = np.arange(n_fft // 2 + 1) * bin_hz
    step_hz = np.diff(centre_hz)
    below = np.maximum(np.append(step_hz[0], step_hz), bin_hz)[:, None]
    above = np.maximum(np.append(step_hz, step_hz[-1]), bin_hz)[:, None]
    offset = freq_hz[None, :] - centre_hz[:, None]
    weight = np.maximum(0, 1 - np.where(offset < 0, -offset / below, offset / above))
    bank: Float32Array = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    return bank


def lowpass(n_taps: int, decimation: int) -> Float32Array:
    """Windowed-sinc low-pass (n_taps,) at 0.8 of the decimated Nyquist frequency."""
    time = np.arange(n_taps) - (n_taps - 1) / 2
    cutoff = 0.8 / decimation
    taps = cutoff * np.sinc(cutoff * time) * np.hamming(n_taps)
    scaled: Float32Array = (taps / taps.sum()).astype(np.float32)
    return scaled


def loudness_settings(rate_hz: int, hop: int, config: FeatureConfig) -> npt.NDArray[np.void]:
    """One record of `LOUDNESS_SETTINGS`, shape (1,)."""
    frame_s = hop / rate_hz
    settings = np.zeros(1, np.dtype(LOUDNESS_SETTINGS, align=True))
    record = settings[0]
    record["hop"] = hop
    record["dc_pole"] = math.exp(-2.0 * math.pi * DC_CORNER_HZ / rate_hz)
    record["hold_samples"] = round(PEAK_HOLD_S * rate_hz)
    record["peak_fall"] = 10.0 ** (-PEAK_FALL_DB_PER_S / 20.0 / rate_hz)
    record["lasting_frames"] = max(1, round(LASTING_S / frame_s))
    record["lasting_crest"] = 10.0 ** (LASTING_CREST_DB / 20.0)
    record["playing_rise"] = 10.0 ** (PLAYING_RISE_DB_PER_S / 20.0 * frame_s)
    record["playing_fall"] = 10.0 ** (-PLAYING_FALL_DB_PER_S / 20.0 * frame_s)
    record["gain_floor"], record["gain_target"] = config.gain_floor, config.gain_target
    return settings


def make_analysis(rate_hz: int, config: FeatureConfig = FeatureConfig()) -> Analysis:
    """Windows, banks and settings of a working rate; ValueError for any other rate."""
    if rate_hz not in WORKING_RATES_HZ:
        raise ValueError(f"{rate_hz} Hz is not one of {sorted(WORKING_RATES_HZ)}")
    scale = 2 if rate_hz > 64_000 else 1
    decimation, hop = config.decimation * scale, round(config.hop_s * rate_hz)
    return Analysis(
        rate_hz,
        hop,
        decimation,
        asymmetric_window(config.n_long * scale, config.n_long_fall * scale),
        asymmetric_window(config.n_short * scale, config.n_short_fall * scale),
        asymmetric_window(config.n_low, config.n_low_fall),
        lowpass(config.n_fir * scale, decimation),
        triangular_bank(config.n_long * scale, rate_hz, config.long_bands),
        triangular_bank(config.n_short * scale, rate_hz, config.short_bands),
        triangular_bank(config.n_low, rate_hz / decimation, config.low_bands),
        loudness_settings(rate_hz, hop, config),
    )
