"""From the network's probabilities to events, as the streaming kernel does it.

A head is believed by the sum of its last probabilities, not by one: where nobody can say when
exactly a soft note begins, the network spreads its belief over several frames, and a click
heard as half a note stays a narrow peak.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

N_SUMMED = {"early": 2, "soon": 3, "called": 5, "confirmed": 9, "tap": 3, "click": 9}
CERTAIN = 2.0  # what the taught probabilities around an onset sum up to: .5 + 1 + .5


@dataclass(frozen=True, slots=True)
class HeadPicking:
    """When a head speaks: threshold of the score, frames of calm, frames heard after a peak."""

    threshold: float
    delay_frames: int
    n_summed: int
    is_mean: bool  # the time is the mean of the summed frames, not their middle
    gap_frames: int = 8
    n_before: int = 4
    n_wait: int = 0


def picking_of(name: str, threshold: float, delay_frames: int) -> HeadPicking:
    """How a head of this name is picked."""
    is_settled = name == "confirmed"
    return HeadPicking(
        threshold, delay_frames, N_SUMMED[name], is_settled, n_wait=1 if is_settled else 0
    )


def scores(probability: np.ndarray, n_summed: int) -> np.ndarray:
    """(n_frames,) sums of the last probabilities; 1 where the network is certain."""
    return np.convolve(probability.astype(np.float64), np.ones(n_summed))[: len(probability)] / (
        CERTAIN
    )


def peaks(probability: np.ndarray, picking: HeadPicking) -> np.ndarray:
    """Frames t at which the score is a peak above threshold; known at t + n_wait."""
    score = scores(probability, picking.n_summed)
    out: list[int] = []
    last = -(10**6)
    for t in np.flatnonzero(score >= picking.threshold):
        before = score[max(0, t - picking.n_before) : t]
        after = score[t + 1 : t + 1 + picking.n_wait]
        is_peak = (before.size == 0 or score[t] > before.max()) and (
            after.size == 0 or score[t] >= after.max()
        )
        if is_peak and t - last >= picking.gap_frames:
            last = int(t)
            out.append(last)
    return np.array(out, dtype=int)


def event_times(
    probability: np.ndarray, picking: HeadPicking, hop_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """(onset time, time at which it was known), seconds."""
    at = peaks(probability, picking)
    known_s = (at + picking.n_wait + 1) * hop_s
    n = picking.n_summed
    back = np.full(at.size, (n - 1) / 2)
    if picking.is_mean and at.size:
        padded = np.pad(probability.astype(np.float64), (n - 1, 0))
        near = padded[at[:, None] + np.arange(n)]  # frames at - n + 1 ... at
        back = (near * np.arange(n - 1, -1, -1)).sum(1) / near.sum(1)
    return (at - back + 0.5 - picking.delay_frames) * hop_s, known_s


def called_events(
    probability: np.ndarray, heads: list[HeadPicking], hop_s: float, gap_frames: int = 9
) -> tuple[np.ndarray, np.ndarray]:
    """Union of several early heads: whoever is sure first calls; later ones stay silent near it."""
    candidates = []
    for h, head in enumerate(heads):
        for t in peaks(probability[:, h], head):
            candidates.append((t, -h, t - (head.n_summed - 1) / 2 - head.delay_frames))
    candidates.sort()
    onset: list[float] = []
    known: list[int] = []
    for knew, _, at in candidates:
        if all(abs(at - x) >= gap_frames for x in onset[-4:]):
            onset.append(at)
            known.append(knew)
    order = np.argsort(onset) if onset else np.zeros(0, int)
    return (np.array(onset)[order] + 0.5) * hop_s, (np.array(known)[order] + 1) * hop_s
