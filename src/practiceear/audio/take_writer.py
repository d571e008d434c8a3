"""Writes a take to disk while it runs, so that a crash costs a fraction of a second of it.

Measured by killing a writer at random moments: of a FLAC file the last block of 4096
samples and what waits for it are lost, less than 0.1 s at 44.1 kHz; of a WAV file
nothing. Both are then read again without their count of samples.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import numpy as np
import soundfile

from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.audio.sound_reader import openable
from practiceear.errors import OutputError, UsageError

STILL_WRITTEN_S = 10.0
"""Without locks (Windows, some network folders), what grew so recently is still being written."""


class RecordingLock:
    """A lock on an existing file, held until `release` or the end of the program.

    Where it cannot be locked nothing is held.
    """

    def __init__(self, path: Path) -> None:
        self._fd: int | None = None
        with contextlib.suppress(OSError):
            self._fd = _locked(path)

    def release(self) -> None:
        """Let go of it; a second time do nothing."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def is_being_recorded(path: Path) -> bool:
    """Return whether some program writes a recording at this moment; False without the file."""
    try:
        fd = _locked(path)
        if fd is not None:
            os.close(fd)
            return False
        return time.time() - path.stat().st_mtime < STILL_WRITTEN_S
    except BlockingIOError:
        return True
    except OSError:  # there is no such file, or it may not be read
        return False


def _locked(path: Path) -> int | None:
    """Open and lock a file; None where there are no locks.

    BlockingIOError where another has locked it, OSError where it cannot be opened.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    fd = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise
    except OSError:  # a file system without locks
        os.close(fd)
        return None
    return fd


CONTAINERS = {".flac": "FLAC", ".wav": "WAV"}
"""What a take can be written as, by the ending of its name."""

SUBTYPE = "PCM_24"  # 16 bits would add their own noise to a soft take
FULL_DISK_BYTES = 2**20  # the decoder's library does not say why it failed: so little room does
_NOT_RECORDED = "the take is no longer being recorded"


class TakeWriter:
    """A take on disk that grows as it is played: mono, 24 bits.

    A place in the file is a place in the take: samples that were lost are silence in it.
    A disk that fills up ends the recording, never the session; see `error`.

    ``path``: ends in ``.flac``, in ``.wav``, or in nothing, which is completed to ``.flac``. Where
    there is such a file already, ``name-2``, ``name-3`` ... is taken instead. ``rate_hz``: samples
    per second.

    UsageError where the name ends otherwise. OutputError where the file cannot be made.
    """

    def __init__(self, path: Path, rate_hz: int) -> None:
        named = path if path.suffix else path.with_name(f"{path.name}.flac")
        container = CONTAINERS.get(named.suffix.lower())
        if container is None:
            raise UsageError(
                f"a take cannot be recorded as {named.name}",
                f"Choose a name ending in {' or '.join(CONTAINERS)}",
            )
        self.rate_hz = rate_hz
        self._lock = threading.Lock()  # the session may close it while a block is written
        self._n_samples = 0
        self._error = ""
        self._path = _new_file(named)
        try:
            self._file: soundfile.SoundFile | None = soundfile.SoundFile(
                openable(self._path), "w", rate_hz, channels=1, subtype=SUBTYPE, format=container
            )
        except (OSError, RuntimeError) as error:
            self._path.unlink(missing_ok=True)
            raise _cannot_record(named, str(error)) from error
        self._recording_lock = RecordingLock(self._path)

    @property
    def path(self) -> Path:
        """The file that is written: the name requested, or the first free one like it."""
        return self._path

    @property
    def n_samples(self) -> int:
        """How many samples were written, silence for lost ones included."""
        return self._n_samples

    @property
    def duration_s(self) -> float:
        """How long the recording is."""
        return self._n_samples / self.rate_hz

    @property
    def is_recording(self) -> bool:
        """Whether what comes is still written: False once closed, or after an error."""
        return self._file is not None

    @property
    def is_kept(self) -> bool:
        """Whether there is sound in the file: one without is removed when it is closed."""
        return self._n_samples > 0

    @property
    def error(self) -> str:
        """One line for the player: why the recording ended early; empty if it did not."""
        return self._error

    def write(self, block: AudioBlock) -> None:
        """Append a block, and silence for what was lost before it; nothing once ended.

        Samples beyond ±1 are clipped, what is no number becomes 0.

        ValueError where the block overlaps what is written already.
        """
        with self._lock:
            n_lost = block.first_sample - self._n_samples
            if self._file is None:
                return
            if n_lost < 0:
                raise ValueError(f"block at sample {block.first_sample} overlaps the one before it")
            try:
                for start in range(0, n_lost, self.rate_hz):
                    n_silent = min(self.rate_hz, n_lost - start)
                    self._append(self._file, np.zeros(n_silent, dtype=np.float32))
                self._append(self._file, _within_full_scale(block.samples))
            except (OSError, RuntimeError, AssertionError) as error:  # a write that fell short
                self._error = self._complaint(error)
                self._end()

    def close(self) -> None:
        """Complete the file, or remove it if nothing was written; a second time do nothing."""
        with self._lock:
            self._end()

    def _append(self, file: soundfile.SoundFile, samples: Samples) -> None:
        file.write(samples)
        self._n_samples += len(samples)

    def _end(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.close()
            if not self.is_kept:
                self._path.unlink()
        except (OSError, RuntimeError) as error:
            self._error = self._error or self._complaint(error)
        finally:
            self._recording_lock.release()

    def _complaint(self, error: Exception) -> str:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if is_full or _free_bytes(self._path.parent) < FULL_DISK_BYTES:
            return f"the disk is full: {_NOT_RECORDED}"
        reason = " ".join(str(error).split()).rstrip(".") or "the file took less than it was given"
        return f"{self._path.name} cannot be written on ({reason}): {_NOT_RECORDED}"


def _new_file(path: Path) -> Path:
    """Make an empty file of this name, or of the first numbered one that is free."""
    name, number = path, 1
    while True:
        try:
            name.touch(exist_ok=False)
            return name
        except FileExistsError:
            number += 1
            name = path.with_name(f"{path.stem}-{number}{path.suffix}")
        except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
            raise _cannot_record(path, getattr(error, "strerror", None) or str(error)) from error


def _cannot_record(path: Path, reason: str) -> OutputError:
    return OutputError(
        f"the take cannot be recorded to {path}: {reason.rstrip('.')}",
        "Choose a folder that exists, that you may write to and that has room",
    )


def _free_bytes(folder: Path) -> float:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # the folder went away with its disk: not full
        return float("inf")


def _within_full_scale(samples: Samples) -> Samples:
    numbers = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(numbers, -1.0, 1.0)
