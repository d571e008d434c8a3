"""What the streaming detector makes of silence, denormals, NaN, DC, gaps and notes at the edges.

Usage: python -m training.prototype.bad_input WEIGHTS.npz
"""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path

import numpy as np

from ..truth import RATE_HZ
from .records import SETTLED
from .streaming import Detector, read_weights

LOG = logging.getLogger(__name__)
DURATION_S = 20
N_SAMPLES = DURATION_S * RATE_HZ


def tone(onset_s: float, gain: float = 0.3) -> np.ndarray:
    """A plucked tone in silence."""
    time_s = np.arange(N_SAMPLES) / RATE_HZ - onset_s
    decay = np.exp(-np.maximum(time_s, 0) / 0.3) * (time_s >= 0)
    return gain * decay * np.sin(2 * np.pi * 330 * np.maximum(time_s, 0))


def inputs() -> dict[str, np.ndarray]:
    """Sounds by name; the tone begins at 5 s where nothing else is said."""
    rng = np.random.default_rng(0)
    n = np.arange(N_SAMPLES)
    gap = tone(5.0)
    gap[300_000:310_000] = 0
    return {
        "silence": np.zeros(N_SAMPLES),
        "denormals": np.full(N_SAMPLES, 1e-40),
        "faint noise": 1e-30 * rng.standard_normal(N_SAMPLES),
        "noise": 0.1 * rng.standard_normal(N_SAMPLES),
        "DC": np.full(N_SAMPLES, 0.5),
        "DC and tone": 0.3 + tone(5.0),
        "NaN": np.where(n % 5000 == 0, np.nan, tone(5.0)),
        "infinite": np.where(n == 100_000, np.inf, tone(5.0)),
        "clipped": np.clip(20 * tone(5.0), -1, 1),
        "two 40 ms apart": tone(5.0) + tone(5.04),
        "two 60 ms apart": tone(5.0) + tone(5.06),
        "gap": gap,
        "first sample": tone(0.0),
        "last block": tone(DURATION_S - 0.005),
        "soft at 12 s after loud at 1 s": tone(1.0, 1.0) + tone(12.0, 0.003),
    }


def main() -> None:
    """List settled onsets and CPU; fail where anything is not finite."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("weights", type=Path)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    detector = Detector(RATE_HZ, read_weights(args.weights))
    detector.process(np.zeros(RATE_HZ, np.float32))  # compiles
    for name, sound in inputs().items():
        detector.reset()
        started = time.process_time()
        events = detector.process(sound.astype(np.float32))
        cpu = (time.process_time() - started) / DURATION_S
        onset_s = events["onset_samples"][events["kind"] == SETTLED] / RATE_HZ
        LOG.info("%s: %.5f s/s, %d settled %s", name, cpu, onset_s.size, onset_s[:4].round(3))
        if not np.isfinite(onset_s).all() or not np.isfinite(detector.state["levels"]).all():
            raise SystemExit(f"{name}: something is not finite")


if __name__ == "__main__":
    main()
