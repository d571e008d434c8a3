"""Assessments are told with their room, their time of day and their effort."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.records import Remark, RemarkKind, SessionRecord
from practiceear.journal.writing import add_remark, begin_session, begin_take, end_take
from practiceear.live.levels import SilenceDetector
from practiceear.practice.assessment import ROOMS_DIFFER_DB
from practiceear.practice.progress import Progress, read_progress
from practiceear.practice.steps import ASSESSMENT_TAG
from practiceear.practice.trend import Change
from practiceear.reports.progress_lines import headline, progress_lines
from practiceear.reports.progress_page import progress_page
from tests.unit.journal.made_up import moment, result, setup

RATE_HZ = 44100


def assess(
    journal: Journal,
    day: int,
    noise_dbfs: float,
    *,
    hour: int = 18,
    effort: float | None = None,
    sd_ioi_s: float = 0.012,
) -> None:
    session_id = begin_session(journal, SessionRecord(started=moment(day, hour)))
    for _ in range(3):
        take_id = begin_take(
            journal, session_id, replace(setup(day, bpm=60.0), started=moment(day, hour))
        )
        end_take(journal, take_id, result(noise_dbfs=noise_dbfs, sd_ioi_s=sd_ioi_s))
        tag = Remark(moment(day).utc_s, RemarkKind.TAG, text=ASSESSMENT_TAG, take_id=take_id)
        add_remark(journal, session_id, tag)
    if effort is not None:
        add_remark(journal, session_id, Remark(moment(day).utc_s, RemarkKind.EFFORT, effort))


def told(folder: Path, *rooms_dbfs: float) -> Progress:
    with open_journal(folder) as journal:
        for at, noise_dbfs in enumerate(rooms_dbfs):
            assess(journal, 1 + 28 * at, noise_dbfs, hour=9 + at, effort=3.0 + at)
        return read_progress(journal, date(2026, 6, 1))


def test_room_time_of_day_and_effort_stand_beside_each_assessment(tmp_path: Path) -> None:
    found = told(tmp_path, -62.0, -60.0)
    (one,) = found.assessed
    assert [two.noise_dbfs for two in one.sessions] == [-62.0, -60.0]
    assert [two.point.n_takes for two in one.sessions] == [3, 3]
    for said in ("\n".join(progress_lines(found)), progress_page(found)):
        for words in ("baseline", "reassessment", "2026-03-01 09:00", "2026-03-29 10:00"):
            assert words in said
        for words in ("room -62 dBFS", "room -60 dBFS", "effort 3 of 10", "effort 4 of 10"):
            assert words in said
        assert "may be the room" not in said


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_rooms_that_differ_are_said(tmp_path: Path, sign: float) -> None:
    rise_db = sign * (ROOMS_DIFFER_DB + 4.0)
    found = told(tmp_path, -50.0, -50.0 + rise_db)
    word = "louder" if sign > 0 else "quieter"
    for said in ("\n".join(progress_lines(found)), progress_page(found)):
        assert f"14 dB {word} than at the baseline" in said


def test_a_room_that_is_not_known_is_not_compared(tmp_path: Path) -> None:
    found = told(tmp_path, math.nan, -30.0)
    assert not found.assessed[0].may_be_the_room(1)
    assert "dBFS, effort 3" not in "\n".join(progress_lines(found))


def test_the_baseline_is_what_was_played_first_though_it_was_imported_later(
    tmp_path: Path,
) -> None:
    with open_journal(tmp_path) as journal:
        assess(journal, 29, -60.0)
        assess(journal, 1, -62.0)
        (one,) = read_progress(journal, date(2026, 6, 1)).assessed
    assert [two.started.local_day for two in one.sessions] == ["2026-03-01", "2026-03-29"]


def test_assessments_of_one_week_are_one_and_each_reassessment_has_its_verdict(
    tmp_path: Path,
) -> None:
    with open_journal(tmp_path) as journal:
        for day in (1, 3, 7, 29, 57, 58):
            assess(journal, day, -60.0)
        found = read_progress(journal, date(2026, 6, 1))
    (one,) = found.assessed
    assert [len(stage) for stage in one.stages] == [3, 1, 2]
    assert [two.n_days for two in one.verdicts] == [(3, 1), (3, 2)]
    lines = "\n".join(progress_lines(found))
    assert lines.count(", 3 takes") == 6
    assert lines.count("baseline, 2026") == 3
    for date_of in ("2026-03-29", "2026-04-26"):
        assert (
            f"Reassessment of {date_of}: no change from the baseline that I can be sure of" in lines
        )
    assert lines.count("To see a change of 20 % t") == 1


def test_a_change_since_the_baseline_is_said(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for day, sd_ioi_s in ((1, 0.030), (29, 0.008)):
            assess(journal, day, -60.0, sd_ioi_s=sd_ioi_s)
        found = read_progress(journal, date(2026, 6, 1))
    for said in ("\n".join(progress_lines(found)), progress_page(found)):
        assert "Reassessment of 2026-03-29: 73 % less uneven than at the baseline" in said
    assert found.change is Change.BETTER  # though there are too few days for a trend
    assert "73 % less uneven than at the baseline" in headline(found)


def test_practice_of_the_same_drill_is_no_assessment(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        session_id = begin_session(journal, SessionRecord(started=moment(1)))
        end_take(journal, begin_take(journal, session_id, setup(1)), result())
        assert read_progress(journal, date(2026, 6, 1)).assessed == ()


def test_the_room_is_heard_between_the_notes() -> None:
    chance = np.random.default_rng(3)
    room = chance.normal(0.0, 10.0 ** (-60.0 / 20.0), 10 * RATE_HZ).astype(np.float32)
    tone = np.sin(2.0 * np.pi * 440.0 * np.arange(8 * RATE_HZ) / RATE_HZ).astype(np.float32)
    room[2 * RATE_HZ :] += 0.1 * tone
    for change_db in (0.0, -12.0):
        meter = SilenceDetector(RATE_HZ)
        meter.add((room * 10.0 ** (change_db / 20.0)).astype(np.float32))
        assert meter.room_dbfs == pytest.approx(-60.0 + change_db, abs=0.5)
    assert math.isnan(SilenceDetector(RATE_HZ).room_dbfs)
