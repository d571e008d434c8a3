"""Where the recordings of the repository are, and their beginnings."""

from __future__ import annotations

from pathlib import Path

import soundfile

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "recordings" / "fixtures"


def beginning(name: str, path: Path, length_s: float = 6.0) -> Path:
    """The first seconds of a fixture: enough where it only matters that takes are heard."""
    with soundfile.SoundFile(FIXTURES / name / "take.flac") as take:
        samples = take.read(round(length_s * take.samplerate), dtype="int32", always_2d=True)
        soundfile.write(path, samples, take.samplerate, subtype=take.subtype)
    return path
