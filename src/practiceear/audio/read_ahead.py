"""Reads a recorded take from any place on, ahead of the loudspeaker that plays it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from practiceear.audio.blocks import Samples
from practiceear.audio.takefile import TakeFile

AHEAD_S = 1.0
"""So much lies ready: a slow disk or a busy screen is not heard."""

LOOK_AGAIN_S = 0.02


class TakeSound:
    """The sound of a take from any place on, all channels mixed to one.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    TakeError
        Where it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        take = TakeFile(path)
        self._take, self._file_rate_hz = take, take.file_rate_hz
        self.rate_hz = take.rate_hz

    def chunks(self, first_sample: int, output_rate_hz: int) -> Iterator[Samples]:
        """Deliver the sound at another rate, from a sample at ``rate_hz`` on.

        Ends where the file ends or is damaged.
        """
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
    """Keeps a second of sound ready.

    Parameters
    ----------
    sound
        What is read.
    first_sample
        From where, in samples at the rate of ``sound``.
    output_rate_hz
        Rate of what is taken.
    """

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

        Returns
        -------
        tuple
            The place of its first sample, at the rate of the take, and how many were filled.
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
