"""Settings of the onset detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Target = Literal["notes", "taps"]


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """Settings of the onset detector; the defaults serve every instrument.

    Attributes
    ----------
    target
        What is detected: ``"notes"``, or ``"taps"`` of fingers on wood, which sound like knocks.
    early, soon, called, confirmed, tap
        Scores (1 is certain) from which the heads of the network are believed: that a note
        began 1, 2 and 4 frames ago (provisional), 17 frames ago (confirmed), that there was a
        tap. None takes the threshold that came with the weights.
    """

    target: Target = "notes"
    early: float | None = None
    soon: float | None = None
    called: float | None = None
    confirmed: float | None = None
    tap: float | None = None

    def __post_init__(self) -> None:
        if self.target not in get_args(Target):
            raise ValueError(f"target must be one of {get_args(Target)}, not {self.target!r}")
        for name, value in zip(HEAD_NAMES, self.thresholds(), strict=True):
            if value is not None and not 0.0 < value < 1.0:
                raise ValueError(f"{name} must lie between 0 and 1, not {value!r}")

    def thresholds(self) -> tuple[float | None, ...]:
        """The five thresholds, in the order of the heads."""
        return (self.early, self.soon, self.called, self.confirmed, self.tap)


HEAD_NAMES = ("early", "soon", "called", "confirmed", "tap")
"""Heads of the network, in order."""
