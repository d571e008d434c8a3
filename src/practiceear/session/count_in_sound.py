"""The count-in of a run that is only imagined: heard like that of a take, with nothing after it."""

from __future__ import annotations

from itertools import islice

import numpy as np

from practiceear.audio.sound_stream import SoundStream
from practiceear.metronome.program import MetronomeProgram, bars
from practiceear.session.click_feed import LEAD_S


class CountInSound:
    """Clicks in the stream that a take would use; what its microphone hears is looked at by nobody.

    Parameters
    ----------
    stream
        Opened, not started; with the click's sounds.
    program
        Only its count-in sounds.
    """

    def __init__(self, stream: SoundStream, program: MetronomeProgram) -> None:
        self._stream = stream
        self._first_sample = round(LEAD_S * stream.exchange.rate_hz)
        every_bar = bars(program, stream.exchange.rate_hz, self._first_sample)
        for bar in islice(every_bar, program.n_count_in_bars):
            clicks = bar.clicks[bar.clicks["is_audible"]]
            gains = np.full(len(clicks), program.click_gain)
            stream.exchange.schedule(clicks["sample"], clicks["kind"], gains, may_rest=False)

    def start(self) -> float:
        """Let it sound; return how many seconds from now its first click comes.

        Raises
        ------
        DeviceError
            Where a device refuses.
        """
        self._stream.start()
        exchange = self._stream.exchange
        return (self._first_sample - exchange.counts.clock_sample) / exchange.rate_hz

    def close(self) -> None:
        """Fall silent, and give the devices back; never hangs, may be called more than once."""
        self._stream.close()
