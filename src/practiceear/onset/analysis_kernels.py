"""Numba kernels from samples to what the network hears.

Sample by sample: levelling into a mirrored ring, decimating low-pass, 1 ms energies. Hop by
hop: three windowed real FFTs, triangular bands, log levels, differences.

Kernels that are called with parts of the records take plain arrays (``field[:]``), so that
each is compiled once.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel
from practiceear.onset.loudness_kernels import level_samples
from practiceear.onset.records import (
    LOW,
    MAX_FFT,
    N_FINE,
    N_HISTORY,
    N_LONG,
    N_LOW,
    N_SHORT,
)

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
Record = np.void

ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
LOG10_E = np.float32(0.4342944819032518)


@kernel
def butterflies(
    xr: F32, xi: F32, yr: F32, yi: F32, quarter: int, stride: int, wr: F32, wi: F32
) -> None:
    """One radix-4 stage of Stockham's FFT, from x to y."""
    step = quarter * stride
    for p in range(quarter):
        w = p * stride
        ar, ai = wr[w], wi[w]
        br, bi = wr[2 * w], wi[2 * w]
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


@kernel
def complex_fft(real: F32, imag: F32, n: int, wr: F32, wi: F32) -> int:
    """Transform ``real[0] + i imag[0]`` of n = 2^m values; returns the row of the result.

    Stockham's self-sorting algorithm with radix 4, and a last step of radix 2 where m is
    odd (Van Loan, "Computational Frameworks for the FFT", 1992, section 1.7). ``wr`` and
    ``wi`` are exp(-2 pi i k / n).
    """
    side, stride, length = 0, 1, n
    while length >= 4:
        quarter, other = length // 4, 1 - side
        xr, xi, yr, yi = real[side], imag[side], real[other], imag[other]
        if stride == 1:  # a constant stride lets the compiler use vectors
            butterflies(xr, xi, yr, yi, quarter, 1, wr, wi)
        elif stride == 4:
            butterflies(xr, xi, yr, yi, quarter, 4, wr, wi)
        else:
            butterflies(xr, xi, yr, yi, quarter, stride, wr, wi)
        side, stride, length = other, 4 * stride, quarter
    if length == 2:
        xr, xi, yr, yi = real[side], imag[side], real[1 - side], imag[1 - side]
        for q in range(stride):
            yr[q], yi[q] = xr[q] + xr[q + stride], xi[q] + xi[q + stride]
            yr[q + stride], yi[q + stride] = xr[q] - xr[q + stride], xi[q] - xi[q + stride]
        side = 1 - side
    return side


@kernel
def magnitudes(signal: F32, window: F32, wr: F32, wi: F32, real: F32, imag: F32, out: F32) -> None:
    """Write the magnitudes of a real signal's bins under a window.

    Even samples are the real part of a signal of half the length and odd ones the imaginary
    part; their spectra are taken apart by symmetry.
    """
    n = signal.shape[0]
    half = n // 2
    for i in range(half):
        real[0, i] = signal[2 * i] * window[2 * i]
        imag[0, i] = signal[2 * i + 1] * window[2 * i + 1]
    side = complex_fft(real, imag, half, wr[half:], wi[half:])
    zr, zi = real[side], imag[side]
    out[0] = abs(zr[0] + zi[0])
    out[half] = abs(zr[0] - zi[0])
    for k in range(1, half):
        er, ei = zr[k] + zr[half - k], zi[k] - zi[half - k]
        odd_r, odd_i = zi[k] + zi[half - k], zr[half - k] - zr[k]
        tr = er + odd_r * wr[k] - odd_i * wi[k]
        ti = ei + odd_r * wi[k] + odd_i * wr[k]
        out[k] = tr * tr + ti * ti
    for k in range(1, half):  # a loop of its own is done with vectors
        out[k] = HALF * np.sqrt(out[k])


@kernel
def sum_bands(
    magnitude: F32, first_bin: I64, first_weight: I64, weight: F32, log_scale: float, out: F32
) -> None:
    """Write log10(1 + log_scale * mean magnitude) of each band."""
    for b in range(out.shape[0]):
        p = q = r = s = ZERO
        first, last = first_weight[b], first_weight[b + 1]
        offset = first_bin[b] - first
        last_four = last - (last - first) % 4
        for w in range(first, last_four, 4):  # four sums, so that none waits for the other
            k = offset + w
            p += weight[w] * magnitude[k]
            q += weight[w + 1] * magnitude[k + 1]
            r += weight[w + 2] * magnitude[k + 2]
            s += weight[w + 3] * magnitude[k + 3]
        for w in range(last_four, last):
            p += weight[w] * magnitude[offset + w]
        total = (p + q) + (r + s)
        out[b] = np.float32(math.log(ONE + log_scale * total)) * LOG10_E


@kernel
def analyse(state: Record, tables: Record) -> None:
    """Write the levels of the frame that ends with the newest sample into the history."""
    row = state["levels"][state["n_frames"] & (N_HISTORY - 1)]
    for which in range(3):
        n = tables["n_window"][which]
        ring, end = state["ring"][:], state["at"] + MAX_FFT
        if which == LOW:
            ring, end = state["low_ring"][:], state["at_low"] + MAX_FFT
        magnitudes(
            ring[end - n : end],
            tables["window"][which],
            tables["twiddle_real"][which],
            tables["twiddle_imag"][which],
            state["real"][:],
            state["imag"][:],
            state["magnitude"][:],
        )
        first, last = tables["first_band"][which], tables["first_band"][which + 1]
        sum_bands(
            state["magnitude"][:],
            tables["band_first_bin"][first:last],
            tables["band_first_weight"][first : last + 1],
            tables["band_weight"][:],
            tables["log_scale"],
            row[first:last],
        )


@kernel
def set_inputs(state: Record) -> None:
    """Write levels and differences of the newest frame, in the order the network was taught.

    The third difference is against the loudest neighbour before, which leaves vibrato out.
    """
    t, mask = state["n_frames"], N_HISTORY - 1
    levels, inputs = state["levels"], state["inputs"]
    now, one, two = levels[t & mask], levels[(t - 1) & mask], levels[(t - 2) & mask]
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
        inputs[base + i] = max(now[i] - widest, ZERO)
    base += N_LONG
    for i in range(N_LOW):
        inputs[base + i] = now[split + i] - four[split + i]
        inputs[base + N_LOW + i] = now[split + i] - twelve[split + i]


@kernel
def decimate(ring: F32, end: int, fir: F32) -> np.float32:
    """Symmetric low-pass ``fir`` over the samples of the ring that end before ``end``.

    Eight sums at a time, which the compiler keeps in one register.
    """
    first = end - fir.shape[0]
    a = b = c = d = e = f = g = h = ZERO
    for i in range(0, fir.shape[0], 8):
        k = first + i
        a += fir[i] * ring[k]
        b += fir[i + 1] * ring[k + 1]
        c += fir[i + 2] * ring[k + 2]
        d += fir[i + 3] * ring[k + 3]
        e += fir[i + 4] * ring[k + 4]
        f += fir[i + 5] * ring[k + 5]
        g += fir[i + 6] * ring[k + 6]
        h += fir[i + 7] * ring[k + 7]
    return ((a + e) + (b + f)) + ((c + g) + (d + h))


@kernel
def add_fine_energy(samples: F32, state: Record, tables: Record) -> None:
    """Sum the energies of every millisecond, of the sound and of its differences."""
    plain, differenced = state["energy"][0], state["energy"][1]
    before, n_left = state["before"], state["n_to_fine"]
    for x in samples:
        difference = x - before
        before = x
        plain += x * x
        differenced += difference * difference
        n_left -= 1
        if n_left == 0:
            slot = state["n_fine"] & (N_FINE - 1)
            state["fine"][0, slot] = plain / np.float32(tables["fine_step"])
            state["fine"][1, slot] = differenced / np.float32(tables["fine_step"])
            state["n_fine"] += 1
            plain = differenced = ZERO
            n_left = tables["fine_step"]
    state["energy"][0], state["energy"][1] = plain, differenced
    state["before"], state["n_to_fine"] = before, n_left


@kernel
def hear_samples(samples: F32, state: Record, tables: Record) -> None:
    """Take in samples that neither pass a hop's end nor wrap the ring."""
    at, n_new = state["at"], samples.shape[0]
    ring = state["ring"][:]
    level_samples(samples, 0, n_new, state, tables, ring[at : at + n_new])
    for i in range(at, at + n_new):
        ring[i + MAX_FFT] = ring[i]
    add_fine_energy(ring[at : at + n_new], state, tables)
    ahead = state["n_to_low"]
    fir = tables["fir"][: tables["n_fir"]]
    while ahead <= n_new:
        low = decimate(ring, at + ahead + MAX_FFT, fir)
        state["low_ring"][state["at_low"]] = low
        state["low_ring"][state["at_low"] + MAX_FFT] = low
        state["at_low"] = (state["at_low"] + 1) & (MAX_FFT - 1)
        ahead += tables["decimation"]
    state["n_to_low"] = ahead - n_new
    state["at"] = (at + n_new) & (MAX_FFT - 1)
    state["n_to_hop"] -= n_new
