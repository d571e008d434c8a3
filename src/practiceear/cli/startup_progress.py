"""Says what takes long: the first start's compiling, and long takes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

from practiceear.audio.blocks import AudioBlock, BlockSource, ObservedSource
from practiceear.plain_text import printable, raw_stream

if TYPE_CHECKING:
    from numba.core.event import Listener

    from practiceear.audio.takefile import TakeFile

LONG_TAKE_S = 60.0  # shorter ones are done in about a second


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
    is_long = take.duration_s is None or take.duration_s >= LONG_TAKE_S
    is_worth_it = is_long and sys.stderr.isatty()
    yield ObservedSource(take, partial(_with_bar, take)) if is_worth_it else take
