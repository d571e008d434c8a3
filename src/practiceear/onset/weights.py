"""The trained weights that come with the package: read, and checked before anything uses them."""

from __future__ import annotations

import hashlib
import zipfile
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
import numpy.typing as npt

from practiceear.errors import MissingError
from practiceear.onset.records import (
    LATEST_DELAY_FRAMES,
    N_AFTER_PEAK,
    N_CHANNELS,
    N_FINE_HIDDEN,
    N_FINE_NET,
    N_FINE_OUT,
    N_HEADS,
    N_INPUTS,
    N_LAYERS,
    N_PROBABILITY,
    N_TIMER_HIDDEN,
    N_TIMER_NET,
    N_TRUNK,
    PEAK_BEFORE,
)

Weights = dict[str, npt.NDArray[np.generic]]

SHAPES: dict[str, tuple[int, ...]] = {
    "enter_weight": (N_INPUTS, N_CHANNELS),
    "enter_bias": (N_CHANNELS,),
    "layer_weight": (N_LAYERS, 3 * N_CHANNELS, N_CHANNELS),
    "layer_bias": (N_LAYERS, N_CHANNELS),
    "dilation": (N_LAYERS,),
    "leave_weight": (N_CHANNELS, N_HEADS),
    "leave_bias": (N_HEADS,),
    "delay_frames": (N_HEADS,),
    "n_summed": (N_HEADS,),
    "threshold": (N_HEADS,),
    "fine_weight": (N_FINE_NET, N_FINE_HIDDEN),
    "fine_bias": (N_FINE_HIDDEN,),
    "fine_out_weight": (N_FINE_HIDDEN, N_FINE_OUT),
    "fine_out_bias": (N_FINE_OUT,),
    "fine_threshold": (),
    "timer_weight": (N_TIMER_NET, N_TIMER_HIDDEN),
    "timer_bias": (N_TIMER_HIDDEN,),
    "timer_inner_weight": (N_TIMER_HIDDEN, N_TIMER_HIDDEN),
    "timer_inner_bias": (N_TIMER_HIDDEN,),
    "timer_out_weight": (N_TIMER_HIDDEN, 2),
    "timer_out_bias": (2,),
    "timer_spread": (),
    "fine_offset_s": (),
    "time_offset_s": (4,),  # notes called, confirmed; taps called, confirmed
}
"""Every array of the file. Heads in the order early, soon, called, confirmed, tap."""


@cache
def packaged_weights() -> Weights:
    """The weights that come with the package; see ``weights/onset.md`` for how they were made."""
    return read_weights(files("practiceear.onset") / "weights" / "onset.npz")


@cache
def weights_digest() -> str:
    """SHA-256 of the weights: what tells one ear from another; 64 hexadecimal digits."""
    file = files("practiceear.onset") / "weights" / "onset.npz"
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_weights(file: Traversable) -> Weights:
    """Read the arrays of an .npz file.

    Raises
    ------
    MissingError
        The file is missing, broken, or not of this version's shapes.
    """
    try:
        with file.open("rb") as stream, np.load(stream) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise _unusable(file, "cannot be read") from error
    for name, shape in SHAPES.items():
        if name not in weights:
            raise _unusable(file, f"lack {name}")
        array = weights[name]
        if array.shape != shape or array.dtype.kind not in "fi":
            raise _unusable(file, f"have {name} of {array.dtype} {array.shape}, not {shape}")
        if not np.isfinite(array).all():
            raise _unusable(file, f"have a value in {name} that is no number")
    if weights["dilation"].min() < 1 or np.sum(2 * weights["dilation"] + 1) > N_TRUNK:
        raise _unusable(file, "look back further than is remembered")
    delay = weights["delay_frames"]
    if delay.min() < 0 or delay.max() > LATEST_DELAY_FRAMES:
        raise _unusable(file, f"answer later than {LATEST_DELAY_FRAMES} frames after an onset")
    n_summed = weights["n_summed"]
    if n_summed.min() < 1 or n_summed.max() + PEAK_BEFORE + N_AFTER_PEAK > N_PROBABILITY:
        raise _unusable(file, "sum up more probabilities than are remembered")
    return weights


def _unusable(file: Traversable, reason: str) -> MissingError:
    return MissingError(
        f"the onset detector's weights in {file.name} {reason}", "Install practiceear again"
    )
