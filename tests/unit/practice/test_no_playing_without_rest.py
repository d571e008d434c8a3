"""Nobody plays longer without a rest than the plan or its level allows, whatever is pressed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from practiceear.errors import UsageError
from practiceear.practice.drill import built_in_drills
from practiceear.practice.instructions import (
    Answered,
    Ask,
    Breathe,
    Done,
    Event,
    Instruction,
    Paused,
    Play,
    Rest,
    Resume,
    RunEnded,
    Skip,
    TimeUp,
)
from practiceear.practice.plan import PracticePlan, read_plan
from practiceear.practice.schedule import todays_steps
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.session_run import SessionRun
from practiceear.practice.steps import StepKind
from tests.unit.practice.simulated_players import (
    Moment,
    RandomPlayer,
    SimulatedPlayer,
    heard,
    play,
)

TODAY = date(2026, 3, 5)
HEAD = """
name = "Return"
author = "Dr Hand"
instrument = "piano"
{more}
"""
LEVEL = """
[level]
number = {number}
since = 2026-03-04
"""
DRILL = """
[[drill]]
name = "c-major-right-hand"
bpm = {bpm}
target_bpm = {target}
runs = {runs}
"""
ASSESSMENT = """
[assessment]
drill = "c-major-right-hand"
bpm = 60
runs = {runs}
"""
RESTS = "[rest]\nshort_after_minutes = {after}\nshort_minutes = {rest}\nbreath_seconds = {breath}\n"


def plan_of(folder: Path, *parts: str) -> PracticePlan:
    path = folder / "plan.toml"
    path.write_text("".join(parts), encoding="utf-8")
    return read_plan(path, built_in_drills())


def random_plan(folder: Path, chance: np.random.Generator) -> PracticePlan:
    flags = [one for one in ("performance", "silent_rehearsal") if chance.uniform() < 0.5]
    parts = [HEAD.format(more="\n".join(f"{one} = true" for one in flags))]
    level = int(chance.integers(0, 4))
    if level:
        own = f"play_minutes = {chance.uniform(0.5, 15.0):.2f}\nrest_minutes = 40\n"
        is_own = level == 3 or chance.uniform() < 0.3
        parts.append(LEVEL.format(number=level) + (own if is_own else ""))
    if chance.uniform() < 0.5:
        parts.append(f"[ceiling]\nsession_minutes = {chance.uniform(2.0, 40.0):.1f}\n")
    if chance.uniform() < 0.5:
        after, rest, breath = chance.uniform((1.0, 0.5, 0.0), (12.0, 6.0, 15.0)).round(1)
        parts.append(RESTS.format(after=after, rest=rest, breath=breath))
    for _ in range(int(chance.integers(1, 4))):
        bpm, runs = int(chance.integers(30, 90)), int(chance.integers(1, 40))
        target = bpm + int(chance.integers(0, 20))
        parts.append(DRILL.format(bpm=bpm, target=target, runs=runs))
    if chance.uniform() < 0.6:
        parts.append(ASSESSMENT.format(runs=int(chance.integers(5, 16))))
    return plan_of(folder, *parts)


@dataclass
class Watched:
    """What was played without each rest of the plan, by the clock of the session."""

    plan: PracticePlan
    longest_s: dict[str, float]
    total_s: float = 0.0

    @classmethod
    def over(cls, plan: PracticePlan, moments: Iterator[Moment]) -> Watched:
        rests = plan.rules.due_rests
        watched = cls(plan, {rest.rule: 0.0 for rest in rests})
        since_s = {rest.rule: 0.0 for rest in rests}
        idle_s = last_s = 0.0
        for now_s, order, _ in moments:
            passed_s, last_s = now_s - last_s, now_s
            if not isinstance(order, Play | Breathe):
                idle_s += passed_s
                for rest in rests:
                    if idle_s >= rest.rest_s - 1e-6:
                        since_s[rest.rule] = 0.0
                continue
            idle_s = 0.0
            watched.total_s += passed_s
            for rest in rests:
                since_s[rest.rule] += passed_s
                longest_s = max(watched.longest_s[rest.rule], since_s[rest.rule])
                watched.longest_s[rest.rule] = longest_s
        return watched

    def check(self) -> None:
        for rest in self.plan.rules.due_rests:
            assert self.longest_s[rest.rule] <= rest.after_s + 1e-6, rest
        if self.plan.level is not None:
            assert self.total_s <= 2.0 * self.plan.level.play_s + 1e-6


class HurriedPlayer(SimulatedPlayer):
    """Tries to leave out whatever is not playing, and plays each run as long as it may."""

    def react(self, order: Instruction, now_s: float) -> tuple[float, Event]:
        if isinstance(order, Rest) and self.rng.uniform() < 0.9:
            events: list[Event] = [Skip(), TimeUp(), RunEnded(heard()), Answered(0.0, 0.0)]
            return now_s + 1.0, events[self.rng.integers(len(events))]
        if isinstance(order, Play):
            return now_s + order.longest_s, RunEnded(heard(duration_s=order.longest_s))
        return super().react(order, now_s)


class KeysWithinRuns(RandomPlayer):
    """Presses any key at any time, but a run ends in time: the program sees to that."""

    order: Instruction | None = None
    ends_s = math.inf

    def react(self, order: Instruction, now_s: float) -> tuple[float, Event]:
        if order is not self.order:
            self.order = order
            self.ends_s = now_s + order.longest_s if isinstance(order, Play) else math.inf
        at_s, event = super().react(order, now_s)
        if isinstance(order, Breathe) and at_s >= order.until_s:
            return order.until_s, TimeUp()
        return (at_s, event) if at_s < self.ends_s else (self.ends_s, RunEnded(heard()))


def players(seed: int) -> Sequence[SimulatedPlayer]:
    return (
        SimulatedPlayer(seed),
        SimulatedPlayer(seed, run_s=25.0, cv_of_run=lambda _run: 0.2),
        SimulatedPlayer(seed, run_s=math.inf),
        SimulatedPlayer(seed, effort_of_ask=lambda ask: float(ask % 8)),
        HurriedPlayer(seed),
        KeysWithinRuns(seed),
    )


@pytest.mark.parametrize("seed", range(30))
def test_nobody_plays_longer_without_a_rest_than_allowed(tmp_path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    plan = random_plan(tmp_path, chance)
    steps = todays_steps(plan, TODAY, is_assessment_due=bool(chance.uniform() < 0.5))
    for player in players(seed):
        run = SessionRun(plan, steps)
        Watched.over(plan, play(run, player)).check()
        assert run.is_over


def past_of(moments: Sequence[Moment], gap_s: float) -> PastPractice:
    """What a journal tells of a session, so long after it."""
    takes, last_s = [], 0.0
    for now_s, order, _ in moments:
        if isinstance(order, Play):
            takes.append((last_s, now_s))
        last_s = now_s
    now_s = last_s + gap_s
    ago = tuple((now_s - began_s, now_s - ended_s) for began_s, ended_s in takes)
    return PastPractice(since_last_s=gap_s, recent_takes=ago, n_sessions_today=1)


@pytest.mark.parametrize("seed", range(30))
def test_ending_a_session_and_beginning_another_spares_no_rest(tmp_path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    plan = random_plan(tmp_path, chance)
    steps = todays_steps(plan, TODAY)
    for player in players(seed):
        first = list(play(SessionRun(plan, steps), player))
        first = first[: int(chance.integers(1, len(first) + 1))]
        last = max((at for at, one in enumerate(first) if isinstance(one[1], Play)), default=-1)
        idle = Paused(0.0, Breathe(0.0, steps[0]))  # a last breath is in no journal: not played
        first = [*first[: last + 1], *((at_s, idle, event) for at_s, _, event in first[last + 1 :])]
        gap_s = float(chance.choice([5.0, 200.0, 700.0, 2000.0, 3500.0]))
        past = past_of(first, gap_s)
        try:
            again = todays_steps(plan, TODAY, since_last_s=gap_s, past=past)
        except UsageError:
            continue
        began_s = first[-1][0] + gap_s
        pause = (began_s, idle, Resume())
        second = play(SessionRun(plan, again, past), player)
        shifted = [(began_s + now_s, order, event) for now_s, order, event in second]
        watched = Watched.over(plan, iter([*first, pause, *shifted]))
        watched.total_s = 0.0  # of two sessions
        watched.check()


@pytest.mark.parametrize("is_due", [True, False])
@pytest.mark.parametrize("run_s", [13.0, 25.0])
@pytest.mark.parametrize("level", [1, 2])
def test_a_level_plays_rests_and_plays(
    tmp_path: Path, level: int, run_s: float, is_due: bool
) -> None:
    drill = DRILL.format(bpm=60, target=60, runs=60)
    parts = [LEVEL.format(number=level), drill, ASSESSMENT.format(runs=10)]
    plan = plan_of(tmp_path, HEAD.format(more=""), *parts)
    steps = todays_steps(plan, TODAY, is_assessment_due=is_due)
    run = SessionRun(plan, steps)
    moments = list(play(run, SimulatedPlayer(run_s=run_s)))
    watched = Watched.over(plan, iter(moments))
    watched.check()
    assert plan.level is not None
    assert watched.total_s >= 1.7 * plan.level.play_s
    rests = {order.until_s - order.began_s for _, order, _ in moments if isinstance(order, Rest)}
    assert rests == {plan.level.rest_s}
    asked = [at for at, (_, order, _) in enumerate(moments) if isinstance(order, Ask)]
    rested = [at for at, (_, order, _) in enumerate(moments) if isinstance(order, Rest)]
    assert [at - 1 for at in rested] == asked[1:2]  # effort and pain, then the rest
    assert asked[-1] == len(moments) - 1
    assert run.now == Done()
    assessed = sum(
        order.step.kind is StepKind.ASSESSMENT for _, order, _ in moments if isinstance(order, Play)
    )
    assert assessed == (10 if is_due else 0)


@pytest.mark.parametrize("level", [1, 2])
def test_without_a_ceiling_a_level_asks_for_its_rest_before_the_next_session(
    tmp_path: Path, level: int
) -> None:
    parts = [LEVEL.format(number=level), DRILL.format(bpm=60, target=60, runs=9)]
    plan = plan_of(tmp_path, HEAD.format(more=""), *parts)
    assert plan.level is not None
    for since_s in (0.0, 1.0, plan.level.rest_s - 1.0):
        with pytest.raises(UsageError, match="more of rest"):
            todays_steps(plan, TODAY, since_last_s=since_s)
        past = PastPractice(recent_takes=((since_s + 20.0, since_s),))
        with pytest.raises(UsageError, match="more of rest"):
            todays_steps(plan, TODAY, past=past)
    assert todays_steps(plan, TODAY, since_last_s=plan.level.rest_s)


def test_a_run_that_is_never_allowed_is_left_out_instead_of_rested_for(tmp_path: Path) -> None:
    level = LEVEL.format(number=3) + "play_minutes = 0.5\nrest_minutes = 10\n"
    drill = DRILL.format(bpm=20, target=20, runs=5)  # a run takes longer than half a minute
    plan = plan_of(tmp_path, HEAD.format(more=""), level, drill)
    run = SessionRun(plan, todays_steps(plan, TODAY))
    kinds = {
        order.step.kind for _, order, _ in play(run, SimulatedPlayer()) if isinstance(order, Play)
    }
    assert StepKind.DRILL not in kinds
    assert run.is_over
