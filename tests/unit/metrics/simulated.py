"""Simulated players: series whose truth is known, as the measures take them."""

from __future__ import annotations

import math

import numpy as np

from practiceear.metrics.intervals import PlayedIntervals
from practiceear.metrics.metric import Metric
from practiceear.rhythm.alignment import Alignment
from practiceear.units import FloatArray, IntArray


def wandering(rng: np.random.Generator, n: int, correlation: float, sd: float) -> FloatArray:
    """Deviations that remember the last one by ``correlation``; 0 for independent ones."""
    series = rng.normal(0.0, 1.0, n)
    series[:1] /= math.sqrt(1.0 - correlation**2)
    for note in range(1, n):
        series[note] += correlation * series[note - 1]
    return np.asarray(sd * math.sqrt(1.0 - correlation**2) * series)


def aligned(deviation_s: FloatArray, slots: IntArray | None = None) -> Alignment:
    """Notes that were all matched, on successive slots where none are given."""
    slots = np.arange(deviation_s.size) if slots is None else slots
    is_matched = np.ones(deviation_s.size, dtype=np.bool_)
    nothing = np.zeros(0, dtype=np.int64)
    return Alignment(slots, is_matched, deviation_s.copy(), nothing, 1, 0)


def in_a_row(ioi_s: FloatArray) -> PlayedIntervals:
    """Intervals of one run without a break, their mean taken out."""
    notes = np.arange(ioi_s.size)
    return PlayedIntervals(notes, ioi_s, ioi_s - ioi_s.mean(), notes > 0, 1)


def played_by(
    rng: np.random.Generator, n: int, *, clock_s: float = 0.0, hand_s: float = 0.0
) -> FloatArray:
    """``n`` intervals of 250 ms of an uneven clock and an uneven hand."""
    hand = np.diff(rng.normal(0.0, hand_s, n + 1))
    return np.asarray(0.25 + rng.normal(0.0, clock_s, n) + hand)


def coverage(metrics: list[Metric], truth: float) -> float:
    """Share of the intervals that were told and hold the truth."""
    told = [metric for metric in metrics if not metric.is_unavailable]
    assert len(told) > len(metrics) / 4  # of those that are left out it would say nothing
    return float(np.mean([metric.low <= truth <= metric.high for metric in told]))
