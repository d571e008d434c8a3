"""A live take is in the journal while it is played, and as it was measured once it has ended."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from practiceear.errors import JournalError
from practiceear.journal import running_take
from practiceear.journal.connection import FILE_NAME, open_journal
from practiceear.journal.reading import find_take, list_takes, notes_of, recent_levels_dbfs
from practiceear.journal.records import TakeState
from practiceear.journal.running_take import PlayedNotes, RunningTake
from tests.unit.journal.made_up import RATE_HZ, played, result, setup


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_take, "EVERY_S", 0.01)


def wait_for(folder: Path, n_notes: int) -> None:
    for _ in range(500):
        with open_journal(folder) as journal:
            takes = list_takes(journal)
            if takes and takes[0].n_notes >= n_notes:
                return
        time.sleep(0.01)
    raise AssertionError("the notes did not come")


def test_notes_are_there_while_the_take_runs(tmp_path: Path) -> None:
    n_notes = 3
    growing = PlayedNotes(lambda: played(n_notes).so_far(), RATE_HZ)
    running = RunningTake(tmp_path, setup(), growing)
    wait_for(tmp_path, 3)
    n_notes = 8
    wait_for(tmp_path, 8)
    with open_journal(tmp_path) as journal:
        take = list_takes(journal)[0]
        assert take.state is TakeState.RUNNING
        assert [one.onset_s for one in notes_of(journal, take.take_id)] == [
            0.25 * at for at in range(8)
        ]
    number = running.finish(result(8))
    with open_journal(tmp_path) as journal:
        assert number is not None
        assert find_take(journal, number).state is TakeState.COMPLETE
        assert tuple(notes_of(journal, number)) == result(8).notes


def test_a_take_that_is_left_keeps_its_notes(tmp_path: Path) -> None:
    running = RunningTake(tmp_path, setup(), played(3))
    wait_for(tmp_path, 3)
    assert running.finish(None) is not None
    with open_journal(tmp_path) as journal:
        assert list_takes(journal)[0].state is TakeState.CUT_OFF


def test_a_take_without_a_note_that_is_left_is_no_take(tmp_path: Path) -> None:
    running = RunningTake(tmp_path, setup(), played(0))
    assert running.finish(None) is None
    with open_journal(tmp_path) as journal:
        assert list_takes(journal) == []


def test_a_broken_journal_does_not_stop_the_playing(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("no journal" * 500)
    running = RunningTake(tmp_path, setup(), played(3))
    assert running.finish(result()) is None
    assert isinstance(running.error, JournalError)


def test_what_is_loud_comes_from_takes_with_the_same_microphone(tmp_path: Path) -> None:
    one = setup(input_device="usb")
    RunningTake(tmp_path, one, played(3)).finish(result(5))
    with open_journal(tmp_path) as journal:
        assert list(recent_levels_dbfs(journal, "violin", "usb")) == [-20.0] * 5
        assert len(recent_levels_dbfs(journal, "violin", None)) == 0


def recorded(folder: Path, n_notes: int) -> PlayedNotes:
    """Notes of a take with a recording beside them."""
    (folder / "takes").mkdir(exist_ok=True)
    (folder / "takes" / "new.flac").write_bytes(b"sound")
    return PlayedNotes(played(n_notes).so_far, RATE_HZ, "new.flac")


def test_the_recording_is_named_while_the_take_runs(tmp_path: Path) -> None:
    running = RunningTake(tmp_path, setup(), recorded(tmp_path, 3))
    wait_for(tmp_path, 3)
    with open_journal(tmp_path) as journal:
        take = list_takes(journal)[0]
        assert (take.state, take.audio_name) == (TakeState.RUNNING, "new.flac")
    running.finish(None)
    with open_journal(tmp_path) as journal:
        take = list_takes(journal)[0]
        assert (take.state, take.audio_name) == (TakeState.CUT_OFF, "new.flac")
        assert take.audio_bytes == len(b"sound")


def test_a_take_without_a_note_that_is_left_keeps_its_recording_in_sight(tmp_path: Path) -> None:
    running = RunningTake(tmp_path, setup(), recorded(tmp_path, 0))
    assert running.finish(None) is not None
    with open_journal(tmp_path) as journal:
        assert list_takes(journal)[0].audio_name == "new.flac"
    assert (tmp_path / "takes" / "new.flac").is_file()


def test_a_journal_that_can_be_written_again_at_the_end_has_the_whole_take(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    running = RunningTake(tmp_path, setup(), played(8))
    while running.error is None:
        time.sleep(0.01)
    (tmp_path / FILE_NAME).rmdir()
    number = running.finish(result(8))
    assert number is not None
    assert running.error is None
    with open_journal(tmp_path) as journal:
        assert find_take(journal, number).state is TakeState.COMPLETE
        assert tuple(notes_of(journal, number)) == result(8).notes
