"""How closely notes are joined: how far the sound falls between them.

A keyboard tells how long two keys were down together, and players overlap more the
longer the notes are (Repp 1995). A microphone hears only what is left of it: the dip of
the level before the next note begins. A small dip is legato, a deep one detached.
"""

from __future__ import annotations

import math

import numpy as np

from practiceear.metrics.evenness import PlayedIntervals
from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import Interval, mean_metric
from practiceear.metrics.share import share_metric
from practiceear.units import FloatArray

LEGATO_DB, DETACHED_DB = 3.0, 10.0
"""Dips up to the one sound joined, from the other on apart: chosen. A room of half a second
falls by 10 dB in 80 ms, so that in it shorter gaps do not read as detached."""

DIP_KEY, DETACHED_KEY = "legato_dip_db", "detached_percent"

WIDEST_DB = DETACHED_DB - LEGATO_DB
"""An interval that reaches from legato to detached tells nothing."""

_THINGS = "notes joined to a next one"


def legato_dip(
    dip_db: FloatArray, intervals: PlayedIntervals, floor_db: float = math.nan
) -> Metric:
    """Measure the mean fall of level before the next note, in dB.

    Refused below 16 notes, and where the interval reaches from legato to detached.

    Parameters
    ----------
    dip_db
        float64, shape (n_notes,): how far each note fell before the next onset; NaN where
        there is none.
    intervals
        Intervals between successive notes of one value: a rest is no dip.
    floor_db
        What the detector shows for notes that are joined without a gap.
    """
    dips_db = _dips(dip_db, intervals)
    if intervals.refusal:
        return Metric.refused(DIP_KEY, "dB", dips_db.size, intervals.refusal)

    def is_told(interval: Interval) -> bool:
        return interval[1] - interval[0] <= WIDEST_DB

    return mean_metric(DIP_KEY, "dB", dips_db, _THINGS, is_told=is_told, floor=floor_db)


def detached_share(dip_db: FloatArray, intervals: PlayedIntervals) -> Metric:
    """Measure the share of notes that fall by 10 dB and more before the next one, in %.

    Arguments as for ``legato_dip``. Refused below 16 notes.
    """
    dips_db = _dips(dip_db, intervals)
    if intervals.refusal:
        return Metric.refused(DETACHED_KEY, "%", dips_db.size, intervals.refusal)
    return share_metric(DETACHED_KEY, dips_db >= DETACHED_DB, _THINGS)


def _dips(dip_db: FloatArray, intervals: PlayedIntervals) -> FloatArray:
    dips_db = dip_db[intervals.first_note]
    return np.asarray(dips_db[np.isfinite(dips_db)], dtype=np.float64)
