"""A recording with known truth: what was played, when each note began, what we report.

A fixture is a folder with ``take.flac`` (the sound), ``take.toml`` (instrument, tempo,
source, licence), ``truth.csv`` (one row a note that was played) and ``expected.json``
(what PracticeEar reports; written by ``practiceear check --update``, never by hand).
Truth and expectation are separate files so that a new expectation cannot overwrite
the truth.
"""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from practiceear.errors import PracticeEarError, TakeError
from practiceear.files import read_text
from practiceear.metronome.grid import Meter, Subdivision
from practiceear.session.snapshot import Exercise
from practiceear.units import FloatArray

TAKE_NAME = "take.flac"
TOML_NAME = "take.toml"
TRUTH_NAME = "truth.csv"
LARGEST_FILE_BYTES = 16_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Fixture:
    """One recording with truth.

    Attributes
    ----------
    folder
        Where it lies; its name is the fixture's name.
    instrument
        Name of the instrument profile; empty where nothing is played.
    exercise
        What was played.
    onset_s
        True onsets, -40 dB of the note's own dry sound, shape (n_notes,).
    t20_s
        When each note reached -20 dB of its peak: what a listener can hear.
    clicks_s
        When a metronome sounds in the recording, shape (n_clicks,).
    sd_ioi_s
        True SD of the inter-onset intervals; NaN where not known.
    """

    folder: Path
    instrument: str
    exercise: Exercise
    onset_s: FloatArray
    t20_s: FloatArray
    clicks_s: FloatArray
    sd_ioi_s: float

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def take_path(self) -> Path:
        """The recording."""
        return self.folder / TAKE_NAME


def read_fixture(folder: Path) -> Fixture:
    """Read the truth about the recording in ``folder``.

    Raises
    ------
    TakeError
        Where a file is missing or does not say what it should.
    """
    try:
        facts = tomllib.loads(read_text(folder / TOML_NAME, LARGEST_FILE_BYTES))
        truth = read_text(folder / TRUTH_NAME, LARGEST_FILE_BYTES)
        rows = list(csv.DictReader(io.StringIO(truth, newline="")))
        return Fixture(
            folder=folder,
            instrument=str(facts.get("instrument", "")),
            exercise=_exercise(facts),
            onset_s=np.array([float(row["onset_s"]) for row in rows]),
            t20_s=np.array([float(row["t20_s"]) for row in rows]),
            clicks_s=np.array([float(click) for click in facts.get("clicks_s", [])]),
            sd_ioi_s=float(facts.get("sd_ioi_ms", np.nan)) / 1000.0,
        )
    except PracticeEarError:
        raise
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise TakeError(
            f"{folder} is not a fixture ({error})",
            f"It needs {TAKE_NAME}, {TOML_NAME} and {TRUTH_NAME}; see recordings/README.md",
        ) from error


def find_fixtures(folder: Path) -> list[Path]:
    """The fixture folders in ``folder``, sorted; itself if it is one.

    Raises
    ------
    TakeError
        Where there is none.
    """
    if (folder / TOML_NAME).is_file():
        return [folder]
    found = sorted(toml.parent for toml in folder.glob(f"*/{TOML_NAME}"))
    if not found:
        raise TakeError(
            f"there are no fixtures in {folder}", f"A fixture is a folder with {TOML_NAME}"
        )
    return found


def _exercise(facts: dict[str, Any]) -> Exercise:
    first_beat_s = facts.get("first_beat_s")
    return Exercise(
        bpm=float(facts["bpm"]) if "bpm" in facts else None,
        meter=Meter.parse(str(facts.get("beats", 4))),
        subdivision=Subdivision.parse(str(facts["subdivision"]))
        if "subdivision" in facts
        else None,
        first_beat_s=float(first_beat_s) if first_beat_s is not None else None,
    )
