"""Tells a recording that is being written just now from one that was cut off.

A program that records holds a lock on the file; the system takes the lock away when the
program ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

STILL_WRITTEN_S = 10.0
"""Without locks (Windows, some network folders), what grew so recently is still being written."""


class RecordingLock:
    """A lock on a file, held until `release` or the end of the program.

    Parameters
    ----------
    path
        The file, which exists. Where it cannot be locked nothing is held.
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

    Raises
    ------
    BlockingIOError
        Where another has locked it.
    OSError
        Where it cannot be opened.
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
