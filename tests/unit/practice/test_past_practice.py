"""What the journal tells of a player before a session."""

from __future__ import annotations

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
from practiceear.journal.writing import (
    add_remark,
    begin_session,
    begin_take,
    end_session,
    end_take,
)
from practiceear.metrics.catalogue import MetricKey
from practiceear.practice.drill import built_in_drills
from practiceear.practice.plan import PracticePlan, read_plan
from practiceear.practice.read_past import read_past
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.steps import ASSESSMENT_TAG
from tests.unit.journal.made_up import result

ZONE = timezone(timedelta(hours=1))
FIRST = datetime(2026, 3, 2, 18, tzinfo=ZONE)
PLAN = """
name = "Short"
author = "R. Meyer"
instrument = "violin"
[[drill]]
name = "g-major-violin"
bpm = 60
target_bpm = 72
[assessment]
drill = "g-major-violin"
bpm = 60
runs = 5
"""


@pytest.fixture
def plan(tmp_path: Path) -> PracticePlan:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return read_plan(path, built_in_drills())


def add_session(
    journal: Journal,
    days: float,
    *,
    n_assessed: int = 0,
    n_drilled: int = 0,
    cv_percent: float = 5.0,
    bpm: float = 60.0,
    pain: float | None = None,
) -> None:
    began = FIRST + timedelta(days=days)
    session_id = begin_session(journal, SessionRecord(Moment.of(began), SessionKind.PLAN))
    for at in range(n_assessed + n_drilled):
        moment = Moment.of(began + timedelta(minutes=at))
        setup = TakeSetup(moment, "violin", "0", drill="g-major-violin", bpm=bpm)
        take_id = begin_take(journal, session_id, setup)
        cv = MeasureRow(MetricKey.CV_IOI, "%", 28, cv_percent, cv_percent, cv_percent, 1.0)
        end_take(journal, take_id, result(measures=(cv,)))
        if at < n_assessed:
            tag = Remark(moment.utc_s, RemarkKind.TAG, text=ASSESSMENT_TAG, take_id=take_id)
            add_remark(journal, session_id, tag)
    if pain is not None:
        add_remark(journal, session_id, Remark(began.timestamp(), RemarkKind.PAIN, pain))
    end_session(journal, session_id, began.timestamp() + 1200.0)


def past(journal: Journal, plan: PracticePlan, days: float) -> PastPractice:
    return read_past(journal, plan, FIRST + timedelta(days=days))


def test_an_empty_journal_knows_nothing_and_the_baseline_is_due(
    tmp_path: Path, plan: PracticePlan
) -> None:
    with open_journal(tmp_path) as journal:
        found = past(journal, plan, 0)
    assert found.due is not None
    assert found.due.week == 0
    assert (found.n_sessions_today, found.since_last_s, found.easy_cv) == (0, None, {})


@pytest.mark.parametrize(
    ("n_runs", "days", "due_week"),
    [
        ((5, 0), 1, None),
        ((4, 9), 1, 0),  # half an assessment is none, however much the drill is played after it
        ((0, 9), 1, 0),
        ((5, 0), 27, None),
        ((5, 0), 28, 4),
        ((5, 0), 60, 8),
    ],
)
def test_when_an_assessment_is_due(
    tmp_path: Path,
    plan: PracticePlan,
    n_runs: tuple[int, int],
    days: int,
    due_week: int | None,
) -> None:
    n_assessed, n_drilled = n_runs
    with open_journal(tmp_path) as journal:
        add_session(journal, 0, n_assessed=n_assessed, n_drilled=n_drilled)
        due = past(journal, plan, days).due
    assert (None if due is None else due.week) == due_week


def test_a_reassessment_is_done_once(tmp_path: Path, plan: PracticePlan) -> None:
    with open_journal(tmp_path) as journal:
        add_session(journal, 0, n_assessed=5)
        add_session(journal, 29, n_assessed=5)
        assert past(journal, plan, 30).due is None
        upcoming = past(journal, plan, 30).upcoming
    assert upcoming is not None
    assert upcoming.week == 8


def test_at_another_tempo_it_is_another_assessment(tmp_path: Path, plan: PracticePlan) -> None:
    with open_journal(tmp_path) as journal:
        add_session(journal, 0, n_assessed=5, bpm=66.0)
        due = past(journal, plan, 1).due
    assert due is not None
    assert due.week == 0


def test_sessions_pain_and_load_are_those_of_the_day(tmp_path: Path, plan: PracticePlan) -> None:
    with open_journal(tmp_path) as journal:
        add_session(journal, -1, n_drilled=3, pain=2.0)
        add_session(journal, 0, n_drilled=2, pain=1.0)
        add_session(journal, 0.05)  # nothing was played in it: it does not count
        found = past(journal, plan, 0.1)
        tomorrow = past(journal, plan, 1)
    assert found.n_sessions_today == 1
    assert found.since_last_s == pytest.approx(0.1 * 86400.0 - 1200.0)
    assert found.pains == (1.0,)
    assert found.sounding_s == pytest.approx(40.0)
    assert found.n_sessions["g-major-violin"] == 2
    assert (tomorrow.n_sessions_today, tomorrow.pains, tomorrow.sounding_s) == (0, (), 0)


def test_what_is_easy_is_known_from_slow_takes_only(tmp_path: Path, plan: PracticePlan) -> None:
    with open_journal(tmp_path) as journal:
        add_session(journal, 0, n_drilled=2, cv_percent=6.0)
        assert past(journal, plan, 1).easy_cv == {}
        add_session(journal, 1, n_drilled=9, cv_percent=12.0, bpm=72.0)
        assert past(journal, plan, 2).easy_cv == {}
        add_session(journal, 2, n_drilled=2, cv_percent=6.0)
        assert past(journal, plan, 3).easy_cv == {"g-major-violin": pytest.approx(0.06)}
