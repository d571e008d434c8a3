"""Takes with known onsets, in the three ways they are kept.

- a fixture folder: ``take.flac``, ``truth.csv``, ``take.toml`` (recordings/README.md);
- ``NAME.flac`` with ``NAME.csv`` and ``NAME.json``: rendered, truth exact to the sample;
- ``NAME.flac`` with ``NAME.onsets.txt``: labelled by people, one onset a line in seconds, and
  where pitches are known ``NAME.csv`` with a line a note.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from practiceear.audio.blocks import Samples
from practiceear.audio.takefile import TakeFile
from practiceear.errors import TakeError, UsageError
from practiceear.fixtures.check import MERGED_S
from practiceear.fixtures.fixture import TOML_NAME, read_fixture
from practiceear.instruments.registry import load_instrument
from practiceear.rhythm.grid import MetronomeGrid, Subdivision
from practiceear.settings import Exercise
from practiceear.units import FloatArray

FAMILIES = ("bowed", "plucked", "struck", "reed", "flute", "brass", "tap")

UNKNOWN = "unknown"

LABEL_S = 0.001
"""Labels are rounded: a note's own time may lie so much before its label."""

_WORDS = (  # first found in the name of the take, then of its folder, decides
    ("tap", ("tap", "percussive", "guitar_body")),
    ("plucked", ("pizz", "pluck", "guitar", "harp", "bass_guitar", "ukulele", "mandolin")),
    ("struck", ("piano", "marimba", "xylophone", "vibraphone")),
    ("reed", ("sax", "clarinet", "oboe", "bassoon")),
    ("flute", ("flute", "recorder", "piccolo")),
    ("brass", ("trumpet", "trombone", "horn", "tuba")),
    ("bowed", ("violin", "viola", "cello", "bass", "vn1")),
)

_PLUCKED_ARTICULATIONS = ("pizz", "pizzicato", "pluck", "plucked")

_PROFILE_NAMES = {"sax": "saxophone", "double_bass": "double-bass", "bass": "double-bass"}


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One take and what was played in it.

    Attributes
    ----------
    name, dataset
        Which take it is (``FOLDER/NAME``, or a fixture's name), and the folder of its set.
    samples, rate_hz
        Mono, at a working rate of the detector.
    family, instrument, tier
        How the sound is made, name of the instrument profile (empty where unknown), and how
        hard the recording is.
    reference_s
        The moments that detectors are held against: -20 dB of each note's peak where truth
        is exact, the label where people labelled; in order, shape (n_notes,).
    onset_s, offset_s, level_dbfs, nominal_s
        The note's true beginning (-40 dB) and end, its loudness, and when it was due;
        NaN where not known; shape (n_notes,).
    pitch_midi
        The note's pitch, of notes that are labelled as one the lowest; NaN where not known;
        shape (n_notes,).
    clicks_s
        When a metronome sounds, shape (n_clicks,).
    is_exact
        Whether truth is exact rather than labelled.
    left_out_s
        Passages, each (from, to), without which the take is scored a second time.
    """

    name: str
    dataset: str
    samples: Samples
    rate_hz: int
    family: str
    instrument: str
    tier: str
    reference_s: FloatArray
    onset_s: FloatArray
    offset_s: FloatArray
    level_dbfs: FloatArray
    nominal_s: FloatArray
    pitch_midi: FloatArray
    clicks_s: FloatArray
    is_exact: bool
    left_out_s: tuple[tuple[float, float], ...] = ()

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return len(self.samples) / self.rate_hz


@dataclass(frozen=True, slots=True)
class TakeOptions:
    """What the command line says about the takes.

    Attributes
    ----------
    families
        Pairs (part of "folder/take", family), asked before any guess.
    left_out
        Triples (part of the take's name, from second, to second): see ``Take.left_out_s``.
    """

    families: tuple[tuple[str, str], ...] = ()
    left_out: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class TakeGroup:
    """Folders that are judged together, with one constant bias a detector.

    Attributes
    ----------
    label
        What the report calls them.
    """

    label: str
    folders: tuple[Path, ...]
    options: TakeOptions = field(default_factory=TakeOptions)

    def read(self) -> list[Take]:
        """Read every take in the folders and below.

        Raises
        ------
        TakeError
            Where there is none, or one cannot be read.
        """
        takes = [take for folder in self.folders for take in _read_all(folder, self.options)]
        if not takes:
            raise TakeError(f"no takes in {self.label}", "See benchmarks/README.md for the formats")
        return takes


def family_of(text: str) -> str:
    """Guess the family from a name; ``unknown`` where nothing in it tells."""
    lowered = text.lower()
    for family, words in _WORDS:
        if any(word in lowered for word in words):
            return family
    return UNKNOWN


def profile_name(instrument: str) -> str:
    """Name of the profile for an instrument named otherwise."""
    return _PROFILE_NAMES.get(instrument, instrument)


def read_sound(path: Path) -> tuple[Samples, int]:
    """All samples of a file as mono, and their rate."""
    take = TakeFile(path)
    blocks = [block.samples for block in take.blocks(65536)]
    return np.concatenate(blocks), take.rate_hz


def read_sample_rows(folder: Path) -> list[dict[str, str]]:
    """The lines of the ``samples.csv`` of a folder of single notes.

    Raises
    ------
    TakeError
        Where there is none.
    """
    try:
        with (folder / "samples.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise TakeError("the single notes cannot be read", "They need a samples.csv") from error


def _read_all(folder: Path, options: TakeOptions) -> Iterator[Take]:
    if not folder.is_dir():
        raise TakeError(f"{folder.name} is not a folder", "Give a folder of takes")
    for path in sorted(folder.rglob("*.flac")):
        if (path.parent / TOML_NAME).is_file():
            yield _read_fixture(path.parent, options)
        elif path.with_suffix(".json").is_file():
            yield _read_rendered(path, options)
        elif path.with_suffix(".onsets.txt").is_file():
            yield _read_labelled(path, options)


def _read_fixture(folder: Path, options: TakeOptions) -> Take:
    fixture = read_fixture(folder)
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    samples, rate_hz = read_sound(fixture.take_path)
    plucked = {row["articulation"] for row in rows} & set(_PLUCKED_ARTICULATIONS)
    family = load_instrument(fixture.instrument).family.value if fixture.instrument else "none"
    return Take(
        name=fixture.name,
        dataset=folder.parent.name,
        samples=samples,
        rate_hz=rate_hz,
        family=_family(fixture.name, options, "plucked" if plucked else family),
        instrument=fixture.instrument,
        tier=_tier_of(folder),
        reference_s=fixture.t20_s,
        onset_s=fixture.onset_s,
        offset_s=np.array([float(row["offset_s"]) for row in rows]),
        level_dbfs=np.array([float(row["level_dbfs"]) for row in rows]),
        nominal_s=_nominal_s(fixture.exercise, [row.get("slot", "") for row in rows]),
        pitch_midi=_pitches_midi(rows),
        clicks_s=fixture.clicks_s,
        is_exact=True,
        left_out_s=_left_out(fixture.name, options),
    )


def _nominal_s(exercise: Exercise, slots: list[str]) -> FloatArray:
    """When notes were due, NaN where a note or the take has no slot."""
    if exercise.bpm is None:
        return np.full(len(slots), np.nan)
    subdivision = exercise.subdivision or Subdivision()
    grid = MetronomeGrid(exercise.bpm, exercise.meter, subdivision, exercise.first_beat_s or 0.0)
    due_s = [grid.slot_time_s(np.array([int(slot)]))[0] if slot else np.nan for slot in slots]
    return np.array(due_s, dtype=np.float64)


def _tier_of(folder: Path) -> str:
    for line in (folder / TOML_NAME).read_text(encoding="utf-8").splitlines():
        if line.startswith("tier"):
            return line.split('"')[1]
    return UNKNOWN


def _read_rendered(path: Path, options: TakeOptions) -> Take:
    facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    notes = facts["notes"]
    if len(notes) != len(rows):
        raise TakeError(f"{path.name}: {len(rows)} rows but {len(notes)} notes", "Render it again")
    samples, rate_hz = read_sound(path)
    instrument = str(facts["instrument"])
    is_plucked = str(facts.get("articulation", "")) in _PLUCKED_ARTICULATIONS
    name = f"{path.parent.name}/{path.stem}"
    return Take(
        name=name,
        dataset=path.parent.name,
        samples=samples,
        rate_hz=rate_hz,
        family=_family(name, options, "plucked" if is_plucked else family_of(instrument)),
        instrument=profile_name(instrument),
        tier=str(facts.get("tier", UNKNOWN)),
        reference_s=np.array([float(note["t20_s"]) for note in notes]),
        onset_s=np.array([float(row["onset_s"]) for row in rows]),
        offset_s=np.array([float(row["offset_s"]) for row in rows]),
        level_dbfs=np.full(len(rows), np.nan),
        nominal_s=np.array([float(note.get("grid_s", np.nan)) for note in notes]),
        pitch_midi=_pitches_midi(rows),
        clicks_s=np.array([float(click) for click in facts.get("clicks_s") or []]),
        is_exact=True,
        left_out_s=_left_out(name, options),
    )


def _read_labelled(path: Path, options: TakeOptions) -> Take:
    text = path.with_suffix(".onsets.txt").read_text(encoding="utf-8")
    labels_s = np.sort([float(line.split()[0]) for line in text.splitlines() if line.strip()])
    samples, rate_hz = read_sound(path)
    unknown = np.full(len(labels_s), np.nan)
    name = f"{path.parent.name}/{path.stem}"
    guess = family_of(path.parent.name + " " + path.stem)
    return Take(
        name=name,
        dataset=path.parent.name,
        samples=samples,
        rate_hz=rate_hz,
        family=_family(name, options, guess),
        instrument="",
        tier="labelled",
        reference_s=labels_s,
        onset_s=unknown,
        offset_s=unknown,
        level_dbfs=unknown,
        nominal_s=unknown,
        pitch_midi=_labelled_pitches_midi(path.with_suffix(".csv"), labels_s),
        clicks_s=np.zeros(0),
        is_exact=False,
        left_out_s=_left_out(name, options),
    )


def _pitches_midi(rows: list[dict[str, str]]) -> FloatArray:
    """Pitches of the lines of a table of notes, NaN where it has none."""
    return np.array([float(row.get("pitch_midi") or "nan") for row in rows], dtype=np.float64)


def _labelled_pitches_midi(path: Path, labels_s: FloatArray) -> FloatArray:
    """The lowest pitch of the notes that begin within 30 ms of each label."""
    pitches = np.full(len(labels_s), np.nan)
    if not path.is_file():
        return pitches
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    onset_s, pitch_midi = np.array([float(row["onset_s"]) for row in rows]), _pitches_midi(rows)
    for i, label_s in enumerate(labels_s):
        near = pitch_midi[(onset_s > label_s - LABEL_S) & (onset_s < label_s + MERGED_S)]
        pitches[i] = np.min(near[np.isfinite(near)], initial=np.inf)
    pitches[np.isinf(pitches)] = np.nan
    return pitches


def _family(name: str, options: TakeOptions, guess: str) -> str:
    for part, family in options.families:
        if part in name:
            if family not in FAMILIES:
                raise UsageError(f"{family!r} is not a family", f"One of {', '.join(FAMILIES)}")
            return family
    return guess


def _left_out(name: str, options: TakeOptions) -> tuple[tuple[float, float], ...]:
    return tuple((start, end) for part, start, end in options.left_out if part in name)
