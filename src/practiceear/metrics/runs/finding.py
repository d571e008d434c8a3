"""Runs found by themselves: where a take repeats a scale or a pattern, and which of them.

A take is cut into phrases by its pauses, phrases into runs by what the pitch does
(``segments.py``), and runs that are one pattern, note by note, are put together. A breath or
a new bow between runs belongs to none of them, and so is never unevenness. Where nothing
has a pitch, pauses and times alone decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from practiceear.metrics.runs.contour import Contour, Pairing, pair_notes, pair_transposed
from practiceear.metrics.runs.segments import FEWEST_NOTES, Segment, cut_phrase, is_pitched
from practiceear.rhythm.alignment import checked_onsets
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray

FEWEST_RUNS = 5
"""From fewer, habit cannot be told from chance: two runs leave a habit of 4 ms open between 0
and 7 (simulated)."""

LONGEST_RUN_NOTES = 128
"""What goes on for longer without a pause is a piece, not a run to be played again."""

_PAUSE = 2.5  # usual intervals: one missed note makes 2
_UNPITCHED_PAUSE = 1.6  # no pitch tells where a run begins again, so a short rest has to
_AROUND = 8  # intervals to either side that tell what is usual there
_FEWEST_TO_MERGE = 3
_MOST_PATTERNS = 24
_FEWEST_LIKE = 0.5
_ONE_WAY_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of notes without a pause.

    ``first_note``, ``n_notes``: where it lies in the take. The note on which a scale turns ends one
    run and begins the next. ``pattern``: number of the pattern that it repeats, the commonest
    first; None where no other run is like it.
    """

    first_note: int
    n_notes: int
    direction: str = ""  # ``up``, ``down``, or empty where it does both or is not known
    pattern: int | None = None

    def __post_init__(self) -> None:
        if self.first_note < 0 or self.n_notes < 1:
            raise ValueError(f"no run of {self.n_notes} notes begins at {self.first_note}")
        if self.direction not in ("up", "down", ""):
            raise ValueError(f"direction is up, down or empty, not {self.direction!r}")

    @property
    def notes(self) -> slice:
        """Its notes among those of the take."""
        return slice(self.first_note, self.first_note + self.n_notes)


def find_runs(
    onset_s: FloatArray, pitch_midi: FloatArray, is_unbroken: BoolArray | None = None
) -> tuple[Run, ...]:
    """Find the runs of a take and which of them are one pattern.

    ``onset_s``: float64, shape (n_notes,): when notes begin, in order. ``pitch_midi``: float64,
    shape (n_notes,): 69 is A4; NaN where it is not clear. ``is_unbroken``: bool, shape (n_notes -
    1,): whether all sound from each note to the next was recorded; None where nothing was lost.

    Returns
    -------
    tuple of Run
        In order; a note between two runs may belong to none.

    ValueError where onsets are not in order, or shapes differ.
    """
    onset_s = checked_onsets(onset_s)
    pitch_midi = np.asarray(pitch_midi, dtype=np.float64)
    if pitch_midi.shape != onset_s.shape:
        raise ValueError(f"{onset_s.size} onsets and {pitch_midi.size} pitches")
    take = _Take(onset_s, pitch_midi)
    segments = [
        Segment(phrase.start + segment.first, phrase.start + segment.last, segment.direction)
        for phrase in _phrases(onset_s, pitch_midi, is_unbroken)
        for segment in cut_phrase(pitch_midi[phrase])
    ]
    runs = [take.run(segment) for segment in segments]
    groups = _grouped(take, runs)
    if _merge(take, runs, groups):
        groups = _grouped(take, runs)
    return _numbered(runs, groups)


def _phrases(
    onset_s: FloatArray, pitch_midi: FloatArray, is_unbroken: BoolArray | None
) -> list[slice]:
    """Cut a take where it pauses for clearly longer than its usual interval there."""
    ioi_s = np.diff(onset_s)
    pause = _PAUSE if is_pitched(pitch_midi) else _UNPITCHED_PAUSE
    is_cut = ioi_s > pause * _usual_s(ioi_s)
    if is_unbroken is not None:
        is_cut |= ~is_unbroken
    bounds = [0, *(np.flatnonzero(is_cut) + 1).tolist(), onset_s.size]
    return [slice(a, b) for a, b in pairwise(bounds) if b > a]


def _usual_s(ioi_s: FloatArray) -> FloatArray:
    """The median interval around each one, shape (n_notes - 1,): the tempo may change."""
    if ioi_s.size == 0:
        return ioi_s
    width = 2 * _AROUND + 1
    padded = np.pad(ioi_s, _AROUND, constant_values=np.nan)
    return np.asarray(
        np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1),
        dtype=np.float64,
    )


class _Take:
    """The notes of a take, and its runs as contours."""

    def __init__(self, onset_s: FloatArray, pitch_midi: FloatArray) -> None:
        self._onset_s, self._pitch_midi = onset_s, pitch_midi
        self._contours: dict[tuple[int, int], Contour] = {}

    def run(self, segment: Segment) -> Run:
        """Make a run of a segment."""
        run = Run(segment.first, segment.n_notes, segment.direction)
        return run if run.direction else replace(run, direction=self._direction(run))

    def joined(self, first: Run, second: Run) -> Run:
        """Make one run of two that follow each other."""
        n_notes = second.first_note + second.n_notes - first.first_note
        run = Run(first.first_note, n_notes)
        return replace(run, direction=self._direction(run))

    def contour(self, run: Run) -> Contour:
        """The notes of a run."""
        key = (run.first_note, run.n_notes)
        if key not in self._contours:
            notes = run.notes
            self._contours[key] = Contour.of(self._onset_s[notes], self._pitch_midi[notes])
        return self._contours[key]

    def _direction(self, run: Run) -> str:
        pitch = self._pitch_midi[run.notes]
        steps = np.diff(pitch[np.isfinite(pitch)])
        if steps.size < 2:
            return ""
        for direction, share in (("up", np.mean(steps > 0)), ("down", np.mean(steps < 0))):
            if share >= _ONE_WAY_SHARE:
                return direction
        return ""


@dataclass(slots=True)
class _Group:
    """Runs that were taken for one pattern; ``example`` is what others are compared with."""

    example: int
    members: list[int]


def _grouped(take: _Take, runs: list[Run]) -> list[_Group]:
    """Put runs of one pattern together: of the same notes, or else of the same steps."""
    groups = _groups_by(take, runs, is_transposed=False)
    if _most_members(groups) >= FEWEST_RUNS:
        return groups
    transposed = _groups_by(take, runs, is_transposed=True)
    return transposed if _most_members(transposed) > _most_members(groups) else groups


def _most_members(groups: list[_Group]) -> int:
    return max((len(group.members) for group in groups), default=0)


def _groups_by(take: _Take, runs: list[Run], *, is_transposed: bool) -> list[_Group]:
    groups: list[_Group] = []
    for index, run in enumerate(runs):
        if not FEWEST_NOTES <= run.n_notes <= LONGEST_RUN_NOTES:
            continue
        costs = {
            number: _pairing(take, runs[group.example], run, is_transposed).cost
            for number, group in enumerate(groups)
            if _may_be_alike(take, runs[group.example], run, is_transposed)
        }
        best = min(costs, key=costs.__getitem__, default=None)
        if best is not None and Pairing(costs[best], ()).is_one_pattern:
            groups[best].members.append(index)
        elif len(groups) < _MOST_PATTERNS:
            groups.append(_Group(index, [index]))
    return [_with_typical_example(take, runs, group, is_transposed) for group in groups]


def _may_be_alike(take: _Take, example: Run, run: Run, is_transposed: bool) -> bool:
    """Leave out at little cost what cannot be one pattern."""
    longer = max(example.n_notes, run.n_notes)
    if example.direction != run.direction or abs(example.n_notes - run.n_notes) > 0.4 * longer:
        return False
    if is_transposed:
        return True
    classes = [_pitch_classes(take.contour(either).pitch_midi) for either in (example, run)]
    unknown = float(np.sum(np.maximum(0.0, 1.0 - np.array([shares.sum() for shares in classes]))))
    return bool(np.minimum(*classes).sum() + unknown >= _FEWEST_LIKE)


def _pitch_classes(pitch_midi: FloatArray) -> FloatArray:
    """How often each of the twelve pitch classes comes, as a share of all notes."""
    known = pitch_midi[np.isfinite(pitch_midi)]
    classes = (np.round(known).astype(np.int64) % 12).astype(np.int64)
    return np.asarray(np.bincount(classes, minlength=12) / pitch_midi.size, dtype=np.float64)


def _pairing(take: _Take, example: Run, run: Run, is_transposed: bool) -> Pairing:
    pair = pair_transposed if is_transposed else pair_notes
    return pair(take.contour(example), take.contour(run))


def _with_typical_example(
    take: _Take, runs: list[Run], group: _Group, is_transposed: bool
) -> _Group:
    """Choose the run that is most like the others as what they are compared with."""
    lengths = np.array([runs[member].n_notes for member in group.members])
    usual = int(np.argmax(np.bincount(lengths)))
    candidates = [member for member in group.members if runs[member].n_notes == usual][
        :_FEWEST_TO_MERGE
    ]
    others = group.members[: 2 * FEWEST_RUNS]

    def cost(candidate: int) -> float:
        return sum(
            _pairing(take, runs[candidate], runs[other], is_transposed).cost for other in others
        )

    return _Group(min(candidates, key=cost), group.members)


def _merge(take: _Take, runs: list[Run], groups: list[_Group]) -> bool:
    """Join two parts of a run that a long gap tore apart, where together they are a pattern.

    Changes ``runs``; returns whether anything was joined.
    """
    known = [group for group in groups if len(group.members) >= _FEWEST_TO_MERGE]
    is_known = {member for group in known for member in group.members}
    examples = [runs[group.example] for group in known]
    n_before, index = len(runs), 0
    loose = [number not in is_known for number in range(len(runs))]
    while index + 1 < len(runs):
        both = take.joined(runs[index], runs[index + 1])
        is_near = runs[index].first_note + runs[index].n_notes == runs[index + 1].first_note
        if loose[index] and loose[index + 1] and is_near and both.n_notes <= LONGEST_RUN_NOTES:
            example = _which(take, examples, both)
            if example is not None:
                runs[index : index + 2] = [replace(both, direction=example.direction)]
                loose[index : index + 2] = [False]
        index += 1
    return len(runs) < n_before


def _which(take: _Take, examples: list[Run], run: Run) -> Run | None:
    """The pattern that a run is one of."""
    for example in examples:
        longer = max(example.n_notes, run.n_notes)
        if abs(example.n_notes - run.n_notes) > 0.4 * longer:
            continue
        if _pairing(take, example, run, is_transposed=False).is_one_pattern:
            return example
    return None


def _numbered(runs: list[Run], groups: list[_Group]) -> tuple[Run, ...]:
    """Give the patterns numbers, the commonest first, and runs without fellows none."""
    patterns = sorted(
        (group for group in groups if len(group.members) > 1),
        key=lambda group: (-len(group.members), group.members[0]),
    )
    numbers = {member: n for n, group in enumerate(patterns) for member in group.members}
    return tuple(replace(run, pattern=numbers.get(index)) for index, run in enumerate(runs))
