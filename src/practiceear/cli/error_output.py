"""The one line on stderr that says what is wrong and what to do."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from practiceear.errors import PracticeEarError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.audio.recording_quality import RecordingQuality


def complain(error: PracticeEarError) -> int:
    """Print an error as one line on stderr and return its exit code."""
    print(f"practiceear: {printable(' '.join(str(error).split()))}", file=sys.stderr)
    return error.exit_code


def warn_if_cut_short(name: str, health: RecordingQuality) -> bool:
    """Say that a take is cut off or damaged; return whether it is."""
    if health.is_cut_short:
        say_cut_short(name, health.share_read)
    return health.is_cut_short


def say_cut_short(name: str, share_read: float | None) -> None:
    """Say how much of a take could be read, ``None`` where that is not known."""
    from practiceear.reports.words import cut_short

    print(
        f"practiceear: {printable(name)} {cut_short(share_read)}."
        " Copy the file again from where it was recorded.",
        file=sys.stderr,
    )


_NAMES = ("stdin", "stdout", "stderr")


def complete_standard_streams() -> None:
    """Open those that are closed on nothing, and let no message fail for want of a reader.

    The next file to be opened would take the place of a closed one, and what is printed would
    be written into it.
    """
    for number, name in enumerate(_NAMES):
        if not _is_open(number):
            _open_on_nothing(number)
        if getattr(sys, name) is None:
            stream = os.fdopen(number, "r" if number == 0 else "w", closefd=False)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(_UnfailingOutput(sys.stderr.fileno(), "w", closefd=False)),
        encoding=sys.stderr.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )


def discard_standard_output() -> None:
    """Send what is still printed nowhere: its reader, such as ``head``, has had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _UnfailingOutput(io.FileIO):
    """Messages on a disk that is full, or to nobody, are lost; the work goes on."""

    def write(self, content: bytes) -> int:  # type: ignore[override]
        try:
            return super().write(content)
        except OSError:
            return len(content)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _open_on_nothing(number: int) -> None:
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    os.set_inheritable(number, True)
