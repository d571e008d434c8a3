"""The journal gives back what was written, and refuses what it must not touch."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from practiceear.errors import ExitCode, JournalError, UsageError
from practiceear.journal import connection
from practiceear.journal.connection import (
    FILE_NAME,
    explained,
    has_journal,
    open_journal,
    read_journal,
    scratch_journal,
)
from practiceear.journal.reading import (
    TakeFilter,
    day_loads,
    find_take,
    list_sessions,
    list_takes,
    measured_takes,
    measures_of,
    notes_of,
    remarks_of,
    runs_of,
)
from practiceear.journal.records import (
    LONGEST_TEXT,
    NoteRow,
    Remark,
    RemarkKind,
    SessionRecord,
    TakeState,
)
from practiceear.journal.writing import (
    add_notes,
    add_remark,
    begin_session,
    begin_take,
    cut_off_takes,
    delete_take,
    end_take,
    transaction,
)
from tests.unit.journal.made_up import add_day, moment, result, setup


def test_what_is_written_comes_back_the_same(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        session_id = begin_session(journal, SessionRecord(started=moment()))
        take_id = begin_take(journal, session_id, setup())
        end_take(journal, take_id, result(7))
    with open_journal(tmp_path) as journal:
        take = find_take(journal, take_id)
        assert take.setup.uid == list_takes(journal)[0].setup.uid
        assert take.state is TakeState.COMPLETE
        assert tuple(notes_of(journal, take_id)) == result(7).notes
        assert tuple(runs_of(journal, take_id)) == result(7).runs
        found = {one.key: one for one in measures_of(journal, take_id)}
        assert found["sd_ioi_s"] == result(7).measures[0]
        assert math.isnan(found["drift_s_per_s"].value)
        assert found["drift_s_per_s"].reason


def test_unknown_quantities_are_null_in_the_file_and_nan_again(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        session_id = begin_session(journal, SessionRecord(started=moment()))
        take_id = begin_take(journal, session_id, setup())
        add_notes(journal, take_id, 0, [NoteRow(1.0)])
        row = journal.connection.execute("SELECT pitch_midi FROM note").fetchone()
        assert row == (None,)
        assert math.isnan(notes_of(journal, take_id)[0].pitch_midi)


def test_a_running_take_keeps_the_notes_that_were_written(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        session_id = begin_session(journal, SessionRecord(started=moment()))
        take_id = begin_take(journal, session_id, setup())
        add_notes(journal, take_id, 0, result(5).notes)
        add_notes(journal, take_id, 5, [NoteRow(9.0)])
    with open_journal(tmp_path) as journal:  # as after a kill
        assert cut_off_takes(journal, moment(2).utc_s) == 1
        take = find_take(journal, take_id)
        assert (take.state, take.n_notes, take.duration_s) == (TakeState.CUT_OFF, 6, 9.0)
        assert cut_off_takes(journal, moment(2).utc_s) == 0


def test_a_take_that_runs_elsewhere_just_now_is_not_cut_off(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        session_id = begin_session(journal, SessionRecord(started=moment(3)))
        begin_take(journal, session_id, setup(3))
        assert cut_off_takes(journal, moment(2).utc_s) == 0


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:

        def begin_and_fail() -> None:
            with transaction(journal):
                begin_session(journal, SessionRecord(started=moment()))
                find_take(journal, 99)

        with pytest.raises(UsageError):
            begin_and_fail()
        assert list_sessions(journal) == []


def test_takes_are_found_by_day_drill_instrument_and_tag(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        ids = [add_day(journal, day) for day in (1, 2, 3)]
        session_id = find_take(journal, ids[1]).session_id
        add_remark(journal, session_id, Remark(0.0, RemarkKind.TAG, text="good", take_id=ids[1]))

        def found(**wanted: object) -> list[int]:
            chosen = TakeFilter(**wanted)  # type: ignore[arg-type]
            return [one.take_id for one in list_takes(journal, chosen)]

        assert found() == ids
        assert found(since_day="2026-03-02") == ids[1:]
        assert found(until_day="2026-03-02") == ids[:2]
        assert found(tag="good") == [ids[1]]
        assert found(most=2) == ids[1:]
        assert found(instrument="cello") == []
        assert found(drill="g-major") == ids


def test_load_is_summed_by_the_players_own_day(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_day(journal, 1, pain=2.0)
        add_day(journal, 1)
        add_day(journal, 3)
        loads = day_loads(journal)
    assert [one.day for one in loads] == ["2026-03-01", "2026-03-03"]
    assert (loads[0].n_takes, loads[0].sounding_s, loads[0].worst_pain) == (2, 40.0, 2.0)
    assert loads[1].worst_pain is None


def test_a_measure_is_followed_over_takes(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for day in (1, 2):
            add_day(journal, day)
        assert [one.day for one in measured_takes(journal, "sd_ioi_s")] == [
            "2026-03-01",
            "2026-03-02",
        ]
        assert measured_takes(journal, "drift_s_per_s") == []  # refused: no number


def test_a_deleted_take_is_gone_with_all_that_hung_on_it(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        take_id = add_day(journal, 1)
        add_day(journal, 2)
        assert delete_take(journal, take_id)
        assert not delete_take(journal, take_id)
        left = journal.connection.execute("SELECT count(DISTINCT take_id) FROM note").fetchone()
        assert left == (1,)
        with pytest.raises(UsageError):
            find_take(journal, take_id)


def test_the_recording_goes_with_its_take(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        session_id = begin_session(journal, SessionRecord(started=moment()))
        take_id = begin_take(journal, session_id, setup())
        journal.audio_folder.mkdir()
        recording = journal.audio_folder / "one.flac"
        recording.write_bytes(b"fLaC")
        end_take(journal, take_id, result(audio_name="one.flac", audio_bytes=4))
        delete_take(journal, take_id)
    assert not recording.exists()


def test_remarks_belong_to_takes_or_to_sessions(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        take_id = add_day(journal, 1, pain=3.0)
        session_id = find_take(journal, take_id).session_id
        add_remark(journal, session_id, Remark(1.0, RemarkKind.NOTE, text="♪ 樂", take_id=take_id))
        assert [one.text for one in remarks_of(journal, take_id=take_id)] == ["♪ 樂"]
        assert len(remarks_of(journal, session_id=session_id)) == 2


@pytest.mark.parametrize("value", [-1.0, 11.0, None])
def test_pain_is_0_to_10(value: float | None) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        Remark(0.0, RemarkKind.PAIN, value)


def test_a_text_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text("dear diary, today I played badly, and so did everybody else\n" * 40)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="damaged") as caught:
        open_journal(tmp_path)
    assert caught.value.exit_code is ExitCode.JOURNAL
    assert path.read_bytes() == before


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / FILE_NAME)
    other.execute("CREATE TABLE recipes (name)")
    other.commit()
    other.close()
    with pytest.raises(JournalError, match="not a journal"):
        open_journal(tmp_path)


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(JournalError, match="cannot be written"):
        open_journal(tmp_path)


def test_two_programs_lose_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path) as one, open_journal(tmp_path) as other:
        for day in range(1, 21):
            add_day(one if day % 2 else other, day)
        assert len(list_takes(one)) == len(list_takes(other)) == 20


def make_read_only(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let SQLite fail in a folder as it does on a read-only disk."""
    write_ahead = connection._write_ahead

    def refused(opened: sqlite3.Connection) -> None:
        if opened.execute("PRAGMA database_list").fetchone()[2].startswith(str(folder)):
            raise sqlite3.OperationalError("attempt to write a readonly database")
        write_ahead(opened)

    monkeypatch.setattr(connection, "_write_ahead", refused)


def test_a_journal_on_a_read_only_disk_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home"
    with open_journal(folder) as writing:
        add_day(writing, 1)  # still in the log that SQLite writes ahead
        make_read_only(monkeypatch, folder)
        with pytest.raises(JournalError, match="cannot be written"):
            open_journal(folder)
        with read_journal(folder) as journal:
            scratch = Path(str(journal.scratch and journal.scratch.name))
            assert len(list_takes(journal)) == 1
            assert journal.audio_folder == folder / "takes"
            assert scratch.is_dir()
    assert not scratch.exists()


def test_reading_makes_no_journal(tmp_path: Path) -> None:
    assert not has_journal(tmp_path)
    with pytest.raises(JournalError, match="there is no journal in"):
        read_journal(tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be read"):
        has_journal(tmp_path / "file" / "home")
    with pytest.raises(JournalError, match="cannot be written") as caught:
        open_journal(tmp_path / "file" / "home")
    assert caught.value.exit_code is ExitCode.JOURNAL


def test_no_number_is_too_large_to_be_asked_for(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_day(journal, 1)
        with pytest.raises(UsageError, match="no take 99999"):
            find_take(journal, 99999999999999999999999)
        assert len(list_takes(journal, TakeFilter(most=99999999999999999999999))) == 1


def test_nothing_that_controls_a_terminal_is_written_down(tmp_path: Path) -> None:
    hostile = "a\x1b[31m\nb\u202e\x9b"
    with scratch_journal() as journal:
        record = SessionRecord(started=moment(), plan_name=hostile)
        session_id = begin_session(journal, record)
        hostile_setup = setup(
            instrument=hostile, drill=hostile, input_device=hostile, output_device=hostile
        )
        take_id = begin_take(journal, session_id, hostile_setup)
        end_take(journal, take_id, result(finding=hostile))
        add_remark(journal, session_id, Remark(1.0, RemarkKind.NOTE, None, hostile, take_id))
        rows = [
            *journal.connection.execute("SELECT * FROM session"),
            *journal.connection.execute("SELECT * FROM take"),
            *journal.connection.execute("SELECT * FROM remark"),
        ]
        texts = [one for row in rows for one in row if isinstance(one, str)]
        assert sum(r"a\x1b[31m b\u202e\x9b" in one for one in texts) == 7
        assert all(one.isprintable() for one in texts)


def test_a_remark_is_short_and_a_tag_is_a_word() -> None:
    with pytest.raises(ValueError, match="at most"):
        Remark(1.0, RemarkKind.NOTE, text="x" * (LONGEST_TEXT + 1))
    with pytest.raises(ValueError, match="a tag"):
        Remark(1.0, RemarkKind.TAG, text=" ")
    with pytest.raises(ValueError, match="a rest"):
        Remark(1.0, RemarkKind.REST, 1e9)


@pytest.mark.parametrize(("free_bytes", "said"), [(1000, "is full"), (10**9, "cannot be used")])
def test_an_error_of_the_disk_is_said_to_be_a_full_one_where_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_bytes: int, said: str
) -> None:
    monkeypatch.setattr(
        "shutil.disk_usage", lambda _folder: SimpleNamespace(total=0, used=0, free=free_bytes)
    )
    error = explained(sqlite3.OperationalError("disk I/O error"), tmp_path / "journal.sqlite")
    assert said in error.message
