"""A tempo that the player taps."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from statistics import median

from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM
from practiceear.units import beat_s_to_bpm, bpm_to_beat_s

FEWEST_TAPS = 3
MOST_TAPS = 6

LONGEST_PAUSE_S = 3.0
"""A beat of the slowest tempo; after a longer pause the player has stopped."""

MOST_UNEVEN = 0.5
"""Largest deviation of an interval from the median of those before it, as a share; beyond it the
tempo has changed, or a tap was left out or doubled. Steady tappers stay within a tenth."""


class TapTempo:
    """Finds the tempo of taps from the median interval, which an uneven tap hardly moves."""

    def __init__(self) -> None:
        self._taps_s: deque[float] = deque(maxlen=MOST_TAPS)

    def tap(self, time_s: float) -> float | None:
        """Take in a tap at a monotonic time; return the tempo in bpm, 20 to 400.

        From the last six taps at most; None until there are three. A pause of more than 3 s, or
        an interval off by more than half, starts anew with this tap.
        """
        if not self._goes_on(time_s):
            self._taps_s.clear()
        self._taps_s.append(time_s)
        if len(self._taps_s) < FEWEST_TAPS:
            return None
        beat_s = median(self._intervals_s())
        shortest_s, longest_s = bpm_to_beat_s(HIGHEST_BPM), bpm_to_beat_s(LOWEST_BPM)
        return beat_s_to_bpm(min(max(beat_s, shortest_s), longest_s))

    def _goes_on(self, time_s: float) -> bool:
        """Whether a tap belongs to the taps before it."""
        if not self._taps_s:
            return True
        interval_s = time_s - self._taps_s[-1]
        if not 0.0 <= interval_s <= LONGEST_PAUSE_S:
            return False
        if len(self._taps_s) == 1:
            return True
        usual_s = median(self._intervals_s())
        return abs(interval_s - usual_s) <= MOST_UNEVEN * usual_s

    def _intervals_s(self) -> list[float]:
        return [later - sooner for sooner, later in pairwise(self._taps_s)]
