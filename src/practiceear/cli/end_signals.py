"""Ends a take properly where the system asks the program to end: a shutdown, a closed terminal."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from types import FrameType

from practiceear.errors import EXIT_CODE_OF_SIGNAL, ExitCode

STANDARD_OUTPUTS = (1, 2)


class EndedBySignalError(KeyboardInterrupt):
    """Raised where nothing had begun that would have to be ended first.

    Parameters
    ----------
    exit_code
        The code that belongs to the signal.
    """

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__(f"ended by {exit_code.name}")
        self.exit_code = exit_code


class EndSignals:
    """Takes SIGTERM and SIGHUP while a ``with`` block runs; a second one changes nothing.

    Attributes
    ----------
    then
        Called, in the main thread, when the first one comes: what ends the program in order.
        Until it is set, the block is left by `EndedBySignalError`.
    exit_code
        The code that belongs to the signal that came; ``OK`` while none has.
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
