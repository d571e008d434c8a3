"""Lays two runs side by side, note by note, by what was played and when.

The cheapest pairing of their notes is taken (Needleman & Wunsch 1970). A note of another
pitch costs most, an octave error of the pitch finder little, a note whose pitch is not
clear a little less; a note that only one of them has is left out of the pairing. What
pitch leaves open is confirmed by time, which also serves where nothing has a pitch. A
breath costs no more than a clear slip, so that it does not push the notes after it
away from their partners.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from practiceear.units import FloatArray

SAME_PITCH_SEMITONES = 0.7
"""Two pitches nearer than this are one note, played a little out of tune."""

MOST_COST = 0.3
"""Two runs that cost more than this a note are not of one pattern: a minor and a major scale of
one octave differ in three notes of eight and cost 0.37."""

_OTHER_PITCH = 1.0
_OCTAVE_ERROR = 0.35  # more than MOST_COST: a whole run an octave higher is another one
_UNKNOWN_PITCH = 0.2
_LEFT_OUT = 0.6
_TIME_WEIGHT = 0.8
_LONGEST_TIME_COST = 0.35
_MOST_SHIFTED = 4
# How many notes each of the two goes on to the next pair; up to two are left out at once.
_STEPS = tuple(
    (di, dj, _LEFT_OUT * (di + dj - 2))
    for di, dj in ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2))
)
_LONGEST_STEP = 3


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """The notes of a run as pitches and times.

    ``pitch_midi``: float64, shape (n_notes,): 69 is A4; NaN where the pitch is not clear. ``time``:
    float64, shape (n_notes,): when each begins, in usual intervals of the run itself, so that a run
    at another tempo looks the same.
    """

    pitch_midi: FloatArray
    time: FloatArray

    def __post_init__(self) -> None:
        for array in (self.pitch_midi, self.time):
            array.flags.writeable = False

    @classmethod
    def of(cls, onset_s: FloatArray, pitch_midi: FloatArray) -> Contour:
        """Build it from notes in order, two or more."""
        usual_s = float(np.median(np.diff(onset_s)))
        time = (onset_s - onset_s[0]) / usual_s if usual_s > 0 else np.arange(onset_s.size)
        return cls(np.array(pitch_midi, dtype=np.float64), np.array(time, dtype=np.float64))

    @property
    def n_notes(self) -> int:
        """How many notes there are."""
        return int(self.time.size)

    def transposed(self, semitones: float) -> Contour:
        """The same run so much higher."""
        return Contour(self.pitch_midi + semitones, self.time.copy())


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which notes of two runs belong together.

    ``cost``: for each note of the longer one, on average; 0 is the same run. ``pairs``: indices
    into the first and into the second run, rising in both.
    """

    cost: float
    pairs: tuple[tuple[int, int], ...]

    @property
    def is_one_pattern(self) -> bool:
        """Whether the two can be compared note by note."""
        return self.cost <= MOST_COST


def pair_notes(first: Contour, second: Contour) -> Pairing:
    """Pair the notes of two runs at the least cost."""
    table = _PairTable(first.time.tolist(), second.time.tolist())
    match_costs = pitch_costs(first.pitch_midi, second.pitch_midi).tolist()
    shifted = _MOST_SHIFTED + abs(first.n_notes - second.n_notes)
    for i, costs in enumerate(match_costs):
        table.enter(i, range(max(0, i - shifted), min(second.n_notes, i + shifted + 1)), costs)
    cost, pairs = table.cheapest()
    return Pairing(cost / max(first.n_notes, second.n_notes), pairs)


def pair_transposed(first: Contour, second: Contour) -> Pairing:
    """Pair the notes of two runs that may begin on different pitches."""
    both = (first.pitch_midi, second.pitch_midi)
    if not all(np.isfinite(pitch).any() for pitch in both):
        return pair_notes(first, second)
    known = [pitch[np.isfinite(pitch)] for pitch in both]
    # Each fails where notes are missing at its own place: at one end, or in plenty.
    shifts = {
        round(float(of(known[0]) - of(known[1])))
        for of in (np.median, lambda pitch: pitch[0], lambda pitch: pitch[-1])
    }
    pairings = [pair_notes(first, second.transposed(shift)) for shift in sorted(shifts)]
    return min(pairings, key=lambda pairing: pairing.cost)


def pitch_costs(first_midi: FloatArray, second_midi: FloatArray) -> FloatArray:
    """What it costs to take each note of one run for each of another, shape (m, n)."""
    apart = np.abs(first_midi[:, None] - second_midi[None, :])
    off_octave = np.abs(apart - 12.0 * np.round(apart / 12.0))
    costs = np.where(off_octave < SAME_PITCH_SEMITONES, _OCTAVE_ERROR, _OTHER_PITCH)
    costs = np.where(apart < SAME_PITCH_SEMITONES, 0.0, costs)
    return np.where(np.isnan(apart), _UNKNOWN_PITCH, costs)


class _PairTable:
    """The cheapest way to pair all notes up to each pair."""

    def __init__(self, first_time: list[float], second_time: list[float]) -> None:
        self._first, self._second = first_time, second_time
        # What was not entered costs more than anything; steps from before the first end up there.
        self._costs = [[math.inf] * (len(second_time) + _LONGEST_STEP) for _ in first_time]
        self._before: dict[tuple[int, int], tuple[int, int] | None] = {}

    def enter(self, i: int, columns: range, match_costs: list[float]) -> None:
        """Remember how note ``i`` of the first can best be paired with each of ``columns``."""
        steps = [
            (self._costs[i - di], self._first[i] - self._first[i - di], di, dj, left_out_cost)
            for di, dj, left_out_cost in _STEPS
            if di <= i
        ]
        second, into = self._second, self._costs[i]
        for j in columns:
            best, before = _LEFT_OUT * (i + j), None
            for costs, first_time, di, dj, left_out_cost in steps:
                cost = costs[j - dj] + left_out_cost
                if cost >= best:
                    continue
                longer = first_time - second[j] + second[j - dj]
                time_cost = _TIME_WEIGHT * longer * longer
                cost += time_cost if time_cost < _LONGEST_TIME_COST else _LONGEST_TIME_COST
                if cost < best:
                    best, before = cost, (i - di, j - dj)
            into[j] = best + match_costs[j]
            self._before[i, j] = before

    def cheapest(self) -> tuple[float, tuple[tuple[int, int], ...]]:
        """The cost of the cheapest pairing, and its pairs in order."""
        last = len(self._first) + len(self._second) - 2
        whole = {(i, j): self._costs[i][j] + _LEFT_OUT * (last - (i + j)) for i, j in self._before}
        end = min(whole, key=whole.__getitem__)
        pairs: list[tuple[int, int]] = []
        pair: tuple[int, int] | None = end
        while pair is not None:
            pairs.append(pair)
            pair = self._before[pair]
        return whole[end], tuple(reversed(pairs))
