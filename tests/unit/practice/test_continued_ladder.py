"""Ladders over several sessions with simulated players: what was reached is tested, not lost."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from practiceear.practice.continued_ladder import (
    TRUSTED_DAYS,
    ContinuedLadder,
    PastLadder,
    PastRun,
    ResumeReason,
    continued_ladder,
)
from practiceear.practice.drill import built_in_drills, find_drill
from practiceear.practice.ladder import LadderKind
from practiceear.practice.plan import PlannedDrill
from practiceear.practice.session_drills import DrillProgress, feedback_for
from tests.unit.practice.simulated_players import heard

TODAY = date(2026, 3, 23)
EASY_CV = 0.04
INSIDE, OUTSIDE = 0.03, 0.09
SCALE = find_drill(built_in_drills(), "g-major-violin")


def planned(kind: LadderKind = LadderKind.STEADY, **others: float) -> PlannedDrill:
    words = {"bpm": 60.0, "target_bpm": 100.0, "n_runs": 6, **others}
    return PlannedDrill(drill=SCALE, ladder=kind, turn_s=180.0, **words)  # type: ignore[arg-type]


def past(*runs: tuple[float, float], days: int = 1, was_stopped: bool = False) -> PastLadder:
    told = tuple(PastRun(bpm, cv, 0.01) for bpm, cv in runs)
    return PastLadder(told, TODAY - timedelta(days), was_stopped)


def goes_on(
    plan: PlannedDrill, before: PastLadder, ceiling_bpm: float | None = None
) -> ContinuedLadder:
    found = continued_ladder(plan, before, TODAY, easy_cv=EASY_CV, ceiling_bpm=ceiling_bpm)
    assert found is not None
    return found


class Player:
    """Practises one drill in session after session; the journal is a list of runs."""

    def __init__(self, cv_at: Callable[[float, int], float]) -> None:
        self.cv_at = cv_at
        self.runs: list[PastRun] = []

    def session(
        self, plan: PlannedDrill, *, days: int = 1, ceiling_bpm: float | None = None
    ) -> list[float]:
        before = PastLadder(tuple(self.runs), TODAY - timedelta(days), was_stopped=False)
        start = continued_ladder(plan, before, TODAY, easy_cv=EASY_CV, ceiling_bpm=ceiling_bpm)
        progress = DrillProgress(plan, feedback_for(0), EASY_CV, ceiling_bpm, start)
        tempos = []
        for _ in range(plan.n_runs):
            if progress.is_done:
                break
            bpm = progress.bpm
            cv_ioi = self.cv_at(bpm, len(self.runs))
            tempos.append(bpm)
            self.runs.append(PastRun(bpm, cv_ioi, 0.01))
            progress.after_run(heard(cv_ioi))
        return tempos


@pytest.mark.parametrize("kind", [LadderKind.STEADY, LadderKind.OVERSHOOT])
@pytest.mark.parametrize("n_runs", [1, 2, 3, 6])
def test_an_improving_player_reaches_the_target_however_short_the_sessions(
    kind: LadderKind, n_runs: int
) -> None:
    player, plan = Player(lambda _bpm, _run: INSIDE), planned(kind, n_runs=n_runs)
    firsts = [player.session(plan)[0] for _ in range(60)]
    assert firsts[0] == 60.0
    assert all(later >= before for before, later in pairwise(firsts))
    assert firsts[-1] == 100.0


@pytest.mark.parametrize("kind", list(LadderKind))
def test_who_can_play_up_to_a_tempo_stays_about_there(kind: LadderKind) -> None:
    rng = np.random.default_rng(3)

    def cv_at(bpm: float, _run: int) -> float:
        return (0.03 if bpm <= 80.0 else 0.07) * float(rng.normal(1.0, 0.08))

    player, plan = Player(cv_at), planned(kind)
    for _ in range(40):
        player.session(plan)
    start = goes_on(plan, PastLadder(tuple(player.runs), TODAY - timedelta(1), was_stopped=False))
    assert 72.0 <= start.state.rung_bpm <= 88.0


def test_a_tiring_player_begins_a_step_lower_than_where_the_limit_came() -> None:
    runs = [(60.0, INSIDE), (60.0, INSIDE), (64.0, INSIDE), (64.0, INSIDE), (68.0, OUTSIDE)]
    rested, tired = goes_on(planned(), past(*runs)), past(*runs, was_stopped=True)
    start = goes_on(planned(), tired)
    assert (rested.bpm, rested.reason) == (68.0, ResumeReason.AS_ENDED)
    assert (start.bpm, start.ended_bpm, start.reason) == (64.0, 68.0, ResumeReason.STOPPED)
    assert start.state.judged == ()


@pytest.mark.parametrize(("days", "bpm"), [(1, 72.0), (7, 72.0), (8, 68.0), (21, 68.0)])
def test_after_more_than_a_week_it_begins_one_step_lower(days: int, bpm: float) -> None:
    start = goes_on(planned(), past((72.0, INSIDE), (72.0, OUTSIDE), days=days))
    assert start.bpm == bpm
    assert (start.reason is ResumeReason.LONG_AGO) == (days > TRUSTED_DAYS)


def test_who_returns_after_three_weeks_and_still_can_is_back_after_a_rung() -> None:
    player, plan = Player(lambda _bpm, _run: INSIDE), planned(n_runs=4)
    for _ in range(3):
        reached = player.session(plan)[-1]
    tempos = player.session(plan, days=21)
    assert tempos == [reached - 4.0, reached - 4.0, reached, reached]


@pytest.mark.parametrize("kind", list(LadderKind))
@pytest.mark.parametrize("days", [1, 21])
def test_a_ceiling_that_was_lowered_meanwhile_holds_from_the_first_run(
    kind: LadderKind, days: int
) -> None:
    player = Player(lambda _bpm, _run: INSIDE)
    for _ in range(10):
        player.session(planned(kind))
    lower = planned(kind, target_bpm=70.0)
    assert max(player.session(lower, days=days, ceiling_bpm=70.0)) <= 70.0


def test_a_plan_that_is_slower_now_is_named_as_the_reason() -> None:
    start = goes_on(planned(target_bpm=70.0), past((84.0, OUTSIDE)), 70.0)
    assert (start.bpm, start.ended_bpm, start.reason) == (70.0, 84.0, ResumeReason.PLAN_IS_SLOWER)


def test_never_below_where_the_plan_begins() -> None:
    raised = planned(bpm=80.0)
    assert (
        continued_ladder(raised, past((72.0, INSIDE)), TODAY, easy_cv=EASY_CV, ceiling_bpm=None)
        is None
    )
    assert goes_on(raised, past((80.0, INSIDE), days=30)).bpm == 80.0


def test_a_visit_to_a_faster_tempo_is_no_rung() -> None:
    runs = [(60.0, INSIDE), (60.0, INSIDE), (76.8, INSIDE)]
    start = goes_on(planned(LadderKind.OVERSHOOT), past(*runs))
    assert start.bpm == 64.0
    assert not start.state.is_excursion  # no day begins beyond the rung


def test_alternating_begins_slow_and_keeps_its_rung() -> None:
    runs = [(60.0, INSIDE), (100.0, OUTSIDE), (60.0, INSIDE), (100.0, OUTSIDE), (60.0, INSIDE)]
    start = goes_on(planned(LadderKind.ALTERNATE), past(*runs))
    assert start.bpm == 60.0
    assert start.state.rung_bpm == 95.0  # two failures: back by a twentieth


def test_a_target_that_was_passed_is_shown_again() -> None:
    start = goes_on(planned(), past((100.0, INSIDE), (100.0, INSIDE)))
    assert start.bpm == 100.0
    assert not start.state.is_done
    assert start.state.judged == ()


@pytest.mark.parametrize(
    ("plan", "before", "easy_cv"),
    [
        (planned(target_bpm=60.0), past((60.0, INSIDE)), EASY_CV),
        (planned(), past(), EASY_CV),
        (planned(), past((72.0, INSIDE)), None),
        (planned(), past((48.0, INSIDE)), EASY_CV),  # the warm-up is no run of the ladder
    ],
)
def test_where_nothing_goes_on(
    plan: PlannedDrill, before: PastLadder, easy_cv: float | None
) -> None:
    assert continued_ladder(plan, before, TODAY, easy_cv=easy_cv, ceiling_bpm=None) is None


def test_runs_that_were_not_heard_neither_raise_nor_lower() -> None:
    heard_once = past((64.0, INSIDE))
    unheard = replace(heard_once, runs=(*heard_once.runs, PastRun(64.0, math.nan, math.nan)))
    assert goes_on(planned(), unheard).state == goes_on(planned(), heard_once).state
