"""What stream is wanted; light, so that a screen can ask before anything heavy is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StreamWish:
    """What stream is wanted.

    Attributes
    ----------
    microphone, loudspeaker
        Names as ``practiceear devices`` lists them; None takes the default.
    is_output_wanted
        Whether a click is to be heard.
    block_samples
        Samples a call; 0 lets the host choose.
    rate_hz
        None takes what the microphone runs at, if the detector can.
    callback
        ``"python"`` leaves the compiled callback out; ``"native"`` is taken where possible.
    is_patient
        See `SoundExchange`.
    """

    microphone: str | None = None
    loudspeaker: str | None = None
    is_output_wanted: bool = True
    block_samples: int = 0
    rate_hz: int | None = None
    callback: Literal["native", "python"] = "native"
    is_patient: bool = False
