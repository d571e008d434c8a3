"""Plays a recorded take through PortAudio, with its place on the clock of the loudspeaker.

A thread reads the take ahead; the callback of the sound card only takes what lies ready.
Whoever asks for the position asks memory, never a device, so a screen cannot hang on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from practiceear.audio.loudspeaker import OpenOutput, OutputStream, loudspeaker_opener
from practiceear.audio.read_ahead import ReadAhead, TakeSound
from practiceear.errors import DeviceError
from practiceear.units import samples_to_seconds, seconds_to_samples

SILENT_FOR_S = 2.0
"""No call of the callback for so long: the device is gone."""

LONGEST_DELAY_S = 1.0
"""Hosts that claim a longer way to the loudspeaker are wrong, some by a day."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What the last call of the callback took: of what, from where, how much, when heard."""

    ahead: ReadAhead
    first_sample: float
    n_samples: float
    heard_at_s: float


class TakePlayer:
    """Plays a take, from anywhere to its end.

    All but `play` return at once. Positions are samples of the take at ``rate_hz``, the rate
    at which takes are heard by the detector.

    Parameters
    ----------
    path
        The file.
    duration_s
        How long it is; what is asked for beyond is its end.
    loudspeaker
        Name of the device; None for the system's own.
    open_output
        Opens the loudspeaker; for tests.
    clock_s
        Seconds of a clock that never runs backwards; for tests.

    Raises
    ------
    TakeError
        Where the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        duration_s: float,
        loudspeaker: str | None = None,
        *,
        open_output: OpenOutput | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sound = TakeSound(path)
        self.rate_hz = self._sound.rate_hz
        self.n_samples = seconds_to_samples(duration_s, self.rate_hz)
        self._open_output = open_output or loudspeaker_opener(loudspeaker)
        self._clock_s = clock_s
        self._lock = threading.RLock()  # never taken by the callback
        self._stream: OutputStream | None = None
        self._ahead: ReadAhead | None = None
        self._told: _Told | None = None
        self._place = 0
        self._called_at_s = 0.0
        self._has_stopped = self._is_closed = False
        self._error: DeviceError | None = None

    @property
    def error(self) -> DeviceError | None:
        """Why the loudspeaker fell silent, until `play` is called again; None where it did not."""
        self._look()
        return self._error

    @property
    def is_playing(self) -> bool:
        """Whether it sounds, or is about to."""
        self._look()
        return self._ahead is not None

    @property
    def position_samples(self) -> int:
        """Which sample of the take leaves the loudspeaker just now."""
        self._look()
        return self._here()

    @property
    def position_s(self) -> float:
        """`position_samples` in seconds."""
        return samples_to_seconds(self.position_samples, self.rate_hz)

    def play(self) -> None:
        """Sound from the position on, from the beginning where that is the end.

        The first time the loudspeaker is opened, which may take seconds.

        Raises
        ------
        MissingError
            Where PortAudio is not installed.
        DeviceError
            Where there is no loudspeaker, or it cannot be used.
        """
        if self._error is not None or self._has_stopped:
            self._give_back()
        if self._stream is None:
            self._start_stream()
        with self._lock:
            self._error = None
            if self._ahead is None and not self._is_closed:
                self._begin(0 if self._place >= self.n_samples else self._place)
        if self._is_closed:  # meanwhile
            self._give_back()

    def _start_stream(self) -> None:
        self._has_stopped = False
        stream = self._open_output(self.rate_hz, self._fill, self._stopped)
        try:
            stream.start()
        except BaseException:
            stream.close()
            raise
        self._stream = stream

    def pause(self) -> None:
        """Fall silent; the position stays where it was heard to be."""
        with self._lock:
            self._end(self._here())

    def seek(self, position_s: float) -> None:
        """Go to a place of the take; goes on sounding from there if it sounded."""
        wanted = seconds_to_samples(position_s, self.rate_hz)
        place = min(max(0, wanted), self.n_samples)
        with self._lock:
            was_playing = self._ahead is not None
            self._end(place)
            if was_playing and place < self.n_samples:
                self._begin(place)

    def close(self) -> None:
        """Give the loudspeaker back; never hangs, may be called more than once."""
        with self._lock:
            self._is_closed = True
            self._end(self._here())
        self._give_back()

    def _give_back(self) -> None:
        """Close the loudspeaker, without the lock: whoever asks for the position must not wait."""
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _begin(self, place: int) -> None:
        if self._stream is not None:
            self._told, self._place = None, place
            self._called_at_s = self._clock_s()
            self._ahead = ReadAhead(self._sound, place, self._stream.rate_hz)

    def _end(self, place: int) -> None:
        ahead, self._ahead = self._ahead, None
        self._told, self._place = None, place
        if ahead is not None:
            ahead.stop()

    def _here(self) -> int:
        """The position, by what the callback last took and the time since then."""
        told = self._last_told()
        if told is None:
            return self._place
        moved = min((self._clock_s() - told.heard_at_s) * self.rate_hz, told.n_samples)
        return min(max(self._place, int(told.first_sample + moved)), self.n_samples)

    def _last_told(self) -> _Told | None:
        told = self._told
        return told if told is not None and told.ahead is self._ahead else None

    def _look(self) -> None:
        """Notice the end of the take and the loss of the device."""
        with self._lock:
            ahead, told = self._ahead, self._last_told()
            if ahead is None:
                return
            now_s = self._clock_s()
            if ahead.error is not None or self._has_stopped:
                self._lose(ahead.error)
            elif now_s - self._called_at_s > SILENT_FOR_S:
                self._lose(None)
            elif ahead.is_drained:
                length_s = 0.0 if told is None else told.n_samples / self.rate_hz
                if told is None or now_s >= told.heard_at_s + length_s:
                    self._end(self.n_samples)

    def _lose(self, reason: str | None) -> None:
        name = self._stream.name if self._stream is not None else "the loudspeaker"
        self._end(self._here())
        self._error = (
            DeviceError(f"the take cannot be read on ({reason})", "Check the disk it is on")
            if reason
            else DeviceError(f"{name} stopped", "Plug it in again, or choose another loudspeaker")
        )

    # In the thread of the sound card: no locks, nothing that waits.

    def _fill(self, output: Any, n_samples: int, times: Any, _flags: Any) -> None:
        now_s = self._clock_s()
        self._called_at_s = now_s
        ahead = self._ahead
        output[:] = 0.0
        if ahead is None:
            return
        first, n_taken = ahead.take(output[:, 0])
        output[:, 1:] = output[:, :1]
        if n_taken:
            ratio = self.rate_hz / ahead.output_rate_hz
            self._told = _Told(ahead, first, n_taken * ratio, now_s + _delay_s(times))

    def _stopped(self) -> None:
        self._has_stopped = True


def _delay_s(times: Any) -> float:
    """How long what is handed out now takes to the loudspeaker, as far as the host says."""
    delay_s = float(times.outputBufferDacTime - times.currentTime)
    return delay_s if 0.0 <= delay_s < LONGEST_DELAY_S else 0.0
