"""Slow, obvious twins of the onset kernels: whole lists instead of rings, sums instead of FFTs."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence

Numbers = Sequence[float]


def high_pass(samples: Numbers, pole: float) -> list[float]:
    """What changes from sample to sample, with a memory of ``pole``; no step at the start."""
    passed, last_in, last_out = [], samples[0], 0.0
    for sample in samples:
        last_out = sample - last_in + pole * last_out
        last_in = sample
        passed.append(last_out)
    return passed


def spectrum(samples: Numbers) -> list[float]:
    """Magnitudes of the bins below half the sample rate, by the definition of Fourier."""
    n = len(samples)
    return [
        abs(sum(x * cmath.exp(-2j * math.pi * k * i / n) for i, x in enumerate(samples)))
        for k in range(n // 2)
    ]


def bands(magnitudes: Numbers, bin_hz: float, feet_hz: Numbers) -> list[float]:
    """Mean magnitude under triangles that reach from one neighbour's centre to the other's."""
    levels = []
    for low, centre, high in zip(feet_hz, feet_hz[1:], feet_hz[2:], strict=False):
        total = weights = 0.0
        for k, magnitude in enumerate(magnitudes):
            hz = k * bin_hz
            weight = max(0.0, min((hz - low) / (centre - low), (high - hz) / (high - centre)))
            total += weight * magnitude
            weights += weight
        levels.append(total / weights)
    return levels


def flux(now: Numbers, before: Numbers, reach: int, grounds: Numbers) -> float:
    """Mean number of powers of ten by which the bands rose above their loudest neighbour."""
    rises = []
    for b, level in enumerate(now):
        past = max(before[max(0, b - reach) : b + reach + 1])
        rises.append(max(0.0, math.log10((level + grounds[b]) / (past + grounds[b]))))
    return sum(rises) / len(rises)


def first_noise(levels: Numbers, reach: int) -> list[float]:
    """Mean of those neighbours that are below the mean, and never above the band itself."""
    noise = []
    for b, level in enumerate(levels):
        near = levels[max(0, b - reach) : b + reach + 1]
        low = [x for x in near if x <= 1.001 * sum(near) / len(near)]
        noise.append(min(level, sum(low) / len(low)))
    return noise


def next_noise(
    levels: Numbers, noise: Numbers, rise: float, fall: float, ceiling: float
) -> list[float]:
    """Some of the way down to a softer band, slowly up to a louder one."""
    following = []
    for level, floor in zip(levels, noise, strict=True):
        down = floor + fall * (level - floor)
        up = min(floor * rise + 1e-9, level)
        following.append(min(ceiling, down if level < floor else up))
    return following


def tonal_share(levels: Numbers, reach: int) -> float:
    """Share of the magnitude above one and a half times the mean of the neighbourhood."""
    inner = range(reach, len(levels) - reach)
    near = {b: levels[b - reach : b + reach + 1] for b in inner}
    clear = sum(max(0.0, levels[b] - 1.5 * sum(near[b]) / len(near[b])) for b in inner)
    return clear / sum(levels[b] for b in inner)


def strengths(novelty: Numbers, threshold: float, n_mean: int, weight: float) -> list[float]:
    """Novelty over the threshold, which the mean of the frames before raises."""
    return [
        novelty[t] / (threshold + weight * sum(novelty[max(0, t - n_mean) : t]) / n_mean)
        for t in range(len(novelty))
    ]


def peaks(novelty: Numbers, reach: int) -> list[int]:
    """Frames that nothing within ``reach`` exceeds; of equals the first."""
    found = []
    for t, value in enumerate(novelty):
        before = novelty[max(0, t - reach) : t]
        after = novelty[t + 1 : t + reach + 1]
        if all(x < value for x in before) and all(x <= value for x in after):
            found.append(t)
    return found


def settled_frames(
    strength: Numbers, peak_frames: Sequence[int], interval: int, is_note: Callable[[int], bool]
) -> list[int]:
    """Strong peaks, each the strongest within ``interval`` frames after it."""
    settled: list[int] = []
    for t in peak_frames:
        rivals = [u for u in peak_frames if t < u < t + interval and strength[u] > strength[t]]
        is_near = bool(settled) and t - settled[-1] < interval
        if strength[t] >= 1.0 and not rivals and not is_near and is_note(t):
            settled.append(t)
    return settled


def prelude(frame: int, novelty: Numbers, level_dbfs: Numbers, reach: int, drop_db: float) -> bool:
    """Whether a clearer onset follows within ``reach`` frames, ``drop_db`` louder than before."""
    for later in range(frame + 2, min(len(novelty) - 1, frame + reach) + 1):
        before = max([-200.0, *level_dbfs[max(0, frame - 1) : later - 2]])
        if novelty[later] > novelty[frame] and max(level_dbfs[later:]) > before + drop_db:
            return True
    return False


def rise(rows: Sequence[Numbers], n_before: int, first_after: int, ground: float) -> list[float]:
    """Where each row stands between the mean of the first and of the last rows, 0..1."""
    logs = [[math.log10(x + ground) for x in row] for row in rows]
    before = [sum(column) / n_before for column in zip(*logs[:n_before], strict=True)]
    after = [
        sum(column) / (len(rows) - first_after) for column in zip(*logs[first_after:], strict=True)
    ]
    rises = [max(0.0, b - a) for a, b in zip(before, after, strict=True)]
    total = sum(x * x for x in rises)
    return [
        sum(r * (x - a) for r, x, a in zip(rises, row, before, strict=True)) / total for row in logs
    ]
