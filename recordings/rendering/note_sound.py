"""Make one dry note: a recording moved to its pitch, level and length, and its exact truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import soxr
from scipy.signal import butter, lfilter

from .source_note import NoteBank, Samples, SourceNote, sustain
from .truth import ONSET_DB, T20_DB, level_db, offset_sample, rise_sample

_PRE_ONSET_S = 0.003
_HIGHPASS_HZ = 25.0
_SHELF_HZ = 1800.0
# Fade so short that it only keeps a recording cut at its very start from clicking.
_MINIMUM_RISE_S = 0.0003


@dataclass(frozen=True, slots=True)
class Manner:
    """How an instrument's notes begin, end and join, and what its articulations are called."""

    articulation: str
    slurred_articulation: str = "legato"
    rise_s: float = _MINIMUM_RISE_S
    release: Literal["fade", "ring"] = "fade"
    release_s: float = 0.04
    slur_s: float = 0.035


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One instrument to play: its recordings and its manner."""

    bank: NoteBank
    manner: Manner


@dataclass(frozen=True, slots=True)
class NoteOrder:
    """One note as the performer plays it; `gate_s` is None where it rings by itself."""

    pitch_midi: float | None
    onset_s: float
    gate_s: float | None
    level_db: float
    velocity: int
    slot: int | None
    is_slurred: bool = False
    slurs_on: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class DryNote:
    """A note's own sound, with the samples of its onset, -20 dB point and offset in it."""

    samples: Samples
    onset: int
    t20: int
    offset: int


def sound_note(
    order: NoteOrder,
    manner: Manner,
    source: SourceNote,
    samplerate_hz: int,
    rng: np.random.Generator,
) -> DryNote:
    """Return the dry note that `order` asks for, at its level and with its length."""
    longest_s = 3.0 if order.gate_s is None else order.gate_s + 8 * manner.release_s + 0.25
    sound = _at_pitch(source, order, longest_s, samplerate_hz, rng)
    sound = _coloured(sound, order, samplerate_hz, rng)
    sound = _begun(sound, manner, order, samplerate_hz)
    if order.gate_s is not None:
        sound = _released(sound, manner, order, samplerate_hz)
    onset = rise_sample(sound, samplerate_hz, ONSET_DB)
    sound = sound * 10 ** ((order.level_db - level_db(sound, samplerate_hz, onset)) / 20)
    return DryNote(
        samples=sound,
        onset=onset,
        t20=rise_sample(sound, samplerate_hz, T20_DB),
        offset=offset_sample(sound, samplerate_hz),
    )


def _at_pitch(
    source: SourceNote,
    order: NoteOrder,
    length_s: float,
    samplerate_hz: int,
    rng: np.random.Generator,
) -> Samples:
    """Return the recording resampled to the ordered pitch, a few cents off as people play."""
    semitones = source.semitones_to(order.pitch_midi) + rng.normal(0.0, 0.04)
    played_hz = source.samplerate_hz * 2 ** (semitones / 12)
    first = _slurred_start(source, rng) if order.is_slurred else _attack_start(source)
    needed = first + int(np.ceil((length_s + 0.05) * played_hz))
    samples = sustain(source, needed)[first:]
    return np.asarray(soxr.resample(samples, played_hz, samplerate_hz, "VHQ"), np.float64)


def _attack_start(source: SourceNote) -> int:
    """Return where to start so that the natural attack is kept and the silence before is not."""
    rate = round(source.samplerate_hz)
    return max(0, rise_sample(source.samples, rate, ONSET_DB) - int(_PRE_ONSET_S * rate))


def _slurred_start(source: SourceNote, rng: np.random.Generator) -> int:
    """Return a start past the attack: a slurred note has no new bow stroke or tongue."""
    rate = source.samplerate_hz
    first = rise_sample(source.samples, round(rate), -12.0) + 0.02 * rate
    last = first + 0.12 * rate
    if source.loop_samples is not None:
        last = min(last, source.loop_samples[1])
    return int(rng.uniform(min(first, last), last))


def _coloured(
    sound: Samples, order: NoteOrder, samplerate_hz: int, rng: np.random.Generator
) -> Samples:
    """Return the note a little brighter or darker: louder is brighter, no two are alike."""
    b, a = butter(2, _HIGHPASS_HZ, "highpass", fs=samplerate_hz)
    sound = lfilter(b, a, sound)
    brightness_db = np.clip((order.velocity - 80) * 0.12, -4, 4) + rng.normal(0.0, 0.8)
    pole = np.exp(-2 * np.pi * _SHELF_HZ * rng.uniform(0.8, 1.25) / samplerate_hz)
    low = lfilter([1 - pole], [1, -pole], sound)
    return np.asarray(low + (sound - low) * 10 ** (brightness_db / 20), np.float64)


def _begun(sound: Samples, manner: Manner, order: NoteOrder, samplerate_hz: int) -> Samples:
    rise_s = manner.slur_s if order.is_slurred else max(manner.rise_s, _MINIMUM_RISE_S)
    n_rise = max(2, round(rise_s * samplerate_hz))
    begun = sound.copy()
    begun[:n_rise] *= np.sin(np.linspace(0, np.pi / 2, n_rise)) ** 2
    return begun


def _released(sound: Samples, manner: Manner, order: NoteOrder, samplerate_hz: int) -> Samples:
    """Return the note ended so that its measured offset is `gate_s` after its onset.

    The release is moved until it is: the later it starts, the later the offset. A string that
    has died away before cannot sound longer.
    """
    assert order.gate_s is not None
    wanted = rise_sample(sound, samplerate_hz, ONSET_DB) + round(order.gate_s * samplerate_hz)
    curve = _release_curve(manner, order, samplerate_hz)
    earliest, latest = round(0.012 * samplerate_hz), len(sound) - len(curve)
    while latest - earliest > 1:
        middle = (earliest + latest) // 2
        if offset_sample(_with_release(sound, middle, curve), samplerate_hz) <= wanted:
            earliest = middle
        else:
            latest = middle
    return _with_release(sound, earliest, curve)


def _with_release(sound: Samples, start: int, curve: Samples) -> Samples:
    ended = sound[: start + len(curve)].copy()
    ended[start:] *= curve[: len(ended) - start]
    return ended


def _release_curve(manner: Manner, order: NoteOrder, samplerate_hz: int) -> Samples:
    """Return gains from 1 to 0: a crossfade's half, a breath's end, or a string ringing out."""
    if order.slurs_on:
        return np.linspace(1.0, 0.0, round(manner.slur_s * samplerate_hz))
    if manner.release == "fade":
        return np.cos(np.linspace(0, np.pi / 2, round(manner.release_s * samplerate_hz))) ** 2
    n_tail = round(7 * manner.release_s * samplerate_hz)
    ring = np.exp(-np.arange(n_tail) / (manner.release_s * samplerate_hz))
    n_taper = n_tail // 4
    ring[-n_taper:] *= np.cos(np.linspace(0, np.pi / 2, n_taper)) ** 2
    return ring
