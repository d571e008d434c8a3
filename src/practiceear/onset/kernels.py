"""Numba kernels of the onset detector: novelty to events, and the whole stream.

The picker calls onsets, the judge settles them, and `advance` runs all stages over
samples. The stages before it are in `practiceear.onset.spectrum_kernels`.
"""

from __future__ import annotations

import math

from practiceear.compiled import kernel
from practiceear.onset.event import OnsetKind
from practiceear.onset.spectrum_kernels import (
    F32,
    I32,
    Record,
    Records,
    analyse_spectrum,
    append_samples,
    loudness,
    make_room,
    measure_novelty,
    spectral_flux,
    tonal_share,
    track_level,
    track_playing,
)

CALLED = int(OnsetKind.CALLED)
SETTLED = int(OnsetKind.SETTLED)
WITHDRAWN = int(OnsetKind.WITHDRAWN)


# ---- the peak picker: novelty to calls


@kernel
def excess(
    frame: int, threshold: float, mean_frames: int, mean_weight: float, novelty: F32
) -> float:
    """Novelty of ``frame`` over its threshold: 1 is just an onset.

    The threshold is ``threshold`` plus ``mean_weight`` times the mean of the
    ``mean_frames`` before.
    """
    mask = novelty.shape[0] - 1
    total = 0.0
    for k in range(max(0, frame - mean_frames), frame):
        total += novelty[k & mask]
    return float(novelty[frame & mask] / (threshold + mean_weight * total / mean_frames))


@kernel
def is_peak(frame: int, newest: int, reach: int, novelty: F32) -> bool:
    """Whether no frame within ``reach`` (and not after ``newest``) has more novelty."""
    mask = novelty.shape[0] - 1
    value = novelty[frame & mask]
    for k in range(max(0, frame - reach), min(newest, frame + reach) + 1):
        if novelty[k & mask] > value or (k < frame and novelty[k & mask] == value):
            return False
    return True


@kernel
def loudest(first: int, last: int, level_dbfs: F32) -> float:
    """Highest level of the frames ``first`` to ``last``, both included."""
    mask = level_dbfs.shape[0] - 1
    found = -200.0
    for k in range(max(0, first), last + 1):
        found = max(found, level_dbfs[k & mask])
    return found


@kernel
def passes_gate(loudest_dbfs: float, settings: Record, state: Record) -> bool:
    """Whether a note of this level stands out of silence, noise and its louder neighbours."""
    loudness_dbfs = 20.0 * math.log10(loudness(state))
    return bool(
        loudest_dbfs > settings["gate_dbfs"]
        and loudest_dbfs > state["noise_dbfs"] + settings["gate_over_noise_db"]
        and loudest_dbfs > loudness_dbfs - settings["gate_under_peak_db"]
    )


@kernel
def write_event(
    frame: int, onset_id: int, called_sample: int, strength: float, state: Record, events: Records
) -> Record:
    """Append one event, still without its kind; its time is that of the frame."""
    event: Record = events[state["n_events"]]
    event["onset_id"] = onset_id
    event["frame"] = frame
    event["known_sample"] = state["n_samples"]
    event["called_sample"] = called_sample
    event["strength"] = strength
    event["loudness"] = loudness(state)
    state["n_events"] += 1
    return event


@kernel
def pick_call(
    novelty: F32,
    level_dbfs: F32,
    settings: Record,
    state: Record,
    pending: Records,
    events: Records,
) -> None:
    """Call an onset ``call_wait_frames`` after its novelty peak."""
    newest = state["frame"]
    frame = newest - settings["call_wait_frames"]
    if frame < settings["startup_frames"] or state["n_pending"] == pending.shape[0]:
        return
    if state["last_called_frame"] > frame - settings["interval_frames"]:
        return
    strength = excess(
        frame, settings["call_threshold"], settings["mean_frames"], settings["mean_weight"], novelty
    )
    if strength < 1.0 or not is_peak(frame, newest, settings["peak_reach_frames"], novelty):
        return
    if not passes_gate(loudest(frame - 2, newest, level_dbfs), settings, state):
        return
    event = write_event(frame, state["next_id"], state["n_samples"], strength, state, events)
    event["kind"] = CALLED
    call = pending[state["n_pending"]]
    call["frame"] = frame
    call["onset_id"] = state["next_id"]
    call["known_sample"] = state["n_samples"]
    state["last_called_frame"] = frame
    state["next_id"] += 1
    state["n_pending"] += 1


# ---- the judge: what a tenth of a second shows


@kernel
def is_note_at_start(levels: F32, level_dbfs: F32, settings: Record, state: Record) -> bool:
    """Whether what sounded when the stream began is a note rather than the room.

    A note is loud and either tonal or dies away; the room does neither.
    """
    newest = state["frame"]
    mask = levels.shape[0] - 1
    loudest_dbfs = loudest(state["start_frame"], newest, level_dbfs)
    softest_dbfs = settings["startup_dbfs"]
    if state["n_starts"] > 1:
        playing_dbfs = 20.0 * math.log10(state["playing"])
        softest_dbfs = min(softest_dbfs, playing_dbfs - settings["startup_under_playing_db"])
    if loudest_dbfs < softest_dbfs:
        return False
    if loudest(newest - 3, newest, level_dbfs) < loudest_dbfs - settings["startup_decay_db"]:
        return True
    # Half the start-up apart, the windows hardly overlap.
    earlier = levels[(newest - settings["startup_frames"] // 2) & mask]
    share = tonal_share(levels[newest & mask], earlier, settings["tonal_reach_bands"])
    return bool(share > settings["startup_tonal_share"])


@kernel
def is_prelude(frame: int, newest: int, novelty: F32, level_dbfs: F32, settings: Record) -> bool:
    """Whether a clearer, much louder onset follows so soon that this was contact noise."""
    mask = novelty.shape[0] - 1
    for later in range(frame + 2, min(newest, frame + settings["prelude_frames"]) + 1):
        if novelty[later & mask] <= novelty[frame & mask]:
            continue
        before_dbfs = loudest(frame - 1, later - 3, level_dbfs)
        if loudest(later, newest, level_dbfs) > before_dbfs + settings["prelude_db"]:
            return True
    return False


@kernel
def last_of_rest(frame: int, newest: int, rise_db: float, level_dbfs: F32) -> int:
    """Last frame, from ``frame + 5``, before the level comes up again as with the next note."""
    mask = level_dbfs.shape[0] - 1
    lowest_dbfs = level_dbfs[(frame + 5) & mask]
    last = frame + 5
    while last < newest and level_dbfs[(last + 1) & mask] < lowest_dbfs + rise_db:
        last += 1
        lowest_dbfs = min(lowest_dbfs, level_dbfs[last & mask])
    return last


@kernel
def is_stop(
    frame: int,
    newest: int,
    levels: F32,
    level_dbfs: F32,
    noise: F32,
    settings: Record,
    state: Record,
) -> bool:
    """Whether a tone broke off here: its sudden end splashes over all bands like an attack.

    A softer note would bring bands that did not sound before, or a tone that stays.
    """
    if newest < frame + 4:
        return False  # too little has followed to tell
    after_dbfs = loudest(frame + 1, min(newest, frame + 8), level_dbfs)
    if after_dbfs >= loudest(frame - 12, frame - 4, level_dbfs) - settings["stop_db"]:
        return False
    last = last_of_rest(frame, newest, settings["rest_rise_db"], level_dbfs)
    if last < frame + 8:
        return True
    mask = levels.shape[0] - 1
    row = levels[min(last, frame + 10) & mask]
    content = spectral_flux(
        row,
        levels[(frame - 6) & mask],
        settings["vibrato_bands"],
        noise,
        settings["noise_margin"],
        settings["compression"] * loudness(state),
    )
    if content >= settings["new_content"]:
        return False
    early_dbfs = loudest(frame + 5, frame + 8, level_dbfs)
    late_dbfs = loudest(frame + 12, last, level_dbfs)
    if last < frame + 12 or late_dbfs < early_dbfs - settings["echo_decay_db"]:
        return True
    share = tonal_share(row, levels[last & mask], settings["tonal_reach_bands"])
    return bool(share < settings["startup_tonal_share"])


@kernel
def is_outdone(frame: int, strength: float, novelty: F32, settings: Record, state: Record) -> bool:
    """Whether the last settled onset or a stronger one to come is too near."""
    interval = settings["interval_frames"]
    if state["last_settled_frame"] > frame - interval:
        return True
    for later in range(frame + 1, min(state["frame"], frame + interval - 1) + 1):
        if is_peak(later, state["frame"], settings["peak_reach_frames"], novelty):
            rival = excess(
                later,
                settings["settle_threshold"],
                settings["mean_frames"],
                settings["mean_weight"],
                novelty,
            )
            if rival > strength:
                return True
    return False


@kernel
def settled_strength(
    frame: int,
    levels: F32,
    noise: F32,
    novelty: F32,
    level_dbfs: F32,
    settings: Record,
    state: Record,
) -> float:
    """How strong an onset ``frame`` holds, judged from all frames so far; 0 if none."""
    newest = state["frame"]
    strength = excess(
        frame,
        settings["settle_threshold"],
        settings["mean_frames"],
        settings["mean_weight"],
        novelty,
    )
    if strength < 1.0 or not is_peak(frame, newest, settings["peak_reach_frames"], novelty):
        return 0.0
    if is_outdone(frame, strength, novelty, settings, state):
        return 0.0
    if not passes_gate(loudest(frame - 2, newest, level_dbfs), settings, state):
        return 0.0
    if frame < state["start_frame"] + settings["startup_frames"]:
        is_note = is_note_at_start(levels, level_dbfs, settings, state)
    else:
        is_note = not is_prelude(frame, newest, novelty, level_dbfs, settings)
        is_note = is_note and not is_stop(frame, newest, levels, level_dbfs, noise, settings, state)
    return strength if is_note else 0.0


@kernel
def nearest_call(frame: int, reach: int, state: Record, pending: Records) -> int:
    """Index of the pending call nearest to ``frame`` within ``reach`` frames, or -1."""
    found = -1
    nearest = reach + 1
    for k in range(state["n_pending"]):
        distance = abs(pending[k]["frame"] - frame)
        if distance < nearest:
            nearest = distance
            found = k
    return found


@kernel
def drop_call(onset_id: int, state: Record, pending: Records) -> None:
    """Remove one pending call, keeping the order of the others."""
    n_kept = 0
    for k in range(state["n_pending"]):
        if pending[k]["onset_id"] != onset_id:
            pending[n_kept] = pending[k]
            n_kept += 1
    state["n_pending"] = n_kept


@kernel
def withdraw_calls(before_frame: int, state: Record, pending: Records, events: Records) -> None:
    """Withdraw the pending calls of the frames before ``before_frame``."""
    while state["n_pending"] > 0 and pending[0]["frame"] < before_frame:
        call = pending[0]
        event = write_event(
            call["frame"], call["onset_id"], call["known_sample"], 0.0, state, events
        )
        event["kind"] = WITHDRAWN
        drop_call(call["onset_id"], state, pending)


@kernel
def settle(
    frame: int,
    levels: F32,
    noise: F32,
    novelty: F32,
    level_dbfs: F32,
    settings: Record,
    state: Record,
    pending: Records,
    events: Records,
) -> None:
    """Settle what ``frame`` holds and withdraw calls that nothing can settle any more."""
    reach = settings["interval_frames"]
    strength = settled_strength(frame, levels, noise, novelty, level_dbfs, settings, state)
    if strength > 0.0:
        index = nearest_call(frame, reach, state, pending)
        if index >= 0:
            onset_id = pending[index]["onset_id"]
            called_sample = pending[index]["known_sample"]
            drop_call(onset_id, state, pending)
        else:
            onset_id = state["next_id"]
            called_sample = state["n_samples"]
            state["next_id"] += 1
        event = write_event(frame, onset_id, called_sample, strength, state, events)
        event["kind"] = SETTLED
        state["last_settled_frame"] = frame
    withdraw_calls(frame - reach, state, pending, events)
    state["settled_frame"] = frame


# ---- the whole stream


@kernel
def advance(
    samples: F32,
    window: F32,
    cosine: F32,
    sine: F32,
    band_start: I32,
    band_weight: F32,
    buffer: F32,
    work: F32,
    magnitude: F32,
    levels: F32,
    noise: F32,
    novelty: F32,
    level_dbfs: F32,
    pending: Records,
    all_settings: Records,
    all_state: Records,
    events: Records,
) -> int:
    """Feed ``samples``; write the new events and return their count."""
    settings, state = all_settings[0], all_state[0]
    hop = settings["hop_samples"]
    state["n_events"] = 0
    done = 0
    while done < samples.shape[0]:
        if state["n_in_hop"] == 0:
            make_room(buffer, hop, state)
        step = min(hop - state["n_in_hop"], samples.shape[0] - done)
        append_samples(samples[done : done + step], buffer, settings, state)
        done += step
        state["n_in_hop"] += step
        state["n_samples"] += step
        if state["n_in_hop"] < hop:
            break
        state["n_in_hop"] = 0
        state["frame"] += 1
        now = state["frame"] & (levels.shape[0] - 1)
        analyse_spectrum(
            buffer,
            window,
            cosine,
            sine,
            band_start,
            band_weight,
            work,
            magnitude,
            state["n_buffered"],
            levels[now],
        )
        level_dbfs[now] = track_level(settings, state)
        track_playing(level_dbfs, settings, state)
        measure_novelty(levels, noise, novelty, level_dbfs, settings, state)
        pick_call(novelty, level_dbfs, settings, state, pending, events)
        frame = state["frame"] - settings["settle_wait_frames"]
        if frame >= 0:
            settle(frame, levels, noise, novelty, level_dbfs, settings, state, pending, events)
    return int(state["n_events"])


@kernel
def finish(
    levels: F32,
    noise: F32,
    novelty: F32,
    level_dbfs: F32,
    pending: Records,
    all_settings: Records,
    all_state: Records,
    events: Records,
) -> int:
    """Settle every frame that still waits, with what has been heard; returns the count."""
    settings, state = all_settings[0], all_state[0]
    state["n_events"] = 0
    for frame in range(state["settled_frame"] + 1, state["frame"] + 1):
        settle(frame, levels, noise, novelty, level_dbfs, settings, state, pending, events)
    withdraw_calls(state["frame"] + 1, state, pending, events)
    return int(state["n_events"])
