"""Changes from note to note that begin twice: bow and finger, tongue and finger, two fingers.

Finger and bow of practised violinists are up to 60 ms apart, and listeners do not notice
(Baader, Kazennikov & Wiesendanger 2005); further from each other they sound as a note of
their own. What is detected twice within 60 ms is counted as one change
that had a double onset. It is a result, not only an error of the detector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import share_metric
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray

TOGETHER_S = 0.060
"""Two onsets that were meant as one lie no further apart (Baader et al. 2005)."""

_THINGS = "changes of note"


@dataclass(frozen=True, slots=True)
class DoubleOnsets:
    """How many changes began twice: ``n_double`` of ``n_changes``, and the share in %.

    A grace note or a flam that was meant is counted as well: the player knows.
    """

    share: Metric
    n_double: int
    n_changes: int


def double_onsets(
    onset_s: FloatArray, alignment: Alignment | None = None, *, shortest_s: float = TOGETHER_S
) -> DoubleOnsets:
    """Count changes with a double onset.

    Two successive onsets are one change where they are at most 60 ms apart and not both
    meant for a slot of their own, and where one of them is meant for none, its nearest
    slot is the other's, and they are closer than ``shortest_s``.

    Parameters
    ----------
    onset_s
        float64, shape (n_notes,): confirmed onsets, in order.
    alignment
        The same notes beside their slots. Without it, the share is unavailable where notes
        follow each other every 120 ms or faster: two of them may both be meant.
    shortest_s
        The shortest interval that is played on this instrument.

    Returns
    -------
    DoubleOnsets
        The share with Wilson's interval is unavailable below 16 changes.
    """
    is_second = _is_second(onset_s, alignment, shortest_s)
    # A note and its second starts share a number; the first note is no change.
    number = np.cumsum(~is_second)
    is_double = np.bincount(number, minlength=2)[2:] > 1
    n_double, n_changes = int(is_double.sum()), int(is_double.size)
    share = share_metric(MetricKey.DOUBLE_ONSETS, is_double, _THINGS)
    usual_s = float(np.median(np.diff(onset_s[~is_second]))) if n_changes else 0.0
    if alignment is None and not share.is_unavailable and usual_s <= 2.0 * TOGETHER_S:
        reason = "notes so fast need a grid to tell a double onset from two notes"
        share = Metric.unavailable(MetricKey.DOUBLE_ONSETS, n_changes, reason)
    return DoubleOnsets(share, n_double, n_changes)


def _is_second(onset_s: FloatArray, alignment: Alignment | None, shortest_s: float) -> BoolArray:
    """Which onsets belong to the change that the one before them began, shape (n_notes,)."""
    is_second = np.zeros(onset_s.size, dtype=np.bool_)
    apart_s = np.diff(onset_s)
    if alignment is None:
        is_second[1:] = apart_s <= TOGETHER_S
        return is_second
    first, second = alignment.is_matched[:-1], alignment.is_matched[1:]
    is_same_slot = np.diff(alignment.slot) == 0
    is_near = (apart_s <= TOGETHER_S) & ~(first & second)
    is_second[1:] = is_near | ((first ^ second) & is_same_slot & (apart_s < shortest_s))
    return is_second
