"""The click of the metronome: its sounds, and when it falls silent for who is in time.

A click rises softly, lasts 15 ms and keeps to one high band. Measured on clicks alone, at 60
to 200 bpm, in simulated rooms and through loudspeakers that distort: none was detected as a
note, whatever its length (5 to 40 ms) and window; many clicks at 1 kHz were. The sound for
calibration is a plucked note instead: the round trip is measured by the detector that measures
the playing.

Quiet when in time: the click falls silent while every note is inside a window. A beginner reaches
the first window; after enough notes inside it the next is narrower. The first note outside brings
the click back at once.
"""

from __future__ import annotations

import math

import numpy as np

from practiceear.audio.blocks import Samples
from practiceear.units import FloatArray, seconds_to_samples

CLICK_BAND_HZ = (2500.0, 3600.0)
"""At least 99 % of the energy of every click lies between these."""

CLICK_LENGTH_S = 0.015

CLICK_ATTACK_S = 0.002
"""From a click's first sample, which is its time, to its maximum."""

CALIBRATION_LENGTH_S = 0.25

CALIBRATION_SOUND_BIAS_S = 0.0007
"""How much later than its first sample the detector places the calibration sound; to be
subtracted from a round trip. Measured: the median of dry plays; 0.6 to 1.0 ms in simulated rooms
where direct sound and reverberation are equally strong. With the direct sound 6 dB weaker, a
third of the rooms were off by over half a millisecond: the microphone belongs near the
loudspeaker."""

# Accent, beat and slot: nearly three semitones apart, which is heard even in 15 ms; the slot
# is the beat, softer.
_PITCH_HZ = (3300.0, 2800.0, 2800.0)
_PEAK = (1.0, 0.7, 0.4)

_LOWEST_RATE_HZ = 16_000

# D5 on a guitar: lower notes are timed less sharply, higher ones less surely heard.
_CALIBRATION_PITCH_HZ = 587.33
_CALIBRATION_ATTACK_S = 0.0005
_CALIBRATION_FADE_S = 0.02
_DECAY_S = 0.4
_N_PARTIALS = 10

WINDOW_SHARES = (0.15, 0.10, 0.06)
"""Windows to either side, as shares of the slot: the first is about three times the spread of
untrained tappers (4 % of the beat, Repp 2005), the last near what is heard."""

NARROWEST_S = 0.012
"""No window is narrower than what the detector resolves."""

NOTES_TO_REST = 8
NOTES_TO_NARROW = 32


def click_sounds(rate_hz: int) -> tuple[Samples, Samples, Samples]:
    """The clicks of an accent, a beat and a slot, in the order of ``ClickKind``.

    Each is float32, shape (n,), read-only, 15 ms; peaks 1, 0.7 and 0.4, to be scaled by the
    volume. ``rate_hz`` is 16000 or more (else ``ValueError``).
    """
    accent, beat, slot = (
        _click(pitch_hz, peak, rate_hz) for pitch_hz, peak in zip(_PITCH_HZ, _PEAK, strict=True)
    )
    return accent, beat, slot


def calibration_sound(rate_hz: int) -> Samples:
    """A plucked note for the detector, to measure the round trip with.

    Ten harmonics of D5 that start within half a millisecond and decay; float32, shape (n,),
    read-only, 250 ms, peak 1. Of several plays the first is timed less well (the detector knows
    no level yet) and must be left out. ``rate_hz`` is 16000 or more (else ``ValueError``).
    """
    time_s = _times_s(CALIBRATION_LENGTH_S, rate_hz)
    wave = np.zeros_like(time_s)
    for k in range(1, _N_PARTIALS + 1):
        fall = np.exp(-time_s / _DECAY_S * (0.7 + 0.3 * k))
        wave += k**-0.8 * fall * np.sin(2.0 * np.pi * k * _CALIBRATION_PITCH_HZ * time_s)
    rise = _smooth(time_s / _CALIBRATION_ATTACK_S)
    fade = _smooth((CALIBRATION_LENGTH_S - time_s) / _CALIBRATION_FADE_S)
    return _normalised(wave * rise * fade, peak=1.0)


def _click(pitch_hz: float, peak: float, rate_hz: int) -> Samples:
    """A sine under a sin² rise and a longer cos² fall: no edge, so no energy elsewhere."""
    time_s = _times_s(CLICK_LENGTH_S, rate_hz)
    rise = _smooth(time_s / CLICK_ATTACK_S)
    fall = _smooth((CLICK_LENGTH_S - time_s) / (CLICK_LENGTH_S - CLICK_ATTACK_S))
    # A crest of the tone where the rise ends, so that this is the loudest moment at any pitch.
    tone = np.cos(2.0 * np.pi * pitch_hz * (time_s - CLICK_ATTACK_S))
    return _normalised(tone * rise * fall, peak)


def _times_s(length_s: float, rate_hz: int) -> FloatArray:
    if rate_hz < _LOWEST_RATE_HZ:
        raise ValueError(f"rate_hz must be {_LOWEST_RATE_HZ} or more, not {rate_hz}")
    return np.arange(seconds_to_samples(length_s, rate_hz)) / rate_hz


def _smooth(share: FloatArray) -> FloatArray:
    """From 0 to 1 along a squared sine while ``share`` goes from 0 to 1."""
    return np.asarray(np.sin(0.5 * np.pi * np.clip(share, 0.0, 1.0)) ** 2, dtype=np.float64)


def _normalised(wave: FloatArray, peak: float) -> Samples:
    samples = np.asarray(peak * wave / np.abs(wave).max(), dtype=np.float32)
    samples.flags.writeable = False
    return samples


class QuietClick:
    """Decides, note by note, whether the click may rest.

    Deviations must be about the player's own mean where early and late are unknown: a steady
    lead is no miss. ``level`` is the index of the current window.
    """

    def __init__(self) -> None:
        self.level = 0
        self._n_inside = 0

    @property
    def is_resting(self) -> bool:
        """Whether the click is silent."""
        return self._n_inside >= NOTES_TO_REST

    def window_s(self, slot_s: float) -> float:
        """Half width of the current window, in seconds."""
        return max(WINDOW_SHARES[self.level] * slot_s, NARROWEST_S)

    def add(self, deviation_s: float, slot_s: float) -> None:
        """Take in one confirmed note; NaN, a note for no slot, is a miss."""
        if math.isnan(deviation_s) or abs(deviation_s) > self.window_s(slot_s):
            self._n_inside = 0
            return
        self._n_inside += 1
        if self._n_inside >= NOTES_TO_NARROW and self.level + 1 < len(WINDOW_SHARES):
            self.level += 1
            self._n_inside = NOTES_TO_REST
