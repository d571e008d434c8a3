"""How much is played from day to day, and whether it grew too fast.

A sudden increase is the commonest trigger that players' clinics name. A tenth more a week is
a rule of thumb taken from sports, not a study of musicians; it is said as a warning only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from practiceear.journal.reading import DayLoad
from practiceear.practice.drill_progress import DrillProgress
from practiceear.practice.instructions import Answered
from practiceear.practice.past_practice import PastPractice
from practiceear.practice.rest import RestClock, RestRules, SessionSoFar

WEEK_DAYS = 7
WEEKS_BEFORE = 3
"""A week is held against the mean of so many before it: one week of holidays says little."""

GROWTH_LIMIT = 0.10
LEAST_WEEK_S = 30 * 60.0
"""Below so much in a week growth is a number without meaning."""


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """Sounding time of the seven days up to a day, beside the weeks before.

    Attributes
    ----------
    sounding_s
        Of the seven days.
    usual_s
        Mean of the weeks before; None where there are none.
    """

    last_day: date
    sounding_s: float
    usual_s: float | None

    @property
    def growth(self) -> float | None:
        """Share by which it grew; None where there is nothing to compare with."""
        if self.usual_s is None or self.usual_s < LEAST_WEEK_S:
            return None
        return self.sounding_s / self.usual_s - 1.0

    @property
    def grew_too_fast(self) -> bool:
        """Whether it grew by more than about a tenth."""
        return self.growth is not None and self.growth > GROWTH_LIMIT


def week_load(loads: Sequence[DayLoad], last_day: date) -> WeekLoad:
    """Sum up the seven days that end with ``last_day``.

    Parameters
    ----------
    loads
        From ``journal.reading.day_loads``, in any order.
    """
    by_day: dict[date, float] = {}
    for one in loads:
        day = date.fromisoformat(one.day)
        by_day[day] = by_day.get(day, 0.0) + one.sounding_s

    def week_s(end: date) -> float:
        return sum(by_day.get(end - timedelta(days=back), 0.0) for back in range(WEEK_DAYS))

    first_day = min(by_day, default=last_day)
    before = [last_day - timedelta(days=WEEK_DAYS * back) for back in range(1, WEEKS_BEFORE + 1)]
    whole = [week_s(end) for end in before if end - timedelta(days=WEEK_DAYS - 1) >= first_day]
    played = [one for one in whole if one > 0.0]  # after holidays the usual is no increase
    usual_s = sum(played) / len(played) if played else None
    return WeekLoad(last_day, week_s(last_day), usual_s)


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
