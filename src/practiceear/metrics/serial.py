"""How intervals follow each other: whether unevenness alternates or drifts.

Two levels make intervals uneven: an inner clock, whose errors are independent, and the
hand, whose every error makes one interval longer and the next one shorter (Wing &
Kristofferson 1973). So the correlation of neighbours lies between 0, all clock, and
-0.5, all hand; above 0 the tempo drifts. The detector's own errors of single onsets act
just as a hand does, and are taken out as far as they are known.

These are measures for experts: all of them rest on intervals that share onsets, so that
each tells less than n says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.detector_error import LEAST_FLOOR, MOST_FLOOR
from practiceear.metrics.intervals import PlayedIntervals
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import ndtri
from practiceear.metrics.reliability import (
    CONFIDENCE,
    FEWEST_FOR_FIRM,
    Interval,
    lag_one,
    mean_metric,
    measured,
    too_few,
    without_trend,
)
from practiceear.units import FloatArray

FEWEST_FOR_CORRELATION = 64
"""Of 32 pairs a correlation is known to 0.35 either way: too little to tell hand from clock."""

FEWEST_FOR_LEVELS = 100
"""Of 64 notes of a pure clock or a pure hand, 45 % of the takes violate the model's bounds."""

LARGEST_OWN_SHARE = 0.6
"""Where more of the intervals' variance than this may be the detector's, what is left
of it tells nothing about neighbours: chosen."""

_PAIRS = "pairs of even notes in a row"
_AT_FLOOR = "the detector's own error may explain most of the unevenness"
_TOO_EVEN = "too even to tell how neighbours differ"
_EVEN_S = 1e-9  # rounding


def npvi(intervals: PlayedIntervals, onset_floor_s: float = math.nan) -> Metric:
    """Measure the normalized pairwise variability index of neighbouring intervals, in %.

    Mean of the difference of two neighbours over their mean (Grabe & Low 2002, for
    speech; Patel & Daniele 2003, for melodies). For notes meant to be even it is 1.13
    times the CV where the clock is uneven, and 1.38 times where the hand is (algebra):
    a slow unevenness leaves it small. Of notes meant to be unequal it mostly counts
    equal neighbours (Condit-Schultz 2019).

    ``intervals``: what was played; only neighbours that share an onset count. ``onset_floor_s``:
    the detector's own error of one onset.

    Returns
    -------
    Metric
        Unavailable below 32 pairs: of 24, 89 % of the intervals hold the truth (simulated).
    """
    second = np.flatnonzero(intervals.is_adjacent)
    if reason := _too_few(intervals, FEWEST_FOR_FIRM):
        return Metric.unavailable(MetricKey.NPVI, second.size, reason)
    one_s, other_s = intervals.ioi_s[second - 1], intervals.ioi_s[second]
    contrast = 200.0 * np.abs(one_s - other_s) / (one_s + other_s)
    # Two neighbours differ by three onsets' errors, weighted 1, -2, 1.
    floor = 100.0 * math.sqrt(6.0 * 2.0 / math.pi) * onset_floor_s / float(intervals.ioi_s.mean())
    return mean_metric(MetricKey.NPVI, contrast, _PAIRS, detector_error=floor)


def lag_one_ioi(intervals: PlayedIntervals, onset_floor_s: float = 0.0) -> Metric:
    """Measure the correlation of neighbouring intervals, -1 to 1.

    ``intervals``: what was played, without a click: correcting to a click alternates as well.
    ``onset_floor_s``: the detector's own error of one onset, taken out: alone it would show -0.5.

    Returns
    -------
    Metric
        Its interval holds the correlations that the measured one does not contradict, by
        the large-sample error of Bartlett (1946). Unavailable below 64 pairs, and where the
        detector's own error may be more than 60 % of the variance.
    """
    n = int(np.count_nonzero(intervals.is_adjacent))
    if reason := _too_few(intervals, FEWEST_FOR_CORRELATION):
        return Metric.unavailable(MetricKey.LAG_ONE_IOI, n, reason)
    spread = intervals.spread()
    if spread.sd < _EVEN_S:
        return Metric.unavailable(MetricKey.LAG_ONE_IOI, n, _TOO_EVEN)
    found = lag_one(intervals.residual_s, intervals.n_fitted, intervals.is_adjacent)
    own, least, most = (
        (onset_floor_s * error / sd) ** 2
        for sd, error in (
            (spread.sd, 1.0),
            (spread.high, LEAST_FLOOR),
            (spread.low, MOST_FLOOR),
        )
    )
    if 2.0 * most > LARGEST_OWN_SHARE:
        return Metric.unavailable(MetricKey.LAG_ONE_IOI, n, _AT_FLOOR)
    low, high = _correlation_interval(found, n)
    interval = (_without_ear(low, least), _without_ear(high, most))
    return measured(MetricKey.LAG_ONE_IOI, _without_ear(found, own), n, interval)


def _without_ear(correlation: float, own_share: float) -> float:
    """Take out what errors of single onsets add: one of neighbours against two of each."""
    return float(np.clip((correlation + own_share) / (1.0 - 2.0 * own_share), -1.0, 1.0))


def _too_few(intervals: PlayedIntervals, fewest: int) -> str:
    """Why there are not enough neighbours that share an onset, or nothing."""
    n = int(np.count_nonzero(intervals.is_adjacent))
    return intervals.reason or (too_few(n, _PAIRS, fewest) if n < fewest else "")


def _correlation_interval(found: float, n: int) -> Interval:
    """All correlations whose own large-sample error reaches what was found.

    Intervals that alternate are a moving average of the hand's errors, 1 - 3r² + 4r⁴;
    intervals that drift forget by r a note, 1 - r² (Bartlett 1946).
    """
    candidates = np.linspace(-1.0, 1.0, 2001)
    square = candidates**2
    alternating = np.where(candidates > -0.5, 1.0 - 3.0 * square + 4.0 * square**2, 0.5)
    variance = np.where(candidates < 0.0, alternating, 1.0 - square) / n
    held = candidates[np.abs(found - candidates) <= _z() * np.sqrt(variance)]
    return float(min(held.min(initial=found), found)), float(max(held.max(initial=found), found))


@dataclass(frozen=True, slots=True)
class TwoLevels:
    """What the two-level model makes of unpaced intervals.

    ``clock``, ``motor``: standard deviations, in seconds, of the inner clock's intervals and of the
    delay from its tick to the sound, the detector's own error taken out.
    """

    clock: Metric
    motor: Metric


def clock_and_motor(
    intervals: PlayedIntervals, *, is_paced: bool, onset_floor_s: float = 0.0
) -> TwoLevels:
    """Split the unevenness of an unpaced take into clock and hand.

    motor² = -γ(1) - s_det² and clock² = γ(0) + 2 γ(1), with γ the autocovariances of the
    intervals after a straight line is taken out (Wing & Kristofferson 1973). A motor part
    that the detector explains is 0 at the lower end.

    ``intervals``: what was played. ``is_paced``: whether a click was heard: then errors are
    corrected, which the model does not know. ``onset_floor_s``: the detector's own error of one
    onset, ``s_det_s``.

    Returns
    -------
    TwoLevels
        Unavailable below 100 intervals, and where neighbours are correlated by more than 0 or
        less than -0.5: then the model does not hold, or chance hides it.
    """
    n = int(np.count_nonzero(intervals.is_adjacent))
    reason = _too_few(intervals, FEWEST_FOR_LEVELS)
    if is_paced:
        reason = "with a click errors are corrected, which the model of clock and hand leaves out"
    if reason:
        return _unavailable(n, reason)
    variance, covariance = _autocovariances(intervals)
    if variance < _EVEN_S**2:
        return _unavailable(n, _TOO_EVEN)
    if covariance > 0.0:
        return _unavailable(n, "the intervals drift, which the model of clock and hand leaves out")
    if variance + 2.0 * covariance < 0.0:
        return _unavailable(
            n, "the intervals alternate more than the model of clock and hand allows"
        )
    return _two_levels(variance, covariance, n, onset_floor_s)


def _two_levels(variance: float, covariance: float, n: int, floor_s: float) -> TwoLevels:
    """Both parts, each bound with the large-sample error that it would have if it were true."""
    lowest, highest = (
        float(np.clip(bound, -0.5, 0.0))
        for bound in _correlation_interval(covariance / variance, n)
    )
    unit = _z() * variance / math.sqrt(n)
    below, above = (MOST_FLOOR**2 - 1.0) * floor_s**2, (1.0 - LEAST_FLOOR**2) * floor_s**2
    clock_reach = (unit * _clock_error(lowest), unit * _clock_error(highest))
    motor_reach = (
        math.hypot(unit * _motor_error(highest), below),
        math.hypot(unit * _motor_error(lowest), above),
    )
    return TwoLevels(
        _root(MetricKey.CLOCK_SD, variance + 2.0 * covariance, clock_reach, n),
        _root(MetricKey.MOTOR_SD, -covariance - floor_s**2, motor_reach, n),
    )


def _clock_error(correlation: float) -> float:
    """Large-sample error of γ(0) + 2 γ(1), of γ(0) √n, where only neighbours correlate.

    From Bartlett's (1946) variances and covariance of autocovariances. Near no correlation
    it is by far the largest.
    """
    return math.sqrt(6.0 + 16.0 * correlation + 16.0 * correlation**2)


def _motor_error(correlation: float) -> float:
    """Large-sample error of γ(1), likewise."""
    return math.sqrt(1.0 + 3.0 * correlation**2)


def _unavailable(n: int, reason: str) -> TwoLevels:
    return TwoLevels(
        Metric.unavailable(MetricKey.CLOCK_SD, n, reason),
        Metric.unavailable(MetricKey.MOTOR_SD, n, reason),
    )


def _autocovariances(intervals: PlayedIntervals) -> tuple[float, float]:
    """Variance and covariance of neighbours of the intervals about their straight line."""
    residual_s: FloatArray = without_trend(
        intervals.residual_s, intervals.first_note.astype(np.float64)
    )
    n, n_fitted = residual_s.size, intervals.n_fitted + 1
    variance = float(np.sum(residual_s**2)) / (n - n_fitted)
    products = residual_s[1:] * residual_s[:-1]
    covariance = float(np.mean(products[intervals.is_adjacent[1:]]))
    # What was fitted to the intervals lowers it by its share of the clock's variance.
    return variance, covariance + n_fitted * (variance + 2.0 * covariance) / n


def _root(key: MetricKey, variance: float, reach: tuple[float, float], n: int) -> Metric:
    """The standard deviation that goes with a variance, and how far down and up it may be."""
    value, low, high = (
        math.sqrt(max(0.0, square))
        for square in (variance, variance - reach[0], variance + reach[1])
    )
    return measured(key, value, n, (low, high))


@cache
def _z() -> float:
    """Standard errors to either side of a value that an interval reaches."""
    return float(ndtri(1.0 - (1.0 - CONFIDENCE) / 2.0))
