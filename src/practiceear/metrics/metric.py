"""The shape of every number that PracticeEar prints."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured quantity with its uncertainty, or the reason why there is none.

    Attributes
    ----------
    key
        Stable name in JSON, such as ``sd_ioi_s``.
    unit
        ``s``, ``dB``, ``ratio``, ``%``, ``s/s`` ...: the unit of value, low, high and floor.
    value
        The estimate; NaN where refused.
    n
        How many intervals or notes it rests on.
    low, high
        95 % interval; NaN where refused.
    floor
        What the detector alone would show for a perfectly even player; NaN where it
        has none.
    reason
        Empty, or why no number is given, in words for the player.
    is_rough
        Too few notes for a firm number (8 to 31): to be said beside it.
    is_floor_out
        Whether ``floor`` is counted in low and high already: taken out of a spread, added to
        the reach of a mean.
    chance_reach
        Of a mean whose interval holds the detector's error too: how far chance alone may have
        moved it, half a 95 % interval; else NaN.
    """

    key: str
    unit: str
    value: float
    n: int
    low: float = math.nan
    high: float = math.nan
    detector_error: float = math.nan
    reason: str = ""
    is_rough: bool = False
    is_floor_out: bool = False
    chance_reach: float = math.nan

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError(f"n of {self.key} must be 0 or more, not {self.n}")
        if bool(self.reason) == math.isfinite(self.value):
            raise ValueError(f"{self.key} needs either a value or a reason")

    @property
    def is_unavailable(self) -> bool:
        """Whether there is a reason instead of a number."""
        return bool(self.reason)

    @property
    def is_at_detector_error(self) -> bool:
        """Whether the detector alone explains what was measured.

        True where the interval, taken without sign, does not clear the floor; where the
        floor is taken out already, where nothing may be left.
        """
        if self.is_floor_out:
            return self.low <= 0.0 <= self.high
        if self.low <= 0.0 <= self.high:
            return math.isfinite(self.detector_error)
        return min(abs(self.low), abs(self.high)) <= self.detector_error

    @classmethod
    def unavailable(cls, key: str, unit: str, n: int, reason: str) -> Metric:
        """Build a metric that gives its reason instead of a number."""
        return cls(key, unit, math.nan, n, reason=reason)
