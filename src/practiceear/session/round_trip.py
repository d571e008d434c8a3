"""Measures how long a click takes from this program to the loudspeaker and back in.

The same detector listens that listens to the notes; how late it hears the tone is known and
taken off. What is played is a plucked tone: a click would not be heard, on purpose.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from practiceear.audio.sound_stream import SoundStream
from practiceear.errors import DeviceError
from practiceear.instruments.unnamed import UNNAMED
from practiceear.metronome.calibration import Calibration, SelfTest, calibrate, self_test
from practiceear.metronome.click import CALIBRATION_SOUND_BIAS_S
from practiceear.session.ear import Ear
from practiceear.units import FloatArray, samples_to_seconds

N_UNHEARD = 1
"""The first sound is thrown away: the detector knows no level yet and may be late."""

N_SOUNDS = 12
N_TEST_SOUNDS = 8
SPACING_S = 0.75
FIRST_S = 0.6
TAIL_S = 0.9
CALIBRATION_GAIN = 0.35
"""About -9 dBFS: loud enough for a laptop's loudspeaker, no overload in a near microphone."""

POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A calibration, and the test of the ruler that follows it.

    Attributes
    ----------
    calibration
        From the first sounds.
    test
        The last sounds held against it; None where the calibration was refused.
    """

    calibration: Calibration
    test: SelfTest | None


def measure_round_trip(
    stream: SoundStream, tell: Callable[[int, int], None] = lambda _done, _all: None
) -> RoundTrip:
    """Play the calibration sound through a stream whose first sound it is, and listen.

    Parameters
    ----------
    stream
        Opened, not started; closed at the end.
    tell
        Called with the sounds played so far and all there are.

    Raises
    ------
    DeviceError
        Where the stream stops.
    """
    exchange = stream.exchange
    played_s = FIRST_S + SPACING_S * np.arange(N_UNHEARD + N_SOUNDS + N_TEST_SOUNDS)
    samples = np.round(played_s * exchange.rate_hz).astype(np.int64)
    exchange.schedule(
        samples,
        np.zeros(len(samples), np.int64),
        np.full(len(samples), CALIBRATION_GAIN),
        may_rest=False,
    )
    onset_s = _listen(stream, float(played_s[-1]) + TAIL_S, samples / exchange.rate_hz, tell)
    heard_s = onset_s - CALIBRATION_SOUND_BIAS_S
    used_s = samples[N_UNHEARD:] / exchange.rate_hz
    calibration = calibrate(heard_s, used_s[:N_SOUNDS])
    if not calibration.is_usable:
        return RoundTrip(calibration, None)
    return RoundTrip(calibration, self_test(heard_s, used_s[N_SOUNDS:], calibration.lag_s))


def _listen(
    stream: SoundStream,
    end_s: float,
    played_s: FloatArray,
    tell: Callable[[int, int], None],
) -> FloatArray:
    """When the detector heard something, in seconds since the stream began."""
    rate_hz = stream.exchange.rate_hz
    ear = Ear(rate_hz, UNNAMED, is_pitch_wanted=False)
    notes, now_s = [], 0.0
    try:
        stream.start()
        while now_s < end_s:
            blocks = stream.exchange.read()
            for block in blocks:
                notes.append(ear.push(block).notes)
                now_s = samples_to_seconds(block.first_sample + len(block.samples), rate_hz)
            if not blocks:
                if not stream.is_alive:
                    raise DeviceError(
                        f"{stream.input_name} stopped while it was calibrated", "Try again"
                    )
                time.sleep(POLL_S)
            tell(int(np.count_nonzero(played_s < now_s)), len(played_s))
        notes.append(ear.finish().notes)
    finally:
        stream.close()
    heard = np.concatenate(notes)
    return samples_to_seconds(heard["onset_sample"], rate_hz)
