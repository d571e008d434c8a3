"""Drills: what can be practised, as data that anybody can add to.

A drill says what is played in one run, as note names, and how often. Those of the program
lie in ``drills/``; a player's own are TOML files in the folder ``drills`` of the data folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from practiceear.data_files import TomlFile, nearest
from practiceear.errors import UsageError
from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM, Meter, Subdivision

FOLDER = "drills"
_Text = Annotated[str, Meta(pattern=r"\S", description="a text in quotes")]
_NOTE = re.compile(r"([A-G])(##|bb|#|b)?(-?\d)")
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTERATIONS = {"": 0, "#": 1, "##": 2, "b": -1, "bb": -2}


class DrillKind(Enum):
    """What a drill is good for."""

    SCALE = "scale"
    ARPEGGIO = "arpeggio"
    REPEATED = "repeated notes"
    FINGER_PAIR = "finger pair"
    FINGER_PATTERN = "finger pattern"
    CROSSING = "string crossing"
    TONGUING = "tonguing"
    LONG_TONE = "long tones"
    TAPPING = "tapping"


@dataclass(frozen=True, slots=True)
class Drill:
    """One thing to practise.

    ``notes``: names of the notes of one run, such as ``("G3", "A3")``; empty where pitch is free.
    ``subdivision``: notes to a beat.
    """

    name: str  # as typed: lower case, words joined by hyphens
    title: str  # as shown
    kind: DrillKind  # what it is good for
    notes: tuple[str, ...] = ()
    fingering: tuple[str, ...] = ()  # one mark a note; empty where the player knows
    instruments: tuple[str, ...] = ()  # names of profiles that it is written for; empty: all
    subdivision: Subdivision = field(default_factory=lambda: Subdivision.parse(4))
    meter: Meter = field(default_factory=Meter)  # beats in a bar
    bpm: float = 60.0  # a tempo to begin with
    n_runs: int = 5  # how often in a row
    tone_s: float | None = None  # length of one tone of long tones; None for others
    listen_for: str = ""  # one sentence about the sound, never about a finger

    @property
    def pitch_midi(self) -> tuple[int, ...]:
        """The notes as MIDI numbers, 69 being A4."""
        return tuple(midi_of(name) for name in self.notes)

    def suits(self, instrument: str) -> bool:
        """Whether it is written for an instrument."""
        return not self.instruments or instrument in self.instruments


def midi_of(name: str) -> int:
    """Return the MIDI number of a note name such as ``F#4``; ValueError where it is none."""
    found = _NOTE.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is not a note: they look like G3, F#4 or Bb2")
    letter, alteration, octave = found.groups(default="")
    return 12 * (int(octave) + 1) + _STEPS[letter] + _ALTERATIONS[alteration]


class _DrillTable(Struct, frozen=True, forbid_unknown_fields=True):
    name: _Text
    title: _Text
    kind: DrillKind
    notes: _Text = ""
    fingering: _Text = ""
    instruments: tuple[str, ...] = ()
    subdivision: _Text = "4"
    beats: _Text = "4"
    bpm: Annotated[float, Meta(ge=LOWEST_BPM, le=HIGHEST_BPM)] = 60.0
    runs: Annotated[int, Meta(ge=1, le=100)] = 5
    tone_s: Annotated[float, Meta(ge=2, le=60)] | None = None
    listen_for: _Text = ""


def read_drill(file: TomlFile) -> Drill:
    """Build a drill from a file.

    UsageError where a key is missing, unknown or makes no sense.
    """
    table = file.convert(_DrillTable)
    drill = Drill(
        name=table.name,
        title=table.title,
        kind=table.kind,
        notes=tuple(table.notes.split()),
        fingering=tuple(table.fingering.split()),
        instruments=table.instruments,
        subdivision=Subdivision.parse(table.subdivision),
        meter=Meter.parse(table.beats),
        bpm=table.bpm,
        n_runs=table.runs,
        tone_s=table.tone_s,
        listen_for=table.listen_for,
    )
    _check(drill, file)
    return drill


def _check(drill: Drill, file: TomlFile) -> None:
    if drill.name != drill.name.lower() or not re.fullmatch(r"[\w-]+", drill.name):
        raise file.wrong((), "name", "must be lower case, words joined by hyphens")
    try:
        _ = drill.pitch_midi
    except ValueError as error:
        raise file.wrong((), "notes", f"cannot be used: {error}") from error
    if drill.fingering and len(drill.fingering) != len(drill.notes):
        reason = f"has {len(drill.fingering)} marks for {len(drill.notes)} notes"
        raise file.wrong((), "fingering", reason)
    if (drill.kind is DrillKind.LONG_TONE) != (drill.tone_s is not None):
        raise file.wrong((), "tone_s", "belongs to long tones, and to them only")


def built_in_drills() -> tuple[Drill, ...]:
    """The drills that come with the program, by name."""
    files = resources.files("practiceear.practice").joinpath(FOLDER)
    drills = [
        read_drill(TomlFile.parse(file.read_text(encoding="utf-8"), file.name))
        for file in files.iterdir()
        if file.name.endswith(".toml")
    ]
    return tuple(sorted(drills, key=lambda drill: drill.name))


def load_drills(folder: Path | None = None) -> tuple[Drill, ...]:
    """Return all drills, the player's own in front of those of the same name.

    ``folder``: of the player's own; None, or one that is not there, adds none.

    UsageError where one of them has a mistake.
    """
    own = sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    drills = {drill.name: drill for drill in built_in_drills()}
    drills |= {drill.name: drill for drill in (read_drill(TomlFile.read(path)) for path in own)}
    return tuple(drills[name] for name in sorted(drills))


def find_drill(drills: Iterable[Drill], name: str) -> Drill:
    """Return the drill of that name; UsageError with the nearest name where there is none."""
    known = {drill.name: drill for drill in drills}
    if name not in known:
        raise UsageError(f"there is no drill {name!r}", nearest(name, tuple(known)))
    return known[name]
