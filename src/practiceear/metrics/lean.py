"""Places of the bar that come early or late together, unlike the others.

A late place makes all the others look early against their mean, and late off-beats make every
beat look early. So whole groups of places are compared with all the others, and the group that
explains most of the differences is named: one place, one beat, one note of every beat, or the
off-beats.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import stdtrit
from practiceear.metrics.reliability import measured
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.units import FloatArray, IntArray

FEWEST_BARS = 4
"""A place is named from so many bars on; of fewer, Student's interval is wider than any habit."""

TAIL = 0.04 / 2.0
"""Bars are not quite independent: with 5 in 100, up to 6 of 100 simulated takes of a player
who wanders or alternates held a false alarm."""


_ROUNDING_S = 1e-6  # less than a sample: no habit of a player's


@dataclass(frozen=True, slots=True)
class Lean:
    """Places of the bar that come early or late together, unlike the others.

    ``places``: slots of the bar, from 0: one place, a whole beat, one note of every beat, or all
    off-beats. ``apart``: how much later they are than all other places, in seconds, with an
    interval that allows for all the groups of places that were looked at.
    """

    places: tuple[int, ...]
    apart: Metric
    is_in_every_bar: bool = False  # whether every bar shows it
    is_off_beats: bool = False  # whether they are all the places between the beats


@dataclass(frozen=True, slots=True, eq=False)
class BarDeviations:
    """Deviations against their bar, with their place in the bar and the bar; all (n_notes,)."""

    in_bar_s: FloatArray
    position: IntArray
    bar: IntArray

    def apart_s(self, is_here: BoolArray) -> FloatArray:
        """How much later these notes of each bar are than its others, one value a bar."""
        _, bar = np.unique(self.bar, return_inverse=True)
        here, others = (
            (
                np.bincount(bar, is_group.astype(np.float64)),
                np.bincount(bar, is_group * self.in_bar_s),
            )
            for is_group in (is_here, ~is_here)
        )
        has_both = (here[0] > 0) & (others[0] > 0)
        return np.asarray(
            here[1][has_both] / here[0][has_both] - others[1][has_both] / others[0][has_both]
        )


def find_lean(
    bars: BarDeviations, grid: MetronomeGrid, late: tuple[Metric, ...], floor_s: FloatArray
) -> Lean | None:
    """Find the group of places that explains most of how places differ.

    ``bars``: every note against its bar. ``grid``: the grid whose bars they are. ``late``: how late
    each place that occurs is against the click, in order. ``floor_s``: how far off the detector may
    be on each place every time, shape (n_places,).

    Returns
    -------
    Lean or None
        None where chance and ``floor_s`` explain all differences.
    """
    positions = np.unique(bars.position)
    groups = list(_groups(positions, grid))
    late_s = dict(zip(positions.tolist(), (metric.value for metric in late), strict=True))
    best, most = None, 0.0
    for places in groups:
        apart_s = bars.apart_s(np.isin(bars.position, places))
        if apart_s.size < FEWEST_BARS:
            continue
        apart = _apart(apart_s, len(groups), _floor_apart_s(floor_s, np.isin(positions, places)))
        if not _stands_out(apart):
            continue
        n_here, n = len(places), positions.size
        explained = n_here * (n - n_here) / n * apart.value**2
        if explained > most:
            is_in_every_bar = bool(np.all(apart_s * apart.value > 0.0))
            best, most = Lean(places, apart, is_in_every_bar), explained
    return None if best is None else _as_named(best, late_s, grid)


def _groups(positions: IntArray, grid: MetronomeGrid) -> Iterator[tuple[int, ...]]:
    """Places that may lean together; no two groups say the same."""
    n_slots = grid.subdivision.n_slots
    by_slot = [positions[positions % n_slots == slot] for slot in range(n_slots)]
    by_beat = [positions[positions // n_slots == beat] for beat in range(grid.meter.n_beats)]
    seen = set[frozenset[int]]()
    for group in (*positions[:, np.newaxis], *by_slot, *by_beat):
        here = frozenset(group.tolist())
        others = frozenset(positions.tolist()) - here
        if here and others and here not in seen and others not in seen:
            seen.add(here)
            yield tuple(sorted(here))


def _apart(apart_s: FloatArray, n_groups: int, floor_s: float) -> Metric:
    n, value = int(apart_s.size), float(apart_s.mean())
    quantile = float(stdtrit(n - 1.0, 1.0 - TAIL / n_groups))
    reach = quantile * float(apart_s.std(ddof=1)) / math.sqrt(n)
    return measured(
        MetricKey.PLACES_APART, value, n, (value - reach, value + reach), detector_error=floor_s
    )


def _floor_apart_s(floor_s: FloatArray, is_here: BoolArray) -> float:
    """How far apart the detector's own means of some places and of all others may be.

    It may err alike on all places that are named together, but not on all others as well.
    """
    here_s, others_s = floor_s[is_here], floor_s[~is_here]
    of_others_s = math.sqrt(float(np.sum(others_s**2))) / others_s.size
    return math.hypot(math.sqrt(float(np.mean(here_s**2))), of_others_s)


def _stands_out(apart: Metric) -> bool:
    """Whether neither chance nor the detector explains it."""
    least = max(_ROUNDING_S, 0.0 if math.isnan(apart.detector_error) else apart.detector_error)
    return max(apart.low, -apart.high) > least


def _as_named(lean: Lean, late_s: dict[int, float], grid: MetronomeGrid) -> Lean:
    """The half that is further from the click, where two halves of the bar differ.

    Beats against all between them are always named as off-beats.
    """
    others = tuple(place for place in late_s if place not in lean.places)
    beats = tuple(place for place in late_s if place % grid.subdivision.n_slots == 0)
    if beats == lean.places:
        return replace(_turned(lean, others), is_off_beats=True)
    if beats == others:
        return replace(lean, is_off_beats=True)
    here_s, others_s = (
        abs(float(np.mean([late_s[place] for place in places]))) for places in (lean.places, others)
    )
    if len(others) == len(lean.places) and others_s > here_s:
        return _turned(lean, others)
    return lean


def _turned(lean: Lean, places: tuple[int, ...]) -> Lean:
    """The same difference, seen from the other places."""
    apart = lean.apart
    turned = replace(apart, value=-apart.value, low=-apart.high, high=-apart.low)
    return replace(lean, places=places, apart=turned)
