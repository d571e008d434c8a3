"""Exercises as people practise them, rendered from single notes: even notes on a metronome.

Tempo, notes to a beat, the player's spread, memory and drift, loudness and length of notes are
drawn; the metronome itself is a sound apart, so that a take exists with and without it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.clicks import KINDS, click
from benchmarks.players import wandering
from benchmarks.typical_errors import PROFILE_NAMES
from practiceear.audio.blocks import Samples
from practiceear.instruments.registry import instrument_names
from practiceear.notes.tracker import NOTE, NoteArray
from practiceear.units import FloatArray
from training import render
from training.phrase import ATTACK, RETAKE, PhraseNote
from training.room import Rng, db, practice_room, reverberated
from training.struck import add_at
from training.truth import RATE_HZ

TAKE_S = 24.0
COUNT_IN_BEATS = 4
CLICK_KINDS = tuple(kind for kind in KINDS if kind != "voice count")
SHORTEST_SLOT_S = 0.14
UP = (0, 2, 4, 5, 7, 9, 11, 12)
UP_AND_DOWN = (0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2)
UP_AND_DOWN_A_BAR = (0, 2, 4, 5, 7, 9, 11, 12, 14, 12, 11, 9, 7, 5, 4, 2)
NOTE_VALUES_S = (0.06, 0.075, 0.09, 0.11, 0.13, 0.15, 0.2)
SPREADS_S = (0.0, 0.004, 0.008, 0.015)
"""Note values of runs, and how far their players' notes spread; at most ``MOST_SPREAD`` of one."""
MOST_SPREAD = 0.15
RUN_NOTES = 120
_LONGEST_SOUND_S = 2.5
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
        return np.asarray(wandering(rng, len(due_s), self.memory, self.spread_s) + trend_s)


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
        return np.arange(self.first_beat_s, len(self.dry) / RATE_HZ - 0.2, 60.0 / self.bpm)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be played, and how evenly.

    Attributes
    ----------
    bpm, n_slots, first_beat_s
        The metronome: beats a minute, notes to a beat, when it first clicks.
    take_s
        How long all lasts.
    spread_s
        Of the player's deviations.
    steps
        The notes played again and again, in semitones.
    is_one_sound
        Whether every note of a pitch is the same recorded one.
    """

    bpm: float
    n_slots: int
    first_beat_s: float
    take_s: float
    spread_s: float
    steps: tuple[int, ...] = UP_AND_DOWN
    is_one_sound: bool = False

    @property
    def slot_s(self) -> float:
        """From note to note."""
        return 60.0 / self.bpm / self.n_slots

    @property
    def due_s(self) -> FloatArray:
        """When each note is due, after the count-in."""
        begins_s = self.first_beat_s + COUNT_IN_BEATS * self.n_slots * self.slot_s
        n_notes = int((self.take_s - 0.6 - begins_s) / self.slot_s)
        return np.asarray(begins_s + self.slot_s * np.arange(n_notes))


def play_exercises(folder: Path, n_wanted: int, seed: int) -> Iterator[PlayedExercise]:
    """Render exercises on all instruments in turn from a folder with a samples.csv."""
    cache: dict[Path, Samples] = {}
    for name, bank, rng in _in_turn(folder, n_wanted, seed):
        bpm, n_slots, first_beat_s = _tempo(rng)
        spread_s = float(np.exp(rng.uniform(np.log(0.002), np.log(0.02))))
        task = Task(bpm, n_slots, first_beat_s, TAKE_S, spread_s)
        yield _play(name, bank, task, rng, cache)


def play_runs(folder: Path, n_wanted: int, seed: int) -> Iterator[PlayedExercise]:
    """Render fast scales on all instruments, every note value with every spread in turn."""
    cache: dict[Path, Samples] = {}
    settings = [(value_s, spread_s) for value_s in NOTE_VALUES_S for spread_s in SPREADS_S]
    for number, (name, bank, rng) in enumerate(_in_turn(folder, n_wanted, seed)):
        value_s, spread_s = settings[(number * 5 + number // len(settings)) % len(settings)]
        first_beat_s = float(rng.uniform(0.2, 1.0))
        take_s = first_beat_s + (4 * COUNT_IN_BEATS + RUN_NOTES) * value_s + 0.6
        spread_s = min(spread_s, MOST_SPREAD * value_s)
        _cut(bank, cache)
        task = Task(15.0 / value_s, 4, first_beat_s, take_s, spread_s)
        yield _play(name, bank, task, rng, cache)


def play_patterns(folder: Path, n_wanted: int, seed: int) -> Iterator[PlayedExercise]:
    """Render one pattern of a bar played again and again, every pitch from one recorded note.

    So whatever the detector makes of a note, it makes of it in every bar: the worst case for
    whoever asks which note the player is always late with.
    """
    cache: dict[Path, Samples] = {}
    for name, bank, rng in _in_turn(folder, n_wanted, seed):
        value_s = float(np.exp(rng.uniform(np.log(0.14), np.log(0.45))))
        n_slots, n_bars = int(rng.choice([2, 4])), int(rng.choice([8, 12, 16]))
        first_beat_s = float(rng.uniform(0.2, 1.0))
        take_s = first_beat_s + 4 * n_slots * (1 + n_bars) * value_s + 0.61
        spread_s = float(np.exp(rng.uniform(np.log(0.002), np.log(0.015))))
        _cut(bank, cache)
        bpm, steps = 60.0 / value_s / n_slots, UP if n_slots == 2 else UP_AND_DOWN_A_BAR
        task = Task(bpm, n_slots, first_beat_s, take_s, spread_s, steps, is_one_sound=True)
        yield _play(name, bank, task, rng, cache)


def _in_turn(
    folder: Path, n_wanted: int, seed: int
) -> Iterator[tuple[str, list[render.Sample], Rng]]:
    """Every instrument in turn, one of its banks, and a generator."""
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
    for number in range(n_wanted):
        name = names[number % len(names)]
        rng = np.random.default_rng([seed, number])
        yield name, banks[name][int(rng.integers(len(banks[name])))], rng


def _cut(bank: list[render.Sample], cache: dict[Path, Samples]) -> None:
    """Keep the beginnings of recorded notes only: runs need no more, and bend them sooner."""
    for sample in bank:
        render.load(sample, 1.0, cache)
        cache[sample.path] = cache[sample.path][: round(_LONGEST_SOUND_S * RATE_HZ)]


def _play(
    name: str,
    bank: list[render.Sample],
    task: Task,
    rng: Rng,
    cache: dict[Path, Samples],
) -> PlayedExercise:
    due_s, slot_s = task.due_s, task.slot_s
    n_notes = len(due_s)
    memory, mean_s = rng.uniform(0.0, 0.6), rng.uniform(-0.02, 0.02)
    mean_s *= min(1.0, slot_s / SHORTEST_SLOT_S)
    player = ExercisePlayer(task.spread_s, memory, mean_s, rng.normal(0.0, 0.0005))
    late_s = player.deviations_s(rng, due_s)
    style = replace(render.random_style(bank, rng), is_short=slot_s < SHORTEST_SLOT_S)
    gate = float(rng.choice([rng.uniform(0.3, 0.8), rng.uniform(0.85, 1.0)]))
    start_s = due_s + late_s
    end_s = start_s + slot_s * np.minimum(1.0, gate * np.exp(rng.normal(0.0, 0.04, n_notes)))
    end_s[:-1] = np.minimum(end_s[:-1], start_s[1:])
    level_db = rng.normal(0.0, rng.uniform(0.5, 3.0), n_notes)
    join = ATTACK if gate < 0.85 else RETAKE
    out = np.zeros(round(task.take_s * RATE_HZ), np.float32)
    notes = np.zeros(n_notes, NOTE)
    for name_of_field in ("attack_s", "dip_db"):
        notes[name_of_field] = np.nan
    pitches = _pitches(bank, n_notes, task.steps, rng)
    sounds = {
        pitch: [_any_near(bank, pitch, rng)] for pitch in sorted(set(pitches)) if task.is_one_sound
    }
    for at, pitch in enumerate(pitches):
        one = PhraseNote(float(start_s[at]), float(end_s[at]), pitch, float(level_db[at]), join)
        sound, row = render.single_note(
            one, sounds.get(pitch, bank), style, rng, cache, is_slurred=False
        )
        add_at(out, sound, one.start_s)
        notes[at]["pitch_midi"] = pitch
        notes[at]["onset_sample"] = round(float(row[1]) * RATE_HZ)
        died_s = one.start_s + _died_away_s(sound)
        notes[at]["offset_sample"] = round(min(one.end_s, died_s) * RATE_HZ)
        notes[at]["level_dbfs"] = _loudest_db(sound)
    metronome = (task.bpm, task.n_slots, task.first_beat_s)
    return PlayedExercise(name, out, notes, due_s, *metronome, player, late_s)


def _tempo(rng: Rng) -> tuple[float, int, float]:
    while True:
        bpm, n_slots = float(round(rng.uniform(48, 150))), int(rng.choice([1, 2, 3, 4]))
        if 60.0 / bpm / n_slots >= SHORTEST_SLOT_S:
            return bpm, n_slots, float(rng.uniform(0.2, 1.0))


def _pitches(
    bank: list[render.Sample], n_notes: int, steps: tuple[int, ...], rng: Rng
) -> list[float]:
    """The notes of a pattern within the bank."""
    low = min(one.pitch_midi for one in bank)
    high = max(one.pitch_midi for one in bank)
    tonic = float(round(rng.uniform(low, max(low, high - 12))))
    return [tonic + steps[at % len(steps)] for at in range(n_notes)]


def _any_near(bank: list[render.Sample], pitch_midi: float, rng: Rng) -> render.Sample:
    """One of the recorded notes nearest in pitch."""
    nearest = min(abs(one.pitch_midi - pitch_midi) for one in bank)
    near = [one for one in bank if abs(one.pitch_midi - pitch_midi) <= nearest + 1.0]
    return near[int(rng.integers(len(near)))]


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
