"""Numba kernels of the onset detector.

Four stages, each with its own arrays: the spectrum front-end (`append_samples`,
`transform`, `sum_bands`), the novelty (`track_noise`, `spectral_flux`), the peak
picker that calls (`pick_call`) and the one that settles (`settle`).
"""

from __future__ import annotations

import math

from numba import njit

from practiceear.onset.event import OnsetKind

CALLED = int(OnsetKind.CALLED)
SETTLED = int(OnsetKind.SETTLED)
WITHDRAWN = int(OnsetKind.WITHDRAWN)

kernel = njit(cache=True, nogil=True, error_model="numpy")


@kernel
def append_samples(samples, buffer, settings, state):
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
def fourier(work, cosine, sine):
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
def magnitudes(work, cosine, sine, a, magnitude):
    half = work.shape[1]
    magnitude[0] = abs(work[a, 0] + work[a + 1, 0])
    for k in range(1, half):
        er = 0.5 * (work[a, k] + work[a, half - k])
        ei = 0.5 * (work[a + 1, k] - work[a + 1, half - k])
        odr = 0.5 * (work[a + 1, k] + work[a + 1, half - k])
        odi = -0.5 * (work[a, k] - work[a, half - k])
        xr = er + odr * cosine[k] + odi * sine[k]
        xi = ei + odi * cosine[k] - odr * sine[k]
        magnitude[k] = math.sqrt(xr * xr + xi * xi)


@kernel
def load_frame(buffer, start, window, work):
    """Window ``buffer[start:]`` and pack it as a complex signal of half the length."""
    for k in range(work.shape[1]):
        work[0, k] = buffer[start + 2 * k] * window[2 * k]
        work[1, k] = buffer[start + 2 * k + 1] * window[2 * k + 1]


@kernel
def sum_bands(magnitude, band_start, band_weight, level):
    """Weighted mean magnitude in each triangular band."""
    for b in range(level.shape[0]):
        total = 0.0
        first = band_start[b, 0]
        offset = band_start[b, 1]
        for k in range(band_start[b, 2]):
            total += magnitude[first + k] * band_weight[offset + k]
        level[b] = total


@kernel
def track_noise(level, rise, fall, ceiling, noise):
    """Follow the noise floor of each band: up slowly, down faster, never above ``ceiling``."""
    for b in range(level.shape[0]):
        if level[b] < noise[b]:
            noise[b] += fall * (level[b] - noise[b])
        else:
            noise[b] = min(noise[b] * rise + 1e-12, level[b])
        noise[b] = min(noise[b], ceiling)


@kernel
def start_noise(level, reach, noise):
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
            if level[c] <= mean:
                below += level[c]
                count += 1
        noise[b] = min(level[b], below / count)


@kernel
def spectral_flux(now, before, noise, noise_margin, floor):
    """Mean rise of the log levels above the loudest of three neighbouring bands before."""
    n_bands = now.shape[0]
    total = 0.0
    for b in range(n_bands):
        past = before[b]
        if b > 0:
            past = max(past, before[b - 1])
        if b < n_bands - 1:
            past = max(past, before[b + 1])
        if now[b] > past:
            ground = floor + noise_margin * noise[b]
            total += math.log10((now[b] + ground) / (past + ground))
    return total / n_bands


@kernel
def excess(frame, threshold, mean_frames, mean_weight, novelty):
    """Novelty of ``frame`` over its threshold: 1 is just an onset.

    The threshold is ``threshold`` plus ``mean_weight`` times the mean of the
    ``mean_frames`` before.
    """
    mask = novelty.shape[0] - 1
    total = 0.0
    for k in range(max(0, frame - mean_frames), frame):
        total += novelty[k & mask]
    return novelty[frame & mask] / (threshold + mean_weight * total / mean_frames)


@kernel
def is_peak(frame, newest, reach, novelty):
    """Whether no frame within ``reach`` (and not after ``newest``) has more novelty."""
    mask = novelty.shape[0] - 1
    value = novelty[frame & mask]
    for k in range(max(0, frame - reach), min(newest, frame + reach) + 1):
        if novelty[k & mask] > value or (k < frame and novelty[k & mask] == value):
            return False
    return True


@kernel
def loudest(first, last, level_dbfs):
    """Highest level of the frames ``first`` to ``last``, both included."""
    mask = level_dbfs.shape[0] - 1
    found = -200.0
    for k in range(max(0, first), last + 1):
        found = max(found, level_dbfs[k & mask])
    return found


@kernel
def passes_gate(loudest_dbfs, settings, state):
    """Whether a note of this level stands out of silence, noise and its louder neighbours."""
    peak_dbfs = 20.0 * math.log10(max(state["peak"], settings["peak_floor"]))
    return (
        loudest_dbfs > settings["gate_dbfs"]
        and loudest_dbfs > state["noise_dbfs"] + settings["gate_over_noise_db"]
        and loudest_dbfs > peak_dbfs - settings["gate_under_peak_db"]
    )


@kernel
def track_level(settings, state):
    """Level of the newest frame and the noise floor of the whole sound, in dBFS."""
    level_dbfs = 10.0 * math.log10(state["energy"] / settings["hop_samples"] + 1e-12)
    state["energy"] = 0.0
    rise_db = 20.0 * math.log10(settings["noise_rise"])
    if state["frame"] == 0 or level_dbfs < state["noise_dbfs"]:
        state["noise_dbfs"] = level_dbfs
    else:
        state["noise_dbfs"] += rise_db
    ceiling_dbfs = 20.0 * math.log10(max(state["peak"], settings["peak_floor"])) - 30.0
    state["noise_dbfs"] = min(state["noise_dbfs"], ceiling_dbfs)
    return level_dbfs


@kernel
def tonal_share(level):
    """Share of the magnitude that stands clear of its neighbour bands: noise has little."""
    n_bands = level.shape[0]
    clear = 0.0
    total = 1e-9
    for b in range(8, n_bands - 8):
        mean = 0.0
        for c in range(b - 8, b + 9):
            mean += level[c]
        clear += max(0.0, level[b] - 2.0 * mean / 17.0)
        total += level[b]
    return clear / total


@kernel
def is_note_at_start(newest, levels, level_dbfs, settings):
    """Whether what sounded when the stream began is a note rather than the room.

    A note is loud and either tonal or dies away; the room does neither.
    """
    mask = levels.shape[0] - 1
    loudest_dbfs = loudest(newest - mask, newest, level_dbfs)
    if loudest_dbfs < settings["startup_dbfs"]:
        return False
    if loudest(newest - 3, newest, level_dbfs) < loudest_dbfs - 12.0:
        return True
    return tonal_share(levels[newest & mask]) > 0.2


@kernel
def is_prelude(frame, newest, novelty, level_dbfs, settings):
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
def settled_strength(frame, levels, novelty, level_dbfs, settings, state):
    """How strong an onset ``frame`` holds, judged from all frames so far; 0 if none."""
    newest = state["frame"]
    reach = settings["peak_reach_frames"]
    threshold = settings["settle_threshold"]
    mean_frames = settings["mean_frames"]
    weight = settings["mean_weight"]
    strength = excess(frame, threshold, mean_frames, weight, novelty)
    if strength < 1.0 or not is_peak(frame, newest, reach, novelty):
        return 0.0
    if state["last_settled_frame"] > frame - settings["interval_frames"]:
        return 0.0
    for later in range(frame + 1, min(newest, frame + settings["interval_frames"] - 1) + 1):
        rival = excess(later, threshold, mean_frames, weight, novelty)
        if rival > strength and is_peak(later, newest, reach, novelty):
            return 0.0
    if not passes_gate(loudest(frame - 2, newest, level_dbfs), settings, state):
        return 0.0
    if frame < settings["startup_frames"]:
        if not is_note_at_start(newest, levels, level_dbfs, settings):
            return 0.0
    elif is_prelude(frame, newest, novelty, level_dbfs, settings):
        return 0.0
    return strength


@kernel
def write_event(frame, onset_id, called_sample, strength, state, events):
    """Append one event, still without its kind; its time is that of the frame."""
    event = events[state["n_events"]]
    event["onset_id"] = onset_id
    event["frame"] = frame
    event["known_sample"] = state["n_samples"]
    event["called_sample"] = called_sample
    event["strength"] = strength
    event["peak"] = state["peak"]
    state["n_events"] += 1
    return event


@kernel
def pick_call(novelty, level_dbfs, settings, state, pending, events):
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


@kernel
def nearest_call(frame, reach, state, pending):
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
def drop_call(onset_id, state, pending):
    """Remove one pending call, keeping the order of the others."""
    n_kept = 0
    for k in range(state["n_pending"]):
        if pending[k]["onset_id"] != onset_id:
            pending[n_kept] = pending[k]
            n_kept += 1
    state["n_pending"] = n_kept


@kernel
def withdraw_calls(before_frame, state, pending, events):
    """Withdraw the pending calls of the frames before ``before_frame``."""
    while state["n_pending"] > 0 and pending[0]["frame"] < before_frame:
        call = pending[0]
        event = write_event(
            call["frame"], call["onset_id"], call["known_sample"], 0.0, state, events
        )
        event["kind"] = WITHDRAWN
        drop_call(call["onset_id"], state, pending)


@kernel
def settle(frame, levels, novelty, level_dbfs, settings, state, pending, events):
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


@kernel
def analyse_frame(buffer, window, cosine, sine, band_start, band_weight, work, magnitude,
                  levels, noise, novelty, level_dbfs, settings, state):
    """Spectrum, noise floor and novelty of the newest frame."""
    frame = state["frame"]
    mask = levels.shape[0] - 1
    now = levels[frame & mask]
    load_frame(buffer, state["n_buffered"] - window.shape[0], window, work)
    row = fourier(work, cosine, sine)
    magnitudes(work, cosine, sine, row, magnitude)
    sum_bands(magnitude, band_start, band_weight, now)
    level_dbfs[frame & mask] = track_level(settings, state)
    peak = max(state["peak"], settings["peak_floor"])
    if frame == settings["startup_frames"] - 1:
        start_noise(now, 16, noise)
    elif frame >= settings["startup_frames"]:
        track_noise(now, settings["noise_rise"], settings["noise_fall"],
                    settings["noise_ceiling"] * peak, noise)
    before = levels[(frame - settings["lag_frames"]) & mask]
    novelty[frame & mask] = spectral_flux(now, before, noise, settings["noise_margin"],
                                          settings["compression"] * peak)


@kernel
def make_room(buffer, n_samples, state):
    """Keep the newer half of the buffer when ``n_samples`` more do not fit."""
    if state["n_buffered"] + n_samples <= buffer.shape[0]:
        return
    keep = buffer.shape[0] // 2
    first = state["n_buffered"] - keep
    for k in range(keep):
        buffer[k] = buffer[first + k]
    state["n_buffered"] = keep


@kernel
def advance(samples, window, cosine, sine, band_start, band_weight, buffer, work, magnitude,
            levels, noise, novelty, level_dbfs, pending, all_settings, all_state, events):
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
        analyse_frame(buffer, window, cosine, sine, band_start, band_weight, work, magnitude,
                      levels, noise, novelty, level_dbfs, settings, state)
        pick_call(novelty, level_dbfs, settings, state, pending, events)
        frame = state["frame"] - settings["settle_wait_frames"]
        if frame >= 0:
            settle(frame, levels, novelty, level_dbfs, settings, state, pending, events)
    return state["n_events"]


@kernel
def finish(levels, novelty, level_dbfs, pending, all_settings, all_state, events):
    """Settle every frame that still waits, with what has been heard; returns the count."""
    settings, state = all_settings[0], all_state[0]
    state["n_events"] = 0
    for frame in range(state["settled_frame"] + 1, state["frame"] + 1):
        settle(frame, levels, novelty, level_dbfs, settings, state, pending, events)
    withdraw_calls(state["frame"] + 1, state, pending, events)
    return state["n_events"]


@kernel
def fine_levels(buffer, first_end, hop, window, cosine, sine, band_start, band_weight,
                work, magnitude, levels):
    """Band levels of short windows; row k ends at buffer index ``first_end + k·hop``."""
    for k in range(levels.shape[0]):
        load_frame(buffer, first_end + k * hop - window.shape[0], window, work)
        row = fourier(work, cosine, sine)
        magnitudes(work, cosine, sine, row, magnitude)
        sum_bands(magnitude, band_start, band_weight, levels[k])


@kernel
def rise_curve(levels, n_before, first_before, first_after, ground, mean_level, curve):
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
def crossing(curve, n_search, low, high):
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
    return k - 1 + (low - curve[k - 1]) / (curve[k] - curve[k - 1])
