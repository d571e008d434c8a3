"""Takes that were cut off while they were recorded are completed from their recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from practiceear.app.past_takes import REMARK, recover_all, unfinished_words
from practiceear.audio.blocks import AudioBlock
from practiceear.audio.take_writer import TakeWriter
from practiceear.journal.connection import open_journal
from practiceear.journal.reading import list_takes, remarks_of
from practiceear.journal.records import SessionRecord, TakeState
from practiceear.journal.writing import begin_session, begin_take
from tests.support.sounds import take as plucked_take
from tests.unit.journal.made_up import moment, setup

RATE_HZ = 44100
N_NOTES = 12


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path))


def record(folder: Path, *, is_cut: bool = True) -> TakeWriter:
    """A take that runs in the journal; its file ends in the middle of a block where it is cut."""
    (folder / "takes").mkdir(exist_ok=True)
    writer = TakeWriter(folder / "takes" / "cut.flac", RATE_HZ)
    sound = plucked_take(list(0.5 + 0.5 * np.arange(N_NOTES)), 8.0, RATE_HZ)
    writer.write(AudioBlock(sound.astype(np.float32), 0))
    with open_journal(folder) as journal:
        session_id = begin_session(journal, SessionRecord(started=moment(1)))
        one = setup(1, instrument="guitar", drill=None, bpm=120.0, beats="4", subdivision="1")
        begin_take(journal, session_id, one, writer.path.name)
    if is_cut:
        writer.close()
        content = writer.path.read_bytes()
        writer.path.write_bytes(content[: len(content) - 3000])
    return writer


def recovered() -> list[str]:
    return list(recover_all(lambda _words: None))


def test_without_a_take_that_was_cut_off_nothing_is_said(tmp_path: Path) -> None:
    assert unfinished_words() == ""
    assert list(tmp_path.iterdir()) == []  # looking makes no journal


def test_a_recording_that_was_cut_off_becomes_a_whole_take(tmp_path: Path) -> None:
    record(tmp_path)
    assert "The take of 2026-03-01 18:00 (guitar) was cut off" in unfinished_words()
    first, last = recovered()
    assert "Recovering it" in first
    assert f"take 1 of the journal: {N_NOTES} notes in 0:0" in last
    with open_journal(tmp_path) as journal:
        (take,) = list_takes(journal)
        assert (take.state, take.n_notes) == (TakeState.COMPLETE, N_NOTES)
        assert take.audio_name == "cut.flac"
        assert take.audio_bytes == (tmp_path / "takes" / "cut.flac").stat().st_size
        assert take.finding
        assert [one.text for one in remarks_of(journal, take_id=1)] == [REMARK]
    assert unfinished_words() == ""
    assert recovered() == []


def test_a_take_that_is_being_recorded_is_left_alone(tmp_path: Path) -> None:
    writer = record(tmp_path, is_cut=False)
    assert unfinished_words() == ""
    assert recovered() == []
    writer.close()
    with open_journal(tmp_path) as journal:
        assert list_takes(journal)[0].state is TakeState.RUNNING


@pytest.mark.parametrize("content", [b"", b"no sound at all", None])
def test_what_cannot_be_read_stays_and_is_tried_once(tmp_path: Path, content: bytes | None) -> None:
    path = record(tmp_path).path
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    said = recovered()[-1]
    with open_journal(tmp_path) as journal:
        (take,) = list_takes(journal)
    assert take.state is TakeState.CUT_OFF
    if content is None:
        assert "is gone" in said
        assert take.audio_name is None
    else:
        assert f"stays: {path}" in said
        assert path.read_bytes() == content
        assert take.audio_name == "cut.flac"
    assert recovered() == []
