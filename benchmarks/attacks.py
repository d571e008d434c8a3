"""How far a note's measured attack depends on the room, the noise and the onset's error.

Dry notes come from a folder with a ``samples.csv``: file, instrument, onset_s, and what
else is known. Their true attack is nobody's to say; how much the measurement changes is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import noises
from benchmarks.takes import profile_name, read_sample_rows, read_sound
from practiceear.audio.blocks import Samples
from practiceear.instruments.profile import InstrumentProfile
from practiceear.notes.pitch import PitchFinder
from practiceear.notes.tracker import LARGEST_BLOCK_SAMPLES, NoteTracker
from practiceear.onset.event import ONSET, OnsetKind
from practiceear.units import FloatArray

N_NOTES = 60
"""Notes an instrument, drawn by seed; each is changed once."""

LONGEST_S = 1.2
LEAD_S = 0.4
DRR_DB, RT60_S, NOISE_DB = 7.0, 0.5, -50.0
LEVEL_PEAK = 0.3
SEED = 71


def attack_changes_s(folder: Path, profile: InstrumentProfile) -> FloatArray:
    """Measured attack in the room minus measured attack dry, over notes of one instrument.

    Raises
    ------
    TakeError
        Where the folder has no ``samples.csv``.
    """
    rng = np.random.default_rng([SEED, *profile.name.encode()])
    rows = [
        row for row in read_sample_rows(folder) if profile_name(row["instrument"]) == profile.name
    ]
    chosen = sorted(rng.permutation(len(rows))[:N_NOTES])
    changes = [_change_s(folder / rows[i]["file"], rows[i], profile, rng) for i in chosen]
    values = np.array(changes, dtype=np.float64)
    return values[np.isfinite(values)]


def _change_s(
    path: Path, row: dict[str, str], profile: InstrumentProfile, rng: np.random.Generator
) -> float:
    samples, rate_hz = read_sound(path)
    if rate_hz != noises.RATE_HZ:
        return float("nan")
    note = samples[: round((LONGEST_S + float(row["onset_s"])) * rate_hz)].astype(np.float64)
    dry = np.concatenate([np.zeros(round(LEAD_S * rate_hz)), LEVEL_PEAK * noises.of_peak_one(note)])
    onset_s = LEAD_S + float(row["onset_s"]) + profile.detector_error.bias_s
    # One room for all notes, as in a take: its constant part is no spread.
    wet = noises.in_room(dry, RT60_S, DRR_DB, np.random.default_rng(SEED))
    loudest = np.sqrt(np.max(np.convolve(wet**2, np.full(882, 1 / 882), "same")))
    wet += loudest * 10 ** (NOISE_DB / 20) * noises.coloured(len(wet), -3.0, rng)
    wrong_s = onset_s + rng.normal() * profile.detector_error.onset_s
    return _attack_s(wet, wrong_s, profile) - _attack_s(dry, onset_s, profile)


def _attack_s(sound: FloatArray, onset_s: float, profile: InstrumentProfile) -> float:
    """The attack that the note tracker measures for an onset that is given to it."""
    rate_hz = noises.RATE_HZ
    tracker = NoteTracker(rate_hz, profile.tracker, PitchFinder(rate_hz, None))
    samples: Samples = sound.astype(np.float32)
    onset = np.zeros(1, dtype=ONSET)
    onset["kind"] = OnsetKind.CONFIRMED
    onset["onset_sample"] = round(onset_s * rate_hz)
    heard = []
    n_late = round(0.15 * rate_hz)  # the detector confirms about so much later
    for start in range(0, len(samples), LARGEST_BLOCK_SAMPLES):
        block = samples[start : start + LARGEST_BLOCK_SAMPLES]
        settled_until = max(0, start + len(block) - n_late)
        is_now = start <= int(onset["onset_sample"][0]) + n_late < start + LARGEST_BLOCK_SAMPLES
        heard.append(tracker.process(block, onset if is_now else onset[:0], settled_until))
    notes = np.concatenate([*heard, tracker.finish(onset[:0])])
    return float(notes[0]["attack_s"]) if len(notes) else float("nan")
