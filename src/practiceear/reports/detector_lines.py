"""How far the detector can be trusted: on an instrument, and on recordings of known truth."""

from __future__ import annotations

import math
from collections.abc import Sequence

from practiceear.fixtures.check import Score, Verdict
from practiceear.instruments.profile import Family, InstrumentProfile
from practiceear.metrics.on_time import on_time_windows_s
from practiceear.plain_text import printable

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


HEADINGS = (
    "fixture",
    "played",
    "heard",
    "false",
    "F ±50",
    "F ±25",
    "bias",
    "SD",
    "delay",
    "SD-IOI",
)
UNITS = ("", "", "", "", "", "", "ms", "ms", "ms", "error ms")


def check_table(verdicts: Sequence[Verdict]) -> str:
    """Return one row a fixture, what fell short below it, and the sum at the end."""
    width = max(len(HEADINGS[0]), *(len(printable(verdict.name)) for verdict in verdicts))
    lines = [_check_row(HEADINGS, width), _check_row(UNITS, width)]
    for verdict in verdicts:
        lines.append(_check_row((printable(verdict.name), *_score_cells(verdict.score)), width))
        lines += [f"    too low or too high: {words}" for words in verdict.shortfalls]
        lines += [f"    changed: {words}" for words in verdict.changes]
    n_failed = sum(not verdict.is_passed for verdict in verdicts)
    lines.append(f"{len(verdicts) - n_failed} fixtures as they should be, {n_failed} not.")
    return "\n".join(lines) + "\n"


def _check_row(cells: Sequence[str], width: int) -> str:
    return (f"{cells[0]:<{width}}" + "".join(f"{cell:>9}" for cell in cells[1:])).rstrip()


def _score_cells(score: Score) -> tuple[str, ...]:
    counts = (f"{score.n_played}", f"{score.n_heard}", f"{score.n_false}")
    shares = (_number(score.f_50, 3), _number(score.f_25, 3))
    times = (score.bias_s, score.spread_s, score.delay_s, score.sd_ioi_error_s)
    return (*counts, *shares, *(_number(1000.0 * time_s, 1) for time_s in times))


def _number(value: float, n_digits: int) -> str:
    return f"{value:.{n_digits}f}" if math.isfinite(value) else "-"
