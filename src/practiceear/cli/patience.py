"""Says what takes long: the first start's compiling, and long takes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from practiceear.audio.block import AudioBlock, BlockSource

if TYPE_CHECKING:
    from practiceear.audio.takefile import TakeFile

WARM_UP_NOTICE_S = 1.0  # a warm start takes less; only the first ever takes some 10 s
LONG_TAKE_S = 60.0  # shorter ones are done in about a second


@cache
def warm_up() -> None:
    """Make the detector ready, once, saying so if that takes longer than a moment."""
    notice = threading.Timer(WARM_UP_NOTICE_S, _announce_compiling)
    notice.daemon = True
    notice.start()
    try:
        with _interruption_held_back():
            from practiceear.session.ear import warm_up as warm_up_ear

            warm_up_ear()
    finally:
        notice.cancel()


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


def _announce_compiling() -> None:
    print(
        "Preparing the ear for its first start, about 10 seconds ...", file=sys.stderr, flush=True
    )


class WatchedTake:
    """A take whose progress is shown on stderr while its blocks are read."""

    def __init__(self, take: TakeFile) -> None:
        self._take = take

    @property
    def rate_hz(self) -> int:
        """Samples per second of the blocks."""
        return self._take.rate_hz

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Deliver the take's blocks, moving the bar."""
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task(self._take.path.name, total=self._take.duration_s)
            for block in self._take.blocks(block_samples):
                yield block
                heard_samples = block.first_sample + len(block.samples)
                progress.update(bar, completed=heard_samples / self._take.rate_hz)


@contextmanager
def watched(take: TakeFile) -> Iterator[BlockSource]:
    """Give the take a progress bar where it is long and somebody is watching."""
    is_long = take.duration_s is None or take.duration_s >= LONG_TAKE_S
    is_worth_it = is_long and sys.stderr.isatty()
    yield WatchedTake(take) if is_worth_it else take
