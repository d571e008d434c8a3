"""Runs of one pattern laid under each other, and how late each note was in its run.

A straight line is fitted to the onsets of each run over the places of its notes, so that
neither its tempo nor the moment when it began counts; what is left of an onset is how late
it was (van Vugt, Jabusch & Altenmüller 2012). Where a run stops for a breath the line
starts again at another height: the breath is no unevenness. A missed note leaves a hole,
an extra note is left out, and the rest of the run counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from practiceear.metrics.runs.contour import Contour, Pairing, pair_notes, pair_transposed
from practiceear.metrics.runs.finding import Run
from practiceear.metrics.runs.segments import FEWEST_NOTES
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray, IntArray

_LONGEST_EVEN = 1.45  # usual intervals: what is longer than this was meant longer
_SHORTEST_EVEN = 0.7
_SHORTEST_LONG = 1.6
_OTHER_LENGTH = 0.15  # usual intervals: so much longer twice running, and it is no late note
_BREATH = 0.6  # usual intervals more than due: nobody plays as late by being uneven
_FURTHEST = 0.45  # usual intervals off its line: then it is another note, or none
_FEWEST_HEARD_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class AlignedRuns:
    """All runs of one pattern, note by note.

    Attributes
    ----------
    pattern
        Its number.
    direction
        ``up``, ``down`` or empty.
    note
        int64, shape (n_runs, n_places): which note of the take; of no meaning where not heard.
    is_heard
        bool, shape (n_runs, n_places).
    place
        float64, shape (n_places,): where each note is due, in usual intervals from the first;
        a note that is held before the next one leaves a gap of 2 or more.
    pitch_midi
        float64, shape (n_places,): the usual pitch of each note; NaN where never clear.
    onset_s
        float64, shape (n_runs, n_places): NaN where not heard.
    late_s
        float64, shape (n_runs, n_places): how late each note was against the straight line
        of its run; NaN where not heard.
    is_after_breath
        bool, shape (n_runs, n_places): whether the player paused before this note.
    is_even
        Whether the notes are meant to be equally long (a held one aside).
    """

    pattern: int
    direction: str
    note: IntArray
    is_heard: BoolArray
    place: FloatArray
    pitch_midi: FloatArray
    onset_s: FloatArray
    late_s: FloatArray
    is_after_breath: BoolArray
    is_even: bool

    def __post_init__(self) -> None:
        for name in ("note", "is_heard", "place", "pitch_midi", "onset_s", "late_s"):
            getattr(self, name).flags.writeable = False
        self.is_after_breath.flags.writeable = False

    @property
    def n_runs(self) -> int:
        """How many runs there are."""
        return int(self.note.shape[0])

    @property
    def n_places(self) -> int:
        """How many notes the pattern has."""
        return int(self.note.shape[1])


def align_runs(
    runs: Sequence[Run], onset_s: FloatArray, pitch_midi: FloatArray
) -> tuple[AlignedRuns, ...]:
    """Lay the runs of each pattern under each other.

    ``runs``: as ``find_runs`` found them. ``onset_s``, ``pitch_midi``: as ``find_runs`` was given
    them.
    """
    numbers = sorted({run.pattern for run in runs if run.pattern is not None})
    aligned = []
    for number in numbers:
        members = [run for run in runs if run.pattern == number]
        aligned.append(_aligned(members, onset_s, pitch_midi))
    return tuple(pattern for pattern in aligned if pattern is not None)


def _aligned(
    runs: Sequence[Run], onset_s: FloatArray, pitch_midi: FloatArray
) -> AlignedRuns | None:
    contours = [Contour.of(onset_s[run.notes], pitch_midi[run.notes]) for run in runs]
    lengths = [run.n_notes for run in runs]
    usual = int(np.argmax(np.bincount(lengths)))
    note, is_heard = _paired(runs, contours, contours[lengths.index(usual)])
    # What most runs have in common is a better example than any of them.
    note, is_heard = _paired(runs, contours, _common(note, is_heard, onset_s, pitch_midi))
    is_kept = is_heard.mean(axis=0) >= _FEWEST_HEARD_SHARE
    note, is_heard = note[:, is_kept], is_heard[:, is_kept]
    if note.shape[1] < FEWEST_NOTES:
        return None
    times = np.where(is_heard, onset_s[note], np.nan)
    pitch = _middle(np.where(is_heard, pitch_midi[note], np.nan))
    return _measured(runs[0], note, times, pitch)


def _paired(
    runs: Sequence[Run], contours: Sequence[Contour], example: Contour
) -> tuple[IntArray, BoolArray]:
    """Which note of each run is which of the example."""
    note = np.zeros((len(runs), example.n_notes), dtype=np.int64)
    is_heard = np.zeros(note.shape, dtype=np.bool_)
    for row, (run, contour) in enumerate(zip(runs, contours, strict=True)):
        for place, index in _pairing(example, contour).pairs:
            note[row, place] = run.first_note + index
            is_heard[row, place] = True
    return note, is_heard


def _pairing(example: Contour, run: Contour) -> Pairing:
    plain = pair_notes(example, run)
    return plain if plain.is_one_pattern else pair_transposed(example, run)


def _common(
    note: IntArray, is_heard: BoolArray, onset_s: FloatArray, pitch_midi: FloatArray
) -> Contour:
    """The run that all are about like: the middle of their pitches and of their times."""
    times = np.where(is_heard, onset_s[note], np.nan)
    steps = np.diff(times, axis=1)
    usual_s = np.nanmedian(steps, axis=1, keepdims=True)
    length = np.where(np.isfinite(_middle(steps / usual_s)), _middle(steps / usual_s), 1.0)
    time = np.concatenate(([0.0], np.cumsum(length)))
    return Contour(_middle(np.where(is_heard, pitch_midi[note], np.nan)), time)


def _middle(values: FloatArray) -> FloatArray:
    """The median of each column over the rows that know it; NaN where none does."""
    middle = np.full(values.shape[1], np.nan)
    is_known = np.isfinite(values).any(axis=0)
    middle[is_known] = np.nanmedian(values[:, is_known], axis=0)
    return middle


def _measured(run: Run, note: IntArray, times: FloatArray, pitch_midi: FloatArray) -> AlignedRuns:
    """Fit the lines, and leave out notes that lie so far off that they are others."""
    steps = np.diff(times, axis=1)
    usual_s = np.nanmedian(steps, axis=1)
    length = _middle(steps / usual_s[:, None])
    is_long = np.isfinite(length) & (length > _LONGEST_EVEN)
    place = np.concatenate(([0.0], np.cumsum(np.where(is_long, np.round(length), 1.0))))
    is_after_breath = _breaths(times, place, usual_s)
    for _ in range(2):
        late_s = np.stack(
            [_late(row, place, breath) for row, breath in zip(times, is_after_breath, strict=True)]
        )
        times = np.where(np.abs(late_s) < _FURTHEST * usual_s[:, None], times, np.nan)
    late_s = np.where(np.isfinite(times), late_s, np.nan)
    is_known = np.isfinite(late_s).any(axis=1)  # a run in shreds has no line
    note, times, late_s = note[is_known], times[is_known], late_s[is_known]
    return AlignedRuns(
        pattern=run.pattern if run.pattern is not None else 0,
        direction=run.direction,
        note=note,
        is_heard=np.isfinite(times),
        place=place,
        pitch_midi=pitch_midi,
        onset_s=times,
        late_s=late_s,
        is_after_breath=is_after_breath[is_known],
        is_even=_is_even(length),
    )


def _is_even(length: FloatArray) -> bool:
    """Whether notes of such lengths, in usual intervals, are meant to be equal.

    A note that comes late makes the interval before it longer and the one after it shorter.
    Two longer ones in a row, or two shorter ones, are another note value, or another tempo.
    """
    is_held = length >= _SHORTEST_LONG
    if np.any((length < _SHORTEST_EVEN) | ((length > _LONGEST_EVEN) & ~is_held)):
        return False
    off = np.where(np.isfinite(length) & ~is_held, length - 1.0, 0.0)
    way = np.where(np.abs(off) > _OTHER_LENGTH, np.sign(off), 0.0)
    return not np.any((way[1:] == way[:-1]) & (way[1:] != 0.0))


def _breaths(times: FloatArray, place: FloatArray, usual_s: FloatArray) -> BoolArray:
    """Whether each note follows the one heard before it by far more than it should."""
    is_after = np.zeros(times.shape, dtype=np.bool_)
    for row, onset_s in enumerate(times):
        heard = np.flatnonzero(np.isfinite(onset_s))
        waited = np.diff(onset_s[heard]) / usual_s[row] - np.diff(place[heard])
        is_after[row, heard[1:]] = waited > _BREATH
    return is_after


def _late(onset_s: FloatArray, place: FloatArray, is_after_breath: BoolArray) -> FloatArray:
    """How late each note is against a line that starts anew after each breath; NaN: unknown."""
    late_s = np.full(onset_s.size, np.nan)
    heard = np.isfinite(onset_s)
    parts = np.cumsum(is_after_breath)[heard]
    heights = (parts[:, None] == np.unique(parts)).astype(np.float64)
    line = np.column_stack((place[heard], heights))
    if np.count_nonzero(heard) < line.shape[1] + 2:
        return late_s
    fitted = line @ np.linalg.lstsq(line, onset_s[heard], rcond=None)[0]
    late_s[heard] = onset_s[heard] - fitted
    return late_s
