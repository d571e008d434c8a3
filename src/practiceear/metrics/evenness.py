"""How equal the notes are in length: the numbers that need no calibration.

Standard deviations of inter-onset intervals have told professional from
dystonic hands (Jabusch, Vauth & Altenmüller 2004) and follow practice in children
(Spector et al. 2014). They grow with the note's length (Repp 1997): compare like tempo.
"""

from __future__ import annotations

import math

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.intervals import THINGS, PlayedIntervals
from practiceear.metrics.metric import Metric


def sd_ioi(intervals: PlayedIntervals, floor_s: float = math.nan) -> Metric:
    """Measure the standard deviation of inter-onset intervals, in seconds.

    Thirteen professional pianists' scales at 125 ms a note: 8.1 ms up and 8.9 ms down
    (Jabusch, Vauth & Altenmüller 2004); bowed and blown notes are not to be measured by it.

    ``intervals``: what was played. ``floor_s``: what the detector alone would show:
    ``sd_ioi_floor(s_det_s)``.
    """
    if intervals.reason:
        return Metric.unavailable(MetricKey.SD_IOI, intervals.n, intervals.reason)
    return intervals.spread().metric(MetricKey.SD_IOI, THINGS, detector_error=floor_s)


def cv_ioi(intervals: PlayedIntervals, floor_s: float = math.nan) -> Metric:
    """Measure the SD-IOI in per cent of the mean interval; ``floor_s`` as for SD-IOI."""
    if intervals.reason:
        return Metric.unavailable(MetricKey.CV_IOI, intervals.n, intervals.reason)
    percent = 100.0 / float(np.mean(intervals.ioi_s))
    spread = intervals.spread()
    return spread.metric(MetricKey.CV_IOI, THINGS, scale=percent, detector_error=floor_s)


def robust_sd_ioi(intervals: PlayedIntervals, floor_s: float = math.nan) -> Metric:
    """Measure 1.4826 times the median absolute deviation of intervals, in seconds.

    One or two notes that went wrong hardly move it: where the SD is more than 1.4 times
    as large, they dominate. Its interval is wide, because a median uses little of what
    the notes tell: it needs some 16 notes where the SD needs 8. Where most notes are uneven
    it may come out larger than the SD.
    """
    key = MetricKey.ROBUST_SD_IOI
    if intervals.reason:
        return Metric.unavailable(key, intervals.n, intervals.reason)
    return intervals.spread(robust=True).metric(key, THINGS, detector_error=floor_s)
