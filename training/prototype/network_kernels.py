"""The causal convolutions over their own rings, and the localiser of sharp attacks."""

from __future__ import annotations

import math

import numba
import numpy as np

from .records import (
    N_CHANNELS,
    N_FINE,
    N_FINE_BEFORE,
    N_FINE_HIDDEN,
    N_FINE_NET,
    N_FINE_OUT,
    N_HEADS,
    N_LAYERS,
    N_PROBABILITY,
)

_JIT = {"cache": True, "nogil": True, "error_model": "numpy"}


@numba.njit(**_JIT)
def _add_product(inputs, weight, out):  # type: ignore[no-untyped-def]
    """Out += inputs @ weight, four inputs at a time so that the sums stay in registers."""
    n_inputs, n_outputs = weight.shape
    for i in range(0, n_inputs - 3, 4):
        a, b, c, d = inputs[i], inputs[i + 1], inputs[i + 2], inputs[i + 3]
        for j in range(n_outputs):
            out[j] += (a * weight[i, j] + b * weight[i + 1, j]) + (
                c * weight[i + 2, j] + d * weight[i + 3, j]
            )
    for i in range(n_inputs - n_inputs % 4, n_inputs):
        for j in range(n_outputs):
            out[j] += inputs[i] * weight[i, j]


@numba.njit(**_JIT)
def answer(state, tables):  # type: ignore[no-untyped-def]
    """Probabilities of all heads for the newest frame, into their rings."""
    hidden, sums = state.hidden, state.sums
    hidden[:] = tables.enter_bias
    _add_product(state.inputs, tables.enter_weight, hidden)
    for j in range(N_CHANNELS):
        hidden[j] = max(hidden[j], np.float32(0.0))
    base = 0
    for layer in range(N_LAYERS):
        dilation = tables.dilation[layer]
        length = 2 * dilation + 1
        rows, weight = state.trunk[base : base + length], tables.layer_weight[layer]
        at = state.n_frames % length
        rows[at] = hidden
        sums[:] = tables.layer_bias[layer]
        _add_product(rows[(at + 1) % length], weight[:N_CHANNELS], sums)
        _add_product(rows[(at + 1 + dilation) % length], weight[N_CHANNELS : 2 * N_CHANNELS], sums)
        _add_product(hidden, weight[2 * N_CHANNELS :], sums)
        for j in range(N_CHANNELS):
            hidden[j] += max(sums[j], np.float32(0.0))
        base += length
    column = state.n_frames & (N_PROBABILITY - 1)
    for h in range(N_HEADS):
        logit = tables.leave_bias[h]
        for j in range(N_CHANNELS):
            logit += hidden[j] * tables.leave_weight[j, h]
        state.probability[h, column] = np.float32(1.0) / (
            np.float32(1.0) + np.float32(math.exp(-logit))
        )


@numba.njit(**_JIT)
def _set_fine_inputs(centre, state, tables):  # type: ignore[no-untyped-def]
    """Log energies around a fine step, relative to the window's peak."""
    half = N_FINE_NET // 2
    for i in range(2):
        top = np.float32(-100.0)
        for j in range(half):
            step = min(max(centre - N_FINE_BEFORE + j, 0), state.n_fine - 1)
            value = np.float32(math.log10(state.fine[i, step & (N_FINE - 1)] + np.float32(1e-9)))
            state.fine_inputs[i * half + j] = value
            top = max(top, value)
        for j in range(half):
            value = max(state.fine_inputs[i * half + j] - top, np.float32(-6.0))
            state.fine_inputs[i * half + j] = value * np.float32(0.5)


@numba.njit(**_JIT)
def refined(onset_samples, state, tables):  # type: ignore[no-untyped-def]
    """A sharp attack's onset in samples near the given one, NaN where none is sharp."""
    centre = math.floor(onset_samples / tables.fine_step + 0.5)
    if state.n_fine < 1:
        return math.nan
    _set_fine_inputs(centre, state, tables)
    hidden, out = state.fine_hidden, state.fine_out
    hidden[:] = tables.fine_bias
    _add_product(state.fine_inputs, tables.fine_weight, hidden)
    for j in range(N_FINE_HIDDEN):
        hidden[j] = max(hidden[j], np.float32(0.0))
    out[:] = tables.fine_out_bias
    _add_product(hidden, tables.fine_out_weight, out)
    top, best = out[0], 0
    for j in range(N_FINE_OUT):
        top = max(top, out[j])
        if j < N_FINE_OUT - 1 and out[j] > out[best]:
            best = j
    total = np.float32(0.0)
    for j in range(N_FINE_OUT):
        out[j] = np.float32(math.exp(out[j] - top))
        total += out[j]
    if np.float32(1.0) - out[N_FINE_OUT - 1] / total <= tables.fine_threshold:
        return math.nan
    mass, moment = 0.0, 0.0
    for j in range(max(0, best - 3), min(N_FINE_OUT - 1, best + 4)):
        mass += out[j]
        moment += out[j] * (j + 0.5)
    return (centre + moment / mass - (N_FINE_OUT - 2) // 2) * tables.fine_step
