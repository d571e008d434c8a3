"""Cuts a phrase where its pitch turns, falls back to where it began, or repeats itself.

A *segment* is a row of five notes or more that goes up, or down, as a whole: a scale, an
arpeggio, broken thirds. The note on which it turns ends one segment and begins the next. A
phrase that is no row of segments may be a pattern that comes again and again, such as a
broken chord: then it is cut into *cells*, one a repetition.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from practiceear.metrics.runs.contour import SAME_PITCH_SEMITONES, pitch_costs
from practiceear.units import FloatArray, IntArray

FEWEST_NOTES = 5
"""A straight line through the onsets of fewer leaves too little of them to compare."""

LONGEST_CELL_NOTES = 32

_FEWEST_KNOWN_SHARE = 0.6
_REACH = 2  # notes to either side that decide where it goes: one slip does not turn it
_LEAST_MOVE_SEMITONES = 0.9
_LEAP_SEMITONES = 6.5
_LEAST_STRAIGHT = 0.75  # correlation of pitch and order: broken thirds 0.9, a broken chord 0.4
_LEAST_SHARE_IN_SEGMENTS = 0.7
_OCTAVE = 12.0
_LEAST_REPEATED_SHARE = 0.5
_MOST_STILL_SHARE = 0.75
_FEWEST_REPEATS = 3
_MOST_SLIPPED = 2  # a repetition may have so many notes more or less than the first
_SLIP_COST = 0.06


@dataclass(frozen=True, slots=True)
class Segment:
    """Notes ``first`` to ``last``, both included, and where they go."""

    first: int
    last: int
    direction: str = ""

    @property
    def n_notes(self) -> int:
        """How many notes there are."""
        return self.last - self.first + 1


def is_pitched(pitch_midi: FloatArray) -> bool:
    """Whether enough pitches are known to go by them."""
    return pitch_midi.size > 0 and float(np.mean(np.isfinite(pitch_midi))) >= _FEWEST_KNOWN_SHARE


def cut_phrase(pitch_midi: FloatArray) -> tuple[Segment, ...]:
    """Cut a phrase into segments, or cells, or leave it whole.

    ``pitch_midi``: float64, shape (n_notes,): 69 is A4; NaN where it is not clear.
    """
    whole = Segment(0, pitch_midi.size - 1)
    if pitch_midi.size < FEWEST_NOTES or not is_pitched(pitch_midi):
        return (whole,)
    smooth = without_octave_errors(pitch_midi)
    segments = _segments(smooth)
    notes = (range(segment.first, segment.last + 1) for segment in segments)
    n_in_segments = len(set().union(*notes))
    if n_in_segments >= _LEAST_SHARE_IN_SEGMENTS * pitch_midi.size:
        return segments
    return _cells(pitch_midi) or (whole,)


def without_octave_errors(pitch_midi: FloatArray) -> FloatArray:
    """Fill in unclear pitches and move single notes that stand octaves off their neighbours.

    Only for telling where a phrase goes: a leap that is meant may be moved as well.
    """
    notes = np.arange(pitch_midi.size)
    is_known = np.isfinite(pitch_midi)
    known = pitch_midi[is_known]
    filled = np.interp(notes, notes[is_known], known)
    if known.size > 1:  # before the first known pitch and after the last it goes on as there
        filled[: np.argmax(is_known)] -= known[1] - known[0]
        filled[notes.size - np.argmax(is_known[::-1]) :] += known[-1] - known[-2]
    for place, note in enumerate(notes[is_known]):
        filled[note] -= _OCTAVE * _octaves_off(known, place)
    return np.asarray(filled, dtype=np.float64)


def _octaves_off(pitch: FloatArray, place: int) -> int:
    """How many octaves a note stands above what is on both sides of it."""
    before, after = pitch[max(0, place - 3) : place][::-1], pitch[place + 1 : place + 4]
    sides = [side for side in (before, after) if side.size]
    to_next = np.array([pitch[place] - side[0] for side in sides])
    to_some = np.array([pitch[place] - np.median(side) for side in sides])
    sign = np.sign(to_some.sum()) if sides else 0.0
    is_alone = len(sides) == 2 and bool(np.all(sign * to_next > _LEAP_SEMITONES))
    # Two in a row are off together: then each stands off one neighbour only.
    is_leap = bool(np.any(sign * to_next > _LEAP_SEMITONES))
    is_off = is_leap and bool(np.all(sign * to_some > _LEAP_SEMITONES))
    if not (is_alone or is_off):
        return 0
    nearest = to_next if is_alone else to_some
    return round(float(nearest.mean()) / _OCTAVE)


def _segments(pitch: FloatArray) -> tuple[Segment, ...]:
    """Ascending and descending segments, between the places where the phrase falls back."""
    ends = [*_leaps_back(pitch).tolist(), pitch.size - 1]
    segments: list[Segment] = []
    first = 0
    for last in ends:
        segments += _segments_between(pitch, first, last)
        first = last + 1
    return tuple(segments)


def _leaps_back(pitch: FloatArray) -> IntArray:
    """Notes after which the phrase leaps against the way that it goes on both sides."""
    steps = np.diff(pitch)
    way = np.where(np.abs(steps) < SAME_PITCH_SEMITONES / 2, 0.0, np.sign(steps))
    padded = np.pad(way, 3)
    around = np.convolve(padded, np.ones(7), mode="valid") - way
    is_back = (np.abs(steps) > _LEAP_SEMITONES) & (way * around <= -3.0)
    return np.flatnonzero(is_back).astype(np.int64)


def _segments_between(pitch: FloatArray, first: int, last: int) -> list[Segment]:
    notes = np.arange(first, last)  # the steps from each of these to the next
    if notes.size < FEWEST_NOTES - 1:
        return []
    move = np.array([_move(pitch[first : last + 1], step) for step in range(notes.size)])
    way = np.where(np.abs(move) < _LEAST_MOVE_SEMITONES, 0, np.sign(move)).astype(np.int64)
    cuts = np.flatnonzero(np.diff(way)) + 1
    segments: list[Segment] = []
    for steps in np.split(notes, cuts):
        sign = int(way[steps[0] - first])
        # Where the turning note is played twice, the second one begins the next segment.
        start = int(_turns(pitch, int(steps[0]), (first, last), -sign)[-1])
        stop = int(_turns(pitch, int(steps[-1]) + 1, (first, last), sign)[0])
        if sign and stop - start + 1 >= FEWEST_NOTES and _is_straight(pitch[start : stop + 1]):
            segments.append(Segment(start, stop, "up" if sign > 0 else "down"))
    return segments


def _move(pitch: FloatArray, note: int) -> float:
    """How much higher the notes after the step from ``note`` are than those before it."""
    before, after = pitch[max(0, note - _REACH) : note + 1], pitch[note + 1 : note + 2 + _REACH]
    n_each = min(before.size, after.size)
    return float(after[:n_each].mean() - before[-n_each:].mean())


def _is_straight(pitch: FloatArray) -> bool:
    """Whether pitch follows the order of the notes."""
    return abs(float(np.corrcoef(pitch, np.arange(pitch.size))[0, 1])) >= _LEAST_STRAIGHT


def _turns(pitch: FloatArray, near: int, within: tuple[int, int], sign: int) -> IntArray:
    """The highest (``sign`` 1) or lowest notes around ``near``, where a segment begins or ends."""
    start = max(within[0], near - _REACH)
    around = sign * pitch[start : min(within[1], near + _REACH) + 1]
    highest = np.flatnonzero(around > around.max() - SAME_PITCH_SEMITONES / 2)
    return np.asarray(start + highest, dtype=np.int64)


def _cells(pitch_midi: FloatArray) -> tuple[Segment, ...]:
    """Cut a phrase that repeats a pattern, at any pitch, where each repetition begins."""
    steps = np.diff(pitch_midi)
    n_period = _period(steps)
    if n_period is None:
        return ()
    n_cell = n_period * -(-FEWEST_NOTES // n_period)
    starts = [0]
    while starts[-1] + n_cell <= steps.size:
        starts.append(_next_start(steps, starts, n_cell))
    bounds = [*starts, pitch_midi.size]
    return tuple(Segment(start, stop - 1) for start, stop in pairwise(bounds))


def _period(steps: FloatArray) -> int | None:
    """After how many notes the same steps come again; None where they do not."""
    if float(np.mean(np.abs(steps) < SAME_PITCH_SEMITONES)) > _MOST_STILL_SHARE:
        return None  # one note over and over has no contour
    longest = min(LONGEST_CELL_NOTES, (steps.size + 1) // _FEWEST_REPEATS)
    shares = {lag: _repeated_share(steps, lag) for lag in range(2, longest + 1)}
    best = max(shares.values(), default=0.0)
    if best < _LEAST_REPEATED_SHARE:
        return None
    return min(lag for lag, share in shares.items() if share >= 0.95 * best)


def _repeated_share(steps: FloatArray, lag: int) -> float:
    """Share of steps that are the same ``lag`` notes later, octave errors aside."""
    off = np.abs(steps[lag:] - steps[:-lag])
    off = np.abs(off - _OCTAVE * np.round(off / _OCTAVE))
    known = off[np.isfinite(off)]
    return float(np.mean(known < SAME_PITCH_SEMITONES)) if known.size >= lag else 0.0


def _next_start(steps: FloatArray, starts: list[int], n_cell: int) -> int:
    """Where the next repetition begins: a cell later, or a slip earlier or later."""
    due = starts[-1] + n_cell
    costs: dict[int, float] = {}
    for slip in range(-_MOST_SLIPPED, _MOST_SLIPPED + 1):
        start = due + slip
        after = steps[start : start + n_cell]
        like = [steps[old : old + after.size] for old in starts[-4:]]
        each = [
            float(np.mean(np.diagonal(pitch_costs(before, after))))
            for before in like
            if before.size
        ]
        if after.size and start > starts[-1] and each:
            costs[start] = min(each) + _SLIP_COST * abs(slip)
    return min(costs, key=costs.__getitem__) if costs else due
