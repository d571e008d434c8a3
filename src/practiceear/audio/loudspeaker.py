"""Opens a loudspeaker for a take that is played; the microphone's own click goes another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from practiceear.audio.blocks import Frames
from practiceear.audio.devices import (
    OPEN_STREAMS,
    AudioDevice,
    HostStream,
    HostTimes,
    choose_device,
    close_stream,
    hushed_native_output,
    open_portaudio,
)
from practiceear.errors import DeviceError

Fill = Callable[[Frames, int, HostTimes, object], None]
"""The callback: output of shape (n_samples, n_channels), n_samples, PortAudio's times, flags."""


class OutputStream(Protocol):
    """An open loudspeaker."""

    @property
    def rate_hz(self) -> int:
        """Samples per second that it takes."""
        ...

    @property
    def name(self) -> str:
        """How it is called."""
        ...

    def start(self) -> None:
        """Ask for samples from now on."""
        ...

    def close(self) -> None:
        """Give the device back; never hangs."""
        ...


OpenOutput = Callable[[int, Fill, Callable[[], None]], OutputStream]
"""Opens a loudspeaker: the requested rate, the callback, what is called at a stop."""


def loudspeaker_opener(wanted: str | None) -> OpenOutput:
    """A function that opens the loudspeaker of this name; None for the system's own.

    It raises MissingError without PortAudio, DeviceError without a usable device.
    """

    def open_output(rate_hz: int, fill: Fill, stopped: Callable[[], None]) -> OutputStream:
        device = choose_device("output", wanted)
        sounddevice = open_portaudio()
        reason: Exception | None = None
        for rate in dict.fromkeys((rate_hz, round(device.rate_hz))):
            try:
                with hushed_native_output():
                    stream = sounddevice.OutputStream(
                        samplerate=rate,
                        device=device.index,
                        channels=min(2, device.n_channels),
                        dtype="float32",
                        latency="high",  # nobody waits for it, and no gap may be heard
                        callback=fill,
                        finished_callback=stopped,
                    )
                return _Loudspeaker(device, stream, rate)
            except (sounddevice.PortAudioError, ValueError) as error:
                reason = error
        raise _refused(device.label, reason)

    return open_output


class _Loudspeaker:
    """A PortAudio output."""

    def __init__(self, device: AudioDevice, stream: HostStream, rate_hz: int) -> None:
        self.name, self.rate_hz, self._stream = device.label, rate_hz, stream
        OPEN_STREAMS.add(self)  # kept alive, whoever forgets it

    def start(self) -> None:
        """Ask for samples from now on."""
        try:
            with hushed_native_output():
                self._stream.start()
        except open_portaudio().PortAudioError as error:
            raise _refused(self.name, error) from error

    def close(self) -> None:
        """Give the device back; where the host does not answer, leave it behind."""
        close_stream(self._stream, self)


def _refused(name: str, error: Exception | None) -> DeviceError:
    text = " ".join(str(error).split())
    return DeviceError(f"{name} cannot play the take ({text})", "Choose another loudspeaker")
