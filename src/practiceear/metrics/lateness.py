"""Whether a take as a whole is early, late or on the click.

People anticipate a click: untrained tappers by 20 to 80 ms, musicians by up to 20 ms (Repp
2005; Repp & Su 2013). A steady lead of up to 20 ms is therefore called normal, and its amount
is given all the same. Lateness has no such reason.

A whole take is early or late only where neither chance nor the detector's own bias explains it,
and by more than 6 ms, the smallest displacement that listeners notice (Friberg & Sundberg 1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import INNER_S, OUTER_S, Side, on_time_windows_s, side_of
from practiceear.metrics.reliability import (
    FEWEST_FOR_MEAN,
    FEWEST_FOR_NUMBER,
    lag_one,
    mean_count,
    mean_interval,
    measured,
    too_few,
    with_detector_bias,
)
from practiceear.metrics.timing import LARGEST_BIAS_SLOTS
from practiceear.units import FloatArray

NORMAL_LEAD_S = 0.020
"""Musicians who play with a click are up to so early."""

THROUGHOUT_SHARE = 0.9
"""From so many notes on the same side of the click on, it is so throughout."""

FEW_NOTES = 1.5
"""Below 16 notes intervals are so many times as wide: few that wander claim more than they know."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a take is as a whole.

    ``late``: mean of the notes, places of the bar that lean left out, in seconds; its interval
    holds chance and the detector's bias. Unavailable below 8 notes, and where the notes may be
    meant for the slot beside.
    """

    late: Metric
    side: Side  # what follows from it
    bias_s: float  # how far off the detector's own mean, or the click's own time, may be
    is_throughout: bool = False  # whether nearly every note is on that side
    is_far: bool = False  # whether the notes are so far off that the slot beside may be meant

    @property
    def is_normal_lead(self) -> bool:
        """Whether it is early by no more than good players are."""
        return self.side is Side.EARLY and self.late.value >= -NORMAL_LEAD_S

    def windows_s(self, interval_s: float) -> tuple[float, float]:
        """How far from the click a note may be before it is shown as off, and as clearly off.

        No nearer than the detector can tell. In a take that is early or late as a whole a note
        is shown so from 6 ms on, as the whole take is.
        """
        inner_s, outer_s = on_time_windows_s(interval_s)
        if self.side in (Side.EARLY, Side.LATE):
            inner_s = INNER_S
        return max(inner_s, self.bias_s), max(outer_s, self.bias_s)

    @property
    def is_off(self) -> bool:
        """Whether the player should hear of it first."""
        if self.side is Side.EARLY:
            return not self.is_normal_lead
        return self.side is Side.LATE and self.late.value > OUTER_S


def lateness(
    deviation_s: FloatArray, *, slot_s: float, interval_s: float, bias_s: float = 0.0
) -> Lateness:
    """Judge a take as a whole.

    ``deviation_s``: float64, shape (n,): how late the notes are that do not lean, in playing order.
    ``slot_s``: the shortest slot of the grid. ``interval_s``: the usual interval of the notes.
    ``bias_s``: how far off the detector's own mean may be.
    """
    n = int(deviation_s.size)
    if n < FEWEST_FOR_NUMBER:
        reason = too_few(n, "notes on the grid", FEWEST_FOR_NUMBER)
        return Lateness(Metric.unavailable(MetricKey.WHOLE_LATE, n, reason), Side.OPEN, bias_s)
    mean_s = float(deviation_s.mean())
    count = mean_count(n, lag_one(deviation_s - mean_s))
    chance_s = mean_interval(mean_s, float(deviation_s.std(ddof=1)), n, count)[1] - mean_s
    if n < FEWEST_FOR_MEAN:
        chance_s *= FEW_NOTES
    interval = (mean_s - chance_s, mean_s + chance_s)
    late = with_detector_bias(measured(MetricKey.WHOLE_LATE, mean_s, n, interval), bias_s)
    if abs(mean_s) > LARGEST_BIAS_SLOTS * slot_s:
        return Lateness(late, Side.OPEN, bias_s, is_far=True)
    outer_s = on_time_windows_s(interval_s)[1]
    side = side_of(mean_s, chance_s, bias_s, outer_s)
    on_that_side = deviation_s < 0.0 if mean_s < 0.0 else deviation_s > 0.0
    is_throughout = bool(np.mean(on_that_side) >= THROUGHOUT_SHARE)
    return Lateness(late, side, bias_s, is_throughout)
