"""Pain carries over: one level back the next day, and no session after it came again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from practiceear.errors import UsageError
from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.records import Moment, Remark, RemarkKind, SessionKind, SessionRecord
from practiceear.journal.writing import add_remark, begin_session
from practiceear.practice.drill import built_in_drills
from practiceear.practice.instructions import Answered, Play
from practiceear.practice.plan import PracticePlan, read_plan
from practiceear.practice.read_past import read_past
from practiceear.practice.schedule import todays_steps
from practiceear.practice.session_limits import REPEAT_DAYS, AfterPain, PastPractice, after_pain
from practiceear.practice.session_run import SessionRun
from practiceear.practice.steps import StepKind
from practiceear.reports.practice_words import after_pain_words

FIRST = date(2026, 11, 1)
PLAN = """
name = "Return"
author = "Dr Hand"
instrument = "piano"
{level}
[[drill]]
name = "c-major-right-hand"
bpm = 60
runs = 30
"""
LEVEL = "[level]\nnumber = {number}\nsince = {since}\n"


def plan_of(folder: Path, number: int | None = 2, since: date = FIRST) -> PracticePlan:
    level = "" if number is None else LEVEL.format(number=number, since=since)
    if number is not None and number > 2:
        level += "play_minutes = 20\nrest_minutes = 20\n"
    path = folder / "plan.toml"
    path.write_text(PLAN.format(level=level), encoding="utf-8")
    return read_plan(path, built_in_drills())


def days(*numbers: int) -> list[date]:
    return [FIRST + timedelta(days=one) for one in numbers]


def add_day(journal: Journal, day: date, *remarks: tuple[RemarkKind, float | None, str]) -> None:
    """A session of a plan in which nothing is played, but something said."""
    began = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
    session_id = begin_session(journal, SessionRecord(Moment.of(began), SessionKind.PLAN))
    for kind, number, text in remarks:
        add_remark(journal, session_id, Remark(began.timestamp() + 60.0, kind, number, text))


STOPPED = ((RemarkKind.PAIN, 5.0, ""), (RemarkKind.STOP, None, "pain"))


def past_on(folder: Path, plan: PracticePlan, pain_days: Sequence[date], day: date) -> PastPractice:
    with open_journal(folder) as journal:
        for one in pain_days:
            add_day(journal, one, *STOPPED)
        now = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
        return read_past(journal, plan, now)


@pytest.mark.parametrize(
    ("number", "minutes"),
    [(2, (5.0, 60.0)), (3, (10.0, 50.0)), (5, (10.0, 50.0)), (None, (10, 50))],
)
def test_the_day_after_pain_is_one_level_back_and_says_so(
    tmp_path: Path, number: int | None, minutes: tuple[float, float]
) -> None:
    plan = plan_of(tmp_path, number)
    today = days(5)[0]
    past = past_on(tmp_path, plan, days(4), today)
    steps = todays_steps(plan, today, past=past)
    rests = {one.length_s for one in steps if one.kind is StepKind.REST}
    assert rests == {60.0 * minutes[1]}
    run = SessionRun(plan, steps, past)
    assert run.plan.level is not None
    assert (run.plan.level.play_s, run.plan.level.rest_s) == tuple(60.0 * one for one in minutes)
    assert run.plan.rules.session_limit_s == 2 * 60.0 * minutes[0]
    assert isinstance(run.feed(Answered(None, 0.0), 5.0), Play)
    said = after_pain_words(plan, past.after_pain)
    assert "one level back" in said
    assert f"{minutes[0]:g} minutes of playing, {minutes[1]:g} minutes of rest" in said
    assert "tell Dr Hand" in said


def test_it_ends_after_as_many_days_as_a_level_has(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert plan.level is not None
    last_day = days(4)[0] + timedelta(days=plan.level.n_days)
    assert past_on(tmp_path, plan, days(4), last_day).after_pain.back_until == last_day
    later = past_on(tmp_path, plan, (), last_day + timedelta(days=1))
    assert later.after_pain.back_until is None
    run = SessionRun(plan, todays_steps(plan, last_day + timedelta(days=1), past=later), later)
    assert run.plan == plan


@pytest.mark.parametrize("number", [1, 2, 4, None])
@pytest.mark.parametrize("pain_days", [(0, 1), (0, REPEAT_DAYS), (0, 1, 2, 3, 4, 5, 6)])
def test_pain_that_comes_again_allows_no_session_and_names_the_author(
    tmp_path: Path, number: int | None, pain_days: tuple[int, ...]
) -> None:
    plan = plan_of(tmp_path, number)
    for later in (1, 30):
        today = days(pain_days[-1] + later)[0]
        past = past_on(tmp_path, plan, days(*pain_days) if later == 1 else (), today)
        with pytest.raises(UsageError, match="pain came again") as caught:
            todays_steps(plan, today, past=past)
        assert "Tell Dr Hand" in caught.value.hint
        assert ("since in [level]" if number else "starts") in caught.value.hint


def test_a_new_date_in_the_plan_lets_it_begin_again(tmp_path: Path) -> None:
    today = days(8)[0]
    past = past_on(tmp_path, plan_of(tmp_path), days(*range(7)), today)
    assert past.after_pain.is_repeated
    for since, is_cleared in zip(days(6, 7, 8, 9), (False, True, True, False), strict=True):
        plan = plan_of(tmp_path, since=since)  # a day to come is no beginning yet
        past = past_on(tmp_path, plan, (), today)
        assert (past.after_pain.days == ()) == is_cleared
    plan = plan_of(tmp_path, since=days(7)[0])
    assert todays_steps(plan, today, past=past_on(tmp_path, plan, (), today))


def test_pain_today_allows_no_session_today(tmp_path: Path) -> None:
    plan, today = plan_of(tmp_path), days(4)[0]
    past = past_on(tmp_path, plan, [today], today)
    with pytest.raises(UsageError, match="pain today") as caught:
        todays_steps(plan, today, past=past)
    assert "Dr Hand" in caught.value.hint


def test_below_the_first_level_there_is_rest(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, 1)
    past = past_on(tmp_path, plan, days(4), days(5)[0])
    with pytest.raises(UsageError, match="level 1 is the lowest") as caught:
        todays_steps(plan, days(5)[0], past=past)
    assert "Dr Hand" in caught.value.hint
    past = past_on(tmp_path, plan, (), days(10)[0])
    assert todays_steps(plan, days(10)[0], past=past)


def test_a_pain_that_did_not_reach_the_limit_changes_nothing(tmp_path: Path) -> None:
    plan, today = plan_of(tmp_path), days(5)[0]
    with open_journal(tmp_path) as journal:
        for day in days(1, 2, 3, 4):
            add_day(journal, day, (RemarkKind.PAIN, 2.5, ""), (RemarkKind.STOP, None, "player"))
    assert past_on(tmp_path, plan, (), today).after_pain == AfterPain()


def test_pain_that_was_said_counts_where_the_program_was_killed_before_it_stopped(
    tmp_path: Path,
) -> None:
    plan = plan_of(tmp_path)
    with open_journal(tmp_path) as journal:
        add_day(journal, days(4)[0], (RemarkKind.PAIN, 3.0, ""))
    assert past_on(tmp_path, plan, (), days(5)[0]).after_pain.days == tuple(days(4))


@pytest.mark.parametrize(("practised", "is_repeated"), [((), True), ((5,), False)])
def test_pain_on_the_next_day_of_practice_is_pain_again_however_late_that_is(
    tmp_path: Path, practised: tuple[int, ...], is_repeated: bool
) -> None:
    found = after_pain(plan_of(tmp_path), days(0, 20), days(0, *practised, 20), days(21)[0])
    assert found.is_repeated == is_repeated


@pytest.mark.parametrize(
    ("began", "minutes", "now", "is_today"),
    [
        # said after midnight, in a session that began before it
        ("2026-11-05T23:50:00+01:00", 20, "2026-11-06T00:20:00+01:00", True),
        ("2026-11-05T23:50:00+01:00", 5, "2026-11-06T00:20:00+01:00", False),
        # on the morning of the 6th in Tokyo, then on the 5th in Los Angeles
        ("2026-11-06T08:00:00+09:00", 5, "2026-11-05T16:00:00-08:00", True),
        # the night in which summer time ends
        ("2026-10-24T23:50:00+02:00", 5, "2026-10-25T02:30:00+01:00", False),
    ],
)
def test_pain_is_of_the_day_on_which_it_was_said(
    tmp_path: Path, began: str, minutes: int, now: str, *, is_today: bool
) -> None:
    plan, began_at = plan_of(tmp_path, since=date(2026, 10, 1)), datetime.fromisoformat(began)
    said_s = (began_at + timedelta(minutes=minutes)).timestamp()
    with open_journal(tmp_path) as journal:
        session_id = begin_session(journal, SessionRecord(Moment.of(began_at), SessionKind.PLAN))
        for kind, number, text in STOPPED:
            add_remark(journal, session_id, Remark(said_s, kind, number, text))
        past = read_past(journal, plan, datetime.fromisoformat(now))
    today = datetime.fromisoformat(now).date()
    assert past.after_pain.days == (today if is_today else today - timedelta(days=1),)
    assert past.pains == ((5.0,) if is_today else ())
    if is_today:
        with pytest.raises(UsageError, match="pain today"):
            todays_steps(plan, today, past=past)


def test_a_session_that_ended_before_anything_was_played_is_no_practice(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    with open_journal(tmp_path) as journal:
        for day in days(0, 20):
            add_day(journal, day, *STOPPED)
        add_day(journal, days(10)[0], (RemarkKind.STOP, None, "player"))
    assert past_on(tmp_path, plan, (), days(21)[0]).after_pain.is_repeated


def test_a_level_is_not_played_before_its_day(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, since=days(3)[0])
    with pytest.raises(UsageError, match="level 2 of the plan Return begins on 2026-11-04"):
        todays_steps(plan, days(2)[0])
    assert todays_steps(plan, days(3)[0])
