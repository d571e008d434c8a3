"""Chromatic scales through the two highest octaves of instruments, up and down, note by note.

Dry, 300 ms a note, from recorded single notes: of a folder with a ``samples.csv``, and of the
FluidR3 SoundFont where it is installed or was fetched for the fixtures (recordings/README.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import platformdirs

from benchmarks.negatives import seeded
from benchmarks.takes import Take, family_of, read_sample_rows, read_sound
from practiceear.units import FloatArray
from recordings.rendering.note_sound import DryNote, Manner, NoteOrder, sound_note
from recordings.rendering.packages import SOUNDFONT_PACKAGE, open_fluid
from recordings.rendering.source_note import NoteBank, SourceNote, sustain

RATE_HZ = 44100
NOTE_S = 0.3
HELD_S = 0.27
"""From a note's onset to its end where it does not die away before."""

LEAD_S, TAIL_S = 0.5, 0.5
TWO_OCTAVES = 24
LEVEL_DB, LEVEL_SD_DB = -22.0, 1.5
FEWEST_SOURCES = 5
LONGEST_SOURCE_S = 2.0
DECAY_S = 0.7
"""Time constant in which a plucked or struck G3 dies away; half of it two octaves above."""

DECAY_MIDI = 55.0

CACHE = platformdirs.user_cache_path("practiceear-source-notes")  # where render_fixtures keeps them
INSTALLED_SOUNDFONTS = Path("/usr/share/sounds/sf2")

_DYING = Manner("struck", release="ring", release_s=0.035)
_HELD = Manner("tongued", release="fade", release_s=0.03)
_DYING_ARTICULATIONS = ("hit", "pluck", "pizz")


@dataclass(frozen=True, slots=True)
class Preset:
    """One instrument of the SoundFont and the highest note it is asked for.

    Attributes
    ----------
    is_dying
        Whether it is plucked or struck: the font's loops are made to die away.
    """

    name: str
    preset: int
    top_midi: int
    is_dying: bool = True
    bank: int = 0


PRESETS = (
    Preset("piano", 0, 108),
    Preset("harp", 46, 103),
    Preset("celesta", 8, 103),
    Preset("glockenspiel", 9, 108),
    Preset("xylophone", 13, 108),
    Preset("mandolin", 25, 93, bank=16),
    Preset("steel guitar", 25, 88),
    Preset("violin pizzicato", 45, 95),
    Preset("violin", 40, 100, is_dying=False),
    Preset("flute", 73, 96, is_dying=False),
    Preset("piccolo", 72, 102, is_dying=False),
)


def soundfont_is_here() -> bool:
    """Whether FluidR3 need not be fetched first."""
    return (CACHE / SOUNDFONT_PACKAGE).is_dir() or INSTALLED_SOUNDFONTS.is_dir()


def soundfont_scales() -> Iterator[Take]:
    """A scale of each of the presets, fetching the SoundFont where it is not here."""
    font = open_fluid(CACHE)
    for preset in PRESETS:
        notes = font.preset_notes(preset.preset, preset.bank)
        if preset.is_dying:
            notes = tuple(_dying(note) for note in notes)
        bank = NoteBank(notes, "FluidR3 GM", "MIT")
        yield _scale(f"{preset.name}, FluidR3", bank, preset.top_midi, preset.is_dying)


def sampled_scales(folder: Path) -> Iterator[Take]:
    """A scale of every instrument and source of single notes, to the highest recorded note.

    Raises
    ------
    TakeError
        Where the folder has no ``samples.csv``.
    """
    rows: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for row in read_sample_rows(folder):
        if row["articulation"] in (*_DYING_ARTICULATIONS, "sus"):
            rows[row["instrument"], row["articulation"], row.get("source", "")].append(row)
    for (instrument, articulation, source), members in rows.items():
        top_midi = int(max(float(row["pitch_midi"]) for row in members))
        wanted = [row for row in members if float(row["pitch_midi"]) > top_midi - TWO_OCTAVES - 2]
        if len(wanted) >= FEWEST_SOURCES:
            bank = NoteBank(tuple(_recorded(folder, row) for row in wanted), source, "")
            is_dying = articulation in _DYING_ARTICULATIONS
            name = instrument if articulation in ("sus", "hit") else f"{instrument} {articulation}"
            yield _scale(f"{name}, {source.split('/')[0]}", bank, top_midi, is_dying)


def _recorded(folder: Path, row: dict[str, str]) -> SourceNote:
    samples, rate_hz = read_sound(folder / row["file"])
    return SourceNote(row["file"], samples.astype(np.float64), rate_hz, float(row["pitch_midi"]))


def _dying(note: SourceNote) -> SourceNote:
    """The note as a string or bar sounds on: its loop dies away, the sooner the higher it is."""
    samples = sustain(note, round(LONGEST_SOURCE_S * note.samplerate_hz))
    pitch_midi = note.pitch_midi if note.pitch_midi is not None else DECAY_MIDI
    decay_s = DECAY_S * 2.0 ** ((DECAY_MIDI - pitch_midi) / 24.0)
    decay = np.exp(-np.arange(len(samples)) / (decay_s * note.samplerate_hz))
    return replace(note, samples=samples * decay, loop_samples=None)


def _scale(name: str, bank: NoteBank, top_midi: int, is_dying: bool) -> Take:
    up = list(range(top_midi - TWO_OCTAVES, top_midi + 1))
    pitches = [*up, *up[-2::-1]]
    rng = seeded("scale", name)
    track = np.zeros(round((LEAD_S + NOTE_S * len(pitches) + TAIL_S) * RATE_HZ))
    onset_s, reference_s, source = [], [], None
    for i, pitch_midi in enumerate(pitches):
        source = bank.choose(pitch_midi, source, rng)
        note = _note(pitch_midi, source, _DYING if is_dying else _HELD, rng)
        start = round((LEAD_S + NOTE_S * i) * RATE_HZ) - note.onset
        track[start : start + len(note.samples)] += note.samples[: len(track) - start]
        onset_s.append((start + note.onset) / RATE_HZ)
        reference_s.append((start + note.t20) / RATE_HZ)
    return _take(name, track, (np.array(onset_s), np.array(reference_s), np.array(pitches, float)))


def _note(
    pitch_midi: float, source: SourceNote, manner: Manner, rng: np.random.Generator
) -> DryNote:
    level_db = LEVEL_DB + LEVEL_SD_DB * rng.normal()
    order = NoteOrder(pitch_midi, 0.0, HELD_S, level_db, velocity=80, slot=None)
    return sound_note(order, manner, source, RATE_HZ, rng)


def _take(name: str, track: FloatArray, truth: tuple[FloatArray, FloatArray, FloatArray]) -> Take:
    onset_s, reference_s, pitch_midi = truth
    unknown = np.full(len(onset_s), np.nan)
    return Take(
        name=name,
        dataset="scales",
        samples=np.clip(track, -1.0, 1.0).astype(np.float32),
        rate_hz=RATE_HZ,
        family=family_of(name),
        instrument="",
        tier="clean",
        reference_s=reference_s,
        onset_s=onset_s,
        offset_s=unknown,
        level_dbfs=unknown,
        nominal_s=unknown,
        pitch_midi=pitch_midi,
        clicks_s=np.zeros(0),
        is_exact=True,
    )
