"""Players of a session that nobody plays: each hears an order and says what happened."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from practiceear.practice.instructions import (
    Answered,
    Ask,
    Breathe,
    CountInBegins,
    Event,
    Instruction,
    Pause,
    Paused,
    Play,
    Rehearse,
    ReportNow,
    Rest,
    Resume,
    RunEnded,
    ShowResult,
    Skip,
    TimeUp,
)
from practiceear.practice.session_run import SessionRun
from practiceear.practice.steps import RunSummary

MOST_EVENTS = 5000

Moment = tuple[float, Instruction, Event]


def heard(
    cv_ioi: float = 0.05, *, duration_s: float = 14.0, level_dbfs: float = -20.0
) -> RunSummary:
    return RunSummary(
        duration_s=duration_s,
        sounding_s=0.6 * duration_s,
        loud_s=0.2 * duration_s,
        n_notes=29,
        n_intervals=28,
        cv_ioi=cv_ioi,
        detector_cv=0.01,
        mean_level_dbfs=level_dbfs,
    )


@dataclass
class SimulatedPlayer:
    """Plays every run, says little, waits for everything."""

    seed: int = 0
    run_s: float = 14.0
    cv_of_run: Callable[[int], float] = lambda _run: 0.05
    level_of_run: Callable[[int], float] = lambda _run: -20.0
    pain_of_ask: Callable[[int], float | None] = lambda _ask: 0.0
    effort_of_ask: Callable[[int], float | None] = lambda _ask: 2.0
    n_runs: int = 0
    n_asks: int = 0
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def react(self, order: Instruction, now_s: float) -> tuple[float, Event]:
        """When it happens, and what."""
        match order:
            case Play():
                self.n_runs += 1
                duration_s = min(self.run_s, order.longest_s)
                cv_ioi = self.cv_of_run(self.n_runs) * float(self.rng.normal(1.0, 0.1))
                level_dbfs = self.level_of_run(self.n_runs)
                one = heard(cv_ioi, duration_s=duration_s, level_dbfs=level_dbfs)
                return now_s + duration_s, RunEnded(one)
            case Rehearse() if math.isnan(order.began_s):
                return now_s + 0.5, CountInBegins(0.5)
            case Breathe() | Rest() | Rehearse():
                return order.until_s, TimeUp()
            case Ask():
                self.n_asks += 1
                said = Answered(self.effort_of_ask(self.n_asks), self.pain_of_ask(self.n_asks))
                return now_s + 5.0, said
            case _:
                return now_s + 1.0, Resume()


class RandomPlayer(SimulatedPlayer):
    """Presses keys as a cat would."""

    def react(self, order: Instruction, now_s: float) -> tuple[float, Event]:
        chance = float(self.rng.uniform())
        if chance < 0.7 and not isinstance(order, Paused):
            return super().react(order, now_s)
        one = heard(float(self.rng.uniform(0.0, 0.3))) if chance < 0.85 else None
        events: list[Event] = [
            RunEnded(one),
            RunEnded(None),
            TimeUp(),
            Skip(one),
            Pause(one),
            Resume(),
            ReportNow(one),
            ShowResult(),
            CountInBegins(0.5),
            Answered(float(self.rng.integers(0, 8)), float(self.rng.integers(0, 2))),
        ]
        return now_s + float(self.rng.exponential(8.0)), events[self.rng.integers(len(events))]


def play(run: SessionRun, player: SimulatedPlayer) -> Iterator[Moment]:
    """Let a player play; give every moment with its order and what was answered."""
    now_s = 0.0
    for _ in range(MOST_EVENTS):
        if run.is_over:
            return
        order = run.now
        now_s, event = player.react(order, now_s)
        yield now_s, order, event
        run.feed(event, now_s)
    raise AssertionError("the session does not end")
