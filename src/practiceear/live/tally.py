"""What has been heard so far, note by note, for the live strip and its numbers."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import numpy as np

from practiceear.live.click_feed import ClickFeed, DueSlot
from practiceear.live.snapshot import LiveNote, NoteState
from practiceear.metrics.reliability import FEWEST_FOR_NUMBER, Spread, spread_of
from practiceear.notes.tracker import NoteArray
from practiceear.onset.event import OnsetArray, OnsetKind
from practiceear.rhythm.alignment import FURTHEST_SLOTS
from practiceear.units import FloatArray

SHOWN_NOTES = 32


class LiveTally:
    """The last notes, provisional or confirmed, and how they spread; clicks are none.

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
        self._late: deque[tuple[float, float]] = deque(maxlen=SHOWN_NOTES)  # in slots, slot_s
        self._is_late_from_click = False
        self._confirmed_s: deque[float] = deque(maxlen=SHOWN_NOTES + 1)
        self._spread: tuple[tuple[int, float | None], Spread] | None = None
        self.n_confirmed = 0
        self.last_onset_s = -math.inf
        self.lag_s: float | None = None
        self.first_s = 0.0

    def add_events(self, events: OnsetArray, known_at_s: float) -> list[LiveNote]:
        """Take in onset events; return the notes that they confirm, with their deviation.

        ``known_at_s`` is when their sound arrived.
        """
        confirmed = []
        for event in events:
            onset_id, kind = int(event["onset_id"]), int(event["kind"])
            if kind in (OnsetKind.RETRACTED, OnsetKind.CLICK):
                self._notes.pop(onset_id, None)
                continue
            before = self._notes.get(onset_id)
            onset_s = float(event["onset_sample"]) / self._rate_hz
            slot = self._slot_of(onset_s)
            note = LiveNote(
                onset_id,
                onset_s,
                NoteState.CONFIRMED if kind == OnsetKind.CONFIRMED else NoteState.PROVISIONAL,
                self._deviation_s(onset_s),
                known_at_s=before.known_at_s if before is not None else known_at_s,
                beat=slot.beat if slot is not None else None,
                slot=slot.slot if slot is not None else None,
            )
            self._notes[onset_id] = note
            if note.state is NoteState.CONFIRMED and onset_s >= self.first_s:
                self._count(note)
                confirmed.append(note)
        while len(self._notes) > SHOWN_NOTES:
            del self._notes[next(iter(self._notes))]
        return confirmed

    def _count(self, note: LiveNote) -> None:
        self.n_confirmed += 1
        self.last_onset_s = max(self.last_onset_s, note.onset_s)
        self._confirmed_s.append(note.onset_s)
        slot = self._slot_of(note.onset_s)
        if slot is None:
            return
        is_lag_known = self.lag_s is not None
        if is_lag_known is not self._is_late_from_click:
            self._late.clear()
        elif not is_lag_known and self._late and self._late[-1][1] != slot.slot_s:
            self._late.clear()  # at another tempo the same delay is another share of a slot
        self._is_late_from_click = is_lag_known
        late_s = note.onset_s - (self.lag_s or 0.0) - slot.due_s
        self._late.append((late_s / slot.slot_s, slot.slot_s))

    def _slot_of(self, onset_s: float) -> DueSlot | None:
        if self._feed is None:
            return None
        return self._feed.nearest_slot(onset_s - (self.lag_s or 0.0))

    def add_notes(self, notes: NoteArray) -> None:
        """Take in the level of notes that ended."""
        for ended in notes:
            onset_s = float(ended["onset_sample"]) / self._rate_hz
            for onset_id, note in self._notes.items():
                if note.onset_s == onset_s and note.state is NoteState.CONFIRMED:
                    self._notes[onset_id] = replace(note, level_dbfs=float(ended["level_dbfs"]))

    def notes(self) -> tuple[LiveNote, ...]:
        """The last notes, the newest last."""
        return tuple(sorted(self._notes.values(), key=lambda note: note.onset_s))

    def _deviation_s(self, onset_s: float) -> float:
        """How late a note is; NaN where no slot is near.

        About the known lag of the click, or else about the player's own centre.
        """
        slot, lag_s = self._slot_of(onset_s), self.lag_s
        if slot is None:
            return math.nan
        if lag_s is None:
            phase = (onset_s - slot.due_s) / slot.slot_s - self._centre_slots()
            deviation_s = (phase - round(phase)) * slot.slot_s
        else:
            deviation_s = onset_s - lag_s - slot.due_s
        return deviation_s if abs(deviation_s) <= FURTHEST_SLOTS * slot.slot_s else math.nan

    def _centre_slots(self) -> float:
        """The player's circular mean in slots: half a slot late is half a slot early."""
        if not self._late:
            return 0.0
        angle = 2 * np.pi * np.array([phase for phase, _ in self._late])
        return float(np.angle(np.mean(np.exp(1j * angle))) / (2 * np.pi))

    def spread(self) -> Spread:
        """SD of the confirmed deviations about their mean, or without metronome of the intervals.

        NaN below 8. Its interval is that of the measures of a take.
        """
        key = (self.n_confirmed, self.lag_s)
        if self._spread is None or self._spread[0] != key:  # read far more often than notes come
            self._spread = (key, self._new_spread())
        return self._spread[1]

    def _new_spread(self) -> Spread:
        values = self._deviations_s() if self._feed is not None else self._intervals_s()
        if len(values) < FEWEST_FOR_NUMBER:
            return Spread(math.nan, math.nan, math.nan, len(values))
        return spread_of(values - values.mean())

    def _deviations_s(self) -> FloatArray:
        """Of the last confirmed notes about their common centre, whatever the lag is."""
        if not self._late:
            return np.zeros(0)
        phase, slot_s = np.array(self._late).T
        if self.lag_s is not None:
            late_s = (phase * slot_s)[np.abs(phase) <= FURTHEST_SLOTS]
            return np.asarray(late_s - late_s.mean()) if late_s.size else late_s
        off = phase - self._centre_slots()
        off -= np.round(off)
        return np.asarray((off * slot_s)[np.abs(off) <= FURTHEST_SLOTS])

    def _intervals_s(self) -> FloatArray:
        """Intervals near the commonest one, without rests and other note values."""
        intervals_s = np.diff(np.sort(np.array(self._confirmed_s)))
        if not len(intervals_s):
            return intervals_s
        middle_s = float(np.median(intervals_s))
        return np.asarray(intervals_s[np.abs(intervals_s - middle_s) < 0.4 * middle_s])

    def slot_s(self) -> float:
        """The interval at which notes are due, or come; NaN where not known."""
        if self._feed is None:
            intervals_s = self._intervals_s()
            return float(np.median(intervals_s)) if len(intervals_s) else math.nan
        slot = None
        if math.isfinite(self.last_onset_s):
            slot = self._feed.nearest_slot(self.last_onset_s)
        slot = slot or self._feed.nearest_slot(self._feed.start_s)
        return slot.slot_s if slot else math.nan
