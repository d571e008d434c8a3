"""Keeps the callback's table of clicks filled, and remembers when every slot is due."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

import numpy as np

from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.stream_kernels import SOUNDED
from practiceear.metronome.program import CLICK, Bar, ClickArray, MetronomeProgram, bars
from practiceear.units import bpm_to_beat_s

AHEAD_S = 16.0
"""Clicks are planned so far ahead, longer than the ring holds: no stall of this program is ever
heard, nor is a click late where sound comes faster than time."""

KEPT_BARS = 4
KEPT_S = 30.0
"""Bars are remembered so long: the analysis is never that far behind."""

LEAD_S = 0.5
"""Silence before the first click: some hosts swallow the beginning of a stream."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the program a moment lies.

    Attributes
    ----------
    bar, beat
        Bars of the count-in are below 0, beats count from 0.
    beat_position
        Beats since the bar began, with fractions.
    bpm
        Tempo of the bar.
    is_audible
        Whether the bar has its click.
    """

    bar: int
    beat: int
    beat_position: float
    bpm: float
    is_audible: bool


@dataclass(frozen=True, slots=True)
class DueSlot:
    """A place of the bar where a note may be meant.

    Attributes
    ----------
    due_s
        When it is due, in seconds since the stream began.
    slot_s
        How long slots are there, in seconds.
    beat, slot
        The beat of the bar and the slot of the beat, from 0.
    """

    due_s: float
    slot_s: float
    beat: int
    slot: int


class ClickFeed:
    """The metronome's program on its way into a sound stream.

    Parameters
    ----------
    program
        What the metronome plays.
    exchange
        Where its clicks go.
    """

    def __init__(self, program: MetronomeProgram, exchange: SharedAudioBuffer) -> None:
        self.program = program
        self._exchange = exchange
        self.first_sample = round(LEAD_S * exchange.rate_hz)
        self._bars = bars(program, exchange.rate_hz, self.first_sample)
        self._planned: list[Bar] = []
        self._starts_s: list[float] = []
        self._waiting: ClickArray | None = None
        self._handed_on: deque[np.void] = deque()
        self._n_told = exchange.n_scheduled
        self._next_bar()
        count_in = program.n_count_in_bars * program.meter.n_beats
        self.start_s = LEAD_S + count_in * bpm_to_beat_s(program.bpm_of_bar(0))

    def top_up(self, now_sample: int) -> None:
        """Plan what is due within the next seconds."""
        until_s = now_sample / self._exchange.rate_hz + AHEAD_S
        while self._waiting is not None or self._planned[-1].start_s < until_s:
            if self._waiting is None:
                self._next_bar()
            clicks = self._waiting
            if clicks is None:
                break
            audible = clicks[clicks["is_audible"]]
            n_taken = self._exchange.schedule(
                audible["sample"],
                audible["kind"],
                np.full(len(audible), self.program.click_gain),
                may_rest=bool(clicks["bar"][0] >= 0),
            )
            self._handed_on.extend(audible[:n_taken])
            rest = audible[n_taken:]
            self._waiting = rest if len(rest) else None
            if self._waiting is not None:  # the table is full
                break

    def sounded(self, until_sample: int) -> ClickArray:
        """The clicks that really sounded before a sample and were not given before.

        One that rested, or came too late, did not. Ask when the callback has passed the sample.
        """
        found = []
        while self._handed_on and self._handed_on[0]["sample"] < until_sample:
            click = self._handed_on.popleft()
            if self._exchange.click_state(self._n_told) == SOUNDED:
                found.append(click)
            self._n_told += 1
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
            for one in self._slots(self._planned[index]):
                if best is None or abs(one.due_s - time_s) < abs(best.due_s - time_s):
                    best = one
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
