"""Numba kernels of the click filter: the ring buffers that every sample passes.

All rings are float32, a power of two long; a sample's index is its number since the stream
began, modulo that length.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


@kernel
def subtract(samples: F32, first_sample: int, expected: F32, history: F32, out: F32) -> None:
    """Write ``samples`` less the ring ``expected`` to ``out`` and to the ring ``history``.

    What has been used of ``expected`` is cleared. ``samples`` and ``out`` have shape (n,).
    Where no click is expected, a sample less 0 is that very sample.
    """
    expected_mask, history_mask = expected.shape[0] - 1, history.shape[0] - 1
    for i in range(samples.shape[0]):
        sample = first_sample + i
        rest = samples[i] - expected[sample & expected_mask]
        expected[sample & expected_mask] = np.float32(0.0)
        history[sample & history_mask] = rest
        out[i] = rest


@kernel
def expect(sound: F32, first_sample: int, earliest_sample: int, expected: F32) -> None:
    """Add ``sound``, shape (n,), to the ring ``expected`` from ``first_sample`` on.

    Samples before ``earliest_sample`` have passed: they are left out, and zeroed in
    ``sound``, which afterwards holds what will really be subtracted.
    """
    mask = expected.shape[0] - 1
    for i in range(sound.shape[0]):
        if first_sample + i < earliest_sample:
            sound[i] = np.float32(0.0)
        else:
            expected[(first_sample + i) & mask] += sound[i]


@kernel
def recall(history: F32, first_sample: int, out: F32) -> None:
    """Read ``out.shape[0]`` samples from ``first_sample`` on back from the ring ``history``."""
    mask = history.shape[0] - 1
    for i in range(out.shape[0]):
        out[i] = history[(first_sample + i) & mask]


@kernel
def smooth_power(sound: F64, half_samples: int, out: F64) -> None:
    """Write the mean square of ``sound`` over ``half_samples`` to either side to ``out``.

    At the edges fewer samples are there to be averaged. Both float64, shape (n,).
    """
    n_samples = sound.shape[0]
    total, first, end = 0.0, 0, 0
    for i in range(n_samples):
        while end < min(n_samples, i + half_samples + 1):
            total += sound[end] * sound[end]
            end += 1
        while first < i - half_samples:
            total -= sound[first] * sound[first]
            first += 1
        out[i] = max(total, 0.0) / (end - first)
