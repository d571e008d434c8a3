"""Exercises as people practise them, rendered from single notes: even notes on a metronome.

Tempo, notes to a beat, the player's spread, memory and drift, loudness and length of notes are
drawn; the metronome itself is a sound apart, so that a take exists with and without it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from training import render
from training.phrase import ATTACK, RETAKE, PhraseNote
from training.room import Rng, db, practice_room, reverberated
from training.struck import add_at
from training.truth import RATE_HZ

from clicks import KINDS, click
from players import wandering
from practiceear.audio.block import Samples
from practiceear.instruments.registry import instrument_names
from practiceear.notes.note import NOTE, NoteArray
from practiceear.units import FloatArray
from typical_errors import PROFILE_NAMES

TAKE_S = 24.0
COUNT_IN_BEATS = 4
CLICK_KINDS = tuple(kind for kind in KINDS if kind != "voice count")
SHORTEST_SLOT_S = 0.14
_LEVEL_WINDOW_S, _LEVEL_WITHIN_S = 0.02, 0.1


@dataclass(frozen=True, slots=True)
class ExercisePlayer:
    """How somebody keeps to the beat.

    Attributes
    ----------
    spread_s, memory
        Of the deviations, and how far each remembers the last.
    late_s, drift_s_per_s
        How late on average, and how much later every second.
    """

    spread_s: float
    memory: float
    late_s: float
    drift_s_per_s: float

    def deviations_s(self, rng: Rng, due_s: FloatArray) -> FloatArray:
        """How late notes are that are due at ``due_s``."""
        trend_s = self.late_s + self.drift_s_per_s * (due_s - due_s.mean())
        return wandering(rng, len(due_s), self.memory, self.spread_s) + trend_s


@dataclass(frozen=True, slots=True, eq=False)
class PlayedExercise:
    """One exercise and what was played in it.

    Attributes
    ----------
    name
        Of the instrument's profile.
    dry
        The playing alone, shape (n_samples,), 44.1 kHz.
    notes
        Dtype ``NOTE``; a note begins when it comes within 20 dB of its loudest, and ends where
        the player lets go, or where it has died away by 20 dB before.
    due_s
        When each was due, shape (n_notes,).
    bpm, n_slots, first_beat_s
        The metronome: beats a minute, notes to a beat, its first click.
    player, player_late_s
        Who plays, and how late the hand moved for each note, shape (n_notes,).
    """

    name: str
    dry: Samples
    notes: NoteArray
    due_s: FloatArray
    bpm: float
    n_slots: int
    first_beat_s: float
    player: ExercisePlayer
    player_late_s: FloatArray

    @property
    def clicks_s(self) -> FloatArray:
        """When the metronome sounds."""
        return np.arange(self.first_beat_s, TAKE_S - 0.2, 60.0 / self.bpm)


def play_exercises(folder: Path, n_wanted: int, seed: int) -> Iterator[PlayedExercise]:
    """Render exercises on all instruments in turn from a folder with a samples.csv."""
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as lines:
        licences = tuple({row["licence"] for row in csv.DictReader(lines)})
    banks: dict[str, list[list[render.Sample]]] = defaultdict(list)
    for (instrument, _), samples in render.banks(render.read_samples(folder, licences)).items():
        name = PROFILE_NAMES.get(instrument, instrument)
        by_source: dict[str, list[render.Sample]] = defaultdict(list)
        for sample in samples:
            by_source[sample.source.split("/")[0]].append(sample)
        if name in instrument_names():
            banks[name] += [one for one in by_source.values() if len(one) >= 5]
    names = sorted(name for name in banks if banks[name])
    cache: dict[Path, render.FloatArray] = {}
    for number in range(n_wanted):
        name = names[number % len(names)]
        rng = np.random.default_rng([seed, number])
        yield _play(name, banks[name][int(rng.integers(len(banks[name])))], rng, cache)


def _play(
    name: str, bank: list[render.Sample], rng: Rng, cache: dict[Path, render.FloatArray]
) -> PlayedExercise:
    bpm, n_slots, first_beat_s = _tempo(rng)
    slot_s = 60.0 / bpm / n_slots
    begins_s = first_beat_s + COUNT_IN_BEATS * n_slots * slot_s
    n_notes = int((TAKE_S - 0.6 - begins_s) / slot_s)
    due_s = begins_s + slot_s * np.arange(n_notes)
    spread_s = float(np.exp(rng.uniform(np.log(0.002), np.log(0.02))))
    memory, mean_s = rng.uniform(0.0, 0.6), rng.uniform(-0.02, 0.02)
    player = ExercisePlayer(spread_s, memory, mean_s, rng.normal(0.0, 0.0005))
    late_s = player.deviations_s(rng, due_s)
    style = render.random_style(bank, rng)
    gate = float(rng.choice([rng.uniform(0.3, 0.8), rng.uniform(0.85, 1.0)]))
    start_s = due_s + late_s
    end_s = start_s + slot_s * np.minimum(1.0, gate * np.exp(rng.normal(0.0, 0.04, n_notes)))
    end_s[:-1] = np.minimum(end_s[:-1], start_s[1:])
    level_db = rng.normal(0.0, rng.uniform(0.5, 3.0), n_notes)
    join = ATTACK if gate < 0.85 else RETAKE
    out = np.zeros(round(TAKE_S * RATE_HZ), np.float32)
    notes = np.zeros(n_notes, NOTE)
    for name_of_field in ("attack_s", "dip_db", "pitch_midi"):
        notes[name_of_field] = np.nan
    for at, pitch in enumerate(_scale(bank, n_notes, rng)):
        one = PhraseNote(float(start_s[at]), float(end_s[at]), pitch, float(level_db[at]), join)
        sound, row = render.single_note(one, bank, style, rng, cache, is_slurred=False)
        add_at(out, sound, one.start_s)
        notes[at]["onset_sample"] = round(float(row[1]) * RATE_HZ)
        died_s = one.start_s + _died_away_s(sound)
        notes[at]["offset_sample"] = round(min(one.end_s, died_s) * RATE_HZ)
        notes[at]["level_dbfs"] = _loudest_db(sound)
    return PlayedExercise(name, out, notes, due_s, bpm, n_slots, first_beat_s, player, late_s)


def _tempo(rng: Rng) -> tuple[float, int, float]:
    while True:
        bpm, n_slots = float(round(rng.uniform(48, 150))), int(rng.choice([1, 2, 3, 4]))
        if 60.0 / bpm / n_slots >= SHORTEST_SLOT_S:
            return bpm, n_slots, float(rng.uniform(0.2, 1.0))


def _scale(bank: list[render.Sample], n_notes: int, rng: Rng) -> list[float]:
    """Up and down a major scale within the bank."""
    low = min(one.pitch_midi for one in bank)
    high = max(one.pitch_midi for one in bank)
    tonic = float(round(rng.uniform(low, max(low, high - 12))))
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2]
    return [tonic + steps[at % len(steps)] for at in range(n_notes)]


def _loudest_db(sound: Samples) -> float:
    """The loudest 20 ms of the first 100, as levels of notes are measured."""
    power = np.cumsum(np.pad(np.square(sound, dtype=np.float64), (1, 0)))
    n = round(_LEVEL_WINDOW_S * RATE_HZ)
    end = min(len(sound), round(_LEVEL_WITHIN_S * RATE_HZ))
    means = (power[n : end + 1] - power[: end + 1 - n]) / n if end >= n else power[-1:] / n
    return 10.0 * float(np.log10(np.max(means) + 1e-12))


def _died_away_s(sound: Samples) -> float:
    """When a note is last within 20 dB of its loudest, in seconds from its beginning."""
    n = round(0.005 * RATE_HZ)
    power = np.square(sound[: len(sound) // n * n], dtype=np.float64).reshape(-1, n).mean(axis=1)
    return (
        float((np.flatnonzero(power >= 0.01 * np.max(power, initial=0.0))[-1:] + 1).sum()) * 0.005
    )


def in_a_room(exercise: PlayedExercise, rng: Rng) -> Samples:
    """The exercise alone, as a microphone hears it."""
    return practice_room(exercise.dry, rng)


def with_metronome(exercise: PlayedExercise, below_db: float, kind: str, rng: Rng) -> Samples:
    """The same with a metronome whose clicks peak ``below_db`` under the loudest note."""
    track = np.zeros(len(exercise.dry), np.float32)
    sounds = [click(kind, is_accented=one, rng=np.random.default_rng(7)) for one in (True, False)]
    for beat, at_s in enumerate(exercise.clicks_s):
        add_at(track, sounds[0 if beat % 4 == 0 else 1].astype(np.float32), float(at_s))
    track = reverberated(track, float(rng.uniform(0.2, 0.6)), float(rng.uniform(4, 18)), rng)
    track *= np.max(np.abs(exercise.dry)) * db(-below_db) / (np.max(np.abs(track)) + 1e-9)
    return practice_room(exercise.dry + track, rng)
