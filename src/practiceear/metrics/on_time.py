"""How many notes stand where they should, as far as ears can tell.

In an even sequence listeners notice that one note is displaced from 6 ms on below
intervals of 240 ms and from 2.5 % on above (Friberg & Sundberg 1995); an earlier report
on like sequences found 10 ms and 5 % (Friberg & Sundberg 1992). The first is taken for
the inner window, inside which nobody hears it, the second for the outer one, outside
which it is heard.

The detector's own error pushes notes out of a window. It is taken out as far as a
standard deviation tells: before they are counted, deviations are drawn together by true
over measured spread. That is exact where both errors are normal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from itertools import product

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.detector_error import LEAST_FLOOR, MOST_FLOOR
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import chdtri, ndtri
from practiceear.metrics.reliability import (
    CONFIDENCE,
    FEWEST_FOR_MEAN,
    FEWEST_FOR_SLOPE,
    Interval,
    Spread,
    lag_one,
    mean_count,
    measured,
    more_needed,
    spread_of,
    too_few,
    too_vague,
)
from practiceear.metrics.timing import LARGEST_BIAS_SLOTS
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.units import FloatArray

WIDEST_SHARE = 0.7
"""An interval that holds 70 of 100 shares there can be tells too little. Not less: what is
left of few notes whose hits come in clusters would be those that look as if they did not."""

_FEW = 3.0


def share_metric(key: MetricKey, is_hit: BoolArray, things: str) -> Metric:
    """Measure the share of notes that are hit, in per cent.

    ``key``: a measure in per cent. ``is_hit``: bool, shape (n,), in playing order. Hits that come
    in clusters tell less than n says: n is divided by what their lag-1 correlation costs.
    ``things``: what n counts, in words for the player.

    Returns
    -------
    Metric
        Unavailable below 16 notes, and where the interval is wider than 70 %.
    """
    n = int(is_hit.size)
    if n < FEWEST_FOR_MEAN:
        return Metric.unavailable(key, n, too_few(n, things, FEWEST_FOR_MEAN))
    share, correlation = float(np.mean(is_hit)), hit_correlation(is_hit)

    def interval(count: int) -> Interval:
        """The interval expected of n notes like these."""
        return share_interval(share, share_count(count, correlation))

    return informative_share(key, share, n, interval(n)) or Metric.unavailable(
        key, n, too_vague(n, things, more_needed(n, lambda count: _is_informative(interval(count))))
    )


def informative_share(key: MetricKey, share: float, n: int, interval: Interval) -> Metric | None:
    """Say a share between 0 and 1 in per cent; None where its interval tells nothing."""
    if not _is_informative(interval):
        return None
    low, high = interval
    return measured(key, 100.0 * share, n, (100.0 * low, 100.0 * high))


def _is_informative(interval: Interval) -> bool:
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


INNER_S = 0.006
"""The smallest displacement in an even sequence that listeners notice (Friberg & Sundberg 1995):
by less nobody is called early or late."""


class Side(Enum):
    """Where the playing is."""

    EARLY = "early"
    ON_CLICK = "on the click"
    LATE = "late"
    OPEN = "open"  # not known yet either way


def side_of(late_s: float, chance_s: float, bias_s: float, outer_s: float) -> Side:
    """Judge a mean or median deviation from the click.

    Parameters
    ----------
    late_s
        The deviation in seconds, late is positive; NaN where there is none.
    chance_s
        How far chance may have moved it.
    bias_s
        How far off the detector's own mean, or the click's own time, may be.
    outer_s
        From where on a displaced note is clearly heard at this tempo.

    Returns
    -------
    Side
        Early or late beyond chance, bias and 6 ms. On the click where it is near enough, or
        where the detector's bias covers it and chance adds little to that.
    """
    if not (math.isfinite(late_s) and math.isfinite(chance_s)):
        return Side.OPEN
    off_s = abs(late_s)
    is_proven = off_s > math.hypot(chance_s, bias_s)
    if is_proven and off_s > INNER_S:
        return Side.LATE if late_s > 0.0 else Side.EARLY
    is_near = off_s + chance_s <= max(outer_s, bias_s)
    is_covered = off_s <= bias_s and chance_s <= max(outer_s, bias_s) / 2.0
    return Side.ON_CLICK if is_proven or is_near or is_covered else Side.OPEN


INNER_SHARE = 0.025
OUTER_S, OUTER_SHARE = 0.010, 0.05
"""Windows are the larger of a time, for the inner one ``INNER_S``, and a share of the interval
(Friberg & Sundberg 1995, 1992)."""


FEWEST_NOTES = FEWEST_FOR_SLOPE
"""Of 16 notes that wander by 0.6 a note, 82 % of the intervals hold the truth, because the
player's centre wanders with them; of 24, 88 % and more (simulated)."""

_THINGS = "notes on the grid"


class Centre(Enum):
    """What notes are compared with: the player's own mean, or the click itself."""

    PLAYER = "player"
    CLICK = "click"


_SHARE_KEYS = {
    Centre.PLAYER: (MetricKey.ON_TIME_INNER, MetricKey.ON_TIME_OUTER),
    Centre.CLICK: (MetricKey.ON_CLICK_INNER, MetricKey.ON_CLICK_OUTER),
}


@dataclass(frozen=True, slots=True)
class OnTime:
    """Shares of notes inside two windows.

    ``inner``, ``outer``: in per cent: notes that nobody hears to be displaced, and notes that are
    not far enough off to be heard by everybody. They carry no floor, because it is taken out.
    ``inner_s``, ``outer_s``: how far from its place such a note may be, to either side.
    """

    inner: Metric
    outer: Metric
    inner_s: float
    outer_s: float


def on_time_windows_s(interval_s: float) -> tuple[float, float]:
    """How far from its place a note may be before it is heard, and clearly heard."""
    return (
        max(INNER_S, INNER_SHARE * interval_s),
        max(OUTER_S, OUTER_SHARE * interval_s),
    )


def on_time_shares(
    alignment: Alignment,
    grid: MetronomeGrid,
    *,
    about: Centre,
    onset_floor_s: float = 0.0,
    bias_floor_s: float = 0.0,
) -> OnTime:
    """Measure the shares of notes inside the inner and the outer window.

    Parameters
    ----------
    alignment
        Notes beside their slots.
    grid
        The grid they were aligned to. The windows follow the commonest note value.
    about
        The player's own mean, which a steady early bias does not harm, or the click: to
        be asked only where the click's own time is known.
    onset_floor_s
        The detector's own error of one onset, ``s_det_s``: it is taken out.
    bias_floor_s
        How far off the detector's own mean may be: widens the intervals about the click.

    Returns
    -------
    OnTime
        Unavailable below 24 notes, where an interval is wider than 70 %, and about the click
        where the mean lies more than 0.3 slot off it.
    """
    inner_s, outer_s = on_time_windows_s(alignment.note_value_slots * grid.slot_s)
    deviation_s = np.asarray(alignment.deviation_s[alignment.is_matched], dtype=np.float64)
    n = int(deviation_s.size)
    keys = _SHARE_KEYS[about]
    reason = _reason(deviation_s, about, grid)
    if reason:
        inner, outer = (Metric.unavailable(key, n, reason) for key in keys)
        return OnTime(inner, outer, inner_s, outer_s)
    off_s = deviation_s - np.mean(deviation_s)
    shrinks = _true_over_measured(spread_of(off_s), onset_floor_s)
    centres_s: tuple[float, ...] = (0.0,)
    if about is Centre.CLICK:
        mean_s = float(np.mean(deviation_s))
        centres_s = (mean_s, mean_s - bias_floor_s, mean_s + bias_floor_s)
    placed = [centre_s + shrink * off_s for centre_s, shrink in product(centres_s, shrinks)]
    return OnTime(
        _share(keys[0], [np.abs(late_s) <= inner_s for late_s in placed]),
        _share(keys[1], [np.abs(late_s) <= outer_s for late_s in placed]),
        inner_s,
        outer_s,
    )


def _reason(deviation_s: FloatArray, about: Centre, grid: MetronomeGrid) -> str:
    if deviation_s.size < FEWEST_NOTES:
        return too_few(deviation_s.size, _THINGS, FEWEST_NOTES)
    off_click_s = abs(float(np.mean(deviation_s)))
    if about is Centre.CLICK and off_click_s > LARGEST_BIAS_SLOTS * grid.slot_s:
        return "so far off the beat that the slot beside, or another first beat, may be meant"
    return ""


def _true_over_measured(spread: Spread, floor_s: float) -> tuple[float, ...]:
    """By how much deviations are too wide: the estimate, and the least and most it may be."""
    if floor_s == 0.0 or spread.sd == 0.0:
        return (1.0,)
    share = (floor_s / spread.sd) ** 2
    above = math.hypot((spread.sd / spread.low) ** 2 - 1.0, MOST_FLOOR**2 - 1.0)
    below = math.hypot(1.0 - (spread.sd / spread.high) ** 2, 1.0 - LEAST_FLOOR**2)
    shares = (share, share * (1.0 + above), share * (1.0 - below))
    return tuple(math.sqrt(min(1.0, max(0.0, 1.0 - detector_share))) for detector_share in shares)


def _share(key: MetricKey, hits: list[BoolArray]) -> Metric:
    """The share of hits as first counted, and all that it may be where it is counted otherwise."""
    n = int(hits[0].size)
    count = share_count(n, hit_correlation(hits[0]))
    intervals = [share_interval(float(np.mean(is_hit)), count) for is_hit in hits]
    widest = (min(low for low, _ in intervals), max(high for _, high in intervals))
    share = informative_share(key, float(np.mean(hits[0])), n, widest)
    return share or Metric.unavailable(key, n, "too few notes, or heard too vaguely, to be counted")
