"""Quiet when in time: the click falls silent while every note is inside a window.

A beginner reaches the first window; after enough notes inside it the next is narrower. The first
note outside brings the click back at once.
"""

from __future__ import annotations

import math

WINDOW_SHARES = (0.15, 0.10, 0.06)
"""Windows to either side, as shares of the slot: the first is about three times the spread of
untrained tappers (4 % of the beat, Repp 2005), the last near what is heard."""

NARROWEST_S = 0.012
"""No window is narrower than what the detector resolves."""

NOTES_TO_REST = 8
NOTES_TO_NARROW = 32


class QuietClick:
    """Decides, note by note, whether the click may rest.

    Deviations must be about the player's own mean where early and late are unknown: a steady
    lead is no miss. ``level`` is the index of the current window.
    """

    def __init__(self) -> None:
        self.level = 0
        self._n_inside = 0

    @property
    def is_resting(self) -> bool:
        """Whether the click is silent."""
        return self._n_inside >= NOTES_TO_REST

    def window_s(self, slot_s: float) -> float:
        """Half width of the current window, in seconds."""
        return max(WINDOW_SHARES[self.level] * slot_s, NARROWEST_S)

    def add(self, deviation_s: float, slot_s: float) -> None:
        """Take in one confirmed note; NaN, a note for no slot, is a miss."""
        if math.isnan(deviation_s) or abs(deviation_s) > self.window_s(slot_s):
            self._n_inside = 0
            return
        self._n_inside += 1
        if self._n_inside >= NOTES_TO_NARROW and self.level + 1 < len(WINDOW_SHARES):
            self.level += 1
            self._n_inside = NOTES_TO_REST
