"""Reads the answer to a question about effort or pain: a number from 0 to 10, or a skip.

Lines and screens read every answer here, so that the same rule holds for both: whatever is
neither is no answer, and the question is asked again.
"""

from __future__ import annotations

import re

LARGEST_ANSWER = 10.0
SKIP_WORDS = ("s", "skip")
NUMBER = re.compile(r"(0|[1-9]\d{0,2})([.,]\d{1,3})?", re.ASCII)
"""Without a zero before it: 0/10 typed without its stroke is not 10."""


class UnreadableAnswerError(ValueError):
    """What was typed is neither a number from 0 to 10 nor a skip."""


def read_answer(typed: str) -> float | None:
    """Return the number that was typed; None where the question was skipped.

    Parameters
    ----------
    typed
        A line; halves may be written with a point or a comma.

    Raises
    ------
    UnreadableAnswerError
        Where it is neither a number from 0 to 10 nor one of `SKIP_WORDS`.
    """
    text = typed.strip().lower()
    if text in SKIP_WORDS:
        return None
    if NUMBER.fullmatch(text) is None:
        raise UnreadableAnswerError(text)
    number = float(text.replace(",", "."))
    if number > LARGEST_ANSWER:
        raise UnreadableAnswerError(text)
    return number
