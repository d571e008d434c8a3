"""Turn a recipe into sound, and into the table of what was played."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .note_sound import DryNote, NoteOrder, Voice, sound_note
from .performer import perform
from .recipe import TakeRecipe
from .room import (
    DIRECT_GAINS,
    Channels,
    click_track,
    impulse_response,
    in_room,
    room_noise,
    through_microphone,
)
from .source_note import Samples
from .truth import TRUTH, TruthTable, level_db
from .voices import load_voice

_TAIL_S = 0.7
_FULL_SCALE = 32_767


@dataclass(frozen=True, slots=True, eq=False)
class RenderedTake:
    """A finished take: 16-bit samples (n_samples, n_channels), its truth and its clicks."""

    recipe: TakeRecipe
    samples: NDArray[np.int16]
    truth: TruthTable
    clicks_s: Samples
    source: str
    licence: str


@dataclass(frozen=True, slots=True, eq=False)
class _Performance:
    """The dry notes in their places: each note's order, sound and first sample."""

    orders: tuple[NoteOrder, ...]
    notes: tuple[DryNote, ...]
    starts: tuple[int, ...]

    @property
    def end(self) -> int:
        """The sample of the last offset."""
        ends = (s + note.offset for s, note in zip(self.starts, self.notes, strict=True))
        return max(ends, default=0)

    def mixed(self, n_samples: int) -> Samples:
        """Return all dry notes together."""
        dry = np.zeros(n_samples)
        for note, start in zip(self.notes, self.starts, strict=True):
            dry[start : start + len(note.samples)] += note.samples[: n_samples - start]
        return dry


def render_take(recipe: TakeRecipe, cache: Path) -> RenderedTake:
    """Render one take; the same recipe and sources give the same samples."""
    timing, sound, place, noise = (np.random.default_rng((recipe.seed, n)) for n in range(4))
    rate = recipe.recorder.samplerate_hz
    voice = load_voice(recipe.voice, cache) if recipe.voice else None
    played = _play(recipe, voice, timing, sound) if voice else _Performance((), (), ())
    duration_s = played.end / rate + _TAIL_S if voice else recipe.silent_s
    clicks_s, accented = _clicks(recipe, duration_s)
    scene = _in_scene(recipe, played.mixed(round(duration_s * rate)), clicks_s, accented, place)
    peak = np.abs(scene).max()
    gain = 10 ** (recipe.recorder.peak_dbfs / 20) / peak if peak > 0 else 1.0
    # Noise has its level in the file whatever the gain of the rest.
    heard = scene * gain + room_noise(recipe.room, scene.shape, rate, noise)
    return RenderedTake(
        recipe=recipe,
        samples=np.round(np.clip(heard, -1.0, 1.0) * _FULL_SCALE).astype(np.int16),
        truth=_truth(recipe, voice, played, gain),
        clicks_s=clicks_s,
        source=voice.bank.source if voice else "synthesized by recordings/rendering/room.py",
        licence=voice.bank.licence if voice else "MIT",
    )


def _play(
    recipe: TakeRecipe, voice: Voice, timing: np.random.Generator, sound: np.random.Generator
) -> _Performance:
    assert recipe.score is not None
    assert recipe.playing is not None
    rate = recipe.recorder.samplerate_hz
    orders = perform(recipe.score, recipe.grid, recipe.playing, timing)
    notes, starts, source = [], [], None
    for order in orders:
        source = voice.bank.choose(order.pitch_midi, source, sound)
        note = sound_note(order, voice.manner, source, rate, sound)
        start = round(order.onset_s * rate) - note.onset
        if start < 0:
            raise ValueError(f"{recipe.name}: a note starts before the take does")
        notes.append(note)
        starts.append(start)
    return _Performance(orders, tuple(notes), tuple(starts))


def _clicks(recipe: TakeRecipe, duration_s: float) -> tuple[Samples, NDArray[np.bool_]]:
    """Return the times of the clicks from the count-in on, and which begin a group of beats."""
    if recipe.bleed is None:
        return np.empty(0), np.empty(0, np.bool_)
    grid = recipe.grid
    first = -recipe.bleed.n_count_in_beats
    last_s = duration_s - 0.1
    beats = list(takewhile(lambda b: grid.slot_s(b * grid.slots_per_beat) < last_s, count(first)))
    rate = recipe.recorder.samplerate_hz
    times_s = [round(grid.slot_s(b * grid.slots_per_beat) * rate) / rate for b in beats]
    groups = set(np.cumsum((0, *grid.group_beats[:-1])).tolist())
    return np.array(times_s), np.array([b % grid.beats_per_bar in groups for b in beats])


def _in_scene(
    recipe: TakeRecipe,
    dry: Samples,
    clicks_s: Samples,
    accented: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Channels:
    """Return the player and the metronome in the room, through the microphone, without noise."""
    rate, n_channels = recipe.recorder.samplerate_hz, recipe.recorder.n_channels
    scene = in_room(dry, impulse_response(recipe.room, rate, n_channels, rng))
    if recipe.bleed is not None:
        clicks = click_track(recipe.bleed, clicks_s, accented, len(dry), rate)
        reference = np.abs(dry).max() if dry.any() else 1.0
        clicks *= reference * 10 ** (recipe.bleed.level_db / 20) / np.abs(clicks).max()
        scene += in_room(clicks, impulse_response(recipe.room, rate, n_channels, rng))
    return through_microphone(scene, recipe.room, rate)


def _truth(
    recipe: TakeRecipe, voice: Voice | None, played: _Performance, gain: float
) -> TruthTable:
    """Return the truth of every note, measured on its own dry sound at the take's gain."""
    rate = recipe.recorder.samplerate_hz
    truth = np.zeros(len(played.notes), TRUTH)
    if voice is None:
        return truth
    # A take of two channels is heard as their mean.
    gain_db = 20 * np.log10(gain * np.mean(DIRECT_GAINS[: recipe.recorder.n_channels]))
    rows = zip(played.orders, played.notes, played.starts, strict=True)
    for row, (order, note, start) in enumerate(rows):
        truth[row] = (
            (start + note.onset) / rate,
            (start + note.t20) / rate,
            (start + note.offset) / rate,
            np.nan if order.pitch_midi is None else order.pitch_midi,
            order.velocity,
            _articulation(recipe, voice, order),
            level_db(note.samples, rate, note.onset) + gain_db,
            np.nan if order.slot is None else order.slot,
        )
    return truth


def _articulation(recipe: TakeRecipe, voice: Voice, order: NoteOrder) -> str:
    if order.is_slurred:
        return voice.manner.slurred_articulation
    gate = recipe.playing.gate if recipe.playing else None
    return "staccato" if gate is not None and gate.mean < 0.5 else voice.manner.articulation
