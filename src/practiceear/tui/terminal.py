"""Keeps what native libraries print off the screen.

The screen is drawn to stderr, and sound libraries written in C complain to the same file
descriptor: "underrun occurred" would stand across the beat.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STDERR_FD = 2


@contextmanager
def native_output_to(log_path: Path) -> Iterator[None]:
    """Send what is written to file descriptor 2 to a log, except by Python itself.

    ``sys.stderr`` and ``sys.__stderr__``, to which the screen is drawn, keep the terminal.
    Enter it before the app is made; on leaving all is as before.

    Parameters
    ----------
    log_path
        The log, which is added to; where it cannot be opened the messages are dropped.
    """
    before = sys.stderr, sys.__stderr__
    for stream in before:
        if stream is not None:
            stream.flush()
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    screen_fd = os.dup(STDERR_FD)
    screen = os.fdopen(screen_fd, "w", buffering=1, encoding=encoding, errors="backslashreplace")
    _point_stderr_at(log_path)
    sys.stderr = sys.__stderr__ = screen  # type: ignore[misc]  # where Textual draws
    try:
        yield
    finally:
        with suppress(OSError):  # the terminal may have been closed
            screen.flush()
        os.dup2(screen_fd, STDERR_FD)
        sys.stderr, sys.__stderr__ = before  # type: ignore[misc]
        with suppress(OSError):
            screen.close()


def _point_stderr_at(log_path: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    try:
        log_fd = os.open(log_path, flags, 0o600)
    except OSError:
        log_fd = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log_fd, STDERR_FD)
    os.close(log_fd)
