"""The streaming onset detector: feed samples, get events.

One call takes any number of samples, writes the events that became known, and leaves all state
in one record. Nothing is allocated.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from .analysis_kernels import analyse, decimate, end_fine_step, hear_samples, set_inputs
from .network_kernels import answer, refined
from .records import (
    CALLED,
    CENTRE_REACH,
    N_HEADS,
    N_PENDING,
    N_PROBABILITY,
    SETTLED,
    SETTLED_HEAD,
    TAP_CALLED,
    TAP_HEAD,
    TAP_SETTLED,
    TAP_WAIT_FRAMES,
)

_JIT = {"cache": True, "nogil": True, "error_model": "numpy"}


@numba.njit(**_JIT)
def _is_peak(t, state, tables, head):  # type: ignore[no-untyped-def]
    """True when frame t is a peak of this head far enough from its last; marks it."""
    mask = N_PROBABILITY - 1
    row = state.probability[head]
    value = row[t & mask]
    if t < 0 or value < tables.threshold[head] or t - state.last_peak[head] < 8:
        return False
    for ahead in range(1, tables.n_wait[head] + 1):
        if row[(t + ahead) & mask] > value:
            return False
    for back in range(1, 5):
        if t - back >= 0 and row[(t - back) & mask] >= value:
            return False
    state.last_peak[head] = t
    return True


@numba.njit(**_JIT)
def _centred(t, state, head):  # type: ignore[no-untyped-def]
    """Mean place of the probability around the peak at frame t, in frames relative to it."""
    row = state.probability[head]
    mass, moment = 0.0, 0.0
    for k in range(-CENTRE_REACH, CENTRE_REACH + 1):
        if t + k >= 0:
            value = float(row[(t + k) & (N_PROBABILITY - 1)])
            mass += value
            moment += k * value
    return moment / mass


@numba.njit(**_JIT)
def _write(events, n_events, kind, onset_samples, probability, state, tables):  # type: ignore[no-untyped-def]
    if n_events < events.size:
        event = events[n_events]
        event.kind = kind
        event.onset_samples = onset_samples - tables.time_offset_samples[kind]
        event.known_samples = state.n_samples
        event.probability = probability
        event.is_refined = 0
        return n_events + 1
    return n_events


@numba.njit(**_JIT)
def _write_refined(events, n_events, kind, onset_samples, probability, state, tables):  # type: ignore[no-untyped-def]
    """Write an event at its refined place where there is one."""
    better = refined(onset_samples, state, tables)
    n_after = _write(events, n_events, kind, onset_samples, probability, state, tables)
    if n_after > n_events and not math.isnan(better):
        events[n_events].onset_samples = better - tables.fine_offset_samples
        events[n_events].is_refined = 1
    return n_after


@numba.njit(**_JIT)
def _settle_taps(state, tables, events, n_events):  # type: ignore[no-untyped-def]
    """Write the taps that have waited long enough."""
    while state.n_pending > 0 and state.n_frames >= state.pending_due[0]:
        n_events = _write_refined(
            events,
            n_events,
            TAP_SETTLED,
            state.pending_samples[0],
            state.pending_probability[0],
            state,
            tables,
        )
        state.n_pending -= 1
        for i in range(state.n_pending):
            state.pending_samples[i] = state.pending_samples[i + 1]
            state.pending_probability[i] = state.pending_probability[i + 1]
            state.pending_due[i] = state.pending_due[i + 1]
    return n_events


@numba.njit(**_JIT)
def _await_tap(onset_samples, probability, state):  # type: ignore[no-untyped-def]
    if state.n_pending < N_PENDING:
        i = state.n_pending
        state.pending_samples[i] = onset_samples
        state.pending_probability[i] = probability
        state.pending_due[i] = state.n_frames + TAP_WAIT_FRAMES
        state.n_pending += 1


@numba.njit(**_JIT)
def _pick(state, tables, events, n_events):  # type: ignore[no-untyped-def]
    """Events that the newest frame makes known: taps, settled notes, then calls."""
    n_events = _settle_taps(state, tables, events, n_events)
    hop = float(tables.hop)
    for head in range(N_HEADS - 1, -1, -1):
        t = state.n_frames - tables.n_wait[head]
        if not _is_peak(t, state, tables, head):
            continue
        value = state.probability[head, t & (N_PROBABILITY - 1)]
        at = t - tables.delay_frames[head]
        if head == SETTLED_HEAD:
            onset_samples = (at + 0.5 + _centred(t, state, head)) * hop
            n_events = _write_refined(
                events, n_events, SETTLED, onset_samples, value, state, tables
            )
            continue
        if head == TAP_HEAD:
            onset_samples = (at + 0.5) * hop
            n_events = _write(events, n_events, TAP_CALLED, onset_samples, value, state, tables)
            _await_tap(onset_samples, value, state)
            continue
        is_new = True
        for i in range(4):
            is_new = is_new and abs(at - state.last_called[i]) >= 9
        if is_new:
            for i in range(3):
                state.last_called[i] = state.last_called[i + 1]
            state.last_called[3] = at
            n_events = _write(events, n_events, CALLED, (at + 0.5) * hop, value, state, tables)
    return n_events


@numba.njit(**_JIT)
def reset_state(states, table):  # type: ignore[no-untyped-def]
    """Make states[0] that of a stream about to begin."""
    state, tables = states[0], table[0]
    state.n_samples = state.n_frames = state.at = state.at_low = state.n_fine = 0
    state.n_to_hop, state.n_to_low, state.n_to_fine = (
        tables.hop,
        tables.decimation,
        tables.fine_step,
    )
    state.peak, state.before = tables.gain_floor, np.float32(0.0)
    state.energy[:] = np.float32(0.0)
    state.ring[:] = np.float32(0.0)
    state.low_ring[:] = np.float32(0.0)
    state.fine[:] = np.float32(0.0)
    state.levels[:] = np.float32(0.0)
    state.trunk[:] = np.float32(0.0)
    state.probability[:] = np.float32(0.0)
    state.last_peak[:] = -1_000_000
    state.last_called[:] = -1_000_000
    state.n_pending = 0


@numba.njit(**_JIT)
def hear_block(block, states, table, events):  # type: ignore[no-untyped-def]
    """Feed float32 samples; write events (EVENT) that became known; return their number."""
    state, tables = states[0], table[0]
    n_events, n = 0, 0
    while n < block.size:
        n_new = min(block.size - n, state.n_to_hop, state.n_to_low, state.n_to_fine)
        hear_samples(block, n, n + n_new, state, tables)
        n += n_new
        if state.n_to_fine == 0:
            end_fine_step(state, tables)
        if state.n_to_low == 0:
            decimate(state, tables)
            state.n_to_low = tables.decimation
        if state.n_to_hop == 0:
            state.n_to_hop = tables.hop
            analyse(state, tables)
            set_inputs(state)
            answer(state, tables)
            n_events = _pick(state, tables, events, n_events)
            state.n_frames += 1
    return n_events
