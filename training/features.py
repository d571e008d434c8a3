"""The exact definition of what the detector's network hears.

Every hop the last samples are analysed three times: a long asymmetric window in quarter tones
(slow rise, fast fall, so that the newest sound counts soon; after the low-delay windows of
Mauler & Martin 2007), a short window in sixths of an octave, and a low window on the
signal decimated by 8 that resolves the harmonics of low strings. Band levels are
log10(1 + 1000 m) of area-normalised triangular bands, differences follow SuperFlux and
LogFiltSpecFlux (Boeck & Widmer 2013; Boeck, Krebs & Schedl 2012). A running-peak gain control
comes first, so that level does not matter.

The streaming kernel must give the same numbers for every block size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy import fft

FloatArray = np.ndarray


@dataclass(frozen=True, slots=True)
class FeatureConfig:
    """Windows in samples at 44.1 and 48 kHz; twice that at 88.2 and 96 kHz."""

    hop_s: float = 256 / 44_100
    n_long: int = 2048
    n_long_fall: int = 256
    n_short: int = 512
    decimation: int = 8
    n_fir: int = 96
    n_low: int = 512
    n_low_fall: int = 64
    # from and to in Hz, bands an octave, least step in Hz
    long_bands: tuple[float, float, int, float] = (50.0, 14_000.0, 24, 21.53)
    short_bands: tuple[float, float, int, float] = (150.0, 15_000.0, 6, 86.13)
    low_bands: tuple[float, float, int, float] = (80.0, 1_600.0, 24, 10.77)
    gain_target: float = 0.2
    gain_floor: float = 1e-3  # peaks below this are not lifted further (-60 dBFS)
    gain_release_db_per_s: float = 0.5
    log_scale: float = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything about one rate that does not change with the sound."""

    rate_hz: int
    scale: int  # 1, or 2 at the doubled rates
    hop: int
    long_window: FloatArray
    short_window: FloatArray
    low_window: FloatArray
    fir: FloatArray
    long_bank: FloatArray  # (bands, bins)
    short_bank: FloatArray
    low_bank: FloatArray
    gain_keep: float  # peak decay a sample


def asymmetric_window(n_samples: int, n_fall: int) -> FloatArray:
    """sin^2 rise then cos^2 fall, scaled so that a full-scale sine has magnitude 1."""
    n_rise = n_samples - n_fall
    rise = np.sin(0.5 * np.pi * (np.arange(n_rise) + 0.5) / n_rise) ** 2
    fall = np.cos(0.5 * np.pi * (np.arange(n_fall) + 0.5) / n_fall) ** 2
    window = np.concatenate([rise, fall])
    return (2 * window / window.sum()).astype(np.float32)


def band_centres_hz(bands: tuple[float, float, int, float]) -> FloatArray:
    """Centres a step apart that is a part of an octave, but never less than the least step."""
    low_hz, high_hz, per_octave, least_step_hz = bands
    centres = [low_hz]
    while centres[-1] < high_hz:
        centres.append(centres[-1] + max(least_step_hz, centres[-1] * (2 ** (1 / per_octave) - 1)))
    return np.array(centres[:-1])


def triangular_bank(
    n_fft: int, rate_hz: float, bands: tuple[float, float, int, float]
) -> FloatArray:
    """(n_bands, n_fft // 2 + 1) triangles between neighbours, each row of sum 1, never empty."""
    centre_hz = band_centres_hz(bands)
    bin_hz = rate_hz / n_fft
    freq_hz = np.arange(n_fft // 2 + 1) * bin_hz
    step_hz = np.diff(centre_hz)
    below = np.maximum(np.append(step_hz[0], step_hz), bin_hz)[:, None]
    above = np.maximum(np.append(step_hz, step_hz[-1]), bin_hz)[:, None]
    offset = freq_hz[None, :] - centre_hz[:, None]
    weight = np.maximum(0, 1 - np.where(offset < 0, -offset / below, offset / above))
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


def lowpass(n_taps: int, decimation: int) -> FloatArray:
    """Windowed-sinc low-pass at 0.8 of the decimated Nyquist frequency."""
    time = np.arange(n_taps) - (n_taps - 1) / 2
    cutoff = 0.8 / decimation
    taps = cutoff * np.sinc(cutoff * time) * np.hamming(n_taps)
    return (taps / taps.sum()).astype(np.float32)


def make_analysis(rate_hz: int, config: FeatureConfig = FeatureConfig()) -> Analysis:
    """Windows and banks of one rate, 44.1 to 96 kHz."""
    scale = 2 if rate_hz > 64_000 else 1
    low_rate_hz = rate_hz / (config.decimation * scale)
    return Analysis(
        rate_hz,
        scale,
        round(config.hop_s * rate_hz),
        asymmetric_window(config.n_long * scale, config.n_long_fall * scale),
        asymmetric_window(config.n_short * scale, config.n_short * scale // 2),
        asymmetric_window(config.n_low, config.n_low_fall),
        lowpass(config.n_fir * scale, config.decimation * scale),
        triangular_bank(config.n_long * scale, rate_hz, config.long_bands),
        triangular_bank(config.n_short * scale, rate_hz, config.short_bands),
        triangular_bank(config.n_low, low_rate_hz, config.low_bands),
        float(10 ** (-config.gain_release_db_per_s / 20 / rate_hz)),
    )


@numba.njit(cache=True)
def _gain_controlled(audio, keep, floor, target, out):  # type: ignore[no-untyped-def]
    peak = floor
    for n in range(audio.size):
        value = audio[n] if abs(audio[n]) <= 8.0 else np.float32(0.0)  # NaN and absurd samples
        peak = max(abs(value), peak * keep, floor)
        x = value * (target / peak)
        out[n] = x if abs(x) >= 1e-12 else 0.0  # no denormals


def gain_controlled(
    audio: FloatArray, analysis: Analysis, config: FeatureConfig = FeatureConfig()
) -> FloatArray:
    """Running-peak gain: instant attack, slow release; (n_samples,) float32."""
    out = np.empty(audio.size, np.float32)
    _gain_controlled(
        audio.astype(np.float32), analysis.gain_keep, config.gain_floor, config.gain_target, out
    )
    return out


def _levels(
    signal: FloatArray, ends: FloatArray, window: FloatArray, bank: FloatArray, log_scale: float
) -> FloatArray:
    """Band levels of windows that end before the given samples."""
    padded = np.concatenate([np.zeros(window.size, np.float32), signal])
    views = np.lib.stride_tricks.sliding_window_view(padded, window.size)
    out = np.empty((ends.size, bank.shape[0]), np.float32)
    for start in range(0, ends.size, 1024):
        frames = views[ends[start : start + 1024]] * window
        magnitude = np.abs(fft.rfft(frames, axis=1))
        out[start : start + 1024] = np.log10(1 + log_scale * (magnitude @ bank.T))
    return out


def band_levels(
    audio: FloatArray, analysis: Analysis, config: FeatureConfig = FeatureConfig()
) -> FloatArray:
    """(n_frames, n_bands) levels, long then short then low; frame t ends before (t + 1) hops."""
    controlled = gain_controlled(audio, analysis, config)
    n_frames = audio.size // analysis.hop
    ends = (np.arange(n_frames) + 1) * analysis.hop
    decimation = config.decimation * analysis.scale
    filtered = np.convolve(controlled, analysis.fir)[: controlled.size]
    low = filtered[decimation - 1 :: decimation].astype(np.float32)
    return np.concatenate(
        [
            _levels(controlled, ends, analysis.long_window, analysis.long_bank, config.log_scale),
            _levels(controlled, ends, analysis.short_window, analysis.short_bank, config.log_scale),
            _levels(
                low, ends // decimation, analysis.low_window, analysis.low_bank, config.log_scale
            ),
        ],
        axis=1,
    )
