"""A plan is obeyed as it stands in its file; what is wrong in it is named."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from practiceear.errors import UsageError
from practiceear.practice.drill import built_in_drills
from practiceear.practice.plan import PracticePlan, read_plan
from practiceear.practice.schedule import todays_steps
from practiceear.practice.steps import Step, StepKind

TODAY = date(2026, 3, 5)
PLAN = """
name = "Back to the violin"
author = "R. Meyer"
instrument = "violin"
starts = 2026-03-02
ends = 2026-06-01

[ceiling]
bpm = 72
sessions_a_day = 2
rest_minutes_between = 50
session_minutes = 20
sounding_minutes = 10

[limits]
pain = 2

[level]
number = 2
since = 2026-03-02
days = 5

[[drill]]
name = "fingers-1-2-violin"
bpm = 60
target_bpm = 72
runs = 6

[[drill]]
name = "g-major-violin"
ladder = "alternate"
target_bpm = 66

[assessment]
drill = "g-major-violin"
bpm = 60
runs = 10
"""


def plan_of(tmp_path: Path, text: str = PLAN) -> PracticePlan:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path, built_in_drills())


def played(steps: tuple[Step, ...]) -> float:
    return sum(one.length_s for one in steps if one.is_playing)


def test_a_plan_says_what_its_file_says(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert (plan.name, plan.author, plan.ceiling.bpm) == ("Back to the violin", "R. Meyer", 72.0)
    assert plan.rules.pain_limit == 2.0
    assert plan.rules.effort_limit == 5.0
    assert [one.drill.name for one in plan.drills] == ["fingers-1-2-violin", "g-major-violin"]
    assert plan.assessment is not None
    assert plan.assessment.weeks == (4, 8, 12)
    assert plan.level is not None
    assert (plan.level.play_s, plan.level.rest_s) == (600.0, 3000.0)
    assert not plan.level_is_over(TODAY)
    assert plan.level_is_over(date(2026, 3, 7))


@pytest.mark.parametrize(
    ("old", "new", "named", "hint"),
    [
        ("[limits]", "[limitts]", "limitts", "limits"),
        ("pain = 2", "pian = 2", "pian", "pain"),
        ("pain = 2", "pain = 20", "pain in \\[limits\\]", ""),
        ("pain = 2", 'pain = "two"', "pain", ""),
        ('ladder = "alternate"', 'ladder = "alternte"', "alternte", "alternate"),
        ('"fingers-1-2-violin"', '"fingers-1-2-violn"', "fingers-1-2-violn", "fingers-1-2-violin"),
        ('"fingers-1-2-violin"', '"taps"', "not written for violin", ""),
        ("target_bpm = 72", "target_bpm = 100", "target_bpm", ""),
        ("ends = 2026-06-01", "ends = 2026-01-01", "ends", ""),
        ("starts = 2026-03-02", 'starts = "soon"', "starts", ""),
        ("number = 2", "number = 4", "play_minutes", ""),
        ('author = "R. Meyer"', "", "author", ""),
        ("bpm = 72", "bpm = true", "bpm", ""),
        ("bpm = 72", "bpm = -72", "bpm in \\[ceiling\\]", ""),
        ("bpm = 72", "bpm = nan", "bpm", ""),
        ("bpm = 72", "bpm = inf", "bpm", ""),
        ("bpm = 72", f"bpm = 1{500 * '0'}", "bpm", ""),
        ("bpm = 72", f"bpm = 1{5000 * '0'}", "TOML", ""),
        ("number = 2", "number = 1.5", "number in \\[level\\] .* whole number", ""),
        ("number = 2", "number = 0", "number", ""),
        ("runs = 6", "runs = 1.5", "runs .* whole number", ""),
        ("runs = 6", "runs = 100000", "runs", ""),
        ("sessions_a_day = 2", "sessions_a_day = 1.5", "sessions_a_day .* whole number", ""),
        ("name =", "name = = ", "TOML", ""),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, named: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        plan_of(tmp_path, PLAN.replace(old, new, 1))
    assert hint in caught.value.hint


def test_a_plan_without_drills_or_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="drill"):
        plan_of(tmp_path, PLAN.split("[[drill]]", maxsplit=1)[0])
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "nowhere.toml", ())


def test_no_step_is_faster_or_longer_than_the_plan_allows(tmp_path: Path) -> None:
    steps = todays_steps(plan_of(tmp_path), TODAY)
    assert all(one.bpm <= 72.0 for one in steps)
    assert played(steps) <= 600.0 + 1e-9
    assert steps[0].kind is StepKind.WARM_UP
    assert steps[-1].kind is StepKind.ASK
    starts_s = 0.0
    for one in steps:
        assert one.starts_s == pytest.approx(starts_s)
        starts_s += one.length_s


def test_the_last_run_is_one_as_in_a_concert_where_the_plan_asks_for_it(tmp_path: Path) -> None:
    for play_minutes in (3, 4, 5.5, 30):
        limit = PLAN.replace("session_minutes = 20", f"session_minutes = {play_minutes}")
        steps = todays_steps(plan_of(tmp_path, "performance = true" + limit), TODAY)
        last = steps[-2]
        assert (last.kind, last.n_runs, last.planned) == (StepKind.PERFORMANCE, 1, None)
        assert last.drill is not None
        assert last.drill.name == "g-major-violin"
        assert steps[-1].kind is StepKind.ASK
        assert steps[-3].is_playing  # neither a rest nor a rehearsal of what was cut
        assert played(steps) <= 60.0 * play_minutes
        assert sum(one.kind is StepKind.PERFORMANCE for one in steps) == 1
    asked_for_none = todays_steps(plan_of(tmp_path), TODAY)
    assert all(one.kind is not StepKind.PERFORMANCE for one in asked_for_none)


def test_drills_take_turns(tmp_path: Path) -> None:
    steps = todays_steps(plan_of(tmp_path), TODAY)
    names = [one.drill.name for one in steps if one.kind is StepKind.DRILL and one.drill]
    assert len(set(names)) == 2


@pytest.mark.parametrize("interleave", ["true", "false"])
def test_a_long_session_rests_where_it_is_due(tmp_path: Path, interleave: str) -> None:
    text = PLAN.replace("sounding_minutes = 10", "").replace("session_minutes = 20", "")
    text = text.replace("runs = 6", "runs = 90")
    text = (
        f"interleave = {interleave}"
        + text[: text.index("[level]")]
        + text[text.index("[[drill]]") :]
    )
    steps = todays_steps(plan_of(tmp_path, text), TODAY)
    played_s = 0.0
    for one in steps:
        played_s = 0.0 if one.kind is StepKind.REST else played_s + one.length_s * one.is_playing
        assert played_s <= 25 * 60.0 + 1e-9
    assert any(one.kind is StepKind.REST for one in steps)
    assert sum(one.n_runs for one in steps if one.kind is StepKind.DRILL) > 60


def test_the_assessment_comes_whole_or_not_at_all(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    steps = todays_steps(plan, TODAY, is_assessment_due=True)
    assert [one.n_runs for one in steps if one.kind is StepKind.ASSESSMENT] == [10]
    short = plan_of(tmp_path, PLAN.replace("sounding_minutes = 10", "sounding_minutes = 3"))
    steps = todays_steps(short, TODAY, is_assessment_due=True)
    assert not [one for one in steps if one.kind is StepKind.ASSESSMENT]


@pytest.mark.parametrize(
    ("today", "n_sessions", "since_s", "said"),
    [
        (date(2026, 3, 1), 0, None, "begins"),
        (date(2026, 6, 2), 0, None, "ended"),
        (TODAY, 2, None, "2 of 2"),
        (TODAY, 1, 600.0, "40 minutes"),
    ],
)
def test_what_the_plan_forbids_is_refused(
    tmp_path: Path, today: date, n_sessions: int, since_s: float | None, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        todays_steps(plan_of(tmp_path), today, n_sessions_today=n_sessions, since_last_s=since_s)


def test_after_its_rest_the_second_session_is_allowed(tmp_path: Path) -> None:
    assert todays_steps(plan_of(tmp_path), TODAY, n_sessions_today=1, since_last_s=3000.0)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8-sig")
    plan = read_plan(path, built_in_drills())
    assert plan.name == "Back to the violin"
    assert plan.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_only_a_file_is_a_plan(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path / "pipe.toml", Path(os.devnull)):
        with pytest.raises(UsageError, match="a pipe or a device"):
            read_plan(path, built_in_drills())
    (tmp_path / "long.toml").write_text("#" * 2**20 + PLAN)
    with pytest.raises(UsageError, match="longer than"):
        read_plan(tmp_path / "long.toml", built_in_drills())


def test_no_day_is_beyond_the_calendar(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    for day in ("9999-12-31", "0001-01-01"):
        path.write_text(PLAN.replace("since = 2026-03-02", f"since = {day}"))
        with pytest.raises(UsageError, match="cannot be"):
            read_plan(path, built_in_drills())


@pytest.mark.parametrize("bpm", ["9" * 400, "9" * 5000, "nan", "inf", "-1e308"])
def test_no_number_is_too_large_to_be_refused(tmp_path: Path, bpm: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace("bpm = 72", f"bpm = {bpm}"))
    with pytest.raises(UsageError):
        read_plan(path, built_in_drills())
