"""Long tones: how steadily each tone of a take is held, for tones that are meant to be plain.

A tone is a stretch of sound whose level stays within 15 dB of the loud ones of the take. Its
beginning and end are cut off, the rest is looked at for wavering from 3 to 12 times a second
(``metrics/steadiness.py``). Nothing here is a finding about anybody's health.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from practiceear.audio.block import AudioBlock
from practiceear.audio.steps import StepCutter
from practiceear.metrics.steadiness import SHORTEST_S, Steadiness, tone_steadiness
from practiceear.units import FloatArray

STEP_S = 0.005
FRAME_STEPS = 2
FRAME_RATE_HZ = 1.0 / (STEP_S * FRAME_STEPS)
WINDOW_STEPS = 7
"""A Hann window of 35 ms: the waves of a low string beat at 80 Hz and more, far down in it;
a wavering at 5 Hz is lowered by 3 %, one at 8 Hz by 7 %."""

CUT_S = 0.3
"""Of either end: the attack and the letting go are no wavering."""

WITHIN_DB = 15.0
LOUD_QUANTILE = 0.9
SILENCE_DB = -100.0
STEADY_FLOOR_DB = 0.05
"""What plain steady tones from 41 to 880 Hz still show with noise 30 dB below them: up to 0.04
dB, held by a test on made-up ones."""


@dataclass(frozen=True, slots=True, eq=False)
class LongTone:
    """One held tone.

    Attributes
    ----------
    first_s, length_s
        When it begins and how long it lasts, both ends included.
    steadiness
        How it wavers.
    """

    first_s: float
    length_s: float
    steadiness: Steadiness


def long_tones(blocks: Iterable[AudioBlock], rate_hz: int) -> tuple[LongTone, ...]:
    """Find the tones of a take that are held for some seconds, and measure each.

    Parameters
    ----------
    blocks
        The take from its beginning.
    rate_hz
        Samples per second.
    """
    level_db = _levels_db(blocks, rate_hz)
    if not len(level_db):
        return ()
    return tuple(
        _measured(level_db, first, end) for first, end in _stretches(level_db) if end > first
    )


def _levels_db(blocks: Iterable[AudioBlock], rate_hz: int) -> FloatArray:
    """Level every 10 ms, float64, shape (n_frames,); lost sound is silence."""
    cutter = StepCutter(round(STEP_S * rate_hz))
    powers = [np.zeros(0)]
    next_sample = 0
    for block in blocks:
        gap = np.zeros(block.first_sample - next_sample, np.float32)
        next_sample = block.first_sample + len(block.samples)
        for samples in (gap, block.samples):
            steps = cutter.cut(samples)
            powers.append(np.mean(np.square(steps, dtype=np.float64), axis=1))
    power = np.concatenate(powers)
    if len(power) < WINDOW_STEPS:
        return np.zeros(0)
    window = np.hanning(WINDOW_STEPS + 2)[1:-1]
    smooth = np.convolve(power, window / window.sum(), mode="same")[::FRAME_STEPS]
    return np.asarray(10.0 * np.log10(np.maximum(smooth, 10.0 ** (SILENCE_DB / 10.0))))


def _stretches(level_db: FloatArray) -> Iterator[tuple[int, int]]:
    """Frames of stretches near the loud level that are long enough to be measured."""
    loud_db = float(np.quantile(level_db, LOUD_QUANTILE))
    is_sounding = level_db > max(loud_db - WITHIN_DB, SILENCE_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_sounding, [False]])))
    shortest = round((SHORTEST_S + 2.0 * CUT_S) * FRAME_RATE_HZ)
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if end - first >= shortest:
            yield int(first), int(end)


def _measured(level_db: FloatArray, first: int, end: int) -> LongTone:
    cut = round(CUT_S * FRAME_RATE_HZ)
    steady = level_db[first + cut : end - cut]
    return LongTone(
        first / FRAME_RATE_HZ,
        (end - first) / FRAME_RATE_HZ,
        tone_steadiness(steady, FRAME_RATE_HZ, STEADY_FLOOR_DB),
    )
