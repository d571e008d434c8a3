"""When to breathe, to rest, and to stop: rules that win over every score.

The rests that time at the instrument brings are in ``due_rests``; `advise` knows the others.

When pianists' forearms tire, loudness falls first (Goubault et al. 2021, Scientific Reports
11, 8117); excessive or sudden load is what musicians blame most for their injuries. Breaks of 5
minutes in 25 and 10 in 60 are common teaching, not a study. Nothing here is a diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from practiceear.metrics.quantiles import fdtri

BLOCK_S = 180.0
"""Playing is looked at in blocks of so long."""

LEVEL_FALL_DB = 2.0
"""A fall of the mean level that is heard and that rests on many notes; chosen, not measured."""

WIDER_BLOCKS = 2
"""Spread must be beyond chance in so many blocks running: one may be a difficult passage."""

FALSE_WIDER = 0.01
"""A single block is called wider by chance so often; two running far less."""

FEWEST_FOR_BLOCK = 32
PAIN_RULES = ("pain", "pain rise")
LEVEL_RULE = "level"
HEARD_RULES = ("softer", "less even")
"""Rules that rest on what was heard: an ear can be wrong, so their rests may be left out."""

FATIGUE_RULES = ("effort", "softer", "less even")
"""Rules that want a rest because the player tires, not because it is time for one."""


class Advice(IntEnum):
    """What to do next; the larger wins."""

    GO_ON = 0
    BREATHE = 1  # some seconds between runs
    REST = 2
    STOP = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """An advice and the rule that gave it.

    Attributes
    ----------
    rule
        Stable name, such as ``pain``; its words are in the reports.
    rest_s
        How long to rest; 0 where nothing is said.
    """

    advice: Advice
    rule: str
    rest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DueRest:
    """A rest that must be taken: it can neither be skipped nor shortened.

    Attributes
    ----------
    rule
        Stable name, such as ``level``.
    after_s, rest_s
        After so much playing it lasts so long.
    """

    rule: str
    after_s: float
    rest_s: float


@dataclass(frozen=True, slots=True)
class RestRules:
    """Limits of a session; a therapist's plan sets them, else these.

    Attributes
    ----------
    short_after_s, short_rest_s
        A short rest after so much time at the instrument.
    long_after_s, long_rest_s
        A long rest after so much time with short rests only.
    level_after_s, level_rest_s
        The rest of a level of a graded return; None without a level.
    breath_s
        Between runs.
    effort_limit
        0 to 10: from here on it rests.
    pain_limit, pain_rise_limit
        0 to 10: from here on, or after such a rise from the least of the day, it ends.
    sounding_limit_s, loud_limit_s, session_limit_s
        Ceilings: the session ends there; None where there is none.
    """

    short_after_s: float = 25 * 60.0
    short_rest_s: float = 5 * 60.0
    long_after_s: float = 60 * 60.0
    long_rest_s: float = 10 * 60.0
    level_after_s: float | None = None
    level_rest_s: float | None = None
    breath_s: float = 10.0
    effort_limit: float = 5.0
    pain_limit: float = 3.0
    pain_rise_limit: float = 2.0
    sounding_limit_s: float | None = None
    loud_limit_s: float | None = None
    session_limit_s: float | None = None

    def __post_init__(self) -> None:
        lengths_s = (self.short_after_s, self.short_rest_s, self.long_after_s, self.long_rest_s)
        if not all(one > 0.0 for one in lengths_s) or self.breath_s < 0.0:
            raise ValueError("rests and the time before them must be above 0")
        limits = (self.effort_limit, self.pain_limit, self.pain_rise_limit)
        if not all(0.0 < one <= 10.0 for one in limits):
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
        """The most that may be played without a rest."""
        return min(rest.after_s for rest in self.due_rests)


@dataclass(frozen=True, slots=True)
class Block:
    """Some minutes of playing.

    Attributes
    ----------
    n_intervals
        What its spread rests on.
    cv_ioi
        SD of intervals over their mean: comparable where tempos differ.
    mean_level_dbfs
        Of its notes.
    """

    n_intervals: int
    cv_ioi: float
    mean_level_dbfs: float


@dataclass(frozen=True, slots=True)
class SessionSoFar:
    """What the rules look at.

    Attributes
    ----------
    elapsed_s
        Time at the instrument since the session began.
    sounding_s, loud_s
        Of today: with a note sounding; of it loud.
    blocks
        Of today, in order.
    efforts, pains
        0 to 10, as the player said today, in order.
    is_between_runs
        Whether a run has just ended.
    """

    elapsed_s: float
    sounding_s: float = 0.0
    loud_s: float = 0.0
    blocks: tuple[Block, ...] = ()
    efforts: tuple[float, ...] = ()
    pains: tuple[float, ...] = ()
    is_between_runs: bool = False


def advise(rules: RestRules, so_far: SessionSoFar) -> Reason:
    """Return the strongest advice that any rule gives; of equals the first."""
    found = [*_stops(rules, so_far), *_rests(rules, so_far)]
    if so_far.is_between_runs and rules.breath_s > 0.0:
        found.append(Reason(Advice.BREATHE, "breath", rules.breath_s))
    return max(found, key=lambda one: one.advice, default=Reason(Advice.GO_ON, ""))


def _stops(rules: RestRules, so_far: SessionSoFar) -> list[Reason]:
    found = []
    pains = so_far.pains
    if pains and max(pains) >= rules.pain_limit:
        found.append("pain")
    if pains and pains[-1] - min(pains) >= rules.pain_rise_limit:
        found.append("pain rise")
    for rule, used_s, limit_s in (
        ("sounding ceiling", so_far.sounding_s, rules.sounding_limit_s),
        ("loud ceiling", so_far.loud_s, rules.loud_limit_s),
        ("session ceiling", so_far.elapsed_s, rules.session_limit_s),
    ):
        if limit_s is not None and used_s >= limit_s:
            found.append(rule)
    return [Reason(Advice.STOP, rule) for rule in found]


def _rests(rules: RestRules, so_far: SessionSoFar) -> list[Reason]:
    found = []
    if so_far.efforts and so_far.efforts[-1] >= rules.effort_limit:
        found.append(Reason(Advice.REST, "effort", rules.short_rest_s))
    if level_fell(so_far.blocks):
        found.append(Reason(Advice.REST, "softer", rules.short_rest_s))
    if spread_rose(so_far.blocks):
        found.append(Reason(Advice.REST, "less even", rules.short_rest_s))
    return found


def level_fell(blocks: Sequence[Block]) -> bool:
    """Whether the last block is softer than the first by more than `LEVEL_FALL_DB`."""
    told = [one for one in blocks if one.n_intervals >= FEWEST_FOR_BLOCK]
    return len(told) >= 2 and told[0].mean_level_dbfs - told[-1].mean_level_dbfs > LEVEL_FALL_DB


def spread_rose(blocks: Sequence[Block]) -> bool:
    """Whether the last two blocks are both less even than the first beyond chance.

    Neighbouring intervals share a note, so an interval in two is taken to be independent.
    """
    told = [one for one in blocks if one.n_intervals >= FEWEST_FOR_BLOCK]
    if len(told) <= WIDER_BLOCKS:
        return False
    return all(_is_wider(told[0], one) for one in told[-WIDER_BLOCKS:])


def _is_wider(first: Block, later: Block) -> bool:
    if not (first.cv_ioi > 0.0 and later.cv_ioi > 0.0):
        return False
    dof_later, dof_first = max(1, later.n_intervals // 2), max(1, first.n_intervals // 2)
    bound = float(fdtri(dof_later, dof_first, 1.0 - FALSE_WIDER))
    return later.cv_ioi > math.sqrt(bound) * first.cv_ioi


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
