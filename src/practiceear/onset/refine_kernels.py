"""Numba kernels that time a settled onset: the rise of its bands on a fine raster."""

from __future__ import annotations

import math

from practiceear.compiled import kernel
from practiceear.onset.spectrum_kernels import F32, I32, analyse_spectrum


@kernel
def fine_levels(
    buffer: F32,
    first_end: int,
    hop: int,
    window: F32,
    cosine: F32,
    sine: F32,
    band_start: I32,
    band_weight: F32,
    work: F32,
    magnitude: F32,
    levels: F32,
) -> None:
    """Band levels of short windows; row k ends at buffer index ``first_end + k·hop``."""
    for k in range(levels.shape[0]):
        analyse_spectrum(
            buffer,
            window,
            cosine,
            sine,
            band_start,
            band_weight,
            work,
            magnitude,
            first_end + k * hop,
            levels[k],
        )


@kernel
def rise_curve(
    levels: F32,
    n_before: int,
    first_before: int,
    first_after: int,
    ground: float,
    mean_level: F32,
    curve: F32,
) -> float:
    """How far the sound has come from before to after an onset, 0..1, row by row.

    Log levels of the bands that rise from the mean of rows ``first_before`` to
    ``n_before`` to the mean of the rows from ``first_after``, each weighted by its rise.
    ``mean_level`` (2, n_bands) is room for the two means. Returns the total rise.
    """
    n_rows, n_bands = levels.shape
    total = 0.0
    for b in range(n_bands):
        before = 0.0
        after = 0.0
        for k in range(n_rows):
            levels[k, b] = math.log10(levels[k, b] + ground)
            if first_before <= k < n_before:
                before += levels[k, b]
            elif k >= first_after:
                after += levels[k, b]
        mean_level[0, b] = before / (n_before - first_before)
        mean_level[1, b] = after / (n_rows - first_after)
        rise = max(0.0, mean_level[1, b] - mean_level[0, b])
        total += rise * rise
    for k in range(n_rows):
        done = 0.0
        for b in range(n_bands):
            rise = max(0.0, mean_level[1, b] - mean_level[0, b])
            done += rise * (levels[k, b] - mean_level[0, b])
        curve[k] = done / max(total, 1e-12)
    return total


@kernel
def crossing(curve: F32, n_search: int, low: float, high: float) -> float:
    """Row, with fraction, where the curve last rose through ``low`` before reaching ``high``."""
    top = curve[0]
    for k in range(n_search):
        top = max(top, curve[k])
    goal = min(high, 0.95 * top)
    k = 0
    while k < n_search - 1 and curve[k] < goal:
        k += 1
    while k > 0 and curve[k - 1] >= low:
        k -= 1
    if k == 0 or curve[k] <= low:
        return float(k)
    return float(k - 1 + (low - curve[k - 1]) / (curve[k] - curve[k - 1]))
