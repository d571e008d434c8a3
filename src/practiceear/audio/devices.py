"""The door to PortAudio: which microphones and loudspeakers there are, and which of them to use.

Only here is sounddevice imported. That opens every device of the machine and may fail, so it
happens only when sound is needed.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Literal, Protocol

from practiceear.audio.blocks import WORKING_RATES_HZ
from practiceear.errors import DeviceError, MissingError

_HINT = (
    "On Debian or Ubuntu: apt install libportaudio2 (Fedora: dnf install portaudio, Arch:"
    " pacman -S portaudio). Recorded takes work without it"
)

OPEN_STREAMS: set[object] = set()
"""Streams that are not closed yet; a thread of the sound card writes into their memory."""

CLOSE_WITHIN_S = 2.0
"""A dead server can keep the closing of a stream for ever: after so long it is left behind."""

Direction = Literal["input", "output"]

PREFERRED_RATES_HZ = (48000, 44100, 96000, 88200)
"""Most devices run at 48 kHz and convert anything else."""

BLUETOOTH_SIGNS = ("bluetooth", "bluez", "airpods", "headset hands-free", "hands-free ag")


class HostTimes(Protocol):
    """When the samples of one call of a callback are played, in seconds of the host's clock."""

    currentTime: float  # noqa: N815 PortAudio's names
    outputBufferDacTime: float  # noqa: N815


class HostFlags(Protocol):
    """What the host says of one call of a callback."""

    input_overflow: bool
    output_underflow: bool


class HostStream(Protocol):
    """An open stream of PortAudio."""

    latency: float | tuple[float, float]

    def start(self) -> None:
        """Let samples flow."""

    def abort(self, ignore_errors: bool) -> None:
        """Stop at once."""

    def close(self, ignore_errors: bool) -> None:
        """Give the device back."""


def open_portaudio() -> ModuleType:
    """Import sounddevice, and with it PortAudio; MissingError where either is missing."""
    try:
        with hushed_native_output():
            import sounddevice
    except (OSError, ImportError) as error:
        raise MissingError("live mode needs the PortAudio library", _HINT) from error
    module: ModuleType = sounddevice
    return module


def look_again() -> ModuleType:
    """Open PortAudio anew, so that devices plugged in since then are seen.

    Nothing is done while a stream is open. Where a JACK server was found it is left as it is:
    should the server have gone since then, PortAudio would abort the whole program.
    """
    sounddevice = open_portaudio()
    if OPEN_STREAMS or any(
        "JACK" in host["name"] and host["devices"] for host in sounddevice.query_hostapis()
    ):
        return sounddevice
    with hushed_native_output():
        sounddevice._terminate()
        sounddevice._initialize()
    return sounddevice


def close_stream(stream: HostStream, owner: object) -> None:
    """Stop a stream and give its device back; where the host does not answer, leave it behind.

    PortAudio is then not closed when the program ends: a host that died would hold it for ever.
    """

    def close() -> None:
        try:
            with hushed_native_output():
                stream.abort(ignore_errors=True)
                stream.close(ignore_errors=True)
            OPEN_STREAMS.discard(owner)
        except Exception:  # a dying host raises what it likes; there is nobody left to tell
            return

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(CLOSE_WITHIN_S)
    if closing.is_alive():
        atexit.unregister(open_portaudio()._exit_handler)
        _HUSH.drop_all()


class _Hush:
    """The callers that hush native output now: several threads may, and one may never return."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callers: set[object] = set()
        self._kept: int | None = None

    def add(self, caller: object) -> None:
        """Point file descriptor 2 nowhere, for the first caller."""
        with self._lock:
            if not self._callers:
                try:
                    self._kept = os.dup(2)
                except OSError:  # no stderr at all
                    return
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 2)
                os.close(nowhere)
            self._callers.add(caller)

    def drop(self, caller: object) -> None:
        """Give it back after the last."""
        with self._lock:
            if caller in self._callers:
                self._callers.discard(caller)
                self._give_back()

    def drop_all(self) -> None:
        """Give it back though somebody still hangs in a native call."""
        with self._lock:
            self._callers.clear()
            self._give_back()

    def _give_back(self) -> None:
        if not self._callers and self._kept is not None:
            os.dup2(self._kept, 2)
            os.close(self._kept)
            self._kept = None


_HUSH = _Hush()


@contextmanager
def hushed_native_output() -> Iterator[None]:
    """Keep what native libraries print on stderr off the screen for a moment.

    ALSA complains at length about every device that a machine does not have.
    """
    caller = object()
    _HUSH.add(caller)
    try:
        yield
    finally:
        _HUSH.drop(caller)


@dataclass(frozen=True, slots=True)
class AudioDevice:
    """A microphone or loudspeaker as PortAudio offers it.

    Its index changes when devices come and go; ``host`` is the system that offers it, such as ALSA
    or JACK; channels are those of its direction.
    """

    index: int
    name: str
    host: str
    direction: Direction
    n_channels: int
    rate_hz: float
    is_default: bool

    @property
    def label(self) -> str:
        """Name and host, unique on most machines."""
        return f"{self.name} ({self.host})"

    @property
    def is_bluetooth(self) -> bool:
        """Whether its name says that it is wireless: its delay is long and changes."""
        return any(sign in self.name.lower() for sign in BLUETOOTH_SIGNS)


def list_devices(direction: Direction, *, is_anew: bool = False) -> list[AudioDevice]:
    """All devices of one direction, the default first; MissingError without PortAudio."""
    sounddevice = look_again() if is_anew else open_portaudio()
    with hushed_native_output():
        found = list(sounddevice.query_devices())
        hosts = list(sounddevice.query_hostapis())
        default = _default_index(sounddevice.default.device, hosts, direction)
    key = f"max_{direction}_channels"
    devices = [
        AudioDevice(
            index=index,
            name=device["name"],
            host=hosts[device["hostapi"]]["name"].replace("JACK Audio Connection Kit", "JACK"),
            direction=direction,
            n_channels=device[key],
            rate_hz=device["default_samplerate"],
            is_default=index == default,
        )
        for index, device in enumerate(found)
        if device[key] > 0
    ]
    return sorted(devices, key=lambda device: not device.is_default)


def _default_index(
    defaults: Sequence[int], hosts: Sequence[dict[str, object]], direction: Direction
) -> int:
    """PortAudio's default device; JACK's where a JACK server runs: whoever starts one means it."""
    for host in hosts:
        device = host[f"default_{direction}_device"]
        if "JACK" in str(host["name"]) and isinstance(device, int) and device >= 0:
            return device
    return int(defaults[0 if direction == "input" else 1])


def choose_device(direction: Direction, wanted: str | None = None) -> AudioDevice:
    """The device whose label, name or number is given, or holds what is given; else the default.

    DeviceError where there is none, or more than one would fit.
    """
    devices = list_devices(direction)
    noun = "microphone" if direction == "input" else "loudspeaker"
    if not devices:
        raise DeviceError(
            f"no {noun} was found", "Plug one in, or check that the sound server runs"
        )
    if wanted is None:
        return devices[0]
    exact = [device for device in devices if wanted in _names(device)]
    fitting = exact or [device for device in devices if wanted.lower() in device.label.lower()]
    if len(fitting) == 1 or exact:
        return fitting[0]
    listed = "; ".join(device.label for device in fitting or devices)
    if fitting:
        raise DeviceError(f"several devices are called like {wanted!r}", f"Choose one of: {listed}")
    raise DeviceError(f"there is no {noun} {wanted!r}", f"There are: {listed}")


def _names(device: AudioDevice) -> tuple[str, ...]:
    return device.label, device.name, str(device.index)


def usable_format(
    microphone: AudioDevice, loudspeaker: AudioDevice | None, rate_hz: int | None = None
) -> tuple[int, int]:
    """A rate at which both can run and the detector can work, and the channels in.

    One channel where the device gives it; some cards only give all they have. Without ``rate_hz``
    the microphone's own rate is tried first. DeviceError where there is none.
    """
    own = [rate for rate in WORKING_RATES_HZ if rate == microphone.rate_hz]
    rates = (rate_hz,) if rate_hz is not None else (*own, *PREFERRED_RATES_HZ)
    for rate in rates:
        for n_inputs in dict.fromkeys((1, min(2, microphone.n_channels), microphone.n_channels)):
            if _is_possible(microphone, n_inputs, loudspeaker, rate):
                return rate, n_inputs
    raise DeviceError(
        f"{microphone.label} runs at {microphone.rate_hz:g} Hz and at none of"
        f" {', '.join(str(rate) for rate in rates)}",
        "Choose another microphone, or set its rate in the system's sound settings",
    )


def _is_possible(
    microphone: AudioDevice, n_inputs: int, loudspeaker: AudioDevice | None, rate_hz: int
) -> bool:
    sounddevice = open_portaudio()
    try:
        with hushed_native_output():
            sounddevice.check_input_settings(
                device=microphone.index, channels=n_inputs, dtype="float32", samplerate=rate_hz
            )
            if loudspeaker is not None:
                sounddevice.check_output_settings(
                    device=loudspeaker.index, dtype="float32", samplerate=rate_hz
                )
    except (sounddevice.PortAudioError, ValueError):
        return False
    return True
