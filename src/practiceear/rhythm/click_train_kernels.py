"""Numba kernels that sum the beats of a recording with the phases of sixteen periods at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]

N_AT_ONCE = 64
"""Places that are summed at once: a constant, so that the compiler uses vectors."""

N_PERIODS = 16
N_SCRATCH = 13
"""Rows of scratch beside two for each function."""

ZERO, ONE, CHANCE_POWER, TINY = (np.float32(x) for x in (0.0, 1.0, 2.0, 1e-9))


@kernel
def turn(
    real: F32, imag: F32, cosine: float, sine: float, row: int, turned: F32, energy: F32
) -> None:
    """Turn one beat's samples by an angle into two rows of ``turned``, and add their energy."""
    for p in range(N_AT_ONCE):
        x = cosine * real[p] - sine * imag[p]
        y = cosine * imag[p] + sine * real[p]
        turned[row, p] = x
        turned[row + 1, p] = y
        energy[p] += x * x + y * y


@kernel
def add_four(u: float, v: float, w: float, x: float, row: int, turned: F32, sums: F32) -> None:
    """Add four turned beats, each by its weight, to two rows of ``sums``."""
    for p in range(N_AT_ONCE):
        sums[row, p] += (u * turned[0, p] + v * turned[2, p]) + (
            w * turned[4, p] + x * turned[6, p]
        )
    for p in range(N_AT_ONCE):
        sums[row + 1, p] += (u * turned[1, p] + v * turned[3, p]) + (
            w * turned[5, p] + x * turned[7, p]
        )


@kernel
def add_row(weight: float, sums: F32, row: int, into: int, parts: F32) -> None:
    """Add a row of ``sums`` by its weight to one of ``parts``."""
    for p in range(N_AT_ONCE):
        parts[into, p] += weight * sums[row, p]


@kernel
def add_power(parts: F32, energy: F32, sign: np.float32, total: F32) -> None:
    """Add the power of the even part and ``sign * i`` times the odd part, beyond chance."""
    for p in range(N_AT_ONCE):
        x = parts[0, p] - sign * parts[3, p]
        y = parts[1, p] + sign * parts[2, p]
        beyond = (x * x + y * y) / energy[p] - CHANCE_POWER
        total[p] += beyond if beyond > ZERO else ZERO


@kernel
def clear(rows: F32, n_rows: int) -> None:
    """Fill the first rows with zeros."""
    for row in range(n_rows):
        for p in range(N_AT_ONCE):
            rows[row, p] = ZERO


@kernel
def add_coherence(
    signal: F32,
    starts: I64,
    turns: F32,
    basis: F32,
    row_weights: F32,
    n_functions: I64,
    work: F32,
    total: F32,
) -> None:
    """Add each band's power beyond chance to ``total``, for each period and place.

    The phases of a beat over the periods are sums of few even functions of the period and few odd
    ones: each function's sum over the beats is taken first, and then the periods' from those.

    Parameters
    ----------
    signal
        Real and imaginary part of each band's baseband signal, shape (n_bands, 2, n).
    starts
        First sample of each beat, shape (n_beats,), a multiple of four; places count from there.
    turns
        Cosine and sine of each beat's phase at the middle period, shape (n_bands, 2, n_beats);
        both 0 for what is no beat.
    basis
        Each function at each beat, the even ones first, shape (n_bands, n_functions, n_beats).
    row_weights
        Share of each function in each period, shape (n_bands, N_PERIODS // 2, n_functions).
    n_functions
        How many functions are even and how many odd, shape (n_bands, 2).
    work
        Scratch, shape (N_SCRATCH + 2 * most functions, N_AT_ONCE).
    total
        Shape (N_PERIODS, n_places), a multiple of ``N_AT_ONCE``; row k and the k-th from the end
        are as far from the middle period.
    """
    energy, turned, parts, sums = work[0], work[1:9], work[9:13], work[N_SCRATCH:]
    for band in range(signal.shape[0]):
        n_even = n_functions[band, 0]
        n_all = n_even + n_functions[band, 1]
        real, imag = signal[band, 0], signal[band, 1]
        functions, weights = basis[band], row_weights[band]
        for first in range(0, total.shape[1], N_AT_ONCE):
            clear(sums, 2 * n_all)
            for p in range(N_AT_ONCE):
                energy[p] = TINY
            for beat in range(0, starts.shape[0], 4):
                for k in range(4):
                    cosine, sine = turns[band, 0, beat + k], turns[band, 1, beat + k]
                    at = starts[beat + k] + first
                    turn(real[at:], imag[at:], cosine, sine, 2 * k, turned, energy)
                for j in range(n_all):
                    u, v = functions[j, beat], functions[j, beat + 1]
                    w, x = functions[j, beat + 2], functions[j, beat + 3]
                    add_four(u, v, w, x, 2 * j, turned, sums)
            for row in range(N_PERIODS // 2):
                clear(parts, 4)
                for j in range(n_all):
                    into = 0 if j < n_even else 2
                    add_row(weights[row, j], sums, 2 * j, into, parts)
                    add_row(weights[row, j], sums, 2 * j + 1, into + 1, parts)
                add_power(parts, energy, ONE, total[row, first:])
                add_power(parts, energy, -ONE, total[N_PERIODS - 1 - row, first:])
