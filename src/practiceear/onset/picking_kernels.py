"""Numba kernels of the whole stream: samples in, events out.

A peak of an early head's score *calls* an onset, whoever is sure first; a peak of the confirmed
head's confirms it, at the localiser's time where the attack is sharp. Where taps are listened
for, the tap head calls and the localiser confirms. Calls wait in the state until something
confirms them or nothing can any more, so that the size of the blocks never matters.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel
from practiceear.onset.analysis_kernels import analyse, hear_samples, set_inputs
from practiceear.onset.event import N_SOUND, OnsetKind
from practiceear.onset.loudness_kernels import end_loudness_frame, reset_loudness
from practiceear.onset.network_kernels import answer, localise, score_heads
from practiceear.onset.records import (
    CLICK_HEAD,
    CONFIRMED_HEAD,
    HALF_HEARD,
    MAX_FFT,
    N_AFTER_PEAK,
    N_CALLS_KEPT,
    N_HEADS,
    N_HISTORY,
    N_PROBABILITY,
    PEAK_BEFORE,
    PEAK_GAP_FRAMES,
    SOUND_FIRST,
    SOUND_FRAMES,
)
from practiceear.onset.timing_kernels import time_onset

F32 = npt.NDArray[np.float32]
Record = np.void
Records = npt.NDArray[np.void]

ZERO, ONE, FAINTEST = np.float32(0.0), np.float32(1.0), np.float32(1e-6)

PROVISIONAL = int(OnsetKind.PROVISIONAL)
CONFIRMED = int(OnsetKind.CONFIRMED)
RETRACTED = int(OnsetKind.RETRACTED)
HALF_HEARD_KIND = int(OnsetKind.HALF_HEARD)

LONG_AGO, NOT_YET = -(1 << 40), 1 << 60


@kernel
def is_summit(t: int, row: F32, n_after: int) -> bool:
    """Whether frame t of a ring of scores exceeds those before and is not below those after."""
    mask = N_PROBABILITY - 1
    value, is_highest = row[t & mask], True
    for k in range(max(0, t - PEAK_BEFORE), t):
        is_highest &= row[k & mask] < value
    for k in range(t + 1, t + n_after + 1):
        is_highest &= row[k & mask] <= value
    return is_highest


@kernel
def is_peak(t: int, head: int, state: Record, tables: Record) -> bool:
    """Whether the score of frame t is a peak of this head, far enough from its last; marks it.

    What comes after it counts for the confirmed head only: the others do not wait.
    """
    mask = N_PROBABILITY - 1
    row = state["score"][head]
    value = row[t & mask]
    is_near = t - state["last_peak"][head] < PEAK_GAP_FRAMES
    if t < 0 or value < tables["threshold"][head] or is_near:
        return False
    if not is_summit(t, row, N_AFTER_PEAK if head == CONFIRMED_HEAD else 0):
        return False
    state["last_peak"][head] = t
    return True


@kernel
def middle_of_score(t: int, head: int, state: Record, tables: Record) -> float:
    """Mean place of the probabilities that make a score, in frames after t (never positive)."""
    row = state["probability"][head]
    mass, moment = 0.0, 0.0
    for k in range(tables["n_summed"][head]):
        value = float(row[(t - k) & (N_PROBABILITY - 1)])
        mass += value
        moment -= k * value
    return moment / mass


@kernel
def onset_of_frame(t: float, head: int, tables: Record) -> float:
    """Onset in samples that a head means by a probability in frame t."""
    return float((t - tables["delay_frames"][head] + 0.5) * tables["hop"])


@kernel
def settled_until(n_frames: int, state: Record, tables: Record) -> int:
    """No onset before this sample is confirmed any more once ``n_frames`` have been heard."""
    head = tables["confirming_head"]
    t = n_frames - tables["settle_wait_frames"] - (tables["n_summed"][head] - 1)
    earliest = onset_of_frame(t, head, tables) - tables["reach_samples"]
    after_last = state["last_settled"] + tables["interval_samples"]
    return int(min(max(0, math.floor(earliest), after_last), state["n_samples"]))


@kernel
def write_event(
    onset_id: int, onset_samples: float, strength: float, state: Record, event: Record
) -> None:
    """Fill in an event that becomes known now, still without its kind."""
    known = min(state["n_samples"], state["end_sample"])
    onset = min(max(round(onset_samples), 0), known)
    event["onset_id"] = onset_id
    event["onset_sample"] = state["first_sample"] + onset
    event["known_sample"] = state["first_sample"] + known
    event["detected_sample"] = state["first_sample"] + known
    event["error_s"] = math.nan
    event["strength"] = strength
    event["click_like"] = math.nan
    for band in range(N_SOUND):
        event["sound"][band] = ZERO
    state["n_events"] += 1


@kernel
def drop_call(k: int, state: Record) -> None:
    """Forget the pending call number k."""
    state["n_pending"] -= 1
    for i in range(k, state["n_pending"]):
        state["pending_id"][i] = state["pending_id"][i + 1]
        state["pending_samples"][i] = state["pending_samples"][i + 1]
        state["pending_known"][i] = state["pending_known"][i + 1]
        state["pending_frame"][i] = state["pending_frame"][i + 1]


@kernel
def nearest_call(onset_samples: float, state: Record, tables: Record) -> int:
    """Number of the pending call nearest to an onset, -1 where none is within reach."""
    best, nearest = -1, tables["match_samples"]
    for k in range(state["n_pending"]):
        distance = abs(state["pending_samples"][k] - onset_samples)
        if distance < nearest or (best < 0 and distance <= nearest):
            best, nearest = k, distance
    return best


@kernel
def is_clear_of_calls(at: float, state: Record, tables: Record) -> bool:
    """Whether onset frame ``at`` is no call's yet; marks it."""
    last_called = state["last_called"]
    for i in range(N_CALLS_KEPT):
        if abs(at - last_called[i]) < tables["call_gap_frames"]:
            return False
    for i in range(N_CALLS_KEPT - 1):
        last_called[i] = last_called[i + 1]
    last_called[N_CALLS_KEPT - 1] = at
    return True


@kernel
def call_onsets(state: Record, tables: Record, events: Records) -> None:
    """Call what the newest frame brings, unless it is near a call; the surest heads first."""
    if state["n_samples"] > state["end_sample"]:
        return  # this is the silence after the end
    t = state["n_frames"]
    for head in range(tables["last_calling_head"], tables["first_calling_head"] - 1, -1):
        if not is_peak(t, head, state, tables):
            continue
        middle = t - 0.5 * (tables["n_summed"][head] - 1)
        onset_samples = onset_of_frame(middle, head, tables) - tables["call_offset_samples"]
        if not is_clear_of_calls(middle - tables["delay_frames"][head], state, tables):
            continue
        strength = state["score"][head, t & (N_PROBABILITY - 1)] / tables["threshold"][head]
        event = events[state["n_events"]]
        event["kind"] = PROVISIONAL
        write_event(state["next_id"], onset_samples, strength, state, event)
        k = state["n_pending"]
        state["pending_id"][k] = state["next_id"]
        state["pending_samples"][k] = onset_samples
        state["pending_known"][k] = state["n_samples"]
        state["pending_frame"][k] = t
        state["n_pending"] += 1
        state["next_id"] += 1


@kernel
def withdraw_oldest(state: Record, events: Records) -> None:
    """Write the withdrawal of the oldest pending call, and forget it."""
    event = events[state["n_events"]]
    event["kind"] = RETRACTED
    write_event(state["pending_id"][0], state["pending_samples"][0], 0.0, state, event)
    event["detected_sample"] = state["first_sample"] + state["pending_known"][0]
    drop_call(0, state)


@kernel
def settled_samples(coarse_samples: float, state: Record, tables: Record) -> float:
    """The best time of an onset, NaN where it is the last one heard again.

    The localiser's time of a sharp attack; the network's own where there is none, or where
    the localiser found the attack of the onset before.
    """
    earliest = state["last_settled"] + tables["interval_samples"]
    sharp = localise(coarse_samples, state, tables) - tables["fine_offset_samples"]
    if not math.isnan(sharp) and round(sharp) >= earliest:
        return float(sharp)
    soft = coarse_samples - tables["settle_offset_samples"]
    if round(soft) >= earliest:
        return float(soft)
    return math.nan


@kernel
def moved_samples(
    onset_samples: float, coarse_samples: float, state: Record, tables: Record
) -> float:
    """An onset moved as the timer says, as far as its neighbours and what was promised allow."""
    moved = onset_samples + state["timed"][0]
    earliest = max(
        state["last_settled"] + tables["interval_samples"],
        coarse_samples - tables["reach_samples"],
    )
    latest = state["end_sample"] - 1.0
    return float(max(min(moved, latest), min(earliest, onset_samples)))


@kernel
def settle(k: int, onset_samples: float, strength: float, state: Record, event: Record) -> None:
    """Write a confirmed onset under the id of pending call k, or a new one where k is -1."""
    onset_id = state["pending_id"][k] if k >= 0 else state["next_id"]
    event["kind"] = CONFIRMED
    write_event(onset_id, onset_samples, strength, state, event)
    state["last_settled"] = event["onset_sample"] - state["first_sample"]
    if k >= 0:
        event["detected_sample"] = state["first_sample"] + state["pending_known"][k]
        drop_call(k, state)
    else:
        state["next_id"] += 1


@kernel
def describe_sound(
    t: int, onset_samples: float, state: Record, tables: Record, event: Record
) -> None:
    """Write how an onset that the confirmed head believes at frame t sounds.

    ``click_like``, from what the click head says of the same frames, and the mean levels just
    after the onset; neighbouring quarter tones are taken together.
    """
    mask = N_PROBABILITY - 1
    click, believed = ZERO, ZERO
    for k in range(tables["n_summed"][CONFIRMED_HEAD]):
        click += state["probability"][CLICK_HEAD, (t - k) & mask]
        believed += state["probability"][CONFIRMED_HEAD, (t - k) & mask]
    event["click_like"] = min(click / max(believed, FAINTEST), ONE)
    first = math.floor(onset_samples / tables["hop"]) + SOUND_FIRST
    for band in range(N_SOUND):
        total = ZERO
        for frame in range(first, first + SOUND_FRAMES):
            levels = state["levels"][min(frame, state["n_frames"]) & (N_HISTORY - 1)]
            total += levels[2 * band] + levels[2 * band + 1]
        event["sound"][band] = total / np.float32(2 * SOUND_FRAMES)


@kernel
def is_half_heard(t: int, state: Record, tables: Record) -> bool:
    """Whether the confirmed head's score of frame t is a peak below its threshold; marks it."""
    row, mask = state["score"][CONFIRMED_HEAD], N_PROBABILITY - 1
    value, threshold = row[t & mask], tables["threshold"][CONFIRMED_HEAD]
    last = max(state["last_peak"][CONFIRMED_HEAD], state["last_half_heard"])
    if t < 0 or value >= threshold or value < HALF_HEARD * threshold:
        return False
    if t - last < PEAK_GAP_FRAMES or not is_summit(t, row, N_AFTER_PEAK):
        return False
    state["last_half_heard"] = t
    return True


@kernel
def tell_half_heard(t: int, state: Record, tables: Record, events: Records) -> None:
    """Write what was half heard at frame t: no onset, and no call is settled by it."""
    middle = t + middle_of_score(t, CONFIRMED_HEAD, state, tables)
    onset_samples = onset_of_frame(middle, CONFIRMED_HEAD, tables) - tables["settle_offset_samples"]
    if onset_samples >= state["end_sample"]:
        return
    score = state["score"][CONFIRMED_HEAD, t & (N_PROBABILITY - 1)]
    event = events[state["n_events"]]
    event["kind"] = HALF_HEARD_KIND
    write_event(-1, onset_samples, score / tables["threshold"][CONFIRMED_HEAD], state, event)
    describe_sound(t, onset_samples, state, tables, event)


@kernel
def settle_onset(state: Record, tables: Record, events: Records) -> None:
    """Settle the onset of which the newest frame was the last that was needed."""
    head = tables["confirming_head"]
    t = state["n_frames"] - tables["settle_wait_frames"]
    if tables["is_taps"]:
        if state["n_pending"] == 0 or state["pending_frame"][0] > t:
            return
    elif not is_peak(t, head, state, tables):
        if is_half_heard(t, state, tables):
            tell_half_heard(t, state, tables, events)
        return
    middle = t + middle_of_score(t, head, state, tables)
    coarse_samples = onset_of_frame(middle, head, tables)
    onset_samples = settled_samples(coarse_samples, state, tables)
    if math.isnan(onset_samples) or onset_samples >= state["end_sample"]:
        return
    score = state["score"][head, t & (N_PROBABILITY - 1)]
    error_s = math.nan
    if not tables["is_taps"]:
        time_onset(onset_samples, score, state, tables)
        onset_samples = moved_samples(onset_samples, coarse_samples, state, tables)
        error_s = state["timed"][1]
    k = 0 if tables["is_taps"] else nearest_call(onset_samples, state, tables)
    if k < 0 and onset_samples > state["end_sample"] - tables["interval_samples"]:
        return  # a sound that is cut off clicks, and nothing was called before
    event = events[state["n_events"]]
    settle(k, onset_samples, score / tables["threshold"][head], state, event)
    event["error_s"] = error_s
    if not tables["is_taps"]:
        describe_sound(t, onset_samples, state, tables, event)


@kernel
def close_oldest(state: Record, tables: Record, events: Records) -> None:
    """End the oldest pending call, which nothing can settle any more.

    It is retracted; where the sound ended before it could be judged, the call stands.
    """
    coarse_samples = state["pending_samples"][0] + tables["call_offset_samples"]
    is_unjudged = coarse_samples + tables["judging_samples"] > state["end_sample"]
    if is_unjudged and not tables["is_taps"]:  # a tap has been judged by now
        onset_samples = settled_samples(coarse_samples, state, tables)
        if not math.isnan(onset_samples) and onset_samples < state["end_sample"]:
            settle(0, onset_samples, 1.0, state, events[state["n_events"]])
            return
    withdraw_oldest(state, events)


@kernel
def close_calls(state: Record, tables: Record, events: Records) -> None:
    """End the calls that nothing can settle any more."""
    if tables["is_taps"]:
        while state["n_pending"] > 0 and (
            state["pending_frame"][0] <= state["n_frames"] - tables["settle_wait_frames"]
        ):
            close_oldest(state, tables, events)
    else:
        earliest = settled_until(state["n_frames"] + 1, state, tables) - tables["match_samples"]
        while state["n_pending"] > 0 and state["pending_samples"][0] < earliest:
            close_oldest(state, tables, events)


@kernel
def hear_block(block: F32, states: Records, table: Records, events: Records) -> int:
    """Feed samples; write the events (dtype ONSET) that became known; return their number."""
    state, tables = states[0], table[0]
    state["n_events"] = 0
    done = 0
    while done < block.shape[0]:
        n_new = min(block.shape[0] - done, state["n_to_hop"], MAX_FFT - state["at"])
        hear_samples(block[done : done + n_new], state, tables)
        done += n_new
        if state["n_to_hop"] == 0:
            state["n_to_hop"] = tables["hop"]
            end_loudness_frame(state, tables)
            analyse(state, tables)
            set_inputs(state)
            answer(state, tables)
            score_heads(state, tables)
            settle_onset(state, tables, events)
            close_calls(state, tables, events)
            call_onsets(state, tables, events)
            state["n_frames"] += 1
    return int(state["n_events"])


@kernel
def close_all(states: Records, table: Records, events: Records) -> int:
    """End every call that still waits when the stream has ended; return the number."""
    state, tables = states[0], table[0]
    state["n_events"] = 0
    while state["n_pending"] > 0:
        close_oldest(state, tables, events)
    return int(state["n_events"])


@kernel
def settled_until_now(states: Records, table: Records) -> int:
    """No onset before this sample since the stream began is confirmed any more."""
    return settled_until(states[0]["n_frames"], states[0], table[0])


@kernel
def reset_state(states: Records, table: Records, first_sample: int, first_id: int) -> None:
    """Make ``states[0]``, all zeros, that of a stream about to begin."""
    state, tables = states[0], table[0]
    reset_loudness(state, tables)
    state["first_sample"] = first_sample
    state["end_sample"] = NOT_YET
    state["next_id"] = first_id
    state["n_to_hop"] = tables["hop"]
    state["n_to_low"] = tables["decimation"]
    state["n_to_fine"] = tables["fine_step"]
    for head in range(N_HEADS):
        state["last_peak"][head] = LONG_AGO
    for k in range(N_CALLS_KEPT):
        state["last_called"][k] = LONG_AGO
    state["last_settled"] = LONG_AGO
    state["last_half_heard"] = LONG_AGO
