"""Weights of a trained network as one small .npz, standardisation folded in."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .model import OnsetNetwork
from .picking import N_SUMMED


def exported(model: OnsetNetwork, thresholds: list[float]) -> dict[str, np.ndarray]:
    """Arrays by name; (in, out) layout, convolution taps oldest first."""
    state = {
        key: value.detach().numpy().astype(np.float64) for key, value in model.state_dict().items()
    }
    enter = state["enter.weight"] * state["scale"]
    bias = state["enter.bias"] - enter @ state["mean"]
    n_layers = len(model.config.dilations)
    layers = [state[f"layers.{i}.weight"] for i in range(n_layers)]  # (out, in, tap)
    out = {
        "enter_weight": enter.T,
        "enter_bias": bias,
        "layer_weight": np.stack(
            [np.concatenate([w[:, :, tap].T for tap in range(3)]) for w in layers]
        ),
        "layer_bias": np.stack([state[f"layers.{i}.bias"] for i in range(n_layers)]),
        "leave_weight": state["leave.weight"].T,
        "leave_bias": state["leave.bias"],
        "threshold": np.array(thresholds),
    }
    half = np.float16  # 11 bits are enough and keep the file small; bias and threshold stay exact
    arrays = {
        key: np.ascontiguousarray(value, half if key.endswith("weight") else np.float32)
        for key, value in out.items()
    }
    arrays["dilation"] = np.array(model.config.dilations, np.int64)
    arrays["delay_frames"] = np.array(model.config.head_delays, np.int64)
    arrays["n_summed"] = np.array([N_SUMMED[n] for n in model.config.head_names], np.int64)
    return arrays


def exported_localiser(state: dict[str, object], threshold: float) -> dict[str, np.ndarray]:
    """Arrays of the localiser, (in, out) layout."""
    weights = {key: np.asarray(value, np.float32) for key, value in state.items()}
    return {
        "fine_weight": np.ascontiguousarray(weights["0.weight"].T, np.float16),
        "fine_bias": weights["0.bias"],
        "fine_out_weight": np.ascontiguousarray(weights["2.weight"].T, np.float16),
        "fine_out_bias": weights["2.bias"],
        "fine_threshold": np.array(threshold, np.float32),
    }


def save(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write the arrays, compressed."""
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # none is called allow_pickle
