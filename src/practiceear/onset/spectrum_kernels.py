"""Numba kernels of the onset detector's first stages: samples to bands, bands to novelty.

Signatures are left to the first call (`practiceear.onset.detector.warm_up`), because
explicit ones would compile while the package is imported. `error_model="numpy"`
leaves out the checks for division by zero, which no argument can bring about.
Histories are rings over frames whose length is a power of two: ``frame & mask``.

Numba's cache knows a kernel by its own file: after an edit here, save ``kernels.py`` and
``refine_kernels.py`` again too, or what they have compiled from here stays old.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from practiceear.compiled import kernel

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Record = np.void
Records = npt.NDArray[np.void]

NEIGHBOUR_BANDS = 16
"""A band's first noise floor is read off so many bands on either side."""

DIGITAL_SILENCE_DBFS = -95.0
"""Below this there is no room to be heard: an edited take or a closed gate."""


# ---- the spectrum: samples to levels of bands


@kernel
def make_room(buffer: F32, n_samples: int, state: Record) -> None:
    """Keep the newer half of the buffer when ``n_samples`` more do not fit."""
    if state["n_buffered"] + n_samples <= buffer.shape[0]:
        return
    keep = buffer.shape[0] // 2
    first = state["n_buffered"] - keep
    for k in range(keep):
        buffer[k] = buffer[first + k]
    state["n_buffered"] = keep


@kernel
def append_samples(samples: F32, buffer: F32, settings: Record, state: Record) -> None:
    """High-pass, then append to the buffer; follow the peak and the energy of the frame."""
    pole = settings["dc_pole"]
    fall = settings["peak_fall"]
    hold_samples = settings["hold_samples"]
    n_held = state["n_held"]
    last_in = state["last_in"]
    last_out = state["last_out"]
    peak = state["peak"]
    energy = state["energy"]
    at = state["n_buffered"]
    for i in range(samples.shape[0]):
        value = float(samples[i])
        # 1e-18 keeps the filter's tail out of the slow denormal range.
        last_out = value - last_in + pole * last_out + 1e-18
        last_in = value
        buffer[at] = last_out
        at += 1
        energy += last_out * last_out
        n_held += 1
        if n_held > hold_samples:
            peak *= fall
        if abs(last_out) >= peak:
            peak = abs(last_out)
            n_held = 0
    state["last_in"] = last_in
    state["last_out"] = last_out
    state["peak"] = peak
    state["n_held"] = n_held
    state["energy"] = energy
    state["n_buffered"] = at


@kernel
def load_frame(buffer: F32, start: int, window: F32, work: F32) -> None:
    """Window ``buffer[start:]`` and pack it as a complex signal of half the length."""
    for k in range(work.shape[1]):
        work[0, k] = buffer[start + 2 * k] * window[2 * k]
        work[1, k] = buffer[start + 2 * k + 1] * window[2 * k + 1]


@kernel
def fourier(work: F32, cosine: F32, sine: F32) -> int:
    """Transform the complex vector ``work[0] + i·work[1]`` of 2^m values.

    Stockham's self-sorting algorithm with radix 4, and a last step of radix 2 where m
    is odd (Van Loan, "Computational Frameworks for the FFT", 1992, section 1.7).
    ``cosine`` and ``sine`` are of ``2·pi·k/n`` for twice as many n. The result is in
    ``work[row] + i·work[row + 1]``; returns row, 0 or 2.
    """
    n = work.shape[1]
    a, b = 0, 2
    size = n
    stride = 1
    while size >= 4:
        quarter = size // 4
        for p in range(quarter):
            k = 2 * p * stride
            w1r = cosine[k]
            w1i = -sine[k]
            w2r = cosine[2 * k]
            w2i = -sine[2 * k]
            w3r = cosine[3 * k]
            w3i = -sine[3 * k]
            i0 = stride * p
            i1 = i0 + stride * quarter
            i2 = i1 + stride * quarter
            i3 = i2 + stride * quarter
            o0 = 4 * i0
            o1 = o0 + stride
            o2 = o1 + stride
            o3 = o2 + stride
            for q in range(stride):
                t0 = work[a, i0 + q] + work[a, i2 + q]
                t1 = work[a, i0 + q] - work[a, i2 + q]
                t2 = work[a, i1 + q] + work[a, i3 + q]
                t3 = work[a, i1 + q] - work[a, i3 + q]
                u0 = work[a + 1, i0 + q] + work[a + 1, i2 + q]
                u1 = work[a + 1, i0 + q] - work[a + 1, i2 + q]
                u2 = work[a + 1, i1 + q] + work[a + 1, i3 + q]
                u3 = work[a + 1, i1 + q] - work[a + 1, i3 + q]
                work[b, o0 + q] = t0 + t2
                work[b + 1, o0 + q] = u0 + u2
                vr = t1 + u3
                vi = u1 - t3
                work[b, o1 + q] = vr * w1r - vi * w1i
                work[b + 1, o1 + q] = vr * w1i + vi * w1r
                vr = t0 - t2
                vi = u0 - u2
                work[b, o2 + q] = vr * w2r - vi * w2i
                work[b + 1, o2 + q] = vr * w2i + vi * w2r
                vr = t1 - u3
                vi = u1 + t3
                work[b, o3 + q] = vr * w3r - vi * w3i
                work[b + 1, o3 + q] = vr * w3i + vi * w3r
        a, b = b, a
        size = quarter
        stride *= 4
    if size == 2:
        for q in range(stride):
            work[b, q] = work[a, q] + work[a, q + stride]
            work[b + 1, q] = work[a + 1, q] + work[a + 1, q + stride]
            work[b, q + stride] = work[a, q] - work[a, q + stride]
            work[b + 1, q + stride] = work[a + 1, q] - work[a + 1, q + stride]
        a = b
    return a


@kernel
def magnitudes(work: F32, row: int, cosine: F32, sine: F32, magnitude: F32) -> None:
    """Magnitudes of the real signal that `load_frame` packed, from its transform in ``row``.

    The even samples were the real part and the odd ones the imaginary part: their
    spectra are taken apart by symmetry and put together one sample apart.
    """
    half = work.shape[1]
    magnitude[0] = abs(work[row, 0] + work[row + 1, 0])
    for k in range(1, half):
        mirror = half - k
        even_re = work[row, k] + work[row, mirror]
        even_im = work[row + 1, k] - work[row + 1, mirror]
        odd_re = work[row + 1, k] + work[row + 1, mirror]
        odd_im = work[row, mirror] - work[row, k]
        re = even_re + odd_re * cosine[k] + odd_im * sine[k]
        im = even_im + odd_im * cosine[k] - odd_re * sine[k]
        magnitude[k] = 0.5 * math.sqrt(re * re + im * im)


@kernel
def sum_bands(magnitude: F32, band_start: I32, band_weight: F32, level: F32) -> None:
    """Weighted mean magnitude in each triangular band."""
    for b in range(level.shape[0]):
        total = 0.0
        first = band_start[b, 0]
        offset = band_start[b, 1]
        for k in range(band_start[b, 2]):
            total += magnitude[first + k] * band_weight[offset + k]
        level[b] = total


@kernel
def analyse_spectrum(
    buffer: F32,
    window: F32,
    cosine: F32,
    sine: F32,
    band_start: I32,
    band_weight: F32,
    work: F32,
    magnitude: F32,
    end: int,
    level: F32,
) -> None:
    """Levels of the bands in the window that ends before ``buffer[end]``."""
    load_frame(buffer, end - window.shape[0], window, work)
    row = fourier(work, cosine, sine)
    magnitudes(work, row, cosine, sine, magnitude)
    sum_bands(magnitude, band_start, band_weight, level)


@kernel
def track_playing(level_dbfs: F32, settings: Record, state: Record) -> None:
    """Follow the level of the playing, which a knock hardly lifts.

    It comes up at once to what lasts and slowly to what only recurs, and falls slowly.
    """
    mask = level_dbfs.shape[0] - 1
    first = state["frame"] - settings["lasting_frames"] + 1
    softest_dbfs = 0.0
    for k in range(max(0, first), state["frame"] + 1):
        softest_dbfs = min(softest_dbfs, level_dbfs[k & mask])
    lasting = 10.0 ** (softest_dbfs / 20.0) * settings["lasting_crest"]
    lasting = min(lasting, state["peak"])
    if first >= 0 and lasting > state["playing"]:
        state["playing"] = lasting
    elif state["peak"] > state["playing"]:
        state["playing"] = min(state["playing"] * settings["playing_rise"], state["peak"])
    else:
        state["playing"] *= settings["playing_fall"]
    state["playing"] = max(state["playing"], settings["peak_floor"])


@kernel
def loudness(state: Record) -> float:
    """Amplitude that levels are compared with: of what sounds now, or of the playing."""
    return float(max(state["peak"], state["playing"]))


@kernel
def track_level(settings: Record, state: Record) -> float:
    """Level of the newest frame and the noise floor of the whole sound, in dBFS."""
    level_dbfs = 10.0 * math.log10(state["energy"] / settings["hop_samples"] + 1e-12)
    state["energy"] = 0.0
    rise_db = 20.0 * math.log10(settings["noise_rise"])
    if state["frame"] == 0 or level_dbfs < state["noise_dbfs"]:
        state["noise_dbfs"] = level_dbfs
    else:
        state["noise_dbfs"] += rise_db
    # A sound without a pause must not become its own noise floor.
    ceiling_dbfs = 20.0 * math.log10(loudness(state)) - 30.0
    state["noise_dbfs"] = min(state["noise_dbfs"], ceiling_dbfs)
    return level_dbfs


# ---- the novelty: levels of bands to one number a frame


@kernel
def track_noise(level: F32, rise: float, fall: float, ceiling: float, noise: F32) -> None:
    """Follow the noise floor of each band: up slowly, down faster, never above ``ceiling``."""
    for b in range(level.shape[0]):
        if level[b] < noise[b]:
            noise[b] += fall * (level[b] - noise[b])
        else:
            noise[b] = min(noise[b] * rise + 1e-9, level[b])
        noise[b] = min(noise[b], ceiling)


@kernel
def start_noise(level: F32, reach: int, noise: F32) -> None:
    """First guess of the noise floor: the mean of the lower half of the neighbouring bands."""
    n_bands = level.shape[0]
    for b in range(n_bands):
        lowest = max(0, b - reach)
        highest = min(n_bands, b + reach + 1)
        total = 0.0
        for c in range(lowest, highest):
            total += level[c]
        mean = total / (highest - lowest)
        below = 0.0
        count = 0
        for c in range(lowest, highest):
            if level[c] <= 1.001 * mean:
                below += level[c]
                count += 1
        noise[b] = min(level[b], below / count)


@kernel
def spectral_flux(
    now: F32, before: F32, reach: int, noise: F32, noise_margin: float, floor: float
) -> float:
    """Mean rise of the log levels above the loudest band nearby, within ``reach``, before."""
    n_bands = now.shape[0]
    total = 0.0
    for b in range(n_bands):
        past = before[b]
        for c in range(max(0, b - reach), min(n_bands, b + reach + 1)):
            past = max(past, before[c])
        if now[b] > past:
            ground = floor + noise_margin * noise[b]
            total += math.log10((now[b] + ground) / (past + ground))
    return float(total / n_bands)


@kernel
def measure_novelty(
    levels: F32, noise: F32, novelty: F32, level_dbfs: F32, settings: Record, state: Record
) -> None:
    """Novelty of the newest frame, above the ground of the loudness and of each band's noise."""
    frame = state["frame"]
    mask = levels.shape[0] - 1
    now = levels[frame & mask]
    if level_dbfs[frame & mask] > DIGITAL_SILENCE_DBFS:
        if state["start_frame"] < 0 or state["n_silent"] >= settings["silence_frames"]:
            state["start_frame"] = frame
            state["n_starts"] += 1
        state["n_silent"] = 0
        n_heard = frame - state["start_frame"] + 1
        if n_heard == settings["startup_frames"]:
            start_noise(now, NEIGHBOUR_BANDS, noise)
        elif n_heard > settings["startup_frames"]:
            ceiling = settings["noise_ceiling"] * loudness(state)
            track_noise(now, settings["noise_rise"], settings["noise_fall"], ceiling, noise)
    else:
        state["n_silent"] += 1
    before = levels[(frame - settings["lag_frames"]) & mask]
    novelty[frame & mask] = spectral_flux(
        now,
        before,
        settings["vibrato_bands"],
        noise,
        settings["noise_margin"],
        settings["compression"] * loudness(state),
    )


@kernel
def tonal_share(level: F32, other: F32, reach: int) -> float:
    """Share of the magnitude that stands half above the mean of its neighbour bands.

    Of two frames averaged; noise has up to 0.014, a note more than 0.02.
    """
    n_bands = level.shape[0]
    width = 2 * reach + 1
    near = 0.0
    for b in range(width - 1):
        near += level[b] + other[b]
    clear = 0.0
    total = 1e-9
    for b in range(reach, n_bands - reach):
        near += level[b + reach] + other[b + reach]
        value = level[b] + other[b]
        clear += max(0.0, value - 1.5 * near / width)
        total += value
        near -= level[b - reach] + other[b - reach]
    return float(clear / total)
