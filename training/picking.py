"""From the network's logits to events, as the streaming kernel does it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CENTRE_REACH = 3  # frames either side of a settled peak that vote on its time


@dataclass(frozen=True, slots=True)
class HeadPicking:
    """When a head speaks: threshold (probability), frames of calm, whether it waits for a peak."""

    threshold: float
    delay_frames: int
    gap_frames: int = 8
    n_before: int = 4
    n_wait: int = 1  # frames heard after a peak; with CENTRE_REACH of them the time is a mean


def picking_of(name: str, threshold: float, delay_frames: int) -> HeadPicking:
    """How a head of this name is picked."""
    return HeadPicking(threshold, delay_frames, n_wait=CENTRE_REACH if name == "settled" else 0)


def peaks(probability: np.ndarray, picking: HeadPicking) -> np.ndarray:
    """Frames t at which p[t] is a peak above threshold; known at t + n_wait."""
    out, last = [], -(10**6)
    for t in np.flatnonzero(probability >= picking.threshold):
        before = probability[max(0, t - picking.n_before) : t]
        after = probability[t + 1 : t + 1 + picking.n_wait]
        is_peak = (before.size == 0 or probability[t] > before.max()) and (
            after.size == 0 or probability[t] >= after.max()
        )
        if is_peak and t - last >= picking.gap_frames:
            out.append(int(t))
            last = t
    return np.array(out, dtype=int)


def event_times(
    probability: np.ndarray, picking: HeadPicking, hop_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """(onset time, time at which it was known), seconds; between frames by a mean or a parabola.

    The mean of the probabilities around a peak is the better time for soft attacks.
    """
    at = peaks(probability, picking)
    known_s = (at + picking.n_wait + 1) * hop_s
    if picking.n_wait >= CENTRE_REACH:
        padded = np.pad(probability, CENTRE_REACH)
        near = padded[at[:, None] + np.arange(2 * CENTRE_REACH + 1)]
        shift = (near * np.arange(-CENTRE_REACH, CENTRE_REACH + 1)).sum(1) / near.sum(1)
        return (at + shift + 0.5 - picking.delay_frames) * hop_s, known_s
    padded = np.pad(probability, 1, mode="edge")
    left, mid, right = padded[at], padded[at + 1], padded[at + 2]
    bend = left - 2 * mid + right
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (left - right) / np.where(bend == 0, 1, bend), 0.0)
    shift = np.clip(shift, -0.5, 0.5) if picking.n_wait else np.zeros(at.size)
    time_s = (at + shift + 0.5 - picking.delay_frames) * hop_s
    return time_s, known_s


def called_events(
    probability: np.ndarray, heads: list[HeadPicking], hop_s: float, gap_frames: int = 9
) -> tuple[np.ndarray, np.ndarray]:
    """Union of several early heads: whoever is sure first calls; later ones stay silent near it."""
    candidates = []
    for head in heads:
        for t in peaks(probability[:, heads.index(head)], head):
            candidates.append((t + head.n_wait, t - head.delay_frames))
    candidates.sort()
    onset, known = [], []
    for knew, at in candidates:
        if all(abs(at - x) >= gap_frames for x in onset[-4:]):
            onset.append(at)
            known.append(knew)
    order = np.argsort(onset) if onset else np.zeros(0, int)
    return (np.array(onset)[order] + 0.5) * hop_s, (np.array(known)[order] + 1) * hop_s
