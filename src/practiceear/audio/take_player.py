"""Plays a recorded take through PortAudio, with its place on the clock of the loudspeaker.

A thread reads the take ahead; the callback of the sound card only takes what lies ready.
Whoever asks for the position asks memory, never a device, so a screen cannot hang on it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from practiceear.audio.blocks import Frames, Samples
from practiceear.audio.devices import HostTimes
from practiceear.audio.loudspeaker import OpenOutput, OutputStream, loudspeaker_opener
from practiceear.audio.takefile import TakeFile
from practiceear.errors import DeviceError
from practiceear.units import samples_to_seconds, seconds_to_samples

SILENT_FOR_S = 2.0
"""No call of the callback for so long: the device is gone."""

LONGEST_DELAY_S = 1.0
"""Hosts that claim a longer way to the loudspeaker are wrong, some by a day."""


AHEAD_S = 1.0
"""So much lies ready: a slow disk or a busy screen is not heard."""

LOOK_AGAIN_S = 0.02


class TakeSound:
    """The sound of a take from any place on, all channels mixed; TakeError if unreadable."""

    def __init__(self, path: Path) -> None:
        take = TakeFile(path)
        self._take, self._file_rate_hz = take, take.file_rate_hz
        self.rate_hz = take.rate_hz

    def chunks(self, first_sample: int, output_rate_hz: int) -> Iterator[Samples]:
        """Deliver the sound at another rate from ``first_sample`` on, to the end or a damage."""
        resampler = None
        if output_rate_hz != self._file_rate_hz:
            resampler = soxr.ResampleStream(
                self._file_rate_hz, output_rate_hz, 1, dtype="float32", quality="MQ"
            )
        first_frame = round(first_sample * self._file_rate_hz / self.rate_hz)
        for frames in self._take.frames_from(first_frame):
            mono = np.nan_to_num(np.mean(frames, axis=1, dtype=np.float32))
            np.clip(mono, -1.0, 1.0, out=mono)
            yield resampler.resample_chunk(mono) if resampler else mono
        if resampler:
            yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)


class ReadAhead:
    """Keeps a second of sound ready, from ``first_sample`` at the rate of ``sound`` on."""

    def __init__(self, sound: TakeSound, first_sample: int, output_rate_hz: int) -> None:
        self.output_rate_hz = output_rate_hz
        self.error: str | None = None
        self._sound, self._first_sample = sound, first_sample
        self._ready: deque[Samples] = deque()
        self._held: Samples = np.zeros(0, np.float32)
        self._n_read = self._n_taken = 0
        self._is_read = False
        self._is_stopping = threading.Event()
        self._has_room = threading.Event()
        threading.Thread(target=self._read, name="take reader", daemon=True).start()

    @property
    def is_drained(self) -> bool:
        """Whether all was read and taken."""
        return self._is_read and self._n_taken == self._n_read

    def take(self, output: Samples) -> tuple[float, int]:
        """Fill ``output``, shape (n,), as far as sound lies ready; never waits.

        Return the place of its first sample, at the rate of the take, and how many were filled.
        """
        first = self._first_sample + self._n_taken * self._sound.rate_hz / self.output_rate_hz
        n_filled = 0
        while n_filled < len(output):
            if not len(self._held):
                if not self._ready:
                    break
                self._held = self._ready.popleft()
            n_now = min(len(self._held), len(output) - n_filled)
            output[n_filled : n_filled + n_now] = self._held[:n_now]
            self._held = self._held[n_now:]
            n_filled += n_now
        self._n_taken += n_filled
        self._has_room.set()
        return first, n_filled

    def stop(self) -> None:
        """Read no further."""
        self._is_stopping.set()
        self._has_room.set()

    def _read(self) -> None:
        most = AHEAD_S * self.output_rate_hz
        try:
            for chunk in self._sound.chunks(self._first_sample, self.output_rate_hz):
                while self._n_read - self._n_taken > most and not self._is_stopping.is_set():
                    self._has_room.clear()
                    self._has_room.wait(LOOK_AGAIN_S)
                if self._is_stopping.is_set():
                    return
                self._n_read += len(chunk)
                self._ready.append(chunk)
        except (OSError, RuntimeError) as error:  # the disk went away with the file
            self.error = " ".join(str(error).split())
        self._is_read = True


@dataclass(frozen=True, slots=True)
class _Taken:
    """What the last callback took: of what, from where, how much, and when it is heard."""

    ahead: ReadAhead
    first_sample: float
    n_samples: float
    heard_at_s: float


class TakePlayer:
    """Plays a take, from anywhere to its end.

    All but `play` return at once. Positions are samples of the take at ``rate_hz``, the rate at
    which the detector runs, from 0 to ``duration_s``. TakeError where the file cannot be read.
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
        self._taken: _Taken | None = None
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

        The first time the loudspeaker is opened, which may take seconds: MissingError without
        PortAudio, DeviceError without a usable loudspeaker.
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
        place = seconds_to_samples(position_s, self.rate_hz)
        place = min(max(0, place), self.n_samples)
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
        """Close the loudspeaker, without the lock: readers of the position must not wait."""
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _begin(self, place: int) -> None:
        if self._stream is not None:
            self._taken, self._place = None, place
            self._called_at_s = self._clock_s()
            self._ahead = ReadAhead(self._sound, place, self._stream.rate_hz)

    def _end(self, place: int) -> None:
        ahead, self._ahead = self._ahead, None
        self._taken, self._place = None, place
        if ahead is not None:
            ahead.stop()

    def _here(self) -> int:
        """The position, by what the callback last took and the time since then."""
        taken = self._last_taken()
        if taken is None:
            return self._place
        moved = min((self._clock_s() - taken.heard_at_s) * self.rate_hz, taken.n_samples)
        return min(max(self._place, int(taken.first_sample + moved)), self.n_samples)

    def _last_taken(self) -> _Taken | None:
        taken = self._taken
        return taken if taken is not None and taken.ahead is self._ahead else None

    def _look(self) -> None:
        """Notice the end of the take and the loss of the device."""
        with self._lock:
            ahead, taken = self._ahead, self._last_taken()
            if ahead is None:
                return
            now_s = self._clock_s()
            if ahead.error is not None or self._has_stopped:
                self._lose(ahead.error)
            elif now_s - self._called_at_s > SILENT_FOR_S:
                self._lose(None)
            elif ahead.is_drained:
                length_s = 0.0 if taken is None else taken.n_samples / self.rate_hz
                if taken is None or now_s >= taken.heard_at_s + length_s:
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

    def _fill(self, output: Frames, n_samples: int, times: HostTimes, _flags: object) -> None:
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
            self._taken = _Taken(ahead, first, n_taken * ratio, now_s + _delay_s(times))

    def _stopped(self) -> None:
        self._has_stopped = True


def _delay_s(times: HostTimes) -> float:
    """How long what is handed out now takes to the loudspeaker, as the host reports it."""
    delay_s = float(times.outputBufferDacTime - times.currentTime)
    return delay_s if 0.0 <= delay_s < LONGEST_DELAY_S else 0.0
