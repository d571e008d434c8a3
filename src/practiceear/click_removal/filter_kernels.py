"""Numba kernels of the bleed filter: the rings that every sample passes.

All rings are float32 with a length that is a power of two; a sample's place is its number
since the stream began, modulo that length.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


@kernel
def take_out(samples: F32, first_sample: int, bleed: F32, kept: F32, out: F32) -> None:
    """Write ``samples`` less the foreseen ``bleed`` to ``out`` and to the ring ``kept``.

    What has been used of ``bleed`` is cleared, so that its place can be used again. All
    three are float32; ``samples`` and ``out`` have shape (n,). Where nothing was foreseen,
    a sample less 0 is that very sample.
    """
    bleed_mask, kept_mask = bleed.shape[0] - 1, kept.shape[0] - 1
    for i in range(samples.shape[0]):
        sample = first_sample + i
        rest = samples[i] - bleed[sample & bleed_mask]
        bleed[sample & bleed_mask] = np.float32(0.0)
        kept[sample & kept_mask] = rest
        out[i] = rest


@kernel
def foresee(sound: F32, first_sample: int, earliest_sample: int, bleed: F32) -> None:
    """Add ``sound``, shape (n,), to the foreseen ``bleed`` from ``first_sample`` on.

    Samples before ``earliest_sample`` have passed: they are left out, and zeroed in
    ``sound``, which afterwards holds what will really be taken out.
    """
    mask = bleed.shape[0] - 1
    for i in range(sound.shape[0]):
        if first_sample + i < earliest_sample:
            sound[i] = np.float32(0.0)
        else:
            bleed[(first_sample + i) & mask] += sound[i]


@kernel
def recall(kept: F32, first_sample: int, out: F32) -> None:
    """Read ``out.shape[0]`` samples from ``first_sample`` on back from the ring ``kept``."""
    mask = kept.shape[0] - 1
    for i in range(out.shape[0]):
        out[i] = kept[(first_sample + i) & mask]


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
