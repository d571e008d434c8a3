"""When to breathe, to rest and to stop: rules that override every score.

The rests that time at the instrument brings are in ``rest.RestRules.due_rests``; `advise` knows
the others.

When pianists' forearms tire, loudness falls first (Goubault et al. 2021, Scientific Reports
11, 8117); excessive or sudden load is what musicians blame most for their injuries. Nothing here
is a diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from practiceear.metrics.quantiles import fdtri
from practiceear.practice.rest import SAME_S, RestClock, RestRules
from practiceear.practice.session_limits import PastPractice

BLOCK_S = 180.0
"""Playing is judged in blocks of this length."""

LEVEL_FALL_DB = 2.0
"""A fall of the mean level that is audible and rests on many notes; chosen, not measured."""

WIDER_BLOCKS = 2
"""Consecutive blocks that must be less even beyond chance: one may be a difficult passage."""

FALSE_WIDER = 0.01
"""Probability that a single block is called less even by chance; of two running far less."""

FEWEST_FOR_BLOCK = 32
LEFT_REST_S = 300.0
"""Playing after which a rest that was left out is advised again."""


class Advice(IntEnum):
    """What to do next; the larger wins."""

    GO_ON = 0
    BREATHE = 1  # some seconds between runs
    REST = 2
    STOP = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """An advice and the name of the rule that gave it, with the length of a rest."""

    advice: Advice
    rule: str
    rest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """Some minutes of playing."""

    n_intervals: int  # on which its spread rests
    cv_ioi: float  # SD of intervals over their mean: comparable across tempos
    mean_level_dbfs: float


@dataclass(frozen=True, slots=True)
class SessionSoFar:
    """What the rules depend on."""

    elapsed_s: float  # at the instrument since the session began
    sounding_s: float = 0.0  # of today, as all that follows
    loud_s: float = 0.0
    blocks: tuple[Block, ...] = ()
    efforts: tuple[float, ...] = ()  # 0 to 10
    pains: tuple[float, ...] = ()
    is_between_runs: bool = False


def advise(rules: RestRules, so_far: SessionSoFar) -> Reason:
    """Return the strongest advice that any rule gives; of equals the first."""
    found = [*_stops(rules, so_far), *_rests(rules, so_far)]
    if so_far.is_between_runs and rules.breath_s > 0.0:
        found.append(Reason(Advice.BREATHE, "breath", rules.breath_s))
    return max(found, key=lambda reason: reason.advice, default=Reason(Advice.GO_ON, ""))


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
    is_effort = bool(so_far.efforts) and so_far.efforts[-1] >= rules.effort_limit
    due = {
        "effort": is_effort,
        "softer": level_fell(so_far.blocks),
        "less even": spread_rose(so_far.blocks),
    }
    return [Reason(Advice.REST, rule, rules.short_rest_s) for rule, is_due in due.items() if is_due]


def level_fell(blocks: Sequence[Block]) -> bool:
    """Whether the last block is softer than the first by more than `LEVEL_FALL_DB`."""
    levels = [block.mean_level_dbfs for block in _large(blocks)]
    return len(levels) >= 2 and levels[0] - levels[-1] > LEVEL_FALL_DB


def spread_rose(blocks: Sequence[Block]) -> bool:
    """Whether the last two blocks are both less even than the first beyond chance.

    Neighbouring intervals share a note, so every second interval is taken to be independent.
    """
    large = _large(blocks)
    return len(large) > WIDER_BLOCKS and all(
        _is_wider(large[0], later) for later in large[-WIDER_BLOCKS:]
    )


def _large(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block.n_intervals >= FEWEST_FOR_BLOCK]


def _is_wider(first: Block, later: Block) -> bool:
    if not (first.cv_ioi > 0.0 and later.cv_ioi > 0.0):
        return False
    dof_later, dof_first = max(1, later.n_intervals // 2), max(1, first.n_intervals // 2)
    bound = float(fdtri(dof_later, dof_first, 1.0 - FALSE_WIDER))
    return later.cv_ioi > math.sqrt(bound) * first.cv_ioi


class SessionLoad:
    """Playing time, answers and rests of a session, and of today before it."""

    def __init__(self, rules: RestRules, past: PastPractice) -> None:
        self.instrument_s = 0.0  # without rests and pauses
        self.longest_early_rest_s = 0.0  # since the last planned rest
        self.has_rested_for_level = False  # the one rest of a level was taken
        self.clock = RestClock(rules, past.recent_takes)
        self.sounding_s, self.loud_s = past.sounding_s, past.loud_s
        self._rules = rules
        self._efforts, self._pains = list(past.efforts), list(past.pains)
        is_rested = past.since_played_s is None or past.since_played_s >= rules.short_rest_s
        self._n_efforts_rested = len(self._efforts) if is_rested else 0
        self._rest_again_s = 0.0

    def add_playing(self, time_s: float) -> None:
        """Add time at the instrument."""
        self.instrument_s += time_s
        self.clock.play(time_s)

    def add_answers(self, effort: float | None, pain: float | None) -> None:
        """Add the player's answers; None where a question was skipped."""
        if effort is not None:
            self._efforts.append(effort)
        if pain is not None:
            self._pains.append(pain)

    def add_rest(self, rest_s: float) -> bool:
        """Add a rest; return whether it was long enough for fatigue to be rested for."""
        rules = self._rules
        self.longest_early_rest_s = max(self.longest_early_rest_s, rest_s)
        self.clock.rest(rest_s)
        if rules.level_rest_s is not None and rest_s >= rules.level_rest_s - SAME_S:
            self.has_rested_for_level = True
        is_enough = rest_s >= min(rules.short_rest_s, rules.long_rest_s) - SAME_S
        if is_enough:
            self._n_efforts_rested = len(self._efforts)
        return is_enough

    def leave_rest_out(self) -> None:
        """Advise no rest for some time."""
        self._rest_again_s = self.instrument_s + LEFT_REST_S

    @property
    def may_rest(self) -> bool:
        """Whether a rest that was left out may be advised again."""
        return self.instrument_s >= self._rest_again_s

    @property
    def left_s(self) -> float:
        """Time that may still be played below the ceilings; infinite where there is none."""
        session_s, sounding_s = (
            math.inf if limit_s is None else limit_s
            for limit_s in (self._rules.session_limit_s, self._rules.sounding_limit_s)
        )
        return min(session_s - self.instrument_s, sounding_s - self.sounding_s)

    def advice(self, blocks: tuple[Block, ...], *, is_between_runs: bool = False) -> Reason:
        """What the rules advise now, given the current drill's blocks since the last rest."""
        so_far = SessionSoFar(
            elapsed_s=self.instrument_s,
            sounding_s=self.sounding_s,
            loud_s=self.loud_s,
            blocks=blocks,
            efforts=tuple(self._efforts[self._n_efforts_rested :]),
            pains=tuple(self._pains),
            is_between_runs=is_between_runs,
        )
        return advise(self._rules, so_far)
