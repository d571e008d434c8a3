"""The sounds of the metronome: clicks that are not heard as notes, and one sound that is.

A click begins softly, lasts 15 ms and keeps to one high band. Measured on clicks alone, at 60
to 200 bpm, in simulated rooms and through loudspeakers that distort: none was taken for a
note, whatever its length (5 to 40 ms) and window; of clicks at 1 kHz, many were. The sound for
calibration is a plucked note instead: the round trip is measured by the detector that measures
the playing.
"""

from __future__ import annotations

import numpy as np

from practiceear.audio.blocks import Samples
from practiceear.units import FloatArray, seconds_to_samples

CLICK_BAND_HZ = (2500.0, 3600.0)
"""At least 99 % of the energy of every click lies between these."""

CLICK_LENGTH_S = 0.015

CLICK_ATTACK_S = 0.002
"""A click is loudest so long after its first sample, which is its time."""

CALIBRATION_LENGTH_S = 0.25

CALIBRATION_SOUND_BIAS_S = 0.0007
"""How much later than its first sample the detector places the calibration sound: subtract it
from a round trip. Measured: the median of dry plays; 0.6 to 1.0 ms in simulated rooms where
the direct sound is as strong as the reverberation. Where that is 6 dB weaker, a third of the
rooms were off by more than half a millisecond: the microphone belongs near the loudspeaker."""

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


def click_sounds(rate_hz: int) -> tuple[Samples, Samples, Samples]:
    """The clicks of an accent, a beat and a slot, in the order of ``ClickKind``.

    Parameters
    ----------
    rate_hz
        Samples per second of the stream, 16000 or more.

    Returns
    -------
    tuple of Samples
        float32, shape (n,), read-only, 15 ms; peaks 1, 0.7 and 0.4, to be scaled by the
        volume. The first sample is the click's time.

    Raises
    ------
    ValueError
        The rate is too low for the band of the clicks.
    """
    accent, beat, slot = (
        _click(pitch_hz, peak, rate_hz) for pitch_hz, peak in zip(_PITCH_HZ, _PEAK, strict=True)
    )
    return accent, beat, slot


def calibration_sound(rate_hz: int) -> Samples:
    """A plucked note that the detector hears, to measure the round trip with.

    Ten harmonics of D5 that start within half a millisecond and die away. Played again and
    again, its first play is timed less well than the others (the detector knows no level
    yet): leave that one out. In some rooms an echo is heard as well.

    Parameters
    ----------
    rate_hz
        Samples per second of the stream, 16000 or more.

    Returns
    -------
    Samples
        float32, shape (n,), read-only, 250 ms, peak 1.

    Raises
    ------
    ValueError
        The rate is too low.
    """
    time_s = _times_s(CALIBRATION_LENGTH_S, rate_hz)
    wave = np.zeros_like(time_s)
    for k in range(1, _N_PARTIALS + 1):
        fall = np.exp(-time_s / _DECAY_S * (0.7 + 0.3 * k))
        wave += k**-0.8 * fall * np.sin(2.0 * np.pi * k * _CALIBRATION_PITCH_HZ * time_s)
    rise = _smooth(time_s / _CALIBRATION_ATTACK_S)
    fade = _smooth((CALIBRATION_LENGTH_S - time_s) / _CALIBRATION_FADE_S)
    return _finished(wave * rise * fade, peak=1.0)


def _click(pitch_hz: float, peak: float, rate_hz: int) -> Samples:
    """A sine under a sin² rise and a longer cos² fall: no edge, so no energy elsewhere."""
    time_s = _times_s(CLICK_LENGTH_S, rate_hz)
    rise = _smooth(time_s / CLICK_ATTACK_S)
    fall = _smooth((CLICK_LENGTH_S - time_s) / (CLICK_LENGTH_S - CLICK_ATTACK_S))
    # A crest of the tone where the rise ends, so that this is the loudest moment at any pitch.
    tone = np.cos(2.0 * np.pi * pitch_hz * (time_s - CLICK_ATTACK_S))
    return _finished(tone * rise * fall, peak)


def _times_s(length_s: float, rate_hz: int) -> FloatArray:
    if rate_hz < _LOWEST_RATE_HZ:
        raise ValueError(f"rate_hz must be {_LOWEST_RATE_HZ} or more, not {rate_hz}")
    return np.arange(seconds_to_samples(length_s, rate_hz)) / rate_hz


def _smooth(share: FloatArray) -> FloatArray:
    """From 0 to 1 along a squared sine while ``share`` goes from 0 to 1."""
    return np.asarray(np.sin(0.5 * np.pi * np.clip(share, 0.0, 1.0)) ** 2, dtype=np.float64)


def _finished(wave: FloatArray, peak: float) -> Samples:
    samples = np.asarray(peak * wave / np.abs(wave).max(), dtype=np.float32)
    samples.flags.writeable = False
    return samples
