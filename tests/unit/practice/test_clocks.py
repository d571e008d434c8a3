"""Real clocks: summer time, clocks that are set back, and players who travel."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.reading import day_loads, list_sessions, list_takes
from practiceear.journal.records import (
    Moment,
    RemarkKind,
    SessionKind,
    SessionRecord,
    TakeSetup,
)
from practiceear.journal.writing import begin_session, begin_take, end_session, end_take
from practiceear.practice.drill import built_in_drills
from practiceear.practice.plan import read_plan
from practiceear.practice.progress import Progress, read_progress
from practiceear.practice.read_past import read_past
from practiceear.practice.schedule import todays_steps
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.session_writer import SessionWriter
from practiceear.reports.journal_lines import take_lines
from practiceear.reports.progress_lines import progress_lines
from practiceear.reports.progress_page import progress_page
from tests.unit.journal.made_up import played, result

BERLIN = ZoneInfo("Europe/Berlin")
EVERY = timedelta(minutes=5)
N_TAKES = 8
SOUNDING_S = 20.0  # of a made-up take
PLAN = """
name = "Short"
author = "R. Meyer"
instrument = "violin"
[ceiling]
rest_minutes_between = 60
[[drill]]
name = "g-major-violin"
bpm = 60
target_bpm = 72
[assessment]
drill = "g-major-violin"
bpm = 60
runs = 5
"""


def take_at(moment: Moment) -> TakeSetup:
    return TakeSetup(moment, "violin", "0", drill="g-major-violin", bpm=60.0)


def play(journal: Journal, moments: Sequence[Moment], ended_utc_s: float | None = None) -> None:
    """One session with a take at each moment."""
    record = SessionRecord(moments[0], SessionKind.PLAN, "Short")
    session_id = begin_session(journal, record)
    for one in moments:
        end_take(journal, begin_take(journal, session_id, take_at(one)), result())
    if ended_utc_s is not None:
        end_session(journal, session_id, ended_utc_s)


def moments_from(utc: datetime, zone: ZoneInfo, n_takes: int = N_TAKES) -> list[Moment]:
    return [Moment.of((utc + at * EVERY).astimezone(zone)) for at in range(n_takes)]


def past_at(journal: Journal, folder: Path, now: datetime) -> PastPractice:
    path = folder / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    plan = read_plan(path, built_in_drills())
    past = read_past(journal, plan, now)
    assert past.since_last_s is None or past.since_last_s >= 0.0
    return past


def told_whole(journal: Journal, today: date) -> Progress:
    """Progress in all its forms, with every minute in one week."""
    found = read_progress(journal, today)
    total_s = sum(one.sounding_s for one in list_takes(journal))
    assert sum(one.sounding_s for one in found.weeks) == pytest.approx(total_s)
    assert sum(one.sounding_s for one in day_loads(journal)) == pytest.approx(total_s)
    assert all(one.duration_s >= 0.0 for one in list_takes(journal))
    assert "g-major-violin at 60" in "\n".join(progress_lines(found))
    assert progress_page(found).startswith("<!")
    return found


@pytest.mark.parametrize(
    ("change", "hours"),
    [
        (datetime(2026, 3, 29, 1, tzinfo=UTC), 1),  # 2 o'clock becomes 3
        (datetime(2026, 10, 25, 1, tzinfo=UTC), -1),  # 3 o'clock becomes 2
    ],
)
def test_a_session_across_the_change_of_summer_time(
    tmp_path: Path, change: datetime, hours: int
) -> None:
    moments = moments_from(change - (N_TAKES // 2) * EVERY, BERLIN)
    shown = [datetime.fromisoformat(one.at).replace(tzinfo=None) for one in moments]
    leap = shown[N_TAKES // 2] - shown[N_TAKES // 2 - 1]
    assert leap == EVERY + timedelta(hours=hours)  # the change is in the midst of it
    with open_journal(tmp_path) as journal:
        play(journal, moments, moments[-1].utc_s + 60.0)
        takes = list_takes(journal)
        lines = take_lines(takes)
        now = (change + timedelta(hours=2)).astimezone(BERLIN)
        past = past_at(journal, tmp_path, now)
        told_whole(journal, now.date())
    utc_s = [one.setup.started.utc_s for one in takes]
    assert [b - a for a, b in pairwise(utc_s)] == [300.0] * (N_TAKES - 1)
    assert [line.split()[2] for line in lines] == [f"{one:%H:%M}" for one in shown]
    assert past.since_last_s == now.timestamp() - utc_s[-1] - 60.0
    assert past.sounding_s == N_TAKES * SOUNDING_S
    assert past.n_sessions_today == 1


@pytest.mark.parametrize(
    ("first", "change"),
    [(date(2026, 3, 20), "2026-03-29"), (date(2026, 10, 16), "2026-10-25")],
)
def test_weeks_with_a_short_or_a_long_day_count_each_minute_once(
    tmp_path: Path, first: date, change: str
) -> None:
    evening = datetime(first.year, first.month, first.day, 23, 45, tzinfo=BERLIN)
    with open_journal(tmp_path) as journal:
        for later in range(16):
            began = evening + timedelta(days=later)
            play(journal, moments_from(began.astimezone(UTC), BERLIN))
        told = told_whole(journal, first + timedelta(days=17))
    # 23:45 to 0:20: three takes before midnight, five after it, whatever the day's length.
    n_takes = {one.day: one.n_takes for one in told.days}
    assert n_takes[change] == N_TAKES
    assert n_takes[first.isoformat()] == 3
    assert sorted(n_takes.values()) == [3, 5] + 15 * [N_TAKES]


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_set_in_the_midst_of_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    began = datetime(2026, 5, 4, 18, tzinfo=BERLIN)
    set_to = began + timedelta(days=days, minutes=10)
    writer = SessionWriter(tmp_path, SessionRecord(Moment.of(began), SessionKind.PLAN, "Short"))
    monkeypatch.setattr(time, "time", set_to.timestamp)
    for one in (began, began + EVERY, set_to, set_to + EVERY):
        writer.begin_take(take_at(Moment.of(one)), played(3))
        writer.end_take(result())
    writer.remark(RemarkKind.EFFORT, 3.0)
    writer.close()
    with open_journal(tmp_path) as journal:
        ((_, session),) = list_sessions(journal)
        assert session.ended_utc_s is not None
        assert session.ended_utc_s >= session.started.utc_s
        takes = list_takes(journal)
        days_played = [one.setup.started.local_day for one in takes]
        assert days_played == ["2026-05-04"] * 2 + [set_to.date().isoformat()] * 2
        told_whole(journal, max(began, set_to).date())
        now = set_to + timedelta(minutes=70)
        past = past_at(journal, tmp_path, now)
        plan = read_plan(tmp_path / "plan.toml", built_in_drills())
        # An hour's rest was kept: a day is not waited for because a clock was wrong.
        assert todays_steps(plan, now.date(), since_last_s=past.since_last_s)
        told = read_progress(journal, min(began, set_to).date())  # some of it is still to come
        assert progress_page(told).startswith("<!")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Europe/Berlin", "America/New_York"),
        ("America/New_York", "Europe/Berlin"),
        ("Pacific/Auckland", "Pacific/Honolulu"),  # the calendar goes back a day
        ("Pacific/Honolulu", "Pacific/Auckland"),
    ],
)
def test_a_player_who_travels(tmp_path: Path, first: str, second: str) -> None:
    began = datetime(2026, 6, 10, 10, tzinfo=UTC)
    landed = began + timedelta(hours=9)
    before = moments_from(began, ZoneInfo(first))
    after = moments_from(landed, ZoneInfo(second))
    with open_journal(tmp_path) as journal:
        play(journal, before, before[-1].utc_s + 60.0)
        play(journal, after, after[-1].utc_s + 60.0)
        takes = list_takes(journal)
        assert [one.setup.started for one in takes] == [*before, *after]
        utc_s = [one.setup.started.utc_s for one in takes]
        assert utc_s == sorted(utc_s)
        now = (landed + timedelta(hours=2)).astimezone(ZoneInfo(second))
        past = past_at(journal, tmp_path, now)
        assert past.since_last_s == now.timestamp() - after[-1].utc_s - 60.0
        told_whole(journal, max(date.fromisoformat(one.local_day) for one in (*before, *after)))
