"""The levels of a graded return to playing: play, rest, play, for some days each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from practiceear.practice.rest import RestRules

LEVEL_MINUTES = {1: (5.0, 60.0), 2: (10.0, 50.0)}
"""Play and rest of the first levels of a graded return, as the British Association for
Performing Arts Medicine gives them; of the others the plan has to say."""

LEVEL_DAYS = 5
"""How long a level lasts where the plan does not say."""


@dataclass(frozen=True, slots=True)
class ReturnLevel:
    """A level of a graded return to playing.

    Attributes
    ----------
    number
        Levels count from 1.
    first_day
        When it began.
    n_days
        How long before the next one, without complaints.
    play_s, rest_s
        A session is so much playing, so much rest, and as much playing again; before the
        next session there is as much rest.
    is_back
        Whether it is below what the plan says, because of pain.
    """

    number: int
    first_day: date
    n_days: int
    play_s: float
    rest_s: float
    is_back: bool = False


def rules_at_level(rules: RestRules, level: ReturnLevel) -> RestRules:
    """The rules of rest at a level: play, rest, play, and no more in one session."""
    session_limit_s = 2.0 * level.play_s
    if rules.session_limit_s is not None:
        session_limit_s = min(session_limit_s, rules.session_limit_s)
    return replace(
        rules,
        level_after_s=level.play_s,
        level_rest_s=level.rest_s,
        session_limit_s=session_limit_s,
    )


def level_below(level: ReturnLevel | None, today: date) -> ReturnLevel | None:
    """Return the level below one; None below the first, where there is only rest.

    Below playing without a level, and below a level that only a plan knows, is the highest of
    those that are given; it never has more playing or less rest than the level itself.
    """
    highest = max(LEVEL_MINUTES)
    if level is None:
        play_s, rest_s = (60.0 * one for one in LEVEL_MINUTES[highest])
        return ReturnLevel(highest, today, LEVEL_DAYS, play_s, rest_s, is_back=True)
    if level.number <= min(LEVEL_MINUTES):
        return None
    number = level.number - 1
    play_s, rest_s = (60.0 * one for one in LEVEL_MINUTES[min(number, highest)])
    return replace(
        level,
        number=number,
        play_s=min(play_s, level.play_s),
        rest_s=max(rest_s, level.rest_s),
        is_back=True,
    )
