"""Numba kernels of the note tracker: the fine envelope and what is read off it.

The envelope is kept as mean squares of frames of about 1 ms in a ring whose length
is a power of two. Levels are in dB re full scale (dBFS), times in envelope frames.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel

Floats = npt.NDArray[np.float64]

ENVELOPE = np.dtype(
    [
        ("frame_samples", np.int64),  # samples a frame
        ("n_filled", np.int64),  # samples already in the frame being filled
        ("n_frames", np.int64),  # frames completed since the stream began
        ("square_sum", np.float64),  # of the frame being filled
        ("dc", np.float64),  # running mean, taken out before squaring
        ("dc_step", np.float64),  # share of each sample that enters the running mean
    ]
)
"""State of the envelope follower: one record."""

SOUNDING = np.dtype(
    [
        ("hold_db", np.float64),  # loudest level so far, falling as the instrument decays
        ("lowest_db", np.float64),  # quietest level since the loudest one
        ("noise_db", np.float64),  # the room's noise, from the quietest moments
        ("silent_frame", np.int64),  # first frame of the present silence; valid if is_silent
        ("n_back_frames", np.int64),  # frames sounding again since that silence began
        ("full_frame", np.int64),  # first frame of the present fall; valid if is_falling
        ("n_full_frames", np.int64),  # frames as loud as before since that fall began
        ("is_silent", np.uint8),  # whether the note has stopped sounding
        ("is_falling", np.uint8),  # whether it is softer than it should be
    ]
)
"""State of the note that is sounding: one record."""

FALLING_DB = 3.0  # a beat of strings or a vibrato seldom moves a note so far

LOWEST_POWER = 1e-12  # -120 dBFS: keeps logarithms finite in digital silence


@kernel
def follow_envelope(samples: npt.NDArray[np.float32], state: np.void, ring: Floats) -> int:
    """Add samples to the envelope ring; return how many frames were completed.

    ``state`` is a record of dtype ``ENVELOPE``.
    """
    mask = ring.shape[0] - 1
    n_before = state["n_frames"]
    for i in range(samples.shape[0]):
        x = np.float64(samples[i])
        state["dc"] += state["dc_step"] * (x - state["dc"])
        x -= state["dc"]
        state["square_sum"] += x * x
        state["n_filled"] += 1
        if state["n_filled"] == state["frame_samples"]:
            ring[state["n_frames"] & mask] = state["square_sum"] / state["frame_samples"]
            state["n_frames"] += 1
            state["n_filled"] = 0
            state["square_sum"] = 0.0
    n_completed: int = state["n_frames"] - n_before
    return n_completed


@kernel
def level_db(ring: Floats, first_frame: int, n_frames: int) -> float:
    """RMS level of ``n_frames`` frames from ``first_frame``, in dBFS."""
    mask = ring.shape[0] - 1
    total = 0.0
    for frame in range(first_frame, first_frame + n_frames):
        total += ring[frame & mask]
    return 10.0 * math.log10(max(total / n_frames, LOWEST_POWER))


@kernel
def measure_attack(
    ring: Floats, earliest_frame: int, onset_frame: int, end_frame: int, out: Floats
) -> None:
    """Write the note's level (dBFS) and attack time (frames) to ``out``.

    The level is the loudest 20-frame RMS between the onset and ``end_frame`` (100 ms
    later at most). The attack is how long a 5-frame RMS takes from 20 dB below its top
    (or 1 dB above its quietest point near the onset, if that is higher) to within 3 dB
    of it: the top itself drifts with beats and bow. NaN where the rise is under 6 dB, or
    where nothing of the note was recorded.
    """
    out[:] = math.nan
    if end_frame <= onset_frame:
        return
    loudest = -120.0
    width = min(20, end_frame - onset_frame)
    last = min(end_frame, onset_frame + 100) - width
    for frame in range(onset_frame, max(onset_frame, last) + 1):
        loudest = max(loudest, level_db(ring, frame, width))
    out[0] = loudest

    first = max(earliest_frame, onset_frame - 30)
    last = end_frame - 5
    top_db = -120.0
    top_frame = onset_frame
    for frame in range(onset_frame, last + 1):
        level = level_db(ring, frame, 5)
        if level > top_db:
            top_db = level
            top_frame = frame
    bottom_db = top_db
    bottom_frame = top_frame
    for frame in range(first, top_frame):
        level = level_db(ring, frame, 5)
        if level <= bottom_db:
            bottom_db = level
            bottom_frame = frame
    if top_db - bottom_db < 6.0:
        return
    high = bottom_frame
    while level_db(ring, high, 5) < top_db - 3.0:
        high += 1
    start_db = max(top_db - 20.0, bottom_db + 1.0)
    low = high
    while low > bottom_frame and level_db(ring, low, 5) > start_db:
        low -= 1
    out[1] = high - low


@kernel
def follow_note(
    ring: Floats,
    state: np.void,
    first_frame: int,
    end_frame: int,
    onset_frame: int,
    settings: Floats,
) -> None:
    """Follow the sounding note over the frames from ``first_frame`` up to ``end_frame``.

    ``state`` is a record of dtype ``SOUNDING``. ``settings``: 0 fall that ends a note
    (dB); 1 natural decay (dB a frame); 2 frames that a sound must be back to undo a fall
    or an end; 3 frames after the onset that are not judged; 4 rise of the noise estimate (dB
    a frame).
    """
    fall_db = settings[0]
    for frame in range(first_frame, end_frame):
        level = level_db(ring, frame, 5)
        state["noise_db"] = min(level, state["noise_db"] + settings[4])
        if frame < onset_frame + settings[3]:
            continue
        if level >= state["hold_db"] - settings[1]:
            state["hold_db"] = level
            state["lowest_db"] = level
        else:
            state["hold_db"] -= settings[1]
            state["lowest_db"] = min(state["lowest_db"], level)
        if level < state["hold_db"] - FALLING_DB:
            state["n_full_frames"] = 0
            if not state["is_falling"]:
                state["is_falling"] = 1
                state["full_frame"] = frame
        elif state["is_falling"]:
            state["n_full_frames"] += 1
            if state["n_full_frames"] >= settings[2]:
                state["is_falling"] = 0
        # Above the room's noise, but never so high that a soft passage ends a note.
        end_db = max(
            state["hold_db"] - fall_db,
            min(state["noise_db"] + 6.0, state["hold_db"] - 0.5 * fall_db),
        )
        # In silence what is held decays below any noise: only what rises out of it is back.
        is_above = level >= end_db and (not state["is_silent"] or level > state["noise_db"] + 3.0)
        if is_above:
            if state["is_silent"]:
                state["n_back_frames"] += 1
                if state["n_back_frames"] >= settings[2]:
                    state["is_silent"] = 0
        else:
            state["n_back_frames"] = 0
            if not state["is_silent"]:
                state["is_silent"] = 1
                state["silent_frame"] = frame
