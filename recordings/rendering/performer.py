"""A player who is human: when, how loud and how long each note of a score is played."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .note_sound import NoteOrder

SWING_RATIO = 2.0  # the first of two swung eighths lasts twice as long as the second
PLAIN_LEVEL_DB = -20.0
_EXTRA_NOTE_DB = -2.0  # a note that slipped in is a little softer


@dataclass(frozen=True, slots=True)
class Grid:
    """The metronome: beats a minute, beats a bar ("4", "3+2+2"), slots a beat ("2", "swing").

    In an added meter such as 3+2+2 the beat that `bpm` counts is the short one, seven a bar.
    """

    bpm: float
    beats: str
    subdivision: str
    first_beat_s: float

    @property
    def beat_s(self) -> float:
        """Length of a beat in seconds."""
        return 60.0 / self.bpm

    @property
    def group_beats(self) -> tuple[int, ...]:
        """Beats of each group of the bar."""
        return tuple(int(beats) for beats in self.beats.split("+"))

    @property
    def beats_per_bar(self) -> int:
        """Beats of the whole bar."""
        return sum(self.group_beats)

    @property
    def slots_per_beat(self) -> int:
        """Grid slots of one beat."""
        return 2 if self.subdivision == "swing" else int(self.subdivision)

    @property
    def slots_per_bar(self) -> int:
        """Grid slots of one bar."""
        return self.beats_per_bar * self.slots_per_beat

    @property
    def accented_slots(self) -> tuple[int, ...]:
        """Slots of the bar on which a group of beats begins."""
        starts = np.cumsum((0, *self.group_beats[:-1]))
        return tuple(int(beat) * self.slots_per_beat for beat in starts)

    def slot_s(self, slot: float) -> float:
        """Return the time of a slot (or of a place between two), in seconds."""
        beat, within = divmod(slot, self.slots_per_beat)
        if self.subdivision == "swing":
            long_share = SWING_RATIO / (1 + SWING_RATIO)
            share = within * long_share
            if within > 1:
                share = long_share + (within - 1) * (1 - long_share)
        else:
            share = within / self.slots_per_beat
        return self.first_beat_s + (beat + share) * self.beat_s


@dataclass(frozen=True, slots=True)
class Timing:
    """How far the player is off the grid; late is positive.

    `sd_ms` is split between a slow wander (AR(1), coefficient 0.6) and independent jitter.
    `late_slots` maps slots of the bar to a habitual lateness in milliseconds.
    """

    sd_ms: float
    bias_ms: float = 0.0
    drift_ms_per_s: float = 0.0
    wander_share: float = 0.5
    late_slots: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Dynamics:
    """How loud the player is, in dB about the take's plain level."""

    sd_db: float = 1.0
    accent_db: float = 0.0
    accented_slots: tuple[int, ...] | None = None  # slots of the bar; None: the group starts
    crescendo_db: float = 0.0  # from the first note to the last
    falling_db: float = 0.0  # added to notes that are lower than the one before


@dataclass(frozen=True, slots=True)
class Gate:
    """Sounding length as a share of the time to the next note: mean and spread."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Score:
    """One pitch for every grid slot from 0 on (None: a sound without pitch).

    `slur_groups` is repeated over the slots: (2, 1, 1) slurs two notes, then plays two apart.
    `missed_slots` are never played; `extra_notes` are (place in slots, pitch).
    """

    pitches: tuple[float | None, ...]
    slur_groups: tuple[int, ...] = (1,)
    missed_slots: tuple[int, ...] = ()
    extra_notes: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Playing:
    """Everything about how a score is played."""

    timing: Timing
    gate: Gate | None
    dynamics: Dynamics = field(default_factory=Dynamics)


@dataclass(frozen=True, slots=True)
class _Place:
    """A note's time and its place on the grid; an extra note has a place but no slot."""

    onset_s: float
    place: float
    pitch_midi: float | None
    is_extra: bool = False


def perform(
    score: Score, grid: Grid, playing: Playing, rng: np.random.Generator
) -> tuple[NoteOrder, ...]:
    """Return the notes in the order they are played."""
    places = _places(score, grid, playing.timing, rng)
    levels_db = _levels_db(score, grid, playing.dynamics, rng)
    slurred = _slurred_slots(score)
    orders = []
    for now, after in zip(places, (*places[1:], None), strict=True):
        slot = int(now.place)
        level_db = PLAIN_LEVEL_DB + levels_db[slot] + (_EXTRA_NOTE_DB if now.is_extra else 0.0)
        ioi_s = after.onset_s - now.onset_s if after else grid.beat_s / grid.slots_per_beat
        slurs_on = after is not None and after.place == now.place + 1 and after.place in slurred
        orders.append(
            NoteOrder(
                pitch_midi=now.pitch_midi,
                onset_s=now.onset_s,
                gate_s=_gate_s(playing.gate, min(ioi_s, 1.2 * grid.beat_s), slurs_on, rng),
                level_db=level_db,
                velocity=int(np.clip(round(80 + 2.5 * (level_db - PLAIN_LEVEL_DB)), 1, 127)),
                slot=None if now.is_extra else slot,
                is_slurred=not now.is_extra and slot in slurred,
                slurs_on=slurs_on,
            )
        )
    return tuple(orders)


def _places(
    score: Score, grid: Grid, timing: Timing, rng: np.random.Generator
) -> tuple[_Place, ...]:
    """Return when every note is played, extra notes among them, in order of time."""
    deviations_s = _deviations_s(grid, timing, len(score.pitches), rng)
    played = [
        _Place(grid.slot_s(slot) + float(deviations_s[slot]), float(slot), pitch)
        for slot, pitch in enumerate(score.pitches)
        if slot not in score.missed_slots
    ]
    extra = [_Place(grid.slot_s(p), p, pitch, is_extra=True) for p, pitch in score.extra_notes]
    return tuple(sorted((*played, *extra), key=lambda note: note.onset_s))


def _deviations_s(
    grid: Grid, timing: Timing, n_slots: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return each slot's deviation in seconds: wander + jitter + bias + drift + habit."""
    wander = np.zeros(n_slots)
    shocks = rng.normal(size=n_slots)
    for n in range(n_slots):
        wander[n] = (0.6 * wander[n - 1] if n else 0.0) + 0.8 * shocks[n]
    share = timing.wander_share
    mixed = np.sqrt(share) * wander + np.sqrt(1 - share) * rng.normal(size=n_slots)
    # Fix the take's own spread and mean, so that the figures asked for are the figures played.
    mixed = (mixed - mixed.mean()) / mixed.std(ddof=1)
    since_s = np.array([grid.slot_s(n) - grid.first_beat_s for n in range(n_slots)])
    total_ms = timing.sd_ms * mixed + timing.bias_ms
    total_ms += timing.drift_ms_per_s * (since_s - since_s.mean())
    for slot, late_ms in timing.late_slots:
        total_ms[slot :: grid.slots_per_bar] += late_ms
    return np.asarray(total_ms / 1000.0, np.float64)


def _levels_db(
    score: Score, grid: Grid, dynamics: Dynamics, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return each slot's level about the plain one, in dB."""
    n_slots = len(score.pitches)
    levels = rng.normal(0.0, dynamics.sd_db, n_slots)
    levels += np.linspace(-0.5, 0.5, n_slots) * dynamics.crescendo_db
    accented = dynamics.accented_slots
    for slot in grid.accented_slots if accented is None else accented:
        levels[slot :: grid.slots_per_bar] += dynamics.accent_db
    for n in range(1, n_slots):
        before, now = score.pitches[n - 1], score.pitches[n]
        if before is not None and now is not None and now < before:
            levels[n] += dynamics.falling_db
    return levels


def _slurred_slots(score: Score) -> frozenset[int]:
    """Return the slots that are slurred to from the slot before."""
    slurred: set[int] = set()
    slot = 0
    while slot < len(score.pitches):
        for length in score.slur_groups:
            slurred.update(range(slot + 1, slot + length))
            slot += length
    missed = set(score.missed_slots)
    return frozenset(s for s in slurred if s not in missed and s - 1 not in missed)


def _gate_s(
    gate: Gate | None, ioi_s: float, slurs_on: bool, rng: np.random.Generator
) -> float | None:
    if gate is None:
        return None
    if slurs_on:  # both notes sound for a moment, as in a real slur
        return ioi_s + float(rng.uniform(0.022, 0.034))
    return float(ioi_s * max(0.15, rng.normal(gate.mean, gate.sd)))
