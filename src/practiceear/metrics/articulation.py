"""How long notes sound for their length, and how alike they begin.

The gate ratio is a note's sounding length over the time to the next note: about 0.4 for
staccato and 0.6 for repeated notes in recorded piano performances (Bresin & Battel
2000), 1 and more for legato. The mean tells which articulation it was, the spread how
consistent it was. Attack times matter only by their consistency: they hardly predict
when a note is heard to begin (Senn et al. 2018).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from practiceear.metrics.evenness import PlayedIntervals
from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import (
    FEWEST_FOR_NUMBER,
    is_narrow,
    mean_metric,
    spread_of,
    too_few,
    with_detector_bias,
)
from practiceear.units import FloatArray

_THINGS = "notes whose end was heard"
_ROOM = "where notes end is lost in the room, or they are too short for it"


def gate_ratio(
    length_s: FloatArray,
    fall_s: FloatArray,
    intervals: PlayedIntervals,
    floor: float = math.nan,
) -> Metric:
    """Measure the mean share of its interval that a note sounds for.

    Refused where it is not known to within a factor of two either way.

    Parameters
    ----------
    length_s
        float64, shape (n_notes,): from each note's onset to its offset; NaN where the end
        was not heard.
    fall_s
        float64, shape (n_notes,): how long each took to fall to its end. A note that was let
        go sounds on in a room: it may have ended so much earlier, which the interval holds.
    intervals
        Intervals between successive notes of one value: the last note before a rest has
        no next note to be held against.
    floor
        How far off the mean is in one take of twenty at most, falls aside; the interval
        holds it.
    """
    key, ratios = "gate_ratio", _gate_ratios(length_s, intervals)
    if intervals.refusal:
        return Metric.refused(key, "ratio", ratios.size, intervals.refusal)
    mean = with_detector_bias(mean_metric(key, "ratio", ratios, _THINGS), floor)
    falls = _gate_ratios(np.where(np.isfinite(length_s), fall_s, np.nan), intervals)
    if mean.is_refused or math.isnan(floor):
        return mean
    low = mean.value - math.hypot(mean.value - mean.low, float(np.mean(falls)))
    high = min(1.0, mean.high)  # no note is heard to end after the next one began
    if not is_narrow((low, high)):
        return Metric.refused(key, "ratio", mean.n, _ROOM)
    return replace(mean, low=low, high=high)


def gate_ratio_sd(
    length_s: FloatArray, intervals: PlayedIntervals, floor: float = math.nan
) -> Metric:
    """Measure the standard deviation of gate ratios; arguments as for ``gate_ratio``."""
    key, ratios = "gate_ratio_sd", _gate_ratios(length_s, intervals)
    if intervals.refusal or ratios.size < FEWEST_FOR_NUMBER:
        reason = intervals.refusal or too_few(ratios.size, _THINGS)
        return Metric.refused(key, "ratio", ratios.size, reason)
    return spread_of(ratios - ratios.mean()).metric(key, "ratio", _THINGS, floor=floor)


def attack_consistency(attack_s: FloatArray, floor_s: float = math.nan) -> Metric:
    """Measure the standard deviation of attack times, in seconds.

    Parameters
    ----------
    attack_s
        float64, shape (n_notes,): how long each note took to rise; NaN where unknown.
    floor_s
        What the detector alone would show.
    """
    key, things = "attack_sd_s", "notes with a clear attack"
    known = np.asarray(attack_s[np.isfinite(attack_s)], dtype=np.float64)
    if known.size < FEWEST_FOR_NUMBER:
        return Metric.refused(key, "s", known.size, too_few(known.size, things))
    return spread_of(known - known.mean()).metric(key, "s", things, floor=floor_s)


def _gate_ratios(length_s: FloatArray, intervals: PlayedIntervals) -> FloatArray:
    ratios = length_s[intervals.first_note] / intervals.ioi_s
    return np.asarray(ratios[np.isfinite(ratios)], dtype=np.float64)
