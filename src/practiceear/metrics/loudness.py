"""How equal the notes are in level."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import (
    FEWEST_FOR_NUMBER,
    spread_of,
    too_few,
    without_trend,
)
from practiceear.units import FloatArray

OFF_IN_A_ROOM = 1.5
"""Times the error of one level: a room and a microphone make a spread of levels by so much larger
or smaller, as squares, in at most one rendered take of twenty."""


def loudness_evenness(
    level_dbfs: FloatArray, onset_s: FloatArray, floor_db: float = math.nan
) -> Metric:
    """Measure the standard deviation of note levels around their trend, in dB.

    A steady crescendo is not unevenness, so the straight line over time is taken out.
    Pianists notice differences of 0.7 to 1.2 dB between two tones (Slade et al. 2022).

    Parameters
    ----------
    level_dbfs
        float64, shape (n_notes,): the level of each note; NaN where it has none.
    onset_s
        float64, shape (n_notes,): when notes begin.
    floor_db
        What the level measurement alone would show for equal notes.
    """
    key, things = "loudness_sd_db", "notes with a level"
    is_known = np.isfinite(level_dbfs)
    level_dbfs = np.asarray(level_dbfs[is_known], dtype=np.float64)
    onset_s = onset_s[is_known]
    n = int(level_dbfs.size)
    if n < FEWEST_FOR_NUMBER:
        return Metric.refused(key, "dB", n, too_few(n, things))
    residual = without_trend(level_dbfs, onset_s)
    return spread_of(residual, n_fitted=2).metric(key, "dB", things, floor=floor_db)


def loudness_in_any_room(metric: Metric, floor_db: float) -> Metric:
    """Count what a room and a microphone do to levels into the interval of ``loudness_evenness``.

    Some notes are lifted and some lowered: neither is known of a take, and the value stays.
    """
    if metric.is_refused or math.isnan(floor_db):
        return metric
    off_db = OFF_IN_A_ROOM * floor_db
    low = math.sqrt(max(0.0, metric.low**2 - off_db**2))
    high = math.hypot(metric.high, off_db)
    return replace(metric, low=low, high=high, floor=floor_db, is_floor_out=True)
