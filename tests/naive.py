"""Slow, obvious twins of the onset kernels: whole lists instead of rings, sums instead of FFTs."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence

Numbers = Sequence[float]
Settings = Mapping[str, float]
"""A record of the detector's settings, by name."""


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


def noise_floors(energies: Numbers, n_hop: int, rise: float, loudness: float) -> list[float]:
    """Down at once, slowly up by the factor ``rise``; at most 30 dB below the loudness."""
    floors: list[float] = []
    for energy in energies:
        level_dbfs = 10 * math.log10(energy / n_hop + 1e-12)
        if floors and level_dbfs >= floors[-1]:
            level_dbfs = floors[-1] + 20 * math.log10(rise)
        floors.append(min(level_dbfs, 20 * math.log10(loudness) - 30))
    return floors


def playing_levels(peaks: Numbers, level_dbfs: Numbers, settings: Settings) -> list[float]:
    """At once up to what lasts, slowly up to the peaks, slowly down, never below the floor."""
    n = int(settings["lasting_frames"])
    found, playing = [], 0.0
    for t, peak in enumerate(peaks):
        lasting = 0.0
        if t + 1 >= n:
            softest = min(level_dbfs[t + 1 - n : t + 1])
            lasting = min(peak, settings["lasting_crest"] * 10 ** (softest / 20))
        rising = min(peak, playing * settings["playing_rise"])
        slow = rising if peak > playing else playing * settings["playing_fall"]
        playing = max(settings["peak_floor"], lasting if lasting > playing else slow)
        found.append(playing)
    return found


def stands_out(
    level_dbfs: float, noise_dbfs: float, loudness_dbfs: float, settings: Settings
) -> bool:
    """Whether a level is above the fixed gate, the noise and the loudest music."""
    return level_dbfs > max(
        settings["gate_dbfs"],
        noise_dbfs + settings["gate_over_noise_db"],
        loudness_dbfs - settings["gate_under_peak_db"],
    )


def stop(
    frame: int,
    rows: Sequence[Numbers],
    level_dbfs: Numbers,
    grounds: Numbers,
    settings: Settings,
) -> bool:
    """A fall after which no band is new, and what still sounds fades or is no tone."""
    fall_db = max(level_dbfs[frame - 12 : frame - 3]) - max(level_dbfs[frame + 1 : frame + 9])
    if fall_db <= settings["stop_db"]:
        return False
    after = range(frame + 6, len(rows))
    rises = [
        t
        for t in after
        if level_dbfs[t] >= min(level_dbfs[frame + 5 : t]) + settings["rest_rise_db"]
    ]
    last = min([*rises, len(rows)]) - 1
    row = rows[min(last, frame + 10)]
    new = flux(row, rows[frame - 6], int(settings["vibrato_bands"]), grounds)
    is_new = last >= frame + 8 and new >= settings["new_content"]
    early_dbfs = max(level_dbfs[frame + 5 : frame + 9])
    late_dbfs = max([-200.0, *level_dbfs[frame + 12 : last + 1]])
    both = [a + b for a, b in zip(row, rows[last], strict=True)]
    is_tone = (
        tonal_share(both, int(settings["tonal_reach_bands"])) >= settings["startup_tonal_share"]
    )
    stays = late_dbfs >= early_dbfs - settings["echo_decay_db"] and is_tone
    return not is_new and not stays


def note_at_start(
    rows: Sequence[Numbers],
    level_dbfs: Numbers,
    playing_dbfs: float | None,
    settings: Settings,
) -> bool:
    """Loud enough, and either it dies away or it is tonal; all rows since the silence."""
    softest_dbfs = settings["startup_dbfs"]
    if playing_dbfs is not None:
        softest_dbfs = min(softest_dbfs, playing_dbfs - settings["startup_under_playing_db"])
    half = int(settings["startup_frames"]) // 2
    both = [a + b for a, b in zip(rows[-1], rows[-1 - half], strict=True)]
    is_tone = (
        tonal_share(both, int(settings["tonal_reach_bands"])) > settings["startup_tonal_share"]
    )
    dies = max(level_dbfs[-4:]) < max(level_dbfs) - settings["startup_decay_db"]
    return max(level_dbfs) >= softest_dbfs and (dies or is_tone)


def nearest(frame: int, reach: int, frames: Sequence[int]) -> int:
    """Index of the first of the nearest frames, or -1 if none is within ``reach``."""
    near = [k for k, other in enumerate(frames) if abs(other - frame) <= reach]
    return min(near, key=lambda k: abs(frames[k] - frame), default=-1)


def crossing(curve: Numbers, low: float, high: float) -> float:
    """Where the line through the curve last comes up to ``low`` before first reaching ``high``."""
    goal = min(high, 0.95 * max(curve))
    top = next((k for k, value in enumerate(curve[:-1]) if value >= goal), len(curve) - 1)
    below = [k for k in range(top) if curve[k] < low]
    if not below:
        return 0.0
    k = below[-1]
    if curve[k + 1] <= low:
        return k + 1.0
    return k + (low - curve[k]) / (curve[k + 1] - curve[k])
