"""Intervals between notes that are meant to be equally long.

Only intervals between successive notes of the commonest note value count, never across
a missed note, an extra note or a rest, so that a dotted rhythm or a breath is no
unevenness.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from practiceear.metrics.reliability import (
    FEWEST_FOR_NUMBER,
    MAD_TO_SD,
    Spread,
    spread_of,
    too_few,
    without_trend,
)
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.units import FloatArray, IntArray

THINGS = "intervals between even notes"
# How far an interval may lie from its neighbours without a grid: the parts of an interval
# that a false onset splits are shorter, an interval across a missed note is longer.
_FURTHEST_FROM_USUAL = 0.3
_NEAREST_FURTHEST = 0.1
_FURTHEST_SDS = 4.0
# Beyond this 30 % is less than 2.7 standard deviations.
_MOST_UNEVEN = 0.11
# Intervals between usual and half or twice as long: a few are false onsets, more are a
# player's own.
_NEXT_LENGTH = 0.47
_MOST_CUT_SHARE = 0.07
_FEWEST_USUAL_SHARE = 0.6
_N_TREND_STEPS = 5

MOST_SLOW_SHARE, MOST_SLOW_SHARE_ON_GRID = 0.3, 0.5
"""Of the variance of intervals. Where more of it is the tempo's, which moves over several notes,
the spread is no longer that of one note against the next: with 0.3 it is a fifth too large, as
much as the interval of 64 notes is wide; with 0.5 two fifths, where a grid has it for a truth."""

WIDE_SLOTS, MOST_ALIKE = 0.11, 0.0
"""Notes further spread about a grid than the first are the grid's own fault where neighbouring
intervals are correlated by more than the second; those of players are by -0.5 to 0 (Wing &
Kristofferson 1973). Chosen on ``benchmarks/rhythms.py``, seed 11."""

LEAST_CHANGE = 1.7
"""So widely spread notes are the grid's fault too where intervals change less from one to the
next, in spreads about the grid: by 2.4 where each note is off by itself, by 1.6 where it
remembers half of the last, by less where notes run past a grid. Chosen there, seed 7."""

LEAST_STEP_GAIN = 10.0
"""Twice the nats by which two tempos must explain intervals better than one that changes
steadily. Of steady simulated takes none came above 2.6; most of two tempos came above 11."""

_SLOW_LAGS = (2, 3)  # what alternates, or comes every third or fourth note, cancels in their sum
_SLOW_LAGS_OF_FEW = (1,)  # a hand's own unevenness makes neighbours differ
_SLOW_STANDARD_ERRORS, _SLOW_COST = 2.5, 1.5  # intervals share onsets: Bartlett (1946)
_LEAST_SLOW = 0.01  # of an interval: tempo that moves by less is nobody's rubato
_FEWEST_EACH_TEMPO, _STEP_STANDARD_ERRORS = 8, 6.0
_LEAST_TEMPO_RATIO = 1.03
_BETWEEN, _MOST_BETWEEN = 0.15, 0.07  # a tempo that swings like a sine is there 12 % of the time

MOVING_TEMPO = "the tempo comes and goes, or note values change"
SEVERAL_LENGTHS = "the notes have several lengths and no grid to sort them by"
UNSORTED = "slips and short notes cannot be told apart"


class Unfit(Enum):
    """Why the intervals of a take are not compared, although there are enough."""

    LENGTHS = "lengths"
    """Long and short notes are not told apart."""

    TEMPO_CHANGES = "tempo changes"
    """From one steady tempo to another."""

    TEMPO_MOVES = "tempo moves"
    """It comes and goes, as in rubato."""


@dataclass(frozen=True, slots=True, eq=False)
class PlayedIntervals:
    """The intervals of a take that should be equal.

    Attributes
    ----------
    first_note
        int64, shape (n,): the note each interval begins with; it ends with the next one.
    ioi_s
        float64, shape (n,): how long each interval was.
    residual_s
        float64, shape (n,): how much longer than the mean of its kind. Long and short
        notes of swing are two kinds; without a grid a steady change of tempo is out.
    is_adjacent
        bool, shape (n,): whether it shares its first onset with the interval before it.
    n_fitted
        Means and trends taken out: what n loses in degrees of freedom.
    reason
        Empty, or why no interval is held, in words for the player.
    unfit
        The kind of reason; None where intervals are held, or too few.
    """

    first_note: IntArray
    ioi_s: FloatArray
    residual_s: FloatArray
    is_adjacent: BoolArray
    n_fitted: int
    reason: str = ""
    unfit: Unfit | None = None

    def __post_init__(self) -> None:
        for array in (self.first_note, self.ioi_s, self.residual_s, self.is_adjacent):
            array.flags.writeable = False

    @property
    def n(self) -> int:
        """How many intervals there are."""
        return int(self.ioi_s.size)

    @property
    def usual_s(self) -> float:
        """How long they are usually, in seconds: their median; 0 where there are none."""
        return float(np.median(self.ioi_s)) if self.n else 0.0

    def spread(self, *, robust: bool = False) -> Spread:
        """How unequal they are, in seconds; at least 8 intervals."""
        return spread_of(
            self.residual_s, self.n_fitted, is_adjacent=self.is_adjacent, robust=robust
        )


def played_intervals(
    onset_s: FloatArray,
    alignment: Alignment,
    grid: MetronomeGrid,
    is_unbroken: BoolArray | None = None,
) -> PlayedIntervals:
    """List the intervals of the commonest note value.

    ``onset_s``: float64, shape (n_notes,): when notes begin. ``alignment``: the same notes beside
    their slots. ``grid``: the grid they were aligned to. ``is_unbroken``: bool, shape (n_notes -
    1,): whether all sound from each note to the next was recorded; None where nothing was lost.
    """
    both_matched = alignment.is_matched[:-1] & alignment.is_matched[1:]
    if is_unbroken is not None:
        both_matched &= is_unbroken
    steps = np.diff(alignment.slot)
    first_note = np.flatnonzero(both_matched & (steps == alignment.note_value_slots))
    slots = alignment.slot[first_note]
    nominal_s = grid.slot_time_s(slots + alignment.note_value_slots) - grid.slot_time_s(slots)
    ioi_s = np.diff(onset_s)[first_note]
    # Nominal lengths differ by a rounding error or, in swing, by a third of a beat.
    _, kind = np.unique(np.round(nominal_s / grid.beat_s, 6), return_inverse=True)
    n_kinds = int(kind.max(initial=-1)) + 1
    means = np.bincount(kind, weights=ioi_s, minlength=n_kinds) / np.bincount(kind)
    residual_s = ioi_s - means[kind]
    intervals = _intervals(first_note, ioi_s, residual_s, n_kinds)
    time_s = onset_s[first_note]
    if intervals.reason:
        return intervals
    is_of_two = _has_two_tempos(residual_s / np.mean(ioi_s), time_s)
    if not is_of_two and _keeps_time(intervals, time_s, alignment, grid):
        return intervals
    return _moving(ioi_s, residual_s, time_s)


def _keeps_time(
    intervals: PlayedIntervals, time_s: FloatArray, alignment: Alignment, grid: MetronomeGrid
) -> bool:
    """Whether notes lie about their grid as a player's do, and not as another rhythm's.

    A hand makes one note late and the next interval shorter. Where notes lie far off the grid
    and neighbouring intervals are long together or alike, the grid is a compromise between two
    lengths.
    """
    off_usual = without_trend(intervals.residual_s / np.mean(intervals.ioi_s), time_s)
    if _is_slow(off_usual, MOST_SLOW_SHARE_ON_GRID):
        return False
    # Who keeps another tempo than the click drifts away from it, and is no less even for that.
    is_matched = alignment.is_matched
    slot_s = grid.slot_time_s(alignment.slot[is_matched])
    off_grid_s = without_trend(alignment.deviation_s[is_matched], slot_s)
    spread_slots = float(np.std(off_grid_s)) / grid.slot_s
    power = float(np.sum(off_usual**2))
    if spread_slots < WIDE_SLOTS or power <= off_usual.size * _LEAST_SLOW**2:
        return True
    changes = np.diff(off_usual)[intervals.is_adjacent[1:]]
    change_slots = MAD_TO_SD * float(np.median(np.abs(changes))) * alignment.note_value_slots
    if changes.size and change_slots < LEAST_CHANGE * spread_slots:
        return False
    likeness = float(np.sum(off_usual[1:] * off_usual[:-1])) / power
    return likeness < MOST_ALIKE + 1.0 / math.sqrt(off_usual.size)


def ungridded_intervals(
    onset_s: FloatArray, is_unbroken: BoolArray | None = None
) -> PlayedIntervals:
    """List the intervals of a take without a grid that lie around one common value.

    Intervals further than four robust standard deviations from the usual one (10 % at
    least, 30 % at most) are left out, and a steady change of tempo is taken out of the
    rest. Where the rest is so uneven that 30 % cuts into it, no interval is held: what
    was cut off would have made the player look more even.

    ``onset_s``: float64, shape (n_notes,): when notes begin, in order. ``is_unbroken``: as for
    ``played_intervals``.
    """
    ioi_s = np.diff(onset_s)
    is_whole = ioi_s > 0 if is_unbroken is None else (ioi_s > 0) & is_unbroken
    ioi_s, all_notes = ioi_s[is_whole], np.flatnonzero(is_whole)
    if ioi_s.size < FEWEST_FOR_NUMBER:
        return _none(too_few(ioi_s.size, THINGS))
    time_s = onset_s[all_notes]
    off_usual, furthest = _off_usual(ioi_s, time_s)
    is_usual = np.abs(off_usual) < furthest
    first_note, usual_s = all_notes[is_usual], ioi_s[is_usual]
    residual_s = without_trend(usual_s, time_s[is_usual])
    n_next = np.count_nonzero(np.abs(off_usual) < _NEXT_LENGTH) - usual_s.size
    is_cut = n_next > 1 + _MOST_CUT_SHARE * usual_s.size
    is_mixed = np.mean(is_usual) < _FEWEST_USUAL_SHARE
    if is_mixed or is_cut or np.std(residual_s) > _MOST_UNEVEN * np.mean(usual_s):
        if _is_slow(off_usual, MOST_SLOW_SHARE) and not _has_two_lengths(off_usual):
            return _moving(ioi_s, ioi_s - np.mean(ioi_s), time_s)
        reason = SEVERAL_LENGTHS if is_mixed else UNSORTED
        return _none(reason, Unfit.LENGTHS)
    intervals = _intervals(first_note, usual_s, residual_s, n_fitted=2)
    if intervals.reason:
        return intervals
    off_mean_s = usual_s - np.mean(usual_s)
    if _has_two_tempos(off_mean_s / np.mean(usual_s), time_s[is_usual]) or _is_slow(
        residual_s / np.mean(usual_s), MOST_SLOW_SHARE
    ):
        return _moving(usual_s, off_mean_s, time_s[is_usual])
    return intervals


def _off_usual(ioi_s: FloatArray, time_s: FloatArray) -> tuple[FloatArray, float]:
    """How far intervals are from the usual one, whose length may change steadily.

    Returns the logarithm of their ratio to it, shape (n,), and how large it may be.
    """
    log_ioi = np.log(ioi_s)
    reach = math.log1p(_FURTHEST_FROM_USUAL)
    in_order = np.sort(log_ioi)
    stops = np.searchsorted(in_order, in_order + reach, side="right")
    densest = int(np.argmax(stops - np.arange(in_order.size)))
    usual = np.full(ioi_s.size, np.median(in_order[densest : stops[densest]]))
    off_start = time_s - time_s[0]
    furthest = reach
    for _ in range(_N_TREND_STEPS):
        is_near = np.abs(log_ioi - usual) < furthest
        if np.count_nonzero(is_near) < FEWEST_FOR_NUMBER:
            break
        slope, level = np.polyfit(off_start[is_near], log_ioi[is_near], 1)
        usual = level + slope * off_start
        spread = MAD_TO_SD * float(np.median(np.abs(log_ioi - usual)[is_near]))
        furthest = min(reach, max(_NEAREST_FURTHEST, _FURTHEST_SDS * spread))
    return log_ioi - usual, furthest


def _intervals(
    first_note: IntArray, ioi_s: FloatArray, residual_s: FloatArray, n_fitted: int
) -> PlayedIntervals:
    is_adjacent = np.diff(first_note, prepend=-2) == 1
    fewest = FEWEST_FOR_NUMBER + max(0, n_fitted - 2)
    reason = too_few(ioi_s.size, THINGS, fewest) if ioi_s.size < fewest else ""
    return PlayedIntervals(
        first_note.astype(np.int64), ioi_s, residual_s, is_adjacent, n_fitted, reason
    )


def _none(reason: str, unfit: Unfit | None = None) -> PlayedIntervals:
    empty, nobody = np.zeros(0), np.zeros(0, dtype=np.int64)
    is_none = np.zeros(0, dtype=np.bool_)
    return PlayedIntervals(nobody, empty, empty.copy(), is_none, 0, reason, unfit)


def _moving(ioi_s: FloatArray, off_mean_s: FloatArray, time_s: FloatArray) -> PlayedIntervals:
    """No intervals, because their tempo is not one: it changes once, or comes and goes."""
    if ioi_s.size < 2 * _FEWEST_EACH_TEMPO:  # too few to tell which
        return _none(MOVING_TEMPO, Unfit.TEMPO_MOVES)
    at = _tempo_change(off_mean_s)
    before_s, after_s = (float(np.mean(part)) for part in np.split(ioi_s, [at]))
    halves = [part - np.mean(part) for part in np.split(off_mean_s, [at])]
    chance_s = float(np.std(np.concatenate(halves))) * math.sqrt(1 / at + 1 / (ioi_s.size - at))
    is_step = max(before_s / after_s, after_s / before_s) > _LEAST_TEMPO_RATIO
    is_step &= abs(before_s - after_s) > _STEP_STANDARD_ERRORS * chance_s
    if is_step and not _is_slow(np.concatenate(halves) / np.mean(ioi_s), MOST_SLOW_SHARE):
        return _none(
            f"the tempo changes at {time_s[at]:.1f} s, from {60 / before_s:.0f} to"
            f" {60 / after_s:.0f} notes a minute",
            Unfit.TEMPO_CHANGES,
        )
    return _none(MOVING_TEMPO, Unfit.TEMPO_MOVES)


def _has_two_lengths(log_ioi: FloatArray) -> bool:
    """Whether intervals are long or short, and hardly any in between."""
    middle = float(np.mean(log_ioi))
    for _ in range(_N_TREND_STEPS):
        is_long = log_ioi > middle
        short, long = float(np.mean(log_ioi[~is_long])), float(np.mean(log_ioi[is_long]))
        middle = (short + long) / 2.0
    return float(np.mean(np.abs(log_ioi - middle) < _BETWEEN * (long - short))) < _MOST_BETWEEN


def _is_slow(off_usual: FloatArray, most_share: float) -> bool:
    """Whether more of the variance than this lasts over several notes, beyond chance.

    ``off_usual``, shape (n,): how far intervals are from the usual one, as a share of it.
    """
    power, n = float(np.sum(off_usual**2)), off_usual.size
    if n < FEWEST_FOR_NUMBER or power == 0.0:
        return False
    lags = _SLOW_LAGS if n >= 2 * _FEWEST_EACH_TEMPO else _SLOW_LAGS_OF_FEW
    products = [float(np.sum(off_usual[lag:] * off_usual[:-lag])) for lag in lags]
    share = float(np.mean(products)) / power
    standard_error = math.sqrt(_SLOW_COST / len(lags) / n)
    is_sure = share > max(most_share, _SLOW_STANDARD_ERRORS * standard_error)
    return is_sure and share * power > n * _LEAST_SLOW**2


def _has_two_tempos(off_usual: FloatArray, time_s: FloatArray) -> bool:
    """Whether two tempos in turn explain intervals far better than one that changes steadily."""
    if off_usual.size < 2 * _FEWEST_EACH_TEMPO:
        return False
    halves = np.split(off_usual, [_tempo_change(off_usual)])
    of_two = float(sum(np.sum((half - np.mean(half)) ** 2) for half in halves))
    of_one = float(np.sum(without_trend(off_usual, time_s) ** 2))
    is_much = max(of_one, of_two) > off_usual.size * _LEAST_SLOW**2
    return is_much and off_usual.size * math.log(of_one / max(of_two, 1e-12)) > LEAST_STEP_GAIN


def _tempo_change(residual_s: FloatArray) -> int:
    """The interval from which on another mean explains the most."""
    n = residual_s.size
    at = np.arange(_FEWEST_EACH_TEMPO, n - _FEWEST_EACH_TEMPO + 1)
    before = np.cumsum(residual_s)[at - 1]
    after = residual_s.sum() - before
    return int(at[np.argmax(before**2 / at + after**2 / (n - at))])
