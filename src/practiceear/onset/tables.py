"""The kernels' tables of one sample rate, from the analysis, the weights and the settings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from practiceear.onset.config import DetectorConfig
from practiceear.onset.features import Analysis, FeatureConfig, make_analysis
from practiceear.onset.records import (
    CALL_GAP_FRAMES,
    CONFIRMED_HEAD,
    FINE_REACH,
    MATCH_REACH_S,
    MINIMUM_INTERVAL_S,
    N_AFTER_PEAK,
    PROVISIONAL_HEAD,
    TABLES,
    TAP_HEAD,
    TAP_WAIT_FRAMES,
    TIMER_REACH_S,
    TIMER_UNIT_S,
)
from practiceear.onset.weights import Weights

NETWORK = (
    "enter_weight",
    "enter_bias",
    "layer_weight",
    "layer_bias",
    "dilation",
    "leave_weight",
    "leave_bias",
    "delay_frames",
    "n_summed",
    "threshold",
    "fine_weight",
    "fine_bias",
    "fine_out_weight",
    "fine_out_bias",
    "fine_threshold",
    "timer_weight",
    "timer_bias",
    "timer_inner_weight",
    "timer_inner_bias",
    "timer_out_weight",
    "timer_out_bias",
    "timer_spread",
)
"""What is taken over from the weights as it is."""


def build_tables(rate_hz: int, weights: Weights, config: DetectorConfig) -> npt.NDArray[np.void]:
    """One record of dtype ``TABLES``, shape (1,).

    Raises
    ------
    ValueError
        ``rate_hz`` is not a working rate.
    """
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
