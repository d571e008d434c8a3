"""Real notes held long, one after another: after its start, each should be silent to a detector.

They come from a folder with a ``samples.csv``, as ``floors.py --notes`` reads it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.negatives import NegativeSet, as_set, put, room_floor, seeded
from benchmarks.noises import RATE_HZ, of_peak_one
from benchmarks.takes import read_sample_rows, read_sound
from practiceear.errors import TakeError
from practiceear.units import FloatArray

N_NOTES = 90
"""Notes of all instruments together, dealt out evenly and drawn by seed."""

SUSTAINED = "sus"
"""How the articulation of a held note begins."""

SHORTEST_S, LONGEST_S, REST_S = 1.0, 3.0, 0.5
FADE_S = 0.05
LOUDEST_DBFS, SOFTEST_DBFS = -8.0, -20.0


def held_notes(folder: Path) -> list[NegativeSet]:
    """One set an instrument; the starts of its notes are allowed.

    Raises
    ------
    TakeError
        Where the folder has no ``samples.csv`` or no held notes.
    """
    rows: dict[str, list[dict[str, str]]] = {}
    for row in read_sample_rows(folder):
        if row["articulation"].startswith(SUSTAINED):
            rows.setdefault(row["instrument"], []).append(row)
    n_each = N_NOTES // max(1, len(rows))
    sets = [_of_instrument(folder, name, members, n_each) for name, members in rows.items()]
    heard = [one for one in sets if len(one.allowed_s)]
    if not heard:
        raise TakeError("no held notes in the folder", "Their articulation begins with sus")
    return heard


def _of_instrument(
    folder: Path, instrument: str, rows: list[dict[str, str]], n_wanted: int
) -> NegativeSet:
    rng = seeded("held", instrument)
    notes: list[tuple[FloatArray, float]] = []
    for i in rng.permutation(len(rows)):
        onset_s = float(rows[i]["onset_s"])
        sound, rate_hz = read_sound(folder / rows[i]["file"])
        if rate_hz == RATE_HZ and len(sound) / rate_hz - onset_s >= SHORTEST_S:
            held = sound[: round((LONGEST_S + onset_s) * rate_hz)].astype(np.float64)
            notes.append((_faded(held), onset_s))
        if len(notes) == n_wanted:
            break
    track = np.zeros(round(RATE_HZ * REST_S) + sum(_n_with_rest(note) for note, _ in notes))
    starts_s, at = [], round(RATE_HZ * REST_S)
    for note, onset_s in notes:
        put(track, note, at / RATE_HZ, rng.uniform(SOFTEST_DBFS, LOUDEST_DBFS))
        starts_s.append(at / RATE_HZ + onset_s)
        at += _n_with_rest(note)
    return as_set(instrument, "", track + room_floor(len(track) / RATE_HZ, rng), starts_s)


def _n_with_rest(note: FloatArray) -> int:
    return len(note) + round(RATE_HZ * REST_S)


def _faded(sound: FloatArray) -> FloatArray:
    """The note of peak 1, without a step where it was cut."""
    left_s = np.arange(len(sound))[::-1] / RATE_HZ
    return of_peak_one(sound * np.clip(left_s / FADE_S, 0, 1))
