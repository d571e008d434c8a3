"""A measured number with its uncertainty, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

from practiceear.metrics.catalogue import MetricKey


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured quantity with its uncertainty, or the reason why there is none.

    Attributes
    ----------
    key
        Which measure it is; its unit is that of value, low, high and detector_error.
    value
        The estimate; NaN where unavailable.
    n
        Number of intervals or notes it rests on.
    low, high
        95 % interval; NaN where unavailable.
    detector_error
        What the detector alone would show for a perfectly even player; NaN where it has none.
    reason
        Empty, or why no number is given, in words for the player.
    is_rough
        Too few notes for a firm number (8 to 31).
    is_floor_out
        Whether low and high already account for ``detector_error``: taken out of a spread, added
        to the reach of a mean.
    chance_reach
        Of a mean whose interval holds the detector's error too: how far chance alone may have
        moved it, half a 95 % interval; else NaN.
    """

    key: MetricKey
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
    def unit(self) -> str:
        """Of value, interval and detector error: ``s``, ``dB``, ``ratio``, ``%`` ..."""
        return self.key.info.unit

    @property
    def is_unavailable(self) -> bool:
        """Whether there is a reason instead of a number."""
        return bool(self.reason)

    @property
    def is_at_detector_error(self) -> bool:
        """Whether the detector alone explains what was measured.

        True where the absolute interval does not clear the detector's error; where that is taken
        out already, where nothing may be left.
        """
        if self.is_floor_out:
            return self.low <= 0.0 <= self.high
        if self.low <= 0.0 <= self.high:
            return math.isfinite(self.detector_error)
        return min(abs(self.low), abs(self.high)) <= self.detector_error

    @classmethod
    def unavailable(cls, key: MetricKey, n: int, reason: str) -> Metric:
        """Build a metric that gives its reason instead of a number."""
        return cls(key, math.nan, n, reason=reason)
