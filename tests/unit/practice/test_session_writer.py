"""A session gets into the journal while it is played, the notes of its runs too."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from practiceear.errors import JournalError
from practiceear.journal.connection import FILE_NAME, open_journal
from practiceear.journal.reading import day_loads, list_sessions, list_takes, remarks_of
from practiceear.journal.records import (
    Moment,
    RemarkKind,
    SessionKind,
    SessionRecord,
    TakeSetup,
    TakeState,
)
from practiceear.journal.running_take import LONGEST_TAKE_S, PlayedNotes
from practiceear.journal.writing import begin_session, begin_take
from practiceear.practice import session_writer
from practiceear.practice.session_writer import SessionWriter
from tests.unit.journal.made_up import RATE_HZ, played, result

FIRST = datetime(2026, 3, 2, 18, tzinfo=timezone(timedelta(hours=1)))


def test_a_session_is_written_while_it_goes_on(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path, SessionRecord(Moment.of(FIRST), SessionKind.PLAN, "Short"))
    setup = TakeSetup(Moment.of(FIRST), "violin", "0", drill="g-major-violin")
    writer.begin_take(setup, played(3))
    writer.end_take(result())
    writer.begin_take(TakeSetup(Moment.of(FIRST), "violin", "0"), played(0))
    writer.end_take(None)
    writer.remark(RemarkKind.EFFORT, 4.0)
    writer.begin_take(TakeSetup(Moment.of(FIRST), "violin", "0"), played(5))
    writer.close()
    writer.close()
    with open_journal(tmp_path) as journal:
        takes = [(one.state, one.n_notes) for one in list_takes(journal)]
        ((number, session),) = list_sessions(journal)
        said = [(one.kind, one.number) for one in remarks_of(journal, session_id=number)]
    assert takes == [(TakeState.COMPLETE, len(result().notes)), (TakeState.CUT_OFF, 5)]
    assert session.ended_utc_s is not None
    assert said == [(RemarkKind.EFFORT, 4.0)]


def test_a_run_that_could_not_be_measured_keeps_its_notes(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path, SessionRecord(Moment.of(FIRST)))
    writer.begin_take(TakeSetup(Moment.of(FIRST), "violin", "0"), played(5))
    writer.end_take(None)
    writer.close()
    with open_journal(tmp_path) as journal:
        (take,) = list_takes(journal)
        (load,) = day_loads(journal)
    assert (take.state, take.n_notes) == (TakeState.CUT_OFF, 5)
    assert load.sounding_s == pytest.approx(5 * 0.2)  # it was played all the same


def test_notes_are_written_while_a_run_is_played_whatever_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_writer, "EVERY_S", 0.01)
    writer = SessionWriter(tmp_path, SessionRecord(Moment.of(FIRST)))
    n_notes = 3
    writer.begin_take(
        TakeSetup(Moment.of(FIRST), "violin", "0"),
        PlayedNotes(lambda: played(n_notes).so_far(), RATE_HZ),
    )
    for n_notes in (3, 8):
        for _ in range(500):
            writer.remark(RemarkKind.NOTE, text="deeds come all the time")
            with open_journal(tmp_path) as journal:
                found = list_takes(journal)
            if found and found[0].n_notes == n_notes:
                break
        assert (found[0].n_notes, found[0].state) == (n_notes, TakeState.RUNNING)
    writer.close()


def test_what_was_cut_off_before_is_marked_when_a_session_begins(tmp_path: Path) -> None:
    ages_s = (LONGEST_TAKE_S + 60.0, LONGEST_TAKE_S - 60.0)
    with open_journal(tmp_path) as journal:
        number = begin_session(journal, SessionRecord(Moment.of(FIRST)))
        for age_s in ages_s:
            began = Moment.of(FIRST - timedelta(seconds=age_s))
            begin_take(journal, number, TakeSetup(began, "violin", "0"))
    SessionWriter(tmp_path, SessionRecord(Moment.of(FIRST))).close()
    with open_journal(tmp_path) as journal:
        assert [one.state for one in list_takes(journal)] == [
            TakeState.CUT_OFF,  # nobody plays that long
            TakeState.RUNNING,  # another program may play it just now
        ]


def test_a_journal_that_cannot_be_opened_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no journal" * 1000)
    with pytest.raises(JournalError):
        SessionWriter(tmp_path, SessionRecord(Moment.of(FIRST)))


def test_what_could_not_be_written_is_raised_when_asked_for(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path, SessionRecord(Moment.of(FIRST)))
    with open_journal(tmp_path) as journal:
        journal.connection.execute("DROP TABLE remark")
    writer.remark(RemarkKind.EFFORT, 4.0)
    with pytest.raises(JournalError, match="remark"):
        writer.close()
