"""Long tones: how steadily each held tone of a take is held.

The take is read a second time, for its level a hundred times a second. What it says is a
description of the sound. It is no measurement of tremor and makes no diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from practiceear.audio.blocks import AudioBlock
from practiceear.errors import UsageError
from practiceear.instruments.profile import InstrumentProfile
from practiceear.metrics.metric import Metric
from practiceear.metrics.steadiness import SHORTEST_S, pitch_spread, slow_swell, tone_steadiness
from practiceear.notes.pitch import PitchRange, pitch_track_hz
from practiceear.units import FloatArray

FRAME_RATE_HZ = 100.0
WINDOW_S = 0.04
"""A Hann window so long is blind to a low string's own period; of a wavering of 6 Hz it shows
96 %, of 12 Hz 86 %."""

LEAST_FALL_DB, MOST_FALL_DB = 6.0, 20.0
"""A tone lasts while its level stays so near the take's loudest: halfway down to the room."""

QUIET_PERCENT, LOUDEST_PERCENT = 2.0, 95.0
EDGE_S = 0.25
"""Attack and end are not part of what is held."""

STEADIEST_DB, NOISE_DB = 0.02, 1.0
"""What the level of a perfectly steady tone shows from 3 to 12 Hz: at least the first, and the
second times the amplitude of the room's noise over the tone's. Measured on synthetic tones of
65, 196 and 660 Hz with eight harmonics, 6 s each, in noise 15 to 60 dB below them: 0.16 to 0.2
in white noise, 0.3 (660 Hz) to 1.0 (65 Hz) in pink noise, which is taken. The
window's own ripple on 55 Hz is up to 0.02. A take without a silence shows no noise by itself:
its floor is then the whole of the second."""

PITCH_STEP_S = 0.02
STEADIEST_CENTS = 4.0
"""Found for synthetic tones of one pitch: 0.07 at 600 Hz, 0.5 at 440, 1.4 at 55 Hz; 3.6 at the
lowest note of the violin, at the edge of where its pitch is looked for."""

QUIETEST_DB = -120.0
LONGEST_TAKE_S = 30 * 60.0


@dataclass(frozen=True, slots=True)
class HeldTone:
    """One held tone.

    Attributes
    ----------
    start_s, length_s
        Its steady part, in seconds of the take.
    wavering, rate
        Of the level, from 3 to 12 times a second.
    swell
        Of the level, more slowly.
    pitch
        Spread of the pitch, in cents; unavailable for sounds without pitch.
    """

    start_s: float
    length_s: float
    wavering: Metric
    rate: Metric
    swell: Metric
    pitch: Metric


@dataclass(frozen=True, slots=True)
class LongTones:
    """The held tones of a take, and how many were too short to be measured."""

    tones: tuple[HeldTone, ...]
    n_too_short: int


def refuse_endless(duration_s: float) -> None:
    """Raise ``UsageError`` for a take too long to be a drill: it is held whole in memory."""
    if duration_s > LONGEST_TAKE_S:
        raise UsageError(
            f"a take of {duration_s / 60.0:.0f} minutes is too long for long tones",
            f"Cut out the drill, {LONGEST_TAKE_S / 60.0:.0f} minutes at most",
        )


def measure_long_tones(
    blocks: Iterable[AudioBlock], rate_hz: int, profile: InstrumentProfile
) -> LongTones:
    """Measure each tone that is held for long enough.

    Parameters
    ----------
    blocks
        The whole take, in order.
    rate_hz
        Samples per second.
    profile
        The instrument: where to look for pitch.
    """
    sound = np.concatenate([np.zeros(0, np.float32), *(block.samples.copy() for block in blocks)])
    level_db = levels_db(sound, rate_hz)
    stretches, n_too_short = _held(level_db)
    quiet_db = float(np.percentile(level_db, QUIET_PERCENT)) if level_db.size else QUIETEST_DB
    tones = []
    for first, last in stretches:
        held_db = level_db[first:last]
        below_db = float(np.median(held_db)) - quiet_db
        floor_db = math.hypot(STEADIEST_DB, NOISE_DB * 10.0 ** (-below_db / 20.0))
        steady = tone_steadiness(held_db, FRAME_RATE_HZ, floor_db)
        step = rate_hz / FRAME_RATE_HZ
        part = sound[round(first * step) : round(last * step)]
        tones.append(
            HeldTone(
                first / FRAME_RATE_HZ,
                (last - first) / FRAME_RATE_HZ,
                steady.wavering,
                steady.rate,
                slow_swell(held_db, FRAME_RATE_HZ, floor_db),
                pitch_spread(_cents(part, rate_hz, profile.pitch_range), STEADIEST_CENTS),
            )
        )
    return LongTones(tuple(tones), n_too_short)


def levels_db(sound: FloatArray, rate_hz: int) -> FloatArray:
    """Level in dBFS a hundred times a second, shape (n_frames,)."""
    step = rate_hz / FRAME_RATE_HZ
    n_window = round(WINDOW_S * rate_hz)
    n_frames = int(max(0.0, (sound.size - n_window) // step + 1))
    window = np.hanning(n_window + 1)[:-1]
    window /= window.sum()
    power = np.array(
        [
            window
            @ np.square(sound[round(k * step) : round(k * step) + n_window], dtype=np.float64)
            for k in range(n_frames)
        ]
    )
    return np.asarray(10.0 * np.log10(np.maximum(power, 10.0 ** (QUIETEST_DB / 10.0))))


def _held(level_db: FloatArray) -> tuple[list[tuple[int, int]], int]:
    """First and end frame of each steady part; and how many sounds were too short."""
    if not level_db.size:
        return [], 0
    quiet_db, loud_db = np.percentile(level_db, (QUIET_PERCENT, LOUDEST_PERCENT))
    fall_db = np.clip((loud_db - quiet_db) / 2.0, LEAST_FALL_DB, MOST_FALL_DB)
    is_on = (level_db > loud_db - fall_db) & (level_db > QUIETEST_DB)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_on, [False])).astype(np.int8)))
    edge = round(EDGE_S * FRAME_RATE_HZ)
    parts = [(int(a) + edge, int(b) - edge) for a, b in edges.reshape(-1, 2)]
    held = [(a, b) for a, b in parts if b - a >= SHORTEST_S * FRAME_RATE_HZ]
    return held, sum(0 < b - a < SHORTEST_S * FRAME_RATE_HZ for a, b in parts)


def _cents(sound: FloatArray, rate_hz: int, pitch_range: PitchRange | None) -> FloatArray:
    """Pitch in cents, fifty times a second; empty for sounds without pitch."""
    if pitch_range is None:
        return np.zeros(0)
    frequency_hz = pitch_track_hz(sound.astype(np.float32), rate_hz, pitch_range, PITCH_STEP_S)
    return np.asarray(1200.0 * np.log2(frequency_hz / np.median(frequency_hz)))
