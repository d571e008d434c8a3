"""Compare the streaming kernels with their naive twins (NumPy, PyTorch); say what they cost.

Usage: python -m training.prototype.check_kernels [NETWORK.pt [LOCALISER.pt]]

Without arguments a network with random weights is compared. Exits with an error where
the kernels differ from their twins or depend on the block size.
"""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path

import numpy as np
import torch

from ..evaluate import load_network, probabilities
from ..export import exported, exported_localiser
from ..features import band_levels, make_analysis
from ..model import OnsetNetwork
from ..picking import HeadPicking, called_events, event_times
from .picking_kernels import hear_block
from .records import (
    CALLED,
    CENTRE_REACH,
    N_HISTORY,
    N_PROBABILITY,
    SETTLED,
    SETTLED_HEAD,
    TAP_CALLED,
    TAP_HEAD,
)
from .streaming import Detector

LOG = logging.getLogger(__name__)
THRESHOLD = 0.3
BLOCKS = (1, 7, 64, 441, 4096)
N_CALLING = 3
LEVELS_TOLERANCE, PROBABILITY_TOLERANCE = 2e-5, 5e-3  # weights go out as float16
TIME_TOLERANCE_S = 0.1e-3


def tones(rate_hz: int) -> np.ndarray:
    """Six seconds of decaying tones that overlap, float32."""
    rng = np.random.default_rng(0)
    sound, time_s = np.zeros(6 * rate_hz, np.float32), np.arange(rate_hz) / rate_hz
    for _ in range(20):
        start = int(rng.integers(0, sound.size - rate_hz))
        tone = np.sin(2 * np.pi * rng.uniform(100, 2000) * time_s) * rng.uniform(0.05, 0.6)
        sound[start : start + rate_hz] += (np.exp(-time_s / 0.2) * tone).astype(np.float32)
    return sound


def heard(detector: Detector, sound: np.ndarray, n_block: int) -> np.ndarray:
    """All events of a sound fed in blocks, by a detector as new."""
    detector.reset()
    blocks = [sound[i : i + n_block] for i in range(0, sound.size, n_block)]
    return np.concatenate([detector.process(block) for block in blocks])


def compare_frames(detector: Detector, model: OnsetNetwork, rate_hz: int) -> np.ndarray:
    """Levels and probabilities, frame by frame; returns the twin's probabilities."""
    sound, analysis = tones(rate_hz), make_analysis(rate_hz)
    levels = band_levels(sound, analysis)
    probability = probabilities(model, levels)
    level_error = probability_error = 0.0
    detector.reset()
    for t in range(levels.shape[0]):
        detector.process(sound[t * analysis.hop : (t + 1) * analysis.hop])
        own = detector.state["levels"][0][t % N_HISTORY]
        answers = detector.state["probability"][0][:, t % N_PROBABILITY]
        level_error = max(level_error, float(np.max(np.abs(own - levels[t]))))
        difference = float(np.max(np.abs(answers - probability[t])))
        probability_error = max(probability_error, difference)
    LOG.info("%d Hz: levels %.1e, probability %.1e", rate_hz, level_error, probability_error)
    if level_error > LEVELS_TOLERANCE or probability_error > PROBABILITY_TOLERANCE:
        raise SystemExit("the kernels' features or network differ from the twins'")
    return probability


def compare_events(events: np.ndarray, probability: np.ndarray, rate_hz: int) -> None:
    """Events against the twin's picking of its own probabilities."""
    hop_s = make_analysis(rate_hz).hop / rate_hz
    settled = HeadPicking(THRESHOLD, 17, n_wait=CENTRE_REACH)
    tap = HeadPicking(THRESHOLD, 1, n_wait=0)
    calling = [HeadPicking(THRESHOLD, delay, n_wait=0) for delay in (1, 2, 4)]
    wanted = {
        CALLED: called_events(probability[:, :N_CALLING], calling, hop_s)[0],
        SETTLED: event_times(probability[:, SETTLED_HEAD], settled, hop_s)[0],
        TAP_CALLED: event_times(probability[:, TAP_HEAD], tap, hop_s)[0],
    }
    for kind, time_s in wanted.items():
        own = events[events["kind"] == kind]
        own = own[np.argsort(own["onset_samples"])] if kind == CALLED else own
        is_same = own.size == time_s.size
        plain = ~own["is_refined"].astype(bool)  # refined times have no twin here
        errors_s = (own["onset_samples"] / rate_hz - time_s)[plain] if is_same else np.zeros(0)
        error_s = float(np.max(np.abs(errors_s), initial=0.0))
        LOG.info(
            "  kind %d: %d events, twin %d, %d refined, worst of the others %.3f ms",
            kind,
            own.size,
            time_s.size,
            int(np.sum(~plain)),
            1e3 * error_s,
        )
        if not is_same or error_s > TIME_TOLERANCE_S:
            raise SystemExit("the kernels' events differ from the twin's")


def cost(detector: Detector, sound: np.ndarray, rate_hz: int) -> float:
    """CPU seconds an audio second, fed in blocks of 64 samples."""
    long = np.tile(sound, 5)
    detector.reset()
    started = time.process_time()
    for start in range(0, long.size, 64):
        hear_block(long[start : start + 64], detector.state, detector.table, detector.events)
    return (time.process_time() - started) / (long.size / rate_hz)


def main() -> None:
    """Compare at all four rates."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("network", type=Path, nargs="?")
    parser.add_argument("localiser", type=Path, nargs="?")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = load_network(args.network) if args.network else OnsetNetwork().eval()
    weights = exported(model, [THRESHOLD] * len(model.config.head_names))
    if args.localiser:
        weights |= exported_localiser(torch.load(args.localiser), 0.5)
    for rate_hz in (44_100, 48_000, 88_200, 96_000):
        detector, sound = Detector(rate_hz, weights), tones(rate_hz)
        probability = compare_frames(detector, model, rate_hz)
        whole = heard(detector, sound, sound.size)
        for n_block in BLOCKS:
            if heard(detector, sound, n_block).tobytes() != whole.tobytes():
                raise SystemExit(f"blocks of {n_block} samples give other events")
        compare_events(whole, probability, rate_hz)
        LOG.info("  %.5f s of CPU an audio second", cost(detector, sound, rate_hz))


if __name__ == "__main__":
    main()
