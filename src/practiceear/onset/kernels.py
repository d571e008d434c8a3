"""Numba kernels of the onset detector.

Five stages, in the order of the file; they share nothing but the arrays between them:
the spectrum (samples to `levels`), the novelty (`levels` to one number a frame), the
peak picker (novelty to calls), the judge that settles, and the refined time.

Signatures are left to the first call (`practiceear.onset.detector.warm_up`), because
explicit ones would compile while the package is imported. `error_model="numpy"`
leaves out the checks for division by zero, which no argument can bring about.
Histories are rings over frames whose length is a power of two: ``frame & mask``.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from practiceear.onset.event import OnsetKind

CALLED = int(OnsetKind.CALLED)
SETTLED = int(OnsetKind.SETTLED)
WITHDRAWN = int(OnsetKind.WITHDRAWN)

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Record = np.void
Records = npt.NDArray[np.void]

NEIGHBOUR_BANDS = 16
"""A band's first noise floor is read off so many bands on either side."""

DIGITAL_SILENCE_DBFS = -95.0
"""Below this there is no room to be heard: an edited take or a closed gate."""

kernel = njit(cache=True, nogil=True, error_model="numpy")


# ---- the spectrum: samples to levels of bands


@kernel
def make_room(buffer: F32, n_samples: int, state: Record) -> None:
    """Keep the newer half of the buffer when ``n_samples`` more do not fit."""
    if state["n_buffered"] + n_samples <= buffer.shape[0]:
        return
    keep = buffer.shape[0] // 2
    first = state["n_buffered"] - keep
    for k in range(keep):
        buffer[k] = buffer[first + k]
    state["n_buffered"] = keep


@kernel
def append_samples(samples: F32, buffer: F32, settings: Record, state: Record) -> None:
    """High-pass, then append to the buffer; follow the peak and the energy of the frame."""
    pole = settings["dc_pole"]
    release = settings["peak_release"]
    last_in = state["last_in"]
    last_out = state["last_out"]
    peak = state["peak"]
    energy = state["energy"]
    at = state["n_buffered"]
    for i in range(samples.shape[0]):
        value = float(samples[i])
        # 1e-18 keeps the filter's tail out of the slow denormal range.
        last_out = value - last_in + pole * last_out + 1e-18
        last_in = value
        buffer[at] = last_out
        at += 1
        energy += last_out * last_out
        peak = max(peak * release, abs(last_out))
    state["last_in"] = last_in
    state["last_out"] = last_out
    state["peak"] = peak
    state["energy"] = energy
    state["n_buffered"] = at


@kernel
def load_frame(buffer: F32, start: int, window: F32, work: F32) -> None:
    """Window ``buffer[start:]`` and pack it as a complex signal of half the length."""
    for k in range(work.shape[1]):
        work[0, k] = buffer[start + 2 * k] * window[2 * k]
        work[1, k] = buffer[start + 2 * k + 1] * window[2 * k + 1]


@kernel
def fourier(work: F32, cosine: F32, sine: F32) -> int:
    """Transform the complex vector ``work[0] + i·work[1]`` of 2^m values.

    Stockham's self-sorting algorithm with radix 4, and a last step of radix 2 where m
    is odd (Van Loan, "Computational Frameworks for the FFT", 1992, section 1.7).
    ``cosine`` and ``sine`` are of ``2·pi·k/n`` for twice as many n. The result is in
    ``work[row] + i·work[row + 1]``; returns row, 0 or 2.
    """
    n = work.shape[1]
    a, b = 0, 2
    size = n
    stride = 1
    while size >= 4:
        quarter = size // 4
        for p in range(quarter):
            k = 2 * p * stride
            w1r = cosine[k]
            w1i = -sine[k]
            w2r = cosine[2 * k]
            w2i = -sine[2 * k]
            w3r = cosine[3 * k]
            w3i = -sine[3 * k]
            i0 = stride * p
            i1 = i0 + stride * quarter
            i2 = i1 + stride * quarter
            i3 = i2 + stride * quarter
            o0 = 4 * i0
            o1 = o0 + stride
            o2 = o1 + stride
            o3 = o2 + stride
            for q in range(stride):
                t0 = work[a, i0 + q] + work[a, i2 + q]
                t1 = work[a, i0 + q] - work[a, i2 + q]
                t2 = work[a, i1 + q] + work[a, i3 + q]
                t3 = work[a, i1 + q] - work[a, i3 + q]
                u0 = work[a + 1, i0 + q] + work[a + 1, i2 + q]
                u1 = work[a + 1, i0 + q] - work[a + 1, i2 + q]
                u2 = work[a + 1, i1 + q] + work[a + 1, i3 + q]
                u3 = work[a + 1, i1 + q] - work[a + 1, i3 + q]
                work[b, o0 + q] = t0 + t2
                work[b + 1, o0 + q] = u0 + u2
                vr = t1 + u3
                vi = u1 - t3
                work[b, o1 + q] = vr * w1r - vi * w1i
                work[b + 1, o1 + q] = vr * w1i + vi * w1r
                vr = t0 - t2
                vi = u0 - u2
                work[b, o2 + q] = vr * w2r - vi * w2i
                work[b + 1, o2 + q] = vr * w2i + vi * w2r
                vr = t1 - u3
                vi = u1 + t3
                work[b, o3 + q] = vr * w3r - vi * w3i
                work[b + 1, o3 + q] = vr * w3i + vi * w3r
        a, b = b, a
        size = quarter
        stride *= 4
    if size == 2:
        for q in range(stride):
            work[b, q] = work[a, q] + work[a, q + stride]
            work[b + 1, q] = work[a + 1, q] + work[a + 1, q + stride]
            work[b, q + stride] = work[a, q] - work[a, q + stride]
            work[b + 1, q + stride] = work[a + 1, q] - work[a + 1, q + stride]
        a = b
    return a


@kernel
def magnitudes(work: F32, row: int, cosine: F32, sine: F32, magnitude: F32) -> None:
    """Magnitudes of the real signal that `load_frame` packed, from its transform in ``row``.

    The even samples were the real part and the odd ones the imaginary part: their
    spectra are taken apart by symmetry and put together one sample apart.
    """
    half = work.shape[1]
    magnitude[0] = abs(work[row, 0] + work[row + 1, 0])
    for k in range(1, half):
        mirror = half - k
        even_re = work[row, k] + work[row, mirror]
        even_im = work[row + 1, k] - work[row + 1, mirror]
        odd_re = work[row + 1, k] + work[row + 1, mirror]
        odd_im = work[row, mirror] - work[row, k]
        re = even_re + odd_re * cosine[k] + odd_im * sine[k]
        im = even_im + odd_im * cosine[k] - odd_re * sine[k]
        magnitude[k] = 0.5 * math.sqrt(re * re + im * im)


@kernel
def sum_bands(magnitude: F32, band_start: I32, band_weight: F32, level: F32) -> None:
    """Weighted mean magnitude in each triangular band."""
    for b in range(level.shape[0]):
        total = 0.0
        first = band_start[b, 0]
        offset = band_start[b, 1]
        for k in range(band_start[b, 2]):
            total += magnitude[first + k] * band_weight[offset + k]
        level[b] = total


@kernel
def analyse_spectrum(
    buffer: F32,
    window: F32,
    cosine: F32,
    sine: F32,
    band_start: I32,
    band_weight: F32,
    work: F32,
    magnitude: F32,
    end: int,
    level: F32,
) -> None:
    """Levels of the bands in the window that ends before ``buffer[end]``."""
    load_frame(buffer, end - window.shape[0], window, work)
    row = fourier(work, cosine, sine)
    magnitudes(work, row, cosine, sine, magnitude)
    sum_bands(magnitude, band_start, band_weight, level)


@kernel
def track_level(settings: Record, state: Record) -> float:
    """Level of the newest frame and the noise floor of the whole sound, in dBFS."""
    level_dbfs = 10.0 * math.log10(state["energy"] / settings["hop_samples"] + 1e-12)
    state["energy"] = 0.0
    rise_db = 20.0 * math.log10(settings["noise_rise"])
    if state["frame"] == 0 or level_dbfs < state["noise_dbfs"]:
        state["noise_dbfs"] = level_dbfs
    else:
        state["noise_dbfs"] += rise_db
    # A sound without a pause must not become its own noise floor.
    ceiling_dbfs = 20.0 * math.log10(max(state["peak"], settings["peak_floor"])) - 30.0
    state["noise_dbfs"] = min(state["noise_dbfs"], ceiling_dbfs)
    return level_dbfs


# ---- the novelty: levels of bands to one number a frame


@kernel
def track_noise(level: F32, rise: float, fall: float, ceiling: float, noise: F32) -> None:
    """Follow the noise floor of each band: up slowly, down faster, never above ``ceiling``."""
    for b in range(level.shape[0]):
        if level[b] < noise[b]:
            noise[b] += fall * (level[b] - noise[b])
        else:
            noise[b] = min(noise[b] * rise + 1e-9, level[b])
        noise[b] = min(noise[b], ceiling)


@kernel
def start_noise(level: F32, reach: int, noise: F32) -> None:
    """First guess of the noise floor: the mean of the lower half of the neighbouring bands."""
    n_bands = level.shape[0]
    for b in range(n_bands):
        lowest = max(0, b - reach)
        highest = min(n_bands, b + reach + 1)
        total = 0.0
        for c in range(lowest, highest):
            total += level[c]
        mean = total / (highest - lowest)
        below = 0.0
        count = 0
        for c in range(lowest, highest):
            if level[c] <= 1.001 * mean:
                below += level[c]
                count += 1
        noise[b] = min(level[b], below / count)


@kernel
def spectral_flux(
    now: F32, before: F32, reach: int, noise: F32, noise_margin: float, floor: float
) -> float:
    """Mean rise of the log levels above the loudest band nearby, within ``reach``, before."""
    n_bands = now.shape[0]
    total = 0.0
    for b in range(n_bands):
        past = before[b]
        for c in range(max(0, b - reach), min(n_bands, b + reach + 1)):
            past = max(past, before[c])
        if now[b] > past:
            ground = floor + noise_margin * noise[b]
            total += math.log10((now[b] + ground) / (past + ground))
    return float(total / n_bands)


@kernel
def measure_novelty(
    levels: F32, noise: F32, novelty: F32, level_dbfs: F32, settings: Record, state: Record
) -> None:
    """Novelty of the newest frame, above its running peak and the noise floor of each band."""
    frame = state["frame"]
    mask = levels.shape[0] - 1
    now = levels[frame & mask]
    peak = max(state["peak"], settings["peak_floor"])
    if level_dbfs[frame & mask] > DIGITAL_SILENCE_DBFS:
        if state["start_frame"] < 0:
            state["start_frame"] = frame
        n_heard = frame - state["start_frame"] + 1
        if n_heard == settings["startup_frames"]:
            start_noise(now, NEIGHBOUR_BANDS, noise)
        elif n_heard > settings["startup_frames"]:
            ceiling = settings["noise_ceiling"] * peak
            track_noise(now, settings["noise_rise"], settings["noise_fall"], ceiling, noise)
    before = levels[(frame - settings["lag_frames"]) & mask]
    novelty[frame & mask] = spectral_flux(
        now,
        before,
        settings["vibrato_bands"],
        noise,
        settings["noise_margin"],
        settings["compression"] * peak,
    )


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
    peak_dbfs = 20.0 * math.log10(max(state["peak"], settings["peak_floor"]))
    return bool(
        loudest_dbfs > settings["gate_dbfs"]
        and loudest_dbfs > state["noise_dbfs"] + settings["gate_over_noise_db"]
        and loudest_dbfs > peak_dbfs - settings["gate_under_peak_db"]
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
    event["peak"] = state["peak"]
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
def tonal_share(level: F32, other: F32, reach: int) -> float:
    """Share of the magnitude that stands half above the mean of its neighbour bands.

    Of two frames averaged; noise has up to 0.014, a note more than 0.02.
    """
    n_bands = level.shape[0]
    width = 2 * reach + 1
    near = 0.0
    for b in range(width - 1):
        near += level[b] + other[b]
    clear = 0.0
    total = 1e-9
    for b in range(reach, n_bands - reach):
        near += level[b + reach] + other[b + reach]
        value = level[b] + other[b]
        clear += max(0.0, value - 1.5 * near / width)
        total += value
        near -= level[b - reach] + other[b - reach]
    return float(clear / total)


@kernel
def is_note_at_start(levels: F32, level_dbfs: F32, settings: Record, state: Record) -> bool:
    """Whether what sounded when the stream began is a note rather than the room.

    A note is loud and either tonal or dies away; the room does neither.
    """
    newest = state["frame"]
    mask = levels.shape[0] - 1
    loudest_dbfs = loudest(newest - mask, newest, level_dbfs)
    if loudest_dbfs < settings["startup_dbfs"]:
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
def is_stop(frame: int, newest: int, level_dbfs: F32, settings: Record) -> bool:
    """Whether a tone broke off here: its sudden end splashes over all bands like an attack."""
    if newest < frame + 4:
        return False  # too little has followed to tell
    after_dbfs = loudest(frame + 1, min(newest, frame + 8), level_dbfs)
    return bool(after_dbfs < loudest(frame - 12, frame - 4, level_dbfs) - settings["stop_db"])


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
    frame: int, levels: F32, novelty: F32, level_dbfs: F32, settings: Record, state: Record
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
        is_note = is_note and not is_stop(frame, newest, level_dbfs, settings)
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
    novelty: F32,
    level_dbfs: F32,
    settings: Record,
    state: Record,
    pending: Records,
    events: Records,
) -> None:
    """Settle what ``frame`` holds and withdraw calls that nothing can settle any more."""
    reach = settings["interval_frames"]
    strength = settled_strength(frame, levels, novelty, level_dbfs, settings, state)
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
        measure_novelty(levels, noise, novelty, level_dbfs, settings, state)
        pick_call(novelty, level_dbfs, settings, state, pending, events)
        frame = state["frame"] - settings["settle_wait_frames"]
        if frame >= 0:
            settle(frame, levels, novelty, level_dbfs, settings, state, pending, events)
    return int(state["n_events"])


@kernel
def finish(
    levels: F32,
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
        settle(frame, levels, novelty, level_dbfs, settings, state, pending, events)
    withdraw_calls(state["frame"] + 1, state, pending, events)
    return int(state["n_events"])


# ---- the refined time


@kernel
def fine_levels(
    buffer: F32,
    first_end: int,
    hop: int,
    window: F32,
    cosine: F32,
    sine: F32,
    band_start: I32,
    band_weight: F32,
    work: F32,
    magnitude: F32,
    levels: F32,
) -> None:
    """Band levels of short windows; row k ends at buffer index ``first_end + k·hop``."""
    for k in range(levels.shape[0]):
        analyse_spectrum(
            buffer,
            window,
            cosine,
            sine,
            band_start,
            band_weight,
            work,
            magnitude,
            first_end + k * hop,
            levels[k],
        )


@kernel
def rise_curve(
    levels: F32,
    n_before: int,
    first_before: int,
    first_after: int,
    ground: float,
    mean_level: F32,
    curve: F32,
) -> float:
    """How far the sound has come from before to after an onset, 0..1, row by row.

    Log levels of the bands that rise from the mean of rows ``first_before`` to
    ``n_before`` to the mean of the rows from ``first_after``, each weighted by its rise.
    ``mean_level`` (2, n_bands) is room for the two means. Returns the total rise.
    """
    n_rows, n_bands = levels.shape
    total = 0.0
    for b in range(n_bands):
        before = 0.0
        after = 0.0
        for k in range(n_rows):
            levels[k, b] = math.log10(levels[k, b] + ground)
            if first_before <= k < n_before:
                before += levels[k, b]
            elif k >= first_after:
                after += levels[k, b]
        mean_level[0, b] = before / (n_before - first_before)
        mean_level[1, b] = after / (n_rows - first_after)
        rise = max(0.0, mean_level[1, b] - mean_level[0, b])
        total += rise * rise
    for k in range(n_rows):
        done = 0.0
        for b in range(n_bands):
            rise = max(0.0, mean_level[1, b] - mean_level[0, b])
            done += rise * (levels[k, b] - mean_level[0, b])
        curve[k] = done / max(total, 1e-12)
    return total


@kernel
def crossing(curve: F32, n_search: int, low: float, high: float) -> float:
    """Row, with fraction, where the curve last rose through ``low`` before reaching ``high``."""
    top = curve[0]
    for k in range(n_search):
        top = max(top, curve[k])
    goal = min(high, 0.95 * top)
    k = 0
    while k < n_search - 1 and curve[k] < goal:
        k += 1
    while k > 0 and curve[k - 1] >= low:
        k -= 1
    if k == 0 or curve[k] <= low:
        return float(k)
    return float(k - 1 + (low - curve[k - 1]) / (curve[k] - curve[k - 1]))
