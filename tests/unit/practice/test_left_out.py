"""What a session has no time for is said; nothing is said where all fits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from practiceear.cli.plan_lines import plan_lines
from practiceear.journal.connection import scratch_journal
from practiceear.practice.drill import built_in_drills
from practiceear.practice.instructions import Play
from practiceear.practice.plan import read_plan
from practiceear.practice.read_past import read_past
from practiceear.practice.schedule import LeftOut, left_out, todays_steps
from practiceear.practice.session_run import SessionRun
from practiceear.practice.steps import StepKind
from tests.unit.practice.simulated_players import SimulatedPlayer, play

TODAY = date(2026, 3, 5)
NOW = datetime(2026, 3, 5, 18, 0, tzinfo=UTC)
PLAN = """
name = "Much"
author = "R. Meyer"
instrument = "piano"
performance = true
[ceiling]
session_minutes = {minutes}
[[drill]]
name = "c-major-right-hand"
bpm = 60
runs = 20
[[drill]]
name = "c-major-right-hand"
bpm = 100
runs = 10
[assessment]
drill = "c-major-right-hand"
bpm = 60
"""
DRILL = "c-major-right-hand"


def found(folder: Path, minutes: float, last_bpm: int = 100) -> tuple[list[LeftOut], list[str]]:
    path = folder / "plan.toml"
    text = PLAN.format(minutes=minutes).replace("bpm = 100", f"bpm = {last_bpm}")
    path.write_text(text, encoding="utf-8")
    plan = read_plan(path, built_in_drills())
    with scratch_journal() as journal:  # nothing was played yet
        past = read_past(journal, plan, NOW)
    steps = todays_steps(plan, TODAY, is_assessment_due=True, past=past)
    lines = [line for line in plan_lines(plan, steps, past, TODAY) if "Warning" in line]
    return list(left_out(plan, steps, is_assessment_due=True)), lines


def test_nothing_is_left_out_where_there_is_time(tmp_path: Path) -> None:
    assert found(tmp_path, 40) == ([], [])


def test_runs_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    out, lines = found(tmp_path, 12)
    assert (out[0].drill, out[0].bpm) == (DRILL, 60.0)
    assert all(0 < one.n_fitting < one.n_planned for one in out)
    assert f"only {out[0].n_fitting} of the 20 runs of {DRILL} at 60 bpm" in lines[0]


def test_an_assessment_that_does_not_fit_is_named(tmp_path: Path) -> None:
    out, lines = found(tmp_path, 3)
    assert out[0] == LeftOut(StepKind.ASSESSMENT, DRILL, 60.0, 10, 0)
    assert "the assessment, 10 runs" in lines[0]
    assert any("none of the 10 runs" in line for line in lines)


def test_a_performance_that_does_not_fit_is_named(tmp_path: Path) -> None:
    out, lines = found(tmp_path, 0.5, last_bpm=20)
    assert out[-1] == LeftOut(StepKind.PERFORMANCE, DRILL, 20.0, 1, 0)
    assert "the performance" in lines[-1]


@pytest.mark.parametrize("interleave", [True, False])
def test_a_drill_that_stands_twice_in_a_plan_is_played_at_both_tempos(
    tmp_path: Path, interleave: bool
) -> None:
    path = tmp_path / "plan.toml"
    text = f"interleave = {str(interleave).lower()}" + PLAN.format(minutes=60)
    path.write_text(text, encoding="utf-8")
    plan = read_plan(path, built_in_drills())
    run = SessionRun(plan, todays_steps(plan, TODAY))
    orders = [one for _, one, _ in play(run, SimulatedPlayer()) if isinstance(one, Play)]
    tempos = [one.bpm for one in orders if one.step.kind is StepKind.DRILL]
    assert (tempos.count(60.0), tempos.count(100.0)) == (20, 10)
