"""A metronome that sounds in a recorded take becomes the take's grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import AudioBlock
from practiceear.rhythm.click_train import (
    LONGEST_SEARCHED_S,
    ONSET_ERROR_S,
    ClickTrain,
    candidate_periods_s,
    find_click_train,
)
from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM, Meter, MetronomeGrid
from practiceear.rhythm.pulse import Pulse, fit_near, fit_pulses
from practiceear.rhythm.tempo import FEWEST_NOTES, find_grid
from practiceear.settings import Exercise
from practiceear.units import FloatArray, bpm_to_beat_s

_LEAST_HUMAN_SPREAD_S = 0.0015
_MOST_NOTES_A_CLICK = 8
_SAME_PERIOD = 0.006  # clicks are looked for so near a period
_MOST_SPREADS_APART = 20.0  # who hears a click does not run away from it so steadily
_AT_MOST_APART = 0.02
_BEATS_A_CLICK, _NEAR = (1.0, 2.0, 3.0, 4.0, 0.5), 1.0001
_COUNT_IN_S, _AFTER_S = 8.0, 1.0

FURTHEST_SLOTS = 0.3
"""Notes that lie further from a heard period are not played to it; it may be their own ringing."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordingEnds:
    """The two ends of a recording, mono float32.

    Attributes
    ----------
    first, last
        At most ``LONGEST_SEARCHED_S`` each: from the count-in on, and up to the last note; the
        same where the take is no longer.
    first_s, last_s
        When they begin.
    """

    first: npt.NDArray[np.float32]
    first_s: float
    last: npt.NDArray[np.float32]
    last_s: float


def cut_ends(
    blocks: Iterable[AudioBlock], rate_hz: int, from_s: float, to_s: float
) -> RecordingEnds:
    """Keep of a recording what clicks are looked for in, between two moments."""
    length_s = min(LONGEST_SEARCHED_S, to_s - from_s)
    wanted = [
        (round(start_s * rate_hz), round(length_s * rate_hz))
        for start_s in (from_s, to_s - length_s)
    ]
    kept = [np.zeros(length, dtype=np.float32) for _, length in wanted]
    end_sample = max(first + length for first, length in wanted)
    for block in blocks:
        if block.first_sample >= end_sample:
            break
        for (first, length), into in zip(wanted, kept, strict=True):
            begin = max(0, first - block.first_sample)
            end = min(len(block.samples), first + length - block.first_sample)
            if begin < end:
                at = block.first_sample + begin - first
                into[at : at + end - begin] = block.samples[begin:end]
    return RecordingEnds(kept[0], from_s, kept[1], to_s - length_s)


def find_clicks(
    blocks: Iterable[AudioBlock], rate_hz: int, onset_s: FloatArray, bpm: float | None
) -> ClickTrain | None:
    """Find the metronome in a recording; None where none is heard.

    Parameters
    ----------
    blocks
        The whole recording again.
    rate_hz
        Samples per second.
    onset_s
        When its notes begin, in seconds, shape (n_notes,): a click is looked for at simple
        fractions and multiples of their common length.
    bpm
        The tempo where the player named it.
    """
    if len(onset_s) < FEWEST_NOTES:
        return None
    if bpm is not None:
        cells_s = [bpm_to_beat_s(bpm)]
    else:
        cells_s = [pulse.cell_s for pulse in fit_pulses(onset_s)[:1]]
    periods_s = candidate_periods_s(cells_s)
    if not periods_s:
        return None
    # A count-in before the first note is the clearest of all.
    from_s = max(0.0, float(onset_s[0]) - _COUNT_IN_S)
    cut = cut_ends(blocks, rate_hz, from_s, float(onset_s[-1]) + _AFTER_S)
    found = find_click_train(cut.first, rate_hz, periods_s)
    if found is None:
        return None
    found = _to_the_end(_moved(found, cut.first_s), cut, rate_hz)
    return None if is_of_notes(found, onset_s) else found


def _moved(clicks: ClickTrain, by_s: float) -> ClickTrain:
    return replace(clicks, first_click_s=(clicks.first_click_s + by_s) % clicks.period_s)


def _to_the_end(clicks: ClickTrain, cut: RecordingEnds, rate_hz: int) -> ClickTrain:
    """Mend the period by the last stretch: a millionth of it adds up over an hour."""
    between_s = cut.last_s - cut.first_s
    if between_s < LONGEST_SEARCHED_S / 4:
        return clicks
    late = find_click_train(cut.last, rate_hz, [clicks.period_s])
    if late is None:
        return clicks
    n_periods = round(between_s / clicks.period_s)
    # Both are the same click only if no slip of a beat is possible in between.
    off_s = cut.last_s + late.first_click_s - clicks.first_click_s + clicks.period_s / 2
    off_s = off_s % clicks.period_s - clicks.period_s / 2
    if abs(off_s) > _AT_MOST_APART * clicks.period_s:
        return clicks
    period_s = clicks.period_s + off_s / n_periods
    # The first click was counted back with the old period.
    origin_s = cut.first_s + (clicks.first_click_s - cut.first_s) % clicks.period_s
    return replace(clicks, period_s=period_s, first_click_s=origin_s % period_s)


def is_of_notes(clicks: ClickTrain, onset_s: FloatArray) -> bool:
    """Whether it is the notes that return so exactly: a machine plays, and no click is heard.

    The notes are compared with a pulse of their own, near the clicks' or a part of it: where a
    sound rings differently each time, the period that was heard is a little off that of the notes.
    Where their attacks are too soft to be heard as exactly as a machine plays, they still run away
    from such a period, much further over the take than they spread about their own pulse.
    """
    length_s = float(onset_s[-1] - onset_s[0])
    for n_parts in range(1, _MOST_NOTES_A_CLICK + 1):
        pulse = fit_near(onset_s, clicks.period_s / n_parts)
        off = abs(pulse.cell_s * n_parts / clicks.period_s - 1.0)
        least_s = max(_LEAST_HUMAN_SPREAD_S, off * length_s / _MOST_SPREADS_APART)
        if off < _SAME_PERIOD and _middle_spread_s(onset_s, pulse) < least_s:
            return True
    return False


def _middle_spread_s(onset_s: FloatArray, pulse: Pulse) -> float:
    """The spread of the notes about a pulse, without the earliest and the latest eighth."""
    n_trimmed = len(onset_s) // 8
    late_s = np.sort(onset_s - pulse.origin_s - pulse.cell_s * pulse.cells(onset_s))
    return float(np.std(late_s[n_trimmed : len(onset_s) - n_trimmed]))


def with_clicks(exercise: Exercise, clicks: ClickTrain, onset_s: FloatArray) -> Exercise | None:
    """The exercise that a heard metronome asks for, phase and all; None where it fits none.

    A tempo that the player named is kept where a beat is a whole number of clicks, or a click
    of beats. Which click begins a bar is not heard: places are then named within the beat.
    """
    if exercise.bpm is None:
        times: tuple[float, ...] = (1.0,) if exercise.subdivision is None else _BEATS_A_CLICK
    else:
        ratio = clicks.per_minute / exercise.bpm
        times = (max(1, round(1.0 / ratio)) / max(1, round(ratio)),)
    for n_beats in times:
        bpm = clicks.per_minute * n_beats
        # The slowest and the fastest tempo are allowed, to as much as they are known.
        bpm = float(np.clip(bpm, max(LOWEST_BPM, bpm / _NEAR), min(HIGHEST_BPM, bpm * _NEAR)))
        if not LOWEST_BPM <= bpm <= HIGHEST_BPM:
            continue
        fit = find_grid(onset_s, bpm=bpm, subdivision=exercise.subdivision)
        if fit.grid is None:
            continue
        n_clicks = round((fit.grid.first_beat_s - clicks.first_click_s) / clicks.period_s)
        first_beat_s = clicks.first_click_s + n_clicks * clicks.period_s
        if not _plays_to(fit.grid, first_beat_s):
            continue
        return replace(
            exercise,
            bpm=bpm,
            meter=Meter.parse("1"),
            first_beat_s=first_beat_s,
            first_beat_off_s=ONSET_ERROR_S,
        )
    return None


def _plays_to(grid: MetronomeGrid, click_s: float) -> bool:
    """Whether the notes, whose own grid this is, lie near the clicks, of which one is given."""
    off_slots = (grid.first_beat_s - click_s) / grid.slot_s
    return abs(off_slots - round(off_slots)) <= FURTHEST_SLOTS
