"""How long has been played without a rest, and which rest must come before more is played."""

from __future__ import annotations

from collections.abc import Sequence

from practiceear.practice.rest import DueRest, RestRules

SAME_S = 1e-6
"""Sums of times that are equal on paper differ by less."""

Played = tuple[float, float]
"""How many seconds ago a take began, and how many seconds ago it ended."""


class RestClock:
    """Counts playing since the last rest that was long enough, for each rest of the rules.

    Parameters
    ----------
    rules
        Say after how much playing which rest is due.
    takes
        What was played before, oldest first: shorter gaps than a rest count as playing.
    """

    def __init__(self, rules: RestRules, takes: Sequence[Played] = ()) -> None:
        self._since_s = {rest: _played_since(takes, rest.rest_s) for rest in rules.due_rests}

    def play(self, time_s: float) -> None:
        """Add time at the instrument."""
        for rest in self._since_s:
            self._since_s[rest] += time_s

    def rest(self, time_s: float) -> None:
        """Begin anew after a rest, where it was long enough."""
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
        """How much may be played before the next rest."""
        return min(rest.after_s - since_s for rest, since_s in self._since_s.items())


def _played_since(takes: Sequence[Played], rest_s: float) -> float:
    """How long was played since the last gap of that length; the last gap lasts until now."""
    played_s, gap_begins_s = 0.0, 0.0
    for began_ago_s, ended_ago_s in reversed(takes):
        if ended_ago_s - gap_begins_s >= rest_s - SAME_S:
            break
        gap_s = ended_ago_s - gap_begins_s if played_s > 0.0 else 0.0
        played_s += gap_s + began_ago_s - ended_ago_s
        gap_begins_s = began_ago_s
    return played_s
