"""The detector's trained weights, read and checked, and the kernels' tables made of them."""

from __future__ import annotations

import hashlib
import zipfile
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
import numpy.typing as npt

from practiceear.errors import MissingError
from practiceear.onset.config import DetectorConfig
from practiceear.onset.features import Analysis, FeatureConfig, make_analysis
from practiceear.onset.records import (
    CALL_GAP_FRAMES,
    CONFIRMED_HEAD,
    FINE_REACH,
    LATEST_DELAY_FRAMES,
    MATCH_REACH_S,
    MINIMUM_INTERVAL_S,
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
    PROVISIONAL_HEAD,
    TABLES,
    TAP_HEAD,
    TAP_WAIT_FRAMES,
    TIMER_REACH_S,
    TIMER_UNIT_S,
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
"""Every array of the file. Heads in the order early, soon, called, confirmed, tap, click."""


@cache
def packaged_weights() -> Weights:
    """The weights that come with the package; see ``weights/onset.md`` for how they were made."""
    return read_weights(files("practiceear.onset") / "weights" / "onset.npz")


@cache
def weights_digest() -> str:
    """SHA-256 of the weights, which identifies a detector; 64 hexadecimal digits."""
    file = files("practiceear.onset") / "weights" / "onset.npz"
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_weights(file: Traversable) -> Weights:
    """Read the arrays of an .npz file; MissingError if missing, broken or of other shapes."""
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


NETWORK = tuple(name for name in SHAPES if name not in ("fine_offset_s", "time_offset_s"))
"""Weights that the tables take over as they are."""


def build_tables(rate_hz: int, weights: Weights, config: DetectorConfig) -> npt.NDArray[np.void]:
    """One record of dtype ``TABLES``, shape (1,); ValueError if ``rate_hz`` is no working rate."""
    features = FeatureConfig()
    analysis = make_analysis(rate_hz, features)
    tables = np.zeros(1, TABLES)
    table = tables[0]
    for name in analysis.loudness.dtype.names or ():
        table[name] = analysis.loudness[0][name]
    table["n_fir"], table["decimation"] = len(analysis.fir), analysis.decimation
    table["fir"][: len(analysis.fir)] = analysis.fir
    table["fine_step"], table["log_scale"] = rate_hz // 1000, features.log_scale
    _set_banks(table, analysis)
    for name in NETWORK:
        table[name] = weights[name]
    for head, threshold in enumerate(config.thresholds()):
        if threshold is not None:
            table["threshold"][head] = threshold
    table["timer_unit_s"], table["timer_unit_samples"] = TIMER_UNIT_S, TIMER_UNIT_S * rate_hz
    table["timer_reach_samples"] = TIMER_REACH_S * rate_hz
    _set_picking(table, rate_hz, weights, config)
    return tables


def _set_banks(table: np.void, analysis: Analysis) -> None:
    """Windows and twiddles of the three FFTs, and the weights of their bands in one row."""
    windows = (analysis.long_window, analysis.short_window, analysis.low_window)
    banks = (analysis.long_bank, analysis.short_bank, analysis.low_bank)
    first = band = 0
    for which, (window, bank) in enumerate(zip(windows, banks, strict=True)):
        n = table["n_window"][which] = len(window)
        table["window"][which, :n] = window
        table["first_band"][which] = band
        whole = np.exp(-2j * np.pi * np.arange(n // 2) / n)
        twiddle = np.concatenate([whole, whole[::2]])  # of n, then of n // 2
        table["twiddle_real"][which, : len(twiddle)] = twiddle.real
        table["twiddle_imag"][which, : len(twiddle)] = twiddle.imag
        for row in bank:
            bins = np.flatnonzero(row)
            weight = row[bins[0] : bins[-1] + 1]
            table["band_first_bin"][band], table["band_first_weight"][band] = bins[0], first
            table["band_weight"][first : first + len(weight)] = weight
            first, band = first + len(weight), band + 1
    table["first_band"][-1], table["band_first_weight"][band] = band, first


def _set_picking(table: np.void, rate_hz: int, weights: Weights, config: DetectorConfig) -> None:
    is_taps = config.target == "taps"
    table["is_taps"] = is_taps
    table["first_calling_head"] = TAP_HEAD if is_taps else 0
    table["last_calling_head"] = TAP_HEAD if is_taps else PROVISIONAL_HEAD
    table["call_gap_frames"] = 0 if is_taps else CALL_GAP_FRAMES
    table["confirming_head"] = TAP_HEAD if is_taps else CONFIRMED_HEAD
    table["settle_wait_frames"] = TAP_WAIT_FRAMES if is_taps else N_AFTER_PEAK
    head = table["confirming_head"]
    n_judging = table["delay_frames"][head] + table["n_summed"][head] // 2 + 1
    table["judging_samples"] = (n_judging + table["settle_wait_frames"]) * table["hop"]
    offset_samples = weights["time_offset_s"].astype(np.float64) * rate_hz
    first = 2 if is_taps else 0
    table["call_offset_samples"] = offset_samples[first]
    table["settle_offset_samples"] = offset_samples[first + 1]
    table["fine_offset_samples"] = float(weights["fine_offset_s"]) * rate_hz
    table["match_samples"] = MATCH_REACH_S * rate_hz
    table["interval_samples"] = round(MINIMUM_INTERVAL_S * rate_hz)
    localised = FINE_REACH * table["fine_step"] + table["fine_offset_samples"]
    table["reach_samples"] = max(localised, table["settle_offset_samples"])
