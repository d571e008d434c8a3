"""Recordings are kept within a size by themselves; what is tagged or just played stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from practiceear.audio.blocks import AudioBlock
from practiceear.audio.take_writer import TakeWriter
from practiceear.errors import UsageError
from practiceear.journal import running_take
from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.reading import list_takes, notes_of
from practiceear.journal.records import Remark, RemarkKind, SessionRecord, TakeResult, TakeState
from practiceear.journal.running_take import RunningTake
from practiceear.journal.writing import (
    add_remark,
    begin_session,
    begin_take,
    cut_off_take,
    cut_off_takes,
    delete_take,
    end_take,
    prune_recordings,
    unfinished_recordings,
)
from practiceear.practice.session_writer import SessionWriter
from practiceear.reports.journal_lines import removed_line
from tests.unit.journal.made_up import moment, played, result, setup

N_BYTES = 1000
RATE_HZ = 44100
KEPT = ("a.flac", "b.flac", "c.flac")


def recorded(folder: Path, name: str) -> TakeResult:
    (folder / "takes").mkdir(exist_ok=True)
    (folder / "takes" / name).write_bytes(b"x" * N_BYTES)
    return result(audio_name=name, audio_bytes=N_BYTES)


def add_recordings(journal: Journal, folder: Path, *, tagged: str = "") -> None:
    session_id = begin_session(journal, SessionRecord(started=moment(1)))
    for name in KEPT:
        take_id = begin_take(journal, session_id, setup(1))
        end_take(journal, take_id, recorded(folder, name))
        if name == tagged:
            tag = Remark(moment(1).utc_s, RemarkKind.TAG, text="concert", take_id=take_id)
            add_remark(journal, session_id, tag)


def recordings(folder: Path) -> list[str]:
    """Those on disk, which must be those that the journal names."""
    with open_journal(folder) as journal:
        named = [one.audio_name for one in list_takes(journal) if one.audio_name]
    found = sorted(one.name for one in (folder / "takes").iterdir())
    assert sorted(named) == found
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_take, "MOST_GB", 2 * N_BYTES / 1e9)


@pytest.mark.usefixtures("small")
def test_a_live_take_that_is_kept_makes_its_own_room(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_recordings(journal, tmp_path)
    running = RunningTake(tmp_path, setup(2), played(3))
    running.finish(recorded(tmp_path, "new.flac"))
    assert recordings(tmp_path) == ["c.flac", "new.flac"]
    assert running.n_removed == 2
    with open_journal(tmp_path) as journal:
        for take in list_takes(journal):  # notes and numbers stay
            assert tuple(notes_of(journal, take.take_id)) == result().notes
            assert take.finding


@pytest.mark.usefixtures("small")
def test_a_run_that_is_kept_makes_its_own_room_but_what_is_tagged_stays(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_recordings(journal, tmp_path, tagged="a.flac")
    writer = SessionWriter(tmp_path, SessionRecord(moment(2)))
    writer.begin_take(setup(2), played(3))
    writer.end_take(recorded(tmp_path, "new.flac"), tag="assessment")
    writer.begin_take(setup(2), played(3))
    writer.end_take(recorded(tmp_path, "newer.flac"))
    writer.close()
    # Beyond the size still: tagged ones and the one just played are nobody's to remove.
    assert recordings(tmp_path) == ["a.flac", "new.flac", "newer.flac"]
    assert writer.n_removed == 2


@pytest.mark.usefixtures("small")
def test_a_take_without_a_recording_removes_none(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_recordings(journal, tmp_path)
    running = RunningTake(tmp_path, setup(2), played(3))
    running.finish(result())
    assert (recordings(tmp_path), running.n_removed) == (list(KEPT), 0)


def test_a_take_that_still_runs_keeps_its_recording(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_recordings(journal, tmp_path)
        journal.connection.execute("UPDATE take SET state = 'running' WHERE audio_name = 'a.flac'")
        assert prune_recordings(journal, 0.0) == (2, N_BYTES)
    assert recordings(tmp_path) == ["a.flac"]


def test_one_plain_line_says_so() -> None:
    assert removed_line(1, 10.0).startswith("The oldest recording without a tag went")
    assert "The oldest 3 recordings" in removed_line(3, 10.0)


def running(journal: Journal, folder: Path, name: str = "new.flac") -> tuple[int, TakeWriter]:
    """A take that is being recorded, with a second of sound."""
    (folder / "takes").mkdir(exist_ok=True)
    writer = TakeWriter(folder / "takes" / name, RATE_HZ)
    writer.write(AudioBlock(np.full(RATE_HZ, 0.1, np.float32), 0))
    session_id = begin_session(journal, SessionRecord(started=moment(1)))
    return begin_take(journal, session_id, setup(1), writer.path.name), writer


def test_a_recording_has_its_take_from_the_beginning_and_is_unfinished_only_once_it_is_cut_off(
    tmp_path: Path,
) -> None:
    with open_journal(tmp_path) as journal:
        take_id, writer = running(journal, tmp_path)
        assert list_takes(journal)[0].audio_name == "new.flac"
        assert unfinished_recordings(journal) == []  # some program records it just now
        with pytest.raises(UsageError, match="being recorded"):
            delete_take(journal, take_id)
        assert [one.take_id for one in list_takes(journal)] == [take_id]
        writer.close()  # as the end of that program would let go of it
        assert [one.take_id for one in unfinished_recordings(journal)] == [take_id]
        assert cut_off_takes(journal, moment(9).utc_s) == 0  # left to be recovered
        assert delete_take(journal, take_id)
        assert list((tmp_path / "takes").iterdir()) == []


def test_a_take_that_is_left_keeps_its_recording_or_names_none(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        take_id, writer = running(journal, tmp_path)
        writer.close()
        n_bytes = writer.path.stat().st_size
        cut_off_take(journal, take_id, n_bytes)
        (take,) = list_takes(journal)
        assert (take.state, take.audio_name) == (TakeState.CUT_OFF, "new.flac")
        assert take.audio_bytes == n_bytes
        assert prune_recordings(journal, n_bytes)[1] == n_bytes  # it counts
        cut_off_take(journal, take_id, None)
        assert list_takes(journal)[0].audio_name is None
