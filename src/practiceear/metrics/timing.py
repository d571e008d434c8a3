"""How the notes lie against the metronome. Late is positive.

Only matched notes count. People anticipate a click by some tens of milliseconds (Repp
2005; Repp & Su 2013): a steady early bias is normal, and it is shown only where the
first beat is known from outside the notes. Spread and drift need no calibration.
"""

from __future__ import annotations

import math

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import (
    FEWEST_FOR_MEAN,
    FEWEST_FOR_NUMBER,
    FEWEST_FOR_SLOPE,
    Interval,
    lag_one,
    mean_count,
    mean_metric,
    measured,
    more_needed,
    slope_interval,
    spread_of,
    too_few,
    too_vague,
    with_detector_bias,
)
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import MetronomeGrid
from practiceear.units import FloatArray, IntArray

LARGEST_BIAS_SLOTS = 0.3
"""Beyond this the slot beside is nearly as likely to have been meant."""

FURTHEST_BIAS_SLOTS = 0.5
"""An interval that reaches this far holds every deviation there can be, and tells nothing."""

WIDEST_DRIFT_S_PER_S = 0.02
"""An interval that reaches further than 2 % (1.4 bpm at 72) to either side leaves open whether
the tempo was held or lost for all to hear: chosen."""

_THINGS = "notes on the grid"


def deviation_bias(
    alignment: Alignment, grid: MetronomeGrid, *, is_phase_known: bool, floor_s: float = math.nan
) -> Metric:
    """Measure how late the notes were on average, in seconds.

    Parameters
    ----------
    alignment
        Notes beside their slots.
    grid
        The grid they were aligned to. A mean of more than 0.3 of its slots is rejected:
        the notes may as well be early for the next slot. So is an interval that reaches
        half a slot. That it holds 0 is no reason: then nobody is early or late.
    is_phase_known
        Whether the grid's first beat came from outside (a click, a calibration); where it
        was fitted to the notes, their mean deviation says nothing and is unavailable.
    floor_s
        How far off the detector's own mean is in one take of twenty at most; the interval
        holds it.
    """
    key, deviation_s = MetricKey.DEVIATION_BIAS, _deviations(alignment)
    if not is_phase_known:
        reason = "early or late is only known where the click's own time is known"
        return Metric.unavailable(key, deviation_s.size, reason)
    slot_s = grid.slot_s
    is_enough = deviation_s.size >= FEWEST_FOR_MEAN
    if is_enough and abs(float(np.mean(deviation_s))) > LARGEST_BIAS_SLOTS * slot_s:
        reason = "so far off the beat that the slot beside, or another first beat, may be meant"
        return Metric.unavailable(key, deviation_s.size, reason)

    def is_informative(interval: Interval) -> bool:
        return max(-interval[0], interval[1]) < FURTHEST_BIAS_SLOTS * slot_s

    mean = mean_metric(key, deviation_s, _THINGS, is_informative=is_informative)
    return with_detector_bias(mean, floor_s)


def deviation_spread(alignment: Alignment, floor_s: float = math.nan) -> Metric:
    """Measure the standard deviation of the deviations around their own mean, in seconds.

    Musicians tapping with a click reach 2 to 4 % of the beat (Repp 2005).

    ``alignment``: notes beside their slots. ``floor_s``: the detector's own error of one onset,
    ``s_det_s``.
    """
    key, deviation_s = MetricKey.DEVIATION_SPREAD, _deviations(alignment)
    if deviation_s.size < FEWEST_FOR_NUMBER:
        return Metric.unavailable(key, deviation_s.size, too_few(deviation_s.size, _THINGS))
    return spread_of(deviation_s - deviation_s.mean()).metric(key, _THINGS, detector_error=floor_s)


def drift(
    onset_s: FloatArray,
    alignment: Alignment,
    *,
    is_tempo_known: bool = True,
    onset_floor_s: float = math.nan,
    part: IntArray | None = None,
) -> Metric:
    """Measure by how much deviations grow, in seconds a second.

    With a click this is a tempo offset: +0.001 falls behind by a millisecond a second,
    0.1 % slower than the click. Positive slows down. Where it is not known to 2 % either
    way it is unavailable.

    Parameters
    ----------
    onset_s
        float64, shape (n_notes,): when notes begin.
    alignment
        The same notes beside their slots.
    is_tempo_known
        Whether the grid's tempo came from outside; one that was found in the notes has no
        drift against them, which is unavailable.
    onset_floor_s
        The detector's own error of one onset; what it does to the slope is the floor.
    part
        int64, shape (n_notes,): which stretch each note is in, where nothing keeps the beat
        through pauses; None where something does. What a pause adds is no drift.
    """
    key, deviation_s = MetricKey.DRIFT, _deviations(alignment)
    n = deviation_s.size
    if not is_tempo_known:
        reason = "the tempo itself was found from the notes: give it to see drift"
        return Metric.unavailable(key, n, reason)
    if n < FEWEST_FOR_SLOPE:
        return Metric.unavailable(key, n, too_few(n, _THINGS, FEWEST_FOR_SLOPE))
    time_s = onset_s[alignment.is_matched] - deviation_s  # when they were due
    parts = np.zeros(n, dtype=np.int64) if part is None else part[alignment.is_matched]
    off_middle, late_s = _about_means(time_s, parts), _about_means(deviation_s, parts)
    n_fitted = 1 + np.unique(parts).size
    power = float(np.sum(off_middle * off_middle))
    if power == 0.0 or n - n_fitted < FEWEST_FOR_SLOPE / 2:
        return Metric.unavailable(key, n, "too many pauses between too few notes")
    slope = float(np.sum(off_middle * late_s)) / power
    residual = late_s - slope * off_middle
    variance = float(np.sum(residual * residual)) / (n - n_fitted)
    correlation = lag_one(residual, n_fitted=n_fitted)

    def interval(count: int) -> Interval:
        """What so many notes like these would give."""
        worth = mean_count(count, correlation)
        longer_power = power * (count / n) ** 3  # more notes take longer
        standard_error = math.sqrt(variance / longer_power * count / worth)
        return slope_interval(slope, standard_error, min(count, worth) - float(n_fitted))

    def is_enough(count: int) -> bool:
        return interval(count)[1] - slope <= WIDEST_DRIFT_S_PER_S

    if n_more := more_needed(n, is_enough):
        return Metric.unavailable(key, n, too_vague(n, _THINGS, n_more))
    return measured(key, slope, n, interval(n), detector_error=onset_floor_s / math.sqrt(power))


def _deviations(alignment: Alignment) -> FloatArray:
    return np.asarray(alignment.deviation_s[alignment.is_matched], dtype=np.float64)


def _about_means(values: FloatArray, parts: IntArray) -> FloatArray:
    """Values without the mean of their part, shape (n,)."""
    _, member = np.unique(parts, return_inverse=True)
    means = np.bincount(member, weights=values) / np.bincount(member)
    return np.asarray(values - means[member], dtype=np.float64)
