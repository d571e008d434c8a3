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

from practiceear.metrics.floor import LEAST_FLOOR, MOST_FLOOR
from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import FEWEST_FOR_SLOPE, Spread, spread_of, too_few
from practiceear.metrics.share import hit_correlation, share_count, share_interval, told_share
from practiceear.metrics.side import INNER_S
from practiceear.metrics.timing import LARGEST_BIAS_SLOTS
from practiceear.metronome.align import Alignment
from practiceear.metronome.grid import BoolArray, MetronomeGrid
from practiceear.units import FloatArray

INNER_SHARE = 0.025
OUTER_S, OUTER_SHARE = 0.010, 0.05
"""Windows are the larger of a time, for the inner one ``INNER_S``, and a share of the interval
(Friberg & Sundberg 1995, 1992)."""

INNER_KEY, OUTER_KEY = "on_time_inner_percent", "on_time_outer_percent"

FEWEST_NOTES = FEWEST_FOR_SLOPE
"""Of 16 notes that wander by 0.6 a note, 82 % of the intervals hold the truth, because the
player's centre wanders with them; of 24, 88 % and more (simulated)."""

_THINGS = "notes on the grid"


class Centre(Enum):
    """What notes are held against: the player's own mean, or the click itself."""

    PLAYER = "player"
    CLICK = "click"


@dataclass(frozen=True, slots=True)
class OnTime:
    """Shares of notes inside two windows.

    Attributes
    ----------
    inner, outer
        In per cent: notes that nobody hears to be displaced, and notes that are not far
        enough off to be heard by everybody. They carry no floor, because it is taken out.
    inner_s, outer_s
        How far from its place such a note may be, to either side.
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
        Refused below 24 notes, where an interval is wider than 70 %, and about the click
        where the mean lies more than 0.3 slot off it.
    """
    inner_s, outer_s = on_time_windows_s(alignment.note_value_slots * grid.slot_s)
    deviation_s = np.asarray(alignment.deviation_s[alignment.is_matched], dtype=np.float64)
    n = int(deviation_s.size)
    reason = _refusal(deviation_s, about, grid)
    if reason:
        inner, outer = (Metric.refused(key, "%", n, reason) for key in (INNER_KEY, OUTER_KEY))
        return OnTime(inner, outer, inner_s, outer_s)
    off_s = deviation_s - np.mean(deviation_s)
    shrinks = _true_over_measured(spread_of(off_s), onset_floor_s)
    centres_s: tuple[float, ...] = (0.0,)
    if about is Centre.CLICK:
        mean_s = float(np.mean(deviation_s))
        centres_s = (mean_s, mean_s - bias_floor_s, mean_s + bias_floor_s)
    placed = [centre_s + shrink * off_s for centre_s, shrink in product(centres_s, shrinks)]
    return OnTime(
        _share(INNER_KEY, [np.abs(one) <= inner_s for one in placed]),
        _share(OUTER_KEY, [np.abs(one) <= outer_s for one in placed]),
        inner_s,
        outer_s,
    )


def _refusal(deviation_s: FloatArray, about: Centre, grid: MetronomeGrid) -> str:
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
    return tuple(math.sqrt(min(1.0, max(0.0, 1.0 - one))) for one in shares)


def _share(key: str, hits: list[BoolArray]) -> Metric:
    """The share of hits as first counted, and all that it may be where it is counted otherwise."""
    n = int(hits[0].size)
    count = share_count(n, hit_correlation(hits[0]))
    intervals = [share_interval(float(np.mean(one)), count) for one in hits]
    widest = (min(low for low, _ in intervals), max(high for _, high in intervals))
    told = told_share(key, float(np.mean(hits[0])), n, widest)
    return told or Metric.refused(key, "%", n, "too few notes, or heard too vaguely, to be counted")
