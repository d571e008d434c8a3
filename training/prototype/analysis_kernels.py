"""From samples to what the network hears: gain control, mirrored rings, FFTs, bands, differences.

Sample by sample: running-peak gain control, mirrored ring, decimating low-pass, 1 ms energies.
Hop by hop: three windowed real FFTs (half-size complex Stockham, radix 4 then 2; Stockham 1966,
Van Loan 1992), triangular bands, log levels, differences.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from .records import FAINTEST, LOUDEST, MAX_FFT, N_BANDS, N_FINE, N_HISTORY, N_LONG, N_LOW, N_SHORT

_JIT = {"cache": True, "nogil": True, "error_model": "numpy"}


@numba.njit(**_JIT)
def _butterflies(xr, xi, yr, yi, first, last, shape, twiddle_real, twiddle_imag):  # type: ignore[no-untyped-def]
    """Radix-4 butterflies p, q of one Stockham stage; shape is (quarter, stride)."""
    quarter, stride = shape
    step = quarter * stride
    for p in range(first, last):
        w = p * stride
        ar, ai = twiddle_real[w], twiddle_imag[w]
        br, bi = twiddle_real[2 * w], twiddle_imag[2 * w]
        cr, ci = ar * br - ai * bi, ar * bi + ai * br
        i, o = stride * p, 4 * stride * p
        for q in range(stride):
            x0r, x0i, x1r, x1i = xr[i + q], xi[i + q], xr[i + step + q], xi[i + step + q]
            x2r, x2i = xr[i + 2 * step + q], xi[i + 2 * step + q]
            x3r, x3i = xr[i + 3 * step + q], xi[i + 3 * step + q]
            sr, si, dr, di = x0r + x2r, x0i + x2i, x0r - x2r, x0i - x2i
            tr, ti, ur, ui = x1r + x3r, x1i + x3i, x1r - x3r, x1i - x3i
            yr[o + q], yi[o + q] = sr + tr, si + ti
            vr, vi = dr + ui, di - ur
            yr[o + stride + q], yi[o + stride + q] = vr * ar - vi * ai, vr * ai + vi * ar
            vr, vi = sr - tr, si - ti
            yr[o + 2 * stride + q], yi[o + 2 * stride + q] = vr * br - vi * bi, vr * bi + vi * br
            vr, vi = dr - ui, di + ur
            yr[o + 3 * stride + q], yi[o + 3 * stride + q] = vr * cr - vi * ci, vr * ci + vi * cr


@numba.njit(**_JIT)
def _complex_fft(real, imag, n, twiddle_real, twiddle_imag):  # type: ignore[no-untyped-def]
    """Stockham FFT of real[0], imag[0]; returns the row that holds the result."""
    side, stride, length = 0, 1, n
    while length >= 4:
        quarter, other = length // 4, 1 - side
        if stride == 1:  # constant strides let the compiler use vectors
            _butterflies(
                real[side],
                imag[side],
                real[other],
                imag[other],
                0,
                quarter,
                (quarter, 1),
                twiddle_real,
                twiddle_imag,
            )
        elif stride == 4:
            _butterflies(
                real[side],
                imag[side],
                real[other],
                imag[other],
                0,
                quarter,
                (quarter, 4),
                twiddle_real,
                twiddle_imag,
            )
        else:
            _butterflies(
                real[side],
                imag[side],
                real[other],
                imag[other],
                0,
                quarter,
                (quarter, stride),
                twiddle_real,
                twiddle_imag,
            )
        side, stride, length = other, 4 * stride, quarter
    if length == 2:
        xr, xi, yr, yi = real[side], imag[side], real[1 - side], imag[1 - side]
        for q in range(stride):
            yr[q], yi[q] = xr[q] + xr[q + stride], xi[q] + xi[q + stride]
            yr[q + stride], yi[q + stride] = xr[q] - xr[q + stride], xi[q] - xi[q + stride]
        side = 1 - side
    return side


@numba.njit(**_JIT)
def _magnitudes(signal, window, n, twiddle_real, twiddle_imag, real, imag, out):  # type: ignore[no-untyped-def]
    """out[k] = |rfft(signal * window)|; twiddles are exp(-2 pi i k / n), k < n // 2."""
    half = n // 2
    for i in range(half):
        real[0, i] = signal[2 * i] * window[2 * i]
        imag[0, i] = signal[2 * i + 1] * window[2 * i + 1]
    # a half-size FFT needs exp(-2 pi i p / half): every second twiddle, kept behind the first half
    side = _complex_fft(real, imag, half, twiddle_real[half:], twiddle_imag[half:])
    zr, zi = real[side], imag[side]
    out[0] = abs(zr[0] + zi[0])
    out[half] = abs(zr[0] - zi[0])
    for k in range(1, half):
        er, ei = zr[k] + zr[half - k], zi[k] - zi[half - k]
        odd_r, odd_i = zi[k] + zi[half - k], zr[half - k] - zr[k]
        tr = er + odd_r * twiddle_real[k] - odd_i * twiddle_imag[k]
        ti = ei + odd_r * twiddle_imag[k] + odd_i * twiddle_real[k]
        out[k] = np.float32(0.5) * np.sqrt(tr * tr + ti * ti)


@numba.njit(**_JIT)
def _bands(magnitude, first_band, last_band, log_scale, tables, out):  # type: ignore[no-untyped-def]
    """Log levels of the bands first_band <= b < last_band."""
    weight, starts, bins = tables.band_weight, tables.band_first_weight, tables.band_first_bin
    for b in range(first_band, last_band):
        total = np.float32(0.0)
        low = bins[b] - starts[b]
        for w in range(starts[b], starts[b + 1]):
            total += weight[w] * magnitude[low + w]
        out[b] = np.float32(math.log(np.float32(1.0) + log_scale * total) * 0.4342944819032518)


@numba.njit(**_JIT)
def analyse(state, tables):  # type: ignore[no-untyped-def]
    """Levels of the frame that ends with the newest sample, into its row of the history."""
    row = state.levels[state.n_frames & (N_HISTORY - 1)]
    split = N_LONG + N_SHORT
    for which in range(3):
        if which == 0:
            n, ring, window, at = tables.n_long, state.ring, tables.long_window, state.at
            low, high = 0, N_LONG
        elif which == 1:
            n, ring, window, at = tables.n_short, state.ring, tables.short_window, state.at
            low, high = N_LONG, split
        else:
            n, ring, window, at = tables.n_low, state.low_ring, tables.low_window, state.at_low
            low, high = split, N_BANDS
        start = at + MAX_FFT - n
        _magnitudes(
            ring[start : start + n],
            window,
            n,
            tables.twiddle_real[which],
            tables.twiddle_imag[which],
            state.real,
            state.imag,
            state.magnitude,
        )
        _bands(state.magnitude, low, high, tables.log_scale, tables, row)


@numba.njit(**_JIT)
def set_inputs(state):  # type: ignore[no-untyped-def]
    """Levels and differences of the newest frame, in the order the network was taught."""
    t, mask = state.n_frames, N_HISTORY - 1
    levels, inputs = state.levels, state.inputs
    now, two, one = levels[t & mask], levels[(t - 2) & mask], levels[(t - 1) & mask]
    three, four, twelve = levels[(t - 3) & mask], levels[(t - 4) & mask], levels[(t - 12) & mask]
    split = N_LONG + N_SHORT
    for i in range(split):
        inputs[i] = now[i]
    for i in range(N_LONG):
        inputs[split + i] = now[i] - two[i]
    base = split + N_LONG
    for i in range(N_SHORT):
        inputs[base + i] = now[N_LONG + i] - one[N_LONG + i]
    base += N_SHORT
    for i in range(N_LONG):
        widest = three[i]
        if i > 0:
            widest = max(widest, three[i - 1])
        if i < N_LONG - 1:
            widest = max(widest, three[i + 1])
        inputs[base + i] = max(now[i] - widest, np.float32(0.0))
    base += N_LONG
    for i in range(N_LOW):
        inputs[base + i] = now[split + i] - four[split + i]
        inputs[base + N_LOW + i] = now[split + i] - twelve[split + i]


@numba.njit(**_JIT)
def decimate(state, tables):  # type: ignore[no-untyped-def]
    """Write the next decimated sample: symmetric low-pass over the newest ring samples."""
    n_fir, start, ring, fir = (
        tables.n_fir,
        state.at + MAX_FFT - tables.n_fir,
        state.ring,
        tables.fir,
    )
    a = b = c = d = np.float32(0.0)
    for i in range(0, n_fir // 2, 4):
        j = start + n_fir - 1 - i
        a += fir[i] * (ring[start + i] + ring[j])
        b += fir[i + 1] * (ring[start + i + 1] + ring[j - 1])
        c += fir[i + 2] * (ring[start + i + 2] + ring[j - 2])
        d += fir[i + 3] * (ring[start + i + 3] + ring[j - 3])
    low = (a + b) + (c + d)
    state.low_ring[state.at_low] = low
    state.low_ring[state.at_low + MAX_FFT] = low
    state.at_low = (state.at_low + 1) & (MAX_FFT - 1)


@numba.njit(**_JIT)
def hear_samples(block, first, last, state, tables):  # type: ignore[no-untyped-def]
    """Gain control into the ring, and fine energies, for block[first:last]."""
    peak, before, at = state.peak, state.before, state.at
    plain, differenced = state.energy[0], state.energy[1]
    keep, floor, target, ring = tables.gain_keep, tables.gain_floor, tables.gain_target, state.ring
    for n in range(first, last):
        value = block[n]
        if not abs(value) <= LOUDEST:  # NaN, infinite or absurd
            value = np.float32(0.0)
        peak = max(abs(value), peak * keep, floor)
        x = np.float32(value * (target / peak))
        if abs(x) < FAINTEST:  # no denormals behind this line
            x = np.float32(0.0)
        ring[at] = x
        ring[at + MAX_FFT] = x
        at = (at + 1) & (MAX_FFT - 1)
        difference = x - before
        before = x
        plain += x * x
        differenced += difference * difference
    state.peak, state.before, state.at = peak, before, at
    state.energy[0], state.energy[1] = plain, differenced
    n_new = last - first
    state.n_samples += n_new
    state.n_to_hop -= n_new
    state.n_to_low -= n_new
    state.n_to_fine -= n_new


@numba.njit(**_JIT)
def end_fine_step(state, tables):  # type: ignore[no-untyped-def]
    """Keep the energies of the millisecond that just ended."""
    slot = state.n_fine & (N_FINE - 1)
    for i in range(2):
        state.fine[i, slot] = state.energy[i] / tables.fine_step
        state.energy[i] = np.float32(0.0)
    state.n_fine += 1
    state.n_to_fine = tables.fine_step
