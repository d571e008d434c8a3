"""Measures the round trip of a click through loudspeaker and microphone.

First the click itself is found in the microphone by its shape, to a fraction of a millisecond;
then a plucked tone is detected like a note (the click is not, on purpose). The click measures
the delay; the tones show whether it can be trusted: how many are detected, how much they
scatter, and how far off they are where they fall on the beat.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from practiceear.analysis.pipeline import NotePipeline
from practiceear.audio.blocks import Samples
from practiceear.audio.shared_buffer import SoundStream
from practiceear.click_removal.calibration import Calibration, SelfTest, calibrate, self_test
from practiceear.click_removal.click_filter import ClickFilter
from practiceear.errors import DeviceError
from practiceear.instruments.profile import UNNAMED
from practiceear.metronome.click import (
    CALIBRATION_SOUND_BIAS_S,
    calibration_sound,
    click_sounds,
)
from practiceear.metronome.program import CLICK, ClickKind
from practiceear.units import FloatArray, samples_to_seconds

N_UNHEARD = 1
"""The first sound is thrown away: the detector knows no level yet and may be late."""

N_SOUNDS = 12
N_TEST_SOUNDS = 8
SPACING_S = 0.75
N_CLICKS = 8
CLICK_SPACING_S = 0.5
FIRST_CLICK_S = 0.5
FIRST_S = FIRST_CLICK_S + N_CLICKS * CLICK_SPACING_S + 0.7
TAIL_S = 0.9
CALIBRATION_GAIN = 0.35
"""About -9 dBFS: loud enough for a laptop's loudspeaker, no overload in a near microphone."""

TONE = 3
"""Index of the tone among the sounds of the stream: after the three kinds of click."""

FEWEST_CLICKS = 5
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A calibration, and its test with the last sounds; None where it was refused."""

    calibration: Calibration
    test: SelfTest | None


def measure_round_trip(
    stream: SoundStream, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> RoundTrip:
    """Play clicks and tones through a stream that has `calibration_sounds`; time what returns.

    Parameters
    ----------
    stream
        Opened, not started; closed at the end. ``DeviceError`` where it stops.
    progress
        Called with the number of sounds played so far and of all.
    """
    rate_hz = stream.exchange.rate_hz
    clicks_s = FIRST_CLICK_S + CLICK_SPACING_S * np.arange(N_CLICKS)
    tones_s = FIRST_S + SPACING_S * np.arange(N_UNHEARD + N_SOUNDS + N_TEST_SOUNDS)
    samples = np.round(np.concatenate([clicks_s, tones_s]) * rate_hz).astype(np.int64)
    kinds = np.repeat([int(ClickKind.ACCENT), TONE], [len(clicks_s), len(tones_s)])
    stream.exchange.schedule(
        samples, kinds, np.full(len(samples), CALIBRATION_GAIN), may_rest=False
    )
    click_filter = ClickFilter(rate_hz, click_sounds(rate_hz))
    clicks = np.zeros(N_CLICKS, CLICK)
    clicks["sample"], clicks["is_audible"] = samples[:N_CLICKS], True
    click_filter.announce(clicks)
    sent_s = samples / rate_hz
    onset_s = _onsets_s(stream, click_filter, sent_s, progress) - CALIBRATION_SOUND_BIAS_S
    used_s = sent_s[N_CLICKS + N_UNHEARD :]
    calibration = calibrate(onset_s, used_s[:N_SOUNDS])
    if not calibration.is_usable:
        return RoundTrip(calibration, None)
    if click_filter.n_heard >= FEWEST_CLICKS:
        calibration = calibration.at(max(0.0, click_filter.lag_s))
    return RoundTrip(calibration, self_test(onset_s, used_s[N_SOUNDS:], calibration.lag_s))


def calibration_sounds(rate_hz: int) -> tuple[Samples, ...]:
    """The sounds of a stream for `measure_round_trip`: the clicks and the tone."""
    return (*click_sounds(rate_hz), calibration_sound(rate_hz))


def _onsets_s(
    stream: SoundStream,
    click_filter: ClickFilter,
    played_s: FloatArray,
    progress: Callable[[int, int], None],
) -> FloatArray:
    """Onsets that the detector hears, in seconds since the stream began."""
    rate_hz = stream.exchange.rate_hz
    note_pipeline = NotePipeline(
        rate_hz, UNNAMED, is_pitch_wanted=False, is_metronome_possible=False
    )
    notes, now_s, next_sample = [], 0.0, 0
    try:
        stream.start()
        while now_s < float(played_s[-1]) + TAIL_S:
            blocks = stream.exchange.read()
            for block in blocks:
                n_lost = block.first_sample - next_sample
                next_sample = block.first_sample + len(block.samples)
                click_filter.process(np.concatenate([np.zeros(n_lost, np.float32), block.samples]))
                notes.append(note_pipeline.push(block).notes)
                now_s = samples_to_seconds(next_sample, rate_hz)
            if not blocks:
                if not stream.is_alive:
                    raise DeviceError(
                        f"{stream.input_name} stopped while it was calibrated", "Try again"
                    )
                time.sleep(POLL_S)
            progress(int(np.count_nonzero(played_s < now_s)), len(played_s))
        notes.append(note_pipeline.finish().notes)
    finally:
        stream.close()
    return samples_to_seconds(np.concatenate(notes)["onset_sample"], rate_hz)
