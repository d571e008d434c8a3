"""The time of a practice session in lines: real, or that of a demo, which waits for nothing."""

from __future__ import annotations

import time
from typing import Protocol


class PracticeClock(Protocol):
    """The time of a session."""

    def now_s(self) -> float:
        """Seconds since it began."""

    def wait(self, time_s: float) -> None:
        """Let time pass."""

    def played(self, duration_s: float) -> None:
        """A take of that length was played."""


class WallClock:
    """Real time."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def now_s(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._began_s

    def wait(self, time_s: float) -> None:
        """Sleep."""
        time.sleep(time_s)

    def played(self, duration_s: float) -> None:
        """Nothing: the time has passed by itself."""


class DemoClock:
    """The time of a demo, in which takes and rests last no longer than they must."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        """Seconds that would have passed."""
        return self._now_s

    def wait(self, time_s: float) -> None:
        """Jump."""
        self._now_s += time_s

    def played(self, duration_s: float) -> None:
        """Jump by the length of the take."""
        self._now_s += duration_s
