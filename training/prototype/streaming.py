"""The kernels' tables, and a small streaming detector around them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..features import Analysis, FeatureConfig, make_analysis
from .picking_kernels import hear_block, reset_state
from .records import CENTRE_REACH, EVENT, STATE, TABLES

CONFIG = FeatureConfig()
NEVER_SHARP = 2.0  # a threshold above any probability: weights without a localiser
MAX_BLOCK = 8192  # samples a call, so that no block can overflow the events
N_EVENTS = 256
NETWORK = (
    "enter_weight",
    "enter_bias",
    "layer_weight",
    "layer_bias",
    "dilation",
    "leave_weight",
    "leave_bias",
    "delay_frames",
    "threshold",
)
LOCALISER = ("fine_weight", "fine_bias", "fine_out_weight", "fine_out_bias", "fine_threshold")

Weights = Mapping[str, np.ndarray]


def _fill(target: np.ndarray, values: np.ndarray) -> None:
    target[: values.size] = values


def _set_banks(table: np.void, analysis: Analysis) -> None:
    """Twiddles of the three FFTs, and the non-zero weights of their bands in one row."""
    first = band = 0
    banks = (analysis.long_bank, analysis.short_bank, analysis.low_bank)
    for which, bank in enumerate(banks):
        n = 2 * (bank.shape[1] - 1)
        whole = np.exp(-2j * np.pi * np.arange(n // 2) / n)
        half = np.exp(-2j * np.pi * np.arange(n // 4) / (n // 2))
        twiddle = np.concatenate([whole, half])
        _fill(table["twiddle_real"][which], twiddle.real)
        _fill(table["twiddle_imag"][which], twiddle.imag)
        for row in bank:
            bins = np.flatnonzero(row)
            weights = row[bins[0] : bins[-1] + 1]
            table["band_first_bin"][band], table["band_first_weight"][band] = bins[0], first
            table["band_weight"][first : first + weights.size] = weights
            first, band = first + weights.size, band + 1
    table["band_first_weight"][band] = first


def build_tables(rate_hz: int, weights: Weights) -> np.ndarray:
    """(1,) TABLES of one rate; weights as training.export writes them."""
    analysis = make_analysis(rate_hz, CONFIG)
    tables = np.zeros(1, TABLES)
    table = tables[0]
    table["hop"], table["fine_step"] = analysis.hop, int(rate_hz * 0.001)
    table["n_long"], table["n_short"] = analysis.long_window.size, analysis.short_window.size
    table["n_low"], table["n_fir"] = analysis.low_window.size, analysis.fir.size
    table["decimation"] = CONFIG.decimation * analysis.scale
    table["gain_keep"], table["gain_floor"] = analysis.gain_keep, CONFIG.gain_floor
    table["gain_target"], table["log_scale"] = CONFIG.gain_target, CONFIG.log_scale
    for name in ("long_window", "short_window", "low_window", "fir"):
        _fill(table[name], getattr(analysis, name))
    _set_banks(table, analysis)
    for name in NETWORK:
        table[name] = weights[name]
    table["n_wait"] = [0, 0, 0, CENTRE_REACH, 0]
    table["fine_threshold"] = NEVER_SHARP
    for name in LOCALISER:
        if name in weights:
            table[name] = weights[name]
    for quantity in ("fine_offset", "time_offset"):
        if f"{quantity}_s" in weights:
            table[f"{quantity}_samples"] = weights[f"{quantity}_s"] * rate_hz
    return tables


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an exported .npz."""
    with np.load(path) as arrays:
        return dict(arrays)


class Detector:
    """Blocks in, events out; one rate."""

    def __init__(self, rate_hz: int, weights: Weights) -> None:
        self.table = build_tables(rate_hz, weights)
        self.state = np.zeros(1, STATE)
        self.events = np.zeros(N_EVENTS, EVENT)
        self.reset()

    def reset(self) -> None:
        """As new."""
        reset_state(self.state, self.table)

    def process(self, block: np.ndarray) -> np.ndarray:
        """Events (EVENT) that a float32 block of any size made known."""
        parts = []
        for start in range(0, max(block.size, 1), MAX_BLOCK):
            part = block[start : start + MAX_BLOCK]
            n_events = hear_block(part, self.state, self.table, self.events)
            parts.append(self.events[:n_events].copy())
        return np.concatenate(parts)
