"""Rests that playing time brings, the limits of a session, and levels of a graded return.

Breaks of 5 minutes in 25 and 10 in 60 are common teaching, not a study. Nothing here is a
diagnosis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

LEVEL_MINUTES = {1: (5.0, 60.0), 2: (10.0, 50.0)}
"""Play and rest of the first levels of a graded return, as the British Association for
Performing Arts Medicine gives them; a plan sets those of the others."""

LEVEL_DAYS = 5
"""Length of a level where the plan does not say."""

SAME_S = 1e-6
"""Tolerance for sums of times that are equal on paper."""

PAIN_RULES = ("pain", "pain rise")
LEVEL_RULE = "level"
DETECTION_RULES = ("softer", "less even")
"""Rules that rest on detected notes: detection can err, so their rests may be left out."""

FATIGUE_RULES = ("effort", *DETECTION_RULES)
"""Rules that ask for a rest because the player tires, not because it is time for one."""


@dataclass(frozen=True, slots=True)
class DueRest:
    """A rest that must be taken: it can neither be skipped nor shortened."""

    rule: str  # stable name, such as ``level``
    after_s: float  # playing time after which it is due
    rest_s: float


@dataclass(frozen=True, slots=True)
class RestRules:
    """Limits of a session; a therapist's plan sets them, else these."""

    short_after_s: float = 25 * 60.0  # time at the instrument
    short_rest_s: float = 5 * 60.0
    long_after_s: float = 60 * 60.0  # with short rests only
    long_rest_s: float = 10 * 60.0
    level_after_s: float | None = None  # of a level of a graded return
    level_rest_s: float | None = None
    breath_s: float = 10.0  # between runs
    effort_limit: float = 5.0  # 0 to 10: from here on the session rests
    pain_limit: float = 3.0  # 0 to 10: from here on the session ends
    pain_rise_limit: float = 2.0  # above the least of the day: the session ends
    sounding_limit_s: float | None = None  # ceilings: the session ends
    loud_limit_s: float | None = None
    session_limit_s: float | None = None

    def __post_init__(self) -> None:
        lengths_s = (self.short_after_s, self.short_rest_s, self.long_after_s, self.long_rest_s)
        if not all(length_s > 0.0 for length_s in lengths_s) or self.breath_s < 0.0:
            raise ValueError("rests and the time before them must be above 0")
        limits = (self.effort_limit, self.pain_limit, self.pain_rise_limit)
        if not all(0.0 < limit <= 10.0 for limit in limits):
            raise ValueError("limits of effort and pain are above 0, to 10")

    @property
    def due_rests(self) -> tuple[DueRest, ...]:
        """The rests that time at the instrument brings."""
        rests = (
            DueRest("short rest due", self.short_after_s, self.short_rest_s),
            DueRest("long rest due", self.long_after_s, self.long_rest_s),
        )
        if self.level_after_s is None or self.level_rest_s is None:
            return rests
        return (*rests, DueRest(LEVEL_RULE, self.level_after_s, self.level_rest_s))

    @property
    def longest_playing_s(self) -> float:
        """The longest playing time without a rest."""
        return min(rest.after_s for rest in self.due_rests)


Played = tuple[float, float]
"""How many seconds ago a take began, and how many seconds ago it ended."""


class RestClock:
    """Playing time since the last rest that was long enough, for each rest of the rules.

    ``rules``: define after how much playing which rest is due. ``takes``: earlier takes, oldest
    first: gaps shorter than a rest count as playing.
    """

    def __init__(self, rules: RestRules, takes: Sequence[Played] = ()) -> None:
        self._since_s = {rest: _played_since(takes, rest.rest_s) for rest in rules.due_rests}

    def play(self, time_s: float) -> None:
        """Add time at the instrument."""
        for rest in self._since_s:
            self._since_s[rest] += time_s

    def rest(self, time_s: float) -> None:
        """Start anew after a rest, where it was long enough."""
        for rest in self._since_s:
            if time_s >= rest.rest_s - SAME_S:
                self._since_s[rest] = 0.0

    def due(self, coming_s: float) -> DueRest | None:
        """The longest rest that must come before so much more is played; None where none must."""
        due = [
            rest
            for rest, since_s in self._since_s.items()
            if since_s > 0.0 and since_s + coming_s > rest.after_s + SAME_S
        ]
        return max(due, key=lambda rest: rest.rest_s, default=None)

    @property
    def left_s(self) -> float:
        """Time that may be played before the next rest."""
        return min(rest.after_s - since_s for rest, since_s in self._since_s.items())


def _played_since(takes: Sequence[Played], rest_s: float) -> float:
    """Playing time since the last gap of that length; the last gap lasts until now."""
    played_s, gap_begins_s = 0.0, 0.0
    for began_ago_s, ended_ago_s in reversed(takes):
        if ended_ago_s - gap_begins_s >= rest_s - SAME_S:
            break
        gap_s = ended_ago_s - gap_begins_s if played_s > 0.0 else 0.0
        played_s += gap_s + began_ago_s - ended_ago_s
        gap_begins_s = began_ago_s
    return played_s


@dataclass(frozen=True, slots=True)
class ReturnLevel:
    """A level of a graded return to playing.

    A session is so much playing, so much rest, and as much playing again; before the next session
    there is as much rest.
    """

    number: int  # levels count from 1
    first_day: date
    n_days: int  # without complaints
    play_s: float
    rest_s: float
    is_back: bool = False  # below the plan's level, because of pain


def rules_at_level(rules: RestRules, level: ReturnLevel) -> RestRules:
    """Return the rules at a level: play, rest, play, and no more in one session."""
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
    """Return the next lower level; None below the first, where there is only rest.

    Below playing without a level, and below a level that only a plan defines, is the highest of
    `LEVEL_MINUTES`; it never has more playing or less rest than the level itself.
    """
    highest = max(LEVEL_MINUTES)
    if level is None:
        play_s, rest_s = (60.0 * minutes for minutes in LEVEL_MINUTES[highest])
        return ReturnLevel(highest, today, LEVEL_DAYS, play_s, rest_s, is_back=True)
    if level.number <= min(LEVEL_MINUTES):
        return None
    number = level.number - 1
    play_s, rest_s = (60.0 * minutes for minutes in LEVEL_MINUTES[min(number, highest)])
    return replace(
        level,
        number=number,
        play_s=min(play_s, level.play_s),
        rest_s=max(rest_s, level.rest_s),
        is_back=True,
    )
