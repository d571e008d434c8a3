"""CPU time per second of audio, every detector fed the same way in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.peers import AUBIO, CONFIRMED, EAR, PROVISIONAL, Peer
from practiceear.analysis.pipeline import compile_kernels
from practiceear.audio.blocks import Samples
from practiceear.onset.detector import compile_kernels as compile_detector

RATE_HZ = 44100
BLOCK_SAMPLES = 64
N_REPEATS = 5


@dataclass(frozen=True, slots=True)
class CpuCost:
    """What a detector costs; seconds of CPU a second of audio, NaN where it cannot be fed so.

    Attributes
    ----------
    blocks_s, hops_s
        Fed in blocks of 64 samples, and in whole hops of its own.
    whole_s
        Given the whole take at once.
    blocks_ratio, hops_ratio, whole_ratio
        The same over aubio's default: fed the same way, and for ``whole_ratio`` fed in hops.
    """

    name: str
    blocks_s: float
    hops_s: float
    whole_s: float
    blocks_ratio: float
    hops_ratio: float
    whole_ratio: float


def measure_cpu(peers: list[Peer], sound: Samples) -> list[CpuCost]:
    """Time every peer on ``sound`` at 44.1 kHz; the least of five runs in turn counts."""
    compile_detector()
    compile_kernels()
    timed = [EAR if peer is CONFIRMED else peer for peer in peers]
    if AUBIO not in timed and AUBIO.is_installed:
        timed.append(AUBIO)
    runs: dict[tuple[str, str], Callable[[], object]] = {}
    for peer in timed:
        if peer.open_stream is None:
            runs[peer.name, "whole"] = lambda peer=peer: peer.detect(sound, RATE_HZ)  # type: ignore[misc]
            continue
        for way, n in (("blocks", BLOCK_SAMPLES), ("hops", peer.hop_samples)):
            runs[peer.name, way] = _feeding(peer, sound, n)
    least_s = _least(runs)
    cost = {key: value / (len(sound) / RATE_HZ) for key, value in least_s.items()}
    return [_cost(peer, cost) for peer in timed]


def _least(runs: dict[tuple[str, str], Callable[[], object]]) -> dict[tuple[str, str], float]:
    least = dict.fromkeys(runs, np.inf)
    for _repeat in range(N_REPEATS):  # in turn, so that a busy moment hits all alike
        for key, run in runs.items():
            began_s = time.process_time()
            run()
            least[key] = min(least[key], time.process_time() - began_s)
    return least


def _feeding(peer: Peer, sound: Samples, n_block: int) -> Callable[[], None]:
    blocks = [sound[i : i + n_block] for i in range(0, len(sound) - n_block + 1, n_block)]

    def run() -> None:
        assert peer.open_stream is not None
        feed = peer.open_stream(RATE_HZ)
        for block in blocks:
            feed(block)

    return run


def _cost(peer: Peer, cost: dict[tuple[str, str], float]) -> CpuCost:
    nan = float("nan")
    blocks_s, hops_s, whole_s = (
        cost.get((peer.name, way), nan) for way in ("blocks", "hops", "whole")
    )
    return CpuCost(
        "practiceear" if peer is PROVISIONAL else peer.name,
        blocks_s,
        hops_s,
        whole_s,
        blocks_s / cost.get((AUBIO.name, "blocks"), nan),
        hops_s / cost.get((AUBIO.name, "hops"), nan),
        whole_s / cost.get((AUBIO.name, "hops"), nan),
    )
