"""Slow, obvious twins of the onset kernels: whole takes and matrices instead of rings and FFTs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from practiceear.onset.features import Analysis
from practiceear.onset.records import (
    FINE_BEFORE,
    FINE_REACH,
    FINE_WINDOW,
    N_LONG,
    N_SHORT,
)

Array = npt.NDArray[np.float64]
Settings = Mapping[str, float]


def levelled(samples: Sequence[float], settings: Settings) -> list[float]:
    """High-pass, then every sample over what is louder: the held peak, or the playing."""
    hop, lasting = int(settings["hop"]), int(settings["lasting_frames"])
    floor = settings["gain_floor"]
    clean = [x if math.isfinite(x) and abs(x) <= 8 else 0.0 for x in map(float, samples)]
    passed, last_in, last_out = [], clean[0] if clean else 0.0, 0.0
    for x in clean:
        last_out = x - last_in + settings["dc_pole"] * last_out
        last_in = x
        passed.append(last_out)
    out, peak, playing, n_held = [], floor, floor, 0
    level_dbfs: list[float] = []
    for n, y in enumerate(passed):
        n_held += 1
        if n_held > settings["hold_samples"]:
            peak = max(floor, peak * settings["peak_fall"])
        if abs(y) >= peak:
            peak, n_held = abs(y), 0
        out.append(y * settings["gain_target"] / max(peak, playing))
        if (n + 1) % hop:
            continue
        frame = passed[n + 1 - hop : n + 1]
        level_dbfs.append(10 * math.log10(sum(v * v for v in frame) / hop + 1e-20))
        stays = 0.0
        if len(level_dbfs) >= lasting:
            stays = settings["lasting_crest"] * 10 ** (min(level_dbfs[-lasting:]) / 20)
            stays = min(stays, peak)
        if stays > playing:
            playing = stays
        elif peak > playing:
            playing = min(peak, playing * settings["playing_rise"])
        else:
            playing *= settings["playing_fall"]
        playing = max(playing, floor)
    return out


def band_levels(levelled_samples: Array, analysis: Analysis, log_scale: float) -> Array:
    """(n_frames, n_bands): every window by the definition of Fourier, a triangle for each band."""
    hop, step = analysis.hop, analysis.decimation
    low = np.convolve(levelled_samples, analysis.fir.astype(float))[: len(levelled_samples)]
    low = low[step - 1 :: step]
    n_frames = len(levelled_samples) // hop
    parts = []
    for signal, window, bank, every in (
        (levelled_samples, analysis.long_window, analysis.long_bank, 1),
        (levelled_samples, analysis.short_window, analysis.short_bank, 1),
        (low, analysis.low_window, analysis.low_bank, step),
    ):
        padded = np.concatenate([np.zeros(len(window)), signal])
        ends = [(t + 1) * hop // every for t in range(n_frames)]
        frames = np.array([padded[end : end + len(window)] for end in ends]) * window
        parts.append(np.log10(1 + log_scale * np.abs(np.fft.rfft(frames)) @ bank.T.astype(float)))
    return np.concatenate(parts, axis=1)


def inputs(levels: Array) -> Array:
    """(n_frames, n_inputs): levels, then their rises over several lags; silence comes before."""
    before = np.concatenate([np.zeros((12, levels.shape[1])), levels])

    def ago(lag: int) -> Array:
        return before[12 - lag : len(before) - lag]

    high = N_LONG + N_SHORT
    rows = []
    for t, now in enumerate(levels):
        three = ago(3)[t, :N_LONG]
        widest = [max(three[max(0, b - 1) : b + 2]) for b in range(N_LONG)]
        rows.append(
            [
                *now[:high],
                *(now[:N_LONG] - ago(2)[t, :N_LONG]),
                *(now[N_LONG:high] - ago(1)[t, N_LONG:high]),
                *np.maximum(now[:N_LONG] - widest, 0),
                *(now[high:] - ago(4)[t, high:]),
                *(now[high:] - ago(12)[t, high:]),
            ]
        )
    return np.array(rows)


def probabilities(rows: Array, weights: Mapping[str, Array]) -> Array:
    """(n_frames, n_heads): each layer hears itself now and one and two dilations ago."""
    hidden = np.maximum(rows @ weights["enter_weight"] + weights["enter_bias"], 0)
    n_channels = hidden.shape[1]
    for dilation, weight, bias in zip(
        weights["dilation"], weights["layer_weight"], weights["layer_bias"], strict=True
    ):
        past = np.concatenate([np.zeros((2 * dilation, n_channels)), hidden])
        taps = [past[k * dilation : k * dilation + len(hidden)] for k in range(3)]
        hidden = hidden + np.maximum(np.concatenate(taps, axis=1) @ weight + bias, 0)
    logits = hidden @ weights["leave_weight"] + weights["leave_bias"]
    return np.asarray(1 / (1 + np.exp(-logits)))


def fine_energies(levelled_samples: Array, step: int) -> Array:
    """(2, n_steps): mean squares of the sound, and of its differences, each millisecond."""
    n_steps = len(levelled_samples) // step
    difference = np.diff(levelled_samples, prepend=0.0)
    rows = [x[: n_steps * step].reshape(n_steps, step) for x in (levelled_samples, difference)]
    return np.array([np.mean(row**2, axis=1) for row in rows])


def localised(
    onset_samples: float, energies: Array, step: int, weights: Mapping[str, Array]
) -> float:
    """Mean of the likeliest milliseconds of a sharp attack, NaN where none is likely."""
    centre = math.floor(onset_samples / step + 0.5)
    at = np.clip(centre - FINE_BEFORE + np.arange(FINE_WINDOW), 0, energies.shape[1] - 1)
    log = np.log10(energies[:, at] + 1e-9)
    log = np.maximum(log - log.max(axis=1, keepdims=True), -6) / 2
    hidden = np.maximum(log.reshape(-1) @ weights["fine_weight"] + weights["fine_bias"], 0)
    logits = hidden @ weights["fine_out_weight"] + weights["fine_out_bias"]
    share = np.exp(logits - logits.max())
    share /= share.sum()
    if 1 - share[-1] <= weights["fine_threshold"]:
        return math.nan
    best = int(np.argmax(share[:-1]))
    near = [j for j in range(best - 3, best + 4) if 0 <= j < len(share) - 1]
    mean = sum(share[j] * (j + 0.5) for j in near) / sum(share[j] for j in near)
    return float((centre + mean - FINE_REACH) * step)


def timed(
    onset_samples: float,
    score: float,
    energies: Array,
    probability: Array,
    weights: Mapping[str, Array],
) -> tuple[float, float]:
    """By how many samples of 44.1 kHz an onset is moved, and its error in seconds.

    ``probability`` (n_frames, n_heads) ends with the frame that confirms the onset.
    """
    centre = math.floor(onset_samples / 44 + 0.5)
    at = np.clip(centre - 80 + np.arange(190), 0, energies.shape[1] - 1)
    log = np.log10(energies[:, at] + 1e-9)
    log = np.maximum(log - log.max(axis=1, keepdims=True), -6) / 2
    heard = [probability[-44:-8, head] for head in range(3)] + [probability[-24:, 3]]
    place = [onset_samples / 256 % 1, math.log(score)]
    inputs = np.concatenate([*heard, log.reshape(2, 95, 2).mean(axis=2).reshape(-1), place])
    hidden = np.maximum(inputs @ weights["timer_weight"] + weights["timer_bias"], 0)
    inner = np.maximum(hidden @ weights["timer_inner_weight"] + weights["timer_inner_bias"], 0)
    shift, log_spread = inner @ weights["timer_out_weight"] + weights["timer_out_bias"]
    moved = np.clip(0.005 * shift, -0.03, 0.03) * 44100
    spread_s = 0.005 * weights["timer_spread"] * math.exp(np.clip(log_spread, -3, 3))
    return float(moved), float(spread_s)


def scores(probability: Array, n_summed: int) -> Array:
    """Half the sum of each frame's probability and those before it, ``n_summed`` in all.

    In single precision and newest first, so that equal scores stay equal.
    """
    found = np.zeros(len(probability), np.float32)
    for t in range(len(probability)):
        for k in range(t, max(-1, t - n_summed), -1):
            found[t] += np.float32(probability[k])
    return np.asarray(found / np.float32(2), np.float64)


def peaks(score: Array, threshold: float, n_after: int) -> list[int]:
    """Frames above four before and ``n_after`` after, eight frames from the last such one."""
    found: list[int] = []
    for t in range(len(score) - n_after):
        before = score[max(0, t - 4) : t]
        after = score[t + 1 : t + 1 + n_after]
        is_top = all(x < score[t] for x in before) and all(x <= score[t] for x in after)
        if score[t] >= threshold and is_top and (not found or t - found[-1] >= 8):
            found.append(t)
    return found


def middle(probability: Array, t: int, n_summed: int) -> float:
    """Centre of gravity of the ``n_summed`` frames up to t."""
    near = range(max(0, t - n_summed + 1), t + 1)
    return float(sum(probability[k] * k for k in near) / sum(probability[k] for k in near))


def calls(probability: Array, weights: Mapping[str, Array]) -> list[float]:
    """Onset frames called by the first three heads; none within nine frames of another."""
    heard = []
    for head in range(3):
        n_summed = int(weights["n_summed"][head])
        score = scores(probability[:, head], n_summed)
        for t in peaks(score, weights["threshold"][head], 0):
            heard.append((t, -head, t - (n_summed - 1) / 2 - weights["delay_frames"][head]))
    found: list[float] = []
    for _t, _head, at in sorted(heard):
        if all(abs(at - other) >= 9 for other in found[-4:]):
            found.append(float(at))
    return found
