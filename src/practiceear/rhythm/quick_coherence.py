"""Coherence of a recording's beats at many periods, near enough to tell where to look.

The phases that sixteen neighbouring periods give to the beats are sums of few functions (Slepian &
Pollak 1961): even ones of the period, and odd ones. Each function's sum over the beats is taken
once, and all sixteen periods' sums are mixed from those.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from practiceear.rhythm.click_train_kernels import (
    N_AT_ONCE,
    N_PERIODS,
    N_SCRATCH,
    add_coherence,
)
from practiceear.units import FloatArray

_LEAST_SHARE = 1e-4
"""Functions of which no period has more are left out: far less than a thousandth of any sum."""

_BEATS_AT_ONCE = 4


class QuickCoherence:
    """Sums the beats of a recording at ``N_PERIODS`` neighbouring periods at a time.

    Parameters
    ----------
    bases
        Baseband signal of each band, complex64, shape (n_bands, n).
    bands_hz, base_rate_hz
        Middle of each band, shape (n_bands,); samples per second of ``bases``.
    n_beats, fine_step_s
        How many beats are summed; from one period to the next.
    """

    def __init__(
        self,
        bases: npt.NDArray[np.complex64],
        bands_hz: FloatArray,
        base_rate_hz: int,
        n_beats: int,
        fine_step_s: float,
    ) -> None:
        self._bands_hz, self._rate_hz, self._beats = bands_hz, base_rate_hz, np.arange(n_beats)
        parts = np.stack((bases.real, bases.imag), axis=1)
        self._signal = np.pad(parts, ((0, 0), (0, 0), (0, 2 * N_AT_ONCE)), "edge")
        off_s = (np.arange(N_PERIODS // 2) - (N_PERIODS - 1) / 2.0) * fine_step_s
        n_padded = -(-n_beats // _BEATS_AT_ONCE) * _BEATS_AT_ONCE
        self._basis = np.zeros((len(bands_hz), N_PERIODS, n_padded), np.float32)
        self._weights = np.zeros((len(bands_hz), N_PERIODS // 2, N_PERIODS), np.float32)
        self._n_functions = np.zeros((len(bands_hz), 2), np.int64)
        for band, hz in enumerate(bands_hz):
            self._take_apart(band, 2 * np.pi * hz * np.outer(off_s, self._beats - n_beats / 2.0))
        self._starts = np.zeros(n_padded, np.int64)
        self._turns = np.zeros((len(bands_hz), 2, n_padded), np.float32)
        self._work = np.zeros((N_SCRATCH + 2 * N_PERIODS, N_AT_ONCE), np.float32)

    def _take_apart(self, band: int, phases: FloatArray) -> None:
        """Find the functions of a band whose phases have the shape (periods, beats)."""
        first = 0
        for parity, part in enumerate((np.cos(phases), np.sin(phases))):
            weights, sizes, functions = np.linalg.svd(part, full_matrices=False)
            n = int(np.count_nonzero(sizes > _LEAST_SHARE))
            self._basis[band, first : first + n, : len(self._beats)] = functions[:n]
            self._weights[band, :, first : first + n] = weights[:, :n] * sizes[:n]
            self._n_functions[band, parity] = n
            first += n

    def power_beyond_chance(
        self, starts_period_s: float, middle_s: float
    ) -> npt.NDArray[np.float32]:
        """Power of each period and place beyond chance, summed over bands, (N_PERIODS, n_places).

        Beats start at multiples of ``starts_period_s``, to the sample; the periods whose phases
        are tried lie around ``middle_s``.
        """
        n_beats, n_places = len(self._beats), int(starts_period_s * self._rate_hz)
        self._starts[:n_beats] = np.rint(self._beats * starts_period_s * self._rate_hz)
        phases = 2 * np.pi * middle_s * np.outer(self._bands_hz, self._beats)
        self._turns[:, 0, :n_beats] = np.cos(phases)
        self._turns[:, 1, :n_beats] = np.sin(phases)
        total = np.zeros((N_PERIODS, -(-n_places // N_AT_ONCE) * N_AT_ONCE), np.float32)
        if self._starts.max() + total.shape[1] > self._signal.shape[2]:
            raise ValueError(f"{n_beats} beats of {starts_period_s} s are longer than the signal")
        add_coherence(
            self._signal,
            self._starts,
            self._turns,
            self._basis,
            self._weights,
            self._n_functions,
            self._work,
            total,
        )
        return total[:, :n_places]
