"""Holds the count-in back until it is known whether the microphone hears its clicks.

They cannot be taken out yet, and the ear would take their level for that of the playing:
where they are heard, the count-in is silence, but for an upbeat's place.
"""

from __future__ import annotations

from itertools import islice

import numpy as np

from practiceear.audio.blocks import AudioBlock
from practiceear.audio.stream import SoundStream
from practiceear.click_removal.click_filter import ClickFilter
from practiceear.live.click_feed import LEAD_S, ClickFeed
from practiceear.metronome.program import MetronomeProgram, bars

UPBEAT_BEATS = 1.1
"""The player's upbeat may take so much of the end of a count-in."""

LONGEST_HELD_S = 12.0


class CountInGate:
    """Stands between the click's subtraction and the ear.

    Parameters
    ----------
    rate_hz
        Samples per second.
    until_s
        From when on a sound may be the player's upbeat, in seconds of the stream.
    bleed
        Knows whether the clicks are heard; None without a metronome: everything passes.
    """

    def __init__(self, rate_hz: int, until_s: float, bleed: ClickFilter | None) -> None:
        self._bleed = bleed
        self._until_sample = round(until_s * rate_hz)
        self._longest_samples = LONGEST_HELD_S * rate_hz
        self._held: list[AudioBlock] = []
        self._is_over = bleed is None

    def pass_on(self, block: AudioBlock) -> list[AudioBlock]:
        """Take in the next block; return those that the ear may hear now."""
        is_past = block.first_sample >= self._until_sample
        if self._bleed is None or self._is_over or (is_past and not self._held):
            return [block]
        self._held.append(block)
        end_sample = block.first_sample + len(block.samples)
        is_long = end_sample - self._held[0].first_sample > self._longest_samples
        is_complete = end_sample >= self._until_sample
        if not (self._bleed.is_heard or is_long or is_complete):
            return []
        held, self._held = self._held, []
        self._is_over = is_complete or not self._bleed.is_heard
        if not self._bleed.is_heard:
            return held
        return [_silent_until(one, self._until_sample) for one in held]

    def held(self) -> list[AudioBlock]:
        """What a take that ends in the count-in has not let through yet."""
        return self._held


def upbeat_from_s(feed: ClickFeed) -> float:
    """From when on a sound may be the player's upbeat, in seconds of the stream."""
    return feed.start_s - UPBEAT_BEATS * 60.0 / feed.program.bpm


def _silent_until(block: AudioBlock, sample: int) -> AudioBlock:
    """The block with silence up to a sample of the stream."""
    samples = block.samples.copy()
    samples[: max(0, sample - block.first_sample)] = 0.0
    return AudioBlock(samples, block.first_sample)


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
