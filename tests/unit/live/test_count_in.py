"""The count-in of a rehearsal: the clicks of a take's count-in, and silence after them."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.audio.blocks import StreamOptions
from practiceear.audio.microphone import Microphone
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.stream_kernels import exchange as exchange_samples
from practiceear.live import opening
from practiceear.live.click_feed import LEAD_S, ClickFeed, CountInSound
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import MetronomeProgram
from practiceear.rhythm.grid import Meter

RATE_HZ = 48000
PROGRAM = MetronomeProgram(96.0, Meter.parse("3+2"))
BEAT_S = 60.0 / 96.0
COUNT_IN_S = LEAD_S + 5 * BEAT_S


class Headphones:
    """A stream whose output is kept."""

    def __init__(self, output_name: str = "headphones") -> None:
        self.exchange = SharedAudioBuffer(RATE_HZ, click_sounds(RATE_HZ))
        self.output_name, self.input_name, self.callback_kind = output_name, "microphone", "virtual"
        self.is_alive, self.is_closed = True, False

    def start(self) -> None:
        self.play(0.1)

    def play(self, time_s: float) -> np.ndarray:
        n_samples = round(time_s * RATE_HZ)
        output, silence = np.zeros((2, n_samples), np.float32)
        one = self.exchange
        exchange_samples(one.words, one.floats, silence, output, n_samples, 0, 0)
        return output

    def close(self) -> None:
        self.is_closed = True


def test_it_sounds_as_the_count_in_of_a_take_and_then_nothing() -> None:
    taken, imagined = Headphones(), Headphones()
    ClickFeed(PROGRAM, taken.exchange).top_up(0)
    taken.start()
    lead_s = CountInSound(imagined, PROGRAM).start()
    assert lead_s == pytest.approx(LEAD_S - 0.1)
    left_s = COUNT_IN_S - 0.1
    expected, heard = taken.play(left_s), imagined.play(left_s)
    assert np.abs(heard).max() > 0.1
    np.testing.assert_array_equal(heard, expected)
    begins = np.flatnonzero(np.abs(heard) > 0.0)[0] / RATE_HZ
    assert begins == pytest.approx(lead_s, abs=1e-3)
    assert np.abs(taken.play(20 * BEAT_S)).max() > 0.1
    assert np.abs(imagined.play(20 * BEAT_S)).max() == 0.0


def test_where_nobody_would_hear_it_the_devices_are_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = Headphones(output_name="")
    monkeypatch.setattr(Microphone, "open", lambda _wish, _sounds: stream)
    assert opening.open_count_in(PROGRAM, StreamOptions()) is None
    assert stream.is_closed
