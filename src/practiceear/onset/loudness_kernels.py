"""Numba kernels that make the ear deaf to level: high-pass, loudness follower, gain.

What follows hears every sample relative to the loudness of the playing: the running peak
of what sounds now, or the level that the playing keeps reaching, which a knock hardly
lifts. Any record with the fields of `LOUDNESS_STATE` and `LOUDNESS_SETTINGS` will do.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from practiceear.numba_cache import kernel

F32 = npt.NDArray[np.float32]
Record = np.void

N_LEVELS = 32
"""Frames of level that are remembered; a power of two, more than the longest
``lasting_frames``."""

LOUDEST = 8.0
"""Full scale is 1; above this a sample is no sound."""

FAINTEST = 1e-12
"""Below this a sample counts as zero: no denormals behind this line."""

LOUDNESS_SETTINGS = [
    ("hop", np.int64),  # samples a frame
    ("dc_pole", np.float64),  # of the high-pass
    ("hold_samples", np.int64),  # that the running peak is held before it falls
    ("peak_fall", np.float64),  # factor a sample on the running peak
    ("lasting_frames", np.int64),  # a knock is shorter, a note longer
    ("lasting_crest", np.float64),  # peak over the level of a note that lasts
    ("playing_rise", np.float64),  # factor a frame on the playing level below the peak
    ("playing_fall", np.float64),  # factor a frame on the playing level above the peak
    ("gain_floor", np.float64),  # softer playing than this is not lifted further
    ("gain_target", np.float64),  # peak of the playing after the gain
]

LOUDNESS_STATE = [
    ("n_samples", np.int64),  # since the stream began
    ("n_frames", np.int64),
    ("n_held", np.int64),  # samples since the running peak was reached
    ("last_in", np.float64),  # high-pass: newest input, amplitude
    ("last_out", np.float64),  # high-pass: newest output, amplitude
    ("peak", np.float64),  # running peak, amplitude
    ("playing", np.float64),  # what the peak exceeds a tenth of the time, amplitude
    ("square_sum", np.float64),  # of the frame that is being filled
    ("level_dbfs", np.float32, (N_LEVELS,)),
]


@kernel
def reset_loudness(state: Record, settings: Record) -> None:
    """Make ``state`` that of a stream about to begin."""
    state["n_samples"] = 0
    state["n_frames"] = 0
    state["n_held"] = 0
    state["last_in"] = 0.0
    state["last_out"] = 0.0
    state["square_sum"] = 0.0
    state["peak"] = settings["gain_floor"]
    state["playing"] = settings["gain_floor"]
    for k in range(N_LEVELS):
        state["level_dbfs"][k] = np.float32(-200.0)


@kernel
def level_samples(
    samples: F32, first: int, last: int, state: Record, settings: Record, out: F32
) -> None:
    """Write ``samples[first:last]``, freed of offset and scaled to the playing, to ``out``."""
    pole, fall, hold = settings["dc_pole"], settings["peak_fall"], settings["hold_samples"]
    last_in, last_out, peak = state["last_in"], state["last_out"], state["peak"]
    n_held, square_sum = state["n_held"], state["square_sum"]
    floor = settings["gain_floor"]
    playing = state["playing"]
    target = settings["gain_target"]
    if state["n_samples"] == 0 and last > first:
        # A constant offset must not look like an attack at the first sample.
        last_in = float(samples[first])
        if not abs(last_in) <= LOUDEST:
            last_in = 0.0
    for n in range(first, last):
        value = float(samples[n])
        if not abs(value) <= LOUDEST:  # NaN, infinite or absurd
            value = 0.0
        # 1e-18 keeps the filter's tail out of the slow denormal range.
        last_out = value - last_in + pole * last_out + 1e-18
        last_in = value
        square_sum += last_out * last_out
        n_held += 1
        if n_held > hold:
            peak = max(peak * fall, floor)
        if abs(last_out) >= peak:
            peak = abs(last_out)
            n_held = 0
        x = last_out * (target / max(peak, playing))
        out[n - first] = np.float32(x) if abs(x) >= FAINTEST else np.float32(0.0)
    state["last_in"], state["last_out"], state["peak"] = last_in, last_out, peak
    state["n_held"], state["square_sum"] = n_held, square_sum
    state["n_samples"] += last - first


@kernel
def end_loudness_frame(state: Record, settings: Record) -> None:
    """Follow the level of the playing after a frame; ``n_frames`` is still that frame's number.

    It comes up at once to what lasts and slowly to what only recurs, and falls slowly.
    """
    frame = state["n_frames"]
    mean_square = state["square_sum"] / settings["hop"]
    state["square_sum"] = 0.0
    state["level_dbfs"][frame & (N_LEVELS - 1)] = 10.0 * math.log10(mean_square + 1e-20)
    first = frame - settings["lasting_frames"] + 1
    softest_dbfs = 0.0
    for k in range(max(0, first), frame + 1):
        softest_dbfs = min(softest_dbfs, float(state["level_dbfs"][k & (N_LEVELS - 1)]))
    lasting = min(10.0 ** (softest_dbfs / 20.0) * settings["lasting_crest"], state["peak"])
    if first >= 0 and lasting > state["playing"]:
        state["playing"] = lasting
    elif state["peak"] > state["playing"]:
        state["playing"] = min(state["playing"] * settings["playing_rise"], state["peak"])
    else:
        state["playing"] *= settings["playing_fall"]
    state["playing"] = max(state["playing"], settings["gain_floor"])
