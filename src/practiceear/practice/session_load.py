"""What a session and its day have cost so far, as the rules of rest look at it."""

from __future__ import annotations

import math

from practiceear.practice.drill_progress import DrillProgress
from practiceear.practice.past_practice import PastPractice
from practiceear.practice.rest import RestRules, SessionSoFar
from practiceear.practice.rest_clock import RestClock
from practiceear.practice.run_orders import Answered

LEFT_REST_S = 300.0
"""A rest that was left out is advised again after so much more playing."""


class SessionLoad:
    """Counts time and keeps what the player said.

    Parameters
    ----------
    rules
        Of the plan.
    past
        What was played and said today before this session.

    Attributes
    ----------
    instrument_s
        Time at the instrument in this session: rests and pauses are none.
    rests
        How long has been played since the last rest.
    sounding_s, loud_s
        Of today.
    """

    def __init__(self, rules: RestRules, past: PastPractice) -> None:
        self.instrument_s = 0.0
        self.rests = RestClock(rules, past.recent_takes)
        self.sounding_s, self.loud_s = past.sounding_s, past.loud_s
        self._rules = rules
        self._efforts, self._pains = list(past.efforts), list(past.pains)
        rested_s = past.since_played_s
        is_rested = rested_s is None or rested_s >= rules.short_rest_s
        self._n_efforts_rested = len(self._efforts) if is_rested else 0
        self._rest_again_s = 0.0

    def at_instrument(self, time_s: float) -> None:
        """Add time at the instrument."""
        self.instrument_s += time_s
        self.rests.play(time_s)

    def say(self, said: Answered) -> None:
        """Add what the player said."""
        if said.effort is not None:
            self._efforts.append(said.effort)
        if said.pain is not None:
            self._pains.append(said.pain)

    def rested_for_effort(self) -> None:
        """The efforts so far have been rested for."""
        self._n_efforts_rested = len(self._efforts)

    def leave_rest_out(self) -> None:
        """Do not advise rest again for some time."""
        self._rest_again_s = self.instrument_s + LEFT_REST_S

    @property
    def may_rest(self) -> bool:
        """Whether a rest that was left out may be advised again."""
        return self.instrument_s >= self._rest_again_s

    @property
    def left_s(self) -> float:
        """How much may still be played below the ceilings; infinite where there is none."""
        limits_s = (self._rules.session_limit_s, self._rules.sounding_limit_s)
        session_s, sounding_s = (math.inf if one is None else one for one in limits_s)
        return min(session_s - self.instrument_s, sounding_s - self.sounding_s)

    def so_far(self, progress: DrillProgress | None, *, is_between_runs: bool) -> SessionSoFar:
        """What the rules look at; ``progress`` is that of the drill that is on."""
        return SessionSoFar(
            elapsed_s=self.instrument_s,
            sounding_s=self.sounding_s,
            loud_s=self.loud_s,
            blocks=progress.unrested_blocks if progress is not None else (),
            efforts=tuple(self._efforts[self._n_efforts_rested :]),
            pains=tuple(self._pains),
            is_between_runs=is_between_runs,
        )
