"""What was played: the truth that every synthetic or rendered take carries."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 44_100
MAX_LABEL_LAG_S = 0.012  # a soft start long before the rise must not push the label far behind it

BOWED, WIND, PLUCKED, PIANO, TAP, CLICK, TICK = range(7)  # a click has a pitch, a tick none

NOTE_TRUTH = np.dtype(
    [
        ("onset_s", "<f8"),  # the note's own dry sound crosses -40 dB of its peak
        ("t20_s", "<f8"),  # the same at -20 dB
        ("label_s", "<f8"),  # what the network is taught, see label_time
        ("family", "u1"),  # one of BOWED ... TICK
        (
            "is_sharp",
            "?",
        ),  # rises within a few ms; of a click: is surely one
    ]
)

FloatArray = NDArray[np.float32]
TimeArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
NoteArray = NDArray[np.void]
NoteRow = tuple[float, float, float, int, bool]


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One mono take at RATE_HZ and its truth."""

    name: str
    audio: FloatArray  # (n_samples,)
    notes: NoteArray  # NOTE_TRUTH, sorted by label_s
    clicks_s: TimeArray = field(default_factory=lambda: np.zeros(0))


def label_time(onset_s: float, t20_s: float) -> float:
    """Teach a moment after the -20 dB point: earlier ones cannot be heard in a room."""
    return t20_s + min(0.5 * (t20_s - onset_s), MAX_LABEL_LAG_S)


def note_truth(onset_s: float, t20_s: float, family: int, is_sharp: bool) -> NoteRow:
    """One NOTE_TRUTH row."""
    return (onset_s, t20_s, label_time(onset_s, t20_s), family, is_sharp)


def as_notes(rows: list[NoteRow]) -> NoteArray:
    """Sort rows by label_s into a NOTE_TRUTH array."""
    notes = np.array(rows, dtype=NOTE_TRUTH)
    return notes[np.argsort(notes["label_s"])]


def events(rows: list[NoteRow], within_s: float = 0.045) -> list[NoteRow]:
    """One row for a strum or chord: the first of notes of which each follows within within_s."""
    kept: list[NoteRow] = []
    last_s = -math.inf
    for row in sorted(rows):
        if row[0] - last_s >= within_s:
            kept.append(row)
        last_s = row[0]
    return kept


def is_attack(notes: NoteArray) -> BoolArray:
    """Which rows begin as a note may: all that is played, and what surely is a pitched click."""
    family = notes["family"]
    return np.asarray((family < CLICK) | ((family == CLICK) & notes["is_sharp"]))


def merged(times_s: TimeArray, gap_s: float = 0.03) -> TimeArray:
    """Keep the first of events that lie closer than gap_s to the one kept before."""
    kept: list[float] = []
    for time_s in np.sort(times_s):
        if not kept or time_s - kept[-1] >= gap_s:
            kept.append(float(time_s))
    return np.array(kept)
