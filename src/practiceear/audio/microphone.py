"""The live stream: a microphone and, where there is one, a loudspeaker for the click.

One PortAudio stream carries both, so that a sample played and a sample heard have the same
number. Its callback only copies (``stream_kernels.py``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from types import ModuleType

import numpy as np

from practiceear.audio.blocks import Frames, Samples, StreamOptions
from practiceear.audio.devices import (
    OPEN_STREAMS,
    AudioDevice,
    HostFlags,
    HostStream,
    HostTimes,
    choose_device,
    close_stream,
    hushed_native_output,
    open_portaudio,
    usable_format,
)
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.stream_kernels import N_INPUTS, N_OUTPUTS
from practiceear.audio.stream_kernels import exchange as exchange_samples
from practiceear.errors import DeviceError
from practiceear.units import IntArray

SILENT_FOR_S = 2.0
"""No call of the callback for so long: the device is gone. Slow hosts call every 0.1 s."""

BUSY_SIGNS = ("unavailable", "busy", "-9985")


class Microphone:
    """A microphone, and a loudspeaker for the click where there is one; see `open`."""

    def __init__(
        self,
        exchange: SharedAudioBuffer,
        source: AudioDevice,
        sink: AudioDevice | None,
        options: StreamOptions,
    ) -> None:
        self._exchange = exchange
        self._source, self._sink, self._options = source, sink, options
        self._callback: object = None
        self._callback_kind = "python"
        self._seen = (0, time.monotonic())
        self._is_closed = False
        self._stream = self._open_stream()
        OPEN_STREAMS.add(self)  # kept alive, whoever forgets it

    @classmethod
    def open(
        cls,
        options: StreamOptions = StreamOptions(),  # noqa: B008 it is frozen
        sounds: Mapping[int, tuple[Samples, ...]] | None = None,
    ) -> Microphone:
        """Open the devices, without starting them; ``sounds`` are the clicks for each working rate.

        MissingError where PortAudio is not installed. DeviceError where there is no such
        microphone, it is busy, or it cannot run at a usable rate.
        """
        source = choose_device("input", options.microphone)
        sink = _loudspeaker(options)
        rate_hz, n_inputs = usable_format(source, sink, options.rate_hz)
        exchange = SharedAudioBuffer(
            rate_hz,
            (sounds or {}).get(rate_hz, ()),
            n_inputs=n_inputs,
            n_outputs=0 if sink is None else min(2, sink.n_channels),
            is_patient=options.is_patient,
        )
        return cls(exchange, source, sink, options)

    @property
    def exchange(self) -> SharedAudioBuffer:
        """The memory that the stream fills and empties."""
        return self._exchange

    @property
    def input_name(self) -> str:
        """The microphone."""
        return self._source.label

    @property
    def output_name(self) -> str:
        """The loudspeaker; "" where there is none."""
        return self._sink.label if self._sink else ""

    @property
    def callback_kind(self) -> str:
        """``"native"`` or ``"python"``."""
        return self._callback_kind

    @property
    def claimed_latency_s(self) -> float:
        """Round trip as the host claims it; NaN where the claim is absurd.

        Some hosts are off by 20 ms, some by a day: measure it instead.
        """
        latency = self._stream.latency
        total = float(sum(latency)) if isinstance(latency, tuple) else float(latency)
        return total if 0 <= total < 1 else float("nan")

    def start(self) -> None:
        """Let samples flow; DeviceError where the device does not start."""
        self._seen = (0, time.monotonic())
        try:
            with hushed_native_output():
                self._stream.start()
        except open_portaudio().PortAudioError as error:
            raise _reason(self._source, error) from error

    @property
    def is_alive(self) -> bool:
        """Whether samples still arrive: not every host reports a device that is gone."""
        n_calls = self._exchange.counts.n_calls
        now_s = time.monotonic()
        if n_calls != self._seen[0]:
            self._seen = (n_calls, now_s)
            return True
        return now_s - self._seen[1] < SILENT_FOR_S

    def close(self) -> None:
        """Stop, and give the devices back; where the host does not answer, leave it behind."""
        if self._is_closed:
            return
        self._is_closed = True
        self._exchange.stop_waiting()
        close_stream(self._stream, self)

    def _open_stream(self) -> HostStream:
        sounddevice = open_portaudio()
        words = self._exchange.words
        n_inputs = int(words[N_INPUTS])
        self._callback, userdata = self._make_callback(sounddevice, words)
        source, sink = self._source.index, self._sink and self._sink.index
        settings = {
            "samplerate": self._exchange.rate_hz,
            "blocksize": self._options.block_samples,
            "device": source if sink is None else (source, sink),
            "channels": n_inputs if self._sink is None else (n_inputs, int(words[N_OUTPUTS])),
            "dtype": "float32",
            "latency": "low",
            "clip_off": True,
            "dither_off": True,
            "callback": self._callback,
        }
        kind = "input" if self._sink is None else "duplex"
        try:
            with hushed_native_output():
                if userdata is not None:
                    make = partial(
                        sounddevice._StreamBase, kind, userdata=userdata, wrap_callback=None
                    )
                else:
                    make = sounddevice.InputStream if self._sink is None else sounddevice.Stream
                stream: HostStream = make(**settings)
                return stream
        except (sounddevice.PortAudioError, ValueError) as error:
            raise _reason(self._source, error) from error

    def _make_callback(self, sounddevice: ModuleType, words: IntArray) -> tuple[object, object]:
        """The compiled callback and what is handed to it, or the one in Python."""
        if self._options.callback == "native":
            from practiceear.audio.stream_kernels import compile_callback, is_native_possible

            if is_native_possible():
                self._compiled = compile_callback()  # kept: PortAudio only has its address
                self._callback_kind = "native"
                ffi = sounddevice._ffi
                return (
                    ffi.cast("PaStreamCallback *", self._compiled.address),
                    ffi.cast("void *", words.ctypes.data),
                )
        return (self._input_in_python if self._sink is None else self._duplex_in_python), None

    def _duplex_in_python(
        self, samples: Frames, output: Frames, n_samples: int, times: HostTimes, status: HostFlags
    ) -> None:
        flags = 2 * bool(status.input_overflow) + 4 * bool(status.output_underflow)
        exchange_samples(
            self._exchange.words,
            self._exchange.floats,
            samples.reshape(-1),
            output.reshape(-1),
            n_samples,
            flags,
            int(times.currentTime * 1e9),
        )

    def _input_in_python(
        self, samples: Frames, n_samples: int, times: HostTimes, status: HostFlags
    ) -> None:
        self._duplex_in_python(samples, np.zeros(0, np.float32), n_samples, times, status)


def _loudspeaker(options: StreamOptions) -> AudioDevice | None:
    """The loudspeaker; None where no name is given and there is none."""
    if not options.is_output_wanted:
        return None
    try:
        return choose_device("output", options.loudspeaker)
    except DeviceError:
        if options.loudspeaker is not None:
            raise
        return None


def _reason(device: AudioDevice, error: Exception) -> DeviceError:
    """PortAudio's words in one line, with what can be done."""
    text = " ".join(str(error).split())
    if any(sign in text.lower() for sign in BUSY_SIGNS):
        return DeviceError(
            f"{device.label} is busy or has gone ({text})",
            "Close the other program that uses it, or choose another device",
        )
    return DeviceError(
        f"{device.label} cannot be opened ({text})", "Choose another device: practiceear devices"
    )
