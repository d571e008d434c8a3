"""A running exchange of sound, whatever is at its other end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from practiceear.audio.shared_buffer import SharedAudioBuffer


class SoundStream(Protocol):
    """Microphone in and clicks out, on one sample counter."""

    @property
    def exchange(self) -> SharedAudioBuffer:
        """The memory that the stream fills and empties."""
        ...

    @property
    def input_name(self) -> str:
        """The microphone."""
        ...

    @property
    def output_name(self) -> str:
        """The loudspeaker; "" where there is none."""
        ...

    @property
    def callback_kind(self) -> str:
        """Who moves the samples: ``"native"``, ``"python"`` or ``"virtual"``."""
        ...

    def start(self) -> None:
        """Let samples flow."""
        ...

    @property
    def is_alive(self) -> bool:
        """Whether samples still arrive."""
        ...

    def close(self) -> None:
        """Stop, and give the devices back; never hangs."""
        ...


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """Options of a stream of sound.

    Attributes
    ----------
    microphone, loudspeaker
        Names as ``practiceear devices`` lists them; None takes the default.
    block_samples
        Samples a call; 0 lets the host choose.
    rate_hz
        None takes what the microphone runs at, if the detector can.
    callback
        ``"python"`` leaves the compiled callback out; ``"native"`` is taken where possible.
    is_patient
        See `SharedAudioBuffer`.
    """

    microphone: str | None = None
    loudspeaker: str | None = None
    is_output_wanted: bool = True
    block_samples: int = 0
    rate_hz: int | None = None
    callback: Literal["native", "python"] = "native"
    is_patient: bool = False
