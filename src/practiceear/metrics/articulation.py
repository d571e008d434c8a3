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

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.intervals import PlayedIntervals
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import share_metric
from practiceear.metrics.reliability import (
    FEWEST_FOR_NUMBER,
    Interval,
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
    detector_error: float = math.nan,
) -> Metric:
    """Measure the mean share of its interval that a note sounds for.

    Unavailable where it is not known to within a factor of two either way.

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
        no next note to be compared with.
    detector_error
        How far off the mean is in one take of twenty at most, falls aside; the interval
        holds it.
    """
    key, ratios = MetricKey.GATE_RATIO, _gate_ratios(length_s, intervals)
    if intervals.reason:
        return Metric.unavailable(key, ratios.size, intervals.reason)
    mean = with_detector_bias(mean_metric(key, ratios, _THINGS), detector_error)
    falls = _gate_ratios(np.where(np.isfinite(length_s), fall_s, np.nan), intervals)
    if mean.is_unavailable or math.isnan(detector_error):
        return mean
    low = mean.value - math.hypot(mean.value - mean.low, float(np.mean(falls)))
    high = min(1.0, mean.high)  # no note is heard to end after the next one began
    if not is_narrow((low, high)):
        return Metric.unavailable(key, mean.n, _ROOM)
    return replace(mean, low=low, high=high)


def gate_ratio_sd(
    length_s: FloatArray, intervals: PlayedIntervals, detector_error: float = math.nan
) -> Metric:
    """Measure the standard deviation of gate ratios; arguments as for ``gate_ratio``."""
    key, ratios = MetricKey.GATE_RATIO_SD, _gate_ratios(length_s, intervals)
    if intervals.reason or ratios.size < FEWEST_FOR_NUMBER:
        reason = intervals.reason or too_few(ratios.size, _THINGS)
        return Metric.unavailable(key, ratios.size, reason)
    return spread_of(ratios - ratios.mean()).metric(key, _THINGS, detector_error=detector_error)


def attack_consistency(attack_s: FloatArray, floor_s: float = math.nan) -> Metric:
    """Measure the standard deviation of attack times, in seconds.

    ``attack_s``: float64, shape (n_notes,): how long each note took to rise; NaN where unknown.
    ``floor_s``: what the detector alone would show.
    """
    key, things = MetricKey.ATTACK_SD, "notes with a clear attack"
    known = np.asarray(attack_s[np.isfinite(attack_s)], dtype=np.float64)
    if known.size < FEWEST_FOR_NUMBER:
        return Metric.unavailable(key, known.size, too_few(known.size, things))
    return spread_of(known - known.mean()).metric(key, things, detector_error=floor_s)


def _gate_ratios(length_s: FloatArray, intervals: PlayedIntervals) -> FloatArray:
    ratios = length_s[intervals.first_note] / intervals.ioi_s
    return np.asarray(ratios[np.isfinite(ratios)], dtype=np.float64)


LEGATO_DB, DETACHED_DB = 3.0, 10.0
"""Dips up to the one sound joined, from the other on apart: chosen. A room of half a second
falls by 10 dB in 80 ms, so that in it shorter gaps do not read as detached."""


WIDEST_DB = DETACHED_DB - LEGATO_DB
"""An interval that reaches from legato to detached tells nothing."""

_LEGATO_THINGS = "notes joined to a next one"


def legato_dip(
    dip_db: FloatArray, intervals: PlayedIntervals, floor_db: float = math.nan
) -> Metric:
    """Measure the mean fall of level before the next note, in dB.

    Unavailable below 16 notes, and where the interval reaches from legato to detached.

    ``dip_db``: float64, shape (n_notes,): how far each note fell before the next onset; NaN where
    there is none. ``intervals``: intervals between successive notes of one value: a rest is no dip.
    ``floor_db``: what the detector shows for notes that are joined without a gap.
    """
    dips_db = _dips(dip_db, intervals)
    if intervals.reason:
        return Metric.unavailable(MetricKey.LEGATO_DIP, dips_db.size, intervals.reason)

    def is_informative(interval: Interval) -> bool:
        return interval[1] - interval[0] <= WIDEST_DB

    return mean_metric(
        MetricKey.LEGATO_DIP,
        dips_db,
        _LEGATO_THINGS,
        is_informative=is_informative,
        detector_error=floor_db,
    )


def detached_share(dip_db: FloatArray, intervals: PlayedIntervals) -> Metric:
    """Measure the share of notes that fall by 10 dB and more before the next one, in %.

    Arguments as for ``legato_dip``. Unavailable below 16 notes.
    """
    dips_db = _dips(dip_db, intervals)
    if intervals.reason:
        return Metric.unavailable(MetricKey.DETACHED_SHARE, dips_db.size, intervals.reason)
    return share_metric(MetricKey.DETACHED_SHARE, dips_db >= DETACHED_DB, _LEGATO_THINGS)


def _dips(dip_db: FloatArray, intervals: PlayedIntervals) -> FloatArray:
    dips_db = dip_db[intervals.first_note]
    return np.asarray(dips_db[np.isfinite(dips_db)], dtype=np.float64)
