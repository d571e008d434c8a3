"""Where a ladder goes on, read from a journal on disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.records import (
    MeasureRow,
    Moment,
    Remark,
    RemarkKind,
    SessionKind,
    SessionRecord,
    TakeSetup,
)
from practiceear.journal.writing import add_remark, begin_session, begin_take, end_session, end_take
from practiceear.metrics.catalogue import MetricKey
from practiceear.practice.continued_ladder import ContinuedLadder, ResumeReason
from practiceear.practice.drill import built_in_drills
from practiceear.practice.instructions import PLAYER
from practiceear.practice.plan import PracticePlan, read_plan
from practiceear.practice.read_past import read_past
from practiceear.practice.schedule import todays_steps
from practiceear.practice.steps import NOT_PRACTICE, StepKind
from tests.unit.journal.made_up import result

MONDAY = datetime(2026, 3, 2, 18, tzinfo=timezone(timedelta(hours=1)))
NAME = "g-major-violin"
PLAN = f"""
name = "Short"
author = "R. Meyer"
instrument = "violin"
[ceiling]
bpm = 80
[[drill]]
name = "{NAME}"
bpm = 60
target_bpm = 80
"""
KNOWN = [48.0, 60.0, 60.0, 60.0]
"""A warm-up and runs that tell what is usual."""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(tmp_path) as opened:
        yield opened


def plan_of(folder: Path, text: str = PLAN) -> PracticePlan:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path, built_in_drills())


def add_session(
    journal: Journal,
    tempos: list[float],
    *,
    day: int = 0,
    remark: tuple[RemarkKind, str] | None = None,
    tag: str = "",
    instrument: str = "violin",
    n_notes: int = 29,
) -> None:
    """Play runs a minute apart, all even; then, half a minute after the last, a remark."""
    began = MONDAY + timedelta(days=day)
    session_id = begin_session(journal, SessionRecord(Moment.of(began), SessionKind.PLAN))
    for at, bpm in enumerate(tempos):
        moment = Moment.of(began + timedelta(minutes=at))
        setup = TakeSetup(moment, instrument, "0", drill=NAME, bpm=bpm)
        take_id = begin_take(journal, session_id, setup)
        cv = MeasureRow(MetricKey.CV_IOI, "%", 28, 4.0, 3.5, 4.5, 1.0)
        end_take(journal, take_id, result(n_notes=n_notes, measures=(cv,)))
        if tag:
            said = Remark(moment.utc_s, RemarkKind.TAG, text=tag, take_id=take_id)
            add_remark(journal, session_id, said)
    after_s = began.timestamp() + 60.0 * len(tempos) - 30.0
    if remark is not None:
        add_remark(journal, session_id, Remark(after_s, remark[0], text=remark[1]))
    end_session(journal, session_id, after_s + 10.0)


def ladder(
    journal: Journal, folder: Path, day: int = 2, text: str = PLAN
) -> ContinuedLadder | None:
    found = read_past(journal, plan_of(folder, text), MONDAY + timedelta(days=day))
    return found.ladders.get(NAME)


def test_an_empty_journal_begins_anew(journal: Journal, tmp_path: Path) -> None:
    assert ladder(journal, tmp_path) is None


def test_it_goes_on_at_the_tempo_that_the_last_session_led_to(
    journal: Journal, tmp_path: Path
) -> None:
    add_session(journal, [*KNOWN, 64.0, 64.0, 68.0, 68.0])
    found = ladder(journal, tmp_path)
    assert found is not None
    assert (found.bpm, found.reason) == (72.0, ResumeReason.AS_ENDED)
    assert (found.last_day, found.n_days) == (MONDAY.date(), 2)


def test_an_older_journal_that_was_imported_later_changes_nothing(
    journal: Journal, tmp_path: Path
) -> None:
    add_session(journal, [*KNOWN, 64.0, 64.0, 68.0], remark=(RemarkKind.STOP, "pain"))
    before = ladder(journal, tmp_path)
    add_session(journal, [*KNOWN, 64.0, 64.0, 68.0, 68.0], day=-2)
    assert ladder(journal, tmp_path) == before
    assert before is not None
    assert before.reason is ResumeReason.STOPPED


@pytest.mark.parametrize(
    ("remark", "bpm"),
    [
        (None, 68.0),
        ((RemarkKind.STOP, PLAYER), 68.0),
        ((RemarkKind.STOP, "pain"), 64.0),
        ((RemarkKind.REST, "softer"), 64.0),
        ((RemarkKind.REST, "planned"), 68.0),
    ],
)
def test_only_where_tiredness_or_a_limit_ended_it_it_begins_a_step_lower(
    journal: Journal, tmp_path: Path, remark: tuple[RemarkKind, str] | None, bpm: float
) -> None:
    add_session(journal, [*KNOWN, 64.0, 64.0, 68.0], remark=remark)
    found = ladder(journal, tmp_path)
    assert found is not None
    assert found.bpm == bpm


@pytest.mark.parametrize(
    ("day", "rule", "bpm"),
    [(1, "pain", 64.0), (1, "pain rise", 64.0), (1, PLAYER, 68.0), (-1, "pain", 68.0)],
)
def test_pain_that_has_allowed_no_run_since_begins_it_a_step_lower(
    journal: Journal, tmp_path: Path, day: int, rule: str, bpm: float
) -> None:
    add_session(journal, [*KNOWN, 64.0, 64.0, 68.0])
    add_session(journal, [], day=day, remark=(RemarkKind.STOP, rule))
    found = ladder(journal, tmp_path)
    assert found is not None
    assert found.bpm == bpm


def test_after_more_than_a_week_it_begins_a_step_lower(journal: Journal, tmp_path: Path) -> None:
    add_session(journal, [*KNOWN, 64.0, 64.0, 68.0])
    week, longer = ladder(journal, tmp_path, day=7), ladder(journal, tmp_path, day=8)
    assert week is not None
    assert longer is not None
    assert (week.bpm, longer.bpm) == (68.0, 64.0)


@pytest.mark.parametrize("tag", NOT_PRACTICE)
def test_assessments_and_performances_do_not_count(
    journal: Journal, tmp_path: Path, tag: str
) -> None:
    add_session(journal, [*KNOWN, 64.0])
    add_session(journal, [60.0] * 5, day=1, tag=tag)
    found = ladder(journal, tmp_path)
    assert found is not None
    assert found.bpm == 64.0


def test_neither_another_instrument_nor_what_was_not_heard_counts(
    journal: Journal, tmp_path: Path
) -> None:
    add_session(journal, [*KNOWN, 64.0])
    add_session(journal, [72.0, 72.0], day=1, instrument="viola")
    add_session(journal, [64.0, 64.0, 64.0], day=1, n_notes=3)
    found = ladder(journal, tmp_path)
    assert found is not None
    assert found.bpm == 64.0


def test_a_ceiling_that_the_plan_has_lowered_holds(journal: Journal, tmp_path: Path) -> None:
    add_session(journal, [*KNOWN, 64.0, 68.0, 72.0, 76.0])
    lower = PLAN.replace("bpm = 80", "bpm = 70")
    found = ladder(journal, tmp_path, text=lower)
    assert found is not None
    assert (found.bpm, found.reason) == (70.0, ResumeReason.PLAN_IS_SLOWER)


def test_the_schedule_begins_there_and_is_shorter_for_it(journal: Journal, tmp_path: Path) -> None:
    add_session(journal, [*KNOWN, 64.0, 64.0, 68.0, 68.0])
    plan, now = plan_of(tmp_path), MONDAY + timedelta(days=1)
    past = read_past(journal, plan, now)
    anew = todays_steps(plan, now.date())
    going_on = todays_steps(plan, now.date(), past=past)
    assert [one.bpm for one in anew if one.kind is StepKind.DRILL] == [60.0]
    assert [one.bpm for one in going_on if one.kind is StepKind.DRILL] == [72.0]
    assert sum(one.length_s for one in going_on) < sum(one.length_s for one in anew)
