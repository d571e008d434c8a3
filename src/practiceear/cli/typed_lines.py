"""What is typed into a program that goes on by itself."""

from __future__ import annotations

import queue
import sys
import threading

END_KEY = "q"


class TypedLines:
    """What is typed in, line by line, read in a thread: nothing waits for it.

    Numbers wait for the question that they answer.
    """

    def __init__(self) -> None:
        self._keys: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._numbers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.is_closed = self._is_ended = False
        threading.Thread(target=self._read, name="keys", daemon=True).start()

    def _read(self) -> None:
        try:
            for line in sys.stdin:
                typed = line.strip().lower()
                (self._numbers if typed.isdecimal() else self._keys).put(typed)
        except (OSError, ValueError):  # there is no input, or it is closed already
            pass
        self.is_closed = True

    def key(self) -> str | None:
        """The next line that is no number; None where there is none yet.

        Once ended it is always `END_KEY`.
        """
        return END_KEY if self._is_ended else _next_of(self._keys)

    def end(self) -> None:
        """Answer whatever is asked as somebody who wants to end."""
        self._is_ended = True

    def number(self) -> str | None:
        """The next number; None where there is none yet."""
        return _next_of(self._numbers)


def _next_of(lines: queue.SimpleQueue[str]) -> str | None:
    try:
        return lines.get_nowait()
    except queue.Empty:
        return None
