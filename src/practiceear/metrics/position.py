"""Which places of the bar are early or late, again and again; and swing.

A search through many places finds one that looks late by chance: with eight of them and
two standard errors each, two takes in five. So the intervals here are simultaneous: all
of them hold the truth in 95 of 100 takes (Bonferroni), which takes Student's quantiles
because a place is played only as often as there are bars.

Deviations wander (Repp 2005): neighbours are late together. Whether a place differs from the
others is therefore judged within each bar, each bar counts as one value, and every place has
a spread of its own, so that neither a wandering player nor one stumble makes a place stand out.
How late it is, is said against the click.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.detector_error import errors_against_mean
from practiceear.metrics.lean import FEWEST_BARS, TAIL, BarDeviations, Lean, find_lean
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import stdtrit
from practiceear.metrics.reliability import (
    Interval,
    lag_one,
    mean_count,
    mean_interval,
    mean_metric,
    measured,
    too_few,
    with_detector_bias,
)
from practiceear.metrics.timing import FURTHEST_BIAS_SLOTS
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.units import FloatArray, IntArray

FEWEST_POSITIONS = 2


_N_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class PositionOffsets:
    """How late each place of the bar is.

    Attributes
    ----------
    positions
        Which slots of the bar, from 0: those that were played in enough bars.
    offsets
        Against the mean of all places, in seconds, one for each position, with simultaneous
        95 % intervals.
    late
        Against the click, in seconds, one for each position: the intervals also allow for the
        player's wandering and for the detector's bias.
    lean
        The places that stand out the most from chance and the detector's bias: one group at
        most, because late places make the others look early; None where none do.
    reason
        Empty, or why there are none, in words for the player.
    """

    positions: tuple[int, ...]
    offsets: tuple[Metric, ...]
    late: tuple[Metric, ...] = ()
    lean: Lean | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        n = len(self.positions)
        if not n == len(self.offsets) == len(self.late) or bool(n) == bool(self.reason):
            raise ValueError("either as many offsets as positions, or a reason")

    @classmethod
    def unavailable(cls, reason: str) -> PositionOffsets:
        """No offsets, and why."""
        return cls((), (), reason=reason)

    def offset(self, position: int) -> Metric:
        """Against all places; ValueError where it was not played enough."""
        return self.offsets[self.positions.index(position)]

    def mean_late_s(self, positions: tuple[int, ...]) -> float:
        """Against the click, on average over some of the positions, in seconds."""
        return float(np.mean([self.late_at(position).value for position in positions]))

    def late_at(self, position: int) -> Metric:
        """Against the click; ValueError where it was not played enough."""
        return self.late[self.positions.index(position)]


def position_offsets(
    alignment: Alignment,
    grid: MetronomeGrid,
    floor_s: float | FloatArray = math.nan,
    bias_s: float = math.nan,
) -> PositionOffsets:
    """Measure how late the notes of each place of the bar are.

    A steady change of tempo is taken out of the offsets. False alarms on simulated takes where
    no place differs, 4 to 16 places, 4 to 12 bars, independent or wandering: 1 to 5 of 100.

    Parameters
    ----------
    alignment
        Notes beside their slots.
    grid
        The grid they were aligned to. Places have a meaning only where its bars are the
        player's: where the first beat came from outside, or one bar is one run.
    floor_s
        How far off the detector may be with a note every time it is played: of all notes, or
        float64, shape (n_notes,), of each; 0 where like notes are played on all places. A
        place that is off by less is not named.
    bias_s
        How far off the mean of all notes may be against the click.
    """
    slots = alignment.slot[alignment.is_matched]
    deviation_s = np.asarray(alignment.deviation_s[alignment.is_matched], dtype=np.float64)
    position, bar = grid.position_in_bar(slots), np.floor_divide(slots, grid.slots_per_bar)
    is_kept = _is_repeated(position, bar)
    positions, place = np.unique(position[is_kept], return_inverse=True)
    if positions.size < FEWEST_POSITIONS:
        return PositionOffsets.unavailable(_reason(position))
    steady_s = _without_drift(deviation_s[is_kept], place, slots[is_kept])
    in_bar_s = _against_their_bar(steady_s, bar[is_kept], place)
    of_note_s = np.broadcast_to(floor_s, alignment.slot.shape)[alignment.is_matched][is_kept]
    of_place_s = np.sqrt(np.bincount(place, weights=of_note_s**2) / np.bincount(place))
    floors_s = errors_against_mean(of_place_s)
    offsets = tuple(
        _offset(in_bar_s[place == number], int(positions.size), float(floors_s[number]))
        for number in range(positions.size)
    )
    late = _against_click(deviation_s[is_kept], place, offsets, np.fmax(of_place_s, bias_s))
    bars = BarDeviations(in_bar_s, positions[place], bar[is_kept])
    lean = find_lean(bars, grid, late, of_place_s)
    return PositionOffsets(tuple(int(slot) for slot in positions), offsets, late, lean)


def _against_click(
    deviation_s: FloatArray, place: IntArray, offsets: tuple[Metric, ...], off_by_s: FloatArray
) -> tuple[Metric, ...]:
    """The mean of each place; the uncertainty of the whole take is added to that of the offset.

    ``off_by_s`` is how far off the detector may be on each place, shape (n_places,).
    """
    common_s = deviation_s - np.array([offset.value for offset in offsets])[place]
    mean_s, n = float(common_s.mean()), int(common_s.size)
    count = mean_count(n, lag_one(common_s - mean_s))
    reach_s = mean_interval(mean_s, float(common_s.std(ddof=1)), n, count)[1] - mean_s
    late = []
    for number, offset in enumerate(offsets):
        value = float(deviation_s[place == number].mean())
        chance_s = math.hypot(offset.high - offset.value, reach_s)
        found = measured(
            MetricKey.POSITION_LATE, value, offset.n, (value - chance_s, value + chance_s)
        )
        late.append(with_detector_bias(found, float(off_by_s[number])))
    return tuple(late)


def _is_repeated(position: IntArray, bar: IntArray) -> BoolArray:
    """Which notes lie on a place played in enough bars, in a bar with another such note."""
    is_kept, n_kept = np.ones(position.size, dtype=np.bool_), -1
    while n_kept != int(is_kept.sum()):
        n_kept = int(is_kept.sum())
        is_kept &= np.isin(position, _frequent(position[is_kept], FEWEST_BARS))
        is_kept &= np.isin(bar, _frequent(bar[is_kept], 2))
    return is_kept


def _frequent(values: IntArray, fewest: int) -> IntArray:
    found, counts = np.unique(values, return_counts=True)
    return found[counts >= fewest]


def _reason(position: IntArray) -> str:
    n_bars = int(np.bincount(position).max(initial=0))
    if n_bars < FEWEST_BARS:
        return too_few(n_bars, "bars", FEWEST_BARS)
    return "only one place of the bar is played again and again"


def _without_drift(deviation_s: FloatArray, place: IntArray, slots: IntArray) -> FloatArray:
    """Take the steady change out, which would make the end of each bar look late.

    The line is fitted together with the means of the places: they are no part of it.
    """
    off_start = (slots - slots[0]).astype(np.float64)
    places = np.eye(int(place.max()) + 1)[place]
    design = np.column_stack((places, off_start))
    slope = np.linalg.lstsq(design, deviation_s, rcond=None)[0][-1]
    return np.asarray(deviation_s - slope * off_start, dtype=np.float64)


def _against_their_bar(value: FloatArray, bar: IntArray, place: IntArray) -> FloatArray:
    """Values less the mean of their bar, as if every place of it had been played.

    Bars and places are fitted together, in turns: where a note is missing, its bar's mean
    is not pulled by the places that are left. The fewer are left, the more that mean
    follows each of them, which is made good.
    """
    _, bar = np.unique(bar, return_inverse=True)
    n_in_bar, n_in_place = np.bincount(bar), np.bincount(place)
    offsets = np.zeros(n_in_place.size)
    for _ in range(_N_ROUNDS):
        bar_mean = np.bincount(bar, weights=value - offsets[place]) / n_in_bar
        offsets = np.bincount(place, weights=value - bar_mean[bar]) / n_in_place
        offsets -= offsets.mean()
    residual = value - bar_mean[bar] - offsets[place]
    free = (1.0 - 1.0 / offsets.size) / (1.0 - 1.0 / n_in_bar[bar])
    return np.asarray(offsets[place] + np.sqrt(free) * residual, dtype=np.float64)


def _offset(in_bar_s: FloatArray, n_positions: int, floor_s: float) -> Metric:
    n, value = int(in_bar_s.size), float(in_bar_s.mean())
    quantile = float(stdtrit(n - 1.0, 1.0 - TAIL / n_positions))
    reach = quantile * float(in_bar_s.std(ddof=1)) / math.sqrt(n)
    return measured(
        MetricKey.POSITION_OFFSET, value, n, (value - reach, value + reach), detector_error=floor_s
    )


@dataclass(frozen=True, slots=True)
class Swing:
    """How the notes between the beats lie.

    ``offset``: how much later off-beats are than beats, each against where it is due, in seconds.
    ``ratio``: from a beat to its off-beat over from there to the next beat: 2 is triplet swing, 1
    is straight.
    """

    offset: Metric
    ratio: Metric


def swing(alignment: Alignment, grid: MetronomeGrid, floor_s: float = math.nan) -> Swing:
    """Measure how late off-beats are, and how long the first half of the beat is.

    An off-beat is compared with the mean of the beats before and after it, so that neither
    drift nor wandering counts. Jazz drummers' ratios fall with tempo, from 3.5 and more
    to 1 (Friberg & Sundström 2002).

    ``alignment``: notes beside their slots. ``grid``: the grid they were aligned to: refused where
    it has no slot at the middle of the beat or of swing. The ratio needs two slots to the beat.
    ``floor_s``: how far apart the detector's own means of beats and off-beats may be.
    """
    n_slots, things = grid.subdivision.n_slots, "off-beats between two beats"
    if n_slots % 2:
        reason = f"{grid.subdivision} to the beat leaves no off-beat"
        return Swing(Metric.unavailable(MetricKey.SWING_OFFSET, 0, reason), _no_ratio(0, reason))

    def is_informative(interval: Interval) -> bool:
        return max(-interval[0], interval[1]) < FURTHEST_BIAS_SLOTS * grid.slot_s

    late_s = _off_beats_s(alignment, n_slots)
    offset = mean_metric(
        MetricKey.SWING_OFFSET,
        late_s,
        things,
        is_informative=is_informative,
        detector_error=floor_s,
    )
    if n_slots != 2:
        return Swing(offset, _no_ratio(offset.n, "a ratio needs two notes to the beat"))
    return Swing(offset, _long_to_short(offset, grid))


def _off_beats_s(alignment: Alignment, n_slots: int) -> FloatArray:
    """How much later each off-beat is than the beats around it, in playing order."""
    slots = alignment.slot[alignment.is_matched]
    deviation_s = alignment.deviation_s[alignment.is_matched]
    beats = slots[slots % n_slots == 0]
    wanted = beats[:, np.newaxis] + np.array([0, n_slots // 2, n_slots])
    where = np.minimum(np.searchsorted(slots, wanted), slots.size - 1)
    is_whole = np.all(slots[where] == wanted, axis=1)
    before, middle, after = deviation_s[where[is_whole]].T
    return np.asarray(middle - (before + after) / 2.0, dtype=np.float64)


def _long_to_short(offset: Metric, grid: MetronomeGrid) -> Metric:
    """The ratio that goes with an offset that is available, so less than a quarter of a beat."""
    if offset.is_unavailable:
        return _no_ratio(offset.n, offset.reason)
    long_s, short_s = grid.slot_length_s(np.arange(2))

    def ratio(late_s: float) -> float:
        return float((long_s + late_s) / (short_s - late_s))

    interval = (ratio(offset.low), ratio(offset.high))
    return measured(MetricKey.SWING_RATIO, ratio(offset.value), offset.n, interval)


def _no_ratio(n: int, reason: str) -> Metric:
    return Metric.unavailable(MetricKey.SWING_RATIO, n, reason)
