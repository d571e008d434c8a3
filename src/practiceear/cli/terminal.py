"""Standard streams, errors as one line, and signals that end a take properly."""

from __future__ import annotations

import io
import os
import signal
import stat
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from practiceear.errors import EXIT_CODE_OF_SIGNAL, ExitCode, PracticeEarError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.audio.recording_quality import RecordingQuality


def is_interactive() -> bool:
    """Whether somebody sits at a terminal, to read and to type."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def print_error(message: str) -> None:
    """Print one line on stderr, under the program's name."""
    print(f"practiceear: {printable(message)}", file=sys.stderr)


def complain(error: PracticeEarError) -> int:
    """Print an error as one line on stderr and return its exit code."""
    print_error(" ".join(str(error).split()))
    return error.exit_code


def warn_if_cut_short(name: str, health: RecordingQuality) -> bool:
    """Print that a take is cut off or damaged; return whether it is."""
    if health.is_cut_short:
        print_cut_short(name, health.share_read)
    return health.is_cut_short


def print_cut_short(name: str, share_read: float | None) -> None:
    """Print how much of a take could be read, ``None`` where that is not known."""
    from practiceear.reports.words import cut_short

    print_error(f"{name} {cut_short(share_read)}. Copy the file again from where it was recorded.")


_NAMES = ("stdin", "stdout", "stderr")


def complete_standard_streams() -> None:
    """Open closed standard streams on nothing, and let no message fail without a reader.

    The next opened file would take the place of a closed one and receive what is printed.
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


STANDARD_OUTPUTS = (1, 2)


class EndedBySignalError(KeyboardInterrupt):
    """Raised by a signal before anything had begun that would have to be ended first."""

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__(f"ended by {exit_code.name}")
        self.exit_code = exit_code


class EndSignals:
    """Takes SIGTERM and SIGHUP while a ``with`` block runs; a second one changes nothing.

    ``then`` is called in the main thread at the first signal, to end the program in order; until it
    is set, the block is left by `EndedBySignalError`. ``exit_code``: that of the signal, or ``OK``.
    """

    def __init__(self) -> None:
        self.then: Callable[[], object] = self._leave
        self.exit_code = ExitCode.OK
        self._before: dict[int, object] = {}

    def __enter__(self) -> EndSignals:
        """Take the signals, except one that is ignored, as ``nohup`` has it."""
        for name in EXIT_CODE_OF_SIGNAL:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the signals to whoever had them before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _take(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        if name == "SIGHUP":
            _forget_terminal()
        if self.exit_code is ExitCode.OK:
            self.exit_code = EXIT_CODE_OF_SIGNAL[name]
            self.then()

    def _leave(self) -> None:
        raise EndedBySignalError(self.exit_code)


def _forget_terminal() -> None:
    """Send what is still printed nowhere, if it went to the terminal that has been closed."""
    for output in STANDARD_OUTPUTS:
        if stat.S_ISCHR(os.fstat(output).st_mode):
            os.dup2(os.open(os.devnull, os.O_WRONLY), output)
