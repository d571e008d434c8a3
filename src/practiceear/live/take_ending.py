"""When a live take has ended: the player fell silent, or never began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from practiceear.live.levels import SilenceDetector

if TYPE_CHECKING:
    from practiceear.audio.blocks import Samples
    from practiceear.live.click_feed import ClickFeed

SILENCE_S = 3.0
"""A take ends after so long without a note, or after two bars, whichever is longer."""

SILENT_BARS = 2
NEVER_STARTED_S = 60.0
LONGEST_NOTE_S = 60.0
"""So long after the last onset it is not a note that sounds, but the room."""


class TakeEnding:
    """Watches for the end of a take.

    Parameters
    ----------
    rate_hz
        Samples per second.
    feed
        The metronome; None where there is none.
    """

    def __init__(self, rate_hz: int, feed: ClickFeed | None) -> None:
        self._rate_hz, self._feed = rate_hz, feed
        self._quiet_meter = SilenceDetector(rate_hz)

    def add(self, samples: Samples) -> None:
        """Take in the next samples, without the click."""
        self._quiet_meter.add(samples)

    @property
    def room_dbfs(self) -> float:
        """How loud the room is; NaN before it was heard."""
        return self._quiet_meter.room_dbfs

    def is_over(self, now_s: float, last_onset_s: float, silent_since_sample: int | None) -> bool:
        """Whether the player has ended.

        Parameters
        ----------
        now_s
            Since the stream began.
        last_onset_s
            Of the last confirmed note; minus infinity before the first.
        silent_since_sample
            Since when no note sounds, as the ear knows; None while one does.
        """
        start_s = self._feed.start_s if self._feed is not None else 0.0
        if last_onset_s < start_s:
            return now_s > start_s + NEVER_STARTED_S
        silent_s = min(self._quiet_meter.quiet_s, now_s - last_onset_s)
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
