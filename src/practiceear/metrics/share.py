"""Shares of notes that were this or that, in per cent, with their intervals."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtri, ndtri

from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import (
    CONFIDENCE,
    FEWEST_FOR_MEAN,
    Interval,
    lag_one,
    mean_count,
    measured,
    more_needed,
    too_few,
    too_vague,
)
from practiceear.metronome.grid import BoolArray

WIDEST_SHARE = 0.7
"""An interval that holds 70 of 100 shares there can be tells too little. Not less: what is
left of few notes whose hits come in clusters would be those that look as if they did not."""

_FEW = 3.0


def share_metric(key: str, is_hit: BoolArray, things: str) -> Metric:
    """Measure the share of notes that are hit, in per cent.

    Parameters
    ----------
    key
        Name in JSON, ends in ``_percent``.
    is_hit
        bool, shape (n,), in playing order. Hits that come in clusters tell less than n
        says: n is divided by what their lag-1 correlation costs.
    things
        What n counts, in words for the player.

    Returns
    -------
    Metric
        Refused below 16 notes, and where the interval is wider than 70 %.
    """
    n = int(is_hit.size)
    if n < FEWEST_FOR_MEAN:
        return Metric.refused(key, "%", n, too_few(n, things, FEWEST_FOR_MEAN))
    share, correlation = float(np.mean(is_hit)), hit_correlation(is_hit)

    def interval(count: int) -> Interval:
        """What so many notes like these would give."""
        return share_interval(share, share_count(count, correlation))

    return told_share(key, share, n, interval(n)) or Metric.refused(
        key, "%", n, too_vague(n, things, more_needed(n, lambda count: _is_told(interval(count))))
    )


def told_share(key: str, share: float, n: int, interval: Interval) -> Metric | None:
    """Say a share between 0 and 1 in per cent; None where its interval tells nothing."""
    if not _is_told(interval):
        return None
    low, high = interval
    return measured(key, "%", 100.0 * share, n, (100.0 * low, 100.0 * high))


def _is_told(interval: Interval) -> bool:
    return interval[1] - interval[0] <= WIDEST_SHARE


def hit_correlation(is_hit: BoolArray) -> float:
    """Estimate the lag-1 correlation of hits and misses; 0 where all are alike."""
    hits = is_hit.astype(np.float64)
    return lag_one(hits - hits.mean())


def share_count(n: int, correlation: float) -> float:
    """How many independent notes a share of ``n`` correlated ones is worth, n at most."""
    return min(float(n), mean_count(n, correlation))


def share_interval(share: float, count: float) -> Interval:
    """Give the 95 % interval of a share (Wilson 1927), for 0 < count independent notes.

    Where three or fewer are hit, or missed, Wilson's interval stops short of 0, or 1, too
    early; the bound is then that of a count of rare events (Brown, Cai & DasGupta 2001).
    """
    z = float(ndtri(1.0 - (1.0 - CONFIDENCE) / 2.0))
    middle = (share + z * z / (2.0 * count)) / (1.0 + z * z / count)
    reach = z * math.sqrt(share * (1.0 - share) / count + z * z / (4.0 * count * count))
    reach /= 1.0 + z * z / count
    low = min(middle - reach, _rare_bound(share, count))
    high = max(middle + reach, 1.0 - _rare_bound(1.0 - share, count))
    return max(0.0, low), min(1.0, high)


def _rare_bound(share: float, count: float) -> float:
    """The smallest share that makes so few hits as likely as 5 %; 1 where they are not few."""
    n_hits = share * count
    if n_hits > _FEW:
        return 1.0
    return float(chdtri(2.0 * n_hits, CONFIDENCE)) / (2.0 * count) if n_hits > 0 else 0.0
