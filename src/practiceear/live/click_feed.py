"""Clicks on their way into a sound stream: those of a take, and those of a count-in alone."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice

import numpy as np

from practiceear.audio.shared_buffer import SharedAudioBuffer, SoundStream
from practiceear.audio.stream_kernels import SOUNDED
from practiceear.metronome.program import CLICK, Bar, ClickArray, MetronomeProgram, bars
from practiceear.units import bpm_to_beat_s

AHEAD_S = 16.0
"""How far ahead clicks are planned, longer than the ring holds: no stall of this program is
heard, nor is a click late where sound comes faster than time."""

KEPT_BARS = 4
KEPT_S = 30.0
"""How long bars are remembered: the analysis is never that far behind."""

LEAD_S = 0.5
"""Silence before the first click: some hosts swallow the beginning of a stream."""


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a moment in the program.

    Bars of the count-in are below 0, beats count from 0; ``beat_position`` is in beats since the
    bar began, with fractions; ``is_audible`` is whether the bar has its click.
    """

    bar: int
    beat: int
    beat_position: float
    bpm: float
    is_audible: bool


@dataclass(frozen=True, slots=True)
class DueSlot:
    """A place of the bar where a note may be meant, in seconds since the stream began.

    ``beat`` of the bar and ``slot`` of the beat count from 0.
    """

    due_s: float
    slot_s: float
    beat: int
    slot: int


class ClickFeed:
    """Keeps the callback's table of clicks filled, and remembers when every slot is due."""

    def __init__(self, program: MetronomeProgram, exchange: SharedAudioBuffer) -> None:
        self.program = program
        self._exchange = exchange
        self.first_sample = round(LEAD_S * exchange.rate_hz)
        self._bars = bars(program, exchange.rate_hz, self.first_sample)
        self._planned: list[Bar] = []
        self._starts_s: list[float] = []
        self._waiting: ClickArray = np.zeros(0, CLICK)
        self._scheduled: deque[np.void] = deque()
        self._n_looked_up = exchange.n_scheduled
        self._next_bar()
        count_in = program.n_count_in_bars * program.meter.n_beats
        self.start_s = LEAD_S + count_in * bpm_to_beat_s(program.bpm_of_bar(0))

    def top_up(self, now_sample: int) -> None:
        """Schedule what is due within the next ``AHEAD_S``."""
        until_s = now_sample / self._exchange.rate_hz + AHEAD_S
        while len(self._waiting) or self._planned[-1].start_s < until_s:
            if not len(self._waiting):
                self._next_bar()
            clicks = self._waiting
            audible = clicks[clicks["is_audible"]]
            n_taken = self._exchange.schedule(
                audible["sample"],
                audible["kind"],
                np.full(len(audible), self.program.click_gain),
                may_rest=bool(clicks["bar"][0] >= 0),
            )
            self._scheduled.extend(audible[:n_taken])
            self._waiting = audible[n_taken:]
            if len(self._waiting):  # the table is full
                break

    def sounded(self, until_sample: int) -> ClickArray:
        """The clicks that sounded before a sample the callback has passed; each only once.

        One that rested, or came too late, did not sound.
        """
        found = []
        while self._scheduled and self._scheduled[0]["sample"] < until_sample:
            click = self._scheduled.popleft()
            if self._exchange.click_state(self._n_looked_up) == SOUNDED:
                found.append(click)
            self._n_looked_up += 1
        return np.array(found, dtype=CLICK)

    def _next_bar(self) -> None:
        bar = next(self._bars)
        self._planned.append(bar)
        self._starts_s.append(bar.start_s)
        self._waiting = bar.clicks
        while self._starts_s[0] < bar.start_s - AHEAD_S - KEPT_S and len(self._planned) > KEPT_BARS:
            del self._planned[0], self._starts_s[0]

    def place(self, time_s: float) -> Place | None:
        """Where a moment of the stream lies; None before the count-in."""
        at = bisect_right(self._starts_s, time_s) - 1
        if at < 0:
            return None
        bar = self._planned[at]
        position = (time_s - bar.start_s) / bpm_to_beat_s(bar.bpm)
        last_beat = self.program.meter.n_beats - 1
        is_audible = bool(bar.clicks["is_audible"][0])
        return Place(bar.index, min(int(position), last_beat), position, bar.bpm, is_audible)

    def nearest_slot(self, time_s: float) -> DueSlot | None:
        """The slot nearest to a moment; None where none is planned."""
        best: DueSlot | None = None
        at = bisect_right(self._starts_s, time_s) - 1
        for index in (at - 1, at, at + 1):
            if not 0 <= index < len(self._planned):
                continue
            for slot in self._slots(self._planned[index]):
                if best is None or abs(slot.due_s - time_s) < abs(best.due_s - time_s):
                    best = slot
        return best

    def _slots(self, bar: Bar) -> list[DueSlot]:
        beat_s = bpm_to_beat_s(bar.bpm)
        positions = self.program.subdivision.positions
        slot_s = beat_s / len(positions)
        return [
            DueSlot(bar.start_s + (beat + position) * beat_s, slot_s, beat, slot)
            for beat in range(self.program.meter.n_beats)
            for slot, position in enumerate(positions)
        ]


class CountInSound:
    """The count-in of a program in a stream, opened and not started; its input is not analysed."""

    def __init__(self, stream: SoundStream, program: MetronomeProgram) -> None:
        self._stream = stream
        self._first_sample = round(LEAD_S * stream.exchange.rate_hz)
        every_bar = bars(program, stream.exchange.rate_hz, self._first_sample)
        for bar in islice(every_bar, program.n_count_in_bars):
            clicks = bar.clicks[bar.clicks["is_audible"]]
            gains = np.full(len(clicks), program.click_gain)
            stream.exchange.schedule(clicks["sample"], clicks["kind"], gains, may_rest=False)

    def start(self) -> float:
        """Start; return in how many seconds the first click sounds. Raises ``DeviceError``."""
        self._stream.start()
        exchange = self._stream.exchange
        return (self._first_sample - exchange.counts.clock_sample) / exchange.rate_hz

    def close(self) -> None:
        """Fall silent and release the devices; never hangs, may be called more than once."""
        self._stream.close()
