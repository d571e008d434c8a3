"""Standard streams, errors as one line, word of what takes long, signals that end a take well."""

from __future__ import annotations

import io
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from types import FrameType
from typing import TYPE_CHECKING

from practiceear.errors import EXIT_CODE_OF_SIGNAL, ExitCode, PracticeEarError
from practiceear.plain_text import printable, raw_stream

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from numba.core.event import Listener

    from practiceear.audio.blocks import AudioBlock, BlockSource
    from practiceear.audio.recording_quality import RecordingQuality
    from practiceear.audio.takefile import TakeFile

_NAMES = ("stdin", "stdout", "stderr")
STANDARD_OUTPUTS = (1, 2)
LONG_TAKE_S = 60.0  # shorter ones are done in about a second


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

    def write(self, content: ReadableBuffer, /) -> int:
        try:
            return super().write(content)
        except OSError:
            return memoryview(content).nbytes


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
        self._before: dict[int, signal._HANDLER] = {}

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
            signal.signal(number, handler)

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


@cache
def prepare_pipeline() -> None:
    """Make the detector ready, once, saying so if anything has to be compiled for it."""
    from practiceear.numba_cache import announce_waits, compiling_alone, listening_to_numba

    # While another program is waited for, Ctrl-C ends this one.
    announce_waits(_show)
    with compiling_alone(), _interruption_held_back():
        from practiceear.analysis.pipeline import compile_kernels

        # A slow start alone is no sign: code cached by an earlier start may load slowly too.
        with listening_to_numba("numba:compile", _compiling_listener):
            compile_kernels()


@contextmanager
def _interruption_held_back() -> Iterator[None]:
    """Let Ctrl-C wait: the compiler's callbacks would swallow it and go on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def _show(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _compiling_listener() -> Listener:
    """Says once that something is being compiled."""
    from numba.core.event import Listener

    class CompilingListener(Listener):
        is_told = False

        def on_start(self, event: object) -> None:
            if not self.is_told:
                _show("Preparing the ear for its first start, about 10 seconds ...")
            self.is_told = True

        def on_end(self, event: object) -> None:
            pass

    return CompilingListener()


@contextmanager
def progress_bar(
    name: str, total: float | None, completed: int = 0
) -> Iterator[Callable[[float], None]]:
    """Show a bar on stderr, where that is a terminal; gives what moves it to an amount."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(file=raw_stream(sys.stderr)), transient=True) as progress:
        bar = progress.add_task(escape(printable(name)), total=total, completed=completed)
        yield lambda amount: progress.update(bar, completed=amount)


def _with_bar(take: TakeFile, blocks: Iterator[AudioBlock]) -> Iterator[AudioBlock]:
    with progress_bar(take.path.name, take.duration_s) as move_to:
        for block in blocks:
            yield block
            move_to(block.end_sample / take.rate_hz)


@contextmanager
def watched(take: TakeFile) -> Iterator[BlockSource]:
    """Give the take a progress bar where it is long and somebody is watching."""
    from practiceear.audio.blocks import ObservedSource

    is_long = take.duration_s is None or take.duration_s >= LONG_TAKE_S
    is_worth_it = is_long and sys.stderr.isatty()
    yield ObservedSource(take, partial(_with_bar, take)) if is_worth_it else take
