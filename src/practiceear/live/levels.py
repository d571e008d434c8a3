"""Level, silence and the end of a live take."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from practiceear.audio.blocks import Framer, Samples

if TYPE_CHECKING:
    from practiceear.live.click_feed import ClickFeed

LEVEL_S = 0.1
PEAK_S = 1.0
MUTED_AFTER_S = 5.0
FULL_SCALE = 0.999

STEP_S = 0.1
ABOVE_ROOM_DB = 6.0
"""Noise of a room wavers by less from one tenth of a second to the next."""

SOUNDING_DB = 10.0
ROOM_SHARE = 0.05
"""Share of a take, the quietest, whose level is the room's."""

SILENCE_S = 3.0
"""A take ends after so long without a note, or after two bars, whichever is longer."""

SILENT_BARS = 2
NEVER_STARTED_S = 60.0
LONGEST_NOTE_S = 60.0
"""So long after the last onset it is not a note that sounds, but the room."""


class InputLevel:
    """RMS of the last tenth of a second and peak of the last second, in steps of 10 ms."""

    def __init__(self, rate_hz: int) -> None:
        self._framer = Framer(rate_hz // 100)
        self._powers: deque[float] = deque(maxlen=round(LEVEL_S * 100))
        self._peaks: deque[float] = deque(maxlen=round(PEAK_S * 100))
        self._n_silent_steps = 0

    def add(self, samples: Samples) -> None:
        """Take in the next samples."""
        for step in self._framer.cut(samples):
            peak = float(np.max(np.abs(step)))
            self._powers.append(float(np.mean(np.square(step, dtype=np.float64))))
            self._peaks.append(peak)
            self._n_silent_steps = self._n_silent_steps + 1 if peak == 0.0 else 0

    @property
    def level_dbfs(self) -> float:
        """RMS of the last tenth of a second; minus infinity for digital silence."""
        power = sum(self._powers) / len(self._powers) if self._powers else 0.0
        return 10.0 * math.log10(power) if power > 0 else -math.inf

    @property
    def peak_dbfs(self) -> float:
        """Highest sample of the last second."""
        peak = max(self._peaks, default=0.0)
        return 20.0 * math.log10(peak) if peak > 0 else -math.inf

    @property
    def is_clipping(self) -> bool:
        """Whether full scale was reached within the last second."""
        return max(self._peaks, default=0.0) >= FULL_SCALE

    @property
    def is_digitally_silent(self) -> bool:
        """Whether every sample of the last seconds was zero: no microphone is that quiet."""
        return self._n_silent_steps >= MUTED_AFTER_S * 100


class SilenceDetector:
    """Finds the level of the room and how long nothing has been louder, in steps of 0.1 s."""

    def __init__(self, rate_hz: int) -> None:
        self._framer = Framer(round(STEP_S * rate_hz))
        self._room_db = math.inf
        self._level_db: list[float] = []
        self._n_quiet_steps = 0
        self._has_sounded = False

    def add(self, samples: Samples) -> None:
        """Take in the next samples."""
        for step in self._framer.cut(samples):
            self._add_step(float(np.mean(np.square(step, dtype=np.float64))))

    def _add_step(self, power: float) -> None:
        if power == 0.0:  # no room is that quiet: a device that starts, a count-in held back
            self._n_quiet_steps += 1
            return
        level_db = 10.0 * math.log10(power)
        self._level_db.append(level_db)
        self._room_db = min(self._room_db, level_db)
        self._has_sounded |= level_db > self._room_db + SOUNDING_DB
        is_quiet = level_db <= self._room_db + ABOVE_ROOM_DB
        self._n_quiet_steps = self._n_quiet_steps + 1 if is_quiet else 0

    @property
    def room_dbfs(self) -> float:
        """Level of the quietest twentieth of what was heard; NaN before anything was."""
        # Not the very lowest: a device that fades in would be a silent room.
        return float(np.quantile(self._level_db, ROOM_SHARE)) if self._level_db else math.nan

    @property
    def quiet_s(self) -> float:
        """How long the level has been that of the room, in seconds; 0 before it was exceeded."""
        return self._n_quiet_steps * STEP_S if self._has_sounded else 0.0


class TakeEnding:
    """Finds the end of a take; ``feed`` is the metronome, None where there is none."""

    def __init__(self, rate_hz: int, feed: ClickFeed | None) -> None:
        self._rate_hz, self._feed = rate_hz, feed
        self._silence = SilenceDetector(rate_hz)

    def add(self, samples: Samples) -> None:
        """Take in the next samples, without the click."""
        self._silence.add(samples)

    @property
    def room_dbfs(self) -> float:
        """Level of the room; NaN before it was heard."""
        return self._silence.room_dbfs

    def is_over(self, now_s: float, last_onset_s: float, silent_since_sample: int | None) -> bool:
        """Whether the player has ended.

        Parameters
        ----------
        now_s
            Since the stream began.
        last_onset_s
            Of the last confirmed note; minus infinity before the first.
        silent_since_sample
            Since when no note sounds, by the note tracker; None while one does.
        """
        start_s = self._feed.start_s if self._feed is not None else 0.0
        if last_onset_s < start_s:
            return now_s > start_s + NEVER_STARTED_S
        silent_s = min(self._silence.quiet_s, now_s - last_onset_s)
        if silent_since_sample is not None:
            ended_s = max(silent_since_sample / self._rate_hz, last_onset_s)
            silent_s = max(silent_s, now_s - ended_s)
        longest_rest_s = self._longest_rest_s(now_s)
        longest_note_s = max(LONGEST_NOTE_S, longest_rest_s)
        return silent_s > longest_rest_s or now_s - last_onset_s > longest_note_s

    def _longest_rest_s(self, now_s: float) -> float:
        if self._feed is None:
            return SILENCE_S
        place, program = self._feed.place(now_s), self._feed.program
        bpm = place.bpm if place is not None else program.bpm
        return max(SILENCE_S, SILENT_BARS * program.meter.n_beats * 60.0 / bpm)
