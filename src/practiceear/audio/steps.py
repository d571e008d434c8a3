"""Cuts a stream of blocks of any size into steps of one size."""

from __future__ import annotations

from collections import deque

import numpy as np

from practiceear.audio.block import Samples


class StepCutter:
    """Gives out whole steps; what is left over waits for the next block.

    Parameters
    ----------
    step_samples
        Samples of a step.
    """

    def __init__(self, step_samples: int) -> None:
        self._step_samples = step_samples
        self._held: deque[Samples] = deque()
        self._n_held = 0

    def cut(self, samples: Samples) -> Samples:
        """Take in the next samples; return the whole steps, shape (n_steps, step_samples)."""
        self._held.append(samples)
        self._n_held += len(samples)
        n_steps = self._n_held // self._step_samples
        if n_steps == 0:
            return np.zeros((0, self._step_samples), np.float32)
        held = np.concatenate(self._held)
        used = n_steps * self._step_samples
        self._held.clear()
        self._held.append(held[used:])
        self._n_held -= used
        return held[:used].reshape(n_steps, self._step_samples)
