"""Puts corrections by hand in the detector's place and measures the take again.

Corrected notes are measured from the sound at their new place by the same tracker that
measures the detector's: only the list of onsets differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from practiceear.analysis.corrections.edits import Mark, MarkEdit, Remark, TakeEdits
from practiceear.audio.blocks import AudioBlock
from practiceear.errors import UsageError
from practiceear.instruments.profile import InstrumentProfile
from practiceear.notes.pitch import PitchFinder
from practiceear.notes.tracker import NoteArray, NoteTracker
from practiceear.onset.event import ONSET, OnsetArray, OnsetKind
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray, samples_to_seconds, seconds_to_samples

SAME_S = 0.0005  # other programs round times, or put labels on samples of another rate
FURTHEST_MOVE_S = 0.03
"""A mark nearer than this to a note that was heard is that note, moved."""

FEWEST_KNOWN_SHARE = 0.5
"""Where fewer marks belong to a note that was heard, they are surely another take's."""


@dataclass(frozen=True, slots=True)
class PlacedMarks:
    """All marks of one take, as another program keeps them.

    Attributes
    ----------
    name
        The file they come from.
    take_name, sha256
        The take, as in ``TakeEdits``.
    time_s
        Where every note shall begin.
    remarks
        What was said about moments of the take.
    """

    name: str
    take_name: str
    sha256: str
    time_s: tuple[float, ...]
    remarks: tuple[Remark, ...] = ()

    def beside(self, onset_s: FloatArray) -> TakeEdits:
        """The corrections that make these marks out of the onsets that were heard.

        Parameters
        ----------
        onset_s
            The detector's onsets in order, shape (n_notes,).

        Raises
        ------
        UsageError
            Where fewer than half of the marks, or of the notes heard, have a partner.
        """
        pairs = _nearest_pairs(np.array(self.time_s, dtype=np.float64), onset_s)
        if len(pairs) < FEWEST_KNOWN_SHARE * max(len(self.time_s), len(onset_s)):
            raise UsageError(
                f"{self.name} does not fit {self.take_name}: {len(pairs)} of its"
                f" {len(self.time_s)} labels are near one of the {len(onset_s)} notes heard",
                "Name the take that was labelled, and the same --instrument",
            )
        marks = [
            Mark(MarkEdit.MOVE, float(onset_s[note]), self.time_s[mark])
            for mark, note in pairs.items()
            if abs(self.time_s[mark] - onset_s[note]) > SAME_S
        ]
        marks += [
            Mark(MarkEdit.ADD, time_s) for i, time_s in enumerate(self.time_s) if i not in pairs
        ]
        known = set(pairs.values())
        marks += [
            Mark(MarkEdit.DELETE, float(time_s))
            for i, time_s in enumerate(onset_s)
            if i not in known
        ]
        in_order = tuple(sorted(marks, key=lambda mark: (mark.time_s, mark.do)))
        return TakeEdits(self.take_name, self.sha256, in_order, self.remarks)


def _nearest_pairs(mark_s: FloatArray, onset_s: FloatArray) -> dict[int, int]:
    """Which mark is which note, the nearest pairs first; each belongs to one pair at most."""
    first = np.searchsorted(onset_s, mark_s - FURTHEST_MOVE_S)
    end = np.searchsorted(onset_s, mark_s + FURTHEST_MOVE_S, side="right")
    near = sorted(
        (abs(float(mark_s[mark] - onset_s[note])), mark, note)
        for mark in range(len(mark_s))
        for note in range(int(first[mark]), int(end[mark]))
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, mark, note in near:
        if mark not in pairs and note not in taken:
            pairs[mark] = note
            taken.add(note)
    return pairs


NAMING_S = 0.005
"""How near a deletion or move must come to the onset it names; no two onsets may be nearer."""

_ROUNDING_S = 1e-6  # files keep microseconds


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """The corrections to a take beside what the detector had heard.

    Attributes
    ----------
    edits
        What was corrected.
    heard
        The detector's own notes, dtype ``NOTE``, read-only.
    onsets
        The corrected onsets, dtype ``ONSET``, in order; ``strength`` is NaN where a note was
        added by hand.
    is_by_hand
        bool, shape (n_onsets,): which of them somebody put where they are, or said to be notes.
    """

    edits: TakeEdits
    heard: NoteArray
    onsets: OnsetArray
    is_by_hand: BoolArray

    def __post_init__(self) -> None:
        self.heard.flags.writeable = False
        self.onsets.flags.writeable = False


@dataclass(frozen=True, slots=True)
class TakeLength:
    """How long a take is, and the rate that its samples are counted at."""

    rate_hz: int
    duration_s: float


def correct(
    edits: TakeEdits | PlacedMarks, events: OnsetArray, heard: NoteArray, length: TakeLength
) -> Correction:
    """Apply corrections to what the detector heard.

    Parameters
    ----------
    edits
        Corrections, or the whole list of marks as somebody wants it.
    events
        All that the detector said, dtype ``ONSET``.
    heard
        The notes it led to, dtype ``NOTE``.
    length
        Of the take.

    Raises
    ------
    UsageError
        Where a correction fits no note, or puts one outside the take or upon another.
    """
    confirmed = events[events["kind"] == OnsetKind.CONFIRMED]
    onset_s = samples_to_seconds(confirmed["onset_sample"], length.rate_hz)
    is_whole_list = isinstance(edits, PlacedMarks)
    if isinstance(edits, PlacedMarks):
        edits = edits.beside(onset_s)
    onsets, is_by_hand = _corrected(edits.marks, confirmed, onset_s, length)
    return Correction(edits, heard.copy(), onsets, is_by_hand | is_whole_list)


def _corrected(
    marks: tuple[Mark, ...], confirmed: OnsetArray, onset_s: FloatArray, length: TakeLength
) -> tuple[OnsetArray, BoolArray]:
    """Each mark is read against the detector's own onsets, so that their order is no matter."""
    onsets = confirmed.copy()
    is_kept = np.ones(len(onsets), dtype=np.bool_)
    is_touched = np.zeros(len(onsets), dtype=np.bool_)
    added = []
    for mark in marks:
        if mark.do is MarkEdit.ADD:
            added.append(_placed(mark.time_s, mark, length))
            continue
        named = _named(mark, onset_s)
        if is_touched[named]:
            raise UsageError(
                f"two corrections name the note at {onset_s[named]:.3f} s", "Leave one out"
            )
        is_touched[named] = True
        if mark.to_s is None:
            is_kept[named] = False
        else:
            onsets["onset_sample"][named] = _placed(mark.to_s, mark, length)
            onsets["error_s"][named] = np.nan  # a hand's error is not the detector's
    joined = np.concatenate([onsets[is_kept], _by_hand(added, confirmed)])
    is_moved = np.concatenate([is_touched[is_kept], np.ones(len(added), dtype=np.bool_)])
    order = np.argsort(joined["onset_sample"], kind="stable")
    _refuse_crowd(joined["onset_sample"][order] / length.rate_hz, is_moved[order])
    return joined[order], is_moved[order]


def _named(mark: Mark, onset_s: FloatArray) -> int:
    """Index of the note that a deletion or move names."""
    distance_s = np.abs(onset_s - mark.time_s)
    if not len(onset_s) or distance_s.min() > NAMING_S + _ROUNDING_S:
        near = f"; the nearest is at {onset_s[distance_s.argmin()]:.3f} s" if len(onset_s) else ""
        raise UsageError(
            f"there is no note to {mark.do} at {mark.time_s:.3f} s{near}",
            "Corrections belong to a take as it was heard: name the same --instrument",
        )
    return int(distance_s.argmin())


def _placed(time_s: float, mark: Mark, length: TakeLength) -> int:
    """The sample of a time that must lie in the take."""
    if time_s >= length.duration_s:
        whence = "put at" if mark.to_s is None else f"moved from {mark.time_s:.3f} to"
        raise UsageError(
            f"a note cannot be {whence} {time_s:.3f} s: the take ends at {length.duration_s:.3f} s",
            "Leave that correction out",
        )
    return seconds_to_samples(time_s, length.rate_hz)


def _by_hand(onset_samples: list[int], heard: OnsetArray) -> OnsetArray:
    """Settled onsets that no detector heard: without a strength, known where they begin."""
    onsets = np.zeros(len(onset_samples), dtype=ONSET)
    onsets["kind"] = OnsetKind.CONFIRMED
    first_id = int(heard["onset_id"].max()) + 1 if len(heard) else 0
    onsets["onset_id"] = np.arange(first_id, first_id + len(onset_samples))
    for field in ("onset_sample", "known_sample", "detected_sample"):
        onsets[field] = sorted(onset_samples)
    onsets["strength"] = onsets["error_s"] = np.nan
    return onsets


def _refuse_crowd(onset_s: FloatArray, is_by_hand: np.ndarray) -> None:
    """Raise where a hand put a note upon another."""
    is_near = np.diff(onset_s) < NAMING_S
    is_near &= is_by_hand[1:] | is_by_hand[:-1]
    for first in np.flatnonzero(is_near)[:1]:
        raise UsageError(
            f"the corrections put two notes at {onset_s[first]:.3f} s,"
            f" less than {1000 * NAMING_S:.0f} ms apart",
            "Delete one of them",
        )


def track_again(
    blocks: Iterable[AudioBlock], onsets: OnsetArray, rate_hz: int, profile: InstrumentProfile
) -> NoteArray:
    """Measure the notes of a take whose onsets are given.

    Parameters
    ----------
    blocks
        The take from its first sample on, without gaps.
    onsets
        Settled onsets in order, dtype ``ONSET``.
    rate_hz, profile
        As for the pipeline that detected its notes first.

    Returns
    -------
    NoteArray
        dtype ``NOTE``, pitches filled in: bit for bit the pipeline's own where the onsets are.
    """
    pitch_finder = PitchFinder(rate_hz, profile.pitch_range)
    tracker = NoteTracker(rate_hz, profile.tracker, pitch_finder)
    found, n_given = [], 0
    for block in blocks:
        end_sample = block.first_sample + len(block.samples)
        n_due = int(np.searchsorted(onsets["onset_sample"], end_sample))
        found.append(tracker.process(block.samples.copy(), onsets[n_given:n_due], end_sample))
        n_given = n_due
    found.append(tracker.finish(onsets[n_given:]))
    notes = np.concatenate(found)
    notes["pitch_midi"] = pitch_finder.pitches_midi()
    return notes
