"""Lines typed into a program that does not wait for them."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Collection, Generator

from practiceear.practice.instructions import PLAYER, UNANSWERED, UnreadableAnswerError, read_answer
from practiceear.reports import practice_words as words

QUIT = "q"
POLL_S = 0.05


class TypedLines:
    """Lines of standard input, read in a thread: nothing waits for them.

    Lines among ``keys`` are keys, all others answers; ``is_closed``: no more lines can come.
    """

    def __init__(self, keys: Collection[str]) -> None:
        self._keys = frozenset(keys)
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self.is_closed = self._is_ended = False
        threading.Thread(target=self._read, name="keys", daemon=True).start()

    def _read(self) -> None:
        try:
            for line in sys.stdin:
                with self._lock:
                    self._lines.append(line.strip().lower())
        except (OSError, ValueError):  # there is no input, or it is closed already
            pass
        self.is_closed = True

    def key(self) -> str | None:
        """The next line that is a key; None without any yet; once ended always `QUIT`."""
        if self._is_ended:
            return QUIT
        with self._lock:
            for at, line in enumerate(self._lines):
                if line in self._keys:
                    return self._lines.pop(at)
        return None

    def line(self) -> str | None:
        """The next line, key or not; None where there is none yet, `QUIT` once ended."""
        if self._is_ended:
            return QUIT
        with self._lock:
            return self._lines.pop(0) if self._lines else None

    def forget_typed(self) -> None:
        """Drop what was typed before a question was shown: it is no answer to it.

        A pipe holds all its answers from the beginning, so there nothing is dropped.
        """
        if sys.stdin.isatty():
            with self._lock:
                self._lines.clear()

    def end(self) -> None:
        """From now on, answer every question with `QUIT`."""
        self._is_ended = True


class UnansweredError(Exception):
    """A question was not answered, so the session ends; ``rule`` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def answer_to(question: str, typed: TypedLines) -> Generator[str, None, float | None]:
    """Yield lines to show until the answer is a number or a skip (None); return it.

    UnansweredError where the player ends the session instead, or input is closed.
    """
    yield question
    yield f"{words.TYPE_ANSWER}; {words.SKIP_ANSWER}, {QUIT} ends the session."
    while True:
        line = _wait_for_line(typed)
        if line == QUIT:
            raise UnansweredError(PLAYER)
        try:
            return read_answer(line)
        except UnreadableAnswerError:
            yield f"{words.unreadable_words(line)} {words.TYPE_ANSWER}; {words.SKIP_ANSWER}."


def _wait_for_line(typed: TypedLines) -> str:
    while True:
        is_closed = typed.is_closed  # read first: what was typed before must count
        line = typed.line()
        if line is not None:
            return line
        if is_closed:
            raise UnansweredError(UNANSWERED)
        time.sleep(POLL_S)
