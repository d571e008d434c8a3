"""Progress tells like beside like, and keeps silent where three points are all there is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.records import SessionRecord
from practiceear.journal.writing import begin_session, begin_take, end_take
from practiceear.practice.progress import Progress, read_progress
from practiceear.practice.trend import Change
from practiceear.reports.progress_lines import EMPTY, NO_DIAGNOSIS, progress_lines
from tests.unit.journal.made_up import add_day, moment, result, setup


def play(journal: Journal, day: int, sd_ioi_s: float, bpm: float = 66.0) -> None:
    session_id = begin_session(journal, SessionRecord(started=moment(day)))
    take_id = begin_take(journal, session_id, setup(day, bpm=bpm))
    end_take(journal, take_id, result(sd_ioi_s=sd_ioi_s))


def told(folder: Path, values: list[float]) -> Progress:
    with open_journal(folder) as journal:
        for day, value in enumerate(values, 1):
            play(journal, day, value)
        return read_progress(journal, date(2026, 3, len(values)))


def test_three_days_draw_no_line(tmp_path: Path) -> None:
    found = told(tmp_path, [0.02, 0.015, 0.01])
    assert found.drills[0].trend.change is Change.TOO_FEW
    assert "1 more needed" in "\n".join(progress_lines(found))


def test_a_player_who_improves_is_told_so(tmp_path: Path) -> None:
    found = told(tmp_path, [0.02 * 0.97**day for day in range(20)])
    assert found.drills[0].trend.change is Change.BETTER
    assert "less uneven each week" in "\n".join(progress_lines(found))


def test_tempos_are_not_mixed(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for day in range(1, 7):
            play(journal, day, 0.010, 60.0 + 10.0 * (day % 2))
        found = read_progress(journal, date(2026, 3, 7))
    assert sorted(one.bpm or 0.0 for one in found.drills) == [60.0, 70.0]
    assert all(len(one.points) == 3 for one in found.drills)


def test_retention_is_of_the_next_day_only(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for day, value in ((1, 0.010), (2, 0.0125), (5, 0.010)):
            play(journal, day, value)
        found = read_progress(journal, date(2026, 3, 7))
    assert found.retained[0].overnight.n == 1
    assert found.retained[0].overnight.ratio == pytest.approx(0.8)


def test_load_and_pain_are_told_without_a_diagnosis(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_day(journal, 1, pain=2.0)
        found = read_progress(journal, date(2026, 3, 1))
    text = "\n".join(progress_lines(found))
    assert "pain 2 of 10" in text
    assert NO_DIAGNOSIS in text


def test_an_empty_journal_says_so(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        found = read_progress(journal, date(2026, 3, 1))
    assert EMPTY in progress_lines(found)
