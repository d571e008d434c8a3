"""Questions in lines of text: each is asked until it is answered or skipped."""

from __future__ import annotations

import time
from collections.abc import Generator

from practiceear.cli.typed_lines import QUIT, TypedLines
from practiceear.practice.answers import UnreadableAnswerError, read_answer
from practiceear.practice.run_orders import PLAYER, UNANSWERED
from practiceear.tui import practice_words as words

POLL_S = 0.05


class UnansweredError(Exception):
    """A question was not answered, so the session ends.

    Attributes
    ----------
    rule
        Why: the player wished it, or nobody can type.
    """

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def answer_to(question: str, typed: TypedLines) -> Generator[str, None, float | None]:
    """Ask until the answer is a number or a skip; return the number, None for a skip.

    Yields
    ------
    str
        What is to be said.

    Raises
    ------
    UnansweredError
        Where the player ends the session instead, or nobody can type.
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
        is_closed = typed.is_closed  # asked first: what was typed before must count
        line = typed.line()
        if line is not None:
            return line
        if is_closed:
            raise UnansweredError(UNANSWERED)
        time.sleep(POLL_S)
