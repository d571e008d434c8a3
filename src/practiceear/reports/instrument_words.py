"""What can be said of takes on an instrument, what cannot, and how exactly: for players."""

from __future__ import annotations

import math

from practiceear.instruments.profile import Family, InstrumentProfile
from practiceear.metrics.on_time import on_time_windows_s

NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SLURRED = (Family.BOWED, Family.REED, Family.FLUTE, Family.BRASS)
NOTE_VALUE_S = 0.25
"""Sixteenths at 60, the slowest that the windows are told for here."""


def instrument_lines(profile: InstrumentProfile) -> list[str]:
    """Describe a profile: what is measured, what is not, tolerance and floor."""
    floor = profile.detector_error
    inner_s, outer_s = on_time_windows_s(NOTE_VALUE_S)
    return [
        f"{profile.name}, {_pitches(profile)}",
        "  measured      onsets, evenness, timing, loudness, attack, double onsets"
        + (", lengths and gaps" if profile.has_gate else ""),
        f"  not measured  {'; '.join(_not_measured(profile)) or 'nothing of that'}",
        f"  slurs         {_slurs(profile)}",
        f"  on time       within {1000 * inner_s:.0f} ms (unheard), {1000 * outer_s:.0f} ms (hardly"
        f" heard) for notes of {1000 * NOTE_VALUE_S:.0f} ms",
        f"  floor         onset {1000 * floor.onset_s:.1f} ms (mean of many"
        f" {1000 * floor.bias_s:.0f}), level {floor.level_db:.1f} dB"
        + (f", length {floor.gate_sd:.2f} of the interval" if profile.has_gate else ""),
    ]


def _pitches(profile: InstrumentProfile) -> str:
    pitch_range = profile.pitch_range
    if pitch_range is None:
        return "without pitch"
    return f"from {note_name(pitch_range.lowest_hz)} to {note_name(pitch_range.highest_hz)}"


def note_name(hz: float) -> str:
    """Return the name of the nearest note, A4 being 440 Hz."""
    midi = round(69 + 12 * math.log2(hz / 440.0))
    return f"{NOTE_NAMES[midi % 12]}{midi // 12 - 1}"


def _not_measured(profile: InstrumentProfile) -> list[str]:
    missing = []
    if not profile.has_gate:
        missing.append("lengths and gaps (the end of a sound is not the player's)")
    if profile.family is Family.STRUCK:
        missing.append("lengths while a pedal holds the notes")
    if profile.pitch_range is None:
        missing.append("pitch (runs are told by pauses alone)")
    return missing


def _slurs(profile: InstrumentProfile) -> str:
    if profile.family in SLURRED:
        return "timed where the pitch changes, less surely than separate notes"
    return "no two notes under one bow or breath"
