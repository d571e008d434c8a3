"""The metronome grid: when each slot of the bar is due.

A *beat* is what the metronome clicks, a *slot* one place inside a beat where a note
may be meant. Slot 0 is the first beat of bar 1; slots before it are negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from practiceear.errors import UsageError
from practiceear.units import FloatArray, IntArray, bpm_to_beat_s

BoolArray = npt.NDArray[np.bool_]

LOWEST_BPM = 20.0
HIGHEST_BPM = 400.0
LONGEST_BAR_BEATS = 32

_BEAT_NOTES = ("1", "2", "4", "8", "16", "32")
_COMPOUND_NOTES = ("8", "16", "32")
_COMPOUND_BARS = ((6,), (9,), (12,))
_EVEN_SLOTS = (1, 2, 3, 4, 5, 6, 8)
_SUBDIVISION_HINT = "Choose one of 1, 2, 3, 4, 5, 6, 8 notes a beat, or swing"


@dataclass(frozen=True, slots=True)
class Meter:
    """How many beats a bar has, and how they are grouped.

    ``groups`` are the beats of each group, such as ``(4,)`` or ``(3, 2, 2)``, at most 32
    together (else ``UsageError``); the first beat of each group is accented.
    """

    groups: tuple[int, ...] = (4,)

    def __post_init__(self) -> None:
        is_whole = all(isinstance(group, int) and group >= 1 for group in self.groups)
        if not (self.groups and is_whole and sum(self.groups) <= LONGEST_BAR_BEATS):
            raise _unknown_meter(str(self))

    @classmethod
    def parse(cls, text: str | int) -> Meter:
        """Read ``4``, ``3/4``, ``3+2+2`` or ``3+2+2/8``; anything else is a ``UsageError``.

        Below the stroke is the note value of a beat. Six, nine or twelve eighths, or shorter
        notes, are groups of three.
        """
        counted, stroke, note = str(text).replace(" ", "").partition("/")
        try:
            groups = tuple(int(part) for part in counted.split("+"))
        except ValueError:
            raise _unknown_meter(str(text)) from None
        if stroke and note not in _BEAT_NOTES:
            raise _unknown_meter(str(text))
        if note in _COMPOUND_NOTES and groups in _COMPOUND_BARS:
            groups = (3,) * (groups[0] // 3)
        return cls(groups)

    @property
    def n_beats(self) -> int:
        """Beats in a bar."""
        return sum(self.groups)

    @property
    def accented_beats(self) -> tuple[int, ...]:
        """The beats of the bar, counted from 0, that begin a group."""
        return tuple(accumulate(self.groups[:-1], initial=0))

    def __str__(self) -> str:
        return "+".join(str(group) for group in self.groups)


def _unknown_meter(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is not a number of beats per bar",
        f"Give 1 to {LONGEST_BAR_BEATS} beats, such as 4 or 3/4, or groups such as 3+2+2",
    )


@dataclass(frozen=True, slots=True)
class Subdivision:
    """Where in a beat notes may be meant.

    ``positions``: slots as fractions of the beat, rising from 0 and below 1 (else ``UsageError``).
    Swing is two thirds and one third, as it is taught; players vary the ratio with tempo (Friberg &
    Sundström 2002), so evenness measures long and short notes apart.
    """

    name: str = "1"  # what the user types: ``1`` to ``8``, or ``swing``
    positions: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        edges = (*self.positions, 1.0)
        is_rising = all(a < b for a, b in pairwise(edges))
        if edges[0] != 0.0 or not is_rising:
            raise UsageError(
                f"The positions of subdivision {self.name!r} must rise from 0 and stay below 1, "
                f"not {self.positions}",
                _SUBDIVISION_HINT,
            )

    @classmethod
    def parse(cls, text: str | int) -> Subdivision:
        """Read ``1``, ``2``, ``3``, ``4``, ``5``, ``6``, ``8`` or ``swing``."""
        name = str(text).strip().lower()
        if name == "swing":
            return cls("swing", (0.0, 2.0 / 3.0))
        if name.isdecimal() and int(name) in _EVEN_SLOTS:
            n_slots = int(name)
            return cls(str(n_slots), tuple(slot / n_slots for slot in range(n_slots)))
        raise UsageError(f"{text!r} is not a subdivision of the beat", _SUBDIVISION_HINT)

    @property
    def n_slots(self) -> int:
        """Slots in a beat."""
        return len(self.positions)

    @property
    def is_even(self) -> bool:
        """Whether all slots are equally long."""
        return bool(np.allclose(self.positions, np.arange(self.n_slots) / self.n_slots))

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class TempoStep:
    """A new tempo from a beat on, counted from the first beat of the take."""

    beat: int
    bpm: float


@dataclass(frozen=True, slots=True)
class MetronomeGrid:
    """When every slot is due, at one tempo or at several.

    Attributes
    ----------
    bpm
        Beats per minute, 20 to 400 (else ``UsageError``); before the first of the ``steps``.
    meter, subdivision
        Beats in a bar and their groups, slots in a beat.
    first_beat_s
        When slot 0 is due, in seconds since the take began; finite, may be negative.
    steps
        Where the tempo changes, in order of their beats, which are above 0.
    """

    bpm: float
    meter: Meter = Meter()
    subdivision: Subdivision = Subdivision()
    first_beat_s: float = 0.0
    steps: tuple[TempoStep, ...] = ()

    def __post_init__(self) -> None:
        if not LOWEST_BPM <= self.bpm <= HIGHEST_BPM:
            raise UsageError(
                f"A tempo of {self.bpm:g} bpm is outside {LOWEST_BPM:g} to {HIGHEST_BPM:g}",
                "Count in longer or shorter beats, and use the subdivision for fast notes",
            )
        if not math.isfinite(self.first_beat_s):
            raise UsageError(
                f"The time of the first beat must be a number of seconds, not {self.first_beat_s}",
                "Leave it out where it is not known",
            )

    @property
    def tempos_bpm(self) -> tuple[float, ...]:
        """All tempos, in the order in which they come."""
        return (self.bpm, *(step.bpm for step in self.steps))

    @property
    def beat_s(self) -> float:
        """The length of a beat in seconds; of the shortest where the tempo changes."""
        return bpm_to_beat_s(max(self.tempos_bpm))

    @property
    def slot_s(self) -> float:
        """The mean length of a slot in seconds; at the fastest tempo where it changes."""
        return self.beat_s / self.subdivision.n_slots

    @property
    def slots_per_bar(self) -> int:
        """Slots in a bar."""
        return self.meter.n_beats * self.subdivision.n_slots

    def slot_time_s(self, slots: IntArray) -> FloatArray:
        """When slots are due, in seconds since the take began; same shape as ``slots``."""
        beats, places = np.divmod(np.asarray(slots, dtype=np.int64), self.subdivision.n_slots)
        fractions = np.asarray(self.subdivision.positions)[places]
        first_beats, starts_s, lengths_s = self._tempos()
        at = np.searchsorted(first_beats[1:], beats, side="right")
        late = beats - first_beats[at] + fractions
        return np.asarray(starts_s[at] + late * lengths_s[at], dtype=np.float64)

    def _tempos(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """First beat of each tempo, when it is due, and the length of its beats."""
        first_beats = np.array([0.0, *(step.beat for step in self.steps)])
        lengths_s = np.array([bpm_to_beat_s(bpm) for bpm in self.tempos_bpm])
        lasting_s = np.diff(first_beats) * lengths_s[:-1]
        return first_beats, self.first_beat_s + np.cumsum([0.0, *lasting_s]), lengths_s

    def slot_length_s(self, slots: IntArray) -> FloatArray:
        """How long slots last, in seconds: until the next one is due."""
        edges = np.asarray((*self.subdivision.positions, 1.0))
        beats, places = np.divmod(np.asarray(slots, dtype=np.int64), self.subdivision.n_slots)
        first_beats, _, lengths_s = self._tempos()
        at = np.searchsorted(first_beats[1:], beats, side="right")
        return np.asarray(np.diff(edges)[places] * lengths_s[at], dtype=np.float64)

    def slot_position(self, time_s: FloatArray) -> FloatArray:
        """Times counted in slots: 2.25 is a quarter of the way from slot 2 to slot 3."""
        first_beats, starts_s, lengths_s = self._tempos()
        at = np.searchsorted(starts_s[1:], time_s, side="right")
        position = first_beats[at] + (np.asarray(time_s) - starts_s[at]) / lengths_s[at]
        beats, fractions = np.divmod(position, 1.0)
        edges = (*self.subdivision.positions, 1.0)
        places = np.interp(fractions, edges, np.arange(len(edges)))
        return np.asarray(beats * self.subdivision.n_slots + places, dtype=np.float64)

    def nearest_slot(self, time_s: FloatArray) -> IntArray:
        """The slot nearest in time (halfway: the later one)."""
        return np.floor(self.slot_position(time_s) + 0.5).astype(np.int64)

    def beat_of(self, slots: IntArray) -> IntArray:
        """The beat each slot belongs to, counted from the first beat."""
        return np.floor_divide(np.asarray(slots, dtype=np.int64), self.subdivision.n_slots)

    def position_in_beat(self, slots: IntArray) -> IntArray:
        """Index of each slot within its beat, from 0."""
        return np.mod(np.asarray(slots, dtype=np.int64), self.subdivision.n_slots)

    def position_in_bar(self, slots: IntArray) -> IntArray:
        """Index of each slot within its bar, from 0."""
        return np.mod(np.asarray(slots, dtype=np.int64), self.slots_per_bar)

    def is_accent(self, slots: IntArray) -> BoolArray:
        """Whether slots begin a group of beats."""
        beat_in_bar = np.mod(self.beat_of(slots), self.meter.n_beats)
        begins_group = np.isin(beat_in_bar, self.meter.accented_beats)
        return np.asarray(begins_group & (self.position_in_beat(slots) == 0), dtype=np.bool_)
