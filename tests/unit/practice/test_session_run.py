"""A session with simulated players: ceilings hold, stops are final, and every session ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from practiceear.practice.drill import built_in_drills
from practiceear.practice.instructions import (
    PLANNED,
    PLAYER,
    Answered,
    Ask,
    Breathe,
    Done,
    Event,
    Instruction,
    Pause,
    Paused,
    Play,
    ReportNow,
    Rest,
    Resume,
    RunEnded,
    ShowResult,
    Skip,
    Stop,
    Stopped,
    TimeUp,
)
from practiceear.practice.plan import PracticePlan, read_plan
from practiceear.practice.schedule import todays_steps
from practiceear.practice.session_drills import feedback_for
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.session_run import SessionRun
from practiceear.practice.steps import Step, StepKind
from tests.unit.practice.simulated_players import RandomPlayer, SimulatedPlayer, heard, play

TODAY = date(2026, 3, 5)
PLAN = """
name = "Long"
author = "R. Meyer"
instrument = "violin"
silent_rehearsal = true
[ceiling]
bpm = 72
session_minutes = 60
[rest]
short_after_minutes = 8
[[drill]]
name = "g-major-violin"
bpm = 60
target_bpm = 72
ladder = "LADDER"
runs = 40
[[drill]]
name = "fingers-1-2-violin"
bpm = 66
target_bpm = 72
runs = 30
[assessment]
drill = "g-major-violin"
bpm = 60
runs = 10
"""
AFTER_STOP: list[Event] = [
    RunEnded(heard()),
    TimeUp(),
    Resume(),
    Answered(0, 0),
    Skip(),
    ReportNow(),
    Pause(),
]
NOT_EASY = PastPractice(easy_cv={"g-major-violin": 0.03, "fingers-1-2-violin": 0.03}, pains=(0.0,))
LADDERS = ["steady", "alternate", "overshoot"]


def plan_of(folder: Path, ladder: str = "steady", text: str = PLAN) -> PracticePlan:
    path = folder / "plan.toml"
    path.write_text(text.replace("LADDER", ladder), encoding="utf-8")
    return read_plan(path, built_in_drills())


def session(folder: Path, ladder: str = "steady", **past: object) -> SessionRun:
    plan = plan_of(folder, ladder)
    known = PastPractice(**{"pains": (0.0,), **past})  # type: ignore[arg-type]
    return SessionRun(plan, todays_steps(plan, TODAY), known)


@pytest.mark.parametrize("ladder", LADDERS)
@pytest.mark.parametrize("seed", range(8))
def test_no_tempo_is_ever_above_the_ceiling(tmp_path: Path, ladder: str, seed: int) -> None:
    for player in (SimulatedPlayer(seed, cv_of_run=lambda run: 0.1 / run), RandomPlayer(seed)):
        run = session(tmp_path, ladder)
        tempos = [one.bpm for _, one, _ in play(run, player) if isinstance(one, Play)]
        assert tempos
        assert max(tempos) <= 72.0
        assert run.is_over


@pytest.mark.parametrize("ladder", LADDERS)
def test_an_improving_player_climbs_to_the_target_and_no_further(
    tmp_path: Path, ladder: str
) -> None:
    run = session(tmp_path, ladder)
    player = SimulatedPlayer(cv_of_run=lambda run: max(0.03, 0.1 * 0.97**run))
    tempos = [
        one.bpm
        for _, one, _ in play(run, player)
        if isinstance(one, Play) and one.step.planned is run.plan.drills[0]
    ]
    assert tempos[0] == 60.0
    assert max(tempos) == 72.0
    assert len(tempos) < 40  # passed: the other runs are left out
    assert run.now == Done()


def test_a_player_who_fails_stays_where_the_ladder_began(tmp_path: Path) -> None:
    run = session(tmp_path, easy_cv=NOT_EASY.easy_cv)
    tempos = {
        one.bpm
        for _, one, _ in play(run, SimulatedPlayer(cv_of_run=lambda _run: 0.2))
        if isinstance(one, Play) and one.step.kind is StepKind.DRILL
    }
    assert tempos == {60.0, 66.0}


@pytest.mark.parametrize("when", [1, 2])
def test_pain_ends_the_session_for_good(tmp_path: Path, when: int) -> None:
    run = session(tmp_path)
    player = SimulatedPlayer(pain_of_ask=lambda ask: 3.0 if ask == when else 0.0)
    moments = list(play(run, player))
    assert run.now == Stopped("pain")
    now_s = moments[-1][0]
    for event in AFTER_STOP:
        assert run.feed(event, now_s + 1.0) == Stopped("pain")


def test_pain_that_rises_ends_it_below_the_limit(tmp_path: Path) -> None:
    run = session(tmp_path, pains=(0.5,))
    list(play(run, SimulatedPlayer(pain_of_ask=lambda _ask: 2.5)))
    assert run.now == Stopped("pain rise")


def test_who_had_pain_today_does_not_begin(tmp_path: Path) -> None:
    assert session(tmp_path, pains=(3.0, 0.0)).now == Stopped("pain")


def test_who_said_nothing_today_is_asked_for_pain_before_anything_is_played(
    tmp_path: Path,
) -> None:
    run = session(tmp_path, pains=())
    assert run.now == Ask(is_planned=False, is_first=True)
    assert isinstance(run.feed(Answered(None, 0.5), 3.0), Play)
    run.feed(ReportNow(), 9.0)
    assert run.feed(Answered(None, 2.5), 12.0) == Stopped("pain rise")
    hurt = session(tmp_path, pains=())
    assert hurt.feed(Answered(None, 3.0), 3.0) == Stopped("pain")
    silent = session(tmp_path, pains=())
    assert isinstance(silent.feed(Skip(), 3.0), Play)


def test_pain_can_be_said_in_the_middle_of_a_run(tmp_path: Path) -> None:
    run = session(tmp_path)
    assert isinstance(run.now, Play)
    assert run.feed(ReportNow(heard()), 4.0) == Ask(is_planned=False)
    assert run.feed(Answered(None, 5.0), 8.0) == Stopped("pain")


def test_a_run_that_was_broken_off_is_played_again(tmp_path: Path) -> None:
    run = session(tmp_path)
    before = run.now
    assert isinstance(before, Play)
    run.feed(ReportNow(heard()), 4.0)
    again = run.feed(Answered(1.0, 0.0), 8.0)
    assert isinstance(again, Play)
    assert (again.step, again.number) == (before.step, before.number)
    assert isinstance(run.feed(Pause(), 9.0), Paused)
    assert run.feed(Resume(), 99.0) == replace(again, longest_s=run.now.longest_s)  # type: ignore[union-attr]


def test_a_player_whose_sound_falls_off_is_told_to_rest(tmp_path: Path) -> None:
    def level_db(run: int, fall_db: float) -> float:
        return -20.0 - fall_db * run

    for fall_db, is_told in ((0.1, True), (0.0, False)):
        run = session(tmp_path, easy_cv=NOT_EASY.easy_cv)
        player = SimulatedPlayer(
            cv_of_run=lambda _run: 0.2, level_of_run=partial(level_db, fall_db=fall_db)
        )
        rules = [one.rule for _, one, _ in play(run, player) if isinstance(one, Rest)]
        assert ("softer" in rules) == is_told


def test_effort_brings_one_rest_not_one_after_every_run(tmp_path: Path) -> None:
    run = session(tmp_path)
    player = SimulatedPlayer(effort_of_ask=lambda ask: 7.0 if ask == 1 else 1.0)
    rules = [one.rule for _, one, _ in play(run, player) if isinstance(one, Rest)]
    assert rules.count("effort") <= 1
    said = session(tmp_path)
    said.feed(ReportNow(), 5.0)
    assert isinstance(said.feed(Answered(7.0, 0.0), 6.0), Rest)


def test_a_rest_for_effort_stays_whatever_is_pressed(tmp_path: Path) -> None:
    run = session(tmp_path)
    run.feed(ReportNow(), 5.0)
    rest = run.feed(Answered(7.0, 0.0), 6.0)
    assert isinstance(rest, Rest)
    for event in (Skip(), TimeUp(), Resume(), RunEnded(heard()), ShowResult(), Answered(0.0, 0.0)):
        assert run.feed(event, 10.0) == rest
    assert run.feed(ReportNow(), 11.0) == Ask(is_planned=False, before=rest)
    assert run.feed(Answered(0.0, 0.0), 20.0) == rest
    run.feed(Pause(), 30.0)
    assert run.feed(Skip(), 40.0) == rest
    assert isinstance(run.feed(TimeUp(), rest.until_s), Play)


def test_effort_that_is_said_in_a_pause_is_rested_for(tmp_path: Path) -> None:
    run = session(tmp_path)
    paused = run.feed(Pause(), 5.0)
    assert run.feed(ReportNow(), 6.0) == Ask(is_planned=False, before=paused)  # type: ignore[arg-type]
    assert run.feed(Answered(7.0, 0.0), 7.0) == paused
    rest = run.feed(Resume(), 8.0)
    assert isinstance(rest, Rest)
    assert rest.rule == "effort"


def test_pain_that_is_said_in_a_pause_or_a_rest_ends_the_session(tmp_path: Path) -> None:
    for event in (Pause(), ReportNow()):
        run = session(tmp_path)
        run.feed(event, 5.0)
        if isinstance(run.now, Ask):
            run.feed(Answered(7.0, 0.0), 6.0)
        run.feed(ReportNow(), 7.0)
        assert run.feed(Answered(1.0, 4.0), 8.0) == Stopped("pain")


def test_a_rest_that_only_the_ear_asks_for_may_be_left_out(tmp_path: Path) -> None:
    run = session(tmp_path, easy_cv=NOT_EASY.easy_cv)
    softer = SimulatedPlayer(cv_of_run=lambda _run: 0.2, level_of_run=lambda run: -20.0 - 0.3 * run)
    for now_s, _, _ in play(run, softer):  # noqa: B007
        if isinstance(run.now, Rest) and run.now.rule == "softer":
            break
    assert isinstance(run.feed(Skip(), now_s + 5.0), Play)
    assert not isinstance(run.feed(RunEnded(heard()), now_s + 19.0), Rest)


@pytest.mark.parametrize("number", [-1.0, 10.5, float("nan"), float("inf")])
def test_a_number_that_is_not_on_the_scale_is_no_answer(number: float) -> None:
    for said in ({"pain": number}, {"effort": number}):
        with pytest.raises(ValueError, match="0 to 10"):
            Answered(**said)


def test_pain_is_asked_for_at_the_door_of_every_session(tmp_path: Path) -> None:
    assert isinstance(session(tmp_path, n_sessions_today=1).now, Ask)


@pytest.mark.parametrize("run_s", [10.0, 40.0])
@pytest.mark.parametrize(("session_min", "sounding_min"), [(8, 4), (4, 8), (8, 2)])
def test_nobody_plays_longer_than_the_ceilings_allow(
    tmp_path: Path, session_min: int, sounding_min: int, run_s: float
) -> None:
    limits = f"session_minutes = {session_min}\nsounding_minutes = {sounding_min}"
    plan = plan_of(tmp_path, text=PLAN.replace("session_minutes = 60", limits))
    run = SessionRun(plan, todays_steps(plan, TODAY), NOT_EASY)
    played_s = sounding_s = 0.0
    for _, _, event in play(run, SimulatedPlayer(run_s=run_s, cv_of_run=lambda _run: 0.2)):
        if isinstance(event, RunEnded) and event.summary is not None:
            played_s += event.summary.duration_s
            sounding_s += event.summary.sounding_s
    assert played_s <= 60.0 * session_min + 1e-6
    assert sounding_s <= 60.0 * sounding_min + 1e-6
    assert run.is_over
    if session_min < sounding_min and run_s > 20.0:  # it takes longer than was planned
        assert run.is_cut_short or isinstance(run.now, Stopped)


def test_time_is_at_the_instrument_rests_do_not_count(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, text=PLAN.replace("session_minutes = 60", "session_minutes = 10"))
    one = plan.drills[0]
    drill = Step(StepKind.DRILL, 30.0, one.drill, 60.0, 2, one)
    run = SessionRun(plan, (drill, Step(StepKind.REST, 3000.0), drill, Step(StepKind.ASK, 10.0)))
    moments = list(play(run, SimulatedPlayer()))
    assert sum(isinstance(order, Play) for _, order, _ in moments) == 4
    assert run.now == Done()


def test_leaving_everything_out_ends(tmp_path: Path) -> None:
    run = session(tmp_path)
    n_skips = 0
    now_s = 0.0
    while not run.is_over:
        now_s = run.now.until_s if isinstance(run.now, Rest) else now_s + 1.0
        run.feed(TimeUp() if isinstance(run.now, Rest) else Skip(), now_s)
        n_skips += 1
    assert run.now == Done()
    assert n_skips <= len(run.steps)


@pytest.mark.parametrize("seed", range(30))
def test_a_cat_on_the_keys_ends_too(tmp_path: Path, seed: int) -> None:
    run = session(tmp_path, LADDERS[seed % 3])
    list(play(run, RandomPlayer(seed)))
    assert run.is_over


def test_the_player_can_always_stop(tmp_path: Path) -> None:
    for n_before in range(0, 60, 7):
        run = session(tmp_path)
        now_s = 0.0
        for now_s, _, _ in play(run, SimulatedPlayer()):  # noqa: B007
            n_before -= 1  # noqa: PLW2901
            if n_before < 0:
                break
        assert run.feed(Stop(), now_s) == Stopped(PLAYER)


def test_nothing_heard_does_not_hold_a_session_up(tmp_path: Path) -> None:
    run = session(tmp_path)
    for now_s in range(1, 2000):
        if run.is_over:
            break
        event = RunEnded(None) if isinstance(run.now, Play) else TimeUp()
        run.feed(Answered() if isinstance(run.now, Ask) else event, 400.0 * now_s)
    assert run.is_over


def shown_after(run: SessionRun, kind: StepKind) -> list[bool]:
    return [
        one.is_result_shown
        for _, one, _ in play(run, SimulatedPlayer())
        if isinstance(one, Breathe) and one.step.kind is kind
    ]


def test_results_fade_as_the_drill_becomes_known(tmp_path: Path) -> None:
    shares = []
    for n_sessions in (0, 3, 9):
        names = ("g-major-violin", "fingers-1-2-violin")
        run = session(tmp_path, n_sessions=dict.fromkeys(names, n_sessions))
        shown = shown_after(run, StepKind.DRILL)
        shares.append(sum(shown) / len(shown))
    assert shares[0] == 1.0
    assert 0.2 < shares[1] < 0.4
    assert shares[2] == 0.0


def test_a_result_is_shown_on_request_but_not_in_a_performance(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    one = plan.drills[0]
    steps = tuple(
        Step(kind, 20.0, one.drill, 60.0, 1, one if kind is StepKind.DRILL else None)
        for kind in (StepKind.DRILL, StepKind.PERFORMANCE, StepKind.DRILL)
    )
    run = SessionRun(plan, steps, PastPractice(n_sessions={"g-major-violin": 9}, pains=(0.0,)))
    breath = run.feed(RunEnded(heard()), 14.0)
    assert isinstance(breath, Breathe)
    assert not breath.is_result_shown
    asked = run.feed(ShowResult(), 15.0)
    assert isinstance(asked, Breathe)
    assert asked.is_result_shown
    run.feed(TimeUp(), 24.0)
    breath = run.feed(RunEnded(heard()), 40.0)
    assert isinstance(breath, Breathe)
    assert run.feed(ShowResult(), 41.0) == breath
    assert not breath.is_result_shown


@pytest.mark.parametrize(
    ("run_s", "end"), [(14.0, Done()), (40.0, Stopped("session ceiling"))], ids=["steady", "slow"]
)
def test_a_session_ends_with_a_performance_that_is_told_of_at_its_end_only(
    tmp_path: Path, run_s: float, end: Instruction
) -> None:
    text = "performance = true" + PLAN.replace("session_minutes = 60", "session_minutes = 8")
    plan = plan_of(tmp_path, text=text)
    run = SessionRun(plan, todays_steps(plan, TODAY), PastPractice(pains=(0.0,)))
    orders = [one for _, one, _ in play(run, SimulatedPlayer(run_s=run_s))]
    at = max(at for at, one in enumerate(orders) if isinstance(one, Play))
    last = orders[at]
    assert isinstance(last, Play)
    assert last.step.kind is StepKind.PERFORMANCE  # however slow the runs before it were
    assert last.gap is None
    assert not [one for one in orders[at:] if isinstance(one, Breathe)]
    assert run.now == end
    assert run.is_result_due


def test_an_assessment_is_always_the_same_and_tells_nothing_before_its_end(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    steps = todays_steps(plan, TODAY, is_assessment_due=True)
    run = SessionRun(plan, steps)
    player = SimulatedPlayer(cv_of_run=lambda run: 0.01 * run)
    moments = list(play(run, player))
    runs = [one for _, one, _ in moments if isinstance(one, Play)]
    assessed = [one for one in runs if one.step.kind is StepKind.ASSESSMENT]
    assert [one.bpm for one in assessed] == [60.0] * 10
    assert all(one.gap is None for one in assessed)
    shown = shown_after(SessionRun(plan, steps), StepKind.ASSESSMENT)
    assert shown == [False] * 9 + [True]


def test_silent_bars_come_within_the_run(tmp_path: Path) -> None:
    run = session(tmp_path, n_sessions={"g-major-violin": 9, "fingers-1-2-violin": 9})
    gaps = {one.gap for _, one, _ in play(run, SimulatedPlayer()) if isinstance(one, Play)}
    most = feedback_for(9)
    told = [one for one in gaps if one is not None]
    assert told
    assert all(one.n_off == most.gap_off_bars and one.n_on <= most.gap_on_bars for one in told)


@pytest.mark.parametrize("cv_ioi", [0.02, 0.2], ids=["soon at the target", "never there"])
@pytest.mark.parametrize("run_s", [12.0, 15.0, 18.0])
def test_something_is_played_between_two_rests_and_after_the_last(
    tmp_path: Path, run_s: float, cv_ioi: float
) -> None:
    run = session(tmp_path, easy_cv=NOT_EASY.easy_cv)
    player = SimulatedPlayer(run_s=run_s, cv_of_run=lambda _run: cv_ioi)
    orders = [one for _, one, _ in play(run, player)]
    told = [one for one in orders if isinstance(one, Rest | Play)]
    assert any(isinstance(one, Rest) for one in told)
    assert not [one for one in pairwise(told) if all(isinstance(each, Rest) for each in one)]
    assert isinstance(told[-1], Play)
    assert isinstance(orders[-1], Ask)


@pytest.mark.parametrize("run_s", [12.0, 14.0])
def test_as_many_rests_are_taken_as_are_planned(tmp_path: Path, run_s: float) -> None:
    run = session(tmp_path, easy_cv=NOT_EASY.easy_cv)
    planned = sum(one.kind is StepKind.REST for one in run.steps)
    player = SimulatedPlayer(run_s=run_s, cv_of_run=lambda _run: 0.2)
    taken = [one for _, one, _ in play(run, player) if isinstance(one, Rest)]
    assert planned > 0
    assert len(taken) == planned  # a slow player's come a little earlier
    assert taken[0].rule == PLANNED
