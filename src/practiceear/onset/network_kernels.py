"""Numba kernels of the network: causal convolutions over their own rings, and the localiser.

A temporal convolutional network (Bai, Kolter and Koltun, "An empirical evaluation of generic
convolutional and recurrent networks for sequence modeling", 2018): one trunk, a head for every
moment at which something may be said. The localiser is a small perceptron over 1 ms energies.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel
from practiceear.onset.records import (
    CERTAIN,
    FINE_BEFORE,
    FINE_REACH,
    FINE_WINDOW,
    N_CHANNELS,
    N_FINE,
    N_FINE_OUT,
    N_HEADS,
    N_LAYERS,
    N_PROBABILITY,
)

F32 = npt.NDArray[np.float32]
Record = np.void

ZERO, ONE = np.float32(0.0), np.float32(1.0)

SUREST_LOGIT = np.float32(60.0)
"""Logits beyond this are cut off: their exponentials would be denormal."""

FAINTEST_ENERGY = np.float32(1e-9)
LOWEST_LOG = np.float32(-6.0)  # of an energy below the window's peak
FINE_SCALE = np.float32(0.5)


@kernel
def copy(values: F32, out: F32) -> None:
    """Copy ``values``; a plain loop compiles in a tenth of the time of an assignment."""
    for j in range(out.shape[0]):
        out[j] = values[j]


@kernel
def add_product(inputs: F32, weight: F32, out: F32) -> None:
    """Add ``inputs @ weight`` to out, four inputs at a time so that out is read seldom."""
    n_inputs, n_outputs = weight.shape
    for i in range(0, n_inputs - 3, 4):
        a, b, c, d = inputs[i], inputs[i + 1], inputs[i + 2], inputs[i + 3]
        for j in range(n_outputs):
            out[j] += (a * weight[i, j] + b * weight[i + 1, j]) + (
                c * weight[i + 2, j] + d * weight[i + 3, j]
            )


@kernel
def rectified(inputs: F32, weight: F32, bias: F32, out: F32) -> None:
    """Write what a layer makes of its inputs, nothing below 0, to out."""
    copy(bias, out)
    add_product(inputs, weight, out)
    for j in range(out.shape[0]):
        out[j] = max(out[j], ZERO)


@kernel
def answer(state: Record, tables: Record) -> None:
    """Write the probabilities of all heads for the newest frame into their rings."""
    hidden, sums = state["hidden"][:], state["sums"][:]
    rectified(state["inputs"][:], tables["enter_weight"][:], tables["enter_bias"][:], hidden)
    base = 0
    for layer in range(N_LAYERS):
        dilation = tables["dilation"][layer]
        length = 2 * dilation + 1
        rows, weight = state["trunk"][base : base + length], tables["layer_weight"][layer]
        at = state["n_frames"] % length
        copy(hidden, rows[at])
        copy(tables["layer_bias"][layer], sums)
        for tap in range(3):  # the oldest first
            past = rows[(at + 1 + tap * dilation) % length]
            add_product(past, weight[tap * N_CHANNELS : (tap + 1) * N_CHANNELS], sums)
        for j in range(N_CHANNELS):
            hidden[j] += max(sums[j], ZERO)
        base += length
    column = state["n_frames"] & (N_PROBABILITY - 1)
    for head in range(N_HEADS):
        logit = tables["leave_bias"][head]
        for j in range(N_CHANNELS):
            logit += hidden[j] * tables["leave_weight"][j, head]
        logit = max(logit, -SUREST_LOGIT)
        state["probability"][head, column] = ONE / (ONE + np.float32(math.exp(-logit)))


@kernel
def score_heads(state: Record, tables: Record) -> None:
    """Write the scores of all heads for the newest frame: sums of their last probabilities.

    Where nobody can say when exactly a soft note begins, the network spreads its belief over
    several frames; a click that it half believes in stays a narrow peak.
    """
    mask = N_PROBABILITY - 1
    for head in range(N_HEADS):
        total = ZERO
        for k in range(tables["n_summed"][head]):
            total += state["probability"][head, (state["n_frames"] - k) & mask]
        state["score"][head, state["n_frames"] & mask] = total / np.float32(CERTAIN)


@kernel
def set_fine_inputs(centre: int, state: Record) -> None:
    """Write the log energies around a fine step, relative to the window's peak."""
    fine_inputs = state["fine_inputs"]
    for i in range(2):
        first = i * FINE_WINDOW
        top = np.float32(-100.0)
        for j in range(FINE_WINDOW):
            step = min(max(centre - FINE_BEFORE + j, 0), state["n_fine"] - 1)
            energy = state["fine"][i, step & (N_FINE - 1)] + FAINTEST_ENERGY
            fine_inputs[first + j] = np.float32(math.log10(energy))
            top = max(top, fine_inputs[first + j])
        for j in range(first, first + FINE_WINDOW):
            fine_inputs[j] = max(fine_inputs[j] - top, LOWEST_LOG) * FINE_SCALE


@kernel
def localise(onset_samples: float, state: Record, tables: Record) -> float:
    """A sharp attack's onset in samples near the given one, NaN where none is sharp."""
    if state["n_fine"] < 1:
        return math.nan
    centre = math.floor(onset_samples / tables["fine_step"] + 0.5)
    set_fine_inputs(centre, state)
    hidden, out = state["fine_hidden"][:], state["fine_out"][:]
    rectified(state["fine_inputs"][:], tables["fine_weight"][:], tables["fine_bias"][:], hidden)
    copy(tables["fine_out_bias"][:], out)
    add_product(hidden, tables["fine_out_weight"][:], out)
    top, best = out[0], 0
    for j in range(N_FINE_OUT):
        top = max(top, out[j])
        if j < N_FINE_OUT - 1 and out[j] > out[best]:
            best = j
    total = ZERO
    for j in range(N_FINE_OUT):
        out[j] = np.float32(math.exp(max(out[j] - top, -SUREST_LOGIT)))
        total += out[j]
    if ONE - out[N_FINE_OUT - 1] / total <= tables["fine_threshold"]:
        return math.nan
    mass, moment = 0.0, 0.0
    for j in range(max(0, best - 3), min(N_FINE_OUT - 1, best + 4)):
        mass += out[j]
        moment += out[j] * (j + 0.5)
    return float((centre + moment / mass - FINE_REACH) * tables["fine_step"])
