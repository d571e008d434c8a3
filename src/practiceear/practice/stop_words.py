"""How a session ended before its end, in words: to the player at once, and in the journal later."""

from __future__ import annotations

from dataclasses import dataclass

from practiceear.practice.instructions import PLAYER, UNANSWERED


@dataclass(frozen=True, slots=True)
class StopWords:
    """The words of a rule that ends a session.

    Attributes
    ----------
    reason
        Said to the player, after "The session is over:".
    afterwards
        Written beside the session, for whoever reads the journal.
    """

    reason: str
    afterwards: str


STOP_WORDS = {
    "pain": StopWords("the pain has reached the plan's limit", "stopped because of pain"),
    "pain rise": StopWords(
        "the pain has grown by more than the plan allows", "stopped because the pain grew"
    ),
    "sounding ceiling": StopWords(
        "today's playing time is used up", "ended, as the day's playing time was used up"
    ),
    "loud ceiling": StopWords(
        "today's loud playing time is used up", "ended, as the day's loud playing time was used up"
    ),
    "session ceiling": StopWords(
        "the time of this session is used up", "ended, as the time of the session was used up"
    ),
    PLAYER: StopWords("you ended the session", "ended by the player"),
    UNANSWERED: StopWords(
        "nobody answered, and without an answer it does not go on",
        "ended, as nobody answered the question",
    ),
}
"""By the name of the rule."""
