"""Fetch the packages that hold the source notes, by name, through the ordinary clients.

Debian's `fluid-soundfont-gm` comes through apt-get and dpkg, npm's `tonejs-instrument-*-wav`
packages through npm. Everything lands in a cache folder outside the repository and is
fetched once.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

from .soundfont import SoundFont, open_soundfont
from .source_note import NoteBank, SourceNote

SOUNDFONT_PACKAGE = "fluid-soundfont-gm"
_SOUNDFONT_PATH = Path("usr/share/sounds/sf2/FluidR3_GM.sf2")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# These files sound an octave above what they are called (measured).
_AN_OCTAVE_HIGHER = {("trumpet", "C3"), ("trumpet", "As3")}
# Pinned, so that rendering again gives the same takes.
NPM_VERSION = "1.1.0"

_ORIGINS = {
    "violin": "VSCO 2 Community Edition (Versilian Studios)",
    "flute": "VSCO 2 Community Edition (Versilian Studios)",
    "trumpet": "VSCO 2 Community Edition (Versilian Studios)",
    "piano": "VSCO 2 Community Edition (Versilian Studios)",
    "saxophone": "Karoryfer Samples",
    "guitar-acoustic": "University of Iowa Musical Instrument Samples",
}


def fluid_bank(preset: int, cache: Path) -> NoteBank:
    """Return the recordings of one General MIDI preset of FluidR3."""
    return NoteBank(
        notes=open_fluid(cache).preset_notes(preset),
        source=f"FluidR3 GM, preset {preset}, by Frank Wen; Debian package {SOUNDFONT_PACKAGE}",
        licence="MIT",
    )


@lru_cache(maxsize=1)
def open_fluid(cache: Path) -> SoundFont:
    """Return FluidR3 GM, fetched once into `cache` where it is not installed."""
    installed = Path("/") / _SOUNDFONT_PATH
    if installed.exists():
        return open_soundfont(installed)
    cache = cache.resolve()  # the tools run inside it
    unpacked = cache / SOUNDFONT_PACKAGE
    if not (unpacked / _SOUNDFONT_PATH).exists():
        cache.mkdir(parents=True, exist_ok=True)
        _run(["apt-get", "download", SOUNDFONT_PACKAGE], cache)
        archive = max(cache.glob(f"{SOUNDFONT_PACKAGE}_*.deb"))
        _run(["dpkg", "-x", archive.name, str(unpacked)], cache)
    return open_soundfont(unpacked / _SOUNDFONT_PATH)


def tonejs_bank(instrument: str, cache: Path) -> NoteBank:
    """Return the recordings of the npm package tonejs-instrument-`instrument`-wav."""
    package = f"tonejs-instrument-{instrument}-wav"
    cache = cache.resolve()
    unpacked = cache / f"{package}-{NPM_VERSION}"
    if not unpacked.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _run(["npm", "pack", "--silent", f"{package}@{NPM_VERSION}"], cache)
        partial = unpacked.with_suffix(".partial")
        with tarfile.open(cache / f"{package}-{NPM_VERSION}.tgz") as archive:
            archive.extractall(partial, filter="data")
        partial.rename(unpacked)
    notes = [_wav_note(path, instrument) for path in sorted((unpacked / "package").glob("*.wav"))]
    return NoteBank(
        notes=tuple(notes),
        source=f"{_ORIGINS[instrument]}, edited by N. P. Brosowsky for tonejs-instruments; "
        f"npm package {package} {NPM_VERSION}",
        licence="CC-BY-3.0",
    )


def _wav_note(path: Path, instrument: str) -> SourceNote:
    samples, samplerate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    pitch = float(pitch_from_name(path.stem))
    if (instrument, path.stem) in _AN_OCTAVE_HIGHER:
        pitch += 12.0
    return SourceNote(
        name=path.stem,
        samples=np.ascontiguousarray(samples.mean(axis=1)),
        samplerate_hz=float(samplerate_hz),
        pitch_midi=pitch,
    )


def pitch_from_name(name: str) -> int:
    """Return the MIDI pitch of a file stem such as `C4` (60) or `Fs3`."""
    match = re.fullmatch(r"([A-G])(s?)(\d)", name)
    if match is None:
        raise ValueError(f"{name!r} is no note name")
    letter, sharp, octave = match.groups()
    return 12 * (int(octave) + 1) + _SEMITONES[letter] + (1 if sharp else 0)


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise SystemExit(f"{command[0]} is needed to fetch the source notes") from error
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"could not fetch the source notes: {' '.join(command)}") from error
