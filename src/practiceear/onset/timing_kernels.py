"""Numba kernels of the timer: when exactly an onset was, and how sure that is.

A small perceptron that hears what the network has answered around a confirmed onset, and the
1 ms energies there. It says by how much the onset is to be moved, and how far off it may be
then: mean and spread of the errors that onsets like this one had in takes whose truth is known
(Nix and Weigend, "Estimating the mean and variance of the target probability distribution",
1994).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel
from practiceear.onset.network_kernels import (
    FAINTEST_ENERGY,
    FINE_SCALE,
    LOWEST_LOG,
    ZERO,
    add_product,
    copy,
    rectified,
)
from practiceear.onset.records import (
    CONFIRMED_HEAD,
    N_FINE,
    N_PROBABILITY,
    TIMER_BEFORE,
    TIMER_CONFIRMED_FRAMES,
    TIMER_FOLD,
    TIMER_PROVISIONAL_FRAMES,
    TIMER_SKIPPED_FRAMES,
    TIMER_WINDOW,
)

F32 = npt.NDArray[np.float32]
Record = np.void

MOST_LOG = np.float32(3.0)
"""The spread lies within e^±3 of its unit, what training saw."""


@kernel
def set_timer_inputs(onset_samples: float, score: float, state: Record, tables: Record) -> None:
    """Write what the timer hears of an onset of which the newest frame was the last needed.

    Probabilities of the calling heads and of the confirmed one, oldest first; log energies around
    the onset, plain and of the first difference, relative to the loudest; where in its frame
    the onset lies; the logarithm of its score.
    """
    inputs, mask = state["timer_inputs"], N_PROBABILITY - 1
    at = 0
    for head in range(CONFIRMED_HEAD):
        for k in range(TIMER_PROVISIONAL_FRAMES - 1, TIMER_SKIPPED_FRAMES - 1, -1):
            inputs[at] = state["probability"][head, (state["n_frames"] - k) & mask]
            at += 1
    for k in range(TIMER_CONFIRMED_FRAMES - 1, -1, -1):
        inputs[at] = state["probability"][CONFIRMED_HEAD, (state["n_frames"] - k) & mask]
        at += 1
    first_step = math.floor(onset_samples / tables["fine_step"] + 0.5) - TIMER_BEFORE
    for i in range(2):
        top = np.float32(-100.0)
        for j in range(TIMER_WINDOW):
            top = max(top, fine_log(i, first_step + j, state))
        for j in range(0, TIMER_WINDOW, TIMER_FOLD):
            total = ZERO
            for k in range(TIMER_FOLD):
                total += max(fine_log(i, first_step + j + k, state) - top, LOWEST_LOG)
            inputs[at] = total * FINE_SCALE / np.float32(TIMER_FOLD)
            at += 1
    frames = onset_samples / tables["hop"]
    inputs[at] = frames - math.floor(frames)
    inputs[at + 1] = math.log(score)


@kernel
def fine_log(which: int, step: int, state: Record) -> np.float32:
    """Log10 of a fine energy; before the first and after the newest step, of that one."""
    step = min(max(step, 0), state["n_fine"] - 1)
    return np.float32(math.log10(state["fine"][which, step & (N_FINE - 1)] + FAINTEST_ENERGY))


@kernel
def time_onset(onset_samples: float, score: float, state: Record, tables: Record) -> None:
    """Write into ``state["timed"]`` by how much an onset is to be moved, and its error."""
    set_timer_inputs(onset_samples, score, state, tables)
    hidden, inner, out = state["timer_hidden"][0], state["timer_hidden"][1], state["timer_out"][:]
    rectified(state["timer_inputs"][:], tables["timer_weight"][:], tables["timer_bias"][:], hidden)
    rectified(hidden, tables["timer_inner_weight"][:], tables["timer_inner_bias"][:], inner)
    copy(tables["timer_out_bias"][:], out)
    add_product(inner, tables["timer_out_weight"][:], out)
    reach = tables["timer_reach_samples"]
    spread = math.exp(min(max(out[1], -MOST_LOG), MOST_LOG))
    state["timed"][0] = min(max(tables["timer_unit_samples"] * out[0], -reach), reach)
    state["timed"][1] = tables["timer_unit_s"] * tables["timer_spread"] * spread
