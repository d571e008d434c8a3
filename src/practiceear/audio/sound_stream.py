"""A running exchange of sound, whatever is at its other end."""

from __future__ import annotations

from typing import Protocol

from practiceear.audio.exchange import SoundExchange


class SoundStream(Protocol):
    """Microphone in and clicks out, on one sample counter.

    Attributes are described at each property.
    """

    @property
    def exchange(self) -> SoundExchange:
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
