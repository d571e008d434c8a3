"""What has been heard so far, note by note, for the live strip and its numbers."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import numpy as np

from practiceear.live.click_feed import ClickFeed, DueSlot
from practiceear.live.snapshot import LiveNote, NoteState
from practiceear.metrics.detector_error import known_errors_s, usual_error_s
from practiceear.metrics.on_time import on_time_windows_s as on_time_windows_s  # noqa: PLC0414 screens ask for it here
from practiceear.metrics.reliability import FEWEST_FOR_NUMBER, Spread, spread_of
from practiceear.notes.tracker import NoteArray
from practiceear.onset.event import (
    OnsetArray,
    OnsetKind,
    error_beside_neighbours_s,
    to_nearest_s,
)
from practiceear.units import FloatArray

SHOWN_NOTES = 32
FURTHEST_SLOTS = 0.45
"""A note further than this from any slot is meant for none, as in the alignment of takes."""


class LiveTally:
    """Notes as they are called, confirmed and retracted.

    ``lag_s`` is the delay of the click, where it is known; notes before ``first_s`` belong to
    the count-in: they are shown and not counted. Both may be set at any time.

    Parameters
    ----------
    rate_hz
        Samples per second of the events.
    feed
        The metronome; None where there is none.
    """

    def __init__(self, rate_hz: int, feed: ClickFeed | None) -> None:
        self._rate_hz, self._feed = rate_hz, feed
        self._notes: dict[int, LiveNote] = {}
        self._raw: deque[tuple[float, float]] = deque(maxlen=SHOWN_NOTES)  # in slots, slot_s
        self._is_raw_from_click = False
        self._settled_s: deque[float] = deque(maxlen=SHOWN_NOTES + 1)
        self._error_s: deque[float] = deque(maxlen=SHOWN_NOTES + 1)
        self._spread: tuple[tuple[int, float | None], Spread] | None = None
        self.n_confirmed = 0
        self.last_onset_s = -math.inf
        self.lag_s: float | None = None
        self.first_s = 0.0

    def add_events(self, events: OnsetArray, known_at_s: float) -> list[LiveNote]:
        """Take in what the ear said; return the notes that confirmed, with their deviation.

        ``known_at_s`` is when the sound that told of them came.
        """
        confirmed = []
        for event in events:
            onset_id, kind = int(event["onset_id"]), int(event["kind"])
            onset_s = float(event["onset_sample"]) / self._rate_hz
            if kind == OnsetKind.RETRACTED:
                self._notes.pop(onset_id, None)
                continue
            state = NoteState.CONFIRMED if kind == OnsetKind.CONFIRMED else NoteState.PROVISIONAL
            before = self._notes.get(onset_id)
            slot = self._slot_of(onset_s)
            note = LiveNote(
                onset_id,
                onset_s,
                state,
                self.deviation_s(onset_s),
                known_at_s=before.known_at_s if before is not None else known_at_s,
                beat=slot.beat if slot is not None else None,
                slot=slot.slot if slot is not None else None,
            )
            self._notes[onset_id] = note
            if state is NoteState.CONFIRMED and onset_s >= self.first_s:
                self._error_s.append(float(event["error_s"]))
                self._settle(note)
                confirmed.append(note)
        while len(self._notes) > SHOWN_NOTES:
            del self._notes[next(iter(self._notes))]
        return confirmed

    def _settle(self, note: LiveNote) -> None:
        self.n_confirmed += 1
        self.last_onset_s = max(self.last_onset_s, note.onset_s)
        self._settled_s.append(note.onset_s)
        slot = self._slot_of(note.onset_s)
        if slot is None:
            return
        is_lag_known = self.lag_s is not None
        if is_lag_known is not self._is_raw_from_click:
            self._raw.clear()
        elif not is_lag_known and self._raw and self._raw[-1][1] != slot.slot_s:
            self._raw.clear()  # at another tempo the same delay is another share of a slot
        self._is_raw_from_click = is_lag_known
        late_s = note.onset_s - (self.lag_s or 0.0) - slot.due_s
        self._raw.append((late_s / slot.slot_s, slot.slot_s))

    def _slot_of(self, onset_s: float) -> DueSlot | None:
        if self._feed is None:
            return None
        return self._feed.nearest_slot(onset_s - (self.lag_s or 0.0))

    def add_notes(self, notes: NoteArray) -> None:
        """Take in the level of notes that ended."""
        for one in notes:
            onset_s = float(one["onset_sample"]) / self._rate_hz
            for onset_id, note in self._notes.items():
                if note.onset_s == onset_s and note.state is NoteState.CONFIRMED:
                    self._notes[onset_id] = replace(note, level_dbfs=float(one["level_dbfs"]))

    def notes(self) -> tuple[LiveNote, ...]:
        """The last notes, the newest last."""
        return tuple(sorted(self._notes.values(), key=lambda one: one.onset_s))

    def error_s(self, unknown_s: float) -> float:
        """How far off the last onsets may be; ``unknown_s`` where that is not known."""
        to_nearest = to_nearest_s(np.array(self._settled_s))
        error_s = error_beside_neighbours_s(np.array(self._error_s), to_nearest)
        return usual_error_s(known_errors_s(error_s, unknown_s), unknown_s)

    def deviation_s(self, onset_s: float) -> float:
        """How late a note is; NaN where no slot is near.

        About the known lag of the click, or else about the player's own centre.
        """
        slot, lag_s = self._slot_of(onset_s), self.lag_s
        if slot is None:
            return math.nan
        if lag_s is None:
            phase = (onset_s - slot.due_s) / slot.slot_s - self._centre_slots()
            deviation = (phase - round(phase)) * slot.slot_s
        else:
            deviation = onset_s - lag_s - slot.due_s
        return deviation if abs(deviation) <= FURTHEST_SLOTS * slot.slot_s else math.nan

    def _centre_slots(self) -> float:
        """The player's own centre in slots, on the circle: half a slot late is half early."""
        if not self._raw:
            return 0.0
        angle = 2 * np.pi * np.array([phase for phase, _ in self._raw])
        return float(np.angle(np.mean(np.exp(1j * angle))) / (2 * np.pi))

    def spread(self) -> Spread:
        """Of the confirmed deviations about their mean, or without metronome of the intervals.

        NaN below 8. Its interval is that of the measures of a take.
        """
        key = (self.n_confirmed, self.lag_s)
        if self._spread is None or self._spread[0] != key:  # asked far more often than notes come
            self._spread = (key, self._new_spread())
        return self._spread[1]

    def _new_spread(self) -> Spread:
        values = self._deviations() if self._feed is not None else self._intervals()
        if len(values) < FEWEST_FOR_NUMBER:
            return Spread(math.nan, math.nan, math.nan, len(values))
        return spread_of(values - values.mean())

    def _deviations(self) -> FloatArray:
        """Of the last confirmed notes about their common centre, whatever the lag is."""
        if not self._raw:
            return np.zeros(0)
        phase, slot_s = np.array(self._raw).T
        if self.lag_s is not None:
            late_s = (phase * slot_s)[np.abs(phase) <= FURTHEST_SLOTS]
            return np.asarray(late_s - late_s.mean()) if late_s.size else late_s
        off = phase - self._centre_slots()
        off -= np.round(off)
        return np.asarray((off * slot_s)[np.abs(off) <= FURTHEST_SLOTS])

    def _intervals(self) -> FloatArray:
        """Intervals near the commonest one: rests and other note values say nothing."""
        intervals = np.diff(np.sort(np.array(self._settled_s)))
        if not len(intervals):
            return intervals
        middle = float(np.median(intervals))
        return np.asarray(intervals[np.abs(intervals - middle) < 0.4 * middle])

    def slot_s(self) -> float:
        """The interval at which notes are due, or come; NaN where not known."""
        if self._feed is not None:
            slot = self._feed.nearest_slot(self.last_onset_s)
            return (
                slot.slot_s if slot and math.isfinite(self.last_onset_s) else self._first_slot_s()
            )
        intervals = self._intervals()
        return float(np.median(intervals)) if len(intervals) else math.nan

    def _first_slot_s(self) -> float:
        feed = self._feed
        slot = feed.nearest_slot(feed.start_s) if feed else None
        return slot.slot_s if slot else math.nan
